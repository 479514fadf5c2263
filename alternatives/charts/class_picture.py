"""Samples in two dimensions before anything is trained: a colour and a mark a class."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from alternatives.charts import key
from alternatives.charts.axes import HEIGHT, axis
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.key import Entry
from alternatives.charts.layers import layers, stacked, where
from alternatives.charts.look import INK, RULE, class_colour, class_mark
from alternatives.charts.tooltips import words
from alternatives.datasets.picture import Plane
from alternatives.wording import brief, listed, percent

MOST_COLOURED = 9
"""Classes that have a colour of their own; the others, the smallest, are small grey dots."""
OTHERS = "other classes"
LONGEST_NAME = 40


def coloured(plane: Plane, class_names: Sequence[str]) -> list[int]:
    """The classes that have a colour, in their order."""
    sizes = np.bincount(plane.targets, minlength=len(class_names))
    return sorted(np.argsort(-sizes, kind="stable")[:MOST_COLOURED].tolist())


def _entries(plane: Plane, class_names: Sequence[str]) -> tuple[Entry, ...]:
    shown = coloured(plane, class_names)
    found = [
        Entry(name, class_colour(k), class_mark(k))
        for k, name in enumerate(_unique([brief(class_names[each], LONGEST_NAME) for each in shown]))
    ]
    return (*found, *([Entry(OTHERS, RULE, "circle")] if len(class_names) > len(shown) else []))


def _unique(names: list[str]) -> list[str]:
    """Names that differ: long ones may have been made equal."""
    return [
        f"{name} ({k + 1})" if name in names[:k] or name == OTHERS else name for k, name in enumerate(names)
    ]


def classes(plane: Plane, class_names: Sequence[str]) -> Drawing:
    """What the colours mean."""
    return key.drawing("class", _entries(plane, class_names))


def drawing(plane: Plane, class_names: Sequence[str]) -> Drawing:
    """The picture."""
    shown, entries = coloured(plane, class_names), _entries(plane, class_names)
    names = np.full(len(class_names), OTHERS, object)
    names[shown] = [entry.name for entry in entries[: len(shown)]]
    own = np.array([brief(name, LONGEST_NAME) for name in class_names], object)
    rows = {
        "x": plane.points[:, 0],
        "y": plane.points[:, 1],
        "colour": names[plane.targets],
        "class": own[plane.targets],
    }
    is_other = rows["colour"] == OTHERS
    text = (
        f"{len(plane.points):,} samples by their first two principal components, which keep "
        f"{percent(plane.share)} of the variance; classes {listed(entry.name for entry in entries)}."
    )
    return Drawing(
        chart, stacked(point=where(rows, ~is_other), other=where(rows, is_other)), text, entries=entries
    )


def chart(data: Data, entries: tuple[Entry, ...]) -> Chart:
    """The marks. The columns are row, x, y, colour, class."""
    names = [entry.name for entry in entries]
    colours = alt.Scale(domain=names, range=[entry.colour for entry in entries])
    marks = alt.Scale(domain=names, range=[entry.mark for entry in entries])
    flat = alt.Scale(zero=False)
    x = alt.X("x:Q", scale=flat, title="first principal component", axis=axis(tickCount=4, grid=False))
    y = alt.Y("y:Q", scale=flat, title="second principal component", axis=axis(tickCount=4, grid=False))
    points, others = layers(alt.Chart(data), "point", "other")
    tooltip = [words("class", "class")]
    grey = [others.mark_circle(size=14, color=RULE, opacity=0.6).encode(x=x, y=y, tooltip=tooltip)]
    return alt.layer(
        *grey[: names.count(OTHERS)],  # a screen reader would stop at a layer without marks
        points.mark_point(size=36, stroke=INK, strokeWidth=0.7, opacity=0.9).encode(
            x=x,
            y=y,
            fill=alt.Fill("colour:N", scale=colours, legend=None),
            shape=alt.Shape("colour:N", scale=marks, legend=None),
            tooltip=tooltip,
        ),
    ).properties(height=HEIGHT)
