"""The factored layer beside the dense one, step by step in float64: the same numbers, at another pace.

Some hidden vectors have a class each, among very many, which both layers learn from the same mini-batches.
"""

import time
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from alternatives.heads import Floats, Integers
from alternatives.large_output.dense import DenseOutput
from alternatives.large_output.experiment import LargeOutput
from alternatives.large_output.factored import FactoredOutput
from alternatives.training import one_blas_thread

CONTEXTS = 256
"""Hidden vectors that are learnt."""

RATES = {"Taylor softmax": 50.0, "spherical softmax": 50.0, "squared error": 0.1, "Z-loss": 30.0}
"""Learning rates at which a head gets somewhere in some fifty steps, whatever else."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is learnt, and from where."""

    hidden: Floats
    targets: Integers
    weights: Floats
    order: Integers
    """Contexts of the mini-batches, (n_steps, batch_size)."""
    learning_rate: float

    @classmethod
    def of(cls, experiment: LargeOutput, n_classes: int, n_steps: int) -> Self:
        """The task of an experiment."""
        random = np.random.default_rng(experiment.seed)
        return cls(
            random.normal(size=(CONTEXTS, experiment.n_units)),
            random.integers(0, n_classes, CONTEXTS),
            0.1 * random.normal(size=(n_classes, experiment.n_units)),
            random.integers(0, CONTEXTS, (n_steps, experiment.batch_size)),
            RATES.get(experiment.head.name, 1.0),
        )


class Runner:
    """One layer on its way through a task, and the time it has taken so far."""

    def __init__(self, experiment: LargeOutput, task: Task, factored: bool) -> None:
        self.name = f"{'factored' if factored else 'dense'} {experiment.head}"
        self.layer = FactoredOutput(task.weights) if factored else DenseOutput(task.weights)
        self.head, self.n_steps, self.seconds = experiment.loss, 0, 0.0

    def step(self, task: Task) -> tuple[float, Floats]:
        """Learn from the next mini-batch: the loss before, and its gradient by the hidden vectors."""
        chosen = task.order[self.n_steps]
        hidden, targets = task.hidden[chosen], task.targets[chosen]
        started = time.perf_counter()
        loss, gradient = self.layer.step(self.head, hidden, targets, task.learning_rate)
        self.seconds += time.perf_counter() - started
        self.n_steps += 1
        return loss, gradient


@dataclass
class Pair:
    """Both layers at the same step."""

    dense: Runner
    factored: Runner

    @classmethod
    def at_start(cls, experiment: LargeOutput, task: Task) -> Self:
        """Both in their first state."""
        return cls(Runner(experiment, task, factored=False), Runner(experiment, task, factored=True))


def alone(experiment: LargeOutput, task: Task) -> pd.DataFrame:
    """The factored layer's whole way: columns layer, step, seconds, loss."""
    with one_blas_thread():
        runner = Runner(experiment, task, factored=True)
        rows = [_row(runner, runner.step(task)[0]) for _ in task.order]
    return pd.DataFrame(rows)


def advanced(pair: Pair, task: Task, n_steps: int) -> tuple[Pair, pd.DataFrame, pd.DataFrame]:
    """So many steps of both.

    Returns
    -------
    pair : Pair
        After them.
    way : DataFrame
        Columns layer, step, seconds, loss: the dense layer's way.
    errors : DataFrame
        Columns step, quantity, error: the factored layer's largest difference, as a part of the dense layer's
        largest number. "gradient" and "loss" at every step, "weights" at the last.
    """
    way, errors = [], []
    with one_blas_thread():
        for _ in range(n_steps):
            (loss, gradient), (loss_too, gradient_too) = pair.dense.step(task), pair.factored.step(task)
            way.append(_row(pair.dense, loss))
            step = pair.dense.n_steps
            errors.append((step, "gradient", relative(gradient_too, gradient)))
            errors.append((step, "loss", relative(loss_too, loss)))
        found = relative(pair.factored.layer.weights, pair.dense.layer.weights)
        errors.append((pair.dense.n_steps, "weights", found))
    return pair, pd.DataFrame(way), pd.DataFrame(errors, columns=["step", "quantity", "error"])


def _row(runner: Runner, loss: float) -> dict[str, object]:
    return {"layer": runner.name, "step": runner.n_steps, "seconds": runner.seconds, "loss": loss}


def relative(found: Floats | float, true: Floats | float) -> float:
    """Largest difference, as a part of the largest true number."""
    return float(np.abs(np.subtract(found, true)).max() / np.abs(true).max())


def compared(experiment: LargeOutput, n_classes: int, n_steps: int) -> pd.DataFrame:
    """Columns n_classes, n_steps, weights, gradient: the largest differences after so many steps."""
    task = Task.of(experiment, n_classes, n_steps)
    _, _, errors = advanced(Pair.at_start(experiment, task), task, n_steps)
    worst = errors.groupby("quantity")["error"].max()
    row = {
        "n_classes": n_classes,
        "n_steps": n_steps,
        "weights": worst["weights"],
        "gradient": worst["gradient"],
    }
    return pd.DataFrame([row])
