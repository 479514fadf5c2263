"""Pins, sessions, names, and what differs."""

import random
import re
from typing import Any

import pytest

from alternatives import Comparison, Session
from alternatives.experiments.hidden import Hidden
from alternatives.experiments.inside import Inside
from alternatives.sessions import MOST_PINS, Pin, naming
from alternatives.sessions.differences import NO_EFFECT, changed, differing
from alternatives.sessions.pin import LONGEST_NAME, LONGEST_NOTE
from alternatives.shape import Shape
from tests import random_sessions


def three() -> Session:
    return Session.of({"a": Comparison(), "b": Shape(), "c": Inside()})


def keys(session: Session) -> list[str]:
    return [pin.key for pin in session.pins]


# Pins and sessions


@pytest.mark.parametrize(
    "name",
    ["a", "20 % label noise", "<b>x</b>", "*a* [b](c)", "👩🏽‍🔬 é ü 中文 עברית", "می‌خواهم", "a" * 80, " a\t"],
)
def test_a_name_is_any_line_of_text(name: str) -> None:
    assert Pin(name, Comparison()).name == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a\nb",
        "a\rb",
        "a\x00b",
        "a\u2028b",
        "a\x1bb",
        "\u202ea",
        "\ud800",
        "a" * 81,
        "\u200b",
        "\u2060 \ufeff",
        "\u00ad",
        "\u200d",
        "\u3164",
        3,
        None,
        ["a"],
        b"a",
    ],
)
def test_any_other_name_is_refused(name: Any) -> None:
    for refused in (lambda: Pin(name, Comparison()), lambda: Session((Pin(name, Comparison()),))):
        with pytest.raises(
            ValueError, match=r"^the name of a pin must be one line of 1 to 80 characters, got "
        ):
            refused()
    if name != ["a"]:
        with pytest.raises(ValueError, match=r"one line of 1 to 80 characters"):
            Session.of({name: Comparison()})


def test_a_note_has_lines_and_an_end() -> None:
    assert Pin("a", Shape(), " x\r\ny\tz ").note == "x\ny\tz"
    for note, given in (("x" * (LONGEST_NOTE + 1), "1,001"), ("\x1b", r"'\\x1b'"), (None, "'None'")):
        with pytest.raises(ValueError, match=rf"^the note of a pin may have .* got {given}$"):
            Pin("a", Shape(), note)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [None, "digits", Hidden(), Comparison])
def test_only_what_a_page_shows_is_pinned(state: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^what is pinned must be one of: comparison, shape, experiment .*; got "
    ):
        Session.of({"a": state})


def test_a_pin_shows_what_its_link_shows() -> None:
    apart = Inside("attention", attention=Inside().attention.replace(n_seeds=3))
    assert Inside.from_link(apart.to_link())[0] != apart
    (pin,) = Session.of({"a": apart}).pins
    assert isinstance(pin.state, Inside)
    assert pin.state.attention == apart.attention
    assert Inside.from_link(pin.state.to_link()) == (pin.state, ())


def test_sessions_are_equal_by_their_pins() -> None:
    assert three() == three()
    session = three()
    assert session == session.with_reference(keys(session)[2])
    for other in (session.without(keys(session)[0]), session.moved(keys(session)[0], 1), Session()):
        assert session != other
    assert session != session.put(Pin("a", Comparison(), "a note", keys(session)[0]))


def test_changes_and_what_undoes_them() -> None:
    session = three()
    a, b, c = keys(session)
    assert session.moved(a, 1).names == ("b", "a", "c")
    assert session.moved(a, 1).moved(a, -1) == session
    assert session.moved(b, 9).names == ("a", "c", "b")
    assert session.moved(c, -9).names == ("c", "a", "b")
    assert session.without(b).names == ("a", "c")
    assert session.without("gone") == session
    assert session.put(Pin("d", Shape(), key=b)).names == ("a", "d", "c")
    assert session.put(session.pin(b)) == session
    assert session.copied(a).names == ("a", "a 2", "b", "c")
    assert session.copied(a).copied(a).names == ("a", "a 3", "a 2", "b", "c")
    assert len({*keys(session.copied(a).copied(b))}) == 5


def test_the_reference_stays_as_long_as_its_pin() -> None:
    session = three()
    a, b, _ = keys(session)
    second = session.with_reference(b)
    assert (session.reference, second.reference) == (a, b)
    assert second.moved(b, -1).copied(b).without(a).reference == b
    assert second.moved(b, -1).place == 0
    assert second.without(b).reference == a
    assert Session().reference == ""
    assert Session().put(session.pin(b)).reference == b


