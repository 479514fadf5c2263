"""Generated data sets.

Each is one fixed problem with a fixed seed. A comparison's seed changes the split alone.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from alternatives.datasets.dataset import DATASETS, Dataset, Floats, Integers, Samples, scikit_learn_datasets
from alternatives.datasets.splitting import SMALLEST_CLASS, apportioned, rank_in_class
from alternatives.state import Range, parameter

SEED = 0
SAMPLES = Range(100, 10_000, "number of samples")
IMBALANCE = Range(
    1, 50, "size of the largest class divided by the smallest; sizes between fall geometrically"
)
CLASSES = Range(2, 100, "number of classes")
NOISE = Range(0, 1, "standard deviation of the noise added to each coordinate")
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Generated(Dataset):
    """A data set generated class by class, with exact class sizes."""

    source = "scikit-learn, sklearn.datasets"

    samples: int = parameter(1_000, SAMPLES)
    imbalance: float = parameter(1.0, IMBALANCE)

    def __post_init__(self) -> None:
        super().__post_init__()
        n_classes = len(self.class_names())
        weights = class_weights(n_classes, self.imbalance)
        needed = math.ceil(SMALLEST_CLASS / weights[-1] - 1e-9)
        if self.samples < needed:
            raise ValueError(
                f"samples of {self.name} must be at least {needed} with {n_classes} classes "
                f"and an imbalance of {self.imbalance:g}, got {self.samples}"
            )

    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, the largest first."""

    @property
    def n_features(self) -> int:
        """How many features a sample has."""
        return 2

    @final
    @property
    def shape(self) -> tuple[int, int, int]:
        return int(self.samples), self.n_features, len(self.class_names())

    @final
    def class_sizes(self) -> Integers:
        """Number of samples in each class, the largest first."""
        return apportioned(class_weights(len(self.class_names()), self.imbalance), self.samples)

    @abstractmethod
    def draw(self, sizes: Integers) -> Floats:
        """Samples (n_samples, n_features) with these class sizes, class by class."""

    @final
    def make(self) -> Samples:
        sizes = self.class_sizes()
        X = self.draw(sizes)
        feature_names = tuple(f"x{column + 1}" for column in range(X.shape[1]))
        return Samples(X, np.repeat(np.arange(len(sizes)), sizes), self.class_names(), feature_names)


def class_weights(n_classes: int, imbalance: float) -> Floats:
    """Shares of the classes, falling geometrically from first to last."""
    weights = float(imbalance) ** -np.linspace(0, 1, int(n_classes))
    return weights / weights.sum()


@DATASETS.register
@dataclass(frozen=True)
class Moons(Generated):
    """`make_moons`."""

    name = "moons"
    sentence = "Two interleaving half circles."

    noise: float = parameter(0.2, NOISE)

    def class_names(self) -> tuple[str, ...]:
        return "upper", "lower"

    def draw(self, sizes: Integers) -> Floats:
        return _draw("make_moons", n_samples=tuple(sizes), noise=self.noise)


@DATASETS.register
@dataclass(frozen=True)
class Circles(Generated):
    """`make_circles`."""

    name = "circles"
    sentence = "Two circles, one inside the other and half as wide."

    noise: float = parameter(0.1, NOISE)

    def class_names(self) -> tuple[str, ...]:
        return "outer", "inner"

    def draw(self, sizes: Integers) -> Floats:
        return _draw("make_circles", n_samples=tuple(sizes), noise=self.noise, factor=0.5)


@dataclass(frozen=True)
class ManyClasses(Generated):
    """A generated data set whose number of classes is a parameter."""

    n_classes: int = parameter(3, CLASSES)

    def class_names(self) -> tuple[str, ...]:
        return tuple(str(k + 1) for k in range(int(self.n_classes)))


@DATASETS.register
@dataclass(frozen=True)
class Blobs(ManyClasses):
    """`make_blobs`, with the same centres at every width; additional classes leave the others unchanged."""

    name = "blobs"
    sentence = "Round clouds in the plane, all of the same width, around random centres."

    n_classes: int = parameter(5, CLASSES)
    noise: float = parameter(2.0, Range(0.1, 10, "standard deviation of each cloud"))

    def draw(self, sizes: Integers) -> Floats:
        centres = np.random.default_rng(SEED).uniform(-10, 10, (int(CLASSES.high), 2))[: len(sizes)]
        return _draw("make_blobs", n_samples=list(sizes), centers=centres, cluster_std=self.noise)


