"""Bars by class: a head's probabilities, and its gradient."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts.drawing import Chart, Data, Drawing, Drawings
from alternatives.charts.look import INK, colour, panel_title
from alternatives.charts.scales import by_head, cut_off, limit, two_decimals
from alternatives.charts.tables import with_units
from alternatives.shape import Shape
from alternatives.wording import listed, spelled

HEIGHT = 170
"""Height in pixels of one head's bars among small multiples."""
MOST_NUMBERS = 5
"""Bars that have room for their numbers."""


def probabilities(shape: Shape, frame: pd.DataFrame) -> Drawings:
    """Each head's probabilities, from `shape.probabilities`."""
    drawings = {}
    for head, values in by_head(frame, "probability"):
        texts = [f"class {label} {spelled(value)}" for label, value in enumerate(values.tolist())]
        text = f"Probabilities of {head}: {listed(texts)}. The target is class {shape.target}."
        columns = {
            "class": np.arange(len(values)),
            "value": values,
            "text": two_decimals(values, MOST_NUMBERS),
        }
        look: dict[str, Any] = {"title": "probability", "low": 0.0, "high": 1.0}
        drawings[head] = Drawing(chart, columns, text, head=head, target=shape.target, **look)
    return drawings


def gradients(shape: Shape, frame: pd.DataFrame, losses: pd.DataFrame) -> Drawings:
    """Each head's gradient by class, from `shape.gradients` and, for the text, `shape.losses`."""
    end, cut = limit(frame, "gradient", "gradient"), cut_off(frame, "gradient", "gradient")
    summaries, units = loss_and_norm(losses), dict(zip(losses["head"], losses["unit"], strict=True))
    drawings = {}
    for head, values in by_head(frame, "gradient"):
        text = (
            f"Gradient of {head} where class {shape.target} is right: {summaries[head]}; gradient by class "
            f"{listed(spelled(value) for value in values.tolist())}.{cut}"
        )
        finite = np.isfinite(values)
        columns = {
            "class": np.flatnonzero(finite),
            "value": values[finite],
            "text": np.array(two_decimals(values, MOST_NUMBERS), object)[finite],
        }
        look = {"title": f"{units[head]} per logit".strip(), "low": -end, "high": end}
        drawings[head] = Drawing(chart, columns, text, head=head, target=shape.target, **look)
    return drawings


def loss_and_norm(losses: pd.DataFrame) -> dict[str, str]:
    """Each head's loss and the norm of its gradient, in words."""
    values = zip(losses["head"], with_units(losses), losses["gradient_magnitude"], strict=True)
    return {head: f"loss {loss}, gradient norm {spelled(norm)}" for head, loss, norm in values}


def chart(data: Data, head: str, target: int, title: str, low: float, high: float) -> Chart:
    """The marks; the target's bar has an outline. The columns are class, value, text."""
    room = 14 if low < 0 else 0  # for a number below a bar
    scale = alt.Scale(domain=[low, high], nice=False, clamp=True)
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=3, format=".3~g"))
    base = alt.Chart(data).encode(
        x=alt.X("class:O", title="class", axis=alt.Axis(labelAngle=0, offset=room)), y=y
    )
    is_target = f"datum['class'] === {target}"
    return alt.layer(
        base.mark_bar(color=colour(head)).encode(
            tooltip=["class:O", alt.Tooltip("value:Q", title=title, format=".4~g")],
            stroke=alt.condition(is_target, alt.value(INK), alt.value(colour(head))),
            strokeWidth=alt.condition(is_target, alt.value(2), alt.value(0)),
        ),
        base.transform_filter("datum.value >= 0")
        .mark_text(baseline="bottom", dy=-3, fontSize=10)
        .encode(text="text:N"),
        base.transform_filter("datum.value < 0")
        .mark_text(baseline="top", dy=3, fontSize=10)
        .encode(text="text:N"),
    ).properties(height=HEIGHT, title=panel_title(head))
