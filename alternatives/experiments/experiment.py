"""What an experiment is: a frozen value that says which networks are compared on what data, and how."""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from alternatives.datasets import Dataset
from alternatives.datasets.sources import Sizes
from alternatives.experiments import tuning
from alternatives.experiments.curves import Curve, curves
from alternatives.experiments.data import TEST_SETS, Data, Division, data, seconds_to_split
from alternatives.experiments.runs import Job, Runs, Variant, seconds_to_train, train
from alternatives.experiments.tuning import CRITERIA, Search, Tuning
from alternatives.serving.limits import Cost
from alternatives.state import Linked
from alternatives.training import AT_A_TIME, Architecture, History, Recipe, Subset, cost, jobs_that_pay
from alternatives.wording import counted, given, listed

FIRST_TUNING_SEED = 2_000_000
"""Tuning splits have seeds from here on, which no reported seed reaches."""

SHARE_OF_EPOCHS = 0.7
"""About which share of the epochs that are tried is chosen where each variant uses its own best number."""

RECORDED = 9
"""Numbers that `History` has of a run's epoch, beside those of its layers."""
COPIES_OF_HISTORY = 3
"""How many times a history is in memory: as it is recorded, in the order of the variants, and as curves."""

MEASURING = 1e-3
"""Seconds of one core to measure a variant, whatever the number of its samples, on an AMD EPYC."""
MEASURED = 2e-8
"""The same for one number of one sample."""

Stage = Literal["tuning", "training"]


