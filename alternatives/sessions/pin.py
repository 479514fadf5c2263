"""A pin: what a page showed, under a name, with a note."""

import dataclasses
import secrets
from dataclasses import dataclass
from typing import TypeAlias

from alternatives.experiments import Comparison
from alternatives.experiments.inside import Inside
from alternatives.shape import Shape

State: TypeAlias = Comparison | Shape | Inside
"""What can be pinned: the frozen value that a page shows."""
KINDS: dict[str, type[State]] = {"compare": Comparison, "shape": Shape, "inside": Inside}
"""The same by the names that their pages have in addresses."""


@dataclass(frozen=True)
class Pin:
    """What a page showed, under a name, with a note.

    Two pins with the same name, state and note are equal. `key` tells one from a copy of it, and stays when
    the pin is changed: controls and stores know a pin by it. It isn't passed on by link or file.
    """

    name: str
    state: State
    note: str = ""
    key: str = dataclasses.field(default_factory=lambda: secrets.token_hex(6), compare=False)

    @property
    def kind(self) -> str:
        """The name of the page that it is from."""
        return next(name for name, kind in KINDS.items() if isinstance(self.state, kind))
