"""Numbers and lists in words."""

import math

import pytest

from alternatives.wording import (
    NO_BREAK,
    brief,
    difference,
    error,
    in_unit,
    interval,
    listed,
    sentence,
    spelled,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.475, "0.475"),
        (-0.25, "−0.25"),
        (1, "1"),
        (999.4, "999"),
        (999.6, "1,000"),
        (1862.4, "1,862"),
        (1e-9, "10⁻⁹"),
        (2.22e-16, "2.22 × 10⁻¹⁶"),
        (-6.8e7, "−6.8 × 10⁷"),
        (99.97, "99.97"),
        (100, "100"),
        (100.2, "100"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_numbers_are_spelled_in_three_digits(value: float, text: str) -> None:
    assert spelled(value) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (iter("abc"), "a, b and c")],
)
def test_words_are_listed_as_in_a_sentence(words: list[str], text: str) -> None:
    assert listed(words) == text


def test_words_of_a_list_are_chosen() -> None:
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert listed([], none="nothing") == "nothing"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.318, "0.32"),
        (12.3, "12"),
        (123, "123"),
        (99.97, "99.97"),
        (-0.0785, "−0.079"),
        (6.66e-16, "6.7 × 10⁻¹⁶"),
    ],
)
def test_numbers_are_spelled_in_two_digits(value: float, text: str) -> None:
    assert spelled(value, 2) == text


def test_rounding_is_no_error() -> None:
    assert error(6.66e-16) == error(-1e-13) == error(0) == "exact, to rounding"
    assert error(1.234e-7) == "1.2 × 10⁻⁷"
    assert error(1.234e-7, rounding=1e-6) == "exact, to rounding"


def test_values_differences_and_intervals_have_units() -> None:
    assert in_unit(0.97638, "%") == "97.6 %"
    assert in_unit(0.12345, "nats") == "0.123 nats"
    assert in_unit(math.nan, "nats") == "–"
    assert difference(0.008, "%") == "+0.8 points"
    assert difference(-0.0785, "nats") == "−0.079 nats"
    assert difference(1.23e-7, "") == "+1.2 × 10⁻⁷".replace(" ", NO_BREAK)
    assert interval(0.0785, -0.0123, 0.169, "nats") == ("+0.08", "−0.01", "+0.17")


def test_a_sentence_begins_with_a_capital_letter() -> None:
    assert sentence("log loss of ReLU") == "Log loss of ReLU"


def test_a_long_name_is_cut_for_a_narrow_place() -> None:
    assert brief("petal width") == "petal width"
    assert brief("x" * 24) == "x" * 24
    assert brief("mean of the radius of cells in millimetres") == "mean of the radius of c…"
    assert len(brief("x" * 60)) == 24
