"""What holds for every head, whoever wrote it; then what holds for each."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, localcontext

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike
from scipy.special import expit, log_softmax, softmax
from sklearn._loss import HalfBinomialLoss, HalfMultinomialLoss

from alternatives import HEADS
from alternatives.heads import Floats, Head, Integers, NormalisedHead, SphericalSoftmax, stacked
from alternatives.heads.head import Heads, exponential, flush_threshold, onehot
from alternatives.heads.looks import COLOURS, LOOKS, NOT_HEADS, Look
from alternatives.training import N_SOFTMAX
from tests.heads_of_ones_own import TemperedSoftmax, a_head_of_ones_own


def variants(head: Head) -> Iterator[Head]:
    """A head with each of its parameters at the default, both ends and the middle of its range."""
    yield head
    for name, allowed in head.ranges().items():
        middle = (allowed.low + allowed.high) / 2
        if allowed.step:
            middle -= (middle - allowed.low) % allowed.step
        for value in (allowed.low, middle, allowed.high):
            yield dataclasses.replace(head, **{name: type(head.default(name))(value)})


with a_head_of_ones_own():
    VARIANTS = {str(variant): variant for head in HEADS.values() for variant in variants(head)}
NORMALISED = {text: head for text, head in VARIANTS.items() if isinstance(head, NormalisedHead)}
WITH_KINKS = ("plain normalisation", "hinge", "sparsemax", "entmax")  # where `gradient` is a subgradient
PUBLISHED = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid")

each_float = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


@pytest.fixture(params=VARIANTS.values(), ids=VARIANTS)
def head(request: pytest.FixtureRequest) -> Iterator[Head]:
    with a_head_of_ones_own():
        yield request.param


def typical(*shape: int, dtype: DTypeLike = np.float64) -> tuple[Floats, Integers]:
    """Logits of a network in training, none so near 0 that differences are of no use; and targets."""
    random = np.random.default_rng(len(shape))
    logits = random.uniform(0.3, 4, shape) * random.choice([-1, 1], shape)
    return logits.astype(dtype), random.integers(0, shape[-1], shape[:-1])


def all_equal(n_classes: int) -> tuple[Floats, Integers]:
    return np.full((2, n_classes), [[0.7], [-3.0]]), np.array([0, n_classes - 1])


def wrong_and_sure(n_classes: int) -> tuple[Floats, Integers]:
    logits, targets = typical(6, n_classes)
    logits[np.arange(6), (targets + 1) % n_classes] = 30
    return logits, targets


EXTREMES = [
    np.array(
        [
            np.array(signs) * sizes
            for sizes in itertools.product([1e-30, 1e-3, 1.0, 40.0, 1e20, 1e150], repeat=n_classes)
            for signs in ([1] * n_classes, [-1, *[1] * (n_classes - 1)], [-1] * n_classes)
        ]
    )[::stride]
    for n_classes, stride in [(2, 1), (3, 5)]
]
"""The combinations of sizes that a logit may have, several signs of each: all of two, and some of three."""


def extremes(dtype: DTypeLike) -> Iterator[tuple[Floats, Integers]]:
    """The combinations, by number of classes; 1e30 for 1e150 where that isn't in a type's range."""
    largest = 1e30 if dtype == np.float32 else 1e150
    for logits in EXTREMES:
        yield np.clip(logits, -largest, largest).astype(dtype), np.zeros(len(logits), int)


def layouts(logits: Floats) -> Iterator[Floats]:
    """The same logits laid out in memory in rows, in columns, and in columns of a larger array."""
    yield np.ascontiguousarray(logits)
    swapped = logits.swapaxes(-1, -2)
    yield np.ascontiguousarray(swapped).swapaxes(-1, -2)
    larger = np.zeros((*swapped.shape[:-1], swapped.shape[-1] + 3), logits.dtype)
    larger[..., :-3] = swapped
    yield larger[..., :-3].swapaxes(-1, -2)


def strides(array: Floats) -> list[int]:
    """How the last two axes lie in memory, where that makes a difference."""
    return [stride for stride, length in zip(array.strides[-2:], array.shape[-2:], strict=True) if length > 1]


class TestEveryHead:
    @pytest.mark.parametrize("n_classes", [2, 3, 10, 100])
    @pytest.mark.parametrize("case", ["typical", "all equal", "wrong and sure"])
    def test_gradient_agrees_with_fourth_order_central_differences(
        self, head: Head, case: str, n_classes: int
    ) -> None:
        cases = {
            "typical": typical(6, n_classes),
            "all equal": all_equal(n_classes),
            "wrong and sure": wrong_and_sure(n_classes),
        }
        logits, targets = cases[case]

        def loss(step: float) -> Floats:
            return head.loss(logits[:, None] + step * np.eye(n_classes), targets[:, None])

        def differences(step: float) -> Floats:
            return (8 * (loss(step) - loss(-step)) - (loss(2 * step) - loss(-2 * step))) / (12 * step)

        def to_the_sides(step: float) -> Floats:
            return np.array([loss(0) - loss(-step), loss(step) - loss(0)]) / step

        gradient, expected = head.gradient(logits, targets), differences(1e-3)
        if head.name not in WITH_KINKS:
            assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)
            return
        # A kink in reach gives itself away: with half the step the differences aren't the same, or the
        # gap between those to either side isn't half as wide. There the gradient lies between these.
        left, right = to_the_sides(1e-3)
        gap = np.diff(to_the_sides(5e-4), axis=0)[0]
        seen = np.isclose(expected, differences(5e-4), rtol=1e-8, atol=1e-9) & np.isclose(
            right - left, 2 * gap
        )
        assert seen.mean() > 0.9 or case == "all equal"
        assert_allclose(gradient[seen], expected[seen], rtol=1e-6, atol=1e-9)
        assert (gradient >= np.minimum(left, right) - 1e-9)[~seen].all()
        assert (gradient <= np.maximum(left, right) + 1e-9)[~seen].all()

    @pytest.mark.parametrize("n_classes", [2, 3, 10])
    @pytest.mark.parametrize("case", [typical, wrong_and_sure], ids=["typical", "wrong and sure"])
    def test_jacobian_agrees_with_fourth_order_central_differences(
        self, head: Head, case: Callable[..., tuple[Floats, Integers]], n_classes: int
    ) -> None:
        logits, _ = case(6, n_classes) if case is typical else case(n_classes)

        def moved(step: float) -> Floats:
            return head.probabilities(logits[:, None] + step * np.eye(n_classes))

        def differences(step: float) -> Floats:
            return (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step)

        expected = differences(1e-3).swapaxes(-1, -2)
        seen = np.isclose(expected, differences(5e-4).swapaxes(-1, -2), rtol=1e-8, atol=1e-9)
        assert seen.mean() > 0.9  # but where a probability reaches zero
        assert_allclose(head.jacobian(logits)[seen], expected[seen], rtol=1e-6, atol=1e-9)

    @each_float
    def test_jacobian_of_logits_of_any_size(self, head: Head, dtype: DTypeLike) -> None:
        for logits, _ in extremes(dtype):
            with np.errstate(all="raise", under="ignore"):
                jacobian = head.jacobian(logits)
            assert jacobian.dtype == dtype
            assert jacobian.shape == (*logits.shape, logits.shape[-1])
            assert np.isfinite(jacobian).all()
            assert_array_equal(jacobian[5], head.jacobian(logits[5]))

    def test_loss_and_gradient_are_one(self, head: Head) -> None:
        logits, targets = typical(6, 10)
        loss, gradient = head.loss_and_gradient(logits, targets)
        assert_array_equal(head.loss(logits, targets), loss)
        assert_array_equal(head.gradient(logits, targets), gradient)
        assert loss.shape == (6,)
        assert gradient.shape == (6, 10)

    def test_loss_and_scores_are_those_of_either_alone(self, head: Head) -> None:
        logits, targets = typical(6, 10)
        loss, scores = head.loss_and_scores(logits, onehot(targets, logits))
        assert_array_equal(loss, head.loss(logits, targets))
        assert_array_equal(scores, head.scores(logits)[0])

    @pytest.mark.parametrize("n_classes", [2, 3, 10, 100])
    def test_class_probabilities_sum_to_one_and_keep_the_order_of_the_classes(
        self, head: Head, n_classes: int
    ) -> None:
        logits, _ = typical(4, 5, n_classes)
        values, probabilities = head.probabilities(logits), head.class_probabilities(logits)
        assert values.shape == probabilities.shape == logits.shape
        for each in (values, probabilities):
            assert each.min() >= 0
            assert each.max() <= 1
        assert_allclose(probabilities.sum(-1), 1, rtol=1e-14)
        assert_allclose(probabilities, values / values.sum(-1, keepdims=True), rtol=1e-13)
        in_order = np.take_along_axis(probabilities, values.argsort(-1), -1)
        assert (np.diff(in_order) > -1e-15).all()

    @each_float
    def test_scores_and_factor(self, head: Head, dtype: DTypeLike) -> None:
        for logits, _ in [typical(6, 10, dtype=dtype), *extremes(dtype)]:
            scores, log_factor = head.scores(logits)
            assert log_factor.shape == (len(logits), 1)
            assert (scores >= 0).all()
            assert ((scores.max(-1) >= 0.5) & (scores.max(-1) <= 2)).all()

    def test_leading_axes_are_a_loop(self, head: Head) -> None:
        logits, targets = typical(2, 3, 4, 5)
        together = head.loss_and_gradient(logits, targets), head.class_probabilities(logits)
        for index in np.ndindex(2, 3, 4):
            loss, gradient = head.loss_and_gradient(logits[index], targets[index])
            assert_allclose(loss, together[0][0][index], rtol=1e-13, atol=1e-15)
            assert_allclose(gradient, together[0][1][index], rtol=1e-13, atol=1e-15)
            assert_allclose(head.class_probabilities(logits[index]), together[1][index], rtol=1e-13)

    @pytest.mark.parametrize(
        ("of_logits", "of_targets"),
        [((5, 4), (4,)), ((4,), (5, 4)), ((3, 1, 4), (5, 4)), ((3, 2, 4), (3, 1, 4)), ((4,), ()), ((), (4,))],
        ids=str,
    )
    def test_targets_broadcast_against_logits(
        self, head: Head, of_logits: tuple[int, ...], of_targets: tuple[int, ...]
    ) -> None:
        logits, _ = typical(*of_logits, 6)
        targets = np.random.default_rng(0).integers(0, 6, of_targets)
        leading = np.broadcast_shapes(of_logits, of_targets)
        expected = head.loss_and_gradient(
            np.broadcast_to(logits, (*leading, 6)), np.broadcast_to(targets, leading)
        )
        for result, wanted in zip(head.loss_and_gradient(logits, targets), expected, strict=True):
            assert result.shape == wanted.shape
            assert_allclose(result, wanted, rtol=1e-13, atol=1e-15)

    @each_float
    def test_results_have_the_type_of_the_logits(self, head: Head, dtype: DTypeLike) -> None:
        parameters = {name: np.float64(getattr(head, name)) for name in head.ranges()}
        for one in (head, dataclasses.replace(head, **parameters), stacked([head] * 2, np.dtype(dtype), 3)):
            logits, targets = typical(2, 3, 4, dtype=dtype)
            results = (
                *one.loss_and_gradient(logits, targets),
                one.loss(logits, targets),
                one.gradient(logits, targets),
                one.probabilities(logits),
                one.class_probabilities(logits),
                *one.scores(logits),
            )
            assert {result.dtype for result in results} == {np.dtype(dtype)}

    @each_float
    @pytest.mark.parametrize("zeros", [False, True], ids=["", "zeros"])
    def test_no_logit_is_too_large_or_too_small(self, head: Head, dtype: DTypeLike, zeros: bool) -> None:
        for logits, _ in extremes(dtype):
            if zeros:
                logits[np.abs(logits) < 1e-3] = 0
            for target in range(logits.shape[-1]):
                targets = np.full(len(logits), target)
                with np.errstate(all="raise", under="ignore"):
                    loss, gradient = head.loss_and_gradient(logits, targets)
                    probabilities, values = head.class_probabilities(logits), head.probabilities(logits)
                for result in (loss, gradient, probabilities, values):
                    assert np.isfinite(result).all()
                for result in (probabilities, values):
                    assert ((result >= 0) & (result <= 1)).all()
                assert_allclose(probabilities.sum(-1), 1, rtol=4 * np.finfo(dtype).eps)

    @each_float
    def test_loss_is_never_below_its_minimum(self, head: Head, dtype: DTypeLike) -> None:
        """Which is 0, but for the rounding of the logarithms of large scores."""
        for logits, targets in [*extremes(dtype), typical(500, 3, dtype=dtype)]:
            _, log_factor = head.scores(logits)
            rounding = 4 * np.finfo(dtype).eps * np.abs(log_factor[:, 0])
            assert (head.loss(logits, targets) >= -rounding).all()

    @pytest.mark.parametrize("head", NORMALISED.values(), ids=NORMALISED, indirect=True)
    @each_float
    def test_loss_of_a_normalised_head_is_minus_the_log_probability(
        self, head: Head, dtype: DTypeLike
    ) -> None:
        for logits, targets in [*extremes(dtype), typical(500, 3, dtype=dtype)]:
            probability = head.probabilities(logits)[np.arange(len(logits)), targets]
            tolerance = 1e3 * np.finfo(dtype).eps
            seen = probability > flush_threshold(np.dtype(dtype)) / tolerance
            expected = -np.log(probability[seen])
            assert_allclose(head.loss(logits, targets)[seen], expected, rtol=tolerance, atol=tolerance)

    @each_float
    def test_a_run_is_bit_for_bit_the_same_in_any_stack(self, head: Head, dtype: DTypeLike) -> None:
        for rows, n_classes in itertools.product((1, 2, 31, 32, 256), (2, 10, 33)):
            # 20 runs of 256 × 33 are enough for NumPy to compute in place.
            logits, targets = typical(20 if rows > 100 else 5, 1, rows, n_classes, dtype=dtype)
            for laid_out in layouts(logits):
                loss, gradient = head.loss_and_gradient(laid_out, targets)
                probabilities, values = head.class_probabilities(laid_out), head.probabilities(laid_out)
                for run in ((3, 0), np.s_[3:4, :], np.s_[1:4]):
                    of_this = f"{rows} rows of {n_classes} classes, runs {run}"
                    loss_alone, gradient_alone = head.loss_and_gradient(laid_out[run], targets[run])
                    assert_array_equal(loss_alone, loss[run], of_this)
                    assert_array_equal(gradient_alone, gradient[run], of_this)
                    assert strides(gradient_alone) == strides(gradient), of_this
                    assert_array_equal(head.class_probabilities(laid_out[run]), probabilities[run], of_this)
                    assert_array_equal(head.probabilities(laid_out[run]), values[run], of_this)

    def test_repr_and_text_say_all(self, head: Head) -> None:
        assert HEADS.parse(str(head)) == head
        assert hash(HEADS.parse(str(head))) == hash(head)
        assert eval(repr(head), {type(head).__name__: type(head)}) == head
        assert str(type(head)()) == head.name


@pytest.fixture(params=["float32", "float64"])
def stack_type(request: pytest.FixtureRequest) -> np.dtype[np.floating]:
    return np.dtype(request.param)


@pytest.fixture(params=[*HEADS, "one's own"])
def same_class(request: pytest.FixtureRequest) -> Iterable[Head]:
    """A head's variants, and some whose parameters float32 rounds."""
    with a_head_of_ones_own() as own:
        head = HEADS.get(request.param, own)
    awkward = [
        dataclasses.replace(head, **{name: allowed.low + share * (allowed.high - allowed.low)})
        for name, allowed in head.ranges().items()
        if isinstance(head.default(name), float)
        for share in (1e-9, 0.013, 1 / 3, 0.7)
    ]
    return [*variants(head), head, *awkward]


