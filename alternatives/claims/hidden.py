"""Claims about softmax as a hidden layer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import INSIDE, A, Axis, ChartSpec, Claim, Link, by_head, register
from alternatives.claims.inside import by_width, hidden, high, kind_of, low, seeds
from alternatives.claims.rule import Numbers, Quantity, Rule
from alternatives.experiments import ByWidth, Hidden, HiddenResults
from alternatives.experiments.hidden import DEFAULT
from alternatives.experiments.inside import Inside
from alternatives.heads import HEADS, Floats
from alternatives.wording import listed

BESIDE = ("relu", "relu with batch normalisation", "tanh", "logistic")
"""What else stands in a hidden layer, beside the maps of heads."""

WIDTH = 16
"""Units of each of two hidden layers."""

ZERO = 100 * float(np.finfo(np.float32).eps)
"""What rounding in float32, added up over a layer, may make of 0."""


class _Hidden(Claim):
    """Claims that share one set of networks: those of the page's first view, with twice as many seeds."""

    part = INSIDE
    sources = (A,)
    size = 10

    @property
    def maps(self) -> dict[str, str]:
        """By the text of a head the kind whose map it is: its own, and those of the page."""
        kinds = {text: kind_of(head) for text, head in self.heads.items()}
        return {text: kind for text, kind in kinds.items() if text == self.head or kind in DEFAULT}

    def settings(self, seed: int, size: int) -> Hidden:
        """The experiment of the page that is made."""
        kinds = tuple(dict.fromkeys([*DEFAULT, *self.maps.values()]))
        return Hidden(units=kinds, width=WIDTH).replace(**seeds(seed, size))

    def results(self, seed: int, size: int) -> HiddenResults:
        """What came out."""
        return hidden(self.settings(seed, size))

    def by_text(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame by kind as one by the text of each head whose map it is, then by `BESIDE`."""
        texts = self.maps | {name: name for name in BESIDE if name not in self.maps.values()}
        rows = [frame[frame["variant"] == kind].assign(head=text) for text, kind in texts.items()]
        return pd.concat(rows, ignore_index=True).drop(columns="variant")

    def against(self, frame: pd.DataFrame, column: str, other: str = "relu") -> Floats:
        """A column's difference to another kind's, seed by seed."""
        values = frame.pivot(index="seed", columns="head", values=column)
        return (values[self.head] - values[other]).to_numpy(np.float64)

    def link(self, seed: int = 0) -> Link:
        return Link("inside", Inside.of(self.settings(seed, self.size)).to_link())


@register
@dataclass(frozen=True)
class Dependence(_Hidden):
    """How many dimensions the outputs of a hidden layer have."""

    id = "dependence"
    statement = "A softmax hidden layer ties its units together and leaves them linearly dependent."
    SMALLEST = Quantity("the smallest singular value of its last hidden layer, as a part of the largest,")
    # "Ties together" is more than the one dependence: it has to use fewer dimensions than relu does.
    FEWER = Quantity("the upper end of the 95 % interval of its effective rank less relu's")
    rule = Rule(
        holds=(SMALLEST.at_most(ZERO), FEWER.at_most(0)),
        in_part=(SMALLEST.at_most(ZERO),),
    )
    turns = (
        "Whatever sums to one has a dependence, so at most n − 1 of n dimensions are left after centring. "
        "How many of these are used is another matter: a map that spreads its shares uses more."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("effective_rank", f"effective rank of the last hidden layer ({WIDTH} units)"),
            reference=WIDTH - 1,
            caption="No layer that shares one out gets beyond the line.",
        ),
        ChartSpec(
            "dots",
            Axis("correlation", "mean size of the correlation of two units"),
            caption="How much the units say the same, or the opposite.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        units = self.results(seed, size).units
        return self.by_text(units[units["layer"] == units["layer"].max()])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.SMALLEST: float(self.of(frame)["smallest"].max()),
            self.FEWER: high(self.against(frame, "effective_rank")),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        ranks, correlations = (by_head(frame, name, "mean") for name in ("effective_rank", "correlation"))
        most = by_head(frame, "effective_rank", "max")[self.head]
        return (
            f"After centring, {WIDTH} units of {self.head} have an effective rank of at most "
            f"{most:.3g}, where what sums to one can have {WIDTH - 1}, and of "
            f"{ranks[self.head]:.2f} on average, relu's {ranks['relu']:.2f}; the smallest singular value is "
            f"{self.SMALLEST.text(numbers[self.SMALLEST])} of the largest, and the mean correlation "
            f"{correlations[self.head]:.2f} in size, relu's {correlations['relu']:.2f}."
        )


@register
@dataclass(frozen=True)
class Training(_Hidden):
    """The loss by epoch and the gradients that reach the first layer."""

    id = "training"
    statement = "Lowering some units raises the mean of the others and harms training."
    EXCESS = Quantity(
        "the lower end of the 95 % interval of its training loss in the last epoch less relu's", "nats"
    )
    GRADIENT = Quantity(
        "the upper end of the 95 % interval of the first layer's gradient in the first epoch, as a part of "
        "relu's,",
        "%",
    )
    rule = Rule(holds=(EXCESS.above(0), GRADIENT.at_most(1)), in_part=(EXCESS.above(0),))
    turns = (
        "The gradient shrinks with the shares, so it depends on how many units share one out, and a larger "
        "learning rate or more epochs make up for it."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("training loss", "training loss (nats)", logarithmic=True, floor=1e-4),
            rows="mean",
            caption="How fast the loss falls, for each at its own best learning rate.",
        ),
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("gradient of layer 1", "gradient magnitude of layer 1", logarithmic=True, floor=1e-6),
            rows="mean",
            caption="What reaches the first layer through the others.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        return _of_seeds_and_means(self.by_text(self.results(seed, size).history))

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        of_seeds = frame[frame["row"] == "seed"]
        last, first = (of_seeds[of_seeds["epoch"] == n] for n in (of_seeds["epoch"].max(), 1))
        logarithms = first.assign(logarithm=np.log(first["gradient of layer 1"]))
        return {
            self.EXCESS: low(self.against(last, "training loss")),
            self.GRADIENT: float(np.exp(high(self.against(logarithms, "logarithm")))),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        means, n_epochs = frame[frame["row"] == "mean"], frame["epoch"].max()
        loss = by_head(means[means["epoch"] == n_epochs], "training loss")
        first = by_head(means[means["epoch"] == 1], "gradient of layer 1")
        return (
            f"On digits with two hidden layers of {WIDTH}, each at its own best learning rate, epoch "
            f"{n_epochs} leaves {self.head} with a loss of {loss[self.head]:.3g} nats and relu with "
            f"{loss['relu']:.3g}, at least {self.EXCESS.text(numbers[self.EXCESS])} apart; in the first "
            f"epoch {100 * first[self.head] / first['relu']:.3g} % of relu's gradient reach the first layer."
        )


@register
@dataclass(frozen=True)
class ExpressivePower(_Hidden):
    """Accuracy against the width of one hidden layer."""

    WIDEST = 64
    DATASETS = ("digits", "moons")
    OTHERS = ("relu", "spherical softmax", "Taylor softmax")

    id = "expressive power"
    size = 5
    statement = "The constraint costs expressive power."
    # The claim knows no exception, so it takes every width to keep it, and one to keep a part of it.
    SHARE = Quantity(
        "the share of widths and data sets at which it is told to be less accurate than relu", "%"
    )
    rule = Rule(holds=(SHARE.at_least(1),), in_part=(SHARE.above(0),))
    turns = "The width: n units that sum to one are n − 1, which matters to few and hardly to sixty-four."
    charts = (
        ChartSpec(
            "lines",
            Axis("width", "units of the hidden layer", logarithmic=True),
            Axis("mean", "accuracy on the test part", percent=True),
            facet="dataset",
            low="low",
            high="high",
            caption="From which width on the lines run together, for each at its own best learning rate.",
        ),
    )

    def settings(self, seed: int, size: int) -> Hidden:
        own = kind_of(HEADS.parse(self.head))
        kinds = ("relu", own) if own in ("relu", "logistic") else dict.fromkeys([own, *self.OTHERS])
        experiment = Hidden(units=tuple(dict.fromkeys(kinds)), width=self.WIDEST, n_layers=1)
        return experiment.replace(**seeds(seed, size))

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        settings, own = self.settings(seed, size), kind_of(HEADS.parse(self.head))
        values = {name: getattr(settings, name) for name in settings.fields()}
        frames = []
        for dataset in self.DATASETS:
            found = by_width(ByWidth(**values | {"dataset": dataset})).frame
            heads = [self.head if kind == own else kind for kind in found["variant"]]
            frames.append(found.assign(head=heads, dataset=dataset).drop(columns="variant"))
        frame = pd.concat(frames, ignore_index=True)
        return frame.assign(low=frame["low"].clip(0, 1), high=frame["high"].clip(0, 1))

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.SHARE: float((self.of(frame)["verdict"] == "worse").mean())}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own, told = self.of(frame), []
        for dataset, rows in own.groupby("dataset", sort=False):
            worse = rows[rows["verdict"] == "worse"]["width"]
            which = f" ({listed(map(str, worse))})" if len(worse) else ""
            told.append(f"on {dataset} at {len(worse)} of {len(rows)}{which}")
        most = own.sort_values("difference").to_dict("records")[0]
        size = f"{100 * most['difference']:+.3g}".replace("-", "−")
        return (
            f"In place of relu, {self.head} is told to be less accurate at "
            f"{self.SHARE.text(numbers[self.SHARE])} of the widths: {listed(told)}; the largest mean "
            f"difference is {size} points, on {most['dataset']} with {most['width']} units."
        )


@register
@dataclass(frozen=True)
class BatchNormalisation(_Hidden):
    """How soon and how far, beside relu with batch normalisation."""

    OTHER = "relu with batch normalisation"

    id = "batch normalisation"
    statement = (
        "If a constant mean is wanted, batch normalisation does it better; hidden softmax lowers accuracy "
        "and speed of learning."
    )
    EPOCHS = Quantity(
        "the lower end of the 95 % interval of its epochs to 95 % of the best accuracy less those with batch "
        "normalisation"
    )
    LOST = Quantity("the lower end of the 95 % interval of the accuracy that it loses", "points")
    # In the claim's words: speed and accuracy. More epochs and lost accuracy, each told from chance.
    rule = Rule(holds=(EPOCHS.above(0), LOST.above(0)), in_part=(EPOCHS.above(0),))
    turns = (
        "With enough epochs the accuracies meet: what is left of it then is the speed. Softmax learns well "
        "from some seeds and badly from others, so it takes many to tell."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("validation accuracy", "accuracy on the validation part", percent=True),
            rows="mean",
            caption="How soon a line is level, and where.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        results = self.results(seed, size)
        frame = _of_seeds_and_means(self.by_text(results.history))
        accuracy = self.by_text(results.measures[results.measures["measure"] == "accuracy"])
        accuracy = accuracy[["head", "seed", "value"]].rename(columns={"value": "test accuracy"})
        return frame.merge(accuracy, "left", ["head", "seed"])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        of_seeds = self._epochs(frame)
        return {
            self.EPOCHS: low(self.against(of_seeds, "epochs", self.OTHER)),
            self.LOST: low(-self.against(of_seeds, "test accuracy", self.OTHER)),
        }

    def _epochs(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Epochs to 95 % of the best mean accuracy of any, one more than there are where it's not reached."""
        best = frame[frame["row"] == "mean"]["validation accuracy"].max()
        of_seeds = frame[frame["row"] == "seed"]
        there = of_seeds["epoch"].where(
            of_seeds["validation accuracy"] >= 0.95 * best, frame["epoch"].max() + 1
        )
        grouped = of_seeds.assign(epochs=there).groupby(["head", "seed"], sort=False, as_index=False)
        return grouped.agg({"epochs": "min", "test accuracy": "first"})

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        of_seeds = self._epochs(frame)
        epochs, accuracy = (by_head(of_seeds, name, "mean") for name in ("epochs", "test accuracy"))
        return (
            f"To 95 % of the best accuracy {self.head} needs {epochs[self.head]:.3g} epochs on average and "
            f"{self.OTHER} {epochs[self.OTHER]:.3g}, counting {frame['epoch'].max() + 1} where it isn't "
            f"reached; at the end {self.head} is right for {100 * accuracy[self.head]:.1f} % and "
            f"{self.OTHER} for {100 * accuracy[self.OTHER]:.1f} %. Over the seeds the interval of the "
            f"difference in epochs begins at {self.EPOCHS.text(numbers[self.EPOCHS])}, in accuracy lost at "
            f"{self.LOST.text(numbers[self.LOST])}."
        )


def _of_seeds_and_means(history: pd.DataFrame) -> pd.DataFrame:
    """A column a quantity; rows "seed", and rows "mean" over the seeds."""
    keys = ["head", "epoch"]
    wide = history.pivot(index=["head", "seed", "epoch"], columns="quantity", values="value").reset_index()
    order = {head: index for index, head in enumerate(dict.fromkeys(history["head"]))}
    wide = wide.sort_values(["head", "seed", "epoch"], key=lambda c: c.map(order) if c.name == "head" else c)
    means = wide.drop(columns="seed").groupby(keys, sort=False, as_index=False).mean()
    both = pd.concat([wide.assign(row="seed"), means.assign(row="mean")], ignore_index=True)
    return both.rename_axis(columns=None)
