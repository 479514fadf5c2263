"""Labels: which classes there are, and each label's place among them.

No label is converted to the type of another: numpy would cut the string "10" to "1" and the number 0.7 to 0.
Labels are equal as in Python: 1, 1.0 and True are one label, and "1" is another.
"""

import reprlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, unique_labels

from alternatives.heads import Integers


def check_one_kind(labels: ArrayLike) -> None:
    """ValueError for strings among other labels: numpy can't sort them, or turns all labels into strings."""
    if getattr(getattr(labels, "dtype", None), "kind", "O") != "O":
        return  # all have the type of numpy's array
    strings: list[Any] = []
    others: list[Any] = []
    for label in np.asarray(labels, object).ravel():
        (strings if isinstance(label, str) else others).append(label)
    if strings and others:
        raise ValueError(
            "Mix of label input types: labels must be all strings or all numbers, "
            f"got {reprlib.repr(strings[0])} and {reprlib.repr(others[0])}"
        )


def classes_of(labels: ArrayLike) -> NDArray[Any]:
    """The classes (n_classes,), sorted, of labels (n_samples,). There must be at least two."""
    check_one_kind(labels)
    labels = column_or_1d(labels)
    check_classification_targets(labels)
    classes: NDArray[Any] = unique_labels(labels)
    if len(classes) < 2:
        got = f"1 class: {reprlib.repr(classes.tolist()[0])}" if len(classes) else "none"
        raise ValueError(f"there must be at least 2 classes, got {got}")
    return classes


def encoded(labels: NDArray[Any], classes: NDArray[Any]) -> Integers:
    """The place (n_samples,) of each label among the classes; ValueError for a label that isn't there."""
    places = {label: place for place, label in enumerate(classes.tolist())}
    values = labels.tolist()
    try:
        return np.array([places[value] for value in values])
    except KeyError:
        unseen = list(dict.fromkeys(value for value in values if value not in places))
        raise ValueError(
            f"y contains previously unseen labels: {reprlib.repr(unseen)}; "
            f"the classes are {reprlib.repr(classes.tolist())}"
        ) from None
