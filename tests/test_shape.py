"""The shape of a head: frames that say what the heads say, and a state that is its own link."""

import itertools
import time
from urllib.parse import parse_qs, urlencode

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from alternatives import HEADS, shape
from alternatives.heads import SphericalSoftmax
from alternatives.plane import CELLS
from alternatives.shape import PRESETS, Shape
from tests.heads_of_ones_own import a_head_of_ones_own

FRAMES = (shape.probabilities, shape.losses, shape.gradients, shape.curves, shape.jacobian, shape.plane)
EVERY_HEAD = tuple(HEADS)
MONOTONIC = ("softmax", "sigmoid", "soft margin softmax", "hinge", "sparsemax", "entmax", "squared error")
SOME = [
    Shape(logits=[1.1, 2.3, -3.2], heads=EVERY_HEAD),
    Shape(logits=[1.3, -0.4], target=0, heads=EVERY_HEAD, moving=1),
    Shape(logits=np.linspace(-7, 4, 10), target=9, moving=3, scale=0.5, shift=-1.5),
    Shape(logits=(0.4, 0.5, -0.2), target=2, moving=2, scale=3, shift=0.3, heads=EVERY_HEAD),
]

each_shape = pytest.mark.parametrize("shown", SOME, ids=lambda shown: f"{len(shown.logits)} classes")


def of_head(frame: pd.DataFrame, head: str, column: str = "probability") -> list[float]:
    return frame.loc[frame["head"] == head, column].tolist()


class TestWorkedExamples:
    """The numbers that the question pages print."""

    heads = ("softmax", "plain normalisation", "spherical softmax(epsilon=0)")

    @pytest.mark.parametrize(
        "twenty", [Shape(logits=[10, 20], heads=heads), Shape(logits=[1, 2], heads=heads, scale=10)]
    )
    def test_one_two_and_ten_twenty(self, twenty: Shape) -> None:
        first = shape.probabilities(Shape(logits=[1, 2], heads=self.heads))
        second = shape.probabilities(twenty)
        assert [f"{p:.8f}" for p in of_head(first, "softmax")] == ["0.26894142", "0.73105858"]
        assert [f"{p:.9g}" for p in of_head(second, "softmax")] == ["4.53978687e-05", "0.999954602"]
        for frame in (first, second):
            assert_allclose(of_head(frame, "plain normalisation"), [1 / 3, 2 / 3], rtol=1e-15)
            assert_allclose(of_head(frame, "spherical softmax"), [1 / 5, 4 / 5], rtol=1e-15)

    def test_raw_logits_are_no_probabilities(self) -> None:
        shown = PRESETS["[0.03, 1.92]"].of(Shape(heads=EVERY_HEAD))
        assert sum(shown.logits) == pytest.approx(1.95)
        totals = shape.losses(shown).set_index("head")["total"]
        assert totals.pop("sigmoid") > 1.3
        assert_allclose(totals, 1, rtol=1e-14)

    def test_shift(self) -> None:
        before = shape.probabilities(Shape(heads=EVERY_HEAD))
        after = shape.probabilities(Shape(heads=EVERY_HEAD, shift=4))
        same = np.isclose(before["probability"], after["probability"], rtol=1e-13, atol=0)
        unchanged = {
            str(head) for head, rows in before.assign(same=same).groupby("head") if rows["same"].all()
        }
        assert unchanged == {
            "softmax",
            "soft margin softmax",
            "softmax with squared error",
            "hinge",
            "sparsemax",
            "entmax",
            "squared error",
        }


