"""Lines on which a surface has one height, from its values at the crossings of a grid."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats, Integers

Crossing = tuple[int, ...]
"""An edge of the grid, by its two ends: a line goes through it at most once."""


def lines(x: Floats, y: Floats, heights: Floats, level: float) -> list[Floats]:
    """Lines (n_points, 2) where a surface has the height `level`.

    `heights` (len(x), len(y)) are those at the crossings. Each cell is cut into two triangles, in which the
    surface is flat. Where a height isn't finite there is no line.
    """
    ends, places = _segments(x, y, heights, level)
    at = dict(zip(map(tuple, ends.reshape(-1, 2).tolist()), places.reshape(-1, 2), strict=True))
    neighbours: dict[Crossing, list[Crossing]] = {crossing: [] for crossing in at}
    for one, other in ends.tolist():
        neighbours[tuple(one)].append(tuple(other))
        neighbours[tuple(other)].append(tuple(one))
    return [np.array([at[each] for each in _on_grid(line, len(y))]) for line in _joined(neighbours)]


def _segments(x: Floats, y: Floats, heights: Floats, level: float) -> tuple[Integers, Floats]:
    """Edges (n_segments, 2, 2) that segments join, by the indices of their ends, and where they meet them."""
    edges, flat = _edges(*heights.shape), heights.ravel()
    low, high = np.moveaxis(flat[edges], -1, 0)
    crossed = np.isfinite(low) & np.isfinite(high) & ((low < level) != (high < level))
    is_cut = crossed.sum(1) == 2  # a line that enters a triangle leaves it
    cut, crossed = edges[is_cut], crossed[is_cut]
    ends = cut[crossed].reshape(-1, 2, 2)
    low, high = np.moveaxis(flat[ends], -1, 0)
    share = ((level - low) / (high - low))[..., None]
    points = np.stack([x[ends // len(y)], y[ends % len(y)]], -1)
    return ends, (1 - share) * points[..., 0, :] + share * points[..., 1, :]


@lru_cache(maxsize=4)
def _edges(columns: int, rows: int) -> Integers:
    """The three edges (n_triangles, 3, 2) of each triangle, by the indices of their ends in order."""
    index = np.arange(columns * rows).reshape(columns, rows)
    corner, right, up, across = index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]
    # Many losses depend on the difference of two logits: their lines run along this diagonal.
    triangles = np.stack([np.stack([corner, across, other], -1) for other in (right, up)]).reshape(-1, 3)
    return np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], -1))


def _joined(neighbours: dict[Crossing, list[Crossing]]) -> Iterator[list[Crossing]]:
    """The crossings of each line in their order; lines with two ends first, then closed ones."""
    left = set(neighbours)
    starts = [crossing for crossing, others in neighbours.items() if len(others) == 1]
    for start in (*starts, *neighbours):
        if start not in left:
            continue
        line, following = [start], [start]
        while following:
            left.discard(following[0])
            following = [each for each in neighbours[line[-1]] if each in left]
            line += following[:1]
        is_closed = len(line) > 2 and start in neighbours[line[-1]]
        yield [*line, start] if is_closed else line


def _on_grid(line: list[Crossing], rows: int) -> list[Crossing]:
    """A line's ends and its crossings with the grid: those with diagonals lie about between them."""
    inner = (each for each in line[1:-1] if each[1] - each[0] in (1, rows))
    return [line[0], *inner, *line[-1:]] if len(line) > 1 else line


def spread(candidates: list[NDArray[np.floating]], taken: Floats) -> Floats:
    """One of each line's points (n_points, 2), far from those `taken` (n, 2) and from each other."""
    chosen = taken
    for points in candidates:
        distance = np.linalg.norm(points[:, None] - chosen, axis=-1).min(1)
        chosen = np.vstack([chosen, points[distance.argmax()]])
    return chosen[len(taken) :]
