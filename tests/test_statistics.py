import math

import numpy as np
import pytest
from scipy import stats

from alternatives.heads import Floats
from alternatives.statistics import Better, estimate, holm, summary, wilson_interval


def random_values(*shape: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=shape)


def test_estimate_equals_scipy_without_overlap() -> None:
    values = random_values(7, 9) + 0.3
    ours, theirs = estimate(values), stats.ttest_1samp(values, 0, axis=-1)
    interval = theirs.confidence_interval(0.95)
    np.testing.assert_allclose(ours.mean, values.mean(-1), rtol=1e-12)
    np.testing.assert_allclose(ours.p_value, theirs.pvalue, rtol=1e-10)
    np.testing.assert_allclose(ours.low, interval.low, rtol=1e-10)
    np.testing.assert_allclose(ours.high, interval.high, rtol=1e-10)
    assert (ours.n == 9).all()


def test_a_paired_test_equals_scipy_without_overlap() -> None:
    a, b = random_values(5, 8), random_values(5, 8, seed=1)
    np.testing.assert_allclose(estimate(a - b).p_value, stats.ttest_rel(a, b, axis=-1).pvalue, rtol=1e-10)


def test_estimate_with_overlap_by_hand() -> None:
    # Mean 2, variance 1, factor 1/3 + 1/3: t = 2 / √(2/3) = √6. With two degrees of freedom the
    # distribution is known in full: p = 1 - t / √(2 + t²), and its 97.5 % point is 0.95 √(2 / 0.0975).
    result = estimate([1.0, 2.0, 3.0], overlap=1 / 3)
    half = 0.95 * math.sqrt(2 / 0.0975) * math.sqrt(2 / 3)
    assert result.p_value == pytest.approx(1 - math.sqrt(6 / 8))
    assert (result.mean, result.low, result.high) == pytest.approx((2, 2 - half, 2 + half))


def test_overlap_widens_by_the_factor_of_nadeau_and_bengio() -> None:
    values = random_values(6, 10)
    plain, corrected = estimate(values), estimate(values, overlap=0.25)
    factor = math.sqrt((1 / 10 + 0.25) / (1 / 10))
    np.testing.assert_allclose(corrected.high - corrected.low, factor * (plain.high - plain.low), rtol=1e-12)
    assert (corrected.p_value > plain.p_value).all()


@pytest.mark.parametrize("overlap", [0.0, 1 / 3])
def test_intervals_cover_what_they_say(overlap: float) -> None:
    # Nadeau and Bengio's model of overlapping splits: any two have the correlation
    # n_test / (n_test + n_train) = overlap / (1 + overlap).
    random, correlation = np.random.default_rng(3), overlap / (1 + overlap)
    shared, own = random.normal(size=(4000, 1)), random.normal(size=(4000, 10))
    values = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
    result = estimate(values, overlap)
    covered = ((result.low <= 0) & (result.high >= 0)).mean()
    assert covered == pytest.approx(0.95, abs=0.01)  # three standard errors
    np.testing.assert_array_equal(result.p_value < 0.05, (result.low > 0) | (result.high < 0))
    if overlap:  # what the correction is for
        plain = estimate(values)
        assert ((plain.low <= 0) & (plain.high >= 0)).mean() < 0.7


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
        assert result.p_value[row] == pytest.approx(alone.p_value)
    assert result.mean[2] == values[2, 0]
    assert np.isnan(
        [result.low[2], result.high[2], result.p_value[2], result.mean[3], result.p_value[3]]
    ).all()


@pytest.mark.parametrize("value", [0.1, -0.02, 1e-12])
@pytest.mark.parametrize("n", [2, 3, 10])
def test_constant_values(value: float, n: int) -> None:
    result = estimate([value] * n)
    assert (result.mean, result.low, result.high, result.p_value) == (value, value, value, 0)
    result = estimate([0.0] * n, overlap=0.5)
    assert (result.mean, result.low, result.high, result.p_value) == (0, 0, 0, 1)


