"""The heads that a comparison shows when asked: what each is, checked against a second way to it."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize
from sklearn.metrics import hinge_loss

from alternatives import HEADS, measures
from alternatives.heads import (
    Floats,
    HigherOrderTaylorSoftmax,
    Integers,
    PlainNormalisation,
    ScaledSquaredError,
    SoftMarginSoftmax,
    SparseHead,
    bound,
)
from alternatives.state import Range

MORE = [name for name, head in HEADS.items() if not head.in_comparison]
SPARSE = [head for head in HEADS.values() if isinstance(head, SparseHead)]

each_sparse = pytest.mark.parametrize("head", SPARSE, ids=str)


def draw(*shape: int, scale: float = 3.0) -> tuple[Floats, Integers]:
    random = np.random.default_rng(shape)
    return random.normal(scale=scale, size=shape), random.integers(0, shape[-1], shape[:-1])


def test_they_train_and_are_measured() -> None:
    from alternatives.experiments import Comparison

    results = Comparison(dataset="iris", heads=MORE, n_seeds=3).run(n_jobs=1)
    assert not results.runs["diverged"].any()
    assert set(results.measures["head"]) == set(MORE)
    always = results.measures["measure"] != "wrong samples without gradient"  # some runs have no wrong sample
    assert np.isfinite(results.measures.loc[always, "value"]).all()
    accuracy = results.summary.loc[results.summary["measure"] == "accuracy", "mean"]
    assert (accuracy > 0.75).all()


class TestPlainNormalisation:
    head = HEADS["plain normalisation"]

    @pytest.mark.parametrize("logits", [[1, 2], [10, 20], [-1, 2], [1e-200, 2e-200], [1e150, -2e150]])
    def test_thirds_whatever_the_scale(self, logits: list[float]) -> None:
        assert_allclose(self.head.probabilities(np.array(logits, float)), [1 / 3, 2 / 3], rtol=1e-15)

    def test_epsilon(self) -> None:
        assert_allclose(PlainNormalisation(epsilon=2).probabilities(np.array([1.0, -3])), [3 / 8, 5 / 8])
        assert_array_equal(self.head.probabilities(np.zeros(4)), [1 / 4] * 4)

    def test_loss_and_gradient(self) -> None:
        loss, gradient = self.head.loss_and_gradient(np.array([1.0, -2]), np.array(1))
        assert loss == pytest.approx(math.log(3 / 2), rel=1e-15)
        assert_allclose(gradient, [1 / 3, -1 / 3 + 1 / 2], rtol=1e-15)


class TestHigherOrderTaylor:
    @pytest.mark.parametrize("order", [4, 6, 8, 10])
    def test_agrees_with_the_polynomial_in_fractions(self, order: int) -> None:
        values = np.concatenate([np.linspace(-12, 12, 97), [-1e3, 1e3, -2.5e8]])
        exact = [sum(Fraction(a) ** i / math.factorial(i) for i in range(order + 1)) for a in values]
        steeper = [sum(Fraction(a) ** i / math.factorial(i) for i in range(order)) for a in values]
        head = HigherOrderTaylorSoftmax(order)
        pairs = np.stack([values, np.zeros_like(values)], -1)
        shares = [float(score / (score + 1)) for score in exact]
        assert min(exact) > 0
        assert_allclose(head.probabilities(pairs)[:, 0], shares, rtol=1e-12)
        assert_allclose(
            head.slope(values), [float(d / p) for d, p in zip(steeper, exact, strict=True)], rtol=1e-11
        )

    def test_large_logits_count_by_their_power(self) -> None:
        head = HigherOrderTaylorSoftmax(order=10)
        assert_allclose(head.probabilities(np.array([1e150, -2e150])), [1 / 1025, 1024 / 1025], rtol=1e-12)

    def test_comes_closer_to_softmax_with_every_order(self) -> None:
        logits, _ = draw(50, 7, scale=1)
        softmax = HEADS["softmax"].probabilities(logits)
        gaps = [
            np.abs(HigherOrderTaylorSoftmax(order).probabilities(logits) - softmax).max()
            for order in (4, 6, 8, 10)
        ]
        assert gaps == sorted(gaps, reverse=True)
        assert gaps[-1] < 1e-3

    def test_left_of_the_minimum_the_order_turns_round(self) -> None:
        for order in (4, 6, 8, 10):
            head = HigherOrderTaylorSoftmax(order)
            assert head.probabilities(np.array([-20.0, -10.0])).argmax() == 0
            assert head.probabilities(np.array([-1.5, -1.0])).argmax() == 1

    @pytest.mark.parametrize("order", [2, 5, 7, 12, 4.5])
    def test_odd_orders_are_refused(self, order: int) -> None:
        with pytest.raises(
            ValueError, match=r"order of .* must be a whole number from 4 to 10 in steps of 2, got"
        ):
            HigherOrderTaylorSoftmax(order)
        assert HigherOrderTaylorSoftmax.ranges()["order"] == Range(
            4, 10, "order of the polynomial", whole=True, step=2
        )


class TestSoftMargin:
    def test_is_softmax_of_the_lowered_logit(self) -> None:
        logits, targets = draw(50, 7)
        lowered = logits.copy()
        lowered[np.arange(50), targets] -= 0.7
        head, softmax = SoftMarginSoftmax(margin=0.7), HEADS["softmax"]
        assert_array_equal(head.loss(logits, targets), softmax.loss(lowered, targets))
        assert_array_equal(head.gradient(logits, targets), softmax.gradient(lowered, targets))
        assert_array_equal(head.probabilities(logits), softmax.probabilities(logits))
        assert_array_equal(SoftMarginSoftmax(0).loss(logits, targets), softmax.loss(logits, targets))

    def test_learns_to_be_surer_than_it_should_be(self) -> None:
        """The logits whose expected loss is least, where nine of ten samples are of the first class."""
        logits = np.stack([np.linspace(0, 8, 8001), np.zeros(8001)], -1)

        def learned(margin: float) -> float:
            head = SoftMarginSoftmax(margin)
            first, second = (head.loss(logits, np.array(target)) for target in (0, 1))
            return float(head.probabilities(logits)[(0.9 * first + 0.1 * second).argmin(), 0])

        assert learned(0) == pytest.approx(0.9, abs=1e-4)
        assert 0.94 < learned(1) < learned(2) < 1


class TestSoftmaxWithSquaredError:
    head = HEADS["softmax with squared error"]

    def test_loss_is_the_brier_score(self) -> None:
        logits, targets = draw(500, 7)
        brier = measures.brier_score(HEADS["softmax"].probabilities(logits), targets)
        assert self.head.loss(logits, targets).mean() == pytest.approx(float(brier), rel=1e-13)

    @pytest.mark.parametrize("margin", [-300, -40, -20, -1, 0, 1, 20, 40, 300])
    def test_two_classes_to_the_last_digit(self, margin: float) -> None:
        """With the logistic function σ: loss 2 σ(-m)², slope -4 σ(m) σ(-m)², however sure it is."""
        loss, gradient = self.head.loss_and_gradient(np.array([margin, 0.0]), np.array(0))
        right, wrong = 1 / (1 + math.exp(-margin)), 1 / (1 + math.exp(margin))
        assert loss == pytest.approx(2 * wrong**2, rel=1e-14)
        slope = 4 * right * wrong * wrong
        assert_allclose(gradient, [-slope, slope], rtol=1e-13)

    def test_wrong_and_sure_has_no_gradient_left(self) -> None:
        logits, target = np.array([-20.0, 20, 0]), np.array(0)
        assert np.abs(self.head.gradient(logits, target)).max() < 1e-8
        assert np.abs(HEADS["softmax"].gradient(logits, target)).max() > 0.9


class TestHinge:
    head = HEADS["hinge"]

    def test_agrees_with_scikit_learn(self) -> None:
        logits, targets = draw(500, 7)
        loss = self.head.loss(logits, targets)
        assert loss.mean() == pytest.approx(hinge_loss(targets, logits, labels=range(7)), rel=1e-13)

    def test_only_the_target_and_its_closest_rival_are_moved(self) -> None:
        loss, gradient = self.head.loss_and_gradient(np.array([[2.0, 1.5, -1], [2, 0.5, 0.9]]), np.array(0))
        assert_allclose(loss, [0.5, 0], rtol=1e-15)
        assert_array_equal(gradient, [[-1, 1, 0], [0, 0, 0]])

    def test_difference_of_huge_logits(self) -> None:
        assert self.head.loss(np.array([1e20, 1e20]), np.array(0)) == 1

    def test_says_that_its_probabilities_are_none(self) -> None:
        assert "isn't meant as probabilities" in self.head.sentence


def by_bisection(head: SparseHead, logits: Floats) -> Floats:
    """α-entmax: the threshold at which the probabilities sum to one, found by halving where it may be."""
    scaled = logits / head.gamma
    low, high = scaled.max(-1, keepdims=True) - 1, scaled.max(-1, keepdims=True)
    for _ in range(80):
        middle = (low + high) / 2
        too_low = (np.maximum(scaled - middle, 0) ** head.gamma).sum(-1, keepdims=True) > 1
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return np.maximum(scaled - (low + high) / 2, 0) ** head.gamma


def regulariser(head: SparseHead, probabilities: Floats) -> Floats:
    """Ω, minus Tsallis' entropy: (Σ p^α - 1) / (α (α - 1))."""
    alpha = 1 + 1 / head.gamma
    return ((probabilities**alpha).sum(-1) - 1) / (alpha * (alpha - 1))


