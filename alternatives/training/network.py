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
    Scratch,
    Views,
    Workspace,
    affine,
)
from alternatives.training.convolution import Convolution, Kept, convolutions

MOMENTUM, EPSILON = 0.9, 1e-5
"""Batch normalisation: the weight of the old running statistics, and what is added to a variance."""

OF_CONVOLUTION = 20
"""Calls of a convolution, relative to those of an elementwise function."""
OF_NARROW_PRODUCT = 3
"""Time of a product with a few filters, relative to others."""
OF_SCRATCH = 1.0
"""Time of a patch's number, there and back, relative to that of an elementwise function."""


@dataclass(frozen=True)
class Network(Architecture):
    """A feed-forward network; with no hidden layer it's a linear classifier.

    With `batch_normalisation` (Ioffe and Szegedy 2015, arXiv 1502.03167) each hidden unit's input is
    normalised to mean 0 and variance 1 over the mini-batch, before gain, bias and activation. Predictions use
    the running mean and variance instead, which are among the parameters.

    Samples that are square images may be convolved first, with so many `filters` a layer; `image` is their
    side and how many numbers a pixel has. A filter is a hidden unit, whose samples are places in images.
    Pooling comes before batch normalisation, bias and activation. For a bias and an activation that never
    falls, the order makes no difference; batch normalisation sees the pooled outputs alone.
    """

    n_features: int
    n_classes: int
    hidden_layer_sizes: tuple[int, ...] = ()
    activation: str = "relu"
    initialisation: str = "He"
    batch_normalisation: bool = False
    filters: tuple[int, ...] = ()
    image: tuple[int, int] = (0, 1)
    units: Activation = field(init=False, repr=False, compare=False)
    """The activation itself, which worker processes get with the network: they don't know the names of heads
    that were registered after they started."""
    convolutions: tuple[Convolution, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", ACTIVATIONS[self.activation])
        object.__setattr__(self, "convolutions", convolutions(*self.image, self.filters))

    @property
    def arrays(self) -> tuple[Array, ...]:
        arrays = []
        every = [(each.n_in, each.n_filters) for each in self.convolutions] + self._fully_connected
        for layer, (n_in, n_out) in enumerate(every):
            arrays += [Array("weights", n_in, n_out), Array("biases", 1, n_out)]
            if self.batch_normalisation and layer < len(self.layer_sizes):
                arrays += [Array("gains", 1, n_out), Array("means", 1, n_out), Array("variances", 1, n_out)]
        return tuple(arrays)

    @property
    def _fully_connected(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each fully connected layer."""
        n_inputs = self.convolutions[-1].n_outputs if self.convolutions else self.n_features
        return list(itertools.pairwise((n_inputs, *self.hidden_layer_sizes, self.n_classes)))

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        return (*(each.n_outputs for each in self.convolutions), *self.hidden_layer_sizes)

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        found: list[Scratch] = []
        for layer, convolution in enumerate(self.convolutions):
            # All settings on a split have the same mini-batches, and so the same first patches.
            patches, convolved = convolution.scratch
            found += [Scratch(patches, layer == 0), Scratch(convolved, False)]
        return tuple(found)

    @property
    def effort(self) -> Effort:
        of_unit = ACTIVATIONS.effort(self.units) + self.batch_normalisation
        n_arrays = 1 + len(self.hidden_layer_sizes) * of_unit
        products = sum(n_in * n_out for n_in, n_out in self._fully_connected)
        numbers = of_unit * sum(self.layer_sizes)
        for each in self.convolutions:
            n_arrays += of_unit + OF_CONVOLUTION
            products += OF_NARROW_PRODUCT * each.n_places**2 * each.n_in * each.n_filters
            numbers += OF_SCRATCH * sum(each.scratch)
        return Effort(n_arrays, products, numbers)

    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        work.cache.clear()
        for layer, output in enumerate(work.outputs):
            kept = None
            if layer < len(self.convolutions):
                patches, convolved = work.scratch[2 * layer : 2 * layer + 2]
                self.convolutions[layer].gather(X, patches)
                kept = self.convolutions[layer].forward(patches, parameters.weights[layer], convolved, output)
            else:
                np.matmul(X, parameters.weights[layer], out=output)
            units, normalised = self._units(layer, output), None
            if self.batch_normalisation:
                normalised = _normalise(units, parameters, layer, work.fraction)
            np.add(units, parameters.biases[layer], out=units)
            work.cache.append((self.units(units), normalised, kept))
            X = output
        np.matmul(parameters.weights[-1].mT, X.mT, out=work.transposed_logits)
        np.add(work.transposed_logits, parameters.biases[-1].mT, out=work.transposed_logits)
        return work.transposed_logits.mT

    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        inputs = [X, *work.outputs]
        output_gradients = [*work.gradients, work.logit_gradients]
        for layer in reversed(range(len(inputs))):
            gradient = self._units(layer, output_gradients[layer])
            np.matmul(ones(gradient.shape[-2], X.dtype)[None], gradient, out=gradients.biases[layer])
            if layer < len(work.outputs):
                _, normalised, kept = work.cache[layer]
                if normalised is not None:
                    _normalise_backward(gradient, parameters, gradients, layer, normalised)
            if layer < len(self.convolutions):
                self._convolution_backward(layer, gradient, kept, parameters, gradients, work)
            else:
                np.matmul(inputs[layer].mT, gradient, out=gradients.weights[layer])
                if layer:
                    np.matmul(gradient, parameters.weights[layer].mT, out=output_gradients[layer - 1])
            if layer:
                backward, *_ = work.cache[layer - 1]
                backward(self._units(layer - 1, output_gradients[layer - 1]))

    def _convolution_backward(
        self, layer: int, gradient: Floats, kept: Kept, parameters: Views, gradients: Views, work: Workspace
    ) -> None:
        patches, convolved = work.scratch[2 * layer : 2 * layer + 2]
        convolution = self.convolutions[layer]
        rows = convolution.backward(gradient, kept, convolved)
        np.matmul(convolution.patches(patches).mT, rows, out=gradients.weights[layer])
        if layer:
            convolution.scatter(rows, parameters.weights[layer], patches, work.gradients[layer - 1])

    def _units(self, layer: int, output: Floats) -> Floats:
        """A layer's outputs as rows of its units: of a convolution a row is a place in an image."""
        return self.convolutions[layer].by_place(output) if layer < len(self.convolutions) else output

    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        output = [X, *self._hidden(parameters, X)][-1]
        return affine(output, parameters.weights[-1], parameters.biases[-1])

    def hidden(self, parameters: Floats, X: Floats) -> list[Floats]:
        """Outputs (..., n_samples, n_units) of each hidden layer in prediction."""
        return self._hidden(self.views(parameters), X)

    def _hidden(self, parameters: Views, X: Floats) -> list[Floats]:
        outputs = []
        for layer in range(len(self.layer_sizes)):
            if layer < len(self.convolutions):
                whole = self.convolutions[layer].outputs(X, parameters.weights[layer])
            else:
                whole = np.matmul(X, parameters.weights[layer])
            output = self._units(layer, whole)
            if self.batch_normalisation:
                deviation = np.sqrt(parameters.variances[layer] + output.dtype.type(EPSILON))
                np.subtract(output, parameters.means[layer], out=output)
                np.multiply(output, parameters.gains[layer] / deviation, out=output)
            np.add(output, parameters.biases[layer], out=output)
            self.units(output)
            outputs.append(whole)
            X = whole
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
