"""Hidden units: what each makes of its input, and how a gradient comes back through it.

A head that is a map from logits to shares can stand inside the network too. So the units that one can
choose are the elementwise ones and every normalised head.
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
"""Turns a layer's input (..., n_units) into its output, in place; returns the way back."""


def _through(slope: Callable[[], NDArray[Any]]) -> Backward:
    """The way back through an elementwise unit, whose slope is worked out when it's asked for."""
    return lambda gradient: np.multiply(gradient, slope(), out=gradient)


def _relu(z: Floats) -> Backward:
    np.maximum(z, 0, out=z)
    return _through(lambda: z > 0)


def _tanh(z: Floats) -> Backward:
    np.tanh(z, out=z)
    return _through(lambda: 1 - z * z)


def _logistic(z: Floats) -> Backward:
    """1 / (1 + exp(-z)) as (1 + tanh(z/2)) / 2, which overflows at neither end."""
    np.multiply(z, 0.5, out=z)
    np.tanh(z, out=z)
    np.add(z, 1, out=z)
    np.multiply(z, 0.5, out=z)
    return _through(lambda: z * (1 - z))


@dataclass(frozen=True)
class _HeadLayer:
    """A layer whose units share one out, by the map of a head."""

    head: Head

    def __call__(self, z: Floats) -> Backward:
        probabilities, pullback = self.head.probabilities_and_pullback(_samples_last(z))
        np.copyto(z, probabilities)
        return lambda gradient: np.copyto(gradient, pullback(_samples_last(gradient)))


def _samples_last(array: Floats) -> Floats:
    """A copy with the samples last in memory: heads work across the units, often a short axis."""
    return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)


class _Activations(Mapping[str, Activation]):
    """Elementwise units, by the names that scikit-learn's `MLPClassifier` has for them, then heads.

    Normalised heads are in the list. Any other with a map of its own is found when it's asked for.
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
        """Whether the units share one out."""
        return isinstance(self[name], _HeadLayer)

    def __iter__(self) -> Iterator[str]:
        yield from self.elementwise
        yield from (name for name, head in HEADS.items() if isinstance(head, NormalisedHead))

    def __len__(self) -> int:
        return sum(1 for _ in self)


ACTIVATIONS = _Activations()
"""Hidden units by name. Those that are a head's map are found in `HEADS`, whenever it's registered."""
