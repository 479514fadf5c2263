"""Intervals of many differences that hold together: with 95 % probability all of them at once.

Each difference has its own t statistic. How large the largest of them gets by chance depends on how the
differences correlate, and heads that share a baseline, or measures of the same predictions, correlate
strongly. The single-step max-|t| method takes the correlation from the seeds and simulates the largest
statistic: it is Dunnett's method where differences share a baseline, Šidák's where they are independent, and
it needs no correction at all where they are copies of one another. Statistics with different degrees of
freedom are compared by their tail probabilities (min-p).
"""

import zlib
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alternatives.heads import Floats, Integers
from alternatives.memory import kept
from alternatives.statistics.estimates import LEVEL, Estimate, estimate
from alternatives.training import one_blas_thread

N_SIMULATIONS = 2500
"""Simulated families. Intervals then are too wide or too narrow by 1.3 % (standard deviation)."""

FEWEST_PAIRS = 3
"""Seeds below which a difference has no interval, and is undecided."""

MOST_ROWS = 9
"""Degrees of freedom that are simulated one by one; see `_largest`."""


def simultaneous(
    differences: ArrayLike, between: ArrayLike = 0.0, resolution: ArrayLike = 0.0
) -> tuple[Estimate, Floats]:
    """Means of differences with intervals that hold together in 95 % of repetitions.

    Parameters
    ----------
    differences : array of shape (..., n_seeds)
        All leading axes are one family. What isn't finite is left out, and a difference with fewer than
        three finite values has no interval and costs the others nothing.
    between, resolution : float or array of shape (...)
        As in `estimate`.

    Returns
    -------
    estimate : Estimate
        With the simultaneous intervals in place of the pointwise.
    critical : array of shape (...)
        How many standard errors each interval has on either side.
    """
    differences = np.asarray(differences, np.float64)
    single = estimate(differences, between, resolution=resolution)
    single = replace(single, error=np.where(single.n < FEWEST_PAIRS, np.nan, single.error))
    critical = _critical(single.freedom, *_widening(differences, between, resolution))
    half = critical * single.error
    if np.any(between):  # never narrower than for these data, as in `estimate`
        alone, _ = simultaneous(differences, resolution=resolution)
        half = np.maximum(half, (alone.high - alone.low) / 2)
        critical = np.divide(half, single.error, out=critical, where=single.error > 0)
    return replace(single, low=single.mean - half, high=single.mean + half), critical


def inflation(differences: ArrayLike, between: ArrayLike = 0.0, resolution: ArrayLike = 0.0) -> float:
    """Factor, at least 1, by which the pointwise intervals of a family must widen to hold together.

    It is that of the intervals with the most degrees of freedom. Those with fewer widen more: to where their
    own tail probability is the same. Adding a difference with as many degrees of freedom never makes it
    smaller, and the order of differences doesn't matter.

    Parameters
    ----------
    differences : array of shape (..., n_seeds)
    between, resolution : float or array of shape (...)
        As in `estimate`.

    Notes
    -----
    A parametric bootstrap: families of normal differences with the estimated correlation, each divided by a
    standard error of its own, as the data are. Each difference's deviations from its mean, scaled to length
    1, are a vector u_j over the seeds; for a standard normal vector g, the products g·u_j have exactly the
    estimated correlation. With few seeds that estimate takes differences for more alike than they are, so it
    is shrunk towards 0 by 1/(2 n_seeds). How often families hold together is simulated by
    ``python -m tests.benchmarks coverage``.

    The statistics are compared by their tail probabilities (min-p). As multiples of their own 5 % points they
    wouldn't be comparable: one with 2 degrees of freedom often is several times its own, and would widen all.

    References
    ----------
    Dunnett 1955, A multiple comparison procedure for comparing several treatments with a control, JASA 50.
    Westfall and Young 1993, Resampling-based multiple testing. Hothorn, Bretz and Westfall 2008, Simultaneous
    inference in general parametric models, Biometrical Journal 50.
    """
    return _widening(differences, between, resolution)[0]


