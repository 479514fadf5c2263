"""From a path or bytes to the bytes of a table: nothing is read that isn't a plain file of a bounded size."""

import os
import stat
import zlib
from pathlib import Path

from alternatives.state.text import shortened
from alternatives.tables.bounds import Bounds
from alternatives.tables.table import BadTable

TIMES_UNPACKED = 3
"""How many times as large as the largest file its unpacked contents may be."""

MOST_MEMBERS = 1_000
"""Pieces that one gzip file may be put together of: each costs time, however small it is."""

PIECE = 2**16


def contents_of(source: bytes | str | Path, bounds: Bounds) -> bytes:
    """All bytes of a file, if they are as few as allowed."""
    contents = bytes(source) if isinstance(source, bytes | bytearray | memoryview) else _file(source, bounds)
    if len(contents) > _most(bounds):
        raise BadTable(
            f"The file has {len(contents) / 1e6:,.1f} MB, and may have at most {bounds.megabytes:g} MB: "
            "leave out rows or columns, or pack it with gzip."
        )
    return contents


def unpacked(contents: bytes, bounds: Bounds) -> bytes:
    """What a gzip file holds; any other file's bytes as they are."""
    if not contents.startswith(b"\x1f\x8b"):
        return contents
    pieces, size = [], 0
    most = most_unpacked(bounds)
    members = 0
    unpack = zlib.decompressobj(31)
    start, rest = 0, b""
    while True:
        piece = rest or contents[start : start + PIECE]
        if not rest:
            start += PIECE
        rest = b""
        if not piece:
            raise BadTable("The gzip file is cut off: copy it or download it again.")
        try:
            got = unpack.decompress(piece, most + 1 - size)
        except zlib.error as error:
            raise BadTable("The gzip file is damaged: copy it or download it again.") from error
        size += len(got)
        if size > most or unpack.unconsumed_tail:
            raise too_large_unpacked(bounds)
        pieces.append(got)
        if unpack.eof:
            members += 1
            rest = unpack.unused_data or contents[start : start + PIECE]
            start += 0 if unpack.unused_data else PIECE
            if not rest.startswith(b"\x1f"):  # what follows the last member is padding
                break
            if members >= MOST_MEMBERS:
                raise BadTable("The gzip file is made of too many pieces: unpack it, and pack it again.")
            unpack = zlib.decompressobj(31)
    text = b"".join(pieces)
    if text.startswith(b"\x1f\x8b"):
        raise BadTable("The file is packed with gzip twice: unpack it once.")
    return text


def most_unpacked(bounds: Bounds) -> int:
    """The most bytes that a file may unpack to."""
    return TIMES_UNPACKED * _most(bounds)


def too_large_unpacked(bounds: Bounds) -> BadTable:
    """The error where a file unpacks to more than that."""
    return BadTable(
        f"The file unpacks to more than {TIMES_UNPACKED * bounds.megabytes:g} MB, the most that is read: "
        "leave out rows or columns."
    )


def _most(bounds: Bounds) -> int:
    return int(bounds.megabytes * 1e6)


def _file(path: str | Path, bounds: Bounds) -> bytes:
    name = shortened(Path(path).name if len(str(path)) < 10_000 else str(path))
    try:
        state = os.lstat(path)
        if stat.S_ISLNK(state.st_mode):
            raise BadTable(
                f"{name} is a symbolic link, and only files are read: give the file that it points to."
            )
        if stat.S_ISDIR(state.st_mode):
            raise BadTable(f"{name} is a folder: give one of its files.")
        if not stat.S_ISREG(state.st_mode):
            raise BadTable(f"{name} is no file but a device or a pipe: save the table as a file.")
        # What lies there may have been exchanged since: no link is followed, and no pipe waited for.
        flags = (
            os.O_RDONLY
            | getattr(os, "O_NOFOLLOW", 0)
            | getattr(os, "O_NONBLOCK", 0)
            | getattr(os, "O_BINARY", 0)
        )
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - the flags are the point
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadTable(f"{name} is no file but a device or a pipe: save the table as a file.")
            if state.st_size > _most(bounds):
                raise BadTable(
                    f"{name} has {state.st_size / 1e6:,.1f} MB, and may have at most {bounds.megabytes:g} "
                    "MB: leave out rows or columns, or pack it with gzip."
                )
            return file.read(_most(bounds) + 1)
    except FileNotFoundError as error:
        raise BadTable(f"There is no file {name}: check its path.") from error
    except (OSError, ValueError) as error:
        if isinstance(error, BadTable):
            raise
        reason = getattr(error, "strerror", None) or "its path is none"
        raise BadTable(f"{name} can't be read ({reason}): check its path and its permissions.") from error
