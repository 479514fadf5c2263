"""Convolution and pooling of square images, as matrix products.

Every place of a filter is a patch of its input. The patches of a mini-batch are the rows of a matrix, so that
a convolution is a product with the filters' weights, like a fully connected layer of few inputs and many
samples. Of each 2 × 2 outputs the largest is kept.

Images are rows (..., n_samples, side² · channels) with the channels of a pixel next to each other. Nothing is
padded: a filter stays within the image.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from alternatives.heads import Floats, Integers

SIZE = 5
"""Pixels along the side of a filter."""
POOL = 2
"""Outputs along the side of the square of which the largest is kept."""
AT_A_TIME = 32
"""Images whose patches are in memory at a time in prediction."""

Kept: TypeAlias = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Whether the upper rows had the larger outputs, and whether the left ones of these."""


@dataclass(frozen=True)
class Convolution:
    """One layer: filters at every place of a square image with some channels, then pooling."""

    side: int
    channels: int
    n_filters: int

    @property
    def n_in(self) -> int:
        """Numbers of a patch."""
        return SIZE * SIZE * self.channels

    @property
    def n_places(self) -> int:
        """Places of a filter along the side."""
        return self.side - SIZE + 1

    @property
    def pooled(self) -> int:
        """Outputs along the side after pooling; of an odd number of places the last isn't used."""
        return self.n_places // POOL

    @property
    def n_outputs(self) -> int:
        """Numbers of a sample after pooling."""
        return self.pooled**2 * self.n_filters

    @property
    def scratch(self) -> tuple[int, int]:
        """Numbers of a sample's patches, and of its outputs before pooling."""
        return self.n_places**2 * self.n_in, self.n_places**2 * self.n_filters

    def by_place(self, array: Floats) -> Floats:
        """Outputs (..., n_samples, n_outputs) as rows (..., n_samples · pooled², n_filters)."""
        return array.reshape(*array.shape[:-2], -1, self.n_filters)

    def patches(self, array: Floats) -> Floats:
        """Patches (..., n_samples, numbers of its patches) as rows (..., n_samples · places², n_in)."""
        return array.reshape(*array.shape[:-2], -1, self.n_in)

    def gather(self, X: Floats, patches: Floats) -> None:
        """Write the patches of images into `patches` (..., n_samples, numbers of its patches)."""
        if self.channels == 1:  # copying five numbers at a time would take more than twice as long
            np.take(X, _pixels_of_patches(self.side), axis=-1, out=patches, mode="clip")
            return
        images = X.reshape(*X.shape[:-1], self.side, self.side, self.channels)
        windows = sliding_window_view(images, (SIZE, SIZE), (-3, -2))  # (..., place, place, channel, y, x)
        places = self.n_places, self.n_places
        into = patches.reshape(*patches.shape[:-1], *places, SIZE, SIZE, self.channels)
        np.copyto(into, np.moveaxis(windows, -3, -1))

    def forward(self, patches: Floats, weights: Floats, convolved: Floats, output: Floats) -> Kept:
        """Convolve and pool into `output` (..., n_samples, n_outputs), without bias.

        `convolved` (..., n_samples, its outputs before pooling) is overwritten.
        """
        rows = convolved.reshape(*convolved.shape[:-2], -1, self.n_filters)
        np.matmul(self.patches(patches), weights, out=rows)
        upper, lower = self._rows_of_squares(convolved)
        is_upper = np.greater_equal(upper, lower)
        larger = np.maximum(upper, lower)
        left, right = self._columns_of_squares(larger)
        is_left = np.greater_equal(left, right)
        np.maximum(left, right, out=output.reshape(left.shape))
        return is_upper, is_left

    def outputs(self, X: Floats, weights: Floats) -> Floats:
        """Outputs (..., n_samples, n_outputs) of images, `AT_A_TIME` by `AT_A_TIME`, to bound the memory."""
        leading = np.broadcast_shapes(X.shape[:-2], weights.shape[:-2])
        output = np.empty((*leading, X.shape[-2], self.n_outputs), X.dtype)
        n_patches, n_convolved = self.scratch
        for start in range(0, X.shape[-2], AT_A_TIME):
            rows = slice(start, start + AT_A_TIME)
            some = X[..., rows, :]
            patches = np.empty((*some.shape[:-1], n_patches), X.dtype)
            self.gather(some, patches)
            convolved = np.empty((*leading, some.shape[-2], n_convolved), X.dtype)
            self.forward(patches, weights, convolved, output[..., rows, :])
        return output

    def backward(self, gradient: Floats, kept: Kept, convolved: Floats) -> Floats:
        """The gradient at the outputs before pooling, as rows, in the memory of `convolved`.

        Of equal outputs one alone is chosen: on an image's ground all four are.
        """
        is_upper, is_left = kept
        larger = np.empty(is_upper.shape, gradient.dtype)
        left, right = self._columns_of_squares(larger)
        _divide(gradient.reshape(left.shape), is_left, left, right)
        if self.n_places % POOL:
            convolved[...] = 0
        upper, lower = self._rows_of_squares(convolved)
        _divide(larger, is_upper, upper, lower)
        return convolved.reshape(*convolved.shape[:-2], -1, self.n_filters)

    def scatter(self, rows: Floats, weights: Floats, patches: Floats, gradient: Floats) -> None:
        """Write the gradient at the images into `gradient`; `rows` are those of `backward`.

        A pixel's is the sum over all patches that it is in. `patches` are overwritten.
        """
        np.matmul(rows, weights.mT, out=self.patches(patches))
        row = SIZE * self.channels
        by_place = patches.reshape(*patches.shape[:-1], self.n_places, self.n_places, SIZE, row)
        images = gradient.reshape(*gradient.shape[:-1], self.side, self.side * self.channels)
        images[...] = 0
        for y, x in itertools.product(range(SIZE), range(self.n_places)):
            start = x * self.channels
            part = images[..., y : y + self.n_places, start : start + row]
            np.add(part, by_place[..., x, y, :], out=part)

    def _rows_of_squares(self, convolved: Floats) -> tuple[Floats, Floats]:
        """The upper and the lower rows of the squares (..., n_samples, pooled, 2 · pooled, n_filters)."""
        used = POOL * self.pooled
        image = convolved.reshape(*convolved.shape[:-1], self.n_places, self.n_places, self.n_filters)
        return image[..., :used:POOL, :used, :], image[..., 1:used:POOL, :used, :]

    @staticmethod
    def _columns_of_squares(larger: Floats) -> tuple[Floats, Floats]:
        """The left and the right of the larger outputs (..., n_samples, pooled, pooled, n_filters)."""
        return larger[..., ::POOL, :], larger[..., 1::POOL, :]


