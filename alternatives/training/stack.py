"""A stack: runs with one architecture and one recipe, trained as one set of arrays.

Each *setting* (a head and a learning rate) is trained on each *split* of the data. Runs on one split
see the same mini-batches and start from the same weights, so settings are compared in pairs.

A run's numbers don't depend on the runs beside it, bit for bit. Whatever mixes samples or units is a
matrix or vector product per run, whose order of summation depends on that run's shape alone; all else
is elementwise. (np.sum picks its order from how the whole array lies in memory.)

Leading axes are (n_splits, n_settings) throughout.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats, Head, Integers, ones, stacked, total
from alternatives.training.network import ACTIVATIONS, Network
from alternatives.training.solvers import SOLVERS, Recipe


@dataclass(frozen=True)
class Setting:
    """What tells apart two runs on one split."""

    head: Head
    learning_rate: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch of training looked like, each array with the leading axes (n_splits, n_settings).

    `loss` is the mean over the epoch's samples as they were trained on; `gradient_at_logits` the mean
    Euclidean norm of a sample's loss gradient with respect to its logits; `gradient_of_layers`
    (..., n_layers) the mean over mini-batches of the norm of each layer's weight gradient.
    """

    loss: Floats
    gradient_at_logits: Floats
    gradient_of_layers: Floats


@dataclass(frozen=True)
class _Work:
    """Arrays for one forward and backward pass over a mini-batch.

    The logits lie in memory with the samples last: heads work across the classes, and passes over a
    short last axis are slow.
    """

    outputs: list[Floats]
    gradients: list[Floats]
    transposed_logits: Floats
    logit_gradients: Floats

    @classmethod
    def allocate(cls, network: Network, leading: tuple[int, int], n_rows: int, dtype: DTypeLike) -> "_Work":
        outputs = [np.empty((*leading, n_rows, n), dtype) for n in network.hidden_layer_sizes]
        logits = np.empty((*leading, network.n_classes, n_rows), dtype)
        return cls(outputs, [np.empty_like(a) for a in outputs], logits, _transposed(np.empty_like(logits)))

    @property
    def n_rows(self) -> int:
        """Samples that there is room for."""
        return self.transposed_logits.shape[-1]

    def rows(self, n: int) -> "_Work":
        """The same arrays for a smaller mini-batch."""
        if n == self.n_rows:
            return self
        return _Work(
            [array[..., :n, :] for array in self.outputs],
            [array[..., :n, :] for array in self.gradients],
            self.transposed_logits[..., :n],
            self.logit_gradients[..., :n, :],
        )