class TestSparse:
    @each_sparse
    @pytest.mark.parametrize("scale", [1e-6, 0.1, 1, 3, 100])
    @pytest.mark.parametrize("n_classes", [2, 3, 10, 1000])
    def test_agrees_with_bisection(self, head: SparseHead, n_classes: int, scale: float) -> None:
        logits, _ = draw(200, n_classes, scale=scale)
        logits[:20] = np.round(logits[:20] / scale) * scale  # with ties
        assert_allclose(head.probabilities(logits), by_bisection(head, logits), rtol=0, atol=1e-10)

    @each_sparse
    def test_no_other_probabilities_are_better(self, head: SparseHead) -> None:
        """They maximise <p, a> - Ω(p)."""
        random = np.random.default_rng(0)
        logits, _ = draw(100, 1, 4)
        best = head.probabilities(logits)
        others = [random.dirichlet(np.full(4, 0.3), (100, 500)), np.eye(4)[None]]
        others.append(best + 0.01 * (others[0] - best))
        value = (best * logits).sum(-1) - regulariser(head, best)
        for other in others:
            assert (value >= (other * logits).sum(-1) - regulariser(head, other) - 1e-14).all()

    @each_sparse
    def test_loss_is_that_of_fenchel_and_young(self, head: SparseHead) -> None:
        logits, targets = draw(500, 7)
        best = head.probabilities(logits)
        of_target = logits[np.arange(500), targets]
        expected = (best * logits).sum(-1) - regulariser(head, best) - of_target
        assert_allclose(head.loss(logits, targets), expected, rtol=1e-12, atol=1e-13)
        assert_allclose(head.gradient(logits, targets), best - np.eye(7)[targets], atol=1e-14)

    @each_sparse
    def test_nothing_to_learn_beyond_a_margin(self, head: SparseHead) -> None:
        """Of 1 for sparsemax and 2 for 1.5-entmax, which is γ."""
        margin = float(head.gamma)
        logits = np.array([[margin, 0, -1], [margin - 0.01, 0, -1], [1e150, -1e150, 0]])
        loss, gradient = head.loss_and_gradient(logits, np.array(0))
        assert loss[0] == loss[2] == 0 < loss[1]
        assert not gradient[[0, 2]].any()
        assert (gradient[1, :2] != 0).all()
        assert_array_equal(head.probabilities(logits)[[0, 2]], [[1, 0, 0], [1, 0, 0]])

    @each_sparse
    def test_says_what_zeros_mean_for_a_log_loss(self, head: SparseHead) -> None:
        probabilities = head.probabilities(np.array([[0.0, 9.0]]))
        assert probabilities[0, 0] == 0
        costs = float(measures.log_loss(probabilities, np.array([0])))
        assert f"{costs:.0f} nats" in head.limits
        assert f"{math.exp(-costs):.1e}" in head.limits

    @pytest.mark.parametrize(
        ("name", "logits", "probabilities"),
        [
            ("sparsemax", [0.5, 0.3, 0.2], [0.5, 0.3, 0.2]),
            ("sparsemax", [1, 2], [0, 1]),
            ("sparsemax", [1, 1.5], [0.25, 0.75]),
            ("sparsemax", [0.03, 1.92], [0, 1]),
            ("entmax", [0, 0, 0, 0], [0.25] * 4),
            # b and b - 0.7 with squares that sum to one
            ("entmax", [0, -1.4], [((0.7 + math.sqrt(1.51)) / 2) ** 2, ((-0.7 + math.sqrt(1.51)) / 2) ** 2]),
        ],
    )
    def test_golden(self, name: str, logits: list[float], probabilities: list[float]) -> None:
        assert_allclose(HEADS[name].probabilities(np.array(logits, float)), probabilities, rtol=1e-14)

    @each_sparse
    def test_ignores_shift(self, head: SparseHead) -> None:
        logits = np.array([[1.0, 2, 2.5], [-3, 0, 0.25]])
        for shift in (-1e3, 1, 2.0**40):
            assert_array_equal(head.probabilities(logits + shift), head.probabilities(logits))


