"""Rows that are all multiplied by a matrix now and then, each of them only when it's next needed.

To multiply D rows of d numbers costs O(D d²). Instead *generations* are counted: a fold starts the next,
each row remembers the generation in which it's written, and ``past[g - 1]`` is the product of the
folds since generation g, with which a row catches up when it's read. When G generations have come
together, all rows catch up and the count starts anew. A fold then costs G d³ and, spread out, D d²/G:
least at G = √(D/d).

Generation 0 is a row that was never written since a start from zeros: it's zero in every generation, isn't
read, and takes no room on a disk.
"""

from collections.abc import Iterator
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats
from alternatives.large_output.rows import Rows, RowStorage

MAX_GENERATIONS = 255
"""What fits the one byte that a row has for it."""

NUMBERS_AT_ONCE = 2**22
"""Size of the blocks in which all rows are gone through."""


class FoldedRows:
    """A matrix V (n_rows, n_columns) that can be folded, V ← V U, at a cost that hardly depends on n_rows.

    Parameters
    ----------
    storage : RowStorage
        Where the rows are, each as of its own generation.
    generations : ndarray of uint8 (n_rows,)
        1 for rows that are in the storage, 0 for rows that are zero.
    past : ndarray (n_folds, n_columns, n_columns)
        Products of folds.
    max_generations : int
        Folds, plus one, after which all rows catch up.
    """

    def __init__(
        self,
        storage: RowStorage,
        generations: NDArray[np.uint8],
        past: Floats,
        max_generations: int,
    ) -> None:
        if not 2 <= max_generations <= MAX_GENERATIONS:
            raise ValueError(f"max_generations must be from 2 to {MAX_GENERATIONS}, got {max_generations}")
        self.storage, self.generations, self.past = storage, generations, past
        self.max_generations = max_generations

    @property
    def present(self) -> int:
        """The generation that a row written now belongs to."""
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
        """Fold all rows, if a matrix is given, and then replace some: both, or neither where it fails."""
        past = self.past if fold is None else np.concatenate([self.past @ fold, fold[None]])
        self.storage.write(rows, values, self.generations[rows] == 0)
        self.past = past
        self.generations[rows] = self.present

    def settle(self) -> None:
        """Let all rows catch up. Where that fails, some have and some haven't, which is as good."""
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
        """The first k rows that are zero for certain, or as many as there are."""
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


def cheapest_generations(n_rows: int, n_columns: int) -> int:
    """The number of generations at which a fold costs least."""
    return min(max(isqrt(n_rows // n_columns), 2), MAX_GENERATIONS)
