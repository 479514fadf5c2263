"""Reliability diagram of one head: accuracy by confidence; bars are shares of the samples.

A band shows where 95 % of a calibrated head's points would lie.
"""

import altair as alt
import numpy as np

from alternatives.charts.axes import PANEL, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, once
from alternatives.charts.layers import where
from alternatives.charts.look import INK, RULE, colour, panel_title, shape
from alternatives.charts.phrases import direction, of_measure
from alternatives.charts.tooltips import count, texts, words
from alternatives.experiments import ComparisonResults
from alternatives.measures import measure
from alternatives.wording import NO_BREAK

BINNING = "equal width"
"""The bins: those of the calibration error in the headline table."""
NOTE_OFFSET = 6
"""Pixels between a panel and the line below its heading."""


@once
def drawing(results: ComparisonResults, head: str) -> Drawing:
    """One head's diagram."""
    return Drawing(chart, frame(results, head), f"Reliability of {head}", finding(results, head), head=head)


def frame(results: ComparisonResults, head: str) -> Columns:
    """The head's bins that hold samples. The first row, or an empty one if there is no bin, has the note."""
    own, text = bins(results, head), note(results, head)
    n_bins = len(own["count"])
    if not n_bins:
        return {name: [None] for name in own} | {"head": [head], "count": [0], "note": [text]}
    return {**own, "note": np.array([text, *[None] * (n_bins - 1)], object)}


def bins(results: ComparisonResults, head: str) -> Columns:
    """The head's bins that hold samples, with their texts."""
    every = {str(name): column.to_numpy() for name, column in results.reliability.items()}
    own = where(every, (every["head"] == head) & (every["binning"] == BINNING) & (every["count"] > 0))
    said = {f"{name}_text": texts(own[name], "%") for name in ("confidence", "accuracy", "share")}
    ends = zip(texts(own["low"], "%"), texts(own["high"], "%"), strict=True)
    said["calibrated"] = np.array([f"{low} to {high}" for low, high in ends], object)
    return own | said


def note(results: ComparisonResults, head: str) -> str:
    """The head's expected calibration error (ECE) and its chance level, means over the seeds."""
    shown, index = measure("calibration error"), results.variants.index(head)
    error, chance = (
        float(of_measure(results, name, "mean")[0][index])
        for name in (shown.name, f"{shown.name}, chance level")
    )
    if np.isnan(error):
        return "Every run diverged"
    return f"ECE {shown.text(error)} (chance {shown.text(chance)})"


def finding(results: ComparisonResults, head: str) -> str:
    """Whether the head is overconfident, on the same seeds."""
    difference = results.difference("mean confidence", "accuracy")
    ways = "underconfident", "overconfident", "undecided between underconfident and overconfident"
    return direction(difference, results.variants.index(head), *ways) or "every run diverged"


def chart(data: Data, head: str) -> Chart:
    """The marks.

    The columns are left, right, confidence, accuracy, low, high, count, share, their texts, calibrated, note.
    """
    unit = alt.Scale(domain=[0, 1], nice=False)
    shares = axis("%", values=[0, 0.5, 1])
    tooltip = [
        words("confidence_text", "mean confidence"),
        words("accuracy_text", "accuracy"),
        words("calibrated", f"95{NO_BREAK}% if calibrated"),
        count("count", "test samples, all seeds"),
        words("share_text", "share of samples"),
    ]
    x = alt.X("confidence:Q", scale=unit, axis=shares, title="confidence")
    y = alt.Y("accuracy:Q", scale=unit, axis=shares, title="accuracy")
    base = alt.Chart(data)
    bins = base.transform_filter("datum.count > 0")
    return alt.layer(
        bins.mark_rect(color=colour(head), opacity=0.22, aria=False).encode(
            x=alt.X("left:Q", scale=unit, axis=shares, title="confidence"),
            x2="right:Q",
            y=alt.Y("share:Q", scale=unit, title="accuracy"),
            y2=alt.datum(0),
            tooltip=tooltip,
        ),
        bins.mark_rect(color=RULE, opacity=0.28, aria=False).encode(
            x=alt.X("left:Q", title="confidence"),
            x2="right:Q",
            y=alt.Y("low:Q", title="accuracy"),
            y2="high:Q",
            tooltip=tooltip,
        ),
        base.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(
            x=alt.datum(0, scale=unit), x2=alt.datum(1), y=alt.datum(0, scale=unit), y2=alt.datum(1)
        ),
        bins.mark_point(
            color=colour(head),
            shape=shape(head),
            filled=True,
            size=50,
            opacity=1,
            stroke=INK,
            strokeWidth=0.7,
        ).encode(x=x, y=y, tooltip=tooltip),
        base.transform_filter("datum.note")
        .mark_text(align="right", baseline="bottom")
        .encode(x=alt.value("width"), y=alt.value(-NOTE_OFFSET), text="note:N"),
    ).properties(height=PANEL, title=panel_title(head, NOTE_OFFSET + 16))
