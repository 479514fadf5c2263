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
        self._network, self._parameters = network, parameters
        self._sum, self._before = (aligned.zeros(parameters.shape, parameters.dtype) for _ in range(2))

    def begin(self, n_samples: int, batch_size: int) -> None:
        """Begin an epoch. All its mini-batches but perhaps the last are full."""
        starts = np.arange(0, n_samples, batch_size)
        self._sizes = np.minimum(n_samples - starts, batch_size)
        self._last_full = n_samples // batch_size - 1
        self._step = 0

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
        squared_weights = self._squared_norm(self._before)
        np.subtract(self._parameters, self._before, out=self._before)
        self._squared_update = _ratio(self._squared_norm(self._before), squared_weights)

    def signal_to_noise(self, squared_norms: Floats) -> Floats:
        """Squared norm (...) of the mean g̅ of the gradients g, over the mean of ‖g - g̅‖².

        Means are over the mini-batches, weighted by their sizes. `squared_norms` (..., n_layers, n_batches)
        are those of each layer's weight gradient.
        """
        n_samples = self._sizes.sum()
        weights = np.tile(self._sizes / n_samples, squared_norms.shape[-2])
        mean_square = np.vecdot(flat(squared_norms.astype(np.float64), 2), weights)
        signal = self._squared_norm(self._sum) * (self._sizes[-1] / n_samples) ** 2
        noise = mean_square - signal  # = mean of ‖g - g̅‖²
        rounding = HIDDEN_BY_ROUNDING * np.finfo(self._sum.dtype).eps
        return _ratio(signal, np.where(noise > rounding * mean_square, noise, 0))

    def relative_update(self) -> Floats:
        """Norm (...) of the last full mini-batch's update, over the norm of the weights before it.

        A smaller mini-batch has a noisier gradient, and SGD would take a longer step.
        """
        return np.sqrt(self._squared_update)

    def _squared_norm(self, array: Floats) -> Floats:
        """The squared norm (...) over the weights of all layers, without biases."""
        total = np.zeros(array.shape[:-1])
        for weights in self._network.views(array[..., : self._network.n_parameters]).weights:
            layer = flat(weights, 2)
            total += np.vecdot(layer, layer)
        return total


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient; NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)