class TestSquaredError:
    head = HEADS["squared error"]

    def test_loss_and_gradient(self) -> None:
        loss, gradient = self.head.loss_and_gradient(np.array([0.5, -1, 2]), np.array(2))
        assert loss == 0.25 + 1 + 1
        assert_array_equal(gradient, [1, -2, 2])

    def test_nearest_probabilities_are_nearer_to_every_target(self) -> None:
        logits, targets = draw(500, 7, scale=1)
        nearest = self.head.probabilities(logits)
        assert_array_equal(nearest, HEADS["sparsemax"].probabilities(logits))
        loss = ((nearest - np.eye(7)[targets]) ** 2).sum(-1)
        assert (loss <= self.head.loss(logits, targets)).all()


@pytest.mark.parametrize(
    ("name", "move"),
    [
        *((name, lambda a: np.ones_like(a)) for name in ("softmax", "hinge", "sparsemax", "entmax")),
        ("plain normalisation", lambda a: a),
        ("spherical softmax(epsilon=0)", lambda a: a),
    ],
)
def test_jacobian_ignores_what_the_head_ignores(name: str, move: Callable[[Floats], Floats]) -> None:
    """A common shift, or a common scale, changes no probability; and all changes sum to zero."""
    logits, _ = draw(50, 7)
    jacobian = HEADS.parse(name).jacobian(logits)
    assert_allclose(jacobian @ move(logits)[..., None], 0, atol=1e-14)
    assert_allclose(jacobian.sum(-2), 0, atol=1e-14)


