"""Stacks cut to the size of a core's cache, trained on all cores and watched while they train.

A task trains one piece of the stack for a fraction of a second and gives it back, further on. So the
caller hears of the progress, can stop, and loses one task's work at most when a worker process dies.

Processes, not threads: a step is so short that threads would spend it waiting for the interpreter's
lock. What a worker imports is numpy and this package's numpy modules.
"""

import itertools
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
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs to train: every setting on every split.

    `seeds`, one for each split, draw first weights and mini-batches.
    """

    network: Architecture
    recipe: Recipe
    settings: Sequence[Setting]
    seeds: Sequence[int]
    training: Part
    validation: Part

    @property
    def n_runs(self) -> int:
        """How many networks there are."""
        return len(self.seeds) * len(self.settings)

    @property
    def seconds(self) -> float:
        """About how long one core trains them, evaluation left out."""
        return self.n_runs * seconds_of_run(self.network, self.recipe, self.training.X.shape[1])


Watch = Callable[[int, History], None]
"""Called with the number of epochs that every run has finished, and the history so far."""

WatchAll = Callable[[Sequence[int], Sequence[History]], None]
"""The same for several plans."""


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
    plan = Plan(network, recipe, settings, seeds, training, validation)

    def watch_one(finished: Sequence[int], histories: Sequence[History]) -> None:
        if watch:
            watch(finished[0], histories[0])

    return train_all([plan], watch_one, dtype, n_jobs)[0]


def train_all(
    plans: Sequence[Plan],
    watch: WatchAll | None = None,
    dtype: DTypeLike = np.float32,
    n_jobs: int | None = None,
) -> list[Trained]:
    """Train several plans side by side; see `train`.

    The numbers of one don't depend on the others.
    """
    if n_jobs is None:
        n_jobs = 1 if sum(plan.seconds for plan in plans) < ALONE_SECONDS else os.cpu_count() or 1
    every = [_Runs(plan, np.dtype(dtype)) for plan in plans]
    waiting: deque[_Piece] = deque()
    for runs in every:
        plan, shape, n_pieces = runs.plan, runs.finished.shape, math.ceil(n_jobs / len(plans))
        for splits, settings in cuts(plan.network, plan.recipe, *shape, np.dtype(dtype), n_pieces):
            stack = Stack(plan.network, plan.recipe, plan.settings[settings], plan.seeds[splits], dtype)
            waiting.append(_Piece(runs, (splits, settings), stack))

    deaths, used = 0, 0.0
    with _workers(n_jobs, plans) as submit:
        under_way: dict[Future[Any], _Piece] = {}
        try:
            while waiting or under_way:
                while waiting and len(under_way) < n_jobs:
                    piece = waiting.popleft()
                    disturbed = not piece.stack.n_epochs or (
                        n_jobs > 1 and shared_pool(n_jobs).ahead(math.inf)
                    )
                    seconds = TASK_SECONDS if disturbed else UNDISTURBED_SECONDS
                    under_way[submit(piece, seconds, used)] = piece
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    piece = under_way.pop(future)
                    try:
                        stack, reports = future.result()
                    except BrokenProcessPool:
                        deaths += 1
                        if deaths > MOST_DEATHS:
                            raise
                        waiting.append(piece)  # it goes on from where it was
                        continue
                    used += stack.seconds.sum() - piece.stack.seconds.sum()
                    if not piece.runs.record(piece.place, stack, reports):
                        waiting.append(replace(piece, stack=stack))
                if watch:
                    watch([int(runs.finished.min()) for runs in every], [runs.history for runs in every])
        finally:
            for future in under_way:
                future.cancel()
    return [Trained(runs.plan.network, runs.parameters, runs.history, runs.seconds) for runs in every]


class _Runs:
    """What has come of a plan so far."""

    def __init__(self, plan: Plan, dtype: np.dtype[Any]) -> None:
        n_splits, n_settings = len(plan.seeds), len(plan.settings)
        self.plan = plan
        self.history = History.empty(n_splits, n_settings, plan.recipe.n_epochs, plan.network.n_layers)
        self.parameters = np.empty((n_splits, n_settings, plan.network.n_parameters), dtype)
        self.seconds = np.zeros(n_settings)
        self.finished = np.zeros((n_splits, n_settings), int)

    def record(self, place: tuple[slice, slice], stack: Stack, reports: Sequence[Report]) -> bool:
        """Write down what a task reports of a piece; whether that's trained to the end."""
        for epoch, report in enumerate(reports, stack.n_epochs - len(reports)):
            self.history.record(place, epoch, report)
        self.finished[place] = stack.n_epochs
        if stack.n_epochs < self.plan.recipe.n_epochs:
            return False
        self.parameters[place] = stack.parameters
        self.seconds[place[1]] += stack.seconds
        return True