class TestStacked:
    @pytest.mark.parametrize("rows", [1, 32])
    def test_equals_each_head_alone(
        self, same_class: list[Head], stack_type: np.dtype[np.floating], rows: int
    ) -> None:
        together = stacked(same_class, stack_type, n_axes=3)
        logits, targets = typical(4, len(same_class), rows, 10, dtype=stack_type)
        for laid_out in layouts(logits):
            loss, gradient = together.loss_and_gradient(laid_out, targets[:, :1])
            probabilities = together.class_probabilities(laid_out)
            assert loss.dtype == gradient.dtype == probabilities.dtype == stack_type
            for i, head in enumerate(same_class):
                loss_alone, gradient_alone = head.loss_and_gradient(laid_out[:, i], targets[:, 0])
                assert_array_equal(loss[:, i], loss_alone)
                assert_array_equal(gradient[:, i], gradient_alone)
                assert strides(gradient) == strides(gradient_alone)
                assert_array_equal(probabilities[:, i], head.class_probabilities(laid_out[:, i]))

    def test_refuses_heads_of_several_classes(self) -> None:
        with pytest.raises(ValueError, match="heads of one class stack, got softmax, spherical softmax"):
            stacked([HEADS["spherical softmax"], HEADS["softmax"]], np.dtype(np.float32), n_axes=3)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_says_what_it_is(head: Head) -> None:
    assert head.name == head.name.strip()
    assert not set(head.name) & set("(),=_-")  # they have a meaning in a text, or stand for a space
    assert head.formula
    assert head.sentence.endswith(".")
    assert head.source
    assert head.loss_formula
    assert not head.limits or head.limits.endswith(".")
    assert all(allowed.explanation for allowed in head.ranges().values())


