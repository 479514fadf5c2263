"""The layers of a chart in one frame: a column `row` says which layer a row belongs to."""

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts.drawing import Columns


def rows(layer: str) -> str:
    """Vega's filter for the rows of one layer."""
    return f"datum.row === '{layer}'"


def layers(base: alt.Chart, *names: str) -> list[alt.Chart]:
    """A chart of the rows of each layer."""
    return [base.transform_filter(rows(name)) for name in names]


def stacked(**layers: Columns) -> dict[str, Any]:
    """The rows of all layers, one below the other; where a layer lacks a column, its rows are empty there."""
    lengths = {layer: len(next(iter(columns.values()))) for layer, columns in layers.items()}
    names = dict.fromkeys(name for columns in layers.values() for name in columns)
    frame = {name: _column(name, layers, lengths) for name in names}
    return frame | {"row": np.repeat(np.array(list(layers), object), list(lengths.values()))}


def _column(name: str, layers: dict[str, Columns], lengths: dict[str, int]) -> NDArray[Any]:
    present = [np.asarray(columns[name]) for columns in layers.values() if name in columns]
    empty = None if any(column.dtype.kind == "O" for column in present) else np.nan
    columns = [layers[layer].get(name, np.full(n, empty)) for layer, n in lengths.items()]
    return np.concatenate(columns)


def where(columns: Columns, kept: NDArray[np.bool_]) -> dict[str, Any]:
    """The rows that are kept."""
    return {name: np.asarray(column)[kept] for name, column in columns.items()}


def with_value(columns: Columns, name: str) -> dict[str, Any]:
    """The rows that have a value in a column."""
    return where(columns, ~np.isnan(columns[name]))
