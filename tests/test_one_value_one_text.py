"""One value has one text, whichever way it is written; and errors say what was given in words."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alternatives import HEADS, Comparison
from alternatives.datasets import DATASETS, from_csv, from_npz
from alternatives.experiments.hidden import Hidden
from alternatives.experiments.inside import EXPERIMENTS, Inside, _holders
from alternatives.heads import Sigmoid, Softmax, SphericalSoftmax
from alternatives.large_output import FAMILY
from alternatives.measures import measure
from alternatives.state import Choice, Range, shortened
from alternatives.state.text import number
from alternatives.wording import typed

SAME: dict[str, list[Any]] = {
    "weight_decay": [0, 0.0, -0.0, np.float32(0), np.int8(0), np.float64(-0.0)],
    "learning_rate": [0.001, 1e-3, np.float64(0.001), np.longdouble(0.001)],
    "n_seeds": [3, 3.0, np.int64(3), np.uint8(3), np.float16(3)],
    "hidden_layer_sizes": [(8, 4), [8.0, 4.0], np.array([8, 4]), np.array([8.0, 4.0])],
    "heads": [
        ["softmax", "sigmoid"],
        (Softmax(), "Sigmoid"),
        [Sigmoid(), Softmax()],
        np.array(["softmax", "sigmoid"]),
    ],
    "max_epochs": [5, 5.0, np.int16(5)],
    "dataset": ["iris", np.str_("iris"), "Iris", DATASETS["iris"]],
}


@pytest.mark.parametrize(("name", "values"), SAME.items(), ids=SAME)
def test_a_value_of_any_type_is_one_comparison(name: str, values: list[Any]) -> None:
    comparisons = [Comparison(**{name: value}) for value in values]
    for texts in (map(repr, comparisons), (str(each.texts()) for each in comparisons), comparisons):
        assert len(set(texts)) == 1


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("weight_decay", ["0", "-0", "0.0", "0e5", " 0 ", "+0"]),
        ("learning_rate", ["0.001", "1e-3", "1E-3", ".001", "0.0010", "0.001" + 500 * "0"]),
        ("seeds", ["3", "3.0", "3e0", "+3", "003"]),
        ("hidden", ["8,4", "8.0, 4", " 8,4 "]),
        ("heads", ["softmax,sigmoid", "Sigmoid, SOFTMAX", "softmax()"]),
    ],
)
def test_a_text_of_any_kind_is_one_comparison(name: str, texts: list[str]) -> None:
    found = [Comparison.from_link({name: text}) for text in texts if text != "softmax()"]
    assert not any(problems for _, problems in found)
    assert len({each for each, _ in found}) == len({repr(each.to_link()) for each, _ in found}) == 1


@pytest.mark.parametrize(
    "text", ["٣", "３", "1_0", "1__0", "nan", "inf", "1e999", "9" * 500, "0x3", "3 0", "", "½"]
)
def test_what_is_no_decimal_number_of_the_range_is_refused(text: str) -> None:
    for field in ("n_seeds", "learning_rate", "weight_decay"):
        _, problems = Comparison.from_link({Comparison.names()[field]: text})
        assert len(problems) == 1
        assert problems[0].startswith(f"{Comparison.in_words(field)} must be ")
        assert len(problems[0]) < 200


@pytest.mark.parametrize("text", ["٣", "1_0", "", "a", "1,0"])
def test_a_number_is_written_in_decimal_digits(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        number(text)


def test_an_array_without_axes_is_a_list_of_one() -> None:
    assert Comparison(hidden_layer_sizes=np.array(8)) == Comparison(hidden_layer_sizes=(8,))
    assert Comparison(heads=np.array("sigmoid")) == Comparison(heads=["sigmoid"])


def test_steps_that_were_added_up_are_one_value() -> None:
    tenths = Range(0, 1, "", step=0.1)
    found = {tenths.check(value, "it") for value in (0.3, 0.1 + 0.2, 3 * 0.1, np.float32(0.3), 0.3 + 1e-9)}
    assert found == {0.3}
    assert tenths.check(-0.0, "it").hex() == (0.0).hex()
    with pytest.raises(ValueError, match=r"^it must be a number from 0 to 1 in steps of 0\.1, got '0\.35'$"):
        tenths.check(0.35, "it")


def test_a_choice_is_a_text() -> None:
    choice = Choice(lambda: ("a", "1"), "which")
    assert choice.check(np.str_("a"), "it") == "a"
    for value in (1, np.array(["a"]), ["a"], None, b"a"):
        with pytest.raises(ValueError, match=r"^it must be one of a, 1; got "):
            choice.check(value, "it")


# Classes of data files


def csv(labels: list[str]) -> tuple[str, ...]:
    lines = [f"{k * k % 17},{label}" for k, label in enumerate(labels * 10)]
    return from_csv("\n".join(["x,class", *lines]).encode(), "file").class_names


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["1_0", "10"], ("10", "1_0")),
        (["١", "1"], ("1", "١")),
        (["1", "1.0", "2"], ("1", "2")),
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["0", "-0", "1"], ("0", "1")),
        (["007", "7", "8"], ("7", "8")),
        (["1e3", "1000", "7"], ("7", "1000")),
        (["1", "1.0", "a"], ("1", "a")),
        (["inf", "2", "3"], ("2", "3", "inf")),
        (["+1", "1", "2"], ("1", "2")),
    ],
    ids=str,
)
def test_classes_of_a_table_are_numbers_or_stay_the_texts_they_are(
    labels: list[str], names: tuple[str, ...]
) -> None:
    assert csv(labels) == names


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["1_0", "10"], ("10", "1_0")),
        (["1", "1.0", "2"], ("1", "2")),
        ([1.0, 2.0], ("1", "2")),
        ([True, False], ("False", "True")),
        ([10, 9], ("9", "10")),
        (np.array([0, 255], np.uint8), ("0", "255")),
    ],
    ids=str,
)
def test_classes_of_an_archive_are_what_it_says(labels: Any, names: tuple[str, ...], tmp_path: Any) -> None:
    np.savez(
        tmp_path / "file.npz",
        X=(np.arange(10.0 * len(labels)) ** 2 % 17)[:, None],
        targets=np.tile(labels, 10),
    )
    assert from_npz(tmp_path / "file.npz", "file").class_names == names


@pytest.mark.parametrize("cell", ["1_0", "٣"])
def test_numbers_of_a_table_are_decimal_digits(cell: str) -> None:
    """Anything else makes the column one of categories."""
    lines = ["x,class", *(f"{k * k % 17},{k % 2}" for k in range(100))]
    for last, is_number in ((cell, False), ("10", True)):
        samples = from_csv("\n".join([*lines, f"{last},1"]).encode(), "file")
        assert (not samples.features) == is_number


# What errors show


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (object(), "an object of the class object"),
        (len, "'<built-in function len>'"),
        (csv, "an object of the class function"),
        (Softmax, "the class Softmax"),
        (np.zeros((3, 4)), "an array of shape (3, 4)"),
        (pd.DataFrame({"a": [1]}), "an array of shape (1, 1)"),
        (np.array(3), "'3'"),
        (10**5000, "a very long number"),
        (None, "'None'"),
        (["a"], "\"['a']\""),
        ("x" * 10**7, f"'{57 * 'x'}…'"),
        ([object()], "an object of the class list"),
    ],
    ids=lambda value: "" if not isinstance(value, str) or len(value) > 100 else value,
)
def test_what_was_given_is_quoted_or_named(value: Any, text: str) -> None:
    assert shortened(value) == text


@pytest.mark.parametrize(
    "value", [object(), Softmax, np.zeros((50, 50)), 10**5000, lambda: 0], ids=lambda v: type(v).__name__
)
@pytest.mark.parametrize("name", Comparison.fields())
def test_no_refusal_shows_an_address(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        Comparison(**{name: value})
    assert not re.search("0x[0-9a-f]{4}|\n", str(error.value))
    assert len(str(error.value)) < 800


@pytest.mark.parametrize(
    "text",
    [
        "softmax(a())",
        "softmax(lambda: 0)",
        "spherical softmax(epsilon=f(1))",
        "spherical softmax(epsilon=[1])",
        "f(x)(y)",
    ],
)
def test_a_refused_text_is_quoted_as_it_was_given(text: str) -> None:
    with pytest.raises(ValueError, match="got '") as error:
        HEADS.parse(text)
    assert "object at" not in str(error.value)


@pytest.mark.parametrize(
    ("registry", "name"),
    [(HEADS, "nope"), (DATASETS, "nope"), (FAMILY, "softmax"), (HEADS, None), (HEADS, "Softmax")],
)
def test_a_name_that_is_not_there_is_answered_with_those_that_are(registry: Any, name: Any) -> None:
    with pytest.raises(
        KeyError, match=f"{registry.kind} must be one of {', '.join(registry)[:20]}.*; got '{name}'"
    ):
        registry[name]
    assert name not in registry
    assert registry.get(name) is None


def test_no_such_measure() -> None:
    with pytest.raises(KeyError, match=r"measure must be one of accuracy, .*; got 'nope'"):
        measure("nope")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-6, "0.000001"),
        (1e6, "1000000"),
        (10, "10"),
        (0.1, "0.1"),
        (-20.0, "-20"),
        (0, "0"),
        (1e22, "1" + 22 * "0"),
    ],
)
def test_a_bound_is_written_as_one_would_type_it(value: float, text: str) -> None:
    assert typed(value) == text
    assert float(text) == value


@pytest.mark.parametrize("kind", [Comparison, *EXPERIMENTS.values()], ids=lambda kind: kind.__name__)
def test_what_is_allowed_has_no_powers_of_ten_that_need_a_calculator(kind: Any) -> None:
    for field in kind.fields().values():
        assert not re.search(r"\de[+-]?\d", field.allowed)


# Ranges that are declared once


def test_a_width_of_one_is_one_everywhere() -> None:
    hidden = Hidden(width=1)
    inside = Inside.of(hidden)
    assert inside.hidden == hidden
    assert Inside.from_link(inside.to_link()) == (inside, ())
    assert {each.widths for each in inside.by_width} == {(1,)}


@pytest.mark.parametrize("name", _holders())
def test_what_several_experiments_hold_under_one_name_has_one_range(name: str) -> None:
    allowed = {EXPERIMENTS[experiment].fields()[held].allowed for experiment, held in _holders()[name]}
    assert len(allowed) == 1


def test_every_experiment_can_be_shown_with_the_ends_of_its_ranges() -> None:
    for kind in EXPERIMENTS.values():
        for name, field in kind.fields().items():
            if isinstance(field, Range):
                for value in (field.low, field.high):
                    experiment = kind(**{name: value})
                    assert Inside.from_link(Inside.of(experiment).to_link()) == (Inside.of(experiment), ())


def test_a_head_with_another_parameter_is_one_text() -> None:
    same = [
        "spherical softmax(epsilon=2)",
        "spherical-softmax( epsilon = 2.0 )",
        "Spherical softmax(epsilon=20e-1)",
    ]
    assert {HEADS.parse(text) for text in same} == {SphericalSoftmax(2)}
