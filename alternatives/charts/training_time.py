"""The time that one core needs for one run, by head: a bar with its epochs and the time of each."""

import altair as alt
import numpy as np

from alternatives.charts.axes import height_of_rows
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.look import Heads, by_colour
from alternatives.charts.phrases import in_order, then
from alternatives.charts.tooltips import words
from alternatives.experiments import ComparisonResults
from alternatives.memory import once
from alternatives.wording import duration

STEADY = 0.15
"""The share by which the time of the same training may differ from one time to the next."""


TICKS = (
    "datum.value == 0 ? '0' : datum.value >= 1 ? format(datum.value, '.2~r') + ' s'"
    " : datum.value >= 1e-4 ? format(1e3 * datum.value, '.2~r') + ' ms'"
    " : format(1e6 * datum.value, '.2~r') + ' µs'"
)
"""Vega's expression for a time, as `wording.duration` writes it."""


@once
def drawing(results: ComparisonResults) -> Drawing:
    """All heads."""
    subject = "Training time of one run on one core"
    return Drawing(chart, frame(results), subject, finding(results), heads=results.variants)


def frame(results: ComparisonResults) -> Columns:
    """A row a head: its seeds are timed together."""
    each = [duration(seconds / n) for seconds, n in zip(results.seconds, results.n_epochs, strict=True)]
    texts = [f"{n} × {time}" for n, time in zip(results.n_epochs, each, strict=True)]
    return {
        "head": np.array(results.variants, object),
        "seconds": results.seconds,
        "text": texts,
        "whole": [duration(seconds) for seconds in results.seconds],
    }


def finding(results: ComparisonResults) -> str:
    """Heads in the order of their epochs' times; in one group where another training may reverse it."""
    seconds = results.seconds / results.n_epochs
    groups = in_order(results.variants, seconds, seconds / (1 + STEADY), seconds * (1 + STEADY))
    if len(results.variants) == 1:
        return f"{groups[0]} {duration(seconds[0])} an epoch"
    return f"an epoch is shortest {then(groups)}" if len(groups) > 1 else f"about the same for {groups[0]}"


def chart(data: Data, heads: Heads) -> Chart:
    """The marks. The columns are head, seconds, text, whole."""
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), title=None)
    x = alt.X(
        "seconds:Q",
        title="time of one core for one run",
        scale=alt.Scale(range=[0, alt.expr("width - 100")]),  # room for the number
        axis=alt.Axis(tickCount=4, labelExpr=TICKS),
    )
    base = alt.Chart(data).encode(x=x, y=y)
    tooltip = [
        words("head", "head"),
        words("whole", "time of one core for one run"),
        words("text", "epochs × time of an epoch"),
    ]
    bars = base.mark_bar(size=14).encode(color=by_colour(heads), tooltip=tooltip)
    numbers = base.mark_text(align="left", dx=6, aria=False).encode(text="text:N")
    return alt.layer(bars, numbers).properties(height=height_of_rows(len(heads)))
