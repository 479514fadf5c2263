"""Scales for all heads on the shape page: one head with huge values must not flatten the others."""

import numpy as np

from alternatives.charts.look import Heads
from alternatives.heads import Floats
from alternatives.wording import listed, spelled

USUAL = 5
"""A scale shows values up to this many times the lower median of the heads' largest values."""
LEAST = {"gradient": 0.5, "derivative": 0.2, "loss": 1.0, "gradient magnitude": 0.5}
"""The median counts as this at least: where all values are small, no scale cuts any of them off."""
SMALLEST = 0.001
"""The number of a smaller value has no room beside its mark; its tooltip has it."""


def limit(values: Floats, kind: str) -> float:
    """Where the scale of values (n_heads, ...) ends, for all heads."""
    sizes = _sizes(values)
    usual = max(sorted(sizes)[(len(sizes) - 1) // 2], LEAST[kind])
    return ceiling(max((size for size in sizes if size <= USUAL * usual), default=0.0))


def cut_off(heads: Heads, values: Floats, kind: str) -> str:
    """Which heads go beyond the scale and how far, in a sentence; empty where none does."""
    end, sizes = limit(values, kind), zip(heads, _sizes(values), strict=True)
    far = [f"{head} (up to {spelled(size, 2)})" for head, size in sizes if size > end]
    return f" Cut off at {spelled(end)}: {listed(far)}." if far else ""


def ceiling(size: float) -> float:
    """The smallest of 0.1, 0.2, 0.5, 1, 2, 5, … that isn't below a size: an axis that stays in place."""
    grid = (digit * 10.0**power for power in range(-1, 12) for digit in (1, 2, 5))
    return next((step for step in grid if step >= size), 1e12)


def _sizes(values: Floats) -> list[float]:
    """Each head's largest finite absolute value."""
    sizes: list[float] = (
        np.where(np.isfinite(values), np.abs(values), 0.0).reshape(len(values), -1).max(1).tolist()
    )
    return sizes


def beside_marks(values: Floats, most: int) -> list[str]:
    """Each value as short as a mark has room for; empty texts where more than `most` would not fit."""
    if len(values) > most:
        return [""] * len(values)
    return ["≈0" if 0 < abs(value) < SMALLEST else spelled(value, 2) for value in values.tolist()]
