"""What a comparison could have noticed, and how many seeds a margin needs."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from alternatives.heads import Floats

POWER = 0.8
"""Probability of finding a difference that is called noticeable."""

MOST_SEEDS = 10_000
"""More seeds than this aren't proposed."""


def noticeable(error: ArrayLike, critical: ArrayLike, freedom: ArrayLike) -> Floats:
    """Smallest true difference whose interval would leave out 0 with a probability of 80 %.

    Parameters
    ----------
    error, critical, freedom : array of shape (...)
        Standard error of the difference, standard errors on either side of its interval, and degrees of
        freedom.

    Notes
    -----
    The estimated standard error is about normal around the true one, with mean 1 − 1/(4ν) and variance 1/(2ν)
    for ν degrees of freedom. This agrees with the non-central t distribution to 3 % from two degrees of
    freedom on.
    """
    critical, freedom = np.asarray(critical, np.float64), np.asarray(freedom, np.float64)
    z = special.ndtri(POWER)
    shift = critical * (1 - 1 / (4 * freedom)) + z * np.sqrt(1 + critical**2 / (2 * freedom))
    return np.asarray(error * shift)


def seeds_needed(
    variance: ArrayLike, between: ArrayLike, critical: ArrayLike, freedom: ArrayLike, margin: ArrayLike
) -> Floats:
    """About how many seeds would find a difference of the margin's size with a probability of 80 %.

    Parameters
    ----------
    variance : array of shape (...)
        Variance s² between seeds.
    between : array of shape (...)
        Variance between data sets, which seeds don't reduce.
    critical, freedom : array of shape (...)
        As in `noticeable`, with the present seeds. The correction for multiple comparisons that they imply is
        kept.
    margin : array of shape (...)

    Returns
    -------
    array of shape (...)
        At least 3. NaN where no number up to 10,000 would do, or the margin is NaN.
    """
    variance, between, critical, freedom, margin = np.broadcast_arrays(
        *(np.asarray(each, np.float64) for each in (variance, between, critical, freedom, margin))
    )
    outside = special.stdtr(freedom, -critical)  # one tail of a single interval
    low, high = np.full(variance.shape, 2.0), np.full(variance.shape, float(MOST_SEEDS))

    def found(n: Floats) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            of_seeds = variance / n
            total = of_seeds + between
            share = np.where(total > 0, of_seeds / total, 1.0)
            own_freedom = (n - 1) / np.maximum(share, 1e-9) ** 2
            own_critical = -special.stdtrit(own_freedom, outside)
            return noticeable(np.sqrt(total), own_critical, own_freedom) <= margin

    possible = found(high)
    while (high - low).max(initial=0) > 1:
        middle = np.floor((low + high) / 2)
        enough = found(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, high, np.nan)
