"""Where a layer keeps its rows: in memory, or in a file of which only the rows in use take room."""

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
from alternatives.writing import PathLike

Rows = Integers

PAGES_BEFORE_RELEASE = 4096
"""Pages of the file that may have been read before all of them are released."""

NO_RESERVE: int = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
"""Allows to map more memory than there is, as long as it isn't touched. Python 3.11 lacks the name."""


class RowStorage(ABC):
    """A floating matrix (n_rows, n_columns), of which a few rows are read or written at a time."""

    dtype: np.dtype[Any]

    @abstractmethod
    def read(self, rows: Rows) -> Floats:
        """A copy of some rows, given in rising order."""

    @abstractmethod
    def write(self, rows: Rows, values: Floats, blank: NDArray[np.bool_]) -> None:
        """Replace some rows, given in rising order. If it fails, none is replaced.

        `blank` rows have never been written, so their old values needn't be read to restore them.
        """

    @abstractmethod
    def close(self) -> None:
        """Release what the storage holds beside memory."""


class RowsInMemory(RowStorage):
    """Rows in an array."""

    def __init__(self, values: Floats) -> None:
        self.dtype = values.dtype
        self._values = values

    @classmethod
    def zeros(cls, n_rows: int, n_columns: int, dtype: np.dtype[Any]) -> Self:
        """Rows of zeros, which take memory page by page as they are touched.

        np.zeros may use huge pages, of which a single touched row takes two megabytes.
        """
        n_bytes = n_rows * n_columns * dtype.itemsize
        if sys.platform == "win32":
            memory = mmap.mmap(-1, n_bytes)
        else:
            memory = mmap.mmap(-1, n_bytes, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NO_RESERVE)
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            with suppress(OSError):  # a kernel without huge pages refuses the advice
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

    Reads use a memory map. Writes don't: on a full disk, storing into a mapped page kills the process, while
    a write to the file raises an error. POSIX systems only.

    The file is working memory: it is removed when the storage is closed or collected, and when the process
    ends. A path where a file exists raises FileExistsError.
    """

    def __init__(self, path: PathLike, n_rows: int, n_columns: int, dtype: DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self._row_bytes = n_columns * self.dtype.itemsize
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            message = "the storage of an output layer must be a new file, and this one exists"
            raise FileExistsError(error.errno, message, str(path)) from None
        self._path = Path(path).absolute()
        self._finalizer = weakref.finalize(self, _remove, self._file, self._path, os.getpid())
        try:
            os.ftruncate(self._file, n_rows * self._row_bytes)  # sparse: takes no room yet
            self._map = mmap.mmap(self._file, n_rows * self._row_bytes, prot=mmap.PROT_READ)
            self._map.madvise(
                mmap.MADV_RANDOM
            )  # don't read ahead: neighbouring rows may never have been written
        except BaseException:
            self._finalizer()
            raise
        self._values: Floats = np.frombuffer(self._map, self.dtype).reshape(n_rows, n_columns)
        self._pages_read = 0

    def read(self, rows: Rows) -> Floats:
        if len(rows) > 1 and 2 * len(rows) > (span := int(rows[-1] - rows[0]) + 1):
            # Most rows of a stretch, as when all rows are gone through: reading the whole stretch is faster.
            content = os.pread(self._file, span * self._row_bytes, int(rows[0]) * self._row_bytes)
            return np.frombuffer(content, self.dtype).reshape(span, -1)[rows - rows[0]]
        values = self._values[rows]
        self._pages_read += len(rows) * (1 + self._row_bytes // mmap.PAGESIZE)
        if self._pages_read > PAGES_BEFORE_RELEASE:
            # Otherwise they would count as this process's memory. The system's cache keeps them.
            self._map.madvise(mmap.MADV_DONTNEED)
            self._pages_read = 0
        return values

    def write(self, rows: Rows, values: Floats, blank: NDArray[np.bool_]) -> None:
        before = np.zeros((len(rows), self._values.shape[1]), self.dtype)
        before[~blank] = self.read(rows[~blank])
        old = before.data.cast("B")
        new = np.ascontiguousarray(values, self.dtype).data.cast("B")
        first = np.flatnonzero(np.diff(rows, prepend=-2) != 1)  # neighbouring rows are written together
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
            for start, stop, position in written:  # they have room already
                os.pwrite(self._file, old[start:stop], position)
            message = f"{error.strerror}: the rows of the output layer are unchanged"
            raise OSError(error.errno, message, str(self._path)) from error

    def close(self) -> None:
        self._finalizer()
        self._file, self._values = -1, self._values[:0]  # the descriptor may soon be another file's


def rows_of_zeros(n_rows: int, n_columns: int, dtype: np.dtype[Any], path: PathLike | None) -> RowStorage:
    """New rows of zeros, in a new file if a path is given."""
    if path is None:
        return RowsInMemory.zeros(n_rows, n_columns, dtype)
    return RowsInFile(path, n_rows, n_columns, dtype)


def _remove(file: int, path: Path, owner: int) -> None:
    os.close(file)
    if os.getpid() == owner:  # not in a fork of the process that made it
        path.unlink(missing_ok=True)
