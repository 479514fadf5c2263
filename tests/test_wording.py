"""Numbers and lists in words."""

import math

import pytest

from alternatives.wording import listed, spelled


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
