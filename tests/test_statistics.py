"""Intervals, families, power and verdicts, held to scipy, to tables and to simulations with a known truth."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from alternatives.heads import Floats
from alternatives.statistics import (
    Better,
    Between,
    Estimate,
    between_data,
    estimate,
    inflation,
    noticeable,
    paired,
    seeds_needed,
    simultaneous,
    summary,
    together,
    verdicts,
)
from alternatives.statistics.summary import resolution


def random_values(*shape: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=shape)


def test_estimate_equals_scipy() -> None:
    values = random_values(7, 9) + 0.3
    ours, theirs = estimate(values), stats.ttest_1samp(values, 0, axis=-1)
    interval = theirs.confidence_interval(0.95)
    np.testing.assert_allclose(ours.mean, values.mean(-1), rtol=1e-12)
    np.testing.assert_allclose(ours.mean / ours.error, theirs.statistic, rtol=1e-10)
    np.testing.assert_allclose(ours.low, interval.low, rtol=1e-10)
    np.testing.assert_allclose(ours.high, interval.high, rtol=1e-10)
    assert (ours.n == 9).all()
    assert (ours.freedom == 8).all()


def test_a_paired_interval_equals_scipy() -> None:
    a, b = random_values(5, 8), random_values(5, 8, seed=1)
    np.testing.assert_allclose(estimate(a - b).low, stats.ttest_rel(a, b, axis=-1).confidence_interval().low)


def test_an_interval_for_new_data_by_hand() -> None:
    # Mean 2, s²/n = 1/3, and 2 between data sets: a seventh of the variance has two degrees of freedom, and
    # the rest is known, so Satterthwaite's are 2 · 7² = 98.
    result = estimate([1.0, 2.0, 3.0], between=2)
    half = stats.t.ppf(0.975, 98) * math.sqrt(7 / 3)
    assert (result.mean, result.low, result.high) == pytest.approx((2, 2 - half, 2 + half))


def test_an_interval_for_new_data_is_never_narrower_than_for_these() -> None:
    few = [1.0, 2.0, 3.0]
    assert estimate(few, between=0.01).low == estimate(few).low
    differences = np.random.default_rng(5).normal(size=(4, 3))
    these, those = simultaneous(differences)[0], simultaneous(differences, between=0.01)[0]
    assert (those.high - those.low >= these.high - these.low).all()


def test_intervals_cover_new_data_sets() -> None:
    # Data sets differ by a variance of 0.5, the mean of five seeds by 0.2.
    random = np.random.default_rng(3)
    values = random.normal(size=(4000, 5)) + math.sqrt(0.5) * random.normal(size=(4000, 1))
    result, plain = estimate(values, between=0.5), estimate(values)
    assert ((result.low <= 0) & (result.high >= 0)).mean() == pytest.approx(0.95, abs=0.011)
    assert ((plain.low <= 0) & (plain.high >= 0)).mean() < 0.87


def test_equal_counts_are_no_certainty() -> None:
    """Five test sets of 30 samples without a difference leave more than a point of it open."""
    result = estimate([0.0] * 5, resolution=1 / 30)
    half = stats.t.ppf(0.975, 4) * math.sqrt(1 / 12 / 5) / 30
    assert (result.low, result.high) == pytest.approx((-half, half))
    assert resolution(np.array([[0.9, 0.8, np.nan], [0.9, 1.0, 0.6]])) == pytest.approx(0.1)
    assert resolution(np.array([[0.1 + 0.2, 0.3]])) == 0  # apart by rounding alone
    assert resolution(np.array([[np.nan]])) == 0


def test_values_that_are_not_finite_are_left_out_and_counted() -> None:
    values = random_values(4, 6)
    values[0, 2] = np.nan
    values[1, [0, 5]] = np.inf
    values[2, 1:] = np.nan
    values[3] = np.nan
    result = estimate(values)
    assert result.n.tolist() == [5, 4, 1, 0]
    for row in (0, 1):
        alone = estimate(values[row][np.isfinite(values[row])])
        assert result.mean[row] == pytest.approx(alone.mean)
        assert result.low[row] == pytest.approx(alone.low)
    assert result.mean[2] == values[2, 0]
    assert np.isnan([result.low[2], result.high[2], result.error[2], result.mean[3], result.error[3]]).all()


@pytest.mark.parametrize("value", [0.1, -0.02, 1e-12])
@pytest.mark.parametrize("n", [2, 3, 10])
def test_constant_values(value: float, n: int) -> None:
    result = estimate([value] * n)
    assert (result.mean, result.low, result.high) == (value, value, value)


def test_estimate_along_another_axis_or_of_nothing() -> None:
    values = random_values(3, 5, 7)
    np.testing.assert_array_equal(estimate(values, axis=1).low, estimate(np.moveaxis(values, 1, -1)).low)
    assert estimate(values, axis=0).mean.shape == (5, 7)
    assert np.isnan(estimate(np.empty((2, 0))).mean).all()


def exactly_correlated(correlation: Floats, n_seeds: int, seed: int = 0) -> Floats:
    """Differences (n, n_seeds) whose estimated correlation is this one, and mean 0."""
    values = random_values(len(correlation), n_seeds, seed=seed)
    values -= values.mean(1, keepdims=True)
    whitened = np.linalg.solve(np.linalg.cholesky(values @ values.T), values)
    return np.linalg.cholesky(correlation) @ whitened


def dunnett(n: int) -> Floats:
    """The correlation of n differences to one baseline."""
    return 0.5 * np.eye(n) + 0.5


@pytest.mark.parametrize("n", [2, 5, 12])
def test_critical_value_of_independent_differences_is_sidaks(n: int) -> None:
    differences = exactly_correlated(np.eye(n), 60)
    _, critical = simultaneous(differences)
    expected = stats.t.ppf(0.5 + 0.5 * 0.95 ** (1 / n), 59)
    assert critical == pytest.approx(np.full(n, expected), rel=0.03)


@pytest.mark.parametrize(("n", "expected"), [(2, 2.21), (3, 2.35), (5, 2.51), (9, 2.69)])
def test_critical_value_of_a_shared_baseline_is_dunnetts(n: int, expected: float) -> None:
    """Dunnett 1964, two-sided 5 %, infinitely many degrees of freedom; pointwise it is 1.96."""
    factors = [inflation(exactly_correlated(dunnett(n), 300, seed)) for seed in range(6)]
    assert factors == pytest.approx([expected / 1.96] * 6, rel=0.05)
    assert np.mean(factors) == pytest.approx(expected / 1.96, rel=0.015)


def test_copies_need_no_correction_and_one_difference_none() -> None:
    one = random_values(1, 10)
    assert inflation(one) == 1
    assert inflation(np.repeat(one, 6, 0)) == pytest.approx(1, abs=0.03)
    assert inflation(one * [[1.0], [-3.0], [0.01]]) == pytest.approx(1, abs=0.03)
    np.testing.assert_allclose(simultaneous(one)[0].low, estimate(one).low)


def test_another_difference_only_widens_and_the_order_does_not_matter() -> None:
    differences = random_values(6, 8)
    factors = [inflation(differences[:n]) for n in range(1, 7)]
    assert (np.diff(factors) >= -1e-5).all()
    assert factors[-1] > 1.3
    assert inflation(differences[[3, 1, 5, 0, 2, 4]]) == pytest.approx(factors[-1], rel=1e-5)
    assert inflation(differences * 1e-6) == pytest.approx(factors[-1], rel=1e-5)
    assert inflation(np.vstack([differences[:3], np.full((2, 8), np.nan)])) == factors[2]
    assert inflation(np.vstack([differences[:3], differences[:1]])) == pytest.approx(factors[2], rel=1e-5)


@pytest.mark.parametrize("n_seeds", [5, 10])
def test_a_family_holds_together(n_seeds: int) -> None:
    """Three heads × four measures, correlated as theirs are."""
    of_measures = np.array(
        [[1, -0.3, -0.6, -0.3], [-0.3, 1, 0.8, 0.2], [-0.6, 0.8, 1, 0.1], [-0.3, 0.2, 0.1, 1]]
    )
    root = np.linalg.cholesky(np.kron(of_measures, dunnett(3)))
    held = []
    for seed in range(500):
        result, _ = simultaneous((root @ random_values(12, n_seeds, seed=seed)).reshape(4, 3, n_seeds))
        held.append(((result.low <= 0) & (result.high >= 0)).all())
    assert 0.92 < np.mean(held) < 0.975  # 95 %, and three standard errors


def test_lost_seeds_widen_their_own_interval_alone() -> None:
    differences = random_values(4, 10)
    whole, _ = simultaneous(differences)
    differences[1, 3:] = np.nan
    result, _ = simultaneous(differences)
    np.testing.assert_allclose(
        (result.high - result.low)[[0, 2, 3]], (whole.high - whole.low)[[0, 2, 3]], rtol=0.1
    )
    assert result.high[1] - result.low[1] > 1.5 * (whole.high[1] - whole.low[1])
    assert result.n.tolist() == [10, 3, 10, 10]


def mixed_family(random: np.random.Generator, sizes: Sequence[int]) -> tuple[Estimate, Floats]:
    """Four differences of each number of pairs, correlated, whose true means are 0; all hold together."""
    singles, every = [], []
    for n in sizes:
        values = random.normal(size=(4, n)) + random.normal(size=n)
        single, deviations = paired(values, np.zeros_like(values))
        singles.append(single)
        every.append(np.pad(deviations, ((0, 0), (0, max(sizes) - n))))
    fields = zip(*(vars(single).values() for single in singles), strict=True)
    return together(Estimate(*map(np.stack, fields)), np.stack(every))


def test_differences_of_few_pairs_hold_together_with_others() -> None:
    held, random = [], np.random.default_rng(4)
    for _ in range(250):
        result, _ = mixed_family(random, (12, 6, 3))
        held.append(((result.low <= 0) & (result.high >= 0)).all())
    assert 0.915 <= np.mean(held) <= 0.985


@pytest.mark.parametrize("sizes", [(20, 3), (8, 3), (30, 12, 4)])
def test_no_interval_is_much_wider_than_bonferronis(sizes: Sequence[int]) -> None:
    """Whatever the family: those with 2 degrees of freedom don't set the width of the others."""
    _, critical = mixed_family(np.random.default_rng(5), sizes)
    freedom = np.array(sizes)[:, None] - 1
    bonferroni = stats.t.ppf(1 - 0.025 / critical.size, freedom)
    assert (critical <= 1.05 * bonferroni).all()
    tails = stats.t.sf(critical, freedom)  # all the same
    np.testing.assert_allclose(tails, tails[0, 0])


