"""``large-output``: what an update costs as the number of classes grows."""

import math
from contextlib import ExitStack
from typing import Any

from alternatives.commands.files import deliver, open_files
from alternatives.commands.options import (
    Command,
    check_limits,
    field_options,
    file_options,
    linked_value,
    quiet_option,
)
from alternatives.commands.terminal import filled, progress_bar
from alternatives.large_output.measuring import LargeOutput, Measured
from alternatives.wording import figures, spelled

COLUMNS = {"ms an update": 12, "times faster": 12, "Mflop": 7, "MB": 6, "error": 8}
"""Titles and widths of the table's columns, beside the layer's name."""


def large_output(csv: str | None, json: str | None, quiet: bool, **fields: Any) -> None:
    """Prints times, ratios, and errors against the dense layer."""
    experiment = linked_value(LargeOutput, fields)
    check_limits(experiment)
    with ExitStack() as files:
        streams = open_files(files, csv=csv, json=json)
        with progress_bar(quiet) as draw:
            measured = experiment.run(lambda known: draw(known.fraction, known.doing), race=False)

        def text() -> str:
            return "\n\n".join([filled(measured.finding), table(measured), filled(_note(measured))])

        deliver(files, streams, {"csv": measured.to_csv, "json": measured.to_json}, quiet, text)


def table(measured: Measured) -> str:
    """Numbers of classes and layers, one below the other."""
    width = 2 + max(map(len, measured.table["layer"]))
    blocks = []
    for n_classes, rows in measured.table.groupby("n_classes", sort=False):
        lines = [_line(f"{n_classes:,} classes", [*COLUMNS], width)]
        lines += [_line(f"  {row['layer']}", _cells(row), width) for row in rows.to_dict("records")]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _line(first: str, cells: list[str], width: int) -> str:
    aligned = (f"{cell:>{columns}}" for cell, columns in zip(cells, COLUMNS.values(), strict=True))
    return "  ".join([f"{first:{width}}", *aligned]).rstrip()


def _cells(row: dict[Any, Any]) -> list[str]:
    return [
        "diverged" if math.isnan(row["seconds"]) else figures(1e3 * row["seconds"]),
        figures(row["ratio"]),
        figures(1e-6 * row["operations"]),
        figures(row["megabytes"]),
        "" if math.isnan(row["error"]) else spelled(row["error"], 1),
    ]


def _note(measured: Measured) -> str:
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


command = Command(
    large_output,
    [
        *field_options(LargeOutput),
        *file_options("one row per number of classes and layer", "experiment, finding and numbers"),
        quiet_option(),
    ],
)
