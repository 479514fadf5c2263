"""Feed-forward networks."""

import itertools
from dataclasses import dataclass, field

import numpy as np

from alternatives.heads import Floats, ones
from alternatives.training.activations import ACTIVATIONS, Activation
from alternatives.training.architecture import (
    Architecture,
    Array,
    Effort,
    Views,
    Workspace,
    affine,
)

MOMENTUM, EPSILON = 0.9, 1e-5
"""Batch normalisation: the weight of the old running statistics, and what is added to a variance."""


@dataclass(frozen=True)
class Network(Architecture):
    """A feed-forward network; with no hidden layer it's a linear classifier.

    With `batch_normalisation` (Ioffe and Szegedy 2015, arXiv 1502.03167) each hidden unit's input is
    normalised to mean 0 and variance 1 over the mini-batch, before gain, bias and activation. Predictions use
    the running mean and variance instead, which are among the parameters.
    """

    n_features: int
    n_classes: int
    hidden_layer_sizes: tuple[int, ...] = ()
    activation: str = "relu"
    initialisation: str = "He"
    batch_normalisation: bool = False
    units: Activation = field(init=False, repr=False, compare=False)
    """The activation itself, which worker processes get with the network: they don't know the names of heads
    that were registered after they started."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", ACTIVATIONS[self.activation])

    @property
    def arrays(self) -> tuple[Array, ...]:
        arrays = []
        sizes = (self.n_features, *self.hidden_layer_sizes, self.n_classes)
        for layer, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
            arrays += [Array("weights", n_in, n_out), Array("biases", 1, n_out)]
            if self.batch_normalisation and layer < len(self.hidden_layer_sizes):
                arrays += [Array("gains", 1, n_out), Array("means", 1, n_out), Array("variances", 1, n_out)]
        return tuple(arrays)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        return self.hidden_layer_sizes

    @property
    def effort(self) -> Effort:
        sizes = (self.n_features, *self.hidden_layer_sizes, self.n_classes)
        of_unit = ACTIVATIONS.effort(self.units) + self.batch_normalisation
        n_arrays = 1 + len(self.hidden_layer_sizes) * of_unit
        products = sum(n_in * n_out for n_in, n_out in itertools.pairwise(sizes))
        return Effort(n_arrays, products, of_unit * sum(self.hidden_layer_sizes))

    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        work.cache.clear()
        for layer, output in enumerate(work.outputs):
            np.matmul(X, parameters.weights[layer], out=output)
            normalised = None
            if self.batch_normalisation:
                normalised = _normalise(output, parameters, layer, work.fraction)
            np.add(output, parameters.biases[layer], out=output)
            work.cache.append((self.units(output), normalised))
            X = output
        np.matmul(parameters.weights[-1].mT, X.mT, out=work.transposed_logits)
        np.add(work.transposed_logits, parameters.biases[-1].mT, out=work.transposed_logits)
        return work.transposed_logits.mT

    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        row_of_ones = ones(X.shape[-2], X.dtype)[None]
        inputs = [X, *work.outputs]
        output_gradients = [*work.gradients, work.logit_gradients]
        for layer in reversed(range(len(inputs))):
            gradient = output_gradients[layer]
            np.matmul(row_of_ones, gradient, out=gradients.biases[layer])
            if self.batch_normalisation and layer < len(work.outputs):
                _normalise_backward(gradient, parameters, gradients, layer, work.cache[layer][1])
            np.matmul(inputs[layer].mT, gradient, out=gradients.weights[layer])
            if layer:
                np.matmul(gradient, parameters.weights[layer].mT, out=output_gradients[layer - 1])
                backward, _ = work.cache[layer - 1]
                backward(output_gradients[layer - 1])

    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        output = [X, *self._hidden(parameters, X)][-1]
        return affine(output, parameters.weights[-1], parameters.biases[-1])

    def hidden(self, parameters: Floats, X: Floats) -> list[Floats]:
        """Outputs (..., n_samples, n_units) of each hidden layer in prediction."""
        return self._hidden(self.views(parameters), X)

    def _hidden(self, parameters: Views, X: Floats) -> list[Floats]:
        outputs = []
        for layer in range(len(self.hidden_layer_sizes)):
            output = np.matmul(X, parameters.weights[layer])
            if self.batch_normalisation:
                deviation = np.sqrt(parameters.variances[layer] + output.dtype.type(EPSILON))
                np.subtract(output, parameters.means[layer], out=output)
                np.multiply(output, parameters.gains[layer] / deviation, out=output)
            np.add(output, parameters.biases[layer], out=output)
            self.units(output)
            outputs.append(output)
            X = output
        return outputs


def _normalise(z: Floats, parameters: Views, layer: int, fraction: float) -> tuple[Floats, Floats]:
    """Normalise and apply the gain, in place; returns the normalised input, and 1 / standard deviation.

    `fraction` is the size relative to a full mini-batch. The running statistics move by that much less: an
    epoch's last mini-batch may be a single sample, whose variance is 0.
    """
    row = ones(z.shape[-2], z.dtype)[None] / z.dtype.type(z.shape[-2])
    mean = np.matmul(row, z)
    np.subtract(z, mean, out=z)
    variance = np.matmul(row, np.multiply(z, z))
    inverse = 1 / np.sqrt(variance + z.dtype.type(EPSILON))
    normalised = np.multiply(z, inverse)
    np.multiply(normalised, parameters.gains[layer], out=z)
    for running, now in ((parameters.means[layer], mean), (parameters.variances[layer], variance)):
        running += (1 - MOMENTUM) * fraction * (now - running)
    return normalised, inverse


def _normalise_backward(
    gradient: Floats, parameters: Views, gradients: Views, layer: int, cache: tuple[Floats, Floats]
) -> None:
    """The backward pass of `_normalise`, in place; also computes the gradient of the gain."""
    # With u the input, û the normalised one and G the gradient at γû + β,
    # ∂L/∂u = γ/σ (G - mean G - û mean(Gû)); Σ G is the bias's gradient and Σ Gû the gain's.
    normalised, inverse = cache
    n = gradient.shape[-2]
    product = np.multiply(gradient, normalised)
    np.matmul(ones(n, gradient.dtype)[None], product, out=gradients.gains[layer])
    np.multiply(normalised, gradients.gains[layer] / n, out=product)
    np.subtract(gradient, gradients.biases[layer] / n, out=gradient)
    np.subtract(gradient, product, out=gradient)
    np.multiply(gradient, parameters.gains[layer] * inverse, out=gradient)
    for statistics in (gradients.means[layer], gradients.variances[layer]):
        statistics[...] = 0
