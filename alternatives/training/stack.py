"""A stack: runs with the same architecture and recipe, trained as one set of arrays.

Each *setting* (a head and a learning rate) is trained on each *split* of the data. Runs on one split
use the same mini-batches and initial weights, so settings are compared in pairs.

A run's numbers don't depend on the other runs, to the bit. Whatever mixes samples or units is a matrix or
vector product for each run, whose order of summation depends on that run's shape alone. All else is
elementwise. np.sum isn't used: its order depends on the memory layout of the whole array.

Leading axes are (n_splits, n_settings) throughout.
"""

import itertools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Floats, Head, Integers, NormalisedHead, onehot, ones, stacked, total
from alternatives.training import aligned
from alternatives.training.architecture import Architecture, Workspace, flat
from alternatives.training.giving_up import look
from alternatives.training.mini_batches import MiniBatch, MiniBatches, Rows
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.steps import Steps, squared_norm


@dataclass(frozen=True)
class Setting:
    """What differs between two runs on one split."""

    head: Head
    learning_rate: float

    @property
    def family(self) -> type[Head]:
        """The class of heads that stack."""
        return type(self.head.stackable_form())


class Epoch(NamedTuple):
    """Records of one epoch of training; arrays with the leading axes (n_splits, n_settings).

    `loss` is the mean over the samples, each at the time of its mini-batch; `gradient_at_logits` the mean
    norm of a sample's loss gradient with respect to its logits; `gradient_of_layers` (..., n_layers) the mean
    over mini-batches of the norm of each layer's weight gradient.

    The other two are of all weights together, without biases. `signal_to_noise` is the squared norm of the
    mean g̅ of the mini-batches' gradients g, over the mean of ‖g - g̅‖², both weighted by the mini-batches'
    sizes; NaN where there is one mini-batch, or no noise beyond rounding. What the gradient changes during
    the epoch counts as noise. `relative_update` is the norm of the update by the last full mini-batch, over
    the norm of the weights before it.
    """

    loss: Floats
    gradient_at_logits: Floats
    gradient_of_layers: Floats
    signal_to_noise: Floats
    relative_update: Floats


class Evaluation(NamedTuple):
    """Means over samples after an epoch; arrays with the leading axes (n_splits, n_settings).

    `confidence` is the largest class probability, `brier` the squared error of all of them.
    """

    loss: Floats
    log_loss: Floats
    accuracy: Floats
    confidence: Floats
    brier: Floats


