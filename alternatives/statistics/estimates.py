"""A mean over seeds with its t interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from alternatives.heads import Floats, Integers

LEVEL = 0.95
"""The level of every interval."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its t interval; every field has the shape of the leading axes."""

    mean: Floats
    low: Floats
    high: Floats
    n: Integers
    """How many of the values were finite."""
    error: Floats
    """Standard error of the mean."""
    freedom: Floats
    """Degrees of freedom of that standard error."""


def estimate(
    values: ArrayLike, between: ArrayLike = 0.0, axis: int = -1, resolution: ArrayLike = 0.0
) -> Estimate:
    """Mean of values with a 95 % t interval.

    Parameters
    ----------
    values : array of shape (..., n_seeds)
        One value a seed; what isn't finite is left out. For a paired comparison give the differences.
    between : float or array of shape (...), default=0
        Variance between data sets, as `between_data` gives it, for an interval that is to hold on new data.
        With 0 the interval is the ordinary t, and answers for these data.
    axis : int, default=-1
        The axis of the seeds.
    resolution : float or array of shape (...), default=0
        The step in which values come, such as 1 / n_test for an accuracy. Rounding to that step adds the
        variance resolution²/12 (Sheppard), so that a few equal values don't count as certainty.

    Returns
    -------
    Estimate
        The mean is NaN where no value is finite; the interval is NaN where fewer than two are. Values that
        are all the same have an interval of no width, unless `between` or `resolution` says otherwise.

    Notes
    -----
    With a variance b between data sets the error is √(s²/n + b), with Satterthwaite's degrees of freedom; b,
    from many samples, counts as known. The interval is never narrower than the one for these data, which with
    few seeds has a larger t quantile.
    """
    values = np.moveaxis(np.asarray(values, np.float64), axis, -1)
    finite = np.isfinite(values)
    n = finite.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0/0 is the NaN of an empty mean or spread
        mean = np.where(finite, values, 0.0).sum(-1) / n
        squares = np.where(finite, values - mean[..., None], 0.0) ** 2
        # The mean of equal values can differ from them by rounding, which must not count as spread.
        largest = np.where(finite, values, -np.inf).max(-1, initial=-np.inf)
        smallest = np.where(finite, values, np.inf).min(-1, initial=np.inf)
        equal = largest == smallest
        mean = np.where(equal, largest, mean)
        spread = np.where(equal & (n > 1), 0.0, squares.sum(-1) / (n - 1))
        of_seeds = (spread + np.square(resolution) / 12) / n
        variance = of_seeds + between
        share = np.where(variance > 0, of_seeds / variance, 1.0)
        freedom = np.where(n > 1, (n - 1) / np.maximum(share, 1e-9) ** 2, np.nan)
        level = (1 + LEVEL) / 2
        half = special.stdtrit(freedom, level) * np.sqrt(variance)
        half = np.maximum(half, special.stdtrit(n - 1, level) * np.sqrt(of_seeds))
    error = np.where(n > 1, np.sqrt(variance), np.nan)
    return Estimate(mean, mean - half, mean + half, n, error, freedom)
