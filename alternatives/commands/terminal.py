"""What is seen on a terminal: how wide it is, a bar that grows, columns of text."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

WIDEST = 110
"""Columns beyond which no line of prose goes, however wide the terminal is."""


def terminal_width(stream: TextIO | None = None) -> int:
    """Columns of the terminal that a stream, or else standard output, shows on."""
    if stream is None:
        return shutil.get_terminal_size().columns
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or 80
    return 80


def prose_width() -> int:
    """Columns for prose."""
    return max(30, min(terminal_width(), WIDEST))


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Callable[[float, str], None] | None]:
    """What draws a fraction and a few words in one line of the terminal, which is empty again at the end.

    None where there is no terminal, or all shall be `quiet`.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    columns = max(min(terminal_width(sys.stderr), 80), 2) - 1
    length = max(columns - 26, 0)

    def draw(fraction: float, text: str) -> None:
        line = f"[{'#' * round(fraction * length):.<{length}}] {fraction:4.0%}  {text}"
        print(f"\r{line[:columns]:{columns}}", end="", file=sys.stderr, flush=True)

    try:
        draw(0, "preparing")
        yield draw
    finally:
        print(f"\r{'':{columns}}\r", end="", file=sys.stderr, flush=True)


def column(title: str, cells: Sequence[Sequence[str]], alignments: str) -> list[str]:
    """The title and the cells, all of one width.

    Parameters
    ----------
    title : str
    cells : sequence of sequences of str
        The parts of a cell each stand below those of the cell above.
    alignments : str
        ``<`` or ``>`` for each part.
    """
    widths = [max(map(len, parts)) for parts in zip(*cells, strict=True)]
    lines = [title]
    for cell in cells:
        parts = zip(cell, alignments, widths, strict=True)
        lines.append(" ".join(f"{part:{align}{width}}" for part, align, width in parts if width))
    longest = max(map(len, lines))
    return [line.ljust(longest) for line in lines]


def beside(columns: Sequence[list[str]]) -> list[str]:
    """The lines of a table, from its columns."""
    return ["  ".join(line) for line in zip(*columns, strict=True)]
