"""Plans trained on all cores, and watched while it trains.

A task trains one piece of the stack for a fraction of a second and gives it back, further on. So the
caller hears of the progress, can stop, and loses one task's work at most when a worker process dies.

Processes, not threads: a step is so short that threads would spend it waiting for the interpreter's
lock. What a worker imports is numpy and this package's numpy modules.
"""

import math
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats
from alternatives.training.architecture import Architecture
from alternatives.training.history import History
from alternatives.training.pieces import Advanced, Piece, divide, workers
from alternatives.training.plan import Plan, Subset
from alternatives.training.pool import shared_pool
from alternatives.training.solvers import Recipe
from alternatives.training.stack import Setting

FIRST_SECONDS = 0.0
"""How long a piece's first task trains before it reports, to the next end of an epoch: all a picture asks.

Of several plans none does, for each finished piece tells how far they are.
"""

TASK_SECONDS = 0.08
"""The same for a later task."""

UNDISTURBED_SECONDS = 0.25
"""The same while nobody else waits for a worker: handing a piece over has its price."""

ALONE_SECONDS = 0.3
"""Work estimated to be shorter than this is done here: handing it to other processes wouldn't pay."""

HEAD_START_SECONDS = 0.3
"""How much of the workers' time doesn't count for the pieces' first tasks, which make the first picture."""

AT_FIRST = 2
"""First tasks for each worker that wait or are done: the next is there before somebody else's is taken up.

Of later ones there are no more than workers, for they are lost when nobody waits any more.
"""

WATCH_SECONDS = 0.1
"""At least so often, whoever watches can stop a training: it may wait long for its turn."""

MOST_DEATHS = 20
"""Tasks lost to dying workers before a training is given up: something kills them again and again."""


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

WatchAll = Callable[[Sequence[int], Sequence[History]], None]
"""The same for several plans."""


def train(
    network: Architecture,
    recipe: Recipe,
    settings: Sequence[Setting],
    seeds: Sequence[int],
    training: Subset,
    validation: Subset,
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
    training, validation : Subset
    watch : callable, optional
        Hears of the progress as soon as the first tasks are handed out, between tasks, and again while it
        waits for one, in the caller's thread.
        Whatever it raises, a BaseException too, stops the training and passes through.
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
    every = {id(plan): _Runs(plan, dtype) for plan in plans}
    waiting: deque[Piece] = deque()
    for plan in plans:
        n_pieces = math.ceil(n_jobs / len(plans))
        of_plan = plan.network, plan.recipe, len(plan.seeds), plan.settings
        for splits, settings in divide(*of_plan, np.dtype(dtype), n_pieces):
            waiting.append(Piece(plan, splits, settings, dtype))

    deaths, used = 0, 0.0
    with workers(n_jobs, plans) as submit:
        under_way: dict[Future[Advanced], Piece] = {}

        def hand_out() -> None:
            while waiting and len(under_way) < n_jobs * (1 if waiting[0].n_epochs else AT_FIRST):
                piece = waiting.popleft()
                counted = used if piece.n_epochs else max(0.0, used - HEAD_START_SECONDS)
                seconds = _seconds(piece, n_jobs, in_picture=len(plans) == 1)
                under_way[submit(piece, seconds, counted)] = piece

        def report() -> None:
            if watch:
                runs = every.values()
                watch([int(each.finished.min()) for each in runs], [each.history for each in runs])

        try:
            hand_out()
            report()
            while under_way:
                for future in wait(under_way, WATCH_SECONDS, FIRST_COMPLETED).done:
                    piece = under_way.pop(future)
                    try:
                        advanced = future.result()
                    except BrokenProcessPool:
                        deaths += 1
                        if deaths > MOST_DEATHS:
                            raise
                        waiting.append(piece)  # it goes on from where it was
                        continue
                    used += advanced.seconds - piece.seconds
                    if not every[id(piece.plan)].record(piece, advanced):
                        waiting.append(piece)
                report()
                hand_out()
        finally:
            for future in under_way:
                future.cancel()
    return [every[id(plan)].trained for plan in plans]


def _seconds(piece: Piece, n_jobs: int, in_picture: bool) -> float:
    """How long the next task of a piece trains."""
    if in_picture and not piece.n_epochs:
        return FIRST_SECONDS
    disturbed = n_jobs > 1 and shared_pool(n_jobs).ahead(math.inf)
    return TASK_SECONDS if disturbed else UNDISTURBED_SECONDS


class _Runs:
    """What has come of a plan so far."""

    def __init__(self, plan: Plan, dtype: DTypeLike) -> None:
        n_splits, n_settings = len(plan.seeds), len(plan.settings)
        self.history = History.empty(n_splits, n_settings, plan.recipe.n_epochs, plan.network.n_layers)
        parameters = np.empty((n_splits, n_settings, plan.network.n_parameters), dtype)
        self.trained = Trained(plan.network, parameters, self.history, np.zeros(n_settings))
        self.finished = np.zeros((n_splits, n_settings), int)

    def record(self, piece: Piece, advanced: Advanced) -> bool:
        """Write down what a task has done for a piece; whether that's trained to the end."""
        place = piece.splits, piece.settings
        for epoch, report in enumerate(advanced.reports, piece.n_epochs):
            self.history.record(place, epoch, report)
        at_end = piece.go_on(advanced)
        self.finished[place] = piece.n_epochs
        if at_end:
            stack = piece.stack
            self.trained.parameters[place] = stack.parameters
            self.trained.seconds[piece.settings] += stack.seconds
        return at_end
