"""What a sweep is: fields of a comparison that stay, and fields that take several values."""

import itertools
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alternatives.experiments import Comparison
from alternatives.state import Linked, shortened
from alternatives.wording import listed

MOST_COMPARISONS = 10_000
"""Comparisons of one sweep."""

PARTS = ("fixed", "grid")


@dataclass(frozen=True)
class Sweep:
    """Comparisons: one for each combination of the values in `grid`, in the order of its fields.

    Parameters
    ----------
    fixed : mapping of str to str
        Fields that all comparisons have in common, by the names that links have for them. The others have
        their default.
    grid : mapping of str to tuple of str
        The values of each field that is varied, as a link has them.
    of : type of Linked
        What is computed for each combination, if it isn't a comparison.

    Raises
    ------
    ValueError
        For names and values that a comparison doesn't have, and for more than `MOST_COMPARISONS`.
    """

    fixed: Mapping[str, str]
    grid: Mapping[str, tuple[str, ...]]
    of: type[Linked] = Comparison

    def __post_init__(self) -> None:
        if both := [name for name in self.grid if name in self.fixed]:
            raise ValueError(f"{both[0]} is either fixed or varied; it was given both ways")
        for name, values in self.grid.items():
            if not values:
                raise ValueError(f"{name} must have at least one value, got none")
            if len(set(values)) < len(values):
                raise ValueError(f"the values of {name} must differ, got {shortened(', '.join(values))}")
        n = math.prod(map(len, self.grid.values()))
        if n > MOST_COMPARISONS:
            raise ValueError(f"a sweep has at most {MOST_COMPARISONS:,} comparisons, got {n:,}")
        for name in self.grid:  # each value by itself: a wrong one is told before anything is trained
            for value in self.grid[name]:
                self._comparison({name: value})
        if len(set(self.comparisons())) < n:
            raise ValueError("comparisons of a sweep must differ, got two values that mean the same")

    @classmethod
    def from_toml(cls, text: str) -> "Sweep":
        """A sweep from a file's text: tables ``[fixed]`` and ``[grid]``, fields as in links or options.

        ValueError for anything else.
        """
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"a sweep is a TOML file: {error}") from None
        if unknown := [name for name in given if name not in PARTS]:
            raise ValueError(f"a sweep has tables [fixed] and [grid], got {shortened(unknown[0])}")
        fixed, grid = (given.get(part, {}) for part in PARTS)
        for part, table in ((PARTS[0], fixed), (PARTS[1], grid)):
            if not isinstance(table, dict):
                raise ValueError(f"{part} must be a table, got {shortened(str(table))}")
        for name, values in grid.items():
            if not isinstance(values, list):
                raise ValueError(f"{name} in [grid] must be a list, got {shortened(str(values))}")
        return cls(
            {_name(name): _text(value) for name, value in fixed.items()},
            {_name(name): tuple(map(_text, values)) for name, values in grid.items()},
        )

    def comparisons(self) -> list[Any]:
        """Every comparison, the last field varied first."""
        return [
            self._comparison(dict(zip(self.grid, values, strict=True)))
            for values in itertools.product(*self.grid.values())
        ]

    def _comparison(self, varied: Mapping[str, str]) -> Linked:
        fields, allowed = self.of.fields(), {name: field for field, name in self.of.names().items()}
        given: dict[str, Any] = {}
        for name, text in {**self.fixed, **varied}.items():
            if name not in allowed:
                raise ValueError(f"a {self.of.noun} has {listed(allowed)}; got {shortened(name)}")
            given[allowed[name]] = fields[allowed[name]].parse(text, name)
        return self.of(**given)


def _name(name: str) -> str:
    """A field's name in links, from that of its option."""
    return name.replace("-", "_")


def _text(value: object) -> str:
    """A value of TOML as a link has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(_text, value))
    return str(value)
