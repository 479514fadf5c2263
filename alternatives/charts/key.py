"""A key: what the colours and marks of small multiples mean, in one line above them."""

from typing import NamedTuple

import altair as alt
import numpy as np

from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.look import INK
from alternatives.charts.tooltips import words
from alternatives.wording import listed, sentence

MOST_IN_A_ROW = 5
"""Entries beside each other, where their names are short."""
TELEPHONE = 340
"""Pixels of a row on a telephone."""
LETTER = 5.5
"""Pixels of a letter, about."""
BESIDE_NAME = 24
"""Pixels of an entry that its name doesn't have."""
WIDEST = 190
"""Pixels of an entry with a short name on a wide screen, so that a few entries stay together."""
ROW = 22
"""Height in pixels of a line of entries."""


class Entry(NamedTuple):
    """A name with its colour and mark."""

    name: str
    colour: str
    mark: str = "square"


def drawing(title: str, entries: tuple[Entry, ...]) -> Drawing:
    """The key of a chart; `title` says what the names are."""
    index, in_a_row = np.arange(len(entries)), _in_a_row(entries)
    columns = {
        "name": np.array([entry.name for entry in entries], object),
        "column": index % in_a_row,
        "line": index // in_a_row,
    }
    text = f"{sentence(title)}: {listed(entry.name for entry in entries)}."
    return Drawing(chart, columns, text, title=title, entries=entries)


def _in_a_row(entries: tuple[Entry, ...]) -> int:
    """How many entries stand beside each other: as many as a telephone shows without cutting a name."""
    return max(1, min(MOST_IN_A_ROW, int(TELEPHONE / _room(entries))))


def _room(entries: tuple[Entry, ...]) -> float:
    """Pixels that the entry with the longest name needs."""
    return BESIDE_NAME + LETTER * max(len(entry.name) for entry in entries)


def chart(data: Data, title: str, entries: tuple[Entry, ...]) -> Chart:
    """The marks. The columns are name, column, line."""
    names = [entry.name for entry in entries]
    in_a_row = _in_a_row(entries)
    n_lines = -(-len(entries) // in_a_row)
    columns = f"max({in_a_row}, width / {max(WIDEST, _room(entries))})"
    across = alt.Scale(domainMin=0, domainMax=alt.ExprRef(columns), nice=False)
    x = alt.X("column:Q", title=None, axis=None, scale=across)
    y = alt.Y("line:O", title=None, axis=None)
    fill = alt.Fill(
        "name:N", legend=None, scale=alt.Scale(domain=names, range=[entry.colour for entry in entries])
    )
    mark = alt.Shape(
        "name:N", legend=None, scale=alt.Scale(domain=names, range=[entry.mark for entry in entries])
    )
    base = alt.Chart(data).encode(x=x, y=y, tooltip=[words("name", title)])
    room = alt.ExprRef(f"width / {columns} - {BESIDE_NAME}")
    return alt.layer(
        base.mark_point(size=70, stroke=INK, strokeWidth=1, opacity=1, xOffset=6).encode(
            fill=fill, shape=mark
        ),
        base.mark_text(align="left", dx=18, limit=room).encode(text="name:N"),
    ).properties(height=8 + ROW * n_lines)
