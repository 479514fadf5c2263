"""The same comparison without a browser: ``python -m alternatives``.

A function under ``@command`` is a command: its name and the first line of its docstring stand in the
list, and it's called with the arguments after its name. It imports what it needs, so the list is there
at once.
"""

import argparse
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO
from urllib.parse import urlencode

from alternatives.datasets import DATASETS, DatasetUnavailable
from alternatives.heads import HEADS
from alternatives.registry import Registry, shortened

if TYPE_CHECKING:
    from alternatives.claims import Outcome
    from alternatives.compare import Comparison, Progress, Results
    from alternatives.kinds import Kind, Number

Command = Callable[[Sequence[str]], None]

PROGRAM = "python -m alternatives"

COMMANDS: dict[str, Command] = {}
"""Every command by name, in the order of the list."""

WIDEST = 110
"""Columns beyond which no line of prose goes, however wide the terminal is."""

LABEL_WIDTH = 22
"""Columns for the measures' names, which go on in another line, so that three heads fit 80 columns."""


def command(function: Command) -> Command:
    """Make a function of its arguments a command of its name."""
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
                print(overview(_width()))
            elif name in COMMANDS:
                COMMANDS[name](rest)
            else:
                choices = ", ".join(COMMANDS)
                _Parser(prog=PROGRAM).error(f"command must be one of {choices}; got {shortened(name)}")
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


@command
def compare(arguments: Sequence[str]) -> None:
    """Train heads side by side on a data set, and say where they differ."""
    from alternatives.compare import run

    parser = _compare_parser()
    with ExitStack() as files:
        try:
            given = parser.parse_all(arguments)
            comparison = _comparison(given)
            writers = _writers(files, given, not given.link)
        except ValueError as error:
            parser.error(str(error))
        if given.link:
            print(f"?{urlencode(comparison.to_link())}")
            return
        with _progress_bar(not given.quiet and sys.stderr is not None and sys.stderr.isatty()) as watch:
            results = run(comparison, watch)
        try:
            for name, stream in writers.items():
                print(getattr(results, f"to_{name}")().rstrip("\n"), file=stream)
            files.close()
        finally:  # a file that can't be written after all leaves at least the table
            if sys.stdout not in writers.values() and not (writers and given.quiet):
                print(textwrap.fill(results.finding, _width()), table(results, _terminal_width()), sep="\n\n")


@command
def claims(arguments: Sequence[str]) -> None:
    """Put what people say of softmax to the test, and give each claim its verdict."""
    from alternatives.claims import CLAIMS, PARTS, SOURCES, to_csv, to_json

    parser = _claims_parser()
    with ExitStack() as files:
        try:
            given = parser.parse_all(arguments)
            chosen = _claims_named(given.only)
            seed = 0 if given.seed is None else int(_seed().parse(given.seed, "--seed"))
            writers = _writers(files, given)
        except ValueError as error:
            parser.error(str(error))
        outcomes = []
        for part in PARTS:
            of_part = [CLAIMS[name] for name in chosen if CLAIMS[name].part == part]
            for index, claim in enumerate(of_part):
                outcomes.append(claim.run(seed))
                if sys.stdout not in writers.values():
                    heading = "" if index else f"{part}\n\n"
                    print(heading + textwrap.indent(_outcome(outcomes[-1]), "  "), end="\n\n", flush=True)
        if sys.stdout not in writers.values():
            print("Sources\n")
            named = {source for outcome in outcomes for source in outcome.claim.sources}
            for source in (source for source in SOURCES.values() if source in named):
                print(textwrap.fill(str(source), _width(), initial_indent="  ", subsequent_indent="     "))
        for name, stream in writers.items():
            print({"csv": to_csv, "json": to_json}[name](outcomes).rstrip("\n"), file=stream)


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for an error, and nothing that is guessed or overruled in silence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=26, width=_width()),
            **settings,
        )
        self.value_options: list[str] = []

    def add_value(self, option: str, explanation: str, **settings: Any) -> None:
        """Add an option with a value, to be given once at most."""
        self.value_options.append(option)
        self.add_argument(option, help=explanation.replace("%", "%%"), action=_Once, **settings)

    def parse_all(self, arguments: Sequence[str]) -> argparse.Namespace:
        """All arguments, parsed; ValueError for one that isn't an option."""
        # argparse takes "-inf" for an option, unless it's joined to its own: "--seeds=-inf".
        joined, rest = [], iter(arguments)
        for argument in rest:
            value = next(rest, None) if argument in self.value_options else None
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


