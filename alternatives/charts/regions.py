"""Decision regions of one variant: a colour a class, as deep as the confidence; and the test samples."""

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts import key
from alternatives.charts.axes import PANEL, axis, cells, depth
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.key import Entry
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, class_colour, class_mark, panel_title
from alternatives.charts.rectangles import rectangles
from alternatives.charts.tooltips import words
from alternatives.experiments import ComparisonResults, GateResults
from alternatives.experiments.decision import Decisions
from alternatives.memory import once
from alternatives.wording import brief, listed, percent

DEEPEST = 0.55
"""Opacity of full confidence: test samples stand out from it in either theme."""
MOST_NAMED = 4
"""Regions that are named to people who can't see them, the largest ones."""


@once
def classes(results: ComparisonResults | GateResults) -> Drawing:
    """The key of all variants' planes."""
    return key.drawing("class", entries(class_names(results)))


def class_names(results: ComparisonResults | GateResults) -> tuple[str, ...]:
    """The classes of the test samples, in the order of their colours."""
    assert results.decisions is not None
    names = set(map(str, results.decisions.classes))
    return tuple(sorted(names, key=lambda name: (int(name) if name.isdecimal() else 0, name)))


def entries(classes: tuple[str, ...]) -> tuple[Entry, ...]:
    """The classes with their colours and marks."""
    return tuple(Entry(name, class_colour(i), class_mark(i)) for i, name in enumerate(classes))


@once
def drawing(results: ComparisonResults | GateResults, head: str) -> Drawing:
    """One variant's plane, for data of two features alone."""
    decisions, variant = results.decisions, results.variants.index(head)
    assert decisions is not None
    classes = class_names(results)
    return Drawing(
        chart,
        frame(decisions, variant),
        f"Decision regions of {head}",
        _finding(decisions, variant),
        head=head,
        classes=classes,
        titles=axis_titles(decisions),
    )


def _finding(decisions: Decisions, variant: int) -> str:
    is_finite = np.isfinite(decisions.confidence[variant]).all()
    return areas(decisions.predicted[variant]) if is_finite else "the network diverged"


def areas(predicted: NDArray[np.str_]) -> str:
    """The largest regions of a plane in words, by the classes of its cells."""
    names, counts = np.unique(predicted, return_counts=True)
    largest = np.argsort(-counts, kind="stable")[:MOST_NAMED]
    shares = (f"{names[k]} on {percent(float(counts[k]) / len(predicted))}" for k in largest)
    return f"of the plane it predicts {listed(shares)}"


def axis_titles(decisions: Decisions) -> tuple[str, str]:
    """What the two axes of a plane are."""
    x, y = decisions.feature_names
    return f"scaled {brief(x)}", f"scaled {brief(y)}"


def frame(decisions: Decisions, variant: int) -> Columns:
    """Rows "cell" of the plane, and "point" for the test samples."""
    areas = rectangles(decisions.plane, decisions.predicted[variant], decisions.confidence[variant])
    x, y = decisions.points.T
    return stacked(cell=areas, point={"x": x, "y": y, "class": decisions.classes.astype(object)})


def chart(data: Data, head: str, classes: tuple[str, ...], titles: tuple[str, str]) -> Chart:
    """The marks. The columns are row, x, y, x2, y2, predicted, confidence, confidence_text, class."""
    domain, looks = list(classes), entries(classes)
    colours = alt.Scale(domain=domain, range=[entry.colour for entry in looks])
    marks = alt.Scale(domain=domain, range=[entry.mark for entry in looks])
    flat = alt.Scale(zero=False, nice=False, round=True)
    x = alt.X("x:Q", scale=flat, title=titles[0], axis=axis(tickCount=3, grid=False))
    y = alt.Y("y:Q", scale=flat, title=titles[1], axis=axis(tickCount=3, grid=False))
    planes, points = layers(alt.Chart(data), "cell", "point")
    return alt.layer(
        planes.mark_rect(strokeWidth=0, aria=False).encode(
            **cells(x, y),
            fill=alt.Fill("predicted:N", scale=colours, legend=None),
            opacity=depth("confidence", 1 / max(len(classes), 2), 1, DEEPEST),
            tooltip=[words("predicted", "predicted class"), words("confidence_text", "confidence")],
        ),
        points.mark_point(size=22, stroke=INK, strokeWidth=1, opacity=1, clip=True).encode(
            x=x,
            y=y,
            shape=alt.Shape("class:N", scale=marks, legend=None),
            fill=alt.Fill("class:N", scale=colours, legend=None),
            tooltip=[words("class", "true class")],
        ),
    ).properties(height=PANEL, title=panel_title(head))
