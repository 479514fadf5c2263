"""Calibration: whether samples with a confidence of 80 % are right in 80 % of cases."""

import math
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alternatives.heads import Floats, Integers, onehot
from alternatives.heads.checks import as_array, broadcast_to, described, whole_number
from alternatives.measures.checks import checked
from alternatives.measures.scores import stack, top_label
from alternatives.state import shortened
from alternatives.statistics import LEVEL

Binning: TypeAlias = Literal["equal width", "equal mass"]


@checked
def calibration_error(
    probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 15, binning: Binning = "equal width"
) -> Floats:
    """Expected calibration error of the most probable class.

    The samples are binned by confidence, the largest probability. In each bin the mean confidence is
    compared with the share of samples that are right. The error is the mean of the absolute gaps,
    weighted by the number of samples in the bin.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes), or (n_samples,) for two classes
    targets : array of shape (..., n_samples)
    n_bins : int, default=15
    binning : {"equal width", "equal mass"}, default="equal width"
        Equally wide bins of [0, 1], or bins between the run's own quantiles of confidence, which hold
        equally many samples. A value on an edge belongs to the bin below. Equal values share a bin.

    Returns
    -------
    array of shape (...)
        From 0 to 1. Even a calibrated classifier is above 0 on a finite sample: by chance alone a bin
        of m samples has a mean gap of up to 0.4/√m. `chance_level` says by how much.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, ICML.
    Nixon et al. 2019, Measuring calibration in deep learning, CVPR workshops (equal mass).
    """
    return run_errors(*top_label(probabilities, targets), n_bins, binning)


@checked
def class_wise_calibration_error(
    probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 15, binning: Binning = "equal width"
) -> Floats:
    """Calibration error of every class's probability, averaged over the classes.

    Each class is a yes-or-no forecast of its own, binned by that class's probability in all samples.
    Parameters and result are those of `calibration_error`.

    References
    ----------
    Nixon et al. 2019, Measuring calibration in deep learning, CVPR workshops: the static calibration
    error, or, in bins of equal mass, the adaptive one.
    """
    by_class = np.ascontiguousarray(np.swapaxes(stack(probabilities), -1, -2))
    outcome = np.swapaxes(onehot(np.asarray(targets), stack(probabilities)), -1, -2).astype(np.float64)
    return run_errors(by_class, outcome, n_bins, binning).mean(-1)


@checked
def reliability_bins(
    probabilities: ArrayLike,
    targets: ArrayLike,
    n_bins: int = 15,
    binning: Binning = "equal width",
    samples: ArrayLike | None = None,
) -> pd.DataFrame:
    """The bins of a reliability diagram, pooled over all runs that didn't diverge.

    Parameters
    ----------
    probabilities, targets, n_bins, binning
        As in `calibration_error`; quantiles are those of the pooled samples.
    samples : array of int, shape (..., n_samples), optional
        Which sample of the data set each one is, from 0. A sample that several runs tested then counts once:
        each of its appearances weighs 1 / their number. By default no sample is in two runs.

    Returns
    -------
    DataFrame
        One row for each bin: bin, its number from 1; left, right, its edges; confidence, the mean; accuracy,
        the share of samples that are right; low, high, the 95 % consistency band: where the accuracy of a
        calibrated classifier would lie; count, the appearances of samples in the bin; share, their share by
        weight. An empty bin has a count and a share of 0 and otherwise NaN.

    Notes
    -----
    The band is that of a binomial distribution with the bin's mean confidence. Its number of trials gives the
    variance that the accuracy has if each sample is right with the probability of its confidence, and a
    sample's appearances are right or wrong together, as far as their confidences allow. Several networks are
    less alike than that, so the band is rather too wide. It holds for each bin by itself.

    References
    ----------
    Bröcker and Smith 2007, Increasing the reliability of reliability diagrams, Weather and Forecasting 22.
    """
    confidence, correct = top_label(probabilities, targets)
    finite = ~np.isnan(confidence)
    if samples is not None:
        samples = sample_numbers(samples, confidence.shape)[finite]
    bins = pooled_bins(confidence[finite], correct[finite], n_bins, binning, samples)
    return pd.DataFrame({"bin": np.arange(1, n_bins + 1), **bins})


