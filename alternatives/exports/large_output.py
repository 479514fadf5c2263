"""What a measurement of large output layers has to take away."""

from collections.abc import Iterator
from functools import partial

from alternatives.charts import large_output as charts
from alternatives.charts.export import Picture, by_title
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.large_output.measuring import Measured
from alternatives.large_output.measuring.timing import ROUNDS

UNITS = {"seconds, fastest and slowest": "s"}


def of(measured: Measured) -> Exports:
    """All that it has to take away."""
    experiment = measured.experiment
    tables = {
        "Times": Table(lambda: measured.table, UNITS),
        "Training": Table(lambda: measured.race),
        "Errors": Table(lambda: measured.errors),
    }
    return Exports(
        f"large output {experiment.head}",
        "large_output",
        experiment,
        (measured.finding, ""),
        [
            f"Measured in float32 with {experiment.n_units} units and mini-batches of "
            f"{experiment.batch_size}. Each time is the median of {ROUNDS} turns, on one thread.",
            "Times vary from machine to machine and from run to run.",
        ],
        {title: table for title, table in tables.items() if len(table.frame())},
        {
            "Time of one update": Printed(
                "By layer and number of classes.", partial(charts.table, measured.times)
            )
        },
        by_title(_pictures(measured)),
        experiment.command(),
    )


def _pictures(measured: Measured) -> Iterator[Picture]:
    experiment = measured.experiment
    caption = "In turns, on one thread. A level line doesn't depend on the number of classes."
    yield Picture.of(
        "Time of one update, measured", caption, partial(charts.of_times, experiment, measured.times)
    )
    caption = "Matrix products only. Other costs show only in the measured time."
    yield Picture.of("Operations of one update, counted", caption, partial(charts.of_operations, experiment))
    if len(measured.race):
        caption = "Loss of each mini-batch against the time of the layer's own updates."
        yield Picture.of("Training", caption, partial(charts.of_race, measured.race))
    if len(measured.errors):
        caption = "Between both layers. Dotted: one rounding error in float64."
        yield Picture.of("Difference", caption, partial(charts.of_errors, experiment, measured.errors))
