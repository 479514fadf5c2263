"""Confusion matrix of one head: counts of true against predicted classes, shaded by share."""

import altair as alt
import numpy as np

from alternatives.charts.axes import HEIGHT, depth
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.look import INK, RULE, colour
from alternatives.charts.tooltips import count, texts, words
from alternatives.experiments import ComparisonResults
from alternatives.heads import Integers
from alternatives.memory import once

MOST_CLASSES = 20
"""Classes whose counts can be read; of more, those confused most are shown."""


CELL = "cell"
"""The selection of a cell that somebody clicked on."""


def drawing(
    results: ComparisonResults, head: str, cell: tuple[int | None, int | None] = (None, None)
) -> Drawing:
    """One head's matrix; the cell of a true and a predicted class has an outline."""
    return _drawing(results, head) if None in cell else _made(results, head, cell)


@once
def _drawing(results: ComparisonResults, head: str) -> Drawing:
    return _made(results, head, (None, None))


def _made(results: ComparisonResults, head: str, cell: tuple[int | None, int | None]) -> Drawing:
    counts = results.confusion_counts[results.variants.index(head)]
    shown = confused_most(counts)
    classes = tuple(str(results.class_names[index]) for index in shown)
    return Drawing(
        chart,
        frame(counts, shown, classes, cell),
        f"Confusion matrix of {head}",
        finding(counts[np.ix_(shown, shown)], classes),
        head=head,
        classes=classes,
    )


def confused_most(counts: Integers) -> Integers:
    """Indices of the classes that are shown: all, or those with the most errors, in their order."""
    errors = counts - np.diag(np.diag(counts))
    by_class = errors.sum(0) + errors.sum(1)
    return np.sort(np.argsort(-by_class, kind="stable")[:MOST_CLASSES])


def frame(
    counts: Integers,
    shown: Integers,
    classes: tuple[str, ...],
    cell: tuple[int | None, int | None] = (None, None),
) -> Columns:
    """A row for each pair of the classes shown; the share is that of the true class's samples."""
    shares = counts / np.maximum(counts.sum(-1, keepdims=True), 1)
    true, predicted = (index.ravel() for index in np.indices((len(shown), len(shown))))
    names = np.array(classes, object)
    cells = np.ix_(shown, shown)
    columns = {"true": names[true], "predicted": names[predicted]}
    columns |= {"count": counts[cells].ravel(), "share": shares[cells].ravel()}
    columns |= {"chosen": (shown[true] == cell[0]) & (shown[predicted] == cell[1])}
    return columns | {"share_text": texts(shares[cells].ravel(), "%")}


def finding(counts: Integers, classes: tuple[str, ...]) -> str:
    """The most frequent error."""
    errors = counts - np.diag(np.diag(counts))
    if not errors.any():
        return "no error"
    true, predicted = np.unravel_index(errors.argmax(), errors.shape)
    return f"the most frequent error is {classes[predicted]} where {classes[true]} is right"


def chart(data: Data, head: str, classes: tuple[str, ...]) -> Chart:
    """The marks. The columns are true, predicted, count, share, share_text, chosen."""
    scale = alt.Scale(domain=list(classes))
    angle = 0 if len(" ".join(classes)) < 36 else -45
    x_axis = alt.Axis(labelAngle=angle, labelLimit=90, labelOverlap=False)
    y_axis = alt.Axis(labelLimit=90, labelOverlap=False)
    base = alt.Chart(data).encode(
        x=alt.X("predicted:N", scale=scale, title=f"class predicted by {head}", axis=x_axis),
        y=alt.Y("true:N", scale=scale, title="true class", axis=y_axis),
    )
    clicked = alt.selection_point(name=CELL, fields=["true", "predicted"], toggle=False)
    return alt.layer(
        base.mark_rect(color=colour(head), stroke=RULE, strokeOpacity=0.25, strokeWidth=1)
        .encode(
            opacity=depth("share", 0, 1, 0.7),
            tooltip=[
                words("true", "true class"),
                words("predicted", "predicted class"),
                count("count", "samples"),
                words("share_text", "share of the true class"),
            ],
        )
        .add_params(clicked),
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=12 if len(classes) < 12 else 10, aria=False)
        .encode(text=alt.Text("count:Q", format=",")),
        base.transform_filter("datum.chosen").mark_rect(
            filled=False, stroke=INK, strokeWidth=2, opacity=1, aria=False
        ),
    ).properties(height=max(HEIGHT, 80 + 24 * len(classes)))
