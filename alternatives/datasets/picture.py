"""A data set as a picture before training: its samples in two dimensions, or some of its images."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets.dataset import Floats, Integers, Samples, image_shape
from alternatives.datasets.splitting import stratified_rows

if TYPE_CHECKING:  # pandas takes long to import
    from alternatives.tables import Understood

MOST_POINTS = 1_000
MOST_IMAGE_CLASSES, IMAGES_A_CLASS = 12, 8
LARGEST_SIDE = 256
GAP, GREY = 2, 128
"""Columns of grey pixels after each image."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Samples by their first two principal components."""

    points: Floats
    """(n_points, 2)."""
    targets: Integers
    share: float
    """Share of the inputs' variance that the two components keep."""
    n_samples: int
    """Samples there are: of many, a stratified part is shown."""


def plane(samples: Samples) -> Plane | None:
    """The samples in the two directions in which their prepared inputs vary most; None with one input."""
    from sklearn.decomposition import PCA

    from alternatives.datasets.preparing import preparation

    n_samples, n_inputs, n_classes = samples.shape
    if n_inputs < 2:
        return None
    rows = np.arange(n_samples)
    if n_samples > MOST_POINTS:
        rows = stratified_rows(samples.targets, MOST_POINTS, fewest=min(1, MOST_POINTS // n_classes))
    inputs = preparation(samples).fit_transform(samples.X[rows]).astype(np.float64)
    if not inputs.var(0).sum() > 0:
        return None
    found = PCA(2, svd_solver="randomized" if n_inputs > 50 else "full", random_state=0).fit(inputs)
    share = float(found.explained_variance_ratio_.sum())
    return Plane(found.transform(inputs), samples.targets[rows], share, n_samples)


def images(understood: "Understood") -> dict[str, NDArray[Any]]:
    """A few images of each of the first classes, side by side in an array of 0 to 255; none of other data.

    Images are square, grey or of three colours: columns of a table don't say more.
    """
    table = understood.table
    frame = table.frame.drop(columns=understood.target.name)
    shape = image_shape(frame.shape[1])
    is_whole = len(understood.targets) == len(frame)  # no row is left out
    if not table.is_image or not is_whole or shape is None or not 2 <= shape[0] <= LARGEST_SIDE:
        return {}
    found, gap = {}, ((0, 0), (0, GAP), (0, 0))[: len(shape)]
    for k, name in enumerate(understood.class_names[:MOST_IMAGE_CLASSES]):
        rows = np.flatnonzero(understood.targets == k)[:IMAGES_A_CLASS]
        pixels = np.nan_to_num(frame.iloc[rows].to_numpy(np.float64))
        low, high = float(pixels.min()), float(pixels.max())
        scaled = (pixels - low) / ((high - low) or 1)
        every = [np.rint(255 * each).astype(np.uint8).reshape(shape) for each in scaled]
        found[name] = np.concatenate([np.pad(each, gap, constant_values=GREY) for each in every], 1)
    return found
