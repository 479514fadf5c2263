"""What differs, and by how much more than chance: intervals and tests over the seeds of a comparison.

A seed is one random split of the data and one start of the network, the same for every head, so heads
are compared in pairs. The splits overlap: two seeds share most of their training samples, their
results are alike, and an ordinary paired t-test finds differences that aren't there. Nadeau and Bengio
multiply the variance of the seeds by ``1/n + n_test/n_train`` in place of ``1/n``; every interval over
seeds and every p-value is that one formula, with `overlap` = n_test/n_train, or 0 for the ordinary t.

Values that aren't finite (runs that diverged) are left out of means, and out of pairs, and counted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alternatives.heads import Floats, Integers

Better: TypeAlias = Literal["higher", "lower", "neither"] | None
"""Which way of a measure is better; None where it has no verdict."""

LEVEL = 0.95
"""The level of every interval, and one less the level of every test."""

FEWEST_PAIRS = 3
"""Seeds below which no test is made."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its t interval; every field has the shape of the leading axes."""

    mean: Floats
    low: Floats
    high: Floats
    p_value: Floats
    """Of the two-sided t-test that the mean is 0."""
    n: Integers
    """How many of the values were finite."""


def estimate(values: ArrayLike, overlap: float = 0.0, axis: int = -1) -> Estimate:
    """Mean of values with a 95 % t interval, and the t-test against 0.

    Parameters
    ----------
    values : array of shape (..., n_seeds)
        One value a seed; what isn't finite is left out. For a paired test give the differences.
    overlap : float, default=0
        n_test / n_train where the seeds are random splits of the same samples: the corrected resampled t-test
        (Nadeau and Bengio 2003, Inference for the generalization error, Machine Learning 52). 0 is the
        ordinary t, for independent values.
    axis : int, default=-1
        The axis of the seeds.

    Returns
    -------
    Estimate
        The mean is NaN where no value is finite; interval and p-value are NaN where fewer than two are.
        Values that are all the same have an interval of no width, and p = 0, or 1 where they are 0.
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
        variance = np.where(equal & (n > 1), 0.0, squares.sum(-1) / (n - 1))
        error = np.sqrt(variance * (1 / n + overlap))
        t = np.where(equal & (mean == 0), 0.0, mean / error)
    t = np.where(n > 1, t, np.nan)
    half = special.stdtrit(n - 1, (1 + LEVEL) / 2) * error
    return Estimate(mean, mean - half, mean + half, 2 * special.stdtr(n - 1, -np.abs(t)), n)


def holm(p_values: ArrayLike) -> Floats:
    """Holm's step-down correction of p-values (..., n_tests), a family of tests along the last axis.

    The corrected p-values are at most 1. They are below α where Holm's procedure rejects at the level α, with
    a probability of at most α that any rejection of the family is wrong. NaN is a test that wasn't made.
    Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values, -1)  # NaN last
    made = np.isfinite(p_values).sum(-1, keepdims=True)
    factor = np.maximum(made - np.arange(p_values.shape[-1]), 1)
    steps = np.take_along_axis(p_values, order, -1) * factor
    corrected = np.empty_like(p_values)
    np.put_along_axis(corrected, order, np.minimum(np.maximum.accumulate(steps, -1), 1.0), -1)
    return corrected


