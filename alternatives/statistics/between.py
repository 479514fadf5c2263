"""How much a difference would vary from one data set, or one test set, to another of the same source."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers


class Between(NamedTuple):
    """Variances between data sets of one measure, each an array (n_variants,)."""

    mean: Floats
    """Of the variants' means."""
    difference: Floats
    """Of their differences to the baseline."""

    @classmethod
    def of(
        cls,
        per_sample: ArrayLike,
        baseline: int,
        test_index: Integers,
        n_samples: int,
        by_split: ArrayLike | None = None,
    ) -> "Between":
        """From the values (n_variants, n_seeds, n_test) of single test samples; see `between_data`.

        `by_split` (n_variants, n_splits) are a variant's values at the settings that each tuning split alone
        would have chosen. Another data set would choose others, too: their variance is added.
        """
        per_sample = np.asarray(per_sample, np.float64)
        with np.errstate(invalid="ignore"):
            differences = per_sample - per_sample[baseline]
        found = [between_data(each, test_index, n_samples) for each in (per_sample, differences)]
        if by_split is not None:
            by_split = np.asarray(by_split, np.float64)
            choices = by_split, by_split - by_split[baseline]
            found = [own + each.var(-1, ddof=1) for own, each in zip(found, choices, strict=True)]
        return cls(*found)


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

    Notes
    -----
    Each sample's values are averaged over the seeds in whose test set it was; the variance of these averages
    over the samples, divided by n_samples, is the variance of the mean of a new set of samples. It leaves out
    that another data set trains other networks, and it takes what seeds add to a sample's average for a
    difference between samples, which is the larger of the two. So the estimate is on the safe side, by more
    with fewer seeds. ``python -m tests.benchmarks coverage`` prints how much wider intervals get by it.

    References
    ----------
    Bayle, Bayle, Janson and Mackey 2020, Cross-validation confidence intervals for test error, NeurIPS.
    Bates, Hastie and Tibshirani 2024, Cross-validation: what does it estimate and how well does it do it?,
    JASA 119.
    """
    per_sample = np.asarray(per_sample, np.float64)
    found = []
    for values in per_sample:
        finite = np.isfinite(values).all(-1)
        rows, kept = test_index[finite].ravel(), values[finite].ravel()
        times = np.bincount(rows, minlength=n_samples)
        tested = times > 0
        means = np.bincount(rows, kept, n_samples)[tested] / times[tested]
        found.append(means.var(ddof=1) / n_samples if tested.sum() > 1 else np.nan)
    return np.array(found)


def most_between_errors(error: ArrayLike, baseline: ArrayLike, n_test: ArrayLike) -> Floats:
    """Largest variance between test sets that a difference of two errors can have, from the errors alone.

    For networks that share a test set, where it isn't known which samples each gets wrong.

    Parameters
    ----------
    error, baseline : array of shape (...)
        Shares of wrong samples of a variant and of the baseline, means over their seeds.
    n_test : array of shape (...)
        How many test samples there are.

    Returns
    -------
    array of shape (...)
        NaN where a number isn't known.

    Notes
    -----
    Let d be the share of seeds in which the variant gets a sample wrong, less that of the baseline. The
    difference of the errors is the mean of d over the samples, and its variance from one test set to another
    is that of d over n_test. As |d| is at most 1, E[d²] is at most E|d|, and this is largest where the two
    make all their mistakes on different samples: p + q for errors p and q, and 2 − p − q where they don't fit
    beside each other. Two variants mostly fail on the same samples, so the true variance is smaller.
    """
    p, q, n = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in (error, baseline, n_test)))
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.minimum(p + q, 2 - p - q)
        return np.asarray(np.maximum(apart - (p - q) ** 2, 0.0) / n)
