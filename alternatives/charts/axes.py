"""Sizes, axes and cells that several charts share."""

import math
from typing import Any

import altair as alt

from alternatives.wording import NO_BREAK, SUPERSCRIPTS

HEIGHT = 300
"""Height in pixels of a chart's plot where it stands beside others."""
PANEL = 260
"""Height in pixels of one head's panel among small multiples."""
SQUARE = 190
"""Height in pixels of one variant's square among small multiples."""
ROW = 30
"""Height in pixels of one head's row."""

SYMMETRIC = "symmetric log scale"
"""What the title of an axis says that is linear around 0 and logarithmic beyond, on both sides."""


def height_of_rows(n_heads: int) -> int:
    """Height in pixels of a chart with a row for each head."""
    return max(HEIGHT, 60 + ROW * n_heads)


def axis(
    unit: str = "", least: float | None = None, most: float | None = None, sign: str = "", **more: Any
) -> alt.Axis:
    """An axis of values in a unit, with its numbers as `wording` writes them.

    Marks need room at the end of an axis, so it may go beyond values that are possible. Its numbers don't:
    those below `least` or above `most` are left out; shares go from 0 to 1. `more` are options of an axis.
    """
    if unit == "%":
        least, most = least or 0.0, 1.0 if most is None else most
    bounds = {"<": least, ">": most}
    beyond = [
        f"datum.value {relation} {end:g}"
        for relation, end in bounds.items()
        if end is not None and math.isfinite(end)
    ]
    text = _percentage("datum.value") if unit == "%" else _number("datum.value", sign)
    if "values" not in more:  # a logarithmic axis has ticks that it leaves without a number
        beyond.append("datum.label == ''")
    expression = f"{' || '.join(beyond)} ? '' : {text}" if beyond else text
    return alt.Axis(**{"tickCount": 5} | more, labelExpr=expression)


def _percentage(value: str) -> str:
    """Vega's expression for a share in per cent."""
    return f"(format(100 * {value}, ',.3~r') + '{NO_BREAK}%')"


def _number(value: str, sign: str = "") -> str:
    """Vega's expression for a number: in full, or as a power of ten where it would be long."""
    exponent = f"floor(log(abs({value})) / LN10 + 1e-9)"
    mantissa = f"format({value} / pow(10, {exponent}), '.2~r')"
    power = f"format({exponent}, 'd')"
    for digit, raised in {"−": "⁻", **{str(n): str(n).translate(SUPERSCRIPTS) for n in range(10)}}.items():
        power = f"join(split({power}, '{digit}'), '{raised}')"
    factor = f"({mantissa} == '1' ? '' : {mantissa} + '{NO_BREAK}×{NO_BREAK}')"
    in_full = f"abs({value}) >= 1e-4 && abs({value}) < 1e7"
    return f"({value} == 0 ? '0' : {in_full} ? format({value}, '{sign},.3~r') : {factor} + '10' + {power})"


def whole_numbers(**more: Any) -> alt.Axis:
    """An axis of whole numbers: where it ends at a parameter, Vega puts ticks between them all the same."""
    return alt.Axis(tickMinStep=1, labelExpr="datum.value % 1 ? '' : format(datum.value, 'd')", **more)


def cells(x: alt.X, y: alt.Y) -> dict[str, Any]:
    """Encodings of rectangles from x to x2 and from y to y2."""
    return {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}


def depth(column: str, low: float, high: float, deepest: float) -> alt.Opacity:
    """How deep a colour is: nothing at `low`, `deepest` at `high` and beyond."""
    scale = alt.Scale(domain=[low, high], range=[0, deepest], clamp=True)
    return alt.Opacity(f"{column}:Q", scale=scale, legend=None)
