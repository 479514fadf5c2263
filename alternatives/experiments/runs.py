"""Runs: networks that are trained side by side, each from every seed.

A *variant* is what an experiment varies: a head, a kind of hidden layer, a normaliser, a width. A *job* is a
variant with the learning rate and the number of epochs that it is trained with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import HEADS, Floats, Head
from alternatives.training import (
    Architecture,
    History,
    Plan,
    Recipe,
    Setting,
    Stack,
    Subset,
    cost,
    one_blas_thread,
)
from alternatives.training import train as train_plans


@dataclass(frozen=True)
class Variant:
    """One of the networks that an experiment compares."""

    name: Any
    """Its name, or whatever else tells it apart."""
    network: Architecture
    head: Head = HEADS["softmax"]
    weight_decay: float | None = None
    """Its own L2 penalty; None where it has that of the others."""


@dataclass(frozen=True)
class Job:
    """A variant to train, and how."""

    variant: Variant
    learning_rate: float
    n_epochs: int


@dataclass(frozen=True, eq=False)
class Runs:
    """Trained networks: every job from every seed."""

    jobs: tuple[Job, ...]
    parameters: list[Floats]
    """An array (n_seeds, n_parameters) for each job."""
    history: History
    """Arrays (n_seeds, n_jobs, n_epochs, …); NaN after a job's own last epoch."""
    diverged: NDArray[np.bool_]
    """Which runs (n_seeds, n_jobs) ended in numbers that aren't finite."""
    seconds: NDArray[np.float64]
    """Time (n_jobs,) of one core for one run."""
    snapshots: tuple[Mapping[int, Floats], ...] = ()
    """The first seed's parameters (n_parameters,) of each job, by number of epochs, where some were kept."""

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variant of each job."""
        return tuple(job.variant for job in self.jobs)

    @property
    def learning_rates(self) -> NDArray[np.float64]:
        """The rate (n_jobs,) of each job."""
        return np.array([job.learning_rate for job in self.jobs])

    @property
    def n_epochs(self) -> NDArray[np.int64]:
        """The number of epochs (n_jobs,) of each job."""
        return np.array([job.n_epochs for job in self.jobs])

    def logits(self, job: int, X: Floats) -> Floats:
        """Logits (n_seeds, n_samples, n_classes) of a job's networks; NaN where a run diverged."""
        with np.errstate(all="ignore"), one_blas_thread():
            logits = self.variants[job].network.logits(self.parameters[job], X)
        logits[self.diverged[:, job]] = np.nan  # its weights may still be finite
        return logits

    def logits_after(self, n_epochs: int, job: int, X: Floats) -> Floats:
        """Logits (n_samples, n_classes) of a job's first network after so many epochs, or after its last.

        They are as `logits` gives them, and there for the numbers of epochs that `snapshots` has.
        """
        is_last = n_epochs >= self.jobs[job].n_epochs
        parameters = self.parameters[job][0] if is_last else self.snapshots[job][n_epochs]
        with np.errstate(all="ignore"), one_blas_thread():
            logits = self.variants[job].network.logits(parameters, X)
        if is_last and self.diverged[0, job]:
            logits[:] = np.nan
        return logits


Watch = Callable[[int, float, Callable[[], History]], None]
"""Hears of the epochs that every run has finished, of the share that is done, and how to get the history.

The history has arrays (n_seeds, n_jobs, n_epochs, …). What it raises stops the training.
"""


