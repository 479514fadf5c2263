"""The output layer as everybody writes it: all outputs, all weights, every step. O(D d) a sample."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Head, Integers, Softmax
from alternatives.large_output import saved
from alternatives.large_output.checks import (
    checked_hidden,
    checked_k,
    checked_rates,
    checked_targets,
    checked_weights,
    finite_or_diverged,
)
from alternatives.large_output.layer import Best, OutputLayer
from alternatives.large_output.saved import PathLike
from alternatives.large_output.spherical import (
    Loss,
    SphericalLoss,
    Statistics,
    loaded_head,
    ranking,
    saved_head,
    spherical,
)

CLASSES_AT_ONCE = 4096
"""Block of classes of which the outputs, or the change of the weights, stay in the processor's cache."""


class DenseOutput(OutputLayer):
    """The baseline and the truth: any head, nothing clever.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        The first weights, copied; float32 stays float32, anything else becomes float64.
    """

    kind = "dense output layer"

    def __init__(self, weights: ArrayLike) -> None:
        self._weights = checked_weights(weights)
        self.n_classes, self.n_units = self._weights.shape
        self.dtype = self._weights.dtype

    @property
    def weights(self) -> Floats:
        return self._weights.copy()

    def step(
        self,
        head: Loss,
        hidden: ArrayLike,
        targets: ArrayLike,
        learning_rate: float,
        weight_decay: float = 0.0,
    ) -> tuple[float, Floats]:
        checked_rates(learning_rate, weight_decay)
        samples = checked_hidden(hidden, self.n_units, self.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        with np.errstate(all="ignore"):
            losses, by_logits = _loss_and_gradient(head, samples @ self._weights.T, targets)
            loss = float(losses.mean())
            by_logits /= len(samples)
            gradient = by_logits @ self._weights
            scaled = -learning_rate * samples
            finite_or_diverged(loss, gradient, scaled)
            # In blocks: a change the size of all the weights would have to be written out and read again.
            for start in range(0, self.n_classes, CLASSES_AT_ONCE):
                block = slice(start, start + CLASSES_AT_ONCE)
                if weight_decay:
                    self._weights[block] *= 1 - learning_rate * weight_decay
                self._weights[block] += by_logits[:, block].T @ scaled
        self.head = head
        return loss, gradient

    def loss(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> float:
        head = self._asked(head)
        samples = checked_hidden(hidden, self.n_units, self.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        return float(_loss_and_gradient(head, samples @ self._weights.T, targets)[0].mean())

    def probabilities_of(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> Floats:
        head = self._asked(head)
        samples = checked_hidden(hidden, self.n_units, self.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes, several=True)
        logits = samples @ self._weights.T
        flat = targets.reshape(len(samples), -1)
        if isinstance(head, SphericalLoss):
            of_targets = [head.probabilities(_statistics(logits, column)) for column in flat.T]
            return np.stack(of_targets, -1).reshape(targets.shape)
        return np.take_along_axis(head.probabilities(logits), flat, -1).reshape(targets.shape)

    def top_k(self, hidden: ArrayLike, k: int, head: Loss | None = None) -> Integers:
        head = self._asked(head)
        samples = checked_hidden(hidden, self.n_units, self.dtype)
        best = Best(len(samples), checked_k(k, self.n_classes))
        for start in range(0, self.n_classes, CLASSES_AT_ONCE):
            block = self._weights[start : start + CLASSES_AT_ONCE]
            best.offer(np.arange(start, start + len(block)), ranking(head, samples @ block.T))
        return best.classes

    def save(self, path: PathLike) -> None:
        saved.write(
            path, {"kind": np.array(self.kind), "head": saved_head(self.head), "weights": self._weights}
        )

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
    # As a product with ones: numpy's own sum is no faster, and rounds by a different rule for each layout.
    ones = np.ones(logits.shape[1], logits.dtype)
    columns = of_target, logits @ ones, np.vecdot(logits, logits)
    of_target, logit_sum, squared_norm = (column.astype(np.float64) for column in columns)
    return Statistics(of_target, logit_sum, squared_norm, logits.shape[1])


def _loss_and_gradient(head: Loss, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Loss of each sample and its gradient by the logits, which may be overwritten.

    Softmax and the spherical family in place, since they are what the factored layer is compared with.
    """
    member, samples = spherical(head), np.arange(len(logits))
    if member is not None:
        slopes = member.slopes(_statistics(logits, targets))
        logits *= (2 * slopes.by_square).astype(logits.dtype)[:, None]
        logits += slopes.by_sum.astype(logits.dtype)[:, None]
        logits[samples, targets] += slopes.by_target.astype(logits.dtype)
        return slopes.loss, logits
    if isinstance(head, Softmax):
        return softmax_in_place(logits, targets)
    assert isinstance(head, Head)
    return head.loss_and_gradient(logits, targets)


def softmax_in_place(logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Loss of each sample and, written over its logits, the gradient. A logit of -inf is a class left out."""
    samples = np.arange(len(logits))
    logits -= logits.max(1, keepdims=True)
    of_target = logits[samples, targets]
    np.exp(logits, out=logits)
    total = logits @ np.ones(logits.shape[1], logits.dtype)
    logits /= total[:, None]
    logits[samples, targets] -= 1
    return np.log(total) - of_target, logits
