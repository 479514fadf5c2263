"""One digit from sharp to blurred, and what networks that differ in their heads alone make of it.

Each network is one of the default comparison: trained on the digits as they are, from the first seed. Test
digits are then blurred step by step. The networks have never seen blurred digits, so their logits change, and
a head shows what it does with logits that it knows nothing about: whether it stays sure when it is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets import DATASETS, Samples, Split, split
from alternatives.datasets.splitting import centre_and_divisor, scaled
from alternatives.experiments.comparison import Comparison
from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.memory import kept
from alternatives.training import Setting, Stack

SIDE = 8
"""Pixels of a digit's side."""
BRIGHTEST = 16
BLURS = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""Standard deviations, in pixels, of the Gaussians that blur the digits: sharp at first."""
N_SHOWN = 3
"""Digits to look at, each of another class."""
LEARNING_RATE, N_EPOCHS = 0.01, 20
"""Near what tuning chooses for each head of the default comparison."""


@dataclass(frozen=True, eq=False)
class ByHead:
    """What networks make of blurred samples, each with its own head.

    Attributes
    ----------
    logits, probabilities : array (n_heads, n_blurs, n_samples, n_classes)
        NaN where a network diverged.
    """

    heads: tuple[Head, ...]
    logits: Floats
    probabilities: Floats

    @property
    def winners(self) -> Integers:
        """The most probable class (n_heads, n_blurs, n_samples)."""
        return self.probabilities.argmax(-1)

    @property
    def confidence(self) -> Floats:
        """The largest probability (n_heads, n_blurs, n_samples)."""
        return self.probabilities.max(-1)


@dataclass(frozen=True, eq=False)
class BlurredDigits(ByHead):
    """The digits to look at, and what holds for all digits of the test set.

    Attributes
    ----------
    images : array (n_blurs, n_samples, 8, 8)
        From 0, nothing, to 1.
    targets : array (n_samples,)
        The right classes.
    mean_confidence, accuracy : array (n_heads, n_blurs)
        Over all test digits.
    n_training, n_test : int
    """

    images: Floats
    targets: Integers
    mean_confidence: Floats
    accuracy: Floats
    n_training: int
    n_test: int


def usual_heads() -> tuple[Head, ...]:
    """The heads of the default comparison."""
    return tuple(head for head in HEADS.values() if head.in_comparison)


@kept
def blurred_digits(heads: tuple[Head, ...]) -> BlurredDigits:
    """What these heads' networks make of the same digits, which are shown whatever heads are chosen."""
    whole, _, targets = _test_set()
    n_training = len(_split().train_index)
    shown = typical(_by_head(usual_heads()), targets, N_SHOWN)
    every = _by_head(heads)
    right = np.where(np.isnan(every.confidence), np.nan, every.winners == targets)
    return BlurredDigits(
        heads,
        every.logits[:, :, shown],
        every.probabilities[:, :, shown],
        np.asarray(whole, np.float64).reshape(len(BLURS), -1, SIDE, SIDE)[:, shown] / BRIGHTEST,
        targets[shown],
        every.confidence.mean(-1),
        right.mean(-1),
        n_training,
        len(targets),
    )


def typical(every: ByHead, targets: Integers, n_shown: int) -> Integers:
    """Samples (n_shown,) for which the heads do as they do on average, each of another class.

    The distance is that of a sample's probabilities of its winner and of its class from their means. Only
    samples that all heads get right while they are sharp are shown, since everybody expects that.
    """
    of_target = np.take_along_axis(every.probabilities, targets[None, None, :, None], axis=-1)[..., 0]
    curves = np.stack([every.confidence, of_target])
    distance = np.square(curves - curves.mean(-1, keepdims=True)).sum((0, 1, 2))
    is_clear = (every.winners[:, 0] == targets).all(0)
    order = np.argsort(np.where(is_clear, distance, np.inf), kind="stable")
    _, first = np.unique(targets[order], return_index=True)
    return order[np.sort(first)[:n_shown]]


def blurred(images: Floats, deviation: float) -> Floats:
    """Images (..., height, width) whose pixels are weighted means of their neighbours, by a Gaussian."""
    if not deviation:
        return images
    rows, columns = (_gaussian(n, deviation) for n in images.shape[-2:])
    return rows @ images @ columns.T


def _gaussian(n: int, deviation: float) -> Floats:
    distance = np.subtract.outer(np.arange(n), np.arange(n))
    weights = np.exp(-(distance**2) / (2 * deviation**2))
    return weights / weights.sum(1, keepdims=True)


def _by_head(heads: Sequence[Head]) -> ByHead:
    logits = np.stack([_logits(head) for head in heads]).astype(np.float64)
    with np.errstate(all="ignore"):
        probabilities = [head.class_probabilities(own) for head, own in zip(heads, logits, strict=True)]
    return ByHead(tuple(heads), logits, np.stack(probabilities))


@kept
def _logits(head: Head) -> NDArray[np.float32]:
    """The logits (n_blurs, n_test, n_classes) by the network with this head."""
    comparison, part = Comparison(heads=(head,), n_epochs=N_EPOCHS), _split()
    ((_, X, _), (_, n_features, n_classes)) = _test_set(), comparison.dataset.shape
    (variant,) = comparison.variants(n_features, n_classes)
    stack = Stack(variant.network, comparison.recipe, [Setting(head, LEARNING_RATE)], [part.seed])
    with np.errstate(all="ignore"):  # a network that diverges is a result
        for _ in range(N_EPOCHS):
            stack.epoch(part.X_train[None], part.targets_train[None])
        logits = variant.network.logits(stack.parameters[0, 0], X)
    return logits.reshape(len(BLURS), -1, n_classes)


def _samples() -> Samples:
    return DATASETS["digits"].load()


@kept
def _split() -> Split:
    return split(_samples(), Comparison().first_seed)


@kept
def _test_set() -> tuple[Floats, NDArray[np.float32], Integers]:
    """The test digits at every blur (n_blurs * n_test, 64), as they are and as networks see them; classes."""
    samples, part = _samples(), _split()
    images = samples.X[part.test_index].reshape(-1, SIDE, SIDE)
    every = np.concatenate([blurred(images, deviation) for deviation in BLURS]).reshape(-1, SIDE**2)
    mean, divisor = centre_and_divisor(samples.X[part.train_index], samples.one_unit)
    return every, scaled(every, mean, divisor), part.targets_test