def _widening(differences: ArrayLike, between: ArrayLike, resolution: ArrayLike) -> tuple[float, float]:
    """The factor of `inflation`, and the most degrees of freedom, which are those that it is for."""
    differences = np.asarray(differences, np.float64)
    shape, n_seeds = differences.shape[:-1], differences.shape[-1]
    differences = differences.reshape(-1, n_seeds)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_seeds = estimate(
            differences, resolution=np.broadcast_to(np.asarray(resolution, np.float64), shape).ravel()
        )
        total = of_seeds.error**2 + np.broadcast_to(np.asarray(between, np.float64), shape).ravel()
    # Known between data sets or never different: there is nothing to be wrong about.
    used = (of_seeds.n >= FEWEST_PAIRS) & (total > 0)
    if used.sum() < 2:
        return 1.0, np.nan
    differences, n = differences[used], of_seeds.n[used]
    share = of_seeds.error[used] ** 2 / total[used]
    deviations = np.where(np.isfinite(differences), differences - of_seeds.mean[used, None], 0.0)
    freedom = (n - 1) / np.maximum(share, 1e-9) ** 2  # Satterthwaite's, as in `estimate`
    return _factor(deviations, n - 1, share, freedom), freedom.max()


def together(single: Estimate, deviations: Floats) -> tuple[Estimate, Floats]:
    """The same estimates with intervals that hold together, whatever each was estimated from.

    Parameters
    ----------
    single : Estimate
        One family, each with fields of shape (...): paired over seeds, or of two groups of seeds.
    deviations : array of shape (..., n_seeds)
        What each seed adds to each estimate, less its mean, as `welch` gives it; 0 for a seed without part in
        it. From these comes the correlation.

    Returns
    -------
    estimate, critical
        As `simultaneous` gives them, and the same where every estimate is paired over the same seeds.
    """
    single = replace(single, error=np.where(single.n < FEWEST_PAIRS, np.nan, single.error))
    used = single.error > 0
    factor, most = 1.0, np.nan
    if used.sum() > 1:
        # A copy of another statistic changes nothing, and would be simulated again.
        lengths = np.linalg.norm(deviations[used], axis=-1, keepdims=True)
        alike = np.column_stack([deviations[used] / np.where(lengths > 0, lengths, 1), single.freedom[used]])
        _, first = np.unique(alike.round(9), axis=0, return_index=True)
        freedom = single.freedom[used][first]
        factor, most = _factor(deviations[used][first], freedom, np.ones(len(first)), freedom), freedom.max()
    critical = _critical(single.freedom, factor, most)
    half = critical * single.error
    return replace(single, low=single.mean - half, high=single.mean + half), critical


def _critical(freedom: Floats, factor: float, most: float) -> Floats:
    """Critical values of equal tail probability: at `most` degrees of freedom, `factor` pointwise ones."""
    critical = np.asarray(_point(freedom) * factor)
    if factor > 1:
        others = freedom != most
        critical[others] = _at_other_freedom(_point(most) * factor, most, freedom[others])
    return critical


def _factor(
    deviations: Floats, of_variance: Floats | Integers, share: Floats, freedom: Floats | Integers
) -> float:
    """The factor of `inflation` from deviations (n_differences, n_seeds); see `_largest`."""
    lengths = np.linalg.norm(deviations, axis=1, keepdims=True)
    # One that never varies says nothing of its correlation; its noise is its own.
    directions = np.divide(deviations, lengths, out=np.zeros_like(deviations), where=lengths > 0)
    return max(1.0, _upper_point(_largest(directions, of_variance, share, freedom)))


def _at_other_freedom(statistic: Floats, freedom: Floats | float, other: Floats | float) -> Floats:
    """The t statistic that has the same tail probability at another number of degrees of freedom."""
    return np.asarray(-special.stdtrit(other, special.stdtr(freedom, -statistic)))


