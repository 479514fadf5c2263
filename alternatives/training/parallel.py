"""Stacks cut to the size of a core's cache, trained on all cores and watched while they train.

A task trains one piece of the stack for a fraction of a second and gives it back, further on. So the
caller hears of the progress, can stop, and loses one task's work at most when a worker process dies.

Processes, not threads: a step is so short that threads would spend it waiting for the interpreter's
lock. What a worker imports is numpy and this package's numpy modules.
"""

import math
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from threadpoolctl import ThreadpoolController

from alternatives.heads import Floats, Integers
from alternatives.training.architecture import Architecture
from alternatives.training.pool import shared_pool
from alternatives.training.solvers import Recipe
from alternatives.training.stack import Epoch, Setting, Stack

CACHE_BYTES = 4_000_000
"""What the networks of one piece take together: about what a core's own cache keeps near."""

TASK_SECONDS = 0.08
"""How long a task trains before it reports, to the next end of an epoch."""

UNDISTURBED_SECONDS = 0.25
"""The same for a later task while nobody else waits for a worker: handing a piece over has its price."""

ALONE_SECONDS = 0.3
"""Work estimated to be shorter than this is done here: handing it to other processes wouldn't pay."""

MOST_DEATHS = 20
"""Tasks lost to dying workers before a training is given up: something kills them again and again."""


@dataclass(frozen=True)
class Part:
    """One part of every split: `X` (n_splits, n_samples, n_features), `targets` (n_splits, n_samples)."""

    X: Floats
    targets: Integers

    def of(self, splits: slice) -> "Part":
        """Some of the splits."""
        return Part(self.X[splits], self.targets[splits])


@dataclass(frozen=True)
class History:
    """What was recorded every epoch of every run, NaN where it's still to come.

    Arrays (n_splits, n_settings, n_epochs), with a last axis n_layers for `gradient_of_layers`: the
    quantities of `Epoch`, then loss and accuracy on the validation part after the epoch.
    """

    training_loss: Floats
    gradient_at_logits: Floats
    gradient_of_layers: Floats
    validation_loss: Floats
    validation_accuracy: Floats

    @classmethod
    def empty(cls, n_splits: int, n_settings: int, n_epochs: int, n_layers: int) -> "History":
        """Nothing recorded yet."""
        shape = (n_splits, n_settings, n_epochs)
        quantities = {name: np.full(shape, np.nan) for name in cls.__dataclass_fields__}
        return cls(**quantities | {"gradient_of_layers": np.full((*shape, n_layers), np.nan)})

    def record(self, runs: tuple[slice, slice], epoch: int, report: "Report") -> None:
        """Write down what a piece reports of one epoch."""
        at = (*runs, epoch)
        self.training_loss[at] = report.training.loss
        self.gradient_at_logits[at] = report.training.gradient_at_logits
        self.gradient_of_layers[at] = report.training.gradient_of_layers
        self.validation_loss[at] = report.validation_loss
        self.validation_accuracy[at] = report.validation_accuracy

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs (n_splits, n_settings) ended in numbers that aren't finite."""
        return ~np.isfinite(self.training_loss[..., -1] + self.validation_loss[..., -1])


@dataclass(frozen=True)
class Report:
    """One epoch of a piece."""

    training: Epoch
    validation_loss: Floats
    validation_accuracy: Floats


@dataclass(frozen=True)
class Trained:
    """Finished runs.

    `parameters` (n_splits, n_settings, n_parameters); `seconds` (n_settings,) of one core's time spent
    on each setting's runs.
    """

    network: Architecture
    parameters: Floats
    history: History
    seconds: NDArray[np.float64]


Watch = Callable[[int, History], None]
"""Called with the number of epochs that every run has finished, and the history so far."""


