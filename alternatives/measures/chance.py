"""The calibration error that chance alone makes: what a calibrated head with the same confidences would show.

A calibrated head's sample is right with the probability that the head says. The number of right samples in a
bin is then a sum of independent coin tosses with known probabilities, and the bin's gap between confidence
and accuracy has a known expectation, which isn't 0. It is computed here, not simulated.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers
from alternatives.measures.calibration import Binning, bins_of_top_label
from alternatives.measures.checks import checked

WINDOW = 96
"""Sums are told apart modulo this number."""
LARGEST_VARIANCE = 25.0
"""Above it a sum of coin tosses counts as normal, to 0.2 % of its deviation; below, the window has ±9.6 σ."""


@checked
def chance_level(
    probabilities: ArrayLike,
    targets: ArrayLike | None = None,
    n_bins: int = 15,
    binning: Binning = "equal width",
) -> Floats:
    """Expectation (...) of the `calibration_error` of a calibrated head with these confidences.

    It is larger for a less confident head: calibrated heads differ in their calibration errors. The
    `calibration_error` less this has the expectation 0 for every calibrated head.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes), or (n_samples,) for two classes
    targets : optional
        Not used; here because every measure takes them.
    n_bins, binning
        As in `calibration_error`.

    References
    ----------
    Bröcker and Smith 2007, Increasing the reliability of reliability diagrams, Weather and Forecasting 22:
    compare with what a calibrated forecast would show. Roelofs et al. 2022, Mitigating bias in calibration
    error estimation, AISTATS: the bias of errors in bins.
    """
    confidence, index = bins_of_top_label(probabilities, n_bins, binning)
    runs = confidence.shape[:-1]
    first = n_bins * np.arange(math.prod(runs)).reshape(*runs, 1)
    deviation = mean_absolute_deviation(confidence.ravel(), (first + index).ravel(), n_bins * math.prod(runs))
    return deviation.reshape(*runs, n_bins).sum(-1) / confidence.shape[-1]


def mean_absolute_deviation(chances: Floats, group: Integers, n_groups: int) -> Floats:
    """Mean absolute deviation (n_groups,) of how many of a group's independent events happen.

    Parameters
    ----------
    chances : array of shape (n_events,)
        The probability of each event.
    group : array of int, shape (n_events,)
        The group of each event, from 0.
    n_groups : int

    Notes
    -----
    The distribution of the sum is the inverse Fourier transform of the product of the events' characteristic
    functions 1 + p (e^(-iω) - 1); modulo the window, which is much wider than the distribution.
    """
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=n_groups)
    filled = np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[filled]
    chances = chances[order]
    mean = np.add.reduceat(chances, starts)
    variance = np.add.reduceat(chances * (1 - chances), starts)

    spectrum = np.empty((len(filled), WINDOW // 2 + 1), np.complex128)
    turns = np.exp(-2j * np.pi * np.arange(WINDOW // 2 + 1) / WINDOW)
    for frequency, turn in enumerate(turns):
        spectrum[:, frequency] = np.multiply.reduceat(1 + chances * (turn - 1), starts)
    distribution = np.fft.irfft(spectrum, WINDOW)
    half = WINDOW / 2
    distance = np.abs((np.arange(WINDOW) - mean[:, None] + half) % WINDOW - half)
    exact = np.einsum("gs,gs->g", distribution, distance)

    deviation = np.zeros(n_groups)
    deviation[filled] = np.where(variance > LARGEST_VARIANCE, np.sqrt(2 * variance / np.pi), exact)
    return deviation