def test_estimate_along_another_axis_or_of_nothing() -> None:
    values = random_values(3, 5, 7)
    np.testing.assert_array_equal(estimate(values, axis=1).low, estimate(np.moveaxis(values, 1, -1)).low)
    assert estimate(values, axis=0).mean.shape == (5, 7)
    assert np.isnan(estimate(np.empty((2, 0))).mean).all()


def test_holm_textbook_example() -> None:
    # Sorted .005 .01 .03 .04, times 4 3 2 1: .02 .03 .06 .04, of which the last may not fall below .06.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_was_not_tested() -> None:
    p_values = [[0.01, np.nan, 0.04, 0.03, 0.005], [np.nan] * 5, [0.3, np.nan, np.nan, np.nan, np.nan]]
    expected = [[0.03, np.nan, 0.06, 0.06, 0.02], [np.nan] * 5, [0.3, np.nan, np.nan, np.nan, np.nan]]
    np.testing.assert_allclose(holm(p_values), expected)
    assert holm([0.6, 0.7]).tolist() == [1, 1]
    assert holm(np.empty((2, 0))).shape == (2, 0)


def test_holm_rejects_as_the_procedure_says() -> None:
    for p_values in np.random.default_rng(4).random((200, 5)) ** 3:
        rejected = np.full(5, False)
        for step, place in enumerate(np.argsort(p_values)):
            if p_values[place] > 0.05 / (5 - step):
                break
            rejected[place] = True
        np.testing.assert_array_equal(holm(p_values) <= 0.05, rejected)


