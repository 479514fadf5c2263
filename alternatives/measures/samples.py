"""What single test samples say: the measures that are means over samples, before the mean is taken."""

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, onehot
from alternatives.measures.scores import of_targets, stack, top_label


def sample_values(probabilities: ArrayLike, targets: ArrayLike) -> dict[str, Floats]:
    """Values (..., n_samples) of every sample by measure, whose means over the samples are the measures.

    `probabilities` (..., n_samples, n_classes) and `targets` (..., n_samples). NaN throughout for a run with
    a value that isn't finite. The variance between data sets is estimated from them, see
    `statistics.between_data`.
    """
    probabilities = stack(probabilities)
    confidence, correct = top_label(probabilities, targets)
    epsilon = np.finfo(np.float64).eps
    errors = probabilities - onehot(np.asarray(targets), probabilities)
    return {
        "accuracy": correct,
        "log loss": -np.log(np.clip(of_targets(probabilities, targets), epsilon, 1 - epsilon)),
        "Brier score": np.einsum("...nk,...nk->...n", errors, errors),
        "mean confidence": confidence,
        "confidence minus accuracy": confidence - correct,
    }
