"""Things by name: what a constructor, a text and a register accept, and what they say when they don't."""

import dataclasses
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from alternatives import HEADS
from alternatives.heads import SphericalSoftmax
from alternatives.state import Named, Range, Registry, parameter


@dataclass(frozen=True)
class Plain(Named):
    name = "plain"


@dataclass(frozen=True)
class Ball(Named):
    name = "Ball of wool"

    turns: int = parameter(7, Range(1, 100, "how often it's wound"))
    radius: float = parameter(0.5, Range(0.1, 1e6, "from the middle", logarithmic=True))


@pytest.fixture
def registry() -> Registry[Named]:
    registry: Registry[Named] = Registry("thing")
    registry.register(Plain)
    registry.register(Ball)
    return registry


class TestConstructor:
    @pytest.mark.parametrize("value", [1, 7.0, 100, np.int64(5), np.float32(5)])
    def test_whole_number(self, value: Any) -> None:
        ball = Ball(turns=value)
        assert ball.turns == value
        assert type(ball.turns) is int

    @pytest.mark.parametrize("value", [1, np.float64(0.1), np.float32(0.5), np.int32(3), 1e6])
    def test_number(self, value: Any) -> None:
        ball = Ball(radius=value)
        assert ball.radius == value
        assert type(ball.radius) is float

    @pytest.mark.parametrize(
        "value",
        [0, 101, 7.5, -1, np.nan, np.inf, 10**400, "7", None, [7], 7j, np.array([7, 7.5]), np.array("7")],
    )
    def test_no_whole_number_in_the_range(self, value: Any) -> None:
        with pytest.raises(
            ValueError, match="turns of Ball of wool must be a whole number from 1 to 100, got "
        ):
            Ball(turns=value)

    @pytest.mark.parametrize(
        "value",
        [0, 0.0999, 1e7, np.nan, -np.inf, "x" * 10**5, object(), np.array([1, np.nan]), np.float64("nan")],
    )
    def test_no_number_in_the_range(self, value: Any) -> None:
        with pytest.raises(
            ValueError, match=r"radius of Ball of wool must be a number from 0\.1 to 1000000, got "
        ) as e:
            Ball(radius=value)
        assert len(str(e.value)) < 150

    def test_equal_values_have_one_text_and_one_repr(self) -> None:
        same = [
            SphericalSoftmax(2),
            SphericalSoftmax(2.0),
            SphericalSoftmax(np.float64(2)),
            SphericalSoftmax(epsilon=2),
        ]
        assert len(set(same)) == len(set(map(str, same))) == len(set(map(repr, same))) == 1
        assert str(same[0]) == "spherical softmax(epsilon=2)"
        assert repr(same[0]) == "SphericalSoftmax(epsilon=2.0)"

    def test_frozen(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            Ball().turns = 8  # type: ignore[misc]

    def test_zero_has_one_text(self) -> None:
        assert repr(SphericalSoftmax(-0.0)) == repr(SphericalSoftmax(0.0))

    def test_no_truth_value_is_a_number(self) -> None:
        with pytest.raises(ValueError, match="turns of Ball of wool must be a whole number"):
            Ball(turns=True)

    def test_array_in_the_range(self) -> None:
        assert Ball(radius=np.array([[0.1], [2]], np.float32)).radius.dtype == np.float32


class TestText:
    @pytest.mark.parametrize(
        ("thing", "text"),
        [
            (Plain(), "plain"),
            (Ball(), "Ball of wool"),
            (Ball(turns=8), "Ball of wool(turns=8)"),
            (Ball(8, 1 / 3), "Ball of wool(turns=8, radius=0.3333333333333333)"),
            (Ball(radius=123456.7), "Ball of wool(radius=123456.7)"),
        ],
        ids=str,
    )
    def test_round_trip(self, registry: Registry[Named], thing: Named, text: str) -> None:
        assert str(thing) == text
        assert registry.parse(text) == thing

    @pytest.mark.parametrize(
        "text",
        [
            "Ball of wool(turns=8,radius=2)",
            "  ball OF wool ( radius = 2 , turns = 8.0 ) ",
            "ball-of_wool(turns=8e0, radius=+2.00,)",
            "BALL__OF  WOOL(radius=2.0, turns=8)",
        ],
    )
    def test_however_it_is_written(self, registry: Registry[Named], text: str) -> None:
        assert registry.parse(text) == Ball(8, 2)

    def test_empty_brackets(self, registry: Registry[Named]) -> None:
        assert registry.parse("plain()") == Plain()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "woolball",
            "ball",
            "()",
            "plain(",
            "plain)",
            "plain()x",
            "(plain)",
            "plain,plain",
        ],
    )
    def test_no_such_thing(self, registry: Registry[Named], text: str) -> None:
        with pytest.raises(ValueError, match="thing must be one of plain, Ball of wool; got "):
            registry.parse(text)

    @pytest.mark.parametrize(
        "text", ["turn=8", "8", "=8", "Turns=8", "(turns=8", "__class__=8", "name=x", "turns:8"]
    )
    def test_no_such_parameter(self, registry: Registry[Named], text: str) -> None:
        with pytest.raises(ValueError, match="the parameters of Ball of wool are: turns, radius; got "):
            registry.parse(f"Ball of wool({text})")
        with pytest.raises(ValueError, match="the parameters of plain are: none; got "):
            registry.parse(f"plain({text})")

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "x",
            "nan",
            "-inf",
            "1e999",
            "0",
            "101",
            "7.5",
            "-7",
            "0x7",
            "7)",
            "(7",
            "7=7",
            "1e300",
            "7 7",
            "٧٧٧٧",
            "=7",
        ],
    )
    def test_no_such_whole_number(self, registry: Registry[Named], value: str) -> None:
        with pytest.raises(
            ValueError, match=r"turns of Ball of wool.* must be a whole number.* got "
        ) as error:
            registry.parse(f"Ball of wool(turns={value})")
        assert "1 to 100" in str(error.value)

    @pytest.mark.parametrize(
        "value", ["", "NaN", "Infinity", "1e999", "0.09", "-1", "None", "True", "1_", "1e", "½"]
    )
    def test_no_such_number(self, registry: Registry[Named], value: str) -> None:
        with pytest.raises(ValueError, match=r"radius of Ball of wool.* must be a number.* got ") as error:
            registry.parse(f"Ball of wool(radius={value})")
        assert "0.1 to 1000000" in str(error.value)

    def test_a_parameter_said_twice(self, registry: Registry[Named]) -> None:
        with pytest.raises(ValueError, match=r"turns of Ball of wool may be said once, got "):
            registry.parse("Ball of wool(turns=8, turns=9)")


