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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from alternatives.heads import Head
from alternatives.training.architecture import Architecture
from alternatives.training.history import Report
from alternatives.training.plan import Plan, Subset
from alternatives.training.pool import MEMORY, folder_names, shared_pool
from alternatives.training.solvers import Recipe
from alternatives.training.stack import Setting, Stack
from alternatives.training.threads import one_blas_thread

CACHE_BYTES = 5_000_000
"""What the networks of one piece take together: about twice what a core's own cache keeps near.

With fewer the calls of a step weigh more, with more the misses.
"""


State: TypeAlias = Stack | tuple[dict[str, Any], Path] | None


@dataclass(eq=False)
class Piece:
    """The runs of some of a plan's splits and settings, as far as they are trained.

    `state` is nothing before the first task; then the stack where it's trained in this process, and where
    workers do it, its metadata and the file of its arrays.
    """

    plan: Plan
    splits: slice
    settings: list[int]
    dtype: DTypeLike
    state: State = None
    n_epochs: int = 0
    seconds: float = 0.0

    @property
    def begin(self) -> Callable[[], Stack]:
        """Makes the runs as they start."""
        plan = self.plan
        of_these = [plan.settings[index] for index in self.settings], plan.seeds[self.splits]
        return partial(Stack, plan.network, plan.recipe, *of_these, self.dtype)

    @property
    def stack(self) -> Stack:
        """The runs themselves."""
        return _stack(self.begin, self.state)

    def go_on(self, advanced: "Advanced") -> bool:
        """Be where a task has brought it; whether that's the end."""
        if isinstance(self.state, tuple):
            self.state[1].unlink()
        self.state, self.seconds = advanced.state, advanced.seconds
        self.n_epochs += len(advanced.reports)
        return self.n_epochs == self.plan.recipe.n_epochs


@dataclass(frozen=True)
class Advanced:
    """What a task gives back: the piece's state, its seconds of a core so far, a report for each epoch."""

    state: State
    seconds: float
    reports: list[Report]


Submit: TypeAlias = Callable[[Piece, float, float], "Future[Advanced]"]
"""Has a piece trained for so many seconds; the last argument is the `used` of `Pool.submit`."""


def divide(
    network: Architecture,
    recipe: Recipe,
    n_splits: int,
    settings: Sequence[Setting],
    dtype: np.dtype[Any],
    n_pieces: int,
) -> Iterator[tuple[slice, list[int]]]:
    """Pieces (splits, indices of settings) of even size that fit the cache, at least so many if they can be.

    Settings on one split share its mini-batches, and those whose heads stack share their calls. So every
    worker gets its own settings if each has two or more, and all splits as far as they fit.
    """
    n_settings = len(settings)
    units = 2 * sum(network.layer_sizes) + 2 * network.n_classes
    bytes_each = dtype.itemsize * (4 * network.n_parameters + recipe.batch_size * units)
    at_once = max(1, CACHE_BYTES // bytes_each)
    shared_out = n_settings % n_pieces == 0 and n_settings >= 2 * n_pieces
    settings_pieces = max(n_pieces if shared_out else 1, math.ceil(n_settings / at_once))
    splits_at_once = max(1, at_once // math.ceil(n_settings / settings_pieces))
    splits_pieces = math.ceil(n_splits / splits_at_once)
    if settings_pieces % n_pieces:  # each worker gets as many pieces as any other
        splits_pieces = min(n_splits, math.ceil(splits_pieces / n_pieces) * n_pieces)
    if splits_pieces * settings_pieces < n_pieces:
        settings_pieces = min(n_settings, n_pieces)
    order = _families_together(settings)
    for splits in _even(n_splits, splits_pieces):
        for runs in _even(n_settings, settings_pieces):
            yield splits, order[runs]


def _families_together(settings: Sequence[Setting]) -> list[int]:
    """Indices of settings: heads that stack come together, most at the end, where a cut may spare them."""
    families: dict[type[Head], list[int]] = {}
    for index, setting in enumerate(settings):
        families.setdefault(setting.family, []).append(index)
    return [index for family in sorted(families.values(), key=lambda each: len(each)) for index in family]


def _even(length: int, n_pieces: int) -> Iterator[slice]:
    for piece in range(n_pieces):
        yield slice(length * piece // n_pieces, length * (piece + 1) // n_pieces)


@contextmanager
def workers(n_jobs: int, plans: Sequence[Plan]) -> Iterator[Submit]:
    """A function that has tasks done, by `n_jobs` processes or, for 1, here and now."""
    if n_jobs == 1:

        def here(piece: Piece, seconds: float, used: float) -> "Future[Advanced]":
            future: Future[Advanced] = Future()
            training, validation = (
                piece.plan.training.of(piece.splits),
                piece.plan.validation.of(piece.splits),
            )
            with one_blas_thread():
                future.set_result(_advance(piece.stack, training, validation, seconds))
            return future

        yield here
        return

    parts = {id(part): part for plan in plans for part in (plan.training, plan.validation)}
    n_bytes = sum(part.X.nbytes + part.targets.nbytes for part in parts.values())
    n_bytes += sum(plan.n_bytes for plan in plans)
    with tempfile.TemporaryDirectory(prefix=folder_names(os.getpid()), dir=_memory(n_bytes)) as name:
        folder, numbers = Path(name), itertools.count()
        files = {key: folder / f"part-{number}" for number, key in enumerate(parts)}
        for key, part in parts.items():
            np.save(f"{files[key]}-X.npy", part.X)
            np.save(f"{files[key]}-targets.npy", part.targets)

        def there(piece: Piece, seconds: float, used: float) -> "Future[Advanced]":
            # Each task has a file of its own: one that a dying worker leaves half written isn't read.
            after = folder / f"{next(numbers)}.npy"
            of_plan = tuple(files[id(part)] for part in (piece.plan.training, piece.plan.validation))
            arguments = (piece.begin, piece.state, after, of_plan, piece.splits, seconds)
            return shared_pool(n_jobs).submit(used, _advance_in_worker, *arguments)

        yield there


def _advance(stack: Stack, training: Subset, validation: Subset, seconds: float) -> Advanced:
    """Train for about so many seconds, to the end of an epoch."""
    reports: list[Report] = []
    deadline = time.monotonic() + seconds
    with np.errstate(all="ignore"):  # a run that diverges is a result
        while not reports or (stack.n_epochs < stack.recipe.n_epochs and time.monotonic() < deadline):
            epoch = stack.epoch(training.X, training.targets)
            reports.append(Report(epoch, *stack.evaluate(validation.X, validation.targets)))
    return Advanced(stack, float(stack.seconds.sum()), reports)


def _advance_in_worker(
    begin: Callable[[], Stack],
    before: State,
    after: Path,
    parts: tuple[Path, Path],
    splits: slice,
    seconds: float,
) -> Advanced:
    stack = _stack(begin, before)
    training, validation = (_read(part).of(splits) for part in parts)
    advanced = _advance(stack, training, validation, seconds)
    np.save(after, stack.arrays)
    return replace(advanced, state=(stack.metadata, after))


def _stack(begin: Callable[[], Stack], state: State) -> Stack:
    if isinstance(state, tuple):
        metadata, file = state
        return Stack.restore(metadata, np.load(file, mmap_mode="r"))
    return state or begin()


def _read(part: Path) -> Subset:
    """A part of the data, mapped rather than copied."""
    return Subset(*(np.load(f"{part}-{name}.npy", mmap_mode="r") for name in ("X", "targets")))


def _memory(n_bytes: int) -> str | None:
    """A folder that lives in memory, where the system has one with room enough; containers' are small."""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 * n_bytes else None
