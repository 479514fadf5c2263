"""Checks of what people hand over: real numbers, and classes as whole numbers from 0.

They stand where something comes in from outside. Training, which has checked its data once, doesn't come by.
"""

import math
import numbers
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alternatives.state import shortened

Floats: TypeAlias = NDArray[np.floating[Any]]
Integers: TypeAlias = NDArray[np.integer[Any]]


def as_array(values: ArrayLike, what: str) -> NDArray[Any]:
    """The values as an array in this machine's byte order; ValueError if they're none, or some are masked."""
    if np.ma.is_masked(values):
        raise ValueError(f"{what} must be given in full, got some masked values")
    try:
        found = np.asarray(values)
    except ValueError:
        raise ValueError(f"{what} must be one array, got lists of different lengths") from None
    if found.dtype.kind == "O" and all(isinstance(each, numbers.Real) for each in found.flat):
        found = np.array(found.tolist())
    return found.astype(found.dtype.newbyteorder("="), copy=False)


def real_numbers(values: ArrayLike, what: str) -> Floats:
    """Real numbers as a floating array: floats keep their type, all else becomes float64."""
    found = as_array(values, what)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{what} must be real numbers, got {described(found)}")
    return found if found.dtype.kind == "f" else found.astype(np.float64)


def class_numbers(targets: ArrayLike, n_classes: int) -> Integers:
    """Targets as integers from 0 to n_classes - 1, of any shape."""
    found = as_array(targets, "targets")
    if found.dtype.kind not in "iu" and found.size:
        raise ValueError(f"targets must be {_allowed(n_classes)}, got {described(found)}")
    if found.size and not 0 <= found.min() <= found.max() < n_classes:
        raise ValueError(f"targets must be {_allowed(n_classes)}, got {found.min()} to {found.max()}")
    return found.astype(np.intp, copy=False)


def whole_number(value: Any, what: str, low: int, high: float = math.inf) -> int:
    """A whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        bounds = f"from {low}" if high == math.inf else f"from {low} to {high}"
        raise ValueError(f"{what} must be a whole number {bounds}, got {shortened(value)}")
    return int(value)


def real_number(value: Any, what: str, low: float = 0.0) -> float:
    """A finite number from `low`."""
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value[()]
    try:
        found = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    except OverflowError:  # a whole number with hundreds of digits
        found = math.inf
    if not (math.isfinite(found) and found >= low):
        raise ValueError(f"{what} must be a finite number from {low:g}, got {shortened(value)}")
    return found


def broadcast_to(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether an array of a shape can be broadcast to the wanted one."""
    try:
        return np.broadcast_shapes(shape, wanted) == wanted
    except ValueError:
        return False


def described(values: NDArray[Any]) -> str:
    """What an array holds, in the words of an error."""
    if not values.size:
        return "none"
    first = values.flat[0]
    if values.dtype.kind == "f":
        first = next((each for each in values.flat if each != np.rint(each)), first)
    nouns = {"U": "texts", "S": "texts", "f": "floating-point numbers", "b": "truth values"}
    return f"{nouns.get(values.dtype.kind, 'objects')} such as {shortened(first)}"


def _allowed(n_classes: int) -> str:
    return f"classes, whole numbers from 0 to {n_classes - 1}"
