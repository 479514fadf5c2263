"""The program around the commands: the list, how a command is found, and the exit codes."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from alternatives.serving.failures import sentence_on
from alternatives.state import shortened

COMMANDS = {
    "compare": "Train heads on the same data, and say where they differ.",
    "classes": "Compare heads from few classes to many, and say how their differences change.",
    "sweep": "Run many comparisons, on all cores or on a cluster, into one table.",
    "paper": "Train the networks of the paper's tables again, from many seeds.",
    "claims": "Test common claims about softmax and print a verdict for each.",
    "large-output": "Time one update of output layers with more and more classes, dense and factored.",
    "export": "Print a head as a module for PyTorch, JAX, Keras or NumPy.",
    "story": "Check a story in a file, and say what is wrong with it.",
    "serve": "Start the dashboard.",
    "list": "List heads and data sets, each with its parameters.",
}
"""Every command with its sentence, in the order of the list.

A command is the function called `command` in the module of the same name. The module is imported when
the command is run, so that the list needs little and is there at once.
"""

_SCRIPT = "softmax-alternatives"
PROGRAM = _SCRIPT if Path(sys.argv[0]).stem == _SCRIPT else "python -m alternatives"
"""What people type to run this program."""

SETTINGS: dict[str, Any] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
    # What isn't an option stays over, and is then refused with a list of the options.
    "ignore_unknown_options": True,
    "allow_extra_args": True,
}
"""How the program and its commands read their arguments."""

STRICT: dict[str, Any] = SETTINGS | {"ignore_unknown_options": False, "allow_extra_args": False}
"""The same for commands whose arguments click refuses itself."""


class Program(click.Group):
    """All commands, each imported when it's run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            ctx.fail(f"command must be one of {', '.join(COMMANDS)}; got {shortened(cmd_name)}")
        module = import_module(f"alternatives.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with its whole sentence."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name. Default: what this process was given.

    Returns
    -------
    int
        The exit code: 0; 1 for a failure outside the program, such as a full disk; 2 for arguments that
        aren't allowed; 130 after Ctrl-C; 141 if the reader of the output has gone.
    """
    program = Program(
        context_settings=SETTINGS,
        help="Compare softmax and its alternatives. COMMAND --help explains the options of a command.",
    )
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        try:
            with program.make_context(PROGRAM, given) as context:
                program.invoke(context)
        finally:
            print(end="", flush=True)
    except click.exceptions.Exit as stopped:  # after --help
        return stopped.exit_code
    except click.UsageError as error:
        place = error.ctx.command_path if error.ctx else PROGRAM
        print(f"{place}: {error.format_message()}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in "| head"
        _discard_output()
        return 141
    except Exception as error:
        sentence = sentence_on(error)
        if sentence is None:
            raise
        if isinstance(error, OSError):
            _discard_output()
        print(sentence, file=sys.stderr)
        return 1
    return 0


def _discard_output() -> None:
    """Keep the exit from trying once more to write what couldn't be written."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
