"""What measures are given: probabilities that sum to one, and the class of every sample.

Every public measure is `checked`. What calls many of them checks once, and then takes the `unchecked`.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers
from alternatives.heads.checks import as_array, broadcast_to, class_numbers, real_numbers
from alternatives.wording import spelled

BEYOND = 1e-6
"""A probability may be so far below 0 or above 1 by rounding."""
SUM_TOLERANCE = 0.01
"""The probabilities of a sample, which may have been rounded, sum to 1 within this."""

EXACT = 2.0**53
"""Whole numbers below are exact in float64."""

Function = TypeVar("Function", bound=Callable[..., Any])


def checked(function: Function) -> Function:
    """A function of probabilities and targets that checks both first.

    Probabilities have shape (..., n_samples, n_classes), or (n_samples,) for two classes: then they are those
    of class 1. Targets have shape (..., n_samples), or that of a column, whole numbers from 0. These may be
    floats, and truth values for two classes.
    """
    optional = inspect.signature(function).parameters["targets"].default is None

    @functools.wraps(function)
    def with_checks(probabilities: ArrayLike, targets: Any = None, *others: Any, **named: Any) -> Any:
        shares = probabilities_of_classes(probabilities)
        classes = None if optional and targets is None else classes_of_samples(targets, shares.shape)
        return function(shares, classes, *others, **named)

    return cast(Function, with_checks)


def unchecked(function: Function) -> Function:
    """The function without its checks, for what has been checked."""
    return cast(Function, getattr(function, "__wrapped__", function))


def probabilities_of_classes(probabilities: ArrayLike) -> Floats:
    """Probabilities (..., n_samples, n_classes); of two classes those of class 1 are enough, (n_samples,).

    Infinite and missing ones are allowed: those of a network that diverged.
    """
    found = real_numbers(probabilities, "probabilities")
    n_samples, n_classes = (*found.shape, 2) if found.ndim == 1 else (0, 0, *found.shape)[-2:]
    if n_samples < 1 or n_classes < 2:
        raise ValueError(
            "probabilities must have shape (..., n_samples, n_classes) with at least one sample and two "
            f"classes, or (n_samples,) for those of the second of two classes; got {found.shape}"
        )
    low, high = _bounds(found)
    if low < -BEYOND or high > 1 + BEYOND:
        raise ValueError(
            f"probabilities must be from 0 to 1, got {spelled(low)} to {spelled(high)}; a head's "
            "class_probabilities turns logits into them"
        )
    if found.ndim == 1:
        return np.stack([1 - found, found], -1)
    low, high = _bounds(found @ np.ones(n_classes, found.dtype))
    if low < 1 - SUM_TOLERANCE or high > 1 + SUM_TOLERANCE:
        raise ValueError(
            f"a sample's probabilities must sum to 1, got sums of {spelled(low)} to {spelled(high)}; values "
            "of several yes-or-no questions, such as sigmoid's, must be divided by their sum"
        )
    return found


def _bounds(values: Floats) -> tuple[float, float]:
    """The least and the largest of the finite values; NaN if there are none."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    if not (np.isfinite(low) and np.isfinite(high)):
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    return float(low), float(high)


def classes_of_samples(targets: ArrayLike, shape: tuple[int, ...]) -> Integers:
    """The class of every sample for probabilities (..., n_samples, n_classes) of this shape."""
    *_, n_samples, n_classes = shape
    found = as_array(targets, "targets")
    if found.dtype.kind in "US":
        raise ValueError(
            f"targets must be classes, whole numbers from 0 to {n_classes - 1}, got texts; "
            "np.unique(texts, return_inverse=True) gives both names and numbers"
        )
    if found.dtype.kind == "b" and n_classes == 2:
        found = found.astype(np.intp)
    if found.dtype.kind == "f" and (np.abs(found) < EXACT).all() and (found == np.rint(found)).all():
        found = found.astype(np.intp)
    if found.ndim == len(shape) and found.shape[-2:] == (n_samples, 1):  # a column
        found = found[..., 0]
    classes = class_numbers(found, n_classes)
    if not (broadcast_to(classes.shape, shape[:-1]) and classes.shape[-1:] == (n_samples,)):
        raise ValueError(
            f"targets must have shape {shape[:-1]}, a class for each sample, got {classes.shape}"
            + ("; one-hot targets have their classes in targets.argmax(-1)" if found.shape == shape else "")
        )
    return classes


def vectors(values: ArrayLike, what: str, shape: tuple[int, ...] | None = None) -> Floats:
    """Numbers (..., n_samples, n_classes), or of just this shape."""
    found = real_numbers(values, what)
    if found.ndim < 2 or not found.shape[-2] or (shape is not None and found.shape != shape):
        expected = "(..., n_samples, n_classes)" if shape is None else shape
        raise ValueError(f"{what} must have shape {expected}, got {found.shape}")
    return found
