"""A key: what the colours and marks of small multiples mean, in one line above them."""

from typing import NamedTuple

import altair as alt
import numpy as np

from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.look import INK
from alternatives.charts.tooltips import words
from alternatives.wording import listed, sentence

IN_A_ROW = 5
"""Entries beside each other: as many as a telephone has room for."""
ROW = 22
"""Height in pixels of a line of entries."""


class Entry(NamedTuple):
    """A name with its colour and mark."""

    name: str
    colour: str
    mark: str = "square"


def drawing(title: str, entries: tuple[Entry, ...]) -> Drawing:
    """The key of a chart; `title` says what the names are."""
    index = np.arange(len(entries))
    columns = {
        "name": np.array([entry.name for entry in entries], object),
        "column": index % IN_A_ROW,
        "line": index // IN_A_ROW,
    }
    text = f"{sentence(title)}: {listed(entry.name for entry in entries)}."
    return Drawing(chart, columns, text, title=title, entries=entries)


def chart(data: Data, title: str, entries: tuple[Entry, ...]) -> Chart:
    """The marks. The columns are name, column, line."""
    names = [entry.name for entry in entries]
    n_lines = -(-len(entries) // IN_A_ROW)
    x = alt.X("column:Q", title=None, axis=None, scale=alt.Scale(domain=[0, IN_A_ROW], nice=False))
    y = alt.Y("line:O", title=None, axis=None)
    fill = alt.Fill(
        "name:N", legend=None, scale=alt.Scale(domain=names, range=[entry.colour for entry in entries])
    )
    mark = alt.Shape(
        "name:N", legend=None, scale=alt.Scale(domain=names, range=[entry.mark for entry in entries])
    )
    base = alt.Chart(data).encode(x=x, y=y, tooltip=[words("name", title)])
    room = alt.ExprRef(f"width / {IN_A_ROW} - 24")
    return alt.layer(
        base.mark_point(size=70, stroke=INK, strokeWidth=1, opacity=1, xOffset=6).encode(
            fill=fill, shape=mark
        ),
        base.mark_text(align="left", dx=18, limit=room).encode(text="name:N"),
    ).properties(height=8 + ROW * n_lines)
