"""Paths of the probabilities as the logits scale up: where they begin and end, and the picture of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from alternatives.charts import simplex
from alternatives.charts.simplex import CORNERS, TOP
from alternatives.heads import HEADS
from alternatives.shape import PRESETS, Shape
from alternatives.shape.paths import CLOSE, MOST, REST
from tests.heads_of_ones_own import a_head_of_ones_own

EVERY_HEAD = tuple(HEADS)
SHAPES = {
    "two classes": Shape(logits=(1, 2), heads=EVERY_HEAD),
    "three classes": Shape(heads=EVERY_HEAD),
    "a shift": Shape(shift=-1.5, scale=0.3, heads=EVERY_HEAD),
    "five classes": Shape(logits=(3, -1, 2.5, 0, 0.5), target=3, heads=EVERY_HEAD, scale=100),
}
each_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def ends(shape: Shape) -> dict[str, np.ndarray]:
    return dict(zip(shape.head_names, shape.paths.ends, strict=True))


@each_shape
def test_probabilities_sum_to_one_and_begin_where_all_logits_are_equal(shape: Shape) -> None:
    probabilities = shape.paths.probabilities
    assert_allclose(probabilities.sum(-1), 1, rtol=1e-12)
    equal = 1 / len(shape.logits)
    rest = len(shape.logits) - 2
    assert_allclose(probabilities[:, 0, :2], equal, rtol=1e-12)
    assert_allclose(probabilities[:, 0, 2:], rest * equal, rtol=1e-12)


@each_shape
def test_the_current_scale_is_on_every_path(shape: Shape) -> None:
    paths = shape.paths
    assert (np.diff(paths.scales) > 0).all()
    assert (paths.scales[0], paths.scales[-1], paths.scales[paths.present]) == (0, MOST, shape.scale)
    for head, present in zip(shape.heads, paths.probabilities[:, paths.present], strict=True):
        now = head.class_probabilities(shape.scaled_logits)
        if len(now) > 3:
            target, rival = 3, 0
            now = np.array([now[target], now[rival], now.sum() - now[target] - now[rival]])
        assert_allclose(present, now, atol=1e-12)


def test_where_the_paths_end_by_formula() -> None:
    """Independent of the heads: what the caption says of the default logits."""
    logits = np.array(Shape().logits)
    found = ends(Shape())
    assert_allclose(found["softmax"], [0, 1, 0], atol=1e-12)  # the largest logit
    assert_allclose(found["sigmoid"], [1 / 2, 1 / 2, 0], atol=1e-12)  # every positive logit alike
    squares = logits**2 / (logits**2).sum()
    assert_allclose(found["spherical softmax"], squares, atol=1e-3)
    assert_allclose(found["Taylor softmax"], squares, atol=CLOSE / 2)
    assert_allclose(Shape().paths.squares, squares)


def test_spherical_softmax_goes_straight_and_taylor_softmax_turns() -> None:
    paths = Shape().paths
    straight, turning = (
        paths.probabilities[paths.heads.index(f"{each} softmax")] for each in ("spherical", "Taylor")
    )
    way = straight[-1] - straight[0]
    along = (straight - straight[0]) @ way / (way @ way)
    assert_allclose(straight, straight[0] + along[:, None] * way, atol=1e-12)
    # Class 1 has the largest logit: Taylor softmax first raises it, as softmax does, and then lowers it.
    best = turning[:, 1].argmax()
    assert 0 < best < len(turning) - 1
    assert turning[best, 1] > turning[-1, 1] + 0.1


@each_shape
def test_paths_stay_close_to_their_end_from_the_scale_that_is_said(shape: Shape) -> None:
    paths = shape.paths
    for probabilities, settled in zip(paths.probabilities, paths.settled, strict=True):
        away = np.abs(probabilities - probabilities[-1]).max(-1)
        assert (away[paths.scales >= settled] <= CLOSE).all()
        before = away[paths.scales < settled]
        assert not len(before) or before[-1] > CLOSE


def test_the_finding_of_the_default() -> None:
    assert Shape().paths.findings == [
        "Softmax ends in the corner of class 1.",
        "Spherical softmax and Taylor softmax end about where probabilities are in the ratio of the squared "
        "logits (0.071, 0.29 and 0.64).",
        "Sigmoid ends halfway between class 0 and class 1.",
        "Spherical softmax is within 0.02 of its end from a scale of 1.8 on, Taylor softmax only from 19 on.",
    ]


def test_other_findings() -> None:
    def finding(logits: tuple[float, ...], head: str) -> str:
        return Shape(logits=logits, heads=(head,), target=0, moving=0).paths.findings[0]

    assert finding((1, 2), "softmax") == "Softmax ends with all probability on class 1."
    assert finding((1, 1, 1), "softmax") == "Softmax ends where it began."
    assert finding((0, 0, 0), "Taylor softmax") == "Taylor softmax ends where it began."
    assert finding((2, 2, 0), "softmax") == "Softmax ends halfway between class 0 and class 1."
    assert finding((1, 2, 3, 4), "softmax") == "Softmax ends in the corner of class 3."
    assert finding((1, 2, 4, 4), "softmax") == f"Softmax ends halfway between class 2 and {REST}."
    assert finding((1, 2, -3), "plain normalisation").startswith(
        "Plain normalisation ends at 0.17, 0.33 and 0.5"
    )


def test_values_that_are_not_defined_are_left_out() -> None:
    shape = Shape()
    broken = shape.paths.probabilities.copy()
    broken[0, -1], broken[1, 50] = np.nan, np.nan
    vars(shape)["paths"] = shape.paths._replace(probabilities=broken)
    assert shape.paths.findings[0] == "Softmax ends nowhere: its probabilities are not defined at this scale."
    frame = simplex.drawing(shape).frame
    assert np.isfinite(frame.loc[frame["row"] != "corner", ["x", "y"]].to_numpy(float)).all()
    assert "softmax" not in set(frame.loc[frame["row"] == "label", "head"])


@each_shape
def test_places_are_probabilities(shape: Shape) -> None:
    """The centre of mass of the corners: with three of them inside the triangle, and read back from it."""
    frame = simplex.drawing(shape).frame
    path = frame[frame["row"] == "path"]
    assert list(dict.fromkeys(path["head"])) == list(shape.head_names)
    corners = CORNERS[: len(shape.paths.corners)]
    for index, head in enumerate(shape.head_names):
        own = path[path["head"] == head]
        places = own[["x", "y"]].to_numpy(float)
        probabilities = shape.paths.probabilities[index, own["order"].to_numpy(int)]
        if len(corners) == 2:
            assert_allclose(places[:, 0], probabilities[:, 1])
            assert np.ptp(places[:, 1]) == 0
            continue
        system = np.vstack([corners.T, np.ones(3)])
        assert_allclose(
            np.linalg.solve(system, np.c_[places, np.ones(len(places))].T).T, probabilities, atol=1e-12
        )
        assert ((places >= -1e-12) & (places <= [1, TOP + 1e-12])).all()


@each_shape
def test_every_head_has_a_name_a_mark_and_dots(shape: Shape) -> None:
    drawing = simplex.drawing(shape)
    rows = drawing.frame.groupby("row", sort=False)["head"]
    n_heads = len(shape.heads)
    counts = rows.size()
    assert counts["present"] == counts["label"] == n_heads
    assert counts["dot"] == 3 * n_heads
    assert counts["corner"] == len(shape.paths.corners)
    places = np.sort(drawing.frame.loc[drawing.frame["row"] == "label", "label_at"].to_numpy(float))
    assert np.diff(places).min() >= TOP / n_heads * (1 - 1e-9)
    assert shape.paths.finding in drawing.text
    assert all(corner in drawing.alt for corner in shape.paths.corners)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_caption_says_what_the_corners_are(preset) -> None:
    shape = preset.applied_to(Shape())
    caption = simplex.caption(shape)
    assert ("line" in caption) == (len(shape.logits) == 2)
    assert ("all other classes" in caption) == (len(shape.logits) > 3)
    assert ("Dotted" in caption) == (len(shape.logits) == 3)


def test_a_head_of_ones_own_has_a_path() -> None:
    with a_head_of_ones_own() as head:
        shape = Shape(heads=[head, "softmax"])
        assert set(simplex.drawing(shape).frame["head"].dropna()) == {head.name, "softmax"}
