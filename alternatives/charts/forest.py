"""Differences from the baseline in one measure: a row a head, with its interval and its verdict in words.

The interval is the one that the verdict is read from: it holds together with those of other heads and
measures. The margin of equivalence is shaded, so that a reader sees how each verdict came about.
"""

from typing import Any

import altair as alt
import numpy as np

from alternatives import wording
from alternatives.charts import by_variant, tables
from alternatives.charts.axes import axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_shape, panel_title
from alternatives.charts.phrases import diverged
from alternatives.charts.tooltips import CI, words
from alternatives.experiments import ComparisonResults
from alternatives.measures import DIFFERENCE, Measure
from alternatives.measures import measure as measure_named
from alternatives.memory import once
from alternatives.wording import listed, sentence

ROW = 44
"""Height in pixels of a head's row: its name and verdict, and below them its interval."""
AROUND = 92
"""Height in pixels of a panel's heading and axis."""
ABOVE, BELOW = -11, 8
"""Pixels from the middle of a row to its words and to its interval."""
VERDICT = 68
"""Pixels at a row's end that the name leaves to the verdict."""
DIRECTIONS = {"higher": "better →", "lower": "← better"}
"""What an axis says of the way that is better, by the measure's `better`; of others see `direction`."""


def height(n_heads: int) -> int:
    """Height in pixels of a panel that compares so many heads, the baseline among them."""
    return AROUND + ROW * max(n_heads - 1, 1)


def others(results: ComparisonResults) -> Heads:
    """The heads that are compared with the baseline."""
    return tuple(head for head in results.variants if head != results.experiment.baseline)


@once
def drawing(results: ComparisonResults, measure: str) -> Drawing:
    """One measure's panel."""
    each = measure_named(measure)
    return Drawing(
        chart,
        frame(results, each),
        f"{sentence(measure)}, difference from {results.experiment.baseline}",
        finding(results, each),
        heads=others(results),
        name=measure,
        unit=_unit(each),
        direction=direction(each),
    )


def direction(measure: Measure) -> str:
    """Which way of the axis is better, or higher where neither way is."""
    return DIRECTIONS.get(measure.better or "", "higher →")


def frame(results: ComparisonResults, measure: Measure) -> Columns:
    """Rows "head" with a name and a verdict, "difference", "margin", "zero", and "note" in place of rows."""
    rows = results.summary_of(measure.name)
    rows = rows[rows["head"] != results.experiment.baseline]
    scale, most = (100, 100.0 * (1 + measure.signed)) if measure.unit == "%" else (1, np.inf)
    # An interval may go beyond the differences that are possible.
    mean, low, high = (np.clip(scale * rows[name].to_numpy(float), -most, most) for name in DIFFERENCE)
    lost = _baseline_diverged(results)
    heads, in_words = rows["head"].to_numpy(object), rows.to_dict("records")
    differences = {"head": heads, "mean": mean, "low": low, "high": high, **_texts(measure, in_words)}
    margin = scale * rows["margin"].dropna().to_numpy(float)[:1]
    size = [f"±{wording.with_unit(wording.given(each), _unit(measure))}" for each in margin.tolist()]
    named = slice(0) if lost else slice(None)
    note = [f"Every run of {results.experiment.baseline} diverged"] if lost else []
    return stacked(
        head={"head": heads[named], "verdict": np.array([_at_end(row) for row in in_words], object)[named]},
        difference=with_value(differences, "mean"),
        margin={"low": -margin, "high": margin, "margin_text": np.array(size, object)},
        zero={"mean": np.zeros(1)},
        note={"note": np.array(note, object)},
    )


def _unit(measure: Measure) -> str:
    return "points" if measure.unit == "%" else measure.unit


def _baseline_diverged(results: ComparisonResults) -> bool:
    """Whether there is nothing to compare with."""
    at_baseline = results.variants.index(results.experiment.baseline)
    return bool(results.diverged[at_baseline].all())


