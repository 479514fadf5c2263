"""What a comparison by number of classes has to take away."""

from collections.abc import Iterator
from functools import partial

from alternatives.charts import captions, tables
from alternatives.charts import classes as charts
from alternatives.charts.export import Picture, by_title
from alternatives.experiments import ClassCountsResults
from alternatives.experiments.classes import MEASURES
from alternatives.exports import method, script
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.exports.frames import unit_in_files, with_units
from alternatives.measures import MEASURES as EVERY
from alternatives.wording import listed, sentence


def of(results: ClassCountsResults) -> Exports:
    """All that it has to take away."""
    experiment = results.experiment
    name = f"{experiment.source} by number of classes"
    units = {name: unit_in_files(EVERY[name].unit) for name in MEASURES}
    return Exports(
        name,
        "number_of_classes",
        experiment,
        results.finding_in_parts,
        [
            method.of_classes(experiment),
            method.about_the_source(experiment),
            *([method.how_classes_are_read(experiment)] if len(experiment.heads) > 1 else []),
        ],
        {
            "Measures by seed": Table(lambda: with_units(results.measures, units)),
            "Summary": Table(lambda: with_units(results.summary, units)),
            "Learning rates and epochs": Table(lambda: results.tuning),
        },
        _printed(results),
        by_title(_pictures(results)),
        experiment.command(),
        partial(script.of_state, experiment, name),
    )


def _printed(results: ClassCountsResults) -> dict[str, Printed]:
    caption = f"Second line: difference from {results.experiment.baseline} with 95 % CI."
    found = {
        f"{sentence(name)} by number of classes": Printed(caption, partial(tables.by_classes, results, name))
        for name in MEASURES
    }
    if results.experiment.search.needed:
        found["Learning rates and epochs"] = Printed(
            "What each head uses, chosen on problems that no reported seed has.",
            partial(tables.tuning_by_classes, results),
        )
    return found


def _pictures(results: ClassCountsResults) -> Iterator[Picture]:
    if results.others:
        for name in MEASURES:
            caption = f"{listed(results.others)} less {results.experiment.baseline}, mean over the seeds. "
            caption += f"Bars: 95 % CI. Shaded: the margin. {captions.DIFFERENCES[name]}"
            title = f"Difference in {name} by number of classes"
            yield Picture.of(title, caption, partial(charts.differences, results, name))
    for name in MEASURES:
        title = f"{sentence(name)} by number of classes"
        caption = "Mean over the seeds with 95 % CI, on the test sets."
        yield Picture.of(title, caption, partial(charts.values, results, name))
