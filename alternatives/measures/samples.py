"""What single test samples say: the measures that are means over samples, before the mean is taken."""

from numpy.typing import ArrayLike

from alternatives.heads import Floats
from alternatives.measures.scores import losses, squared_errors, stack, top_label


def sample_values(probabilities: ArrayLike, targets: ArrayLike) -> dict[str, Floats]:
    """Values (..., n_samples) of every sample by measure, whose means over the samples are the measures.

    `probabilities` (..., n_samples, n_classes) and `targets` (..., n_samples). NaN throughout for a run with
    a value that isn't finite. The variance between data sets is estimated from them, see
    `statistics.between_data`.
    """
    probabilities = stack(probabilities)
    confidence, correct = top_label(probabilities, targets)
    return {
        "accuracy": correct,
        "log loss": losses(probabilities, targets),
        "Brier score": squared_errors(probabilities, targets),
        "mean confidence": confidence,
        "confidence minus accuracy": confidence - correct,
    }