@pytest.mark.parametrize("freedom", [2, 4, 9, 99])
@pytest.mark.parametrize("critical", [2.5, 5.0])
def test_what_is_noticeable_is_found_with_80_percent(freedom: int, critical: float) -> None:
    shift = float(noticeable(1.0, critical, freedom))
    assert stats.nct.sf(critical, freedom, shift) == pytest.approx(0.8, abs=0.015)


def test_seeds_needed_notice_the_margin() -> None:
    critical = stats.t.ppf(0.999, 9)
    needed = seeds_needed([1.0, 1.0, 1.0], [0.0, 0.0, 0.001], critical, 9.0, [0.5, np.nan, 0.5])
    assert np.isnan(needed[1])
    assert needed[2] > needed[0]
    n = needed[0]
    for seeds, enough in ((n - 1, False), (n, True)):
        shift = noticeable(seeds**-0.5, stats.t.ppf(0.999, seeds - 1), seeds - 1)
        assert (shift <= 0.5) == enough
    # No number of seeds mends a variance between data sets that is too large, and 3 is the fewest.
    assert np.isnan(seeds_needed(1.0, 0.1, critical, 9.0, 0.5))
    assert seeds_needed(1e-6, 0.0, critical, 9.0, 0.5) == 3


def test_between_data_sets_against_a_simulation() -> None:
    """Samples differ by a standard deviation of 1, and each seed adds noise of its own."""
    random, n_samples, n_seeds = np.random.default_rng(7), 200, 8
    means, found = [], []
    for _ in range(300):
        of_samples = random.normal(size=n_samples)
        index = np.array([random.permutation(n_samples)[:40] for _ in range(n_seeds)])
        values = of_samples[index] + 0.5 * random.normal(size=(n_seeds, 40))
        means.append(of_samples.mean())
        found.append(between_data(values[None], index, n_samples)[0])
    assert np.var(means) == pytest.approx(1 / n_samples, rel=0.3)
    assert np.var(means) < np.mean(found) < 2 * np.var(means)


