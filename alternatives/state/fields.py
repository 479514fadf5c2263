"""What fields may hold besides a number: names, registered things, several of these, and lists of numbers.

Each class is a `Field`: it checks a value, reads and writes it as a text, says what is allowed, and says
which control shows it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alternatives.state.checked import Control
from alternatives.state.range import Range
from alternatives.state.registry import Named, Registry
from alternatives.state.text import LONGEST_TEXT, folded, label, not_too_long, shortened, split

FINE = 0.01
"""The step of a slider whose exact place matters."""


@dataclass(frozen=True)
class Choice:
    """One of several names, or one that `also` knows."""

    options: Callable[[], Sequence[str]]
    explanation: str
    also: Callable[[str], bool] = lambda name: False

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.options())}"

    def check(self, value: Any, what: str) -> str:
        if not isinstance(value, str) or (value not in self.options() and not self.also(value)):
            raise ValueError(f"{what} must be {self.allowed}; got {shortened(value)}")
        return str(value)

    def parse(self, text: str, what: str) -> str:
        names = {folded(option): option for option in self.options()}
        return self.check(names.get(folded(not_too_long(text, what)), text), what)

    def text(self, value: str) -> str:
        return value

    def controls(self, name: str, value: str) -> tuple[Control]:
        return (Control("select", name, value, self.explanation, {"options": self.options()}),)


@dataclass(frozen=True)
class YesNo:
    """True or False."""

    explanation: str
    allowed = "one of yes, no"

    def check(self, value: Any, what: str) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{what} must be {self.allowed}; got {shortened(value)}")
        return bool(value)

    def parse(self, text: str, what: str) -> bool:
        given = folded(not_too_long(text, what))
        return self.check({"yes": True, "no": False}.get(given, text), what)

    def text(self, value: bool) -> str:
        return "yes" if value else "no"

    def controls(self, name: str, value: bool) -> tuple[Control]:
        return (Control("toggle", name, value, self.explanation),)


@dataclass(frozen=True)
class RegistryField:
    """Something from a registry, with its parameters."""

    registry: Registry[Any]
    explanation: str
    also: tuple[type, ...] = ()
    """Classes of things that it may hold though they aren't registered. One with a method `from_text` says
    which texts name such a thing; it returns None for any other."""

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.registry)}"

    def options(self) -> Sequence[str]:
        """The names."""
        return tuple(self.registry)

    def check(self, value: Any, what: str) -> Any:
        if isinstance(value, str):
            return self.parse(value, what)
        if isinstance(value, self._with_texts):
            return value
        if getattr(type(value), "name", None) not in self.registry:
            if isinstance(value, self.also):
                return value
            raise ValueError(f"{what} must be {self.allowed}; got {shortened(value)}")
        is_current = type(value) is type(self.registry[value.name])
        return value if is_current else self.registry.parse(str(value))

    def parse(self, text: str, what: str) -> Any:
        for each in self._with_texts:
            most = getattr(each, "longest_text", LONGEST_TEXT)
            found = each.from_text(not_too_long(text, what, most))  # type: ignore[attr-defined]
            if found is not None:
                return found
        return self.registry.parse(text)

    @property
    def _with_texts(self) -> tuple[type, ...]:
        return tuple(each for each in self.also if hasattr(each, "from_text"))

    def text(self, value: Any) -> str:
        return str(value)

    def controls(self, name: str, value: Any) -> tuple[Control, ...]:
        explanation, options = getattr(value, "sentence", self.explanation), self.options()
        shown = value.name
        if isinstance(value, self.also):
            # Not registered: it stands above the others, by a name that none of them has.
            shown = f"{shown} (own)" if shown in options else shown
            options = (shown, *options)

        def read(held: Any, given: str) -> Any:
            return held if given == shown else self.registry[given]

        settings = {"options": options, "format_func": self._in_a_list}
        return Control("select", name, shown, explanation, settings, read), *parameters(value)

    def _in_a_list(self, name: str) -> str:
        return str(self.registry[name].in_a_list) if name in self.registry else name


@dataclass(frozen=True)
class Several:
    """Several different values of what `one` may hold, in the order of its options; at most that many."""

    one: Choice | RegistryField
    noun: str
    """What each is, in the words of an error: "head"."""
    short: Callable[[str], str] = str
    """What a name is called where there is little room."""

    @property
    def explanation(self) -> str:
        return self.one.explanation

    @property
    def allowed(self) -> str:
        return f"any of {', '.join(self.one.options())}, with commas between"

    def check(self, value: Any, what: str) -> tuple[Any, ...]:
        values, options = _listed(value), self.one.options()
        if not values:
            raise ValueError(f"choose at least one {self.noun}")
        # A link may be as long as strangers like: what is too long is refused without looking at all of it.
        by_name = {_name(one): one for one in (self.one.check(each, what) for each in values[: len(options)])}
        if len(by_name) < len(values):
            given = shortened(", ".join(map(str, values)))
            raise ValueError(
                f"{what} must be at most {len(options)} {self.noun}s, each named once; got {given}"
            )
        return tuple(by_name[name] for name in dict.fromkeys([*options, *by_name]) if name in by_name)

    def parse(self, text: str, what: str) -> tuple[Any, ...]:
        parts, most = split(not_too_long(text, what)), len(self.one.options())
        if not parts:
            raise ValueError(f"{what} must be {self.allowed}; got {shortened(text)}")
        return self.check([*(self.one.parse(part, what) for part in parts[:most]), *parts[most:]], what)

    def text(self, value: Sequence[Any]) -> str:
        return ",".join(map(self.one.text, value))

    def controls(self, name: str, value: Sequence[Any]) -> tuple[Control]:
        def read(held: Sequence[Any], names: Sequence[str]) -> list[Any]:
            present = {_name(each): each for each in held}
            return [present.get(each, each) for each in names]

        shown = [_name(each) for each in value]
        options = list(dict.fromkeys([*self.one.options(), *shown]))
        settings = {"options": options, "selection_mode": "multi", "format_func": self.short}
        return (Control("pills", name, shown, self.explanation, settings, read),)


@dataclass(frozen=True)
class Numbers:
    """A list of numbers."""

    number: Range
    fewest: int
    most: int
    noun: str = "numbers"
    """What they are, in the words of an error: "layers"."""
    each: str = ""
    """Label, before the index, of the slider that each has. Without it all are typed as one text."""

    @property
    def explanation(self) -> str:
        return self.number.explanation

    @property
    def count(self) -> str:
        """How many are allowed, in words."""
        return f"{f'{self.fewest} to' if self.fewest else 'at most'} {self.most} {self.noun}"

    @property
    def allowed(self) -> str:
        none = "" if self.fewest else ", or none"
        return f"{self.count}, each {self.number.allowed}, with commas between{none}"

    def check(self, value: Any, what: str) -> tuple[Any, ...]:
        values = self._as_many_as_allowed(_listed(value), what)
        return tuple(self.number.check(each, what) for each in values)

    def parse(self, text: str, what: str) -> tuple[Any, ...]:
        given = not_too_long(text, what).strip().casefold()
        parts = [] if given in ("", "none") else text.split(",")
        return tuple(self.number.parse(part, what) for part in self._as_many_as_allowed(parts, what))

    def text(self, value: Sequence[float]) -> str:
        return ",".join(self.number.text(each).removesuffix(".0") for each in value) or "none"

    def controls(self, name: str, value: Sequence[float]) -> tuple[Control, ...]:
        if self.each:
            return tuple(self._slider(name, index, each) for index, each in enumerate(value))
        text, explanation = self.text(value), f"{self.explanation}: {self.allowed}"
        return (Control("text", name, text, explanation, read=lambda _, given: self.parse(given, name)),)

    def _slider(self, name: str, index: int, value: float) -> Control:
        (control,) = self.number.controls(f"{name}.{index}", value)
        return dataclasses.replace(
            control,
            settings={**control.settings, "step": FINE},
            read=lambda held, given: (*held[:index], given, *held[index + 1 :]),
            label=f"{self.each} {index}",
        )

    def _as_many_as_allowed(self, values: Sequence[Any], what: str) -> Sequence[Any]:
        if not self.fewest <= len(values) <= self.most:
            raise ValueError(f"{what} must be {self.count}, got {len(values)}")
        return values


def parameters(thing: Named) -> tuple[Control, ...]:
    """The controls of a thing's parameters; from the thing they read another one."""
    return tuple(_parameter(thing, name) for name in thing.ranges())


def _parameter(thing: Named, name: str) -> Control:
    (control,) = thing.ranges()[name].controls(f"{thing.name}.{name}", getattr(thing, name))
    read = control.read
    return dataclasses.replace(
        control,
        read=lambda held, given: dataclasses.replace(held, **{name: read(getattr(held, name), given)}),
        label=label(name),
    )


def _listed(value: Any) -> Sequence[Any]:
    """The values of a list; a value by itself is a list of one."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def _name(value: Any) -> str:
    """The name of a registered thing; a name is its own."""
    return value if isinstance(value, str) else str(value.name)