class TestFrames:
    @each_shape
    def test_columns_are_those_that_are_named(self, shown: Shape) -> None:
        for function in FRAMES:
            named = (function.__doc__ or "").partition(".")[0].removeprefix("Columns ").partition(":")[0]
            columns = [name.partition(" (")[0].strip() for name in named.split(",")]
            assert function(shown).columns.tolist() == columns

    @each_shape
    def test_every_head_and_class_once(self, shown: Shape) -> None:
        heads, classes = [head.name for head in shown.heads], range(len(shown.logits))
        for function, axes in [
            (shape.probabilities, (heads, classes)),
            (shape.gradients, (heads, classes)),
            (shape.jacobian, (heads, classes, classes)),
        ]:
            frame = function(shown)
            keys = frame[["head", "class", "logit"][: len(axes)]]
            assert list(keys.itertuples(index=False, name=None)) == list(itertools.product(*axes))
        assert shape.losses(shown)["head"].tolist() == heads

    @each_shape
    def test_values_are_finite(self, shown: Shape) -> None:
        for function in FRAMES:
            frame = function(shown)
            assert np.isfinite(frame.select_dtypes(float)).all(axis=None)

    @each_shape
    def test_shares_sum_to_one_and_own_values_to_the_total(self, shown: Shape) -> None:
        by = shape.probabilities(shown).groupby("head", sort=False)
        assert_allclose(by["share"].sum(), 1, rtol=1e-14)
        assert_allclose(by["probability"].sum(), shape.losses(shown)["total"], rtol=1e-14)

    @each_shape
    def test_loss_and_gradient_are_the_heads(self, shown: Shape) -> None:
        seen, target = np.array(shown.logits) * shown.scale + shown.shift, np.array(shown.target)
        table, gradients = shape.losses(shown).set_index("head"), shape.gradients(shown)
        for head in shown.heads:
            assert table.loc[head.name, "loss"] == pytest.approx(head.loss(seen, target), rel=1e-13)
            gradient = head.gradient(seen, target)
            assert_allclose(of_head(gradients, head.name, "gradient"), gradient, rtol=1e-13)
            assert table.loc[head.name, "gradient_magnitude"] == pytest.approx(np.linalg.norm(gradient))

    @each_shape
    def test_the_gradient_is_the_slope_of_the_loss_where_a_logit_moves(self, shown: Shape) -> None:
        """From the outside: of the numbers that the page shows."""
        step = 1e-4
        for moved in range(len(shown.logits)):
            ahead, back = (self.losses_of_moved(shown, moved, by) for by in (step, -step))
            slope = (ahead - back) / (2 * step * shown.scale)
            gradients = shape.gradients(shown)
            shown_gradient = gradients.loc[gradients["class"] == moved, "gradient"]
            assert_allclose(slope, shown_gradient, rtol=1e-4, atol=1e-6)

    @staticmethod
    def losses_of_moved(shown: Shape, moved: int, by: float) -> "pd.Series[float]":
        logits = [a + by * (k == moved) for k, a in enumerate(shown.logits)]
        return shape.losses(shown.replace(logits=logits))["loss"]

    @each_shape
    def test_the_jacobian_is_the_slope_of_the_probabilities(self, shown: Shape) -> None:
        step = 1e-4
        derivatives = shape.jacobian(shown)
        for moved in range(len(shown.logits)):
            ahead, back = (
                shape.probabilities(
                    shown.replace(logits=[a + by * (k == moved) for k, a in enumerate(shown.logits)])
                )["probability"]
                for by in (step, -step)
            )
            slope = (ahead - back) / (2 * step * shown.scale)
            assert_allclose(
                slope, derivatives.loc[derivatives["logit"] == moved, "derivative"], rtol=1e-4, atol=1e-6
            )


