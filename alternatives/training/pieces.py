"""Pieces of a stack: the runs that one worker trains at a time, and the tasks that train them.

The data, and the pieces between two tasks, are files in a folder, in memory where there is room. Only a few
numbers go through the pipes to the workers: a piece of a megabyte would take as long there as a third of an
epoch.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Floats, Head
from alternatives.training.folders import shared_folder
from alternatives.training.plan import Plan, Subset
from alternatives.training.pool import one_blas_thread, shared_pool
from alternatives.training.priority import Share
from alternatives.training.stack import Setting, Stack

CACHE_BYTES = 5_000_000
"""Memory of one piece: about twice a core's own cache.

Smaller pieces spend more time on calls, larger ones on cache misses.
"""


LONG_SECONDS = 0.15
"""A task is an epoch at least. Where one takes longer than this, it's for the workers that do long calls."""

State: TypeAlias = Stack | tuple[dict[str, Any], Path] | None
"""None before the first task; then the stack or, for workers, its metadata and the file of its arrays."""


@dataclass(eq=False)
class Piece:
    """The runs of some of a plan's splits and settings, and how far they are trained."""

    plan: Plan
    splits: slice
    settings: list[int]
    dtype: DTypeLike
    seconds_of_run: float = 0.0
    """Estimated time of one core for one network."""
    state: State = None
    n_epochs: int = 0
    seconds: float = 0.0

    @property
    def start(self) -> Callable[[], Stack]:
        """Creates the untrained runs."""
        plan = self.plan
        settings = [plan.settings[index] for index in self.settings]
        return partial(Stack, plan.network, plan.recipe, settings, plan.seeds[self.splits], self.dtype)

    @property
    def stack(self) -> Stack:
        """The runs."""
        return _stack(self.start, self.state)

    @property
    def seconds_of_epoch(self) -> float:
        """Time of one core for an epoch: measured, or estimated before the first."""
        if self.n_epochs:
            return self.seconds / self.n_epochs
        n_splits = self.splits.stop - self.splits.start
        return self.seconds_of_run * n_splits * len(self.settings) / self.plan.recipe.n_epochs

    @property
    def snapshots(self) -> tuple[int, ...]:
        """When to keep the parameters of the piece's first split: it is the plan's, or none are kept."""
        return () if self.splits.start else self.plan.snapshots

    def update(self, result: "TaskResult") -> bool:
        """Take over the result of a task; whether the piece is finished."""
        if isinstance(self.state, tuple):
            self.state[1].unlink(missing_ok=True)
        self.state, self.seconds = result.state, result.seconds
        self.n_epochs += len(result.reports)
        return self.n_epochs == self.plan.recipe.n_epochs

    def ensure_readable(self) -> None:
        """Begin anew if the file of its state has gone: somebody emptied the folder."""
        if isinstance(self.state, tuple) and not self.state[1].exists():
            self.state, self.n_epochs, self.seconds = None, 0, 0.0


Snapshots: TypeAlias = dict[int, Floats]
"""Parameters (n_settings, n_parameters) of the first split's runs by number of epochs."""


@dataclass(frozen=True)
class TaskResult:
    """The piece's new state, its seconds of one core so far, and for each epoch what `History` records."""

    state: State
    seconds: float
    reports: list[tuple[Floats, ...]]
    snapshots: Snapshots


Submit: TypeAlias = Callable[[Piece, float, Share], "Future[TaskResult]"]
"""Trains a piece for so many seconds; whose turn it is depends on the share."""


