"""What measures make of all that people hand over: the right value, or an error that says what is allowed."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics

from alternatives import measures
from alternatives.heads import HEADS
from alternatives.measures import MEASURES, OF_SAMPLES

RANDOM = np.random.default_rng(0)
LOGITS = 2 * RANDOM.normal(size=(40, 3))
P = HEADS["softmax"].class_probabilities(LOGITS)
Y = RANDOM.integers(0, 3, 40)
P2 = HEADS["softmax"].class_probabilities(LOGITS[:, :2])
Y2 = RANDOM.integers(0, 2, 40)


def frame(p: Any, y: Any) -> Any:
    return measures.reliability_bins(p, y).to_numpy()


def everything(p: Any, y: Any) -> Any:
    return np.array([*measures.evaluate(p, y, temperature=2.0).values()])


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: each.function for name, each in MEASURES.items() if each.of == "probabilities"},
    **{f"{name} of samples": function for name, function in OF_SAMPLES.items()},
    "wrong_without_gradient": lambda p, y: measures.wrong_without_gradient(p, y, np.ones((40, 3))),
    "fit_temperature": measures.fit_temperature,
    "reliability_bins": frame,
    "evaluate": everything,
}
BINARY = {name: function for name, function in FUNCTIONS.items() if name != "wrong_without_gradient"}

each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


def test_every_public_function_is_here() -> None:
    here = {getattr(function, "func", function) for function in FUNCTIONS.values()}
    elsewhere = {"measure", "evaluate", "reliability_bins", "gradient_magnitude", "wrong_without_gradient"}
    elsewhere |= {"at_bound", "scan_temperatures", "with_temperature"}
    functions = {name for name in measures.__all__ if name.islower()} - elsewhere
    assert {getattr(measures, name) for name in functions} <= here


@each_function
@pytest.mark.parametrize(
    "targets",
    [
        Y[:, None],
        Y.tolist(),
        Y.astype(float),
        Y.astype(np.float32)[:, None],
        Y.astype(np.uint8),
        Y.astype(">i8"),
        Y.astype("O"),
        np.ma.array(Y),
    ],
    ids=[
        "column",
        "list",
        "whole floats",
        "column of floats",
        "uint8",
        "big-endian",
        "objects",
        "not masked",
    ],
)
def test_unambiguous_targets_are_taken(function: Callable[[Any, Any], Any], targets: Any) -> None:
    assert_array_equal(function(P, targets), function(P, Y))


@each_function
@pytest.mark.parametrize(
    ("targets", "got"),
    [
        (np.array(["a", "b", "c"])[Y], "texts"),
        (Y.astype(str), "texts"),
        (Y + 1, "0 to 2, got 1 to 3"),
        (Y - 1, "0 to 2, got -1 to 1"),
        (np.where(Y == 2, -100, Y), "0 to 2, got -100 to 1"),
        (np.where(Y == 2, 1.5, Y), "floating-point numbers such as '1.5'"),
        (np.where(Y == 2, np.nan, Y), "floating-point numbers such as 'nan'"),
        (np.where(Y == 2, np.inf, Y), "floating-point numbers such as 'inf'"),
        (np.where(Y == 2, 1e300, Y), "floating-point numbers"),
        (Y == 1, "truth values such as "),
        (Y * 1j, "objects such as "),
        ([None] * 40, "objects such as 'None'"),
        (np.ma.array(Y, mask=Y == 1), "masked"),
        (np.eye(3)[Y], "(40, 3); one-hot targets have their classes in targets.argmax(-1)"),
        (Y[:39], "(39,)"),
        (Y[:1], "(1,)"),
        (1, "()"),
        ([], "(0,)"),
        ([[0], [1, 2]], "different lengths"),
    ],
    ids=str,
)
def test_other_targets_are_refused(function: Callable[[Any, Any], Any], targets: Any, got: str) -> None:
    with pytest.raises(ValueError, match=f"^targets must .*{re.escape(got)}"):
        function(P, targets)


@each_function
@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (LOGITS, "probabilities must be from 0 to 1, got −"),
        (100 * P, "probabilities must be from 0 to 1, got 0"),
        (HEADS["sigmoid"].probabilities(LOGITS), "a sample's probabilities must sum to 1, got sums of "),
        (P[:, 0], "targets must be classes, whole numbers from 0 to 1, got 0 to 2"),
        (
            P[:, :1],
            "probabilities must have shape (..., n_samples, n_classes) with at least one sample",
        ),
        (P[:0], "probabilities must have shape (..., n_samples, n_classes) with at least one sample"),
        (0.5, "probabilities must have shape"),
        (P.astype(str), "probabilities must be real numbers, got texts"),
        (P * 1j, "probabilities must be real numbers, got objects"),
        (np.ma.array(P, mask=P > 0.9), "probabilities must be given in full, got some masked values"),
        ([[0.5, 0.5], [1.0]], "probabilities must be one array, got lists of different lengths"),
    ],
    ids=str,
)
def test_what_are_no_probabilities_is_refused(
    function: Callable[[Any, Any], Any], probabilities: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        function(probabilities, Y)


@pytest.mark.parametrize("function", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize(
    "targets", [Y2, Y2 == 1, Y2[:, None], Y2.astype(float)], ids=["", "bool", "column", "float"]
)
def test_of_two_classes_the_second_is_enough(function: Callable[[Any, Any], Any], targets: Any) -> None:
    expected = function(P2, Y2)
    assert_allclose(function(P2[:, 1], targets), expected, rtol=1e-12, atol=1e-12)
    assert_array_equal(function(P2, targets), expected)
    assert_allclose(function(P2[:, 1].tolist(), targets.tolist()), expected, rtol=1e-12, atol=1e-12)


def test_the_binary_form_equals_scikit_learn() -> None:
    p = P2[:, 1]
    assert measures.accuracy(p, Y2) == pytest.approx(metrics.accuracy_score(Y2, p > 0.5), abs=1e-15)
    assert measures.log_loss(p, Y2) == pytest.approx(metrics.log_loss(Y2, p), rel=1e-12)
    whole = metrics.brier_score_loss(Y2, p, scale_by_half=False)
    assert measures.brier_score(p, Y2) == pytest.approx(whole, rel=1e-12)
    assert measures.log_loss(p > 0.5, Y2) == pytest.approx(metrics.log_loss(Y2, (p > 0.5) * 1.0), rel=1e-12)


@pytest.mark.parametrize("labels", [Y, Y.astype(float), Y[:, None]], ids=["int", "float", "column"])
def test_valid_labels_equal_scikit_learn(labels: Any) -> None:
    assert measures.accuracy(P, labels) == metrics.accuracy_score(labels, P.argmax(-1))
    assert measures.log_loss(P, labels) == pytest.approx(metrics.log_loss(labels, P), rel=1e-12)


def test_a_stack_takes_columns_and_shared_targets() -> None:
    stack = np.stack([P, P[::-1]])
    for function in (measures.accuracy, measures.brier_score, measures.calibration_error):
        expected = [function(P, Y), function(P[::-1], Y)]
        assert_array_equal(function(stack, Y), expected)
        assert_array_equal(function(stack, np.stack([Y, Y])[..., None]), expected)
        with pytest.raises(ValueError, match=r"targets must have shape \(2, 40\)"):
            function(stack, np.zeros((2, 1), int))


def test_rounding_is_allowed_and_missing_values_are_those_of_a_network_that_diverged() -> None:
    rounded = np.round(P, 3).astype(np.float16)
    assert measures.log_loss(rounded, Y) == pytest.approx(measures.log_loss(P, Y), rel=0.02)
    just_above = np.array([[1 + 1e-7, -1e-7], [0.5, 0.5]], np.float32)
    assert measures.accuracy(just_above, [0, 0]) == 1
    for value in (np.nan, np.inf, -np.inf):
        broken = np.stack([P, P])
        broken[0, 3, 1] = value
        found = measures.accuracy(broken, Y)
        assert np.isnan(found[0])
        assert found[1] == measures.accuracy(P, Y)
        broken[1, 5] = LOGITS[5]
        with pytest.raises(ValueError, match="from 0 to 1"):
            measures.accuracy(broken, Y)


@pytest.mark.parametrize("n_bins", [0, -1, 2.5, "10", True, None])
def test_bins_are_a_whole_number(n_bins: Any) -> None:
    for function in (
        measures.calibration_error,
        measures.class_wise_calibration_error,
        measures.reliability_bins,
        measures.chance_level,
    ):
        with pytest.raises(ValueError, match=f"^n_bins must be a whole number from 1, got '{n_bins}'$"):
            function(P, Y, n_bins)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.arange(40) - 1, "whole"),
        (np.arange(40) / 2, "whole"),
        (np.arange(39), "shape"),
        (["a"] * 40, "whole"),
    ],
    ids=["negative", "fractions", "short", "texts"],
)
def test_numbers_of_samples(samples: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^samples must .*{message}"):
        measures.reliability_bins(P, Y, samples=samples)


def test_gradients_are_those_of_the_samples() -> None:
    for gradients in (np.ones((39, 3)), np.ones(40), np.ones((1, 3)), [["a", "b"]]):
        with pytest.raises(ValueError, match=r"^gradients must "):
            measures.wrong_without_gradient(P, Y, gradients)
    for nothing in (np.ones(3), np.ones((0, 3)), ["a"], 1):
        with pytest.raises(ValueError, match=r"^gradients must "):
            measures.gradient_magnitude(nothing)


def test_temperatures() -> None:
    for temperature, message in (
        (0, "above 0"),
        (-1, "above 0"),
        ("a", "real"),
        ([1, 2], "shape"),
        (1j, "real"),
    ):
        with pytest.raises(ValueError, match=f"^temperature must .*{message}"):
            measures.with_temperature(P, temperature)
    assert np.isnan(measures.with_temperature(P, np.nan)).all()
    assert_allclose(
        measures.with_temperature(P2[:, 1], 2.0), measures.with_temperature(P2, 2.0)[:, 1], rtol=1e-12
    )
    with pytest.raises(ValueError, match="must sum to 1"):
        measures.with_temperature(HEADS["sigmoid"].probabilities(LOGITS), 2.0)
    with pytest.raises(ValueError, match=r"^temperature must be above 0"):
        measures.at_bound([1, 0])
