"""The loss over two logits: values, level lines, and arrows that go downhill."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from alternatives.charts import contours, loss_plane
from alternatives.heads import HEADS
from alternatives.plane import CELLS
from alternatives.shape import Shape
from alternatives.shape.loss_plane import ARROWS, FLAT
from tests.heads_of_ones_own import a_head_of_ones_own
from tests.test_charts import is_raw

EVERY_HEAD = tuple(HEADS)
SHAPES = {
    "three classes": Shape(heads=EVERY_HEAD),
    "two classes": Shape(logits=(1, 2), target=0, moving=1, heads=EVERY_HEAD),
    "ten classes": Shape(logits=range(10), target=9, moving=0, heads=EVERY_HEAD, scale=3),
}
each_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@each_shape
def test_the_axes_are_the_target_and_another_class(shape: Shape) -> None:
    target, other = shape.loss_plane.axes
    assert target == shape.target != other
    assert other == (shape.moving if shape.moving != target else (target + 1) % len(shape.logits))


@each_shape
def test_losses_are_those_of_the_heads(shape: Shape) -> None:
    planes = shape.loss_plane
    logits = shape.scaled_logits.copy()
    for cell in (0, 777, CELLS**2 - 1):
        logits[list(planes.axes)] = planes.plane.centres[cell]
        for head, loss, norm in zip(shape.heads, planes.loss[:, cell], planes.norm[:, cell], strict=True):
            assert loss == pytest.approx(head.loss(logits, np.array(shape.target)), rel=1e-12)
            gradient = head.gradient(logits, np.array(shape.target))[list(planes.axes)]
            assert norm == pytest.approx(np.hypot(*gradient), rel=1e-12, abs=1e-300)


@each_shape
def test_arrows_go_downhill(shape: Shape) -> None:
    """A small step along an arrow lowers the loss: from the losses alone."""
    planes, step = shape.loss_plane, 1e-5 * shape.reach
    targets = np.full(ARROWS**2, shape.target)
    for head, descent in zip(shape.heads, planes.descent, strict=True):
        norm = np.linalg.norm(descent, axis=-1)
        steep = norm >= FLAT
        logits = np.tile(shape.scaled_logits, (ARROWS**2, 1))
        logits[:, planes.axes] = planes.points
        before = head.loss(logits, targets)
        logits[steep[:, None] & np.isin(np.arange(logits.shape[1]), planes.axes)] += (
            step * (descent[steep] / norm[steep, None])[:, np.argsort(planes.axes)]
        ).ravel()
        assert (head.loss(logits, targets)[steep] < before[steep]).all(), head.name


def test_softmax_by_the_formula() -> None:
    planes = Shape(logits=(0, 0), target=0, moving=1, heads=("softmax",)).loss_plane
    target, other = planes.plane.centres.T
    assert_allclose(planes.loss[0], np.logaddexp(0, other - target), atol=1e-12)
    line = planes.plane.edges[:, 0]
    assert_allclose(planes.corner_loss[0], np.logaddexp(0, line[None] - line[:, None]), atol=1e-12)
    wrong = 1 / (1 + np.exp(planes.points[:, 0] - planes.points[:, 1]))
    assert_allclose(planes.descent[0], np.stack([wrong, -wrong], -1), rtol=1e-9, atol=1e-15)


def test_where_learning_stands_still() -> None:
    shape = Shape(logits=(0, 0), target=0, moving=1, heads=("softmax", "spherical softmax", "hinge"))
    shares = dict(zip(shape.head_names, shape.loss_plane.flat.mean(-1), strict=True))
    assert shares["spherical softmax"] == 0
    # Of a square with sides of 20, a triangle: softmax needs a lead of log(√2 · 1000) = 7.25, hinge one of 1.
    for head, lead in {"softmax": np.log(np.sqrt(2) * 1000), "hinge": 1}.items():
        assert shares[head] == pytest.approx((20 - lead) ** 2 / 2 / 400, abs=0.02)


def test_a_plane_has_straight_lines() -> None:
    x, y = np.linspace(-1, 1, 9), np.linspace(0, 3, 7)
    heights = 2 * x[:, None] - y[None] + 0.3
    for level in (-1.2, 0.0, 0.55):
        (line,) = contours.lines(x, y, heights, level)
        assert_allclose(2 * line[:, 0] - line[:, 1] + 0.3, level, atol=1e-12)
        steps = np.diff(line @ [1, 2])
        assert (steps >= 0).all() or (steps <= 0).all()  # in order


def test_a_bowl_has_closed_lines() -> None:
    x = y = np.linspace(-2, 2, 81)
    (line,) = contours.lines(x, y, np.hypot(x[:, None], y[None]), 1.3)
    assert_allclose(np.linalg.norm(line, axis=1), 1.3, atol=2e-3)
    assert (line[0] == line[-1]).all()
    length = np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
    assert length == pytest.approx(2 * np.pi * 1.3, rel=2e-3)


def test_two_valleys_have_two_lines_and_nothing_is_drawn_where_nothing_is_known() -> None:
    x = y = np.linspace(-2, 2, 41)
    heights = np.abs(np.hypot(x[:, None], 0 * y[None]) - 1)
    assert len(contours.lines(x, y, heights, 0.45)) == 4
    assert contours.lines(x, y, heights, 7.0) == []
    heights[20:] = np.nan
    left = contours.lines(x, y, heights, 0.45)
    assert len(left) == 2
    assert max(line[:, 0].max() for line in left) < 0


@each_shape
def test_a_head_s_picture_is_light_and_says_what_it_shows(shape: Shape) -> None:
    drawings = loss_plane.drawings(shape)
    assert list(drawings) == list(shape.head_names)
    for head, drawing in drawings.items():
        frame = drawing.frame
        rows = frame["row"].value_counts()
        n_marks = rows.drop("level", errors="ignore").sum() + frame["level"].nunique()
        assert n_marks < 2000, head
        assert rows["current"] == 1
        steep = np.linalg.norm(shape.loss_plane.descent[shape.head_names.index(head)], axis=-1) >= FLAT
        assert rows.get("arrow", 0) == steep.sum()
        assert frame.loc[frame["row"] == "arrow", "length"].between(0, 1).all()
        assert not is_raw(drawing.text)
        assert f"class {shape.target}" in drawing.text
        assert drawing.data.nbytes < 250_000


@each_shape
def test_lines_have_the_loss_that_is_written_beside_them(shape: Shape) -> None:
    planes = shape.loss_plane
    for drawing in loss_plane.drawings(shape).values():
        frame = drawing.frame
        named = set(frame.loc[frame["row"] == "name", "name"])
        levels = set(frame.loc[frame["row"] == "level", "level"])
        assert named <= {f"{level:g}" for level in levels}
    softmax = loss_plane.drawings(Shape(logits=(0, 0), target=0, moving=1, heads=("softmax",)))[
        "softmax"
    ].frame
    line = softmax[(softmax["row"] == "level") & softmax["x"].notna()]
    assert_allclose(np.logaddexp(0, line["y"] - line["x"]), line["level"], rtol=0.05)
    assert planes.heads == shape.head_names


def test_the_caption_says_what_is_cut_off_and_the_unit() -> None:
    assert "equal loss, in nats" in loss_plane.caption(Shape())
    assert "Cut off" not in loss_plane.caption(Shape())
    both = loss_plane.caption(Shape(heads=("softmax", "squared error")))
    assert "in nats" not in both
    assert "Cut off at" in both


def test_a_head_of_ones_own_has_a_plane() -> None:
    with a_head_of_ones_own() as head:
        assert head.name in loss_plane.drawings(Shape(heads=[head, "softmax"]))
