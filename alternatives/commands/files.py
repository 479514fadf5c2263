"""The files that a command writes: whole or not at all."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any

from alternatives.commands.options import bad_arguments
from alternatives.state import shortened
from alternatives.writing import whole_file

STANDARD_OUTPUT = "-", "/dev/stdout", "/dev/fd/1"


def open_files(files: ExitStack, csv: str | None, json: str | None) -> dict[str, IO[str]]:
    """The streams of --csv and --json by name. A file that can't be written is a bad argument.

    The files appear when `files` is closed without an error; until then old ones stay as they were.
    """
    with bad_arguments():
        if csv is not None and json is not None and _same(csv, json):
            raise ValueError(f"--csv and --json must differ, got {shortened(csv)} for both")
        names = {"csv": csv, "json": json}
        return {
            option: _stream(files, f"--{option}", name) for option, name in names.items() if name is not None
        }


def _same(csv: str, json: str) -> bool:
    standard = [name in STANDARD_OUTPUT for name in (csv, json)]
    return all(standard) or (not any(standard) and os.path.realpath(csv) == os.path.realpath(json))


def deliver(
    files: ExitStack, streams: dict[str, IO[str]], results: Any, quiet: bool, text: Callable[[], str]
) -> None:
    """Write the results to the streams, and print the text unless standard output is one of them."""
    try:
        for name, stream in streams.items():
            print(getattr(results, f"to_{name}")().rstrip("\n"), file=stream)
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
