"""Which class one head predicts over the plane of two logits, and how confidently."""

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts.axes import axis, cells, depth
from alternatives.charts.drawing import Chart, Data, Drawing, Drawings
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, class_colour, panel_title
from alternatives.charts.rectangles import rectangles
from alternatives.charts.regions import DEEPEST
from alternatives.charts.tooltips import count, words
from alternatives.heads import Integers
from alternatives.plane import CELLS
from alternatives.shape import Shape
from alternatives.wording import in_unit, listed, probability

SQUARE = 230
"""Height in pixels of one head's square among small multiples."""
DIGIT_EVERY, DOT_EVERY = 6, 2
"""Cells of the plane from one digit to the next, and from one dot to the next."""


def drawings(shape: Shape) -> Drawings:
    """Each head's plane; of three classes alone."""
    x_class, y_class = shape.axes
    centres, has_dot, has_digit = shape.plane.centres, _grid(DOT_EVERY), _grid(DIGIT_EVERY)
    result = {}
    for head, winner, confidence, loses in zip(shape.head_names, *shape.winners_on_plane, strict=True):
        dotted = centres[loses & has_dot & ~has_digit].T
        areas = rectangles(shape.plane, winner, confidence)
        in_words = [probability(value) for value in areas["confidence"].tolist()]
        columns = stacked(
            cell={**areas, "confidence_text": np.array(in_words, object)},
            dot={"x": dotted[0], "y": dotted[1]},
            digit={
                "x": centres[has_digit, 0],
                "y": centres[has_digit, 1],
                "predicted": winner[has_digit].astype(object),
            },
            current={
                "x": shape.scaled_logits[[x_class]],
                "y": shape.scaled_logits[[y_class]],
            },
        )
        result[head] = Drawing(
            chart,
            columns,
            f"Plane of two logits under {head}: {_finding(winner, loses)}.",
            head=head,
            x_class=x_class,
            y_class=y_class,
            reach=shape.reach,
        )
    return result


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

    The columns are row, x, x2, y, y2, predicted, confidence, confidence_text.
    """
    square = alt.Scale(domain=[-reach, reach], nice=False, round=True)
    flat = axis(tickCount=3, grid=False, labelFlush=True)
    x = alt.X("x:Q", scale=square, title=f"logit of class {x_class}", axis=flat)
    y = alt.Y("y:Q", scale=square, title=f"logit of class {y_class}", axis=flat)
    colours = alt.Scale(domain=list(range(3)), range=[class_colour(i) for i in range(3)])
    cell, dot, digit, current = layers(alt.Chart(data), "cell", "dot", "digit", "current")
    return alt.layer(
        cell.mark_rect(strokeWidth=0, aria=False).encode(
            **cells(x, y),
            fill=alt.Fill("predicted:O", scale=colours, legend=None),
            opacity=depth("confidence", 1 / 3, 1, DEEPEST),
            tooltip=[count("predicted", "predicted class"), words("confidence_text", "probability")],
        ),
        dot.mark_circle(size=5, color=INK, opacity=0.8, aria=False).encode(x=x, y=y),
        digit.mark_text(fontSize=11, aria=False).encode(x=x, y=y, text="predicted:O"),
        current.mark_point(shape="cross", filled=True, size=130, opacity=1, fill=INK).encode(x=x, y=y),
    ).properties(height=SQUARE, title=panel_title(head))