def divide(plan: Plan, dtype: np.dtype[Any], n_pieces: int) -> Iterator[tuple[slice, list[int]]]:
    """Pieces (splits, indices of settings) of even size that fit the cache; at least `n_pieces` if possible.

    Settings on one split share its mini-batches, and heads that stack share their calls. So each worker gets
    settings of its own if there are two or more for each, and as many splits as fit.
    """
    network, n_splits, n_settings = plan.network, len(plan.seeds), len(plan.settings)
    of_batch = plan.recipe.batch_size * network.numbers_of_sample
    bytes_each = dtype.itemsize * (4 * network.n_parameters + of_batch)
    fitting = max(1, CACHE_BYTES // bytes_each)
    shared_out = n_settings % n_pieces == 0 and n_settings >= 2 * n_pieces
    settings_pieces = max(n_pieces if shared_out else 1, math.ceil(n_settings / fitting))
    splits_at_once = max(1, fitting // math.ceil(n_settings / settings_pieces))
    splits_pieces = math.ceil(n_splits / splits_at_once)
    if settings_pieces % n_pieces:  # each worker gets as many pieces as any other
        splits_pieces = min(n_splits, math.ceil(splits_pieces / n_pieces) * n_pieces)
    if splits_pieces * settings_pieces < n_pieces:
        settings_pieces = min(n_settings, n_pieces)
    order = _families_together(plan.settings)
    for splits in _even(n_splits, splits_pieces):
        for runs in _even(n_settings, settings_pieces):
            yield splits, order[runs]


def _families_together(settings: Sequence[Setting]) -> list[int]:
    """Indices of settings with heads that stack side by side; large groups last, where fewer are cut."""
    families: dict[type[Head], list[int]] = {}
    for index, setting in enumerate(settings):
        families.setdefault(setting.family, []).append(index)
    return [index for family in sorted(families.values(), key=lambda each: len(each)) for index in family]


def _even(length: int, n_pieces: int) -> Iterator[slice]:
    for piece in range(n_pieces):
        yield slice(length * piece // n_pieces, length * (piece + 1) // n_pieces)


def train_here(piece: Piece, seconds: float, share: Share) -> "Future[TaskResult]":
    """Run a task in this process, now."""
    piece.ensure_readable()
    future: Future[TaskResult] = Future()
    subsets = (subset.of(piece.splits) for subset in (piece.plan.training, piece.plan.validation))
    with one_blas_thread():
        future.set_result(_train(piece.stack, subsets, seconds, piece.snapshots))
    return future


@contextmanager
def workers(n_jobs: int, plans: Sequence[Plan]) -> Iterator[Submit]:
    """A function that runs tasks in `n_jobs` processes; OSError where the plans' data have no room."""
    subsets = {id(subset): subset for plan in plans for subset in (plan.training, plan.validation)}
    numbers = {key: number for number, key in enumerate(subsets)}
    tasks = itertools.count()
    n_bytes = sum(subset.X.nbytes + subset.targets.nbytes for subset in subsets.values())
    n_bytes += sum(plan.n_bytes for plan in plans)

    def fill(folder: Path) -> None:
        for key, subset in subsets.items():
            np.save(folder / f"subset-{numbers[key]}-X.npy", subset.X)
            np.save(folder / f"subset-{numbers[key]}-targets.npy", subset.targets)

    with shared_folder(fill, n_bytes) as folder:

        def submit(piece: Piece, seconds: float, share: Share) -> "Future[TaskResult]":
            # Each task writes a new file, so a half-written one of a dying worker is never read.
            after = folder / f"{next(tasks)}.npy"
            both = (piece.plan.training, piece.plan.validation)
            training, validation = (folder / f"subset-{numbers[id(subset)]}" for subset in both)
            data = (training, validation)
            arguments = (piece.start, piece.state, after, data, piece.splits, seconds, piece.snapshots)
            pool = shared_pool(n_jobs, patient=piece.seconds_of_epoch > LONG_SECONDS)
            place = share.place(is_first=not piece.n_epochs)
            return pool.submit(place, _train_in_worker, *arguments, since=share.since, series=share)

        yield submit


def _train(stack: Stack, subsets: Iterable[Subset], seconds: float, snapshots: tuple[int, ...]) -> TaskResult:
    """Train on the first subset for about so many seconds, in whole epochs; validate on the other."""
    training, validation = subsets
    reports: list[tuple[Floats, ...]] = []
    kept: Snapshots = {}
    deadline = time.monotonic() + seconds
    with np.errstate(all="ignore"):  # a run that diverges is a result
        if stack.n_epochs == 0 and 0 in snapshots:
            kept[0] = stack.parameters[0].copy()
        while not reports or (stack.n_epochs < stack.recipe.n_epochs and time.monotonic() < deadline):
            epoch = stack.epoch(training.X, training.targets)
            reports.append((*epoch, *stack.evaluate(validation.X, validation.targets)))
            if stack.n_epochs in snapshots:
                kept[stack.n_epochs] = stack.parameters[0].copy()
    return TaskResult(stack, float(stack.seconds.sum()), reports, kept)


def _train_in_worker(
    start: Callable[[], Stack],
    before: State,
    after: Path,
    data: tuple[Path, Path],
    splits: slice,
    seconds: float,
    snapshots: tuple[int, ...],
) -> TaskResult:
    stack = _stack(start, before)
    result = _train(stack, (_read(subset).of(splits) for subset in data), seconds, snapshots)
    np.save(after, stack.arrays)
    return replace(result, state=(stack.metadata, after))


def _stack(start: Callable[[], Stack], state: State) -> Stack:
    if isinstance(state, tuple):
        metadata, file = state
        return Stack.restore(metadata, np.load(file, mmap_mode="r"))
    return state or start()


def _read(subset: Path) -> Subset:
    """A subset of the data, memory-mapped rather than copied."""
    return Subset(*(np.load(f"{subset}-{name}.npy", mmap_mode="r") for name in ("X", "targets")))