@DATASETS.register
@dataclass(frozen=True)
class Classification(ManyClasses):
    """`make_classification`; additional samples leave the others unchanged, at any imbalance."""

    name = "classification"
    sentence = (
        "Two clouds for each class at corners of a ten-dimensional cube, "
        "and ten more features: combinations of those, or noise."
    )

    n_classes: int = parameter(10, CLASSES)
    separation: float = parameter(2.0, Range(0.1, 10, "half the cube's side, in units of the clouds"))

    @property
    def n_features(self) -> int:
        return 20

    def draw(self, sizes: Integers) -> Floats:
        largest = apportioned(class_weights(len(sizes), IMBALANCE.high), int(SAMPLES.high))[0]
        X, targets = scikit_learn_datasets().make_classification(
            len(sizes) * int(largest),
            n_features=self.n_features,
            n_informative=10,
            n_redundant=5,
            n_classes=len(sizes),
            n_clusters_per_class=2,
            class_sep=self.separation,
            flip_y=0,
            random_state=SEED,
        )
        rows = np.flatnonzero(rank_in_class(targets) < sizes[targets])
        return X[rows[np.argsort(targets[rows], kind="stable")]]


@DATASETS.register
@dataclass(frozen=True)
class Spiral(ManyClasses):
    """Arms of a spiral, one a class, each turned against the next by the same angle."""

    name = "spiral"
    sentence = "Arms of a spiral around one centre, each a class; no straight lines divide them."
    source = "Lang and Witbrock 1988, Learning to tell two spirals apart"

    n_classes: int = parameter(2, CLASSES)
    turns: float = parameter(1.0, Range(0.25, 4, "how many times each arm goes round the centre"))
    noise: float = parameter(0.03, Range(0, 0.5, "standard deviation of the noise; an arm's length out is 1"))

    def draw(self, sizes: Integers) -> Floats:
        arm = np.repeat(np.arange(len(sizes)), sizes)
        radius = np.concatenate([np.arange(1, size + 1) / size for size in sizes])
        angle = 2 * np.pi * (self.turns * radius + arm / len(sizes))
        points = radius * np.array([np.cos(angle), np.sin(angle)])
        return points.T + self.noise * np.random.default_rng(SEED).standard_normal((len(arm), 2))


@DATASETS.register
@dataclass(frozen=True)
class XOR(Generated):
    """Quarters of a square: opposite ones are one class."""

    name = "XOR"
    sentence = "A square in four quarters, opposite ones of one class: each feature alone says nothing."
    source = "Minsky and Papert 1969, Perceptrons"

    noise: float = parameter(0.1, NOISE)

    def class_names(self) -> tuple[str, ...]:
        return "same sign", "opposite signs"

    def draw(self, sizes: Integers) -> Floats:
        random = np.random.default_rng(SEED)
        x, y = random.uniform(0, 1, (2, sizes.sum()))
        side = random.choice([-1.0, 1.0], sizes.sum())
        points = np.stack([side * x, side * np.repeat([1.0, -1.0], sizes) * y], axis=-1)
        return points + self.noise * random.standard_normal(points.shape)


@DATASETS.register
@dataclass(frozen=True)
class GaussianMixture(ManyClasses):
    """Clouds along Vogel's spiral (1979), which spreads any number of centres evenly over a disc."""

    name = "Gaussian mixture"
    sentence = "One Gaussian cloud for each class, so the true class probabilities are known everywhere."
    source = "Bayes' rule for Gaussian classes: Bishop 2006, section 4.2"

    samples: int = parameter(2_000, SAMPLES)
    n_classes: int = parameter(4, CLASSES)
    noise: float = parameter(1.0, Range(0.1, 10, "standard deviation of each cloud along its longer axis"))

    def clouds(self) -> tuple[Floats, Floats]:
        """Means (n_classes, 2), and factors f (n_classes, 2, 2) whose f @ f.T are the covariances."""
        k = np.arange(int(self.n_classes))
        angle = k * GOLDEN_ANGLE
        means = np.sqrt(k + 0.5) * np.array([np.cos(angle), np.sin(angle)])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return means.T, np.moveaxis(turn, -1, 0) * (self.noise * np.array([0.5, 1.0]))

    def draw(self, sizes: Integers) -> Floats:
        means, factors = self.clouds()
        targets = np.repeat(np.arange(len(sizes)), sizes)
        standard = np.random.default_rng(SEED).standard_normal((len(targets), 2))
        return means[targets] + np.einsum("nij,nj->ni", factors[targets], standard)

    def posterior(self, X: Floats) -> Floats:
        """True class probabilities (..., n_classes) at points X (..., 2), with the class shares as priors."""
        means, factors = self.clouds()
        offsets = np.asarray(X, np.float64)[..., None, :] - means
        standard = np.einsum("kij,...kj->...ki", np.linalg.inv(factors), offsets)
        # All clouds have the same size, so the determinants of their covariances cancel.
        log_joint = np.log(self.class_sizes()) - 0.5 * (standard**2).sum(-1)
        from scipy.special import softmax  # here, so that the list of data sets is there at once

        posterior: Floats = softmax(log_joint, axis=-1)
        return posterior


