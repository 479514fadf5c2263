"""A session passed on as a link."""

import random
import time
import urllib.parse
from typing import Any

import pytest

from alternatives import Comparison, Session
from alternatives.experiments.inside import Inside
from alternatives.sessions import KINDS, MOST_PINS, Pin, naming
from alternatives.sessions.link import OWN
from alternatives.shape import Shape
from alternatives.state.linked import LONGEST_LINK
from tests import random_sessions
from tests.random_sessions import read_or_said

N_MUTATED = round(10_000 * random_sessions.SHARE)


def pinned(*states: Any) -> Session:
    session = Session()
    for state in states:
        session = session.put(Pin(naming.name_of(state), state))
    return session


def test_any_session_comes_back() -> None:
    chance = random.Random(0)
    n_too_long = 0
    for _ in range(150):
        session = random_sessions.session(chance)
        link, problem = read_or_said(Session.to_link, session)
        if link is None:
            assert problem.startswith(f"a link may have at most {LONGEST_LINK:,} characters, got ")
            n_too_long += 1
            continue
        again = Session.from_link(link)
        assert again == session
        assert again.place == session.place
        assert again.to_link() == link
        assert Session.of_link(session.parameters()) == (session, ())
        assert urllib.parse.urlencode(urllib.parse.parse_qsl(link)) == link
    assert n_too_long < 10


GRIDS = {
    "data and noise": [
        Comparison(dataset=data, label_noise=noise, n_seeds=40)
        for data in ("digits", "iris")
        for noise in (0, 0.2)
    ],
    "noise and rate": [
        Comparison(label_noise=noise, learning_rate=rate, n_seeds=5, activation="tanh")
        for noise in (0.1, 0.2)
        for rate in (0.01, 0.1)
    ],
    "heads and noise": [
        Comparison(heads=heads, label_noise=noise, dataset="iris")
        for heads in (["softmax", "Taylor softmax"], ["softmax", "spherical softmax(epsilon=0.1)"])
        for noise in (0, 0.2)
    ],
    "layers and penalty": [
        Comparison(
            hidden_layer_sizes=sizes, weight_decay=decay, dataset="breast cancer", solver="sgd", n_epochs=30
        )
        for sizes in ((), (64, 64))
        for decay in (0, 0.001)
    ],
    "four of each": [
        Comparison(dataset=data, n_seeds=seeds)
        for data, seeds in zip(("digits", "iris", "moons", "wine"), (5, 10, 40, 100), strict=True)
    ],
    "logits": [Shape(logits=logits, scale=scale) for logits in ((1, 2), (3, 0, -3)) for scale in (1, 3)],
    "attention": [
        Inside("attention").replace(pairs=pairs, seeds=seeds) for pairs in (4, 16) for seeds in (5, 30)
    ],
}


@pytest.mark.parametrize("states", GRIDS.values(), ids=GRIDS)
def test_four_pins_that_differ_in_two_settings_have_a_short_link(states: list[Any]) -> None:
    session = pinned(*states)
    assert len(session.pins) == 4
    assert len(session.to_link()) <= 400
    assert Session.from_link(session.to_link()) == session


def test_a_link_says_each_setting_once() -> None:
    session = pinned(*GRIDS["data and noise"])
    assert session.parameters() == {
        "pin": [
            "digits, 40 seeds",
            "digits, 40 seeds, 20 % label noise",
            "iris, 40 seeds",
            "iris, 40 seeds, 20 % label noise",
        ],
        "seeds": "40",
        "dataset": "~~iris~iris",
        "label_noise": "~0.2~~0.2",
    }
    mixed = pinned(Comparison(n_seeds=5), Shape(), Inside("gate").replace(seeds=5)).parameters()
    assert mixed == {
        "pin": ["digits, 5 seeds", "logits 1, 2, −3", "gate on local rules, 5 seeds"],
        "kind": "~shape~inside",
        "seeds": "5",
        "part": "gate",
    }
    heads = pinned(*GRIDS["heads and noise"]).parameters()["heads"]
    assert heads == "softmax,Taylor softmax~\\1~softmax,spherical softmax(epsilon=0.1)~\\3"


def test_no_setting_has_the_name_of_a_parameter_of_the_session() -> None:
    names = {name for kind in KINDS.values() for name in kind.names().values()}
    assert not names & {"pin", "session", "columns", *OWN}


def test_an_address_is_read_like_its_parameters() -> None:
    session = pinned(Comparison(), Shape())
    for start in (
        "?",
        "/side_by_side?",
        "https://softmax.example/side_by_side?",
        "HTTPS://Softmax.example/side_by_side?",
        "softmax.example/side_by_side?",
        " \nhttp://localhost:8501/side_by_side?",
    ):
        assert Session.from_link(start + session.to_link()) == session
    assert Session.from_link(f"https://softmax.example/?{session.to_link()}#top") == session
    assert Session.from_link("pin=why%3F").names == Session.from_link("pin=why?").names == ("why?",)
    assert Session.from_link("pin=&pin=") == pinned(Comparison(), Comparison())


