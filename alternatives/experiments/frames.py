"""Decision regions while networks learn: what they say of the plane of two features after some epochs.

The weights are those that the first seed's networks had during the training that is reported: they are kept
where the data are two numbers. Early epochs change most, so the numbers of epochs grow by the same factor.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.experiments.data import Data
from alternatives.experiments.decision import is_plane
from alternatives.experiments.runs import Job, Runs
from alternatives.heads import Floats, Integers
from alternatives.plane import CELLS, Plane

MOST_FRAMES = 12
FEWEST_FRAMES = 3
"""With fewer nothing moves."""
MOST_KEPT_BYTES = 24_000_000
"""Memory for the weights that are kept until the training has ended: large networks have fewer frames."""
MOST_CELLS = MOST_FRAMES * 4 * CELLS**2
"""Cells of all frames of all heads: with more than four heads each plane has fewer."""


def epochs_of_frames(jobs: Sequence[Job], data: Data) -> tuple[int, ...]:
    """After how many epochs there is a frame, from 0 to the largest number of a job; empty for other data."""
    if not is_plane(data):
        return ()
    bytes_of_frame = 4 * sum(job.variant.network.n_parameters for job in jobs)
    n_frames = min(MOST_FRAMES, MOST_KEPT_BYTES // bytes_of_frame)
    last = max(job.n_epochs for job in jobs)
    if n_frames < FEWEST_FRAMES:
        return ()
    return (0, *sorted({round(each) for each in np.geomspace(1, last, n_frames - 1).tolist()}))


@dataclass(frozen=True, eq=False)
class Frames:
    """The decisions of every head on the plane, frame by frame.

    Attributes
    ----------
    epochs : tuple of int
        Those after which there is a frame, from 0. A head that trained for fewer shows its last.
    plane : Plane
        The same for all, around the first seed's test samples.
    predicted : array of int (n_frames, n_heads, n_cells)
        The most probable class; -1 where a network diverged.
    confidence : array (n_frames, n_heads, n_cells)
        The largest probability; 0 where a network diverged.
    accuracy : array (n_frames, n_heads)
        On the first seed's test set; NaN where a network diverged.
    """

    epochs: tuple[int, ...]
    plane: Plane
    predicted: Integers
    confidence: NDArray[np.float32]
    accuracy: Floats


def frames(data: Data, runs: Runs, margin: float, n_heads: int) -> Frames | None:
    """The frames of the first so many jobs; None where no weights were kept."""
    epochs = epochs_of_frames(runs.jobs, data) if runs.snapshots else ()
    if not epochs:
        return None
    points, targets = data.test.X[0], data.test.targets[0]
    n_cells = min(CELLS, math.isqrt(MOST_CELLS // (len(epochs) * n_heads)))
    plane = Plane.around(points, margin, n_cells)
    X = np.concatenate([plane.centres.astype(np.float32), points])
    shape = len(epochs), n_heads, n_cells**2
    predicted, confidence = np.empty(shape, np.int64), np.empty(shape, np.float32)
    accuracy = np.empty(shape[:2])
    for frame, n_epochs in enumerate(epochs):
        for head in range(n_heads):
            with np.errstate(all="ignore"):
                logits = runs.logits_after(n_epochs, head, X).astype(np.float64)
                probabilities = runs.variants[head].head.class_probabilities(logits)
            is_known = np.isfinite(probabilities).all(-1)
            classes = np.where(is_known, probabilities.argmax(-1), -1)
            predicted[frame, head] = classes[: n_cells**2]
            confidence[frame, head] = np.where(is_known, probabilities.max(-1), 0)[: n_cells**2]
            right = classes[n_cells**2 :] == targets
            accuracy[frame, head] = right.mean() if is_known.all() else np.nan
    return Frames(epochs, plane, predicted.astype(np.int16), confidence, accuracy)
