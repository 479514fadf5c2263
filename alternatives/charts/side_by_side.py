"""Pins beside each other: a panel a pin, on scales that all panels share.

A chart is a column's, so that columns stand below each other where a screen is narrow.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts import by_variant, lines, reliability
from alternatives.charts.axes import PANEL, axis, height_of_rows, whole_numbers
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.highlight import fading, opacity, pointed
from alternatives.charts.key import Entry
from alternatives.charts.key import drawing as key_drawing
from alternatives.charts.labels import short
from alternatives.charts.layers import layers, stacked, where
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape, colour, shape
from alternatives.charts.phrases import direction
from alternatives.charts.quantities import quantity, titled
from alternatives.charts.tooltips import count, mean_and_interval, words
from alternatives.experiments import ComparisonResults
from alternatives.memory import once
from alternatives.sessions.beside import Beside
from alternatives.wording import NO_BREAK, listed, sentence


def key(beside: Beside) -> Drawing:
    """What the colours and marks of the panels mean."""
    return key_drawing("head", tuple(Entry(head, colour(head), shape(head)) for head in beside.heads))


@once
def by_head(beside: Beside, index: int, measure: str, highlighted: str = "") -> Drawing:
    """A measure of all heads in one pin: a dot a seed, mean and interval, on an axis that all pins share."""
    results, shown = beside.results[index], quantity(measure, beside.base.experiment)
    frames = head_frames(beside, measure)
    lost = np.array([head for head in beside.heads if head not in results.variants], object)
    notes = {"head": lost, "note": np.full(len(lost), "not in this pin", object)}
    columns = _more(frames[index], absent=notes, corner={"value": extent(frames, "value", "low", "high")})
    return Drawing(
        by_head_chart,
        fading(columns, highlighted),
        f"{sentence(measure)} in {beside.names[index]}, mean over the seeds",
        by_variant.finding(results, measure),
        heads=beside.heads,
        title=shown.axis_title,
        unit=shown.unit,
        least=shown.least,
        most=shown.most,
    )


@once
def head_frames(beside: Beside, measure: str) -> list[Columns]:
    """Each pin's rows of `by_variant`."""
    return [by_variant.frame(each, measure) for each in beside.results]


def by_head_chart(data: Data, heads: Heads, title: str, unit: str, least: float, most: float) -> Chart:
    """The marks: as in `by_variant`, with each head's name above its row, where columns are narrow.

    The columns are head, row, seed, value, value_text, low, high, mean_text, interval_text, note, faded.
    """
    names = alt.Axis(
        labelExpr=short("datum.label"),
        labelAlign="left",
        labelBaseline="bottom",
        labelPadding=-2,
        labelOffset=alt.ExprRef(f"-0.34 * height / {len(heads)}"),
        labelFontSize=11,
        ticks=False,
        domain=False,
    )
    in_order = alt.Scale(domain=list(heads))
    y = alt.Y("head:N", scale=in_order, title=None, axis=names)
    scale = alt.Scale(zero=False, nice=False, padding=12)
    x = alt.X("value:Q", title=title, scale=scale, axis=axis(unit, least, most, tickCount=3))
    base = alt.Chart(data)
    baseline, seeds, means, corner = layers(base, "baseline", "seed", "mean", "corner")
    name, look = words("head", "head"), {"color": by_colour(heads), "shape": by_shape(heads)}
    of_mean = [name, *mean_and_interval()]
    return alt.layer(
        corner.mark_point(opacity=0, aria=False, tooltip=None).encode(x=x),
        baseline.mark_rule(color=RULE, strokeDash=[4, 3]).encode(
            x=x, tooltip=[words("head", "baseline"), words("mean_text", "mean")]
        ),
        seeds.mark_point(size=24, filled=True).encode(
            x=x,
            y=y,
            yOffset=alt.YOffset("seed:O", scale=alt.Scale(paddingOuter=1)),
            tooltip=[name, words("seed", "seed"), words("value_text", title)],
            opacity=opacity(0.6),
            **look,
        ),
        means.mark_rule(strokeWidth=2.5, aria=False).encode(
            x=alt.X("low:Q", title=title),
            x2="high:Q",
            y=y,
            color=by_colour(heads),
            tooltip=of_mean,
            opacity=opacity(1),
        ),
        means.mark_point(size=110, filled=True, stroke=INK, strokeWidth=1)
        .encode(x=x, y=y, tooltip=of_mean, opacity=opacity(1), **look)
        .add_params(pointed()),
        base.transform_filter("datum.note")
        .mark_text(align="left", baseline="bottom", fontStyle="italic", fontSize=11)
        .encode(x=alt.value(4), y=alt.Y("head:N", scale=in_order, title=None, bandPosition=1), text="note:N"),
    ).properties(height=height_of_rows(len(heads)))