def train(
    network: Architecture,
    recipe: Recipe,
    settings: Sequence[Setting],
    seeds: Sequence[int],
    training: Part,
    validation: Part,
    watch: Watch | None = None,
    dtype: DTypeLike = np.float32,
    n_jobs: int | None = None,
) -> Trained:
    """Train every setting on every split.

    Parameters
    ----------
    network, recipe
        Shared by all runs.
    settings : sequence of length n_settings
    seeds : sequence of int, length n_splits
        Draws first weights and mini-batches, one for each split.
    training, validation : Part
    watch : callable, optional
        Hears of the progress between tasks, in the caller's thread. Whatever it raises, a
        BaseException too, stops the training and passes through.
    dtype : dtype, default float32
    n_jobs : int, optional
        Worker processes; 1 trains in this process. Default: one for each core where it pays.

    Returns
    -------
    Trained
        Runs that diverged are in it like the others. The numbers don't depend on `n_jobs`.
    """
    n_splits, n_settings = len(seeds), len(settings)
    n_jobs = n_jobs or _n_jobs(network, recipe, n_splits * n_settings, training)
    history = History.empty(n_splits, n_settings, recipe.n_epochs, network.n_layers)
    parameters = np.empty((n_splits, n_settings, network.n_parameters), dtype)
    seconds = np.zeros(n_settings)
    finished = np.zeros((n_splits, n_settings), int)

    waiting: deque[tuple[tuple[slice, slice], Stack]] = deque()
    for splits, runs in cuts(network, recipe, n_splits, n_settings, np.dtype(dtype), n_jobs):
        waiting.append(((splits, runs), Stack(network, recipe, settings[runs], seeds[splits], dtype)))

    deaths, used = 0, 0.0
    with _workers(n_jobs, training, validation) as submit:
        under_way: dict[Future[Any], tuple[tuple[slice, slice], Stack]] = {}
        try:
            while waiting or under_way:
                while waiting and len(under_way) < n_jobs:
                    place, stack = waiting.popleft()
                    disturbed = not stack.n_epochs or (n_jobs > 1 and shared_pool(n_jobs).ahead(math.inf))
                    task_seconds = TASK_SECONDS if disturbed else UNDISTURBED_SECONDS
                    under_way[submit(stack, place[0], task_seconds, used)] = place, stack
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    place, before = under_way.pop(future)
                    try:
                        stack, reports = future.result()
                    except BrokenProcessPool:
                        deaths += 1
                        if deaths > MOST_DEATHS:
                            raise
                        waiting.append((place, before))  # it goes on from where it was
                        continue
                    used += stack.seconds.sum() - before.seconds.sum()
                    for epoch, report in enumerate(reports, stack.n_epochs - len(reports)):
                        history.record(place, epoch, report)
                    finished[place] = stack.n_epochs
                    if stack.n_epochs < recipe.n_epochs:
                        waiting.append((place, stack))
                    else:
                        parameters[place] = stack.parameters
                        seconds[place[1]] += stack.seconds
                if watch:
                    watch(int(finished.min()), history)
        finally:
            for future in under_way:
                future.cancel()
    return Trained(network, parameters, history, seconds)


