"""Pins beside each other in one panel a quantity, of calibration one a head: dash and mark show the pin.

A head keeps its colour. The reference is solid, thick and a circle. Heads have their names at their rows, or
where the reference's line ends; a key says which dash and mark is which pin.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts import side_by_side
from alternatives.charts.axes import HEIGHT, PANEL, axis, whole_numbers
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.highlight import fading, opacity, pointed
from alternatives.charts.key import Entry
from alternatives.charts.key import drawing as key_drawing
from alternatives.charts.labels import label_places, named_ends, short
from alternatives.charts.layers import layers, stacked, where
from alternatives.charts.look import INK, RULE, Heads, by_colour, colour, panel_title
from alternatives.charts.quantities import quantity, titled
from alternatives.charts.tooltips import count, mean_and_interval, words
from alternatives.heads.looks import DASHES, MARKS
from alternatives.memory import once
from alternatives.sessions.beside import Beside
from alternatives.wording import NO_BREAK, listed, sentence, unbroken

ROW = 17
"""Height in pixels of one pin's part of a head's row."""


def height_of_heads(n_heads: int, n_pins: int) -> int:
    """Height in pixels of the chart by head."""
    return max(HEIGHT, n_heads * (ROW * n_pins + 8))


def looks(beside: Beside) -> list[int]:
    """The place of each pin among dashes and marks: the reference has the first."""
    order = [beside.reference, *beside.others]
    return [order.index(pin) for pin in range(len(beside.names))]


def key(beside: Beside) -> Drawing:
    """Which colour is which head, and in grey which mark is which pin, the reference first."""
    heads = [Entry(head, colour(head)) for head in beside.heads]
    order = [beside.reference, *beside.others]
    # In quotes, because a pin may be called like a head.
    names = [f"“{beside.names[pin]}”" + (" (reference)" if pin == beside.reference else "") for pin in order]
    pins = [Entry(name, RULE, MARKS[at]) for at, name in enumerate(names)]
    return key_drawing("head or pin", (*heads, *pins))


@once
def by_head(beside: Beside, measure: str, highlighted: str = "") -> Drawing:
    """A measure of all heads: in a head's row a dot a seed, mean and interval of each pin."""
    shown = quantity(measure, beside.base.experiment)
    frames = [_rows(each, ("seed", "mean")) for each in side_by_side.head_frames(beside, measure)]
    return Drawing(
        by_head_chart,
        fading(_of_pins(beside, frames), highlighted),
        f"{sentence(measure)} of each head in {listed(beside.names)}, mean over the seeds.",
        heads=beside.heads,
        n_pins=len(beside.names),
        title=shown.axis_title,
        unit=shown.unit,
        least=shown.least,
        most=shown.most,
    )


@once
def by_epoch(beside: Beside, name: str, relative: bool = False, highlighted: str = "") -> Drawing:
    """A quantity by epoch of all heads in all pins.

    ValueError where a pin doesn't have the quantity.
    """
    frames = side_by_side.line_frames(beside, name, relative)
    curve = beside.base.curves[name]
    curve = curve.relative if relative else curve
    title = f"{name} over that of the first epoch" if relative else name
    columns = _of_pins(beside, [_rows(each, ("point", "label")) for each in frames])
    last = columns["epoch"][columns["row"] == "point"].max(initial=2)
    return Drawing(
        by_epoch_chart,
        fading(_named(columns, last, "log" if curve.logarithmic else "linear"), highlighted),
        f"{sentence(title)} by epoch in {listed(beside.names)}, mean over the seeds.",
        None,
        {"last_epoch": float(last)},
        heads=beside.heads,
        n_pins=len(beside.names),
        title=titled(title, curve.unit),
        unit=curve.unit,
        logarithmic=curve.logarithmic,
    )


