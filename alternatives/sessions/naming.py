"""Names of pins: what is special about a state, short and in words; and its settings as phrases."""

from collections.abc import Callable, Collection, Sequence

from alternatives.experiments import Comparison
from alternatives.sessions.pin import LONGEST_NAME, State
from alternatives.shape import Shape
from alternatives.state import Linked
from alternatives.state.text import split
from alternatives.wording import brief, counted, given, listed

FEW = 3
"""Settings that a name says; of more it says one less, and how many others there are."""

MOST_LISTED = 2
"""Heads that a name lists; more are counted."""


def name_of(state: State) -> str:
    """What is special about a state, short and in words: "digits, 20 % label noise"."""
    subject, said = _subject(state)
    special = [name for name in special_fields(state) if name not in said]
    phrases = [phrase(state, name) for name in special]
    for n in range(FEW if len(phrases) <= FEW else FEW - 1, -1, -1):
        more = f" and {len(phrases) - n} more" if len(phrases) > n else ""
        name = ", ".join([subject, *phrases[:n]]) + more
        if len(name) <= LONGEST_NAME:
            return name
    return brief(subject, LONGEST_NAME)


def unused(name: str, taken: Collection[str]) -> str:
    """The name, or the first of "name 2", "name 3", … that isn't taken."""
    number = 1
    found = name
    while found in taken:
        number += 1
        ending = f" {number}"
        found = f"{name[: LONGEST_NAME - len(ending)].rstrip()}{ending}"
    return found


def special_fields(state: State) -> tuple[str, ...]:
    """The fields that change something and aren't at their defaults."""
    names, link = state.names(), state.to_link()
    return tuple(name for name in state.shown_fields if names[name] in link)


def phrase(state: State, field: str) -> str:
    """A setting in words, as it stands in a name: "20 % label noise", "3 seeds", "learning rate 0.01"."""
    in_links, value = state.names()[field], getattr(state, field)
    if in_links in PHRASES:
        return PHRASES[in_links](value)
    return f"{type(state).in_words(field)} {value_in_words(state, field)}"


def value_in_words(state: Linked, field: str) -> str:
    """A setting's value as a person reads it: "20 %", "own best", "softmax, Taylor softmax"."""
    value = getattr(state, field)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if state.names()[field] == "label_noise":
        return _percent(value)
    if isinstance(value, int | float):
        return given(value)
    if isinstance(value, tuple) and value and all(isinstance(each, int | float) for each in value):
        return ", ".join(map(given, value))
    return ", ".join(part.strip() for part in split(state.texts()[state.names()[field]]))


def _subject(state: State) -> tuple[str, Sequence[str]]:
    """What the state is about, and the fields that this says."""
    if isinstance(state, Shape):
        return f"logits {value_in_words(state, 'logits')}", ("logits",)
    if isinstance(state, Comparison):
        return value_in_words(state, "dataset"), ("dataset",)
    field = {"attention": "task", "gate": "gate_dataset"}.get(state.part, "dataset")
    return f"{state.part} on {value_in_words(state, field)}", (field,)


def _percent(share: float) -> str:
    return f"{given(round(100 * share, 10))} %"


def _several(noun: str) -> Callable[[Sequence[object]], str]:
    def phrase(values: Sequence[object]) -> str:
        return listed(map(str, values)) if len(values) <= MOST_LISTED else counted(len(values), noun)

    return phrase


def _epochs(n: int | None) -> str:
    return "own best epochs" if n is None else counted(n, "epoch")


def _layers(sizes: Sequence[int]) -> str:
    if not sizes:
        return "no hidden layer"
    units = listed(map(given, sizes))
    return f"one hidden layer of {units}" if len(sizes) == 1 else f"hidden layers of {units}"


PHRASES: dict[str, Callable[..., str]] = {
    "seeds": lambda n: counted(n, "seed"),
    "label_noise": lambda share: f"{_percent(share)} label noise" if share else "no label noise",
    "heads": _several("head"),
    "kinds": _several("layer type"),
    "normalisers": _several("normaliser"),
    "hidden": _layers,
    "layers": lambda n: counted(n, "hidden layer"),
    "activation": str,
    "solver": lambda name: "SGD" if name == "sgd" else name.capitalize(),
    "initialisation": lambda name: f"{name} initialisation",
    "batch_normalisation": lambda on: f"{'' if on else 'no '}batch normalisation",
    "epochs": _epochs,
    "gate_epochs": _epochs,
    "max_epochs": lambda n: f"at most {counted(n, 'epoch')}",
    "gate_max_epochs": lambda n: f"at most {counted(n, 'epoch')}",
    "head_parameters": lambda how: f"heads' parameters {how}",
    "question": lambda question: f"for {question}",
    "margin": lambda points: f"margin {given(points)} points",
    "margin_nats": lambda nats: f"margin {given(nats)} nats",
    "pairs": lambda n: counted(n, "pair"),
    "experts": lambda n: counted(n, "expert"),
    "units": lambda n: counted(n, "unit"),
}
"""Settings as they stand in a name, by their names in links, where they say more than label and value."""
