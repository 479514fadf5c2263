"""What an epoch's mini-batches have in common, and what a step does to the weights.

Both are of full mini-batches alone: a smaller one has a noisier gradient. They share one array of the
parameters' size, because a second one would cost a stack more of its cache than the arithmetic costs.
"""

from collections.abc import Callable

import numpy as np

from alternatives.heads import Floats, ones
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
        self._array = aligned.zeros(parameters.shape, parameters.dtype)
        views = network.views(self._array[..., : network.n_parameters])
        self._layers = [flat(weights, 2) for weights in views.weights]

    def begin(self, n_full: int) -> None:
        """Begin an epoch whose first `n_full` mini-batches are full."""
        self._n_full, self._step = n_full, 0

    def take(self, gradients: Floats, update: Callable[[], None]) -> None:
        """Let the optimiser update the parameters by a mini-batch's gradients, which it may overwrite."""
        if self._step == 0:
            np.copyto(self._array, gradients)
        elif self._step < self._n_full:
            np.add(self._array, gradients, out=self._array)
        self._step += 1
        if self._step != self._n_full:
            update()
            return
        self._of_sum = self._squared_norm()
        np.copyto(self._array, self._parameters)  # the sum isn't needed any more
        self._of_weights = self._squared_norm()
        update()
        np.subtract(self._parameters, self._array, out=self._array)
        self._of_update = self._squared_norm()

    def signal_to_noise(self, squared_norms: Floats) -> Floats:
        """Squared norm (...) of the mean g̅ of the gradients g, over the mean of ‖g - g̅‖².

        `squared_norms` (..., n_layers, n_batches) are those of each layer's weight gradient.
        """
        n_full, n_layers = self._n_full, len(self._layers)
        every = np.ascontiguousarray(squared_norms[..., :n_full], np.float64)
        mean_square = np.vecdot(flat(every, 2), ones(n_layers * n_full, every.dtype)) / n_full
        signal = self._of_sum / n_full**2
        noise = mean_square - signal  # = mean of ‖g - g̅‖²
        rounding = HIDDEN_BY_ROUNDING * np.finfo(self._array.dtype).eps
        return _ratio(signal, np.where(noise > rounding * mean_square, noise, 0))

    def relative_update(self) -> Floats:
        """Norm (...) of the last full mini-batch's update, over the norm of the weights before it."""
        return np.sqrt(_ratio(self._of_update, self._of_weights))

    def _squared_norm(self) -> Floats:
        """The squared norm (...) over the weights of all layers."""
        total = np.zeros(self._array.shape[:-1])
        for layer in self._layers:
            total += np.vecdot(layer, layer)
        return total


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient; NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)