def _divide(gradient: Floats, is_first: NDArray[np.bool_], first: Floats, second: Floats) -> None:
    """Pass the gradient of a maximum on to the larger of two."""
    np.multiply(gradient, is_first, out=first)
    np.subtract(gradient, first, out=second)


@lru_cache(maxsize=16)
def _pixels_of_patches(side: int) -> Integers:
    """The pixel that is each number of an image's patches, one patch after the other."""
    pixels = np.arange(side * side).reshape(side, side)
    return np.ascontiguousarray(sliding_window_view(pixels, (SIZE, SIZE))).ravel()


def convolutions(side: int, channels: int, filters: Sequence[int]) -> tuple[Convolution, ...]:
    """A layer for each number of filters; ValueError if the image is too small for so many."""
    layers: list[Convolution] = []
    if len(filters) > most_convolutions(side):
        raise ValueError(
            f"images of {side} × {side} pixels have room for at most {most_convolutions(side)} convolutions, "
            f"got {len(filters)}"
        )
    for n_filters in filters:
        layers.append(Convolution(side, channels, n_filters))
        side, channels = layers[-1].pooled, n_filters
    return tuple(layers)


def most_convolutions(side: int) -> int:
    """How many convolutions an image of so many pixels along its side has room for."""
    n = 0
    while (side := Convolution(side, 1, 1).pooled) > 0:
        n += 1
    return n
