"""A plane of two numbers, divided into cells: decision regions of two features or of two logits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELLS = 44
"""Cells along each side: few enough to be drawn as shapes that can be pointed at."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A rectangle of ``CELLS × CELLS`` cells, the last axis of each array first: x is the slow index.

    `edges` (CELLS + 1, 2) are the cells' borders along x and y.
    """

    edges: NDArray[np.floating]

    @classmethod
    def square(cls, reach: float) -> "Plane":
        """The square from -reach to reach."""
        line = np.linspace(-reach, reach, CELLS + 1)
        return cls(np.stack([line, line], axis=-1))

    @classmethod
    def around(cls, points: NDArray[np.floating], margin: float) -> "Plane":
        """The rectangle that holds points (n, 2), with a margin given as a part of their extent."""
        low, high = points.min(0), points.max(0)
        border = margin * (high - low)
        return cls(np.linspace(low - border, high + border, CELLS + 1))

    @property
    def centres(self) -> NDArray[np.floating]:
        """The middle (CELLS², 2) of each cell."""
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        x, y = (index.ravel() for index in np.indices((CELLS, CELLS)))
        return np.column_stack([middles[x, 0], middles[y, 1]])

    @property
    def corners(self) -> dict[str, NDArray[np.floating]]:
        """Columns x, x2, y, y2 (CELLS²,) of the cells' borders."""
        x, y = (index.ravel() for index in np.indices((CELLS, CELLS)))
        edges = self.edges
        return {"x": edges[x, 0], "x2": edges[x + 1, 0], "y": edges[y, 1], "y2": edges[y + 1, 1]}
