"""What is done about very many classes where softmax is to stay: look at a few of them, or at a tree.

Both cost less than the dense layer, and neither computes its numbers: sampled softmax follows an estimate of
the gradient, and hierarchical softmax is another model.
"""

from math import ceil, isqrt

import numpy as np
from numpy.random import default_rng
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers, Softmax
from alternatives.large_output.checks import (
    checked_hidden,
    checked_rates,
    checked_targets,
    checked_weights,
    finite_or_diverged,
)
from alternatives.large_output.dense import DenseOutput, softmax_in_place


class SampledSoftmax:
    """Softmax among the target and a few classes drawn at random: an estimate of the loss and the gradient.

    All samples of a mini-batch share one draw. Each logit is lowered by the logarithm of how often its class
    is expected in the draw, so that the estimate approaches the softmax as the draw grows.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
    n_drawn : int
        Draws, with replacement; classes that come up again count once.
    frequencies : array-like (n_classes,), optional
        In proportion to which classes are drawn; the classes' own frequencies are best. Equal by default.
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
        self.n_drawn, self._random = n_drawn, default_rng(random_state)
        self._shares: Floats | None = None
        if frequencies is not None:
            shares = np.asarray(frequencies, np.float64)
            if shares.shape != (self.n_classes,) or not np.all(shares > 0):
                raise ValueError(f"frequencies must be {self.n_classes} numbers above 0")
            self._shares = shares / shares.sum()
            self._cumulative = np.cumsum(self._shares)

    @property
    def weights(self) -> Floats:
        """The weights (n_classes, n_units)."""
        return self._weights.copy()

    def step(self, hidden: ArrayLike, targets: ArrayLike, learning_rate: float) -> tuple[float, Floats]:
        """Move the weights by one step: the estimated mean loss, and its gradient by `hidden`."""
        checked_rates(learning_rate)
        samples = checked_hidden(hidden, self.n_units, self._weights.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        drawn = self._drawn()
        classes, which = np.unique(targets, return_inverse=True)
        target_rows, drawn_rows = self._weights[classes], self._weights[drawn]

        with np.errstate(all="ignore"):
            of_target = np.vecdot(samples, target_rows[which]) - self._log_expected(targets)
            logits = samples @ drawn_rows.T - self._log_expected(drawn)
            logits[targets[:, None] == drawn] = -np.inf  # the target is no rival of its own
            losses, by_logits = softmax_in_place(
                np.concatenate([of_target[:, None], logits], 1), np.zeros(len(samples), np.intp)
            )
            by_logits /= len(samples)
            gradient = by_logits[:, :1] * target_rows[which] + by_logits[:, 1:] @ drawn_rows
            finite_or_diverged(losses, gradient)
            self._weights[drawn] -= learning_rate * (by_logits[:, 1:].T @ samples)
            np.subtract.at(self._weights, targets, learning_rate * by_logits[:, :1] * samples)
        return float(losses.mean()), gradient

    def loss(self, hidden: ArrayLike, targets: ArrayLike) -> float:
        """Mean log loss of the softmax over all classes, at O(D d)."""
        return DenseOutput(self._weights).loss(hidden, targets, Softmax())

    def operations(self, n_samples: int) -> float:
        """Floating-point operations of the matrix products of one step."""
        return 3 * 2.0 * n_samples * (self.n_drawn + 1) * self.n_units

    def _drawn(self) -> Integers:
        if self._shares is None:
            return np.unique(self._random.integers(self.n_classes, size=self.n_drawn))
        places = np.searchsorted(self._cumulative, self._random.random(self.n_drawn), side="right")
        return np.unique(np.minimum(places, self.n_classes - 1))

    def _log_expected(self, classes: Integers) -> Floats:
        """Logarithm of the chance that a class is in the draw."""
        share = 1 / self.n_classes if self._shares is None else self._shares[classes]
        with np.errstate(divide="ignore"):
            chance = -np.expm1(self.n_drawn * np.log1p(-np.asarray(share)))
            return np.log(np.broadcast_to(chance, classes.shape)).astype(self._weights.dtype)


class HierarchicalSoftmax:
    """A softmax over about √D groups of classes, and one over the classes of a group: O(√D d) a sample.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        First weights of the classes within their groups: class k is in group ``k // group_size``. Those of
        the groups are zero.
    group_size : int, optional
        √D, rounded up, by default.

    References
    ----------
    Goodman 2001, Classes for fast maximum entropy training, arXiv cs/0108006; Morin and Bengio 2005,
    Hierarchical probabilistic neural network language model.
    """

    def __init__(self, weights: ArrayLike, group_size: int | None = None) -> None:
        self._weights = checked_weights(weights)
        self.n_classes, self.n_units = self._weights.shape
        self.group_size = group_size or isqrt(self.n_classes - 1) + 1
        n_groups = ceil(self.n_classes / self.group_size)
        self._group_weights: Floats = np.zeros((n_groups, self.n_units), self._weights.dtype)

    def step(self, hidden: ArrayLike, targets: ArrayLike, learning_rate: float) -> tuple[float, Floats]:
        """Move the weights by one step: the mean loss before it, and its gradient by `hidden`."""
        checked_rates(learning_rate)
        samples = checked_hidden(hidden, self.n_units, self._weights.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        groups, within = np.divmod(targets, self.group_size)
        losses, by_group = softmax_in_place(samples @ self._group_weights.T, groups)
        by_group /= len(samples)
        gradient = by_group @ self._group_weights
        changes = [(self._group_weights, by_group.T @ samples)]
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            rows = self._weights[group * self.group_size : (group + 1) * self.group_size]
            losses_within, by_class = softmax_in_place(samples[members] @ rows.T, within[members])
            losses[members] += losses_within
            by_class /= len(samples)
            gradient[members] += by_class @ rows
            changes.append((rows, by_class.T @ samples[members]))
        finite_or_diverged(losses, gradient)
        for rows, change in changes:
            rows -= learning_rate * change
        return float(losses.mean()), gradient

    def loss(self, hidden: ArrayLike, targets: ArrayLike) -> float:
        """Mean log loss."""
        return float(-np.log(self.probabilities_of(hidden, targets)).mean())

    def probabilities_of(self, hidden: ArrayLike, targets: ArrayLike) -> Floats:
        """Probability of each target."""
        samples = checked_hidden(hidden, self.n_units, self._weights.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        groups, within = np.divmod(targets, self.group_size)
        in_group = Softmax().probabilities(samples @ self._group_weights.T)
        found: Floats = np.take_along_axis(in_group, groups[:, None], 1)[:, 0]
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            rows = self._weights[group * self.group_size : (group + 1) * self.group_size]
            found[members] *= Softmax().probabilities(samples[members] @ rows.T)[
                np.arange(len(members)), within[members]
            ]
        return found

    def operations(self, n_samples: int) -> float:
        """Floating-point operations of the matrix products of one step."""
        return 3 * 2.0 * n_samples * (len(self._group_weights) + self.group_size) * self.n_units
