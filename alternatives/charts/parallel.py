"""Settings and measures side by side, as parallel coordinates: a line for each comparison and head.

A line joins what was set, on the axes to the left, with what was measured, on those to the right, as means
over the seeds. Many lines become means over settings too: over those with most values first. Dragging along
an axis keeps the lines that go through that part of it; several axes can be narrowed at a time.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.highlight import FAINT
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash
from alternatives.charts.tables import ARROWS
from alternatives.charts.tooltips import words
from alternatives.experiments import Comparison
from alternatives.measures import measure
from alternatives.memory import once
from alternatives.state.text import label
from alternatives.sweeps import KEY, Found
from alternatives.sweeps.reading import written
from alternatives.sweeps.view import DIFFERENCES
from alternatives.wording import brief, counted, listed, sentence, signed, with_unit

AXES = 300
"""Height in pixels of the axes."""
TITLE, KEY_ROW = 13, 20
"""The same of a line of their titles, and of a head in the key below them."""
MOST_WORDS = 4
"""Lines of a title."""
LEFT, RIGHT = 0.7, 0.5
"""Room beside the first and the last axis, in distances between axes."""
MOST_LINES = 400
MOST_TICKS = 14
"""Values of a setting that are named beside its axis; of more, so many of them."""
MOST_SETTINGS = 4
ALWAYS = ("accuracy", "log loss", "confidence minus accuracy")
"""Measures that have an axis beside the one that heads are ranked by."""
LONGEST_TICK = 14


class Lines(NamedTuple):
    """Lines with a head and a value for each setting and measure, and which of these there are.

    `settings` have an axis each, `averaged` are settings over which lines are means.
    """

    frame: pd.DataFrame
    settings: tuple[str, ...]
    averaged: tuple[str, ...]
    measures: tuple[str, ...]


@once
def lines(found: Found) -> Lines:
    """The lines of a sweep, no more than a reader can follow."""
    measures = tuple(dict.fromkeys((found.view.measure, *ALWAYS)))
    measures = tuple(name for name in measures if name in found.swept.rows)
    rows = found.rows[found.rows["head"].isin(found.heads)]
    kept = [name for name in found.swept.varied if len(rows[name].unique()) > 1]
    settings = [*kept]
    means = rows.groupby([KEY, "head"], sort=False)[list(measures)].mean(skipna=False)
    means = means.join(found.comparisons[["dataset", *[name for name in kept if name != "dataset"]]], on=KEY)
    if found.view.shown == DIFFERENCES and len(found.heads) > 1:
        own = means.xs(found.baseline, level="head")[list(measures)].reindex(means.index.get_level_values(0))
        means[list(measures)] -= own.to_numpy()
        means = means[means.index.get_level_values("head") != found.baseline]
    frame = means.reset_index()
    n_lines = len(frame)
    while settings and (n_lines > MOST_LINES or len(settings) > MOST_SETTINGS):
        settings.remove(max(settings, key=lambda name: (name != "dataset", frame[name].nunique())))
        n_lines = len(frame[["head", *settings]].drop_duplicates())
    if len(settings) < len(kept):
        frame = (
            frame.groupby(["head", *settings], sort=False)[list(measures)].mean(skipna=False).reset_index()
        )
    averaged = tuple(name for name in kept if name not in settings)
    return Lines(frame, tuple(settings), averaged, measures)


def heads_shown(found: Found) -> Heads:
    """The heads that have lines."""
    return tuple(dict.fromkeys(head for head in found.heads if head in set(lines(found).frame["head"])))


@once
def drawing(found: Found) -> Drawing:
    """The chart."""
    made = lines(found)
    axes, columns, heads = [], {}, heads_shown(found)
    ticks: dict[str, list[Any]] = {"axis": [], "at": [], "text": [], "side": []}
    texts = {}
    for place, name in enumerate((*made.settings, *made.measures)):
        is_setting = place < len(made.settings)
        make = _of_setting if is_setting else _of_measure
        axis, at, said, marks = make(found, made, name)
        axes.append(axis)
        columns[f"p{place}"], texts[f"t{place}"] = at, np.array(said, object)
        for where, text in marks:
            ticks["axis"].append(float(place))
            ticks["at"].append(where)
            ticks["text"].append(text)
            ticks["side"].append("left" if is_setting else "right")
    n = len(made.frame)
    zeros = {f"p{place}": np.zeros(1) for place in range(len(axes))}
    frame = stacked(
        line={"head": made.frame["head"].to_numpy(object), "line": np.arange(n) + 0.0, **columns, **texts},
        axis={"top": np.ones(1), **zeros},
        tick={
            "axis": np.array(ticks["axis"], float),
            "at": np.array(ticks["at"], float),
            "text": np.array(ticks["text"], object),
            "side": np.array(ticks["side"], object),
        },
        title=_titles(axes),
        key={"head": np.array(heads, object), "at": -KEY_ROW * (np.arange(len(heads)) + 1.0) / AXES},
    )
    return Drawing(
        chart,
        frame,
        f"{subject(found)}, {counted(n, 'line')}",
        finding(found),
        heads=heads,
        axes=tuple(axes),
    )


def _titles(axes: Sequence[str]) -> Columns:
    """The titles, a word a line, so that they have room on a telephone."""
    words = [(place, sentence(title).split(" ", MOST_WORDS - 1)) for place, title in enumerate(axes)]
    rows = [
        (float(place), 1 + TITLE * (len(parts) - line) / AXES, part)
        for place, parts in words
        for line, part in enumerate(parts)
    ]
    axis, at, text = zip(*rows, strict=True)
    return {"axis": np.array(axis), "at": np.array(at), "text": np.array(text, object)}


def subject(found: Found) -> str:
    """What the chart shows."""
    made = lines(found)
    less = f", less {found.baseline}" if _is_difference(found) else ""
    names = [setting_label(name) for name in made.settings]
    return f"Settings ({listed(names, none='none varies')}) and measures ({listed(made.measures)}{less})"


def finding(found: Found) -> str:
    """The mean of the measure that heads are ranked by, over all lines."""
    made, name = lines(found), found.view.measure
    if name not in made.measures or not len(made.frame):
        return "nothing to draw"
    means = made.frame.groupby("head", sort=False)[name].mean()
    texts = [f"{head} {_text(found, name, float(value))}" for head, value in means.items()]
    return f"mean {name} over the lines: {listed(texts)}"


def setting_label(name: str) -> str:
    """A setting's name as the controls have it, within a sentence."""
    fields = {in_links: field for field, in_links in Comparison.names().items()}
    return Comparison.in_words(fields[name]) if name in fields else label(name)