def test_between_data_sets_leaves_out_seeds_that_diverged() -> None:
    index = np.array([[0, 1], [1, 2], [2, 3]])
    values = np.array([[[1.0, 2.0], [4.0, 5.0], [np.nan, 9.0]]])
    of_two = between_data(values[:, :2], index[:2], 4)
    np.testing.assert_array_equal(between_data(values, index, 4), of_two)
    assert np.isnan(between_data(np.full((1, 2, 2), np.nan), index[:2], 4)).all()
    both = Between.of(np.concatenate([values, values + 1]), 0, index, 4)
    assert both.difference.tolist() == [0, 0]
    assert both.mean == pytest.approx([of_two[0], of_two[0]])


HEADS = ("base", "shifted", "same")
BETTER: dict[str, Better] = {"accuracy": "higher", "log loss": "lower", "mean confidence": "neither"}
MARGINS = dict.fromkeys(BETTER, 0.1)


def three_heads(n_seeds: int = 10) -> dict[str, Floats]:
    """The second head's accuracy and loss are higher than the baseline's, the third's much the same."""
    values = random_values(3, 1, n_seeds, seed=5) + 0.01 * random_values(3, 3, n_seeds, seed=6)
    values[:, 1] += 1
    return dict(zip(BETTER, values, strict=True))


