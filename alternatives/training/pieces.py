"""Pieces of a stack: the runs that one worker trains at a time, and how a task is done for them.

The data, and between two tasks the pieces, lie in files in memory. Only a few numbers go through the
pipes to the workers: a piece of a megabyte would take there as long as a third of an epoch.
"""

import itertools
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from alternatives.heads import Floats, Integers
from alternatives.training.architecture import Architecture
from alternatives.training.history import Report
from alternatives.training.pool import shared_pool
from alternatives.training.solvers import Recipe
from alternatives.training.stack import Stack
from alternatives.training.threads import one_blas_thread

CACHE_BYTES = 4_000_000
"""What the networks of one piece take together: about what a core's own cache keeps near."""


@dataclass(frozen=True)
class Part:
    """One part of every split: `X` (n_splits, n_samples, n_features), `targets` (n_splits, n_samples)."""

    X: Floats
    targets: Integers

    def of(self, splits: slice) -> "Part":
        """Some of the splits."""
        return Part(self.X[splits], self.targets[splits])


State: TypeAlias = Stack | tuple[dict[str, Any], Path] | None


@dataclass
class Piece:
    """The runs of some splits and settings, as far as they are trained.

    `state` is nothing before the first task; then the stack where it's trained in this process, and where
    workers do it, its notes and the file of its arrays.
    """

    splits: slice
    settings: slice
    begin: Callable[[], Stack]
    state: State = None
    n_epochs: int = 0
    seconds: float = 0.0

    @property
    def stack(self) -> Stack:
        """The runs themselves."""
        return _stack(self.begin, self.state)

    def go_on(self, advanced: "Advanced") -> None:
        """Be where a task has brought it."""
        if isinstance(self.state, tuple):
            self.state[1].unlink()
        self.state, self.seconds = advanced.state, advanced.seconds
        self.n_epochs += len(advanced.reports)


@dataclass(frozen=True)
class Advanced:
    """What a task gives back: the piece's state, its seconds of a core so far, a report for each epoch."""

    state: State
    seconds: float
    reports: list[Report]


Submit: TypeAlias = Callable[[Piece, float, float], "Future[Advanced]"]
"""Has a piece trained for so many seconds; the last argument is the `used` of `Pool.submit`."""


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


@contextmanager
def workers(n_jobs: int, training: Part, validation: Part, n_bytes: int) -> Iterator[Submit]:
    """A function that has tasks done, by `n_jobs` processes or, for 1, here and now.

    `n_bytes` is what all pieces take together.
    """
    if n_jobs == 1:

        def here(piece: Piece, seconds: float, used: float) -> "Future[Advanced]":
            future: Future[Advanced] = Future()
            with one_blas_thread():
                of_splits = training.of(piece.splits), validation.of(piece.splits)
                future.set_result(_advance(piece.stack, *of_splits, seconds))
            return future

        yield here
        return

    parts = {"training": training, "validation": validation}
    n_bytes += sum(part.X.nbytes + part.targets.nbytes for part in parts.values())
    with tempfile.TemporaryDirectory(prefix="alternatives-", dir=_memory(n_bytes)) as name:
        folder, numbers = Path(name), itertools.count()
        for name, part in parts.items():
            np.save(folder / f"{name}-X.npy", part.X)
            np.save(folder / f"{name}-targets.npy", part.targets)

        def there(piece: Piece, seconds: float, used: float) -> "Future[Advanced]":
            # Each task has a file of its own: one that a dying worker leaves half written isn't read.
            after = folder / f"{next(numbers)}.npy"
            arguments = (piece.begin, piece.state, after, piece.splits, seconds)
            return shared_pool(n_jobs).submit(used, _advance_in_worker, *arguments)

        yield there


def _advance(stack: Stack, training: Part, validation: Part, seconds: float) -> Advanced:
    """Train for about so many seconds, to the end of an epoch."""
    reports: list[Report] = []
    deadline = time.monotonic() + seconds
    with np.errstate(all="ignore"):  # a run that diverges is a result
        while not reports or (stack.n_epochs < stack.recipe.n_epochs and time.monotonic() < deadline):
            epoch = stack.epoch(training.X, training.targets)
            reports.append(Report(epoch, *stack.evaluate(validation.X, validation.targets)))
    return Advanced(stack, float(stack.seconds.sum()), reports)


def _advance_in_worker(
    begin: Callable[[], Stack], before: State, after: Path, splits: slice, seconds: float
) -> Advanced:
    training, validation = (_read(after.parent, name).of(splits) for name in ("training", "validation"))
    stack = _stack(begin, before)
    advanced = _advance(stack, training, validation, seconds)
    np.save(after, stack.arrays)
    return replace(advanced, state=(stack.notes, after))


def _stack(begin: Callable[[], Stack], state: State) -> Stack:
    if isinstance(state, tuple):
        notes, file = state
        return Stack.resumed(notes, np.load(file))
    return state or begin()


def _read(folder: Path, name: str) -> Part:
    """A part of the data, mapped rather than copied."""
    X, targets = (np.load(folder / f"{name}-{what}.npy", mmap_mode="r") for what in ("X", "targets"))
    return Part(X, targets)


def _memory(n_bytes: int) -> str | None:
    """A folder that lives in memory, where the system has one with room enough; containers' are small."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * n_bytes else None
