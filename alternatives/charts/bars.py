"""Bars by class: a head's probabilities, and its gradient."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.axes import axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, Drawings
from alternatives.charts.layers import where
from alternatives.charts.look import INK, colour, panel_title
from alternatives.charts.scales import beside_marks, cut_off, limit
from alternatives.charts.tables import with_units
from alternatives.charts.tooltips import count, words
from alternatives.heads import Floats
from alternatives.shape import Shape
from alternatives.wording import listed, probability, spelled

HEIGHT = 170
"""Height in pixels of one head's bars among small multiples."""
MOST_NUMBERS = 5
"""Bars that have room for their numbers."""


def probabilities(shape: Shape, names: Sequence[str] = ()) -> Drawings:
    """Each head's probabilities; with names for the classes, none of which is outlined then."""
    drawings = {}
    labels = np.array(names, object) if names else np.arange(len(shape.logits))
    target = None if names else shape.target
    marked = "" if names else f" The target is class {shape.target}."
    for head, values in zip(shape.head_names, shape.probabilities, strict=True):
        texts = [
            f"{probability(value)} for {label if names else f'class {label}'}"
            for label, value in zip(labels.tolist(), values.tolist(), strict=True)
        ]
        text = f"Probabilities of {head}: {listed(texts)}.{marked}"
        look: dict[str, Any] = {"title": "probability", "low": 0.0, "high": 1.0}
        columns: Columns = {**_shares(values), "class": labels}
        drawings[head] = Drawing(chart, columns, text, head=head, target=target, **look)
    return drawings


def gradients(shape: Shape) -> Drawings:
    """Each head's gradient by class."""
    end, cut = limit(shape.gradients, "gradient"), cut_off(shape.head_names, shape.gradients, "gradient")
    summaries, drawings = loss_and_norm(shape), {}
    for head, values in zip(shape.heads, shape.gradients, strict=True):
        text = (
            f"Gradient of {head.name} where class {shape.target} is right: {summaries[head.name]}; gradient "
            f"by class {listed(spelled(value, 2) for value in values.tolist())}.{cut}"
        )
        columns = where(_slopes(values), np.isfinite(values))
        look = {"title": f"{head.loss_unit} per logit".strip(), "low": -end, "high": end}
        drawings[head.name] = Drawing(chart, columns, text, head=head.name, target=shape.target, **look)
    return drawings


def _shares(values: Floats) -> Columns:
    in_words = [probability(value) for value in values.tolist()]
    short = [text.replace("more than ", ">").replace("less than ", "<") for text in in_words]
    return _columns(values, short if len(values) <= MOST_NUMBERS else [""] * len(values), in_words)


def _slopes(values: Floats) -> Columns:
    return _columns(values, beside_marks(values, MOST_NUMBERS), [spelled(v, 2) for v in values.tolist()])


def _columns(values: Floats, short: list[str], in_words: list[str]) -> Columns:
    texts = {"text": np.array(short, object), "value_text": np.array(in_words, object)}
    return {"class": np.arange(len(values)), "value": values, **texts}


def loss_and_norm(shape: Shape) -> dict[str, str]:
    """Each head's loss and the norm of its gradient, in words."""
    norms = shape.at_target["gradient magnitude"].tolist()
    values = zip(shape.head_names, with_units(shape), norms, strict=True)
    return {head: f"loss {loss}, gradient norm {spelled(norm, 2)}" for head, loss, norm in values}


def chart(data: Data, head: str, target: int | None, title: str, low: float, high: float) -> Chart:
    """The marks; the target's bar has an outline, if there is one.

    The columns are class, value, text, value_text.
    """
    room = 14 if low < 0 else 0  # for a number below a bar
    scale = alt.Scale(domain=[low, high], nice=False, clamp=True)
    y = alt.Y("value:Q", title=title, scale=scale, axis=axis(tickCount=3))
    base = alt.Chart(data).encode(
        x=alt.X("class:O", title="class", sort=None, axis=alt.Axis(labelAngle=0, offset=room)), y=y
    )
    is_target = "false" if target is None else f"datum['class'] === {target}"
    return alt.layer(
        base.mark_bar(color=colour(head)).encode(
            tooltip=[count("class", "class"), words("value_text", title)],
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
