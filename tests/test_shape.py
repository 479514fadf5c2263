"""The shape of a head: arrays of what the heads say, and a state that is its own link."""

import time
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from numpy.testing import assert_allclose

from alternatives import HEADS
from alternatives.heads import SphericalSoftmax
from alternatives.plane import CELLS
from alternatives.shape import PRESETS, QUANTITIES, Preset, Shape, Winners
from alternatives.wording import probability
from tests.heads_of_ones_own import a_head_of_ones_own

EVERY_HEAD = tuple(HEADS)
MONOTONIC = ("softmax", "sigmoid", "soft margin softmax", "hinge", "sparsemax", "entmax", "squared error")
MONOTONIC += ("scaled squared error", "log softmax bound")
SOME = [
    Shape(logits=[1.1, 2.3, -3.2], heads=EVERY_HEAD),
    Shape(logits=[1.3, -0.4], target=0, heads=EVERY_HEAD, moving=1),
    Shape(logits=np.linspace(-7, 4, 10), target=9, moving=3, scale=0.5, shift=-1.5),
    Shape(logits=(0.4, 0.5, -0.2), target=2, moving=2, scale=3, shift=0.3, heads=EVERY_HEAD),
]

each_shape = pytest.mark.parametrize("shown", SOME, ids=lambda shown: f"{len(shown.logits)} classes")


def of(shown: Shape, values: np.ndarray) -> dict[str, np.ndarray]:
    """Values (n_heads, ...) by head."""
    return dict(zip(shown.head_names, values, strict=True))


def arrays(shown: Shape) -> dict[str, np.ndarray]:
    """Everything that a shape computes, along a first axis of heads."""
    winners = shown.winners_on_plane if len(shown.logits) == 3 else shown.winners
    return {
        "probabilities": shown.probabilities,
        "gradients": shown.gradients,
        "jacobian": shown.jacobian,
        "confidence": winners.confidence,
        **shown.at_target,
        **{f"curve of {name}": values for name, values in shown.curves.values.items()},
    }


class TestWorkedExamples:
    """The numbers that the question pages print."""

    heads = ("softmax", "plain normalisation", "spherical softmax(epsilon=0)")

    @pytest.mark.parametrize(
        "twenty", [Shape(logits=[10, 20], heads=heads), Shape(logits=[1, 2], heads=heads, scale=10)]
    )
    def test_one_two_and_ten_twenty(self, twenty: Shape) -> None:
        ten = Shape(logits=[1, 2], heads=self.heads)
        first, second = of(ten, ten.probabilities), of(twenty, twenty.probabilities)
        assert [f"{p:.8f}" for p in first["softmax"]] == ["0.26894142", "0.73105858"]
        assert [f"{p:.9g}" for p in second["softmax"]] == ["4.53978687e-05", "0.999954602"]
        for probabilities in (first, second):
            assert_allclose(probabilities["plain normalisation"], [1 / 3, 2 / 3], rtol=1e-15)
            assert_allclose(probabilities["spherical softmax"], [1 / 5, 4 / 5], rtol=1e-15)

    def test_raw_logits_are_no_probabilities(self) -> None:
        shown = PRESETS["[0.03, 1.92]"].applied_to(Shape(heads=EVERY_HEAD))
        assert sum(shown.logits) == pytest.approx(1.95)
        totals = of(shown, shown.probabilities.sum(-1))
        assert totals.pop("sigmoid") > 1.3
        assert_allclose(list(totals.values()), 1, rtol=1e-14)

    def test_shift(self) -> None:
        before, after = Shape(heads=EVERY_HEAD), Shape(heads=EVERY_HEAD, shift=4)
        same = np.isclose(before.probabilities, after.probabilities, rtol=1e-13, atol=0).all(1)
        assert set(np.array(before.head_names)[same]) == {
            "softmax",
            "soft margin softmax",
            "softmax with squared error",
            "hinge",
            "sparsemax",
            "entmax",
            "squared error",
            "scaled squared error",
            "log softmax bound",
        }


