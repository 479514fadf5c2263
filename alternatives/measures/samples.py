"""What single test samples say: the measures that are means over samples, before the mean is taken."""

from collections.abc import Callable

from numpy.typing import ArrayLike

from alternatives.heads import Floats
from alternatives.measures.checks import checked
from alternatives.measures.scores import losses, squared_errors, top_label


def correct(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """1 (..., n_samples) where a sample's most probable class is the target, else 0."""
    return top_label(probabilities, targets)[1]


def confidence(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The largest probability (..., n_samples) of each sample."""
    return top_label(probabilities, targets)[0]


def overconfidence(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The largest probability (..., n_samples) of each sample, less 1 where its class is the target."""
    largest, right = top_label(probabilities, targets)
    return largest - right


OF_SAMPLES: dict[str, Callable[[ArrayLike, ArrayLike], Floats]] = {
    "accuracy": checked(correct),
    "log loss": checked(losses),
    "Brier score": checked(squared_errors),
    "mean confidence": checked(confidence),
    "confidence minus accuracy": checked(overconfidence),
}
"""Values (..., n_samples) of every sample by measure, whose means over the samples are the measures.

From probabilities (..., n_samples, n_classes) and targets (..., n_samples). NaN throughout for a run with a
value that isn't finite. The variance between data sets is estimated from them: `statistics.between_data`.
"""
