"""Where a layer's many rows live: in memory, or in a file of which only the rows in use are touched."""

import mmap
import os
import sys
import weakref
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats, Integers
from alternatives.large_output.saved import PathLike

Rows = Integers

PAGES_BEFORE_RELEASE = 4096
"""Rows read from a file, each on a page of its own at worst, before the pages are given back."""

NO_RESERVE: int = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
"""Of a map: more than there is may be mapped, as long as it isn't touched. Python 3.11 has no name for it."""


class RowStorage(ABC):
    """A matrix (n_rows, n_columns) of floating numbers, of which a few rows are read or written at a time."""

    dtype: np.dtype[Any]

    @abstractmethod
    def read(self, rows: Rows) -> Floats:
        """A copy of some rows, given in rising order."""

    @abstractmethod
    def write(self, rows: Rows, values: Floats, blank: NDArray[np.bool_]) -> None:
        """Replace some rows, given in rising order: all of them, or none where it fails.

        Rows that are `blank` have never been written: what stood there needn't be read to put it back.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what the storage holds beside memory."""


class RowsInMemory(RowStorage):
    """Rows in an array."""

    def __init__(self, values: Floats) -> None:
        self.dtype = values.dtype
        self._values = values

    @classmethod
    def zeros(cls, n_rows: int, n_columns: int, dtype: np.dtype[Any]) -> Self:
        """Rows of zeros, which take memory page by page as they are touched.

        numpy's own zeros lie in huge pages where the system has them, and one row would take two megabytes.
        """
        n_bytes = n_rows * n_columns * dtype.itemsize
        if sys.platform == "win32":
            memory = mmap.mmap(-1, n_bytes)
        else:
            memory = mmap.mmap(-1, n_bytes, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NO_RESERVE)
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            with suppress(OSError):  # a kernel without huge pages knows no such advice
                memory.madvise(mmap.MADV_NOHUGEPAGE)
        return cls(np.frombuffer(memory, dtype).reshape(n_rows, n_columns))

    def read(self, rows: Rows) -> Floats:
        return self._values[rows]

    def write(self, rows: Rows, values: Floats, blank: NDArray[np.bool_]) -> None:
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
        self._finalizer = weakref.finalize(self, _remove, self._file, self._path, os.getpid())
        try:
            os.ftruncate(self._file, n_rows * self._row_bytes)  # a hole: no block is taken yet
            self._map = mmap.mmap(self._file, n_rows * self._row_bytes, prot=mmap.PROT_READ)
            self._map.madvise(mmap.MADV_RANDOM)  # don't read on around a row: its neighbours may be holes
        except BaseException:
            self._finalizer()
            raise
        self._values: Floats = np.frombuffer(self._map, self.dtype).reshape(n_rows, n_columns)
        self._pages_read = 0

    def read(self, rows: Rows) -> Floats:
        if len(rows) > 1 and 2 * len(rows) > (span := int(rows[-1] - rows[0]) + 1):
            # Nearly all rows of a stretch, as when all are gone through: in one go, which reads ahead.
            content = os.pread(self._file, span * self._row_bytes, int(rows[0]) * self._row_bytes)
            return np.frombuffer(content, self.dtype).reshape(span, -1)[rows - rows[0]]
        values = self._values[rows]
        self._pages_read += len(rows) * (1 + self._row_bytes // mmap.PAGESIZE)
        if self._pages_read > PAGES_BEFORE_RELEASE:
            # Pages read stay counted as this process's own until they're given back; the cache keeps them.
            self._map.madvise(mmap.MADV_DONTNEED)
            self._pages_read = 0
        return values

    def write(self, rows: Rows, values: Floats, blank: NDArray[np.bool_]) -> None:
        before = np.zeros((len(rows), self._values.shape[1]), self.dtype)
        before[~blank] = self.read(rows[~blank])
        old = before.data.cast("B")
        new = np.ascontiguousarray(values, self.dtype).data.cast("B")
        first = np.flatnonzero(np.diff(rows, prepend=-2) != 1)  # neighbours are written together
        starts = (first * self._row_bytes).tolist()
        positions = (rows[first] * self._row_bytes).tolist()
        written: list[tuple[int, int, int]] = []
        try:
            for start, stop, position in zip(starts, [*starts[1:], len(new)], positions, strict=True):
                while start < stop:
                    n_bytes = os.pwrite(self._file, new[start:stop], position)
                    written.append((start, start + n_bytes, position))
                    start, position = start + n_bytes, position + n_bytes
        except OSError as error:
            for start, stop, position in written:  # their blocks are taken: to write them again needs no room
                os.pwrite(self._file, old[start:stop], position)
            message = f"{error.strerror}: the rows of the output layer are as they were"
            raise OSError(error.errno, message, str(self._path)) from error

    def close(self) -> None:
        self._finalizer()
        self._file, self._values = -1, self._values[:0]  # the number may soon be another file's


def _remove(file: int, path: Path, owner: int) -> None:
    os.close(file)
    if os.getpid() == owner:  # a fork of the process that made it has no say
        path.unlink(missing_ok=True)