def wilson_interval(successes: ArrayLike, counts: ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's 95 % interval of the share successes / counts, elementwise; NaN where the count is 0.

    It lies between 0 and 1. Unlike mean ± 1.96 standard errors it has a width at shares of 0 and 1.
    Wilson 1927, Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    successes, counts = np.asarray(successes, np.float64), np.asarray(counts, np.float64)
    z = special.ndtri((1 + LEVEL) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = successes / counts
        centre = (share + z**2 / (2 * counts)) / (1 + z**2 / counts)
        half = z * np.sqrt(share * (1 - share) / counts + (z / (2 * counts)) ** 2) / (1 + z**2 / counts)
    # At shares of 0 and 1 the bound is the share itself, which rounding would miss.
    low = np.where(successes == 0, share, centre - half)
    return low, np.where(successes == counts, share, centre + half)


def verdicts(
    difference: Estimate, p_value: Floats, at_baseline: NDArray[np.bool_], sign: ArrayLike
) -> NDArray[np.str_]:
    """What each difference to a baseline is, elementwise: "baseline", or the verdict of its test.

    `p_value` is corrected for multiple comparisons, and NaN where no test was made: "too few seeds". One
    above the level is "undecided"; else the verdict is "better" or "worse".
    `at_baseline` is where the baseline is compared to itself. `sign` is 1 where higher is better, -1 where
    lower is, and 0 where neither is: there the verdict is "higher" or "lower".
    """
    rises = difference.mean > 0
    sign, at_baseline = np.broadcast_to(sign, rises.shape), np.broadcast_to(at_baseline, rises.shape)
    return np.select(
        [at_baseline, np.isnan(p_value), p_value >= 1 - LEVEL, sign == 0],
        ["baseline", "too few seeds", "undecided", np.where(rises, "higher", "lower")],
        np.where(rises == (sign > 0), "better", "worse"),
    )


def tested(difference: Estimate) -> Floats:
    """The p-values, NaN where there are too few pairs for a test."""
    return np.where(difference.n < FEWEST_PAIRS, np.nan, difference.p_value)


def summary(
    values: Mapping[str, Floats],
    variants: Sequence[str],
    baseline: str,
    overlap: float,
    better: Mapping[str, Better],
    together: Collection[str] = (),
    label: str = "head",
) -> pd.DataFrame:
    """Every measure of every variant over the seeds, and its paired difference to the baseline.

    Parameters
    ----------
    values : mapping from measure to array of shape (n_variants, n_seeds)
        NaN for a run that diverged.
    variants : sequence of str
    baseline : str
        The variant that the others are compared to. ValueError if it isn't one of them.
    overlap : float
        n_test / n_train of the seeds' splits; see `estimate`.
    better : mapping from measure to "higher", "lower" or None
        Which way is better. A measure that isn't named has no better way.
    together : collection of str, optional
        Measures whose tests are corrected as one family, because the finding names them together. Every
        other measure's tests are a family of their own.
    label : str, default="head"
        What the column of variants is called.

    Returns
    -------
    DataFrame
        One row for each measure and variant, in the order in which they are given:

        - mean, low, high: over the seeds, with the corrected 95 % t interval;
        - difference, difference_low, difference_high: variant less baseline over the seeds that finished
          with both, with the corrected 95 % interval; NaN for the baseline itself;
        - p_value: of the corrected test, after Holm's correction for multiple comparisons;
        - verdict: see `verdicts`;
        - best: whether the mean is the best of the measure. A variant can only be best if it finished as
          many seeds as any other: those that it lost may have been the hard ones;
        - n_seeds, n_pairs: how many values the mean and the difference have.

        The interval of a difference is of that difference alone, so it may leave out 0 where the
        p-value, which is corrected for all variants, says "undecided".
    """
    if baseline not in variants:
        raise ValueError(f"baseline must be one of {', '.join(variants)}; got {baseline!r}")
    measures = list(values)
    every = np.array([values[measure] for measure in measures], np.float64)
    at_baseline = np.array([variant == baseline for variant in variants])
    with np.errstate(invalid="ignore"):  # inf - inf
        differences = every - every[:, at_baseline]
    differences[:, at_baseline] = np.nan
    mean, difference = estimate(every, overlap), estimate(differences, overlap)

    p_value = tested(difference)
    family = np.isin(measures, list(together))
    p_value[~family] = holm(p_value[~family])
    p_value[family] = holm(p_value[family].ravel()).reshape(-1, len(variants))
    sign = np.array([{"higher": 1, "lower": -1}.get(better.get(m) or "", 0) for m in measures])[:, None]
    signed = np.where(sign == 0, np.nan, sign * mean.mean)
    signed[mean.n < mean.n.max(-1, keepdims=True)] = np.nan
    best = np.isclose(signed, np.fmax.reduce(signed, -1, keepdims=True), rtol=1e-12, atol=0)

    rows = pd.MultiIndex.from_product([measures, variants], names=["measure", label]).to_frame(index=False)
    columns = {
        "mean": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "p_value": p_value,
        "verdict": verdicts(difference, p_value, at_baseline, sign),
        "best": best,
        "n_seeds": mean.n,
        "n_pairs": difference.n,
    }
    return rows.assign(**{name: column.ravel() for name, column in columns.items()})