@once
def calibration(beside: Beside, head: str, highlighted: str = "") -> Drawing:
    """Accuracy by confidence of one head in all pins: lines of all heads would cross too often to be read."""
    frames = [side_by_side.bins(each) for each in beside.results]
    own = [where(each, each["head"].astype(str) == head) for each in frames]
    return Drawing(
        calibration_chart,
        fading(_of_pins(beside, own), highlighted),
        f"Accuracy by confidence of {head} in {listed(beside.names)}.",
        head=head,
        n_pins=len(beside.names),
    )


def _rows(columns: Columns, layers: Sequence[str]) -> dict[str, Any]:
    return where(columns, np.isin(columns["row"].astype(str), layers))


def _of_pins(beside: Beside, frames: Sequence[Columns]) -> dict[str, NDArray[Any]]:
    """The frames of all pins below each other, with each row's pin and its place among dashes and marks.

    What is looked at most lies on top: the reference's rows are the last.
    """
    order = [*beside.others, beside.reference]
    rows = [len(next(iter(frames[pin].values()))) for pin in order]
    found = {name: np.concatenate([frames[pin][name] for pin in order]) for name in frames[0]}
    pins = np.array([unbroken(beside.names[pin]) for pin in order], object)
    return found | {
        "pin": np.repeat(pins, rows),
        "look": np.repeat(np.array([looks(beside)[pin] for pin in order]), rows),
    }


def _named(columns: Columns, last_epoch: float, scale: str) -> dict[str, Any]:
    """The lines, their ends, and a name for each head at the end of its first pin's line."""
    points = where(columns, columns["row"] == "point")
    ends = where(columns, columns["row"] == "label")
    found: dict[str, int] = {}
    for index in np.argsort(ends["look"], kind="stable"):
        found.setdefault(str(ends["head"][index]), int(index))
    named = where(ends, np.array(list(found.values()), int))
    values = np.concatenate([points[name] for name in ("mean", "low", "high")])
    if scale == "log":
        values = values[values > 0]
    names = {
        "head": named["head"],
        "epoch": np.full(len(named["head"]), float(last_epoch)),
        "end": named["end"],
        "label_at": label_places(values, named["end"], scale),
    }
    kept = ("head", "pin", "look", "last", "end")
    return stacked(point=points, end={name: ends[name] for name in kept}, name=names)


def _by_pin(n_pins: int) -> tuple[alt.Shape, alt.StrokeDash, alt.StrokeWidth]:
    """Mark, dash and thickness by pin."""
    places = list(range(n_pins))
    mark = alt.Scale(domain=places, range=list(MARKS[:n_pins]))
    dash = alt.Scale(domain=places, range=list(DASHES[:n_pins]))
    width = alt.Scale(domain=places, range=[3.0, *[1.5] * (n_pins - 1)])
    return (
        alt.Shape("look:O", scale=mark, legend=None),
        alt.StrokeDash("look:O", scale=dash, legend=None),
        alt.StrokeWidth("look:O", scale=width, legend=None),
    )


def by_head_chart(
    data: Data, heads: Heads, n_pins: int, title: str, unit: str, least: float, most: float
) -> Chart:
    """The marks. The columns are those of `by_variant`, pin, look, faded."""
    mark, _, thick = _by_pin(n_pins)
    names = alt.Axis(labelExpr=short("datum.label"), ticks=False, domain=False)
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads), paddingInner=0.2), title=None, axis=names)
    within = alt.YOffset("look:O", scale=alt.Scale(domain=list(range(n_pins)), paddingOuter=0.2))
    x = alt.X("value:Q", title=title, scale=alt.Scale(zero=False), axis=axis(unit, least, most))
    seeds, means = layers(alt.Chart(data).encode(y=y, yOffset=within, color=by_colour(heads)), "seed", "mean")
    name = [words("pin", "pin"), words("head", "head")]
    tooltip = [*name, *mean_and_interval()]
    return alt.layer(
        seeds.mark_point(size=10, filled=True, yOffset=5).encode(
            x=x,
            tooltip=[*name, words("seed", "seed"), words("value_text", title)],
            opacity=opacity(0.4),
        ),
        means.mark_rule(aria=False).encode(
            x=alt.X("low:Q", title=title),
            x2="high:Q",
            strokeWidth=thick,
            tooltip=tooltip,
            opacity=opacity(1),
        ),
        means.mark_point(size=80, filled=True, stroke=INK, strokeWidth=1)
        .encode(x=x, shape=mark, tooltip=tooltip, opacity=opacity(1))
        .add_params(pointed()),
    ).properties(height=height_of_heads(len(heads), n_pins))


