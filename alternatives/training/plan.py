"""What there is to train: data, and runs on them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alternatives.heads import Floats, Integers
from alternatives.training.architecture import Architecture
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.stack import Setting


@dataclass(frozen=True)
class Subset:
    """One part of every split: `X` (n_splits, n_samples, n_features), `targets` (n_splits, n_samples)."""

    X: Floats
    targets: Integers

    def of(self, splits: slice) -> "Subset":
        """Some of the splits."""
        return Subset(self.X[splits], self.targets[splits])


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs to train: every setting on every split.

    `seeds`, one for each split, draw first weights and mini-batches.
    """

    network: Architecture
    recipe: Recipe
    settings: Sequence[Setting]
    seeds: Sequence[int]
    training: Subset
    validation: Subset

    @property
    def n_runs(self) -> int:
        """How many networks there are."""
        return len(self.seeds) * len(self.settings)

    @property
    def n_bytes(self) -> int:
        """What they take between two tasks: parameters, and the solver's moments, in single precision."""
        return 4 * (1 + SOLVERS[self.recipe.solver].n_moments) * self.n_runs * self.network.n_parameters

    @property
    def seconds(self) -> float:
        """About how long one core trains them, evaluation left out."""
        return self.n_runs * seconds_of_run(self.network, self.recipe, self.training.X.shape[1])


def seconds_of_run(network: Architecture, recipe: Recipe, n_samples: int) -> float:
    """About how long one core trains one network, evaluation left out."""
    n_steps = recipe.n_epochs * math.ceil(n_samples / recipe.batch_size)
    batch_size = min(recipe.batch_size, n_samples)
    return n_steps * network.seconds_of_step(batch_size)
