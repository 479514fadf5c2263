"""The files that a command writes: whole or not at all."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from alternatives.state import shortened


def writers(files: ExitStack, given: argparse.Namespace, wanted: bool = True) -> dict[str, TextIO]:
    """The streams that --csv and --json name, by "csv" and "json". ValueError where one can't be written."""
    if given.csv is not None and given.csv == given.json:
        raise ValueError(f"--csv and --json must differ, got {shortened(given.csv)} for both")
    named = {name: getattr(given, name) for name in ("csv", "json") if wanted}
    return {
        name: files.enter_context(_writing(f"--{name}", file))
        for name, file in named.items()
        if file is not None
    }


@contextmanager
def _writing(option: str, name: str) -> Iterator[TextIO]:
    """A stream to the file of this name, or to standard output for "-".

    Raises ValueError at once where the file can't be written. The file appears when the context ends
    well: until then whatever had its name stays as it was.
    """
    if name == "-":
        yield sys.stdout
        return
    try:
        path = Path(name).resolve()
        replaceable = not path.exists() or path.is_file()  # a device or a pipe isn't
        beside = path.with_name(f".{path.name}.{os.getpid()}") if replaceable else path
        if path.is_file() and not os.access(path, os.W_OK):
            raise PermissionError(0, "it is read-only")
        stream = beside.open("x" if replaceable else "w", encoding="utf-8")
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
                shutil.copymode(path, beside)
            beside.replace(path)
    except BaseException:
        if replaceable:
            beside.unlink(missing_ok=True)
        raise
