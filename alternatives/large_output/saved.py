"""Arrays in a file, whole or not at all.

The format is numpy's own: a zip archive of arrays, of which each carries a checksum and the whole a
directory at its end, so that a torn or a changed file shows. Arrays go in and come out in blocks,
for they may be larger than memory.
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

Array = NDArray[Any]
PathLike = str | os.PathLike[str]


class DamagedFile(ValueError):
    """A saved layer that is torn, changed or no saved layer."""


@dataclass(frozen=True)
class Blocks:
    """An array that is never whole in memory: consecutive parts along its first axis."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    parts: Iterable[Array]


def write(path: PathLike, arrays: Mapping[str, Array | Blocks]) -> None:
    """Write arrays to a file that replaces the old one once it is complete and on the disk.

    Where that fails, the old file stays and the error says so.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, array in arrays.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        _write_array(member, array)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        message = f"{error.strerror or error}: nothing was saved, what stood there before is untouched"
        raise OSError(error.errno, message, str(target)) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _write_array(member: IO[bytes], array: Array | Blocks) -> None:
    parts = array.parts if isinstance(array, Blocks) else [array]
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(member, header)
    for part in parts:
        member.write(np.ascontiguousarray(part, array.dtype).tobytes())


def _sync_folder(folder: Path) -> None:
    """Make a renamed file's name last, where the system lets a folder be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Saved:
    """A file of arrays, open for reading."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def array(self, name: str) -> Array:
        """One array, whole."""
        with self._archive.open(f"{name}.npy") as member:
            shape, dtype = _header(member)
            content = member.read()  # to the end, where the checksum is compared
        return np.frombuffer(content, dtype).reshape(shape).copy()

    def parts(self, name: str, at_once: int) -> Iterator[Array]:
        """One array, some rows at a time."""
        with self._archive.open(f"{name}.npy") as member:
            shape, dtype = _header(member)
            row_bytes = dtype.itemsize * math.prod(shape[1:])
            for start in range(0, shape[0], at_once):
                count = min(at_once, shape[0] - start)
                yield np.frombuffer(member.read(count * row_bytes), dtype).reshape(count, *shape[1:])
            if member.read():
                raise DamagedFile(f"{name} goes on after its end")


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if np.lib.format.read_magic(member) != (1, 0):
        raise DamagedFile("not one of our arrays")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    if fortran_order or dtype.hasobject:
        raise DamagedFile("not one of our arrays")
    return shape, dtype


@contextlib.contextmanager
def reading(path: PathLike, kind: str) -> Iterator[Saved]:
    """Open a saved file; whatever is found wrong with its contents becomes a `DamagedFile`.

    Parameters
    ----------
    kind : str
        What must be inside, as the array "kind" says.
    """
    with Path(path).open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                saved = Saved(archive)
                found = str(saved.array("kind")[()])
                if found != kind:
                    raise DamagedFile(f"it holds {found!r}, not {kind!r}")
                yield saved
        except MemoryError:
            raise
        except Exception as error:  # zipfile has a dozen ways to say it
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # EINVAL: a seek to nowhere
                raise
            raise DamagedFile(f"{os.fspath(path)} is not a whole {kind}: {error}") from error
