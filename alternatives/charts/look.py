"""How every chart looks: colour, dash and shape by head, and the ink that reads in either theme.

Colour means head. Each head has a colour of its own, whatever else a chart shows, and as a second channel a
dash and a point shape. Charts of one head that tell classes or signs apart have other colours, with a key.
"""

from typing import Any, TypeAlias, TypeVar

import altair as alt

from alternatives.experiments.hidden import NORMALISED
from alternatives.heads import HEADS
from alternatives.heads.looks import DASHES, MARKS, NOT_HEADS, Look

Heads: TypeAlias = tuple[str, ...]
T = TypeVar("T")

INK = "currentColor"
"""The page's own text colour: dark on light, light on dark."""
FAINT = 0.8
"""Opacity of an axis' texts, which stand back behind the marks'."""
RULE = "#808080"
"""Reference lines: 3:1 against either background."""
UNKNOWN = Look(RULE, DASHES[0], MARKS[0])
"""The look of a head that is no longer registered."""

# Paul Tol's light scheme, which is made for labelled cells: distinct with any colour vision, and no head's.
CLASS_COLOURS = (
    "#77aadd", "#ee8866", "#44bb99", "#eedd88", "#ffaabb", "#99ddff", "#aaaa00", "#bbcc33", "#dddddd",
)  # fmt: skip
"""Colours of classes, where a chart shows classes and not heads; more classes have them again."""

POSITIVE, NEGATIVE = "#1b9e50", "#9a5cc6"
"""Colours of what is above 0 and below it, where a chart shows signs and not heads."""

LONGEST_TITLE = 400
"""Pixels of a panel's heading: longer than any."""

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "mark": {"tooltip": None},  # Streamlit's default would show a mark's columns by their names, unrounded
    "axis": {
        "labelPadding": 6,
        "titlePadding": 8,
        "labelLimit": 160,
        "titleFontSize": 12,
        "labelFlush": False,
        # Streamlit's grey has 3.7:1 against white; text needs 4.5.
        "labelColor": INK,
        "titleColor": INK,
        "labelOpacity": FAINT,
        "titleOpacity": FAINT,
    },
    "axisX": {"titleAnchor": "end"},
    "title": {"fontSize": 14, "offset": 8, "fontWeight": 600},
    "text": {"fill": INK, "fontSize": 12},
}


def look(head: str) -> Look:
    """The look of a head, with parameters or without, or of a kind of hidden layer.

    Batch normalisation has the next dash and mark.
    """
    name = head.partition("(")[0].removesuffix(NORMALISED).replace("logistic", "sigmoid")
    of_head = HEADS.get(name)
    if of_head:
        colour, dash, mark = of_head.colour, of_head.dash, of_head.mark
    else:
        colour, dash, mark = NOT_HEADS.get(name, UNKNOWN)
    if head.endswith(NORMALISED):
        dash, mark = _next(DASHES, dash), _next(MARKS, mark)
    return Look(colour, dash, mark)


def _next(options: tuple[T, ...], current: T) -> T:
    """The option after the current one; the first after the last, and after any other."""
    return options[(options.index(current) + 1) % len(options)] if current in options else options[0]


def colour(head: str) -> str:
    """The head's colour."""
    return look(head).colour


def dash(head: str) -> tuple[int, ...]:
    """The head's dash."""
    return look(head).dash


def shape(head: str) -> str:
    """The head's point shape."""
    return look(head).mark


def class_colour(index: int) -> str:
    """The colour of a class by its place among the classes."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def class_mark(index: int) -> str:
    """The mark of a class: another one where the colours come again."""
    return MARKS[index % len(MARKS)]


def by_sign(column: str) -> Any:
    """Colour by the sign of a column's values."""
    return alt.condition(f"datum.{column} < 0", alt.value(NEGATIVE), alt.value(POSITIVE))


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