def test_a_head_of_ones_own_comes_and_goes() -> None:
    before = dict(HEADS)
    with a_head_of_ones_own() as head:
        assert list(HEADS) == [*before, head.name]
        assert HEADS.parse("Tempered-Softmax(temperature=3)") == dataclasses.replace(head, temperature=3.0)
    assert dict(HEADS) == before
    with pytest.raises(RuntimeError, match="experiment"), a_head_of_ones_own():
        raise RuntimeError("experiment")
    assert dict(HEADS) == before


class Textbook:
    """Each head's formulas, in Decimals."""

    @staticmethod
    def score(head: Head, logits: list[Decimal]) -> list[Decimal]:
        """The normalised heads' scores, softmax's divided by its largest."""
        if head.name == "softmax":
            return [(a - max(logits)).exp() for a in logits]
        if head.name == "spherical softmax":
            return [a * a + Decimal(head.epsilon) for a in logits]
        return [1 + a + a * a / 2 for a in logits]

    @staticmethod
    def slope(head: Head, logits: list[Decimal]) -> list[Decimal]:
        if head.name == "softmax":
            return [Decimal(1) for _ in logits]
        if head.name == "spherical softmax":
            return [2 * a / (a * a + Decimal(head.epsilon)) for a in logits]
        return [(1 + a) / (1 + a + a * a / 2) for a in logits]

    @staticmethod
    def logistic(a: Decimal) -> Decimal:
        return 1 / (1 + (-a).exp()) if a > 0 else a.exp() / (1 + a.exp())

    @classmethod
    def probabilities(cls, head: Head, logits: list[Decimal]) -> list[Decimal]:
        if head.name == "sigmoid":
            return [cls.logistic(a) for a in logits]
        scores = cls.score(head, logits)
        return [score / sum(scores) for score in scores]

    @classmethod
    def loss(cls, head: Head, logits: list[Decimal], target: int) -> Decimal:
        if head.name == "sigmoid":
            wrong = [-a if k == target else a for k, a in enumerate(logits)]
            return sum((max(a, Decimal(0)) + (1 + (-abs(a)).exp()).ln() for a in wrong), Decimal(0))
        if head.name == "softmax":  # a probability of e^-1e150 is no Decimal
            return max(logits) - logits[target] + sum(cls.score(head, logits)).ln()
        return -cls.probabilities(head, logits)[target].ln()

    @classmethod
    def gradient(cls, head: Head, logits: list[Decimal], target: int) -> tuple[list[Decimal], list[Decimal]]:
        """The gradient, and the larger of the terms whose difference each of its elements is."""
        if head.name == "sigmoid":
            wrong = [-1 if k == target else 1 for k in range(len(logits))]
            gradient = [s * cls.logistic(s * a) for s, a in zip(wrong, logits, strict=True)]
            return gradient, [abs(g) for g in gradient]
        pairs = list(zip(cls.slope(head, logits), cls.probabilities(head, logits), strict=True))
        gradient = [slope * (p - (k == target)) for k, (slope, p) in enumerate(pairs)]
        return gradient, [abs(slope) * max(p, k == target) for k, (slope, p) in enumerate(pairs)]


