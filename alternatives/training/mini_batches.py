"""Samples in mini-batches, from dense or sparse arrays, with weights or without."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Floats, Integers, ones
from alternatives.training import aligned
from alternatives.training.architecture import transposed


class SparseRows(Protocol):
    """What training needs of a sparse matrix (n_samples, n_features): SciPy's have it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_samples, n_features)."""

    def __getitem__(self, rows: Integers) -> "SparseRows": ...

    def toarray(self, *, out: Floats) -> object:
        """Write all entries into `out`, zeros too."""


Rows: TypeAlias = Floats | SparseRows
"""Samples: an array (n_splits, n_samples, n_features), or (1, …) for the same in every split, or a sparse
matrix for a single split."""


class MiniBatch(NamedTuple):
    """Samples to take one step on, of each split.

    `rows` are their places in the epoch's order. `X` (n_splits, 1, n, n_features) and the one-hot `target`
    (n_splits, 1, n, n_classes) have an axis of length 1 for the settings. `shares` sum to one: 1/n, or with
    weights (n_splits, 1, n, 1). `weight` is n, or with weights their sum (n_splits, 1, 1).
    """

    rows: slice
    X: Floats
    target: Floats
    shares: float | Floats
    weight: float | Floats


class MiniBatches:
    """Room for mini-batches of `size` samples; each overwrites the one before."""

    def __init__(self, n_splits: int, size: int, n_features: int, n_classes: int, dtype: DTypeLike) -> None:
        self.size = size
        self._X = aligned.zeros((n_splits, 1, size, n_features), dtype)
        self._target = aligned.zeros((n_splits, 1, n_classes, size), dtype)  # samples last in memory

    def of(self, X: Rows, targets: Integers, weights: Floats | None, orders: Integers) -> Iterator[MiniBatch]:
        """All samples, each split's in its order; arguments but `X` are (n_splits, n_samples)."""
        n_splits, n_samples = orders.shape
        joined = orders + n_samples * np.arange(n_splits)[:, None]  # rows of all splits, one after the other
        targets = targets.ravel()[joined][:, None, None]
        weights = None if weights is None else weights.ravel()[joined]
        if isinstance(X, np.ndarray):
            orders = joined if len(X) == n_splits else orders
            X = X.reshape(-1, X.shape[-1])
        classes = np.arange(self._target.shape[-2])[:, None]
        for start in range(0, n_samples, self.size):
            rows = slice(start, min(start + self.size, n_samples))
            n = rows.stop - start
            batch, target = self._X[:, :, :n], self._target[..., :n]
            if isinstance(X, np.ndarray):
                np.take(X, orders[:, rows], axis=0, out=batch[:, 0], mode="clip")  # "raise" would buffer
            else:
                X[orders[0, rows]].toarray(out=batch[0, 0])
            np.equal(targets[..., rows], classes, out=target)
            shares, weight = (1 / n, n) if weights is None else _shares(weights[:, rows], batch.dtype)
            yield MiniBatch(rows, batch, transposed(target), shares, weight)


def _shares(weights: Floats, dtype: DTypeLike) -> tuple[Floats, Floats]:
    """Each sample's share (n_splits, 1, n, 1) of the sum of the weights, and the sum (n_splits, 1, 1)."""
    total = np.vecdot(weights, ones(weights.shape[-1], weights.dtype))[:, None, None]
    return (weights[:, None] / total).astype(dtype)[..., None], total
