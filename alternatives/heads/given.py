"""Logits as people give them: of any real type, and perhaps infinite or missing.

Networks train with finite float32 and float64. What else comes in from outside is turned into these before a
head computes, and the head's results are turned back. A logit of -∞ *leaves its class out*: while the head
computes, a number stands in for it that is so low that the class gets no probability.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alternatives.heads.checks import Floats, Integers, class_numbers, real_numbers


class Gaps(NamedTuple):
    """Which classes (..., n_classes) are left out, and which samples (...) are lost.

    A sample is lost, so that all its results are NaN, if a logit is NaN or +∞, if all its classes are left
    out, or if the head gives a class with a logit of -∞ a probability, as an even score does.
    """

    left_out: NDArray[np.bool_]
    lost: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Given:
    """Logits (..., n_classes) that a head can compute with, and how to turn its results back."""

    logits: Floats
    dtype: np.dtype[Any]
    """The type of the results."""
    gaps: Gaps | None = None
    """None if all logits are finite."""

    @classmethod
    def of(cls, logits: ArrayLike, scores: Callable[[Floats], tuple[Floats, Floats]]) -> "Given":
        """The logits for a head with these `scores`; ValueError if they're no real numbers."""
        found = real_numbers(logits, "logits")
        if not found.ndim or not found.shape[-1]:
            raise ValueError(f"logits must have shape (..., n_classes), got {found.shape}")
        dtype = found.dtype
        if dtype == np.float16:  # too coarse to add up many classes
            found = found.astype(np.float32)
        finite = np.isfinite(found)
        if finite.all():
            return cls(found, dtype)

        left_out = np.isneginf(found)
        lost = ~(finite | left_out).all(-1) | left_out.all(-1)
        found = found.copy(order="K")  # the rounding of sums depends on how the logits lie in memory
        found[left_out] = np.finfo(found.dtype).min / 2
        found[lost] = 0
        with np.errstate(all="ignore"):
            shares = np.where(left_out, scores(found)[0], 0)
        lost = lost | (shares > np.finfo(found.dtype).eps).any(-1)
        return cls(found, dtype, Gaps(left_out, np.asarray(lost)))

    def targets(self, targets: ArrayLike) -> Integers:
        """Targets that broadcast against the samples; ValueError for others."""
        classes, samples = class_numbers(targets, self.logits.shape[-1]), self.logits.shape[:-1]
        try:
            np.broadcast_shapes(classes.shape, samples)
            fits = not samples or classes.shape != (*samples, 1)  # a column, whose pairs are hardly meant
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"targets must have shape {samples}, one for each sample, got {classes.shape}")
        return classes

    def vectors(self, values: Floats) -> Floats:
        """Results (..., n_classes), such as probabilities: what is left out gets 0."""
        if self.gaps:
            left_out, lost = self.gaps
            values = np.where(lost[..., None], np.nan, np.where(left_out, 0, values))
        return self._rounded(values)

    def matrices(self, values: Floats) -> Floats:
        """The same for results (..., n_classes, n_classes)."""
        if self.gaps:
            left_out, lost = self.gaps
            either = left_out[..., :, None] | left_out[..., None, :]
            values = np.where(lost[..., None, None], np.nan, np.where(either, 0, values))
        return self._rounded(values)

    def loss_and_gradient(
        self, compute: Callable[[Floats, Floats], tuple[Floats, Floats]], target: Floats
    ) -> tuple[Floats, Floats]:
        """Loss (...) and gradient (..., n_classes) that a head computes from logits and one-hot targets.

        The loss of a target that is left out is infinite, unless it has a limit.
        """
        if not self.gaps:
            loss, gradient = compute(self.logits, target)
            return self._rounded(loss), self._rounded(gradient)
        left_out, lost = self.gaps
        with np.errstate(all="ignore"):
            loss, gradient = compute(self.logits, target)
            halfway, _ = compute(np.where(left_out, self.logits / 2, self.logits), target)
        # A loss that grows without end is still growing, or was cut off so that its square is a number.
        endless = (loss != halfway) | (loss > 1 / np.finfo(loss.dtype).eps)
        loss = np.where((left_out & (target > 0)).any(-1) & endless, np.inf, loss)
        steep = left_out & (np.abs(gradient) > 1 / np.finfo(gradient.dtype).eps)
        gradient = np.where(steep, np.copysign(np.inf, gradient), gradient)
        unmoved = left_out & (target == 0)
        lost = lost | (unmoved & ~(np.abs(gradient) <= np.finfo(gradient.dtype).eps)).any(-1)
        gradient = np.where(lost[..., None], np.nan, np.where(unmoved, 0, gradient))
        return self._rounded(np.where(lost, np.nan, loss)), self._rounded(gradient)

    def _rounded(self, values: Floats) -> Floats:
        with np.errstate(over="ignore"):  # a large loss is infinite in half precision
            return values.astype(self.dtype, copy=False)
