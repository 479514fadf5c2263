"""Accuracy against calibration: a mark a head, with its 95 % CI in both directions, named at the right.

The calibration is the calibration error above chance, since the plain one is larger for a head that is less
confident, however well it is calibrated.
"""

from typing import Any

import altair as alt
import numpy as np

from alternatives.charts import by_variant
from alternatives.charts.axes import HEIGHT, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.labels import label_places, named_ends
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_shape
from alternatives.charts.phrases import of_measure
from alternatives.charts.quantities import quantity
from alternatives.charts.tooltips import CI, mean_texts, words
from alternatives.experiments import ComparisonResults
from alternatives.memory import once

UP, ACROSS = "accuracy", "calibration error above chance"
UP_TITLE, ACROSS_TITLE = ["accuracy", "better →"], [f"{ACROSS} (points)", "← better"]
ROOM = 0.04
"""Room right of the last mark, as a share of the axis."""


@once
def drawing(results: ComparisonResults) -> Drawing:
    """All heads."""
    found = [f"{measure}: {by_variant.finding(results, measure)}" for measure in (UP, ACROSS)]
    return Drawing(
        chart,
        frame(results),
        "Accuracy against calibration of each head",
        "; ".join(found),
        heads=results.variants,
    )


def frame(results: ComparisonResults) -> Columns:
    """Rows "mean" with both intervals, "label" with the name, and "calibrated", where chance alone is."""
    columns = {"head": np.array(results.variants, object)}
    for way, measure in (("y", UP), ("x", ACROSS)):
        shown = quantity(measure, results.experiment)
        mean, low, high = (shown.scale * each for each in of_measure(results, measure, "mean", "low", "high"))
        low, high = (np.clip(end, shown.least, shown.most) for end in (low, high))
        columns |= {way: mean, f"{way}_low": low, f"{way}_high": high}
        said = mean_texts(mean, low, high, shown.unit)
        columns |= {f"{way}_{name}": text for name, text in said.items()}
    means = with_value(columns, "x")
    places = [np.concatenate([means[f"{way}{end}"] for end in ("", "_low", "_high")]) for way in ("x", "y")]
    at = np.append(places[0][np.isfinite(places[0])], 0)
    edge = at.max() + ROOM * max(float(np.ptp(at)), 1e-9)
    label = {
        "head": means["head"],
        "edge": np.full(len(means["head"]), edge),
        "last": means["x"],
        "end": means["y"],
        "label_at": label_places(places[1], means["y"], "linear", 0, 1),
    }
    return stacked(mean=means, label=label, calibrated={"x": np.zeros(1)})


def chart(data: Data, heads: Heads) -> Chart:
    """The marks.

    The columns are head, row, x, y, each with low, high, mean_text and interval_text, and edge, last, end,
    label_at.
    """
    scale: dict[str, Any] = {"scale": alt.Scale(zero=False, nice=False, padding=10)}
    x = alt.X("x:Q", title=ACROSS_TITLE, axis=axis(sign="+", titleAnchor="start"), **scale)
    y = alt.Y("y:Q", title=UP_TITLE, axis=axis("%", titleAnchor="end"), **scale)
    means, label, calibrated = layers(alt.Chart(data), "mean", "label", "calibrated")
    means, label = (each.encode(color=by_colour(heads)) for each in (means, label))
    tooltip = [words("head", "head")]
    for way, measure in (("y", UP), ("x", ACROSS)):
        tooltip += [words(f"{way}_mean_text", measure), words(f"{way}_interval_text", f"its {CI}")]
    bars: dict[str, Any] = {"strokeWidth": 2, "aria": False}
    edge = alt.X("edge:Q", title=ACROSS_TITLE)
    return alt.layer(
        calibrated.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(x=x),
        label.mark_rule(strokeWidth=1, strokeDash=[1, 3], aria=False).encode(
            x=alt.X("last:Q", title=ACROSS_TITLE), x2="edge", y=alt.Y("end:Q", title=UP_TITLE)
        ),
        means.transform_filter("isValid(datum.x_low)")
        .mark_rule(**bars)
        .encode(x=alt.X("x_low:Q", title=ACROSS_TITLE), x2="x_high", y=y, tooltip=tooltip),
        means.transform_filter("isValid(datum.y_low)")
        .mark_rule(**bars)
        .encode(x=x, y=alt.Y("y_low:Q", title=UP_TITLE), y2="y_high", tooltip=tooltip),
        means.mark_point(size=110, filled=True, opacity=1, stroke=INK, strokeWidth=1).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        *named_ends(label, edge, UP_TITLE),
    ).properties(height=HEIGHT)
