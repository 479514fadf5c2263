"""Sampled softmax: softmax over the target and a random sample of the other classes."""

import numpy as np
from numpy.random import default_rng
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers, Softmax
from alternatives.heads.checks import real_numbers, whole_number
from alternatives.large_output.checks import (
    Diverged,
    checked_hidden,
    checked_rates,
    checked_targets,
    checked_weights,
    finite_or_diverged,
)
from alternatives.large_output.dense import DenseOutput, softmax_in_place


class SampledSoftmax:
    """An estimate of softmax's loss and gradient from a random sample of the classes.

    All samples of a mini-batch share these classes. Each logit is lowered by the logarithm of the probability
    that its class is drawn, so that the estimate approaches softmax as more classes are drawn.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        The initial weights, copied.
    n_drawn : int
        Classes to draw, with replacement; a class that is drawn twice counts once.
    frequencies : array-like (n_classes,), optional
        Classes are drawn in proportion to these; the classes' own frequencies work best. Equal by default.
    random_state : int

    References
    ----------
    Bengio and Senécal 2008, Adaptive importance sampling to accelerate training of a neural probabilistic
    language model; Jean et al. 2015, arXiv 1412.2007.
    """

    def __init__(
        self,
        weights: ArrayLike,
        n_drawn: int = 1024,
        frequencies: ArrayLike | None = None,
        random_state: int = 0,
    ) -> None:
        self._weights = checked_weights(weights)
        self.n_classes, self.n_units = self._weights.shape
        self.n_drawn = whole_number(n_drawn, "n_drawn", 1)
        self._random = default_rng(whole_number(random_state, "random_state", 0))
        self._shares: Floats | None = None
        if frequencies is not None:
            shares = real_numbers(frequencies, "frequencies").astype(np.float64)
            if shares.shape != (self.n_classes,):
                raise ValueError(f"frequencies must have shape ({self.n_classes},), got {shares.shape}")
            with np.errstate(over="ignore"):
                total = shares.sum()
            if not ((shares > 0).all() and np.isfinite(total)):
                raise ValueError("frequencies must be numbers above 0 with a finite sum, got others")
            self._shares = shares / total
            self._cumulative = np.cumsum(self._shares)

    @property
    def weights(self) -> Floats:
        """A copy of the weights (n_classes, n_units)."""
        return self._weights.copy()

    def step(self, hidden: ArrayLike, targets: ArrayLike, learning_rate: float) -> tuple[float, Floats]:
        """Make one step of gradient descent: the estimated mean loss, and its gradient by `hidden`.

        Diverged if one of them or a changed weight isn't finite: the weights then stay as they were.
        """
        rate, _ = checked_rates(learning_rate)
        samples = checked_hidden(hidden, self.n_units, self._weights.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        drawn = self._draw()
        classes, which = np.unique(targets, return_inverse=True)
        target_rows, drawn_rows = self._weights[classes], self._weights[drawn]

        with np.errstate(all="ignore"):
            of_target = np.vecdot(samples, target_rows[which]) - self._log_chance(targets)
            logits = samples @ drawn_rows.T - self._log_chance(drawn)
            logits[targets[:, None] == drawn] = -np.inf  # the target already has a column of its own
            losses, by_logits = softmax_in_place(
                np.concatenate([of_target[:, None], logits], 1), np.zeros(len(samples), np.intp)
            )
            by_logits /= len(samples)
            gradient = by_logits[:, :1] * target_rows[which] + by_logits[:, 1:] @ drawn_rows
            finite_or_diverged(losses, gradient)
            self._weights[drawn] -= rate * (by_logits[:, 1:].T @ samples)
            np.subtract.at(self._weights, targets, rate * by_logits[:, :1] * samples)
            try:
                finite_or_diverged(self._weights[drawn], self._weights[classes])
            except Diverged:
                self._weights[drawn], self._weights[classes] = drawn_rows, target_rows
                raise
        return float(losses.mean()), gradient

    def loss(self, hidden: ArrayLike, targets: ArrayLike) -> float:
        """Mean log loss of the softmax over all classes, at O(D d)."""
        return DenseOutput(self._weights).loss(hidden, targets, Softmax())

    def operations(self, n_samples: int) -> float:
        """Floating-point operations of the matrix products of one step."""
        return 3 * 2.0 * n_samples * (self.n_drawn + 1) * self.n_units

    def _draw(self) -> Integers:
        if self._shares is None:
            return np.unique(self._random.integers(self.n_classes, size=self.n_drawn))
        places = np.searchsorted(self._cumulative, self._random.random(self.n_drawn), side="right")
        return np.unique(np.minimum(places, self.n_classes - 1))

    def _log_chance(self, classes: Integers) -> Floats:
        """Logarithm of the probability that a class is among those drawn."""
        share = 1 / self.n_classes if self._shares is None else self._shares[classes]
        with np.errstate(divide="ignore"):
            chance = -np.expm1(self.n_drawn * np.log1p(-np.asarray(share)))
            return np.log(np.broadcast_to(chance, classes.shape)).astype(self._weights.dtype)
