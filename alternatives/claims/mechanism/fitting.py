"""How well networks fit their training set, whatever that is worth on other samples.

What a layer can learn shows in the training set, at the learning rate that suits the layer. The rate is
chosen on tuning seeds, which aren't among those that are reported.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from alternatives.experiments.runs import Variant, epochs
from alternatives.heads import HEADS, Floats
from alternatives.measures import accuracy, log_loss
from alternatives.training import Network, Recipe, Subset


@dataclass(frozen=True, eq=False)
class Fit:
    """Log loss and accuracy on the training set, arrays (n_records, n_seeds, n_rates), and the rates."""

    rates: tuple[float, ...]
    loss: Floats
    accuracy: Floats


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted: the rates that are tried, the recipe, and how often the fit is recorded."""

    rates: tuple[float, ...]
    recipe: Recipe
    every: int = 1
    """Epochs between two records; the first record is before training."""

    def fit(self, network: Network, seeds: range, training: Subset) -> Fit:
        """The fit from each seed with each rate; a run that diverged has NaN."""
        losses, accuracies = [], []
        variant = Variant("", network)
        for epoch, stack in enumerate(epochs([variant], self.rates, self.recipe, seeds, training)):
            if epoch % self.every == 0:
                with np.errstate(all="ignore"):
                    logits = network.logits(stack.parameters, training.X[:, None]).astype(np.float64)
                    p = HEADS["softmax"].probabilities(logits)
                losses.append(log_loss(p, training.targets[:, None]))
                accuracies.append(accuracy(p, training.targets[:, None]))
        return Fit(self.rates, np.array(losses), np.array(accuracies))

    def best(
        self,
        network: Network,
        seeds: range,
        tuning_seeds: range,
        draw: Callable[[range], Subset],
        cost: Callable[[Fit], Floats],
    ) -> Fit:
        """The fit at the rate whose mean `cost` (n_seeds, n_rates) is least on the tuning seeds.

        ``draw(seeds)`` gives the training set of each seed.
        """
        costs = cost(self.fit(network, tuning_seeds, draw(tuning_seeds))).mean(0)
        rate = self.rates[int(np.where(np.isfinite(costs), costs, np.inf).argmin())]
        return replace(self, rates=(rate,)).fit(network, seeds, draw(seeds))
