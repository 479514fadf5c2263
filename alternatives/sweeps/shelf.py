"""The sweeps that come with the dashboard, and those that somebody laid beside them: a file each."""

import functools
import re
from pathlib import Path

from alternatives.datasets.dataset import DATA
from alternatives.sweeps.reading import Swept, read
from alternatives.tables import BadTable

FOLDER = DATA / "sweeps"
ENDING = ".parquet"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
"""A file's name without its ending. It stands in links."""
OWN = "own"
"""What a link says of a sweep that a visitor opened from a file."""
NONE = "none"
"""What stands for a sweep where there is none on the shelf."""


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The sweeps on the shelf, as it is now. Files whose names can't stand in links aren't on it."""
    found = (path.stem for path in sorted(folder.glob(f"[!.]*{ENDING}")))
    return tuple(name for name in found if NAME.fullmatch(name) and name not in (OWN, NONE))


def first() -> str:
    """The sweep that is shown where none is asked for."""
    return next(iter(names()), NONE)


def opened(name: str, folder: Path = FOLDER) -> Swept:
    """A sweep on the shelf; BadTable, with a sentence, for a file that can't be used."""
    path = folder / f"{name}{ENDING}"
    try:
        state = path.stat()
    except OSError:
        raise BadTable(f"There is no sweep {name} on this server any more.") from None
    return _read(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> Swept:
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise BadTable(f"{path.name} can't be read ({error.strerror}).") from None
    return read(contents, path.name)
