"""The charts of a few logits: what each head makes of them, each with its frame and its text."""

import itertools
from typing import TypeAlias

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.charts import frames
from alternatives.charts.compare import HEIGHT, named_ends
from alternatives.charts.look import (
    INK,
    RULE,
    Chart,
    Data,
    Drawing,
    Heads,
    by_colour,
    by_dash,
    by_shape,
    colour,
    panel_title,
    rows,
)
from alternatives.charts.words import sentence
from alternatives.heads import Floats, Integers
from alternatives.shape import PLANE_CELLS, Shape
from alternatives.wording import listed, spelled

Drawings: TypeAlias = dict[str, Drawing]

BARS = 170
"""Height in pixels of one head's bars among small multiples."""
SQUARE = 230
"""Height in pixels of one head's square among small multiples."""
CELL, DOT, DIGIT, PRESENT = range(4)
"""What is drawn on a cell of the plane, which `PRESENT` isn't."""
MOST_NUMBERS = 4
"""Classes whose numbers have room in the cells of a small matrix."""
DIGIT_EVERY, DOT_EVERY = 6, 2
"""Cells of the plane from one digit to the next, and from one dot to the next."""
TICKS = (0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1e4, 1e5, 1e6)
"""Along an axis that is linear up to 1 and logarithmic beyond."""
USUAL = 5
"""A scale shows what is up to so many times as large as the smaller half of the heads' largest values."""
LEAST = {"gradient": 0.5, "derivative": 0.2, "loss": 1.0, "gradient magnitude": 0.5}
"""What the smaller half is taken for, at least: where all are small, none is cut off for being less so."""


def bars(data: Data, head: str, target: int, title: str, low: float, high: float) -> Chart:
    """A value of each class as bars; the target's has an outline.

    Parameters
    ----------
    data : frame
        Columns class, value, text.
    head : str
    target : int
    title : str
        The axis title, with its unit.
    low, high : float
        Where the axis begins and ends: the same for all heads.
    """
    room = 14 if low < 0 else 0  # for a number below a bar
    x = alt.X("class:O", title="class", axis=alt.Axis(labelAngle=0, offset=room))
    scale = alt.Scale(domain=[low, high], nice=False, clamp=True)
    base = alt.Chart(data).encode(x=x)
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=3, format=".3~g"))
    tooltip = ["class:O", alt.Tooltip("value:Q", title=title, format=".4~g")]
    of_target = f"datum['class'] === {target}"
    return alt.layer(
        base.mark_bar(color=colour(head)).encode(
            y=y,
            tooltip=tooltip,
            stroke=alt.condition(of_target, alt.value(INK), alt.value(colour(head))),
            strokeWidth=alt.condition(of_target, alt.value(2), alt.value(0)),
        ),
        base.transform_filter("datum.value >= 0")
        .mark_text(baseline="bottom", dy=-3, fontSize=10)
        .encode(y=y, text="text:N"),
        base.transform_filter("datum.value < 0")
        .mark_text(baseline="top", dy=3, fontSize=10)
        .encode(y=y, text="text:N"),
    ).properties(height=BARS, title=panel_title(head))


def curves(data: Data, heads: Heads, title: str, moving: int, reach: float, low: float, high: float) -> Chart:
    """A quantity of the target as one logit moves: a line a head, the present point marked.

    Parameters
    ----------
    data : frame
        Columns head, row, logit, value, shown, end, label_at.
    heads : tuple of str
    title : str
        The quantity with its unit.
    moving : int
        The class whose logit moves.
    reach : float
        Where the axis of that logit ends, to either side.
    low, high : float
        Where the quantity's axis begins and ends: what is beyond runs along its edge.
    """
    x = alt.X(
        "logit:Q",
        title=f"logit of class {moving}",
        scale=alt.Scale(domain=[-reach, reach], nice=False),
        axis=alt.Axis(tickCount=5, format=".3~g"),
    )
    if title == "probability":
        scale, axis = alt.Scale(domain=[low, high]), alt.Axis(tickCount=5, format=".3~g")
    else:
        scale = alt.Scale(type="symlog", domain=[low, high], nice=False)
        axis = alt.Axis(values=list(TICKS), format=".3~g")
    y = alt.Y("shown:Q", title=title, scale=scale, axis=axis)
    base = alt.Chart(data).encode(color=by_colour(heads))
    present = base.transform_filter(rows("present"))
    label = base.transform_filter(rows("label"))
    tooltip = [
        "head:N",
        alt.Tooltip("logit:Q", title=f"logit of class {moving}", format=".4~g"),
        alt.Tooltip("value:Q", title=title, format=".4~g"),
    ]
    return alt.layer(
        present.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(x=x, color=alt.value(RULE)),
        base.transform_filter(rows("curve"))
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=x, y=y, strokeDash=by_dash(heads), tooltip=tooltip),
        present.mark_point(filled=True, size=80, opacity=1, stroke=INK, strokeWidth=1).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        *named_ends(label, x, title),
    ).properties(height=HEIGHT)


