"""Rows that are all multiplied by a matrix now and then: each row is only when it is next needed.

Multiplying D rows of d numbers costs O(D d²). Instead the layer counts *generations*: each fold starts the
next one, each row remembers the generation in which it was written, and ``past[g - 1]`` is the product of the
folds since generation g. A row that is read catches up by that product. After G generations all rows catch up
and the count starts anew. A fold then costs G d³ and, on average, D d²/G, which is least at G = √(D/d).

Generation 0 means that a row hasn't been written since a start from zeros. Such a row is zero in every
generation, is never read, and takes no room on a disk.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats
from alternatives.heads.checks import whole_number
from alternatives.large_output.rows import Rows, RowStorage
from alternatives.large_output.saved import Array, Blocks, Saved

MAX_GENERATIONS = 255
"""The largest that fits a row's one byte."""

NUMBERS_AT_ONCE = 2**22
"""Numbers in a block when all rows are gone through."""

ROWS_AT_ONCE = 2**14
"""Rows that are copied or loaded together."""


class FoldedRows:
    """A matrix V (n_rows, n_columns) that can be folded, V ← V U, at a cost that hardly depends on n_rows.

    It starts as zeros. `storage` keeps each row as of its own generation. All rows catch up after
    `max_generations` less one folds; None is the cheapest number.
    """

    def __init__(self, storage: RowStorage, shape: tuple[int, int], max_generations: int | None) -> None:
        n_rows, n_columns = shape
        if max_generations is None:
            max_generations = min(max(isqrt(n_rows // n_columns), 2), MAX_GENERATIONS)
        self.storage = storage
        self.max_generations = whole_number(max_generations, "max_generations", 2, MAX_GENERATIONS)
        self.generations: NDArray[np.uint8] = np.zeros(n_rows, np.uint8)
        self.past: Floats = np.empty((0, n_columns, n_columns))

    @property
    def present(self) -> int:
        """The generation of a row that is written now."""
        return len(self.past) + 1

    @property
    def is_full(self) -> bool:
        """Whether all rows must catch up before the next fold."""
        return self.present >= self.max_generations

    def read(self, rows: Rows) -> Floats:
        """Some rows as of now, (len(rows), n_columns) in float64."""
        generations = self.generations[rows]
        if np.all(generations == self.present):
            return self.storage.read(rows).astype(np.float64)
        values = np.zeros((len(rows), self.past.shape[-1]))
        touched = np.flatnonzero(generations)
        values[touched] = self.storage.read(rows[touched])
        for generation in np.unique(generations[touched]):
            if generation < self.present:
                stale = np.flatnonzero(generations == generation)
                values[stale] = values[stale] @ self.past[generation - 1]
        return values

    def write(self, rows: Rows, values: Floats, fold: Floats | None = None) -> None:
        """Fold all rows, if a matrix is given, and then replace some. If writing fails, nothing changes."""
        past = self.past if fold is None else np.concatenate([self.past @ fold, fold[None]])
        self.storage.write(rows, values, self.generations[rows] == 0)
        self.past = past
        self.generations[rows] = self.present

    def copy(self, values: Floats) -> None:
        """Write all rows, some at a time."""
        for start in range(0, len(values), ROWS_AT_ONCE):
            rows = np.arange(start, min(start + ROWS_AT_ONCE, len(values)))
            self.write(rows, values[rows])

    def settle(self) -> None:
        """Let all rows catch up. After a failure halfway, all rows still read the same."""
        for rows in self.blocks():
            stale = rows[self.generations[rows] != self.present]
            self.write(stale, self.read(stale))
        for rows in self.blocks():
            self.generations[rows] = 1
        self.past = self.past[:0]

    def blocks(self) -> Iterator[Rows]:
        """All rows that may differ from zero, in rising order, some at a time."""
        for start, generations in self._all_blocks():
            if len(touched := np.flatnonzero(generations)):
                yield start + touched

    def zeros(self, k: int) -> Rows:
        """The first k rows that have never been written, or all of them if there are fewer."""
        found = np.empty(0, np.intp)
        for start, generations in self._all_blocks():
            found = np.append(found, start + np.flatnonzero(generations == 0))
            if len(found) >= k:
                break
        return found[:k]

    def _all_blocks(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        at_once = max(1, NUMBERS_AT_ONCE // self.past.shape[-1])
        for start in range(0, len(self.generations), at_once):
            yield start, self.generations[start : start + at_once]

    def arrays(self) -> Mapping[str, Array | Blocks]:
        """What `fill` needs: the rows that may differ from zero, and the folds that they may lack."""
        n_touched = int(np.count_nonzero(self.generations))

        def touched(dtype: DTypeLike, part: Callable[[Rows], Array], *shape: int) -> Blocks:
            return Blocks((n_touched, *shape), np.dtype[Any](dtype), map(part, self.blocks()))

        return {
            "past": self.past,
            "classes": touched(np.int64, lambda rows: rows),
            "generations": touched(np.uint8, lambda rows: self.generations[rows]),
            "rows": touched(self.storage.dtype, self.storage.read, self.past.shape[-1]),
        }

    def fill(self, file: Saved) -> None:
        """Take the rows of a saved file in place of zeros; ValueError for rows that there can't be."""
        (n_rows,), n_columns = self.generations.shape, self.past.shape[-1]
        self.past = file.array("past", np.float64, None, n_columns, n_columns)
        columns = (
            file.parts("classes", ROWS_AT_ONCE, np.int64, None),
            file.parts("generations", ROWS_AT_ONCE, np.uint8, None),
            file.parts("rows", ROWS_AT_ONCE, self.storage.dtype.type, None, n_columns),
        )
        last = -1
        for classes, generations, values in zip(*columns, strict=True):
            if np.any(np.diff(classes, prepend=last) < 1) or classes[-1] >= n_rows:
                raise ValueError(f"its classes must rise within 0 to {n_rows - 1}")
            if not 1 <= generations.min() <= generations.max() <= self.present <= self.max_generations:
                raise ValueError("its rows are of generations that it doesn't have")
            last = classes[-1]
            self.storage.write(classes, values, np.ones(len(classes), np.bool_))
            self.generations[classes] = generations
