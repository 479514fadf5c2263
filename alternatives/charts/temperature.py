"""A measure before (hollow) and after (filled) temperature scaling, by head, with 95 % CI."""

import altair as alt
import numpy as np

from alternatives.charts.axes import axis, height_of_rows
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.look import INK, Heads, by_colour, by_shape
from alternatives.charts.phrases import direction, diverged, of_measure
from alternatives.charts.quantities import quantity
from alternatives.charts.tooltips import mean_and_interval, mean_texts, words
from alternatives.experiments import ComparisonResults
from alternatives.measures import TEMPERATURE_SCALED, at_bound
from alternatives.memory import once
from alternatives.wording import counted, listed, sentence

WAYS = "lower after it", "higher after it", "undecided"


@once
def drawing(results: ComparisonResults, measure: str = "log loss") -> Drawing:
    """A measure of all heads before and after."""
    shown = quantity(measure, results.experiment)
    return Drawing(
        chart,
        frame(results, measure),
        f"{sentence(measure)} before and after temperature scaling",
        finding(results, measure),
        heads=results.variants,
        title=shown.axis_title,
        unit=shown.unit,
    )


def frame(results: ComparisonResults, measure: str) -> Columns:
    """Rows "before" and "after", and "note" for heads of which a temperature lies at a bound."""
    shown, layers = quantity(measure, results.experiment), {}
    for row, name in {"before": measure, "after": measure + TEMPERATURE_SCALED}.items():
        mean, low, high = (shown.scale * each for each in of_measure(results, name, "mean", "low", "high"))
        low, high = (np.clip(end, shown.least, shown.most) for end in (low, high))
        columns = {"head": np.array(results.variants, object), "mean": mean, "low": low, "high": high}
        layers[row] = with_value(columns | mean_texts(mean, low, high, shown.unit), "mean")
    n_at_bound = at_bound(results.temperatures).sum(1)
    some = np.flatnonzero(n_at_bound)
    of_runs = counted(results.experiment.n_seeds, "run")
    notes = np.array([f"T at its bound in {n_at_bound[index]} of {of_runs}" for index in some], object)
    layers["note"] = {"head": np.array(results.variants, object)[some], "note": notes}
    return stacked(**layers)


def finding(results: ComparisonResults, measure: str) -> str:
    """What temperature scaling does to the measure of each head, on the same seeds."""
    difference = results.difference(measure + TEMPERATURE_SCALED, measure)
    by_way: dict[str, list[str]] = {}
    for index, head in enumerate(results.variants):
        by_way.setdefault(direction(difference, index, *WAYS), []).append(head)
    lost = by_way.pop("", [])
    clauses = [f"{way} for {listed(heads)}" for way, heads in by_way.items()]
    return "; ".join([*clauses, *_at_bound(results), *diverged(lost)])


def _at_bound(results: ComparisonResults) -> list[str]:
    """A clause about heads that ask for a temperature beyond the bounds, if there are any."""
    some = at_bound(results.temperatures).any(1)
    heads = listed(np.array(results.variants, object)[some])
    return [f"T at its bound in runs of {heads}"] if some.any() else []


def chart(data: Data, heads: Heads, title: str, unit: str) -> Chart:
    """The marks. The columns are head, row, mean, low, high, mean_text, interval_text, note."""
    in_order = alt.Scale(domain=list(heads))
    y = alt.Y("head:N", scale=in_order, title=None)
    x = alt.X("mean:Q", title=title, axis=axis(unit), scale=alt.Scale(zero=False))
    lane = alt.YOffset("row:N", sort=["before", "after"], scale=alt.Scale(paddingOuter=0.8))
    base = alt.Chart(data).encode(y=y, yOffset=lane, color=by_colour(heads))
    tooltip = [words("head", "head"), words("row", "temperature scaling"), *mean_and_interval()]
    points = {"x": x, "shape": by_shape(heads), "tooltip": tooltip}
    before, after = layers(base, "before", "after")
    (notes,) = layers(alt.Chart(data), "note")
    return alt.layer(
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2, aria=False)
        .encode(x=alt.X("low:Q", title=title), x2="high:Q", tooltip=tooltip),
        before.mark_point(size=90, opacity=1, strokeWidth=2).encode(**points),
        after.mark_point(size=90, opacity=1, filled=True, stroke=INK, strokeWidth=0.7).encode(**points),
        notes.mark_text(align="left", baseline="bottom", fontStyle="italic", fontSize=11).encode(
            x=alt.value(4), y=alt.Y("head:N", scale=in_order, title=None, bandPosition=1), text="note:N"
        ),
    ).properties(height=height_of_rows(len(heads)))
