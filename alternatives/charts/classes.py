"""The charts by number of classes: differences from the baseline, and the measures themselves."""

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives import wording
from alternatives.charts import lines
from alternatives.charts.axes import HEIGHT, SYMMETRIC, axis
from alternatives.charts.drawing import Chart, Data, Drawing, once
from alternatives.charts.labels import label_places, short
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape
from alternatives.charts.quantities import possible
from alternatives.charts.tooltips import CI, count, words
from alternatives.experiments.classes import ClassCountsResults
from alternatives.experiments.curves import Band
from alternatives.heads import Floats
from alternatives.measures import MEASURES
from alternatives.wording import listed, sentence

UNITS = {"log loss": "nats", "accuracy": "points", "confidence minus accuracy": "points"}
"""The unit of each measure's differences."""

TICKS = {
    "nats": (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    "points": (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
}
"""Numbers on the axis on either side of 0, by unit."""

LEAST_LINEAR = {"nats": 0.005, "points": 0.25}
"""The axis is linear up to the margin, or up to this much where the margin is smaller."""

APART, WIDEST = 0.018, 0.03
"""Distance between two heads' marks at one number of classes, and the most that one is from it.

Both are shares of the axis."""


def in_unit(values: Floats, measure: str) -> Floats:
    """Values of a measure in the unit of its differences."""
    return values * 100 if UNITS[measure] == "points" else values


@once
def differences(results: ClassCountsResults, measure: str) -> Drawing:
    """The difference from the baseline by number of classes."""
    experiment, heads, unit = results.experiment, results.others, UNITS[measure]
    rows = results.summary[(results.summary["measure"] == measure)]
    rows = rows[rows["head"] != experiment.baseline]
    mean, low, high = (
        in_unit(rows[name].to_numpy(), measure)
        for name in ("difference", "difference_low", "difference_high")
    )
    if unit == "points":
        low, high = (np.clip(end, *possible(unit)) for end in (low, high))
    margin = float(in_unit(np.array(experiment.margins[measure]), measure))
    places = _places(rows["n_classes"].to_numpy(), rows["head"].to_numpy(), experiment.used, heads)
    points = {
        "head": rows["head"].to_numpy(object),
        "place": places,
        "n_classes": rows["n_classes"].to_numpy(),
        "mean": mean,
        "low": low,
        "high": high,
        "verdict": rows["verdict"].to_numpy(object),
    }
    points |= _in_words_by_row(rows, measure)
    linear = max(margin, LEAST_LINEAR[unit])
    points = with_value(points, "mean")
    last = [np.flatnonzero(points["head"] == head)[-1] for head in heads if head in set(points["head"])]
    ends = points["mean"][last]
    shown = np.concatenate([points["mean"], points["low"], points["high"], [-margin, margin]])
    label = {
        "head": points["head"][last],
        "place": points["place"][last],
        "edge": np.full(len(last), _ends(experiment.used)[1]),
        "end": ends,
        "label_at": linear * label_places(shown / linear, ends / linear, "symlog"),
    }
    frame = stacked(
        point=points,
        label=label,
        margin={"low": np.array([-margin]), "high": np.array([margin])},
        zero={"mean": np.zeros(1)},
    )
    return Drawing(
        differences_chart,
        frame,
        f"{sentence(measure)}, difference from {experiment.baseline} by number of classes",
        _in_words(results, measure),
        heads=heads,
        title=f"{measure}, difference ({unit})",
        counts=experiment.used,
        ticks=TICKS[unit],
        linear=linear,
    )


def _in_words_by_row(rows: pd.DataFrame, measure: str) -> dict[str, NDArray[np.object_]]:
    """Each difference and its interval as they stand in the table."""
    found = [MEASURES[measure].interval_texts(row) for row in rows.to_dict("records")]
    means = [wording.with_unit(mean, UNITS[measure]) for mean, _, _ in found]
    ends = [wording.with_unit(f"{low} to {high}", UNITS[measure]) for _, low, high in found]
    return {"mean_text": np.array(means, object), "interval_text": np.array(ends, object)}


def _places(counts: Floats, heads: Floats, every: tuple[int, ...], order: Heads) -> Floats:
    """Where marks stand along the axis: heads side by side, so that no interval covers another."""
    index = np.array([order.index(head) for head in heads]) - (len(order) - 1) / 2
    step = min(APART, 2 * WIDEST / max(len(order) - 1, 1))
    places: Floats = counts * np.exp(index * step * _extent(every))
    return places


def _extent(counts: tuple[int, ...]) -> float:
    """The logarithm of the largest number of classes over the smallest."""
    return float(np.log(counts[-1] / counts[0])) if len(counts) > 1 else 1.0


def _ends(counts: tuple[int, ...]) -> list[float]:
    """Where the axis begins and ends, with room for heads side by side."""
    room = np.exp(WIDEST * _extent(counts))
    return [float(counts[0] / room), float(counts[-1] * room)]


def _in_words(results: ClassCountsResults, measure: str) -> str:
    """The verdicts at the smallest and at the largest number of classes."""
    rows = results.summary[results.summary["measure"] == measure]
    parts = []
    for n in dict.fromkeys((results.counts[0], results.counts[-1])):
        at = rows[(rows["n_classes"] == n) & (rows["head"] != results.experiment.baseline)]
        verdicts = [f"{verdict} for {head}" for head, verdict in zip(at["head"], at["verdict"], strict=True)]
        parts.append(f"with {n} classes {listed(verdicts)}")
    return "; ".join(parts)


def differences_chart(
    data: Data, heads: Heads, title: str, counts: tuple[int, ...], ticks: tuple[float, ...], linear: float
) -> Chart:
    """The marks.

    The columns are head, row, place, n_classes, mean, low, high, mean_text, interval_text, verdict, edge,
    end, label_at.
    The axis is linear between −linear and linear, and logarithmic beyond.
    """
    x, titles = _number_of_classes("place", counts), [title, SYMMETRIC]
    both_sides = [*(-tick for tick in reversed(ticks)), 0.0, *ticks]
    scale = alt.Scale(type="symlog", constant=linear, nice=False, padding=6)
    numbers = axis(values=both_sides, sign="+", labelOverlap="greedy")
    y = alt.Y("mean:Q", title=titles, scale=scale, axis=numbers)
    points, label, margin, zero = layers(alt.Chart(data), "point", "label", "margin", "zero")
    points, label = (each.encode(color=by_colour(heads)) for each in (points, label))
    tooltip = [
        words("head", "head"),
        count("n_classes", "classes"),
        words("mean_text", "difference"),
        words("interval_text", CI),
        words("verdict", "verdict"),
    ]
    return alt.layer(
        margin.mark_rect(color=RULE, opacity=0.18, aria=False).encode(
            x=alt.value(0), x2=alt.value("width"), y=alt.Y("low:Q", title=titles), y2="high:Q"
        ),
        zero.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(y=y),
        points.mark_line(strokeWidth=2, aria=False).encode(
            x=x, y=y, strokeDash=by_dash(heads), tooltip=tooltip
        ),
        points.mark_rule(strokeWidth=2, aria=False).encode(
            x=x, y=alt.Y("low:Q", title=titles), y2="high:Q", tooltip=tooltip
        ),
        points.mark_point(size=60, filled=True, opacity=1, stroke=INK, strokeWidth=0.5).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        label.mark_rule(strokeWidth=1.5, x2Offset=12, aria=False).encode(
            x=x, x2="edge:Q", y=alt.Y("end:Q", title=titles), y2="label_at:Q"
        ),
        label.mark_text(align="left", dx=16, text=alt.ExprRef(short("datum.head")), aria=False).encode(
            x=_number_of_classes("edge", counts), y=alt.Y("label_at:Q", title=titles), color=alt.value(INK)
        ),
    ).properties(height=HEIGHT)


def _number_of_classes(column: str, counts: tuple[int, ...]) -> alt.X:
    """The axis of the number of classes, with those that are compared on it."""
    scale = alt.Scale(type="log", nice=False, domain=_ends(counts))
    numbers = axis(values=list(counts), labelOverlap=True)
    return alt.X(f"{column}:Q", title="number of classes", scale=scale, axis=numbers)


@once
def values(results: ClassCountsResults, measure: str) -> Drawing:
    """A measure of every head by number of classes."""
    rows, heads = results.summary[results.summary["measure"] == measure], results.variants
    shape = len(results.counts), len(heads)
    signed = measure == "confidence minus accuracy"
    scaled = [
        rows[name].to_numpy().reshape(shape).T * (100 if signed else 1) for name in ("mean", "low", "high")
    ]
    unit = "points" if signed else "%" if measure == "accuracy" else "nats"
    last = [
        f"{head} {MEASURES[measure].text(float(value))}"
        for head, value in zip(heads, rows["mean"].to_numpy().reshape(shape)[-1], strict=True)
    ]
    return lines.along(
        heads,
        lines.Across("n_classes", "number of classes", logarithmic=True, ticks=results.experiment.used),
        np.array(results.counts),
        Band(*scaled),
        measure,
        unit,
        f"{sentence(measure)} by number of classes, with {results.counts[-1]} classes: {listed(last)}.",
        logarithmic=measure == "log loss",
        label="head",
    )
