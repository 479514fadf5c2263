"""Networks that several contenders train: one shape, one data set, the same steps for all."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets import DATASETS, split
from alternatives.heads import HEADS
from alternatives.training import Network, Plan, Recipe, Setting, Subset

FOUR_HEADS = tuple(name for name, head in HEADS.items() if head.in_comparison)
LEARNING_RATE = 0.001


@dataclass(frozen=True)
class Networks:
    """Networks of one shape to train on one data set, with Adam: every four of them on a seed of their own.

    The four share the seed's mini-batches; they are four heads, or softmax four times.
    """

    dataset: str
    hidden: tuple[int, ...]
    batch_size: int
    n_epochs: int
    n: int = 40
    heads: tuple[str, ...] = FOUR_HEADS

    def __str__(self) -> str:
        sizes = "-".join(map(str, (self.X.shape[1], *self.hidden, self.n_classes)))
        return f"{self.dataset}, {sizes}, batch {self.batch_size}, {self.n_epochs} epochs"

    @property
    def n_settings(self) -> int:
        """Networks on one seed."""
        return min(self.n, len(self.heads))

    @property
    def n_seeds(self) -> int:
        """Orders of the samples, and sets of initial weights."""
        return max(1, self.n // len(self.heads))

    @property
    def n_trained(self) -> int:
        """Networks that are trained: `n`, rounded down to whole seeds."""
        return self.n_seeds * self.n_settings

    @property
    def steps(self) -> int:
        """Mini-batches that a network sees."""
        return math.ceil(len(self.X) / self.batch_size) * self.n_epochs

    @property
    def X(self) -> NDArray[np.float32]:
        """(n_samples, n_features)."""
        return _data(self.dataset)[0]

    @property
    def targets(self) -> NDArray[np.int64]:
        """(n_samples,)."""
        return _data(self.dataset)[1]

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return _data(self.dataset)[2]


@lru_cache(maxsize=8)
def plan(networks: Networks) -> Plan:
    """What our engine trains; it evaluates one validation sample after every epoch."""
    n = networks.n_seeds
    training = Subset(np.tile(networks.X, (n, 1, 1)), np.tile(networks.targets, (n, 1)))
    validation = Subset(training.X[:, :1].copy(), training.targets[:, :1].copy())
    return Plan(
        Network(networks.X.shape[1], networks.n_classes, networks.hidden),
        Recipe("adam", networks.n_epochs, networks.batch_size),
        [Setting(HEADS[name], LEARNING_RATE) for name in networks.heads[: networks.n_settings]],
        list(range(n)),
        training,
        validation,
    )


@lru_cache(maxsize=8)
def _data(dataset: str) -> tuple[NDArray[np.float32], NDArray[np.int64], int]:
    samples = DATASETS.parse(dataset).load()
    part = split(samples, 0)
    X = np.concatenate([part.X_train, part.X_validation])
    return X, np.concatenate([part.targets_train, part.targets_validation]), len(samples.class_names)