class TestCurves:
    @each_shape
    def test_the_present_point_is_on_every_curve(self, shown: Shape) -> None:
        curves, table = shape.curves(shown), shape.losses(shown)
        present = curves[curves["present"]]
        assert (present["logit"] == shown.seen[shown.moving]).all()
        for quantity, column in [
            ("probability", "probability"),
            ("loss", "loss"),
            ("gradient magnitude", "gradient_magnitude"),
        ]:
            rows = present[present["quantity"] == quantity]
            assert rows["head"].tolist() == table["head"].tolist()
            assert_allclose(rows["value"], table[column], rtol=1e-12)

    @each_shape
    def test_they_go_from_end_to_end_in_order(self, shown: Shape) -> None:
        for _, curve in shape.curves(shown).groupby(["head", "quantity"]):
            assert curve["logit"].is_monotonic_increasing
            assert curve["logit"].is_unique
            assert (curve["logit"].iloc[0], curve["logit"].iloc[-1]) == (-shown.reach, shown.reach)
            assert 0 in curve["logit"].to_numpy()

    def test_softmax_against_the_formula(self) -> None:
        curves = shape.curves(Shape(logits=[0, 0], target=0, moving=0, heads=["softmax"]))
        wide = curves.pivot(index="logit", columns="quantity", values="value")
        wrong = 1 / (1 + np.exp(wide.index.to_numpy()))
        assert_allclose(wide["probability"], 1 - wrong, rtol=1e-13, atol=1e-15)
        assert_allclose(wide["loss"], -np.log1p(-wrong), rtol=1e-11)
        assert_allclose(wide["gradient magnitude"], np.sqrt(2) * wrong, rtol=1e-11)

    def test_a_rival_under_sigmoid_leaves_the_target_alone(self) -> None:
        curves = shape.curves(Shape(target=1, moving=0))
        ranges = curves[curves["quantity"] == "probability"].groupby("head")["value"].agg(np.ptp)
        assert ranges["sigmoid"] == 0
        assert (ranges.drop("sigmoid") > 0.1).all()


class TestPlane:
    shown = Shape(logits=(1, -2, -3), heads=EVERY_HEAD, moving=2)

    def frame(self, head: str) -> tuple[pd.DataFrame, np.ndarray]:
        """The cells of a head, and the logits at their middles."""
        cells = shape.plane(self.shown)
        cells = cells[cells["head"] == head]
        middles = (cells["x"] + cells["x2"]) / 2, (cells["y"] + cells["y2"]) / 2
        assert self.shown.axes == (2, 0)
        return cells, np.stack([middles[1], np.full(len(cells), -2.0), middles[0]], -1)

    def test_cells_tile_the_square(self) -> None:
        cells, _ = self.frame("softmax")
        assert len(cells) == CELLS**2
        assert ((cells["x2"] - cells["x"]) * (cells["y2"] - cells["y"])).sum() == pytest.approx(20 * 20)
        assert (cells["x"].min(), cells["x2"].max(), cells["y"].min(), cells["y2"].max()) == (
            -10,
            10,
            -10,
            10,
        )

    @pytest.mark.parametrize("head", EVERY_HEAD)
    def test_the_winner_is_the_most_probable_class(self, head: str) -> None:
        cells, logits = self.frame(head)
        shares = HEADS[head].class_probabilities(logits)
        assert_allclose(cells["confidence"], shares.max(-1), rtol=1e-12)
        assert_allclose(shares[np.arange(len(cells)), cells["winner"]], shares.max(-1), rtol=1e-11)
        assert set(cells["winner"]) == {0, 1, 2}

    @pytest.mark.parametrize("head", MONOTONIC)
    def test_these_heads_never_turn_the_order_round(self, head: str) -> None:
        assert not self.frame(head)[0]["turned"].any()

    @pytest.mark.parametrize(
        ("head", "centre"),
        [("spherical softmax", 0.0), ("plain normalisation", 0.0), ("Taylor softmax", -1.0)],
    )
    def test_where_these_turn_it_round(self, head: str, centre: float) -> None:
        """Where another logit is farther than the largest from the score's minimum."""
        cells, logits = self.frame(head)
        distances = np.abs(logits - centre)
        largest = distances[np.arange(len(cells)), logits.argmax(-1)]
        expected = largest < distances.max(-1) - 1e-9
        assert cells["turned"].tolist() == expected.tolist()
        assert 0.1 < expected.mean() < 0.9

    @pytest.mark.parametrize("n_classes", [2, 4, 10])
    def test_three_classes_only(self, n_classes: int) -> None:
        empty = shape.plane(Shape(logits=[1] * n_classes))
        assert empty.empty
        assert empty.columns.tolist() == shape.plane(self.shown).columns.tolist()


