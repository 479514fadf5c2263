"""The charts of a claim, as its `ChartSpec` says, each with its frame and its text for screen readers."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts.axes import HEIGHT, height_of_rows
from alternatives.charts.axes import axis as numbers
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.labels import named_ends, places_within
from alternatives.charts.layers import rows
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape, panel_title
from alternatives.charts.tooltips import texts, words
from alternatives.claims import Axis, ChartSpec, Outcome
from alternatives.wording import NO_BREAK, bounds, figures, listed, sentence

Domain = tuple[float, float]
Channel = TypeVar("Channel", alt.X, alt.Y)

SPEAKING = (None, "head", "dataset", "input", "entry", "source", "stage")
"""Columns whose values are headings without the name of the column."""

PANEL = 200
"""Height in pixels of a panel for one head."""


def lines(data: Data, spec: ChartSpec, heads: Heads, own: str, title: str, x: Domain, y: Domain) -> Chart:
    """One line per head, that of the head `own` thicker, with its interval if there is one.

    The frame has the columns head, row, x, y, their texts, low, high, interval_text, end and label_at. `x`
    and `y` are the ends of the axes, which all panels share.
    """
    across, up = _place(alt.X, spec.x, x), _up(spec, y)
    base, is_own = alt.Chart(data), f"datum.head === {own!r}"
    curve = base.transform_filter(rows("point"))
    layers = _rules(base, spec, x, y)
    if spec.interval:
        band = curve.mark_area().encode(
            x=across,
            y=_place(alt.Y, spec.measured, y, "low"),
            y2="high:Q",
            color=by_colour(heads),
            opacity=alt.condition(is_own, alt.value(0.25), alt.value(0.06)),
            tooltip=_tooltip(spec),
        )
        layers.append(band)
    line = curve.mark_line(clip=True).encode(
        x=across,
        y=up,
        color=by_colour(heads),
        strokeDash=by_dash(heads),
        strokeWidth=alt.condition(is_own, alt.value(3.5), alt.value(1.6)),
        tooltip=_tooltip(spec),
    )
    layers.append(line)
    if len(heads) == 1:
        return _named(layers, title, PANEL)
    label = base.transform_filter(rows("label")).encode(color=by_colour(heads))
    layers += named_ends(label, across, spec.measured.full_title)
    return _named(layers, title, max(HEIGHT, 24 * len(heads)))


def points(data: Data, spec: ChartSpec, heads: Heads, own: str, title: str, x: Domain, y: Domain) -> Chart:
    """One point per row; parameters as of `lines`."""
    base = alt.Chart(data)
    mark = base.transform_filter(rows("point")).mark_point(opacity=0.75, size=45, strokeWidth=1.5)
    cloud = mark.encode(
        x=_place(alt.X, spec.x, x),
        y=_up(spec, y),
        fill=by_colour(heads),
        stroke=by_colour(heads),  # one of the shapes is a stroke alone
        shape=by_shape(heads),
        tooltip=_tooltip(spec),
    )
    return _named([*_rules(base, spec, x, y), cloud], title, PANEL if len(heads) == 1 else HEIGHT)


def dots(data: Data, spec: ChartSpec, heads: Heads, own: str, title: str, x: Domain) -> Chart:
    """One row of dots per head, with intervals; parameters as of `lines`."""
    base = alt.Chart(data)
    point = base.transform_filter(rows("point"))
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), title=None, axis=alt.Axis(labelLimit=190))
    layers = []
    if spec.reference is not None:
        layers.append(_rule(base).encode(x=alt.X(datum=spec.reference, scale=_scale(spec.x, x), title=None)))
    if spec.interval:
        low, bar = _place(alt.X, spec.x, x, "low"), point.mark_rule(strokeWidth=2.5)
        layers.append(bar.encode(x=low, x2="high:Q", y=y, color=by_colour(heads), tooltip=_tooltip(spec)))
    size = 90 if spec.interval else 45
    dot = point.mark_point(filled=True, size=size, opacity=0.8, stroke=INK, strokeWidth=0.6)
    across, colour = _place(alt.X, spec.x, x), by_colour(heads)
    layers.append(dot.encode(x=across, y=y, color=colour, shape=by_shape(heads), tooltip=_tooltip(spec)))
    return _named(layers, title, height_of_rows(len(heads)))


def panels(outcome: Outcome, spec: ChartSpec) -> list[Drawing]:
    """A chart of a claim: one drawing, or one for each value of the facet's column."""
    frame = _frame(outcome.frame, spec)
    heads = tuple(dict.fromkeys(frame["head"]))
    domains = {"x": _domain(frame, spec, spec.x, ["x"] if spec.y else ["x", "low", "high"])}
    if spec.y is not None:
        domains["y"] = _domain(frame, spec, spec.y, ["y", "low", "high"])
    kinds: dict[str, Callable[..., Chart]] = {"lines": lines, "points": points, "dots": dots}
    drawings = []
    for value, part in frame.groupby("facet", sort=False) if spec.facet else [("", frame)]:
        if spec.kind == "lines" and spec.facet != "head":
            part = _labelled(part, spec, domains["y"])
        drawing = Drawing(
            kinds[spec.kind],
            part,
            text(outcome, spec, str(value), part),
            spec=spec,
            heads=(value,) if spec.facet == "head" else heads,
            own=outcome.claim.head,
            title=str(value) if spec.facet in SPEAKING else f"{spec.facet}: {value}",
            **domains,
        )
        drawings.append(drawing)
    return drawings


