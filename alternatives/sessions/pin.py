"""A pin: what a page showed, under a name, with a note."""

import dataclasses
import secrets
from dataclasses import dataclass
from typing import Any, TypeAlias

from alternatives.experiments import Comparison
from alternatives.experiments.inside import HELD_AS, Inside
from alternatives.shape import Shape
from alternatives.state import shortened
from alternatives.state.text import is_line, is_odd

State: TypeAlias = Comparison | Shape | Inside
"""What can be pinned: the frozen value that a page shows."""
KINDS: dict[str, type[State]] = {"compare": Comparison, "shape": Shape, "inside": Inside}
"""The same by the names that their pages have in addresses."""

MOST_PINS = 24
"""Pins of a session."""
LONGEST_NAME = 80
LONGEST_NOTE = 1_000


@dataclass(frozen=True)
class Pin:
    """What a page showed, under a name, with a note.

    Two pins with the same name, state and note are equal. `key` tells one from a copy of it, and stays when
    the pin is changed: controls and stores know a pin by it. It isn't passed on by link or file.

    A name is one line of at most `LONGEST_NAME` characters, one of which can be seen, a note at most
    `LONGEST_NOTE` characters; blanks around them don't count. ValueError for anything else.
    """

    name: str
    state: State
    note: str = ""
    key: str = dataclasses.field(default_factory=lambda: secrets.token_hex(6), compare=False)

    def __post_init__(self) -> None:
        if type(self.state) not in KINDS.values():
            kinds = ", ".join(kind.noun for kind in KINDS.values())
            raise ValueError(f"what is pinned must be one of: {kinds}; got {shortened(self.state)}")
        if isinstance(self.state, Inside):
            object.__setattr__(self, "state", _consistent(self.state))
        object.__setattr__(self, "name", name_checked(self.name))
        object.__setattr__(self, "note", note_checked(self.note))

    @property
    def kind(self) -> str:
        """The name of the page that it is from."""
        return next(name for name, kind in KINDS.items() if isinstance(self.state, kind))


def _consistent(state: Inside) -> Inside:
    """The state, if what its experiments have in common is one value, as in a link; else what it shows."""
    if state.replace(**{name: getattr(state, name) for name in state.fields()}) == state:
        return state
    return Inside.of(getattr(state, HELD_AS[state.part]))


def name_checked(given: Any, of: str = "a pin") -> str:
    """A name as a pin has it; ValueError with what is allowed."""
    name = given.strip() if isinstance(given, str) and len(given) <= 2 * LONGEST_NAME else ""
    if not is_line(name, LONGEST_NAME):
        raise ValueError(
            f"the name of {of} must be one line of 1 to {LONGEST_NAME} characters, got {shortened(given)}"
        )
    return str(name)


def note_checked(given: Any) -> str:
    """A note as a pin has it; ValueError with what is allowed."""
    note = given.replace("\r\n", "\n").strip() if isinstance(given, str) else None
    if note is None or len(note) > LONGEST_NOTE:
        size = f"{len(note):,}" if note is not None else shortened(given)
        raise ValueError(f"the note of a pin may have at most {LONGEST_NOTE:,} characters, got {size}")
    if odd := next((each for each in note if each not in "\n\t" and is_odd(each)), ""):
        raise ValueError(f"the note of a pin may have no control characters, got {shortened(odd)}")
    return str(note)
