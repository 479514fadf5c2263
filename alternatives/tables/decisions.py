"""What a person decided about a table, where that isn't what was guessed."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from alternatives.state.text import not_too_long, shortened
from alternatives.wording import listed

KINDS = {"n": "number", "c": "category", "d": "date"}
"""Kinds that a column may be said to be, by their letter in the text."""

RARE = ("out", "together")

MOST_COLUMNS = 100_000
"""The largest number of a column: a text such as ``o1-999999999`` mustn't cost more than reading it."""

MOST_MISSING = 20
LONGEST_MISSING = 40
LONGEST_DECISIONS = 100_000

RUN = re.compile(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?([ncd]?)")
"""A column, or columns that follow each other, and their kind: ``3``, ``4-9``, ``12c``."""


@dataclass(frozen=True)
class Decisions:
    """They name columns by their number, from 1: so a link that has them tells nothing of the contents."""

    target: int | None = None
    """The column of the class; None as guessed."""
    out: tuple[int, ...] = ()
    """Columns to leave out beside those that are left out by themselves."""
    taken: tuple[int, ...] = ()
    """Columns to use though they'd be left out by themselves."""
    kinds: Mapping[int, str] = field(default_factory=dict)
    """Columns that are of another kind than was guessed: "number", "category" or "date"."""
    rare: str = "out"
    """What happens to classes with fewer than 5 samples: "out" leaves them out, "together" makes them one."""
    missing: tuple[str, ...] = ()
    """Texts that mean a missing value in this table, such as "-9"."""

    def __post_init__(self) -> None:
        """Equal decisions are equal values, in any order, of any type. ValueError if they make no sense."""
        now: dict[str, Any] = {
            "target": None if self.target is None else _column(self.target),
            "out": tuple(sorted({_column(each) for each in self.out})),
            "taken": tuple(sorted({_column(each) for each in self.taken})),
            "kinds": dict(sorted((_column(each), kind) for each, kind in self.kinds.items())),
            "missing": tuple(sorted({_missing(each) for each in self.missing})),
        }
        for name, value in now.items():
            object.__setattr__(self, name, value)
        if both := sorted({*self.out} & {*self.taken}):
            raise ValueError(f"Column {both[0]} can't be left out and used.")
        for kind in self.kinds.values():
            if kind not in KINDS.values():
                raise ValueError(f"A column's kind is {listed(KINDS.values(), 'or')}, not {shortened(kind)}.")
        if self.rare not in RARE:
            raise ValueError(f"Rare classes are put {listed(RARE, 'or')}, not {shortened(self.rare)}.")
        if len(self.missing) > MOST_MISSING:
            raise ValueError(
                f"At most {MOST_MISSING} texts can mean a missing value, got {len(self.missing):,}."
            )

    def __hash__(self) -> int:
        return hash(self.text())  # a mapping has none

    def text(self) -> str:
        """All of it as one short text of letters, digits and ``.-_~``; empty if nothing was decided.

        For example ``t5_o1.4-9_u2_k3c_rt_m-9``: the class is column 5, columns 1 and 4 to 9 are left out,
        column 2 is used, column 3 is a category, rare classes are put together, and -9 is a missing value.
        """
        parts = {
            "t": str(self.target or ""),
            "o": ".".join(_runs(dict.fromkeys(self.out, ""))),
            "u": ".".join(_runs(dict.fromkeys(self.taken, ""))),
            "k": ".".join(_runs({column: kind[0] for column, kind in self.kinds.items()})),
            "r": "t" if self.rare == "together" else "",
            "m": ".".join(map(_escaped, self.missing)),
        }
        return "_".join(f"{letter}{part}" for letter, part in parts.items() if part)

    @classmethod
    def parse(cls, text: str) -> "Decisions":
        """What `text` wrote. ValueError, with a sentence, for anything else."""
        not_too_long(text, "Decisions about a table", LONGEST_DECISIONS)
        refusal = f"Decisions about a table look like t5_o1.4-9_rt, not {shortened(text)}."
        given: dict[str, Any] = {}
        for part in text.split("_") if text else ():
            name, read = PARTS.get(part[:1], ("", None))
            if read is None or name in given:
                raise ValueError(refusal)
            try:
                given[name] = read(part[1:])
            except (LookupError, ValueError):
                raise ValueError(refusal) from None
        found = cls(**given)
        if found.text() != text:  # one value has one text
            raise ValueError(refusal)
        return found

    def __bool__(self) -> bool:
        """Whether anything was decided."""
        return any(getattr(self, each.name) != getattr(Decisions(), each.name) for each in fields(self))


def _column(value: Any) -> int:
    try:
        column = int(value)
        is_column = column == value and 1 <= column <= MOST_COLUMNS
    except (TypeError, ValueError, OverflowError):
        is_column = False
    if not is_column:
        raise ValueError(f"Columns are numbered from 1 to {MOST_COLUMNS:,}, got {shortened(value)}.")
    return column


def _missing(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_MISSING or not text.isprintable():
        raise ValueError(
            f"A text that means a missing value has from 1 to {LONGEST_MISSING} printable characters, "
            f"got {shortened(value)}."
        )
    return text


def _runs(marks: Mapping[int, str]) -> Iterator[str]:
    """Columns in order with their marks; those that follow each other with the same mark in one."""
    columns = list(marks)
    ends = [k for k, (a, b) in enumerate(pairwise(columns)) if b != a + 1 or marks[a] != marks[b]]
    for first, last in pairwise([-1, *ends, len(columns) - 1]):
        if columns:
            low, high = columns[first + 1], columns[last]
            yield f"{low}{f'-{high}' if high > low else ''}{marks[low]}"


def _marks(text: str) -> dict[int, str]:
    """What `_runs` wrote."""
    marks: dict[int, str] = {}
    previous = 0
    for part in text.split("."):
        match = RUN.fullmatch(part)
        if match is None:
            raise ValueError(part)
        low = int(match[1])
        high = int(match[2] or low)
        if not previous < low <= high <= MOST_COLUMNS:  # so what is read is no more than there are columns
            raise ValueError(part)
        marks.update(dict.fromkeys(range(low, high + 1), match[3]))
        previous = high
    return marks


def _columns(text: str) -> tuple[int, ...]:
    marks = _marks(text)
    if any(marks.values()):
        raise ValueError(text)
    return tuple(marks)


def _kinds(text: str) -> dict[int, str]:
    return {column: KINDS[letter] for column, letter in _marks(text).items()}


def _escaped(text: str) -> str:
    """The text with all but letters, digits and minus signs as ``~`` and the two digits of each byte."""
    return re.sub(r"[^A-Za-z0-9-]", lambda found: "".join(f"~{byte:02x}" for byte in found[0].encode()), text)


def _unescaped(texts: str) -> tuple[str, ...]:
    if not re.fullmatch(r"(?:[A-Za-z0-9.-]|~[0-9a-f]{2})+", texts):
        raise ValueError(texts)
    return tuple(bytes.fromhex(_in_hexadecimal(text)).decode() for text in texts.split("."))


def _in_hexadecimal(text: str) -> str:
    return re.sub(r"~(..)|(.)", lambda found: found[1] or f"{ord(found[2]):02x}", text)


def _target(text: str) -> int:
    (column,) = _columns(text)
    return column


def _rare(text: str) -> str:
    return {"t": "together"}[text]


PARTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "t": ("target", _target),
    "o": ("out", _columns),
    "u": ("taken", _columns),
    "k": ("kinds", _kinds),
    "r": ("rare", _rare),
    "m": ("missing", _unescaped),
}
"""The parts of a text by their first letter: which decision it is, and how it is read."""
