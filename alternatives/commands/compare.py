"""``compare``: heads trained side by side."""

import sys
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from alternatives.commands.files import writers
from alternatives.commands.parser import PROGRAM, Parser, linked
from alternatives.commands.program import command, sentence
from alternatives.commands.terminal import (
    WIDEST,
    beside,
    column,
    progress_bar,
    prose_width,
    terminal_width,
)

if TYPE_CHECKING:
    from alternatives.experiments import ComparisonResults as Results
    from alternatives.experiments import Progress

LABEL_WIDTH = 22
"""Columns for the measures' names, which go on in another line, so that three heads fit 80 columns."""


@command
def compare(arguments: Sequence[str]) -> None:
    """Train heads side by side on a data set, and say where they differ."""
    from alternatives.experiments import Comparison

    parser = _parser()
    with ExitStack() as files:
        try:
            given = parser.parse_all(arguments)
            comparison = linked(Comparison, given)
            streams = writers(files, given, not given.link)
        except ValueError as error:
            parser.error(str(error))
        if given.link:
            print(f"?{urlencode(comparison.to_link())}")
            return
        with progress_bar(given.quiet) as draw:

            def watch(progress: "Progress") -> None:
                if draw:
                    draw(progress.fraction, f"epoch {progress.epoch} of {progress.experiment.n_epochs}")

            results = comparison.run(watch)
        try:
            for name, stream in streams.items():
                print(getattr(results, f"to_{name}")().rstrip("\n"), file=stream)
            files.close()
        finally:  # a file that can't be written after all leaves at least the table
            if sys.stdout not in streams.values() and not (streams and given.quiet):
                found = textwrap.fill(results.finding, prose_width())
                print(found, table(results, terminal_width()), sep="\n\n")


def _parser() -> Parser:
    from alternatives.experiments import Comparison

    parser = Parser.of_command(
        "compare",
        f"{sentence(compare)} Prints the finding, and the measures by head.",
        f"Heads, data sets and their parameters are listed by {PROGRAM}. For example: {PROGRAM} "
        'compare --dataset "moons(noise=0.3)" --heads "softmax,spherical softmax(epsilon=0.1)"',
    )
    parser.add_fields(Comparison)
    parser.add_files("one row per head, seed and measure", "comparison, finding and numbers")
    parser.add_argument(
        "--link", action="store_true", help="print the dashboard's link to the comparison; train nothing"
    )
    parser.add_quiet()
    return parser


def table(results: "Results", width: int) -> str:
    """Measures × heads, in as many blocks of heads as the width needs.

    A cell has the mean, the difference to the baseline head and, unless it's the usual one, the verdict.
    """
    from alternatives.measures import MEASURES

    summary, comparison = results.summary, results.experiment
    verdicts = {*summary["verdict"]} - {"baseline"}
    usual = "too few seeds" if verdicts == {"too few seeds"} else "undecided"
    rows = []
    for name, measure in MEASURES.items():
        label = f"{name}, {measure.unit}" if measure.unit else name
        first, *others = textwrap.wrap(label, LABEL_WIDTH)
        rows += [(first, name), *((line, "") for line in others)]
    labels = column("", [[f"{label:{LABEL_WIDTH}}"] for label, _ in rows], "<")
    blocks = [[labels]]
    for head, of_head in summary.groupby("head", sort=False):
        by_measure = of_head.set_index("measure").to_dict("index")
        cells = column(str(head), [_cell(by_measure, name, usual) for _, name in rows], ">><")
        if len(blocks[-1]) > 1 and len(beside([*blocks[-1], cells])[0]) > width:
            blocks.append([labels])
        blocks[-1].append(cells)

    seeds = "one seed" if comparison.n_seeds == 1 else f"{comparison.n_seeds} seeds"
    note = f"Means over {seeds} on the test part"
    if len(comparison.heads) > 1:
        note += (
            f", and the difference to {comparison.baseline}; where no word follows, the verdict is: {usual}"
        )
    note += ". With --csv or --json also after temperature scaling."
    lines = ["\n".join(line.rstrip() for line in beside(block)) for block in blocks]
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