def test_a_verdict_is_read_from_its_interval() -> None:
    low = np.array([0.2, -0.9, -0.3, -0.05, 0.01, np.nan, -0.9])
    high = np.array([0.9, -0.2, 0.3, 0.05, 0.09, np.nan, 0.05])
    n = np.full(7, 9)
    difference = Estimate((low + high) / 2, low, high, n, n, n)
    nowhere, margin = np.full(7, False), np.full(7, 0.1)
    in_words = {"higher": ("better", "worse"), "lower": ("worse", "better"), "neither": ("higher", "lower")}
    for way, (up, down) in in_words.items():
        found = verdicts(difference, margin, np.array(way, object), nowhere).tolist()
        assert found == [up, down, "undecided", "equivalent", "equivalent", "undecided", "undecided"]
        found = verdicts(difference, margin * np.nan, np.array(way, object), nowhere).tolist()
        assert found == [up, down, "undecided", "undecided", up, "undecided", "undecided"]
    assert set(verdicts(difference, margin, np.array(None, object), nowhere)) == {None}
    assert set(verdicts(difference, margin, np.array("higher", object), ~nowhere)) == {"baseline"}


def test_summary() -> None:
    values = three_heads()
    result = summary(values, HEADS, "base", BETTER, MARGINS)
    assert result.columns.tolist() == [
        *("measure", "head", "mean", "low", "high", "difference", "difference_low", "difference_high"),
        *("verdict", "margin", "noticeable", "seeds_needed", "best", "n_seeds", "n_pairs"),
    ]
    assert result["head"].tolist() == list(HEADS) * 3
    assert result["measure"].tolist() == np.repeat(list(BETTER), 3).tolist()
    assert result["verdict"].tolist() == [
        *("baseline", "better", "equivalent"),
        *("baseline", "worse", "equivalent"),
        *("baseline", "higher", "equivalent"),
    ]
    assert result["best"].tolist()[:3] == [False, True, False]
    assert not result["best"][[4, 6, 7, 8]].any()
    assert result["best"][3:6].sum() == 1

    rows = result.set_index(["measure", "head"])
    for name, of_heads in values.items():
        expected, _ = simultaneous(of_heads[1:] - of_heads[0])
        for index, head in enumerate(HEADS[1:]):
            row = rows.loc[(name, head)]
            assert row["mean"] == pytest.approx(of_heads[index + 1].mean())
            assert row["low"] == pytest.approx(estimate(of_heads[index + 1]).low, rel=1e-3)
            found = row[["difference", "difference_low", "difference_high"]].tolist()
            ends = (expected.mean, expected.low, expected.high)
            assert found == pytest.approx([float(end[index]) for end in ends], rel=1e-3, abs=1e-5)
            assert row["seeds_needed"] <= 10 if row["noticeable"] <= 0.1 else row["seeds_needed"] > 10
        assert rows.loc[(name, "base"), ["difference", "difference_low", "noticeable"]].isna().all()


