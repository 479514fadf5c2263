"""Numbers that were measured over several seeds, with the interval in which the true mean lies."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

LEVEL = 0.95
"""The level at which all intervals of one claim hold together."""


class Measured(float):
    """A mean over seeds, with the ends of its confidence interval.

    It is the mean wherever a number is asked for. A plain float is exact: both its ends are the number.
    """

    low: float
    high: float

    def __new__(cls, value: float, low: float, high: float) -> "Measured":
        measured = super().__new__(cls, value)
        measured.low, measured.high = float(low), float(high)
        return measured

    def __getnewargs__(self) -> tuple[Any, ...]:
        return float(self), self.low, self.high


def ends(number: float) -> tuple[float, float]:
    """The interval of a number: that of a `Measured` one, or the number itself twice."""
    return (number.low, number.high) if isinstance(number, Measured) else (float(number), float(number))


def mean_over_seeds(values: ArrayLike, n_intervals: int = 1) -> Measured:
    """The mean of values (n_seeds,) with its t interval.

    Parameters
    ----------
    values : array of shape (n_seeds,)
        One independent value a seed; for a comparison, the paired differences.
    n_intervals : int, default=1
        How many intervals have to hold together at `LEVEL`: each gets its share of the error (Bonferroni).

    Returns
    -------
    Measured
        NaN if a value isn't finite, for a run that diverged can't be left out of a verdict. With fewer than
        two seeds the interval is NaN. Values that are all equal have an interval of no width.
    """
    from scipy import special  # here, so that the list of claims is there at once

    values = np.asarray(values, np.float64)
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2 or not np.isfinite(mean):
        return Measured(mean, np.nan, np.nan)
    if np.ptp(values) == 0:
        return Measured(values[0], values[0], values[0])
    tail = (1 - LEVEL) / 2 / n_intervals
    half = float(special.stdtrit(n - 1, 1 - tail) * values.std(ddof=1) / np.sqrt(n))
    return Measured(mean, mean - half, mean + half)
