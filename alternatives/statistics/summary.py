"""The summary: every measure of every variant, its difference to the baseline, and what that comes to."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.heads import Floats
from alternatives.state import shortened
from alternatives.statistics.between import Between
from alternatives.statistics.estimates import Estimate, estimate
from alternatives.statistics.power import noticeable, seeds_needed
from alternatives.statistics.simultaneous import simultaneous

Better: TypeAlias = Literal["higher", "lower", "neither"] | None
"""Which way of a measure is better; "neither" if a difference is worth a verdict, but has no better way; None
for a measure without verdicts."""

Verdict: TypeAlias = Literal["baseline", "better", "worse", "higher", "lower", "equivalent", "undecided"]


def verdicts(
    difference: Estimate, margin: Floats, better: NDArray[Any], at_baseline: NDArray[Any]
) -> NDArray[np.object_]:
    """What each difference to a baseline comes to, read from its interval; elementwise.

    "baseline" where the baseline is compared to itself, None where `better` is None, and else the first that
    applies: "equivalent" if the whole interval lies within ±margin, even if it leaves out 0: the difference
    is certain, and too small to matter; "better" or "worse" if it leaves out 0, or "higher" or "lower" where
    neither way is better; "undecided". A NaN margin is none: nothing is equivalent then.
    """
    low, high = difference.low, difference.high
    better, at_baseline = (np.broadcast_to(each, low.shape) for each in (better, at_baseline))
    rises = low > 0
    found = np.full(low.shape, "undecided", object)
    differs = rises | (high < 0)
    found[differs] = np.where(rises, "higher", "lower")[differs]
    directed = differs & np.isin(better, ["higher", "lower"])
    found[directed] = np.where(rises == (better == "higher"), "better", "worse")[directed]
    found[(low >= -margin) & (high <= margin)] = "equivalent"
    found[~np.isin(better, ["higher", "lower", "neither"])] = None
    found[at_baseline] = "baseline"
    return found


def summary(
    values: Mapping[str, Floats],
    variants: Sequence[str],
    baseline: str,
    better: Mapping[str, Better],
    margins: Mapping[str, float | None] | None = None,
    families: Collection[Collection[str]] = (),
    between: Mapping[str, Between] | None = None,
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
    better : mapping from measure to "higher", "lower", "neither" or None
        Which way is better; see `Better`. A measure that isn't named has no verdicts.
    margins : mapping from measure to float or None, optional
        Differences up to this size don't matter: see `verdicts`. None, or a measure that isn't named, has no
        margin.
    families : collection of collections of str, optional
        Measures whose intervals hold together, over all variants. Every other measure is a family of its own.
        Names without values are left out.
    between : mapping from measure to Between, optional
        Variances between data sets: the answers are for new data from the same source then, and a measure
        that isn't named has no intervals. Without it they are for these data.
    label : str, default="head"
        What the column of variants is called.

    Returns
    -------
    DataFrame
        One row for each measure and variant, in the order in which they are given:

        - mean, low, high: over the seeds, with the 95 % interval of this mean alone;
        - difference, difference_low, difference_high: variant less baseline over the seeds that finished with
          both, with an interval that holds together with those of its family; NaN for the baseline itself;
        - verdict: see `verdicts`; it is read from that interval;
        - margin: NaN for none;
        - noticeable: the smallest true difference that these seeds would have found with a probability of 80
          %;
        - seeds_needed: about how many seeds would find a difference of the margin's size so; NaN where none
          would;
        - best: whether the mean is the best of the measure. A variant can only be best if it finished as many
          seeds as any other: those that it lost may have been the hard ones;
        - n_seeds, n_pairs: how many values the mean and the difference have.
    """
    if baseline not in variants:
        raise ValueError(f"baseline must be one of {', '.join(variants)}; got {shortened(baseline)}")
    measures, n_variants = list(values), len(variants)
    every = np.array([values[measure] for measure in measures], np.float64)
    every = every.reshape(len(measures), n_variants, -1)
    at_baseline = np.array([variant == baseline for variant in variants])
    margin = np.array([(margins or {}).get(measure) or np.nan for measure in measures], np.float64)[:, None]
    ways = np.array([better.get(measure) for measure in measures], object)[:, None]
    of_mean, of_difference = (_between(measures, n_variants, between, name) for name in Between._fields)

    with np.errstate(invalid="ignore"):  # inf - inf
        differences = every - every[:, at_baseline]
    differences[:, at_baseline] = np.nan
    steps = np.broadcast_to(np.array([resolution(each) for each in every])[:, None], differences.shape[:-1])
    mean = estimate(every, of_mean, resolution=steps)
    difference, critical = _in_families(measures, differences, families, of_difference, steps)

    with np.errstate(invalid="ignore"):
        spread = np.maximum(difference.error**2 - of_difference, 0) * difference.n
    columns = {
        "mean": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "verdict": verdicts(difference, margin, ways, at_baseline),
        "margin": np.broadcast_to(margin, mean.n.shape),
        "noticeable": noticeable(difference.error, critical, difference.freedom),
        "seeds_needed": seeds_needed(spread, of_difference, critical, difference.freedom, margin),
        "best": _best(mean, ways),
        "n_seeds": mean.n,
        "n_pairs": difference.n,
    }
    rows = pd.MultiIndex.from_product([measures, variants], names=["measure", label]).to_frame(index=False)
    frame = rows.assign(**{name: column.ravel() for name, column in columns.items()})
    # pandas would make texts of these, with NaN for None.
    return frame.assign(verdict=pd.Series(columns["verdict"].ravel(), dtype=object))


