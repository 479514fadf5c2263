"""A session: pins next to each other, one of them the reference."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from alternatives.sessions.pin import Pin, State

MOST_PINS = 24
"""Pins of a session; up to `MOST_SHOWN` of them stand beside each other."""
MOST_SHOWN = 4


@dataclass(frozen=True)
class Session:
    """Pins in their order. Sessions with the same pins are equal.

    `reference` is the key of the pin that the others are compared with; by default the first.
    """

    pins: tuple[Pin, ...] = ()
    reference: str = dataclasses.field(default="", compare=False)

    def __post_init__(self) -> None:
        keys = [pin.key for pin in self.pins]
        if self.reference not in keys:
            object.__setattr__(self, "reference", keys[0] if keys else "")

    @classmethod
    def of(cls, pins: Mapping[str, State]) -> Self:
        """A session of what is pinned, by name."""
        return cls(tuple(Pin(name, state) for name, state in pins.items()))
