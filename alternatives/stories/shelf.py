"""The stories that come with the dashboard, and those that somebody laid beside them: a file each."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alternatives.datasets.dataset import DATA
from alternatives.stories.reading import read
from alternatives.stories.story import Story

FOLDER = DATA / "stories"
ENDING = ".toml"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
"""A file's name without its ending. It stands in links."""
RESERVED = ("all", "own")
"""Names that mean something else in links."""


@dataclass(frozen=True)
class Shelf:
    """The stories of a folder by their names in links, in their order; and what is wrong with other files."""

    stories: Mapping[str, Story]
    problems: Mapping[str, tuple[str, ...]]


def shelf(folder: Path = FOLDER) -> Shelf:
    """The shelf as it is now: a file that was added or changed counts at once."""
    files = []
    for path in sorted(folder.glob(f"[!.]*{ENDING}")):
        try:
            state = path.stat()
        except OSError:  # removed meanwhile
            continue
        files.append((path, state.st_mtime_ns, state.st_size))
    return _read(tuple(files))


def stories() -> Mapping[str, Story]:
    """The stories on the shelf by their names in links."""
    return shelf().stories


def text_of(name: str) -> str:
    """The text of a story on the shelf, as whoever writes one of their own may want to begin with it."""
    return (FOLDER / f"{name}{ENDING}").read_text("utf-8")


@functools.lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int, int], ...]) -> Shelf:
    found: dict[str, Story] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for path, *_ in files:
        if not NAME.fullmatch(path.stem) or path.stem in RESERVED:
            problems[path.name] = (
                "its name must be small letters, digits and hyphens, at most 60, and neither "
                f"{' nor '.join(RESERVED)}",
            )
            continue
        try:
            story, wrong = read(path.read_bytes())
        except OSError as error:
            story, wrong = None, (f"it can't be read: {error.strerror}",)
        if story is None:
            problems[path.name] = wrong
        else:
            found[path.stem] = story
    in_order = sorted(found.items(), key=lambda each: (each[1].order, each[1].title))
    return Shelf(dict(in_order), problems)
