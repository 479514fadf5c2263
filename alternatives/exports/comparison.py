"""What a comparison of heads has to take away."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from alternatives.charts import (
    accuracy_calibration,
    by_temperature,
    by_variant,
    captions,
    confusion,
    forest,
    lines,
    regions,
    reliability,
    tables,
    temperature,
    training_time,
    tuning,
)
from alternatives.charts.export import Picture, by_title
from alternatives.datasets import is_elsewhere
from alternatives.experiments import ComparisonResults
from alternatives.experiments.curves import gradient_sizes
from alternatives.experiments.results import tidy
from alternatives.exports import method, script
from alternatives.exports.exports import FROM_FILE, Exports, Printed, Provenance, Table
from alternatives.exports.frames import SHARE, curves, unit_in_files, with_units
from alternatives.measures import MEASURES, measure
from alternatives.sessions.naming import name_of
from alternatives.wording import sentence

TUNING_UNITS = {"validation_loss": "nats"}
RUNS_UNITS = {"training_seconds": "s"}
SAMPLES_UNITS = {"probability_of_predicted and probability_of_true": SHARE}


def of(results: ComparisonResults, name: str = "", note: str = "") -> Exports:
    """All that a comparison has to take away, under its own name or a pin's."""
    comparison = results.experiment
    name = name or name_of(comparison)
    is_here = not is_elsewhere(comparison)  # else nothing computes it again
    return Exports(
        name,
        "compare",
        comparison,
        results.finding_in_parts,
        [
            *([f"Results from {FROM_FILE}. {_as_said(results)}"] if results.made is not None else []),
            *method.of_comparison(comparison).splitlines(),
            *([method.how_concluded(comparison)] if len(comparison.heads) > 1 else []),
            *([f"The data: {' '.join(results.data_notes)}"] if results.data_notes else []),
        ],
        _tables(results),
        _printed(results),
        by_title(_pictures(results)),
        comparison.command() if is_here else "",
        partial(script.of_state, comparison, name) if is_here else None,
        note,
        made=results.made,
    )


def _as_said(results: ComparisonResults) -> str:
    return Provenance("").as_said(results.made).sentence


def _tables(results: ComparisonResults) -> dict[str, Table]:
    units = {each: unit_in_files(measure(each).unit) for each in results.values}
    found = {
        "Measures by seed": Table(lambda: with_units(results.measures, units)),
        "Summary": Table(lambda: with_units(results.summary, units)),
        "Runs": Table(lambda: results.runs, RUNS_UNITS),
        "Curves by epoch": Table(lambda: curves(results)),
        "Reliability diagrams": Table(lambda: results.reliability, {"confidence and accuracy": SHARE}),
        "Confusion matrix": Table(partial(_confusion, results)),
        "Learning rates and epochs": Table(lambda: results.tuning),
    }
    if results.predictions is not None:
        found["Single test samples"] = Table(partial(_samples, results), SAMPLES_UNITS)
    if len(results.trials):
        found["What was tried"] = Table(lambda: results.trials, TUNING_UNITS)
    return found


def _confusion(results: ComparisonResults) -> pd.DataFrame:
    """Test samples of all seeds: a row a head, true and predicted class."""
    classes = results.class_names
    axes = {"head": results.variants, "true_class": classes, "predicted_class": classes}
    return tidy(axes, {"n_samples": np.array(results.confusion_counts)})


def _samples(results: ComparisonResults) -> pd.DataFrame:
    """What each head says of the first seed's test samples: a row a head and sample."""
    found = results.predictions
    assert found is not None
    names = np.array([*results.class_names, "–"], object)  # -1, a network that diverged, is the last
    of_true = np.take_along_axis(found.probabilities, found.targets[None, :, None], -1)
    n_heads = len(results.variants)
    columns = {
        "row_of_data": np.tile(found.rows + 1, n_heads),
        "true_class": np.tile(names[found.targets], n_heads),
        "predicted_class": names[found.predicted],
        "probability_of_predicted": found.confidence,
        "probability_of_true": of_true,
    }
    return tidy({"head": results.variants, "test_sample": range(1, found.n_samples + 1)}, columns)


def _printed(results: ComparisonResults) -> dict[str, Printed]:
    above = "Means over the seeds; the best is bold. Second line: difference from the baseline with 95 % CI."
    found = {
        "The headline measures": Printed(above, lambda: tables.headline(results)),
        "All measures": Printed(above, lambda: tables.every_measure(results)),
    }
    if results.experiment.search.needed:
        found["Learning rates and epochs"] = Printed(
            "What was chosen for each head.", lambda: tables.tuning(results)
        )
    return found


def _pictures(results: ComparisonResults) -> Iterator[Picture]:
    comparison, heads = results.experiment, results.variants
    sizes = gradient_sizes(comparison.n_layers)
    for name in MEASURES:
        drawing, shown = partial(by_variant.drawing, results, name), name in tables.HEADLINE
        yield Picture.of(sentence(name), captions.DOTS, drawing, shown)
    if len(heads) > 1:
        title = f"Differences from {comparison.baseline}"
        caption = method.of_differences(comparison)
        yield Picture.panels(title, caption, partial(forest.drawing, results), tables.HEADLINE)
    for name in results.curves:
        caption = captions.of_curve(name, comparison.label_noise) or captions.GRADIENTS.get(
            name, captions.SIZES[False]
        )
        shown = name in captions.CURVES or name == sizes[0]
        yield Picture.of(f"{sentence(name)} by epoch", caption, partial(lines.by_epoch, results, name), shown)
    for name in sizes:
        title = f"{sentence(name)} relative to the first epoch"
        drawing = partial(lines.by_epoch, results, name, relative=True)
        yield Picture.of(title, captions.SIZES[True], drawing, False)
    yield Picture.panels("Calibration", captions.CALIBRATION, partial(reliability.drawing, results), heads)
    title, caption = "Accuracy against calibration", captions.ACCURACY_CALIBRATION
    yield Picture.of(title, caption, partial(accuracy_calibration.drawing, results))
    if results.scans:
        title, caption = "Log loss by temperature", captions.BY_TEMPERATURE
        yield Picture.of(title, caption, partial(by_temperature.drawing, results))
    yield Picture.of("Temperature scaling", captions.TEMPERATURE, partial(temperature.drawing, results))
    yield Picture.of("Training time", captions.TRAINING_TIME, partial(training_time.drawing, results))
    for head in heads:
        title = f"Confusion matrix of {head}"
        yield Picture.of(title, captions.CONFUSION, partial(confusion.drawing, results, head))
    if results.decisions is not None:
        caption, key = captions.REGIONS.format(comparison.first_seed), partial(regions.classes, results)
        yield Picture.panels("Decision regions", caption, partial(regions.drawing, results), heads, key)
    if comparison.search.needed and len(results.trials):  # a file has what was chosen alone
        yield Picture.panels("Tuning", captions.TRIED, partial(tuning.drawing, results), heads)
