"""What heads make of all that people hand over: any type, any targets, infinite and missing logits."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike

from alternatives.heads import HEADS, Floats, Head
from tests.heads_of_ones_own import a_head_of_ones_own

with a_head_of_ones_own():
    EVERY = dict(HEADS)
EVEN_SCORE = {
    "spherical softmax",
    "Taylor softmax",
    "plain normalisation",
    "higher order Taylor softmax",
}
"""Heads that give a very low logit a large probability."""
LARGE_LOSS = {"squared error", "scaled squared error", "log softmax bound"}
"""Heads to which a very low logit of another class than the target is a large loss."""
MASKABLE = {name: head for name, head in EVERY.items() if name not in EVEN_SCORE}
BOUNDED_LOSS = {"softmax with squared error"}

each_head = pytest.mark.parametrize("head", EVERY.values(), ids=EVERY)
RANDOM = np.random.default_rng(0)
LOGITS = 2 * RANDOM.normal(size=(6, 5))
TARGETS = np.array([0, 1, 2, 3, 4, 0])


def results(head: Head, logits: Any, targets: Any) -> Iterator[Floats]:
    """Everything that a head gives."""
    yield from head.loss_and_gradient(logits, targets)
    yield head.loss(logits, targets)
    yield head.gradient(logits, targets)
    yield head.probabilities(logits)
    yield head.class_probabilities(logits)
    yield head.jacobian(logits)


@each_head
@pytest.mark.parametrize(
    ("targets", "got"),
    [
        ([0, 1, 2, 3, 4, 5], "0 to 5"),
        ([0, 1, 2, 3, 4, -1], "-1 to 4"),
        ([0, 1, 2, 3, 4, -100], "-100 to 4"),
        (np.array([0, 1, 2, 3, 4, 2**64 - 1], np.uint64), f"0 to {2**64 - 1}"),
        ([0, 1, 1.5, 3, 4, 0], "floating-point numbers such as '1.5'"),
        ([0.0, 1, 2, 3, 4, 0], "floating-point numbers such as '0.0'"),
        ([0, 1, np.nan, 3, 4, 0], "floating-point numbers such as 'nan'"),
        ([True, False] * 3, "truth values such as 'True'"),
        (["a"] * 6, "texts such as 'a'"),
        (["1"] * 6, "texts such as '1'"),
        ([1j] * 6, "objects such as '1j'"),
        ([None] * 6, "objects such as 'None'"),
        (TARGETS[:, None], "(6, 1)"),
        (TARGETS[:5], "(5,)"),
        (np.eye(5, dtype=int)[TARGETS], "(6, 5)"),
        (np.ma.array(TARGETS, mask=[1, 0, 0, 0, 0, 0]), "masked"),
        ([[0], [1, 2]], "different lengths"),
    ],
    ids=str,
)
def test_targets_that_are_no_classes_are_refused(head: Head, targets: Any, got: str) -> None:
    for method in (head.loss, head.gradient, head.loss_and_gradient):
        with pytest.raises(ValueError, match=f"^targets must .*{re.escape(got)}"):
            method(LOGITS, targets)


@each_head
@pytest.mark.parametrize(
    "targets",
    [
        TARGETS.tolist(),
        TARGETS.astype(np.uint8),
        TARGETS.astype(">i4"),
        np.ma.array(TARGETS),
        TARGETS.astype("O"),
    ],
    ids=["list", "uint8", "big-endian", "not masked", "objects"],
)
def test_targets_of_any_whole_type_are_taken(head: Head, targets: Any) -> None:
    for found, expected in zip(results(head, LOGITS, targets), results(head, LOGITS, TARGETS), strict=True):
        assert_array_equal(found, expected)


@each_head
@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ([["a", "b"]], "logits must be real numbers, got texts such as 'a'"),
        ([["1", "2"]], "logits must be real numbers, got texts such as '1'"),
        ([[1j, 2]], "logits must be real numbers, got objects such as '1j'"),
        ([[1.0], [1.0, 2.0]], "logits must be one array, got lists of different lengths"),
        (np.ma.array([[1.0, 2.0]], mask=[[0, 1]]), "logits must be given in full, got some masked values"),
        (1.0, "logits must have shape (..., n_classes), got ()"),
        (np.zeros((2, 0)), "logits must have shape (..., n_classes), got (2, 0)"),
    ],
    ids=str,
)
def test_logits_that_are_no_numbers_are_refused(head: Head, logits: Any, message: str) -> None:
    for method in (head.probabilities, head.class_probabilities, head.jacobian):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            method(logits)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        head.loss(logits, [0])


@each_head
@pytest.mark.parametrize("n_classes", [5, 3000])
def test_half_precision_is_single_precision_rounded(head: Head, n_classes: int) -> None:
    logits = (3 * RANDOM.normal(size=(4, n_classes))).astype(np.float16)
    targets = np.array([0, 1, 2, 3])
    # A Jacobian of 3,000 classes would take long.
    both = (
        [*head.loss_and_gradient(given, targets), head.probabilities(given), head.class_probabilities(given)]
        for given in (logits, logits.astype(np.float32))
    )
    for half, single in zip(*both, strict=True):
        assert half.dtype == np.float16
        assert_array_equal(half, single.astype(np.float16))
    assert_allclose(head.class_probabilities(np.zeros((1, n_classes), "f2")), 1 / n_classes, rtol=1e-3)


@each_head
@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.bool_, ">f8", "O"], ids=str)
def test_other_numbers_are_float64(head: Head, dtype: DTypeLike) -> None:
    logits = (np.abs(np.rint(LOGITS)) > 0).astype(dtype)
    for found, expected in zip(
        results(head, logits, TARGETS), results(head, logits.astype(np.float64), TARGETS), strict=True
    ):
        assert found.dtype == np.float64
        assert_array_equal(found, expected)
    assert_array_equal(head.probabilities(logits.tolist()), head.probabilities(logits.astype(np.float64)))


@each_head
def test_longer_floats_stay_long(head: Head) -> None:
    for found, expected in zip(
        results(head, LOGITS.astype(np.longdouble), TARGETS), results(head, LOGITS, TARGETS), strict=True
    ):
        assert found.dtype == np.longdouble
        assert_allclose(found.astype(np.float64), expected, rtol=1e-12, atol=1e-14)


def test_a_masked_logit_of_softmax_by_hand() -> None:
    """What PyTorch's cross_entropy gives."""
    softmax = HEADS["softmax"]
    logits = np.array([[1.0, 2.0, -np.inf]])
    assert softmax.loss(logits, [1])[0] == pytest.approx(np.log1p(np.exp(-1)), rel=1e-14)
    assert softmax.loss(logits, [2])[0] == np.inf
    share = 1 / (1 + np.e)
    assert_allclose(softmax.gradient(logits, [1]), [[share, -share, 0]], rtol=1e-14)
    assert_allclose(softmax.gradient(logits, [2]), [[share, 1 - share, -1]], rtol=1e-14)


