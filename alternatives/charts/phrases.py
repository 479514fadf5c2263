"""Phrases that the texts of several charts share.

A text says an order or a verdict rather than numbers: those are in the tables and in a chart's own data.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alternatives.experiments import Results
from alternatives.statistics import Estimate
from alternatives.wording import listed


def interval(low: str, high: str) -> str:
    """An interval after its mean; nothing where there is none."""
    return f" ({low} to {high})" if "–" not in (low, high) else ""


def of_measure(results: Results[Any], measure: str, *columns: str) -> list[NDArray[Any]]:
    """Columns of a measure's rows in the summary."""
    rows = results.summary_of(measure)
    return [rows[column].to_numpy() for column in columns]


def diverged(heads: Iterable[str]) -> list[str]:
    """A clause about heads of which no run finished, if there are any."""
    lost = list(heads)
    return [f"every run of {listed(lost)} diverged"] if lost else []


def without_value(heads: Iterable[str]) -> list[str]:
    """A clause about heads that finished, but for which a quantity isn't defined."""
    empty = list(heads)
    return [f"not defined for {listed(empty)}"] if empty else []


def direction(difference: Estimate, index: int, below: str, above: str, undecided: str) -> str:
    """Whether one of several differences is below or above 0, beyond chance; "" where every run diverged.

    One seed has no interval: then the sign of its difference.
    """
    mean, low, high, n = (getattr(difference, name)[index] for name in ("mean", "low", "high", "n"))
    if n == 0:
        return ""
    if n == 1:
        return f"{below if mean < 0 else above} with its one seed"
    return below if high < 0 else above if low > 0 else undecided


def in_order(
    heads: Sequence[str], mean: Iterable[float], low: Iterable[float], high: Iterable[float]
) -> list[str]:
    """Heads from the lowest mean to the highest, in groups of which any two intervals overlap.

    The mean of one seed has no interval: it overlaps only what is equal.
    """
    rows = [
        (head, value, *((value, value) if math.isnan(least) else (least, most)))
        for head, value, least, most in zip(heads, mean, low, high, strict=True)
    ]
    groups: list[list[str]] = []
    common = np.inf, -np.inf
    for head, _, least, most in sorted(rows, key=lambda row: row[1]):
        if least > common[1] or most < common[0] or not groups:
            groups.append([])
            common = -np.inf, np.inf
        groups[-1].append(head)
        common = max(common[0], least), min(common[1], most)
    return [listed(sorted(group, key=list(heads).index)) for group in groups]


def then(groups: Sequence[str]) -> str:
    """Groups in their order: "for a, then b and c"."""
    return f"for {', then '.join(groups)}"
