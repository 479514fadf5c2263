"""Files of arrays that are written completely or not at all.

The format is that of `np.savez`: a zip archive of arrays. Each has a checksum and the archive a directory at
its end, so that truncated and changed files are detected. Arrays larger than memory are written and read in
blocks.
"""

import contextlib
import errno
import math
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from alternatives.state import shortened
from alternatives.writing import PathLike, whole_file

Array = NDArray[Any]


class DamagedFile(ValueError):
    """The file of a saved layer is truncated or changed, or is no saved layer."""


@dataclass(frozen=True)
class Blocks:
    """An array that needn't fit in memory: consecutive parts along its first axis."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    parts: Iterable[Array]


def write(path: PathLike, arrays: Mapping[str, Array | Blocks]) -> None:
    """Write arrays to a file. It replaces an older one when it is complete and on the disk, not before."""
    try:
        with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    _write_array(member, array)
    except OSError as error:
        message = f"{error.strerror or error}: nothing was saved, an older file is unchanged"
        raise OSError(error.errno, message, os.fspath(path)) from error


def _write_array(member: IO[bytes], array: Array | Blocks) -> None:
    parts = array.parts if isinstance(array, Blocks) else [array]
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(member, header)
    for part in parts:
        member.write(np.ascontiguousarray(part, array.dtype).tobytes())


class Saved:
    """A file of arrays, open for reading.

    Who asks for an array says its type and its shape, with None for a length that the file decides. An array
    of another kind raises `DamagedFile`, as do numbers that aren't finite.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def array(self, name: str, kind: type[np.generic], *shape: int | None) -> Array:
        """A whole array."""
        with self._open(name, kind, shape) as (member, found, dtype):
            content = member.read(math.prod(found) * dtype.itemsize)
            _at_end(name, member)
        return _numbers(name, content, found, dtype)

    def one(self, name: str, kind: type[np.generic]) -> Any:
        """A single number or text."""
        return self.array(name, kind)[()]

    def parts(self, name: str, at_once: int, kind: type[np.generic], *shape: int | None) -> Iterator[Array]:
        """An array, some rows at a time."""
        with self._open(name, kind, shape) as (member, (n_rows, *row), dtype):
            for start in range(0, n_rows, at_once):
                part = (min(at_once, n_rows - start), *row)
                yield _numbers(name, member.read(math.prod(part) * dtype.itemsize), part, dtype)
            _at_end(name, member)

    @contextlib.contextmanager
    def _open(
        self, name: str, kind: type[np.generic], shape: tuple[int | None, ...]
    ) -> Iterator[tuple[IO[bytes], tuple[int, ...], np.dtype[Any]]]:
        with self._archive.open(f"{name}.npy") as member:
            if np.lib.format.read_magic(member) != (1, 0):
                raise DamagedFile("an array in it is of another kind")
            found, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
            lengths = len(found) == len(shape) and all(
                length >= 0 and wanted in (None, length) for length, wanted in zip(found, shape, strict=True)
            )
            if fortran_order or not lengths or not np.issubdtype(dtype, kind):
                raise DamagedFile(f"{name} in it has the type {dtype} and the shape {found}")
            yield member, found, dtype


def _at_end(name: str, member: IO[bytes]) -> None:
    """At a member's end zipfile compares the checksum."""
    if member.read(1):
        raise DamagedFile(f"{name} is longer than it says")


def _numbers(name: str, content: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    values: Array = np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DamagedFile(f"{name} in it has infinite or missing numbers")
    return values


@contextlib.contextmanager
def reading(path: PathLike, kind: str) -> Iterator[Saved]:
    """Open a saved file. Any error in its contents becomes a `DamagedFile`.

    `kind` is what the array "kind" must say.
    """
    with Path(path).open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                saved = Saved(archive)
                found = str(saved.one("kind", np.str_))
                if found != kind:
                    raise DamagedFile(f"it holds {shortened(found)}, not {kind!r}")
                yield saved
        except MemoryError:
            raise
        except Exception as error:  # zipfile raises a dozen types
            seeks_before_start = getattr(error, "errno", None) == errno.EINVAL
            if isinstance(error, OSError) and not seeks_before_start:
                raise
            raise DamagedFile(f"{os.fspath(path)} is not a whole {kind}: {error}") from error
