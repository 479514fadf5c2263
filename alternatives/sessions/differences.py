"""What differs between pins: setting by setting, and as the beginning of a sentence."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from alternatives.datasets import Own
from alternatives.memory import kept
from alternatives.sessions.naming import (
    ABSENT,
    FEW,
    around,
    phrase,
    special_fields,
    subject,
    subject_fields,
    value_in_words,
)
from alternatives.sessions.pin import State
from alternatives.sessions.session import Session
from alternatives.shape import Shape
from alternatives.state import Several
from alternatives.wording import counted, listed, sentence, unbroken

NO_EFFECT = "–"
"""The value of a setting that isn't there, or changes nothing given what the others say."""


class Setting(NamedTuple):
    """A setting of some states in words."""

    label: str
    values: tuple[str, ...]
    """Of each state; `NO_EFFECT` where it has none."""
    differs: bool


def differing(states: Session | Sequence[State]) -> list[Setting]:
    """Every setting that has an effect in one of the states, and whether it differs.

    One that has an effect in some of the states alone differs if it isn't at its default there: else the
    difference is that of another setting. States of several kinds have the kinds as their first setting.
    """
    if isinstance(states, Session):
        states = [pin.state for pin in states.pins]
    return list(_differing(tuple(states)))


@kept
def _differing(states: tuple[State, ...]) -> list[Setting]:
    """The same, worked out once: a page asks in every run."""
    kinds = [sentence(state.noun) for state in states]
    if len(set(kinds)) == 1:  # parts of a page are kinds, too
        kinds = [sentence(getattr(state, "part", state.noun)) for state in states]
    found = [Setting("What is shown", tuple(kinds), True)] if len(set(kinds)) > 1 else []
    labels = dict.fromkeys(type(state).label(name) for state in states for name in state.shown_fields)
    special, every = [special_fields(state) for state in states], [_labels(state) for state in states]
    for label in labels:
        fields = [_field(state, label) for state in states]
        rows = list(zip(states, fields, special, every, strict=True))
        held = {_text(state, field) for state, field, _, _ in rows if field}
        changed = any(field in own for _, field, own, _ in rows)
        without = any(not field and label in own for _, field, _, own in rows)
        values = tuple(value_in_words(state, field) if field else NO_EFFECT for state, field, _, _ in rows)
        if len({*values} - {NO_EFFECT}) < len(held):  # two files of one name, or two decisions about one
            own = [getattr(state, field, None) for state, field, _, _ in rows]
            values = tuple(
                each.in_full if isinstance(each, Own) else value
                for each, value in zip(own, values, strict=True)
            )
        found.append(Setting(label, values, len(held) > 1 or (changed and without)))
    return found


@kept
def changed(reference: State, state: State) -> str:
    """What was changed from a reference to a state, as a sentence begins: "With 40 instead of 20 seeds".

    Empty if nothing was.
    """
    if type(reference) is not type(state) or subject_fields(reference) != subject_fields(state):
        return unbroken(sentence(f"{subject(state)} instead of {subject(reference)}"))
    names = [name for name in state.shown_fields if _differs(reference, state, name)]
    n = FEW if len(names) <= FEW else FEW - 1
    parts: dict[str, list[str]] = {"on": [], "with": [], "without": []}
    for name in names[:n]:
        preposition, change = _change(reference, state, name)
        parts[preposition].append(change)
    if more := len(names) - n if len(names) > n else 0:
        parts["with"].append(counted(more, "other change"))
    clauses = [f"{preposition} {listed(each)}" for preposition, each in parts.items() if each]
    return unbroken(sentence(", ".join(clauses)))


def _field(state: State, label: str) -> str:
    """The field with a label that has an effect in a state; empty if there is none."""
    return next((name for name in state.shown_fields if type(state).label(name) == label), "")


def _labels(state: State) -> Collection[str]:
    """The labels of all of a state's fields."""
    return {type(state).label(name) for name in state.fields()}


def _text(state: State, field: str) -> str:
    return state.texts()[state.names()[field]]


def _differs(reference: State, state: State, field: str) -> bool:
    if field not in reference.shown_fields:
        return field in special_fields(state)
    return _text(reference, field) != _text(state, field)


def _change(reference: State, state: State, field: str) -> tuple[str, str]:
    """The change of a field: the preposition that it takes, and what follows."""
    in_links, (before, after) = state.names()[field], around(state, field)
    new, old = getattr(state, field), getattr(reference, field)
    if in_links in ABSENT and not new:
        return "without", ABSENT[in_links]
    if isinstance(new, Own) and isinstance(old, Own) and new.name == old.name:
        if new.checksum != old.checksum:
            return "on", f"another file {new.name}"
        return "with", f"other decisions about {new.name}"
    if isinstance(state.fields()[field], Several):
        added = [str(each) for each in new if each not in old]
        removed = [str(each) for each in old if each not in new]
        if not added:
            return "without", listed(removed, "or")
        return "with", listed(added) + (f" instead of {listed(removed)}" if removed else " as well")
    if new is True:
        return "with", phrase(state, field)
    if in_links == "label_noise":
        after = " of the training labels wrong"
    if old is None:
        return "with", f"{phrase(state, field)} instead of {value_in_words(reference, field)}"
    had = field in reference.shown_fields and not (in_links in ABSENT and not old)
    instead = f" instead of {value_in_words(reference, field)}" if had else ""
    preposition = "on" if field in subject_fields(state) and not isinstance(state, Shape) else "with"
    return preposition, f"{before}{value_in_words(state, field)}{instead}{after}"