def test_jacobian_of_softmax_is_the_textbooks() -> None:
    logits, _ = draw(50, 7)
    p = HEADS["softmax"].probabilities(logits)
    expected = p[:, :, None] * (np.eye(7) - p[:, None, :])
    assert_allclose(HEADS["softmax"].jacobian(logits), expected, rtol=1e-13, atol=1e-16)


class TestScaledSquaredError:
    def test_with_target_and_weight_of_one_it_is_the_squared_error(self) -> None:
        logits, targets = draw(50, 7)
        head, plain = ScaledSquaredError(weight=1, target=1), HEADS["squared error"]
        assert_allclose(head.loss(logits, targets), plain.loss(logits, targets), rtol=1e-14)
        assert_allclose(head.gradient(logits, targets), plain.gradient(logits, targets), rtol=1e-14)
        assert_allclose(head.probabilities(logits), plain.probabilities(logits), rtol=1e-12, atol=1e-14)

    def test_loss_is_hui_and_belkins(self) -> None:
        logits, targets = draw(50, 7)
        errors = logits.copy()
        errors[np.arange(50), targets] -= 30
        errors[np.arange(50), targets] *= 15**0.5
        loss = ScaledSquaredError(weight=15, target=30).loss(logits, targets)
        assert_allclose(loss, (errors**2).sum(-1), rtol=1e-13)

    @pytest.mark.parametrize("weight", [1.0, 4.0, 15.0])
    @pytest.mark.parametrize("target", [1.0, 30.0])
    def test_the_logits_of_least_expected_loss_give_the_probabilities_back(
        self, weight: float, target: float
    ) -> None:
        head, p = ScaledSquaredError(weight, target), np.array([0.55, 0.3, 0.1, 0.05])

        def expected(logits: Floats) -> float:
            return float(p @ head.loss(logits, np.arange(4)))

        best = optimize.minimize(expected, np.zeros(4), tol=1e-12).x
        assert_allclose(head.probabilities(best), p, atol=1e-5)


