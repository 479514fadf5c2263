"""Claims about softmax inside the network: as a hidden layer, in attention, in a gate.

All networks end in softmax; what differs is the layer inside: the map of every head, and common alternatives.
Where a difference must be more than chance, the rule compares 0 with an end of its 95 % CI over the seeds,
which are paired. A rule that asks this of two differences needs no
further correction, as both must be significant.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Axis, dot_chart, line_chart, point_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.frames import by_head
from alternatives.claims.mechanism.rule import Quantity, Rule
from alternatives.claims.mechanism.sources import INSIDE, A
from alternatives.experiments import Attention as AttentionExperiment
from alternatives.experiments import ByWidth, Gate, Hidden
from alternatives.experiments.hidden import DEFAULT
from alternatives.experiments.inside import Inside
from alternatives.experiments.settings import points
from alternatives.experiments.soft_choice import EQUAL
from alternatives.heads import HEADS, Floats, Head, LinkedHead
from alternatives.statistics import estimate
from alternatives.wording import listed

BESIDE = ("relu", "relu with batch normalisation", "tanh", "logistic")
"""Hidden layers that are compared with the maps of heads."""

WIDTH = 16
"""Units of each of two hidden layers."""

ZERO = 100 * float(np.finfo(np.float32).eps)
"""Float32 rounding errors, summed over a layer, stay below this."""

WEIGHTS_ZERO = 1e-5
"""Float32 rounding errors of the sum of a few weights stay below this."""


@lru_cache(maxsize=4)
def results_of(experiment: Hidden | ByWidth | AttentionExperiment | Gate) -> Any:
    """The results of an experiment, kept because several claims share them."""
    return experiment.run()


def map_of(head: Head) -> Head:
    """The head that has the same map: inside a network a head's own loss plays no role."""
    return head.link if isinstance(head, LinkedHead) else head


def layer_of(head: Head) -> str:
    """The type of hidden layer that is this head's map."""
    text = str(map_of(head))
    return {"sigmoid": "logistic"}.get(text, text)


def low(differences: Floats) -> float:
    """The lower end of the 95 % CI of differences (n_seeds,)."""
    return float(estimate(differences).low)


def high(differences: Floats) -> float:
    """The upper end of the 95 % CI."""
    return float(estimate(differences).high)


class _Inside(Claim):
    """Claims that the inside page shows."""

    def settings(self, seed: int, size: int) -> Hidden | AttentionExperiment | Gate:
        """The experiment, with `size` seeds; other seeds of the claim give other splits."""
        raise NotImplementedError

    def page_state(self, seed: int) -> Inside:
        return Inside.of(self.settings(seed, self.size))

    def difference(self, frame: pd.DataFrame, column: str, other: str) -> Floats:
        """A column minus that of another layer, seed by seed."""
        values = frame.pivot(index="seed", columns="head", values=column)
        return (values[self.head] - values[other]).to_numpy(np.float64)


