"""Sources: where samples of as many classes as one likes come from, drawn anew for every seed.

A data set is one fixed problem whose split alone changes from seed to seed. A source draws the problem itself
anew: other class means, other samples, another subset of the classes. So two seeds are independent of each
other, and what is found over the seeds holds for new problems from the same source.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np

from alternatives.datasets.dataset import DATASETS, Floats, Integers, scikit_learn_datasets
from alternatives.datasets.generated import CLASSES
from alternatives.datasets.splitting import rank_in_class, standardised
from alternatives.state import Named, Range, Registry, parameter

SOURCES: "Registry[Source]" = Registry("source")
"""Every registered source with its default parameters, by name, in the order of the list."""


class Sizes(NamedTuple):
    """How many samples each set has of each class."""

    training: int
    validation: int
    test: int


class Problem(NamedTuple):
    """One problem: scaled float32 samples (n_samples, n_features) and targets (n_samples,) of three sets."""

    X_training: Floats
    X_validation: Floats
    X_test: Floats
    targets_training: Integers
    targets_validation: Integers
    targets_test: Integers


@dataclass(frozen=True)
class Source(Named, ABC):
    """A source of problems with any number of classes, up to `most_classes`."""

    sentence: ClassVar[str]
    """What it is, in one plain sentence."""
    source: ClassVar[str]
    """Where it comes from."""
    note: ClassVar[str] = ""
    """What to bear in mind where results on it are read, in a sentence."""
    one_unit: ClassVar[bool] = False
    """Whether all features have the same unit, like pixels."""

    @property
    def most_classes(self) -> int:
        """The largest number of classes that it has."""
        return int(CLASSES.high)

    @property
    @abstractmethod
    def n_features(self) -> int:
        """How many features its samples have."""

    def available(self, n_classes: int, sizes: Sizes) -> Sizes:
        """The sizes it can give with so many classes: fewer than asked where it has no more."""
        return sizes

    @abstractmethod
    def draw(self, n_classes: int, n_samples: int, random: np.random.Generator) -> tuple[Floats, Integers]:
        """Samples (n_classes · n_samples, n_features) and their classes, so many of each; in any order."""

    def problem(self, n_classes: int, sizes: Sizes, seed: int) -> Problem:
        """The problem of a seed: the same number of samples of each class, scaled by the training set.

        Equal arguments give equal problems; other seeds and other numbers of classes give independent ones.
        """
        random = np.random.default_rng([seed, n_classes])
        X, targets = self.draw(n_classes, sum(sizes), random)
        order = random.permutation(len(targets))
        X, targets = X[order], targets[order]
        rank = rank_in_class(targets)
        ends = np.cumsum([0, *sizes])
        sets = [(low <= rank) & (rank < high) for low, high in pairwise(ends)]
        training, validation, test = standardised([X[rows] for rows in sets], self.one_unit)
        return Problem(training, validation, test, *(targets[rows] for rows in sets))


@SOURCES.register
@dataclass(frozen=True)
class MixtureWithBayesError(Source):
    """One Gaussian cloud for each class, around means drawn at random; the covariance is the identity.

    The means are moved apart or together until the Bayes error is the wanted one. The true posterior of such
    a mixture is a softmax of linear functions of the features.
    """

    name = "Gaussian mixture"
    sentence = (
        "A round Gaussian cloud for each class, around random means. The best possible classifier errs "
        "equally often at every number of classes."
    )
    note = (
        "Each seed draws means of its own, so intervals are about new mixtures like these. The true class "
        "probabilities are a softmax of linear functions, which favours softmax."
    )
    source = "Gaussian classes with one covariance: Bishop 2006, section 4.2"

    bayes_error: float = parameter(0.1, Range(0.01, 0.4, "share of errors of the best possible classifier"))
    features: int = parameter(10, Range(2, 100, "number of features"))

    @property
    def n_features(self) -> int:
        return int(self.features)

    def means(self, n_classes: int, random: np.random.Generator) -> Floats:
        """Class means (n_classes, n_features) with which the Bayes error is the wanted one."""
        return with_bayes_error(
            random.standard_normal((n_classes, self.n_features)), self.bayes_error, random
        )

    def draw(self, n_classes: int, n_samples: int, random: np.random.Generator) -> tuple[Floats, Integers]:
        targets = np.repeat(np.arange(n_classes), n_samples)
        means = self.means(n_classes, random)
        return means[targets] + random.standard_normal((len(targets), self.n_features)), targets


def with_bayes_error(directions: Floats, error: float, random: np.random.Generator) -> Floats:
    """Means (n_classes, n_features) in these directions, so far apart that the Bayes error is the wanted one.

    Noise is drawn once; a mean of 1 - (largest posterior) over it estimates the Bayes error at any distance,
    with a standard error of about 0.3 percentage points. With two classes the error is exact:
    Φ(-distance / 2).
    """
    n_classes, n_features = directions.shape
    if n_classes == 2:
        from scipy.special import ndtri  # here, so that the list of sources is there at once

        distance = np.linalg.norm(directions[0] - directions[1])
        return directions * (-2 * ndtri(error) / distance)
    n = max(1, N_NOISE // n_classes)
    targets = np.repeat(np.arange(n_classes), n)
    noise = random.standard_normal((len(targets), n_features)).astype(np.float32)
    directions32 = directions.astype(np.float32)
    squares = -0.5 * ((directions32[:, None] - directions32) ** 2).sum(-1)[targets]
    products = noise @ directions32.T
    products -= np.take_along_axis(products, targets[:, None], 1)

    def estimated(scale: float) -> float:
        log_ratios = np.float32(scale) * (np.float32(scale) * squares + products)
        log_ratios -= log_ratios.max(1, keepdims=True)
        return float(1 - (1 / np.exp(log_ratios, out=log_ratios).sum(1)).mean())

    # The logit of the error falls almost in a straight line with the logarithm of the scale, so a straight
    # line through the ends of an interval is soon close; where it isn't, the interval is halved.
    wanted, low, high = logit(error), *(math.log(scale) for scale in SCALES)
    at_low, at_high = logit(estimated(math.exp(low))), logit(estimated(math.exp(high)))
    middle = low
    for step in range(N_STEPS):
        line = low + (high - low) * (at_low - wanted) / max(at_low - at_high, 1e-9)
        middle = line if step % 3 else (low + high) / 2
        at_middle = logit(estimated(math.exp(middle)))
        low, at_low, high, at_high = (
            (middle, at_middle, high, at_high) if at_middle > wanted else (low, at_low, middle, at_middle)
        )
        if min(high - low, abs(at_middle - wanted)) < CLOSE:
            break
    return directions * math.exp(middle)


def logit(share: float) -> float:
    """log(share / (1 - share)), of a share cut off where float32 ends."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