def _texts(measure: Measure, rows: list[dict[Any, Any]]) -> Columns:
    """Each difference, its interval and its verdict as they stand in the table."""
    unit, found = _unit(measure), [measure.interval_texts(row) for row in rows]
    ends = [
        wording.with_unit("–" if "–" in (low, high) else f"{low} to {high}", unit) for _, low, high in found
    ]
    return {
        "mean_text": np.array([wording.with_unit(mean, unit) for mean, _, _ in found], object),
        "interval_text": np.array(ends, object),
        "verdict_text": np.array([_verdict(row) for row in rows], object),
    }


def _verdict(row: dict[Any, Any]) -> str:
    """The verdict, and where it is undecided what could have gone unnoticed."""
    noticed = tables.noticed(row)
    return f"{row['verdict'] or 'none'}{f': {noticed}' if noticed else ''}"


def _at_end(row: dict[Any, Any]) -> str:
    """What stands at the end of a row: nothing for a measure without verdicts."""
    return (row["verdict"] or "") if np.isfinite(row["difference"]) else "diverged"


def finding(results: ComparisonResults, measure: Measure) -> str:
    """The verdict on each head; for a measure without verdicts, which heads are higher and which lower."""
    if _baseline_diverged(results):
        return f"nothing to compare: every run of {results.experiment.baseline} diverged"
    if measure.better:
        return by_variant.finding(results, measure.name)
    rows = results.summary_of(measure.name)
    low, high = rows["difference_low"].to_numpy(float), rows["difference_high"].to_numpy(float)
    heads, lost = rows["head"].to_numpy(object), results.diverged.all(1)
    compared = ~lost & (heads != results.experiment.baseline)
    ways = {"higher": low > 0, "lower": high < 0, "undecided": ~((low > 0) | (high < 0))}
    clauses = [
        f"{way} for {listed(heads[where & compared])}" for way, where in ways.items() if any(where & compared)
    ]
    return "; ".join([*clauses, *diverged(heads[lost])])


def chart(data: Data, heads: Heads, name: str, unit: str, direction: str) -> Chart:
    """The marks.

    The columns are head, row, verdict, mean, low, high, mean_text, interval_text, verdict_text, margin_text,
    note.
    """
    title = [f"difference ({unit})" if unit else "difference", direction]
    numbers = axis(sign="+", tickCount=4, titleAnchor="start" if direction.startswith("←") else "end")
    x = alt.X("mean:Q", title=title, scale=alt.Scale(nice=False, padding=10), axis=numbers)
    ends = {"x": alt.X("low:Q", title=title), "x2": "high:Q"}
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), axis=None)
    named, differences, margin, zero, note = layers(
        alt.Chart(data), "head", "difference", "margin", "zero", "note"
    )
    look: dict[str, Any] = {"color": by_colour(heads)}
    above: dict[str, Any] = {"yOffset": ABOVE, "aria": False}
    tooltip = [
        words("head", "head"),
        words("mean_text", "difference"),
        words("interval_text", CI),
        words("verdict_text", "verdict"),
    ]
    return alt.layer(
        margin.mark_rect(color=RULE, opacity=0.22, aria=False).encode(
            y=alt.value(0),
            y2=alt.value("height"),
            tooltip=[words("margin_text", "equivalent within")],
            **ends,
        ),
        zero.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(x=x),
        named.mark_text(
            align="left", yOffset=ABOVE, limit=alt.ExprRef(f"width - {VERDICT}"), aria=False
        ).encode(x=alt.value(0), y=y, text="head:N"),
        named.mark_text(align="right", fontWeight=600, **above).encode(
            x=alt.value("width"), y=y, text="verdict:N"
        ),
        differences.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2.5, yOffset=BELOW, aria=False)
        .encode(y=y, tooltip=tooltip, **ends, **look),
        differences.mark_point(
            size=90, filled=True, opacity=1, stroke=INK, strokeWidth=1, yOffset=BELOW
        ).encode(x=x, y=y, shape=by_shape(heads), tooltip=tooltip, **look),
        note.mark_text(fontStyle="italic").encode(
            x=alt.value(alt.expr("width / 2")), y=alt.value(alt.expr("height / 2")), text="note:N"
        ),
    ).properties(height=height(len(heads) + 1), title=panel_title(sentence(name)))
