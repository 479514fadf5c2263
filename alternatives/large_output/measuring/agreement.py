"""The factored layer next to the dense one, step by step in float64.

Both learn to give each of a few hidden vectors its own class among very many, from the same mini-batches.
"""

import math
import time
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from alternatives.heads import Floats, Integers
from alternatives.large_output.dense import DenseOutput
from alternatives.large_output.factored import FactoredOutput
from alternatives.large_output.measuring.size import Size
from alternatives.large_output.spherical import Loss
from alternatives.training import one_blas_thread

CONTEXTS = 256
"""Hidden vectors to learn."""

RATES = {"Taylor softmax": 50.0, "spherical softmax": 50.0, "squared error": 0.1, "Z-loss": 30.0}
"""Learning rates at which a head learns within about fifty steps."""

MOST_STEPS = 100
MOST_OPERATIONS = 2e10
"""What the dense layer may compute before its weights are compared with the factored layer's."""
MOST_WEIGHTS = 2e6
"""Weights to compare: in float64 they and the outputs take memory."""

RACE_STEPS = 60
"""Steps of both layers when they are trained side by side."""
RACE_OPERATIONS = 6e10
"""What the dense layer computes in these steps, at most."""
RACE_OUTPUTS = 2e6
"""Outputs of its mini-batch in float64, at most."""


def steps_to_compare(size: Size) -> int:
    """Steps before the weights are compared: 0 if the dense layer would take too long."""
    if size.n_classes * size.n_units > MOST_WEIGHTS:
        return 0
    return int(min(MOST_OPERATIONS // size.dense_operations, MOST_STEPS))


def race_classes(n_units: int, batch_size: int) -> int:
    """Classes of the layers trained side by side: what the dense one can do, rounded down, up to 100,000."""
    operations_per_class = 6.0 * RACE_STEPS * n_units * batch_size
    most = min(max(RACE_OPERATIONS / operations_per_class, 100), RACE_OUTPUTS / batch_size, 1e5)
    power = 10 ** int(math.log10(most))
    return int(most // power) * power


@dataclass(frozen=True, eq=False)
class Task:
    """What both layers learn, and the weights that they start from."""

    head: Loss
    hidden: Floats
    targets: Integers
    weights: Floats
    order: Integers
    """The hidden vectors in each mini-batch, (n_steps, batch_size)."""

    @classmethod
    def random(cls, size: Size, head: Loss, seed: int, n_steps: int) -> Self:
        """A task drawn at random."""
        random = np.random.default_rng(seed)
        return cls(
            head,
            random.normal(size=(CONTEXTS, size.n_units)),
            random.integers(0, size.n_classes, CONTEXTS),
            0.1 * random.normal(size=(size.n_classes, size.n_units)),
            random.integers(0, CONTEXTS, (n_steps, size.batch_size)),
        )

    @property
    def learning_rate(self) -> float:
        """The head's learning rate."""
        return RATES.get(getattr(self.head, "name", ""), 1.0)


class Runner:
    """A layer that learns a task, and the time that it has taken so far."""

    def __init__(self, task: Task, method: str) -> None:
        self.name = f"{method} {task.head}"
        self.layer = FactoredOutput(task.weights) if method == "factored" else DenseOutput(task.weights)
        self.n_steps, self.seconds = 0, 0.0

    def step(self, task: Task) -> tuple[float, Floats]:
        """Learn from the next mini-batch: the loss before it, and its gradient by the hidden vectors."""
        chosen = task.order[self.n_steps]
        hidden, targets = task.hidden[chosen], task.targets[chosen]
        started = time.perf_counter()
        loss, gradient = self.layer.step(task.head, hidden, targets, task.learning_rate)
        self.seconds += time.perf_counter() - started
        self.n_steps += 1
        return loss, gradient

    def row(self, loss: float) -> dict[str, object]:
        """The loss of the last step, with the time that all took."""
        return {"layer": self.name, "step": self.n_steps, "seconds": self.seconds, "loss": loss}


Pair = tuple[Runner, Runner]
"""The dense and the factored layer, after the same number of steps."""


def pair(task: Task) -> Pair:
    """Both layers before the first step."""
    return Runner(task, "dense"), Runner(task, "factored")


def factored_alone(task: Task) -> pd.DataFrame:
    """All steps of the factored layer: columns layer, step, seconds, loss."""
    with one_blas_thread():
        runner = Runner(task, "factored")
        return pd.DataFrame([runner.row(runner.step(task)[0]) for _ in task.order])


def advanced(runners: Pair, task: Task, n_steps: int) -> tuple[Pair, pd.DataFrame, pd.DataFrame]:
    """Both layers after some more steps, the dense layer's losses, and how much the layers differ.

    The losses have the columns layer, step, seconds, loss; the differences step, quantity, error (see
    `relative`): of "gradient" and "loss" at every step, of "weights" at the last.
    """
    dense, factored = runners
    losses, errors = [], []
    with one_blas_thread():
        for _ in range(n_steps):
            (loss, gradient), (factored_loss, factored_gradient) = dense.step(task), factored.step(task)
            losses.append(dense.row(loss))
            errors.append((dense.n_steps, "gradient", relative(factored_gradient, gradient)))
            errors.append((dense.n_steps, "loss", relative(factored_loss, loss)))
        error = relative(factored.layer.weights, dense.layer.weights)
        errors.append((dense.n_steps, "weights", error))
    return runners, pd.DataFrame(losses), pd.DataFrame(errors, columns=["step", "quantity", "error"])


def relative(found: Floats | float, true: Floats | float) -> float:
    """The largest difference, divided by the largest true number."""
    return float(np.abs(np.subtract(found, true)).max() / np.abs(true).max())


def errors_after(n_steps: int, size: Size, head: Loss, seed: int) -> pd.DataFrame:
    """One row: n_classes, n_steps, and the largest errors of the weights and of the gradients."""
    task = Task.random(size, head, seed, n_steps)
    _, _, errors = advanced(pair(task), task, n_steps)
    worst = errors.groupby("quantity")["error"].max()
    row = {"n_classes": size.n_classes, "n_steps": n_steps}
    return pd.DataFrame([row | {name: worst[name] for name in ("weights", "gradient")}])