class TestPresets:
    @pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
    def test_keeps_the_heads_and_nothing_else(self, preset: shape.Preset) -> None:
        shown = preset.of(Shape(logits=range(10), target=9, moving=9, scale=5, shift=-3, heads=["hinge"]))
        assert (shown.logits, shown.target, shown.moving) == (preset.logits, preset.target, preset.moving)
        assert (shown.scale, shown.shift, shown.heads) == (1, 0, (HEADS["hinge"],))
        assert preset.sentence.endswith((".", "?"))

    def test_all_equal(self) -> None:
        frame = shape.probabilities(PRESETS["all equal"].of(Shape(heads=EVERY_HEAD)))
        assert_allclose(frame["share"], 1 / 4, rtol=1e-15)

    def test_wrong_and_sure(self) -> None:
        table = shape.losses(PRESETS["confidently wrong"].of(Shape(heads=EVERY_HEAD))).set_index("head")
        assert table.loc["softmax", "gradient_magnitude"] > 1.4
        assert table.loc["softmax with squared error", "gradient_magnitude"] < 1e-2
        assert (table.loc[list(MONOTONIC), "winner"] == 1).all()

    def test_one_far_ahead(self) -> None:
        table = shape.losses(PRESETS["one far ahead"].of(Shape(heads=EVERY_HEAD))).set_index("head")
        assert (table["winner"] == 0).all()
        assert (table.loc[["hinge", "sparsemax", "entmax"], "gradient_magnitude"] == 0).all()

    def test_turned_round(self) -> None:
        table = shape.losses(PRESETS["the largest logit loses"].of(Shape())).set_index("head")
        assert table.index[table["turned"]].tolist() == ["spherical softmax"]


class TestFinding:
    def test_says_the_numbers_and_who_turns_the_order_round(self) -> None:
        assert shape.finding(Shape()) == (
            "Class 1 gets a probability of 0.727 by softmax, 0.294 by spherical softmax, 0.5 by Taylor "
            "softmax and 0.881 by sigmoid. Class 1 has the largest logit, but spherical softmax prefers "
            "another class."
        )

    def test_says_nothing_of_an_order_that_stays(self) -> None:
        assert shape.finding(Shape(logits=[1, 2], heads=["softmax"])) == (
            "Class 1 gets a probability of 0.731 by softmax."
        )

    def test_stays_a_sentence_with_every_head(self) -> None:
        shown = Shape(logits=[1, 2, -9], heads=list(HEADS))
        finding = shape.finding(shown)
        table = shape.losses(shown).set_index("head")
        lowest, highest = (f"{p:.3g}" for p in (table["probability"].min(), table["probability"].max()))
        assert f"from {lowest} by" in finding
        assert f"to {highest} by" in finding
        assert (
            f"spherical softmax and {int(table['turned'].sum()) - 1} others prefer another class" in finding
        )
        assert len(finding) < 200
        assert shape.finding(shown, shape.losses(shown)) == finding


