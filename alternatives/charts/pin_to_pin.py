"""A measure of every head from pin to pin: what each change did, in one chart."""

import textwrap
from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.axes import HEIGHT, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.highlight import fading, opacity, pointed
from alternatives.charts.labels import label_places, named_ends
from alternatives.charts.layers import layers, stacked, where
from alternatives.charts.look import INK, Heads, by_colour, by_dash, by_shape
from alternatives.charts.quantities import Quantity, quantity
from alternatives.charts.tooltips import mean_and_interval, mean_texts, words
from alternatives.measures import measure as measure_named
from alternatives.memory import once
from alternatives.sessions.beside import NOT_COMPARABLE, REFERENCE, Beside
from alternatives.sessions.beside_words import SAME_RUNS
from alternatives.wording import brief, listed, sentence, unbroken

MOST_LETTERS, MOST_LINES = 16, 2
"""Of a pin's name below a chart."""
FEW_LETTERS, MORE_LINES = 9, 4
"""The same where the chart is narrow: names that begin alike can be told apart by their ends."""
NARROW = 95
"""Pixels from one pin to the next, below which a chart is narrow."""
MARGIN = 0.3
"""Room beside the first pin and the last, as a share of the distance of two pins."""
DODGE = 0.05
"""Distance of two heads' marks at a pin, as a share of that of two pins."""


@once
def drawing(beside: Beside, measure: str, highlighted: str = "") -> Drawing:
    """A measure of every head from pin to pin; pins on different data sets aren't joined."""
    shown = quantity(measure, beside.base.experiment)
    names = [_lines_of(name, MOST_LETTERS, MOST_LINES) for name in beside.names]
    narrow = [_lines_of(name, FEW_LETTERS, MORE_LINES) for name in beside.names]
    names[beside.reference].append("(reference)")
    narrow[beside.reference].append(REFERENCE)
    return Drawing(
        chart,
        fading(_frame(beside, measure, shown), highlighted),
        f"{sentence(measure)} of each head from pin to pin, mean over the seeds",
        _finding(beside, measure),
        {"pins": names, "narrow": narrow},
        heads=beside.heads,
        n_pins=len(names),
        title=shown.axis_title,
        unit=shown.unit,
        least=shown.least,
        most=shown.most,
    )


def _lines_of(name: str, letters: int, lines: int) -> list[str]:
    """A pin's name as it stands below a chart."""
    wrapped = textwrap.wrap(unbroken(name), letters, max_lines=lines, placeholder="…")
    return [brief(line, letters) for line in wrapped]


def _frame(beside: Beside, measure: str, shown: Quantity) -> Columns:
    """Rows "mean" of each head in each pin, and "label" with its name at its last pin."""
    frame = beside.frame_of(measure)
    each = {str(name): column.to_numpy() for name, column in frame.items()}
    mean, low, high = (shown.scale * each[name] for name in ("mean", "low", "high"))
    low, high = (np.clip(end, shown.least, shown.most) for end in (low, high))
    pin = np.array([beside.names.index(name) for name in each["pin"]])
    head = np.array([beside.heads.index(name) for name in each["head"]])
    dodge = DODGE * min(1, 6 / len(beside.heads)) * (head - (len(beside.heads) - 1) / 2)
    data = [beside.results[index].experiment.dataset for index in range(len(beside.names))]
    columns = {
        "head": each["head"],
        "pin": np.array([unbroken(name) for name in each["pin"]], object),
        "place": pin + dodge,
        "data": np.array([data.index(each) for each in data])[pin],
        "mean": mean,
        "low": low,
        "high": high,
        "change_text": np.array([_change(row) for row in frame.to_dict("records")], object),
    }
    columns |= mean_texts(mean, low, high, shown.unit)
    present = where(columns, np.isfinite(mean))
    last = [np.flatnonzero(present["head"] == name)[-1:] for name in beside.heads]
    ends = where(present, np.concatenate([np.zeros(0, int), *last]))
    values = np.concatenate([present["mean"], present["low"], present["high"]])
    label = {
        "head": ends["head"],
        "last": ends["place"],
        "place": np.full(len(ends["head"]), len(beside.names) - 1 + MARGIN),
        "end": ends["mean"],
        "label_at": label_places(values, ends["mean"], "linear", shown.least, shown.most),
    }
    return stacked(mean=present, label=label)


