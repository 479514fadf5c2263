"""Probabilities as a point in a triangle, and each head's path there as the logits are scaled up.

Each corner is a class: the nearer a point, the more probable the class. Of two classes the triangle is a
line, with a row for each head.
"""

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts.axes import HEIGHT
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.labels import places_within, short
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape
from alternatives.charts.tooltips import words
from alternatives.heads import Floats
from alternatives.shape import Paths, Shape
from alternatives.shape.paths import MOST_CORNERS
from alternatives.wording import listed, probability, spelled

TOP = 3**0.5 / 2
"""Height of the triangle with sides of 1."""
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, TOP]])
MARKED = np.array([0.1, 1.0, 10.0])
"""Scales with a dot on each path."""
MARGIN, NAMES = 28, 120
"""Pixels below, above and to the left of the triangle; and to its right, where the heads' names are."""
SIDE = f"min((height - {2 * MARGIN}) / {TOP:.4f}, width - {MARGIN + NAMES})"
"""Pixels of the triangle's side, as an expression of the chart's size."""
DASH = "datum.is_side ? [1, 0] : [2, 4]"


def drawing(shape: Shape) -> Drawing:
    """The paths of all heads, with the probabilities at the current scale marked."""
    paths = shape.paths
    places = _places(paths)
    finite = np.isfinite(paths.probabilities.sum(-1))
    names = np.array(paths.heads, object)
    rounded = np.round(paths.scales, 12)
    index = np.arange(len(rounded))

    def line(shown: NDArray[np.bool_]) -> dict[str, Any]:
        head, point = np.nonzero(finite & shown)
        x, y = places[head, point].T
        return {"head": names[head], "x": x, "y": y, "order": point}

    def points(shown: NDArray[np.bool_]) -> dict[str, Any]:
        head, point = np.nonzero(finite & shown)
        scales = np.array([spelled(scale) for scale in rounded[point].tolist()], object)
        shares = paths.probabilities[head, point].T
        texts = {f"share_{corner}": _texts(share) for corner, share in enumerate(shares)}
        return line(shown) | {"scale_text": scales} | texts

    known = np.flatnonzero(finite[:, -1])
    end_x, end_y = places[known, -1].T
    frame = stacked(
        edge=_edges(len(names), len(paths.corners), len(shape.logits)),
        path=line(index >= 0),
        dot=points(np.isin(rounded, MARKED)),
        present=points(index == paths.present),
        label={"head": names[known], "x": end_x, "y": end_y, "label_at": places_within(end_y, 0.0, TOP)},
        corner=_corners(paths.corners),
    )
    at_present = [
        f"{head} {listed(map(probability, shares))}"
        for head, shares in zip(paths.heads, paths.probabilities[:, paths.present].tolist(), strict=True)
    ]
    text = (
        f"Paths of the probabilities of {listed(paths.corners)} as the scale of the logits goes from 0 to "
        f"{spelled(float(paths.scales[-1]))}"
    )
    finding = f"{paths.finding} At the current scale, {spelled(shape.scale)}: {listed(at_present)}"
    return Drawing(chart, frame, text, finding, heads=paths.heads, corners=paths.corners)


def caption(shape: Shape) -> str:
    """What the corners are, and how to read the paths."""
    n_classes = len(shape.logits)
    if n_classes < MOST_CORNERS:
        where = "A place on a line is two probabilities: the nearer an end, the more probable its class."
    else:
        where = (
            "A place in this triangle, the probability simplex, is three probabilities: the nearer a corner, "
            "the more probable its class."
        )
    if n_classes == MOST_CORNERS:
        where += " Dotted: where the most probable class changes."
    if n_classes > MOST_CORNERS:
        where += " One corner is the target, one the largest other logit, and one all other classes together."
    return (
        f"{where} Each path goes from a scale of 0, where all logits are equal, to one of 100. Large marks: "
        f"the current scale, {spelled(shape.scale)}. Small dots: scales of 0.1, 1 and 10. Values that don't "
        "sum to 1, such as those of sigmoid, are divided by their sum."
    )


def _places(paths: Paths) -> Floats:
    """Points (n_heads, n_scales, 2) of probabilities; of two classes each head has a row of its own."""
    n_corners = len(paths.corners)
    places: Floats = paths.probabilities @ CORNERS[:n_corners]
    if n_corners < MOST_CORNERS:
        places[..., 1] = _rows(len(places))[:, None]
    return places