@dataclass(frozen=True, eq=False)
class _Piece:
    """A part of a plan's runs that trains together."""

    runs: _Runs
    place: tuple[slice, slice]
    stack: Stack


def cuts(
    network: Architecture, recipe: Recipe, n_splits: int, n_settings: int, dtype: np.dtype[Any], n_pieces: int
) -> Iterator[tuple[slice, slice]]:
    """Pieces (splits, settings) of even size that fit the cache, at least so many if there are runs.

    Settings stay together where possible: they share their split's mini-batches.
    """
    units = 2 * sum(network.layer_sizes) + 2 * network.n_classes
    bytes_each = dtype.itemsize * (4 * network.n_parameters + recipe.batch_size * units)
    at_once = max(1, CACHE_BYTES // bytes_each)
    settings_pieces = math.ceil(n_settings / at_once)
    splits_at_once = max(1, at_once // math.ceil(n_settings / settings_pieces))
    splits_pieces = min(n_splits, math.ceil(n_splits / splits_at_once / n_pieces) * n_pieces)
    if splits_pieces * settings_pieces < n_pieces:
        settings_pieces = min(n_settings, n_pieces)
    for splits in _even(n_splits, splits_pieces):
        for runs in _even(n_settings, settings_pieces):
            yield splits, runs


def _even(length: int, n_pieces: int) -> Iterator[slice]:
    for piece in range(n_pieces):
        yield slice(length * piece // n_pieces, length * (piece + 1) // n_pieces)


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


Submit = Callable[[_Piece, float, float], "Future[tuple[Stack, list[Report]]]"]


@contextmanager
def _workers(n_jobs: int, plans: Sequence[Plan]) -> Iterator[Submit]:
    """A function that has one task done for a piece; see `Pool.submit` for its last argument."""
    if n_jobs == 1:

        def here(piece: _Piece, seconds: float, used: float) -> "Future[tuple[Stack, list[Report]]]":
            future: Future[tuple[Stack, list[Report]]] = Future()
            plan, splits = piece.runs.plan, piece.place[0]
            with one_blas_thread():
                parts = plan.training.of(splits), plan.validation.of(splits)
                future.set_result(advance(piece.stack, *parts, seconds))
            return future

        yield here
        return

    with tempfile.TemporaryDirectory(prefix="alternatives-", dir=_memory()) as folder:
        files: dict[int, str] = {}
        for part in itertools.chain.from_iterable((plan.training, plan.validation) for plan in plans):
            if id(part) not in files:
                files[id(part)] = str(Path(folder, str(len(files))))
                np.save(f"{files[id(part)]}-X.npy", part.X)
                np.save(f"{files[id(part)]}-targets.npy", part.targets)

        def there(piece: _Piece, seconds: float, used: float) -> "Future[tuple[Stack, list[Report]]]":
            plan = piece.runs.plan
            parts = files[id(plan.training)], files[id(plan.validation)]
            arguments = piece.stack, parts, piece.place[0], seconds
            return shared_pool(n_jobs).submit(used, _advance_in_worker, *arguments)

        yield there


def _advance_in_worker(
    stack: Stack, parts: tuple[str, str], splits: slice, seconds: float
) -> tuple[Stack, list[Report]]:
    training, validation = (_read(name).of(splits) for name in parts)
    return advance(stack, training, validation, seconds)


def _read(name: str) -> Part:
    """A part of the data that the caller laid down, mapped rather than copied."""
    X, targets = (np.load(f"{name}-{what}.npy", mmap_mode="r") for what in ("X", "targets"))
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
