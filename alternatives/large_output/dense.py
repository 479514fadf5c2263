"""The usual output layer: it computes all outputs and changes all weights in every step. O(D d) a sample."""

import math
from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Head, Integers, Softmax, onehot
from alternatives.large_output import saved
from alternatives.large_output.checks import checked_dtype, checked_weights, finite_or_diverged
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.saved import Array
from alternatives.large_output.spherical import Loss, SphericalLoss, Statistics, loaded_head, spherical
from alternatives.writing import PathLike

CLASSES_AT_ONCE = 4096
"""Classes in a block whose outputs, or changes of weights, stay in the processor's cache."""


class DenseOutput(OutputLayer):
    """The baseline, for any head: what the factored layer must agree with.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        The initial weights, copied; float32 stays float32, anything else becomes float64.
    """

    kind = "dense output layer"

    def __init__(self, weights: ArrayLike) -> None:
        self._weights = checked_weights(weights)
        self.n_classes, self.n_units = self._weights.shape
        self.dtype = self._weights.dtype
        self._most = _largest(self._weights)  # no weight is larger

    @property
    def weights(self) -> Floats:
        return self._weights.copy()

    def _step(
        self, head: Loss, samples: Floats, targets: Integers, learning_rate: float, weight_decay: float
    ) -> tuple[float, Floats]:
        losses, by_logits, norms = _loss_and_gradient(head, samples @ self._weights.T, targets)
        loss = float(losses.mean())
        by_logits /= len(samples)
        gradient = by_logits @ self._weights
        scaled = -learning_rate * samples
        finite_or_diverged(loss, gradient, scaled)
        kept = 1 - learning_rate * weight_decay
        self._most = self._most_after(kept, by_logits, scaled, norms / len(samples))
        for block in self._blocks():
            if kept != 1:
                self._weights[block] *= kept
            self._weights[block] += by_logits[:, block].T @ scaled
        return loss, gradient

    def _most_after(self, kept: float, by_logits: Floats, scaled: Floats, norms: Floats) -> float:
        """A bound on the size of the weights after a step; Diverged if one of them wouldn't be finite.

        A weight moves by a product of two columns of `by_logits` and `scaled`, so by no more than the product
        of the rows' norms (n_samples,), of which `norms` are the first's. Only where this bound nears the
        largest number are the new weights computed beforehand: to do so always would take twice as long.
        """
        most = abs(kept) * self._most + float(norms @ np.sqrt(np.vecdot(scaled, scaled)))
        if most < float(np.finfo(self.dtype).max) / 4:  # which leaves room for rounding
            return most
        most = 0.0
        for block in self._blocks():
            changed = self._weights[block] * kept + by_logits[:, block].T @ scaled
            finite_or_diverged(changed)
            most = max(most, _largest(changed))
        return most

    def _blocks(self) -> Iterator[slice]:
        """The classes in blocks: a change of all weights at once would go to memory and come back."""
        for start in range(0, self.n_classes, CLASSES_AT_ONCE):
            yield slice(start, min(start + CLASSES_AT_ONCE, self.n_classes))

    def _losses(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        return _loss_and_gradient(head, samples @ self._weights.T, targets)[0]

    def _probabilities(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        logits = samples @ self._weights.T
        if isinstance(head, SphericalLoss):
            return np.stack([head.probabilities(_statistics(logits, column)) for column in targets.T], -1)
        return np.take_along_axis(head.probabilities(logits), targets, -1)

    def _logits(self, samples: Floats, k: int) -> Iterator[tuple[Integers, Floats]]:
        for block in self._blocks():
            yield np.arange(block.start, block.stop), samples @ self._weights[block].T

    def _arrays(self) -> Mapping[str, Array]:
        return {"weights": self._weights}

    @classmethod
    def load(cls, path: PathLike) -> Self:
        with saved.reading(path, cls.kind) as file:
            weights = file.array("weights", np.floating, None, None)
            checked_dtype(weights.dtype)
            layer = cls(weights)
            layer.head = loaded_head(file.one("head", np.str_))
            return layer

    @staticmethod
    def operations_of(n_classes: int, n_units: int, n_samples: int) -> float:
        return 3 * 2.0 * n_samples * n_classes * n_units


def _statistics(logits: Floats, targets: Integers) -> Statistics:
    """The three statistics of each row of logits, in float64."""
    of_target = np.take_along_axis(logits, targets[:, None], 1)[:, 0]
    # A product with ones instead of numpy's sum, which is no faster and whose rounding depends on the layout.
    ones = np.ones(logits.shape[1], logits.dtype)
    return Statistics.of(of_target, logits @ ones, np.vecdot(logits, logits), logits.shape[1])


def _loss_and_gradient(head: Loss, logits: Floats, targets: Integers) -> tuple[Floats, Floats, Floats]:
    """Loss of each sample, its gradient by the logits, which may be overwritten, and a bound on its norm.

    Softmax and the spherical family work in place, since they are what the factored layer is timed against.
    """
    loss, samples = spherical(head), np.arange(len(logits))
    if loss is not None:
        statistics = _statistics(logits, targets)
        slopes = loss.slopes(statistics)
        logits *= (2 * slopes.by_square).astype(logits.dtype)[:, None]
        logits += slopes.by_sum.astype(logits.dtype)[:, None]
        logits[samples, targets] += slopes.by_target.astype(logits.dtype)
        return slopes.loss, logits, slopes.most_of_gradient(statistics)
    if isinstance(head, Softmax):
        return *softmax_in_place(logits, targets), np.full(len(logits), math.sqrt(2))
    assert isinstance(head, Head)
    losses, gradient = head.loss_and_gradient_onehot(logits, onehot(targets, logits))
    return losses, gradient, np.sqrt(np.vecdot(gradient, gradient))


def _largest(weights: Floats) -> float:
    return float(max(weights.max(), -weights.min()))


def softmax_in_place(logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Loss of each sample and the gradient, written over the logits. A logit of -inf leaves its class out."""
    samples = np.arange(len(logits))
    logits -= logits.max(1, keepdims=True)
    of_target = logits[samples, targets]
    np.exp(logits, out=logits)
    total = logits @ np.ones(logits.shape[1], logits.dtype)
    logits /= total[:, None]
    logits[samples, targets] -= 1
    return np.log(total) - of_target, logits
