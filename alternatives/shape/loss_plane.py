"""The loss of each head over the plane of two logits, and which way gradient descent moves them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats, Head
from alternatives.plane import CELLS, Plane

ARROWS = 7
"""Arrows along each side. Their number is odd, so that one begins at two logits of 0."""
FLAT = 0.001
"""A gradient whose norm is below this is nearly zero: it has no arrow."""


class LossPlane(NamedTuple):
    """Losses and gradients where two logits vary and the others stay.

    `axes` are the classes of the two logits, the target first. `loss` and `norm` (n_heads, CELLS²) are those
    in the middle of each cell, `corner_loss` (n_heads, CELLS + 1, CELLS + 1) those at the corners of the
    cells. At the points (ARROWS², 2), `descent` (n_heads, ARROWS², 2) is the negative gradient. A norm is
    that of the gradient by the two logits alone.
    """

    heads: tuple[str, ...]
    axes: tuple[int, int]
    plane: Plane
    loss: Floats
    norm: Floats
    corner_loss: Floats
    points: Floats
    descent: Floats

    @classmethod
    def around(
        cls, heads: Sequence[Head], logits: Floats, target: int, other: int, plane: Plane
    ) -> "LossPlane":
        """The plane of the logits of `target` and `other`; all others are as in `logits` (n_classes,)."""
        axes = target, other
        steps = (np.arange(ARROWS) + 0.5) / ARROWS
        low, high = plane.edges[0], plane.edges[-1]
        points = _grid(*(low + np.outer(steps, high - low)).T)
        values = [
            [_on(head, logits, axes, where) for where in (plane.centres, _grid(*plane.edges.T), points)]
            for head in heads
        ]
        cells, corners, arrows = zip(*values, strict=True)
        return cls(
            tuple(head.name for head in heads),
            axes,
            plane,
            np.stack([loss for loss, _ in cells]),
            np.stack([np.linalg.norm(gradient, axis=-1) for _, gradient in cells]),
            np.stack([loss.reshape(CELLS + 1, CELLS + 1) for loss, _ in corners]),
            points,
            -np.stack([gradient for _, gradient in arrows]),
        )

    @property
    def flat(self) -> NDArray[np.bool_]:
        """Where the gradient (n_heads, CELLS²) is nearly zero."""
        is_flat: NDArray[np.bool_] = self.norm < FLAT
        return is_flat


def _grid(x: Floats, y: Floats) -> Floats:
    """All pairs (len(x) · len(y), 2); x is the slow index."""
    return np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)


def _on(head: Head, logits: Floats, axes: tuple[int, int], where: Floats) -> tuple[Floats, Floats]:
    """Loss (n,) of the first axis's class and its gradient (n, 2) by the two logits, at points (n, 2)."""
    moved = np.tile(logits, (len(where), 1))
    moved[:, axes] = where
    loss, gradient = head.loss_and_gradient(moved, np.full(len(where), axes[0]))
    return loss, gradient[:, axes]
