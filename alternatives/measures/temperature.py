"""Temperature scaling: one number for each run that makes its probabilities more or less even."""

import math

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers
from alternatives.measures.scores import of_targets, stack

TEMPERATURES = (0.05, 20.0)
"""The least and the largest temperature that `fit_temperature` gives."""


def with_temperature(probabilities: ArrayLike, temperature: ArrayLike) -> Floats:
    """Class probabilities p at a temperature T: p^(1/T), normalised.

    For softmax that is the softmax of logits / T. Written with p it is defined for every head. No
    temperature changes the order of the classes. One above 1 makes the probabilities more even.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
        A probability that was rounded to 0 counts as the smallest normal number of the array's type.
    temperature : array of shape (...)
        One for each run.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, ICML.
    """
    temperature = np.asarray(temperature, np.float64)[..., None, None]
    powers = np.exp(_log_ratio(probabilities) / temperature)
    return powers / _total(powers)[..., None]


def fit_temperature(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The temperature of each run that minimises its log loss, given a validation set.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
    targets : array of shape (..., n_samples)

    Returns
    -------
    array of shape (...)
        Within `TEMPERATURES`. The lower bound if every target is the most probable class: the loss then
        falls with the temperature. The upper bound if equal probabilities would be better. 1 if all classes
        are equally probable: the temperature then changes nothing. NaN for a run that diverged.

    Notes
    -----
    With β = 1/T a sample's loss is log Σ p^β - β log p of the target. It is convex in β, so the minimum is
    the root of its derivative: the expectation of log p at β, minus log p of the target.
    """
    ratio = _log_ratio(probabilities)
    of_target = of_targets(ratio, targets).mean(-1)
    shape, ratio, of_target = of_target.shape, ratio.reshape(-1, *ratio.shape[-2:]), of_target.ravel()

    def derivative(log_temperature: Floats, run: Integers) -> Floats:
        logs = ratio[run]
        powers = np.exp(logs * np.exp(-log_temperature)[:, None, None])
        total = _total(powers)
        powers *= logs
        return (_total(powers) / total).mean(-1) - of_target[run]

    runs = np.arange(len(ratio))
    low, high = (np.full(len(ratio), math.log(bound)) for bound in TEMPERATURES)
    from scipy.optimize import elementwise  # slow to import, and not needed at once

    root = elementwise.find_root(derivative, (low, high), args=(runs,), tolerances={"xatol": 1e-8}).x
    # The derivative falls with the temperature; where it has one sign throughout, a bound is the minimum.
    at_low, at_high = derivative(low, runs) <= 0, derivative(high, runs) >= 0
    log_temperature = np.select([at_low & at_high, at_low, at_high], [np.zeros_like(low), low, high], root)
    return np.exp(log_temperature).reshape(shape)


def _log_ratio(probabilities: ArrayLike) -> Floats:
    """Log of each probability relative to the sample's largest."""
    probabilities = np.asarray(probabilities)
    smallest = np.finfo(np.result_type(probabilities, np.float32)).tiny
    logs = np.log(np.maximum(stack(probabilities), smallest))
    return logs - logs.max(-1, keepdims=True)


def _total(values: Floats) -> Floats:
    """Sum over the classes, by a matrix product: np.sum is slow on a short axis."""
    return values @ np.ones(values.shape[-1])
