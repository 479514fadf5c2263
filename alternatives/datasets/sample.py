"""One sample of a data set as people look at it: an image, or the features that are most unusual in it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets.dataset import Dataset, Floats, Samples
from alternatives.memory import kept

LARGEST_SIDE = 64
"""Pixels along the side of an image that is shown; of a larger one, every second or third is left out."""


@dataclass(frozen=True)
class Unusual:
    """A feature of a sample."""

    name: str
    value: float | str
    """A number; or the name of a category, empty where the value is missing."""
    deviations: float
    """Standard deviations between a number and the data set's mean; NaN for what isn't a number."""


def image(dataset: Dataset, row: int) -> NDArray[np.uint8] | None:
    """A sample's pixels from 0 to 255, grey (n, n) or in colours (n, n, 3); None of data that aren't images.

    All pixels of such data have one unit, and images are square: the columns don't say more.
    """
    samples = dataset.load()
    shape = samples.image
    if shape is None:
        return None
    low, high = _extremes(dataset).tolist()
    pixels = (samples.X[row].astype(np.float64) - low) / ((high - low) or 1)
    every = math.ceil(shape[0] / LARGEST_SIDE)
    return np.rint(255 * pixels).astype(np.uint8).reshape(shape)[::every, ::every]


def unusual(dataset: Dataset, row: int, most: int) -> list[Unusual]:
    """So many features of a sample, those first whose values are farthest from the data set's mean.

    Categories come last. Of data with no more features than that all are given, in the order of the columns.
    """
    samples = dataset.load()
    mean, deviation = _means(dataset)
    values = samples.X[row].astype(np.float64)
    away = (values - mean) / deviation
    order = np.argsort(-np.abs(np.nan_to_num(away, nan=0.0)), kind="stable")
    if len(values) <= most:
        order = np.arange(len(values))
    return [
        Unusual(samples.feature_names[k], _value(samples, k, float(values[k])), float(away[k]))
        for k in order[:most].tolist()
    ]


def _value(samples: Samples, column: int, value: float) -> float | str:
    if math.isnan(value):
        return ""
    categories = samples.features[column].categories if samples.features else ()
    return categories[int(value)] if categories else value


@kept
def _extremes(dataset: Dataset) -> Floats:
    """The lowest and the highest number of all samples."""
    X = dataset.load().X
    return np.array([X.min(), X.max()])


@kept
def _means(dataset: Dataset) -> Floats:
    """Each column's mean, NaN for categories, and standard deviation, ∞ for constants: (2, n_features)."""
    samples = dataset.load()
    known = np.isfinite(samples.X)
    n_known = np.maximum(known.sum(0), 1)
    mean = np.where(known, samples.X, 0).sum(0, dtype=np.float64) / n_known
    squares = np.square(np.where(known, samples.X - mean, 0), dtype=np.float64).sum(0)
    deviation = np.sqrt(squares / n_known)
    deviation[deviation == 0] = np.inf
    if samples.features:
        mean[[bool(each.categories) for each in samples.features]] = np.nan
    return np.stack([mean, deviation])
