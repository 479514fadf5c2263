"""Sizes, axes, number formats and tooltips that several charts share."""

from typing import Any

import altair as alt

HEIGHT = 300
"""Height in pixels of a chart's plot where it stands beside others."""
PANEL = 260
"""Height in pixels of one head's panel among small multiples."""
SQUARE = 190
"""Height in pixels of one variant's square among small multiples."""
ROW = 30
"""Height in pixels of one head's row."""


def height_of_rows(n_heads: int) -> int:
    """Height in pixels of a chart with a row for each head."""
    return max(HEIGHT, 60 + ROW * n_heads)


def axis(style: str, least: float = 0.0) -> alt.Axis:
    """An axis of values in a number format; shares are at least `least`."""
    # Marks need room at the end of an axis, so an axis of shares goes beyond 100 %. Its labels don't.
    shares = f"datum.value > 1 || datum.value < {least:g} ? '' : datum.label"
    return alt.Axis(format=style, tickCount=5, labelExpr=shares if "p" in style else "datum.label")


def mean_and_interval(mean: str, style: str) -> list[alt.Tooltip]:
    """A tooltip's lines for a mean and its interval."""
    return [
        alt.Tooltip(f"{mean}:Q", format=style, title="mean"),
        alt.Tooltip("low:Q", format=style, title="95 % CI from"),
        alt.Tooltip("high:Q", format=style, title="to"),
    ]


def cells(x: alt.X, y: alt.Y) -> dict[str, Any]:
    """Encodings of rectangles from x to x2 and from y to y2."""
    return {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}


def depth(column: str, low: float, high: float, deepest: float) -> alt.Opacity:
    """How deep a colour is: nothing at `low`, `deepest` at `high` and beyond."""
    scale = alt.Scale(domain=[low, high], range=[0, deepest], clamp=True)
    return alt.Opacity(f"{column}:Q", scale=scale, legend=None)