HOSTILE = [
    "\0",
    "\ud800",
    "soft\nmax",
    "softmax\u202e",
    "<script>alert(1)</script>",
    "softmax<img src=x onerror=alert(1)>",
    "softmax'; DROP TABLE heads; --",
    "__import__('os').system('true')",
    "{head.__class__}",
    "%s%n",
    "../../etc/passwd",
    "[softmax](javascript:alert(1))",
    "spherical softmax(epsilon=\0)",
    "spherical softmax(epsilon=\ud800)",
    "spherical softmax(epsilon=__import__('os'))",
    "spherical softmax(epsilon=1;epsilon=2)",
    "spherical softmax(epsilon=1)(epsilon=1)",
    "spherical softmax((((epsilon=1))))",
    "spherical softmax(epsilon=nan)",
    "spherical softmax(epsilon=inf)",
    "spherical softmax(epsilon=-1)",
    "spherical softmax(epsilon=1e999)",
    "spherical softmax(__init__=1)",
    *(
        pytest.param(text, id=f"100 kB of {text[:12]}… to …{text[-3:]}")
        for text in [
            "x" * 100_000,
            "(" * 100_000,
            "softmax(" * 12_500,
            "softmax " * 12_500,
            "ß" * 50_000,
            f"softmax({'(' * 100_000})",
            f"spherical softmax(epsilon={'9' * 100_000})",
            f"spherical softmax(epsilon=0.{'0' * 100_000}x)",
            f"spherical softmax({'epsilon=1,' * 10_000})",
            f"spherical softmax({'e' * 100_000}=1)",
        ]
    ),
]


def check_sentence(error: ValueError) -> None:
    """An error names what is allowed, on one short line that any page can show."""
    text = str(error)
    assert ", ".join(HEADS) in text or "the parameters of" in text or "0 to 100" in text or "once" in text
    assert len(text) < 100 + len(", ".join(HEADS))
    assert text.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text(text: str) -> None:
    with pytest.raises(ValueError, match="got ") as error:
        HEADS.parse(text)
    check_sentence(error.value)


def mangled(generator: random.Random) -> str:
    """A text such as a link may bring: pieces of valid ones in any order, among others."""
    pieces = [
        "softmax",
        "spherical softmax",
        "epsilon",
        "=",
        "(",
        ")",
        ",",
        " ",
        "1",
        "0.5",
        "-",
        "e9",
        "nan",
        "\0",
        "é",
    ]
    return "".join(generator.choices(pieces, k=generator.randrange(8)))


def test_any_text_is_a_head_or_an_error_that_names_the_choices() -> None:
    generator, heads = random.Random(0), 0
    for _ in range(5000):
        text = mangled(generator)
        try:
            head = HEADS.parse(text)
        except ValueError as error:
            check_sentence(error)
        else:
            heads += 1
            assert HEADS.parse(str(head)) == head
    assert heads


class TestRegistry:
    def test_is_a_mapping_in_the_order_of_registration(self, registry: Registry[Named]) -> None:
        assert list(registry) == ["plain", "Ball of wool"]
        assert registry["Ball of wool"] == Ball()
        assert len(registry) == 2
        assert "ball" not in registry

    @pytest.mark.parametrize("name", ["plain", "Plain", "PLAIN ", "ball_of-wool"])
    def test_refuses_a_second_one_of_a_name(self, registry: Registry[Named], name: str) -> None:
        another = type("Another", (Plain,), {"name": name})
        with pytest.raises(ValueError, match=r"a thing named .* is registered already"):
            registry.register(another)
        assert list(registry.values()) == [Plain(), Ball()]

    def test_unregistered_is_gone(self, registry: Registry[Named]) -> None:
        registry.unregister("plain")
        assert list(registry) == ["Ball of wool"]
        with pytest.raises(ValueError, match="thing must be one of Ball of wool; got 'plain'"):
            registry.parse("plain")
        registry.register(Plain)
        assert list(registry) == ["Ball of wool", "plain"]

    def test_register_gives_the_class_back(self) -> None:
        assert Registry[Named]("thing").register(Plain) is Plain
