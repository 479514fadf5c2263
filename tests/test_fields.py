"""Fields: what each kind accepts, reads and writes, what it says is allowed, and which control shows it."""

import re
import time
from typing import Any

import pytest

from alternatives.heads import HEADS, Softmax, SphericalSoftmax
from alternatives.state import (
    Choice,
    Field,
    Numbers,
    Range,
    RegistryField,
    Several,
    YesNo,
    parameters,
)

COLOUR = Choice(lambda: ("red", "dark blue"), "colour", lambda name: name.startswith("#"))
HEAD = RegistryField(HEADS, "head")
LAYERS = Numbers(Range(1, 512, "units", whole=True), 0, 4, "layers")
LOGITS = Numbers(Range(-20, 20, "logits"), 2, 3, each="Logit of class")


@pytest.mark.parametrize(
    ("field", "text", "value", "written"),
    [
        (COLOUR, "Dark_Blue", "dark blue", "dark blue"),
        (COLOUR, "#fff", "#fff", "#fff"),
        (YesNo("it"), " YES ", True, "yes"),
        (YesNo("it"), "no", False, "no"),
        (HEAD, "spherical-softmax(epsilon=2)", SphericalSoftmax(2), "spherical softmax(epsilon=2)"),
        (Several(HEAD, "head"), "sigmoid,SOFTMAX,", (Softmax(), HEADS["sigmoid"]), "softmax,sigmoid"),
        (Several(COLOUR, "colour"), "#fff, dark blue", ("dark blue", "#fff"), "dark blue,#fff"),
        (LAYERS, "32, 16", (32, 16), "32,16"),
        (LAYERS, "None", (), "none"),
        (LAYERS, "", (), "none"),
        (LOGITS, "1,-0.0,2.5", (1.0, 0.0, 2.5), "1,0,2.5"),
    ],
)
def test_a_text_is_read_and_written(field: Field, text: str, value: Any, written: str) -> None:
    assert field.parse(text, "it") == field.check(value, "it") == value
    assert field.text(value) == written
    assert field.parse(written, "it") == value


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        (COLOUR, "green", "it must be one of red, dark blue; got 'green'"),
        (YesNo("it"), "1", "it must be one of yes, no; got '1'"),
        (HEAD, "softmin", "head must be one of softmax, "),
        (Several(COLOUR, "colour"), ",", "it must be any of red, dark blue, with commas between; got ','"),
        (
            Several(COLOUR, "colour"),
            "red,red",
            "it must be at most 2 colours, each named once; got 'red, red'",
        ),
        (
            Several(COLOUR, "colour"),
            "#1,#2,#3",
            "it must be at most 2 colours, each named once; got '#1, #2, #3'",
        ),
        (LAYERS, "1,2,3,4,5", "it must be at most 4 layers, got 5"),
        (LAYERS, "8,0", "it must be a whole number from 1 to 512, got '0'"),
        (LOGITS, "1", "it must be 2 to 3 numbers, got 1"),
        (LOGITS, "1,nan", "it must be a number from -20 to 20, got 'nan'"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(field: Field, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        field.parse(text, "it")


@pytest.mark.parametrize("field", [COLOUR, YesNo("it"), HEAD, Several(HEAD, "head"), LAYERS, LOGITS])
@pytest.mark.parametrize("value", [None, 7j, object(), [object()], "\0", ["\0"]])
def test_what_is_no_value_at_all_is_refused(field: Field, value: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        field.check(value, "it")


def test_at_least_one_is_to_be_chosen() -> None:
    with pytest.raises(ValueError, match=r"^choose at least one head$"):
        Several(HEAD, "head").check([], "heads")


@pytest.mark.parametrize(
    ("field", "allowed"),
    [
        (COLOUR, "one of red, dark blue"),
        (YesNo("it"), "one of yes, no"),
        (HEAD, f"one of {', '.join(HEADS)}"),
        (Several(COLOUR, "colour"), "any of red, dark blue, with commas between"),
        (LAYERS, "at most 4 layers, each a whole number from 1 to 512, with commas between, or none"),
        (LOGITS, "2 to 3 numbers, each a number from -20 to 20, with commas between"),
    ],
)
def test_allowed(field: Field, allowed: str) -> None:
    assert field.allowed == allowed


class TestControls:
    def test_choice(self) -> None:
        (control,) = COLOUR.controls("colour", "red")
        assert (control.widget, control.shown) == ("select", "red")
        assert control.settings == {"options": ("red", "dark blue")}
        assert control.read("red", "dark blue") == "dark blue"

    def test_yes_or_no(self) -> None:
        (control,) = YesNo("whether").controls("it", True)
        assert (control.widget, control.shown, control.help) == ("toggle", True, "whether")

    def test_something_registered_comes_with_its_parameters(self) -> None:
        head, epsilon = HEAD.controls("head", SphericalSoftmax(2))
        assert (head.widget, head.shown) == ("select", "spherical softmax")
        assert head.settings["options"] == tuple(HEADS)
        assert [head.settings["format_func"](name) for name in HEADS] == list(HEADS)
        assert head.read(SphericalSoftmax(2), "softmax") == Softmax()
        assert (epsilon.key, epsilon.label, epsilon.shown) == ("spherical softmax.epsilon", "Epsilon", 2)
        assert epsilon.read(SphericalSoftmax(2), 0.5) == SphericalSoftmax(0.5)
        assert parameters(Softmax()) == ()

    def test_several_keep_the_parameters_of_those_that_stay(self) -> None:
        held = (Softmax(), SphericalSoftmax(2))
        (control,) = Several(HEAD, "head").controls("heads", held)
        assert (control.widget, control.shown) == ("pills", ["softmax", "spherical softmax"])
        assert control.read(held, ["spherical softmax", "sigmoid"]) == [SphericalSoftmax(2), "sigmoid"]

    def test_names_that_are_not_listed_are_offered_while_they_are_chosen(self) -> None:
        (control,) = Several(COLOUR, "colour", str.upper).controls("colours", ("#fff",))
        assert control.settings["options"] == ["red", "dark blue", "#fff"]
        assert control.settings["format_func"]("#fff") == "#FFF"

    def test_numbers_are_typed(self) -> None:
        (control,) = LAYERS.controls("hidden", (32, 16))
        assert (control.widget, control.shown) == ("text", "32,16")
        assert control.help == f"units: {LAYERS.allowed}"
        assert control.read((), "8, 4") == (8, 4)
        with pytest.raises(ValueError, match="hidden must be"):
            control.read((), "x")

    def test_or_have_a_control_each(self) -> None:
        first, second = LOGITS.controls("logits", (1.0, 2.0))
        assert (first.widget, first.key, first.label) == ("slider", "logits.0", "Logit of class 0")
        assert second.read((1.0, 2.0), 3.0) == (1.0, 3.0)


NASTY = [
    *(
        "A",
        "1",
        ",",
        "1,",
        "(",
        ")",
        "(,",
        "),",
        "[",
        "'",
        '"',
        "\\",
        " ",
        "-",
        "=",
        "é",
        "İ",
        "😀",
        "\0",
        ".",
    ),
    *("softmax,", "softmax(", "spherical softmax(epsilon=1,", "spherical softmax(epsilon=1),", "red,", "1e"),
]
"""What texts that strangers send consist of."""


@pytest.mark.parametrize("begins", ["", "spherical softmax(", "spherical softmax(epsilon="])
@pytest.mark.parametrize("nasty", NASTY)
def test_a_very_long_text_is_refused_at_once(begins: str, nasty: str) -> None:
    text = (begins + nasty * 500_000)[:500_000]
    kinds = (COLOUR, YesNo("it"), HEAD, Several(HEAD, "head"), Several(COLOUR, "colour"), LAYERS, LOGITS)
    for field in (*kinds, Range(0, 1, "it"), Range(0, 1, "it", none="own best")):
        started = time.process_time()
        with pytest.raises(ValueError, match="may have at most 2,000 characters, got 500,000: ") as refused:
            field.parse(text, "it")
        assert time.process_time() - started < 0.05
        assert len(str(refused.value)) < 150


def test_a_text_that_names_every_head_with_its_parameters_is_not_too_long() -> None:
    every = ",".join(
        f"{name}({','.join(f'{each}={allowed.high:.3f}' for each, allowed in head.ranges().items())})"
        for name, head in HEADS.items()
    )
    assert len(Several(HEAD, "head").parse(every, "it")) == len(HEADS)