class TestLogSoftmaxBound:
    head = HEADS["log softmax bound"]

    @pytest.mark.parametrize("n_classes", [2, 3, 10, 100, 1_000])
    @pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
    def test_is_an_upper_bound_of_the_log_loss(self, n_classes: int, scale: float) -> None:
        logits, targets = draw(200, n_classes, scale=scale)
        log_loss = HEADS["softmax"].loss(logits, targets)
        assert (self.head.loss(logits, targets) >= log_loss - 1e-12).all()

    @pytest.mark.parametrize("n_classes", [2, 3, 10])
    def test_no_other_terms_of_the_bound_are_lower(self, n_classes: int) -> None:
        """Bouchard's sum with Jaakkola and Jordan's bound, made least over α and ξ by a general method."""
        logits, targets = draw(5, n_classes)
        for own, target in zip(logits, targets, strict=True):

            def bound(at: Floats, own: Floats = own, target: int = target) -> float:
                alpha, xi = at[0], abs(at[1]) + 1e-9
                curvature = math.tanh(xi / 2) / (4 * xi)
                terms = (own - alpha - xi) / 2 + curvature * ((own - alpha) ** 2 - xi**2)
                return float(alpha + (terms + np.logaddexp(0, xi)).sum() - own[target])

            least = optimize.minimize(bound, [own.mean(), 2.0], method="Nelder-Mead", tol=1e-11).fun
            assert self.head.loss(own, np.array(target)) == pytest.approx(least, rel=1e-8)

    def test_loosens_with_the_number_of_classes(self) -> None:
        gaps = []
        for n_classes in (100, 1_000, 10_000):
            logits = np.random.default_rng(0).normal(size=(20, n_classes))
            targets = np.zeros(20, int)
            gap = self.head.loss(logits, targets) - HEADS["softmax"].loss(logits, targets)
            gaps.append(float(gap.mean()))
        assert_allclose(gaps, [4.4, 24, 90], rtol=0.25)  # measured before, with other logits

    def test_the_best_term_needs_no_more_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deviations = np.concatenate([[0.0], np.logspace(-8, 8, 500)])
        for n_classes in (2, 3, 10, 100_000):
            found = bound.optimal(deviations, n_classes)
            with monkeypatch.context() as patched:
                patched.setattr(bound, "STEPS", 50)
                assert_allclose(bound.optimal(deviations, n_classes), found, rtol=1e-14)
