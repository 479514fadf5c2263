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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Floats, Head, Integers, onehot, ones, stacked, total
from alternatives.training.architecture import Architecture, Work, transposed
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
    arrays : array (1 + n_moments, n_splits, n_settings, n_parameters)
        The parameters, then the solver's moments.
    parameters : its first, (n_splits, n_settings, n_parameters)
    weights, biases : lists of views of it, (…, n_in, n_out) and (…, 1, n_out), first layer to last
    n_epochs, n_steps : int, finished so far
    seconds : array (n_settings,)
        Time spent on each setting's runs: that of its head, and an equal share of the rest.
    """

    def __init__(
        self,
        network: Architecture,
        recipe: Recipe,
        settings: Sequence[Setting],
        seeds: Sequence[int],
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.network, self.recipe, self.settings = network, recipe, tuple(settings)
        self.n_epochs, self.n_steps = 0, 0
        self.seconds = np.zeros(len(settings))
        self._shufflers = [np.random.default_rng([seed, 1]) for seed in seeds]
        first = np.stack([network.initial_parameters(seed) for seed in seeds])
        n_arrays = 1 + SOLVERS[recipe.solver].n_moments
        self.arrays = np.zeros((n_arrays, len(seeds), len(settings), network.n_parameters), dtype)
        self.arrays[0] = first[:, None]
        self._allocate()

    def _allocate(self) -> None:
        """Views and work arrays: what can be made again from the state."""
        self.parameters = self.arrays[0]
        self.leading = self.parameters.shape[:2]
        self.dtype = self.parameters.dtype
        self._views = self.network.views(self.parameters)
        self.weights, self.biases = self._views.weights, self._views.biases
        self._gradients = np.zeros_like(self.parameters)
        self._gradient_views = self.network.views(self._gradients)
        rates = np.array([[setting.learning_rate] for setting in self.settings], self.dtype)
        self._solver = SOLVERS[self.recipe.solver](self.parameters, self.arrays[1:], rates, self.recipe)
        self._heads = list(_groups(self.settings, self.dtype))
        self._speck = np.sqrt(np.finfo(self.dtype).tiny)
        self._work = Work.allocate(self.network, self.leading, 0, self.dtype)

    _NOTES = ("network", "recipe", "settings", "n_epochs", "n_steps", "seconds", "_shufflers")

    @property
    def notes(self) -> dict[str, Any]:
        """What it takes to go on beside `arrays`: a few numbers."""
        return {name: self.__dict__[name] for name in self._NOTES}

    @classmethod
    def resumed(cls, notes: Mapping[str, Any], arrays: Floats) -> "Stack":
        """The stack that had these `notes` and `arrays`, which it takes over."""
        stack = cls.__new__(cls)
        stack.__setstate__({**notes, "arrays": arrays})
        return stack

    def __getstate__(self) -> dict[str, Any]:
        return {**self.notes, "arrays": self.arrays}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._allocate()

    def epoch(self, X: Floats, targets: Integers) -> Epoch:
        """Train on every sample once, in mini-batches drawn anew.

        `X` (n_splits, n_samples, n_features) in the stack's dtype; `targets` (n_splits, n_samples).
        """
        started = time.thread_time()
        seconds_of_heads = np.zeros(len(self.seconds))
        X, target = self._shuffled(X, targets)
        n_samples, batch_size = X.shape[2], min(self.recipe.batch_size, X.shape[2])
        if self._work.n_rows != batch_size:
            self._work = Work.allocate(self.network, self.leading, batch_size, self.dtype)
        losses = np.zeros((*self.leading, batch_size), self.dtype)
        norms = np.zeros_like(losses)
        layer_norms = np.zeros((*self.leading, len(self.weights)), self.dtype)
        squares = np.empty_like(layer_norms)
        starts = range(0, n_samples, batch_size)
        for start in starts:
            batch = X[:, :, start : start + batch_size]
            expected = target[:, :, start : start + batch_size]
            n = batch.shape[2]
            work = self._work.rows(n)
            logits = self.network.forward(self._views, batch, work)
            before = time.thread_time()
            for runs, head in self._heads:
                loss, gradient = head.against(logits[:, runs], expected)
                losses[:, runs, :n] += loss
                np.multiply(gradient, 1 / n, out=work.logit_gradients[:, runs])
                after = time.thread_time()
                seconds_of_heads[runs] += (after - before) / (runs.stop - runs.start)
                before = after
            # Arithmetic with numbers below the normal range is many times slower. A speck added and taken
            # away again rounds what is next to nothing to 0; whatever matters stays as it is.
            np.add(work.logit_gradients, self._speck, out=work.logit_gradients)
            np.subtract(work.logit_gradients, self._speck, out=work.logit_gradients)
            norms[..., :n] += n * np.sqrt(total(work.logit_gradients * work.logit_gradients)[..., 0])
            self.network.backward(self._views, self._gradient_views, batch, work)
            if self.recipe.weight_decay:
                for gradient, weights in zip(self._gradient_views.weights, self.weights, strict=True):
                    gradient += self.recipe.weight_decay * weights
            layer_norms += self._layer_gradient_norms(squares)
            self.n_steps += 1
            self._solver.update(self._gradients, self.n_steps)

        self.n_epochs += 1
        shared = time.thread_time() - started - seconds_of_heads.sum()
        self.seconds += seconds_of_heads + shared / len(self.seconds)
        return Epoch(_sums(losses) / n_samples, _sums(norms) / n_samples, layer_norms / len(starts))

    def _shuffled(self, X: Floats, targets: Integers) -> tuple[Floats, Floats]:
        """Samples and one-hot targets in a new order, with an axis for the settings, which share it."""
        orders = [shuffler.permutation(X.shape[1]) for shuffler in self._shufflers]
        shuffled, targets_too = np.empty_like(X), np.empty_like(targets)
        for split, order in enumerate(orders):
            np.take(X[split], order, axis=0, out=shuffled[split], mode="clip")  # "raise" would buffer
            np.take(targets[split], order, out=targets_too[split], mode="clip")
        return shuffled[:, None], onehot(targets_too, transposed(self._work.transposed_logits))[:, None]

    def evaluate(self, X: Floats, targets: Integers) -> tuple[Floats, Floats]:
        """Mean loss and accuracy, each (n_splits, n_settings), on samples shaped as for `epoch`."""
        logits = self.network.logits(self.parameters, X[:, None])
        losses, accuracies = np.empty(self.leading, self.dtype), np.empty(self.leading, self.dtype)
        target = onehot(targets[:, None], logits)
        for runs, head in self._heads:
            losses[:, runs] = _sums(head.against(logits[:, runs], target)[0]) / X.shape[1]
            predicted = head.scores(logits[:, runs])[0].argmax(-1)
            accuracies[:, runs] = np.count_nonzero(predicted == targets[:, None], axis=-1) / X.shape[1]
        accuracies[~np.isfinite(losses)] = np.nan  # a run that diverged predicts nothing
        return losses, accuracies

    def _layer_gradient_norms(self, squares: Floats) -> Floats:
        """Norm of each layer's weight gradient, (n_splits, n_settings, n_layers), in the given array."""
        for layer, gradient in enumerate(self._gradient_views.weights):
            of_runs = gradient.reshape(*self.leading, -1)
            np.vecdot(of_runs, of_runs, out=squares[..., layer])
        return np.sqrt(squares, out=squares)


def _groups(settings: Sequence[Setting], dtype: np.dtype[Any]) -> Iterator[tuple[slice, Head]]:
    """Neighbouring settings whose heads are of one class, as one head each."""
    start = 0
    for _, group in itertools.groupby(settings, key=lambda setting: type(setting.head)):
        heads = [setting.head for setting in group]
        yield slice(start, start + len(heads)), stacked(heads, dtype, n_axes=3)
        start += len(heads)


def _sums(array: Floats) -> Floats:
    """Sums over the last axis, by a dot product for each row."""
    return np.vecdot(array, ones(array.shape[-1], array.dtype))
