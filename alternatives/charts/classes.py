"""The charts by number of classes: differences from the baseline, and the measures themselves."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives import wording
from alternatives.charts import lines
from alternatives.charts.differences import along
from alternatives.charts.drawing import Drawing
from alternatives.charts.quantities import possible
from alternatives.experiments.classes import ClassCountsResults
from alternatives.experiments.curves import Band
from alternatives.heads import Floats
from alternatives.measures import MEASURES
from alternatives.memory import once
from alternatives.wording import listed, sentence

UNITS = {"log loss": "nats", "accuracy": "points", "confidence minus accuracy": "points"}
"""The unit of each measure's differences."""

ACROSS = "n_classes"
"""The column of the horizontal axis."""


def in_unit(values: Floats, measure: str) -> Floats:
    """Values of a measure in the unit of its differences."""
    return values * 100 if UNITS[measure] == "points" else values


@once
def differences(results: ClassCountsResults, measure: str) -> Drawing:
    """The difference from the baseline by number of classes."""
    experiment, heads, unit = results.experiment, results.others, UNITS[measure]
    rows = results.summary[(results.summary["measure"] == measure)]
    rows = rows[rows["head"] != experiment.baseline]
    mean, low, high = (
        in_unit(rows[name].to_numpy(), measure)
        for name in ("difference", "difference_low", "difference_high")
    )
    if unit == "points":
        low, high = (np.clip(end, *possible(unit)) for end in (low, high))
    margin = float(in_unit(np.array(experiment.margins[measure]), measure))
    found = {
        "head": rows["head"].to_numpy(object),
        ACROSS: rows[ACROSS].to_numpy(),
        "mean": mean,
        "low": low,
        "high": high,
        "verdict": rows["verdict"].to_numpy(object),
        **_in_words_by_row(rows, measure),
    }
    return along(
        found,
        heads,
        _across(results),
        measure,
        unit,
        margin,
        f"{sentence(measure)}, difference from {experiment.baseline} by number of classes",
        _in_words(results, measure),
    )


def _across(results: ClassCountsResults) -> lines.Across:
    return lines.Across(ACROSS, "number of classes", logarithmic=True, ticks=results.experiment.used)


def _in_words_by_row(rows: pd.DataFrame, measure: str) -> dict[str, NDArray[np.object_]]:
    """Each difference and its interval as they stand in the table."""
    found = [MEASURES[measure].interval_texts(row) for row in rows.to_dict("records")]
    means = [wording.with_unit(mean, UNITS[measure]) for mean, _, _ in found]
    ends = [wording.with_unit(f"{low} to {high}", UNITS[measure]) for _, low, high in found]
    return {"mean_text": np.array(means, object), "interval_text": np.array(ends, object)}


def _in_words(results: ClassCountsResults, measure: str) -> str:
    """The verdicts at the smallest and at the largest number of classes."""
    rows = results.summary[results.summary["measure"] == measure]
    parts = []
    for n in dict.fromkeys((results.counts[0], results.counts[-1])):
        at = rows[(rows["n_classes"] == n) & (rows["head"] != results.experiment.baseline)]
        verdicts = [f"{verdict} for {head}" for head, verdict in zip(at["head"], at["verdict"], strict=True)]
        parts.append(f"with {n} classes {listed(verdicts)}")
    return "; ".join(parts)


@once
def values(results: ClassCountsResults, measure: str) -> Drawing:
    """A measure of every head by number of classes."""
    rows, heads = results.summary[results.summary["measure"] == measure], results.variants
    shape = len(results.counts), len(heads)
    signed = measure == "confidence minus accuracy"
    scaled = [
        rows[name].to_numpy().reshape(shape).T * (100 if signed else 1) for name in ("mean", "low", "high")
    ]
    unit = "points" if signed else "%" if measure == "accuracy" else "nats"
    last = [
        f"{head} {MEASURES[measure].text(float(value))}"
        for head, value in zip(heads, rows["mean"].to_numpy().reshape(shape)[-1], strict=True)
    ]
    return lines.along(
        heads,
        _across(results),
        np.array(results.counts),
        Band(*scaled),
        measure,
        unit,
        f"{sentence(measure)} by number of classes, with {results.counts[-1]} classes: {listed(last)}.",
        logarithmic=measure == "log loss",
        label="head",
    )
