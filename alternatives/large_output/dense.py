"""The usual output layer: it computes all outputs and changes all weights in every step. O(D d) a sample."""

from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Head, Integers, Softmax
from alternatives.large_output import saved
from alternatives.large_output.checks import checked_weights, finite_or_diverged
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.saved import Array, PathLike
from alternatives.large_output.spherical import Loss, SphericalLoss, Statistics, loaded_head, spherical

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

    @property
    def weights(self) -> Floats:
        return self._weights.copy()

    def _step(
        self, head: Loss, samples: Floats, targets: Integers, learning_rate: float, weight_decay: float
    ) -> tuple[float, Floats]:
        losses, by_logits = _loss_and_gradient(head, samples @ self._weights.T, targets)
        loss = float(losses.mean())
        by_logits /= len(samples)
        gradient = by_logits @ self._weights
        scaled = -learning_rate * samples
        finite_or_diverged(loss, gradient, scaled)
        # In blocks: a change of all weights at once would have to be written to memory and read again.
        for start in range(0, self.n_classes, CLASSES_AT_ONCE):
            block = slice(start, start + CLASSES_AT_ONCE)
            if weight_decay:
                self._weights[block] *= 1 - learning_rate * weight_decay
            self._weights[block] += by_logits[:, block].T @ scaled
        return loss, gradient

    def _losses(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        return _loss_and_gradient(head, samples @ self._weights.T, targets)[0]

    def _probabilities(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        logits = samples @ self._weights.T
        if isinstance(head, SphericalLoss):
            return np.stack([head.probabilities(_statistics(logits, column)) for column in targets.T], -1)
        return np.take_along_axis(head.probabilities(logits), targets, -1)

    def _logits(self, samples: Floats, k: int) -> Iterator[tuple[Integers, Floats]]:
        for start in range(0, self.n_classes, CLASSES_AT_ONCE):
            block = self._weights[start : start + CLASSES_AT_ONCE]
            yield np.arange(start, start + len(block)), samples @ block.T

    def _arrays(self) -> Mapping[str, Array]:
        return {"weights": self._weights}

    @classmethod
    def load(cls, path: PathLike) -> Self:
        with saved.reading(path, cls.kind) as file:
            layer = cls(file.array("weights"))
            layer.head = loaded_head(file.array("head"))
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


def _loss_and_gradient(head: Loss, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Loss of each sample and its gradient by the logits, which may be overwritten.

    Softmax and the spherical family work in place, since they are what the factored layer is timed against.
    """
    loss, samples = spherical(head), np.arange(len(logits))
    if loss is not None:
        slopes = loss.slopes(_statistics(logits, targets))
        logits *= (2 * slopes.by_square).astype(logits.dtype)[:, None]
        logits += slopes.by_sum.astype(logits.dtype)[:, None]
        logits[samples, targets] += slopes.by_target.astype(logits.dtype)
        return slopes.loss, logits
    if isinstance(head, Softmax):
        return softmax_in_place(logits, targets)
    assert isinstance(head, Head)
    return head.loss_and_gradient(logits, targets)


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
