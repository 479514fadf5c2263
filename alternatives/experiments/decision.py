"""Decision regions: what networks say of every cell of the plane of two features."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.experiments.data import Data
from alternatives.heads import Floats
from alternatives.plane import Plane


@dataclass(frozen=True, eq=False)
class Decisions:
    """The plane that the first seed's test samples lie in, and what each variant decides there.

    Attributes
    ----------
    plane : Plane
    centres : array (n_cells, 2)
        As the networks take them.
    points : array (n_test, 2)
        The test samples, as the networks see them.
    classes : array of str (n_test,)
        Their classes.
    feature_names : tuple of str
    predicted : array of str (n_variants, n_cells)
        The most probable class; a dash where a network diverged.
    confidence : array (n_variants, n_cells)
        The largest probability; not finite where a network diverged.
    """

    plane: Plane
    centres: Floats
    points: Floats
    classes: NDArray[np.str_]
    feature_names: tuple[str, ...]
    predicted: NDArray[np.str_]
    confidence: Floats


def is_plane(data: Data) -> bool:
    """Whether the samples are two numbers; a category of two makes two inputs, and no plane."""
    return data.test.X.shape[2] == 2 and not data.samples.features


def decisions(
    data: Data, margin: float, n_variants: int, probabilities: Callable[[int, Floats], Floats]
) -> Decisions | None:
    """The decisions of variants, or None where the data aren't two numbers.

    The plane has a `margin` around the test samples, a part of their extent; ``probabilities(variant, X)``
    are the class probabilities (n_samples, n_classes) by the first seed's network.
    """
    if not is_plane(data):
        return None
    points = data.test.X[0]
    plane = Plane.around(points, margin)
    centres = plane.centres.astype(np.float32)
    with np.errstate(all="ignore"):
        every = np.stack([probabilities(variant, centres) for variant in range(n_variants)])
    names = np.array(data.samples.class_names)
    return Decisions(
        plane,
        centres,
        points,
        names[data.test.targets[0]],
        data.samples.feature_names,
        np.where(np.isfinite(every).all(-1), names[every.argmax(-1)], "–"),
        every.max(-1),
    )
