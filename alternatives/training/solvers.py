"""Optimisers, called solvers as in scikit-learn: one in-place update of a whole stack's parameters.

Parameters and gradients are flat, (n_splits, n_settings, n_parameters), so an update takes a few passes over
memory however many layers there are. Learning rates (n_settings, 1) differ from setting to setting.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alternatives.heads import Floats
from alternatives.training import adam


@dataclass(frozen=True)
class Recipe:
    """How every run of a stack is trained.

    `weight_decay` is the λ of the L2 penalty ½λ‖weights‖², without biases. `alpha` is another, as in
    scikit-learn: ½ alpha ‖weights‖² / n for a mini-batch of n samples, or of samples whose weights sum to n.
    It is part of the loss that is recorded; `weight_decay` isn't.

    `momentum` and `nesterov` are for "sgd"; `beta_1`, `beta_2` and `epsilon` for "adam". Without `shuffle`
    the samples keep their order.
    """

    solver: str = "adam"
    n_epochs: int = 20
    batch_size: int = 32
    weight_decay: float = 0.0
    momentum: float = 0.9
    nesterov: bool = True
    alpha: float = 0.0
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    shuffle: bool = True


class Solver(ABC):
    """An optimiser. It changes arrays that belong to a stack."""

    n_moments: ClassVar[int]
    """Number of arrays of the parameters' size that it keeps."""
    n_passes: ClassVar[int]
    """Passes over the parameters in an update."""

    def __init__(self, parameters: Floats, moments: Floats, learning_rates: Floats, recipe: Recipe) -> None:
        self.parameters, self.moments = parameters, moments
        self.learning_rates, self.recipe = learning_rates, recipe

    @abstractmethod
    def update(self, gradients: Floats, n_steps: int) -> None:
        """Take one step in place; `n_steps` counts it, from 1. The gradients may be overwritten."""


class Adam(Solver):
    """Adam (Kingma and Ba 2015, arXiv 1412.6980).

    Moments are stored without their factors 1 - β, which are part of the step: two passes fewer.
    """

    n_moments = 2
    n_passes = 11

    def update(self, gradients: Floats, n_steps: int) -> None:
        beta_1, beta_2 = self.recipe.beta_1, self.recipe.beta_2
        root = (1 - beta_2) ** 0.5
        rate = (1 - beta_1) / root
        rate *= (1 - beta_2**n_steps) ** 0.5 / (1 - beta_1**n_steps)
        first, second = self.moments
        adam.fastest()(
            self.parameters,
            first,
            second,
            gradients,
            rate * self.learning_rates,
            beta_1,
            beta_2,
            self.recipe.epsilon / root,
        )


class StochasticGradientDescent(Solver):
    """Gradient descent with momentum, Nesterov's by default (Sutskever et al. 2013)."""

    n_moments = 1
    n_passes = 7

    def update(self, gradients: Floats, n_steps: int) -> None:
        velocities = self.moments[0]
        np.multiply(gradients, self.learning_rates, out=gradients)
        np.multiply(velocities, self.recipe.momentum, out=velocities)
        np.subtract(velocities, gradients, out=velocities)
        if self.recipe.nesterov:
            np.subtract(self.parameters, gradients, out=self.parameters)
            np.multiply(velocities, self.recipe.momentum, out=gradients)
            np.add(self.parameters, gradients, out=self.parameters)
        else:
            np.add(self.parameters, velocities, out=self.parameters)


SOLVERS: dict[str, type[Solver]] = {"adam": Adam, "sgd": StochasticGradientDescent}
"""Optimisers by the names that scikit-learn's `MLPClassifier` has for them."""
