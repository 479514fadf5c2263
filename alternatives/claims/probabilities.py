"""Claims about probabilities that one can believe: what training leads to, and how far off it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Axis, dot_chart, line_chart, point_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.frames import by_head, stack_by_head, with_interval
from alternatives.claims.mechanism.networks import TrainedClaim, networks
from alternatives.claims.mechanism.rule import EXACT, Quantity, Rule, rounded
from alternatives.claims.mechanism.sources import PROBABILITIES, C, D
from alternatives.experiments import Comparison
from alternatives.experiments.runs import Variant, epochs
from alternatives.heads import Floats, Head, Integers
from alternatives.statistics import summary
from alternatives.training import Network, Recipe, Subset
from alternatives.wording import listed

TINY = float(np.finfo(np.float64).tiny)


@register("frequencies", PROBABILITIES, D)
class Frequencies(Claim):
    """The same few inputs again and again, with different classes."""

    N_CLASSES = 4
    N_INPUTS = 6
    N_TIMES = 20
    """How often each input occurs: a frequency is a multiple of 1/20."""
    RATES = (0.1, 0.01)
    """Learning rates, one after the other. Adam starts anew with each: plain normalisation has huge gradients
    near a logit of 0, which keep Adam's steps small for long, and a small rate ends oscillations."""
    STEPS = 300
    """Steps with each rate."""

    statement = (
        "If the same input occurs with different classes, the trained probabilities approach the observed "
        "frequencies."
    )
    GAP = Quantity("the largest gap between a trained probability and its frequency", "points").read_from(
        "gap", "max"
    )
    EXCESS = Quantity("its final loss minus its loss at the frequencies")
    rule = Rule(
        holds=(GAP.at_most(0.01), EXCESS.at_least(-EXACT)),
        in_part=(GAP.at_most(0.05), EXCESS.at_least(-EXACT)),
    )
    exceptions = (
        "A loss leads to the frequencies if it is lowest there, as log losses, squared error and the losses "
        "of sparsemax and entmax are. Hinge only finds the most frequent class, and soft margin softmax ends "
        "more confident than the frequencies. Training also has to finish: after half of these steps plain "
        "normalisation can still be some points away."
    )
    charts = point_chart(
        Axis("frequency", "observed frequency (%)", percent=True),
        Axis("probability", "trained probability (%)", percent=True),
        facet="head",
        diagonal=True,
        caption="Each dot is one input and class. On the diagonal the probability is the frequency.",
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        seeds = range(seed * size, seed * size + size)
        counts = np.stack([self._counts(each) for each in seeds])
        frequencies = counts / self.N_TIMES
        X = np.tile(np.repeat(np.eye(self.N_INPUTS), self.N_TIMES, axis=0), (size, 1, 1))
        every_class = np.tile(np.arange(self.N_CLASSES), self.N_INPUTS)
        targets = np.stack([np.repeat(every_class, own.ravel()) for own in counts])
        logits = self._trained(Subset(X, targets), seeds)
        at = [axis.ravel() for axis in np.indices(counts.shape)]

        def columns(head: Head) -> dict[str, Any]:
            own = logits[str(head)]
            p = head.class_probabilities(own)
            return {
                "frequency": frequencies.ravel(),
                "probability": p.ravel(),
                "gap": np.abs(p - frequencies).ravel(),
                "loss": _expected_loss(head, own, frequencies).mean(),
                "loss_at_frequencies": _expected_loss(head, logits_of(head, frequencies), frequencies).mean(),
            }

        same = {"seed": np.array(seeds)[at[0]], "input": at[1], "class": at[2]}
        return self.frame_by_head(columns, **same)

    def _counts(self, seed: int) -> Integers:
        """How often each class occurs with each input (n_inputs, n_classes), at least once."""
        shares = np.random.default_rng(seed).dirichlet(np.ones(self.N_CLASSES), self.N_INPUTS)
        counts = 1 + np.floor(shares * (self.N_TIMES - self.N_CLASSES)).astype(np.int64)
        counts[np.arange(self.N_INPUTS), counts.argmax(-1)] += self.N_TIMES - counts.sum(-1)
        return counts

    def _trained(self, training: Subset, seeds: range) -> dict[str, Floats]:
        """Logits (n_seeds, n_inputs, n_classes) of every input after training, by head."""
        network = Network(self.N_INPUTS, self.N_CLASSES)
        variants = [Variant(text, network, head) for text, head in self.heads.items()]
        recipe = Recipe("adam", self.STEPS, batch_size=training.X.shape[1])
        parameters: Floats | None = None
        for rate in self.RATES:
            for stack in epochs(variants, (rate,), recipe, seeds, training, parameters, np.float64):
                parameters = stack.parameters
        logits = network.logits(stack.parameters, np.eye(self.N_INPUTS))
        return {text: logits[:, index] for index, text in enumerate(self.heads)}

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {**super().numbers(frame), self.EXCESS: _excesses(frame)[self.head]}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        excesses, gaps = _excesses(frame), by_head(frame, "gap", "max")
        others = by_head(self.others(frame), "gap", "max")
        far = [
            f"{head} ({self.GAP.text(gap)}; {_reason(excesses[head])})"
            for head, gap in others.items()
            if gap > 0.01
        ]
        own = f" ({_reason(excesses[self.head])})" if gaps[self.head] > 0.01 else ""
        return (
            f"The trained probabilities of {self.head} are within {text(self.GAP)} of the frequencies{own}, "
            f"and its final loss minus that at the frequencies is {text(self.EXCESS)}. Other heads more than "
            f"1 point away: {listed(far)}."
        )


def _reason(excess: float) -> str:
    """Why a head is away from the frequencies, by its final loss minus that at the frequencies."""
    if not np.isfinite(excess):
        return "its training diverged"
    return "its loss is lower elsewhere" if excess < -EXACT else "its training hasn't finished"


def _expected_loss(head: Head, logits: Floats, frequencies: Floats) -> Floats:
    """Expected loss (...) at logits (..., n_classes) if the classes have these frequencies."""
    n_classes = logits.shape[-1]
    losses = head.loss(np.repeat(logits[..., None, :], n_classes, axis=-2), np.arange(n_classes))
    expected: Floats = np.vecdot(losses, frequencies)
    return expected


def logits_of(head: Head, p: Floats, steps: int = 60) -> Floats:
    """Logits (..., n_classes) to which a head gives these probabilities, by the Levenberg-Marquardt method.

    They aren't unique: softmax ignores a shift, spherical softmax a sign. NaN where none are found.
    """
    logits: Floats = np.array(p)
    damping: Floats = np.full(p.shape[:-1], 1e-3)
    errors = head.probabilities(logits) - p
    for _ in range(steps):
        slopes = head.jacobian(logits)
        transposed = np.swapaxes(slopes, -1, -2)
        damped = transposed @ slopes + damping[..., None, None] * np.eye(p.shape[-1])
        moved = logits - np.linalg.solve(damped, transposed @ errors[..., None])[..., 0]
        new = head.probabilities(moved) - p
        better = np.vecdot(new, new) < np.vecdot(errors, errors)
        logits = np.where(better[..., None], moved, logits)
        errors = np.where(better[..., None], new, errors)
        damping = np.clip(np.where(better, damping / 5, damping * 5), 1e-15, 1e8)
    found: Floats = np.where(np.abs(errors).max(-1, keepdims=True) <= EXACT, logits, np.nan)
    return found


def _excesses(frame: pd.DataFrame) -> dict[str, float]:
    """Each head's final loss minus its loss at the frequencies."""
    final, there = (by_head(frame, column) for column in ("loss", "loss_at_frequencies"))
    return {head: final[head] - there[head] for head in final}


@register("maximum likelihood", PROBABILITIES, C, D)
class MaximumLikelihood(TrainedClaim):
    """Loss, likelihood, cross-entropy and divergence of trained networks, where the truth is known."""

    DATASETS = ("Gaussian mixture(samples=1000)",)

    statement = (
        "Minimising log loss is maximising likelihood; minimising cross-entropy is minimising the KL "
        "divergence from the truth."
    )
    LIKELIHOOD = Quantity("the distance of its mean loss from −log likelihood per sample", "nats").read_from(
        "from_likelihood", "max"
    )
    ENTROPY = Quantity(
        "the distance of expected loss minus KL divergence from the true entropy", "nats"
    ).read_from("from_entropy", "max")
    rule = Rule(holds=(LIKELIHOOD.exact(), ENTROPY.exact()))
    exceptions = (
        "Both are true of log losses, whose expected value is the cross-entropy. Hinge, squared error, "
        "sparsemax, entmax and soft margin softmax minimise something else, and sigmoid's loss is the "
        "likelihood of a yes/no decision for each class."
    )
    charts = dot_chart(
        Axis("from_likelihood", "distance of mean loss from −log likelihood", logarithmic=True, floor=1e-17),
        reference=EXACT,
        caption="Each dot is one network. Left of the line the loss is −log likelihood, to rounding.",
    ) + dot_chart(
        Axis(
            "from_entropy",
            "distance of expected loss minus KL divergence from the true entropy",
            logarithmic=True,
            floor=1e-17,
        ),
        reference=EXACT,
        caption="Left of the line the expected loss is the KL divergence plus a constant, so that both "
        "are lowest at once.",
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        trained = networks(self.comparison(self.DATASETS[0], seed, size))
        truth = np.maximum(trained.true_posterior, TINY)

        def columns(head: Head, logits: Floats) -> dict[str, Any]:
            p = np.maximum(head.class_probabilities(logits), TINY)  # some heads have zeros
            terms = {"divergence": np.log(truth / p), "entropy": -np.log(truth)}
            return {
                "loss": head.loss(logits, trained.targets).mean(-1),
                "log_likelihood": [_log_of_product(own) / len(own) for own in trained.of_target(p)],
                "expected": _expected_loss(head, logits, truth).mean(-1),
                **{key: (truth * term).sum(-1).mean(-1) for key, term in terms.items()},
            }

        frame = trained.frame(columns, seed=trained.comparison.seeds)
        return frame.assign(
            from_likelihood=(frame["loss"] + frame["log_likelihood"]).abs(),
            from_entropy=(frame["expected"] - frame["divergence"] - frame["entropy"]).abs(),
        )

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        others = self.others(frame)
        likelihood, entropy = (by_head(others, f"from_{what}", "max") for what in ("likelihood", "entropy"))
        both = [head for head in likelihood if max(likelihood[head], entropy[head]) <= EXACT]
        return (
            f"The mean loss of {self.head} differs from −log likelihood per sample by "
            f"{text(self.LIKELIHOOD)}. Its expected loss minus the KL divergence differs from the true "
            f"entropy by {text(self.ENTROPY)}. Both are also exact for {listed(both)}."
        )


def _log_of_product(values: Floats) -> float:
    """Logarithm of a product, multiplied in decimal numbers, whose exponents don't run out."""
    product = Decimal(1)
    for value in values:
        product *= Decimal(float(value))
    return float(product.ln())


@register("calibrated", PROBABILITIES, D)
class Calibrated(TrainedClaim):
    """Confidence against the true posterior, by the number of training samples."""

    DATASETS = ("Gaussian mixture(samples=10000)",)
    TRAINED_ON = (100, 600, 6000)
    STEPS = 300
    BATCH_SIZE = 100
    N_BINS = 15

    statement = "Softmax with log loss gives values in the range of true probabilities."
    ERROR = Quantity(
        "its calibration error against the true posterior (6,000 training samples)", "points"
    ).read_from("error", row="error", samples=6000)
    rule = Rule(holds=(ERROR.at_most(0.02),), in_part=(ERROR.at_most(0.05),))
    exceptions = (
        "With few training samples the network is overconfident. The losses of hinge and soft margin softmax "
        "aren't lowest at the true probabilities, so more samples don't help them. Other heads may need more "
        "steps or another learning rate."
    )
    charts = line_chart(
        Axis("samples", "training samples", logarithmic=True),
        Axis("error", "calibration error against the true posterior (%)", percent=True),
        interval=True,
        rows="error",
        caption="Mean gap between confidence and true probability, in 15 bins. Band: 95 % CI over seeds.",
    ) + line_chart(
        Axis("confidence", "confidence (%)", percent=True),
        Axis("truth", "true probability of the predicted class (%)", percent=True),
        facet="head",
        diagonal=True,
        rows="bin",
        caption="Trained on 6,000 samples. Below the diagonal: overconfident.",
    )
    size = 5

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for n_samples in self.TRAINED_ON:
            comparison = self._comparison(seed, size, n_samples)
            trained = networks(comparison, n_samples)
            posterior = trained.true_posterior
            errors, bins = {}, {}
            for text, logits in trained.logits.items():
                p = self.heads[text].class_probabilities(logits)
                confidence, truth, share = self._bins(p, posterior)
                errors[text] = np.abs(confidence - truth).sum(-1)
                pooled = np.stack([confidence.mean(0), truth.mean(0), share.mean(0)])
                mean, true, weight = pooled[:, pooled[2] > 0]
                bins[text] = {"confidence": mean / weight, "truth": true / weight, "share": weight}
            of_all = {text: with_interval("error", own, least=0) for text, own in errors.items()}
            frames.append(stack_by_head(of_all, row="error", samples=n_samples))
            each = {text: {"error": own, "seed": comparison.seeds} for text, own in errors.items()}
            frames.append(stack_by_head(each, row="seed", samples=n_samples))
            if n_samples == max(self.TRAINED_ON):
                frames.append(stack_by_head(bins, row="bin", samples=n_samples))
        return pd.concat(frames, ignore_index=True)

    def page_state(self, seed: int) -> Comparison:
        return self._comparison(seed, self.size, max(self.TRAINED_ON))

    def _comparison(self, seed: int, size: int, n_samples: int) -> Comparison:
        """The number of steps is the same for every number of samples."""
        n_epochs = max(1, self.STEPS * self.BATCH_SIZE // n_samples)
        comparison = self.comparison(self.DATASETS[0], seed, size)
        return comparison.replace(batch_size=self.BATCH_SIZE, n_epochs=n_epochs)

    def _bins(self, p: Floats, posterior: Floats) -> Iterator[Floats]:
        """Each bin's part (n_seeds, n_bins) of mean confidence, mean true probability, and all samples."""
        chosen = p.argmax(-1)[..., None]
        confidence, truth = (np.take_along_axis(each, chosen, -1)[..., 0] for each in (p, posterior))
        bins = np.minimum((confidence * self.N_BINS).astype(int), self.N_BINS - 1)
        cells = bins + self.N_BINS * np.arange(len(bins))[:, None]
        for values in (confidence, truth, np.ones_like(confidence)):
            sums = np.bincount(cells.ravel(), values.ravel(), len(bins) * self.N_BINS)
            yield sums.reshape(len(bins), self.N_BINS) / bins.shape[1]

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        fewest, most = (self._trained_on(frame, pick(self.TRAINED_ON)) for pick in (min, max))
        low, high = (rounded(100 * self.own(most, f"error_{end}")) for end in ("low", "high"))
        verdicts = self._verdicts(frame)
        others = [
            f"{verdict}: {listed(head for head, own in verdicts.items() if own == verdict)}"
            for verdict in ("worse", "better", "undecided")
        ]
        return (
            f"Trained on {max(self.TRAINED_ON):,} samples, {self.head} is {text(self.ERROR)} off the true "
            f"posterior (95 % CI {low} to {high}); on {min(self.TRAINED_ON)} samples, "
            f"{self.ERROR.text(self.own(fewest, 'error'))}. Other heads on {max(self.TRAINED_ON):,} samples "
            f"are {'; '.join(others)}."
        )

    @staticmethod
    def _trained_on(frame: pd.DataFrame, n_samples: int, row: str = "error") -> pd.DataFrame:
        return frame[(frame["row"] == row) & (frame["samples"] == n_samples)]

    def _verdicts(self, frame: pd.DataFrame) -> dict[str, str]:
        """A comparison's verdict on each other head's error beside the claim's own."""
        seeds = self._trained_on(frame, max(self.TRAINED_ON), "seed")
        errors = {str(head): own.to_numpy() for head, own in seeds.groupby("head", sort=False)["error"]}
        values = {"error": np.array(list(errors.values()))}
        judged = summary(values, list(errors), self.head, better={"error": "lower"})
        return {str(row.head): str(row.verdict) for row in self.others(judged).itertuples()}


@register("margins", PROBABILITIES, C)
@dataclass(frozen=True)
class Margins(TrainedClaim):
    """Hinge beside softmax: two whole comparisons, each head at its own best learning rate."""

    BASELINE = "softmax"
    DATASETS = ("Gaussian mixture", "digits")
    MEASURES = ("accuracy", "calibration error")

    statement = "Hinge loss gives margins, softmax gives probabilities, which are easier to read."
    taste = "What is easier to read is a matter of taste. The numbers show which values can be believed."
    OVERLAPPING = Quantity("its calibration error minus softmax's on Gaussian mixture", "points")
    LEAST = Quantity("the lower end of the 95 % CI of that difference", "points")
    DIGITS = Quantity("its calibration error minus softmax's on digits", "points")
    ACCURACY = Quantity("the largest distance of its accuracy from softmax's", "points")
    rule = Rule(
        holds=(OVERLAPPING.at_least(0.02), LEAST.above(0), DIGITS.at_least(0.02), ACCURACY.at_most(0.02)),
        in_part=(OVERLAPPING.at_least(0.02), LEAST.above(0)),
    )
    exceptions = (
        "Where classes hardly overlap, as in digits, nearly all samples are right and both heads are "
        "confident. There margins passed through softmax are about as well calibrated."
    )
    charts = dot_chart(
        Axis("calibration error", "calibration error (%)", percent=True),
        facet="dataset",
        rows="seed",
        caption="Each dot is one seed. Further right, the probabilities are less reliable.",
    ) + dot_chart(
        Axis("accuracy", "accuracy (%)", percent=True),
        facet="dataset",
        rows="seed",
        caption="Each dot is one seed. The share of samples whose most probable class is right.",
    )
    size = 10

    head: str = "hinge"

    def comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        heads = dict.fromkeys((self.BASELINE, self.head))
        return super().comparison(dataset, seed, size).replace(heads=tuple(heads), learning_rate=None)

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset, comparison in self.comparisons(seed, size).items():
            results = comparison.run(n_jobs=1)
            texts = {head.name: str(head) for head in comparison.heads}
            of_seeds = {
                texts[name]: {measure: results.values[measure][index] for measure in self.MEASURES}
                for index, name in enumerate(results.variants)
            }
            judged = results.summary[results.summary["measure"].isin(self.MEASURES)]
            frames.append(stack_by_head(of_seeds, seed=comparison.seeds, row="seed", dataset=dataset))
            frames.append(judged.assign(head=judged["head"].map(texts), row="summary", dataset=dataset))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        error, accuracy = (self._own(frame, measure) for measure in ("calibration error", "accuracy"))
        return {
            self.OVERLAPPING: error["difference"]["Gaussian mixture"],
            self.LEAST: error["difference_low"]["Gaussian mixture"],
            self.DIGITS: error["difference"]["digits"],
            self.ACCURACY: accuracy["difference"].abs().max(),
        }

    def _own(self, frame: pd.DataFrame, measure: str, head: str | None = None) -> pd.DataFrame:
        """The summary of a measure by data set."""
        rows = frame[(frame["row"] == "summary") & (frame["measure"] == measure)]
        return self.rows(rows, head).set_index("dataset")

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        means = {head: self._own(frame, "calibration error", head)["mean"] for head in (self.head, "softmax")}
        mixture, digits = (
            " and ".join(f"{self.DIGITS.text(own[dataset])} for {head}" for head, own in means.items())
            for dataset in ("Gaussian mixture", "digits")
        )
        error, accuracy = (self._own(frame, name)["verdict"] for name in ("calibration error", "accuracy"))
        return (
            f"On Gaussian mixture, whose classes overlap, the calibration error is {mixture}: the difference "
            f"is {text(self.OVERLAPPING)} ({error['Gaussian mixture']}; the 95 % CI starts at "
            f"{text(self.LEAST)}). On digits it is {digits}: the difference is {text(self.DIGITS)} "
            f"({error['digits']}). Accuracies differ by at most {text(self.ACCURACY)} "
            f"({listed(dict.fromkeys(accuracy))})."
        )