def jacobian(data: Data, head: str, limit: float) -> Chart:
    """The derivative of each class's probability by each logit: depth is size, the number has the sign.

    Parameters
    ----------
    data : frame
        Columns class, logit, derivative, size, text.
    head : str
    limit : float
        The size that is deepest: the same for all heads.
    """
    base = alt.Chart(data).encode(
        x=alt.X("logit:O", title="logit", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("class:O", title="probability"),
    )
    depth = alt.Scale(domain=[0, limit], range=[0, 0.7], clamp=True)
    cells = base.mark_rect(color=colour(head), stroke=RULE, strokeOpacity=0.25, strokeWidth=1).encode(
        opacity=alt.Opacity("size:Q", scale=depth, legend=None),
        tooltip=[
            alt.Tooltip("class:O", title="probability of class"),
            alt.Tooltip("logit:O", title="by the logit of class"),
            alt.Tooltip("derivative:Q", format="+.4~g"),
        ],
    )
    numbers = base.mark_text(fontSize=11).encode(text="text:N")
    return alt.layer(cells, numbers).properties(height=SQUARE, title=panel_title(head))


def plane(data: Data, head: str, x_class: int, y_class: int, reach: float) -> Chart:
    """Who wins over the plane of two logits: deeper where surer, digits name the winner, dots say turned.

    Parameters
    ----------
    data : frame
        Columns mark, x, x2, y, y2, winner, confidence.
    head : str
    x_class, y_class : int
        The classes whose logits span the plane.
    reach : float
        Where the axes end, to either side.
    """
    square = alt.Scale(domain=[-reach, reach], nice=False, round=True)
    axis = alt.Axis(tickCount=3, grid=False, format=".3~g")
    x = alt.X("x:Q", scale=square, title=f"logit of class {x_class}", axis=axis)
    y = alt.Y("y:Q", scale=square, title=f"logit of class {y_class}", axis=axis)
    base = alt.Chart(data)
    return alt.layer(
        base.transform_filter(f"datum.mark !== {PRESENT}")
        .mark_rect(color=colour(head), strokeWidth=0)
        .encode(
            x=x,
            x2="x2:Q",
            y=y,
            y2="y2:Q",
            opacity=alt.Opacity(
                "confidence:Q", scale=alt.Scale(domain=[1 / 3, 1], range=[0, 0.7], clamp=True), legend=None
            ),
            tooltip=["winner:O", alt.Tooltip("confidence:Q", format=".3~f")],
        ),
        base.transform_filter(f"datum.mark === {DOT}")
        .mark_circle(size=5, color=INK, opacity=0.8, aria=False)
        .encode(x=x, y=y),
        base.transform_filter(f"datum.mark === {DIGIT}")
        .mark_text(fontSize=11)
        .encode(x=x, y=y, text="winner:O"),
        base.transform_filter(f"datum.mark === {PRESENT}")
        .mark_point(shape="cross", filled=True, size=130, opacity=1, fill=INK)
        .encode(x=x, y=y),
    ).properties(height=SQUARE, title=panel_title(head))


def heads_of(shape: Shape) -> Heads:
    """The names of the heads that are shown."""
    return tuple(head.name for head in shape.heads)


def ceiling(values: Floats) -> float:
    """0.1, 0.2, 0.5, 1, 2, 5, …, the first that no size is above: an axis that stays while values move."""
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    grid = (digit * 10.0**power for power in range(-1, 12) for digit in (1, 2, 5))
    return next((step for step in grid if step >= largest), 1e12)


def readable(frame: pd.DataFrame, column: str, kind: str) -> float:
    """Where a scale for all heads ends, so that one head with huge values doesn't flatten the others."""
    sizes = _sizes(frame, column)
    usual = max(sorted(sizes.values())[(len(sizes) - 1) // 2], LEAST[kind])
    return ceiling(np.array([size for size in sizes.values() if size <= USUAL * usual]))


def beyond(frame: pd.DataFrame, column: str, kind: str) -> str:
    """Which heads go beyond the scale and how far, in a sentence; empty where none does."""
    limit = readable(frame, column, kind)
    far = [f"{head} (to {spelled(size)})" for head, size in _sizes(frame, column).items() if size > limit]
    return f" Cut off at {spelled(limit)}: {listed(far)}." if far else ""


def of_quantity(frame: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """The rows of `shape.curves` with a quantity."""
    return frame[(frame["quantity"] == quantity).to_numpy()]


def axis_title(shape: Shape, quantity: str) -> str:
    """A quantity with the unit that it has for these heads; losses that are no log loss have none."""
    units = {head.loss_unit for head in shape.heads}
    if quantity == "probability" or units == {""}:
        return quantity
    unit = "nats" if quantity == "loss" else "nats per logit"
    return f"{quantity} ({unit}{', of log losses' if len(units) > 1 else ''})"


def of_probabilities(shape: Shape, frame: pd.DataFrame) -> Drawings:
    """Each head's probabilities, from `shape.probabilities`."""
    drawings = {}
    for head, values in _values(frame, "probability"):
        said = [f"class {label} {spelled(value)}" for label, value in enumerate(values.tolist())]
        text = f"Probabilities of {head}: {listed(said)}. The target is class {shape.target}."
        own = {"class": np.arange(len(values)), "value": values, "text": _numbers(values, 5)}
        look = {"target": shape.target, "title": "probability", "low": 0.0, "high": 1.0}
        drawings[head] = Drawing(bars, own, text, head=head, **look)
    return drawings


def of_gradients(shape: Shape, frame: pd.DataFrame, losses: pd.DataFrame) -> Drawings:
    """Each head's gradient by class, from `shape.gradients` and, for the text, `shape.losses`."""
    limit = readable(frame, "gradient", "gradient")
    told = of_target(losses)
    units = dict(zip(losses["head"], losses["unit"], strict=True))
    cut = beyond(frame, "gradient", "gradient")
    drawings = {}
    for head, values in _values(frame, "gradient"):
        text = (
            f"Gradient of {head} where class {shape.target} is right: {told[head]}; of its loss by the logit "
            f"of each class {listed(spelled(value) for value in values.tolist())}.{cut}"
        )
        finite = np.isfinite(values)
        own = {
            "class": np.flatnonzero(finite),
            "value": values[finite],
            "text": [text for text, kept in zip(_numbers(values, 5), finite, strict=True) if kept],
        }
        title = f"{units[head]} per logit".strip()
        look = {"target": shape.target, "title": title, "low": -limit, "high": limit}
        drawings[head] = Drawing(bars, own, text, head=head, **look)
    return drawings


def table(losses: pd.DataFrame) -> pd.DataFrame:
    """`shape.losses` in Markdown: rows are heads."""
    names = {"probability": "Probability", "loss": "Loss", "gradient_magnitude": "Gradient"}
    cells = {title: [spelled(value) for value in losses[name].tolist()] for name, title in names.items()}
    cells["Loss"] = _with_units(losses)
    return pd.DataFrame(cells, index=losses["head"].tolist())


def of_target(losses: pd.DataFrame) -> dict[str, str]:
    """Each head's loss and the length of its gradient, in words."""
    told = zip(losses["head"], _with_units(losses), losses["gradient_magnitude"], strict=True)
    return {head: f"loss {loss}, gradient {spelled(length)} long" for head, loss, length in told}


def _with_units(losses: pd.DataFrame) -> list[str]:
    """Every head's loss with its unit, if it has one."""
    told = zip(losses["loss"].tolist(), losses["unit"].tolist(), strict=True)
    return [f"{spelled(loss)} {unit}".rstrip() for loss, unit in told]


def of_curves(shape: Shape, frame: pd.DataFrame, quantity: str) -> Drawing:
    """A quantity of all heads as a logit moves, from `shape.curves`."""
    own, title = of_quantity(frame, quantity), axis_title(shape, quantity)
    heads, cut = heads_of(shape), ""
    value, logit = (own[name].to_numpy().reshape(len(heads), -1) for name in ("value", "logit"))
    finite, here = np.isfinite(value), own["present"].to_numpy().reshape(len(heads), -1)
    low, high = 0.0, 1.0
    if quantity != "probability":
        high, cut = readable(own, "value", quantity), beyond(own, "value", quantity)
        low = min(0.0, float(np.maximum(value[finite].min(initial=0.0), -high)))
    last = value.shape[1] - 1 - finite[:, ::-1].argmax(1)
    ending = np.flatnonzero(finite.any(1))
    ends = np.clip(value[ending, last[ending]], low, high)
    axis = "linear" if quantity == "probability" else "symlog"
    places = frames.places_of_names(ends, low, high, axis)
    drawn, present = np.nonzero(finite), np.nonzero(finite & here)
    blank = np.full(len(drawn[0]) + len(present[0]), np.nan)
    of = np.concatenate([drawn[0], present[0], ending])
    at = np.concatenate([drawn[1], present[1], last[ending]])
    columns = {
        "head": np.array(heads, object)[of],
        "row": ["curve"] * len(drawn[0]) + ["present"] * len(present[0]) + ["label"] * len(ending),
        "logit": logit[of, at],
        "value": value[of, at],
        "shown": np.clip(value[of, at], low, high),
        "end": np.append(blank, ends),
        "label_at": np.append(blank, places),
    }
    told = [f"{heads[head]} {spelled(float(value[head, point]))}" for head, point in np.transpose(present)]
    text = (
        f"{sentence(title)} of class {shape.target} as the logit of class {shape.moving} goes from "
        f"{spelled(-shape.reach)} to {spelled(shape.reach)}. At {spelled(float(shape.seen[shape.moving]))}, "
        f"where it is: {listed(told)}.{cut}"
    )
    return Drawing(
        curves,
        columns,
        text,
        heads=heads,
        title=title,
        moving=shape.moving,
        reach=shape.reach,
        low=low,
        high=high,
    )


def of_jacobian(shape: Shape, frame: pd.DataFrame) -> Drawings:
    """Each head's Jacobian, from `shape.jacobian`."""
    n_classes = len(shape.logits)
    limit, cut = (each(frame, "derivative", "derivative") for each in (readable, beyond))
    of, by = (index.ravel() for index in np.indices((n_classes, n_classes)))
    drawings = {}
    for head, values in _values(frame, "derivative"):
        largest = int(np.abs(np.nan_to_num(values)).argmax())
        text = (
            f"Jacobian of {head}: derivatives of the probabilities of {n_classes} classes by their logits, "
            f"the largest {spelled(float(values[largest]))}, of class {of[largest]} by the logit of class "
            f"{by[largest]}.{cut}"
        )
        numbers = np.array(_numbers(values, MOST_NUMBERS**2), object)
        columns = {"class": of, "logit": by, "derivative": values, "size": np.abs(values), "text": numbers}
        finite = np.isfinite(values)
        own = {name: column[finite] for name, column in columns.items()}
        drawings[head] = Drawing(jacobian, own, text, head=head, limit=limit)
    return drawings


def of_plane(shape: Shape, frame: pd.DataFrame) -> Drawings:
    """Each head's plane, from `shape.plane`; of three classes alone."""
    x_class, y_class = shape.axes
    look = {"x_class": x_class, "y_class": y_class, "reach": shape.reach}
    column, line = (index.ravel() for index in np.indices((PLANE_CELLS, PLANE_CELLS)))
    names = ("x", "x2", "y", "y2", "winner", "confidence", "turned")
    of_all = {name: frame[name].to_numpy() for name in names}
    present = {"x": shape.seen[x_class], "y": shape.seen[y_class], "mark": PRESENT}
    present |= dict.fromkeys(("x2", "y2", "winner", "confidence"), np.nan)
    drawings = {}
    for head, rows_of_head in _groups(frame):
        cells = {name: values[rows_of_head] for name, values in of_all.items()}
        turned = cells.pop("turned").astype(bool)
        mark = np.where(turned & _every(DOT_EVERY, column, line), DOT, CELL)
        mark[_every(DIGIT_EVERY, column, line)] = DIGIT
        winner = cells["winner"].astype(int)
        shares = np.bincount(winner, minlength=3) / len(winner)
        won = [f"class {label} wins {spelled(100 * share)} %" for label, share in enumerate(shares.tolist())]
        where = "the order turns round nowhere"
        if turned.any():
            part = spelled(100 * float(turned.mean()))
            where = f"in {part} % of it another class wins than that of the largest logit"
        text = f"Plane of two logits under {head}: {listed(won)}; {where}."
        cells |= {"mark": mark}
        own = {name: np.append(values, present[name]) for name, values in cells.items()}
        drawings[head] = Drawing(plane, own, text, head=head, **look)
    return drawings


def _every(step: int, column: Integers, line: Integers) -> NDArray[np.bool_]:
    """Where either index is in the middle of so many."""
    return (column % step == step // 2) & (line % step == step // 2)


def _groups(frame: pd.DataFrame) -> list[tuple[str, slice]]:
    """Each head with the place of its rows, which stand together."""
    heads = frame["head"].cat
    codes = heads.codes.to_numpy()
    starts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(codes)]
    return [(heads.categories[codes[start]], slice(start, end)) for start, end in itertools.pairwise(starts)]


def _sizes(frame: pd.DataFrame, column: str) -> dict[str, float]:
    """The largest size of each head's finite values."""
    return {
        head: float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
        for head, values in _values(frame, column)
    }


def _values(frame: pd.DataFrame, column: str) -> list[tuple[str, Floats]]:
    """Each head with its values of a column."""
    values = frame[column].to_numpy(np.float64)
    return [(head, values[rows_of_head]) for head, rows_of_head in _groups(frame)]


def _numbers(values: Floats, most: int) -> list[str]:
    """Two digits each; none where there are too many for numbers to have room."""
    rounded = [f"{value:.2f}".replace("-0.00", "0.00") for value in values.tolist()]
    return [text.replace("-", "−") if len(values) <= most else "" for text in rounded]