def test_wilson_interval_equals_scipy() -> None:
    cases = [
        (hits, count) for count in (1, 2, 7, 30, 1000) for hits in range(0, count + 1, max(count // 7, 1))
    ]
    low, high = wilson_interval(*np.array(cases).T)
    for (hits, count), *ours in zip(cases, low, high, strict=True):
        theirs = stats.binomtest(hits, count).proportion_ci(0.95, method="wilson")
        assert ours == pytest.approx([theirs.low, theirs.high], abs=1e-12)
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert np.isnan(wilson_interval(0, 0)).all()


HEADS = ("base", "shifted", "same")
BETTER: dict[str, Better] = {"accuracy": "higher", "log loss": "lower", "mean confidence": None}


def three_heads(n_seeds: int = 10) -> dict[str, Floats]:
    """The second head's accuracy and loss are higher than the baseline's, the third's much the same."""
    values = random_values(3, 1, n_seeds, seed=5) + 0.01 * random_values(3, 3, n_seeds, seed=6)
    values[:, 1] += 1
    return dict(zip(BETTER, values, strict=True))


def test_summary() -> None:
    values = three_heads()
    result = summary(values, HEADS, "base", 1 / 3, BETTER)
    assert result.columns.tolist() == [
        *("measure", "head", "mean", "low", "high", "difference", "difference_low", "difference_high"),
        *("p_value", "verdict", "best", "n_seeds", "n_pairs"),
    ]
    assert result["head"].tolist() == list(HEADS) * 3
    assert result["measure"].tolist() == np.repeat(list(BETTER), 3).tolist()
    assert result["verdict"].tolist() == [
        *("baseline", "better", "undecided"),
        *("baseline", "worse", "undecided"),
        *("baseline", "higher", "undecided"),
    ]
    assert result["best"].tolist()[:3] == [False, True, False]
    assert not result["best"][[4, 6, 7, 8]].any()
    assert result["best"][3:6].sum() == 1

    rows = result.set_index(["measure", "head"])
    for name, of_heads in values.items():
        differences = [estimate(of_head - of_heads[0], 1 / 3) for of_head in of_heads[1:]]
        corrected = holm([difference.p_value for difference in differences])
        for head, own, expected, p_value in zip(HEADS[1:], of_heads[1:], differences, corrected, strict=True):
            row = rows.loc[(name, head)]
            assert row["mean"] == pytest.approx(own.mean())
            assert row["low"] == pytest.approx(estimate(own, 1 / 3).low)
            found = row[["difference", "difference_low", "difference_high"]].tolist()
            assert found == pytest.approx([float(x) for x in (expected.mean, expected.low, expected.high)])
            assert row["p_value"] == pytest.approx(p_value)
        assert rows.loc[(name, "base"), ["difference", "p_value"]].isna().all()


def test_measures_that_the_finding_names_together_are_one_family() -> None:
    values, (first, second, third) = three_heads(), BETTER
    alone, together = (
        summary(values, HEADS, "base", 1 / 3, BETTER, family).set_index(["measure", "head"])["p_value"]
        for family in ([], [first, second])
    )
    assert (together[[first, second]].dropna() >= alone[[first, second]].dropna()).all()
    assert together[third].equals(alone[third])
    raw = [
        float(estimate(values[measure][head] - values[measure][0], 1 / 3).p_value)
        for measure in (first, second)
        for head in (1, 2)
    ]
    assert together[[first, second]].dropna().tolist() == pytest.approx(holm(raw).tolist())


def test_summary_with_other_baselines_and_labels() -> None:
    result = summary(three_heads(), HEADS, "shifted", 1 / 3, BETTER, label="variant")
    assert result["variant"].tolist() == list(HEADS) * 3
    assert result["verdict"].tolist() == [
        *("worse", "baseline", "worse"),
        *("better", "baseline", "better"),
        *("lower", "baseline", "lower"),
    ]
    assert summary(three_heads(), HEADS, "base", 0, {})["verdict"].tolist()[1] == "higher"
    with pytest.raises(ValueError, match="one of base, shifted, same; got 'other'"):
        summary(three_heads(), HEADS, "other", 0, {})


def test_summary_with_runs_that_diverged() -> None:
    values = three_heads()
    for of_heads in values.values():
        of_heads[1, 8:] = np.nan
    result = summary(values, HEADS, "base", 1 / 3, BETTER)
    assert result["n_seeds"].tolist() == [10, 8, 10] * 3
    assert result["n_pairs"].tolist() == [0, 8, 10] * 3
    assert result["verdict"].tolist()[:3] == ["baseline", "better", "undecided"]
    assert not result["best"][1]  # the two lost seeds may have been the hard ones
    assert result["best"][[0, 2]].any()

    for of_heads in values.values():
        of_heads[1] = np.nan
    result = summary(values, HEADS, "base", 1 / 3, BETTER)
    assert result["verdict"].tolist()[:3] == ["baseline", "too few seeds", "undecided"]
    # A test that wasn't made costs the others nothing.
    pair = {name: of_heads[[0, 2]] for name, of_heads in values.items()}
    assert result["p_value"][2] == summary(pair, ("base", "same"), "base", 1 / 3, BETTER)["p_value"][1]


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_summary_with_too_few_seeds(n_seeds: int) -> None:
    result = summary(three_heads(n_seeds), HEADS, "base", 1 / 3, BETTER)
    assert set(result["verdict"]) == {"baseline", "too few seeds"}
    assert result["p_value"].isna().all()
    assert result["best"].any()
    assert set(summary(three_heads(3), HEADS, "base", 0, {})["verdict"]) > {"higher"}


def test_summary_of_equal_and_of_constantly_different_heads() -> None:
    falling = 0.1 * np.arange(5, 0, -1)
    values = {"accuracy": np.array([falling, falling + 0.25, falling])}
    result = summary(values, ("a", "b", "c"), "a", 1 / 3, {"accuracy": "higher"})
    assert result["verdict"].tolist() == ["baseline", "better", "undecided"]
    assert result["difference"].tolist()[1:] == pytest.approx([0.25, 0])
    assert result["p_value"].tolist()[1:] == pytest.approx([0, 1])
    ties = summary({"accuracy": values["accuracy"][[0, 2]]}, ("a", "c"), "a", 1 / 3, {"accuracy": "higher"})
    assert ties["best"].tolist() == [True, True]