@once
def calibration(beside: Beside, index: int, highlighted: str = "") -> Drawing:
    """Accuracy by confidence of all heads in one pin."""
    results = beside.results[index]
    return Drawing(
        calibration_chart,
        fading(bins(results), highlighted),
        f"Accuracy by confidence in {beside.names[index]}",
        _calibration_finding(results),
        heads=beside.heads,
    )


def bins(results: ComparisonResults) -> Columns:
    """The bins that hold samples, of all heads, with their texts."""
    frames = [reliability.bins(results, head) for head in results.variants]
    heads = np.repeat(np.array(results.variants, object), [len(each["count"]) for each in frames])
    return {"head": heads} | {name: np.concatenate([each[name] for each in frames]) for name in frames[0]}


def _calibration_finding(results: ComparisonResults) -> str:
    """Which heads are overconfident, and which underconfident."""
    difference = results.difference("mean confidence", "accuracy")
    by_way: dict[str, list[str]] = {}
    for index, head in enumerate(results.variants):
        way = direction(difference, index, "underconfident", "overconfident", "undecided")
        by_way.setdefault(way or "every run diverged", []).append(head)
    return "; ".join(f"{way}: {listed(heads)}" for way, heads in by_way.items())


def calibration_chart(data: Data, heads: Heads) -> Chart:
    """The marks: the larger, the more samples.

    The columns are head, confidence, accuracy, share, count, their texts, calibrated, faded.
    """
    unit, shares = alt.Scale(domain=[0, 1], nice=False), axis("%", values=[0, 0.5, 1])
    x = alt.X("confidence:Q", scale=unit, axis=shares, title="confidence")
    y = alt.Y("accuracy:Q", scale=unit, axis=shares, title="accuracy")
    tooltip = [
        words("head", "head"),
        words("confidence_text", "mean confidence"),
        words("accuracy_text", "accuracy"),
        words("calibrated", f"95{NO_BREAK}% if calibrated"),
        count("count", "test samples, all seeds"),
        words("share_text", "share of samples"),
    ]
    base = alt.Chart(data)
    size = alt.Size("share:Q", legend=None, scale=alt.Scale(domain=[0, 0.5], range=[20, 160], clamp=True))
    return alt.layer(
        base.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(
            x=alt.datum(0, scale=unit), x2=alt.datum(1), y=alt.datum(0, scale=unit), y2=alt.datum(1)
        ),
        base.mark_line(strokeWidth=1.5, aria=False).encode(
            x=x,
            y=y,
            color=by_colour(heads),
            strokeDash=by_dash(heads),
            opacity=opacity(0.9),
            tooltip=tooltip,
        ),
        base.mark_point(filled=True, stroke=INK, strokeWidth=0.7)
        .encode(
            x=x,
            y=y,
            size=size,
            color=by_colour(heads),
            shape=by_shape(heads),
            opacity=opacity(1),
            tooltip=tooltip,
        )
        .add_params(pointed()),
    ).properties(height=PANEL)


