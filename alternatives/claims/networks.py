"""Networks trained for claims: the runs of a comparison, and what their last layers say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets import DATASETS, Split, split
from alternatives.experiments import Comparison
from alternatives.experiments.runs import epochs
from alternatives.heads import HEADS, Floats, Integers
from alternatives.training import Stack, Subset, one_blas_thread


@dataclass(frozen=True, eq=False)
class Networks:
    """Trained networks of a comparison, each head with its chosen learning rate.

    `logits` on the test part by head, (n_seeds, n_samples, n_classes), float64; `targets` (n_seeds,
    n_samples). A run that diverged has logits that aren't finite.
    """

    comparison: Comparison
    splits: tuple[Split, ...]
    targets: Integers
    logits: dict[str, Floats]


def on(dataset: str, heads: Iterable[str], seed: int, n_seeds: int) -> Comparison:
    """The comparison that claims make on a data set: quick, and the compare page can open with it.

    Claims with other seeds have other splits.
    """
    return Comparison(
        dataset=DATASETS.parse(dataset),
        heads=tuple(HEADS.parse(head) for head in heads),
        n_seeds=n_seeds,
        first_seed=seed * n_seeds,
        hidden_layer_sizes=(16,),
        learning_rate=0.01,
        n_epochs=10,
    )


@lru_cache(maxsize=8)
def networks(comparison: Comparison, n_samples: int | None = None) -> Networks:
    """Train a comparison's networks, on so many samples of each training set or on all of it."""
    data = comparison.data
    if n_samples is not None:
        data = replace(data, training=data.some_training_samples(n_samples, comparison.seeds))
    runs = comparison.train(n_jobs=1, data=data)
    logits: dict[str, Floats] = {
        str(head): runs.logits(index, data.test.X).astype(np.float64)
        for index, head in enumerate(comparison.heads)
    }
    return Networks(comparison, splits_of(comparison), data.test.targets, logits)


def stack(
    comparison: Comparison, rates: Sequence[float], dtype: type[np.floating[Any]] = np.float32
) -> Stack:
    """A comparison's networks before training: each head at each rate, on each split."""
    variants = comparison.variants(*comparison.dataset.shape[1:])
    return next(
        epochs(variants, rates, comparison.recipe, comparison.seeds, comparison.data.training, None, dtype)
    )


def train(runs: Stack, training: Subset, n_epochs: int) -> None:
    """Let every sample be seen so many times. A run that diverges is a result."""
    with one_blas_thread(), np.errstate(all="ignore"):
        for _ in range(n_epochs):
            runs.epoch(training.X, training.targets)


def splits_of(comparison: Comparison) -> tuple[Split, ...]:
    """The splits of a comparison's data set, one for each seed."""
    samples = comparison.dataset.load()
    return tuple(split(samples, seed, comparison.label_noise) for seed in comparison.seeds)


def part(splits: Sequence[Split], name: str, n_samples: int | None = None) -> Subset:
    """One part of every split, or so many samples of it, drawn at random."""
    X: list[NDArray[np.float32]] = [getattr(each, f"X_{name}") for each in splits]
    targets: list[Integers] = [getattr(each, f"targets_{name}") for each in splits]
    rows = [
        np.random.default_rng(each.seed).permutation(len(own)) for each, own in zip(splits, X, strict=True)
    ]
    if n_samples is not None:
        X = [own[order[:n_samples]] for own, order in zip(X, rows, strict=True)]
        targets = [own[order[:n_samples]] for own, order in zip(targets, rows, strict=True)]
    return Subset(np.stack(X), np.stack(targets))


def true_posterior(trained: Networks) -> Floats:
    """True class probabilities (n_seeds, n_samples, n_classes) on the test sets."""
    comparison = trained.comparison
    X = comparison.dataset.load().X
    return np.stack(
        [np.asarray(comparison.dataset.posterior(X[rows])) for rows in comparison.data.test_index]
    )
