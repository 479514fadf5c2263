"""Hierarchical softmax: one softmax over groups of classes, and one within each group."""

from math import ceil, isqrt

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Softmax
from alternatives.heads.checks import whole_number
from alternatives.large_output.checks import (
    checked_hidden,
    checked_rates,
    checked_targets,
    checked_weights,
    finite_or_diverged,
)
from alternatives.large_output.dense import softmax_in_place


class HierarchicalSoftmax:
    """A softmax over about √D groups of classes times one over the classes of a group: O(√D d) a sample.

    This is another model than softmax, with probabilities of its own.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        The initial weights of the classes within their groups, copied: class k is in group
        ``k // group_size``. The weights of the groups start at zero.
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
        chosen = isqrt(self.n_classes - 1) + 1 if group_size is None else group_size
        self.group_size = whole_number(chosen, "group_size", 1)
        n_groups = ceil(self.n_classes / self.group_size)
        self._group_weights: Floats = np.zeros((n_groups, self.n_units), self._weights.dtype)

    def step(self, hidden: ArrayLike, targets: ArrayLike, learning_rate: float) -> tuple[float, Floats]:
        """Make one step of gradient descent: the mean loss before it, and its gradient by `hidden`.

        Diverged if one of them or a changed weight isn't finite: the layer then stays as it was.
        """
        rate, _ = checked_rates(learning_rate)
        samples = checked_hidden(hidden, self.n_units, self._weights.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        groups, within = np.divmod(targets, self.group_size)
        with np.errstate(all="ignore"):
            losses, by_group = softmax_in_place(samples @ self._group_weights.T, groups)
            by_group /= len(samples)
            gradient = by_group @ self._group_weights
            changed = [(self._group_weights, self._group_weights - rate * (by_group.T @ samples))]
            for group in np.unique(groups):
                members, rows = np.flatnonzero(groups == group), self._rows(group)
                losses_within, by_class = softmax_in_place(samples[members] @ rows.T, within[members])
                losses[members] += losses_within
                by_class /= len(samples)
                gradient[members] += by_class @ rows
                changed.append((rows, rows - rate * (by_class.T @ samples[members])))
            finite_or_diverged(losses, gradient, *(new for _, new in changed))
        for rows, new in changed:
            rows[:] = new
        return float(losses.mean()), gradient

    def loss(self, hidden: ArrayLike, targets: ArrayLike) -> float:
        """Mean log loss."""
        return float(-np.log(self.probabilities_of(hidden, targets)).mean())

    def probabilities_of(self, hidden: ArrayLike, targets: ArrayLike) -> Floats:
        """Probability of each target."""
        samples = checked_hidden(hidden, self.n_units, self._weights.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        groups, within = np.divmod(targets, self.group_size)
        by_group = Softmax().probabilities(samples @ self._group_weights.T)
        found: Floats = np.take_along_axis(by_group, groups[:, None], 1)[:, 0]
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            by_class = Softmax().probabilities(samples[members] @ self._rows(group).T)
            found[members] *= by_class[np.arange(len(members)), within[members]]
        return found

    def operations(self, n_samples: int) -> float:
        """Floating-point operations of the matrix products of one step."""
        return 3 * 2.0 * n_samples * (len(self._group_weights) + self.group_size) * self.n_units

    def _rows(self, group: int) -> Floats:
        """The weights of a group's classes, a view."""
        return self._weights[group * self.group_size : (group + 1) * self.group_size]
