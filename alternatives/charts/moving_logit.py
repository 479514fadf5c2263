"""A quantity of the target as one logit moves: a line a head, with the current logit marked."""

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts.axes import HEIGHT, SYMMETRIC, axis
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.labels import ends, named_ends, places_within
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape
from alternatives.charts.scales import cut_off, limit
from alternatives.charts.tooltips import words
from alternatives.heads import Floats, Integers
from alternatives.shape import Shape
from alternatives.wording import listed, probability, sentence, spelled

TICKS = (0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1e4, 1e5, 1e6)
"""Along an axis that is linear up to 1 and logarithmic beyond."""


def drawing(shape: Shape, quantity: str) -> Drawing:
    """A quantity of all heads."""
    value, logit, title = shape.curves.values[quantity], shape.curves.logit, axis_title(shape, quantity)
    spell = probability if quantity == "probability" else partial(spelled, digits=2)
    heads, cut, finite, low, high = shape.head_names, "", np.isfinite(value), 0.0, 1.0
    if quantity != "probability":
        high, cut = limit(value, quantity), cut_off(heads, value, quantity)
        low = min(0.0, float(np.maximum(value[finite].min(initial=0.0), -high)))
    shown, names = np.clip(value, low, high), np.array(heads, object)

    def columns(head: Integers, point: Integers) -> dict[str, Any]:
        at = head, point
        columns = {"head": names[head], "logit": logit[point], "shown": shown[at]}
        return columns | {"logit_text": _texts(logit[point], spelled), "value_text": _texts(value[at], spell)}

    current_logit = shape.scaled_logits[shape.moving]
    current, last = np.nonzero(finite & (logit == current_logit)), ends(finite)
    places = places_within(shown[last], low, high, "linear" if quantity == "probability" else "symlog")
    frame = stacked(
        curve=columns(*np.nonzero(finite)),
        present=columns(*current),
        label=columns(*last) | {"end": shown[last], "label_at": places},
    )
    values = [f"{heads[head]} {spell(float(value[head, point]))}" for head, point in np.transpose(current)]
    text = (
        f"{sentence(title)} of class {shape.target} as the logit of class {shape.moving} goes from "
        f"{spelled(-shape.reach)} to {spelled(shape.reach)}. At the current logit, "
        f"{spelled(float(current_logit))}: {listed(values)}.{cut}"
    )
    look = {"title": title, "moving": shape.moving, "reach": shape.reach, "low": low, "high": high}
    return Drawing(chart, frame, text, heads=heads, **look)


def _texts(values: Floats, spell: Callable[[float], str]) -> NDArray[np.object_]:
    return np.array([spell(value) for value in values.tolist()], object)


def axis_title(shape: Shape, quantity: str) -> str:
    """A quantity with the unit that it has for these heads; losses other than log losses have none."""
    units = {head.loss_unit for head in shape.heads}
    if quantity == "probability" or units == {""}:
        return quantity
    unit = "nats" if quantity == "loss" else "nats per logit"
    return f"{quantity} ({unit}{', of log losses' if len(units) > 1 else ''})"


def chart(data: Data, heads: Heads, title: str, moving: int, reach: float, low: float, high: float) -> Chart:
    """The marks. The columns are head, row, logit, logit_text, value_text, shown, end, label_at."""
    x = alt.X(
        "logit:Q",
        title=f"logit of class {moving}",
        scale=alt.Scale(domain=[-reach, reach], nice=False),
        axis=axis(),
    )
    of_y: str | list[str] = title
    if title == "probability":
        scale, ticks = alt.Scale(domain=[low, high]), axis()
    else:
        scale, ticks = alt.Scale(type="symlog", domain=[low, high], nice=False), axis(values=list(TICKS))
        of_y = [title, SYMMETRIC]
    y = alt.Y("shown:Q", title=of_y, scale=scale, axis=ticks)
    base = alt.Chart(data).encode(color=by_colour(heads))
    curve, present, label = layers(base, "curve", "present", "label")
    tooltip = [
        words("head", "head"),
        words("logit_text", f"logit of class {moving}"),
        words("value_text", title),
    ]
    return alt.layer(
        present.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(x=x, color=alt.value(RULE)),
        curve.mark_line(strokeWidth=2, clip=True).encode(
            x=x, y=y, strokeDash=by_dash(heads), tooltip=tooltip
        ),
        present.mark_point(filled=True, size=80, opacity=1, stroke=INK, strokeWidth=1).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        *named_ends(label, x, of_y),
    ).properties(height=HEIGHT)
