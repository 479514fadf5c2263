"""A session: pins next to each other, one of them the reference."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from alternatives.sessions import naming
from alternatives.sessions.pin import Pin, State
from alternatives.state import shortened

MOST_PINS = 24
"""Pins of a session; up to `MOST_SHOWN` of them stand beside each other."""
MOST_SHOWN = 4


@dataclass(frozen=True)
class Session:
    """Pins in their order, each with a name of its own. Sessions with the same pins are equal.

    `reference` is the key of the pin that the others are compared with; by default the first. Changes give
    a new session; one that can't be made raises ValueError with what is allowed.
    """

    pins: tuple[Pin, ...] = ()
    reference: str = dataclasses.field(default="", compare=False)

    def __post_init__(self) -> None:
        if len(self.pins) > MOST_PINS:
            raise ValueError(f"a session may have at most {MOST_PINS} pins, got {len(self.pins)}")
        names = [pin.name for pin in self.pins]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"each pin must have a name of its own, got {shortened(twice)} twice")
        keys = [pin.key for pin in self.pins]
        if len(set(keys)) < len(keys):
            raise ValueError("each pin must have a key of its own")
        if self.reference not in keys:
            object.__setattr__(self, "reference", keys[0] if keys else "")

    @classmethod
    def of(cls, pins: Mapping[str, State]) -> Self:
        """A session of what is pinned, by name."""
        if not isinstance(pins, Mapping):
            raise ValueError(f"a session is made of what is pinned, by name; got {shortened(pins)}")
        return cls(tuple(Pin(name, state) for name, state in pins.items()))

    def pin(self, key: str) -> Pin:
        """The pin with a key; ValueError where it has been removed."""
        for pin in self.pins:
            if pin.key == key:
                return pin
        raise ValueError("this pin isn't in the session any more")

    @property
    def names(self) -> tuple[str, ...]:
        """The pins' names."""
        return tuple(pin.name for pin in self.pins)

    def put(self, pin: Pin) -> Self:
        """With a pin in place of the one with its key, or as a new one at the end.

        A new pin whose name is taken gets an unused one. To change a pin's name to a taken one isn't allowed.
        """
        keys = [each.key for each in self.pins]
        if pin.key not in keys:
            pin = dataclasses.replace(pin, name=naming.unused(pin.name, self.names))
            return self._with((*self.pins, pin))
        if any(each.name == pin.name and each.key != pin.key for each in self.pins):
            raise ValueError(f"each pin must have a name of its own; {shortened(pin.name)} is another pin's")
        return self._with(pin if each.key == pin.key else each for each in self.pins)

    def without(self, key: str) -> Self:
        """Without the pin, if it is there; without its reference the first pin is the reference."""
        return self._with(pin for pin in self.pins if pin.key != key)

    def moved(self, key: str, by: int) -> Self:
        """With a pin so many places further to the right, at most at the end."""
        pin = self.pin(key)
        others = [each for each in self.pins if each.key != key]
        place = min(max(self.pins.index(pin) + by, 0), len(others))
        return self._with((*others[:place], pin, *others[place:]))

    def copied(self, key: str) -> Self:
        """With a copy of a pin, under an unused name, behind it."""
        pin = self.pin(key)
        copy = Pin(naming.unused(pin.name, self.names), pin.state, pin.note)
        place = self.pins.index(pin) + 1
        return self._with((*self.pins[:place], copy, *self.pins[place:]))

    def with_reference(self, key: str) -> Self:
        """With another pin as the reference."""
        return dataclasses.replace(self, reference=self.pin(key).key)

    def _with(self, pins: Iterable[Pin]) -> Self:
        return dataclasses.replace(self, pins=tuple(pins))