@once
def by_epoch(beside: Beside, index: int, name: str, relative: bool = False, highlighted: str = "") -> Drawing:
    """A quantity by epoch of all heads in one pin, such as a gradient magnitude; a mark ends each line.

    ValueError where a pin doesn't have the quantity: networks of fewer layers have fewer gradients.
    """
    frames = line_frames(beside, name, relative)
    curve = beside.base.curves[name]
    curve = curve.relative if relative else curve
    ends = extent(frames, "mean", "low", "high")
    title = f"{name} over that of the first epoch" if relative else name
    return Drawing(
        by_epoch_chart,
        fading(_more(frames[index], corner={"mean": ends}), highlighted),
        f"{sentence(title)} by epoch in {beside.names[index]}, mean over the seeds",
        lines.finding(beside.results[index], name, relative),
        {"last_epoch": max(2, *(results.experiment.most_epochs for results in beside.results))},
        heads=beside.heads,
        title=titled(title, curve.unit),
        unit=curve.unit,
        logarithmic=curve.logarithmic,
    )


def quantities(beside: Beside) -> list[str]:
    """What all pins have by epoch, in the reference's order."""
    return [name for name in beside.base.curves if all(name in each.curves for each in beside.results)]


@once
def line_frames(beside: Beside, name: str, relative: bool) -> list[Columns]:
    """Each pin's rows of `lines`. ValueError where a pin doesn't have the quantity."""
    if name not in quantities(beside):
        raise ValueError(f"quantity must be one of {', '.join(quantities(beside))}; got {name}")
    frames = []
    for results in beside.results:
        curve = results.curves[name].relative if relative else results.curves[name]
        epochs = np.arange(1, curve.band.mean.shape[1] + 1)
        own = results.variants, lines.EPOCHS, epochs, curve.band, curve.unit, curve.logarithmic
        frames.append(lines.frame(*own))
    return frames


def by_epoch_chart(data: Data, heads: Heads, title: str, unit: str, logarithmic: bool) -> Chart:
    """The marks.

    The columns are head, row, epoch, mean, low, high, mean_text, interval_text, last, end, faded. The
    parameter `last_epoch` ends the axis of epochs.
    """
    scale = alt.Scale(domain=[1, alt.ExprRef("last_epoch")], nice=False)
    x = alt.X("epoch:Q", title="epoch", scale=scale, axis=whole_numbers(tickCount=4))
    y_scale = alt.Scale(type="log", nice=False) if logarithmic else alt.Scale(zero=False)
    y = alt.Y("mean:Q", title=title, scale=y_scale, axis=axis(unit))
    base = alt.Chart(data)
    points, ends, corner = layers(base, "point", "label", "corner")
    tooltip = [words("head", "head"), count("epoch", "epoch"), *mean_and_interval()]
    return alt.layer(
        corner.mark_point(opacity=0, aria=False, tooltip=None).encode(y=y),
        points.mark_area(aria=False).encode(
            x=x,
            y=alt.Y("low:Q", title=title),
            y2="high:Q",
            color=by_colour(heads),
            tooltip=tooltip,
            opacity=opacity(0.15),
        ),
        points.mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=by_colour(heads),
            strokeDash=by_dash(heads),
            tooltip=tooltip,
            opacity=opacity(1),
        )
        .add_params(pointed()),
        ends.mark_point(size=60, filled=True, stroke=INK, strokeWidth=0.7, aria=False).encode(
            x=alt.X("last:Q", title="epoch"),
            y=alt.Y("end:Q", title=title),
            color=by_colour(heads),
            shape=by_shape(heads),
            opacity=opacity(1),
        ),
    ).properties(height=PANEL)


def _more(columns: Columns, **more: Columns) -> dict[str, Any]:
    """A frame with more layers."""
    row = columns["row"]
    kept = {name: values for name, values in columns.items() if name != "row"}
    layers = {each: where(kept, row == each) for each in dict.fromkeys(row)}
    return stacked(**(layers or {"nothing": kept}), **more)  # without rows there still are its columns


def extent(frames: Sequence[Columns], *names: str) -> NDArray[np.float64]:
    """The smallest and the largest number in some columns of all frames."""
    values = np.concatenate(
        [np.asarray(each[name], float) for each in frames for name in names if name in each]
    )
    values = values[np.isfinite(values)]
    return np.array([values.min(), values.max()]) if len(values) else np.zeros(0)