class TestArrays:
    @each_shape
    def test_heads_and_classes_are_the_axes(self, shown: Shape) -> None:
        n_heads, n_classes = len(shown.heads), len(shown.logits)
        assert shown.probabilities.shape == shown.gradients.shape == (n_heads, n_classes)
        assert shown.jacobian.shape == (n_heads, n_classes, n_classes)
        assert all(values.shape == (n_heads,) for values in (*shown.at_target.values(), *shown.winners))
        assert tuple(shown.at_target) == tuple(shown.curves.values) == QUANTITIES

    @each_shape
    def test_values_are_finite(self, shown: Shape) -> None:
        for values in arrays(shown).values():
            assert np.isfinite(values).all()

    @each_shape
    def test_values_are_those_of_the_heads(self, shown: Shape) -> None:
        logits, target = np.array(shown.logits) * shown.scale + shown.shift, np.array(shown.target)
        for index, head in enumerate(shown.heads):
            gradient = head.gradient(logits, target)
            assert_allclose(shown.probabilities[index], head.probabilities(logits), rtol=1e-13)
            assert_allclose(shown.winners.confidence[index], head.class_probabilities(logits).max())
            assert_allclose(shown.at_target["probability"][index], head.probabilities(logits)[target])
            assert_allclose(shown.at_target["loss"][index], head.loss(logits, target), rtol=1e-13)
            assert_allclose(shown.gradients[index], gradient, rtol=1e-13)
            assert_allclose(shown.at_target["gradient magnitude"][index], np.linalg.norm(gradient))

    @each_shape
    def test_the_gradient_is_the_slope_of_the_loss_where_a_logit_moves(self, shown: Shape) -> None:
        """From the outside: of the numbers that the page shows."""
        for moved in range(len(shown.logits)):
            ahead, back = around(shown, moved)
            slope = (ahead.at_target["loss"] - back.at_target["loss"]) / (2 * STEP * shown.scale)
            assert_allclose(slope, shown.gradients[:, moved], rtol=1e-4, atol=1e-6)

    @each_shape
    def test_the_jacobian_is_the_slope_of_the_probabilities(self, shown: Shape) -> None:
        for moved in range(len(shown.logits)):
            ahead, back = around(shown, moved)
            slope = (ahead.probabilities - back.probabilities) / (2 * STEP * shown.scale)
            assert_allclose(slope, shown.jacobian[:, :, moved], rtol=1e-4, atol=1e-6)


STEP = 1e-4


def around(shown: Shape, moved: int) -> list[Shape]:
    """The shape with one logit moved by a small step ahead and back."""
    return [
        shown.replace(logits=[a + by * (k == moved) for k, a in enumerate(shown.logits)])
        for by in (STEP, -STEP)
    ]


class TestCurves:
    @each_shape
    def test_the_current_point_is_on_every_curve(self, shown: Shape) -> None:
        (current,) = np.flatnonzero(shown.curves.logit == shown.scaled_logits[shown.moving])
        for quantity, values in shown.curves.values.items():
            assert_allclose(values[:, current], shown.at_target[quantity], rtol=1e-12)

    @each_shape
    def test_they_go_from_end_to_end_in_order(self, shown: Shape) -> None:
        logit = shown.curves.logit
        assert (np.diff(logit) > 0).all()
        assert (logit[0], logit[-1]) == (-shown.reach, shown.reach)
        assert 0 in logit
        for values in shown.curves.values.values():
            assert values.shape == (len(shown.heads), len(logit))

    def test_softmax_against_the_formula(self) -> None:
        logit, values = Shape(logits=[0, 0], target=0, moving=0, heads=["softmax"]).curves
        wrong = 1 / (1 + np.exp(logit))
        assert_allclose(values["probability"][0], 1 - wrong, rtol=1e-13, atol=1e-15)
        assert_allclose(values["loss"][0], -np.log1p(-wrong), rtol=1e-11)
        assert_allclose(values["gradient magnitude"][0], np.sqrt(2) * wrong, rtol=1e-11)

    def test_a_rival_under_sigmoid_leaves_the_target_alone(self) -> None:
        shown = Shape(target=1, moving=0)
        ranges = of(shown, np.ptp(shown.curves.values["probability"], axis=1))
        assert ranges.pop("sigmoid") == 0
        assert min(ranges.values()) > 0.1


