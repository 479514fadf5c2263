"""Claims about what trained probabilities come to."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from alternatives.claims.claim import PROBABILITIES, Axis, C, ChartSpec, Claim, D, by_head, register
from alternatives.claims.networks import networks, on, train, true_posterior
from alternatives.claims.rule import EXACT, Numbers, Quantity, Rule
from alternatives.heads import Floats, Head, Integers
from alternatives.training import Network, Part, Recipe, Setting, Stack
from alternatives.wording import listed, spelled

TINY = float(np.finfo(np.float64).tiny)


@register
@dataclass(frozen=True)
class Frequencies(Claim):
    """The same few inputs again and again, with different classes."""

    N_CLASSES = 4
    N_INPUTS = 6
    N_TIMES = 20
    """How often each input occurs: a frequency is a multiple of 1/20."""
    STEPS = 300

    id = "frequencies"
    part = PROBABILITIES
    sources = (D,)
    statement = (
        "If the same input occurs with different classes, the trained probabilities approach the observed "
        "frequencies."
    )
    GAP = Quantity("the largest gap between a trained probability and its frequency", "points")
    rule = Rule(holds=(GAP.at_most(0.01),), in_part=(GAP.at_most(0.05),))
    turns = (
        "A loss leads to the frequencies if it is least there, as the log losses, squared error and the "
        "losses of sparsemax and entmax are. Hinge is least at margins that tell no more than the most "
        "frequent class, soft margin softmax where it is surer than the frequencies are."
    )
    charts = (
        ChartSpec(
            "points",
            Axis("frequency", "observed frequency (%)", percent=True),
            Axis("probability", "trained probability (%)", percent=True),
            facet="head",
            diagonal=True,
            caption="A dot for each input and class; on the diagonal the network says what it has seen.",
        ),
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        seeds = range(seed * size, seed * size + size)
        counts = np.stack([self._counts(each) for each in seeds])
        frequencies = counts / self.N_TIMES
        X = np.tile(np.repeat(np.eye(self.N_INPUTS), self.N_TIMES, axis=0), (size, 1, 1))
        every_class = np.tile(np.arange(self.N_CLASSES), self.N_INPUTS)
        targets = np.stack([np.repeat(every_class, own.ravel()) for own in counts])
        recipe = Recipe("adam", batch_size=X.shape[1])
        settings = [Setting(head, 0.1) for head in self.heads.values()]
        runs = Stack(Network(self.N_INPUTS, self.N_CLASSES), recipe, settings, seeds, np.float64)
        train(runs, Part(X, targets), self.STEPS)
        every_input = np.eye(self.N_INPUTS)
        logits = runs.network.logits(runs.parameters, every_input)
        frames = []
        for index, (name, head) in enumerate(self.heads.items()):
            p = head.class_probabilities(logits[:, index])
            at = [axis.ravel() for axis in np.indices(p.shape)]
            columns = {
                "head": name,
                "seed": np.array(seeds)[at[0]],
                "input": at[1],
                "class": at[2],
                "frequency": frequencies.ravel(),
                "probability": p.ravel(),
                "gap": np.abs(p - frequencies).ravel(),
                "loss": _expected_loss(head, logits[:, index], frequencies).mean(),
                "loss_at_frequencies": _loss_at(head, frequencies),
            }
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.GAP: by_head(frame, "gap", "max")[self.head]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        gaps = by_head(frame, "gap", "max")
        near = [head for head, gap in gaps.items() if gap <= 0.01 and head != self.head]
        far = [
            f"{head}, {self.GAP.text(gap)} away{_why(frame, head)}"
            for head, gap in gaps.items()
            if gap > 0.01
        ]
        return (
            f"The trained probabilities of {self.head} come to within {self.GAP.text(numbers[self.GAP])} of "
            f"the frequencies. Others within 1 point: {listed(near)}. Farther: {'; '.join(far) or 'none'}."
        )

    def _counts(self, seed: int) -> Integers:
        """How often each class occurs with each input (n_inputs, n_classes), at least once."""
        shares = np.random.default_rng(seed).dirichlet(np.ones(self.N_CLASSES), self.N_INPUTS)
        counts = 1 + np.floor(shares * (self.N_TIMES - self.N_CLASSES)).astype(np.int64)
        counts[np.arange(self.N_INPUTS), counts.argmax(-1)] += self.N_TIMES - counts.sum(-1)
        return counts


def _expected_loss(head: Head, logits: Floats, frequencies: Floats) -> Floats:
    """Loss (...) at logits (..., n_classes) if the classes come with these frequencies."""
    n_classes = logits.shape[-1]
    losses = head.loss(np.repeat(logits[..., None, :], n_classes, axis=-2), np.arange(n_classes))
    expected: Floats = np.vecdot(losses, frequencies)
    return expected


def _loss_at(head: Head, frequencies: Floats) -> float:
    """Mean loss where the probabilities are the frequencies; NaN where log frequencies don't lead there."""
    logits = np.log(frequencies)
    if not np.allclose(head.class_probabilities(logits), frequencies):
        return np.nan
    return float(_expected_loss(head, logits, frequencies).mean())