def _compare_parser() -> _Parser:
    """The parser of `compare`, with an option for each field of a comparison."""
    from alternatives.compare import Comparison, kinds, names

    parser = _Parser(
        prog=f"{PROGRAM} compare",
        usage="%(prog)s [options]",
        description=f"{_sentence(compare)} Prints the finding, and the measures by head.",
        epilog=f"Heads, data sets and their parameters are listed by {PROGRAM}. For example: {PROGRAM} "
        'compare --dataset "moons(noise=0.3)" --heads "softmax,spherical softmax(epsilon=0.1)"',
    )
    defaults = Comparison().texts()
    for field, name in names().items():
        kind = kinds()[field]
        explanation = f"{kind.explanation}: {_allowed(kind)}; default {defaults[name]}"
        parser.add_value(_option(name), explanation, dest=field, metavar=name.upper())
    parser.add_value(
        "--csv", "write one row per head, seed and measure to a file; - prints them", metavar="FILE"
    )
    parser.add_value(
        "--json", "write comparison, finding and numbers to a file; - prints them", metavar="FILE"
    )
    parser.add_argument(
        "--link", action="store_true", help="print the dashboard's link to the comparison; train nothing"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress, and beside a file no table")
    return parser


def _claims_parser() -> _Parser:
    """The parser of `claims`."""
    from alternatives.claims import CLAIMS

    parser = _Parser(
        prog=f"{PROGRAM} claims",
        usage="%(prog)s [options]",
        description=f"{_sentence(claims)} Prints number, rule and verdict of each.",
    )
    parser.add_value(
        "--only", f"claims to test, with commas between: any of {', '.join(CLAIMS)}", metavar="ID"
    )
    explanation = f"{_seed().explanation}: a whole number {_seed().allowed.limits}; default 0"
    parser.add_value("--seed", explanation, metavar="S")
    parser.add_value("--csv", "write one row per claim to a file; - prints them", metavar="FILE")
    parser.add_value(
        "--json", "write id, source, number, rule and verdict to a file; - prints them", metavar="FILE"
    )
    return parser


def _seed() -> "Number":
    """What the seed of a claim may be."""
    from alternatives.claims import SEEDS
    from alternatives.kinds import Number

    return Number(SEEDS, whole=True)


def _claims_named(text: str | None) -> list[str]:
    """The ids that a text names with commas between, in the order of the list; all without one."""
    from alternatives.claims import CLAIMS

    if text is None:
        return list(CLAIMS)
    folded = {name.casefold(): name for name in CLAIMS}
    wanted = [part.strip().casefold() for part in text.split(",")]
    for part in wanted:
        if part not in folded:
            raise ValueError(f"--only must be any of {', '.join(CLAIMS)}; got {shortened(part)}")
    return [name for name in CLAIMS if name.casefold() in wanted]


def _outcome(outcome: "Outcome") -> str:
    """A claim in lines: what is said and by whom, what was found, and the rule that decides."""
    claim = outcome.claim
    keys = ", ".join(source.key for source in claim.sources)
    paragraphs = [claim.statement, outcome.sentence, str(claim.rule), f"Where it turns: {claim.turns}"]
    filled = [textwrap.indent(textwrap.fill(text, _width() - 4), "  ") for text in paragraphs]
    return "\n".join([f"{claim.id} ({keys}): {outcome.verdict}, {outcome.number_text}", *filled])


def _comparison(given: argparse.Namespace) -> "Comparison":
    """The comparison that the options say."""
    from alternatives.compare import Comparison, kinds, names

    texts = {field: getattr(given, field) for field in names() if getattr(given, field) is not None}
    return Comparison(
        **{field: kinds()[field].parse(text, _option(names()[field])) for field, text in texts.items()}
    )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _allowed(kind: "Kind") -> str:
    """What a field may be, in words."""
    from alternatives.kinds import Choice, Choices, Number, NumberOr, Sizes, Thing, Things, YesNo

    match kind:
        case Number():
            return f"{'a whole number' if kind.whole else 'a number'} {kind.allowed.limits}"
        case NumberOr():
            return f'{_allowed(kind.number)}, or "{kind.word}"'
        case Sizes():
            return f"at most {kind.longest} whole numbers {kind.allowed.limits}, with commas between, or none"
        case YesNo():
            return "one of yes, no"
        case Choices():
            return f"any of {', '.join(kind.options())}, with commas between"
        case Choice():
            return f"one of {', '.join(kind.options())}"
        case Things():
            return f"any of {', '.join(kind.registry)}, with commas between"
        case Thing():
            return f"one of {', '.join(kind.registry)}"
    return ""


def _writers(files: ExitStack, given: argparse.Namespace, wanted: bool = True) -> dict[str, TextIO]:
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


@contextmanager
def _progress_bar(shown: bool) -> "Iterator[Callable[[Progress], None] | None]":
    """What draws the progress in one line of the terminal, which is empty again at the end."""
    if not shown:
        yield None
        return
    columns = max(min(_terminal_width(sys.stderr), 80), 2) - 1
    length = max(columns - 26, 0)

    def draw(fraction: float, text: str) -> None:
        line = f"[{'#' * round(fraction * length):.<{length}}] {fraction:4.0%}  {text}"
        print(f"\r{line[:columns]:{columns}}", end="", file=sys.stderr, flush=True)

    try:
        draw(0, "preparing")
        yield lambda progress: draw(progress.fraction, f"epoch {progress.epoch} of {progress.n_epochs}")
    finally:
        print(f"\r{'':{columns}}\r", end="", file=sys.stderr, flush=True)


def overview(width: int) -> str:
    """Commands, heads and data sets, each with its sentence."""
    sections = {
        "Commands": [(name, _sentence(function)) for name, function in COMMANDS.items()],
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


def _sentence(function: Command) -> str:
    return (function.__doc__ or "").partition("\n")[0]


def _rows(registry: Registry[Any]) -> list[tuple[str, str]]:
    """Each thing with its sentence, and below it each parameter with what it may be."""
    rows = []
    for name, thing in registry.items():
        rows.append((name, thing.sentence))
        for parameter, allowed in thing.ranges().items():
            default = thing.default(parameter)
            whole = ", whole" if isinstance(default, int) else ""
            text = f"{allowed.explanation}: {allowed.limits}{whole}; default {default:g}"
            rows.append((f"  {parameter}", text))
    return rows


def table(results: "Results", width: int) -> str:
    """Measures × heads, in as many blocks of heads as the width needs.

    A cell has the mean, the difference to the baseline head and, unless it's the usual one, the verdict.
    """
    from alternatives.measures import MEASURES

    summary, comparison = results.summary, results.comparison
    verdicts = {*summary["verdict"]} - {"baseline"}
    usual = "too few seeds" if verdicts == {"too few seeds"} else "no difference"
    rows = []
    for name, measure in MEASURES.items():
        label = f"{name}, {measure.unit}" if measure.unit else name
        first, *others = textwrap.wrap(label, LABEL_WIDTH)
        rows += [(first, name), *((line, "") for line in others)]
    labels = _column("", [(f"{label:{LABEL_WIDTH}}", "", "") for label, _ in rows])
    blocks = [[labels]]
    for head, of_head in summary.groupby("head", sort=False):
        by_measure = of_head.set_index("measure").to_dict("index")
        column = _column(str(head), [_cell(by_measure, name, usual) for _, name in rows])
        if len(blocks[-1]) > 1 and len(_beside([*blocks[-1], column])[0]) > width:
            blocks.append([labels])
        blocks[-1].append(column)

    seeds = "one seed" if comparison.n_seeds == 1 else f"{comparison.n_seeds} seeds"
    note = f"Means over {seeds} on the test part"
    if len(comparison.heads) > 1:
        note += (
            f", and the difference to {comparison.baseline}; where no word follows, the verdict is: {usual}"
        )
    note += ". With --csv or --json also after temperature scaling."
    lines = ["\n".join(line.rstrip() for line in _beside(block)) for block in blocks]
    return "\n\n".join([*lines, textwrap.fill(note, min(width, WIDEST))])


def _cell(by_measure: dict[Any, Any], name: str, usual: str) -> tuple[str, str, str]:
    """Mean, difference and verdict as texts; the unit stands in the row's label."""
    from alternatives.measures import MEASURES

    if not name:
        return "", "", ""
    row = by_measure[name]
    mean = MEASURES[name].text(row["mean"]).partition(" ")[0]
    if row["verdict"] == "baseline":
        return mean, "", ""
    difference = MEASURES[name].difference_text(row["difference"]).partition(" ")[0]
    return mean, difference, "" if row["verdict"] == usual else str(row["verdict"])


def _column(title: str, cells: Sequence[tuple[str, str, str]]) -> list[str]:
    """The title and the cells, whose parts are aligned, all of one width."""
    widths = [max(map(len, parts)) for parts in zip(*cells, strict=True)]
    lines = [title]
    for cell in cells:
        parts = zip(cell, ">><", widths, strict=True)
        lines.append(" ".join(f"{part:{align}{width}}" for part, align, width in parts if width))
    longest = max(map(len, lines))
    return [line.ljust(longest) for line in lines]


def _beside(columns: Sequence[list[str]]) -> list[str]:
    return ["  ".join(line) for line in zip(*columns, strict=True)]


def _discard_output() -> None:
    """Keep the exit from trying once more to write what couldn't be written."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminal_width(stream: TextIO | None = None) -> int:
    """Columns of the terminal that a stream, or else standard output, shows on."""
    if stream is None:
        return shutil.get_terminal_size().columns
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or 80
    return 80


def _width() -> int:
    """Columns for prose."""
    return max(30, min(_terminal_width(), WIDEST))


if __name__ == "__main__":
    for _stream in (sys.stdout, sys.stderr):
        if hasattr(_stream, "reconfigure"):
            _stream.reconfigure(encoding="utf-8")  # a minus is a minus, whatever the locale
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave in order: files and processes go too
    sys.exit(main())
