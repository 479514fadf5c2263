"""The log loss in two parts: what one temperature would take away, and what stays."""

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats
from alternatives.measures.checks import checked
from alternatives.measures.scores import losses, of_targets
from alternatives.measures.temperature import PRIOR_WEIGHT, fit_exponent, log_ratio, scaled

FOLDS = 5
"""The samples are divided into so many folds; each is scaled by the temperature that the others ask for."""


@checked
def calibration_loss(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The part of the log loss (...), in nats, that a temperature fitted on other samples takes away.

    It is 0 on average for a calibrated head, whatever its confidence, and below 0 by chance. The rest of the
    log loss is the refinement loss: how well the head tells the classes apart.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes), or (n_samples,) for two classes
    targets : array of shape (..., n_samples)

    Notes
    -----
    The temperature is cross-fitted on the given samples, not fitted on a validation set: with label noise the
    validation labels have another distribution. In simulations both had the same bias and spread.

    A fitted temperature misses the best one by chance, which costs a calibrated head about ½ v I / (I + λ)² a
    sample, where v is the mean variance of log p under p, I = n v is the Fisher information of the n samples
    that it was fitted on, and λ the fit's pull towards 1. This cost, 1/(2n) for many samples, is added back.

    References
    ----------
    Berta, Bach and Jordan 2025, Rethinking early stopping: refine, then calibrate, arXiv 2501.19195.
    """
    ratio = log_ratio(probabilities)
    of_target = of_targets(ratio, targets)
    every = fit_exponent(ratio, of_target.sum(-1))
    n_samples = ratio.shape[-2]
    fold = np.arange(n_samples) % FOLDS
    gains = np.zeros(ratio.shape[:-1])
    for held in (fold == index for index in range(min(FOLDS, n_samples))):
        # np.compress keeps the order of memory, on which numpy's sums depend.
        others = (np.compress(~held, ratio, -2), np.compress(~held, of_target, -1).sum(-1))
        temperature = 1 / fit_exponent(*others, start=every)
        own, labels = np.compress(held, probabilities, -2), np.compress(held, targets, -1)
        gains[..., held] = losses(own, labels) - losses(scaled(own, temperature), labels)
    return gains.mean(-1) + _cost_of_fitting(ratio)


def _cost_of_fitting(ratio: Floats) -> Floats:
    """What a calibrated head's log loss (...) rises by, in the mean, at the temperatures of the folds."""
    powers = np.exp(ratio)
    total = powers.sum(-1)
    mean = np.einsum("...k,...k->...", powers, ratio) / total
    square = np.einsum("...k,...k,...k->...", powers, ratio, ratio) / total
    variance = (square - mean**2).mean(-1)
    information = variance * ratio.shape[-2] * (1 - 1 / FOLDS)
    return variance * information / (2 * (information + PRIOR_WEIGHT) ** 2)