def test_no_interval_contradicts_its_verdict() -> None:
    for seed in range(20):
        values = {name: random_values(4, 6, seed=seed) + np.array([[0], [0], [1], [2]]) for name in BETTER}
        result = summary(values, ("a", "b", "c", "d"), "a", BETTER, MARGINS, [list(BETTER)])
        others = result[result["head"] != "a"]
        leaves_out_0 = (others["difference_low"] > 0) | (others["difference_high"] < 0)
        assert (others["verdict"].isin(["better", "worse", "higher", "lower"]) == leaves_out_0).all()


def test_measures_of_a_family_hold_together_and_others_stay_alone() -> None:
    values, (first, second, third) = three_heads(), BETTER
    alone, together = (
        summary(values, HEADS, "base", BETTER, MARGINS, families).set_index(["measure", "head"])
        for families in ([], [[first, second, "none such"]])
    )
    width = {name: frame["difference_high"] - frame["difference_low"] for name, frame in
             (("alone", alone), ("together", together))}  # fmt: skip
    assert (width["together"][[first, second]].dropna() > width["alone"][[first, second]].dropna()).all()
    assert together.loc[third].equals(alone.loc[third])
    differences = np.array([values[name][1:] - values[name][0] for name in (first, second)])
    expected, _ = simultaneous(differences)
    found = together.loc[[first, second], "difference_low"].dropna()
    assert found.tolist() == pytest.approx(expected.low.ravel().tolist(), rel=1e-3, abs=1e-5)


def test_a_verdict_stays_when_the_others_say_nothing_new() -> None:
    """A copy of a head beside it changes nobody's interval."""
    values = three_heads()
    more = {name: of_heads[[0, 1, 2, 2]] for name, of_heads in values.items()}
    columns = ["difference_low", "difference_high", "verdict"]
    few = summary(values, HEADS, "base", BETTER, MARGINS, [list(BETTER)])
    many = summary(more, (*HEADS, "copy"), "base", BETTER, MARGINS, [list(BETTER)])
    many = many[many["head"] != "copy"].reset_index(drop=True)
    np.testing.assert_allclose(few[columns[:2]], many[columns[:2]], rtol=1e-5)
    assert few["verdict"].equals(many["verdict"])


def test_summary_with_other_baselines_and_labels() -> None:
    result = summary(three_heads(), HEADS, "shifted", BETTER, label="variant")
    assert result["variant"].tolist() == list(HEADS) * 3
    assert result["verdict"].tolist() == [
        *("worse", "baseline", "worse"),
        *("better", "baseline", "better"),
        *("lower", "baseline", "lower"),
    ]
    assert result["margin"].isna().all()
    without = summary(three_heads(), HEADS, "base", {})
    assert without["verdict"].tolist() == ["baseline", None, None] * 3
    assert without["difference_low"].notna().sum() == 6
    with pytest.raises(ValueError, match="one of base, shifted, same; got 'other'"):
        summary(three_heads(), HEADS, "other", {})


