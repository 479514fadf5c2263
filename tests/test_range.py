"""Ranges: what they accept, how they are read and written, and which control shows them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from alternatives.state import Range
from alternatives.state.range import steps, tidy

RATE = Range(1e-6, 10, "size of the steps", logarithmic=True, none="own best")
ORDER = Range(4, 10, "order", whole=True, step=2)


@pytest.mark.parametrize("text", ["7", " 7.0 ", "70e-1"])
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    whole, real = Range(0, 10, "", whole=True).parse(text, "it"), Range(0, 10, "").parse(text, "it")
    assert whole == real == 7
    assert (type(whole), type(real)) == (int, float)


@pytest.mark.parametrize("text", ["own best", "Own-best", " OWN_BEST "])
def test_none_has_a_word(text: str) -> None:
    assert RATE.parse(text, "rate") is None
    assert RATE.check(None, "rate") is None
    assert RATE.text(None) == "own best"


def test_none_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="it must be a number from 0 to 1, got 'None'"):
        Range(0, 1, "").check(None, "it")


@pytest.mark.parametrize("value", [3, 5, 12, 4.5, "6", True, None, float("nan"), 6j, [6], np.array(6)])
def test_what_is_not_allowed_is_refused_with_what_is(value: Any) -> None:
    with pytest.raises(ValueError, match="order must be a whole number from 4 to 10 in steps of 2, got "):
        ORDER.check(value, "order")


def test_an_error_quotes_the_text_as_it_was_given() -> None:
    with pytest.raises(
        ValueError, match=r"rate must be a number from 0\.000001 to 10, or \"own best\", got '1e2'"
    ):
        RATE.parse("1e2", "rate")


@pytest.mark.parametrize("value", [0.1, 0.2, 0.3, 0.7, np.float32(0.7), 1])
def test_steps_allow_for_rounding(value: float) -> None:
    assert Range(0, 1, "", step=0.1).check(value, "it") == value


def test_zero_is_one_value_with_one_text() -> None:
    allowed = Range(-1, 1, "")
    assert allowed.text(allowed.check(-0.0, "it")) == allowed.text(allowed.parse("-0", "it")) == "0.0"


@pytest.mark.parametrize(
    ("allowed", "value", "widget", "step"),
    [
        (Range(0, 1, ""), 0.5, "slider", 0.01),
        (Range(0, 2, "", step=0.5), 0.5, "slider", 0.5),
        (ORDER, 4, "slider", 2),
        (Range(1, 500, "", whole=True), 10, "slider", 1),
        (Range(500, 70_000, "", whole=True), 5_000, "slider", 500),
        (Range(0, 1_000_000, "", whole=True), 3, "number", 1),
    ],
)
def test_control(allowed: Range, value: float, widget: str, step: float) -> None:
    (control,) = replace(allowed, explanation="what it is").controls("it", value)
    assert (control.widget, control.key, control.shown, control.help) == (widget, "it", value, "what it is")
    assert control.settings == {"min_value": allowed.low, "max_value": allowed.high, "step": step}
    assert control.read("anything", 1) == 1


def test_control_of_a_logarithmic_range_offers_the_word_for_none() -> None:
    (control,) = RATE.controls("rate", None)
    assert (control.widget, control.shown) == ("steps", "own best")
    assert control.settings["options"][:2] == ["own best", 1e-6]
    assert control.read(0.1, "own best") is None
    assert control.read(None, 0.1) == 0.1


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (Range(0.1, 10, "", logarithmic=True), [0.1, 0.2, 0.5, 1, 2, 5, 10]),
        (Range(0.25, 4, "", logarithmic=True), [0.25, 0.5, 1, 2, 4]),
        (Range(0, 1, "", logarithmic=True), [0, *(d * 10.0**e for e in range(-6, 0) for d in (1, 2, 5)), 1]),
    ],
)
def test_steps_of_a_logarithmic_range(allowed, expected):
    assert steps(allowed) == pytest.approx(expected)


def test_steps_keep_a_value_that_is_not_on_the_grid():
    assert 0.123 in steps(Range(0.1, 10, "", logarithmic=True), 0.123)


@pytest.mark.parametrize(
    ("step", "expected"), [(0.01, 0.01), (0.009, 0.005), (99, 50), (100, 100), (0.00999, 0.005)]
)
def test_tidy_steps(step, expected):
    assert tidy(step) == expected
