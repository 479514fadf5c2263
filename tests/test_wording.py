"""Numbers and lists in words."""

import math

import pytest

from alternatives.wording import (
    NO_BREAK,
    bounds,
    brief,
    difference,
    duration,
    error,
    figures,
    given,
    in_unit,
    interval,
    listed,
    number,
    percent,
    probability,
    sentence,
    signed,
    spelled,
    unbroken,
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
        (2.22e-16, f"2.22{NO_BREAK}×{NO_BREAK}10⁻¹⁶"),
        (-6.8e7, f"−68{NO_BREAK}million"),
        (999_999.9, f"1{NO_BREAK}million"),
        (2.5e9, f"2.5{NO_BREAK}billion"),
        (1e12, "10¹²"),
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
    ("value", "text"),
    [
        (0.0, "0"),
        (1e-9, "less than 0.001"),
        (0.001, "0.001"),
        (0.00493, "0.0049"),
        (0.5, "0.5"),
        (0.7275, "0.73"),
        (0.9949, "0.99"),
        (0.9951, "0.995"),
        (0.999, "0.999"),
        (0.9991, "more than 0.999"),
        (1.0, "1"),
        (math.nan, "–"),
    ],
)
def test_probabilities_near_0_and_1_are_not_0_and_1(value: float, text: str) -> None:
    assert probability(value) == text


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
        (6.66e-16, f"6.7{NO_BREAK}×{NO_BREAK}10⁻¹⁶"),
    ],
)
def test_numbers_are_spelled_in_two_digits(value: float, text: str) -> None:
    assert spelled(value, 2) == text


def test_rounding_is_no_error() -> None:
    assert error(6.66e-16) == error(-1e-13) == error(0) == "exact, to rounding"
    assert error(1.234e-7) == f"1.2{NO_BREAK}×{NO_BREAK}10⁻⁷"
    assert error(1.234e-7, rounding=1e-6) == "exact, to rounding"


def test_values_differences_and_intervals_have_units() -> None:
    assert in_unit(0.97638, "%") == f"97.6{NO_BREAK}%"
    assert in_unit(0.12345, "nats") == "0.123 nats"
    assert in_unit(math.nan, "nats") == "–"
    assert difference(0.008, "%") == "+0.8 points"
    assert difference(-0.0785, "nats") == "−0.079 nats"
    assert difference(1.23e-7, "") == "+1.2 × 10⁻⁷".replace(" ", NO_BREAK)
    assert interval(0.0785, -0.0123, 0.169, "nats") == ("+0.08", "−0.01", "+0.17")


def test_a_bound_beside_zero_shows_on_which_side_it_lies() -> None:
    assert interval(0.0046, -0.00044, 0.0096, "%") == ("+0.5", "−0.04", "+1.0")
    assert interval(0.0046, 0.0000061, 0.0096, "%") == ("+0.5", "+0.001", "+1.0")
    assert interval(0.05, -0.0004, 0.1, "nats") == ("+0.05", "−0.0004", "+0.10")
    assert interval(-0.0001, -0.01, 0.0, "%") == ("+0.0", "−1.0", "+0.0")
    assert interval(0.01, -1e-12, 0.02, "%") == ("+1.0", "+0.0", "+2.0")


def test_a_sentence_begins_with_a_capital_letter() -> None:
    assert sentence("log loss of ReLU") == "Log loss of ReLU"


def test_a_long_name_is_cut_for_a_narrow_place() -> None:
    assert brief("petal width") == "petal width"
    assert brief("x" * 24) == "x" * 24
    assert brief("mean of the radius of cells in millimetres") == "mean of the radius of c…"
    assert len(brief("x" * 60)) == 24


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0"),
        (1, "100"),
        (0.967, "96.7"),
        (0.98, "98.0"),
        (0.9996, "99.96"),
        (0.99999, "99.99"),
        (0.0002, "0.02"),
        (math.nan, "–"),
    ],
)
def test_a_share_is_called_none_or_all_only_where_it_is(share: float, text: str) -> None:
    assert number(share, "%") == text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (2.54, "2.5 s"),
        (0.0511, "51 ms"),
        (0.00063, "0.63 ms"),
        (9.1e-5, "91 µs"),
        (0.9996, "1 s"),
        (0.0, "–"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_ratios_have_two_figures_as_what_they_are_ratios_of() -> None:
    assert (figures(192.3), figures(98_123), figures(0.634)) == ("190", "98,000", "0.63")


def test_what_was_chosen_stays_as_it_is() -> None:
    texts = [given(value) for value in (0.003, 1000.0, 0.0125, 1e-6, 1e7, -20, 0, 0.1 + 0.2)]
    assert texts == ["0.003", "1,000", "0.0125", "0.000001", "10,000,000", "−20", "0", "0.3"]


@pytest.mark.parametrize("value", [0.0, 1e-30, 3e-9, 0.0123, 5.0, 123.4, 65_432.1, 1e6, 1.2e7, 9.9e15])
@pytest.mark.parametrize("write", [spelled, given, figures, number, in_unit, signed, error])
def test_no_number_is_written_as_a_computer_does(write, value: float) -> None:
    needs_unit = write in (in_unit, signed)
    for signed_value in (value, -value):
        text = write(signed_value, "nats") if needs_unit else write(signed_value)
        assert "e" not in text.replace("exact", "").replace(" to ", "")
        assert "-" not in text


def test_an_interval_has_the_decimals_of_its_value() -> None:
    assert bounds(0.273, 0.2501, 0.2957, "nats") == "0.250 to 0.296 nats"
    assert bounds(0.976, 0.971, 0.98, "%") == f"97.1 to 98.0{NO_BREAK}%"
    assert bounds(1.0, -16.325, 14.384, "") == "−16.3 to 14.4"
    assert bounds(0.976, math.nan, math.nan, "%") == "–"


def test_per_cent_signs_keep_to_their_numbers() -> None:
    assert unbroken("95 % of 2 %, in %") == f"95{NO_BREAK}% of 2{NO_BREAK}%, in %"
    assert percent(0.95) == f"95{NO_BREAK}%"
