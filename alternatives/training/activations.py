"""Activation functions of hidden units, and their derivatives.

The map of a head, from logits to probabilities, can be an activation too. So the choice is the elementwise
functions and every normalised head.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import HEADS, Floats, Head, LinkedHead, NormalisedHead

Backward: TypeAlias = Callable[[Floats], object]
"""Turns the gradient at a layer's output, in place, into that at its input."""

Activation: TypeAlias = Callable[[Floats], Backward]
"""Turns a layer's input (..., n_units) into its output, in place; returns the backward pass."""


def _elementwise(slope: Callable[[], NDArray[Any]]) -> Backward:
    """The backward pass of an elementwise unit, whose slope is computed only when needed."""
    return lambda gradient: np.multiply(gradient, slope(), out=gradient)


def _relu(z: Floats) -> Backward:
    np.maximum(z, 0, out=z)
    return _elementwise(lambda: z > 0)


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
    """A layer whose outputs are the probabilities of a head: they are normalised over its units."""

    head: Head

    def __call__(self, z: Floats) -> Backward:
        probabilities, pullback = self.head.probabilities_and_pullback(_samples_last(z))
        np.copyto(z, probabilities)
        return lambda gradient: np.copyto(gradient, pullback(_samples_last(gradient)))


def _samples_last(array: Floats) -> Floats:
    """A copy with the samples last in memory: passes over the units, often a short axis, are slow."""
    return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)


class _Activations(Mapping[str, Activation]):
    """Elementwise functions, by the names that scikit-learn's `MLPClassifier` has for them, then heads.

    The list has the normalised heads. Any other head with a map of its own can be looked up by name.
    """

    elementwise: Mapping[str, Activation] = {"relu": _relu, "tanh": _tanh, "logistic": _logistic}

    def __getitem__(self, name: str) -> Activation:
        if name in self.elementwise:
            return self.elementwise[name]
        try:
            head = HEADS.parse(name)
        except ValueError:
            raise KeyError(name) from None
        if isinstance(head, LinkedHead):  # its map is another's
            raise KeyError(name)
        return _HeadLayer(head)

    def normalises(self, name: str) -> bool:
        """Whether the activation normalises over the units of its layer."""
        return isinstance(self[name], _HeadLayer)

    def __iter__(self) -> Iterator[str]:
        yield from self.elementwise
        yield from (name for name, head in HEADS.items() if isinstance(head, NormalisedHead))

    def __len__(self) -> int:
        return sum(1 for _ in self)


ACTIVATIONS = _Activations()
"""Activation functions by name, with every head in `HEADS` at the time of asking."""