class _Hidden(_Inside):
    """Claims that share the networks of the inside page's first view, with twice as many seeds."""

    size = 10

    @property
    def layers(self) -> dict[str, str]:
        """Layer types by the text of the head with that map: the claim's own, and those of the page."""
        layers = {text: layer_of(head) for text, head in self.heads.items()}
        return {text: layer for text, layer in layers.items() if text == self.head or layer in DEFAULT}

    def settings(self, seed: int, size: int) -> Hidden:
        layers = tuple(dict.fromkeys([*DEFAULT, *self.layers.values()]))
        return Hidden(units=layers, width=WIDTH, n_seeds=size, first_seed=seed * size)

    def with_heads(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of each head's map with its text in the column ``head``, then those of `BESIDE`."""
        layers = self.layers | {name: name for name in BESIDE if name not in self.layers.values()}
        rows = [frame[frame["variant"] == layer].assign(head=text) for text, layer in layers.items()]
        return pd.concat(rows, ignore_index=True).drop(columns="variant")

    def history(self, seed: int, size: int) -> pd.DataFrame:
        """A column for each curve; rows "seed", and rows "mean" over the seeds."""
        long = results_of(self.settings(seed, size)).history
        index = ["variant", "seed", "epoch"]
        wide = self.with_heads(long.pivot(index=index, columns="quantity", values="value").reset_index())
        means = wide.drop(columns="seed").groupby(["head", "epoch"], sort=False, as_index=False).mean()
        both = pd.concat([wide.assign(row="seed"), means.assign(row="mean")], ignore_index=True)
        return both.rename_axis(columns=None)


@register("dependence", INSIDE, A)
class Dependence(_Hidden):
    """How many dimensions the outputs of a hidden layer have."""

    statement = "A softmax hidden layer ties its units together and makes them linearly dependent."
    SMALLEST = Quantity(
        "the smallest singular value of its last hidden layer, as a share of the largest", rounding=ZERO
    ).read_from("smallest", "max")
    # "Ties together" means more than one linear dependence: it has to use fewer dimensions than ReLU.
    FEWER = Quantity("the upper end of the 95 % CI of its effective rank minus ReLU's")
    rule = Rule(holds=(SMALLEST.exact(), FEWER.at_most(0)), in_part=(SMALLEST.exact(),))
    exceptions = (
        "All outputs that sum to one are dependent: after centring, at most n − 1 of n dimensions are left. "
        "How many of these are used is another matter: a map with more even outputs uses more."
    )
    charts = dot_chart(
        Axis("effective_rank", f"effective rank of the last hidden layer ({WIDTH} units)"),
        reference=WIDTH - 1,
        caption="The line is the limit for layers whose outputs sum to one.",
    ) + dot_chart(
        Axis("correlation", "mean absolute correlation of two units"),
        caption="Further right, the units are more alike or more opposed.",
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        units = results_of(self.settings(seed, size)).units
        return self.with_heads(units[units["layer"] == units["layer"].max()])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        fewer = high(self.difference(frame, "effective_rank", "relu"))
        return {**super().numbers(frame), self.FEWER: fewer}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        ranks = by_head(frame, "effective_rank", "mean")
        most = self.own(frame, "effective_rank", "max")
        return (
            f"The smallest singular value of {WIDTH} {self.head} units is {text(self.SMALLEST)} of the "
            f"largest. Their effective rank is {ranks[self.head]:.1f} on average (at most {most:.1f}) and "
            f"ReLU's {ranks['relu']:.1f}; the 95 % CI of the difference ends at {text(self.FEWER)}."
        )


@register("training", INSIDE, A)
class Training(_Hidden):
    """The loss by epoch and the gradients that reach the first layer."""

    statement = "Lowering some units raises the mean of the others and harms training."
    EXCESS = Quantity("the lower end of the 95 % CI of its final training loss minus ReLU's", "nats")
    GRADIENT = Quantity(
        "the upper end of the 95 % CI of the first layer's gradient in epoch 1, as a share of ReLU's", "%"
    )
    rule = Rule(holds=(EXCESS.above(0), GRADIENT.at_most(1)), in_part=(EXCESS.above(0),))
    exceptions = (
        "The gradient shrinks with the outputs, so it depends on how many units share the sum of one. A "
        "larger learning rate or more epochs make up for it."
    )
    charts = line_chart(
        Axis("epoch", "epoch"),
        Axis("training loss", "training loss (nats)", logarithmic=True, floor=1e-4),
        rows="mean",
        caption="The faster a line falls, the faster the layer learns, at its own best learning rate.",
    ) + line_chart(
        Axis("epoch", "epoch"),
        Axis("gradient of layer 1", "gradient magnitude of layer 1", logarithmic=True, floor=1e-6),
        rows="mean",
        caption="The gradient that reaches the first layer through the others.",
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        return self.history(seed, size)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        of_seeds = frame[frame["row"] == "seed"]
        last, first = (of_seeds[of_seeds["epoch"] == n] for n in (of_seeds["epoch"].max(), 1))
        logarithms = first.assign(logarithm=np.log(first["gradient of layer 1"]))
        return {
            self.EXCESS: low(self.difference(last, "training loss", "relu")),
            self.GRADIENT: float(np.exp(high(self.difference(logarithms, "logarithm", "relu")))),
        }

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        means, n_epochs = frame[frame["row"] == "mean"], frame["epoch"].max()
        loss = by_head(means[means["epoch"] == n_epochs], "training loss")
        first = by_head(means[means["epoch"] == 1], "gradient of layer 1")
        return (
            f"On digits with two hidden layers of {WIDTH}, the training loss after {n_epochs} epochs is "
            f"{loss[self.head]:.2g} nats with {self.head} and {loss['relu']:.2g} nats with ReLU; the 95 % CI "
            f"of the difference starts at {text(self.EXCESS)}. In epoch 1 the first layer's gradient is "
            f"{100 * first[self.head] / first['relu']:.1f} % of ReLU's."
        )


@register("expressive power", INSIDE, A)
class ExpressivePower(_Hidden):
    """Accuracy by the width of one hidden layer."""

    WIDEST = 64
    DATASETS = ("digits", "moons")
    OTHERS = ("relu", "spherical softmax", "Taylor softmax")

    size = 5
    statement = "The constraint costs expressive power."
    # The claim names no exception: it holds if every width shows a loss, and in part if one does.
    SHARE = Quantity(
        "the share of widths and data sets at which it is significantly less accurate than ReLU", "%"
    )
    rule = Rule(holds=(SHARE.at_least(1),), in_part=(SHARE.above(0),))
    exceptions = (
        "It depends on the width: n units that sum to one have n − 1 degrees of freedom, which matters with "
        "few units and hardly with 64."
    )
    charts = line_chart(
        Axis("width", "units of the hidden layer", logarithmic=True),
        Axis("accuracy", "accuracy on the test set (%)", percent=True),
        facet="dataset",
        interval=True,
        caption="See where the lines come together. Each layer uses its own best learning rate.",
    )

    def settings(self, seed: int, size: int) -> Hidden:
        own = layer_of(HEADS.parse(self.head))
        layers = ("relu", own) if own in ("relu", "logistic") else (own, *self.OTHERS)
        return Hidden(
            units=tuple(dict.fromkeys(layers)),
            width=self.WIDEST,
            n_layers=1,
            n_seeds=size,
            first_seed=seed * size,
        )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        settings, own = self.settings(seed, size), layer_of(HEADS.parse(self.head))
        values = {name: getattr(settings, name) for name in settings.fields()}
        frames = []
        for dataset in self.DATASETS:
            found = results_of(ByWidth(**values | {"dataset": dataset})).frame
            heads = [self.head if layer == own else layer for layer in found["variant"]]
            frames.append(found.assign(head=heads, dataset=dataset).drop(columns="variant"))
        columns = {"mean": "accuracy", "low": "accuracy_low", "high": "accuracy_high"}
        frame = pd.concat(frames, ignore_index=True).rename(columns=columns)
        return frame.assign(**{end: frame[end].clip(0, 1) for end in ("accuracy_low", "accuracy_high")})

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.SHARE: float((self.rows(frame)["verdict"] == "worse").mean())}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        own, counts = self.rows(frame), []
        for dataset, rows in own.groupby("dataset", sort=False):
            worse = rows[rows["verdict"] == "worse"]["width"]
            which = f" ({listed(map(str, worse))})" if len(worse) else ""
            counts.append(f"on {dataset} at {len(worse)} of {len(rows)}{which}")
        most = own.sort_values("difference").to_dict("records")[0]
        return (
            f"In place of ReLU, {self.head} is significantly less accurate at {text(self.SHARE)} of the "
            f"widths: {listed(counts)}. The largest mean difference is {points(most['difference'])}, on "
            f"{most['dataset']} with {most['width']} units."
        )


@register("batch normalisation", INSIDE, A)
class BatchNormalisation(_Hidden):
    """Speed and accuracy, compared with ReLU with batch normalisation."""

    OTHER = "relu with batch normalisation"

    statement = (
        "If a constant mean is wanted, batch normalisation does it better; hidden softmax lowers accuracy "
        "and slows learning."
    )
    EPOCHS = Quantity(
        "the lower end of the 95 % CI of the extra epochs that it needs to 95 % of the best accuracy, "
        "compared with batch normalisation,"
    )
    LOST = Quantity("the lower end of the 95 % CI of the accuracy that it loses", "points")
    # The claim speaks of speed and accuracy: both differences must be significant.
    rule = Rule(holds=(EPOCHS.above(0), LOST.above(0)), in_part=(EPOCHS.above(0),))
    exceptions = (
        "With enough epochs the accuracies meet, and only the difference in speed is left. Softmax learns "
        "well from some seeds and badly from others, so a verdict takes many seeds."
    )
    charts = line_chart(
        Axis("epoch", "epoch"),
        Axis("validation accuracy", "accuracy on the validation set (%)", percent=True),
        rows="mean",
        caption="The earlier a line flattens, the faster the layer learns.",
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        measures = results_of(self.settings(seed, size)).measures
        tests = self.with_heads(measures[measures["measure"] == "accuracy"])[["head", "seed", "value"]]
        tests = tests.rename(columns={"value": "test accuracy"})
        return self.history(seed, size).merge(tests, "left", ["head", "seed"])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        of_seeds = self._epochs(frame)
        return {
            self.EPOCHS: low(self.difference(of_seeds, "epochs", self.OTHER)),
            self.LOST: low(-self.difference(of_seeds, "test accuracy", self.OTHER)),
        }

    def _epochs(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Epochs until 95 % of the best mean accuracy of any layer; one more than there are if never."""
        best = frame[frame["row"] == "mean"]["validation accuracy"].max()
        of_seeds = frame[frame["row"] == "seed"]
        reached = of_seeds["validation accuracy"] >= 0.95 * best
        epochs = of_seeds["epoch"].where(reached, frame["epoch"].max() + 1)
        grouped = of_seeds.assign(epochs=epochs).groupby(["head", "seed"], sort=False, as_index=False)
        return grouped.agg({"epochs": "min", "test accuracy": "first"})

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        of_seeds = self._epochs(frame)
        epochs, accuracy = (by_head(of_seeds, name, "mean") for name in ("epochs", "test accuracy"))
        return (
            f"To reach 95 % of the best accuracy, {self.head} needs {epochs[self.head]:.1f} epochs on "
            f"average and ReLU with batch normalisation {epochs[self.OTHER]:.1f} (never counts as "
            f"{frame['epoch'].max() + 1}); the 95 % CI of the difference starts at {text(self.EPOCHS)}. "
            f"Their accuracy on the test set is {100 * accuracy[self.head]:.1f} % and "
            f"{100 * accuracy[self.OTHER]:.1f} %; the 95 % CI of the loss starts at {text(self.LOST)}."
        )


class _SoftChoice(_Inside):
    """Claims about a soft choice inside: the normaliser is every head's map, or equal weights."""

    size = 5

    SUM = Quantity("the largest distance of its weights' mean sum from one", rounding=WEIGHTS_ZERO)
    # Equal weights are no choice at all, so the gain over them is what a choice is worth.
    GAIN = Quantity("the lower end of the 95 % CI of its accuracy gain over equal weights", "points")
    rule = Rule(holds=(GAIN.above(0), SUM.exact()), in_part=(SUM.exact(),))

    @property
    def normalisers(self) -> tuple[Head, ...]:
        """The map of every head, once."""
        return tuple({map_of(head).name: map_of(head) for head in self.heads.values()}.values())

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        measures = results_of(self.settings(seed, size)).measures
        wide = measures.pivot(index=["variant", "seed"], columns="measure", values="value").reset_index()
        names = {text: map_of(head).name for text, head in self.heads.items()} | {EQUAL.name: EQUAL.name}
        rows = [wide[wide["variant"] == name].assign(head=text) for text, name in names.items()]
        return pd.concat(rows, ignore_index=True).drop(columns="variant").rename_axis(columns=None)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.SUM: float((self.rows(frame)["sum of the weights"] - 1).abs().max()),
            self.GAIN: low(self.difference(frame, "accuracy", EQUAL.name)),
        }

    def accuracies(self, frame: pd.DataFrame, text: Text) -> str:
        """Accuracy, gain and best head, in words."""
        accuracy, gains = by_head(frame, "accuracy", "mean"), self.difference(frame, "accuracy", EQUAL.name)
        best = max(accuracy, key=lambda name: accuracy[name])
        undecided = "undecided: " if low(gains) <= 0 <= high(gains) else ""
        return (
            f"{self.head} reaches an accuracy of {100 * accuracy[self.head]:.1f} % and equal weights "
            f"{100 * accuracy[EQUAL.name]:.1f} %: {points(float(gains.mean()))} ({undecided}the 95 % CI "
            f"starts at {text(self.GAIN)}). The best is {best} with {100 * accuracy[best]:.1f} %"
        )


@register("attention", INSIDE, A)
class Attention(_SoftChoice):
    """Attention over the rows of a digit, with one learned query."""

    statement = (
        "Yet softmax does sit deep inside: in attention and content-based addressing it normalises a soft "
        "choice of where to look."
    )
    exceptions = (
        "It depends on the task: every row of a digit carries its position, so the mean of all rows may say "
        "as much as a choice. Where a choice helps, any map that tells rows apart works. Sigmoid's weights "
        "are a separate decision for each row and need not sum to one."
    )
    charts = point_chart(
        Axis("rows looked at", "rows looked at (of 8)"),
        Axis("accuracy", "accuracy on the test set (%)", percent=True),
        facet="head",
        caption="Further left, attention is on fewer rows.",
    )

    def settings(self, seed: int, size: int) -> AttentionExperiment:
        return AttentionExperiment(
            normalisers=self.normalisers, n_units=8, n_epochs=6, n_seeds=size, first_seed=seed * size
        )

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        rows = self.own(frame, "rows looked at", "mean")
        return (
            f"Reading digits row by row, {self.accuracies(frame, text)}. With {self.head} the network "
            f"looks at {rows:.1f} of 8 rows on average."
        )


@register("choice", INSIDE, A)
class Choice(_SoftChoice):
    """A gate over four linear experts."""

    statement = "Softmax suits any internal variable that picks one of n options."
    exceptions = (
        "Softmax picks softly, by differences of scores. Maps that react to the size of a score choose as "
        "well where that size tells the options apart."
    )
    charts = point_chart(
        Axis("experts asked", "experts used per sample (of 4)"),
        Axis("accuracy", "accuracy on the test set (%)", percent=True),
        facet="head",
        caption="Further left, the choice is sharper.",
    )

    def settings(self, seed: int, size: int) -> Gate:
        return Gate(normalisers=self.normalisers, n_seeds=size, first_seed=seed * size)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        experts = self.own(frame, "experts asked", "mean")
        return (
            f"With four linear experts on moons, {self.accuracies(frame, text)}. With {self.head} the gate "
            f"uses {experts:.1f} of 4 experts on average."
        )
