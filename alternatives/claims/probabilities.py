"""Claims about probabilities that one can believe: what training leads to, and how far off it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Axis, dot_chart, line_chart, point_chart
from alternatives.claims.mechanism.claim import Claim, Text, register, same_map
from alternatives.claims.mechanism.frames import by_head, stack_by_head, with_interval
from alternatives.claims.mechanism.measured import mean_over_seeds
from alternatives.claims.mechanism.networks import Networks, TrainedClaim, networks
from alternatives.claims.mechanism.rule import EXACT, Quantity, Rule
from alternatives.claims.mechanism.sources import PROBABILITIES, C, D
from alternatives.experiments import Comparison
from alternatives.experiments.runs import Job, Variant, epochs, train
from alternatives.heads import HEADS, Floats, Head, Integers, QuadraticHead
from alternatives.measures import fit_temperature, log_loss, with_temperature
from alternatives.training import Network, Recipe, Subset
from alternatives.wording import listed, signed

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
    reasons: ClassVar = {GAP: "probabilities and frequencies differ by {}"}
    exceptions = (
        "A loss leads to the frequencies if it is lowest there, as log losses, squared error and the losses "
        "of sparsemax and entmax are. Hinge only finds the most frequent class, and soft margin softmax ends "
        "more confident than the frequencies. Training also has to finish: after half of these steps plain "
        "normalisation can still be some points away."
    )
    charts = point_chart(
        Axis("frequency", "observed frequency", "%"),
        Axis("probability", "trained probability", "%"),
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

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        return {**super().measure(frame), self.EXCESS: _excesses(frame)[self.head]}

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
    rule = Rule(
        holds=(LIKELIHOOD.exact(), ENTROPY.exact()),
        proof="The log loss of a sample is −log p of its class, so their sum is −log of the product. With "
        "the truth q, the expected loss −Σ q log p is Σ q log(q / p) − Σ q log q: the KL divergence plus the "
        "entropy of q, which training can't change.",
    )
    reasons: ClassVar = {LIKELIHOOD: "mean loss and −log likelihood differ by {}"}
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
    MOST_EPOCHS = 10
    """Of tuning, on 6,000 samples: as many steps as in 600 epochs on 100 samples."""
    BATCH_SIZE = 100
    N_BINS = 15
    RIVALS = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "hinge", "squared error")

    statement = "Softmax with log loss gives values in the range of true probabilities."
    ERROR = Quantity(
        "its calibration error against the true posterior (6,000 training samples)", "points"
    ).read_from("error", "each", row="seed", samples=6000)
    rule = Rule(holds=(ERROR.at_most(0.02),), in_part=(ERROR.at_most(0.05),))
    reasons: ClassVar = {ERROR: "it is {} off the true posterior"}
    exceptions = (
        "With few training samples the network is overconfident. The losses of hinge and soft margin softmax "
        "aren't lowest at the true probabilities, so more samples don't help them."
    )
    charts = line_chart(
        Axis("samples", "training samples", logarithmic=True),
        Axis("error", "calibration error against the true posterior", "%"),
        interval=True,
        rows="error",
        caption="Mean gap between confidence and true probability, in 15 bins. Band: 95 % CI over seeds.",
    ) + line_chart(
        Axis("confidence", "confidence", "%"),
        Axis("truth", "true probability of the predicted class", "%"),
        facet="head",
        diagonal=True,
        rows="bin",
        caption="Trained on 6,000 samples. Below the diagonal: overconfident.",
    )
    size = 10
    seconds = 2.4

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        comparison = self.comparison(self.DATASETS[0], seed, size)
        for n_samples in self.TRAINED_ON:
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
            of_all = {text: with_interval("error", own, least=0, most=1) for text, own in errors.items()}
            frames.append(stack_by_head(of_all, row="error", samples=n_samples))
            each = {text: {"error": own, "seed": comparison.seeds} for text, own in errors.items()}
            frames.append(stack_by_head(each, row="seed", samples=n_samples))
            if n_samples == max(self.TRAINED_ON):
                frames.append(stack_by_head(bins, row="bin", samples=n_samples))
        return pd.concat(frames, ignore_index=True)

    def comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        """The heads, each with its own best learning rate and number of epochs."""
        heads = tuple(
            head for text, head in self.heads.items() if text == self.head or head.name in self.RIVALS
        )
        return (
            super()
            .comparison(dataset, seed, size)
            .replace(
                heads=heads,
                learning_rate=None,
                n_epochs=None,
                max_epochs=self.MOST_EPOCHS,
                batch_size=self.BATCH_SIZE,
            )
        )

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
        fewest = self._trained_on(frame, min(self.TRAINED_ON))
        verdicts = self._verdicts(frame)
        others = [
            f"{verdict}: {listed(head for head, own in verdicts.items() if own == verdict)}"
            for verdict in ("worse", "better", "undecided")
        ]
        return (
            f"Trained on {max(self.TRAINED_ON):,} samples, {self.head} is {text(self.ERROR)} off the true "
            f"posterior; on {min(self.TRAINED_ON)} samples, "
            f"{self.ERROR.text(self.own(fewest, 'error'))}. Other heads on {max(self.TRAINED_ON):,} samples "
            f"are {'; '.join(others)}."
        )

    @staticmethod
    def _trained_on(frame: pd.DataFrame, n_samples: int, row: str = "error") -> pd.DataFrame:
        return frame[(frame["row"] == row) & (frame["samples"] == n_samples)]

    def _verdicts(self, frame: pd.DataFrame) -> dict[str, str]:
        """Whether each other head's error is above or below that of the claim's own, or undecided."""
        seeds = self._trained_on(frame, max(self.TRAINED_ON), "seed")
        errors = {str(head): own.to_numpy() for head, own in seeds.groupby("head", sort=False)["error"]}
        own = errors.pop(self.head)
        found = {head: mean_over_seeds(error - own, len(errors)) for head, error in errors.items()}
        return {
            head: "worse" if each.low > 0 else "better" if each.high < 0 else "undecided"
            for head, each in found.items()
        }


@register("margins", PROBABILITIES, C)
@dataclass(frozen=True)
class Margins(TrainedClaim):
    """Hinge beside softmax on several data sets, as trained and after temperature scaling."""

    BASELINE = "softmax"
    DATASETS = ("Gaussian mixture", "blobs", "digits", "classification")

    statement = "Hinge loss gives margins, softmax gives probabilities, which are easier to read."
    taste = "What is easier to read is a matter of taste. The numbers show which values can be believed."
    # One temperature, fitted on the validation set, is the usual way to turn margins into probabilities.
    MEAN = Quantity(
        "its log loss after temperature scaling minus softmax's (mean over four data sets)", "nats"
    )
    LOSSES: ClassVar = {
        dataset: Quantity(
            f"its log loss after temperature scaling minus softmax's ({dataset})", "nats"
        ).read_from("scaled", "each", row="difference", dataset=dataset)
        for dataset in DATASETS
    }
    MIXTURE = LOSSES["Gaussian mixture"]
    rule = Rule(holds=(MEAN.above(0), MIXTURE.above(0)), in_part=(MIXTURE.above(0),))
    reasons: ClassVar = {MEAN: "after temperature scaling its log loss is higher by {}"}
    exceptions = (
        "Temperature scaling mends part of it: much where classes overlap, little where they hardly do. "
        "Where a network trained with hinge loss is more accurate, its scaled margins can be the better "
        "probabilities."
    )
    charts = dot_chart(
        Axis("raw", "log loss as trained", "nats"),
        facet="dataset",
        rows="seed",
        caption="Each dot is one seed. Further right, the probabilities are worse.",
    ) + dot_chart(
        Axis("scaled", "log loss after temperature scaling", "nats"),
        facet="dataset",
        rows="seed",
        caption="Each dot is one seed. One temperature for each network, fitted on the validation set.",
    )
    size = 20
    seconds = 2.2

    head: str = "hinge"

    def comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        """Both heads, each with its own best learning rate and number of epochs."""
        heads = dict.fromkeys((self.BASELINE, self.head))
        return (
            super()
            .comparison(dataset, seed, size)
            .replace(heads=tuple(heads), learning_rate=None, n_epochs=None)
        )

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset, comparison in self.comparisons(seed, size).items():
            trained = networks(comparison)
            losses = {text: self._losses(trained, text) for text in trained.logits}
            own, base = losses[self.head], losses[self.BASELINE]
            difference = {name: own[name] - base[name] for name in own}
            same = {"seed": comparison.seeds, "dataset": dataset}
            frames.append(stack_by_head(losses, row="seed", **same))
            frames.append(stack_by_head({self.head: difference}, row="difference", **same))
        return pd.concat(frames, ignore_index=True)

    @staticmethod
    def _losses(trained: Networks, text: str) -> dict[str, Floats]:
        """Log loss and accuracy (n_seeds,) on the test set, and the log loss after temperature scaling."""
        head = HEADS.parse(text)
        validated = head.class_probabilities(trained.validated[text])
        p = head.class_probabilities(trained.logits[text])
        temperatures = fit_temperature(validated, trained.comparison.data.validation.targets)
        return {
            "raw": log_loss(p, trained.targets),
            "scaled": log_loss(with_temperature(p, temperatures), trained.targets),
            "accuracy": (p.argmax(-1) == trained.targets).mean(-1),
        }

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        differences = frame[frame["row"] == "difference"]
        mean = differences.groupby("seed", sort=False)["scaled"].mean()
        return {self.MEAN: mean.to_numpy(np.float64), **super().measure(frame)}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        differences = frame[frame["row"] == "difference"].groupby("dataset", sort=False)
        raw, accuracy = differences["raw"].mean(), differences["accuracy"].mean()
        clauses = []
        for dataset, rows in differences:
            loss = self.LOSSES[str(dataset)]
            scaled = text(loss) if loss == self.MIXTURE else loss.text(mean_over_seeds(rows["scaled"]))
            clauses.append(f"{scaled} on {dataset} (as trained {loss.text(raw[dataset])})")
        return (
            f"After temperature scaling the log loss of {self.head} minus softmax's is {text(self.MEAN)}, "
            f"mean over the data sets: {listed(clauses)}. Its accuracy differs by "
            f"{signed(accuracy.min(), '%')} to {signed(accuracy.max(), '%')} points."
        )


@register("another distribution", PROBABILITIES, D)
class AnotherDistribution(Claim):
    """Labels drawn from known posteriors, and which head comes closest to each."""

    N_CLASSES, N_FEATURES = 3, 3
    N_SAMPLES = 1000
    """Of the training set; the validation set and the test set have as many."""
    RATES = (0.03, 0.1)
    EPOCHS, BATCH_SIZE = 40, 200
    RIVALS = ("softmax", "spherical softmax", "Taylor softmax")
    GAUSSIAN = "Gaussian classes"
    statement = (
        "The function follows from the distribution: softmax from a multinomial, and if another distribution "
        "fits the labels, another function follows."
    )
    OWN = Quantity(
        "its advantage over the next best head where its own probabilities made the labels", "nats"
    )
    CLASSES = Quantity("its advantage where classes are Gaussian with one covariance", "nats")
    OTHERS = Quantity(
        "what it loses where another head's probabilities made the labels (least of them)", "nats"
    )
    rule = Rule(
        holds=(OWN.above(0), CLASSES.above(0), OTHERS.above(0)),
        in_part=(OWN.above(0),),
    )
    reasons: ClassVar = {OWN: "it leads by {} where it made the labels"}
    exceptions = (
        "Spherical and Taylor softmax can't be told apart this way: up to the scale and the shift of the "
        "logits, which any layer with a bias learns, they are one function, so each counts as the other's "
        "maker. With hidden layers a network can make up for a head that doesn't fit, and with few labels no "
        "head is found."
    )
    charts = dot_chart(
        Axis("divergence", "KL divergence from the true probabilities", "nats", logarithmic=True, floor=1e-4),
        facet="labels from",
        caption="Each dot is one seed: another linear source, and other samples. Furthest left: the head "
        "that fits.",
    )
    size = 24
    seconds = 1.9

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        seeds = range(seed * size, seed * size + size)
        frames = []
        for source in (*self._competing, self.GAUSSIAN):
            drawn = [self._draw(source, np.random.default_rng([each, 1])) for each in seeds]
            X, truth, targets = (np.stack(each) for each in zip(*drawn, strict=True))
            columns = {
                text: {"seed": seeds, "divergence": divergence}
                for text, divergence in self._divergences(X, truth, targets, seeds).items()
            }
            frames.append(stack_by_head(columns, **{"labels from": source}))
        return pd.concat(frames, ignore_index=True)

    @property
    def _competing(self) -> dict[str, Head]:
        """The claim's own head and its rivals, by their texts."""
        return {
            text: head for text, head in self.heads.items() if text == self.head or head.name in self.RIVALS
        }

    def _draw(self, source: str, random: np.random.Generator) -> tuple[Floats, Floats, Integers]:
        """Features, true probabilities and labels of a linear source."""
        n_samples, shape = 3 * self.N_SAMPLES, (self.N_CLASSES, self.N_FEATURES)
        if source == self.GAUSSIAN:
            means = random.normal(0, 1, shape)
            X = means[random.integers(0, self.N_CLASSES, n_samples)] + random.normal(
                size=(n_samples, shape[1])
            )
            # Bayes' rule: what is quadratic in x is the same for all classes and cancels.
            truth = HEADS["softmax"].probabilities(X @ means.T - (means**2).sum(-1) / 2)
        else:
            weights, bias = random.normal(0, 1.5, shape), random.normal(0, 1, self.N_CLASSES)
            X = random.normal(size=(n_samples, shape[1]))
            truth = self._competing[source].class_probabilities(X @ weights.T + bias)
        targets = (truth.cumsum(-1)[:, :-1] < random.random((n_samples, 1))).sum(-1)
        return X, truth, targets

    def _divergences(self, X: Floats, truth: Floats, targets: Integers, seeds: range) -> dict[str, Floats]:
        """KL divergence (n_seeds,) from the truth on the test set, each head at its own best rate."""
        n, network = self.N_SAMPLES, Network(self.N_FEATURES, self.N_CLASSES)
        training, validation = (Subset(X[:, rows], targets[:, rows]) for rows in (slice(n), slice(n, 2 * n)))
        recipe = Recipe("adam", self.EPOCHS, self.BATCH_SIZE)
        truth, found = np.maximum(truth[:, 2 * n :], TINY), {}
        for text, head in self._competing.items():
            variant = Variant(text, network, head)
            jobs = [Job(variant, rate, self.EPOCHS) for rate in self.RATES]
            runs = train(jobs, recipe, seeds, training, validation, n_jobs=1)
            best = int(runs.history.validation_log_loss[..., -1].mean(0).argmin())
            p = np.maximum(head.class_probabilities(runs.logits(best, X[:, 2 * n :])), TINY)
            found[text] = (truth * np.log(truth / p)).sum(-1).mean(-1)
        return found

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        of_head = HEADS.parse(self.head)
        rivals = [text for text in dict.fromkeys(frame["head"]) if not one_family(HEADS.parse(text), of_head)]
        own, *others = (
            np.array([self._of(frame, source, text) for text in (self.head, *rivals)])
            for source in (self.head, self.GAUSSIAN, *rivals)
        )
        gaussian, *made = others
        lost = [each[0] - each[1 + index] for index, each in enumerate(made)]
        least = min(lost, key=lambda values: float(np.mean(values)))
        return {
            self.OWN: own[1:].min(0) - own[0],
            self.CLASSES: gaussian[1:].min(0) - gaussian[0],
            self.OTHERS: least,
        }

    @staticmethod
    def _of(frame: pd.DataFrame, source: str, head: str) -> Floats:
        """The divergences (n_seeds,) of a head on the labels of a source."""
        rows = frame[(frame["labels from"] == source) & (frame["head"] == head)]
        return rows["divergence"].to_numpy(np.float64)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        means = frame.groupby(["labels from", "head"], sort=False)["divergence"].mean()
        winners = [
            f"{means[source].idxmin()} where labels come from {source}"
            for source in dict.fromkeys(frame["labels from"])
        ]
        return (
            f"Closest to the true probabilities is {listed(winners)}. Where {self.head} made the labels its "
            f"advantage is {text(self.OWN)}, where classes are Gaussian {text(self.CLASSES)}; where another "
            f"head made them it loses {text(self.OTHERS)} at least."
        )


def one_family(head: Head, other: Head) -> bool:
    """Whether two heads have one map, or maps that differ by the scale and the shift of the logits only.

    All scores (a + shift)² + ε with ε above 0 do: √ε times a shifted a has ε times the score with an ε of 1.
    """
    quadratic = all(isinstance(each, QuadraticHead) and each.epsilon > 0 for each in (head, other))
    return quadratic or same_map(head, other)
