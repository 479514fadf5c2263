"""Things chosen by name, with parameters: heads and data sets.

Such a thing is a frozen dataclass. Its class has a name; its fields are its parameters, each with a
`Range` that the constructor enforces and a control offers. ``str(thing)`` is the name with every
parameter that isn't at its default, ``spherical softmax(epsilon=0.1)``, and `Registry.parse` reads that
again: links, the command line and frames all use this one text.
"""

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

import numpy as np

from alternatives.state.checked import Checked
from alternatives.state.range import Range
from alternatives.state.text import folded, not_too_long, shortened


def parameter(default: float, allowed: Range, tried: Sequence[float] = ()) -> Any:
    """A field with a default and a range; an int as default allows whole numbers only.

    `tried` are the values that tuning chooses from where the parameter is tuned.
    """
    whole = isinstance(default, int)
    held = {"field": dataclasses.replace(allowed, whole=whole), "tried": tuple(tried)}
    return dataclasses.field(default=default, metadata=held)


@dataclass(frozen=True)
class Named(Checked):
    """A frozen dataclass with a name, all of whose fields are made by `parameter`."""

    name: ClassVar[str]

    @classmethod
    def ranges(cls) -> Mapping[str, Range]:
        """The parameters: each one's name and range."""
        return cast(Mapping[str, Range], cls.fields())

    @classmethod
    @functools.cache
    def default(cls, parameter_name: str) -> Any:
        """The default of one parameter."""
        return next(field.default for field in dataclasses.fields(cls) if field.name == parameter_name)

    def forms(self) -> "tuple[Named, ...]":
        """The thing with every combination of the values that its parameters say to try, and itself."""
        tried = {each.name: each.metadata.get("tried", ()) for each in dataclasses.fields(self)}
        names = [name for name, values in tried.items() if values]
        every = itertools.product(*(sorted({*tried[name], getattr(self, name)}) for name in names))
        return tuple(dataclasses.replace(self, **dict(zip(names, values, strict=True))) for values in every)

    @classmethod
    def name_in_errors(cls, name: str) -> str:
        return f"{name} of {cls.name}"

    @classmethod
    def checked(cls, name: str, value: Any) -> Any:
        """Heads that are trained together are one head, whose parameters are arrays."""
        if not isinstance(value, np.ndarray):
            return super().checked(name, value)
        for each in value.flat:
            super().checked(name, each)
        return value

    @property
    def in_a_list(self) -> str:
        """What a list calls it: its name, and what helps to choose."""
        return self.name

    def __str__(self) -> str:
        changed = [
            f"{name}={allowed.text(getattr(self, name)).removesuffix('.0')}"
            for name, allowed in self.ranges().items()
            if getattr(self, name) != self.default(name)
        ]
        return f"{self.name}({', '.join(changed)})" if changed else self.name


T = TypeVar("T", bound=Named)
Class = TypeVar("Class", bound=type[Named])


class Registry(Mapping[str, T], Generic[T]):
    """Every registered thing with its default parameters, by name, in the order of registration."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        """What the things are, in the words of an error: "head"."""
        self._things: Mapping[str, T] = {}

    def _all(self) -> Mapping[str, T]:
        """What there is; a register that is made of others computes it."""
        return self._things

    def __getitem__(self, name: str) -> T:
        """A thing by its exact name; KeyError with the names that there are for any other."""
        things = self._all()
        if name not in things:
            raise KeyError(self._unknown(name))
        return things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _unknown(self, given: object) -> str:
        return f"{self.kind} must be one of {', '.join(self)}; got {shortened(given)}"

    def register(self, cls: Class) -> Class:
        """Class decorator: add the class's default instance under its name."""
        if folded(cls.name) in map(folded, self._things):
            raise ValueError(f"a {self.kind} named {cls.name!r} is registered already")
        self.replace(cls)
        return cls

    def replace(self, cls: type[Named]) -> None:
        """Have another class under a name; threads that are reading the list go on in the old one."""
        self._things = {**self._things, cls.name: cast(T, cls())}

    def unregister(self, name: str) -> None:
        """Take a thing out again: the end of an experiment with one's own."""
        things = dict(self._things)
        del things[name]
        self._things = things

    def parse(self, text: str) -> T:
        """The thing that a text such as ``softmax`` or ``spherical softmax(epsilon=0.1)`` names.

        Names are compared as `folded` has them. ValueError for anything else.
        """
        name, bracket, rest = not_too_long(text, self.kind).strip().partition("(")
        thing = {folded(key): thing for key, thing in self.items()}.get(folded(name))
        if thing is None or (bracket and not rest.endswith(")")):
            raise ValueError(self._unknown(text))
        changes: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in rest.removesuffix(")").split(","))):
            key, _, value = (piece.strip() for piece in part.partition("="))
            if key not in thing.ranges():
                names = ", ".join(thing.ranges()) or "none"
                raise ValueError(f"the parameters of {thing.name} are: {names}; got {shortened(key)}")
            if key in changes:
                raise ValueError(f"{key} of {thing.name} may be said once, got {shortened(text)}")
            changes[key] = thing.ranges()[key].parse(value, thing.name_in_errors(key))
        return dataclasses.replace(thing, **changes)
