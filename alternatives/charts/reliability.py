"""Reliability diagram of one head: accuracy by confidence; bars are shares of the samples.

A band shows where 95 % of a calibrated head's points would lie. The diagram that moves has the bins of every
temperature of a grid: a slider of the page says which, so nothing has to be asked of the server.
"""

from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.axes import PANEL, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.layers import where
from alternatives.charts.look import INK, RULE, colour, panel_title, shape
from alternatives.charts.phrases import direction, of_measure
from alternatives.charts.temperature_slider import AT_STEP, slider_parameters
from alternatives.charts.tooltips import count, texts, words
from alternatives.experiments import ComparisonResults
from alternatives.measures import measure
from alternatives.measures.scan import AS_TRAINED
from alternatives.memory import once
from alternatives.wording import NO_BREAK

BINNING = "equal width"
"""The bins: those of the calibration error in the headline table."""
NOTE_OFFSET = 6
"""Pixels between a panel and the line or lines below its heading."""
LINE = 16
"""Pixels of such a line."""
MOVING = PANEL + LINE
"""Height in pixels of the diagram that moves, which has a line more."""
COLUMNS = ("left", "right", "confidence", "accuracy", "low", "high", "count", "share")


@once
def drawing(results: ComparisonResults, head: str) -> Drawing:
    """One head's diagram."""
    return Drawing(chart, frame(results, head), _subject(head), finding(results, head), head=head)


@once
def moving(results: ComparisonResults, head: str) -> Drawing:
    """The same at the temperature that the page's slider says; where results are from a file it stands."""
    if head not in results.scans:
        return drawing(results, head)
    columns = moving_frame(results, head)
    return Drawing(chart, columns, _subject(head), finding(results, head), head=head, moves=True)


def _subject(head: str) -> str:
    return f"Reliability of {head}"


def frame(results: ComparisonResults, head: str) -> Columns:
    """The head's bins that hold samples. The first row, or an empty one if there is no bin, has the note."""
    return _with_note(head, bins(results, head), note(results, head))


def moving_frame(results: ComparisonResults, head: str) -> Columns:
    """The same at every temperature of the grid: `step` is its place."""
    scan = results.scans[head]
    steps = []
    for step in range(len(scan.log_loss)):
        every = {name: scan.bins[name][step] for name in COLUMNS}
        own = _with_note(head, _said(where(every, every["count"] > 0)), note_at(results, head, step))
        steps.append(own | {"step": np.full(len(own["count"]), step)})
    return {name: np.concatenate([np.asarray(each[name]) for each in steps]) for name in steps[0]}


def _with_note(head: str, own: Columns, text: str) -> dict[str, Any]:
    """The bins, the first one with what stands above the diagram; an empty one, if there is none."""
    n_rows = len(own["count"])
    if not n_rows:
        own, n_rows = {name: np.array([np.nan if name in COLUMNS else None]) for name in own}, 1
        own["count"] = np.zeros(1, int)
    names = {"head": [head] * n_rows, "note": [text, *[None] * (n_rows - 1)]}
    return {**own, **{name: np.array(column, object) for name, column in names.items()}}


def bins(results: ComparisonResults, head: str) -> Columns:
    """The head's bins that hold samples, with their texts."""
    every = {name: results.reliability[name].to_numpy() for name in ("head", "binning", *COLUMNS)}
    own = where(every, (every["head"] == head) & (every["binning"] == BINNING) & (every["count"] > 0))
    return _said({name: own[name] for name in ("head", *COLUMNS)})


def _said(own: Columns) -> Columns:
    """Bins with their texts."""
    said = {f"{name}_text": texts(own[name], "%") for name in ("confidence", "accuracy", "share")}
    ends = zip(texts(own["low"], "%"), texts(own["high"], "%"), strict=True)
    said["calibrated"] = np.array([f"{low} to {high}" for low, high in ends], object)
    return {**own, **said}


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


def note_at(results: ComparisonResults, head: str, step: int) -> str:
    """The error and the log loss at a temperature, means over the seeds; the chance level as trained."""
    scan, finished = results.scans[head], ~results.diverged[results.variants.index(head)]
    if not finished.any():
        return note(results, head)
    error, loss = (float(each[step, finished].mean()) for each in (scan.calibration_error, scan.log_loss))
    first = note(results, head) if step == AS_TRAINED else f"ECE {measure('calibration error').text(error)}"
    return f"{first}\nlog loss {measure('log loss').text(loss)}"


def finding(results: ComparisonResults, head: str) -> str:
    """Whether the head is overconfident, on the same seeds."""
    difference = results.difference("mean confidence", "accuracy")
    ways = "underconfident", "overconfident", "undecided between underconfident and overconfident"
    return direction(difference, results.variants.index(head), *ways) or "every run diverged"


def chart(data: Data, head: str, moves: bool = False) -> Chart:
    """The marks.

    The columns are left, right, confidence, accuracy, low, high, count, share, their texts, calibrated, note,
    and where it moves step.
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
    # Its last number would reach beyond the panel, where it would be cut.
    across = axis("%", values=[0, 0.5, 1], labelFlush=True)
    x = alt.X("confidence:Q", scale=unit, axis=across, title="confidence")
    y = alt.Y("accuracy:Q", scale=unit, axis=shares, title="accuracy")
    base = alt.Chart(data)
    shown = base.transform_filter(AT_STEP) if moves else base
    bins = shown.transform_filter("datum.count > 0")
    top = -NOTE_OFFSET - LINE * moves  # of two lines the first one stands there
    notes = shown.transform_filter("datum.note").mark_text(
        align="right", baseline="bottom", lineBreak="\n", lineHeight=LINE
    )
    made = alt.layer(
        bins.mark_rect(color=colour(head), opacity=0.22, aria=False).encode(
            x=alt.X("left:Q", scale=unit, axis=across, title="confidence"),
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
        shown.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(
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
        notes.encode(x=alt.value("width"), y=alt.value(top), text="note:N"),
    ).properties(height=MOVING if moves else PANEL, title=panel_title(head, NOTE_OFFSET + LINE))
    return made.add_params(*slider_parameters()) if moves else made
