"""Whether a head's difference from softmax changes with the number of classes, over many data sets.

A data set is one observation, however many networks it has. Kendall's rank correlation asks whether the
difference rises or falls with the number of classes; it needs no straight line and bears outliers and equal
numbers of classes. Beside it stand means over data sets with similar numbers of classes, where there are
enough, with t intervals over these data sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alternatives.heads import Floats
from alternatives.memory import once
from alternatives.paper.reading import SeriesFound, n_classes
from alternatives.statistics import LEVEL, estimate

FEWEST = 10
"""Data sets below which nothing is said: the test's p-value is an approximation."""
FEWEST_VALUES = 3
"""Different numbers of classes that there must be."""
FEWEST_IN_BIN = 6
"""Data sets that a mean is shown of."""
BINS = ((2, 2), (3, 5), (6, 10), (11, 25), (26, 100), (101, 1000))
"""Numbers of classes that are taken together, both ends included."""


@dataclass(frozen=True, eq=False)
class Trend:
    """How differences (n_datasets,) go with numbers of classes (n_datasets,).

    Attributes
    ----------
    n : int
        How many data sets there are.
    tau : float
        Kendall's τ_b, from −1, always falling, to 1; NaN with too few data sets.
    p : float
        Its p-value, multiplied by the number of heads that are tested (Bonferroni); NaN without a test.
    bins : DataFrame
        Columns low, high (numbers of classes), n, mean, mean_low, mean_high: see `BINS`.
    """

    n: int
    tau: float
    p: float
    bins: pd.DataFrame

    @property
    def way(self) -> str:
        """What the test says: "rises", "falls", "undecided", or "" without a test."""
        if not np.isfinite(self.p):
            return ""
        return "undecided" if self.p >= 1 - LEVEL else "rises" if self.tau > 0 else "falls"


def trend(classes: ArrayLike, differences: ArrayLike, n_tests: int = 1) -> Trend:
    """Test whether differences go with numbers of classes, for one of `n_tests` heads. NaN is left out.

    References
    ----------
    Kendall 1945, The treatment of ties in ranking problems, Biometrika 33.
    """
    x, y = np.asarray(classes, np.float64), np.asarray(differences, np.float64)
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    from scipy import stats  # slow to import, and a page can show much before it

    tau = p = np.nan
    if len(x) >= FEWEST and len(np.unique(x)) >= FEWEST_VALUES and np.ptp(y) > 0:
        tested = stats.kendalltau(x, y)
        tau, p = float(tested.statistic), min(float(tested.pvalue) * n_tests, 1.0)
    return Trend(len(x), tau, p, _bins(x, y))


def _bins(classes: Floats, differences: Floats) -> pd.DataFrame:
    rows = []
    for low, high in BINS:
        own = differences[(classes >= low) & (classes <= high)]
        if len(own) >= FEWEST_IN_BIN:
            mean = estimate(own)
            rows.append((low, high, len(own), float(mean.mean), float(mean.low), float(mean.high)))
    return pd.DataFrame(rows, columns=["low", "high", "n", "mean", "mean_low", "mean_high"])


@once
def by_classes(found: SeriesFound, measure: str, question: str) -> pd.DataFrame:
    """The differences of a series of many data sets, with a column `classes`."""
    rows = found.differences(measure, question)
    classes = {name: n_classes(name) for name in found.datasets}
    return rows.assign(classes=rows["dataset"].map(classes))


@once
def trends(found: SeriesFound, measure: str, question: str) -> dict[str, Trend]:
    """The trend of every head but softmax, over the data sets that have networks of every head."""
    rows = by_classes(found, measure, question)
    rows = rows[rows["dataset"].isin(found.complete)]
    own = {head: rows[rows["head"] == head] for head in found.others}
    return {head: trend(each["classes"], each["difference"], len(own)) for head, each in own.items()}


def has_many_classes(found: SeriesFound) -> bool:
    """Whether a series is of many data sets with several numbers of classes, and varies nothing else."""
    n_planned, _ = found.planned
    if found.series.varied is not None or n_planned < FEWEST:
        return False
    return len({n_classes(name) for name in found.datasets}) >= FEWEST_VALUES


def ways(trends: dict[str, Trend], way: str) -> Sequence[str]:
    """The heads whose trend goes a way."""
    return [head for head, each in trends.items() if each.way == way]
