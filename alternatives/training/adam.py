"""Adam's update of many networks at once: in ten passes over memory, or in one where numba is installed.

numpy computes one operation for all numbers before the next begins, so it reads and writes them ten times.
A loop that does all of it for one number at a time is compiled by numba, an optional extra: see
requirements-fast.txt. Both round every operation alike, so the numbers don't depend on it, to the bit. No
other module knows which of them is at work.
"""

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from alternatives.heads import Floats

Update: TypeAlias = Callable[[Floats, Floats, Floats, Floats, Floats, float, float, float], None]
"""Called with `parameters`, `first`, `second` and `gradients`, (n_splits, n_settings, n_parameters)
each, then `rates` (n_settings, 1), β₁, β₂ and ε. Changes the first three in place, and may overwrite the
gradients."""


def in_passes(
    parameters: Floats,
    first: Floats,
    second: Floats,
    gradients: Floats,
    rates: Floats,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    """Do an `Update` in numpy."""
    np.multiply(first, beta_1, out=first)
    np.add(first, gradients, out=first)
    np.multiply(second, beta_2, out=second)
    np.multiply(gradients, gradients, out=gradients)
    np.add(second, gradients, out=second)

    np.sqrt(second, out=gradients)
    np.add(gradients, epsilon, out=gradients)
    np.divide(first, gradients, out=gradients)
    np.multiply(gradients, rates, out=gradients)
    np.subtract(parameters, gradients, out=parameters)


@lru_cache(maxsize=1)
def fastest() -> Update:
    """The update in one pass if numba can be imported, else `in_passes`.

    It's compiled when it is first needed, which takes about a second, and loaded from a cache from then on.
    """
    try:
        import numba
    except ImportError:
        return in_passes
    return _compiled(numba)


def _compiled(numba: ModuleType) -> Update:
    """The update in one pass; it lets other threads of Python run meanwhile."""
    options = {"nogil": True, "error_model": "numpy"}  # a division by 0 is infinite, as in numpy
    try:
        loop = numba.njit(_loop, cache=True, **options)
    except RuntimeError:  # there is no folder that it may write to: each process compiles its own
        loop = numba.njit(_loop, **options)

    def at_once(
        parameters: Floats,
        first: Floats,
        second: Floats,
        gradients: Floats,
        rates: Floats,
        *constants: float,
    ) -> None:
        number = parameters.dtype.type  # as numpy takes a Python number beside an array of this type
        loop(parameters, first, second, gradients, rates, *map(number, constants))

    return at_once


def _loop(
    parameters: Any,
    first: Any,
    second: Any,
    gradients: Any,
    rates: Any,
    beta_1: Any,
    beta_2: Any,
    epsilon: Any,
) -> None:
    n_splits, n_settings, n_parameters = parameters.shape
    for split in range(n_splits):
        for setting in range(n_settings):
            rate = rates[setting, 0]
            for i in range(n_parameters):
                gradient = gradients[split, setting, i]
                mean = first[split, setting, i] * beta_1 + gradient
                square = second[split, setting, i] * beta_2 + gradient * gradient
                first[split, setting, i], second[split, setting, i] = mean, square
                parameters[split, setting, i] -= mean / (np.sqrt(square) + epsilon) * rate
