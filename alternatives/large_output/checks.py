"""Checks of what the layers are given, and the error of a step that fails."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from alternatives.heads import Floats, Integers
from alternatives.heads.checks import class_numbers, real_number, real_numbers
from alternatives.state import shortened


class Diverged(ArithmeticError):
    """The loss, a gradient or a changed weight of a step isn't finite. The layer stays as it was before."""


def finite_or_diverged(*values: Floats | float) -> None:
    """Raise Diverged unless all values are finite."""
    if not all(np.isfinite(value).all() for value in values):
        raise Diverged(
            "the loss, its gradient or a changed weight isn't finite: the learning rate is too large, or the "
            "loss has no slope at these logits; the layer is unchanged"
        )


def checked_weights(weights: ArrayLike) -> Floats:
    """A copy of weights (n_classes, n_units): float32 stays float32, anything else becomes float64."""
    given = real_numbers(weights, "weights")
    if given.ndim != 2 or not given.size:
        raise ValueError(f"weights must have shape (n_classes, n_units), got {given.shape}")
    dtype = np.dtype(np.float32 if given.dtype == np.float32 else np.float64)
    return _finite(np.array(given, dtype, order="C"), "weights")


def checked_hidden(hidden: ArrayLike, n_units: int, dtype: DTypeLike) -> Floats:
    """Hidden vectors (n_samples, n_units), at least one, finite in that type."""
    given = real_numbers(hidden, "hidden")
    if given.ndim != 2 or given.shape[1] != n_units or not len(given):
        raise ValueError(f"hidden must have shape (n_samples, {n_units}), got {given.shape}")
    with np.errstate(over="ignore"):
        return _finite(given.astype(dtype, copy=False), "hidden")


def checked_targets(targets: ArrayLike, n_samples: int, n_classes: int, several: bool = False) -> Integers:
    """Targets (n_samples,), or (n_samples, …) where `several` are allowed for each sample."""
    checked = class_numbers(targets, n_classes)
    if checked.shape[:1] != (n_samples,) or (checked.ndim > 1 and not several):
        expected = f"({n_samples}, …)" if several else f"({n_samples},)"
        raise ValueError(f"targets must have shape {expected}, got {checked.shape}")
    return checked


def checked_rates(learning_rate: float, weight_decay: float = 0.0) -> tuple[float, float]:
    """Both, which must be finite and not negative."""
    return real_number(learning_rate, "learning_rate"), real_number(weight_decay, "weight_decay")


def checked_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """One of the two types that a layer's weights may have."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {shortened(dtype)}")
    return found


def _finite(values: Floats, what: str) -> Floats:
    if not np.isfinite(values).all():
        raise ValueError(f"{what} must be finite numbers in {values.dtype}, got infinite or missing ones")
    return values
