"""Claims about softmax inside the network: as a hidden layer, in attention, as a gate.

The networks end in softmax and differ in what stands inside: the map of every head, beside elementwise
units and what else people would put there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from alternatives.claims.claim import INSIDE, A, Axis, ChartSpec, Claim, by_head, register
from alternatives.claims.rule import Numbers, Quantity, Rule
from alternatives.datasets import DATASETS
from alternatives.heads import HEADS, Floats, Head, LinkedHead, NormalisedHead
from alternatives.inside import Experiment, effective_rank
from alternatives.inside.experiment import Data, Variant, data, entropy, trained
from alternatives.statistics import estimate
from alternatives.training import Experts, Network, Readout

BESIDE = {
    "relu": ("relu", False),
    "relu with batch normalisation": ("relu", True),
    "tanh": ("tanh", False),
}
"""What else stands in a hidden layer, beside the maps of the heads: its activation and normalisation."""

WIDTH = 16
"""Units of each of two hidden layers."""


@dataclass(frozen=True)
class EqualWeights(NormalisedHead):
    """Everything gets the same, whatever the logits: no choice at all."""

    name = "equal weights"

    def log_score(self, logits: Floats) -> Floats:
        return np.zeros_like(logits)

    def slope(self, logits: Floats) -> float:
        return 0.0


EQUAL = EqualWeights()


def map_of(head: Head) -> Head:
    """The head whose map it is: a loss of its own makes no difference inside a network."""
    return head.link if isinstance(head, LinkedHead) else head


def experiment_of(seed: int, size: int, n_epochs: int = 10) -> Experiment:
    """Quick, with one learning rate for all."""
    return Experiment(n_seeds=size, first_seed=seed * size, learning_rate=0.03, n_epochs=n_epochs)


@lru_cache(maxsize=16)
def hidden(
    dataset: str, widths: tuple[int, ...], kinds: tuple[str, ...], seed: int, size: int
) -> tuple[dict[str, Variant], Data]:
    """Trained networks with hidden layers of these kinds: names in `BESIDE`, or texts of heads."""
    experiment = experiment_of(seed, size)
    of = data(DATASETS[dataset], experiment.seeds)
    networks = {}
    for kind in kinds:
        activation, normalised = BESIDE.get(kind, (kind, False))
        networks[kind] = Network(
            of.training.X.shape[-1],
            len(of.samples.class_names),
            widths,
            activation,
            batch_normalisation=normalised,
        )
    return trained(networks, experiment, of, n_jobs=1), of


class _Hidden(Claim):
    """Claims that share one set of networks: digits, two hidden layers of `WIDTH` units."""

    part = INSIDE
    sources = (A,)
    size = 3

    def networks(self, seed: int, size: int) -> tuple[dict[str, Variant], Data]:
        """Trained networks by the text of each head, and by the names in `BESIDE`."""
        maps = {text: str(map_of(head)) for text, head in self.heads.items()}
        kinds = tuple(dict.fromkeys([*maps.values(), *BESIDE]))
        every, of = hidden("digits", (WIDTH, WIDTH), kinds, seed, size)
        return {text: every[own] for text, own in maps.items()} | {name: every[name] for name in BESIDE}, of


@register
@dataclass(frozen=True)
class Dependence(_Hidden):
    """How many dimensions the outputs of a hidden layer have."""

    id = "dependence"
    statement = "A softmax hidden layer ties its units together and leaves them linearly dependent."
    SMALLEST = Quantity("the smallest singular value of its last hidden layer, as a part of the largest,")
    RANK = Quantity("its effective rank as a part of relu's", "%")
    rule = Rule(
        holds=(SMALLEST.at_most(1e-5), RANK.at_most(0.9)),
        in_part=(SMALLEST.at_most(1e-5),),
    )
    turns = (
        "Whatever sums to one has a dependence, so at most n − 1 of n dimensions are left after centring. "
        "How many of these are used is another matter: a map that spreads its shares uses more."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("rank", f"effective rank of the last hidden layer ({WIDTH} units)"),
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
        every, of = self.networks(seed, size)
        frames = []
        for name, variant in every.items():
            assert isinstance(variant.architecture, Network)
            with np.errstate(all="ignore"):
                outputs = variant.architecture.hidden(variant.parameters, of.test.X)[-1].astype(np.float64)
            outputs = outputs[np.isfinite(outputs).all((-1, -2))]
            centred = outputs - outputs.mean(-2, keepdims=True)
            singular = np.linalg.svd(centred, compute_uv=False)
            deviations = centred.std(-2, keepdims=True)
            units = centred / np.where(deviations > 0, deviations, 1)
            correlations = np.abs(units.swapaxes(-1, -2) @ units) / outputs.shape[-2]
            others = correlations.sum((-1, -2)) - np.trace(correlations, axis1=-2, axis2=-1)
            columns = {
                "rank": effective_rank(outputs),
                "smallest": singular[:, -1] / np.where(singular[:, 0] > 0, singular[:, 0], 1),
                "correlation": others / (WIDTH * (WIDTH - 1)),
            }
            frames.append(pd.DataFrame({"head": name, **columns}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        ranks = by_head(frame, "rank", "mean")
        smallest = by_head(frame, "smallest", "max")
        return {self.SMALLEST: smallest[self.head], self.RANK: ranks[self.head] / ranks["relu"]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        ranks, correlations = (by_head(frame, column, "mean") for column in ("rank", "correlation"))
        dependent = f"at most {WIDTH - 1} would be possible for what sums to one"
        return (
            f"After centring, {WIDTH} units of {self.head} have an effective rank of {ranks[self.head]:.2f} "
            f"({dependent}), relu's {ranks['relu']:.2f}; the smallest singular value is "
            f"{self.SMALLEST.text(numbers[self.SMALLEST])} of the largest, and the mean correlation "
            f"{correlations[self.head]:.2f} in size, relu's {correlations['relu']:.2f}."
        )


@register
@dataclass(frozen=True)
class Training(_Hidden):
    """The loss by epoch and the gradients that reach the first layer."""

    id = "training"
    statement = "Lowering some units raises the mean of the others and harms training."
    EXCESS = Quantity("its training loss in the last epoch less that of relu", "nats")
    GRADIENT = Quantity("the first layer's gradient in the first epoch, as a part of relu's,", "%")
    rule = Rule(
        holds=(EXCESS.at_least(0.05), GRADIENT.at_most(0.5)),
        in_part=(EXCESS.at_least(0.05),),
    )
    turns = (
        "The gradient shrinks with the shares, so it depends on how many units share one out, and a larger "
        "learning rate or more epochs make up for it."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("loss", "training loss (nats)", logarithmic=True, floor=1e-4),
            caption="How fast the loss falls.",
        ),
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("gradient", "gradient magnitude of the first layer", logarithmic=True, floor=1e-6),
            caption="What reaches the first layer through the others.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        every, _ = self.networks(seed, size)
        frames = []
        for name, variant in every.items():
            loss = np.nanmean(variant.history.training_loss[:, 0], axis=0)
            gradient = np.nanmean(variant.history.gradient_of_layers[:, 0, :, 0], axis=0)
            columns = {"epoch": np.arange(1, len(loss) + 1), "loss": loss, "gradient": gradient}
            frames.append(pd.DataFrame({"head": name, **columns}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        last = by_head(frame[frame["epoch"] == frame["epoch"].max()], "loss")
        first = by_head(frame[frame["epoch"] == 1], "gradient")
        return {
            self.EXCESS: last[self.head] - last["relu"],
            self.GRADIENT: first[self.head] / first["relu"],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        n_epochs = frame["epoch"].max()
        loss = by_head(frame[frame["epoch"] == n_epochs], "loss")
        return (
            f"On digits with two hidden layers of {WIDTH}, epoch {n_epochs} leaves {self.head} with a loss "
            f"{self.EXCESS.text(numbers[self.EXCESS])} above that of relu, {loss['relu']:.3g} nats; in the "
            f"first epoch {self.GRADIENT.text(numbers[self.GRADIENT])} of relu's gradient reach the first "
            "layer."
        )


@register
@dataclass(frozen=True)
class ExpressivePower(_Hidden):
    """Accuracy against the width of one hidden layer."""

    WIDTHS = (2, 4, 8, 16, 32, 64)
    DATASETS = ("digits", "moons")

    id = "expressive power"
    statement = "The constraint costs expressive power."
    LEAST = Quantity("the least that it loses to relu at any width, in accuracy,", "points")
    MOST = Quantity("the most", "points")
    rule = Rule(holds=(LEAST.at_least(0.01),), in_part=(MOST.at_least(0.2),))
    turns = "The width: n units that sum to one are n − 1, which matters to two and hardly to sixty-four."
    charts = (
        ChartSpec(
            "lines",
            Axis("width", "units of the hidden layer", logarithmic=True),
            Axis("accuracy", "accuracy on the test part", percent=True),
            facet="dataset",
            low="low",
            high="high",
            caption="From which width on the lines run together.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        own = str(map_of(HEADS.parse(self.head)))
        kinds = tuple(dict.fromkeys(["relu", own, "spherical softmax", "Taylor softmax", "sigmoid"]))
        frames = []
        for dataset in self.DATASETS:
            for width in self.WIDTHS:
                every, _ = hidden(dataset, (width,), kinds, seed, size)
                for kind, variant in every.items():
                    of_seeds = estimate(variant.accuracy)
                    row = {
                        "head": self.head if kind == own else kind,
                        "dataset": dataset,
                        "width": width,
                        "accuracy": float(of_seeds.mean),
                        "low": np.clip(of_seeds.low, 0, 1),
                        "high": np.clip(of_seeds.high, 0, 1),
                        "lost": float(np.nanmean(every["relu"].accuracy - variant.accuracy)),
                    }
                    frames.append(row)
        return pd.DataFrame(frames)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        lost = self.of(frame)["lost"]
        return {self.LEAST: float(lost.min()), self.MOST: float(lost.max())}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own = self.of(frame)
        worst = own.sort_values("lost").iloc[-1]
        told = []
        for dataset in self.DATASETS:
            rows = own[own["dataset"] == dataset]
            enough = rows.loc[rows["lost"] >= 0.01, "width"]
            widths = ", ".join(map(str, enough)) or "none"
            told.append(f"on {dataset} it loses a point or more at widths {widths}")
        return (
            f"In place of relu, {self.head} loses between {self.LEAST.text(numbers[self.LEAST])} and "
            f"{self.MOST.text(numbers[self.MOST])} of accuracy, most on {worst['dataset']} with "
            f"{worst['width']} units: {'; '.join(told)}."
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
    EPOCHS = Quantity("its epochs to 95 % of the best accuracy less those with batch normalisation")
    LOST = Quantity("the accuracy that it loses", "points")
    rule = Rule(holds=(EPOCHS.at_least(3), LOST.at_least(0.02)), in_part=(EPOCHS.at_least(3),))
    turns = "With enough epochs the accuracies meet: what is left of it then is the speed."
    charts = (
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("accuracy", "accuracy on the validation part", percent=True),
            caption="How soon a line is level, and where.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        every, _ = self.networks(seed, size)
        best = max(np.nanmax(variant.history.validation_accuracy.mean(0)) for variant in every.values())
        frames = []
        for name, variant in every.items():
            accuracy = variant.history.validation_accuracy[:, 0].mean(0)
            there = np.flatnonzero(accuracy >= 0.95 * best)
            columns = {
                "epoch": np.arange(1, len(accuracy) + 1),
                "accuracy": accuracy,
                "epochs": there[0] + 1 if len(there) else len(accuracy) + 1,
                "test_accuracy": np.nanmean(variant.accuracy),
            }
            frames.append(pd.DataFrame({"head": name, **columns}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        epochs, accuracy = by_head(frame, "epochs"), by_head(frame, "test_accuracy")
        return {
            self.EPOCHS: epochs[self.head] - epochs[self.OTHER],
            self.LOST: accuracy[self.OTHER] - accuracy[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        epochs, last = by_head(frame, "epochs"), frame["epoch"].max()
        needed = {name: f"{n:.0f}" if n <= last else f"more than {last}" for name, n in epochs.items()}
        return (
            f"To 95 % of the best accuracy {self.head} needs {needed[self.head]} epochs, {self.OTHER} "
            f"{needed[self.OTHER]}: a difference of {self.EPOCHS.text(numbers[self.EPOCHS])}, counting no "
            f"more than one beyond the last. At the end {self.head} has lost "
            f"{self.LOST.text(numbers[self.LOST])} of accuracy to it."
        )


class _Choosing(Claim):
    """Claims about a soft choice inside, with the choice swapped for every head's map, and for none."""

    part = INSIDE
    sources = (A,)
    size = 3

    GAIN = Quantity("the accuracy that it gains on equal weights", "points")
    SUM = Quantity("the largest distance of its weights' sum from one")
    rule = Rule(holds=(GAIN.at_least(0.01), SUM.at_most(1e-5)), in_part=(GAIN.at_least(0.01),))

    def frame_of(self, every: Mapping[str, Variant], weights: Mapping[str, Floats]) -> pd.DataFrame:
        """Columns head, accuracy, choices, sum: a row a seed; weights (n_seeds, n_samples, n_options)."""
        frames = []
        own = {text: str(map_of(head)) for text, head in self.heads.items()} | {EQUAL.name: EQUAL.name}
        for text, name in own.items():
            finite = np.where(np.isfinite(weights[name]), weights[name], 0).astype(np.float64)
            columns = {
                "accuracy": every[name].accuracy,
                "choices": np.exp(entropy(finite)).mean(-1),
                "sum": np.abs(finite.sum(-1) - 1).max(-1),
            }
            frames.append(pd.DataFrame({"head": text, **columns}))
        return pd.concat(frames, ignore_index=True)

    def maps(self) -> tuple[str, ...]:
        """Each map's head as text, once."""
        return tuple(dict.fromkeys(str(map_of(head)) for head in self.heads.values()))

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        accuracy, sums = by_head(frame, "accuracy", "mean"), by_head(frame, "sum", "max")
        return {self.GAIN: accuracy[self.head] - accuracy[EQUAL.name], self.SUM: sums[self.head]}

    def told(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        """Accuracy, gain and best, in words."""
        accuracy = by_head(frame, "accuracy", "mean")
        best = max(accuracy, key=lambda name: accuracy[name])
        return (
            f"{self.head} reaches {100 * accuracy[self.head]:.1f} %, {self.GAIN.text(numbers[self.GAIN])} "
            f"more than equal weights; the best is {best} with {100 * accuracy[best]:.1f} %"
        )


@lru_cache(maxsize=4)
def readouts(maps: tuple[str, ...], seed: int, size: int) -> tuple[dict[str, Variant], Data]:
    """Trained read-outs of digits, row by row, one for each normaliser and for equal weights."""
    experiment = experiment_of(seed, size, n_epochs=6)
    of = data(DATASETS["digits"], experiment.seeds)
    normalisers = {text: HEADS.parse(text) for text in maps} | {EQUAL.name: EQUAL}
    n_classes = len(of.samples.class_names)
    networks = {text: Readout(64, n_classes, 8, 8, head) for text, head in normalisers.items()}
    return trained(networks, experiment, of, n_jobs=1), of


@register
@dataclass(frozen=True)
class Attention(_Choosing):
    """A read-out of the rows of a digit, with one learned query."""

    id = "attention"
    statement = (
        "Yet softmax does sit deep inside: in attention and content-based addressing it normalises a soft "
        "choice of where to look."
    )
    turns = (
        "Any map that tells rows apart serves; sigmoid's weights are a choice for each row by itself, which "
        "need not sum to one."
    )
    charts = (
        ChartSpec(
            "points",
            Axis("choices", "rows looked at, of 8"),
            Axis("accuracy", "accuracy on the test part", percent=True),
            caption="Further left, a sharper look.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        every, of = readouts(self.maps(), seed, size)
        weights = {}
        for name, variant in every.items():
            assert isinstance(variant.architecture, Readout)
            with np.errstate(all="ignore"):
                weights[name] = variant.architecture.attention(variant.parameters, of.test.X)
        return self.frame_of(every, weights)

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        looked = by_head(frame, "choices", "mean")[self.head]
        return f"Reading digits row by row, {self.told(frame, numbers)}. It looks at {looked:.1f} of 8 rows."


@lru_cache(maxsize=4)
def gates(maps: tuple[str, ...], seed: int, size: int) -> tuple[dict[str, Variant], Data]:
    """Trained mixtures of four linear experts on moons, one for each normaliser and for equal weights."""
    experiment = experiment_of(seed, size, n_epochs=20)
    of = data(DATASETS["moons"], experiment.seeds)
    normalisers = {text: HEADS.parse(text) for text in maps} | {EQUAL.name: EQUAL}
    n_features, n_classes = of.training.X.shape[-1], len(of.samples.class_names)
    networks = {text: Experts(n_features, n_classes, 4, head) for text, head in normalisers.items()}
    return trained(networks, experiment, of, n_jobs=1), of


@register
@dataclass(frozen=True)
class Choice(_Choosing):
    """A gate over four linear experts."""

    id = "choice"
    statement = "Softmax suits any internal variable that picks one of n options."
    turns = (
        "It picks softly, by differences of scores. Maps that look at the size of a score choose as well "
        "where that is what tells options apart."
    )
    charts = (
        ChartSpec(
            "points",
            Axis("choices", "experts asked for a sample, of 4"),
            Axis("accuracy", "accuracy on the test part", percent=True),
            caption="Further left, a sharper choice.",
        ),
    )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        every, of = gates(self.maps(), seed, size)
        weights = {}
        for name, variant in every.items():
            assert isinstance(variant.architecture, Experts)
            with np.errstate(all="ignore"):
                weights[name] = variant.architecture.gate(variant.parameters, of.test.X)
        return self.frame_of(every, weights)

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        asked = by_head(frame, "choices", "mean")[self.head]
        return (
            f"With four linear experts on moons, {self.told(frame, numbers)}. For a sample its gate asks "
            f"{asked:.1f} of 4 experts."
        )
