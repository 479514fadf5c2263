"""The paper's claims: few and many classes, numerical stability, and an update at a cost without classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Axis, dot_chart, line_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.frames import by_head, heads_with, stack_by_head, with_interval
from alternatives.claims.mechanism.networks import TrainedClaim
from alternatives.claims.mechanism.rule import EXACT, Quantity, Rule
from alternatives.claims.mechanism.sources import PAPER, C, P
from alternatives.datasets import DATASETS
from alternatives.datasets.sources import SOURCES
from alternatives.experiments import Comparison
from alternatives.experiments.classes import ClassCounts, ClassCountsResults
from alternatives.experiments.runs import Variant, epochs
from alternatives.heads import HEADS, Floats, Head, SphericalSoftmax
from alternatives.large_output.measuring import LargeOutput, timing
from alternatives.large_output.measuring.report import speed
from alternatives.large_output.spherical import spherical
from alternatives.measures import log_loss
from alternatives.memory import kept
from alternatives.training import Subset
from alternatives.wording import difference, duration, figures, listed


@kept
def results_of(experiment: ClassCounts) -> ClassCountsResults:
    """The results of an experiment, kept because several heads may share them."""
    return experiment.run()


class _Classes(Claim):
    """Claims about how the heads' differences depend on the number of classes."""

    RIVALS = ("softmax", "spherical softmax", "Taylor softmax")
    OF: ClassVar[Mapping[str, tuple[int, ...]]]
    """Numbers of classes, by source."""

    BLOCKS: ClassVar[int] = 1
    """Parts of the seeds, each with a tuning of its own, so that intervals include what tuning does."""
    MAX_EPOCHS: ClassVar[int] = 40

    def settings(self, source: str, seeds: range) -> ClassCounts:
        """The experiment; each of its seeds draws a problem of its own."""
        heads = [head for text, head in self.heads.items() if text == self.head or head.name in self.RIVALS]
        return ClassCounts(
            source=SOURCES.parse(source),
            heads=tuple(heads),
            counts=self.OF[source],
            n_seeds=len(seeds),
            first_seed=seeds.start,
            max_epochs=self.MAX_EPOCHS,
        )

    def page_state(self, seed: int) -> ClassCounts:
        return self.settings(next(iter(self.OF)), range(seed * self.size, (seed + 1) * self.size))

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        each = max(1, size // self.BLOCKS)
        starts = [(seed * self.BLOCKS + block) * each for block in range(self.BLOCKS)]
        frames = []
        for source in self.OF:
            blocks = [results_of(self.settings(source, range(start, start + each))) for start in starts]
            values = {
                name: np.concatenate([block.values[name] for block in blocks], -1)
                for name in ("log loss", "accuracy")
            }
            for place, n_classes in enumerate(blocks[0].counts):
                columns = {
                    str(head): {
                        "seed": np.concatenate([block.experiment.seeds for block in blocks]),
                        "block": np.repeat(np.arange(self.BLOCKS), each),
                        "loss": values["log loss"][place, index],
                        "accuracy": values["accuracy"][place, index],
                    }
                    for index, head in enumerate(blocks[0].experiment.heads)
                }
                softmax = columns["softmax"]
                differences = {
                    head: {
                        **with_interval("loss_difference", own["loss"] - softmax["loss"]),
                        **with_interval("accuracy_difference", own["accuracy"] - softmax["accuracy"], -1, 1),
                    }
                    for head, own in columns.items()
                }
                same = {"source": source, "n_classes": n_classes}
                frames.append(stack_by_head(columns, row="seed", **same))
                frames.append(stack_by_head(differences, row="difference", **same))
        return pd.concat(frames, ignore_index=True)

    def values(self, frame: pd.DataFrame, column: str, head: str, source: str, n_classes: int) -> Floats:
        """A column's means (n_blocks,), or of one block its values (n_seeds,), of a head at one number."""
        there = (frame["source"] == source) & (frame["n_classes"] == n_classes)
        rows = self.rows(frame[there & (frame["row"] == "seed")], head)
        if self.BLOCKS > 1:
            rows = rows.groupby("block", sort=False, as_index=False)[[column]].mean()
        return rows[column].to_numpy(np.float64)


@register("few classes", PAPER, C, P)
@dataclass(frozen=True)
class FewClasses(_Classes):
    """Accuracy with 2 to 10 classes, each head with its own best rate and epochs."""

    OF: ClassVar = {"digits": (2, 4, 10), "Gaussian mixture": (2, 4, 10), "make_classification": (2, 4, 10)}
    BLOCKS = 4
    MAX_EPOCHS = 20

    level = 0.99  # at 0.95 one of twenty such claims is decided by chance where no head is ahead

    statement = "Spherical and Taylor softmax can beat softmax when classes are few."
    GAIN = Quantity("its accuracy minus softmax's (mean over 2, 4 and 10 classes of three sources)", "points")
    rule = Rule(holds=(GAIN.above(0),))
    reasons: ClassVar = {GAIN: "its accuracy minus softmax's is {}"}
    exceptions = (
        "The paper's own gains, on pictures and with deep networks, are 0.03 points on MNIST and 0.15 to "
        "0.45 on CIFAR-10: so small that to see them takes hundreds of seeds or more. On a single problem "
        "either head can be ahead."
    )
    charts = line_chart(
        Axis("n_classes", "number of classes", logarithmic=True),
        Axis("accuracy_difference", "accuracy minus softmax's", "points"),
        facet="source",
        interval=True,
        reference=0.0,
        rows="difference",
        caption="Above the line the head is more accurate than softmax. Band: 95 % CI over seeds.",
    )
    size = 16
    seconds = 13.0

    head: str = "Taylor softmax"

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        gains = {
            (source, n_classes): self.values(frame, "accuracy", self.head, source, n_classes)
            - self.values(frame, "accuracy", "softmax", source, n_classes)
            for source, counts in self.OF.items()
            for n_classes in counts
        }
        return {self.GAIN: np.mean(list(gains.values()), 0)}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        differences = self.rows(frame[frame["row"] == "difference"])
        clauses = []
        for source, rows in differences.groupby("source", sort=False):
            gains = zip(rows["n_classes"], rows["accuracy_difference"], strict=True)
            words = listed(f"{difference(gain, '%')} with {n_classes}" for n_classes, gain in gains)
            clauses.append(f"{words} on {source}")
        return (
            f"The accuracy of {self.head} minus softmax's is {text(self.GAIN)}, mean over 2, 4 and 10 "
            f"classes and three sources: {'; '.join(clauses)}."
        )


@register("many classes", PAPER, C, P)
class ManyClasses(_Classes):
    """Log loss with 30 and 100 classes, each head with its own best rate and epochs."""

    OF: ClassVar = {"Gaussian mixture": (30, 100), "make_classification": (30, 100)}

    statement = "With many classes softmax wins."
    MIXTURE, MORE, CUBE, MOST = (
        Quantity(f"the log loss that it saves beside the best rival ({n_classes} classes, {source})", "nats")
        for source, counts in OF.items()
        for n_classes in counts
    )
    rule = Rule(
        holds=tuple(each.above(0) for each in (MIXTURE, MORE, CUBE, MOST)),
        in_part=(MIXTURE.above(0), MORE.above(0)),
    )
    reasons: ClassVar = {MOST: "saved with 100 classes of make_classification: {}"}
    exceptions = (
        "With 100 classes of make_classification and six training samples of each, all heads are far from "
        "the truth, and softmax is the overconfident and the least accurate one. Of the mixture the true "
        "probabilities are a softmax of linear functions, which favours softmax. Besides, to give one class "
        "of D a probability of 0.9 it needs logits that grow as log D, and the others ones that grow as √D."
    )
    charts = line_chart(
        Axis("n_classes", "number of classes", logarithmic=True),
        Axis("loss_difference", "log loss minus softmax's", "nats"),
        facet="source",
        interval=True,
        reference=0.0,
        rows="difference",
        caption="Above the line softmax is better. Band: 95 % CI over seeds.",
    )
    size = 20
    seconds = 11.0

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        settings = [(source, n) for source, counts in self.OF.items() for n in counts]
        quantities = (self.MIXTURE, self.MORE, self.CUBE, self.MOST)
        return {
            quantity: self._saved(frame, *setting)
            for quantity, setting in zip(quantities, settings, strict=True)
        }

    def _saved(self, frame: pd.DataFrame, source: str, n_classes: int) -> Floats:
        """The log loss of the best rival minus that of the claim's head, seed by seed."""
        heads = dict.fromkeys(frame["head"])
        losses = {head: self.values(frame, "loss", head, source, n_classes) for head in heads}
        own = losses.pop(self.head)
        return min(losses.values(), key=lambda loss: float(loss.mean())) - own

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        return (
            f"{self.head} saves {text(self.MIXTURE)} of log loss beside the best rival with 30 classes of a "
            f"Gaussian mixture and {text(self.MORE)} with 100; with make_classification it is "
            f"{text(self.CUBE)} and {text(self.MOST)}."
        )


@register("no instability", PAPER, P)
@dataclass(frozen=True)
class NoInstability(TrainedClaim):
    """Networks trained in float32 by SGD, with several ε of the spherical softmax beside the claim's head."""

    DATASETS = ("digits",)
    RATES = (0.01, 0.1, 1.0)
    EPSILONS = (1.0, 1e-2, 1e-4, 1e-6)

    statement = (
        "Taylor softmax trains without numerical instability and without an ε. Spherical softmax needs its ε "
        "to be chosen."
    )
    FAILED = Quantity(
        "the share of its runs that diverge or end no better than guessing (learning rates "
        f"{min(RATES):g} to {max(RATES):g})",
        "%",
    ).read_from("failed", "mean", row="run")
    LARGEST = Quantity("the largest entry of its gradient with respect to the logits in training").read_from(
        "largest", "max", row="run"
    )
    EPSILON = Quantity(
        "spherical softmax's log loss with ε = 10⁻⁶ minus that with ε = 1 (best rates by validation)",
        "nats",
    )
    rule = Rule(
        holds=(FAILED.at_most(0), LARGEST.at_most(1 + EXACT), EPSILON.above(0.02)),
        in_part=(FAILED.at_most(0),),
    )
    reasons: ClassVar = {FAILED: "{} of its runs fail"}
    exceptions = (
        "Adam divides gradients by their size, which hides part of what a small ε does. The entry of "
        "spherical softmax's gradient reaches 1/√ε, where a logit is ±√ε; that of Taylor softmax never "
        "exceeds 1. Stable doesn't mean better: see the claims on the number of classes."
    )
    charts = dot_chart(
        Axis("loss", "log loss on the test set", "nats"),
        rows="best",
        caption="Each dot is one seed, at the head's best learning rate. Further right, the fit is worse.",
    ) + dot_chart(
        Axis("largest", "largest entry of the gradient in training", logarithmic=True),
        facet="learning rate",
        rows="run",
        reference=1.0,
        caption="Each dot is one run. On the line or left of it the gradient is bounded as softmax's is.",
    )
    size = 10
    seconds = 0.7

    head: str = "Taylor softmax"

    @property
    def heads(self) -> dict[str, Head]:
        """The claim's own head, softmax, and spherical softmax with several ε."""
        several = [SphericalSoftmax(epsilon=epsilon) for epsilon in self.EPSILONS]
        every = (HEADS.parse(self.head), HEADS["softmax"], *several)
        return {str(head): head for head in every}

    def comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        """The claim's head beside softmax; a comparison can have one spherical softmax only."""
        heads = dict.fromkeys((HEADS.parse(self.head), HEADS["softmax"]))
        return Comparison(
            dataset=DATASETS.parse(dataset),
            heads=tuple(heads),
            solver="sgd",
            n_seeds=size,
            first_seed=seed * size,
            hidden_layer_sizes=(16,),
            n_epochs=10,
        )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        comparison = self.comparison(self.DATASETS[0], seed, size)
        columns = {text: self._columns(comparison, head) for text, head in self.heads.items()}
        runs = stack_by_head(columns, row="run")
        by_rate = runs.groupby(["head", "learning rate"], sort=False, as_index=False)["validation loss"]
        means = by_rate.mean()
        least = means.groupby("head", sort=False)["validation loss"].idxmin()
        best = means.loc[least, ["head", "learning rate"]]
        return pd.concat([runs, runs.merge(best).assign(row="best")], ignore_index=True)

    def _columns(self, comparison: Comparison, head: Head) -> dict[str, Any]:
        """Loss, largest gradient entry and failure of every run of a head, by rate and seed."""
        data, n_classes = comparison.data, comparison.dataset.shape[-1]
        network = comparison.variants(*comparison.dataset.shape[1:])[0].network
        shape = (comparison.n_seeds, len(self.RATES))
        largest = np.zeros(shape)
        variants = [Variant(str(head), network, head)]
        for stack in epochs(variants, self.RATES, comparison.recipe, comparison.seeds, data.training):
            with np.errstate(all="ignore"):
                logits = network.logits(stack.parameters, data.training.X[:, None]).astype(np.float64)
                entries = np.abs(head.gradient(logits, data.training.targets[:, None])).max((-1, -2))
            largest = np.fmax(largest, entries)  # NaN where a run diverged
        guessing = np.log(n_classes)

        def losses_on(samples: Subset) -> Floats:
            with np.errstate(all="ignore"):
                logits = network.logits(stack.parameters, samples.X[:, None]).astype(np.float64)
                return log_loss(head.class_probabilities(logits), samples.targets[:, None])

        losses, validation = losses_on(data.test), losses_on(data.validation)
        return {
            "learning rate": np.tile(self.RATES, shape[0]),
            "seed": np.repeat(comparison.seeds, shape[1]),
            # A run that diverged counts as a guess, so that a mean over seeds remains.
            "loss": np.where(np.isfinite(losses), losses, guessing).ravel(),
            "validation loss": np.where(np.isfinite(validation), validation, guessing).ravel(),
            "largest": largest.ravel(),
            "failed": ~(losses < guessing).ravel(),
        }

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        small, large = (
            self._best(frame, str(SphericalSoftmax(epsilon=epsilon)))
            for epsilon in (self.EPSILONS[-1], self.EPSILONS[0])
        )
        return {**super().measure(frame), self.EPSILON: small - large}

    def _best(self, frame: pd.DataFrame, head: str) -> Floats:
        """Log losses (n_seeds,) of a head at its best learning rate."""
        rows = frame[(frame["row"] == "best") & (frame["head"] == head)]
        return rows["loss"].to_numpy(np.float64)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        losses = by_head(frame[frame["row"] == "best"], "loss", "mean")
        failed = by_head(frame[frame["row"] == "run"], "failed", "mean")
        some = {head: share for head, share in failed.items() if share > 0 and head != self.head}
        n_runs = len(self.rows(frame[frame["row"] == "run"]))
        return (
            f"Of {self.head}'s {n_runs} runs {text(self.FAILED)} diverge or end no better than guessing. The "
            f"largest entry of its gradient is {text(self.LARGEST)}. Its log loss is "
            f"{figures(losses[self.head])} nats at the best learning rate, softmax's "
            f"{figures(losses['softmax'])}. Spherical softmax loses {text(self.EPSILON)} with ε = 10⁻⁶ "
            f"against ε = 1. Other heads with runs that fail: {heads_with(some, self.FAILED.text)}."
        )


@register("large output", PAPER, P)
@dataclass(frozen=True)
class LargeOutputs(Claim):
    """The time of one exact update: factored if the head is of the spherical family, else dense."""

    statement = "Spherical losses train at a cost that doesn't depend on the number of classes."
    GROWTH = Quantity("the power of the number of classes with which its exact update's time grows")
    DENSE = Quantity("the same power for dense softmax")
    rule = Rule(holds=(GROWTH.at_most(0.1), DENSE.at_least(0.7)), in_part=(GROWTH.at_most(0.5),))
    reasons: ClassVar = {GROWTH: "its time grows with the power {} of the classes"}
    exceptions = (
        "With few classes the dense update is faster: the factored update saves the work that grows with the "
        "classes, and costs more by the square of the units. A loss that needs every output, such as "
        "softmax's, has no such update."
    )
    charts = line_chart(
        Axis("n_classes", "number of classes", logarithmic=True),
        Axis("milliseconds", "time of one exact update", "ms", logarithmic=True),
        caption="Flat line: the cost doesn't depend on the number of classes.",
    )
    size = 9
    seconds, megabytes = 1.7, 200.0
    timed = True

    head: str = "Taylor softmax"

    CLASSES = (1000, 10_000, 100_000)
    N_UNITS = 64
    TURN_SECONDS = 0.01

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        family = [head for text, head in self.heads.items() if spherical(head) or text == self.head]
        heads = [HEADS["softmax"], *(head for head in family if head.name != "softmax")]
        layers = [("factored" if spherical(head) else "dense", head) for head in heads]
        setting = LargeOutput(classes=self.CLASSES, n_units=self.N_UNITS, batch_size=self.N_UNITS, seed=seed)
        frames = [
            timing.timed(setting.size(n_classes), layers, seed, size, self.TURN_SECONDS)
            for n_classes in self.CLASSES
        ]
        frame = pd.concat(frames, ignore_index=True)
        return frame.assign(milliseconds=1e3 * frame["fastest"])

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        return {self.GROWTH: self._slope(frame, self.head), self.DENSE: self._slope(frame, "softmax")}

    def _slope(self, frame: pd.DataFrame, head: str) -> float:
        own = self.rows(frame, head)
        return timing.growth(own["n_classes"], own["fastest"])

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        first, last = min(self.CLASSES), max(self.CLASSES)
        seconds = by_head(frame[frame["n_classes"] == last], "fastest")
        own, dense = seconds[self.head], seconds["softmax"]
        return (
            f"From {first:,} to {last:,} classes the time of one exact update grows with the power "
            f"{text(self.GROWTH)} of their number for {self.head}, and {text(self.DENSE)} for dense softmax. "
            f"At {last:,} classes {self.head} takes {duration(own)}, {speed(dense / own)} than dense softmax "
            f"with {duration(dense)}."
        )

    def page_state(self, seed: int) -> LargeOutput | None:
        head = HEADS.parse(self.head)
        if spherical(head) is None:
            return None
        return LargeOutput(head=head, n_units=self.N_UNITS, batch_size=self.N_UNITS, seed=seed)
