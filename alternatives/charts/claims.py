"""The charts of a claim, as its `ChartSpec` says, each with its frame and its text for screen readers."""

import math
from collections.abc import Callable
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts.axes import HEIGHT, height_of_rows
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.labels import named_ends, places_within
from alternatives.charts.layers import rows
from alternatives.charts.look import (
    INK,
    RULE,
    Heads,
    by_colour,
    by_dash,
    by_shape,
    panel_title,
)
from alternatives.claims import Axis, ChartSpec, Outcome
from alternatives.claims.mechanism.rule import rounded
from alternatives.wording import listed, sentence

Domain = tuple[float, float]

SPEAKING = (None, "head", "dataset", "input", "entry")
"""Columns whose values are headings without the name of the column."""

PANEL = 200
"""Height in pixels of a panel for one head."""


def lines(data: Data, spec: ChartSpec, heads: Heads, own: str, title: str, x: Domain, y: Domain) -> Chart:
    """One line per head, the claim's own thicker, with its interval if there is one.

    Parameters
    ----------
    data : frame
        Columns head, row, x, y, low, high, end, label_at; see `panels`.
    spec : ChartSpec
    heads : tuple of str
    own : str
        The head that the claim is about.
    title : str
        The panel's; empty for a chart without panels.
    x, y : tuple of float
        Ends of the axes, the same for all panels.
    """
    assert spec.y is not None
    across, up = _x(spec.x, x), _y(spec.y, y, titled=spec.facet != "head")
    base, is_own = alt.Chart(data), f"datum.head === {own!r}"
    curve = base.transform_filter(rows("point"))
    layers = [*_rules(base, spec, x, y)]
    if spec.interval:
        layers.append(
            curve.mark_area().encode(
                x=across,
                y=_y(spec.y, y, "low"),
                y2="high:Q",
                color=by_colour(heads),
                opacity=alt.condition(is_own, alt.value(0.25), alt.value(0.06)),
            )
        )
    layers.append(
        curve.mark_line(clip=True).encode(
            x=across,
            y=up,
            color=by_colour(heads),
            strokeDash=by_dash(heads),
            strokeWidth=alt.condition(is_own, alt.value(3.5), alt.value(1.6)),
            tooltip=_tooltip(spec),
        )
    )
    if len(heads) > 1:
        label = base.transform_filter(rows("label")).encode(color=by_colour(heads))
        layers += named_ends(label, across, spec.y.title)
    return _named(alt.layer(*layers), title, PANEL if len(heads) == 1 else _room(heads))


def points(data: Data, spec: ChartSpec, heads: Heads, own: str, title: str, x: Domain, y: Domain) -> Chart:
    """One point per row; parameters as of `lines`."""
    assert spec.y is not None
    base = alt.Chart(data)
    cloud = (
        base.transform_filter(rows("point"))
        .mark_point(opacity=0.75, size=45, strokeWidth=1.5)
        .encode(
            x=_x(spec.x, x),
            y=_y(spec.y, y, titled=spec.facet != "head"),
            fill=by_colour(heads),
            stroke=by_colour(heads),  # one of the shapes is a stroke alone
            shape=by_shape(heads),
            tooltip=_tooltip(spec),
        )
    )
    layers = [*_rules(base, spec, x, y), cloud]
    return _named(alt.layer(*layers), title, PANEL if len(heads) == 1 else HEIGHT)


def dots(data: Data, spec: ChartSpec, heads: Heads, own: str, title: str, x: Domain) -> Chart:
    """One row of dots per head, with intervals; parameters as of `lines`."""
    base = alt.Chart(data)
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), title=None, axis=alt.Axis(labelLimit=190))
    layers: list[alt.Chart] = []
    if spec.reference is not None:
        at = alt.X(datum=spec.reference, scale=_scale(spec.x, x), title=None)
        layers.append(base.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(x=at))
    point = base.transform_filter(rows("point"))
    if spec.interval:
        layers.append(
            point.mark_rule(strokeWidth=2.5).encode(
                x=_x(spec.x, x, "low"), x2="high:Q", y=y, color=by_colour(heads)
            )
        )
    layers.append(
        point.mark_point(
            filled=True, size=90 if spec.interval else 45, opacity=0.8, stroke=INK, strokeWidth=0.6
        ).encode(x=_x(spec.x, x), y=y, color=by_colour(heads), shape=by_shape(heads), tooltip=_tooltip(spec))
    )
    return _named(alt.layer(*layers), title, height_of_rows(len(heads)))


def panels(outcome: Outcome, spec: ChartSpec) -> list[Drawing]:
    """A chart of a claim: one drawing, or one for each value of the facet's column."""
    frame = _frame(outcome.frame, spec)
    heads = tuple(dict.fromkeys(frame["head"]))
    parts = (
        [("", frame)]
        if spec.facet is None
        else [(str(value), part) for value, part in frame.groupby("facet", sort=False)]
    )
    x = _domain(parts, spec.x, ["x", *(["low", "high"] if spec.kind == "dots" else [])], spec)
    domains = {"x": x}
    if spec.y is not None:
        domains["y"] = _domain(parts, spec.y, ["y", "low", "high"], spec)
    if spec.kind == "lines" and spec.facet != "head":
        parts = [(value, _labelled(part, spec, domains["y"])) for value, part in parts]
    kinds: dict[str, Callable[..., Chart]] = {"lines": lines, "points": points, "dots": dots}
    return [
        Drawing(
            kinds[spec.kind],
            part,
            text(outcome, spec, value, part),
            spec=spec,
            heads=(value,) if spec.facet == "head" else heads,
            own=outcome.claim.head,
            title=value if spec.facet in SPEAKING else f"{spec.facet}: {value}",
            **domains,
        )
        for value, part in parts
    ]


