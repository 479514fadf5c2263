"""Which values of several columns are kept, as one field: ``dataset:iris|wine;label_noise:0.2``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from alternatives.state.checked import Control
from alternatives.state.text import is_line, not_too_long, shortened

Kept: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Columns, each with the values that are kept; of a column that isn't named all are."""

LONGEST_VALUE = 500
"""Characters of a column's name, or of a value."""
LONGEST = 6_000
"""Characters of all filters as a text; a link may have 10,000."""
SEPARATORS = "%;:|"


@dataclass(frozen=True)
class Filters:
    """Values that are kept, by column. Which columns and values there are is known only with the data."""

    explanation: str
    allowed = "columns with values to keep, such as dataset:iris|wine;label_noise:0.2"

    def check(self, value: Any, what: str) -> Kept:
        pairs = value.items() if isinstance(value, Mapping) else value
        try:
            found = {name: tuple(dict.fromkeys(values)) for name, values in pairs}
        except (TypeError, ValueError):
            raise ValueError(f"{what} must be {self.allowed}; got {shortened(value)}") from None
        for each in (*found, *(text for values in found.values() for text in values)):
            if not isinstance(each, str) or not is_line(each, LONGEST_VALUE):
                raise ValueError(f"{what} must be {self.allowed}; got {shortened(each)}")
        kept = tuple((name, values) for name, values in found.items() if values)
        not_too_long(self.text(kept), what, LONGEST)
        return kept

    def parse(self, text: str, what: str) -> Kept:
        pairs: list[tuple[str, list[str]]] = []
        for part in filter(None, not_too_long(text, what, LONGEST).split(";")):
            name, colon, values = part.partition(":")
            if not colon:
                raise ValueError(f"{what} must be {self.allowed}; got {shortened(text)}")
            pairs.append((unquote(name), [unquote(value) for value in values.split("|")]))
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError(f"{what} must name each column once; got {shortened(text)}")
        return self.check(pairs, what)

    def text(self, value: Kept) -> str:
        return ";".join(f"{_quoted(name)}:{'|'.join(map(_quoted, values))}" for name, values in value)

    def controls(self, name: str, value: Kept) -> tuple[Control, ...]:
        """None: a page that has the data draws one for each column."""
        return ()


def _quoted(text: str) -> str:
    return "".join(quote(each) if each in SEPARATORS else each for each in text)
