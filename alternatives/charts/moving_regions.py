"""Decision regions epoch by epoch, as a browser draws them: small, because all frames are sent at once."""

import base64
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alternatives.charts import regions
from alternatives.experiments import ComparisonResults
from alternatives.experiments.frames import Frames
from alternatives.memory import once
from alternatives.wording import in_unit, sentence, spelled

NOBODY = 0xFFFF
"""The class of a cell where a network diverged."""
LEVELS = 255
"""Levels of confidence, from none to all."""
MOST_TICKS = 4


@once
def picture(results: ComparisonResults) -> dict[str, Any]:
    """All that is drawn, with plain values alone.

    `cells` are the frames of all heads: first the class of each cell, a place in `classes` in two bytes, then
    its confidence in one. They are compressed and written as text.
    """
    found, decisions, predictions = results.frames, results.decisions, results.predictions
    assert found is not None
    assert decisions is not None
    names = regions.class_names(results)
    place = {name: index for index, name in enumerate(names)}
    numbers = (
        {}
        if predictions is None
        else dict(zip(predictions.places.tolist(), range(predictions.n_samples), strict=True))
    )
    points = zip(decisions.points.tolist(), decisions.classes.tolist(), strict=True)
    return {
        "cells": packed(found, np.array([place.get(name, NOBODY) for name in results.class_names])),
        "side": found.plane.n_cells,
        "edges": [found.plane.edges[[0, -1], axis].tolist() for axis in range(2)],
        "ticks": [ticks(*found.plane.edges[[0, -1], axis].tolist()) for axis in range(2)],
        "titles": [sentence(title) for title in regions.axis_titles(decisions)],
        "classes": [entry._asdict() for entry in regions.entries(names)],
        "deepest": regions.DEEPEST,
        "heads": list(results.variants),
        "epochs": [after(n_epochs, results.n_epochs.max()) for n_epochs in found.epochs],
        "said": [[_right(each) for each in row] for row in found.accuracy.tolist()],
        "described": [
            [describe(results, frame, head) for head in range(len(results.variants))]
            for frame in range(len(found.epochs))
        ],
        "points": [
            [round(x, 3), round(y, 3), place[name], numbers.get(k, -1)]
            for k, ((x, y), name) in enumerate(points)
        ],
    }


def packed(frames: Frames, places: NDArray[np.int64]) -> str:
    """The classes and confidences of all cells as text; `places` are those of the data set's classes."""
    classes = np.append(places, NOBODY)[frames.predicted].astype("<u2")  # -1 is the last
    levels = np.rint(LEVELS * frames.confidence).astype(np.uint8)
    return base64.b64encode(zlib.compress(classes.tobytes() + levels.tobytes(), 9)).decode()


def after(n_epochs: int, last: int) -> str:
    """What a frame is called."""
    return "Before training" if not n_epochs else f"Epoch {n_epochs} of {last}"


def describe(results: ComparisonResults, frame: int, head: int) -> str:
    """What one head's picture shows, for people who can't see it."""
    found = results.frames
    assert found is not None
    n_epochs, predicted = min(found.epochs[frame], int(results.n_epochs[head])), found.predicted[frame, head]
    when = f"after {n_epochs} epochs" if n_epochs != 1 else "after one epoch"
    subject = f"Decision regions of {results.variants[head]} {when if n_epochs else 'before training'}"
    if (predicted < 0).any():
        return f"{subject}: the network diverged."
    areas = regions.areas(np.array(results.class_names)[predicted])
    right = in_unit(float(found.accuracy[frame, head]), "%")
    return f"{subject}: {areas}; {right} of the test samples are right."


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """A few round numbers between two, each with its text."""
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [(k * step, spelled(k * step)) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _right(accuracy: float) -> str:
    return "diverged" if math.isnan(accuracy) else f"{in_unit(accuracy, '%')} right"
