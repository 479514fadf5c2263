"""How many samples each class has."""

from collections.abc import Mapping

import altair as alt
import numpy as np

from alternatives.charts.axes import axis
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.look import INK, RULE
from alternatives.charts.tooltips import count, words
from alternatives.wording import brief

MOST_NAMED = 20
"""Classes that have a row with their name. More stand next to each other, by size."""
ROW = 22
AXIS = 50
"""Height in pixels of the axis and its title."""
HEIGHT = 180


def drawing(sizes: Mapping[str, int]) -> Drawing:
    """The chart of the samples by class."""
    names = np.array([brief(name, 40) for name in sizes], object)
    numbers = np.array(list(sizes.values()))
    text = f"Samples of {len(sizes):,} classes: from {numbers.min():,} to {numbers.max():,}."
    columns = {
        "class": names,
        "place": np.arange(len(names)),
        "samples": numbers,
        "text": np.array([f"{size:,}" for size in numbers.tolist()], object),
    }
    if len(sizes) <= MOST_NAMED:
        return Drawing(named, columns, text, n_classes=len(sizes))
    order = np.argsort(-numbers, kind="stable")
    by_size = {name: column[order] for name, column in columns.items()} | {"place": np.arange(len(names)) + 1}
    return Drawing(many, by_size, text)


def named(data: Data, n_classes: int) -> Chart:
    """A row a class. The columns are class, place, samples, text."""
    y = alt.Y("place:O", axis=None, title=None)
    x = alt.X("samples:Q", title="samples", axis=axis(tickCount=4), scale=alt.Scale(domainMin=0))
    base = alt.Chart(data).encode(y=y, tooltip=[words("class", "class"), count("samples", "samples")])
    return alt.layer(
        base.mark_bar(color=RULE, opacity=0.45, height={"band": 0.85}).encode(x=x),
        base.mark_text(align="left", dx=6, limit=200).encode(x=alt.value(0), text="class:N"),
        base.mark_text(align="right", dx=-4, color=INK).encode(x=alt.value("width"), text="text:N"),
    ).properties(height=AXIS + ROW * n_classes)


def many(data: Data) -> Chart:
    """A bar a class, the largest first."""
    return (
        alt.Chart(data)
        .mark_bar(color=RULE, width={"band": 1})
        .encode(
            x=alt.X("place:O", title="classes, the largest first", axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y("samples:Q", title="samples", axis=axis(tickCount=3), scale=alt.Scale(domainMin=0)),
            tooltip=[words("class", "class"), count("samples", "samples")],
        )
        .properties(height=HEIGHT)
    )
