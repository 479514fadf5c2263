"""``large-output``: what an update costs as the number of classes grows."""

import math
import sys
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from alternatives.commands.files import writers
from alternatives.commands.parser import Parser, linked
from alternatives.commands.program import command, sentence
from alternatives.commands.terminal import beside, column, progress_bar, prose_width
from alternatives.wording import spelled

if TYPE_CHECKING:
    from alternatives.large_output.measuring import Measured


@command
def large_output(arguments: Sequence[str]) -> None:
    """Time one update of output layers with more and more classes, dense and factored."""
    from alternatives.large_output.measuring import LargeOutput, Measured
    from alternatives.serving.limits import Limits

    parser = _parser()
    with ExitStack() as files:
        try:
            given = parser.parse_all(arguments)
            experiment = linked(LargeOutput, given)
            Limits.from_environment().check(experiment)
            streams = writers(files, given)
        except ValueError as error:
            parser.error(str(error))
        with progress_bar(given.quiet) as draw:

            def watch(measured: Measured) -> None:
                if draw:
                    draw(measured.fraction, measured.doing)

            measured = experiment.run(watch, race=False)
        for name, stream in streams.items():
            print(getattr(measured, f"to_{name}")().rstrip("\n"), file=stream)
        if sys.stdout not in streams.values() and not (streams and given.quiet):
            found = textwrap.fill(measured.finding, prose_width())
            print(found, table(measured), textwrap.fill(_note(measured), prose_width()), sep="\n\n")


def _parser() -> Parser:
    from alternatives.large_output.measuring import LargeOutput

    parser = Parser.of_command(
        "large-output",
        f"{sentence(large_output)} Prints times, ratios, and errors against the dense layer.",
    )
    parser.add_fields(LargeOutput)
    parser.add_files("one row per number of classes and layer", "experiment, finding and numbers")
    parser.add_quiet()
    return parser


def table(measured: "Measured") -> str:
    """Numbers of classes and layers, one below the other."""
    blocks = []
    for n_classes, rows in measured.table.groupby("n_classes", sort=False):
        title = f"{n_classes:,} classes"
        cells = [_cells(row) for row in rows.to_dict("records")]
        columns = [
            column(title, [[f"  {layer}"] for layer, *_ in cells], "<"),
            *(
                column(f"{name:>{width}}", [[f"{cell[number]:>{width}}"] for cell in cells], ">")
                for number, (name, width) in enumerate(COLUMNS.items(), 1)
            ),
        ]
        blocks.append("\n".join(line.rstrip() for line in beside(columns)))
    return "\n\n".join(blocks)


COLUMNS = {"ms an update": 12, "times faster": 12, "Mflop": 7, "MB": 6, "error": 6}
"""Titles and widths, beside the layer's name."""


def _cells(row: dict[Any, Any]) -> list[str]:
    diverged = math.isnan(row["seconds"])
    return [
        row["layer"],
        "diverged" if diverged else spelled(1e3 * row["seconds"]),
        spelled(row["ratio"]),
        spelled(1e-6 * row["operations"]),
        spelled(row["megabytes"]),
        "" if math.isnan(row["error"]) else f"{row['error']:.0e}",
    ]


def _note(measured: "Measured") -> str:
    experiment = measured.experiment
    note = (
        f"{experiment.n_units} units, mini-batches of {experiment.batch_size}, float32, one BLAS thread. "
        "Layers are timed in turns. Times faster: than dense softmax in the same run. Mflop: millions of "
        "floating-point operations in the matrix products of one update. MB: weights and outputs."
    )
    if len(measured.agreement):
        last = measured.agreement.iloc[-1]
        note += (
            " Error: largest difference of the factored weights from the dense ones in float64, relative to "
            f"the largest weight, after {last['n_steps']:.0f} steps with {last['n_classes']:,.0f} classes."
        )
    if max(experiment.classes) > experiment.most_dense:
        note += (
            f" Beyond {experiment.most_dense:,} classes only the factored layer is timed, and it starts from "
            "zeros. --dense-up-to raises that limit."
        )
    return note
