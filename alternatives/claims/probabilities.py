"""Claims about what trained probabilities come to."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from alternatives.claims.claim import PROBABILITIES, Axis, C, ChartSpec, Claim, D, Link, by_head, register
from alternatives.claims.networks import networks, on, train, true_posterior
from alternatives.claims.rule import EXACT, Numbers, Quantity, Rule
from alternatives.heads import Floats, Head, Integers
from alternatives.training import Network, Recipe, Setting, Stack, Subset
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
    RATES = (0.1, 0.01)
    """Learning rates, one after the other. Adam begins anew with each: a gradient as large as that of plain
    normalisation near a logit of 0 makes its steps small for long, and a small rate calms what it swings."""
    STEPS = 300
    """Of each."""

    id = "frequencies"
    part = PROBABILITIES
    sources = (D,)
    statement = (
        "If the same input occurs with different classes, the trained probabilities approach the observed "
        "frequencies."
    )
    GAP = Quantity("the largest gap between a trained probability and its frequency", "points")
    EXCESS = Quantity("its loss where training ended less that at the frequencies")
    rule = Rule(
        holds=(GAP.at_most(0.01), EXCESS.at_least(-EXACT)),
        in_part=(GAP.at_most(0.05), EXCESS.at_least(-EXACT)),
    )
    turns = (
        "A loss leads to the frequencies if it is least there, as the log losses, squared error and the "
        "losses of sparsemax and entmax are. Hinge is least at margins that tell no more than the most "
        "frequent class, soft margin softmax where it is surer than the frequencies are. And training has "
        "to get there: after half of these steps, all at the first learning rate, plain normalisation can "
        "still be points away."
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
        logits = self._trained(Subset(X, targets), seeds)
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
                "loss_at_frequencies": _expected_loss(head, logits_of(head, frequencies), frequencies).mean(),
            }
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        gaps = by_head(frame, "gap", "max")
        return {self.GAP: gaps[self.head], self.EXCESS: _excesses(frame)[self.head]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        gaps, excesses = by_head(frame, "gap", "max"), _excesses(frame)
        near = [head for head, gap in gaps.items() if gap <= 0.01 and head != self.head]
        far = [
            f"{head}, {self.GAP.text(gap)} away: {self._why(excesses[head])}"
            for head, gap in gaps.items()
            if gap > 0.01 and head != self.head
        ]
        own = f": {self._why(numbers[self.EXCESS])}" if numbers[self.GAP] > 0.01 else ""
        return (
            f"The trained probabilities of {self.head} come to within {self.GAP.text(numbers[self.GAP])} of "
            f"the frequencies, with a loss {self.EXCESS.text(numbers[self.EXCESS])} above that at the "
            f"frequencies{own}. Others within 1 point: {listed(near)}. "
            f"Farther: {'; '.join(far) or 'none'}."
        )

    def _why(self, excess: float) -> str:
        """What keeps a head away from the frequencies, told by its loss."""
        if not np.isfinite(excess):
            return "its training diverged"
        if excess < -EXACT:
            return f"its loss is {spelled(-excess)} lower there than at the frequencies, and so leads away"
        return f"its loss is {spelled(excess)} lower at the frequencies, and training isn't there yet"

    def _trained(self, training: Subset, seeds: range) -> Floats:
        """Logits (n_seeds, n_heads, n_inputs, n_classes) of every input after training."""
        recipe = Recipe("adam", batch_size=training.X.shape[1])
        network = Network(self.N_INPUTS, self.N_CLASSES)
        stacks = [
            Stack(network, recipe, [Setting(head, rate) for head in self.heads.values()], seeds, np.float64)
            for rate in self.RATES
        ]
        parameters = stacks[0].parameters
        for runs in stacks:
            runs.parameters[:] = parameters
            train(runs, training, self.STEPS)
            parameters = runs.parameters
        return network.logits(parameters, np.eye(self.N_INPUTS))

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


def logits_of(head: Head, p: Floats, steps: int = 60) -> Floats:
    """Logits (..., n_classes) to which a head gives these probabilities, by Levenberg and Marquardt.

    Not the only ones: of softmax a shift gives more, of spherical softmax a sign. NaN where none are found.
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
    """What each head's loss is above that at the frequencies."""
    ends, there = (by_head(frame, column) for column in ("loss", "loss_at_frequencies"))
    return {head: ends[head] - there[head] for head in ends}


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
        "the distance of its expected loss less KL divergence from the entropy of the truth", "nats"
    )
    rule = Rule(holds=(LIKELIHOOD.at_most(EXACT), ENTROPY.at_most(EXACT)))
    turns = (
        "Both are said of log losses, whose expectation is the cross-entropy: hinge, squared error, "
        "sparsemax, entmax and soft margin softmax minimise something else, and sigmoid's loss is the "
        "likelihood of a yes-or-no answer for each class."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis(
                "from_likelihood", "mean loss's distance from −log likelihood", logarithmic=True, floor=1e-17
            ),
            reference=EXACT,
            caption="A dot a network: left of the line the loss is −log likelihood, but for rounding.",
        ),
        ChartSpec(
            "dots",
            Axis(
                "from_entropy",
                "distance of expected loss less KL divergence from the entropy of the truth",
                logarithmic=True,
                floor=1e-17,
            ),
            reference=EXACT,
            caption="Left of the line the expected loss is the divergence and a number that no network "
            "changes, so that both are least at once.",
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
            terms = {"divergence": np.log(truth / p), "entropy": -np.log(truth)}
            columns = {
                "head": name,
                "seed": trained.comparison.seeds,
                "loss": head.loss(logits, trained.targets).mean(-1),
                "log_likelihood": [_log_of_product(own) / len(own) for own in of_target],
                "expected": _expected_loss(head, logits, truth).mean(-1),
            }
            means = {key: (truth * term).sum(-1).mean(-1) for key, term in terms.items()}
            frames.append(pd.DataFrame(columns | means))
        frame = pd.concat(frames, ignore_index=True)
        return frame.assign(
            from_likelihood=(frame["loss"] + frame["log_likelihood"]).abs(),
            from_entropy=(frame["expected"] - frame["divergence"] - frame["entropy"]).abs(),
        )

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.LIKELIHOOD: by_head(frame, "from_likelihood", "max")[self.head],
            self.ENTROPY: by_head(frame, "from_entropy", "max")[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        others = self.others(frame)
        alike = [
            [head for head, distance in by_head(others, column, "max").items() if distance <= EXACT]
            for column in ("from_likelihood", "from_entropy")
        ]
        expected, diverged, entropy = (
            spelled(by_head(frame, column)[self.head]) for column in ("expected", "divergence", "entropy")
        )
        return (
            f"The mean loss of {self.head} is −log of the product of its likelihoods, a sample, to "
            f"{self.LIKELIHOOD.text(numbers[self.LIKELIHOOD])}; others of which that is so: "
            f"{listed(alike[0])}. Its expected loss ({expected}) less KL divergence ({diverged}) is the "
            f"entropy of the truth ({entropy}) to {self.ENTROPY.text(numbers[self.ENTROPY])}; others: "
            f"{listed(alike[1])}."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASET, self.heads, seed, self.size).to_link())


def _log_of_product(values: Floats) -> float:
    """Logarithm of a product, multiplied out in decimal numbers, whose exponents don't run out."""
    product = Decimal(1)
    for value in values:
        product *= Decimal(float(value))
    return float(product.ln())
