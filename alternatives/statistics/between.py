"""How much a difference would vary from one data set to another of the same source."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers

TRAINING = 1.0
"""Factor for what the training samples add to the variance of the test samples."""


class Between(NamedTuple):
    """Variances between data sets of one measure, each an array (n_variants,)."""

    mean: Floats
    """Of the variants' means."""
    difference: Floats
    """Of their differences to the baseline."""

    @classmethod
    def of(cls, per_sample: ArrayLike, baseline: int, test_index: Integers, n_samples: int) -> "Between":
        """From the values (n_variants, n_seeds, n_test) of single test samples; see `between_data`."""
        per_sample = np.asarray(per_sample, np.float64)
        with np.errstate(invalid="ignore"):
            differences = per_sample - per_sample[baseline]
        return cls(*(between_data(each, test_index, n_samples) for each in (per_sample, differences)))


def between_data(per_sample: ArrayLike, test_index: Integers, n_samples: int) -> Floats:
    """Variance between data sets of a measure that is a mean over samples.

    Parameters
    ----------
    per_sample : array of shape (n_variants, n_seeds, n_test)
        Each test sample's value, or difference to the baseline: of correctness, loss, squared error. A seed
        with a value that isn't finite is left out.
    test_index : array of shape (n_seeds, n_test)
        Which sample of the data set each is.
    n_samples : int
        How many samples the data set has.

    Returns
    -------
    array of shape (n_variants,)
        NaN where fewer than two samples were tested.
    """
    per_sample = np.asarray(per_sample, np.float64)
    found = []
    for values in per_sample:
        finite = np.isfinite(values).all(-1)
        rows, kept = test_index[finite].ravel(), values[finite].ravel()
        times = np.bincount(rows, minlength=n_samples)
        tested = times > 0
        means = np.bincount(rows, kept, n_samples)[tested] / times[tested]
        found.append(TRAINING * means.var(ddof=1) / n_samples if tested.sum() > 1 else np.nan)
    return np.array(found)
