"""Jacobian of one head: each class's probability by each logit; colour is sign, depth size."""

import altair as alt
import numpy as np

from alternatives.charts import key
from alternatives.charts.axes import depth
from alternatives.charts.drawing import Chart, Data, Drawing, Drawings
from alternatives.charts.layers import where
from alternatives.charts.look import NEGATIVE, POSITIVE, RULE, by_sign, panel_title
from alternatives.charts.plane import SQUARE
from alternatives.charts.scales import beside_marks, cut_off, limit
from alternatives.charts.tooltips import count, words
from alternatives.shape import Shape
from alternatives.wording import spelled

MOST_NUMBERS = 16
"""Cells that have room for their numbers."""


def signs() -> Drawing:
    """The key of all Jacobians."""
    falls, rises = key.Entry("probability falls", NEGATIVE), key.Entry("probability rises", POSITIVE)
    return key.drawing("where the logit rises", (rises, falls))


def drawings(shape: Shape) -> Drawings:
    """Each head's Jacobian."""
    end, cut = limit(shape.jacobian, "derivative"), cut_off(shape.head_names, shape.jacobian, "derivative")
    n_classes = len(shape.logits)
    row, column = np.indices((n_classes, n_classes)).reshape(2, -1)
    result = {}
    for head, values in zip(shape.head_names, shape.jacobian.reshape(len(shape.heads), -1), strict=True):
        largest = int(np.abs(np.nan_to_num(values)).argmax())
        text = (
            f"Jacobian of {head}: derivatives of the probabilities of {n_classes} classes by their logits; "
            f"the largest is {spelled(float(values[largest]), 2)}, of class {row[largest]} by the logit of "
            f"class {column[largest]}.{cut}"
        )
        texts = np.array(beside_marks(values, MOST_NUMBERS), object)
        columns = {"class": row, "logit": column, "derivative": values, "size": np.abs(values)}
        columns |= {
            "text": texts,
            "derivative_text": np.array([spelled(v, 2) for v in values.tolist()], object),
        }
        result[head] = Drawing(chart, where(columns, np.isfinite(values)), text, head=head, limit=end)
    return result


def chart(data: Data, head: str, limit: float) -> Chart:
    """The marks: colour is sign, depth is size.

    The columns are class, logit, derivative, size, text, derivative_text.
    """
    base = alt.Chart(data).encode(
        x=alt.X("logit:O", title="logit", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("class:O", title="probability"),
    )
    cells = base.mark_rect(stroke=RULE, strokeOpacity=0.25, strokeWidth=1).encode(
        fill=by_sign("derivative"),
        opacity=depth("size", 0, limit, 0.8),
        tooltip=[
            count("class", "probability of class"),
            count("logit", "by the logit of class"),
            words("derivative_text", "derivative"),
        ],
    )
    numbers = base.mark_text(fontSize=11).encode(text="text:N")
    return alt.layer(cells, numbers).properties(height=SQUARE, title=panel_title(head))