def by_epoch_chart(data: Data, heads: Heads, n_pins: int, title: str, unit: str, logarithmic: bool) -> Chart:
    """The marks.

    The columns are head, pin, look, row, epoch, mean, low, high, mean_text, interval_text, last, end,
    label_at, faded. The parameter `last_epoch` ends the axis of epochs.
    """
    mark, dash, thick = _by_pin(n_pins)
    scale = alt.Scale(domain=[1, alt.ExprRef("last_epoch")], nice=False)
    x = alt.X("epoch:Q", title="epoch", scale=scale, axis=whole_numbers())
    y_scale = alt.Scale(type="log", nice=False) if logarithmic else alt.Scale(zero=False)
    y = alt.Y("mean:Q", title=title, scale=y_scale, axis=axis(unit))
    points, ends, names = layers(alt.Chart(data).encode(color=by_colour(heads)), "point", "end", "name")
    tooltip = [words("pin", "pin"), words("head", "head"), count("epoch", "epoch"), *mean_and_interval()]
    to_names = named_ends(names, x, title)
    return alt.layer(
        points.mark_area(aria=False).encode(
            x=x, y=alt.Y("low:Q", title=title), y2="high:Q", detail="look:O", opacity=opacity(0.05)
        ),
        points.mark_line()
        .encode(x=x, y=y, strokeDash=dash, strokeWidth=thick, tooltip=tooltip, opacity=opacity(1))
        .add_params(pointed()),
        ends.mark_point(size=60, filled=True, stroke=INK, strokeWidth=0.7, aria=False).encode(
            x=alt.X("last:Q", title="epoch"), y=alt.Y("end:Q", title=title), shape=mark, opacity=opacity(1)
        ),
        *(each.encode(opacity=opacity(1)) for each in to_names),
    ).properties(height=HEIGHT)


def calibration_chart(data: Data, head: str, n_pins: int) -> Chart:
    """The marks. The columns are those of the panels' chart, pin, look."""
    mark, dash, thick = _by_pin(n_pins)
    scale, shares = alt.Scale(domain=[0, 1], nice=False), axis("%", values=[0, 0.5, 1])
    base = alt.Chart(data).encode(
        x=alt.X("confidence:Q", scale=scale, axis=shares, title="confidence"),
        y=alt.Y("accuracy:Q", scale=scale, axis=shares, title="accuracy"),
        color=by_colour((head,)),
        tooltip=[
            words("pin", "pin"),
            words("head", "head"),
            words("confidence_text", "mean confidence"),
            words("accuracy_text", "accuracy"),
            words("calibrated", f"95{NO_BREAK}% if calibrated"),
            count("count", "test samples, all seeds"),
            words("share_text", "share of samples"),
        ],
    )
    size = alt.Size("share:Q", legend=None, scale=alt.Scale(domain=[0, 0.5], range=[20, 160], clamp=True))
    return alt.layer(
        alt.Chart(data)
        .mark_rule(color=RULE, strokeDash=[4, 3], aria=False)
        .encode(x=alt.datum(0, scale=scale), x2=alt.datum(1), y=alt.datum(0, scale=scale), y2=alt.datum(1)),
        base.mark_line(aria=False).encode(strokeDash=dash, strokeWidth=thick, opacity=opacity(0.9)),
        base.mark_point(filled=True, stroke=INK, strokeWidth=0.7)
        .encode(size=size, shape=mark, opacity=opacity(1))
        .add_params(pointed()),
    ).properties(height=PANEL, title=panel_title(head))
