"""Frozen values that are their own link."""

import time
from dataclasses import dataclass

import pytest

from alternatives.state import Linked, Numbers, Range, field


@dataclass(frozen=True)
class Walk(Linked):
    noun = "walk"

    n_miles: int = field("miles", Range(1, 30, "how far", whole=True), 5)
    steps: tuple[float, ...] = field("steps", Numbers(Range(0, 2, "lengths"), 1, 3), (0.5,), label="Paces")
    stop: int = field("stop", Range(0, 30, "where the break is", whole=True), factory=lambda: 2)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "stop", Range(0, self.n_miles, "", whole=True).check(self.stop, "stop"))


def test_texts_link_and_json_say_the_same() -> None:
    walk = Walk(n_miles=7.0, steps=[1, -0.0])  # type: ignore[arg-type]
    assert walk.texts() == {"miles": "7", "steps": "1,0", "stop": "2"}
    assert walk.to_link() == {"miles": "7", "steps": "1,0"}
    assert Walk.from_link(walk.to_link()) == (walk, ())
    assert Walk.from_json(walk.to_json()) == walk == walk.replace(n_miles=7)
    assert Walk().to_link() == {}


def test_fields_are_read_in_their_order() -> None:
    assert Walk.from_link({"stop": "9", "miles": "9"}) == (Walk(n_miles=9, stop=9), ())
    walk, problems = Walk.from_link({"stop": "9", "miles": "8"})
    assert walk == Walk(n_miles=8)
    assert problems == ("stop must be a whole number from 0 to 8, got '9'",)


def test_what_cannot_be_used_stays_at_its_default() -> None:
    walk, problems = Walk.from_link({"miles": ["3", "4"], "steps": "x", "pace": "1", "shoe": "2", "stop": []})
    assert walk == Walk(n_miles=3)
    assert problems == (
        "miles may be said once; the first, '3', counts",
        "paces must be a number from 0 to 2, got 'x'",
        "there are no settings 'pace' and 'shoe'",
    )


def test_unknown_parameters_give_one_short_sentence() -> None:
    _, problems = Walk.from_link({f"unknown {n}": "x" for n in range(100_000)})
    assert len(problems) == 1
    assert len(problems[0]) < 150


@pytest.mark.parametrize("text", ["", "[]", '{"miles": 3}', '{"miles": "0"}', '{"pace": "1"}', "[" * 100_000])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"the JSON of the walk|miles must be|there is no setting"):
        Walk.from_json(text)


def test_labels() -> None:
    assert [Walk.label(name) for name in Walk.fields()] == ["Miles", "Paces", "Stop"]


@pytest.mark.parametrize(
    "link",
    [
        {"miles": "A" * 500_000},
        {"miles": ["1"] * 250_000},
        {"m" * 500_000: "1"},
        {f"unknown {n}": "x" * 20 for n in range(1_000)},
    ],
    ids=["a value", "many values", "a name", "many names"],
)
def test_a_very_long_link_is_refused_before_it_is_read(link) -> None:
    started = time.process_time()
    walk, problems = Walk.from_link({"stop": "1", **link})
    assert time.process_time() - started < 0.2
    assert walk == Walk()
    (problem,) = problems
    assert problem.startswith("a link may have at most 10,000 characters, got ")


def test_a_link_of_a_thousand_parameters_takes_no_time() -> None:
    started = time.process_time()
    walk, problems = Walk.from_link({"miles": "7", **{f"x{n}": "1" for n in range(1_000)}})
    assert time.process_time() - started < 0.05
    assert walk.n_miles == 7
    assert all(len(problem) < 300 for problem in problems)


def test_what_others_add_to_a_link_is_passed_over() -> None:
    added = [
        "utm_source",
        "UTM_Medium",
        "fbclid",
        "gclid",
        "mc_cid",
        "igshid",
        "msclkid",
        "ref",
        "embed",
        "_ga",
    ]
    assert Walk.from_link({"miles": "7"} | dict.fromkeys(added, "1")) == (Walk(n_miles=7), ())
    unknown = {"reference": "1", "utm": "1"}
    assert Walk.from_link(unknown)[1] == ("there are no settings 'reference' and 'utm'",)
    many = Walk.from_link(dict.fromkeys(map(str, range(1_000)), "1"))[1]
    assert many == ("there are no settings '0', '1', '2', '3', '4' and 995 more",)