def _rows(n_heads: int) -> Floats:
    """Heights of the lines of two classes, the first head's on top."""
    return TOP * (1 - (np.arange(n_heads) + 0.5) / n_heads)


def _edges(n_heads: int, n_corners: int, n_classes: int) -> Columns:
    """Lines x, y to x2, y2: the sides; and, with a class at each corner, where the most probable changes."""
    if n_corners < MOST_CORNERS:
        rows = _rows(n_heads)
        start, end = (np.column_stack([np.full(n_heads, x), rows]) for x in (0.0, 1.0))
    else:
        start, end = CORNERS, np.roll(CORNERS, -1, axis=0)
    is_side = np.ones(len(start), bool)
    if n_classes == MOST_CORNERS:
        middle = np.tile(CORNERS.mean(0), (MOST_CORNERS, 1))
        start, end = np.concatenate([start, middle]), np.concatenate([end, (start + end) / 2])
        is_side = np.repeat([True, False], MOST_CORNERS)
    return {"x": start[:, 0], "y": start[:, 1], "x2": end[:, 0], "y2": end[:, 1], "is_side": is_side}


def _corners(names: tuple[str, ...]) -> Columns:
    """The corners' names, each on the outside."""
    x, y = CORNERS[: len(names)].T
    return {"x": x, "y": y, "name": np.array(names, object), "below": np.where(y == 0, 1, -1)}


def _texts(values: Floats) -> NDArray[np.object_]:
    return np.array([probability(value) for value in values.tolist()], object)


def _pixels(start: str, extent: str) -> alt.Scale:
    """A scale along which a side of the triangle is `SIDE` long, from `start` pixels on."""
    low, high = (alt.ExprRef(f"({end}) / {SIDE}") for end in (f"-({start})", f"{extent} - ({start})"))
    return alt.Scale(domainMin=low, domainMax=high, nice=False, zero=False)


def chart(data: Data, heads: Heads, corners: tuple[str, ...]) -> Chart:
    """The marks.

    The columns are row, head, x, y, x2, y2, order, scale_text, share_0 to share_2, label_at, is_side, name,
    below.
    """
    x = alt.X("x:Q", scale=_pixels(str(MARGIN), "width"), axis=None)
    y = alt.Y("y:Q", scale=_pixels(f"(height - {TOP:.4f} * {SIDE}) / 2", "height"), axis=None)
    rows = ("edge", "path", "dot", "present", "label", "corner")
    edge, path, dot, present, label, corner = layers(alt.Chart(data), *rows)
    shares = [words(f"share_{k}", f"probability of {name}") for k, name in enumerate(corners)]
    tooltip = [words("head", "head"), words("scale_text", "scale"), *shares]
    colour = by_colour(heads)
    at_names = alt.value(alt.ExprRef(f"{MARGIN} + {SIDE} + 14"))
    return alt.layer(
        edge.mark_rule(color=RULE, aria=False, strokeDash=alt.ExprRef(DASH)).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q"
        ),
        path.mark_line(strokeWidth=2).encode(
            x=x, y=y, order="order:Q", color=colour, strokeDash=by_dash(heads), tooltip=tooltip[:1]
        ),
        dot.mark_circle(size=26, opacity=1).encode(x=x, y=y, color=colour, tooltip=tooltip),
        label.mark_rule(strokeWidth=1, strokeDash=[1, 3], aria=False).encode(
            x=x, y=y, x2=at_names, y2="label_at:Q", color=colour
        ),
        label.mark_text(align="left", dx=4, text=alt.ExprRef(short("datum.head")), aria=False).encode(
            x=at_names, y=alt.Y("label_at:Q", axis=None), color=alt.value(INK)
        ),
        present.mark_point(filled=True, size=100, opacity=1, stroke=INK, strokeWidth=1).encode(
            x=x, y=y, color=colour, shape=by_shape(heads), tooltip=tooltip
        ),
        corner.mark_text(dy=alt.ExprRef("14 * datum.below"), fontWeight=600, aria=False).encode(
            x=x, y=y, text="name:N"
        ),
    ).properties(height=HEIGHT)