class Stack:
    """Runs that train together.

    Parameters
    ----------
    network, recipe
        Shared by all runs.
    settings : sequence of Setting, length n_settings
    seeds : sequence of int, length n_splits
        One for each split: draws its first weights and shuffles its samples.
    dtype : dtype, default float32

    Attributes
    ----------
    parameters : array (n_splits, n_settings, n_parameters)
    weights, biases : lists of views of it, (…, n_in, n_out) and (…, 1, n_out), first layer to last
    n_epochs : int, finished so far
    seconds : array (n_settings,)
        Time spent on each setting's runs: that of its head, and an equal share of the rest.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        settings: Sequence[Setting],
        seeds: Sequence[int],
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.network, self.recipe, self.settings = network, recipe, tuple(settings)
        self.n_epochs = 0
        self.seconds = np.zeros(len(settings))
        self._shufflers = [np.random.default_rng([seed, 1]) for seed in seeds]
        first = np.stack([network.initial_parameters(seed) for seed in seeds]).astype(dtype)
        self.parameters = np.repeat(first[:, None], len(settings), axis=1)
        rates = np.array([[setting.learning_rate] for setting in settings], dtype)
        self._solver = SOLVERS[recipe.solver](self.parameters, rates, recipe)
        self._allocate()

    def _allocate(self) -> None:
        """Views and work arrays: what can be made again from the state."""
        self.leading = self.parameters.shape[:2]
        self.dtype = self.parameters.dtype
        self.weights, self.biases = self.network.views(self.parameters)
        self._gradients = np.empty_like(self.parameters)
        self._weight_gradients, self._bias_gradients = self.network.views(self._gradients)
        self._heads = list(_groups(self.settings, self.dtype))
        self._activation = ACTIVATIONS[self.network.activation]
        self._work = _Work.allocate(self.network, self.leading, 0, self.dtype)

    _STATE = ("network", "recipe", "settings", "n_epochs", "seconds", "_shufflers", "parameters", "_solver")

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self._STATE}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._solver.parameters = self.parameters  # joblib restores one array in two places as two
        self._allocate()

    def epoch(self, X: Floats, targets: Integers) -> Epoch:
        """Train on every sample once, in mini-batches drawn anew.

        `X` (n_splits, n_samples, n_features) in the stack's dtype; `targets` (n_splits, n_samples).
        """
        started = time.thread_time()
        seconds_of_heads = np.zeros(len(self.seconds))
        X, targets = self._shuffled(X, targets)
        n_samples, batch_size = X.shape[2], min(self.recipe.batch_size, X.shape[2])
        if self._work.n_rows < batch_size:
            self._work = _Work.allocate(self.network, self.leading, batch_size, self.dtype)
        losses = np.zeros((*self.leading, batch_size), self.dtype)
        norms = np.zeros_like(losses)
        layer_norms = np.zeros((*self.leading, len(self.weights)), self.dtype)
        starts = range(0, n_samples, batch_size)
        for start in starts:
            batch = X[:, :, start : start + batch_size]
            expected = targets[:, :, start : start + batch_size]
            n = batch.shape[2]
            work = self._work.rows(n)
            logits = self._forward(batch, work)
            for runs, head in self._heads:
                before = time.thread_time()
                loss, gradient = head.loss_and_gradient(logits[:, runs], expected)
                losses[:, runs, :n] += loss
                np.multiply(gradient, 1 / n, out=work.logit_gradients[:, runs])
                seconds_of_heads[runs] += (time.thread_time() - before) / (runs.stop - runs.start)
            norms[..., :n] += n * np.sqrt(total(work.logit_gradients * work.logit_gradients)[..., 0])
            self._backward(batch, work)
            layer_norms += self._layer_gradient_norms()
            self._solver.update(self._gradients)

        self.n_epochs += 1
        shared = time.thread_time() - started - seconds_of_heads.sum()
        self.seconds += seconds_of_heads + shared / len(self.seconds)
        return Epoch(_sums(losses) / n_samples, _sums(norms) / n_samples, layer_norms / len(starts))

    def _shuffled(self, X: Floats, targets: Integers) -> tuple[Floats, Integers]:
        """The samples in a new order, with an axis for the settings, which share it."""
        orders = [shuffler.permutation(X.shape[1]) for shuffler in self._shufflers]
        shuffled, targets_too = np.empty_like(X), np.empty_like(targets)
        for split, order in enumerate(orders):
            np.take(X[split], order, axis=0, out=shuffled[split], mode="clip")  # "raise" would buffer
            np.take(targets[split], order, out=targets_too[split], mode="clip")
        return shuffled[:, None], targets_too[:, None]

    def evaluate(self, X: Floats, targets: Integers) -> tuple[Floats, Floats]:
        """Mean loss and accuracy, each (n_splits, n_settings), on samples shaped as for `epoch`."""
        logits = self.network.logits(self.parameters, X[:, None])
        losses, accuracies = np.empty(self.leading, self.dtype), np.empty(self.leading, self.dtype)
        for runs, head in self._heads:
            losses[:, runs] = _sums(head.loss(logits[:, runs], targets[:, None])) / X.shape[1]
            predicted = head.probabilities(logits[:, runs]).argmax(-1)
            accuracies[:, runs] = np.count_nonzero(predicted == targets[:, None], axis=-1) / X.shape[1]
        accuracies[~np.isfinite(losses)] = np.nan  # a run that diverged predicts nothing
        return losses, accuracies

    def _forward(self, X: Floats, work: _Work) -> Floats:
        """Logits of samples (n_splits, 1, n_rows, n_features), each layer's output left in `work`."""
        for output, weights, bias in zip(work.outputs, self.weights, self.biases, strict=False):
            np.matmul(X, weights, out=output)
            np.add(output, bias, out=output)
            self._activation.apply(output)
            X = output
        np.matmul(_transposed(self.weights[-1]), _transposed(X), out=work.transposed_logits)
        np.add(work.transposed_logits, _transposed(self.biases[-1]), out=work.transposed_logits)
        return _transposed(work.transposed_logits)

    def _backward(self, X: Floats, work: _Work) -> None:
        """Gradients of the mini-batch's mean loss, from those at the logits."""
        row_of_ones = ones(X.shape[-2], self.dtype)[None]
        outputs = [X, *work.outputs]
        gradients = [*work.gradients, work.logit_gradients]
        for layer in reversed(range(len(self.weights))):
            gradient = gradients[layer]
            np.matmul(_transposed(outputs[layer]), gradient, out=self._weight_gradients[layer])
            np.matmul(row_of_ones, gradient, out=self._bias_gradients[layer])
            if self.recipe.weight_decay:
                self._weight_gradients[layer] += self.recipe.weight_decay * self.weights[layer]
            if layer:
                np.matmul(gradient, _transposed(self.weights[layer]), out=gradients[layer - 1])
                slope = self._activation.derivative(outputs[layer])
                np.multiply(gradients[layer - 1], slope, out=gradients[layer - 1])

    def _layer_gradient_norms(self) -> Floats:
        """Norm of each layer's weight gradient, (n_splits, n_settings, n_layers)."""
        flat = [gradient.reshape(*self.leading, -1) for gradient in self._weight_gradients]
        return np.sqrt(np.stack([np.vecdot(gradient, gradient) for gradient in flat], axis=-1))


def _groups(settings: Sequence[Setting], dtype: np.dtype[Any]) -> Iterator[tuple[slice, Head]]:
    """Neighbouring settings whose heads are of one class, as one head each."""
    start = 0
    for _, group in itertools.groupby(settings, key=lambda setting: type(setting.head)):
        heads = [setting.head for setting in group]
        yield slice(start, start + len(heads)), stacked(heads, dtype, n_axes=3)
        start += len(heads)


def _transposed(array: NDArray[Any]) -> NDArray[Any]:
    return array.swapaxes(-1, -2)


def _sums(array: Floats) -> Floats:
    """Sums over the last axis, by a dot product for each row."""
    return np.vecdot(array, ones(array.shape[-1], array.dtype))