def test_summary_for_new_data_is_wider_and_has_no_interval_for_what_is_not_known() -> None:
    values = three_heads()
    between = {
        name: Between(np.full(3, 0.01), np.array([0, 0.01, 0.01])) for name in ("accuracy", "log loss")
    }
    these, new = (summary(values, HEADS, "base", BETTER, MARGINS, between=b) for b in (None, between))
    known = new["measure"] != "mean confidence"
    other = known & (new["head"] != "base")
    for low, high, rows in (("low", "high", known), ("difference_low", "difference_high", other)):
        assert ((new[high] - new[low])[rows] > (these[high] - these[low])[rows]).all()
        assert new[low][~known].isna().all()
    assert new["verdict"].tolist() == [
        *("baseline", "better", "undecided"),
        *("baseline", "worse", "undecided"),
        *("baseline", "undecided", "undecided"),
    ]
    # Of two known variances of 0.01 no interval is narrower than one with them alone.
    assert (new["difference_high"] - new["difference_low"])[other].min() > 2 * 1.96 * 0.1
    assert new["seeds_needed"][other].isna().all()


def test_summary_with_runs_that_diverged() -> None:
    values = three_heads()
    for of_heads in values.values():
        of_heads[1, 8:] = np.nan
    result = summary(values, HEADS, "base", BETTER, MARGINS)
    assert result["n_seeds"].tolist() == [10, 8, 10] * 3
    assert result["n_pairs"].tolist() == [0, 8, 10] * 3
    assert result["verdict"].tolist()[:3] == ["baseline", "better", "equivalent"]
    assert not result["best"][1]  # the two lost seeds may have been the hard ones
    assert result["best"][[0, 2]].any()

    for of_heads in values.values():
        of_heads[1] = np.nan
    result = summary(values, HEADS, "base", BETTER, MARGINS)
    assert result["verdict"].tolist()[:3] == ["baseline", "undecided", "equivalent"]
    assert result["noticeable"].isna().tolist()[:3] == [True, True, False]
    # A difference without values costs the others nothing.
    pair = {name: of_heads[[0, 2]] for name, of_heads in values.items()}
    alone = summary(pair, ("base", "same"), "base", BETTER, MARGINS)
    assert result["difference_low"][2] == pytest.approx(alone["difference_low"][1])


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_summary_with_too_few_seeds(n_seeds: int) -> None:
    result = summary(three_heads(n_seeds), HEADS, "base", BETTER, MARGINS)
    assert set(result["verdict"]) == {"baseline", "undecided"}
    assert result[["difference_low", "noticeable", "seeds_needed"]].isna().all().all()
    assert result["best"].any()
    assert result["n_pairs"].tolist() == [0, n_seeds, n_seeds] * 3
    assert result["difference"][[1, 2]].notna().all()
    assert "better" in set(summary(three_heads(3), HEADS, "base", BETTER)["verdict"])


def test_summary_of_equal_and_of_constantly_different_heads() -> None:
    falling = 0.1 * np.arange(5, 0, -1)
    values = {"accuracy": np.array([falling, falling + 0.25, falling])}
    result = summary(values, ("a", "b", "c"), "a", {"accuracy": "higher"}, {"accuracy": 0.1})
    assert result["verdict"].tolist() == ["baseline", "better", "equivalent"]
    assert result["difference"].tolist()[1:] == pytest.approx([0.25, 0])
    assert (result["difference_high"] > result["difference_low"])[[1, 2]].all()
    ties = summary({"accuracy": values["accuracy"][[0, 2]]}, ("a", "c"), "a", {"accuracy": "higher"})
    assert ties["best"].tolist() == [True, True]
