"""Networks that claims train: small comparisons, and what their output layers give on the test set."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.claim import Claim
from alternatives.claims.mechanism.frames import stack_by_head
from alternatives.datasets import DATASETS
from alternatives.experiments import Comparison
from alternatives.experiments.runs import Job, epochs
from alternatives.heads import Floats, Head, Integers
from alternatives.memory import kept
from alternatives.training import Recipe, Setting, Stack, Subset, one_blas_thread


@dataclass(frozen=True, eq=False)
class Networks:
    """The trained networks of a comparison, each head as it was tuned or given.

    `logits` has float64 arrays (n_seeds, n_samples, n_classes) on the test set, by the text of the head, and
    `validated` those on the validation set. A run that diverged has logits that aren't finite.
    """

    comparison: Comparison
    logits: dict[str, Floats]
    validated: dict[str, Floats]
    jobs: tuple[Job, ...]
    """How each head was trained."""

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


@kept
def networks(comparison: Comparison, n_samples: int | None = None) -> Networks:
    """Train a comparison on its training set, or on `n_samples` of it.

    On its training set the networks are those of the comparison, to the bit, but without its measurements
    after each epoch. Tuned heads are tuned on whole training sets; with fewer samples each has as many more
    epochs.
    """
    data, tuned = comparison.data, comparison.tune()
    training, jobs = data.training, comparison.jobs(tuned)
    if n_samples is not None:
        times = training.targets.shape[1] / n_samples
        training = data.some_training_samples(n_samples, comparison.seeds)
        jobs = tuple(replace(job, n_epochs=max(1, round(times * job.n_epochs))) for job in jobs)
    parameters = trained_parameters(jobs, comparison.recipe, comparison.seeds, training)

    def logits(X: Floats) -> dict[str, Floats]:
        with np.errstate(all="ignore"):
            return {
                str(job.variant.head): job.variant.network.logits(own, X).astype(np.float64)
                for job, own in zip(jobs, parameters, strict=True)
            }

    return Networks(comparison, logits(data.test.X), logits(data.validation.X), jobs)


def trained_parameters(jobs: Sequence[Job], recipe: Recipe, seeds: range, training: Subset) -> list[Floats]:
    """Parameters (n_seeds, n_parameters) of each job after its own last epoch; all have one network."""
    settings = [Setting(job.variant.head, job.learning_rate) for job in jobs]
    stack = Stack(jobs[0].variant.network, recipe, settings, list(seeds))
    parameters: list[Floats] = [np.empty(0)] * len(jobs)
    for epoch in range(1, max(job.n_epochs for job in jobs) + 1):
        with one_blas_thread(), np.errstate(all="ignore"):  # a run that diverges is a result
            stack.epoch(training.X, training.targets)
        for index, job in enumerate(jobs):
            if job.n_epochs == epoch:
                parameters[index] = stack.parameters[:, index].copy()
    return parameters


def stacks(comparison: Comparison, training: Subset) -> Iterator[Stack]:
    """The networks of a comparison with a given rate and epochs, before training and after each epoch."""
    (rate,) = comparison.search.rates
    variants = comparison.variants(*comparison.dataset.shape[1:])
    return epochs(variants, (rate,), comparison.recipe, comparison.seeds, training)


def training_logits(comparison: Comparison) -> Iterator[Floats]:
    """Logits (n_seeds, n_heads, n_samples, n_classes) of the training set, before training and by epoch."""
    training = comparison.data.training
    for stack in stacks(comparison, training):
        with np.errstate(all="ignore"):
            yield stack.network.logits(stack.parameters, training.X[:, None]).astype(np.float64)


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
