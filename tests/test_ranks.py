"""Ranks over data sets: a published example, ties, failures, and how often nothing is called something."""

import numpy as np
import pytest
from scipy import stats

from alternatives.statistics import FEWEST_BLOCKS, Ranking, ranking
from alternatives.statistics.ranks import critical_difference

# Demšar 2006, table 6: AUC of C4.5, and of its variants with m, with cf, and with both.
DEMSAR = """
.763 .768 .771 .798  .599 .591 .590 .569  .954 .971 .968 .967  .628 .661 .654 .657  .882 .888 .886 .898
.936 .931 .916 .931  .661 .668 .609 .685  .583 .583 .563 .625  .775 .838 .866 .875  1 1 1 1
.940 .962 .965 .962  .619 .666 .614 .669  .972 .981 .975 .975  .957 .978 .946 .970
"""


def test_a_published_example() -> None:
    values = np.array(DEMSAR.split(), float).reshape(-1, 4)
    found = ranking(values, ["C4.5", "m", "cf", "m+cf"], higher_is_better=True)
    # Two of the printed values are equal that the paper, with more digits, ranks apart: half a rank of 14.
    np.testing.assert_allclose(found.mean, [3.143, 2.000, 2.893, 1.964], atol=0.5 / 14 + 5e-4)
    assert found.critical == pytest.approx(1.25, abs=0.005)
    assert found.test == "Friedman"
    assert found.p == stats.friedmanchisquare(*values.T).pvalue < 0.05
    # As there: nobody is apart at 5 % by Nemenyi's test.
    assert found.best == found.order == ("m+cf", "m", "cf", "C4.5")
    assert found.groups == (found.order,)


def test_clear_differences_are_found_and_groups_follow() -> None:
    values = np.random.default_rng(0).normal(size=(40, 4)) + np.array([0, 0.1, 5, 9])
    found = ranking(values, "abcd")
    assert set(found.best) == {"a", "b"}
    assert found.differ("a", "c")
    assert found.differ("d", "c")
    assert not found.differ("a", "a")
    assert {frozenset(group) for group in found.groups} == {frozenset("ab")}


def test_ranks_depend_on_order_alone_and_higher_may_be_better() -> None:
    values = np.random.default_rng(1).normal(size=(9, 3))
    found = ranking(values, "abc")
    np.testing.assert_array_equal(found.ranks, ranking(np.exp(values), "abc").ranks)
    np.testing.assert_array_equal(found.ranks, ranking(-values, "abc", higher_is_better=True).ranks)
    np.testing.assert_allclose(found.ranks.sum(1), 6)


def test_equal_values_share_a_rank_and_rounding_is_no_difference() -> None:
    found = ranking([[0.1 + 0.2, 0.3, 0.5]] * 5, "abc")
    assert found.mean.tolist() == [1.5, 1.5, 3]
    assert ranking(np.ones((5, 3)), "abc").p == 1
    assert ranking(np.ones((5, 2)), "ab").p == 1


def test_a_failure_ranks_last() -> None:
    found = ranking([[np.inf, 1, 2], [np.inf, np.inf, 0]] * 4, "abc")
    assert found.ranks[:2].tolist() == [[3, 1, 2], [2.5, 2.5, 1]]
    with pytest.raises(ValueError, match="must be numbers, got NaN"):
        ranking([[np.nan, 1]], "ab")


def test_two_variants_are_compared_by_the_sign_test() -> None:
    values = np.array([[0, 1]] * 9 + [[1, 0]] + [[0, 0]])
    found = ranking(values, "ab")
    assert found.test == "sign"
    assert found.p == stats.binomtest(9, 10).pvalue
    assert found.any_differ
    assert found.differ("a", "b")
    assert found.best == ("a",)
    assert np.isnan(found.critical)


@pytest.mark.parametrize("n_blocks", range(FEWEST_BLOCKS))
def test_few_data_sets_decide_nothing(n_blocks: int) -> None:
    found: Ranking = ranking(np.tile([0.0, 1.0, 2.0], (n_blocks, 1)), "abc")
    assert found.test == ""
    assert not found.any_differ
    assert found.best == ("a", "b", "c")
    assert found.groups == (("a", "b", "c"),)


def test_one_variant_has_nobody_to_differ_from() -> None:
    found = ranking(np.ones((5, 1)), ["a"])
    assert (found.best, found.groups, found.test) == (("a",), (), "")


def test_the_critical_difference_is_the_published_one() -> None:
    # Demšar 2006, table 5: 1.960, 2.343, 2.569, 2.728 for two to five.
    for n, q in ((3, 2.343), (4, 2.569), (5, 2.728)):
        assert critical_difference(n, 10) == pytest.approx(q * np.sqrt(n * (n + 1) / 60), abs=1e-3)


@pytest.mark.parametrize(("n_variants", "n_blocks"), [(2, 8), (3, 4), (4, 12)])
def test_alike_variants_are_seldom_called_different(n_variants: int, n_blocks: int) -> None:
    chance, n_draws = np.random.default_rng(2), 250
    names = list(map(str, range(n_variants)))
    draws = (ranking(chance.normal(size=(n_blocks, n_variants)), names) for _ in range(n_draws))
    wrong = sum(len(found.best) < n_variants for found in draws)
    assert wrong <= stats.binom.ppf(0.999, n_draws, 0.05)
