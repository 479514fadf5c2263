"""What the fields of a page's state may hold.

Each kind checks a value, reads one from a text, and writes it as a text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alternatives.state.registry import Range, Registry, number, shortened


class Kind(Protocol):
    """What a field may hold. `check` and `parse` raise ValueError with what is allowed and what was given."""

    @property
    def explanation(self) -> str:
        """What the field is."""

    def check(self, value: Any, what: str) -> Any:
        """The value as the field holds it."""

    def parse(self, text: str, what: str) -> Any:
        """The value that a text from a link or the command line says."""

    def text(self, value: Any) -> str:
        """The text that `parse` reads as this value."""


@dataclass(frozen=True)
class Number:
    """A number from a range; whole if `whole`."""

    allowed: Range
    whole: bool = False

    @property
    def explanation(self) -> str:
        return self.allowed.explanation

    def check(self, value: Any, what: str) -> float:
        convert = int if self.whole else float
        try:
            inside = self.allowed.low <= value <= self.allowed.high and convert(value) == value
        except TypeError:
            inside = False
        if isinstance(value, bool) or not inside:
            kind = "a whole number" if self.whole else "a number"
            low, high = self.allowed.low, self.allowed.high
            raise ValueError(f"{what} must be {kind} from {low:g} to {high:g}, got {shortened(value)}")
        return convert(value)

    def parse(self, text: str, what: str) -> float:
        return self.check(number(text, what, int if self.whole else float), what)

    def text(self, value: float) -> str:
        return f"{value:d}" if self.whole else repr(value)


@dataclass(frozen=True)
class NumberOr:
    """A number from a range, or None, which has a word of its own."""

    number: Number
    word: str

    @property
    def explanation(self) -> str:
        return self.number.explanation

    def check(self, value: Any, what: str) -> float | None:
        return None if value is None else self.number.check(value, what)

    def parse(self, text: str, what: str) -> float | None:
        if _folded(text) == self.word:
            return None
        try:
            return self.number.parse(text, what)
        except ValueError as error:
            raise ValueError(f"{error}; or {self.word!r}") from None

    def text(self, value: float | None) -> str:
        return self.word if value is None else self.number.text(value)


@dataclass(frozen=True)
class Choice:
    """One of several names, or one that `also` knows."""

    options: Callable[[], Sequence[str]]
    explanation: str
    also: Callable[[str], bool] = lambda name: False

    def check(self, value: Any, what: str) -> str:
        if value not in self.options() and not self.also(str(value)):
            raise ValueError(f"{what} must be one of {', '.join(self.options())}; got {shortened(value)}")
        return str(value)

    def parse(self, text: str, what: str) -> str:
        folded = {_folded(option): option for option in self.options()}
        return self.check(folded.get(_folded(text), text), what)

    def text(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Choices:
    """Several different ones of several names, in the order of the options, then any that `also` knows."""

    options: Callable[[], Sequence[str]]
    explanation: str
    also: Callable[[str], bool] = lambda name: False
    short: Callable[[str], str] = str
    """What a name is called where there is little room."""

    @property
    def _one(self) -> Choice:
        return Choice(self.options, self.explanation, self.also)

    def check(self, value: Any, what: str) -> tuple[str, ...]:
        names = [self._one.check(name, what) for name in ([value] if isinstance(value, str) else value)]
        if not names or len(set(names)) < len(names):
            problem = "none" if not names else shortened(", ".join(names))
            raise ValueError(
                f"{what} must be at least one, each once, of {', '.join(self.options())}; got {problem}"
            )
        return tuple(sorted(names, key=[*self.options(), *names].index))

    def parse(self, text: str, what: str) -> tuple[str, ...]:
        return self.check([self._one.parse(part, what) for part in _split(text)], what)

    def text(self, value: Sequence[str]) -> str:
        return ",".join(value)


@dataclass(frozen=True)
class YesNo:
    """True or False."""

    explanation: str

    def options(self) -> Sequence[str]:
        """The words for it."""
        return ("yes", "no")

    def check(self, value: Any, what: str) -> bool:
        if value is not True and value is not False:
            raise ValueError(f"{what} must be one of yes, no; got {shortened(value)}")
        return bool(value)

    def parse(self, text: str, what: str) -> bool:
        return self.check({"yes": True, "no": False}.get(_folded(text), text), what)

    def text(self, value: bool) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True)
class Sizes:
    """A tuple of whole numbers, possibly empty unless `fewest` forbids it."""

    allowed: Range
    longest: int
    fewest: int = 0
    what: str = "layers"

    @property
    def explanation(self) -> str:
        return self.allowed.explanation

    def check(self, value: Any, what: str) -> tuple[int, ...]:
        sizes = (value,) if isinstance(value, int) else tuple(value)
        if not self.fewest <= len(sizes) <= self.longest:
            least = f"{self.fewest} to " if self.fewest else "at most "
            raise ValueError(f"{what} must be {least}{self.longest} {self.what}, got {len(sizes)}")
        return tuple(int(Number(self.allowed, whole=True).check(size, what)) for size in sizes)

    def parse(self, text: str, what: str) -> tuple[int, ...]:
        if text.strip().casefold() in ("", "none"):
            return self.check((), what)
        return self.check([number(part, what, int) for part in text.split(",", self.longest + 1)], what)

    def text(self, value: tuple[int, ...]) -> str:
        return ",".join(map(str, value)) or "none"


@dataclass(frozen=True)
class Numbers:
    """A tuple of numbers."""

    allowed: Range
    fewest: int
    most: int

    @property
    def explanation(self) -> str:
        return self.allowed.explanation

    def check(self, value: Any, what: str) -> tuple[float, ...]:
        values = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
        if not self.fewest <= len(values) <= self.most:
            raise ValueError(f"{what} must be {self.fewest} to {self.most} numbers, got {len(values)}")
        return tuple(Number(self.allowed).check(each, what) for each in values)

    def parse(self, text: str, what: str) -> tuple[float, ...]:
        return self.check([number(part, what) for part in text.split(",", self.most + 1)], what)

    def text(self, value: tuple[float, ...]) -> str:
        return ",".join(repr(each).removesuffix(".0") for each in value)


@dataclass(frozen=True)
class Thing:
    """Something from a registry, with its parameters."""

    registry: Registry[Any]
    explanation: str

    def check(self, value: Any, what: str) -> Any:
        if isinstance(value, str):
            return self.registry.parse(value)
        if getattr(type(value), "name", None) not in self.registry:
            names = ", ".join(self.registry)
            raise ValueError(f"{what} must be one of {names}; got {shortened(value)}")
        return value

    def parse(self, text: str, what: str) -> Any:
        return self.registry.parse(text)

    def text(self, value: Any) -> str:
        return str(value)


@dataclass(frozen=True)
class Things(Thing):
    """Several different things from a registry, in its order."""

    def check(self, value: Any, what: str) -> tuple[Any, ...]:
        things = [
            super(Things, self).check(thing, what) for thing in ([value] if isinstance(value, str) else value)
        ]
        names = [thing.name for thing in things]
        if not things or len(set(names)) < len(names):
            problem = "none" if not things else shortened(", ".join(names))
            raise ValueError(
                f"{what} must be at least one, each once, of {', '.join(self.registry)}; got {problem}"
            )
        return tuple(sorted(things, key=lambda thing: list(self.registry).index(thing.name)))

    def parse(self, text: str, what: str) -> tuple[Any, ...]:
        return self.check([self.registry.parse(part) for part in _split(text)], what)

    def text(self, value: Sequence[Any]) -> str:
        return ",".join(map(str, value))


def _folded(text: str) -> str:
    """The text as `Registry.parse` reads names: case doesn't count, and - or _ may stand for a space."""
    return " ".join(text.replace("_", " ").replace("-", " ").split()).casefold()


def _split(text: str) -> list[str]:
    """Parts between the commas that stand outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]
