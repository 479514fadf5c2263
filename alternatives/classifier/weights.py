"""Weights of samples and of classes, as one weight a sample."""

import reprlib
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import _check_sample_weight

from alternatives.heads import Floats, Integers


def combined_weights(
    sample_weight: ArrayLike | None,
    class_weight: Mapping[Any, float] | str | None,
    targets: Integers,
    classes: NDArray[Any],
) -> Floats | None:
    """Products (n_samples,) of each sample's weight and its class's; None if there are neither.

    `class_weight` has weights by label, or is "balanced".

    ValueError for a weight below 0, and if all are 0.
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, targets, dtype=np.float64, ensure_non_negative=True)
    if isinstance(class_weight, str):
        of_classes = _balanced(targets, weights, len(classes))
    else:
        of_classes = _by_label(class_weight or {}, classes)
    with np.errstate(over="ignore"):
        weights = weights * of_classes[targets]
        total = weights.sum()
    if not (total > 0 and np.isfinite(total)):
        raise ValueError(f"the weights of all samples must have a positive, finite sum; it is {total:g}")
    return weights


def _balanced(targets: Integers, weights: Floats, n_classes: int) -> Floats:
    """Weights (n_classes,) with which all classes weigh the same, and all samples together what they did."""
    sums = np.bincount(targets, weights, n_classes)
    return np.divide(sums.sum() / np.count_nonzero(sums), sums, out=np.zeros(n_classes), where=sums > 0)


def _by_label(class_weight: Mapping[Any, float], classes: NDArray[Any]) -> Floats:
    """Weights (n_classes,) by label; a class without one has weight 1."""
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and not set(labels) <= set(class_weight):
        raise ValueError(
            f"class_weight has weights for {reprlib.repr(unknown)}; the classes are {reprlib.repr(labels)}"
        )
    weights = [class_weight.get(label, 1) for label in labels]
    if not all(isinstance(weight, Real) and 0 <= weight < np.inf for weight in weights):
        raise ValueError(f"class_weight must be finite numbers of at least 0, got {class_weight}")
    return np.array(weights, float)
