"""Texts from links and the command line: names, lists, and what errors quote."""

import time

import pytest

from alternatives.state.text import folded, label, shortened, split


def test_shortened() -> None:
    assert shortened("softmax") == "'softmax'"
    assert shortened("a\nb") == r"'a\nb'"
    assert shortened("x" * 10**6) == f"'{'x' * 57}…'"
    assert len(shortened("x" * 10**6)) == 60


@pytest.mark.parametrize(
    "name",
    [
        "Taylor softmax",
        "taylor-softmax",
        " TAYLOR_softmax",
        "taylor  softmax ",
        "Taylor · softmax",
        "Taylor–softmax",
    ],
)
def test_folded(name: str) -> None:
    assert folded(name) == "taylor softmax"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" , ,", []),
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        ("a(x=1,y=2),b", ["a(x=1,y=2)", "b"]),
        ("a((,),),b,", ["a((,),)", "b"]),
        ("a),b", ["a)", "b"]),
        ("a(,b", ["a(,b"]),
    ],
)
def test_split(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize("text", ["a" * 10**6, "a," * 500_000, "(" * 10**6, "(,)," * 250_000])
def test_split_takes_time_in_proportion_to_the_length(text: str) -> None:
    started = time.process_time()
    split(text)
    assert time.process_time() - started < 2


def test_label() -> None:
    assert label("n_classes") == "Classes"
    assert label("learning_rate") == "Learning rate"
