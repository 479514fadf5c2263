"""Things chosen by name, with parameters: heads and data sets.

Such a thing is a frozen dataclass. Its class has a name; its fields are its parameters, each with a
`Range` that the constructor enforces and a control can offer. ``str(thing)`` says the name and
whatever isn't at its default, ``spherical softmax(epsilon=0.1)``, and `Registry.parse` reads that
again: links, the command line and frames all use this one text.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np


@dataclass(frozen=True)
class Range:
    """What a parameter may be, and how a control should offer it."""

    low: float
    high: float
    explanation: str
    unit: str = ""
    logarithmic: bool = False
    step: float = 0.0
    """Whole steps from `low` are allowed, unless it's 0."""

    @property
    def limits(self) -> str:
        """The range in words."""
        steps = f" in steps of {self.step:g}" if self.step else ""
        return f"from {self.low:g} to {self.high:g}{steps}"


def parameter(default: float, allowed: Range) -> Any:
    """A field with a default, whose type says whether whole numbers alone are meant, and a range."""
    return dataclasses.field(default=default, metadata={"range": allowed})


@dataclass(frozen=True)
class Named:
    """A frozen dataclass with a name, all of whose fields are parameters."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for name, allowed in self.ranges().items():
            value, convert = getattr(self, name), type(self.default(name))
            if not _inside(value, allowed, convert):
                kind = "a whole number" if convert is int else "a number"
                raise ValueError(
                    f"{name} of {self.name} must be {kind} {allowed.limits}, got {shortened(value)}"
                )
            if not isinstance(value, np.ndarray):  # 1, 1.0 and np.float64(1) are one value, with one text
                object.__setattr__(self, name, convert(value))

    @classmethod
    @functools.cache
    def ranges(cls) -> dict[str, Range]:
        """The parameters: each field's name and range."""
        return {field.name: field.metadata["range"] for field in dataclasses.fields(cls)}

    @classmethod
    @functools.cache
    def default(cls, parameter_name: str) -> Any:
        """The default of one parameter."""
        return next(field.default for field in dataclasses.fields(cls) if field.name == parameter_name)

    def __str__(self) -> str:
        changed = [
            f"{name}={repr(getattr(self, name)).removesuffix('.0')}"
            for name in self.ranges()
            if getattr(self, name) != self.default(name)
        ]
        return f"{self.name}({', '.join(changed)})" if changed else self.name


T = TypeVar("T", bound=Named)
Class = TypeVar("Class", bound=type[Named])


class Registry(Mapping[str, T], Generic[T]):
    """Every registered thing with its default parameters, by name, in the order of registration.

    Parameters
    ----------
    kind : str
        What the things are, in the words of an error: "head".
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        return self._things[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def register(self, cls: Class) -> Class:
        """Class decorator: add the class's default instance under its name."""
        if _fold(cls.name) in map(_fold, self._things):
            raise ValueError(f"a {self.kind} named {cls.name!r} is registered already")
        self._things[cls.name] = cls()  # type: ignore[assignment]
        return cls

    def unregister(self, name: str) -> None:
        """Take a thing out again: the end of an experiment with one's own."""
        del self._things[name]

    def parse(self, text: str) -> T:
        """The thing that a text such as ``softmax`` or ``spherical softmax(epsilon=0.1)`` names.

        Case doesn't count, and ``-`` or ``_`` may stand for a space.

        Raises
        ------
        ValueError
            Naming what is allowed, for anything else.
        """
        name, bracket, rest = text.strip().partition("(")
        folded = {_fold(key): thing for key, thing in self.items()}
        thing = folded.get(_fold(name))
        if thing is None or (bracket and not rest.endswith(")")):
            raise ValueError(f"{self.kind} must be one of {', '.join(self)}; got {shortened(text)}")
        changes: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in rest.removesuffix(")").split(","))):
            key, _, value = (piece.strip() for piece in part.partition("="))
            if key not in thing.ranges():
                names = ", ".join(thing.ranges()) or "none"
                raise ValueError(f"the parameters of {thing.name} are: {names}; got {shortened(key)}")
            if key in changes:
                raise ValueError(f"{key} of {thing.name} may be said once, got {shortened(text)}")
            allowed = thing.ranges()[key]
            what = f"{key} of {thing.name} ({allowed.low:g} to {allowed.high:g})"
            changes[key] = number(value, what, type(thing.default(key)))
        return dataclasses.replace(thing, **changes)


def number(text: str, what: str, convert: Callable[[Any], float] = float) -> float:
    """The finite number that a text says; ValueError, naming `what`, where it says none."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (convert is int and not value.is_integer()):
        kind = "a whole number" if convert is int else "a number"
        raise ValueError(f"{what} must be {kind}, got {shortened(text)}")
    return convert(value)


def shortened(text: object, length: int = 60) -> str:
    """A text quoted for an error message, cut where somebody sent a long one."""
    quoted = repr(str(text))
    return quoted if len(quoted) <= length else f"{quoted[: length - 1]}…"


def _inside(value: Any, allowed: Range, convert: type) -> bool:
    """Whether a value, or each of an array's, is a number in a range, and whole where ints are meant."""
    return all(
        isinstance(one, int | float | np.integer | np.floating)
        and allowed.low <= one <= allowed.high
        and (convert is not int or one % 1 == 0)
        and not (allowed.step and (one - allowed.low) % allowed.step)
        for one in (value.flat if isinstance(value, np.ndarray) else [value])
    )


def _fold(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").split()).casefold()
