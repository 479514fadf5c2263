"""Networks that claims train: small comparisons, and what their output layers give on the test set."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.claim import Claim
from alternatives.claims.mechanism.frames import stack_by_head
from alternatives.datasets import DATASETS
from alternatives.experiments import Comparison
from alternatives.experiments.runs import epochs
from alternatives.heads import Floats, Head, Integers
from alternatives.training import Stack, Subset


@dataclass(frozen=True, eq=False)
class Networks:
    """The trained networks of a comparison, each head with its own learning rate.

    `logits` has float64 arrays (n_seeds, n_samples, n_classes) on the test set, by the text of the head. A
    run that diverged has logits that aren't finite.
    """

    comparison: Comparison
    logits: dict[str, Floats]

    @property
    def targets(self) -> Integers:
        """Classes (n_seeds, n_samples) of the test set."""
        return self.comparison.data.test.targets

    def of_target(self, probabilities: Floats) -> Floats:
        """The probabilities (n_seeds, n_samples) of the right classes."""
        return np.take_along_axis(probabilities, self.targets[..., None], -1)[..., 0]

    def frame(self, columns: Callable[[Head, Floats], Mapping[str, Any]], **same: Any) -> pd.DataFrame:
        """One frame with the `columns` that each head gives for its logits, and the `same` columns."""
        own = {str(head): columns(head, self.logits[str(head)]) for head in self.comparison.heads}
        return stack_by_head(own, **same)

    @property
    def true_posterior(self) -> Floats:
        """True class probabilities (n_seeds, n_samples, n_classes) on the test set."""
        data, dataset = self.comparison.data, self.comparison.dataset
        return np.stack([np.asarray(dataset.posterior(data.samples.X[rows])) for rows in data.test_index])


@lru_cache(maxsize=8)
def networks(comparison: Comparison, n_samples: int | None = None) -> Networks:
    """Train a comparison with a given rate and number of epochs on its training set, or on some of it.

    The networks are those of the comparison, to the bit, but without its measurements after each epoch.
    """
    data = comparison.data
    training = data.training
    if n_samples is not None:
        training = data.some_training_samples(n_samples, comparison.seeds)
    *_, stack = stacks(comparison, training)
    network, parameters = stack.network, stack.parameters
    with np.errstate(all="ignore"):
        logits: dict[str, Floats] = {
            str(head): network.logits(parameters[:, index], data.test.X).astype(np.float64)
            for index, head in enumerate(comparison.heads)
        }
    return Networks(comparison, logits)


def stacks(comparison: Comparison, training: Subset) -> Iterator[Stack]:
    """The networks of a comparison with a given rate and epochs, before training and after each epoch."""
    (rate,) = comparison.search.rates
    variants = comparison.variants(*comparison.dataset.shape[1:])
    return epochs(variants, (rate,), comparison.recipe, comparison.seeds, training)


class TrainedClaim(Claim):
    """A claim about trained networks. The compare page opens with the first data set's."""

    DATASETS: ClassVar[tuple[str, ...]]

    def comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        """A quick comparison with `size` seeds; other seeds of the claim give other splits."""
        return Comparison(
            dataset=DATASETS.parse(dataset),
            heads=tuple(self.heads.values()),
            n_seeds=size,
            first_seed=seed * size,
            hidden_layer_sizes=(16,),
            learning_rate=0.01,
            n_epochs=10,
        )

    def comparisons(self, seed: int, size: int) -> dict[str, Comparison]:
        """The comparison on each data set, by the data set's name."""
        found = [self.comparison(dataset, seed, size) for dataset in self.DATASETS]
        return {comparison.dataset.name: comparison for comparison in found}

    def page_state(self, seed: int) -> Comparison | None:
        return self.comparison(self.DATASETS[0], seed, self.size)
