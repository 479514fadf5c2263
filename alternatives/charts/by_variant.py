"""A measure by variant: a dot a seed, the mean with its 95 % CI, the baseline's mean as a line."""

from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.axes import axis, height_of_rows
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.labels import short
from alternatives.charts.layers import layers, stacked, where, with_value
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_shape
from alternatives.charts.phrases import diverged, of_measure, without_value
from alternatives.charts.quantities import Quantity, quantity
from alternatives.charts.tooltips import mean_and_interval, mean_texts, texts, words
from alternatives.experiments import Progress, Results
from alternatives.heads import Floats
from alternatives.memory import once
from alternatives.wording import listed, sentence, spelled


@once
def drawing(results: Results[Any], measure: str) -> Drawing:
    """A measure of all variants."""
    return _drawing(results, measure, frame(results, measure), finding(results, measure))


def so_far(progress: Progress) -> Drawing:
    """The accuracy in the same chart during the training, with the seeds alone."""
    last = progress.curves["validation accuracy"].values[..., -1]
    seeds = stacked(seed=_seeds(progress, last, quantity("accuracy", progress.experiment)))
    return _drawing(progress, "accuracy", seeds, "on the validation set, still in training")


def _drawing(results: Results[Any] | Progress, measure: str, frame: Columns, finding: str) -> Drawing:
    shown = quantity(measure, results.experiment)
    return Drawing(
        chart,
        frame,
        f"{sentence(measure)}, mean over the seeds",
        finding,
        heads=results.variants,
        label=results.experiment.variant_label,
        title=shown.axis_title,
        unit=shown.unit,
        least=shown.least,
        most=shown.most,
    )


def frame(results: Results[Any], measure: str) -> Columns:
    """Rows "seed", "mean", "baseline", and "note" for variants with diverged runs."""
    variants, shown = np.array(results.variants, object), quantity(measure, results.experiment)
    mean, low, high = (shown.scale * each for each in of_measure(results, measure, "mean", "low", "high"))
    (verdict,) = of_measure(results, measure, "verdict")
    # A t interval may go beyond the values that are possible.
    low, high = (np.clip(end, shown.least, shown.most) for end in (low, high))
    means = {"head": variants, "value": mean, "low": low, "high": high}
    means |= mean_texts(mean, low, high, shown.unit)
    n_lost, n_seeds = results.diverged.sum(1), results.diverged.shape[1]
    some = n_lost > 0
    notes = [f"{n} of {n_seeds} diverged" for n in n_lost[some]]
    return stacked(
        seed=_seeds(results, results.values[measure], shown),
        mean=with_value(means, "value"),
        baseline=with_value(where(means, verdict == "baseline"), "value"),
        note={"head": variants[some], "note": np.array(notes, object)},
    )


def _seeds(results: Results[Any] | Progress, values: Floats, shown: Quantity) -> Columns:
    """A row for each value (n_variants, n_seeds)."""
    variants = np.array(results.variants, object)
    seeds = np.tile(results.seeds, len(variants))
    value = shown.scale * values.ravel()
    columns = {"head": np.repeat(variants, values.shape[1]), "seed": seeds, "value": value}
    return with_value(columns | {"value_text": texts(value, shown.unit)}, "value")


def finding(results: Results[Any], measure: str) -> str:
    """Which variants differ from the baseline beyond chance."""
    variants = np.array(results.variants, object)
    mean, verdict = of_measure(results, measure, "mean", "verdict")
    finished = ~np.isnan(mean)
    compared = finished & (verdict != "baseline")
    clauses = [
        f"{each} for {listed(variants[compared & (verdict == each)])}"
        for each in dict.fromkeys(verdict[compared])
        if each is not None
    ]
    if clauses:
        clauses[0] = f"compared with {results.experiment.baseline}, {clauses[0]}"
    else:
        clauses = [f"{variants[one]} {spelled(mean[one])}" for one in np.flatnonzero(finished)]
    lost = results.diverged.all(1)
    return "; ".join([*clauses, *without_value(variants[~finished & ~lost]), *diverged(variants[lost])])


def chart(data: Data, heads: Heads, label: str, title: str, unit: str, least: float, most: float) -> Chart:
    """The marks.

    The columns are head, row, seed, value, value_text, low, high, mean_text, interval_text, note.
    """
    in_order = alt.Scale(domain=list(heads))
    y = alt.Y("head:N", scale=in_order, title=None, axis=alt.Axis(labelExpr=short("datum.label")))
    # Not up to the next round number, which may be more than the measure can be.
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(zero=False, nice=False, padding=12),
        axis=axis(unit, least, most),
    )
    baseline, seeds, means, notes = layers(alt.Chart(data), "baseline", "seed", "mean", "note")
    name, look = words("head", label), {"color": by_colour(heads), "shape": by_shape(heads)}
    of_mean = [name, *mean_and_interval()]
    return alt.layer(
        baseline.mark_rule(color=RULE, strokeDash=[4, 3]).encode(
            x=x, tooltip=[words("head", "baseline"), words("mean_text", "mean")]
        ),
        seeds.mark_point(size=30, opacity=0.7, filled=True).encode(
            x=x,
            y=y,
            yOffset=alt.YOffset("seed:O", scale=alt.Scale(paddingOuter=1)),
            tooltip=[name, words("seed", "seed"), words("value_text", title)],
            **look,
        ),
        means.mark_rule(strokeWidth=2.5, aria=False).encode(
            x=alt.X("low:Q", title=title), x2="high:Q", y=y, color=by_colour(heads), tooltip=of_mean
        ),
        means.mark_point(size=110, filled=True, opacity=1, stroke=INK, strokeWidth=1).encode(
            x=x, y=y, tooltip=of_mean, **look
        ),
        notes.mark_text(align="left", baseline="bottom", fontStyle="italic", fontSize=11).encode(
            x=alt.value(4), y=alt.Y("head:N", scale=in_order, title=None, bandPosition=1), text="note:N"
        ),
    ).properties(height=height_of_rows(len(heads)))