def pooled_bins(
    confidence: Floats,
    correct: Floats,
    n_bins: int,
    binning: Binning = "equal width",
    samples: NDArray[Any] | None = None,
) -> dict[str, NDArray[Any]]:
    """The columns of `reliability_bins` but their number, each (n_bins,).

    They are of samples (n,), each with a confidence, and with 1 where it is right, else 0.
    """
    name = np.arange(len(confidence)) if samples is None else samples
    edges = _edges(confidence if confidence.size else np.array([np.nan]), n_bins, binning)
    index = _bins(confidence, edges)
    weight = 1 / np.bincount(name)[name] if name.size else np.empty(0)
    n_names = int(name.max(initial=-1)) + 1
    deviation = weight * np.sqrt(confidence * (1 - confidence))
    by_sample = np.bincount(index * n_names + name, deviation, n_bins * n_names).reshape(n_bins, n_names)
    count, total, mean, hits = (
        _binned(each, index, n_bins)
        for each in (np.ones_like(weight), weight, weight * confidence, weight * correct)
    )
    with np.errstate(invalid="ignore"):
        low, high = _consistency_band(mean / total, (by_sample**2).sum(-1) / total**2)
        return {
            "left": edges[:-1],
            "right": edges[1:],
            "confidence": mean / total,
            "accuracy": hits / total,
            "low": low,
            "high": high,
            "count": count.astype(np.int64),
            "share": total / max(total.sum(), np.finfo(float).tiny),
        }


def sample_numbers(samples: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Which sample of the data set each one is, an array of this shape; ValueError for what can't be."""
    found = as_array(samples, "samples")
    if found.dtype.kind not in "iu" or found.min(initial=0) < 0:
        raise ValueError(f"samples must be whole numbers from 0, got {described(found)}")
    if not broadcast_to(found.shape, shape):
        raise ValueError(f"samples must have shape {shape}, got {found.shape}")
    return np.broadcast_to(found, shape)


def _consistency_band(share: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Where a share with this expectation and variance lies in 95 % of cases: quantiles of a binomial one."""
    from scipy import special  # not needed by those who train

    with np.errstate(invalid="ignore", divide="ignore"):
        trials = np.maximum(np.round(share * (1 - share) / variance), 1)
        low, high = (
            np.ceil(special.bdtrik(level, trials, share)) / trials
            for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
        )
    # Without variance every sample is as certain as can be.
    certain = variance == 0
    return np.where(certain, share, np.clip(low, 0, 1)), np.where(certain, share, np.clip(high, 0, 1))


def bins_of_top_label(
    probabilities: ArrayLike, n_bins: int, binning: Binning
) -> tuple[Floats, NDArray[np.intp]]:
    """Confidence and bin (..., n_samples) of each sample, as `calibration_error` bins them."""
    confidence = stack(probabilities).max(-1)
    return confidence, _bins(confidence, _edges(confidence, n_bins, binning))


def _edges(forecast: Floats, n_bins: int, binning: Binning) -> Floats:
    """Edges of the bins: (n_bins + 1,), or (n_bins + 1, ...) if each row (..., n_samples) has its own."""
    levels = np.linspace(0, 1, whole_number(n_bins, "n_bins", 1) + 1)
    if binning == "equal width":
        return levels
    if binning == "equal mass":
        return np.percentile(forecast, 100 * levels, axis=-1)
    raise ValueError(f"binning must be 'equal width' or 'equal mass', got {shortened(binning)}")


def _bins(forecast: Floats, edges: Floats) -> NDArray[np.intp]:
    """The bin of every forecast, from 0: the number of inner edges below it."""
    inner = edges[1:-1]
    if inner.ndim == 1:
        return np.searchsorted(inner, forecast)
    index = np.zeros(forecast.shape, np.intp)
    for edge in inner:
        index += forecast > edge[..., None]
    return index


def _binned(weights: Floats, index: Integers, n_bins: int) -> Floats:
    """Sums (..., n_bins) of weights (..., n_samples) in each bin."""
    runs = index.shape[:-1]
    first = n_bins * np.arange(math.prod(runs)).reshape(*runs, 1)
    sums = np.bincount((first + index).ravel(), weights.ravel(), n_bins * math.prod(runs))
    return np.asarray(sums, np.float64).reshape(*runs, n_bins)


def run_errors(forecast: Floats, outcome: Floats, n_bins: int, binning: Binning = "equal width") -> Floats:
    """Calibration error (...) of a yes-or-no forecast (..., n_samples).

    A bin's share of the samples times its gap between the means is the sum of its differences, divided by
    the number of all samples.
    """
    index = _bins(forecast, _edges(forecast, n_bins, binning))
    return np.abs(_binned(outcome - forecast, index, n_bins)).sum(-1) / forecast.shape[-1]