def test_what_others_add_to_a_link_is_passed_over() -> None:
    link = pinned(Comparison(n_seeds=3)).to_link()
    assert Session.from_link(f"{link}&utm_source=x&columns=2", others=("columns",)) == Session.from_link(link)
    with pytest.raises(ValueError, match=r"^there is no setting 'columns'$"):
        Session.from_link(f"{link}&columns=2")


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("pin=a&label_noise=2", "label noise must be a number from 0 to 0.9, got '2'"),
        ("pin=a&pin=b&label_noise=~2", "'b': label noise must be a number from 0 to 0.9, got '2'"),
        ("pin=a&pin=b&seeds=3~4~5", "seeds must have one value, or one for each of 2 pins; got 3"),
        ("pin=a&pin=b&seeds=~\\2", "seeds refers to pin 2, which isn't an earlier one"),
        ("pin=a&pin=a", "each pin must have a name of its own, got 'a' twice"),
        ("pin=a%0Ab", "the name of a pin must be one line of 1 to 80 characters, got 'a\\nb'"),
        ("pin=" + 81 * "a", f"the name of a pin must be one line of 1 to 80 characters, got '{57 * 'a'}…'"),
        ("pin=a&note=" + 1_001 * "a", "the note of a pin may have at most 1,000 characters, got 1,001"),
        ("pin=a&kind=claims", "kind must be one of compare, shape, inside; got 'claims'"),
        ("pin=a&kind=shape&seeds=3", "there is no setting 'seeds'"),
        ("pin=a&pin=b&kind=~shape&seeds=3~3", "'b': there is no setting 'seeds'"),
        ("pin=a&seeds=3&seeds=4", "seeds may be said once; the first, '3', counts"),
        ("pin=a&dataset=my+data", "there is no data set 'my data' here, only iris, wine, "),
        (
            "pin=a&kind=inside&gate_dataset=my+data(x=1)",
            "there is no data set 'my data' here, only iris, wine, ",
        ),
        ("pin=a&reference=2", "reference must be a whole number from 1 to 1, got '2'"),
        (
            "https://softmax.example/side_by_side?session=view-abc",
            "this is the short link to a session that a",
        ),
        ("softmax.example/side_by_side?session=view-abc", "this is the short link to a session that a"),
        ("seeds=3&kind=shape", "there is no pin that 'seeds, kind' would be of"),
        ("&".join(["pin=a"] + [f"pin={n}" for n in range(24)]), "a session may have at most 24 pins, got 25"),
        ("pin=a&" + "x" * 10_000, "a link may have at most 10,000 characters, got 10,004"),
        ("x" * 200_000, "a link may have at most 10,000 characters, got 200,000"),
        ("pin=%ff", "a link must be text in UTF-8"),
        (None, "a link must be a text, got 'None'"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(link: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        Session.from_link(link)
    assert str(error.value).startswith(problem)
    assert len(str(error.value)) < 400


def test_a_page_shows_what_it_can_and_says_the_rest() -> None:
    given = {
        "pin": ["a", "a", "\x1b", "mine"],
        "seeds": ["3~999~4~5"],
        "dataset": "~~~mine",
        "reference": "3",
    }
    session, problems = Session.of_link(given)
    assert session.names == ("a", "a 2", "digits, 4 seeds")
    assert [pin.state for pin in session.pins] == [Comparison(n_seeds=n) for n in (3, 20, 4)]
    assert session.place == 2
    assert len(problems) == 4
    assert Session.of_link({"pin": ["a"] * 10_000}) == (
        Session(),
        ("a link may have at most 10,000 characters, got 10,003",),
    )
    many = Session.of_link(
        {"pin": [str(n) for n in range(1_000)], "seeds": "~".join(map("x{}".format, range(1_000)))}
    )
    assert len(many[0].pins) == MOST_PINS
    assert many[1][-1].startswith("and ")
    assert len(many[1]) <= 7


def test_notes_may_be_too_long_for_a_link() -> None:
    session = Session(tuple(Pin(f"{n}", Comparison(), f"{n}{900 * 'x'}") for n in range(12)))
    with pytest.raises(
        ValueError, match=r"^a link may have at most 10,000 characters, got .* as a file or by a sh"
    ):
        session.to_link()


def test_mutated_links_give_a_session_or_a_sentence() -> None:
    chance = random.Random(1)
    links = [read_or_said(Session.to_link, random_sessions.session(chance, 4))[0] or "" for _ in range(25)]
    n_read = 0
    for _ in range(N_MUTATED):
        link = random_sessions.mutated(chance, chance.choice(links))
        started = time.process_time()
        session, problem = read_or_said(Session.from_link, link)
        if session is not None:
            n_read += 1
            assert Session.from_link(session.to_link()) == session
        assert len(problem) < 5_000
        assert "\n" not in problem
        parameters = urllib.parse.parse_qs(link, keep_blank_values=True)
        session, problems = Session.of_link(parameters)
        assert len(session.pins) <= MOST_PINS
        assert all(problems)
        assert time.process_time() - started < 2
    assert n_read > 0.05 * N_MUTATED
