"""Where a layer's many rows live: in memory, or in a file of which only the rows in use are touched."""

import mmap
import os
import weakref
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Floats, Integers
from alternatives.large_output.saved import PathLike

Rows = Integers

PAGES_BEFORE_RELEASE = 4096
"""Rows read from a file, each on a page of its own at worst, before the pages are given back."""


class RowStorage(ABC):
    """A matrix (n_rows, n_columns) of floating numbers, of which a few rows are read or written at a time."""

    dtype: np.dtype[Any]

    @abstractmethod
    def read(self, rows: Rows) -> Floats:
        """A copy of some rows."""

    @abstractmethod
    def write(self, rows: Rows, values: Floats) -> None:
        """Replace some rows, given in rising order: all of them, or none where it fails."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the storage holds beside memory."""


class RowsInMemory(RowStorage):
    """Rows in an array."""

    def __init__(self, values: Floats) -> None:
        self.dtype = values.dtype
        self._values = values

    def read(self, rows: Rows) -> Floats:
        return self._values[rows]

    def write(self, rows: Rows, values: Floats) -> None:
        self._values[rows] = values

    def close(self) -> None:
        pass


class RowsInFile(RowStorage):
    """Rows in a new sparse file, zero until written.

    Reads go through a memory map. Writes don't: to store into a page that the disk has no room for
    ends the process by a signal, where a write to the file raises an error. Both see the same pages of
    the system's cache. POSIX systems only.

    The file is working memory, not a format: it's removed when the storage is closed, collected or the
    process ends.

    Parameters
    ----------
    path : path
        Where the file is made. FileExistsError where something is there already.
    """

    def __init__(self, path: PathLike, n_rows: int, n_columns: int, dtype: DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self._row_bytes = n_columns * self.dtype.itemsize
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            message = "the storage of an output layer must be a new file; this one exists already"
            raise FileExistsError(error.errno, message, str(path)) from None
        self._path = Path(path).absolute()
        self._finalizer = weakref.finalize(self, _remove, self._file, self._path)
        try:
            os.ftruncate(self._file, n_rows * self._row_bytes)  # a hole: no block is taken yet
            self._map = mmap.mmap(self._file, n_rows * self._row_bytes, prot=mmap.PROT_READ)
        except BaseException:
            self._finalizer()
            raise
        self._values: Floats = np.frombuffer(self._map, self.dtype).reshape(n_rows, n_columns)
        self._pages_read = 0

    def read(self, rows: Rows) -> Floats:
        values = self._values[rows]
        self._pages_read += len(rows) * (1 + self._row_bytes // mmap.PAGESIZE)
        if self._pages_read > PAGES_BEFORE_RELEASE:
            # Pages read stay counted as this process's own until they're given back; the cache keeps them.
            self._map.madvise(mmap.MADV_DONTNEED)
            self._pages_read = 0
        return values

    def write(self, rows: Rows, values: Floats) -> None:
        values = np.ascontiguousarray(values, self.dtype)
        before = self.read(rows)
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)  # neighbours are written together
        runs = list(zip(starts, np.append(starts[1:], len(rows)), strict=True))
        written: list[tuple[int, bytes]] = []  # where, and what stood there
        try:
            for start, stop in runs:
                position, old = int(rows[start]) * self._row_bytes, before[start:stop].tobytes()
                new = memoryview(values[start:stop].tobytes())
                while new:
                    n_bytes = os.pwrite(self._file, new, position)
                    written.append((position, old[:n_bytes]))
                    position, old, new = position + n_bytes, old[n_bytes:], new[n_bytes:]
        except OSError as error:
            for position, old in written:  # their blocks are taken: to write them again needs no room
                os.pwrite(self._file, old, position)
            message = f"{error.strerror}: the output layer is as it was before this step"
            raise OSError(error.errno, message, str(self._path)) from error

    def close(self) -> None:
        self._finalizer()


def _remove(file: int, path: Path) -> None:
    os.close(file)
    path.unlink(missing_ok=True)
