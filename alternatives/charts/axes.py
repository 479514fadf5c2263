"""Sizes, axes, number formats and tooltips that several charts share."""

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


def axis(style: str) -> alt.Axis:
    """An axis of values in a number format."""
    # Marks need room at the end of an axis, so an axis of shares goes beyond 100 %. Its labels don't.
    shares = "datum.value > 1 || datum.value < 0 ? '' : datum.label"
    return alt.Axis(format=style, tickCount=5, labelExpr=shares if "p" in style else "datum.label")


def mean_and_interval(mean: str, style: str) -> list[alt.Tooltip]:
    """A tooltip's lines for a mean and its interval."""
    return [
        alt.Tooltip(f"{mean}:Q", format=style, title="mean"),
        alt.Tooltip("low:Q", format=style, title="95 % CI from"),
        alt.Tooltip("high:Q", format=style, title="to"),
    ]
