"""Claims about softmax inside the network: as a hidden layer, in attention, in a gate.

All networks end in softmax; what differs is the layer inside: the map of every head, and common alternatives.
Differences are paired over the seeds: each is a split of the same data, an initialisation and an order of
mini-batches. Their intervals answer for further seeds on these data.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Axis, dot_chart, line_chart, point_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.fitting import Fit, Fitting
from alternatives.claims.mechanism.frames import by_head, heads_with, stack_by_head, with_interval
from alternatives.claims.mechanism.measured import mean_over_seeds
from alternatives.claims.mechanism.rule import Quantity, Rule
from alternatives.claims.mechanism.sources import INSIDE, A
from alternatives.datasets import DATASETS
from alternatives.experiments import Attention as AttentionExperiment
from alternatives.experiments import Gate, Hidden
from alternatives.experiments.data import data
from alternatives.experiments.experiment import FIRST_TUNING_SEED
from alternatives.experiments.inside import Inside
from alternatives.experiments.tasks import RECALL
from alternatives.heads import HEADS, Floats, Head, LinkedHead
from alternatives.memory import kept
from alternatives.training import EQUAL, N_SOFTMAX, Network, Recipe, Subset
from alternatives.wording import in_unit, listed, spelled

WIDTH = 16
"""Units of each of two hidden layers."""

ZERO = 100 * float(np.finfo(np.float32).eps)
"""Float32 rounding errors, summed over a layer, stay below this."""

WEIGHTS_ZERO = 1e-5
"""Float32 rounding errors of the sum of a few weights stay below this."""


RANK = Quantity("a difference of effective ranks")


@kept
def results_of(experiment: Hidden | AttentionExperiment | Gate) -> Any:
    """The results of an experiment, kept because several claims share them."""
    return experiment.run()


def map_of(head: Head) -> Head:
    """The head that has the same map: inside a network a head's own loss plays no role."""
    return head.link if isinstance(head, LinkedHead) else head


def layer_of(head: Head) -> str:
    """The type of hidden layer that is this head's map."""
    text = str(map_of(head))
    return {"sigmoid": "logistic"}.get(text, text)


def scaled(layer: str) -> str:
    """The layer type with outputs n times as large, where there is one.

    Softmax's outputs are about 1/n in size, so that a layer of n learns slowly; with n · softmax what is left
    is what sharing out does. Both can express the same functions: the next layer's weights make up for n.
    """
    return N_SOFTMAX if layer == "softmax" else layer


class _Inside(Claim):
    """Claims that the inside page shows."""

    def settings(self, seed: int, size: int) -> Hidden | AttentionExperiment | Gate:
        """The experiment, with `size` seeds; other seeds of the claim give other splits."""
        raise NotImplementedError

    def page_state(self, seed: int) -> Inside:
        return Inside.of(self.settings(seed, self.size))

    def difference(self, frame: pd.DataFrame, column: str, other: str, head: str = "") -> Floats:
        """A column of a head, by default the claim's own, minus that of another layer, seed by seed."""
        values = frame.pivot(index="seed", columns="head", values=column)
        return (values[head or self.head] - values[other]).to_numpy(np.float64)


