"""What happens between ``python -m alternatives`` and a command: the list, the exit codes."""

import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from alternatives.commands.parser import PROGRAM, Parser
from alternatives.commands.terminal import prose_width
from alternatives.datasets import DATASETS, DatasetUnavailable
from alternatives.heads import HEADS
from alternatives.state import Registry, shortened

Command = Callable[[Sequence[str]], None]

COMMANDS: dict[str, Command] = {}
"""Every command by name, in the order of the list."""


def command(function: Command) -> Command:
    """Make a function of its arguments a command of its name.

    Its name and the first line of its docstring stand in the list, and it's called with the arguments
    after its name. It imports what it needs, so the list is there at once.
    """
    COMMANDS[function.__name__.replace("_", "-")] = function
    return function


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``python -m alternatives``. Default: what this process was given.

    Returns
    -------
    int
        The exit code: 0, 1 where something outside failed, 130 after Ctrl-C, 141 where nobody reads on.

    Raises
    ------
    SystemExit
        After a command's help, and with code 2 where the arguments aren't allowed.
    """
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        try:
            if name in ("-h", "--help"):
                print(overview(prose_width()))
            elif name in COMMANDS:
                COMMANDS[name](rest)
            else:
                choices = ", ".join(COMMANDS)
                Parser(prog=PROGRAM).error(f"command must be one of {choices}; got {shortened(name)}")
        finally:
            print(end="", flush=True)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in "| head"
        _discard_output()
        return 141
    except OSError as error:
        _discard_output()
        print(error, file=sys.stderr)
        return 1
    except DatasetUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _discard_output() -> None:
    """Keep the exit from trying once more to write what couldn't be written."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def overview(width: int) -> str:
    """Commands, heads and data sets, each with its sentence."""
    sections = {
        "Commands": [(name, sentence(function)) for name, function in COMMANDS.items()],
        "Heads": _rows(HEADS),
        "Data sets": _rows(DATASETS),
    }
    column = 4 + max(len(name) for rows in sections.values() for name, _ in rows)
    paragraphs = [
        textwrap.fill(
            f"{PROGRAM} COMMAND [options] runs a command; --help after it explains the options. Heads and "
            'data sets take the parameters below them in brackets: "spherical softmax(epsilon=0.1)".',
            width,
        )
    ]
    for title, rows in sections.items():
        lines = [
            textwrap.fill(
                text,
                width,
                initial_indent=f"  {name}".ljust(column),
                subsequent_indent=" " * column,
                break_on_hyphens=False,
            )
            for name, text in rows
        ]
        paragraphs.append("\n".join([title, *lines]))
    return "\n\n".join(paragraphs)


def sentence(function: Command) -> str:
    """What a command does, in one sentence."""
    return (function.__doc__ or "").partition("\n")[0]


def _rows(registry: Registry[Any]) -> list[tuple[str, str]]:
    """Each thing with its sentence, and below it each parameter with what it may be."""
    rows = []
    for name, thing in registry.items():
        rows.append((name, thing.sentence))
        for parameter, allowed in thing.ranges().items():
            default = thing.default(parameter)
            text = f"{allowed.explanation}: {allowed.allowed}; default {default:g}"
            rows.append((f"  {parameter}", text))
    return rows
