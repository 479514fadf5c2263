"""Differences from the baseline along an axis, with their intervals: by number of classes, or by a setting.

The axis of the differences is linear around 0 and logarithmic beyond, since they often grow a hundredfold.
"""

from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.axes import HEIGHT, SYMMETRIC, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.labels import label_places, short
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.lines import Across
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape, panel_title
from alternatives.charts.tooltips import CI, count, words
from alternatives.heads import Floats

TICKS = {
    "nats": (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    "points": (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    "": (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0),
}
"""Numbers on the axis on either side of 0, by unit."""

LEAST_LINEAR = {"nats": 0.005, "points": 0.25, "": 0.005}
"""The axis is linear up to the margin, or up to this much where the margin is smaller."""

APART, WIDEST = 0.018, 0.03
"""Distance between two heads' marks at one place, and the most that one is from it.

Both are shares of the axis."""


def along(
    rows: Columns,
    heads: Heads,
    across: Across,
    name: str,
    unit: str,
    margin: float,
    text: str,
    finding: str,
    panel: str = "",
) -> Drawing:
    """A line a head; text and finding are a `Drawing`'s.

    `rows` has arrays head, the column of `across`, mean, low, high, mean_text, interval_text and verdict.
    `across` has the numbers of its axis as ticks, in order. NaN is no margin.
    `panel` is the heading of a chart that stands among others.
    """
    ends = _ends(across)
    points = with_value(
        {**rows, "place": _places(rows[across.column], rows["head"], across, heads)},
        "mean",
    )
    last = [np.flatnonzero(points["head"] == head)[-1] for head in heads if head in set(points["head"])]
    at_end = points["mean"][last]
    linear = max(margin, LEAST_LINEAR[unit]) if np.isfinite(margin) else LEAST_LINEAR[unit]
    edges = np.array([margin] if np.isfinite(margin) else [], float)
    shown = np.concatenate([points["mean"], points["low"], points["high"], -edges, edges])
    label = {
        "head": points["head"][last],
        "place": points["place"][last],
        "edge": np.full(len(last), ends[1]),
        "end": at_end,
        "label_at": linear * label_places(shown / linear, at_end / linear, "symlog"),
    }
    frame = stacked(
        point=points, label=label, margin={"low": -edges, "high": edges}, zero={"mean": np.zeros(1)}
    )
    arguments: dict[str, Any] = {"panel": panel} if panel else {}
    arguments |= {"title": f"{name}, difference ({unit})" if unit else f"{name}, difference"}
    return Drawing(
        chart, frame, text, finding, heads=heads, across=across, ticks=TICKS[unit], linear=linear, **arguments
    )


def _places(values: Floats, names: Floats, across: Across, heads: Heads) -> Floats:
    """Where marks stand along the axis: heads side by side, so that no interval covers another."""
    index = np.array([heads.index(head) for head in names]) - (len(heads) - 1) / 2
    beside = index * min(APART, 2 * WIDEST / max(len(heads) - 1, 1)) * _extent(across)
    places: Floats = values * np.exp(beside) if across.logarithmic else values + beside
    return places


def _extent(across: Across) -> float:
    """How long the axis is: from its first number to the last, or that of their logarithms."""
    first, last = across.ticks[0], across.ticks[-1]
    return float(np.log(last / first) if across.logarithmic else last - first) or 1.0


def _ends(across: Across) -> list[float]:
    """Where the axis begins and ends, with room for heads side by side."""
    first, last, room = float(across.ticks[0]), float(across.ticks[-1]), WIDEST * _extent(across)
    if across.logarithmic:
        return [float(first / np.exp(room)), float(last * np.exp(room))]
    return [first - room, last + room]


def chart(
    data: Data,
    heads: Heads,
    across: Across,
    title: str,
    ticks: tuple[float, ...],
    linear: float,
    panel: str = "",
) -> Chart:
    """The marks.

    The columns are head, row, place, mean, low, high, mean_text, interval_text, verdict, edge, end, label_at
    and that of `across`. The axis is linear between −linear and linear, and logarithmic beyond.
    """
    x, titles = _axis("place", across), [title, SYMMETRIC]
    both_sides = [*(-tick for tick in reversed(ticks)), 0.0, *ticks]
    scale = alt.Scale(type="symlog", constant=linear, nice=False, padding=6)
    numbers = axis(values=both_sides, sign="+", labelOverlap="greedy")
    y = alt.Y("mean:Q", title=titles, scale=scale, axis=numbers)
    points, label, margin, zero = layers(alt.Chart(data), "point", "label", "margin", "zero")
    points, label = (each.encode(color=by_colour(heads)) for each in (points, label))
    tooltip = [
        words("head", "head"),
        count(across.column, across.title.removeprefix("number of ")),
        words("mean_text", "difference"),
        words("interval_text", CI),
        words("verdict", "verdict"),
    ]
    return alt.layer(
        margin.mark_rect(color=RULE, opacity=0.18, aria=False).encode(
            x=alt.value(0), x2=alt.value("width"), y=alt.Y("low:Q", title=titles), y2="high:Q"
        ),
        zero.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(y=y),
        points.mark_line(strokeWidth=2, aria=False).encode(
            x=x, y=y, strokeDash=by_dash(heads), tooltip=tooltip
        ),
        points.mark_rule(strokeWidth=2, aria=False).encode(
            x=x, y=alt.Y("low:Q", title=titles), y2="high:Q", tooltip=tooltip
        ),
        points.mark_point(size=60, filled=True, opacity=1, stroke=INK, strokeWidth=0.5).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        label.mark_rule(strokeWidth=1.5, x2Offset=12, aria=False).encode(
            x=x, x2="edge:Q", y=alt.Y("end:Q", title=titles), y2="label_at:Q"
        ),
        label.mark_text(align="left", dx=16, text=alt.ExprRef(short("datum.head")), aria=False).encode(
            x=_axis("edge", across), y=alt.Y("label_at:Q", title=titles), color=alt.value(INK)
        ),
    ).properties(height=HEIGHT, **({"title": panel_title(panel)} if panel else {}))


def _axis(column: str, across: Across) -> alt.X:
    """The axis that differences stand along, with the numbers that are compared on it."""
    kind = {"type": "log"} if across.logarithmic else {"zero": False}
    scale = alt.Scale(nice=False, domain=_ends(across), **kind)
    numbers = axis(values=list(across.ticks), labelOverlap=True)
    return alt.X(f"{column}:Q", title=across.title, scale=scale, axis=numbers)