@DATASETS.register
@dataclass(frozen=True)
class LocalRules(Generated):
    """Clusters in a circle, each divided by a line through its middle and the circle's.

    From cluster to cluster the line turns, and with it the side that each class is on. In all directions that
    sums to nothing, so a single line does hardly better than chance.
    """

    name = "local rules"
    sentence = "Clusters in the plane; each has its own straight line between the two classes."
    source = "made for this project, after Jacobs et al. 1991, Adaptive mixtures of local experts"

    clusters: int = parameter(4, Range(2, 12, "number of clusters, in a circle"))
    noise: float = parameter(1.0, Range(0.1, 10, "standard deviation of each cluster"))
    radius: float = parameter(4.0, Range(0, 20, "distance of the clusters from the centre"))

    def class_names(self) -> tuple[str, ...]:
        return "in front", "behind"

    def draw(self, sizes: Integers) -> Floats:
        cluster = np.concatenate([np.arange(size) % int(self.clusters) for size in sizes])
        angle = 2 * np.pi * cluster / int(self.clusters)
        outwards = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        forwards = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)
        along, across = self.noise * np.random.default_rng(SEED).standard_normal((2, len(cluster), 1))
        side = np.repeat([1.0, -1.0], sizes)[:, None]
        return (self.radius + along) * outwards + side * np.abs(across) * forwards


@dataclass(frozen=True)
class KeyValueRecall(Generated):
    """Pairs of a key and a value in random order, then a key that is asked for; its value is the class.

    A sample has every key once, and half of the values. A network that gives all pairs the same weight may
    know which values there are, but not which of them is asked for: it is right in one of `pairs` samples at
    best. If a sample had every value, the right one could be found by looking at all other pairs. Keys and
    values are one-hot.
    """

    name = "key-value recall"
    sentence = "Pairs of a key and a value, and one of the keys; the class is the value that belongs to it."
    source = "made for this project, after Graves et al. 2014, Neural Turing Machines, arXiv 1410.5401"

    samples: int = parameter(2_000, SAMPLES)
    pairs: int = parameter(8, Range(2, 16, "number of pairs, of keys, and half that of values"))

    def class_names(self) -> tuple[str, ...]:
        return tuple(f"value {k + 1}" for k in range(2 * int(self.pairs)))

    @property
    def n_features(self) -> int:
        return int(self.pairs) * (3 * int(self.pairs) + 1)  # a key and a value each, and the key asked for

    def draw(self, sizes: Integers) -> Floats:
        n, random = int(self.pairs), np.random.default_rng(SEED)
        targets = np.repeat(np.arange(2 * n), sizes)
        rows = np.arange(len(targets))
        keys = random.permuted(np.tile(np.arange(n), (len(targets), 1)), axis=-1)
        others = (targets[:, None] + np.arange(1, 2 * n)) % (2 * n)
        values = random.permuted(others, axis=-1)[:, :n]
        place = random.integers(n, size=len(targets))
        values[rows, place] = targets
        pairs = np.concatenate([np.eye(n)[keys], np.eye(2 * n)[values]], axis=-1)
        return np.concatenate([pairs.reshape(len(targets), -1), np.eye(n)[keys[rows, place]]], axis=-1)

    def parts(self, X: Floats) -> tuple[Integers, Integers, Integers]:
        """Keys (..., pairs), values (..., pairs) and the key that is asked for (...), of samples as drawn."""
        n = int(self.pairs)
        pairs = X[..., :-n].reshape(*X.shape[:-1], n, 3 * n)
        return pairs[..., :n].argmax(-1), pairs[..., n:].argmax(-1), X[..., -n:].argmax(-1)


def _draw(maker: str, **arguments: Any) -> Floats:
    """The samples of one of scikit-learn's generators, class by class."""
    X: Floats = getattr(scikit_learn_datasets(), maker)(shuffle=False, random_state=SEED, **arguments)[0]
    return X