@pytest.mark.parametrize("head", MASKABLE.values(), ids=MASKABLE)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble], ids=str)
@pytest.mark.parametrize("left_out", [[4], [0, 2], [0, 1, 3, 4]], ids=str)
def test_a_logit_of_minus_infinity_leaves_its_class_out(
    head: Head, dtype: DTypeLike, left_out: list[int]
) -> None:
    """The head of the other classes gives the same numbers."""
    logits = LOGITS.astype(dtype)
    others = [k for k in range(5) if k not in left_out]
    targets = np.full(6, others[0])
    logits[:, left_out] = -np.inf
    tolerance = {"rtol": 10 * float(np.finfo(dtype).eps), "atol": 10 * float(np.finfo(dtype).eps)}
    alone = logits[:, others]
    for method in (head.probabilities, head.class_probabilities):
        found = method(logits)
        assert found.dtype == dtype
        assert_array_equal(found[:, left_out], 0)
        assert_allclose(found[:, others], method(alone), **tolerance)
    jacobian = head.jacobian(logits)
    assert_array_equal(jacobian[:, left_out], 0)
    assert_array_equal(jacobian[:, :, left_out], 0)
    assert_allclose(jacobian[:, others][:, :, others], head.jacobian(alone), **tolerance)

    loss, gradient = head.loss_and_gradient(logits, targets)
    if head.name in LARGE_LOSS:
        assert np.isnan(loss).all()
        assert np.isnan(gradient).all()
        return
    expected = head.loss_and_gradient(alone, np.zeros(6, int))
    assert_allclose(loss, expected[0], **tolerance)
    assert_array_equal(gradient[:, left_out], 0)
    assert_allclose(gradient[:, others], expected[1], **tolerance)

    missed = head.loss(logits, np.full(6, left_out[0]))
    assert np.isfinite(missed).all() if head.name in BOUNDED_LOSS else np.isposinf(missed).all()
    assert not np.isnan(head.gradient(logits, np.full(6, left_out[0]))).any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble], ids=str)
def test_the_squared_error_of_a_target_that_is_left_out_is_infinite(dtype: DTypeLike) -> None:
    loss, gradient = HEADS["squared error"].loss_and_gradient(np.array([[1, 2, -np.inf]], dtype), [2])
    assert_array_equal(loss, [np.inf])
    assert_array_equal(gradient, [[2, 4, -np.inf]])


@each_head
def test_what_is_undefined_is_nan_in_its_own_samples_alone(head: Head) -> None:
    logits = np.repeat(LOGITS[:1], 6, 0)
    logits[1, 2], logits[2, 2], logits[3, 2], logits[4], logits[5] = -np.inf, np.inf, np.nan, -np.inf, np.nan
    undefined = [2, 3, 4, 5]
    for found in (head.probabilities(logits), head.class_probabilities(logits), head.jacobian(logits)):
        assert np.isnan(found[undefined]).all()
        assert np.isfinite(found[0]).all()
        assert np.isnan(found[1]).all() == (head.name in EVEN_SCORE)
    for found in head.loss_and_gradient(logits, np.zeros(6, int)):
        assert np.isnan(found[undefined]).all()
        assert np.isfinite(found[0]).all()
        assert np.isnan(found[1]).all() == (head.name in EVEN_SCORE | LARGE_LOSS)


@each_head
def test_infinite_logits_broadcast_against_targets(head: Head) -> None:
    logits = np.where(np.arange(5) == 3, -np.inf, LOGITS)
    targets = np.array([[0], [1], [3]])  # three targets for each of the samples
    loss, gradient = head.loss_and_gradient(logits, np.repeat(targets, 6, 1))
    for row, target in enumerate(targets[:, 0]):
        expected = head.loss_and_gradient(logits, np.full(6, target))
        assert_array_equal(loss[row], expected[0])
        assert_array_equal(gradient[row], expected[1])


@each_head
def test_no_samples_give_no_results(head: Head) -> None:
    loss, gradient = head.loss_and_gradient(np.empty((0, 3)), [])
    assert (loss.shape, gradient.shape) == ((0,), (0, 3))
    assert head.jacobian(np.empty((2, 0, 3))).shape == (2, 0, 3, 3)