def text(outcome: Outcome, spec: ChartSpec, value: str, part: pd.DataFrame) -> str:
    """The result in words, and what a panel shows of it, with one number per head."""
    part = part[part["row"] == "point"]
    axis, name = spec.measured, "y" if spec.y else "x"
    if spec.kind == "lines":
        numbers = part.loc[part.groupby("head", sort=False)["x"].idxmax()].set_index("head")[name]
        where = f"by {spec.x.title}, at the end"
    else:
        numbers = part.groupby("head", sort=False)[name].mean()
        where = f"by {spec.x.title}, mean" if spec.y else "mean"
    floor = -math.inf if axis.floor is None else axis.floor
    texts = [
        f"{head} {'at most ' if number <= floor else ''}{_short(number, axis)}"
        for head, number in numbers.items()
    ]
    panel = f" ({spec.facet} {value})" if value else ""
    return f"{outcome.sentence} {sentence(axis.full_title)}{panel}, {where}: {listed(texts)}. {spec.caption}"


def _short(value: float, axis: Axis) -> str:
    """A value in two significant figures, in percent on an axis of shares."""
    return f"{figures(100 * value)}{NO_BREAK}%" if axis.unit == "%" else figures(value)


def _frame(frame: pd.DataFrame, spec: ChartSpec) -> pd.DataFrame:
    """The columns of the chart, named by their roles in it; only rows with finite values."""
    if spec.rows:
        frame = frame[frame["row"] == spec.rows]
    columns: dict[str, Any] = {"head": frame["head"].astype(object), "x": _values(frame, spec.x)}
    if spec.y is not None:
        columns["y"] = _values(frame, spec.y)
    needed = list(columns)[1:]
    if spec.interval:
        columns |= {end: _values(frame, spec.measured, f"_{end}") for end in ("low", "high")}
    if spec.facet:
        columns["facet"] = frame[spec.facet].astype(object)
    columns |= {f"{each}_text": texts(columns[each], axis.unit) for each, axis in _axes(spec).items()}
    if spec.interval:
        measured = columns["x" if spec.y is None else "y"]
        ends = zip(measured, columns["low"], columns["high"], strict=True)
        columns["interval_text"] = [bounds(*each, spec.measured.unit) for each in ends]
    found = pd.DataFrame(columns).assign(row="point")
    return found[np.isfinite(found[needed].to_numpy(float)).all(-1)].reset_index(drop=True)


