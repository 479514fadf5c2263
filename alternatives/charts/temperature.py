"""A measure before (hollow) and after (filled) temperature scaling, by head, with 95 % CI."""

import altair as alt
import numpy as np

from alternatives.charts.axes import axis, height_of_rows, mean_and_interval
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, once
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.look import Heads, by_colour, by_shape
from alternatives.charts.phrases import direction, diverged, of_measure
from alternatives.charts.quantities import quantity
from alternatives.experiments import ComparisonResults
from alternatives.measures import TEMPERATURE_SCALED
from alternatives.wording import listed, sentence

WAYS = "lower after it", "higher after it", "undecided"


@once
def drawing(results: ComparisonResults, measure: str = "calibration error") -> Drawing:
    """A measure of all heads before and after."""
    shown = quantity(measure, results.experiment)
    return Drawing(
        chart,
        frame(results, measure),
        f"{sentence(measure)} before and after temperature scaling",
        finding(results, measure),
        heads=results.variants,
        title=shown.axis_title,
        style=shown.style,
    )


def frame(results: ComparisonResults, measure: str) -> Columns:
    """Rows "before" and "after"."""
    shown, layers = quantity(measure, results.experiment), {}
    for row, name in {"before": measure, "after": measure + TEMPERATURE_SCALED}.items():
        mean, low, high = of_measure(results.summary, name, "mean", "low", "high")
        low, high = (np.clip(end, shown.least, shown.most) for end in (low, high))
        columns = {"head": np.array(results.variants, object), "mean": mean, "low": low, "high": high}
        layers[row] = with_value(columns, "mean")
    return stacked(**layers)


def finding(results: ComparisonResults, measure: str) -> str:
    """What temperature scaling does to the measure of each head, on the same seeds."""
    difference = results.difference(measure + TEMPERATURE_SCALED, measure)
    by_way: dict[str, list[str]] = {}
    for index, head in enumerate(results.variants):
        by_way.setdefault(direction(difference, index, *WAYS), []).append(head)
    lost = by_way.pop("", [])
    clauses = [f"{way} for {listed(heads)}" for way, heads in by_way.items()]
    return "; ".join([*clauses, *diverged(lost)])


def chart(data: Data, heads: Heads, title: str, style: str) -> Chart:
    """The marks. The columns are head, row, mean, low, high."""
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), title=None)
    x = alt.X("mean:Q", title=title, axis=axis(style))
    lane = alt.YOffset("row:N", sort=["before", "after"], scale=alt.Scale(paddingOuter=0.8))
    base = alt.Chart(data).encode(y=y, yOffset=lane, color=by_colour(heads))
    tooltip = [
        "head:N",
        alt.Tooltip("row:N", title="temperature scaling"),
        *mean_and_interval("mean", style),
    ]
    points = {"x": x, "shape": by_shape(heads), "tooltip": tooltip}
    before, after = layers(base, "before", "after")
    return alt.layer(
        base.mark_rule(strokeWidth=2, aria=False).encode(x=alt.X("low:Q", title=title), x2="high:Q"),
        before.mark_point(size=90, opacity=1, strokeWidth=2).encode(**points),
        after.mark_point(size=90, opacity=1, filled=True).encode(**points),
    ).properties(height=height_of_rows(len(heads)))
