"""How every chart looks: colour, dash and shape by head, and the ink that reads in either theme.

Colour means head and nothing else. Each head has a colour of its own, whatever else a chart shows, and as
a second channel a dash and a point shape.

A chart is a function ``chart(data, **arguments) -> altair.Chart`` of one tidy frame, and of small
hashable arguments: which heads, which unit, which title. The values never reach the specification,
so `specification` builds it once for all frames.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar, cast

import altair as alt
import pandas as pd
import pyarrow as pa

from alternatives.experiments.hidden import NORMALISED
from alternatives.heads import HEADS
from alternatives.heads.looks import DASHES, MARKS, NOT_HEADS, Look

Data: TypeAlias = pd.DataFrame | alt.NamedData
Chart: TypeAlias = alt.TopLevelMixin
Heads: TypeAlias = tuple[str, ...]
Columns: TypeAlias = Mapping[str, Any]
T = TypeVar("T")

INK = "currentColor"
"""The page's own text colour: dark on light, light on dark."""
RULE = "#808080"
"""Reference lines: 3:1 against either background."""
UNKNOWN = Look(RULE, DASHES[0], MARKS[0])
"""The look of a head that is no longer registered."""

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


def rows(kind: str) -> str:
    """Vega's filter for the rows of one kind: a frame holds the rows of all layers."""
    return f"datum.row === '{kind}'"


FINDING = "finding"
"""The column that has a drawing's finding, in its first row."""

SAID: dict[str, Any] = {
    "transform": [{"filter": f"datum.{FINDING}"}],
    "mark": {"type": "rect", "opacity": 0, "tooltip": None},
    "encoding": {
        "x": {"value": 0},
        "x2": {"value": "width"},
        "y": {"value": 0},
        "y2": {"value": "height"},
        "description": {"field": FINDING, "type": "nominal"},
    },
}
"""The mark of a finding, behind all others: read out, unseen, and changed as data are.

Streamlit draws a chart anew where its alternative text changes, and else moves its marks in a sixth of
the time.
"""


class Drawing:
    """A chart with its frame.

    Parameters
    ----------
    chart : callable
        ``chart(data, **arguments) -> altair.Chart``.
    frame : DataFrame or mapping
        A mapping has columns by name, arrays or lists: they go to the browser at a tenth of a frame's cost.
    text : str or (str, str)
        What the chart shows, for whoever can't see it: as a whole or, where it's drawn again with other
        findings, its subject alone and with the finding, which then is a mark of its own.
    parameters : mapping of str to float, optional
        Values of Vega's parameters that the chart's expressions use: what differs from one drawing to the
        next and isn't worth a specification of its own, for that takes long to make.
    **arguments
        Of the chart; hashable.
    """

    def __init__(
        self,
        chart: Callable[..., Chart],
        frame: pd.DataFrame | Columns,
        text: str | tuple[str, str],
        parameters: Mapping[str, float] | None = None,
        /,
        **arguments: Any,
    ) -> None:
        self.chart, self._data, self.arguments = chart, frame, arguments
        self.subject, self.text = (text, text) if isinstance(text, str) else text
        self.parameters = dict(parameters or {})

    @property
    def alt(self) -> str:
        """The text that stands for the chart; what a mark says, it leaves out."""
        return self.subject if self.data.num_rows else self.text

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are drawn."""
        return self._data if isinstance(self._data, pd.DataFrame) else pd.DataFrame(self._data)

    @functools.cached_property
    def data(self) -> pa.Table:
        """The same as it goes to the browser; a drawing that is shown again finds it here."""
        # Column by column: pa.Table.from_pandas takes several times as long.
        columns = {
            str(name): column.to_numpy() if isinstance(column, pd.Series) else column
            for name, column in self._data.items()
        }
        made = pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
        if self.text == self.subject:
            return made
        said = [self.text, *[None] * made.num_rows][: made.num_rows]
        return made.append_column(FINDING, pa.array(said, pa.string()))

    @property
    def specification(self) -> dict[str, Any]:
        """The chart's Vega-Lite specification without its data."""
        made = specification(self.chart, **self.arguments)
        if self.text != self.subject:
            made["layer"] = [SAID, *made["layer"]]
        if self.parameters:
            made["params"] = [{"name": name, "value": value} for name, value in self.parameters.items()]
        return made

    def altair(self) -> Chart:
        """The chart with its data, as a notebook shows it."""
        made: Any = self.chart(self.frame, **self.arguments)
        for name, value in self.parameters.items():
            made = made.add_params(alt.param(name=name, value=value))
        return cast(Chart, made)


def specification(chart: Callable[..., Chart], **arguments: Any) -> dict[str, Any]:
    """The chart's Vega-Lite specification without its data: built once for the same arguments."""
    return dict(_specification(chart, **arguments))


@functools.lru_cache(maxsize=512)
def _specification(chart: Callable[..., Chart], **arguments: Any) -> dict[str, Any]:
    # The tests validate every chart; here that would take longer than making it.
    made: dict[str, Any] = chart(alt.NamedData("frame"), **arguments).to_dict(validate=False)
    for view in (made, *made.get("layer", ())):
        if view.get("data") == {"name": "frame"}:
            del view["data"]
    # Vega-Embed would draw more than 2,000 marks to a canvas, which a screen reader can't enter.
    return {**made, "config": CONFIG, "usermeta": {"embedOptions": {"renderer": "svg"}}}
