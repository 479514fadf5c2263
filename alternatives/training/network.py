"""The architecture that the runs of a stack share, and where their weights start."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats


@dataclass(frozen=True)
class Activation:
    """A hidden unit: ``apply(z)`` in place, and its derivative as a function of its own output."""

    apply: Callable[[Floats], object]
    derivative: Callable[[Floats], NDArray[Any]]


def _logistic(z: Floats) -> None:
    """1 / (1 + exp(-z)) as (1 + tanh(z/2)) / 2, which overflows at neither end."""
    np.multiply(z, 0.5, out=z)
    np.tanh(z, out=z)
    np.add(z, 1, out=z)
    np.multiply(z, 0.5, out=z)


ACTIVATIONS = {
    "relu": Activation(lambda z: np.maximum(z, 0, out=z), lambda output: output > 0),
    "tanh": Activation(lambda z: np.tanh(z, out=z), lambda output: 1 - output * output),
    "logistic": Activation(_logistic, lambda output: output * (1 - output)),
}
"""Hidden units by the names that scikit-learn's `MLPClassifier` has for them."""

BLOCK = 256
"""Samples evaluated at a time: bounds the memory that a large part of the data needs."""

INITIALISATIONS: dict[str, Callable[[np.random.Generator, int, int], NDArray[np.float64]]] = {
    "He": lambda random, n_in, n_out: random.normal(0, (2 / n_in) ** 0.5, n_in * n_out),
    "Glorot": lambda random, n_in, n_out: random.uniform(-1, 1, n_in * n_out) * (6 / (n_in + n_out)) ** 0.5,
}
"""Draws of a layer's first weights: He et al. 2015, arXiv 1502.01852; Glorot and Bengio 2010."""


@dataclass(frozen=True)
class Network:
    """An architecture; with no hidden layer it's a linear classifier."""

    n_features: int
    n_classes: int
    hidden_layer_sizes: tuple[int, ...] = ()
    activation: str = "relu"
    initialisation: str = "He"

    @property
    def layer_shapes(self) -> list[tuple[int, int]]:
        """(n_in, n_out) of each layer's weights, first to last."""
        return list(itertools.pairwise((self.n_features, *self.hidden_layer_sizes, self.n_classes)))

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum((n_in + 1) * n_out for n_in, n_out in self.layer_shapes)

    def initial_parameters(self, seed: int) -> Floats:
        """Parameters (n_parameters,) to start from: each layer's weights, then its biases, which are 0."""
        random = np.random.default_rng([seed, 0])
        draw = INITIALISATIONS[self.initialisation]
        layers = [[draw(random, n_in, n_out), np.zeros(n_out)] for n_in, n_out in self.layer_shapes]
        return np.concatenate(list(itertools.chain(*layers)))

    def views(self, parameters: Floats) -> tuple[list[Floats], list[Floats]]:
        """Weights (..., n_in, n_out) and biases (..., 1, n_out) of each layer, views of `parameters`."""
        weights, biases, start = [], [], 0
        leading = parameters.shape[:-1]
        for n_in, n_out in self.layer_shapes:
            end = start + n_in * n_out
            weights.append(parameters[..., start:end].reshape(*leading, n_in, n_out))
            biases.append(parameters[..., end : end + n_out].reshape(*leading, 1, n_out))
            start = end + n_out
        return weights, biases

    def logits(self, parameters: Floats, X: Floats) -> Floats:
        """Logits (..., n_samples, n_classes) of samples (..., n_samples, n_features).

        The leading axes of `parameters` (..., n_parameters) and of `X` broadcast.
        """
        weights, biases = self.views(parameters)
        blocks = []
        for start in range(0, max(1, X.shape[-2]), BLOCK):
            output = X[..., start : start + BLOCK, :]
            for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
                output = np.matmul(output, weight)
                np.add(output, bias, out=output)
                ACTIVATIONS[self.activation].apply(output)
            block = np.matmul(weights[-1].swapaxes(-1, -2), output.swapaxes(-1, -2))
            blocks.append(np.add(block, biases[-1].swapaxes(-1, -2), out=block))
        # Samples last in memory, as in training: heads work across the classes, a short axis.
        return np.concatenate(blocks, axis=-1).swapaxes(-1, -2)
