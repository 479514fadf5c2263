"""Samples in mini-batches, from dense or sparse arrays, with weights or without."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Floats, Integers, ones
from alternatives.training import aligned


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


GATHERED_BYTES = 100_000
"""Mini-batches are gathered at once up to this size. One by one, small ones spend their time on calls; large
ones are better gathered when they are needed, as they are in the cache then."""


class MiniBatches:
    """Room for some mini-batches of `size` samples; they are gathered together, over those before."""

    def __init__(self, n_splits: int, size: int, n_features: int, n_classes: int, dtype: DTypeLike) -> None:
        n_bytes = n_splits * size * (n_features + n_classes) * np.dtype(dtype).itemsize
        self.size, self._at_once = size, size * max(1, GATHERED_BYTES // n_bytes)
        self._X = aligned.zeros((n_splits, 1, self._at_once, n_features), dtype)
        self._target = aligned.zeros((n_splits, 1, n_classes, self._at_once), dtype)  # samples last in memory

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
        for first in range(0, n_samples, self._at_once):
            together = slice(first, min(first + self._at_once, n_samples))
            n = together.stop - first
            gathered, target = self._X[:, :, :n], self._target[..., :n]
            if isinstance(X, np.ndarray):
                # With "raise" numpy would write to a buffer first.
                np.take(X, orders[:, together], axis=0, out=gathered[:, 0], mode="clip")
            else:
                X[orders[0, together]].toarray(out=gathered[0, 0])
            np.equal(targets[..., together], classes, out=target)
            for start in range(0, n, self.size):
                own = slice(start, min(start + self.size, n))
                rows, size = slice(first + start, first + own.stop), own.stop - start
                shares, weight = (1 / size, size)
                if weights is not None:
                    shares, weight = _shares(weights[:, rows], gathered.dtype)
                yield MiniBatch(rows, gathered[:, :, own], target[..., own].mT, shares, weight)


def _shares(weights: Floats, dtype: DTypeLike) -> tuple[Floats, Floats]:
    """Each sample's share (n_splits, 1, n, 1) of the sum of the weights, and the sum (n_splits, 1, 1)."""
    total = np.vecdot(weights, ones(weights.shape[-1], weights.dtype))[:, None, None]
    return (weights[:, None] / total).astype(dtype)[..., None], total
