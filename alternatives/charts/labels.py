"""Names at the ends of lines, moved apart so that none covers another."""

from collections.abc import Callable
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.charts.look import INK
from alternatives.experiments.hidden import NORMALISED, NORMALISED_SHORT
from alternatives.heads import Floats

GAP = 0.085
"""Least distance between two names, as a share of the axis."""

AXES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "linear": (np.asarray, np.asarray),
    "log": (np.log, np.exp),
    "symlog": (
        lambda value: np.copysign(np.log1p(np.abs(value)), value),
        lambda place: np.copysign(np.expm1(np.abs(place)), place),
    ),
}
"""By axis type: from values to places along the axis, and back."""


def named_ends(label: alt.Chart, x: alt.X, title: str | list[str]) -> tuple[alt.Chart, alt.Chart]:
    """Marks of the names at the ends of lines, each with a stroke from the line's end to its name.

    The frame has a row "label" for each line, with its `end` and the name's place `label_at`.
    """
    y = alt.Y("label_at:Q", title=title)
    return (
        label.mark_rule(strokeWidth=1.5, x2Offset=12, aria=False).encode(
            x=x, x2=x.shorthand, y=alt.Y("end:Q", title=title), y2="label_at:Q"
        ),
        label.mark_text(align="left", dx=16, text=alt.ExprRef(short("datum.head")), aria=False).encode(
            x=x, y=y, color=alt.value(INK)
        ),
    )


def short(name: str) -> str:
    """Vega's expression that shortens a name for a narrow place."""
    return f"replace({name}, '{NORMALISED}', '{NORMALISED_SHORT}')"


def ends(present: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of lines (n_lines, n_points), those with any point that is present, and the index of its last one."""
    last = present.shape[1] - 1 - present[:, ::-1].argmax(1)
    lines = np.flatnonzero(present.any(1))
    return lines, last[lines]


def labels(frame: pd.DataFrame, ends: pd.DataFrame, value: str, axis: str = "linear") -> pd.DataFrame:
    """Rows "label" for the last rows of lines, placed on the axis that the whole frame needs."""
    values = frame[[name for name in (value, "low", "high") if name in frame]].to_numpy(float)
    places = label_places(values, ends[value].to_numpy(float), axis)
    return ends.assign(row="label", end=ends[value], label_at=places)


def label_places(
    values: Floats, ends: Floats, axis: str = "linear", least: float = -np.inf, most: float = np.inf
) -> Floats:
    """Places of the names of lines that end at `ends`, on an axis for all `values`.

    None is below `least` or above `most`, where the axis would have to go on for the name alone.
    """
    to_place, to_value = AXES[axis]
    at = to_place(values[np.isfinite(values)])
    extent = float(np.ptp(at)) if at.size else 0.0
    # A logarithmic axis has no end at 0.
    low = -np.inf if axis == "log" and least <= 0 else float(to_place(least))
    high = float(to_place(most))
    places: Floats = to_value(apart(to_place(ends), GAP * extent, low, high))
    return places


def places_within(ends: Floats, low: float, high: float, axis: str = "linear") -> Floats:
    """Places of the names of lines that end at `ends`, on an axis that goes from `low` to `high`."""
    to_place, to_value = AXES[axis]
    bottom, top = float(to_place(low)), float(to_place(high))
    gap = (top - bottom) * min(GAP, 1 / max(len(ends), 1))
    places: Floats = to_value(apart(to_place(ends), gap, bottom, top))
    return places


def apart(places: Floats, gap: float, low: float = -np.inf, high: float = np.inf) -> Floats:
    """Places moved by the least squares so that two are at least `gap` apart, in the same order.

    All lie between `low` and `high`, if they fit there.
    """
    from scipy.optimize import isotonic_regression  # slow to import, and the page can show much before it

    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(places))
    moved = np.empty(len(places))
    if len(places):
        fitted = isotonic_regression(places[order] - steps).x
        moved[order] = np.clip(fitted, low, max(low, high - steps[-1])) + steps
    return moved