def test_a_new_pin_gets_an_unused_name_and_a_renamed_one_does_not() -> None:
    session = three()
    assert session.put(Pin("a", Shape())).names == ("a", "b", "c", "a 2")
    with pytest.raises(ValueError, match=r"^each pin must have a name of its own; 'a' is another pin's$"):
        session.put(Pin("a", Shape(), key=keys(session)[1]))
    with pytest.raises(ValueError, match=r"^each pin must have a name of its own, got 'a' twice$"):
        Session((Pin("a", Shape()), Pin("a", Shape())))
    assert naming.unused("x" * 80, ["x" * 80]) == "x" * 78 + " 2"


def test_a_session_has_an_end() -> None:
    session = Session.of({f"{n}": Comparison() for n in range(MOST_PINS)})
    for more in (lambda: session.put(Pin("x", Shape())), lambda: session.copied(keys(session)[3])):
        with pytest.raises(ValueError, match=r"^a session may have at most 24 pins, got 25$"):
            more()


def test_a_pin_that_was_removed_is_said_to_be_gone() -> None:
    for change in (Session.copied, Session.with_reference, lambda session, key: session.moved(key, 1)):
        with pytest.raises(ValueError, match=r"^this pin isn't in the session any more$"):
            change(three(), "gone")
    with pytest.raises(ValueError, match=r"^a session is made of what is pinned, by name; got "):
        Session.of([Comparison()])  # type: ignore[arg-type]


# Names


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (Comparison(), "digits"),
        (Comparison(label_noise=0.2), "digits, 20 % label noise"),
        (Comparison(dataset="iris", n_seeds=3), "iris, 3 seeds"),
        (Comparison(n_seeds=1), "digits, one seed"),
        (Comparison(hidden_layer_sizes=(), solver="sgd"), "digits, no hidden layers, SGD"),
        (
            Comparison(hidden_layer_sizes=(64, 64), activation="tanh"),
            "digits, 64 + 64 hidden units, tanh units",
        ),
        (Comparison(heads=["softmax", "sparsemax"]), "digits, softmax and sparsemax"),
        (Comparison(heads=["softmax", "sigmoid", "sparsemax"]), "digits, 3 heads"),
        (
            Comparison(weight_decay=1e-6, batch_normalisation=True),
            "digits, batch normalisation, L2 penalty 0.000001",
        ),
        (
            Comparison(n_seeds=5, n_epochs=7, learning_rate=0.1, label_noise=0.125, question="new data"),
            "digits, 5 seeds, learning rate 0.1 and 3 more settings",
        ),
        # Without effect:
        (Comparison(momentum=0.5), "digits"),
        (Comparison(n_epochs=5, max_epochs=9), "digits, 5 epochs"),
        (Shape(), "logits 1, 2, −3"),
        (Shape(logits=(0.5, 2), scale=3), "logits 0.5, 2, scale 3"),
        (Inside(), "hidden layers on digits"),
        (Inside("attention"), "attention on key-value recall"),
        (Inside("attention").replace(task="rows of a digit", pairs=3), "attention on rows of a digit"),
        (Inside("gate").replace(gate_dataset="moons", experts=8), "gate on moons, 8 experts"),
    ],
    ids=str,
)
def test_a_name_says_what_is_special(state: Any, name: str) -> None:
    assert naming.name_of(state) == name


def test_every_state_has_a_name_that_a_pin_can_have() -> None:
    chance = random.Random(0)
    for _ in range(200):
        state = random_sessions.state(chance)
        name = naming.name_of(state)
        assert Pin(name, state).name == name
        assert len(name) <= LONGEST_NAME


# Differences


def test_what_differs_is_what_was_changed_and_has_an_effect() -> None:
    states = [Comparison(), Comparison(label_noise=0.2, solver="sgd"), Comparison(momentum=0.1, n_seeds=3)]
    rows = differing(states)
    assert [(row.label, *row.values) for row in rows if row.differs] == [
        ("Seeds", "20", "20", "3"),
        ("Optimiser", "Adam", "SGD", "Adam"),
        ("Label noise", "0 %", "20 %", "0 %"),
    ]
    assert next(row for row in rows if row.label == "Momentum") == (
        "Momentum",
        (NO_EFFECT, "0.9", NO_EFFECT),
        False,
    )
    other = differing([Comparison(), Comparison(solver="sgd", momentum=0.1)])
    assert {row.label for row in other if row.differs} == {"Optimiser", "Momentum"}
    session = Session.of({str(index): state for index, state in enumerate(states)})
    assert differing(session) == rows
    assert differing([]) == []
    rows.clear()  # what is kept for the next who asks isn't what a caller has
    assert differing(session) == differing(states) != []