def train(
    jobs: Sequence[Job],
    recipe: Recipe,
    seeds: range,
    training: Subset,
    validation: Subset,
    watch: Watch | None = None,
    n_jobs: int | None = None,
    snapshots: Sequence[int] = (),
) -> Runs:
    """Train all jobs; those with the same network, L2 penalty and number of epochs are one stack.

    `recipe` says all else of how they learn; its own number of epochs is not used. `n_jobs` is the number of
    worker processes. The numbers of one job don't depend on the others, nor on that. `snapshots` are numbers
    of epochs after which the first seed's parameters are kept.
    """
    groups = _stacks(jobs)
    plans = list(_plans(jobs, groups, recipe, seeds, training, validation, snapshots))
    every = [member for members in groups.values() for member in members]
    order = np.argsort(every)

    def in_order(histories: Sequence[History]) -> History:
        return History.side_by_side(histories).of(order)

    def report(finished: Sequence[int], histories: Sequence[History]) -> None:
        if watch:
            work = [plan.n_runs * plan.recipe.n_epochs for plan in plans]
            fraction = float(np.average([history.fraction for history in histories], weights=work))
            open_ = [n for n, plan in zip(finished, plans, strict=True) if n < plan.recipe.n_epochs] or [
                max(finished)
            ]
            watch(min(open_), fraction, lambda: in_order(histories))

    trained = train_plans(plans, report, n_jobs=n_jobs)
    parameters: list[Floats] = [np.empty(0)] * len(jobs)
    kept: list[Mapping[int, Floats]] = [{}] * len(jobs)
    diverged = np.empty((len(seeds), len(jobs)), bool)
    seconds = np.empty(len(jobs))
    for members, result in zip(groups.values(), trained, strict=True):
        diverged[:, members] = result.history.diverged
        seconds[members] = result.seconds / len(seeds)
        for place, index in enumerate(members):
            parameters[index] = result.parameters[:, place]
            kept[index] = {n_epochs: each[place] for n_epochs, each in result.snapshots.items()}
    history = in_order([each.history for each in trained])
    return Runs(tuple(jobs), parameters, history, diverged, seconds, tuple(kept))


def epochs(
    variants: Sequence[Variant],
    rates: Sequence[float],
    recipe: Recipe,
    seeds: range,
    training: Subset,
    start: Floats | None = None,
    dtype: DTypeLike = np.float32,
) -> Iterator[Stack]:
    """The runs of variants with one network, before training and after each epoch, in this process.

    `start` is broadcast to parameters (n_seeds, n_variants · n_rates, n_parameters) to start from.
    """
    settings = [Setting(variant.head, rate) for variant in variants for rate in rates]
    stack = Stack(variants[0].network, recipe, settings, list(seeds), dtype)
    if start is not None:
        stack.parameters[:] = start
    yield stack
    for _ in range(recipe.n_epochs):
        with one_blas_thread(), np.errstate(all="ignore"):  # a run that diverges is a result
            stack.epoch(training.X, training.targets)
        yield stack


def seconds_to_train(
    jobs: Sequence[Job], recipe: Recipe, seeds: range, training: Subset, validation: Subset
) -> float:
    """Estimated time of one core of `train`; the samples don't matter, only how many there are."""
    return sum(map(cost.seconds, _plans(jobs, _stacks(jobs), recipe, seeds, training, validation)))


Stacks: TypeAlias = Mapping[tuple[Architecture, float | None, int], list[int]]
"""The indices of the jobs that train as one stack, by network, L2 penalty and number of epochs."""


def _plans(
    jobs: Sequence[Job],
    stacks: Stacks,
    recipe: Recipe,
    seeds: range,
    training: Subset,
    validation: Subset,
    snapshots: Sequence[int] = (),
) -> Iterator[Plan]:
    for (network, weight_decay, n_epochs), members in stacks.items():
        settings = [Setting(jobs[index].variant.head, jobs[index].learning_rate) for index in members]
        its_recipe = replace(recipe, n_epochs=n_epochs)
        if weight_decay is not None:
            its_recipe = replace(its_recipe, weight_decay=weight_decay)
        kept = tuple(n for n in snapshots if n < n_epochs)
        yield Plan(network, its_recipe, settings, list(seeds), training, validation, kept)


def _stacks(jobs: Sequence[Job]) -> Stacks:
    groups: dict[tuple[Architecture, float | None, int], list[int]] = {}
    for index, job in enumerate(jobs):
        key = job.variant.network, job.variant.weight_decay, job.n_epochs
        groups.setdefault(key, []).append(index)
    return groups