@each_float
@pytest.mark.parametrize("text", [text for text, head in VARIANTS.items() if head.name in PUBLISHED])
def test_exact_for_logits_of_any_size(text: str, dtype: DTypeLike) -> None:
    head = VARIANTS[text]
    precision, tiny = 16 * np.finfo(dtype).eps, flush_threshold(np.dtype(dtype))
    for logits, targets in extremes(dtype):
        losses, gradients = head.loss_and_gradient(logits, targets)
        with localcontext(prec=60):
            rows = [[Decimal(float(a)) for a in row] for row in logits]
            exact = [Textbook.probabilities(head, row) for row in rows]
            exact_losses = np.array([float(Textbook.loss(head, row, 0)) for row in rows])
            pairs = [Textbook.gradient(head, row, 0) for row in rows]
        exact_gradients, terms = np.array(pairs, float).swapaxes(0, 1)
        assert_allclose(head.probabilities(logits), np.array(exact, float), rtol=precision, atol=tiny)
        assert (np.abs(gradients - exact_gradients) <= precision * terms + tiny).all()
        # A quadratic score's logarithm has the rounding of a number of order 2 log a.
        _, log_factors = head.scores(logits)
        rounded = np.abs(log_factors[:, 0]) if head.name in ("spherical softmax", "Taylor softmax") else 0
        assert (np.abs(losses - exact_losses) <= precision * (1 + rounded + exact_losses)).all()