def _largest(
    directions: Floats, of_variance: Floats | Integers, share: Floats, freedom: Floats | Integers
) -> Floats:
    """The largest |t| in each simulated family, each as a multiple of its own upper 5 % point.

    That point is taken from the same simulation, which takes away most of its error. One with fewer degrees
    of `freedom` than the most is taken to the most, by its tail probability.
    The estimated variance of a statistic is `share` times a mean of `of_variance` squares, and the rest is
    known. More than `MOST_ROWS` squares aren't simulated: the mean of fewer, scaled down on the scale of cube
    roots, has the same distribution and correlations.
    """
    n_differences, n_seeds = directions.shape
    n_rows = min(n_seeds - 1, MOST_ROWS)
    shrunk = 1 / (2 * n_seeds)
    weights = np.where(directions.any(1), np.sqrt(1 - shrunk), 0.0)
    with one_blas_thread():  # a second one costs more than it saves here, and waits where others work
        together = (weights[:, None] * directions).astype(np.float32) @ _normals(n_rows + 1, n_seeds)
    together = together.reshape(n_differences, n_rows + 1, N_SIMULATIONS)
    largest = np.zeros(N_SIMULATIONS)
    most = freedom.max()
    for normals, direction, weight, n_in_all, own_share, own_freedom in zip(
        together, directions, weights, of_variance, share, freedom, strict=True
    ):
        own = _own_normals(direction, n_rows + 1)
        own *= np.float32(np.sqrt(1 - weight**2))
        own += normals
        n_squares = min(int(n_in_all), n_rows)
        squares = own[1 : n_squares + 1]
        mean_square = np.einsum("rs,rs->s", squares, squares) / np.float32(n_squares)
        if n_squares < n_in_all:
            # Wilson and Hilferty 1931: the cube root of a mean of k squares is about N(1 − 2/9k, 2/9k).
            few, all_of_them = 2 / (9 * n_squares), 2 / (9 * n_in_all)
            root = (
                1 - all_of_them + (np.cbrt(mean_square) - (1 - few)) * np.float32(np.sqrt(all_of_them / few))
            )
            mean_square = np.maximum(root, np.float32(0.1)) ** 3
        variance = np.float32(own_share) * mean_square + np.float32(1 - own_share)
        statistic = np.abs(own[0]) / np.sqrt(variance)
        multiple = (statistic / np.float32(_upper_point(statistic))).astype(np.float32)
        if own_freedom != most:
            beyond = multiple > 1  # smaller ones don't matter: the factor is at least 1
            multiple = multiple.astype(np.float64)
            at_most = _at_other_freedom(_point(own_freedom) * multiple[beyond], own_freedom, most)
            multiple[beyond] = at_most / _point(most)
        np.maximum(largest, multiple, out=largest)
    return largest


def _point(freedom: Floats | float) -> Floats:
    """How many standard errors a single interval has on either side."""
    return np.asarray(special.stdtrit(freedom, (1 + LEVEL) / 2))


def _upper_point(values: NDArray[np.floating]) -> float:
    """The value that 5 % of the simulated ones exceed."""
    place = int(LEVEL * N_SIMULATIONS)
    return float(np.partition(values, place)[place])


@kept
def _normals(n_rows: int, n_seeds: int) -> NDArray[np.float32]:
    """Standard normal numbers (n_seeds, n_rows · N_SIMULATIONS), always the same."""
    normals = np.random.default_rng(0).standard_normal((n_seeds, n_rows * N_SIMULATIONS), dtype=np.float32)
    normals.flags.writeable = False
    return normals


def _own_normals(direction: Floats, n_rows: int) -> NDArray[np.float32]:
    """Standard normal numbers (n_rows, N_SIMULATIONS) that belong to these values alone.

    So the order of a family doesn't matter, and one more difference can only raise the largest.
    """
    direction = np.round(direction, 6)
    sign = -1 if (direction[direction != 0] < 0)[:1].any() else 1  # a difference and its reverse are as large
    key = zlib.crc32((sign * direction + 0.0).tobytes())  # −0.0 becomes 0.0
    random = np.random.Generator(np.random.SFC64(key))
    return sign * random.standard_normal((n_rows, N_SIMULATIONS), dtype=np.float32)
