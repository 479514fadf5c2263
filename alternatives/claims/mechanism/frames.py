"""Frames with heads in the column ``head``: how claims build them, and read them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alternatives.heads import Floats
from alternatives.statistics import estimate
from alternatives.wording import listed


def stack_by_head(columns: Mapping[str, Mapping[str, Any]], **same: Any) -> pd.DataFrame:
    """One frame from the columns of each head, by its text; `same` columns are added to all."""
    frames = []
    for head, own in columns.items():
        index = [0] if all(np.ndim(values) == 0 for values in own.values()) else None
        frames.append(pd.DataFrame({"head": head, **same, **own}, index=index))
    return pd.concat(frames, ignore_index=True)


def by_head(frame: pd.DataFrame, column: str, how: str | Callable[..., float] = "first") -> dict[str, float]:
    """A column's number for each head, in the frame's order: its "max", "min", "mean" or "first"."""
    grouped = frame.groupby("head", sort=False)[column].agg(how)
    return {str(head): float(value) for head, value in grouped.items()}


def with_interval(
    name: str, values: ArrayLike, least: float = -np.inf, most: float = np.inf, axis: int = -1
) -> dict[str, Any]:
    """Columns with the mean over seeds and its 95 % CI, clipped to what is possible."""
    found = estimate(values, axis=axis)
    low, high = (np.clip(end, least, most) for end in (found.low, found.high))
    return {name: found.mean, f"{name}_low": low, f"{name}_high": high}


def with_range(name: str, values: Floats, axis: int | None = None) -> dict[str, Any]:
    """Columns with the mean of values, the smallest and the largest."""
    return {name: values.mean(axis), f"{name}_low": values.min(axis), f"{name}_high": values.max(axis)}


def heads_with(values: Mapping[str, float], text: Callable[[float], str]) -> str:
    """A list of heads, each with its number: spherical softmax (0.46) and hinge (0.5)."""
    return listed(f"{head} ({text(value)})" for head, value in values.items())
