"""A plane of cells as few rectangles: those that look alike and lie on each other are one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alternatives.charts.drawing import Columns
from alternatives.charts.tooltips import texts
from alternatives.heads import Floats
from alternatives.plane import Plane

STEPS = 50
"""Levels of confidence that are distinguished."""


def rectangles(plane: Plane, winner: NDArray[Any], confidence: Floats, steps: int = STEPS) -> Columns:
    """Columns x, x2, y, y2, predicted, confidence (their mean), confidence_text: a row a rectangle.

    `winner` and `confidence` (CELLS²,) are those of the plane's cells; `steps` levels of confidence are
    distinguished. Thousands of shapes are slow to
    draw and to point at; a plane has hundreds of rectangles.
    """
    corners, step = plane.corners, np.round(steps * confidence)
    alike = (step[1:] == step[:-1]) & (winner[1:] == winner[:-1])
    same_column = corners["x"][1:] == corners["x"][:-1]
    first = np.flatnonzero(np.append(True, ~(alike & same_column)))
    last = np.append(first[1:], len(step)) - 1
    mean = np.add.reduceat(confidence, first) / (last - first + 1)
    return {
        "x": corners["x"][first],
        "x2": corners["x2"][first],
        "y": corners["y"][first],
        "y2": corners["y2"][last],
        "predicted": winner[first].astype(object),
        "confidence": mean,
        "confidence_text": texts(np.where(mean < 1, np.minimum(mean, 0.999), mean), "%"),
    }
