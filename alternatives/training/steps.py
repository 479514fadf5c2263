"""What an epoch's mini-batches have in common, and what a step does to the weights."""

from collections.abc import Callable

import numpy as np

from alternatives.heads import Floats
from alternatives.training import aligned
from alternatives.training.architecture import Architecture, flat

HIDDEN_BY_ROUNDING = 100
"""A difference of two sums is rounding where it's smaller than so many times the spacing of their type."""


class Steps:
    """Follows one epoch of a stack, step by step.

    `parameters` (..., n_parameters and padding) are the stack's own array, which the optimiser changes.
    """

    def __init__(self, network: Architecture, parameters: Floats) -> None:
        self._parameters = parameters
        self._sum, self._before = (aligned.zeros(parameters.shape, parameters.dtype) for _ in range(2))
        self._layers_of_sum, self._layers_of_before = (
            [flat(weights, 2) for weights in network.views(array[..., : network.n_parameters]).weights]
            for array in (self._sum, self._before)
        )
        self._rounding = HIDDEN_BY_ROUNDING * np.finfo(parameters.dtype).eps

    def begin(self, n_samples: int, batch_size: int) -> None:
        """Begin an epoch. All its mini-batches but perhaps the last are full."""
        self._step, self._last_full = 0, n_samples // batch_size - 1
        self._sizes = [min(batch_size, n_samples - start) for start in range(0, n_samples, batch_size)]

    def take(self, gradients: Floats, update: Callable[[], None]) -> None:
        """Let the optimiser update the parameters by a mini-batch's gradients, which it may overwrite."""
        step, sizes = self._step, self._sizes
        if step == 0:
            np.copyto(self._sum, gradients)
        else:
            if sizes[step] < sizes[0]:  # the sum is in units of the last mini-batch's size
                np.multiply(self._sum, sizes[0] / sizes[step], out=self._sum)
            np.add(self._sum, gradients, out=self._sum)
        self._step += 1
        if step != self._last_full:
            update()
            return
        np.copyto(self._before, self._parameters)
        update()
        squared_weights = squared_norm(self._layers_of_before)
        np.subtract(self._parameters, self._before, out=self._before)
        self._squared_update = _ratio(squared_norm(self._layers_of_before), squared_weights)

    def signal_to_noise(self, squared_norms: Floats) -> Floats:
        """Squared norm (...) of the mean g̅ of the gradients g, over the mean of ‖g - g̅‖².

        Means are over the mini-batches, weighted by their sizes. `squared_norms` (..., n_layers, n_batches)
        are those of each layer's weight gradient.
        """
        shares = np.array(self._sizes) / sum(self._sizes)
        mean_square = np.zeros(squared_norms.shape[:-2])
        for layer in range(squared_norms.shape[-2]):
            mean_square += np.vecdot(squared_norms[..., layer, :], shares)
        signal = squared_norm(self._layers_of_sum) * shares[-1] ** 2
        noise = mean_square - signal  # = mean of ‖g - g̅‖²
        return _ratio(signal, np.where(noise > self._rounding * mean_square, noise, 0))

    def relative_update(self) -> Floats:
        """Norm (...) of the last full mini-batch's update, over the norm of the weights before it.

        A smaller mini-batch has a noisier gradient, and SGD would take a longer step.
        """
        return np.sqrt(self._squared_update)


def squared_norm(layers: list[Floats]) -> Floats:
    """The squared norm (...) of the layers (..., n_weights) together."""
    total = np.zeros(layers[0].shape[:-1])
    for layer in layers:
        total += np.vecdot(layer, layer)
    return total


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient; NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)
