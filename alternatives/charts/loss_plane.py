"""The loss of one head over the plane of two logits: its level lines, and arrows of gradient descent."""

import altair as alt
import numpy as np

from alternatives.charts import contours
from alternatives.charts.axes import axis, cells, depth
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, Drawings
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, RULE, colour, panel_title
from alternatives.charts.plane import SQUARE
from alternatives.charts.rectangles import rectangles
from alternatives.charts.scales import cut_off, limit
from alternatives.charts.tooltips import words
from alternatives.heads import Floats
from alternatives.shape import Shape
from alternatives.shape.loss_plane import ARROWS, FLAT, LossPlane
from alternatives.wording import in_unit, spelled

LEVELS = (0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Losses with a line."""
SHADES = 16
DEEPEST = 0.4
"""Opacity of the largest loss."""
SHORTEST = 0.3
"""Length of the shortest arrow, as a share of the longest."""
ROOM = 0.9
"""Length of the longest arrow, as a share of the distance of two."""


def drawings(shape: Shape) -> Drawings:
    """Each head's plane, on one scale of losses and one of gradients."""
    planes = shape.loss_plane
    steepest, highest = _steepest(planes), limit(planes.loss, "loss")
    x, y = shape.scaled_logits[list(planes.axes)]
    found = {}
    for index, head in enumerate(shape.heads):
        level, name = _lines(planes, index, highest)
        frame = stacked(
            cell=_cells(planes, index, highest, head.loss_unit),
            level=level,
            arrow=_arrows(planes, index, steepest),
            name=name,
            current={"x": [x], "y": [y]},
        )
        text = f"Loss of {head.name} over the logits of classes {planes.axes[0]} and {planes.axes[1]}"
        found[head.name] = Drawing(
            chart, frame, text, _finding(shape, index), head=head.name, axes=planes.axes, reach=shape.reach
        )
    return found


def caption(shape: Shape) -> str:
    """How to read the planes, and which heads have larger losses than they show."""
    planes = shape.loss_plane
    target, other = planes.axes
    unit = ", in nats" if all(head.loss_unit == "nats" for head in shape.heads) else ""
    stay = ", the others stay" if len(shape.logits) > 2 else ""
    return (
        f"The logits of class {target}, the target, and of class {other} vary{stay}. Lines: equal "
        f"loss{unit}. The stronger the grey, the larger the loss. Arrows: where gradient descent goes; the "
        f"longer, the larger the gradient (on a log scale, up to a norm of {spelled(_steepest(planes))}). No "
        f"arrow: the gradient is nearly zero, with a norm below {FLAT}, and learning stands still. ✚: "
        f"current logits.{cut_off(shape.head_names, planes.loss, 'loss')}"
    )


def _steepest(planes: LossPlane) -> float:
    """The gradient norm of the longest arrows."""
    return limit(np.linalg.norm(planes.descent, axis=-1), "gradient magnitude")


def _finding(shape: Shape, index: int) -> str:
    planes = shape.loss_plane
    loss, target = planes.loss[index], planes.axes[0]
    finite = loss[np.isfinite(loss)]
    if not len(finite):
        return "it is not defined here"
    flat = float(planes.flat[index].mean())
    moves = [
        f"{'raises' if gradient < 0 else 'lowers'} the logit of class {label}"
        for label, gradient in zip(planes.axes, shape.gradients[index][list(planes.axes)], strict=True)
        if abs(gradient) >= FLAT
    ]
    step = f"gradient descent {' and '.join(moves)}" if moves else "the gradient is nearly zero"
    return (
        f"from {spelled(float(finite.min()), 2)} to {spelled(float(finite.max()), 2)} where class {target} "
        f"is right; the gradient is nearly zero in {in_unit(flat, '%')} of the plane; at the current logits "
        f"{step}"
    )


def _cells(planes: LossPlane, index: int, highest: float, unit: str) -> Columns:
    """Rectangles, each with the shade of its loss between 0 and `highest`, which is logarithmic beyond 1."""
    loss = np.nan_to_num(planes.loss[index], nan=0.0, posinf=highest)
    shade = np.log1p(np.clip(loss, 0, highest)) / np.log1p(highest)
    areas = rectangles(planes.plane, np.isnan(planes.loss[index]), shade, SHADES)
    losses = np.expm1(np.asarray(areas["confidence"]) * np.log1p(highest))
    texts = [_loss(value, highest, unit) for value in losses.tolist()]
    kept = ("x", "x2", "y", "y2")
    shown = {name: areas[name] for name in kept}
    return {**shown, "shade": areas["confidence"], "loss_text": np.array(texts, object)}


def _loss(value: float, highest: float, unit: str) -> str:
    text = f"{spelled(highest)} or more" if value > 0.99 * highest else spelled(value, 2)
    return f"{text} {unit}".rstrip()


def _lines(planes: LossPlane, index: int, highest: float) -> tuple[Columns, Columns]:
    """The level lines, with an empty row after each; and the loss of each level, at one place of a line."""
    (x, y), heights = planes.plane.edges.T, planes.corner_loss[index]
    found = [
        (level, line) for level in LEVELS if level <= highest for line in contours.lines(x, y, heights, level)
    ]
    gap = np.full((1, 2), np.nan)
    places = np.concatenate([gap, *(np.concatenate([line, gap]) for _, line in found)])
    levels = [level for level, line in found for _ in range(len(line) + 1)]
    return {
        "x": places[1:, 0],
        "y": places[1:, 1],
        "level": np.array(levels, float),
        "order": np.arange(len(levels)),
    }, _names(planes, found)


def _names(planes: LossPlane, found: list[tuple[float, Floats]]) -> Columns:
    """Each level's number where it is between arrows, and far from the others."""
    by_level: dict[float, list[Floats]] = {}
    extent = planes.plane.edges[-1] - planes.plane.edges[0]
    for level, line in found:
        place = (line - planes.plane.edges[0]) / extent
        from_middle = np.abs(place * ARROWS % 1 - 0.5).max(1)  # of the square around an arrow
        free = (from_middle > 0.35) & (np.abs(place - 0.5).max(1) < 0.45)
        by_level.setdefault(level, []).append(line[free])
    candidates = {level: np.concatenate(points) for level, points in by_level.items()}
    named = [level for level, points in candidates.items() if len(points)]
    middle = (planes.plane.edges[-1] + planes.plane.edges[0])[None] / 2
    places = contours.spread([candidates[level] for level in named], middle)
    return {
        "x": places[:, 0],
        "y": places[:, 1],
        "name": np.array([spelled(level) for level in named], object),
    }


def _arrows(planes: LossPlane, index: int, steepest: float) -> Columns:
    """Arrows of gradient descent, longer where the gradient is larger; none where it is nearly zero."""
    descent = planes.descent[index]
    norm = np.linalg.norm(descent, axis=-1)
    shown = norm >= FLAT
    norm, descent, (x, y) = norm[shown], descent[shown], planes.points[shown].T
    share = np.log(norm / FLAT) / np.log(steepest / FLAT)
    texts = np.array([spelled(each, 2) for each in norm.tolist()], object)
    length = SHORTEST + (1 - SHORTEST) * np.clip(share, 0, 1)
    across, up = descent.T
    return {"x": x, "y": y, "across": across, "up": up, "length": length, "norm_text": texts}


def chart(data: Data, head: str, axes: tuple[int, int], reach: float) -> Chart:
    """The marks.

    The columns are row, x, x2, y, y2, shade, loss_text, level, order, across, up, length, norm_text, name.
    """
    square = alt.Scale(domain=[-reach, reach], nice=False, round=True)
    flat = axis(tickCount=3, grid=False, labelFlush=True)
    x = alt.X("x:Q", scale=square, title=f"logit of class {axes[0]}, the target", axis=flat)
    y = alt.Y("y:Q", scale=square, title=f"logit of class {axes[1]}", axis=flat)
    rows = ("cell", "level", "arrow", "name", "current")
    cell, level, arrow, name, current = layers(alt.Chart(data), *rows)
    longest = f"{ROOM / ARROWS:.3f} * min(width, height)"
    return alt.layer(
        cell.mark_rect(strokeWidth=0, fill=RULE, aria=False).encode(
            **cells(x, y), opacity=depth("shade", 0, 1, DEEPEST), tooltip=[words("loss_text", "loss")]
        ),
        level.mark_line(strokeWidth=1, color=INK, opacity=0.6, aria=False).encode(
            x=x, y=y, detail="level:N", order="order:Q"
        ),
        arrow.mark_point(
            shape="arrow",
            filled=True,
            opacity=1,
            color=colour(head),
            stroke=INK,
            strokeWidth=0.4,
            size=alt.ExprRef(f"pow(datum.length * {longest}, 2)"),
            angle=alt.ExprRef("atan2(datum.across * width, datum.up * height) * 180 / PI"),
        ).encode(x=x, y=y, tooltip=[words("norm_text", "gradient norm")]),
        name.mark_text(fontSize=10, fontWeight=600, aria=False).encode(x=x, y=y, text="name:N"),
        current.mark_point(shape="cross", filled=True, size=130, opacity=1, fill=INK).encode(x=x, y=y),
    ).properties(height=SQUARE, title=panel_title(head))