class TestPlane:
    shown = Shape(logits=(1, -2, -3), heads=EVERY_HEAD, moving=2)

    def cells(self, head: str) -> tuple[Winners, np.ndarray]:
        """The winners of a head in the cells, and the logits at their middles."""
        corners = self.shown.plane.corners
        middles = (corners["x"] + corners["x2"]) / 2, (corners["y"] + corners["y2"]) / 2
        assert self.shown.axes == (2, 0)
        index = self.shown.head_names.index(head)
        winners = Winners(*(values[index] for values in self.shown.winners_on_plane))
        return winners, np.stack([middles[1], np.full(len(middles[0]), -2.0), middles[0]], -1)

    def test_cells_tile_the_square(self) -> None:
        x, x2, y, y2 = (self.shown.plane.corners[name] for name in ("x", "x2", "y", "y2"))
        assert len(x) == CELLS**2
        assert ((x2 - x) * (y2 - y)).sum() == pytest.approx(20 * 20)
        assert (x.min(), x2.max(), y.min(), y2.max()) == (-10, 10, -10, 10)

    @pytest.mark.parametrize("head", EVERY_HEAD)
    def test_the_winner_is_the_most_probable_class(self, head: str) -> None:
        (winner, confidence, _), logits = self.cells(head)
        shares = HEADS[head].class_probabilities(logits)
        assert_allclose(confidence, shares.max(-1), rtol=1e-12)
        assert_allclose(shares[np.arange(len(winner)), winner], shares.max(-1), rtol=1e-11)
        assert set(winner) == {0, 1, 2}

    @pytest.mark.parametrize("head", MONOTONIC)
    def test_under_these_heads_the_largest_logit_always_wins(self, head: str) -> None:
        assert not self.cells(head)[0].largest_logit_loses.any()

    @pytest.mark.parametrize(
        ("head", "centre"),
        [("spherical softmax", 0.0), ("plain normalisation", 0.0), ("Taylor softmax", -1.0)],
    )
    def test_where_the_largest_logit_loses(self, head: str, centre: float) -> None:
        """Where another logit is farther than the largest from the score's minimum."""
        winners, logits = self.cells(head)
        distances = np.abs(logits - centre)
        largest = distances[np.arange(len(logits)), logits.argmax(-1)]
        expected = largest < distances.max(-1) - 1e-9
        assert winners.largest_logit_loses.tolist() == expected.tolist()
        assert 0.1 < expected.mean() < 0.9