def _why(frame: pd.DataFrame, head: str) -> str:
    """Why a head stays away from the frequencies, where its loss tells."""
    ends, there = (by_head(frame, column)[head] for column in ("loss", "loss_at_frequencies"))
    return (
        f" (its loss is {spelled(ends)} there and {spelled(there)} at the frequencies)"
        if ends < there
        else ""
    )


@register
@dataclass(frozen=True)
class MaximumLikelihood(Claim):
    """Loss, likelihood, cross-entropy and divergence of trained networks, the truth being known."""

    DATASET = "Gaussian mixture(samples=1000)"

    id = "maximum likelihood"
    part = PROBABILITIES
    sources = (C, D)
    statement = (
        "Minimising log loss is maximising likelihood; minimising cross-entropy is minimising the KL "
        "divergence from the truth."
    )
    LIKELIHOOD = Quantity("the distance of its mean loss from −log likelihood", "nats")
    ENTROPY = Quantity(
        "the distance of cross-entropy less KL divergence from the entropy of the truth", "nats"
    )
    rule = Rule(holds=(LIKELIHOOD.at_most(EXACT), ENTROPY.at_most(EXACT)), in_part=(ENTROPY.at_most(EXACT),))
    turns = (
        "The first half is said of log losses: hinge, squared error, sparsemax, entmax and soft margin "
        "softmax minimise something else, and sigmoid's loss is the likelihood of a yes-or-no answer for "
        "each class."
    )
    charts = (
        ChartSpec(
            "points",
            Axis("divergence", "KL divergence from the true posterior (nats)", logarithmic=True),
            Axis("cross_entropy", "cross-entropy with the true posterior (nats)", logarithmic=True),
            caption="A dot a network: whatever the head, the two differ by the truth's own entropy.",
        ),
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        trained = networks(on(self.DATASET, self.heads, seed, size))
        truth = np.maximum(true_posterior(trained), TINY)
        frames = []
        for name, logits in trained.logits.items():
            head = self.heads[name]
            p = np.maximum(head.class_probabilities(logits), TINY)  # some heads have zeros
            of_target = np.take_along_axis(p, trained.targets[..., None], -1)[..., 0]
            terms = {"cross_entropy": -np.log(p), "divergence": np.log(truth / p), "entropy": -np.log(truth)}
            columns = {
                "head": name,
                "seed": trained.comparison.seeds,
                "loss": head.loss(logits, trained.targets).mean(-1),
                "log_likelihood": [_log_of_product(own) / len(own) for own in of_target],
            }
            expected = {key: (truth * term).sum(-1).mean(-1) for key, term in terms.items()}
            frames.append(pd.DataFrame(columns | expected))
        frame = pd.concat(frames, ignore_index=True)
        return frame.assign(
            from_likelihood=(frame["loss"] + frame["log_likelihood"]).abs(),
            from_entropy=(frame["cross_entropy"] - frame["divergence"] - frame["entropy"]).abs(),
        )

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.LIKELIHOOD: by_head(frame, "from_likelihood", "max")[self.head],
            self.ENTROPY: float(frame["from_entropy"].max()),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        apart = by_head(self.others(frame), "from_likelihood", "max")
        alike = [head for head, distance in apart.items() if distance <= EXACT]
        crossed, diverged, entropy = (
            spelled(by_head(frame, column)[self.head])
            for column in ("cross_entropy", "divergence", "entropy")
        )
        return (
            f"The mean loss of {self.head} is −log of the product of its likelihoods, a sample, to "
            f"{self.LIKELIHOOD.text(numbers[self.LIKELIHOOD])}; others of which that is so: {listed(alike)}. "
            f"Cross-entropy ({crossed}) less KL divergence ({diverged}) is the entropy of the truth "
            f"({entropy}) to {self.ENTROPY.text(numbers[self.ENTROPY])}, whatever the head."
        )


def _log_of_product(values: Floats) -> float:
    """Logarithm of a product, multiplied out in decimal numbers, whose exponents don't run out."""
    product = Decimal(1)
    for value in values:
        product *= Decimal(float(value))
    return float(product.ln())
