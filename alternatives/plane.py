"""A plane of two numbers, divided into cells: decision regions of two features or of two logits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELLS = 44
"""Cells along each side: few enough to be drawn as shapes that can be pointed at."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A rectangle of ``n × n`` cells, by default `CELLS`. x is the slow index of all arrays.

    `edges` (n + 1, 2) are the cells' borders along x and y.
    """

    edges: NDArray[np.floating]

    @classmethod
    def square(cls, reach: float) -> "Plane":
        """The square from -reach to reach."""
        line = np.linspace(-reach, reach, CELLS + 1)
        return cls(np.stack([line, line], axis=-1))

    @classmethod
    def around(cls, points: NDArray[np.floating], margin: float, cells: int = CELLS) -> "Plane":
        """The rectangle that holds points (n, 2), with a margin given as a part of their extent."""
        low, high = points.min(0), points.max(0)
        border = margin * (high - low)
        return cls(np.linspace(low - border, high + border, cells + 1))

    @property
    def n_cells(self) -> int:
        """Cells along each side."""
        return len(self.edges) - 1

    @property
    def centres(self) -> NDArray[np.floating]:
        """The middle (n², 2) of each cell."""
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        x, y = (index.ravel() for index in np.indices((self.n_cells,) * 2))
        return np.column_stack([middles[x, 0], middles[y, 1]])

    @property
    def corners(self) -> dict[str, NDArray[np.floating]]:
        """Columns x, x2, y, y2 (n²,) of the cells' borders."""
        x, y = (index.ravel() for index in np.indices((self.n_cells,) * 2))
        edges = self.edges
        return {"x": edges[x, 0], "x2": edges[x + 1, 0], "y": edges[y, 1], "y2": edges[y + 1, 1]}