def test_of_several_kinds_only_what_differs_within_one_is_shown() -> None:
    rows = differing([Comparison(), Shape(scale=2), Shape()])
    assert [row.label for row in rows if row.differs] == ["What is shown", "Scale"]
    assert next(row for row in rows if row.label == "Scale").values == (NO_EFFECT, "2", "1")


def test_every_shown_setting_is_in_the_rows_once() -> None:
    chance = random.Random(2)
    for _ in range(100):
        states = [random_sessions.state(chance) for _ in range(3)]
        rows = differing(states)
        labels = [row.label for row in rows]
        assert len(set(labels)) == len(labels)
        for index, state in enumerate(states):
            shown = {type(state).label(name) for name in state.shown_fields}
            assert len(shown) == len(state.shown_fields)
            assert {row.label for row in rows if row.values[index] != NO_EFFECT} - {"What is shown"} == shown
        assert not any(row.differs for row in differing([states[0], states[0]]))


@pytest.mark.parametrize(
    ("reference", "state", "sentence"),
    [
        (Comparison(), Comparison(), ""),
        (Comparison(), Comparison(momentum=0.5), ""),
        (Comparison(), Comparison(label_noise=0.2), "With 20 % of the training labels wrong"),
        (
            Comparison(label_noise=0.1),
            Comparison(label_noise=0.2),
            "With 20 % instead of 10 % of the training labels wrong",
        ),
        (Comparison(label_noise=0.2), Comparison(), "Without label noise"),
        (Comparison(), Comparison(n_seeds=40), "With 40 instead of 20 seeds"),
        (
            Comparison(),
            Comparison(dataset="iris", n_seeds=3),
            "On iris instead of digits, with 3 instead of 20 seeds",
        ),
        (Comparison(), Comparison(batch_size=32), "With batch size 32 instead of 64"),
        (Comparison(), Comparison(learning_rate=0.01), "With learning rate 0.01 instead of own best"),
        (Comparison(n_epochs=9), Comparison(), "With own best instead of 9 epochs"),
        (Comparison(), Comparison(hidden_layer_sizes=()), "Without hidden layers"),
        (Comparison(hidden_layer_sizes=()), Comparison(), "With 32 hidden units"),
        (Comparison(), Comparison(batch_normalisation=True), "With batch normalisation"),
        (Comparison(), Comparison(solver="sgd", momentum=0.5), "With SGD instead of Adam and momentum 0.5"),
        (
            Comparison(),
            Comparison(heads=["softmax", "sigmoid"]),
            "Without spherical softmax or Taylor softmax",
        ),
        (Comparison(heads="softmax"), Comparison(heads=["softmax", "hinge"]), "With hinge as well"),
        (Comparison(heads="softmax"), Comparison(heads=["hinge"]), "With hinge instead of softmax"),
        (
            Comparison(),
            Comparison(question="new data"),
            "With conclusions for new data instead of these data",
        ),
        (Shape(), Shape(logits=(1, 2)), "With logits 1, 2 instead of 1, 2, −3"),
        (Inside(), Inside("attention"), "Attention on key-value recall instead of hidden layers on digits"),
        (Inside(), Inside().replace(width=8), "With width 8 instead of 16"),
        (
            Comparison(),
            Comparison(n_seeds=5, n_epochs=7, learning_rate=0.1, label_noise=0.125),
            "With 5 instead of 20 seeds, learning rate 0.1 instead of own best and 2 other changes",
        ),
    ],
)
def test_what_was_changed_begins_a_sentence(reference: Any, state: Any, sentence: str) -> None:
    assert changed(reference, state).replace("\u00a0", " ") == sentence


def test_any_change_is_named() -> None:
    chance = random.Random(3)
    for _ in range(150):
        reference, state = random_sessions.state(chance), random_sessions.state(chance)
        differ = any(row.differs for row in differing([reference, state]))
        found = changed(reference, state)
        assert bool(found) <= differ
        assert re.match(r"[^a-z]|$", found)
