"""A whole stack trained on all cores, and watched while it trains.

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
from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats
from alternatives.training.architecture import Architecture
from alternatives.training.history import History
from alternatives.training.pieces import Advanced, Part, Piece, cuts, workers
from alternatives.training.pool import shared_pool
from alternatives.training.solvers import Recipe
from alternatives.training.stack import Setting, Stack

TASK_SECONDS = 0.08
"""How long a task trains before it reports, to the next end of an epoch."""

UNDISTURBED_SECONDS = 0.25
"""The same for a later task while nobody else waits for a worker: handing a piece over has its price."""

ALONE_SECONDS = 0.3
"""Work estimated to be shorter than this is done here: handing it to other processes wouldn't pay."""

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
    waiting = deque(
        Piece(splits, runs, partial(Stack, network, recipe, settings[runs], seeds[splits], dtype))
        for splits, runs in cuts(network, recipe, n_splits, n_settings, np.dtype(dtype), n_jobs)
    )

    deaths, used = 0, 0.0
    # A stack is its parameters and as much again for each of the solver's moments, two at most.
    with workers(n_jobs, training, validation, 3 * parameters.nbytes) as submit:
        under_way: dict[Future[Advanced], Piece] = {}
        try:
            while waiting or under_way:
                while waiting and len(under_way) < n_jobs:
                    piece = waiting.popleft()
                    disturbed = not piece.n_epochs or (n_jobs > 1 and shared_pool(n_jobs).ahead(math.inf))
                    task_seconds = TASK_SECONDS if disturbed else UNDISTURBED_SECONDS
                    under_way[submit(piece, task_seconds, used)] = piece
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    piece = under_way.pop(future)
                    try:
                        advanced = future.result()
                    except BrokenProcessPool:
                        deaths += 1
                        if deaths > MOST_DEATHS:
                            raise
                        waiting.append(piece)  # it goes on from where it was
                        continue
                    place = piece.splits, piece.settings
                    used += advanced.seconds - piece.seconds
                    for epoch, report in enumerate(advanced.reports, piece.n_epochs):
                        history.record(place, epoch, report)
                    piece.go_on(advanced)
                    finished[place] = piece.n_epochs
                    if piece.n_epochs < recipe.n_epochs:
                        waiting.append(piece)
                    else:
                        stack = piece.stack
                        parameters[place] = stack.parameters
                        seconds[piece.settings] += stack.seconds
                if watch:
                    watch(int(finished.min()), history)
        finally:
            for future in under_way:
                future.cancel()
    return Trained(network, parameters, history, seconds)


def _n_jobs(network: Architecture, recipe: Recipe, n_runs: int, training: Part) -> int:
    short = n_runs * seconds_of_run(network, recipe, training.X.shape[1]) < ALONE_SECONDS
    return 1 if short else os.cpu_count() or 1


def seconds_of_run(network: Architecture, recipe: Recipe, n_samples: int) -> float:
    """About how long one core trains one network, evaluation left out."""
    n_steps = recipe.n_epochs * math.ceil(n_samples / recipe.batch_size)
    batch_size = min(recipe.batch_size, n_samples)
    return n_steps * network.seconds_of_step(batch_size)
