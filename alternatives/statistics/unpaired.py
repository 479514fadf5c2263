"""The difference between two groups, paired over the seeds that both have, or not."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from alternatives.heads import Floats
from alternatives.statistics.estimates import LEVEL, Estimate, estimate


def paired(first: ArrayLike, second: ArrayLike, resolution: ArrayLike = 0.0) -> tuple[Estimate, Floats]:
    """Mean of first less second, paired: arrays (..., n_seeds) of the same seeds.

    Beside the estimate come the deviations (..., n_seeds) that `together` takes: their squares sum to the
    squared standard error, without what `resolution` adds to it.
    """
    with np.errstate(invalid="ignore"):
        differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    return estimate(differences, resolution=resolution), _deviations(differences)


def welch(
    first: ArrayLike, second: ArrayLike, resolution: ArrayLike = 0.0
) -> tuple[Estimate, tuple[Floats, Floats]]:
    """Mean of first (..., n_first) less mean of second (..., n_second), as if they had no seeds in common.

    Seeds in both make them more alike than that, and the interval wider than it need be.

    Returns
    -------
    estimate : Estimate
        Its n is the smaller of the two numbers of finite values.
    deviations : two arrays (..., n_first) and (..., n_second)
        What each seed adds to the difference, as `together` takes it.

    References
    ----------
    Welch 1947, The generalization of "Student's" problem when several different population variances are
    involved, Biometrika 34.
    """
    one, other = (estimate(each, resolution=resolution) for each in (first, second))
    variances = one.error**2, other.error**2
    total = sum(variances)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [variance**2 / (each.n - 1) for variance, each in zip(variances, (one, other), strict=True)]
        freedom = np.where(total > 0, total**2 / sum(parts), one.n + other.n - 2.0)
    error, mean = np.sqrt(total), one.mean - other.mean
    half = special.stdtrit(freedom, (1 + LEVEL) / 2) * error
    n = np.minimum(one.n, other.n)
    deviations = _deviations(first), -_deviations(second)
    return Estimate(mean, mean - half, mean + half, n, error, freedom), deviations


def _deviations(values: ArrayLike) -> Floats:
    """Deviations from the mean, over √(n(n − 1)); 0 for what isn't finite."""
    values = np.asarray(values, np.float64)
    finite = np.isfinite(values)
    n = finite.sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(finite, values, 0.0).sum(-1, keepdims=True) / n
        deviations = (values - mean) / np.sqrt(n * (n - 1))
    return np.where(finite & (n > 1), deviations, 0.0)
