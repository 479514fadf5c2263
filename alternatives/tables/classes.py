"""The classes: their names, their order, and what happens to those with hardly any samples."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.tables.cells import is_number
from alternatives.tables.columns import Cells
from alternatives.tables.names import column_names, printable
from alternatives.wording import typed

FEWEST = 5
"""Samples that a class must have: fewer can't be divided into training, validation and test set."""

WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.0*)?")
"""Texts that are whole numbers. 007 and 1e3 are rather names."""


@dataclass(frozen=True, eq=False)
class Classes:
    """All classes of a table, in their order."""

    names: tuple[str, ...]
    targets: NDArray[np.int64]
    """The class of each row, -1 where it has none."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Samples of each class."""
        return np.bincount(self.targets[self.targets >= 0], minlength=len(self.names)).astype(np.int64)


def classes_of(cells: Cells, names: Sequence[str] = ()) -> Classes:
    """The classes of a column; `names` are those of the classes 0, 1, …, where the file has them."""
    if cells.codes is None:
        assert cells.numbers is not None
        values, targets = np.unique(cells.numbers + 0.0, return_inverse=True, equal_nan=True)  # -0.0 is 0
        targets = np.where(np.isnan(cells.numbers), -1, targets)
        values = values[~np.isnan(values)]
        named = names and all(value in range(len(names)) for value in values.tolist())
        texts = [names[int(value)] if named else typed(value) for value in values]
        return Classes(plain_names(texts), targets.astype(np.int64))
    texts = [_text(value) for value in cells.values]
    order = sorted({*texts}, key=_in_order)
    place = {text: k for k, text in enumerate(order)}
    which = np.array([*(place[text] for text in texts), -1], dtype=np.int64)
    return Classes(plain_names(order), which[cells.codes])


@dataclass(frozen=True, eq=False)
class Kept:
    """The classes that are trained on, after the rare ones were left out or put together."""

    names: tuple[str, ...]
    targets: NDArray[np.int64]
    """The class of each row, -1 where it is left out."""
    together: str
    """The name of the class that has all rare ones; empty if there is none."""


def without_rare(classes: Classes, rare: str) -> Kept:
    """The classes; rare ones left out or, if `rare` is "together" and that's enough, one class at the end."""
    is_rare = classes.sizes < FEWEST
    place = np.full(len(classes.names) + 1, -1, dtype=np.int64)
    place[:-1][~is_rare] = np.arange(np.count_nonzero(~is_rare))
    names = [name for name, each in zip(classes.names, is_rare, strict=True) if not each]
    together = ""
    if rare == "together" and classes.sizes[is_rare].sum() >= FEWEST:
        *names, together = plain_names([*names, "other"])
        place[:-1][is_rare] = len(names)
        names = [*names, together]
    return Kept(tuple(names), place[classes.targets], together)


def plain_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Names to show: printable, short, and each different from the others."""
    return tuple(column_names(printable(text) or "(blank)" for text in texts))


def in_order(texts: Iterable[str]) -> list[str]:
    """Numbers in their order, then all else in alphabetical order."""
    return sorted(texts, key=_in_order)


def _in_order(text: str) -> tuple[int, float, str]:
    return (0, float(text), text) if is_number(text) else (1, 0.0, text)


def _text(value: str) -> str:
    """The text of a class: 1 and 1.0 are the same."""
    return value.partition(".")[0].replace("-0", "0") if WHOLE.fullmatch(value) else value
