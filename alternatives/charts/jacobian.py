"""Jacobian of one head: each class's probability by each logit, shaded by size."""

import altair as alt
import numpy as np

from alternatives.charts.axes import depth
from alternatives.charts.drawing import Chart, Data, Drawing, Drawings
from alternatives.charts.layers import where
from alternatives.charts.look import RULE, colour, panel_title
from alternatives.charts.plane import SQUARE
from alternatives.charts.scales import cut_off, limit, two_decimals
from alternatives.shape import Shape
from alternatives.wording import spelled

MOST_NUMBERS = 16
"""Cells that have room for their numbers."""


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
            f"the largest is {spelled(float(values[largest]))}, of class {row[largest]} by the logit of "
            f"class {column[largest]}.{cut}"
        )
        texts = np.array(two_decimals(values, MOST_NUMBERS), object)
        columns = {"class": row, "logit": column, "derivative": values, "size": np.abs(values), "text": texts}
        result[head] = Drawing(chart, where(columns, np.isfinite(values)), text, head=head, limit=end)
    return result


def chart(data: Data, head: str, limit: float) -> Chart:
    """The marks: depth is size, the number has the sign.

    The columns are class, logit, derivative, size, text.
    """
    base = alt.Chart(data).encode(
        x=alt.X("logit:O", title="logit", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("class:O", title="probability"),
    )
    cells = base.mark_rect(color=colour(head), stroke=RULE, strokeOpacity=0.25, strokeWidth=1).encode(
        opacity=depth("size", 0, limit, 0.7),
        tooltip=[
            alt.Tooltip("class:O", title="probability of class"),
            alt.Tooltip("logit:O", title="by the logit of class"),
            alt.Tooltip("derivative:Q", format="+.4~g"),
        ],
    )
    numbers = base.mark_text(fontSize=11).encode(text="text:N")
    return alt.layer(cells, numbers).properties(height=SQUARE, title=panel_title(head))
