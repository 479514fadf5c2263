"""Training on all cores, with progress while it runs.

A task trains one piece of the stack for a fraction of a second and returns it. So the caller hears of the
progress, can cancel, and loses at most one task's work when a worker process dies.

Processes, not threads: steps are so short that threads would wait for the interpreter's lock. A worker
imports numpy and this package's numpy modules alone.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats
from alternatives.training import cost
from alternatives.training.architecture import Architecture
from alternatives.training.giving_up import look
from alternatives.training.history import History
from alternatives.training.pieces import Piece, Snapshots, Submit, TaskResult, divide, train_here, workers
from alternatives.training.plan import Plan
from alternatives.training.pool import let_later, release, shared_pool, usual_workers
from alternatives.training.priority import LATER, Share, current_share

FIRST_SECONDS = 0.0
"""How long a piece's first task trains, at least one epoch, so that a first chart appears soon.

With many plans the first task isn't cut short: any finished piece already reports progress.
"""

FEW_PLANS = 6
"""Up to so many plans the first task of each is cut short."""

TASK_SECONDS = 0.05
"""The same for a later task."""

UNDISTURBED_SECONDS = 0.15
"""The same while nobody else waits who has the same right to the workers, and no other visitor has been there
of late: passing a piece on takes time.
"""

ALONE_SECONDS = 0.3
"""Work estimated to be shorter than this is done in this process."""

AT_FIRST = 2
"""First tasks submitted for each worker at a time, so that the next starts before another caller's.

Of later tasks there is one for each worker: they are lost when the caller cancels.
"""

WATCH_SECONDS = 0.1
"""Longest time between two calls of `watch`, which is where a caller can cancel."""

MOST_DEATHS = 10
"""Times that workers die before a training gives up: something kills them again and again.

When one dies, loky ends the others, so all tasks under way are lost at once, with one error.
"""


@dataclass(frozen=True)
class Trained:
    """Finished runs.

    `parameters` are (n_splits, n_settings, n_parameters); `seconds` (n_settings,), one core's time for each
    setting's runs; `snapshots` (n_settings, n_parameters) are of the first split, by the plan's numbers of
    epochs.
    """

    network: Architecture
    parameters: Floats
    history: History
    seconds: NDArray[np.float64]
    snapshots: Snapshots


Watch = Callable[[Sequence[int], Sequence[History]], None]
"""Called with the number of epochs that every run of each plan has finished, and their histories so far."""


def train(
    plans: Sequence[Plan],
    watch: Watch | None = None,
    dtype: DTypeLike = np.float32,
    n_jobs: int | None = None,
) -> list[Trained]:
    """Train every setting of each plan on every split; runs that diverge are in the results like the others.

    `watch` hears of the progress once the first tasks are submitted, between tasks, and while waiting for
    one, in the caller's thread. Whatever it raises, even a BaseException, stops the training and is passed
    on. `n_jobs` are worker processes, and 1 trains in this process, but where the `Share` wants a worker.
    By default there is one for each core, if that is faster. Where there is no room for the workers or for
    their files, this process trains alone. A plan's numbers depend neither on that nor on the other plans.
    BrokenProcessPool if workers die again and again.
    """
    seconds = [cost.seconds(plan) for plan in plans]
    share, submit = current_share(), cast(Submit, train_here)
    n_workers = n_jobs or jobs_that_pay(sum(seconds))
    every = {id(plan): _Runs(plan, dtype) for plan in plans}
    waiting: deque[Piece] = deque()
    for plan, estimate in zip(plans, seconds, strict=True):
        n_pieces = math.ceil(n_workers * estimate / sum(seconds))
        for splits, settings in divide(plan, np.dtype(dtype), n_pieces):
            waiting.append(Piece(plan, splits, settings, dtype, estimate / plan.n_runs))

    deaths: set[BrokenProcessPool] = set()
    under_way: dict[Future[TaskResult], tuple[Piece, float]] = {}

    def hand_out() -> None:
        while waiting and len(under_way) < n_workers * (1 if waiting[0].n_epochs else AT_FIRST):
            piece = waiting.popleft()
            until = _seconds(piece, n_workers, share, few=len(plans) <= FEW_PLANS)
            under_way[submit(piece, until, share)] = piece, until
            share.promised += until

    def report() -> None:
        look()
        if watch:
            runs = every.values()
            watch([int(each.finished.min()) for each in runs], [each.history for each in runs])

    with ExitStack() as folder:
        try:
            if n_workers > 1 or share.in_workers:
                submit = folder.enter_context(workers(n_workers, plans))
        except OSError:  # no room for the data
            n_workers = 1
        try:
            hand_out()
            report()
            while under_way:
                for future in wait(under_way, WATCH_SECONDS, FIRST_COMPLETED).done:
                    piece, promised = under_way.pop(future)
                    share.promised -= promised
                    try:
                        result = future.result()
                        share.used += result.seconds - piece.seconds
                        finished = every[id(piece.plan)].record(piece, result)
                    except BrokenProcessPool as error:
                        deaths.add(error)
                        if len(deaths) > MOST_DEATHS:
                            raise
                        finished = False  # it repeats the lost task
                    except OSError:  # no workers, or no room for what they write
                        submit, n_workers, finished = train_here, 1, False
                    if not finished:
                        waiting.append(piece)
                report()
                hand_out()
                release(share)
        finally:
            for future, (_, promised) in under_way.items():
                future.cancel()
                share.promised -= promised
            release(share, ended=True)
            if not share.goes_on:
                let_later(share)
    return [every[id(plan)].trained for plan in plans]


def jobs_that_pay(seconds: float) -> int:
    """How many worker processes are worth their cost for work of so many seconds of one core: all, or 1."""
    return usual_workers() if seconds >= ALONE_SECONDS or current_share().in_workers else 1


def _seconds(piece: Piece, n_jobs: int, share: Share, few: bool) -> float:
    """How long the next task of a piece trains."""
    if few and not piece.n_epochs:
        return FIRST_SECONDS
    in_workers = n_jobs > 1 or share.in_workers
    before = math.inf if share.comes_later else LATER
    if not in_workers:
        return UNDISTURBED_SECONDS
    disturbed = share.has_company or shared_pool(n_jobs).works_for_others(share, before)
    return TASK_SECONDS if disturbed else UNDISTURBED_SECONDS


class _Runs:
    """The results of a plan so far."""

    def __init__(self, plan: Plan, dtype: DTypeLike) -> None:
        n_splits, n_settings = len(plan.seeds), len(plan.settings)
        self.history = History.empty(n_splits, n_settings, plan.recipe.n_epochs, plan.network.n_layers)
        parameters = np.empty((n_splits, n_settings, plan.network.n_parameters), dtype)
        snapshots = {epoch: np.empty(parameters.shape[1:], dtype) for epoch in plan.snapshots}
        self.trained = Trained(plan.network, parameters, self.history, np.zeros(n_settings), snapshots)
        self.finished = np.zeros((n_splits, n_settings), int)

    def record(self, piece: Piece, result: TaskResult) -> bool:
        """Store the result of a piece's task; whether the piece is finished."""
        place = piece.splits, piece.settings
        for epoch, report in enumerate(result.reports, piece.n_epochs):
            self.history.record(place, epoch, report)
        for n_epochs, parameters in result.snapshots.items():
            self.trained.snapshots[n_epochs][piece.settings] = parameters
        finished = piece.update(result)
        self.finished[place] = piece.n_epochs
        if finished:
            stack = piece.stack
            self.trained.parameters[place] = stack.parameters
            self.trained.seconds[piece.settings] += stack.seconds
        return finished