@each_float
def test_an_exponential_is_exact_or_nothing_but_never_below_the_normal_range(dtype: DTypeLike) -> None:
    """There, arithmetic takes many times as long, and so it does where its shares come there."""
    least, tiny = flush_threshold(np.dtype(dtype)), np.finfo(dtype).tiny
    x = np.linspace(2 * np.log(tiny), 0, 10_001, dtype=dtype)
    found = exponential(x)
    assert_allclose(found, np.exp(x), rtol=2 * np.finfo(dtype).eps, atol=least)
    share = found / 1000
    assert ((share == 0) | (share > tiny)).all()
    assert exponential(np.array([-np.inf, 0], dtype)).tolist() == [0, 1]


def test_half_precision_has_probabilities_too() -> None:
    logits = np.array([1, 2, 3], np.float16)
    for name in ("softmax", "sigmoid"):
        found = HEADS[name].class_probabilities(logits)
        assert_allclose(found, HEADS[name].class_probabilities(logits.astype(float)), atol=2e-3)


def shares(*scores: float) -> list[float]:
    return [score / sum(scores) for score in scores]


@pytest.mark.parametrize(
    ("text", "logits", "probabilities"),
    [
        ("softmax", [1, 2], shares(math.exp(1), math.exp(2))),
        ("softmax", [10, 20], shares(math.exp(-10), 1)),
        ("softmax", [1e150, 1e150], [1 / 2, 1 / 2]),
        ("softmax", [0, math.log(2), math.log(5)], [1 / 8, 2 / 8, 5 / 8]),
        ("spherical softmax", [1, 2], [2 / 7, 5 / 7]),
        ("spherical softmax", [-1, 2, 0], [2 / 8, 5 / 8, 1 / 8]),
        ("spherical softmax(epsilon=0)", [3, -4], [9 / 25, 16 / 25]),
        ("spherical softmax(epsilon=0)", [0, -4], [0, 1]),
        ("spherical softmax(epsilon=0)", [0, 0, 0], [1 / 3, 1 / 3, 1 / 3]),
        ("spherical softmax(epsilon=0.5)", [1, 2], [1.5 / 6, 4.5 / 6]),
        ("spherical softmax", [10, 20], [101 / 502, 401 / 502]),
        ("Taylor softmax", [1, 2], [2.5 / 7.5, 5 / 7.5]),
        ("Taylor softmax", [10, 20], [61 / 282, 221 / 282]),
        ("Taylor softmax", [0, -1, -2], [1 / 2.5, 0.5 / 2.5, 1 / 2.5]),
        ("sigmoid", [0, 1, -2], [1 / 2, 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(2))]),
        ("sigmoid", [-700, 700], [math.exp(-700), 1]),
    ],
)
def test_golden_probabilities(text: str, logits: list[float], probabilities: list[float]) -> None:
    found = HEADS.parse(text).probabilities(np.array(logits, float))
    assert_allclose(found, probabilities, rtol=1e-15, atol=flush_threshold(found.dtype))


