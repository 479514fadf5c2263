"""What is to be trained: data, and runs on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alternatives.heads import Floats, Integers
from alternatives.training.architecture import Architecture
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.stack import Setting


@dataclass(frozen=True)
class Subset:
    """The training, validation or test set of every split.

    `X` is (n_splits, n_samples, n_features), or (1, …) if all splits have the same samples; `targets`
    (n_splits, n_samples).
    """

    X: Floats
    targets: Integers

    @classmethod
    def shaped(cls, n_splits: int, n_samples: int, n_features: int) -> "Subset":
        """One of this shape that takes no memory: whoever plans needs no samples yet."""
        X, targets = np.zeros(1, np.float32), np.zeros(1, np.int64)
        shape = n_splits, n_samples
        return cls(np.broadcast_to(X, (*shape, n_features)), np.broadcast_to(targets, shape))

    def of(self, splits: slice) -> "Subset":
        """Some of the splits."""
        X = self.X if len(self.X) == 1 else self.X[splits]
        return Subset(X, self.targets[splits])


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs to train: every setting on every split.

    `seeds`, one for each split, determine the initial weights and the mini-batches. `snapshots` are numbers
    of epochs after which the parameters of the first split's runs are kept; 0 is before the first epoch.
    """

    network: Architecture
    recipe: Recipe
    settings: Sequence[Setting]
    seeds: Sequence[int]
    training: Subset
    validation: Subset
    snapshots: tuple[int, ...] = ()

    @property
    def n_runs(self) -> int:
        """Number of networks."""
        return len(self.seeds) * len(self.settings)

    @property
    def n_bytes(self) -> int:
        """Memory for parameters and the optimiser's moments, in single precision."""
        return 4 * (1 + SOLVERS[self.recipe.solver].n_moments) * self.n_runs * self.network.n_parameters