def _values(frame: pd.DataFrame, axis: Axis, end: str = "") -> "pd.Series[float]":
    values = axis.scale * frame[axis.column + end].astype(float)
    if axis.floor is not None:
        return values.clip(lower=axis.floor)
    return values.where(values > 0) if axis.logarithmic else values


def _labelled(part: pd.DataFrame, spec: ChartSpec, domain: Domain) -> pd.DataFrame:
    """A panel's rows, and a row "label" for the name of each line."""
    ends = part.loc[part.groupby("head", sort=False)["x"].idxmax()]
    axis = "log" if spec.measured.logarithmic else "linear"
    places = places_within(ends["y"].to_numpy(float), *domain, axis)
    names = ends.assign(row="label", end=ends["y"], label_at=places)
    return pd.concat([part, names], ignore_index=True)


def _domain(frame: pd.DataFrame, spec: ChartSpec, axis: Axis, columns: list[str]) -> Domain:
    """The smallest and largest value of all panels along an axis."""
    measured = frame[frame.columns.intersection(columns)].to_numpy(float)
    values = measured[np.isfinite(measured)]
    if spec.reference is not None and axis is spec.measured:
        values = np.append(values, spec.reference)
    if not values.size:
        return (0.1, 1.0)
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low, low + (abs(low) or 1.0))


def _scale(axis: Axis, domain: Domain) -> alt.Scale:
    if axis.logarithmic:
        return alt.Scale(type="log", domain=list(domain), nice=False, padding=6)
    return alt.Scale(domain=list(domain), nice=axis.unit != "%", zero=False)


def _place(
    channel: type[Channel], axis: Axis, domain: Domain, column: str = "", titled: bool = True
) -> Channel:
    """Values along an axis of a claim, by default those of the column "x" or "y"."""
    return channel(
        f"{column or channel.__name__.lower()}:Q",
        title=axis.full_title if titled else None,
        scale=_scale(axis, domain),
        axis=numbers(axis.unit, tickCount=4),
    )


def _up(spec: ChartSpec, domain: Domain) -> alt.Y:
    """The measured values; small panels have the axis' title in their heading."""
    return _place(alt.Y, spec.measured, domain, titled=spec.facet != "head")


def _rule(base: alt.Chart) -> alt.Chart:
    return base.mark_rule(color=RULE, strokeDash=[4, 3], aria=False)


def _rules(base: alt.Chart, spec: ChartSpec, x: Domain, y: Domain) -> list[alt.Chart]:
    """The reference line, if there is one: y = x, or a value of y."""
    up = _scale(spec.measured, y)
    if spec.diagonal:
        low, high = max(x[0], y[0]), min(x[1], y[1])
        diagonal = _rule(base).encode(
            x=alt.X(datum=low, scale=_scale(spec.x, x), title=None),
            x2=alt.X2(datum=high),
            y=alt.Y(datum=low, scale=up, title=None),
            y2=alt.Y2(datum=high),
        )
        return [diagonal]
    if spec.reference is not None:
        return [_rule(base).encode(y=alt.Y(datum=spec.reference, scale=up, title=None))]
    return []


def _axes(spec: ChartSpec) -> dict[str, Axis]:
    """The axes by their columns in the chart's frame."""
    return {"x": spec.x} if spec.y is None else {"x": spec.x, "y": spec.y}


def _tooltip(spec: ChartSpec) -> list[alt.Tooltip]:
    lines = [words("head", "head")]
    lines += [words(f"{column}_text", axis.title) for column, axis in _axes(spec).items()]
    return [*lines, words("interval_text", "interval")] if spec.interval else lines


def _named(layers: list[alt.Chart], title: str, height: int) -> Chart:
    """The layers of a panel in one chart with a heading, if there is a title."""
    chart: Chart = alt.layer(*layers).properties(
        height=height, **({"title": panel_title(title)} if title else {})
    )
    return chart
