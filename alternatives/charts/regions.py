"""Decision regions of one variant: its colour as deep as its confidence, test samples shaped by class."""

import altair as alt
import numpy as np

from alternatives.charts.axes import PANEL, cells, depth
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, once
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, colour, panel_title
from alternatives.experiments import ComparisonResults, GateResults
from alternatives.experiments.decision import Decisions
from alternatives.heads.looks import MARKS
from alternatives.wording import brief, listed

STEPS = 50
"""Levels of confidence that are distinguished."""


@once
def drawing(results: ComparisonResults | GateResults, head: str) -> Drawing:
    """One variant's plane, for data of two features alone."""
    decisions, variant = results.decisions, results.variants.index(head)
    assert decisions is not None
    classes = tuple(map(str, np.unique(decisions.classes)))
    x, y = decisions.feature_names
    return Drawing(
        chart,
        frame(decisions, variant),
        f"Decision regions of {head} for the classes {listed(classes)}; deeper where it is more confident.",
        head=head,
        classes=classes,
        titles=(f"{brief(x)}, scaled", f"{brief(y)}, scaled"),
    )


def frame(decisions: Decisions, variant: int) -> Columns:
    """Rows "cell" of the plane, and "point" for the test samples.

    Neighbouring cells of a column that look alike are one rectangle: a plane has hundreds, not thousands.
    """
    predicted, confidence = decisions.predicted[variant], decisions.confidence[variant]
    corners, step = decisions.plane.corners, np.round(STEPS * confidence)
    alike = (step[1:] == step[:-1]) & (predicted[1:] == predicted[:-1])
    same_column = corners["x"][1:] == corners["x"][:-1]
    first = np.flatnonzero(np.append(True, ~(alike & same_column)))
    last = np.append(first[1:], len(step)) - 1
    rectangles = {
        "x": corners["x"][first],
        "x2": corners["x2"][first],
        "y": corners["y"][first],
        "y2": corners["y2"][last],
        "predicted": predicted[first].astype(object),
        "confidence": np.add.reduceat(confidence, first) / (last - first + 1),
    }
    x, y = decisions.points.T
    return stacked(cell=rectangles, point={"x": x, "y": y, "class": decisions.classes.astype(object)})


def chart(data: Data, head: str, classes: tuple[str, ...], titles: tuple[str, str]) -> Chart:
    """The marks. The columns are row, x, y, x2, y2, predicted, confidence, class."""
    shapes = [MARKS[i % (len(MARKS) - 1)] for i in range(len(classes))]
    fills = [INK if i % 2 == 0 else "transparent" for i in range(len(classes))]
    flat = alt.Scale(zero=False, nice=False, round=True)
    axis = alt.Axis(tickCount=3, grid=False, format=".2~g")
    x = alt.X("x:Q", scale=flat, title=titles[0], axis=axis)
    y = alt.Y("y:Q", scale=flat, title=titles[1], axis=axis)
    planes, points = layers(alt.Chart(data), "cell", "point")
    return alt.layer(
        planes.mark_rect(color=colour(head), strokeWidth=0).encode(
            **cells(x, y),
            opacity=depth("confidence", 1 / max(len(classes), 2), 1, 0.75),
            tooltip=["predicted:N", alt.Tooltip("confidence:Q", format=".3~f")],
        ),
        points.mark_point(size=18, stroke=INK, strokeWidth=1, opacity=0.8, clip=True).encode(
            x=x,
            y=y,
            shape=alt.Shape("class:N", scale=alt.Scale(domain=list(classes), range=shapes), legend=None),
            fill=alt.Fill("class:N", scale=alt.Scale(domain=list(classes), range=fills), legend=None),
            tooltip=["class:N"],
        ),
    ).properties(height=PANEL, title=panel_title(head))
