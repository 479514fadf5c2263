"""The files that a command writes: whole or not at all.

click's atomic files won't do: they replace the old file even where writing has failed, and replace a
device such as /dev/null.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from alternatives.commands.options import bad_arguments
from alternatives.state import shortened


def open_files(files: ExitStack, csv: str | None, json: str | None) -> dict[str, TextIO]:
    """The streams of --csv and --json by name. A file that can't be written is a bad argument.

    The files appear when `files` is closed without an error; until then old ones stay as they were.
    """
    with bad_arguments():
        if csv is not None and json is not None and _same(csv, json):
            raise ValueError(f"--csv and --json must differ, got {shortened(csv)} for both")
        names = {"csv": csv, "json": json}
        return {
            option: files.enter_context(_writing(f"--{option}", name))
            for option, name in names.items()
            if name is not None
        }


def _same(csv: str, json: str) -> bool:
    return csv == json or ("-" not in (csv, json) and os.path.realpath(csv) == os.path.realpath(json))


def deliver(
    files: ExitStack, streams: dict[str, TextIO], results: Any, quiet: bool, text: Callable[[], str]
) -> None:
    """Write the results to the streams, and print the text unless standard output is one of them."""
    try:
        for name, stream in streams.items():
            print(getattr(results, f"to_{name}")().rstrip("\n"), file=stream)
        files.close()
    finally:  # if a file can't be written after all, the text is printed nevertheless
        if sys.stdout not in streams.values() and not (streams and quiet):
            print(text())


@contextmanager
def _writing(option: str, name: str) -> Iterator[TextIO]:
    """A stream to the file of this name, or to standard output for "-"; ValueError if it can't be written."""
    if name == "-":
        yield sys.stdout
        return
    try:
        if name.startswith("--"):
            raise ValueError("an option, and no file")
        path = Path(name).resolve()
        replaceable = not path.exists() or path.is_file()  # a device or a pipe isn't
        temporary = path.with_name(f".{path.name}.{os.getpid()}") if replaceable else path
        if path.is_file() and not os.access(path, os.W_OK):
            raise PermissionError(0, "it is read-only")
        stream = temporary.open("x" if replaceable else "w", encoding="utf-8")
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"{option} must be a file that can be written, or -; got {shortened(name)} ({reason})"
        ) from None
    try:
        with stream:
            yield stream
        if replaceable:
            if path.exists():
                shutil.copymode(path, temporary)
            temporary.replace(path)
    except BaseException:
        if replaceable:
            temporary.unlink(missing_ok=True)
        raise
