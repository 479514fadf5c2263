"""Runs: every variant is trained with every learning rate from every seed, all side by side.

A *variant* is what an experiment varies: a head, a kind of hidden layer, a normaliser, a width. Each variant
is shown with the learning rate whose validation log loss, mean over the seeds, is least.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import HEADS, Floats, Head
from alternatives.measures import log_loss
from alternatives.training import (
    Architecture,
    History,
    Plan,
    Recipe,
    Setting,
    Stack,
    Subset,
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


@dataclass(frozen=True, eq=False)
class Runs:
    """Trained networks, each variant at its own best learning rate."""

    variants: tuple[Variant, ...]
    rates: tuple[float, ...]
    """Every learning rate that was tried."""
    losses: NDArray[np.float64]
    """Validation log loss (n_variants, n_rates), mean over the seeds; infinite where a run diverged."""
    chosen: NDArray[np.intp]
    """Index (n_variants,) of each variant's rate."""
    parameters: list[Floats]
    """An array (n_seeds, n_parameters) for each variant."""
    history: History
    """Arrays (n_seeds, n_variants, n_epochs, …)."""
    seconds: NDArray[np.float64]
    """Time (n_variants,) of one core for one run."""

    @property
    def learning_rates(self) -> NDArray[np.float64]:
        """Each variant's (n_variants,)."""
        return np.array(self.rates)[self.chosen]

    def logits(self, variant: int, X: Floats) -> Floats:
        """Logits (n_seeds, n_samples, n_classes) of a variant's networks; not finite where a run diverged."""
        with np.errstate(all="ignore"):
            return self.variants[variant].network.logits(self.parameters[variant], X)


Watch = Callable[[int, float, Callable[[], History]], None]
"""Hears of the epochs that every run has finished, of the share that is done, and how to get the history.

The history has arrays (n_seeds, n_variants · n_rates, n_epochs, …). What it raises stops the training.
"""


def train(
    variants: Sequence[Variant],
    rates: Sequence[float],
    recipe: Recipe,
    seeds: range,
    training: Subset,
    validation: Subset,
    watch: Watch | None = None,
    n_jobs: int | None = None,
) -> Runs:
    """Train all variants, those with the same network as one stack, and choose each one's learning rate.

    The numbers of one variant don't depend on the others, nor on `n_jobs`.
    """
    groups = _by_network(variants)
    plans = [
        Plan(
            network,
            recipe,
            [Setting(variants[index].head, rate) for index in members for rate in rates],
            list(seeds),
            training,
            validation,
        )
        for network, members in groups
    ]
    order = [member for _, members in groups for member in members]

    def in_order(histories: Sequence[History]) -> History:
        return History.side_by_side(histories).of(_columns(np.argsort(order), len(rates)))

    def report(finished: Sequence[int], histories: Sequence[History]) -> None:
        if watch:
            fraction = float(np.mean([history.fraction for history in histories]))
            watch(min(finished), fraction, lambda: in_order(histories))

    trained = train_plans(plans, report, n_jobs=n_jobs)
    parameters: list[Floats] = [np.empty(0)] * len(variants)
    seconds = np.empty((len(variants), len(rates)))
    for (_, members), result in zip(groups, trained, strict=True):
        shape = len(seeds), len(members), len(rates)
        by_rate = result.parameters.reshape(*shape, -1)
        for place, index in enumerate(members):
            parameters[index] = by_rate[:, place]
            seconds[index] = result.seconds.reshape(shape[1:])[place] / len(seeds)
    losses = np.array(
        [_validation_losses(each, own, validation) for each, own in zip(variants, parameters, strict=True)]
    )
    chosen = best_rates(losses)
    every = np.arange(len(variants))
    return Runs(
        tuple(variants),
        tuple(rates),
        losses,
        chosen,
        [own[:, rate] for own, rate in zip(parameters, chosen, strict=True)],
        in_order([result.history for result in trained]).of(every * len(rates) + chosen),
        seconds[every, chosen],
    )


def best_rates(losses: Floats) -> NDArray[np.intp]:
    """The rule for a variant's own best learning rate: the least validation log loss, mean over the seeds.

    From losses (n_variants, n_rates), infinite or NaN where a run diverged, to indices (n_variants,); of
    equals the first.
    """
    return np.where(np.isnan(losses), np.inf, losses).argmin(-1)


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


def _by_network(variants: Sequence[Variant]) -> list[tuple[Architecture, list[int]]]:
    """Each network with the indices of its variants."""
    groups: dict[Architecture, list[int]] = {}
    for index, variant in enumerate(variants):
        groups.setdefault(variant.network, []).append(index)
    return list(groups.items())


def _columns(variants: NDArray[np.intp], n_rates: int) -> NDArray[np.intp]:
    """Where a history has the runs of variants, all rates of a variant next to each other."""
    return (variants[:, None] * n_rates + np.arange(n_rates)).ravel()


def _validation_losses(variant: Variant, parameters: Floats, validation: Subset) -> NDArray[np.float64]:
    """Log loss (n_rates,) of parameters (n_seeds, n_rates, n_parameters), infinite where a run diverged."""
    with np.errstate(all="ignore"):
        logits = variant.network.logits(parameters, validation.X[:, None])
        probabilities = variant.head.class_probabilities(logits)
    losses = log_loss(probabilities, validation.targets[:, None]).mean(0)
    return np.where(np.isnan(losses), np.inf, losses)