class Stack:
    """Runs that train together.

    The seed of each split determines its initial weights and shuffles its samples. `arrays` are the
    parameters and the optimiser's moments, (1 + n_moments, n_splits, n_settings, n_parameters rounded up to
    whole cache lines); `parameters`, `weights` and `biases` are views of them. `n_epochs` and `n_steps` are
    finished so far. `seconds` (n_settings,) is the time spent on each setting's runs: its share of its
    stacked heads' time, and an equal share of the rest. `learning_rates` (n_settings, 1) are the settings'
    own at first and after a restore, and may be changed between epochs.
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
        length = aligned.whole_lines(network.n_parameters, dtype)
        self.arrays = aligned.zeros((n_arrays, len(seeds), len(settings), length), dtype)
        self.arrays[0, ..., : network.n_parameters] = first[:, None]
        self._allocate()

    def _allocate(self) -> None:
        """Create views and work arrays, which are not part of the saved state."""
        n_parameters = self.network.n_parameters
        self.parameters = self.arrays[0, ..., :n_parameters]
        self.leading = self.parameters.shape[:2]
        self.dtype = self.parameters.dtype
        self._views = self.network.views(self.parameters)
        self.weights, self.biases = self._views.weights, self._views.biases
        self._gradients = aligned.zeros(self.arrays.shape[1:], self.dtype)
        self._gradient_views = self.network.views(self._gradients[..., :n_parameters])
        self._flat_gradients = [flat(gradient, 2) for gradient in self._gradient_views.weights]
        self._records = Steps(self.network, self.arrays[0])
        self.learning_rates = np.array([[setting.learning_rate] for setting in self.settings], self.dtype)
        solver = SOLVERS[self.recipe.solver]
        self._solver = solver(self.arrays[0], self.arrays[1:], self.learning_rates, self.recipe)
        self._heads = list(_groups(self.settings, self.dtype))
        float_ = np.finfo(self.dtype)
        self._flush_offset = np.sqrt(float_.tiny) / float_.eps
        self._work = Workspace.allocate(self.network, self.leading, 0, self.dtype)

    _METADATA = ("network", "recipe", "settings", "n_epochs", "n_steps", "seconds", "_shufflers")

    @property
    def metadata(self) -> dict[str, Any]:
        """The state besides `arrays`: a few numbers."""
        return {name: self.__dict__[name] for name in self._METADATA}

    @classmethod
    def restore(cls, metadata: Mapping[str, Any], arrays: Floats) -> "Stack":
        """A stack with this state; `arrays` are copied."""
        stack = cls.__new__(cls)
        stack.__setstate__({**metadata, "arrays": arrays})
        return stack

    def copy(self, recipe: Recipe, settings: Sequence[Setting]) -> "Stack":
        """A stack that goes on from here by itself, with another recipe and settings for the same runs.

        Another optimiser starts without moments.
        """
        changed = {"recipe": recipe, "settings": tuple(settings), "_shufflers": deepcopy(self._shufflers)}
        metadata, arrays = self.metadata | changed, self.arrays
        if recipe.solver != self.recipe.solver:
            arrays = np.zeros((1 + SOLVERS[recipe.solver].n_moments, *arrays.shape[1:]), arrays.dtype)
            arrays[0], metadata["n_steps"] = self.arrays[0], 0
        return Stack.restore(metadata, arrays)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.metadata, "arrays": self.arrays}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.seconds = np.array(self.seconds)
        self.arrays = aligned.zeros(state["arrays"].shape, state["arrays"].dtype)
        self.arrays[...] = state["arrays"]
        self._allocate()

    def epoch(self, X: Rows, targets: Integers, weights: Floats | None = None) -> Epoch:
        """Train on every sample once, in mini-batches, which the recipe may shuffle.

        `X` (n_splits, n_samples, n_features) in the stack's dtype, or (1, …) for the same samples in every
        split, or a sparse matrix for a single one. `targets` and `weights` (n_splits, n_samples); positive
        weights make means weighted ones.
        """
        look()
        started = time.thread_time()
        n_samples = targets.shape[1]
        n_batches = math.ceil(n_samples / self.recipe.batch_size)
        losses, squared_norms = np.empty((2, *self.leading, n_samples), self.dtype)
        squared_layer_norms = np.empty((*self.leading, len(self.weights), n_batches), self.dtype)
        sizes = np.full(n_samples, self.recipe.batch_size, self.dtype)  # of each sample's mini-batch
        sizes[(n_batches - 1) * self.recipe.batch_size :] = (
            n_samples - (n_batches - 1) * self.recipe.batch_size
        )
        self._records.begin(n_samples, min(self.recipe.batch_size, n_samples))
        over_classes = ones(self.network.n_classes, self.dtype)
        seconds_of_heads = [0.0] * len(self._heads)
        for step, batch in enumerate(self._mini_batches(X, targets, weights, self.recipe.shuffle)):
            rows = batch.rows
            work = self._differentiate(batch, losses[..., rows], seconds_of_heads)
            squares = np.multiply(work.logit_gradients, work.logit_gradients)
            np.matmul(squares, over_classes, out=squared_norms[..., rows])
            self.network.backward(self._views, self._gradient_views, batch.X, work)
            self._penalise(batch.weight, losses[..., rows])
            for layer, gradient in enumerate(self._flat_gradients):
                np.vecdot(gradient, gradient, out=squared_layer_norms[..., layer, step])
            self.n_steps += 1
            self._records.take(self._gradients, partial(self._solver.update, self._gradients, self.n_steps))

        self.n_epochs += 1
        shared = time.thread_time() - started - sum(seconds_of_heads)
        self.seconds += shared / len(self.seconds)
        for (runs, _), seconds in zip(self._heads, seconds_of_heads, strict=True):
            self.seconds[runs] += seconds / (runs.stop - runs.start)
        # The squared gradients are of the mini-batch's mean loss: a sample's own gradient is n times that.
        norms = np.vecdot(np.sqrt(squared_norms), sizes) / n_samples
        return Epoch(
            _sums(losses) / n_samples,
            norms,
            _sums(np.sqrt(squared_layer_norms)) / n_batches,
            self._records.signal_to_noise(squared_layer_norms),
            self._records.relative_update(),
        )

    def loss_and_gradient(
        self, X: Rows, targets: Integers, weights: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Mean loss (n_splits, n_settings) of all samples and its gradient (..., n_parameters).

        The arguments are those of `epoch`, and penalties count. Mini-batches only bound the memory, so the
        network can't have batch normalisation.
        """
        losses = np.empty((*self.leading, targets.shape[1]), self.dtype)
        gradients, weight = np.zeros_like(self._gradients), np.zeros(1)
        for batch in self._mini_batches(X, targets, weights, shuffle=False):
            of_batch = losses[..., batch.rows]
            work = self._differentiate(batch, of_batch, [0.0] * len(self._heads))
            self.network.backward(self._views, self._gradient_views, batch.X, work)
            of_batch *= batch.weight / batch.X.shape[-2]
            gradients += batch.weight * self._gradients
            weight = weight + batch.weight
        np.divide(gradients, weight, out=self._gradients)
        mean = np.divide(_sums(losses)[..., None], weight).astype(self.dtype)
        self._penalise(weight, mean)
        return mean[..., 0], self._gradients[..., : self.network.n_parameters].copy()

    def _differentiate(self, batch: MiniBatch, losses: Floats, seconds_of_heads: list[float]) -> Workspace:
        """Compute each sample's loss and, in the workspace, the gradient of the mean loss at the logits.

        With weights, a sample counts for its share of them. Adds to each stacked head's seconds.
        """
        work = self._work.rows(batch.X.shape[-2])
        logits = self.network.forward(self._views, batch.X, work)
        before = time.thread_time()
        for index, (runs, head) in enumerate(self._heads):
            losses[:, runs], gradient = head.loss_and_gradient_onehot(logits[:, runs], batch.target)
            np.multiply(gradient, batch.shares, out=work.logit_gradients[:, runs])
            after = time.thread_time()
            seconds_of_heads[index] += after - before
            before = after
        if isinstance(batch.shares, np.ndarray):
            losses *= batch.X.shape[-2] * batch.shares[..., 0]
        # Flush to zero: arithmetic with numbers below the normal range is many times slower, and squares
        # reach it first. Adding an offset and subtracting it again rounds to a multiple of the square
        # root of the smallest normal number, 1e-19 in float32. Anything larger stays as it is.
        np.add(work.logit_gradients, self._flush_offset, out=work.logit_gradients)
        np.subtract(work.logit_gradients, self._flush_offset, out=work.logit_gradients)
        return work

    def _penalise(self, weight: float | Floats, losses: Floats) -> None:
        """Add the penalties to the gradients, and `alpha`'s to each loss; `weight` is the mini-batch's."""
        strength: float | Floats = self.recipe.weight_decay
        if self.recipe.alpha:
            of_alpha = self.recipe.alpha / np.asarray(weight)[..., None]  # (1,) or (n_splits, 1, 1, 1)
            squares = squared_norm([flat(weights, 2) for weights in self.weights])[..., None, None]
            losses += (0.5 * of_alpha * squares)[..., 0]
            strength = (strength + of_alpha).astype(self.dtype)
        elif not strength:
            return
        for gradient, weights in zip(self._gradient_views.weights, self.weights, strict=True):
            gradient += strength * weights

    def _mini_batches(
        self, X: Rows, targets: Integers, weights: Floats | None, shuffle: bool
    ) -> Iterator[MiniBatch]:
        """All samples; with `shuffle` each split has a new order."""
        n_splits, n_samples = targets.shape
        size = min(self.recipe.batch_size, n_samples)
        if self._work.n_rows != size:
            self._work = Workspace.allocate(self.network, self.leading, size, self.dtype)
            self._batches = MiniBatches(n_splits, size, X.shape[-1], self.network.n_classes, self.dtype)
        if shuffle:
            orders = np.stack([shuffler.permutation(n_samples) for shuffler in self._shufflers])
        else:
            orders = np.tile(np.arange(n_samples), (n_splits, 1))
        return self._batches.of(X, targets, weights, orders)

    def evaluate(self, X: Floats, targets: Integers) -> "Evaluation":
        """How good the networks are on samples shaped as for `epoch`."""
        logits = self.network.logits(self.parameters, X[:, None])
        losses, log_losses = np.empty((2, *self.leading), self.dtype)
        target, scores = onehot(targets[:, None], logits), np.empty_like(logits)
        for runs, head in self._heads:
            loss, scores[:, runs] = head.loss_and_scores(logits[:, runs], target)
            losses[:, runs] = _sums(loss) / X.shape[1]
            if isinstance(head, NormalisedHead):  # its loss is the log loss
                log_losses[:, runs] = losses[:, runs]
            else:
                log_losses[:, runs] = _sums(_log_loss(scores[:, runs], target)) / X.shape[1]
        is_right = scores.argmax(-1) == targets[:, None]
        accuracies = (np.count_nonzero(is_right, axis=-1) / X.shape[1]).astype(self.dtype)
        accuracies[~np.isfinite(losses)] = np.nan  # a run that diverged predicts nothing
        return Evaluation(losses, log_losses, accuracies, *_confidence_and_brier(scores, target))


