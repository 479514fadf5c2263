"""What is to be trained: data, and runs on them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alternatives.heads import Floats, Integers
from alternatives.training.architecture import Architecture
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.stack import Setting


@dataclass(frozen=True)
class Subset:
    """The training, validation or test set of every split.

    `X` is (n_splits, n_samples, n_features) and `targets` (n_splits, n_samples).
    """

    X: Floats
    targets: Integers

    def of(self, splits: slice) -> "Subset":
        """Some of the splits."""
        return Subset(self.X[splits], self.targets[splits])


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs to train: every setting on every split.

    `seeds`, one for each split, determine the initial weights and the mini-batches.
    """

    network: Architecture
    recipe: Recipe
    settings: Sequence[Setting]
    seeds: Sequence[int]
    training: Subset
    validation: Subset

    @property
    def n_runs(self) -> int:
        """Number of networks."""
        return len(self.seeds) * len(self.settings)

    @property
    def n_bytes(self) -> int:
        """Memory for parameters and the optimiser's moments, in single precision."""
        return 4 * (1 + SOLVERS[self.recipe.solver].n_moments) * self.n_runs * self.network.n_parameters

    @property
    def seconds(self) -> float:
        """Estimated time of one core, without evaluation."""
        return self.n_runs * seconds_of_run(self.network, self.recipe, self.training.X.shape[1])


def seconds_of_run(network: Architecture, recipe: Recipe, n_samples: int) -> float:
    """Estimated time of one core for one network, without evaluation."""
    n_steps = recipe.n_epochs * math.ceil(n_samples / recipe.batch_size)
    batch_size = min(recipe.batch_size, n_samples)
    return n_steps * network.seconds_of_step(batch_size)