class _Hidden(_Inside):
    """Claims about hidden layers; those about units and accuracy share the networks of one experiment."""

    size = 20
    seconds = 3.9
    N_EPOCHS = 40
    BESIDE: ClassVar[tuple[str, ...]] = ("relu", "relu with batch normalisation")
    """Hidden layers that are compared with the claim's own, and with its `scaled` form."""

    @property
    def own(self) -> str:  # type: ignore[override]
        """The layer type that is the map of the claim's head."""
        return layer_of(HEADS.parse(self.head))

    @property
    def scaled(self) -> str:
        """What stands in the column ``head`` for the claim's own layer with outputs times n."""
        return self.head if scaled(self.own) == self.own else scaled(self.own)

    @property
    def layers(self) -> dict[str, str]:
        """The layer types that are compared, by the text of the head or their own name."""
        beside = dict.fromkeys((scaled(self.own), *self.BESIDE))
        return {self.head: self.own} | {name: name for name in beside if name != self.own}

    def settings(self, seed: int, size: int) -> Hidden:
        return Hidden(
            units=tuple(self.layers.values()),
            width=WIDTH,
            n_seeds=size,
            first_seed=seed * size,
            n_epochs=self.N_EPOCHS,
        )

    def with_heads(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of each layer type, with its name in the column ``head``."""
        rows = [frame[frame["variant"] == layer].assign(head=text) for text, layer in self.layers.items()]
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
    rule = Rule(
        holds=(SMALLEST.exact(),),
        proof="The outputs sum to one in every sample, so their deviations from their means sum to zero: any "
        "unit is a linear combination of the others.",
    )
    reasons: ClassVar = {SMALLEST: "the smallest singular value is {} of the largest"}
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

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        ranks = by_head(frame, "effective_rank", "mean")
        fewer = mean_over_seeds(self.difference(frame, "effective_rank", "relu"))
        return (
            f"The smallest singular value of {WIDTH} {self.head} units is {text(self.SMALLEST)} of the "
            f"largest. Their effective rank is {spelled(ranks[self.head])} on average and ReLU's "
            f"{spelled(ranks['relu'])}: the difference is {RANK.text(fewer)}."
        )


class _Fit(_Hidden):
    """Claims about how well a hidden layer lets a network fit its training set."""

    FITTING: ClassVar[Fitting]
    N_TUNING = 5
    BESIDE = ("relu", "logistic")

    def page_state(self, seed: int) -> None:  # type: ignore[override]
        return None  # no page chooses rates by the training set

    def fits(
        self,
        network: Network,
        seed: int,
        size: int,
        draw: Callable[[range], Subset],
        cost: Callable[[Fit], Floats],
    ) -> dict[str, Fit]:
        """The best fit of the network with each layer type in place of its own."""
        seeds = range(seed * size, seed * size + size)
        first = FIRST_TUNING_SEED + seed * self.N_TUNING
        tuning = range(first, first + self.N_TUNING)
        return {
            text: self.FITTING.best(replace(network, activation=layer), seeds, tuning, draw, cost)
            for text, layer in self.layers.items()
        }


@register("training", INSIDE, A)
class Training(_Fit):
    """The training loss by epoch, each layer at the rate with which it learns best."""

    FITTING = Fitting((0.003, 0.01, 0.03, 0.1), Recipe("adam", 40, 64))
    MARGIN = 0.02
    """Nats that make a difference."""

    size = 10
    seconds = 2.8
    statement = "Lowering some units raises the mean of the others and harms training."
    EXCESS = Quantity("its training loss minus ReLU's (mean over 40 epochs)", "nats")
    # n · softmax shares out as softmax does, so it tells what sharing out does from what small outputs do.
    SCALED = Quantity("the training loss of its outputs times n minus ReLU's (mean over 40 epochs)", "nats")
    rule = Rule(holds=(EXCESS.above(MARGIN), SCALED.above(MARGIN)), in_part=(EXCESS.above(MARGIN),))
    reasons: ClassVar = {EXCESS: "its training loss is above ReLU's by {}"}
    exceptions = (
        "Most of the harm is the size of softmax's outputs: n of them share a sum of one, so they and the "
        "gradients that pass them are small. Times n they share out just the same and train much faster: "
        "what they still lose to ReLU is what sharing out does. With enough epochs that is next to nothing."
    )
    charts = line_chart(
        Axis("epoch", "epoch"),
        Axis("training loss", "training loss", "nats", logarithmic=True, floor=1e-4),
        interval=True,
        rows="epoch",
        caption="The faster a line falls, the faster the layer learns, at its own best learning rate. Band: "
        "95 % CI over seeds.",
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        digits = DATASETS["digits"]
        _, n_features, n_classes = digits.shape
        fits = self.fits(
            Network(n_features, n_classes, (WIDTH, WIDTH)),
            seed,
            size,
            lambda seeds: data(digits, seeds).training,
            lambda fit: fit.loss[1:].mean(0),
        )
        by_seed = {
            text: {"seed": np.arange(seed * size, seed * size + size), "loss": fit.loss[1:, :, 0].mean(0)}
            for text, fit in fits.items()
        }
        by_epoch = {
            text: {
                "epoch": np.arange(len(fit.loss)),
                "learning rate": fit.rates[0],
                **with_interval("training loss", fit.loss[..., 0], least=0),
            }
            for text, fit in fits.items()
        }
        frames = stack_by_head(by_seed, row="seed"), stack_by_head(by_epoch, row="epoch")
        return pd.concat(frames, ignore_index=True)

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        seeds = frame[frame["row"] == "seed"]
        return {
            self.EXCESS: self.difference(seeds, "loss", "relu"),
            self.SCALED: self.difference(seeds, "loss", "relu", self.scaled),
        }

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        last = by_head(frame[frame["epoch"] == frame["epoch"].max()], "training loss")
        return (
            f"On digits with two hidden layers of {WIDTH}, {self.head}'s training loss minus ReLU's is "
            f"{text(self.EXCESS)}, mean over 40 epochs; with outputs times n it is {text(self.SCALED)}. "
            f"After the last epoch: {heads_with(last, lambda loss: in_unit(loss, 'nats'))}."
        )


@register("expressive power", INSIDE, A)
class ExpressivePower(_Fit):
    """Random labels, fitted as well as each layer can: what can't be learned by rule must be expressed."""

    FITTING = Fitting((0.01, 0.03, 0.1), Recipe("adam", 400, 100), every=400)
    N_SAMPLES, N_FEATURES, N_CLASSES = 100, 10, 4
    WIDTHS = (4, 8, 16)

    size = 60
    seconds = 4.3
    statement = "The constraint costs expressive power."
    # Softmax and n · softmax express the same functions, so whichever fits better counts.
    FEW = Quantity("what ReLU fits more of random labels than it or its outputs times n (8 units)", "points")
    MANY = Quantity(
        "what ReLU fits more of random labels than it or its outputs times n (16 units)", "points"
    )
    rule = Rule(holds=(FEW.above(0), MANY.above(0.01)), in_part=(FEW.above(0),))
    reasons: ClassVar = {MANY: "with 16 units ReLU fits more random labels by {}"}
    exceptions = (
        "It depends on the number of units: n units that sum to one have n − 1 degrees of freedom, which "
        "matters with few units. With enough of them every layer fits all labels, and softmax itself only "
        "takes longer, as its outputs are small."
    )
    charts = line_chart(
        Axis("width", "units of the hidden layer", logarithmic=True),
        Axis("accuracy", "random labels that are fitted", "%"),
        interval=True,
        rows="mean",
        caption="See where the lines come together. 100 samples with random labels of 4 classes, after 400 "
        "epochs at each layer's best learning rate. Band: 95 % CI over seeds.",
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for width in self.WIDTHS:
            network = Network(self.N_FEATURES, self.N_CLASSES, (width,))
            fits = self.fits(network, seed, size, self._draw, lambda fit: -fit.accuracy[-1])
            by_seed = {
                text: {"seed": np.arange(seed * size, seed * size + size), "fitted": fit.accuracy[-1, :, 0]}
                for text, fit in fits.items()
            }
            means = {
                text: {
                    "learning rate": fit.rates[0],
                    **with_interval("accuracy", fit.accuracy[-1, :, 0], least=0, most=1),
                }
                for text, fit in fits.items()
            }
            frames += [
                stack_by_head(by_seed, row="seed", width=width),
                stack_by_head(means, row="mean", width=width),
            ]
        return pd.concat(frames, ignore_index=True)

    def _draw(self, seeds: range) -> Subset:
        """Samples and random labels of each seed."""
        drawn = [np.random.default_rng([seed, 2]) for seed in seeds]
        X = [random.normal(size=(self.N_SAMPLES, self.N_FEATURES)) for random in drawn]
        targets = [random.integers(0, self.N_CLASSES, self.N_SAMPLES) for random in drawn]
        return Subset(np.array(X, np.float32), np.array(targets))

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        seeds = frame[frame["row"] == "seed"]
        return {self.FEW: self._cost(seeds, 8), self.MANY: self._cost(seeds, 16)}

    def _cost(self, seeds: pd.DataFrame, width: int) -> Floats:
        """What ReLU fits more than the better of the two layers, seed by seed."""
        own = seeds[seeds["width"] == width]
        better = max(
            (self.difference(own, "fitted", "relu", head) for head in (self.head, self.scaled)),
            key=lambda difference: float(difference.mean()),
        )
        return -better

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        means = frame[frame["row"] == "mean"]
        clauses = [
            f"{heads_with(by_head(rows, 'accuracy'), lambda share: in_unit(share, '%'))} with {width} units"
            for width, rows in means.groupby("width")
        ]
        return (
            f"Of random labels are fitted, by layer: {'; '.join(clauses)}. The better of {self.head} and its "
            f"outputs times n fits less than ReLU by {text(self.FEW)} with 8 units and by {text(self.MANY)} "
            "with 16."
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
        "the number of extra epochs that it needs to 95 % of the best accuracy, beside batch normalisation"
    )
    LOST = Quantity("the accuracy that it loses", "points")
    SCALED = Quantity("the accuracy that its outputs times n lose", "points")
    # The claim speaks of speed and accuracy. Small outputs alone are no reason for batch normalisation.
    rule = Rule(
        holds=(EPOCHS.above(0), LOST.above(0), SCALED.above(0)), in_part=(EPOCHS.above(0), LOST.above(0))
    )
    reasons: ClassVar = {EPOCHS: "epochs that it needs more than batch normalisation: {}"}
    exceptions = (
        "Part of it is the size of softmax's outputs: times n they lose less, and batch normalisation also "
        "gains over ReLU without it. Softmax itself learns well from some seeds and badly from others, so a "
        "verdict takes many seeds."
    )
    charts = line_chart(
        Axis("epoch", "epoch"),
        Axis("validation accuracy", "accuracy on the validation set", "%"),
        rows="mean",
        caption="The earlier a line flattens, the faster the layer learns.",
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        measures = results_of(self.settings(seed, size)).measures
        tests = self.with_heads(measures[measures["measure"] == "accuracy"])[["head", "seed", "value"]]
        tests = tests.rename(columns={"value": "test accuracy"})
        return self.history(seed, size).merge(tests, "left", ["head", "seed"])

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        of_seeds = self._epochs(frame)
        return {
            self.EPOCHS: self.difference(of_seeds, "epochs", self.OTHER),
            self.LOST: -self.difference(of_seeds, "test accuracy", self.OTHER),
            self.SCALED: -self.difference(of_seeds, "test accuracy", self.OTHER, self.scaled),
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
            f"To reach 95 % of the best accuracy, {self.head} needs {spelled(epochs[self.head])} epochs on "
            f"average and ReLU with batch normalisation {spelled(epochs[self.OTHER])} (never counts as "
            f"{frame['epoch'].max() + 1}): {text(self.EPOCHS)} more. Their accuracy on the test set is "
            f"{in_unit(accuracy[self.head], '%')} and {in_unit(accuracy[self.OTHER], '%')}: it loses "
            f"{text(self.LOST)}, and with outputs times n {text(self.SCALED)}."
        )


class _SoftChoice(_Inside):
    """Claims about a soft choice inside: the normaliser is a head's map, or equal weights."""

    RIVALS = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "sparsemax")

    size = 20
    seconds = 5.2

    SUM = Quantity("the largest distance of its weights' mean sum from one", rounding=WEIGHTS_ZERO)
    # Equal weights are no choice at all, so the gain over them is what a choice is worth.
    GAIN = Quantity("its accuracy gain over equal weights", "points")

    @property
    def normalisers(self) -> dict[str, Head]:
        """The map of the claim's head and those that it is compared with, by the head's text."""
        maps = {
            text: map_of(head)
            for text, head in self.heads.items()
            if text == self.head or head.name in self.RIVALS
        }
        own = maps[self.head].name
        return {text: head for text, head in maps.items() if text == self.head or head.name != own}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        measures = results_of(self.settings(seed, size)).measures
        wide = measures.pivot(index=["variant", "seed"], columns="measure", values="value").reset_index()
        names = {text: head.name for text, head in self.normalisers.items()} | {EQUAL.name: EQUAL.name}
        rows = [wide[wide["variant"] == name].assign(head=text) for text, name in names.items()]
        return pd.concat(rows, ignore_index=True).drop(columns="variant").rename_axis(columns=None)

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        return {
            self.GAIN: self.difference(frame, "accuracy", EQUAL.name),
            self.SUM: float((self.rows(frame)["sum of the weights"] - 1).abs().max()),
        }

    def accuracies(self, frame: pd.DataFrame, text: Text) -> str:
        """Accuracies and gain, in words."""
        accuracy = {head: in_unit(own, "%") for head, own in by_head(frame, "accuracy", "mean").items()}
        own, equal = accuracy.pop(self.head), accuracy.pop(EQUAL.name)
        others = listed(f"{head} {each}" for head, each in accuracy.items())
        return (
            f"{self.head} reaches an accuracy of {own} and equal weights {equal}: the gain is "
            f"{text(self.GAIN)}. Other normalisers reach {others}"
        )


@register("attention", INSIDE, A)
class Attention(_SoftChoice):
    """Key–value recall: the class is the value that belongs to the key that is asked for."""

    N_PAIRS = 8

    size = 10
    seconds = 7.6
    statement = (
        "Yet softmax does sit deep inside: in attention and content-based addressing it normalises a soft "
        "choice of where to look."
    )
    rule = Rule(
        holds=(_SoftChoice.GAIN.above(0), _SoftChoice.SUM.exact()), in_part=(_SoftChoice.GAIN.above(0),)
    )
    reasons: ClassVar = {_SoftChoice.GAIN: "it is more accurate than equal weights by {}"}
    exceptions = (
        "It depends on the task: where the mean of all steps says as much as one of them, as with the rows "
        "of a digit, equal weights do as well. Nor must it be softmax: any map does that can put most of the "
        "weight in one place. Sigmoid's weights are a separate decision for each step and need not sum to "
        "one."
    )
    charts = point_chart(
        Axis("weight of the right pair", "weight on the pair that is asked for", "%"),
        Axis("accuracy", "accuracy on the test set", "%"),
        facet="head",
        caption="Each dot is one seed. Further right, attention is more on the right pair; equal weights put "
        "12.5 % there.",
    )

    def settings(self, seed: int, size: int) -> AttentionExperiment:
        return AttentionExperiment(
            task=RECALL,
            n_pairs=self.N_PAIRS,
            normalisers=tuple(self.normalisers.values()),
            n_seeds=size,
            first_seed=seed * size,
        )

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        right = self.own(frame, "weight of the right pair", "mean")
        return (
            f"Looking up one of {self.N_PAIRS} values by its key, {self.accuracies(frame, text)}. "
            f"With {self.head} {in_unit(right, '%')} of the weight is on the right pair on average, and the "
            f"mean sum of its weights differs from one by {text(self.SUM)}."
        )


@register("choice", INSIDE, A)
class Choice(_SoftChoice):
    """A gate over four linear experts, where another rule is right in each part of the plane."""

    statement = "Softmax suits any internal variable that picks one of n options."
    BEHIND = Quantity("its accuracy behind the best other normaliser's", "points")
    rule = Rule(holds=(_SoftChoice.GAIN.above(0), BEHIND.at_most(0.01)), in_part=(_SoftChoice.GAIN.above(0),))
    reasons: ClassVar = {BEHIND: "it is less accurate than the best normaliser by {}"}
    exceptions = (
        "Softmax's weights share a sum of one. Sigmoid's gate weights each expert on its own, can use "
        "several at once, and may do better. Where options are easy to tell apart, all maps choose about as "
        "well."
    )
    charts = point_chart(
        Axis("experts asked", "experts used per sample (of 4)"),
        Axis("accuracy", "accuracy on the test set", "%"),
        facet="head",
        caption="Each dot is one seed. Further left, the choice is sharper.",
    )

    def settings(self, seed: int, size: int) -> Gate:
        return Gate(normalisers=tuple(self.normalisers.values()), n_seeds=size, first_seed=seed * size)

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        accuracy = by_head(frame, "accuracy", "mean")
        best = max((head for head in accuracy if head != self.head), key=lambda head: accuracy[head])
        found = super().measure(frame)
        return {self.GAIN: found[self.GAIN], self.BEHIND: -self.difference(frame, "accuracy", best)}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        experts = self.own(frame, "experts asked", "mean")
        return (
            f"With four linear experts and another rule in each of four parts of the plane, "
            f"{self.accuracies(frame, text)}. That is {text(self.BEHIND)} behind the best of them; "
            f"the gate of {self.head} uses {spelled(experts)} of 4 experts on average."
        )
