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

Array = NDArray[Any]
PathLike = str | os.PathLike[str]


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
        message = f"{error.strerror or error}: nothing was saved, an older file is unchanged"
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
    """Write the folder to the disk, on systems that can: otherwise a crash could undo the renaming."""
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
        """A whole array."""
        with self._archive.open(f"{name}.npy") as member:
            shape, dtype = _header(member)
            content = member.read()  # to its end, where zipfile compares the checksum
        return np.frombuffer(content, dtype).reshape(shape).copy()

    def parts(self, name: str, at_once: int) -> Iterator[Array]:
        """An array, some rows at a time."""
        with self._archive.open(f"{name}.npy") as member:
            shape, dtype = _header(member)
            row_bytes = dtype.itemsize * math.prod(shape[1:])
            for start in range(0, shape[0], at_once):
                count = min(at_once, shape[0] - start)
                yield np.frombuffer(member.read(count * row_bytes), dtype).reshape(count, *shape[1:])
            if member.read():
                raise DamagedFile(f"{name} is longer than it says")


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if np.lib.format.read_magic(member) != (1, 0):
        raise DamagedFile("an array in it is of another kind")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    if fortran_order or dtype.hasobject:
        raise DamagedFile("an array in it is of another kind")
    return shape, dtype


@contextlib.contextmanager
def reading(path: PathLike, kind: str) -> Iterator[Saved]:
    """Open a saved file. Any error in its contents becomes a `DamagedFile`.

    `kind` is what the array "kind" must say.
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
        except Exception as error:  # zipfile raises a dozen types
            if (
                isinstance(error, OSError) and error.errno != errno.EINVAL
            ):  # EINVAL: a seek to a negative place
                raise
            raise DamagedFile(f"{os.fspath(path)} is not a whole {kind}: {error}") from error