def _change(row: Mapping[Any, Any]) -> str:
    """``−3.6 points (−5.6 to −1.7), worse``."""
    if row["verdict"] in (REFERENCE, NOT_COMPARABLE, SAME_RUNS):
        return str(row["verdict"])
    each = measure_named(row["measure"])
    difference, low, high = each.interval_texts(row)
    if difference == "–":
        return "not in the reference"
    bounds = f" ({low} to {high})" if "–" not in (low, high) else ""
    unit = {"%": " points", "": ""}.get(each.unit, f" {each.unit}")
    return f"{difference}{unit}{bounds}{', ' if row['verdict'] else ''}{row['verdict'] or ''}"


def _finding(beside: Beside, measure: str) -> str:
    """Which heads change beyond chance, pin by pin."""
    frame = beside.frame_of(measure)
    clauses = []
    for index in beside.others:
        rows = frame[frame["pin"] == beside.names[index]]
        told = [
            f"{verdict} for {listed(rows.loc[rows['verdict'] == verdict, 'head'])}"
            for verdict in rows["verdict"].dropna().unique()
            if verdict != NOT_COMPARABLE
        ]
        if not beside.comparable(index):
            told = ["on another data set"]
        clauses.append(f"{beside.names[index]}: {', '.join(told) or 'without verdicts'}")
    return f"compared with {beside.names[beside.reference]}, {'; '.join(clauses)}" if clauses else "one pin"


def chart(data: Data, heads: Heads, n_pins: int, title: str, unit: str, least: float, most: float) -> Chart:
    """The marks.

    The columns are head, pin, place, data, mean, low, high, mean_text, interval_text, change_text, last,
    end, label_at, faded. The parameters `pins` and `narrow` have the lines of each pin's name.
    """
    distance = f"width / {n_pins - 1 + 2 * MARGIN:g}"
    at_pins = alt.Axis(
        values=list(range(n_pins)),
        labelExpr=f"{distance} < {NARROW} ? narrow[datum.value] : pins[datum.value]",
        labelLimit=alt.ExprRef(distance),
        labelOverlap=False,
        grid=True,
    )
    scale = alt.Scale(domain=[-MARGIN, n_pins - 1 + MARGIN], nice=False)
    x = alt.X("place:Q", title=None, scale=scale, axis=at_pins)
    y = alt.Y("mean:Q", title=title, scale=alt.Scale(zero=False), axis=axis(unit, least, most))
    base = alt.Chart(data).encode(x=x, color=by_colour(heads))
    means, names = layers(base, "mean", "label")
    tooltip = [
        words("pin", "pin"),
        words("head", "head"),
        *mean_and_interval(),
        words("change_text", "change"),
    ]
    marks = [
        means.mark_line(strokeWidth=2).encode(
            y=y, strokeDash=by_dash(heads), detail="data:N", tooltip=tooltip, opacity=opacity(1)
        ),
        means.mark_rule(strokeWidth=2, aria=False).encode(
            y=alt.Y("low:Q", title=title), y2="high:Q", tooltip=tooltip, opacity=opacity(0.8)
        ),
        means.mark_point(size=90, filled=True, stroke=INK, strokeWidth=1)
        .encode(y=y, shape=by_shape(heads), tooltip=tooltip, opacity=opacity(1))
        .add_params(pointed()),
    ]
    leading = names.mark_rule(strokeWidth=1, strokeDash=[1, 3], aria=False).encode(
        x=alt.X("last:Q", title=None), x2="place", y=alt.Y("end:Q", title=title)
    )
    to_names = [leading, *named_ends(names, x, title)]
    to_names = [each.encode(opacity=opacity(1)) for each in to_names]
    return alt.layer(*marks, *to_names).properties(height=HEIGHT)