def _is_difference(found: Found) -> bool:
    return found.view.shown == DIFFERENCES and len(found.heads) > 1


def _text(found: Found, name: str, value: float) -> str:
    unit = measure(name).unit
    if not np.isfinite(value):
        return "none: it diverged"
    if _is_difference(found):
        return with_unit(signed(value, unit), "points" if unit == "%" else unit)
    return measure(name).text(value)


def _of_setting(
    found: Found, made: Lines, name: str
) -> tuple[str, np.ndarray, list[str], list[tuple[float, str]]]:
    """A setting's axis, places along it, texts, and the values beside it."""
    values = [value for value in found.swept.varied[name] if value in set(made.frame[name])]
    places = {value: index / max(len(values) - 1, 1) for index, value in enumerate(values)}
    at = made.frame[name].map(places).to_numpy(float)
    step = -(-len(values) // MOST_TICKS)
    marks = [(places[value], brief(written(value), LONGEST_TICK)) for value in values[::step]]
    return setting_label(name), at, [written(value) for value in made.frame[name]], marks


def _of_measure(
    found: Found, made: Lines, name: str
) -> tuple[str, np.ndarray, list[str], list[tuple[float, str]]]:
    """The same of a measure. A line that diverged ends before it."""
    values = made.frame[name].to_numpy(float)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    at = (values - low) / ((high - low) or 1.0)
    inner = [(0.0, low), (1.0, high)]
    if low < 0 < high:
        inner.append((-low / (high - low), 0.0))
    each = measure(name)
    unit, short = each.unit_of_values, each.number
    if _is_difference(found):
        unit, short = "points" if each.unit == "%" else each.unit, partial(signed, unit=each.unit)
    marks = [(where, "0" if value == 0 else short(value)) for where, value in inner]
    title = f"{name} ({unit})" if unit else name
    texts = [_text(found, name, value) for value in values.tolist()]
    return title + ARROWS.get(measure(name).better or "", ""), at, texts, marks


def chart(data: Data, heads: Heads, axes: tuple[str, ...]) -> Chart:
    """The marks.

    The columns are head, row, line, axis, at, text, side, top and, for each axis, p0, p1, … (places from 0 to
    1) and t0, t1, … (what is there in words).
    """
    n = len(axes)
    brushes = [_brush(place) for place in range(n)]
    below, above = KEY_ROW * (len(heads) + 0.5), TITLE * (MOST_WORDS + 1)
    x_scale = alt.Scale(domain=[-LEFT, n - 1 + RIGHT], nice=False)
    y_scale = alt.Scale(domain=[-below / AXES, 1 + above / AXES], nice=False)
    y = alt.Y("at:Q", title=None, scale=y_scale, axis=None)
    line, own_axis, tick, title, key = layers(alt.Chart(data), "line", "axis", "tick", "title", "key")
    away: dict[str, Any] = {"not": {"and": [{"param": f"brush{place}"} for place in range(n)]}}
    tooltip = [words("head", "head"), *(words(f"t{place}", each) for place, each in enumerate(axes))]
    folded = line.transform_fold(
        [f"p{place}" for place in range(n)], as_=["name", "place"]
    ).transform_calculate(number="toNumber(slice(datum.name, 1))")
    curves = folded.mark_line(strokeWidth=1.6, clip=True).encode(
        x=alt.X("number:Q", title=None, scale=x_scale, axis=None),
        y=alt.Y("place:Q", title=None, scale=y_scale, axis=None),
        detail="line:N",
        order="number:Q",
        color=by_colour(heads),
        strokeDash=by_dash(heads),
        opacity=alt.OpacityValue(condition={"test": away, "value": FAINT}, value=0.75),
        tooltip=tooltip,
    )
    marks: list[alt.Chart] = [curves]
    for place in range(n):
        x = alt.X(datum=place, title=None, scale=x_scale, axis=None)
        ends: dict[str, Any] = {
            "x": x,
            "y": alt.Y(f"p{place}:Q", title=None, scale=y_scale, axis=None),
            "y2": "top:Q",
        }
        kept = own_axis.transform_calculate(
            low=f"brush{place}.p{place} ? brush{place}.p{place}[0] : null",
            high=f"brush{place}.p{place} ? brush{place}.p{place}[1] : null",
        )
        marks += [
            own_axis.mark_rule(color=RULE, strokeWidth=1.5, aria=False).encode(**ends),
            kept.mark_rule(color=INK, strokeWidth=7, opacity=0.7, aria=False).encode(
                x=x, y=alt.Y("low:Q", title=None, scale=y_scale, axis=None), y2="high:Q"
            ),
            own_axis.mark_rule(strokeWidth=34, opacity=0.001, cursor="ns-resize", aria=False)
            .encode(**ends)
            .properties(name=f"axis{place}")
            .add_params(brushes[place]),
        ]
    across = alt.X("axis:Q", title=None, scale=x_scale, axis=None)
    room = alt.ExprRef(f"0.6 * width / {n - 1 + LEFT + RIGHT}")
    sides: tuple[tuple[str, Literal["left", "right"], int], ...]
    sides = ("left", "right", -7), ("right", "left", 7)
    for side, align, dx in sides:
        labels = tick.transform_filter(f"datum.side === '{side}'").mark_text(
            align=align, dx=dx, fontSize=11, limit=room, aria=False
        )
        marks.append(labels.encode(x=across, y=y, text="text:N"))
    return alt.layer(
        *marks,
        title.mark_text(fontWeight=600, fontSize=11, aria=False).encode(x=across, y=y, text="text:N"),
        key.mark_rule(strokeWidth=2.5, aria=False).encode(
            x=alt.value(0), x2=alt.value(36), y=y, color=by_colour(heads), strokeDash=by_dash(heads)
        ),
        key.mark_text(align="left", aria=False).encode(x=alt.value(44), y=y, text="head:N"),
    ).properties(height=int(AXES + above + below))


def _brush(place: int) -> alt.Parameter:
    """What is kept of one axis: it is drawn along that axis alone, so that axes don't collide."""
    return alt.selection_interval(
        name=f"brush{place}",
        encodings=["y"],
        on=f"[@axis{place}_marks:pointerdown, window:pointerup] > window:pointermove!",
        translate=False,
        zoom=False,
        mark=alt.BrushConfig(fill="none", stroke="none", fillOpacity=0, strokeOpacity=0),
    )
