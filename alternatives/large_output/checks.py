"""Checks of what the layers are given, and the error of a step that fails."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers


class Diverged(ArithmeticError):
    """The loss or a gradient of a step isn't finite. The layer stays as it was before."""


def finite_or_diverged(*values: Floats | float) -> None:
    """Raise Diverged unless all values are finite."""
    if not all(np.isfinite(value).all() for value in values):
        raise Diverged(
            "the loss or its gradient isn't finite: the learning rate is too large, or the loss has no slope "
            "at these logits; the layer is unchanged"
        )


def checked_weights(weights: ArrayLike) -> Floats:
    """A copy of weights (n_classes, n_units): float32 stays float32, anything else becomes float64."""
    given = np.asarray(weights)
    if given.ndim != 2 or not given.size:
        raise ValueError(f"weights must have shape (n_classes, n_units), got {given.shape}")
    checked: Floats = given.astype(np.float32 if given.dtype == np.float32 else np.float64, order="C")
    if not np.isfinite(checked).all():
        raise ValueError("weights must be finite numbers, got infinite or missing ones")
    return checked


def checked_hidden(hidden: ArrayLike, n_units: int, dtype: np.dtype[Any] | type) -> Floats:
    """Hidden vectors (n_samples, n_units), at least one, finite in that type."""
    checked = np.asarray(hidden, dtype)
    if checked.ndim != 2 or checked.shape[1] != n_units or not len(checked):
        raise ValueError(f"hidden must have shape (n_samples, {n_units}), got {checked.shape}")
    if not np.isfinite(checked).all():
        raise ValueError(f"hidden must be finite numbers in {checked.dtype}, got infinite or missing ones")
    return checked


def checked_targets(targets: ArrayLike, n_samples: int, n_classes: int, several: bool = False) -> Integers:
    """Targets (n_samples,), or (n_samples, …) where `several` are allowed for each sample."""
    checked = np.asarray(targets)
    if checked.shape[:1] != (n_samples,) or (checked.ndim > 1 and not several):
        expected = f"({n_samples}, …)" if several else f"({n_samples},)"
        raise ValueError(f"targets must have shape {expected}, got {checked.shape}")
    if not np.issubdtype(checked.dtype, np.integer):
        raise ValueError(f"targets must be whole numbers, got {checked.dtype}")
    if checked.size and not 0 <= checked.min() <= checked.max() < n_classes:
        raise ValueError(f"targets must be from 0 to {n_classes - 1}, got {checked.min()} to {checked.max()}")
    return checked.astype(np.intp, copy=False)


def checked_rates(learning_rate: float, weight_decay: float = 0.0) -> None:
    """Raise ValueError unless both are finite and not negative."""
    for name, value in (("learning_rate", learning_rate), ("weight_decay", weight_decay)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be a finite number from 0, got {value}")


def checked_k(k: int, n_classes: int) -> int:
    """A whole number from 1 to the number of classes."""
    if not (isinstance(k, int | np.integer) and 1 <= k <= n_classes):
        raise ValueError(f"k must be a whole number from 1 to {n_classes}, got {k}")
    return int(k)
