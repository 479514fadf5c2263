"""Which variant ranks best over many data sets, and which of them can be told apart.

On every data set the variants are ranked, 1 for the best. Where all variants were alike, each would have the
same mean rank but for chance. Friedman's test asks whether any differs. If so, two variants differ whose mean
ranks are further apart than Nemenyi's critical difference, which holds for all pairs at once. Two variants
alone are compared by the sign test, which asks how often one of them is ahead.

A data set counts once, however many seeds and settings it was trained with: those of one data set don't say
what another one would say. ``python -m tests.benchmarks ranks`` counts how often conclusions are wrong.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats
from alternatives.statistics.estimates import LEVEL

FEWEST_BLOCKS = 3
"""Data sets below which nothing is tested: even if all agreed, chance could have done it."""
SAME = 1e-12
"""Values that differ by no more than this, relative to their size, share a rank."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Mean ranks of variants over data sets, and what they come to.

    Attributes
    ----------
    variants : tuple of str
    ranks : array (n_blocks, n_variants)
        1 for the best; equal values share their mean rank.
    test : {"Friedman", "sign", ""}
        Which test was made; "" where there are too few variants or data sets for one.
    p : float
        Its p-value; NaN without a test.
    critical : float
        How far two mean ranks must be apart; NaN for fewer than three variants, and without a test.
    """

    variants: tuple[str, ...]
    ranks: Floats
    test: str
    p: float
    critical: float

    @property
    def n_blocks(self) -> int:
        """How many data sets there are."""
        return len(self.ranks)

    @cached_property
    def mean(self) -> Floats:
        """Mean ranks (n_variants,); NaN without data sets."""
        return self.ranks.mean(0) if self.n_blocks else np.full(len(self.variants), np.nan)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The variants from the lowest mean rank to the highest; equal ones as they were given."""
        return tuple(self.variants[index] for index in np.argsort(self.mean, kind="stable"))

    def rank(self, variant: str) -> float:
        """The mean rank of a variant."""
        return float(self.mean[self.variants.index(variant)])

    @property
    def any_differ(self) -> bool:
        """Whether the test as a whole says that variants differ."""
        return self.p < 1 - LEVEL

    def differ(self, one: str, other: str) -> bool:
        """Whether two variants are told apart."""
        apart = abs(self.rank(one) - self.rank(other))
        return one != other and self.any_differ and (self.test == "sign" or apart >= self.critical)

    @cached_property
    def best(self) -> tuple[str, ...]:
        """The variant with the lowest mean rank, and all that can't be told from it."""
        first = self.order[0]
        return tuple(each for each in self.order if not self.differ(first, each))

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Longest runs in the order of which no two are told apart; a variant by itself is none."""
        found: list[tuple[str, ...]] = []
        for start, first in enumerate(self.order):
            group = tuple(each for each in self.order[start:] if not self.differ(first, each))
            if len(group) > 1 and not (found and set(group) <= set(found[-1])):
                found.append(group)
        return tuple(found)


def ranking(values: ArrayLike, variants: Sequence[str], higher_is_better: bool = False) -> Ranking:
    """Rank variants on data sets and test whether they differ, at a level of 5 % for all pairs at once.

    Parameters
    ----------
    values : array of shape (n_blocks, n_variants)
        A measure of each variant on each data set, which are independent of one another. The worst infinity
        stands for a variant that has no value because it failed. ValueError for NaN.
    variants : sequence of str
        At least one.
    higher_is_better : bool, default=False

    Returns
    -------
    Ranking

    References
    ----------
    Demšar 2006, Statistical comparisons of classifiers over multiple data sets, JMLR 7.
    """
    from scipy import stats  # slow to import, and few pages rank: here, so that a server starts sooner

    values = np.asarray(values, np.float64).reshape(-1, len(variants))
    if np.isnan(values).any():
        raise ValueError("values to rank must be numbers, got NaN")
    losses = _rounded(-values if higher_is_better else values)
    ranks = stats.rankdata(losses, axis=1) if len(losses) else losses
    test, p, critical = "", np.nan, np.nan
    if len(losses) >= FEWEST_BLOCKS and len(variants) == 2:
        test, p = "sign", _sign(losses)
    elif len(losses) >= FEWEST_BLOCKS and len(variants) > 2:
        test, p, critical = "Friedman", _friedman(ranks), critical_difference(len(variants), len(losses))
    return Ranking(tuple(variants), ranks, test, p, critical)


def critical_difference(n_variants: int, n_blocks: int) -> float:
    """Nemenyi's: mean ranks of alike variants are so far apart, for any pair of them, in 5 % of cases.

    It leans on many data sets; with few it is too large, and so on the safe side.
    """
    return _studentized_range(n_variants) * float(np.sqrt(n_variants * (n_variants + 1) / (12 * n_blocks)))


@lru_cache(maxsize=64)
def _studentized_range(n_variants: int) -> float:
    """The upper 5 % point of the range of so many standard normal numbers."""
    from scipy import stats

    return float(stats.studentized_range.ppf(LEVEL, n_variants, np.inf))


def _friedman(ranks: Floats) -> float:
    from scipy import stats

    if (ranks == ranks[:, :1]).all():  # all are alike on every data set, and the statistic is 0/0
        return 1.0
    return float(stats.friedmanchisquare(*ranks.T).pvalue)


def _sign(losses: Floats) -> float:
    """The p-value of two variants; where they are equal, a data set says nothing."""
    from scipy import stats

    first, second = losses.T
    n_ahead, n_behind = int((first < second).sum()), int((first > second).sum())
    return float(stats.binomtest(n_ahead, n_ahead + n_behind).pvalue) if n_ahead + n_behind else 1.0


def _rounded(losses: Floats) -> Floats:
    """The values, those of one data set that differ by rounding alone made equal."""
    found = losses.copy()
    for row in found:
        order = np.argsort(row, kind="stable")
        for before, after in itertools.pairwise(order):
            if np.isclose(row[after], row[before], rtol=SAME, atol=0):
                row[after] = row[before]
    return found
