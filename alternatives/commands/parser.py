"""Options, with one line for an error that says what is allowed and what was given."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar

from alternatives.commands.terminal import prose_width
from alternatives.state import Linked, shortened

PROGRAM = "python -m alternatives"

L = TypeVar("L", bound=Linked)


class Parser(argparse.ArgumentParser):
    """argparse, with one line for an error, and nothing that is guessed or overruled in silence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=lambda prog: argparse.HelpFormatter(
                prog, max_help_position=26, width=prose_width()
            ),
            **settings,
        )
        self.value_options: list[str] = []

    @classmethod
    def of_command(cls, name: str, description: str, epilog: str | None = None) -> "Parser":
        """The parser of a command."""
        return cls(
            prog=f"{PROGRAM} {name}", usage="%(prog)s [options]", description=description, epilog=epilog
        )

    def add_value(self, option: str, explanation: str, **settings: Any) -> None:
        """Add an option with a value, to be given once at most."""
        self.value_options.append(option)
        self.add_argument(option, help=explanation.replace("%", "%%"), action=_Once, **settings)

    def add_fields(self, of: type[Linked]) -> None:
        """Add an option for each field of a linked value."""
        defaults, names = of().texts(), of.names()
        for field, held in of.fields().items():
            name = names[field]
            explanation = f"{held.explanation}: {held.allowed}; default {defaults[name]}"
            self.add_value(_option(name), explanation, dest=field, metavar=name.upper())

    def add_files(self, rows: str, everything: str) -> None:
        """Add --csv and --json, which write what the texts say."""
        self.add_value("--csv", f"write {rows} to a file; - prints them", metavar="FILE")
        self.add_value("--json", f"write {everything} to a file; - prints them", metavar="FILE")

    def add_quiet(self) -> None:
        """Add --quiet."""
        self.add_argument("--quiet", action="store_true", help="show no progress, and beside a file no table")

    def parse_all(self, arguments: Sequence[str]) -> argparse.Namespace:
        """All arguments, parsed; ValueError for one that isn't an option."""
        # argparse takes "-inf" for an option, unless it's joined to its own: "--seeds=-inf".
        joined, rest = [], iter(arguments)
        for argument in rest:
            value = next(rest, None) if argument in self.value_options else None
            if value is not None and value.partition("=")[0] in self._option_string_actions:
                explained = str(self._option_string_actions[argument].help).replace("%%", "%")
                raise ValueError(f"{argument} must have a value, {explained}; got {shortened(value)}")
            joined.append(argument if value is None else f"{argument}={value}")
        given, unknown = self.parse_known_args(joined)
        if unknown:
            options = [action.option_strings[-1] for action in self._actions if action.option_strings]
            raise ValueError(f"options are {', '.join(options)}; got {shortened(unknown[0])}")
        return given

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message.removeprefix('argument ')}\n")


class _Once(argparse.Action):
    """Stores a value; a second one is an error, rather than the one that counts."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        if getattr(namespace, self.dest) is not None:
            raise ValueError(f"{option_string} may be given once, got {shortened(values)} as well")
        setattr(namespace, self.dest, values)


def linked(of: type[L], given: argparse.Namespace) -> L:
    """The linked value that the options of `Parser.add_fields` say."""
    texts = {field: text for field in of.names() if (text := getattr(given, field)) is not None}
    fields, names = of.fields(), of.names()
    return of(**{field: fields[field].parse(text, _option(names[field])) for field, text in texts.items()})


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
