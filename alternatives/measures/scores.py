"""Accuracy, confidence, log loss, Brier score and gradient magnitude of a stack of runs."""

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, onehot
from alternatives.measures.checks import checked, vectors

LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
"""Smaller probabilities of a target count as this in logarithms, as in scikit-learn: 2.2e-16, 36 nats."""

LITTLE = 0.1
"""A gradient is next to none when its norm is at most so many times the mean over the wrong samples."""


@checked
def accuracy(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Share (...) of samples whose most probable class, the first of equals, is the target."""
    return top_label(probabilities, targets)[1].mean(-1)


@checked
def mean_confidence(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean (...) over the samples of the largest probability."""
    return top_label(probabilities, targets)[0].mean(-1)


@checked
def confidence_minus_accuracy(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean confidence less accuracy (...): above 0 the run is overconfident, below 0 underconfident.

    For a calibrated classifier its expectation is 0, whatever the number of samples: it needs no bins.
    """
    confidence, correct = top_label(probabilities, targets)
    return (confidence - correct).mean(-1)


@checked
def log_loss(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean (...) over the samples of -log of the target's probability, in nats.

    As in scikit-learn, that probability is clipped to [ε, 1 - ε] with the ε = 2.2e-16 of float64, so
    one sample costs at most 36 nats.
    """
    return losses(probabilities, targets).mean(-1)


def losses(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The log loss (..., n_samples) of each sample; see `log_loss`."""
    return loss_of_target(of_targets(stack(probabilities), targets))


def loss_of_target(probability: Floats) -> Floats:
    """The log loss of samples whose targets have these probabilities."""
    losses: Floats = -np.log(np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
    return losses


@checked
def brier_score(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean (...) over the samples of the squared error of the probabilities, summed over the classes.

    It lies between 0 and 2 for any number of classes, as scikit-learn's with ``scale_by_half=False``;
    for two classes scikit-learn's default is half of it.

    References
    ----------
    Brier 1950, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78.
    """
    return squared_errors(probabilities, targets).mean(-1)


def squared_errors(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The squared error (..., n_samples) of each sample; see `brier_score`."""
    probabilities = stack(probabilities)
    errors = probabilities - onehot(np.asarray(targets), probabilities)
    return np.einsum("...nk,...nk->...n", errors, errors)


def gradient_magnitude(gradients: ArrayLike) -> Floats:
    """Mean (...) over the samples of the Euclidean norm of the loss's gradient with respect to the logits.

    `gradients` (..., n_samples, n_classes) is what `Head.gradient` gives.
    """
    return _norms(vectors(gradients, "gradients")).mean(-1)


@checked
def wrong_without_gradient(probabilities: ArrayLike, targets: ArrayLike, gradients: ArrayLike) -> Floats:
    """Share (...) of the wrong samples with next to no gradient: what is wrong, and hardly corrected.

    That is a norm of at most `LITTLE` times the mean norm over the run's own wrong samples, because the scale
    of a gradient is that of its head's logits. So a head that gives *all* its wrong samples an equally small
    gradient has none of them.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes), or (n_samples,) for two classes
        They say which samples are wrong: those whose most probable class isn't the target.
    targets : array of shape (..., n_samples)
    gradients : array of shape (..., n_samples, n_classes)
        The losses' gradients at the logits.

    Returns
    -------
    array of shape (...)
        NaN where no sample is wrong.
    """
    norms = _norms(vectors(gradients, "gradients", np.shape(probabilities)))
    wrong = top_label(probabilities, targets)[1] == 0
    n_wrong = wrong.sum(-1)
    total = np.einsum("...n,...n->...", norms, wrong.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n_wrong
        share = (wrong & (norms <= LITTLE * mean[..., None])).sum(-1) / n_wrong
    return np.where(np.isnan(mean), np.nan, share)


def _norms(vectors: ArrayLike) -> Floats:
    """The Euclidean norm (..., n_samples) of vectors (..., n_samples, n_classes)."""
    vectors = stack(vectors)
    norms: Floats = np.sqrt(np.einsum("...nk,...nk->...n", vectors, vectors))
    return norms


def stack(values: ArrayLike) -> Floats:
    """The values (..., n_samples, n_classes) in float64; a run with one that isn't finite is NaN throughout.

    In C order: the order in which numpy sums depends on how an array lies in memory.
    """
    values = np.asarray(values, np.float64, order="C")
    finite = np.isfinite(values).all((-2, -1), keepdims=True)
    return values if finite.all() else np.where(finite, values, np.nan)


def of_targets(values: Floats, targets: ArrayLike) -> Floats:
    """The target's value (..., n_samples) of (..., n_samples, n_classes)."""
    index = np.broadcast_to(targets, values.shape[:-1])[..., None]
    return np.take_along_axis(values, index, -1)[..., 0]


def top_label(probabilities: ArrayLike, targets: ArrayLike) -> tuple[Floats, Floats]:
    """The largest probability of each sample, and 1 where its class is the target, else 0."""
    probabilities = stack(probabilities)
    confidence = probabilities.max(-1)
    correct = probabilities.argmax(-1) == targets
    return confidence, np.where(np.isnan(confidence), np.nan, correct)
