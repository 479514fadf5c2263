"""One digit from sharp to blurred, and what networks that differ in their heads alone make of it.

The networks are those of the default comparison: each head at the learning rate and number of epochs that
tuning chose for it, from the same seeds, on the digits as they are. Test digits are then blurred step by
step. The networks have never seen blurred digits, so their logits change, and a head shows what it does with
logits that it knows nothing about: whether it stays sure when it is wrong.

One network of each head shows single digits, that of the first seed. The means are over all seeds, so that
those of sharp digits are the default comparison's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets import Split, split
from alternatives.datasets.splitting import centre_and_divisor, scaled
from alternatives.experiments.comparison import CONCLUSIONS, Comparison
from alternatives.experiments.runs import Runs
from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.memory import kept, memory

SIDE = 8
"""Pixels of a digit's side."""
BRIGHTEST = 16
BLURS = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""Standard deviations, in pixels, of the Gaussians that blur the digits: sharp at first."""
N_SHOWN = 6
"""Digits to look at, each of another class."""


@dataclass(frozen=True, eq=False)
class ByHead:
    """What the first seed's networks make of blurred samples, each with its own head.

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
    """The digits to look at, and what holds for all digits of the test sets.

    Attributes
    ----------
    images : array (n_blurs, n_samples, 8, 8)
        From 0, nothing, to 1.
    targets : array (n_samples,)
        The right classes.
    mean_confidence, accuracy : array (n_heads, n_blurs)
        Means over the test sets of all seeds, of networks that didn't diverge; NaN where all did.
    n_seeds, n_training : int
    """

    images: Floats
    targets: Integers
    mean_confidence: Floats
    accuracy: Floats
    n_seeds: int
    n_training: int


def usual_heads() -> tuple[Head, ...]:
    """The heads of the default comparison."""
    return tuple(head for head in HEADS.values() if head.in_comparison)


def trained_by_default(comparison: Comparison) -> bool:
    """Whether a comparison's networks, with whatever heads, learn as these do: from the same data, alike."""
    usual = Comparison()
    same = {name: getattr(usual, name) for name in ("heads", "baseline", *CONCLUSIONS)}
    return comparison.replace(**same) == usual


def blurred_digits(heads: tuple[Head, ...]) -> BlurredDigits:
    """What these heads' networks make of the same digits, which are shown whatever heads are chosen.

    Heads that haven't been tuned on the digits are, and trained: a few seconds. That takes turns of its own
    (`serving.turns`), so whoever has one asks for what is `known`.
    """
    found = known(heads)
    if found is None:
        found = _made(heads)
        memory.keep(_key(heads), found)
    return found


def known(heads: tuple[Head, ...]) -> BlurredDigits | None:
    """What `blurred_digits` gives, if it is there already."""
    found: BlurredDigits | None = memory.get(_key(heads))
    return found


def _key(heads: tuple[Head, ...]) -> tuple[object, ...]:
    return blurred_digits, heads


def _made(heads: tuple[Head, ...]) -> BlurredDigits:
    images, _, targets = _test_set(0)
    shown = typical(_by_head(usual_heads()), targets, N_SHOWN)
    every, own = _by_head(heads), [_of_head(head) for head in heads]
    n_seeds, n_training = len(Comparison().seeds), len(_split(0).train_index)
    return BlurredDigits(
        heads,
        every.logits[:, :, shown],
        every.probabilities[:, :, shown],
        images.reshape(len(BLURS), -1, SIDE, SIDE)[:, shown] / BRIGHTEST,
        targets[shown],
        np.stack([each.mean_confidence for each in own]),
        np.stack([each.accuracy for each in own]),
        n_seeds,
        n_training,
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
    logits = np.stack([_of_head(head).logits for head in heads]).astype(np.float64)
    with np.errstate(all="ignore"):
        probabilities = [head.class_probabilities(own) for head, own in zip(heads, logits, strict=True)]
    return ByHead(tuple(heads), logits, np.stack(probabilities))


@dataclass(frozen=True, eq=False)
class _OfHead:
    """What one head's networks make of the blurred test sets."""

    logits: NDArray[np.float32]
    """Of the first seed (n_blurs, n_test, n_classes)."""
    mean_confidence: Floats
    accuracy: Floats


def _of_head(head: Head) -> _OfHead:
    usual = usual_heads()
    return _of_heads(usual if head in usual else (head,))[head]


@kept
def _of_heads(heads: tuple[Head, ...]) -> dict[Head, _OfHead]:
    """All usual heads at a time: on several cores that is sooner done than one after the other."""
    comparison = Comparison(heads=heads)
    runs = comparison.train(comparison.tune())
    return {variant.head: _measured(runs, place) for place, variant in enumerate(runs.variants)}


def _measured(runs: Runs, place: int) -> _OfHead:
    comparison, head = Comparison(), runs.variants[place].head
    _, *sets = zip(*(_test_set(place) for place in range(comparison.n_seeds)), strict=True)
    X, targets = map(np.stack, sets)
    by_blur = runs.logits(place, X).reshape(len(X), len(BLURS), targets.shape[1], -1)
    with np.errstate(all="ignore"):
        probabilities = head.class_probabilities(by_blur.astype(np.float64))
    right = probabilities.argmax(-1) == targets[:, None]
    finished = ~runs.diverged[:, place]
    confidence, accuracy = (
        each[finished].mean((0, -1)) if finished.any() else np.full(len(BLURS), np.nan)
        for each in (probabilities.max(-1), right)
    )
    return _OfHead(by_blur[0].astype(np.float32), confidence, accuracy)


@kept
def _split(place: int) -> Split:
    """The split of one of the seeds, by its place among them."""
    comparison = Comparison()
    return split(comparison.dataset.load(), comparison.seeds[place])


def _test_set(place: int) -> tuple[Floats, NDArray[np.float32], Integers]:
    """The test digits at every blur (n_blurs * n_test, 64), as they are and as networks see them; classes."""
    samples, part = Comparison().dataset.load(), _split(place)
    images = samples.X[part.test_index].astype(np.float64).reshape(-1, SIDE, SIDE)
    every = np.concatenate([blurred(images, deviation) for deviation in BLURS]).reshape(-1, SIDE**2)
    mean, divisor = centre_and_divisor(samples.X[part.train_index], samples.one_unit)
    return every, scaled(every, mean, divisor), part.targets_test