@pytest.mark.parametrize(
    ("text", "logits", "loss", "gradient"),
    [
        ("softmax", [1, 2], math.log(1 + math.e), [-1 / (1 + 1 / math.e), 1 / (1 + 1 / math.e)]),
        ("softmax", [0, 0, 0, 0], math.log(4), [-3 / 4, 1 / 4, 1 / 4, 1 / 4]),
        ("softmax", [-1e150, 1e150], 2e150, [-1, 1]),
        ("softmax", [1e150, 1e150], math.log(2), [-1 / 2, 1 / 2]),
        ("spherical softmax", [1, 2], math.log(7 / 2), [2 / 7 - 1, 4 / 7]),
        ("spherical softmax(epsilon=0)", [3, -4], math.log(25 / 9), [6 / 25 - 2 / 3, -8 / 25]),
        ("spherical softmax(epsilon=0)", [3, 0], 0, [0, 0]),
        ("spherical softmax(epsilon=0)", [0, 0], math.log(2), [0, 0]),
        ("spherical softmax(epsilon=0)", [1e-30, 1e150], 360 * math.log(10), [-2e30, 2e-150]),
        ("Taylor softmax", [1, 2], math.log(3), [2 / 7.5 - 2 / 2.5, 3 / 7.5]),
        ("Taylor softmax", [-1, 0], math.log(3), [0, 1 / 1.5]),
        ("sigmoid", [0, 0, 0], 3 * math.log(2), [-1 / 2, 1 / 2, 1 / 2]),
        ("sigmoid", [50, -50], 2 * math.exp(-50), [-math.exp(-50), math.exp(-50)]),
        ("sigmoid", [-1e150, 1e150], 2e150, [-1, 1]),
    ],
)
def test_golden_loss_and_gradient(text: str, logits: list[float], loss: float, gradient: list[float]) -> None:
    """Of the first class."""
    results = HEADS.parse(text).loss_and_gradient(np.array(logits, float), np.array(0))
    assert_allclose(results[0], loss, rtol=1e-14, atol=1e-25)
    assert_allclose(results[1], gradient, rtol=1e-14)


class TestSoftmax:
    head = HEADS["softmax"]

    def test_in_digits(self) -> None:
        assert_allclose(self.head.probabilities(np.array([1.0, 2])), [0.26894142, 0.73105858], atol=5e-9)
        assert_allclose(self.head.probabilities(np.array([10.0, 20])), [4.5397869e-05, 0.9999546], rtol=5e-8)

    def test_agrees_with_scipy(self) -> None:
        logits, targets = typical(50, 7)
        assert_allclose(self.head.probabilities(logits), softmax(logits, -1), rtol=1e-14)
        assert_allclose(
            self.head.loss(logits, targets), -log_softmax(logits, -1)[np.arange(50), targets], rtol=1e-13
        )

    def test_agrees_with_scikit_learn(self) -> None:
        logits, targets = typical(50, 7)
        loss, gradient = HalfMultinomialLoss(n_classes=7).loss_gradient(targets.astype(float), logits)
        assert_allclose(self.head.loss(logits, targets), loss, rtol=1e-13)
        assert_allclose(self.head.gradient(logits, targets), gradient, rtol=1e-13, atol=1e-15)

    def test_ignores_shift(self) -> None:
        logits, targets = np.array([[1.0, 2, 4], [-3, 0, 3]]), np.array([0, 2])
        for shift in (-1e3, 1, 2.0**40):
            assert_array_equal(self.head.loss(logits + shift, targets), self.head.loss(logits, targets))
            assert_array_equal(
                self.head.gradient(logits + shift, targets), self.head.gradient(logits, targets)
            )
        assert not np.allclose(self.head.probabilities(2 * logits), self.head.probabilities(logits))


