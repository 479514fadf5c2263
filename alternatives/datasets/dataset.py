"""What a data set is."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from alternatives.memory import kept
from alternatives.state import Named, Registry

Floats: TypeAlias = NDArray[np.floating[Any]]
Integers: TypeAlias = NDArray[np.int64]

DATASETS: "Registry[Dataset]" = Registry("data set")
"""Every registered data set with its default parameters, by name, in the order of the list."""

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "app"
DATA = (_INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent) / "data"
"""Every table in this folder is a data set. It is next to app.py, wherever that is installed."""


class DatasetUnavailable(Exception):
    """A data set can't be loaded. The message is a sentence that says why."""


@dataclass(frozen=True)
class Feature:
    """What one column of samples is, where some columns aren't complete numbers."""

    name: str
    categories: tuple[str, ...] = ()
    """What the codes 0, 1, … in the column mean; empty for a column of numbers."""
    has_missing: bool = False
    """Whether some of its values are missing: NaN."""

    @property
    def n_inputs(self) -> int:
        """How many inputs of a network it becomes; one of them says whether the value is missing."""
        return max(1, len(self.categories)) + self.has_missing


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a data set, not scaled. The arrays are read-only because they are shared."""

    X: Floats
    """(n_samples, n_features): float64, or float32 if it was given so. As `features` says, some columns may
    hold codes of categories, or NaN where a value is missing."""
    targets: Integers
    """(n_samples,): the class of each sample, from 0."""
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    one_unit: bool = False
    """Whether all features have the same unit, like pixels. `split` then divides all by the same number."""
    features: tuple[Feature, ...] = ()
    """What each column of X is; empty where all are complete numbers. See `datasets.preparing`."""
    notes: tuple[str, ...] = ()
    """How they came from a table: what was read, left out, put together and filled, a sentence each."""
    published_test: NDArray[np.bool_] | None = None
    """Which samples (n_samples,) are the test set that was published with them; None where there is none."""

    @property
    def n_inputs(self) -> int:
        """How many inputs a network has: more than features where some are categories or have gaps."""
        return sum(each.n_inputs for each in self.features) or self.X.shape[1]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of samples, of inputs of a network, and of classes."""
        return len(self.X), self.n_inputs, len(self.class_names)

    @property
    def image(self) -> tuple[int, ...] | None:
        """A sample's shape as an image, as `image_shape` gives it; None where samples aren't images."""
        return image_shape(self.X.shape[1]) if self.one_unit and not self.features else None

    def __post_init__(self) -> None:
        floating = np.float32 if np.asarray(self.X).dtype == np.float32 else np.float64
        for name, dtype in (("X", floating), ("targets", np.int64)):
            array = np.ascontiguousarray(getattr(self, name), dtype).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)


@dataclass(frozen=True)
class Dataset(Named, ABC):
    """A data set with a name and parameters."""

    sentence: ClassVar[str]
    """What it is, in one plain sentence."""
    source: ClassVar[str]
    one_unit: ClassVar[bool] = False
    """`Samples.one_unit`, where it's known without loading the samples."""
    version: ClassVar[str] = ""
    """Which contents its file has, if it has one: two versions are two data sets, whose results differ."""

    @abstractmethod
    def make(self) -> Samples:
        """Read or generate the samples; equal data sets give equal samples."""

    @final
    def load(self) -> Samples:
        """The samples, kept if they were used recently.

        DatasetUnavailable if they can't be downloaded, or their file is damaged or unsuitable.
        """
        return _made(self)

    @property
    def contents(self) -> str:
        """What tells its samples from others under its name, for results that are passed on.

        Empty where the name says it all: wherever this program is, the samples are the same.
        DatasetUnavailable as in `load`.
        """
        return ""

    @property
    def published(self) -> tuple[int, int, int] | None:
        """Its numbers of samples, features and classes; None where only reading a file would tell."""
        return None if type(self).shape is Dataset.shape else self.shape

    @property
    def in_a_list(self) -> str:
        """Its name, and how many classes and samples it has, where that is known."""
        if self.published is None:
            return self.name
        n_samples, _, n_classes = self.published
        return f"{self.name} · {n_classes} classes · {n_samples:,} samples"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Its numbers of samples, of inputs of a network, and of classes.

        A request's cost is estimated from it, and refusing must cost nothing. So what can be made in many
        sizes says its shape itself; of anything else the samples are loaded once, to look.
        """
        return _shape(self)

    @property
    def image(self) -> tuple[int, ...] | None:
        """A sample's shape as an image: (n, n) or, in colours, (n, n, 3). None where samples aren't images.

        DatasetUnavailable where only the samples would tell and they can't be loaded.
        """
        return image_shape(self.shape[1]) if self.one_unit else None

    @property
    def prepared(self) -> tuple[int, int]:
        """How many columns are categories; and how many are numbers, if some of those have gaps.

        Preparing them takes time in every split. It is known wherever `shape` is.
        """
        return _prepared(self) if type(self).shape is Dataset.shape else (0, 0)

    @property
    def as_key(self) -> "Dataset":
        """The equal data set under which things are kept: one that keeps no contents alive."""
        return self

    @property
    def in_words(self) -> str:
        """What sentences call it."""
        return str(self)

    @property
    def command_options(self) -> dict[str, str]:
        """What names it on the command line, by the options' names."""
        return {"dataset": str(self)}

    def posterior(self, X: Floats) -> Floats | None:
        """True class probabilities (..., n_classes) at points X (..., n_features); None if unknown.

        The points are not scaled, and the labels have no noise.
        """
        return None


@kept
def _made(dataset: Dataset) -> Samples:
    return dataset.make()


@kept
def _shape(dataset: Dataset) -> tuple[int, int, int]:
    return dataset.load().shape


@kept
def _prepared(dataset: Dataset) -> tuple[int, int]:
    features = dataset.load().features
    n_categories = sum(bool(each.categories) for each in features)
    has_gaps = any(each.has_missing and not each.categories for each in features)
    return n_categories, (len(features) - n_categories) * has_gaps


def image_shape(n_pixels: int) -> tuple[int, ...] | None:
    """Shape of a square image of so many numbers, grey (n, n) or in colours (n, n, 3); None of no image."""
    grey, colours = math.isqrt(n_pixels), math.isqrt(n_pixels // 3)
    shapes: tuple[tuple[int, ...], ...] = ((grey, grey), (colours, colours, 3))
    return next((each for each in shapes if math.prod(each) == n_pixels), None)


def version_of(path: Path) -> str:
    """A text that changes when a file is changed, replaced or removed; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"


def scikit_learn_datasets() -> Any:
    """scikit-learn's loaders, imported when first needed because the import is slow."""
    import sklearn.datasets

    return sklearn.datasets
