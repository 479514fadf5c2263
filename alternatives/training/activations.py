"""Activation functions of hidden units, and their derivatives.

The map of a head, from logits to probabilities, can be an activation too. So the choice is the elementwise
functions and every normalised head. Outputs that sum to one are 1/n in size on average in a layer of n units,
n times smaller than ReLU's. So there is also softmax without this difference, `N_SOFTMAX`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import HEADS, Floats, Head, LinkedHead, NormalisedHead
from alternatives.training import aligned

Backward: TypeAlias = Callable[[Floats], object]
"""Turns the gradient at a layer's output, in place, into that at its input."""

Activation: TypeAlias = Callable[[Floats], Backward]
"""Turns a layer's input (..., n_units) into its output, in place; returns the backward pass."""


def _elementwise(slope: Callable[[], NDArray[Any]]) -> Backward:
    """The backward pass of an elementwise unit, whose slope is computed only when needed."""
    return lambda gradient: np.multiply(gradient, slope(), out=gradient)


def _identity(z: Floats) -> Backward:
    return lambda gradient: gradient


def _relu(z: Floats) -> Backward:
    # Beside one number instead of many, np.maximum takes twice to four times as long.
    np.maximum(z, _zeros(z.shape[-2:], z.dtype), out=z)
    return _elementwise(lambda: z > 0)


@lru_cache(maxsize=16)
def _zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Floats:
    return aligned.zeros(shape, dtype)


def _tanh(z: Floats) -> Backward:
    np.tanh(z, out=z)
    return _elementwise(lambda: 1 - z * z)


def _logistic(z: Floats) -> Backward:
    """1 / (1 + exp(-z)) as (1 + tanh(z/2)) / 2, which overflows at neither end."""
    np.multiply(z, 0.5, out=z)
    np.tanh(z, out=z)
    np.add(z, 1, out=z)
    np.multiply(z, 0.5, out=z)
    return _elementwise(lambda: z * (1 - z))


@dataclass(frozen=True)
class _HeadLayer:
    """A layer whose outputs are the probabilities of a head: they are normalised over its units.

    If `times_n`, the outputs are the number of units times the probabilities: their mean is one, not 1/n.
    """

    head: Head
    times_n: bool = False

    def __call__(self, z: Floats) -> Backward:
        probabilities, pullback = self.head.probabilities_and_pullback(_samples_last(z))
        factor = z.dtype.type(z.shape[-1] if self.times_n else 1)
        np.multiply(probabilities, factor, out=z)
        return lambda gradient: np.multiply(pullback(_samples_last(gradient)), factor, out=gradient)


def _samples_last(array: Floats) -> Floats:
    """A copy with the samples last in memory: passes over the units, often a short axis, are slow."""
    return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)


N_SOFTMAX = "n · softmax"
"""The activation that is softmax times the number of units of its layer."""


IDENTITY = "identity"
"""The activation that changes nothing: with it a network of several layers is linear."""


class _Activations(Mapping[str, Activation]):
    """Elementwise functions, by the names that scikit-learn's `MLPClassifier` has for them, then heads.

    The list has the normalised heads, and `N_SOFTMAX` after softmax. Any other head with a map of its own can
    be looked up by name, and so can `IDENTITY`, which isn't a non-linearity.
    """

    non_linear: Mapping[str, Activation] = {"relu": _relu, "tanh": _tanh, "logistic": _logistic}
    elementwise: Mapping[str, Activation] = {IDENTITY: _identity, **non_linear}

    def __getitem__(self, name: str) -> Activation:
        if name in self.elementwise:
            return self.elementwise[name]
        if name == N_SOFTMAX:
            return _HeadLayer(HEADS["softmax"], times_n=True)
        try:
            head = HEADS.parse(name)
        except ValueError:
            raise KeyError(name) from None
        if isinstance(head, LinkedHead):  # its map is another's
            raise KeyError(name)
        return _HeadLayer(head)

    @staticmethod
    def effort(activation: Activation) -> float:
        """Time that a layer's outputs take, relative to those of an elementwise function."""
        return 2 * activation.head.effort if isinstance(activation, _HeadLayer) else 1.0

    def normalises(self, name: str) -> bool:
        """Whether the activation normalises over the units of its layer."""
        return isinstance(self[name], _HeadLayer)

    def __iter__(self) -> Iterator[str]:
        yield from self.non_linear
        for name, head in HEADS.items():
            if isinstance(head, NormalisedHead):
                yield name
            if name == "softmax":
                yield N_SOFTMAX

    def __len__(self) -> int:
        return sum(1 for _ in self)


ACTIVATIONS = _Activations()
"""Activation functions by name, with every head in `HEADS` at the time of asking."""
