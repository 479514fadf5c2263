"""``compare``: heads trained on the same data."""

import sys
import textwrap
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import click

from alternatives.commands.files import deliver, open_files
from alternatives.commands.options import (
    Command,
    ValueOption,
    check_limits,
    field_options,
    file_options,
    linked_value,
    quiet_option,
)
from alternatives.commands.own_data import print_notes, read_own, with_own_data
from alternatives.commands.program import PROGRAM
from alternatives.commands.terminal import filled, progress_bar, terminal_width
from alternatives.experiments import Comparison, ComparisonResults, Progress
from alternatives.experiments.tuning import CRITERIA, N_SPLITS
from alternatives.measures import MEASURES
from alternatives.wording import ROUNDED, counted, given, listed, sentence

LABEL_WIDTH = 22
"""Columns for the names of measures. Long names take two lines, so that three heads fit 80 columns."""


def compare(
    csv: str | None,
    json: str | None,
    report: str | None,
    link: bool,
    quiet: bool,
    target: str | None,
    decisions: str | None,
    checksum: str | None,
    **fields: Any,
) -> None:
    """Prints the finding, and the measures by head."""
    fields["dataset"] = read_own(fields["dataset"], target, decisions, checksum)
    comparison = linked_value(Comparison, fields)
    if link:
        print(f"?{urlencode(comparison.to_link())}")
        return
    check_limits(comparison)
    with ExitStack() as files:
        streams = open_files(files, csv=csv, json=json, report=report)
        if not quiet:
            print_notes(comparison.dataset, sys.stderr if sys.stdout in streams.values() else sys.stdout)
        with progress_bar(quiet) as draw:

            def watch(progress: Progress) -> None:
                draw(progress.fraction, progress.stage)

            results = comparison.run(watch)

        def text() -> str:
            width = terminal_width()
            return "\n\n".join([filled(results.finding), table(results, width), budget(results, width)])

        texts = {"csv": results.to_csv, "json": results.to_json, "report": lambda: _report(results)}
        deliver(files, streams, texts, quiet, text)


def _report(results: ComparisonResults) -> str:
    """The report; its modules draw charts, and are imported where one is asked for."""
    from alternatives.exports import Provenance, comparison, report

    exports = comparison.of(results)
    return report.html(exports.name, [exports], Provenance(exports.link()))


def table(results: ComparisonResults, width: int) -> str:
    """Measures × heads, in as many blocks of heads as the width needs.

    A cell has the mean, the difference to the baseline head and, unless it's the usual one, the verdict.
    """
    summary, comparison = results.summary, results.experiment
    usual = "undecided"
    labels, measures = [""], []
    for name, measure in MEASURES.items():
        lines = textwrap.wrap(f"{name}, {unit}" if (unit := measure.unit_of_values) else name, LABEL_WIDTH)
        labels += lines
        measures += [name, *([""] * (len(lines) - 1))]
    labels = [f"{label:{LABEL_WIDTH}}" for label in labels]
    blocks = [labels]
    for head, rows in summary.groupby("head", sort=False):
        by_measure = rows.set_index("measure").to_dict("index")
        column = _column(str(head), [_cell(by_measure, name, usual) for name in measures])
        if blocks[-1] is not labels and len(blocks[-1][0]) + 2 + len(column[0]) > width:
            blocks.append(labels)
        blocks[-1] = [f"{left}  {right}" for left, right in zip(blocks[-1], column, strict=True)]

    note = f"Means over {counted(comparison.n_seeds, 'seed')} on the test set"
    if len(comparison.heads) > 1:
        # Some names have a comma of their own, so quotes show where each ends.
        none = listed(f"“{name}”" for name, measure in MEASURES.items() if measure.better is None)
        note += (
            f", and the difference from {comparison.baseline}. Where no word follows, it is {usual}; "
            f"{none} have no verdict"
        )
    note += f". {ROUNDED} --csv and --json also have the measures after temperature scaling."
    texts = ["\n".join(line.rstrip() for line in block) for block in blocks]
    return "\n\n".join([*texts, filled(note, width=width)])


def budget(results: ComparisonResults, width: int) -> str:
    """What was chosen for each head, and what the tuning cost."""
    parts = []
    for head, row in zip(results.heads, results.tuning.to_dict("records"), strict=True):
        chosen = f"{head}: learning rate {given(row['learning_rate'])}, {counted(row['epochs'], 'epoch')}"
        if "weight_decay" in row:
            chosen += f", L2 penalty {given(row['weight_decay'])}"
        tried = f" (of {counted(row['n_tried'], 'setting')}, {row['epochs_tried']:,} epochs)"
        parts.append(chosen + (tried if row["n_tried"] else ", as given"))
    by = "validation loss" if results.experiment.criterion == CRITERIA[0] else results.experiment.criterion
    tuned = f"Tuned by {by} on {N_SPLITS} splits. " if results.tuning["n_tried"].any() else ""
    return filled(f"{tuned}{sentence('; '.join(parts))}.", width=width)


def _cell(by_measure: dict[Any, Any], name: str, usual: str) -> tuple[str, str, str]:
    """Mean, difference and verdict as texts; the unit stands in the row's label."""
    if not name:
        return "", "", ""
    row = by_measure[name]
    mean = MEASURES[name].number(row["mean"])
    if row["verdict"] == "baseline":
        return mean, "", ""
    difference, *_ = MEASURES[name].interval_texts(row)
    return mean, difference, "" if row["verdict"] in (usual, None) else str(row["verdict"])


def _column(title: str, cells: list[tuple[str, str, str]]) -> list[str]:
    """The lines of a column, all of one width."""
    mean, difference, verdict = (max(map(len, texts)) for texts in zip(*cells, strict=True))
    lines = [title, *(f"{cell[0]:>{mean}} {cell[1]:>{difference}} {cell[2]:{verdict}}" for cell in cells)]
    lines = [line.rstrip() for line in lines]
    return [line.ljust(max(map(len, lines))) for line in lines]


command = Command(
    compare,
    [
        *with_own_data(field_options(Comparison)),
        *file_options("one row per head, seed and measure", "comparison, finding and numbers"),
        ValueOption(
            "--report",
            metavar="FILE",
            help="write an HTML report, which opens without a network, to a file; - prints it",
        ),
        click.Option(
            ["--link"], is_flag=True, help="print the dashboard's link to the comparison; train nothing"
        ),
        quiet_option(),
    ],
    epilog=f"{PROGRAM} list shows heads and data sets with their parameters. For example: {PROGRAM} compare "
    '--dataset "moons(noise=0.3)" --heads "softmax,spherical softmax(epsilon=0.1)"; or on data of your own, '
    f"{PROGRAM} compare --dataset ./glass.csv --target kind",
)
