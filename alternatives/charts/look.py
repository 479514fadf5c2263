"""How every chart looks: colour, dash and shape by head, and the ink that reads in either theme.

Colour means head and nothing else. A head has the colour of its place in `HEADS`, whatever else a
chart shows, and a dash and a point shape of its own as a second channel.
"""

from typing import Any, TypeAlias

import altair as alt

from alternatives.experiments.hidden import NORMALISED
from alternatives.heads import HEADS

Heads: TypeAlias = tuple[str, ...]

# Okabe and Ito 2008, Color universal design, each colour darkened or lightened until its luminance lies
# between 0.13 and 0.29, which is a contrast of 3:1 against either background; then eight between them.
COLOURS = (
    "#006eb0", "#c24f00", "#00966c", "#c46fa1", "#7f7f7f", "#4392c8", "#b58300", "#7d7300",
    "#6272d9", "#b04a33", "#41803c", "#8d50bb", "#966339", "#1f8a8f", "#d0587a", "#61707f",
)  # fmt: skip
DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 2), (12, 4), (1, 3))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "stroke")

INK = "currentColor"
"""The page's own text colour: dark on light, light on dark."""
RULE = "#808080"
"""Reference lines: 3:1 against either background."""

LONGEST_TITLE = 400
"""Pixels of a panel's heading: longer than any."""

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "axis": {
        "labelPadding": 6,
        "titlePadding": 8,
        "labelLimit": 160,
        "titleFontSize": 12,
        "labelFlush": False,
    },
    "axisX": {"titleAnchor": "end"},
    "title": {"fontSize": 14, "offset": 8, "fontWeight": 600},
    "text": {"fill": INK, "fontSize": 12},
}


OTHERS = ("relu", "tanh", "equal weights")
"""What stands inside a network and is no head's map, after the heads in the order of places."""


def place(head: str) -> int:
    """A head's place in `HEADS`; ``spherical softmax(epsilon=0.1)`` has that of its name.

    A kind of hidden layer has the place of the head whose map it is, and what is none's, one after those.
    """
    name = head.partition("(")[0].removesuffix(NORMALISED).replace("logistic", "sigmoid")
    every = [*HEADS, *OTHERS]
    return every.index(name) if name in every else len(HEADS)


def _second_place(head: str) -> int:
    """Of dash and shape, by which batch normalisation is told apart."""
    return place(head) + head.endswith(NORMALISED)


def colour(head: str) -> str:
    """The head's colour."""
    return COLOURS[place(head) % len(COLOURS)]


def dash(head: str) -> tuple[int, ...]:
    """The head's dash: lengths of strokes and gaps in pixels."""
    return DASHES[_second_place(head) % len(DASHES)]


def shape(head: str) -> str:
    """The head's point shape."""
    return SHAPES[_second_place(head) % len(SHAPES)]


def by_colour(heads: Heads) -> alt.Color:
    """Colour by head, without a legend: a chart says the names where the heads are."""
    scale = alt.Scale(domain=list(heads), range=[colour(head) for head in heads])
    return alt.Color("head:N", scale=scale, legend=None)


def by_dash(heads: Heads) -> alt.StrokeDash:
    """Dash by head."""
    scale = alt.Scale(domain=list(heads), range=[dash(head) for head in heads])
    return alt.StrokeDash("head:N", scale=scale, legend=None)


def by_shape(heads: Heads) -> alt.Shape:
    """Point shape by head."""
    scale = alt.Scale(domain=list(heads), range=[shape(head) for head in heads])
    return alt.Shape("head:N", scale=scale, legend=None)


def panel_title(text: str, offset: int = 8) -> alt.TitleParams:
    """The heading of a small panel; a long one in smaller letters, as Streamlit would cut it short.

    `offset` is the room in pixels between it and the panel.
    """
    size = 14 if len(text) <= 20 else 12
    return alt.TitleParams(text, limit=LONGEST_TITLE, fontSize=size, offset=offset)
