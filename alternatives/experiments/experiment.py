"""What an experiment is: a frozen value that says which networks are compared on what data, and how."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from alternatives.datasets import Dataset
from alternatives.experiments.curves import Curve, curves
from alternatives.experiments.data import Data, data
from alternatives.experiments.runs import Runs, Variant, best_rates, train
from alternatives.serving.limits import Cost
from alternatives.state import Linked
from alternatives.training import History, Recipe, seconds_of_run


class Experiment(Linked):
    """Variants of a network, each trained from several seeds; its fields are declared by its classes."""

    variant_label: ClassVar[str] = "variant"
    """What the variants are called in tables."""

    dataset: Dataset
    n_seeds: int
    first_seed: int
    n_epochs: int
    label_noise = 0.0

    @property
    @abstractmethod
    def baseline(self) -> str:
        """The variant that the others are compared to."""

    @property
    @abstractmethod
    def learning_rates(self) -> tuple[float, ...]:
        """The rates that every variant is trained with."""

    @property
    @abstractmethod
    def recipe(self) -> Recipe:
        """How every run learns."""

    @abstractmethod
    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        """What is trained on data of this shape; those that are shown are named by a text and come first."""

    @property
    def seeds(self) -> range:
        """The seeds, from the first on."""
        return range(self.first_seed, self.first_seed + self.n_seeds)

    @property
    def data(self) -> Data:
        """The data set, split by every seed."""
        return data(self.dataset, self.seeds, self.label_noise)

    def train(
        self, watch: "Watch | None" = None, n_jobs: int | None = None, data: Data | None = None
    ) -> Runs:
        """Train every variant, by default on the experiment's own data; see `runs.train`."""
        data = data or self.data
        variants = self.variants(*self.dataset.shape[1:])

        def report(epoch: int, fraction: float, history: Callable[[], History]) -> None:
            if watch:
                watch(Progress(self, epoch, fraction, variants, history))

        sets = data.training, data.validation
        return train(variants, self.learning_rates, self.recipe, self.seeds, *sets, report, n_jobs)

    def cost(self) -> Cost:
        """About what the experiment costs; loads its data set if its shape isn't known yet."""
        n_samples, n_features, n_classes = self.dataset.shape
        n_runs = self.n_seeds * len(self.learning_rates)
        seconds = 0.0
        n_bytes = 2 * 4 * self.n_seeds * n_samples * n_features  # the data, here and for the workers
        for variant in self.variants(n_features, n_classes):
            seconds += n_runs * seconds_of_run(variant.network, self.recipe, int(0.6 * n_samples))
            # Parameters, gradients and moments of every run; and some ten arrays in double precision of what
            # the runs that are shown say of each test sample, with four of their hidden units.
            n_bytes += 4 * 4 * n_runs * variant.network.n_parameters
            n_numbers = 10 * n_classes + 4 * sum(variant.network.layer_sizes)
            n_bytes += int(8 * self.n_seeds * n_samples / 5 * n_numbers)
        return Cost(seconds, 1e-6 * n_bytes)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far an experiment is; what there is to draw is computed when it is asked for."""

    experiment: Experiment
    epoch: int
    """The last one that every run has finished."""
    fraction: float
    """From 0 to 1."""
    trained: tuple[Variant, ...]
    history: Callable[[], History]
    """Gives the history so far, of every variant at every learning rate."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the variants that are shown."""
        return tuple(each.name for each in self.trained if isinstance(each.name, str))

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """As those of the results, up to the last finished epoch, each variant at its best rate so far."""
        n_rates, n_shown = len(self.experiment.learning_rates), len(self.variants)
        history = self.history().of(np.arange(n_shown * n_rates)).up_to(self.epoch)
        losses = history.validation_log_loss[..., -1].mean(0).reshape(n_shown, n_rates)
        best = history.of(np.arange(n_shown) * n_rates + best_rates(losses))
        return curves(best, [each.head.loss_unit for each in self.trained[:n_shown]])


Watch = Callable[[Progress], None]
"""Hears of the progress in the caller's thread, a few times a second. What it raises stops the training."""