class TestSpherical:
    def test_ignores_scale_and_sign_without_epsilon(self) -> None:
        logits, targets = typical(50, 7)
        head = SphericalSoftmax(epsilon=0)
        for scale in (2.0**-90, -1.0, 2.0**400):
            assert_array_equal(head.probabilities(scale * logits), head.probabilities(logits))
            assert_allclose(head.loss(scale * logits, targets), head.loss(logits, targets), rtol=1e-11)
            assert_allclose(scale * head.gradient(scale * logits, targets), head.gradient(logits, targets))
        with_epsilon = SphericalSoftmax(epsilon=1)
        assert not np.allclose(with_epsilon.probabilities(2 * logits), with_epsilon.probabilities(logits))
        assert not np.allclose(head.probabilities(logits + 1), head.probabilities(logits))

    def test_the_largest_logit_need_not_have_the_largest_probability(self) -> None:
        logits = np.array([1.0, -2.0])
        assert HEADS["spherical softmax"].probabilities(logits).argmax() != logits.argmax()
        assert HEADS["Taylor softmax"].probabilities(np.array([-1.0, -4.0])).argmax() == 1

    @each_float
    def test_epsilon_of_zero_is_the_limit_of_small_ones(self, dtype: DTypeLike) -> None:
        """Finite where the target's logit, or all logits, are 0: a hidden layer of rectifiers that's off."""
        logits = np.array([[0, 0, 0], [0, 1, 2], [0, 0, 2]], dtype)
        none, small = SphericalSoftmax(epsilon=0), SphericalSoftmax(epsilon=1e-14)
        targets = np.arange(3)
        with np.errstate(all="raise", under="ignore"):
            loss, gradient = none.loss_and_gradient(logits, targets)
            beside_zero = none.loss_and_gradient(logits, np.zeros(3, int))
        assert_allclose(gradient, small.gradient(logits, targets), atol=1e-6)
        assert_allclose(loss, small.loss(logits, targets), rtol=1e-5, atol=1e-6)
        assert (beside_zero[0] > [1, 100, 100]).all()
        assert_allclose(beside_zero[1], small.gradient(logits, np.zeros(3, int)), atol=1e-6)

    @pytest.mark.parametrize("epsilon", [0.01, 1.0, 25.0])
    def test_slope_is_at_most_one_by_the_root_of_epsilon(self, epsilon: float) -> None:
        head, root = SphericalSoftmax(epsilon), epsilon**0.5
        logits = root * np.linspace(-5, 5, 1001)
        assert np.abs(head.slope(logits)).max() <= 1 / root * (1 + 1e-15)
        assert_allclose(head.slope(np.array([-root, 0, root])), [-1 / root, 0, 1 / root], rtol=1e-15)


class TestTaylor:
    head = HEADS["Taylor softmax"]

    def test_is_spherical_with_epsilon_one_of_logits_shifted_by_one(self) -> None:
        logits, targets = typical(50, 7)
        spherical = SphericalSoftmax(epsilon=1)
        assert_array_equal(self.head.probabilities(logits), spherical.probabilities(logits + 1))
        assert_array_equal(self.head.loss(logits, targets), spherical.loss(logits + 1, targets))
        assert_array_equal(self.head.gradient(logits, targets), spherical.gradient(logits + 1, targets))

    def test_slope_lies_between_minus_one_and_one(self) -> None:
        slope = self.head.slope(np.linspace(-6, 4, 1001))
        assert np.abs(slope).max() <= 1
        assert_allclose(self.head.slope(np.array([-2.0, -1, 0])), [-1, 0, 1], rtol=1e-15)

    def test_starts_as_softmax(self) -> None:
        """Value, slope and curvature of the score at 0 are those of the exponential."""
        logits = 1e-3 * typical(50, 7)[0]
        assert_allclose(self.head.probabilities(logits), HEADS["softmax"].probabilities(logits), rtol=1e-7)


@pytest.mark.parametrize("text", ["spherical softmax(epsilon=0.3)", "Taylor softmax", "squared error"])
def test_spherical_losses_depend_on_target_sum_and_sum_of_squares_alone(text: str) -> None:
    head = HEADS.parse(text)
    # 0, 3, 3 and 1, 1, 4 have one sum and one sum of squares.
    one, other = np.array([2.0, 0, 3, 3]), np.array([2.0, 1, 1, 4])
    assert_allclose(head.loss(one, np.array(0)), head.loss(other, np.array(0)), rtol=1e-14)
    assert HEADS["softmax"].loss(one, np.array(0)) != pytest.approx(HEADS["softmax"].loss(other, np.array(0)))


