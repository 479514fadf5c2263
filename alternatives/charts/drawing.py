"""A drawing: a chart, its data, and the text that says what it shows.

A chart is a function ``chart(data, **arguments) -> altair.Chart`` of one tidy frame and of small hashable
arguments: which heads, which unit, which title. The specification never holds the values, so it is built
once for all frames.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import altair as alt
import pandas as pd
import pyarrow as pa

from alternatives.charts.look import CONFIG
from alternatives.wording import sentence

Data: TypeAlias = pd.DataFrame | alt.NamedData
Chart: TypeAlias = alt.TopLevelMixin
Columns: TypeAlias = Mapping[str, Any]
"""Arrays or lists by column name: they reach the browser at a tenth of a frame's cost."""


FINDING = "finding"
"""The column that holds a drawing's finding, in its first row."""

FINDING_MARK: dict[str, Any] = {
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
"""An invisible mark behind all others, from which a screen reader reads the finding.

Streamlit rebuilds a chart whose alternative text changes. A finding among the data changes with the data:
the browser then only moves the marks, in a sixth of the time.
"""


class Drawing:
    """A chart with its data and its text.

    `chart` is called as ``chart(data, **arguments)``; the arguments are hashable. The frame's columns may be
    arrays or lists. The text says what the chart shows, for people who can't see it. With a finding, the text
    is its subject, without a full stop, and the finding becomes a mark of its own. `parameters` are values of
    Vega parameters: they may differ between drawings without a new specification, which takes long to build.
    A chart has a height, so that its place is kept while it's made.
    """

    def __init__(
        self,
        chart: Callable[..., Chart],
        frame: pd.DataFrame | Columns,
        text: str,
        finding: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        /,
        **arguments: Any,
    ) -> None:
        self.chart, self._columns, self.arguments = chart, frame, arguments
        self.subject, self.text = (text, text) if finding is None else (f"{text}.", f"{text}: {finding}.")
        self.parameters = dict(parameters or {})

    @property
    def alt(self) -> str:
        """The chart's alternative text: the subject alone, where a mark says the finding."""
        return self.subject if self.data.num_rows else self.text

    @property
    def frame(self) -> pd.DataFrame:
        """The chart's rows."""
        return self._columns if isinstance(self._columns, pd.DataFrame) else pd.DataFrame(self._columns)

    @functools.cached_property
    def data(self) -> pa.Table:
        """The rows as they go to the browser; made once."""
        # Column by column: pa.Table.from_pandas takes several times as long.
        columns = {
            str(name): column.to_numpy() if isinstance(column, pd.Series) else column
            for name, column in self._columns.items()
        }
        table = pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
        if self.text == self.subject:
            return table
        findings = [self.text, *[None] * table.num_rows][: table.num_rows]
        return table.append_column(FINDING, pa.array(findings, pa.string()))

    @property
    def specification(self) -> dict[str, Any]:
        """The chart's Vega-Lite specification without its data."""
        spec = specification(self.chart, **self.arguments)
        if self.text != self.subject:
            spec["layer"] = [FINDING_MARK, *spec["layer"]]
        if self.parameters:
            own = [{"name": name, "value": value} for name, value in self.parameters.items()]
            spec["params"] = [*spec.get("params", ()), *own]  # after the chart's selections, if it has any
        return spec

    def altair(self) -> Chart:
        """The chart with its data, for a notebook."""
        chart: Any = self.chart(self.frame, **self.arguments)
        for name, value in self.parameters.items():
            chart = chart.add_params(alt.param(name=name, value=value))
        return cast(Chart, chart)


Drawings: TypeAlias = dict[str, Drawing]
"""Small multiples: a drawing a head."""


def specification(chart: Callable[..., Chart], **arguments: Any) -> dict[str, Any]:
    """The chart's Vega-Lite specification without its data; built once for the same arguments."""
    return dict(_specification(chart, **arguments))


@functools.lru_cache(maxsize=512)
def _specification(chart: Callable[..., Chart], **arguments: Any) -> dict[str, Any]:
    made = chart(alt.NamedData("frame"), **arguments)
    if isinstance(made, alt.Chart):
        made = alt.layer(made)  # the finding becomes a layer beside it
    # The tests validate every chart; here that would take longer than building it.
    spec: dict[str, Any] = _titled(made.to_dict(validate=False))
    for view in (spec, *spec.get("layer", ())):
        if view.get("data") == {"name": "frame"}:
            del view["data"]
    # Vega-Embed would draw more than 2,000 marks to a canvas, which a screen reader can't enter.
    return {**spec, "config": CONFIG, "usermeta": {"embedOptions": {"renderer": "svg"}}}


def _titled(spec: Any) -> Any:
    """The specification with the titles of its axes and tooltips in sentence case."""
    if isinstance(spec, list):
        return [_titled(each) for each in spec]
    if not isinstance(spec, dict):
        return spec
    titled = {name: _titled(value) for name, value in spec.items()}
    title = titled.get("title")
    if isinstance(title, str):
        titled["title"] = _title(title)
    elif isinstance(title, list):
        titled["title"] = [_title(title[0]), *title[1:]]
    return titled


def _title(text: str) -> str:
    """A title in sentence case; a symbol at its beginning stays as it is."""
    first = text.partition(" ")[0].rstrip(",")
    return text if len(first) == 1 or "_" in first else sentence(text)