def text(outcome: Outcome, spec: ChartSpec, value: str, part: pd.DataFrame) -> str:
    """The result in words, and what a panel shows of it, with one number per head."""
    part = part[part["row"] == "point"]
    y, name = spec.measured, "x" if spec.y is None else "y"
    factor = 100 if y.percent else 1
    if spec.kind == "lines":
        chosen = part.loc[part.groupby("head", sort=False)["x"].idxmax()].set_index("head")[name]
        where = f"by {spec.x.title}, at the end"
    else:
        chosen = part.groupby("head", sort=False)[name].mean()
        where = "mean" if spec.y is None else f"by {spec.x.title}, mean"
    floor = -math.inf if y.floor is None else y.floor
    numbers = [
        f"{head} {'at most ' if number <= floor else ''}{rounded(factor * number)}"
        for head, number in chosen.items()
    ]
    panel = f" ({spec.facet} {value})" if value else ""
    return f"{outcome.sentence} {sentence(y.title)}{panel}, {where}: {listed(numbers)}. {spec.caption}"


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
    found = pd.DataFrame(columns).assign(row="point")
    return found[np.isfinite(found[needed].to_numpy(float)).all(-1)].reset_index(drop=True)


def _values(frame: pd.DataFrame, axis: Axis, end: str = "") -> "pd.Series[float]":
    values = frame[axis.column + end].astype(float)
    if axis.floor is not None:
        return values.clip(lower=axis.floor)
    return values.where(values > 0) if axis.logarithmic else values


def _labelled(part: pd.DataFrame, spec: ChartSpec, domain: Domain) -> pd.DataFrame:
    assert spec.y is not None
    ends = part.loc[part.groupby("head", sort=False)["x"].idxmax()]
    axis = "log" if spec.y.logarithmic else "linear"
    places = places_within(ends["y"].to_numpy(float), *domain, axis)
    names = ends.assign(row="label", end=ends["y"], label_at=places)
    return pd.concat([part, names], ignore_index=True)


def _domain(parts: list[tuple[str, pd.DataFrame]], axis: Axis, columns: list[str], spec: ChartSpec) -> Domain:
    """The smallest and largest value of all panels along an axis."""
    found = [part[name].to_numpy(float) for _, part in parts for name in columns if name in part]
    if spec.reference is not None and (spec.y is None or axis is spec.y):
        found.append(np.array([spec.reference]))
    values = np.concatenate(found) if found else np.array([])
    values = values[np.isfinite(values)]
    if not values.size:
        return (0.1, 1.0)
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low, low + (abs(low) or 1.0))


def _scale(axis: Axis, domain: Domain) -> alt.Scale:
    if axis.logarithmic:
        return alt.Scale(type="log", domain=list(domain), nice=False, padding=6)
    return alt.Scale(domain=list(domain), nice=True, zero=False)


def _ticks(axis: Axis) -> alt.Axis:
    shown = "100 * datum.value" if axis.percent else "datum.value"
    tiny = "datum.value > 0 && datum.value < 0.001"
    return alt.Axis(tickCount=4, labelExpr=f"{tiny} ? format({shown}, '.0e') : format({shown}, ',.3~r')")


def _x(axis: Axis, domain: Domain, column: str = "x") -> alt.X:
    return alt.X(f"{column}:Q", title=axis.title, scale=_scale(axis, domain), axis=_ticks(axis))


def _y(axis: Axis, domain: Domain, column: str = "y", titled: bool = True) -> alt.Y:
    title = axis.title if titled else None  # small panels have it in their heading
    return alt.Y(f"{column}:Q", title=title, scale=_scale(axis, domain), axis=_ticks(axis))


def _rules(base: alt.Chart, spec: ChartSpec, x: Domain, y: Domain) -> list[alt.Chart]:
    """The reference line: y = x, or a value of y."""
    assert spec.y is not None
    rule = base.mark_rule(color=RULE, strokeDash=[4, 3], aria=False)
    if spec.diagonal:
        low, high = max(x[0], y[0]), min(x[1], y[1])
        across, up = _scale(spec.x, x), _scale(spec.y, y)
        return [
            rule.encode(
                x=alt.X(datum=low, scale=across, title=None),
                x2=alt.X2(datum=high),
                y=alt.Y(datum=low, scale=up, title=None),
                y2=alt.Y2(datum=high),
            )
        ]
    if spec.reference is not None:
        return [rule.encode(y=alt.Y(datum=spec.reference, scale=_scale(spec.y, y), title=None))]
    return []


def _tooltip(spec: ChartSpec) -> list[Any]:
    axes = [(spec.x, "x"), *([(spec.y, "y")] if spec.y else [])]
    return [
        "head:N",
        *(
            alt.Tooltip(f"{column}:Q", title=axis.title, format=".3~p" if axis.percent else ".3~g")
            for axis, column in axes
        ),
    ]


def _room(heads: Heads) -> int:
    """Height in pixels of a chart that names this many lines."""
    return max(HEIGHT, math.ceil(24 * len(heads)))


def _named(chart: Any, title: str, high: int) -> Chart:
    named: Chart = chart.properties(height=high, **({"title": panel_title(title)} if title else {}))
    return named