@pytest.mark.parametrize(
    ("text", "logits"),
    [
        ("softmax", [4.39, 6.79, 9.10, 11.41]),
        ("Taylor softmax", [11.7, 41.2, 133, 423]),
        ("spherical softmax", [8.9, 29.8, 94.8, 300]),
    ],
)
def test_logit_that_a_class_needs_for_nine_tenths(text: str, logits: list[float]) -> None:
    for n_classes, logit in zip([10, 100, 1_000, 10_000], logits, strict=True):
        probabilities = HEADS.parse(text).probabilities(np.array([logit] + [0.0] * (n_classes - 1)))
        assert probabilities[0] == pytest.approx(0.9, abs=1e-3)


class TestSigmoid:
    head = HEADS["sigmoid"]

    def test_agrees_with_scipy(self) -> None:
        logits = np.concatenate([typical(50, 7)[0].ravel(), [-745, -100, -37, 0, 37, 100, 745]])
        found = self.head.probabilities(logits)
        assert_allclose(found, expit(logits), rtol=1e-15, atol=flush_threshold(found.dtype))

    def test_agrees_with_scikit_learn(self) -> None:
        logits, targets = typical(50, 7)
        loss, gradient = self.head.loss_and_gradient(logits, targets)
        losses, gradients = zip(
            *(
                HalfBinomialLoss().loss_gradient(
                    (targets == k).astype(float), np.ascontiguousarray(logits[:, k])
                )
                for k in range(7)
            ),
            strict=True,
        )
        assert_allclose(loss, np.sum(losses, axis=0), rtol=1e-13)
        assert_allclose(gradient, np.transpose(gradients), rtol=1e-13)

    def test_values_need_not_sum_to_one_but_class_probabilities_do(self) -> None:
        logits = np.array([[2.0, 1, 3], [-800, -801, -802]])
        assert self.head.probabilities(logits)[0].sum() > 2
        values = expit(logits[0])
        assert_allclose(self.head.class_probabilities(logits)[0], values / values.sum(), rtol=1e-15)
        # Far below 0 the logistic function is the exponential.
        assert_allclose(self.head.class_probabilities(logits)[1], softmax(logits[1]), rtol=1e-14)


def test_the_four_heads_in_the_order_of_the_legends() -> None:
    assert tuple(HEADS)[:4] == PUBLISHED
    assert tuple(name for name, head in HEADS.items() if head.in_comparison) == PUBLISHED


def test_looks_are_all_different() -> None:
    known = [Look(head.colour, head.dash, head.mark) for head in HEADS.values()]
    assert len(set(LOOKS)) == len(LOOKS)
    others = [look for name, look in NOT_HEADS.items() if name != N_SOFTMAX]  # softmax, but for its scale
    assert len({look.colour for look in [*known, *others]}) == len(known) + len(others)
    assert len({*known, *NOT_HEADS.values()}) == len(known) + len(NOT_HEADS)
    for one, other in itertools.pairwise(known):
        assert one.dash != other.dash
        assert one.mark != other.mark


def test_heads_of_ones_own_take_free_looks() -> None:
    taken = {Look(head.colour, head.dash, head.mark) for head in HEADS.values()} | {*NOT_HEADS.values()}
    looks = []
    try:
        for n in range(40):
            cls = type(f"Own{n}", (TemperedSoftmax,), {"name": f"own {n}"})
            HEADS.register(cls)
            looks.append(Look(cls.colour, cls.dash, cls.mark))
    finally:
        for n in range(len(looks)):
            HEADS.unregister(f"own {n}")
    free_colours = {*COLOURS} - {look.colour for look in taken}
    assert not free_colours or looks[0].colour in free_colours
    assert len({*looks, *taken}) == len(looks) + len(taken)


def test_a_head_that_comes_before_others_leaves_them_their_looks() -> None:
    cls = Heads("head").register(type("First", (TemperedSoftmax,), {"name": "first"}))
    named = {Look(head.colour, head.dash, head.mark) for head in HEADS.values()}.intersection(LOOKS[:12])
    assert len(named) == 12
    assert Look(cls.colour, cls.dash, cls.mark) not in named


def test_a_look_of_ones_own_is_kept() -> None:
    look = {"colour": "#123456", "dash": (5, 5), "mark": "arrow"}
    HEADS.register(type("Own", (TemperedSoftmax,), {"name": "own", **look}))
    try:
        assert {name: getattr(HEADS["own"], name) for name in look} == look
    finally:
        HEADS.unregister("own")
