"""Which class one head predicts over the plane of two logits, and how confidently."""

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts.axes import axis, cells, depth
from alternatives.charts.drawing import Chart, Data, Drawing, Drawings
from alternatives.charts.look import INK, class_colour, panel_title
from alternatives.charts.regions import DEEPEST
from alternatives.charts.tooltips import count, texts, words
from alternatives.heads import Floats, Integers
from alternatives.plane import CELLS
from alternatives.shape import Shape
from alternatives.wording import in_unit, listed

SQUARE = 230
"""Height in pixels of one head's square among small multiples."""
CELL, DOT, DIGIT, CURRENT = range(4)
"""Marks: a cell of the plane may have a dot or a digit; `CURRENT` is the current logits."""
DIGIT_EVERY, DOT_EVERY = 6, 2
"""Cells of the plane from one digit to the next, and from one dot to the next."""


def drawings(shape: Shape) -> Drawings:
    """Each head's plane; of three classes alone."""
    x_class, y_class = shape.axes
    current = {"x": shape.scaled_logits[x_class], "y": shape.scaled_logits[y_class], "mark": CURRENT}
    has_dot, has_digit = _grid(DOT_EVERY), _grid(DIGIT_EVERY)
    result = {}
    for head, winner, confidence, loses in zip(shape.head_names, *shape.winners_on_plane, strict=True):
        mark = np.where(has_digit, DIGIT, np.where(loses & has_dot, DOT, CELL))
        columns = shape.plane.corners | {
            "winner": winner,
            "confidence": confidence,
            "confidence_text": _texts(confidence),
            "mark": mark,
        }
        result[head] = Drawing(
            chart,
            {name: np.append(values, current.get(name, _empty(values))) for name, values in columns.items()},
            f"Plane of two logits under {head}: {_finding(winner, loses)}.",
            head=head,
            x_class=x_class,
            y_class=y_class,
            reach=shape.reach,
        )
    return result


def _texts(confidence: Floats) -> NDArray[np.object_]:
    """Each cell's confidence in words, to the digits that are read; only what is 100 % is called so."""
    distinct, index = np.unique(
        np.where(confidence < 1, np.minimum(np.round(confidence, 3), 0.999), 1), return_inverse=True
    )
    return texts(distinct, "%")[index]


def _empty(values: NDArray[Any]) -> Any:
    return None if values.dtype == object else np.nan


def _grid(step: int) -> NDArray[np.bool_]:
    """Cells in the middle of squares of ``step × step`` cells."""
    column, line = np.indices((CELLS, CELLS)).reshape(2, -1)
    is_middle: NDArray[np.bool_] = (column % step == step // 2) & (line % step == step // 2)
    return is_middle


def _finding(winner: Integers, loses: NDArray[np.bool_]) -> str:
    """Each class's share, and that of the cells whose winner hasn't the largest logit."""
    shares = np.bincount(winner, minlength=3) / len(winner)
    won = listed(f"class {label} wins {in_unit(share, '%')}" for label, share in enumerate(shares))
    if not loses.any():
        return f"{won}; the largest logit wins everywhere"
    return f"{won}; in {in_unit(float(loses.mean()), '%')} the winner is not the largest logit"


def chart(data: Data, head: str, x_class: int, y_class: int, reach: float) -> Chart:
    """The marks: a colour a class, deeper where more confident; digits name the winner.

    The columns are mark, x, x2, y, y2, winner, confidence, confidence_text.
    """
    square = alt.Scale(domain=[-reach, reach], nice=False, round=True)
    flat = axis(tickCount=3, grid=False)
    x = alt.X("x:Q", scale=square, title=f"logit of class {x_class}", axis=flat)
    y = alt.Y("y:Q", scale=square, title=f"logit of class {y_class}", axis=flat)
    colours = alt.Scale(domain=list(range(3)), range=[class_colour(i) for i in range(3)])
    base = alt.Chart(data)
    return alt.layer(
        base.transform_filter(f"datum.mark !== {CURRENT}")
        .mark_rect(strokeWidth=0)
        .encode(
            **cells(x, y),
            fill=alt.Fill("winner:O", scale=colours, legend=None),
            opacity=depth("confidence", 1 / 3, 1, DEEPEST),
            tooltip=[count("winner", "predicted class"), words("confidence_text", "probability")],
        ),
        base.transform_filter(f"datum.mark === {DOT}")
        .mark_circle(size=5, color=INK, opacity=0.8, aria=False)
        .encode(x=x, y=y),
        base.transform_filter(f"datum.mark === {DIGIT}")
        .mark_text(fontSize=11)
        .encode(x=x, y=y, text="winner:O"),
        base.transform_filter(f"datum.mark === {CURRENT}")
        .mark_point(shape="cross", filled=True, size=130, opacity=1, fill=INK)
        .encode(x=x, y=y),
    ).properties(height=SQUARE, title=panel_title(head))
