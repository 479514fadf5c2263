"""``classes``: heads compared at several numbers of classes."""

from contextlib import ExitStack
from typing import Any

from alternatives import measures
from alternatives.commands.files import deliver, open_files
from alternatives.commands.options import (
    Command,
    check_limits,
    field_options,
    file_options,
    linked_value,
    quiet_option,
)
from alternatives.commands.terminal import filled, progress_bar, terminal_width
from alternatives.datasets.sources import SOURCES
from alternatives.experiments.classes import MEASURES, ClassCounts, ClassCountsProgress, ClassCountsResults
from alternatives.measures import Measure
from alternatives.wording import counted, given, sentence, typed


def classes(csv: str | None, json: str | None, quiet: bool, **fields: Any) -> None:
    """Prints the finding, and each measure by number of classes and head."""
    experiment = linked_value(ClassCounts, fields)
    check_limits(experiment)
    with ExitStack() as files:
        streams = open_files(files, csv=csv, json=json)
        with progress_bar(quiet) as draw:

            def watch(progress: ClassCountsProgress) -> None:
                every = experiment.used
                draw(progress.fraction, f"{every[min(len(progress.found), len(every) - 1)]} classes")

            results = experiment.run(watch)

        def text() -> str:
            width = terminal_width()
            tables = [table(results, measure, width) for measure in MEASURES]
            return "\n\n".join([filled(results.finding), *tables, filled(_note(results))])

        deliver(files, streams, {"csv": results.to_csv, "json": results.to_json}, quiet, text)


def table(results: ClassCountsResults, measure: str, width: int) -> str:
    """A measure's table: numbers of classes × heads, in as many blocks of heads as the width needs."""
    rows, shown = results.summary[results.summary["measure"] == measure], measures.MEASURES[measure]
    labels = _column("", [f"{count} classes" for count in results.counts])
    blocks = [labels]
    for head, own in rows.groupby("head", sort=False):
        column = _column(str(head), [_cell(row, shown) for row in own.to_dict("records")])
        if blocks[-1] is not labels and len(blocks[-1][0]) + 2 + len(column[0]) > width:
            blocks.append(labels)
        blocks[-1] = [f"{left}  {right}" for left, right in zip(blocks[-1], column, strict=True)]
    texts = ["\n".join(line.rstrip() for line in block) for block in blocks]
    return "\n\n".join([f"{sentence(measure)}, {shown.unit_of_values}\n{texts[0]}", *texts[1:]])


def _column(title: str, cells: list[str]) -> list[str]:
    """The lines of a column, all of one width."""
    width = max(map(len, [title, *cells]))
    return [line.ljust(width) for line in (title, *cells)]


def _cell(row: dict[Any, Any], measure: Measure) -> str:
    """Mean, difference and verdict; the unit stands above."""
    mean = measure.number(row["mean"])
    if row["verdict"] == "baseline":
        return mean
    difference, *_ = measure.interval_texts(row)
    return f"{mean} {difference} {row['verdict']}"


def _note(results: ClassCountsResults) -> str:
    experiment = results.experiment
    return (
        f"Rows: numbers of classes. Means over {counted(experiment.n_seeds, 'seed')} on the test sets, the "
        f"difference from {experiment.baseline}, and the verdict. Verdicts are corrected for comparing "
        "several heads at several numbers of classes. "
        f"Equivalent: within {given(experiment.margin)} points or {given(experiment.margin_nats)} nats. "
        f"{experiment.source.sentence} {experiment.source.note}"
    ).rstrip()


def _sources() -> str:
    """Every source with its parameters, in a sentence each."""
    texts = []
    for name, source in SOURCES.items():
        parameters = [
            f"{parameter}: {allowed.explanation}, {allowed.allowed}, "
            f"default {typed(source.default(parameter))}"
            for parameter, allowed in source.ranges().items()
        ]
        texts.append(" ".join([f"{name}: {source.sentence}", *(f"{each}." for each in parameters)]))
    return " ".join(texts)


command = Command(
    classes,
    [
        *field_options(ClassCounts),
        *file_options(
            "one row per number of classes, head, seed and measure", "experiment, finding and numbers"
        ),
        quiet_option(),
    ],
    epilog=f'Sources take parameters in brackets, "Gaussian mixture(bayes_error=0.2)". {_sources()}',
)
