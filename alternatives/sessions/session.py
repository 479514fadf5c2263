"""A session: pins next to each other, one of them the reference."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from alternatives.sessions import link, naming
from alternatives.sessions.pin import MOST_PINS, Pin, State
from alternatives.state import shortened

if TYPE_CHECKING:
    from alternatives.experiments.comparison import ComparisonResults

MOST_SHOWN = 4
"""Pins that stand beside each other."""


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

    @classmethod
    def from_link(cls, text: str, others: Collection[str] = ()) -> Self:
        """The session of a link: a query string, or an address that has one.

        ValueError with a sentence for each thing that can't be read. Parameters called `others` are passed
        over.
        """
        session, problems = cls.of_link(link.parsed(text), others)
        if problems:
            raise ValueError("; ".join(problems))
        return session

    @classmethod
    def of_link(
        cls, parameters: link.Parameters, others: Collection[str] = ()
    ) -> tuple[Self, tuple[str, ...]]:
        """The session of a link's parameters, and a sentence for each thing that couldn't be used.

        Never raises; see `alternatives.sessions.link.read`.
        """
        pins, reference, problems = link.read(parameters, others)
        return cls(pins, pins[reference].key if pins else ""), problems

    def parameters(self) -> dict[str, str | list[str]]:
        """The parameters of the session's link. ValueError if it is too long for one."""
        return link.parameters(self.pins, self.place)

    def to_link(self) -> str:
        """The session as a query string, with names and notes. ValueError if it is too long for a link."""
        return urlencode(self.parameters(), doseq=True)

    def to_json(self, results: "Mapping[str, ComparisonResults] | None" = None) -> str:
        """The session as a file's text, if wanted with results of comparisons, by the keys of their pins.

        ValueError for results of another comparison than the pin's, or if the file would be too large.
        """
        from alternatives.sessions import file  # which makes sessions of files

        return file.written(self, results)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Session":
        """The session of a file's text; `alternatives.sessions.file.read` gives its results, too.

        ValueError with a sentence for whatever can't be read.
        """
        from alternatives.sessions import file

        return file.read(text)[0]

    @property
    def place(self) -> int:
        """The place of the reference among the pins, from 0."""
        return next((place for place, pin in enumerate(self.pins) if pin.key == self.reference), 0)

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