class TestState:
    @pytest.mark.parametrize(
        "shown",
        [
            Shape(),
            Shape(logits=[0.03, 1.92], target=0, moving=0, heads=["entmax", SphericalSoftmax(0.1)]),
            Shape(logits=[-20, 20, 1e-9, -0.0, 1 / 3], target=4, moving=2, scale=0.01, shift=-19.5),
            Shape(logits=range(10), target=9, moving=9, scale=100, heads=EVERY_HEAD),
        ],
        ids=str,
    )
    def test_is_its_own_link(self, shown: Shape) -> None:
        through_the_browser = parse_qs(urlencode(shown.to_link()))
        assert Shape.from_link(through_the_browser) == (shown, ())
        assert Shape.from_json(shown.to_json()) == shown
        assert hash(Shape.from_json(shown.to_json())) == hash(shown)

    def test_a_link_says_only_what_is_not_at_its_default(self) -> None:
        assert Shape().to_link() == {}
        assert Shape(logits=[1, 2.5], scale=10).to_link() == {"logits": "1,2.5", "scale": "10.0"}

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("logits", "1", "logits must be 2 to 10 numbers, got 1"),
            ("logits", "1," * 10**5, "logits must be "),
            ("logits", "1,nan", "logits must be a number from -20 to 20, got 'nan'"),
            ("logits", "1,21", "logits must be a number from -20 to 20, got '21'"),
            ("logits", "<script>,1", "logits must be a number from -20 to 20, got '<script>'"),
            ("target", "3", "target must be a whole number from 0 to 2, got '3'"),
            ("target", "-1", "target must be a whole number from 0 to 9, got '-1'"),
            ("moving", "0.5", "moving must be a whole number from 0 to 9, got '0.5'"),
            ("scale", "0", "scale must be a number from 0.01 to 100, got '0'"),
            ("shift", "1e9", "shift must be a number from -20 to 20, got '1e9'"),
            ("heads", "", "heads must be any of softmax, "),
            ("heads", "softmin", "head must be one of softmax, "),
            ("colour", "red", "a link may say logits, target, heads, moving, scale, shift; got 'colour'"),
        ],
    )
    def test_what_a_link_cannot_say_stays_at_its_default(self, name: str, text: str, message: str) -> None:
        shown, problems = Shape.from_link({name: text})
        assert shown == Shape()
        assert len(problems) == 1
        assert message in problems[0]
        assert len(problems[0]) < 400

    def test_target_and_moving_are_read_after_the_logits(self) -> None:
        assert Shape.from_link({"target": "4", "moving": "4", "logits": "1,2,3,4,5"})[0].target == 4
        shown, problems = Shape.from_link({"target": "4", "moving": "0", "logits": "1,2"})
        assert (shown.target, shown.moving) == (1, 0)
        assert problems == ("target must be a whole number from 0 to 1, got '4'",)

    def test_errors_say_what_is_allowed(self) -> None:
        with pytest.raises(ValueError, match="target must be a whole number from 0 to 1, got '2'"):
            Shape(logits=[1, 2], target=2)
        with pytest.raises(ValueError, match="logits must be 2 to 10 numbers, got 11"):
            Shape(logits=range(11))
        with pytest.raises(ValueError, match="logits must be a number from -20 to 20, got 'x'"):
            Shape(logits=["x", 1])

    def test_fewer_classes_take_target_and_moving_along(self) -> None:
        shown = Shape(logits=range(10), target=9, moving=5)
        fewer = shown.replace(logits=[1, 2, 3, 4, 5])
        assert (fewer.target, fewer.moving) == (4, 4)
        assert shown.replace(logits=[1, 2], target=0).target == 0

    @pytest.mark.parametrize("largest", [0, 9.99, 10, 10.01, 20, 2000])
    def test_the_reach_holds_every_logit_on_a_round_number(self, largest: float) -> None:
        scale = max(largest / 20, 0.01)
        shown = Shape(logits=[largest / scale, 0], scale=scale)
        digits = f"{shown.reach:.0f}".rstrip("0")
        assert digits in ("1", "2", "5")
        assert np.abs(shown.seen).max() <= shown.reach
        assert shown.reach == 10 or shown.reach <= 2.5 * np.abs(shown.seen).max()


def test_a_head_of_ones_own_has_a_shape() -> None:
    with a_head_of_ones_own() as head:
        shown = Shape(heads=[head, "softmax"])
        for function in FRAMES:
            assert set(function(shown)["head"]) == {head.name, "softmax"}
        assert head.name in shape.finding(shown)


def test_a_page_can_follow_a_slider() -> None:
    """All frames of four heads and ten classes, and those of the plane: a third of 0.1 s, of a core alone."""
    seconds = []
    for _ in range(10):
        started = time.process_time()
        for shown in (Shape(), SOME[2]):
            for function in (*FRAMES, shape.finding):
                function(shown)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.03