def cuts(
    network: Architecture, recipe: Recipe, n_splits: int, n_settings: int, dtype: np.dtype[Any], n_jobs: int
) -> Iterator[tuple[slice, slice]]:
    """Pieces (splits, settings) of even size that fit the cache, at least one for each job if there are runs.

    Settings stay together where possible: they share their split's mini-batches.
    """
    units = 2 * sum(network.layer_sizes) + 2 * network.n_classes
    bytes_each = dtype.itemsize * (4 * network.n_parameters + recipe.batch_size * units)
    at_once = max(1, CACHE_BYTES // bytes_each)
    settings_pieces = math.ceil(n_settings / at_once)
    splits_at_once = max(1, at_once // math.ceil(n_settings / settings_pieces))
    splits_pieces = min(n_splits, math.ceil(n_splits / splits_at_once / n_jobs) * n_jobs)
    if splits_pieces * settings_pieces < n_jobs:
        settings_pieces = min(n_settings, n_jobs)
    for splits in _even(n_splits, splits_pieces):
        for runs in _even(n_settings, settings_pieces):
            yield splits, runs


def _even(length: int, n_pieces: int) -> Iterator[slice]:
    for piece in range(n_pieces):
        yield slice(length * piece // n_pieces, length * (piece + 1) // n_pieces)


def _n_jobs(network: Architecture, recipe: Recipe, n_runs: int, training: Part) -> int:
    short = n_runs * seconds_of_run(network, recipe, training.X.shape[1]) < ALONE_SECONDS
    return 1 if short else os.cpu_count() or 1


def seconds_of_run(network: Architecture, recipe: Recipe, n_samples: int) -> float:
    """About how long one core trains one network, evaluation left out."""
    n_steps = recipe.n_epochs * math.ceil(n_samples / recipe.batch_size)
    batch_size = min(recipe.batch_size, n_samples)
    return n_steps * network.seconds_of_step(batch_size)


def advance(stack: Stack, training: Part, validation: Part, seconds: float) -> tuple[Stack, list[Report]]:
    """Train a piece for about so many seconds; returns it and a report for each epoch."""
    reports: list[Report] = []
    deadline = time.monotonic() + seconds
    with np.errstate(all="ignore"):  # a run that diverges is a result
        while not reports or (stack.n_epochs < stack.recipe.n_epochs and time.monotonic() < deadline):
            epoch = stack.epoch(training.X, training.targets)
            reports.append(Report(epoch, *stack.evaluate(validation.X, validation.targets)))
    return stack, reports


Submit = Callable[[Stack, slice, float, float], "Future[tuple[Stack, list[Report]]]"]


@contextmanager
def _workers(n_jobs: int, training: Part, validation: Part) -> Iterator[Submit]:
    """A function that has one task done for a piece on the given splits; see `Pool.submit` for `used`."""
    if n_jobs == 1:

        def here(
            stack: Stack, splits: slice, seconds: float, used: float
        ) -> "Future[tuple[Stack, list[Report]]]":
            future: Future[tuple[Stack, list[Report]]] = Future()
            with one_blas_thread():
                future.set_result(advance(stack, training.of(splits), validation.of(splits), seconds))
            return future

        yield here
        return

    def there(
        stack: Stack, splits: slice, seconds: float, used: float
    ) -> "Future[tuple[Stack, list[Report]]]":
        return shared_pool(n_jobs).submit(used, _advance_in_worker, stack, folder, splits, seconds)

    with tempfile.TemporaryDirectory(prefix="alternatives-", dir=_memory()) as folder:
        for name, part in {"training": training, "validation": validation}.items():
            np.save(Path(folder, f"{name}-X.npy"), part.X)
            np.save(Path(folder, f"{name}-targets.npy"), part.targets)
        yield there


def _advance_in_worker(
    stack: Stack, folder: str, splits: slice, seconds: float
) -> tuple[Stack, list[Report]]:
    training, validation = (_read(folder, name).of(splits) for name in ("training", "validation"))
    return advance(stack, training, validation, seconds)


def _read(folder: str, name: str) -> Part:
    """A part of the data that the caller laid down, mapped rather than copied."""
    X, targets = (np.load(Path(folder, f"{name}-{what}.npy"), mmap_mode="r") for what in ("X", "targets"))
    return Part(X, targets)


def _memory() -> str | None:
    """A folder that lives in memory, where the system has one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


_blas = ThreadpoolController()
_blas_lock = threading.Lock()
_blas_users = 0
_blas_limit: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS to one thread a call while anybody in this process trains.

    More threads would cost more than they bring on such small matrices, and could change the last digit.
    The number is the whole process's, so the first to come sets it and the last to leave puts it back.
    """
    global _blas_users, _blas_limit
    with _blas_lock:
        if not _blas_users:
            _blas_limit = _blas.limit(limits=1, user_api="blas")
        _blas_users += 1
    try:
        yield
    finally:
        with _blas_lock:
            _blas_users -= 1
            if not _blas_users:
                _blas_limit.restore_original_limits()