class TestPresets:
    @pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
    def test_keeps_the_heads_and_nothing_else(self, preset: Preset) -> None:
        shown = preset.applied_to(
            Shape(logits=range(10), target=9, moving=9, scale=5, shift=-3, heads=["hinge"])
        )
        assert (shown.logits, shown.target, shown.moving) == (preset.logits, preset.target, preset.moving)
        assert (shown.scale, shown.shift, shown.heads) == (1, 0, (HEADS["hinge"],))
        assert preset.sentence.endswith((".", "?"))

    def test_all_equal(self) -> None:
        shown = PRESETS["all equal"].applied_to(Shape(heads=EVERY_HEAD))
        assert_allclose(shown.winners.confidence, 1 / 4, rtol=1e-15)

    def test_confidently_wrong(self) -> None:
        shown = PRESETS["confidently wrong"].applied_to(Shape(heads=EVERY_HEAD))
        magnitudes = of(shown, shown.at_target["gradient magnitude"])
        assert magnitudes["softmax"] > 1.4
        assert magnitudes["softmax with squared error"] < 1e-2
        winners = of(shown, shown.winners.winner)
        assert {int(winners[head]) for head in MONOTONIC} == {1}

    def test_one_far_ahead(self) -> None:
        shown = PRESETS["one far ahead"].applied_to(Shape(heads=EVERY_HEAD))
        assert (shown.winners.winner == 0).all()
        magnitudes = of(shown, shown.at_target["gradient magnitude"])
        assert {float(magnitudes[head]) for head in ("hinge", "sparsemax", "entmax")} == {0}

    def test_the_largest_logit_loses(self) -> None:
        shown = PRESETS["the largest logit loses"].applied_to(Shape())
        loses = of(shown, shown.winners.largest_logit_loses)
        assert [head for head, lost in loses.items() if lost] == ["spherical softmax"]


class TestFinding:
    def test_says_the_numbers_and_where_the_largest_logit_loses(self) -> None:
        assert Shape().finding == (
            "Class 1 gets a probability of 0.73 by softmax, 0.29 by spherical softmax, 0.5 by Taylor "
            "softmax and 0.88 by sigmoid. Class 1 has the largest logit, but spherical softmax prefers "
            "another class."
        )

    def test_says_nothing_where_the_largest_logit_wins(self) -> None:
        assert Shape(logits=[1, 2], heads=["softmax"]).finding == (
            "Class 1 gets a probability of 0.73 by softmax."
        )

    def test_stays_a_sentence_with_every_head(self) -> None:
        shown = Shape(logits=[1, 2, -9], heads=list(HEADS))
        probabilities, n_others = shown.at_target["probability"], shown.winners.largest_logit_loses.sum() - 1
        assert f"from {probability(probabilities.min())} by" in shown.finding
        assert f"to {probability(probabilities.max())} by" in shown.finding
        assert f"spherical softmax and {n_others} others prefer another class" in shown.finding
        assert len(shown.finding) < 200


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
            ("logits", "1," * 999, "logits must be "),
            ("logits", "1," * 10**5, "a link may have at most 10,000 characters, got 200,006"),
            ("logits", "1,nan", "logits must be a number from -20 to 20, got 'nan'"),
            ("logits", "1,21", "logits must be a number from -20 to 20, got '21'"),
            ("logits", "<script>,1", "logits must be a number from -20 to 20, got '<script>'"),
            ("target", "3", "target must be a whole number from 0 to 2, got '3'"),
            ("target", "-1", "target class must be a whole number from 0 to 9, got '-1'"),
            ("moving", "0.5", "moving class must be a whole number from 0 to 9, got '0.5'"),
            ("scale", "0", "scale must be a number from 0.01 to 100, got '0'"),
            ("shift", "1e9", "shift must be a number from -20 to 20, got '1e9'"),
            ("heads", "", "heads must be any of softmax, "),
            ("heads", "softmin", "head must be one of softmax, "),
            ("colour", "red", "there is no setting 'colour'"),
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
        assert np.abs(shown.scaled_logits).max() <= shown.reach
        assert shown.reach == 10 or shown.reach <= 2.5 * np.abs(shown.scaled_logits).max()


def test_a_head_of_ones_own_has_a_shape() -> None:
    with a_head_of_ones_own() as head:
        shown = Shape(heads=[head, "softmax"])
        for values in arrays(shown).values():
            assert len(values) == 2
        assert head.name in shown.finding


def test_a_page_can_follow_a_slider() -> None:
    """All arrays of four heads and ten classes, and those of the plane: a third of 0.1 s, of a core alone."""
    seconds = []
    for _ in range(10):
        started = time.process_time()
        for shown in (Shape(), SOME[2].replace()):  # a copy has computed nothing yet
            arrays(shown)
            _ = shown.finding
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.03