N_NOISE = 2_000
"""Samples that the Bayes error is estimated from."""
SCALES = 0.02, 50.0
"""The smallest and the largest factor of the directions."""
N_STEPS, CLOSE = 20, 0.005
"""Most steps towards the distance, and how close (in logit or logarithm) is enough."""


@SOURCES.register
@dataclass(frozen=True)
class HypercubeClassification(Source):
    """`make_classification`, drawn anew for every seed."""

    name = "make_classification"
    sentence = (
        "Two clouds for each class at corners of a ten-dimensional cube, and ten more features: combinations "
        "of those, or noise. More classes overlap more."
    )
    note = (
        "Each seed draws clouds of its own, so intervals are about new problems like these. The number of "
        "classes also changes how hard the problem is."
    )
    source = "scikit-learn, sklearn.datasets.make_classification"

    separation: float = parameter(2.0, Range(0.1, 10, "half the cube's side, in units of the clouds"))

    @property
    def n_features(self) -> int:
        return 20

    def draw(self, n_classes: int, n_samples: int, random: np.random.Generator) -> tuple[Floats, Integers]:
        n_clusters = 2
        X, targets = scikit_learn_datasets().make_classification(
            n_classes * (n_samples + n_clusters),  # it may give a class one sample less
            n_features=self.n_features,
            n_informative=10,
            n_redundant=5,
            n_classes=n_classes,
            n_clusters_per_class=n_clusters,
            class_sep=self.separation,
            flip_y=0,
            random_state=int(random.integers(2**31)),
        )
        kept = rank_in_class(targets) < n_samples
        return X[kept], targets[kept]


@dataclass(frozen=True)
class ClassesOfDataset(Source):
    """Some classes of a real data set, drawn at random by each seed."""

    one_unit = True
    dataset: ClassVar[str]

    @property
    def most_classes(self) -> int:
        return DATASETS[self.dataset].shape[2]

    @property
    def n_features(self) -> int:
        return DATASETS[self.dataset].shape[1]

    def available(self, n_classes: int, sizes: Sizes) -> Sizes:
        n_samples = min(_sizes(self.dataset))
        if sum(sizes) <= n_samples:
            return sizes
        training = min(sizes.training, int(0.6 * n_samples))
        validation = min(sizes.validation, (n_samples - training) // 2)
        return Sizes(training, validation, min(sizes.test, n_samples - training - validation))

    def draw(self, n_classes: int, n_samples: int, random: np.random.Generator) -> tuple[Floats, Integers]:
        samples = DATASETS[self.dataset].load()
        chosen = random.permutation(self.most_classes)[:n_classes]
        shuffled = random.permutation(len(samples.targets))
        place = np.full(self.most_classes, -1)
        place[chosen] = np.arange(n_classes)
        targets = place[samples.targets[shuffled]]
        rows = shuffled[targets >= 0]
        targets = targets[targets >= 0]
        kept = rank_in_class(targets) < n_samples
        return samples.X[rows[kept]], targets[kept]


@lru_cache(maxsize=16)
def _sizes(dataset: str) -> tuple[int, ...]:
    """How many samples each class of a data set has."""
    return tuple(np.bincount(DATASETS[dataset].load().targets).tolist())


@SOURCES.register
@dataclass(frozen=True)
class DigitClasses(ClassesOfDataset):
    """Some of the ten digits of 8 × 8 pixels."""

    name = dataset = "digits"
    sentence = "Handwritten digits of 8 × 8 pixels: some of the ten classes, drawn at random by each seed."
    note = "All seeds share the data set, so intervals are about these data."
    source = "Alpaydin and Kaynak 1998, UCI Machine Learning Repository 80"


@SOURCES.register
@dataclass(frozen=True)
class MNISTClasses(ClassesOfDataset):
    """Some of the ten digits of 28 × 28 pixels."""

    name = dataset = "MNIST"
    sentence = "Handwritten digits of 28 × 28 pixels: some of the ten classes, drawn at random by each seed."
    note = "All seeds share the data set, so intervals are about these data."
    source = "LeCun, Cortes and Burges 1998; CC BY-SA 3.0"