class Experiment(Linked):
    """Variants of a network, tuned and then trained from several seeds; classes of it declare its fields."""

    variant_label: ClassVar[str] = "variant"
    """What the variants are called in tables."""

    dataset: Dataset
    n_seeds: int
    first_seed: int
    learning_rate: float | None
    n_epochs: int | None
    max_epochs: int
    label_noise = 0.0
    n_training: int | None = None
    weight_decay: float | None = 0.0
    test_set: str = TEST_SETS[0]
    criterion: str = CRITERIA[0]
    n_settings: int | None = None

    @property
    @abstractmethod
    def baseline(self) -> str:
        """The variant that the others are compared to."""

    @property
    @abstractmethod
    def first_rates(self) -> tuple[float, ...]:
        """The learning rates that tuning begins with."""

    @property
    @abstractmethod
    def recipe(self) -> Recipe:
        """How every run learns, for as many epochs as a run can have."""

    @abstractmethod
    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        """What is trained on data of this shape; those that are shown are named by a text and come first."""

    def candidates(self, variants: Sequence[Variant]) -> list[tuple[Variant, ...]]:
        """The forms of each variant of which tuning chooses the best: by default itself alone."""
        return [(variant,) for variant in variants]

    @property
    def most_epochs(self) -> int:
        """How many epochs a run can have."""
        return self.max_epochs if self.n_epochs is None else self.n_epochs

    @property
    def search(self) -> Search:
        """What tuning tries."""
        rates = self.first_rates if self.learning_rate is None else (self.learning_rate,)
        return Search(rates, self.most_epochs, self.n_epochs is None, self.criterion, self.n_settings)

    @property
    def tuned_in_words(self) -> str:
        """How each variant gets its learning rate and its epochs, in words."""
        own = {
            "learning rate": self.learning_rate is None,
            "L2 penalty": self.weight_decay is None,
            "number of epochs": self.n_epochs is None,
        }
        parts = []
        if self.learning_rate is not None:
            parts.append(f"learning rate {given(self.learning_rate)}")
        if self.n_epochs is not None:
            parts.append(counted(self.n_epochs, "epoch"))
        if any(own.values()):
            how = f"on {tuning.N_SPLITS} tuning splits"
            if self.n_settings is not None:
                how += f", of {counted(self.n_settings, 'random setting')}"
            if self.criterion != CRITERIA[0]:
                how += f", by {self.criterion}"
            cap = f"at most {self.max_epochs}; " if self.n_epochs is None else ""
            chosen = listed(name for name, is_own in own.items() if is_own)
            parts.append(f"each {self.variant_label} uses its own best {chosen} ({cap}{how})")
        return ", ".join(parts)

    @property
    def seeds(self) -> range:
        """The seeds, from the first on."""
        return range(self.first_seed, self.first_seed + self.n_seeds)

    @property
    def tuning_seeds(self) -> range:
        """Seeds of the tuning splits: others for every first seed, and none that is reported."""
        first = FIRST_TUNING_SEED + tuning.N_SPLITS * self.first_seed
        return range(first, first + tuning.N_SPLITS)

    @property
    def data(self) -> Data:
        """The data set, split by every seed."""
        return data(self.dataset, self.seeds, self.label_noise, self.division)

    @property
    def division(self) -> Division:
        """Which samples the sets have: a test set that is held out is drawn by the first seed."""
        seed = self.first_seed if self.test_set == TEST_SETS[1] else 0
        return Division(self.test_set, seed, self.n_training)

    def tune(self, watch: "Watch | None" = None, n_jobs: int | None = None) -> Tuning | None:
        """Choose rate and epochs for every variant; None where there is nothing to choose."""
        variants = self.variants(*self.dataset.shape[1:])
        candidates = self.candidates(variants)
        if not self.search.needed and all(len(forms) == 1 for forms in candidates):
            return None
        seeds, share = self.tuning_seeds, self._tuning_share
        of = self.dataset.as_key, self.label_noise, self.division

        def report(epoch: int, fraction: float, history: Callable[[], History]) -> None:
            if watch:
                first = seeds[: tuning.FIRST_SPLITS]
                watch(Progress(self, "tuning", epoch, share * fraction, variants, first, history))

        def split() -> Data:
            return data(self.dataset, seeds, self.label_noise, self.division).without_test

        n_jobs = n_jobs or jobs_that_pay(self.cost().seconds)
        return tuning.tune_once(candidates, self.search, self.recipe, split, seeds, of, report, n_jobs)

    def jobs(self, tuned: Tuning | None) -> tuple[Job, ...]:
        """Every variant with its rate and epochs, tuned or given."""
        if tuned is not None:
            return tuned.jobs
        (rate,) = self.search.rates
        variants = self.variants(*self.dataset.shape[1:])
        return tuple(Job(variant, rate, self.most_epochs) for variant in variants)

    def train(
        self,
        tuned: Tuning | None,
        watch: "Watch | None" = None,
        n_jobs: int | None = None,
        data: Data | None = None,
    ) -> Runs:
        """Train every variant as it was tuned, by default on the experiment's own data; see `runs.train`."""
        data = data or self.data
        jobs, n_jobs = self.jobs(tuned), n_jobs or jobs_that_pay(self.cost().seconds)
        snapshots = self.snapshots(jobs, data)
        before = self._tuning_share if tuned is not None and tuned.seconds else 0.0

        def report(epoch: int, fraction: float, history: Callable[[], History]) -> None:
            if watch:
                done = before + (1 - before) * fraction
                variants = tuple(job.variant for job in jobs)
                watch(Progress(self, "training", epoch, done, variants, self.seeds, history))

        sets = data.training, data.validation
        return train(jobs, self.recipe, self.seeds, *sets, report, n_jobs, snapshots)

    def snapshots(self, jobs: Sequence[Job], data: Data) -> tuple[int, ...]:
        """Numbers of epochs after which the first seed's weights are kept; by default no weights are."""
        return ()

    @property
    def fewer_training_samples(self) -> int | None:
        """How many training samples there are, where that is fewer than the data set has for it."""
        return self.n_training if self.n_training and self.n_training < self._all_sizes.training else None

    @property
    def _all_sizes(self) -> Sizes:
        """Samples in each set of the data set's splits, if all are used."""
        n_samples, _, _ = self.dataset.shape
        fifth = n_samples // 5
        return Sizes(n_samples - 2 * fifth, fifth, fifth)

    @property
    def _sizes(self) -> Sizes:
        """Samples in each set that are used."""
        every = self._all_sizes
        return every._replace(training=self.fewer_training_samples or every.training)

    @property
    def _tuning_share(self) -> float:
        """About which share of the work tuning is."""
        return self.tuning_share(self._sizes, *self.dataset.shape[1:])

    def tuning_share(self, sizes: Sizes, n_features: int, n_classes: int) -> float:
        """About which share of tuning and training on data of this shape is tuning."""
        to_tune, to_train = self._seconds_to_learn(sizes, n_features, n_classes)
        return to_tune / (to_tune + to_train)

    def _seconds_to_learn(self, sizes: Sizes, n_features: int, n_classes: int) -> tuple[float, float]:
        """About how long it takes to tune the variants, and to train them from every seed."""
        search, recipe, variants = self.search, self.recipe, self.variants(n_features, n_classes)
        sets = [Subset.shaped(1, n_samples, n_features) for n_samples in sizes[:2]]
        forms = self._forms(variants)
        to_tune = 0.0
        if search.needed or len(forms) > len(variants):
            to_tune = tuning.seconds_to_tune(forms, search, recipe, *sets)
        n_epochs = math.ceil(SHARE_OF_EPOCHS * search.n_epochs) if search.any_epoch else search.n_epochs
        jobs = [Job(variant, search.rates[0], n_epochs) for variant in variants]
        # Variants with numbers of epochs of their own train in stacks of their own.
        stacks = [[job] for job in jobs] if search.any_epoch else [jobs]
        return to_tune, sum(seconds_to_train(stack, recipe, self.seeds, *sets) for stack in stacks)

    def _forms(self, variants: Sequence[Variant]) -> list[Variant]:
        """Every form of every variant."""
        return [form for forms in self.candidates(variants) for form in forms]

    def numbers_measured(self, network: Architecture) -> float:
        """About how many numbers are worked out for each test sample once a network is trained."""
        return network.n_classes

    def numbers_held(self, network: Architecture) -> float:
        """About how many of these, in double precision, are in memory at a time."""
        return 10 * network.n_classes

    def cost_on(
        self, sizes: Sizes, n_features: int, n_classes: int, prepared: tuple[int, int] = (0, 0)
    ) -> Cost:
        """About what the experiment costs on data of this shape; `prepared` is `Dataset.prepared`."""
        variants, search = self.variants(n_features, n_classes), self.search
        forms, n_splits = self._forms(variants), self.n_seeds
        n_runs = self.n_seeds * len(variants)  # of those that train together
        seconds = sum(self._seconds_to_learn(sizes, n_features, n_classes))
        if search.needed or len(forms) > len(variants):
            n_splits += tuning.N_SPLITS
            n_runs = max(n_runs, tuning.FIRST_SPLITS * len(search.rates) * len(forms))
        seconds += seconds_to_split(n_splits, sum(sizes), n_features, prepared)
        n_measured = sum(self.numbers_measured(variant.network) for variant in variants)
        seconds += MEASURING * (8 + len(variants)) + MEASURED * self.n_seeds * sizes.test * n_measured

        numbers_of_run = search.n_epochs * (RECORDED + max(each.network.n_layers for each in variants))
        n_bytes: float = COPIES_OF_HISTORY * 8 * n_runs * numbers_of_run
        # Parameters and moments for the workers, and the parameters of the finished runs.
        n_bytes += 4 * 4 * n_runs * max(each.network.n_parameters for each in variants)
        n_bytes += 2 * 4 * n_splits * sum(sizes) * n_features  # the data, here and for the workers
        # What convolutions need: each worker of a mini-batch, and predictions of every seed's network.
        of_image = max(sum(each.size for each in variant.network.scratch) for variant in variants)
        n_images = cost.N_WORKERS * min(self.recipe.batch_size, sizes.training) + self.n_seeds * AT_A_TIME
        n_bytes += 4 * of_image * n_images
        n_bytes += 8 * self.n_seeds * sizes.test * sum(self.numbers_held(each.network) for each in variants)
        return Cost(seconds, 1e-6 * n_bytes)

    def cost(self) -> Cost:
        """About what the experiment costs; loads its data set if its shape isn't known yet."""
        return self.cost_on(self._sizes, *self.dataset.shape[1:], self.dataset.prepared)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far an experiment is; what there is to draw is computed when it is asked for."""

    experiment: Experiment
    stage: Stage
    epoch: int
    """The last one that every run of the stage has finished."""
    fraction: float
    """Of the whole, from 0 to 1."""
    trained: tuple[Variant, ...]
    seeds: range
    """Those that are trained: in tuning, those of the tuning splits that every rate is tried on."""
    history: Callable[[], History]
    """Gives the history so far, of every variant; in tuning, at its best rate so far."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the variants that are shown."""
        return tuple(each.name for each in self.trained if isinstance(each.name, str))

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """As those of the results, up to the last finished epoch."""
        shown = np.arange(len(self.variants))
        history = self.history().of(shown).up_to(self.epoch)
        return curves(history, [self.trained[index].head.loss_unit for index in shown])


Watch = Callable[[Progress], None]
"""Hears of the progress in the caller's thread, a few times a second. What it raises stops the training."""
