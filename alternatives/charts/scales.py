"""Scales for all heads on the shape page: one head with huge values must not flatten the others."""

import itertools

import numpy as np
import pandas as pd

from alternatives.heads import Floats
from alternatives.wording import listed, spelled

USUAL = 5
"""A scale shows values up to this many times the lower median of the heads' largest values."""
LEAST = {"gradient": 0.5, "derivative": 0.2, "loss": 1.0, "gradient magnitude": 0.5}
"""The median counts as this at least: where all values are small, no scale cuts any of them off."""


def by_head(frame: pd.DataFrame, column: str) -> list[tuple[str, Floats]]:
    """Each head with its values of a column."""
    values = frame[column].to_numpy(np.float64)
    return [(head, values[rows]) for head, rows in rows_of_heads(frame)]


def rows_of_heads(frame: pd.DataFrame) -> list[tuple[str, slice]]:
    """Each head with the place of its rows, which stand together; pandas' groupby takes longer."""
    heads = frame["head"].cat
    codes = heads.codes.to_numpy()
    starts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(codes)]
    return [(heads.categories[codes[start]], slice(start, end)) for start, end in itertools.pairwise(starts)]


def limit(frame: pd.DataFrame, column: str, kind: str) -> float:
    """Where the scale of a column ends, for all heads."""
    sizes = _sizes(frame, column)
    usual = max(sorted(sizes.values())[(len(sizes) - 1) // 2], LEAST[kind])
    return ceiling(max((size for size in sizes.values() if size <= USUAL * usual), default=0.0))


def cut_off(frame: pd.DataFrame, column: str, kind: str) -> str:
    """Which heads go beyond the scale and how far, in a sentence; empty where none does."""
    end = limit(frame, column, kind)
    far = [f"{head} (up to {spelled(size)})" for head, size in _sizes(frame, column).items() if size > end]
    return f" Cut off at {spelled(end)}: {listed(far)}." if far else ""


def ceiling(size: float) -> float:
    """The smallest of 0.1, 0.2, 0.5, 1, 2, 5, … that isn't below a size: an axis that stays in place."""
    grid = (digit * 10.0**power for power in range(-1, 12) for digit in (1, 2, 5))
    return next((step for step in grid if step >= size), 1e12)


def _sizes(frame: pd.DataFrame, column: str) -> dict[str, float]:
    """The largest absolute value of each head, of those that are finite."""
    return {
        head: float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
        for head, values in by_head(frame, column)
    }


def two_decimals(values: Floats, most: int) -> list[str]:
    """Each value in words; empty texts where more than `most` would not fit."""
    rounded = [f"{value:.2f}".replace("-0.00", "0.00") for value in values.tolist()]
    return [text.replace("-", "−") if len(values) <= most else "" for text in rounded]