def _groups(settings: Sequence[Setting], dtype: np.dtype[Any]) -> Iterator[tuple[slice, Head]]:
    """Slices of neighbouring settings whose heads stack, each with its stacked head."""
    start = 0
    for _, group in itertools.groupby(settings, key=lambda setting: setting.family):
        heads = [setting.head for setting in group]
        yield slice(start, start + len(heads)), stacked(heads, dtype, n_axes=3)
        start += len(heads)


def _sums(array: Floats) -> Floats:
    """Sums over the last axis, by a dot product for each row."""
    return np.vecdot(array, ones(array.shape[-1], array.dtype))


def _confidence_and_brier(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Means (...) over samples of the largest share of scores (..., n_samples, n_classes) and of Σ(p - y)².

    With the sums of scores, of their squares and the target's score: Σ(p - y)² = Σp² - 2 p_target + 1.
    """
    n_samples = scores.shape[-2]
    inverse = 1 / total(scores)[..., 0]
    of_target = total(np.multiply(scores, target))[..., 0]
    squares = total(np.multiply(scores, scores))[..., 0]
    confidence = np.vecdot(scores.max(-1), inverse) / n_samples
    errors = (squares * inverse - 2 * of_target) * inverse
    return confidence, _sums(errors) / n_samples + 1


def _log_loss(scores: Floats, target: Floats) -> Floats:
    """Log loss (...) of the shares of scores (..., n_classes); a share of 0 counts as float64's rounding."""
    shares = total(np.multiply(scores, target)) / total(scores)
    log_loss: Floats = -np.log(np.maximum(shares[..., 0], scores.dtype.type(np.finfo(np.float64).eps)))
    return log_loss