def resolution(values: Floats) -> float:
    """The step in which values come: the least distance of two different ones; 0 where none differ.

    Of an accuracy it is about one test sample's share; of a measure that isn't counted, next to nothing.
    """
    finite = np.sort(values[np.isfinite(values)], axis=None)
    if not len(finite):
        return 0.0
    steps = np.diff(finite)
    steps = steps[steps > 1e-9 * np.abs(finite).max()]
    return float(steps.min(initial=np.inf)) if len(steps) else 0.0


def _in_families(
    measures: Sequence[str],
    differences: Floats,
    families: Collection[Collection[str]],
    between: Floats,
    steps: Floats,
) -> tuple[Estimate, Floats]:
    """The differences (n_measures, n_variants) with intervals that hold together family by family."""
    family_of = {name: index for index, family in enumerate(families) for name in family}
    groups: dict[int | str, list[int]] = {}
    for index, measure in enumerate(measures):
        groups.setdefault(family_of.get(measure, measure), []).append(index)
    found: dict[int, tuple[Any, ...]] = {}
    for members in groups.values():
        of_family, critical = simultaneous(differences[members], between[members], steps[members])
        fields = [*vars(of_family).values(), critical]
        found.update(zip(members, zip(*fields, strict=True), strict=True))
    in_order = [found[index] for index in range(len(measures))]
    *fields, critical = (np.array(column) for column in zip(*in_order, strict=True))
    return Estimate(*fields), critical


def _between(
    measures: Sequence[str], n_variants: int, between: Mapping[str, Between] | None, which: str
) -> Floats:
    """Variances (n_measures, n_variants): 0 for the question of these data, NaN where they aren't known."""
    if between is None:
        return np.zeros((len(measures), n_variants))
    unknown = np.full(n_variants, np.nan)
    return np.array([getattr(between[name], which) if name in between else unknown for name in measures])


def _best(mean: Estimate, ways: NDArray[np.object_]) -> NDArray[np.bool_]:
    sign = np.select([ways == "higher", ways == "lower"], [1.0, -1.0], np.nan)
    signed = sign * mean.mean
    signed[mean.n < mean.n.max(-1, keepdims=True)] = np.nan
    return np.isclose(signed, np.fmax.reduce(signed, -1, keepdims=True), rtol=1e-12, atol=0)
