"""The files that a command writes: whole or not at all."""

import itertools
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import IO

from alternatives.commands.options import bad_arguments
from alternatives.state import shortened
from alternatives.writing import whole_file

STANDARD_OUTPUT = "-", "/dev/stdout", "/dev/fd/1"


def open_files(files: ExitStack, **names: str | None) -> dict[str, IO[str]]:
    """The streams of --csv, --json and others by name. A file that can't be written is a bad argument.

    The files appear when `files` is closed without an error; until then old ones stay as they were.
    """
    given = {option: name for option, name in names.items() if name is not None}
    with bad_arguments():
        for (one, name), (other, its) in itertools.combinations(given.items(), 2):
            if _same(name, its):
                raise ValueError(f"--{one} and --{other} must differ, got {shortened(name)} for both")
        return {option: _stream(files, f"--{option}", name) for option, name in given.items()}


def _same(one: str, other: str) -> bool:
    standard = [name in STANDARD_OUTPUT for name in (one, other)]
    return all(standard) or (not any(standard) and os.path.realpath(one) == os.path.realpath(other))


def deliver(
    files: ExitStack,
    streams: dict[str, IO[str]],
    texts: Mapping[str, Callable[[], str]],
    quiet: bool,
    text: Callable[[], str],
) -> None:
    """Write its text to each stream, and print `text` unless standard output is one of them."""
    try:
        for name, stream in streams.items():
            print(texts[name]().rstrip("\n"), file=stream)
        files.close()
    finally:  # if a file can't be written after all, the text is printed nevertheless
        if sys.stdout not in streams.values() and not (streams and quiet):
            print(text())


def _stream(files: ExitStack, option: str, name: str) -> IO[str]:
    """A stream to the file of this name, or to standard output; ValueError if it can't be written."""
    if name in STANDARD_OUTPUT:
        return sys.stdout
    try:
        if name.startswith("--"):
            raise ValueError("an option, and no file")
        return files.enter_context(whole_file(name, "utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"{option} must be a file that can be written, or -; got {shortened(name)} ({reason})"
        ) from None
