"""Names of pins: what is special about a state, short and in words; and its settings as phrases."""

import re
from collections.abc import Collection

from alternatives.datasets import Dataset
from alternatives.experiments import Comparison
from alternatives.sessions.pin import LONGEST_NAME, State
from alternatives.shape import Shape
from alternatives.state import Filters, Linked, Several
from alternatives.wording import brief, counted, given, listed

FEW = 3
"""Settings that a name says; of more it says one less, and how many others there are."""
MOST_LISTED = 2
"""Heads that a name lists; more are counted."""

SPELLED = {"relu": "ReLU", "sgd": "SGD", "adam": "Adam"}
"""Options whose names are written in another way in texts."""
PHRASES = {
    "dataset": "{}",
    "gate_dataset": "{}",
    "task": "{}",
    "seeds": "{} seeds",
    "hidden": "{} hidden units",
    "filters": "{} filters",
    "layers": "{} hidden layers",
    "activation": "{} units",
    "initialisation": "{} initialisation",
    "solver": "{}",
    "epochs": "{} epochs",
    "gate_epochs": "{} epochs",
    "max_epochs": "at most {} epochs",
    "gate_max_epochs": "at most {} epochs",
    "label_noise": "{} label noise",
    "training_samples": "{} training samples",
    "question": "conclusions for {}",
    "margin": "margin {} points",
    "margin_nats": "margin {} nats",
    "heads": "{}",
    "kinds": "{}",
    "normalisers": "{}",
    "pairs": "{} pairs",
    "experts": "{} experts",
    "units": "{} units",
}
"""Settings as they stand in a name, by their names in links; others have their label before their value."""
ABSENT = {
    "hidden": "hidden layers",
    "filters": "convolutions",
    "batch_normalisation": "batch normalisation",
    "weight_decay": "L2 penalty",
    "label_noise": "label noise",
}
"""What a network does without where the setting is 0, none or no."""


def name_of(state: State) -> str:
    """What is special about a state, short and in words: "digits, 20 % label noise"."""
    said = (*subject_fields(state), "part")
    phrases = [phrase(state, name) for name in special_fields(state) if name not in said]
    for n in range(FEW if len(phrases) <= FEW else FEW - 1, -1, -1):
        more = f" and {counted(len(phrases) - n, 'more setting')}" if len(phrases) > n else ""
        name = ", ".join([subject(state), *phrases[:n]]) + more
        if len(name) <= LONGEST_NAME:
            return name
    return brief(subject(state), LONGEST_NAME)


def unused(name: str, taken: Collection[str]) -> str:
    """The name, or the first of "name 2", "name 3", … that isn't taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        ending = f" {number}"
        found = f"{name[: LONGEST_NAME - len(ending)].rstrip()}{ending}"
    return found


def subject(state: State) -> str:
    """What the state is about: its data set, its logits, or its experiment."""
    (field,) = subject_fields(state)
    value = value_in_words(state, field)
    if isinstance(state, Shape):
        return f"logits {value}"
    return value if isinstance(state, Comparison) else f"{state.part} on {value}"


def subject_fields(state: State) -> tuple[str]:
    """The field that says what the state is about."""
    if isinstance(state, Shape):
        return ("logits",)
    if isinstance(state, Comparison):
        return ("dataset",)
    return ({"attention": "task", "gate": "gate_dataset"}.get(state.part, "dataset"),)


def special_fields(state: State) -> tuple[str, ...]:
    """The fields that change something and aren't at their defaults."""
    names, link = state.names(), state.to_link()
    return tuple(name for name in state.shown_fields if names[name] in link)


def phrase(state: State, field: str) -> str:
    """A setting in words, as it stands in a name: "20 % label noise", "3 seeds", "learning rate 0.01"."""
    in_links, value = state.names()[field], getattr(state, field)
    if in_links in ABSENT and not value:
        return f"no {ABSENT[in_links]}"
    if value is True:
        return type(state).in_words(field)
    held = state.fields()[field]
    if isinstance(held, Several) and len(value) > MOST_LISTED:
        return counted(len(value), held.noun)
    before, after = around(state, field)
    one = re.fullmatch(r" ([a-z ]+)s", after) if value == 1 and not before else None
    return f"one {one[1]}" if one else f"{before}{value_in_words(state, field)}{after}"


def around(state: State, field: str) -> tuple[str, str]:
    """What stands before and after the value in a setting's phrase."""
    template = PHRASES.get(state.names()[field], f"{type(state).in_words(field)} {{}}")
    before, _, after = template.partition("{}")
    return before, after


def value_in_words(state: Linked, field: str) -> str:
    """A setting's value as a person reads it: "20 %", "own best", "softmax and Taylor softmax"."""
    value, in_links = getattr(state, field), state.names()[field]
    if in_links == "label_noise":
        return f"{given(round(100 * value, 10))} %"
    if isinstance(state.fields()[field], Filters):
        return "; ".join(f"{name} {listed(values)}" for name, values in value) or "all"
    if isinstance(value, bool) or value is None or value == ():
        return state.fields()[field].text(value)
    if not isinstance(value, tuple):
        return _spelled(value)
    texts = map(_spelled, value)
    if isinstance(state.fields()[field], Several):
        return listed(texts)
    return (" + " if in_links in ("hidden", "filters") else ", ").join(texts)


def _spelled(value: object) -> str:
    if isinstance(value, int | float):
        return given(value)
    if isinstance(value, Dataset):
        return value.in_words
    return SPELLED.get(str(value), str(value))
