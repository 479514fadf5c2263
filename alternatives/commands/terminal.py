"""What is seen on a terminal: a progress bar, and paragraphs."""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

WIDEST = 110
"""Columns beyond which no line of prose goes, however wide the terminal is."""


def terminal_width() -> int:
    """Columns of the terminal."""
    return shutil.get_terminal_size().columns


def filled(text: str, first: str = "", other: str = "", width: int | None = None) -> str:
    """A paragraph in lines that fit the terminal, with what the first and all others begin with."""
    columns = max(30, min(width or terminal_width(), WIDEST))
    return textwrap.fill(text, columns, initial_indent=first, subsequent_indent=other)


@contextmanager
def that_goes_on() -> Iterator[None]:
    """Work whose parts are kept: where it is interrupted, it says that nothing of them is lost."""
    try:
        yield
    except KeyboardInterrupt:
        print("Stopped. What is done is kept, and the same command goes on from there.", file=sys.stderr)
        raise


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Callable[[float, str], None]]:
    """What shows a fraction and a few words on the terminal; nothing if `quiet` or where none is."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda fraction, text: None
        return
    with click.progressbar(
        length=1000, file=sys.stderr, item_show_func=lambda text: text or "preparing", show_eta=False
    ) as bar:
        yield lambda fraction, text: bar.update(round(1000 * fraction) - bar.pos, text)
