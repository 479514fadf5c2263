"""The time of one update by the number of classes, for every layer there is, all in one run.

Whoever is compared takes turns with the others, round by round, on one BLAS thread: a machine whose speed
drifts is fair to all. Every layer sees hidden vectors and targets from the same mini-batches.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from typing import NamedTuple

import numpy as np
import pandas as pd

from alternatives.heads import Floats, Integers, Softmax, TaylorSoftmax
from alternatives.large_output.checks import Diverged
from alternatives.large_output.dense import DenseOutput
from alternatives.large_output.experiment import BATCHES, ROUNDS, LargeOutput, megabytes
from alternatives.large_output.factored import FactoredOutput
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.rivals import HierarchicalSoftmax, SampledSoftmax
from alternatives.large_output.spherical import Loss
from alternatives.training import one_blas_thread

LEARNING_RATE = 0.01
WARM_UP_RATE = 10.0

TURN_SECONDS = 0.03
"""What a layer's turn takes, if one update isn't longer."""

MOST_UPDATES = 50
"""Of a turn."""

Batch = tuple[Floats, Integers]


class Contender(NamedTuple):
    """A layer that is timed."""

    method: str
    head: str
    step: Callable[..., object]
    operations: float
    megabytes: float

    @property
    def name(self) -> str:
        """As in "dense softmax"."""
        return f"{self.method} {self.head}"


Layer = DenseOutput | FactoredOutput | SampledSoftmax | HierarchicalSoftmax

LAYERS: dict[str, Callable[[Floats], Layer]] = {
    "dense": DenseOutput,
    "factored": FactoredOutput,
    "sampled": SampledSoftmax,
    "hierarchical": HierarchicalSoftmax,
}
"""Ways to an output layer, by what they are called, each made of its first weights."""

METHODS = tuple(LAYERS)

BASELINE = "dense softmax"
"""Whose time all others' are compared with."""


def batches(experiment: LargeOutput, n_classes: int) -> Iterator[Batch]:
    """Mini-batches in float32 without end."""
    random = np.random.default_rng(experiment.seed)
    size, units = experiment.batch_size, experiment.n_units
    made = [
        (random.standard_normal((size, units), np.float32), random.integers(0, n_classes, size))
        for _ in range(BATCHES)
    ]
    return cycle(made)


Wanted = Sequence[tuple[str, Loss]]
"""Layers by their method, one of `METHODS`, and head."""


def wanted(experiment: LargeOutput, n_classes: int) -> Wanted:
    """The layers to time: the factored one alone where the dense ones aren't measured."""
    head, softmax = experiment.loss, Softmax()
    if n_classes > experiment.most_dense:
        return [("factored", head)]
    return [
        ("dense", softmax),
        ("dense", head),
        ("factored", head),
        ("sampled", softmax),
        ("hierarchical", softmax),
    ]


def contenders(experiment: LargeOutput, n_classes: int, layers: Wanted) -> list[Contender]:
    """The layers in their first state.

    All start from the same full weights. A factored layer alone starts from zeros, of which only what is
    touched takes memory, and a first step of Taylor softmax, for some heads have no slope at zeros.
    """
    if [method for method, _ in layers] == ["factored"]:
        factored = FactoredOutput.zeros(n_classes, experiment.n_units)
        factored.step(TaylorSoftmax(), *next(batches(experiment, n_classes)), WARM_UP_RATE)
        return [_contender("factored", layers[0][1], factored, experiment)]
    random = np.random.default_rng(experiment.seed)
    weights = np.float32(0.1) * random.standard_normal((n_classes, experiment.n_units), np.float32)
    return [_contender(method, head, LAYERS[method](weights), experiment) for method, head in layers]


def _contender(method: str, head: Loss, layer: Layer, experiment: LargeOutput) -> Contender:
    size = experiment.batch_size
    memory = megabytes(layer.n_classes, experiment.n_units, size, dense=method == "dense")
    step = partial(layer.step, head) if isinstance(layer, OutputLayer) else layer.step
    return Contender(method, str(head), step, layer.operations(size), memory)


def timed(
    experiment: LargeOutput,
    n_classes: int,
    rounds: int = ROUNDS,
    layers: Wanted | None = None,
    turn_seconds: float = TURN_SECONDS,
) -> pd.DataFrame:
    """The time of one update at one number of classes.

    Parameters
    ----------
    experiment : LargeOutput
    n_classes : int
    rounds : int
        Turns of each layer.
    layers : sequence of (method, head), optional
        By default those of the experiment.
    turn_seconds : float
        What a layer's turn takes, if one update isn't longer. Where others use the machine too, the fastest
        of many short turns is the least disturbed.

    Returns
    -------
    DataFrame
        Columns n_classes, layer, method, head, seconds (the median over the rounds), fastest, slowest,
        ratio (how many times faster than dense softmax, round by round; NaN without it), operations,
        megabytes. A layer that diverges has no time, NaN.
    """
    supply = batches(experiment, n_classes)
    with one_blas_thread():
        made = contenders(experiment, n_classes, layers or wanted(experiment, n_classes))
        warm_up = 1 if len(made) > 1 else BATCHES
        counts = {layer.name: _updates_of_a_turn(layer, supply, warm_up, turn_seconds) for layer in made}
        seconds = {layer.name: np.full(rounds, np.nan) for layer in made}
        for number in range(rounds):
            for layer in made:
                seconds[layer.name][number] = _seconds(layer, supply, counts[layer.name])
    baseline = seconds.get(BASELINE, np.full(rounds, np.nan))
    rows = [
        {
            "n_classes": n_classes,
            "layer": layer.name,
            "method": layer.method,
            "head": layer.head,
            "seconds": np.median(seconds[layer.name]),
            "fastest": seconds[layer.name].min(),
            "slowest": seconds[layer.name].max(),
            "ratio": np.median(baseline / seconds[layer.name]),
            "operations": layer.operations,
            "megabytes": layer.megabytes,
        }
        for layer in made
    ]
    return pd.DataFrame(rows)


def _updates_of_a_turn(layer: Contender, supply: Iterator[Batch], warm_up: int, turn_seconds: float) -> int:
    _seconds(layer, supply, warm_up)  # to touch memory for the first time takes longer
    seconds = _seconds(layer, supply, 1)
    return int(np.clip(turn_seconds / seconds, 1, MOST_UPDATES)) if seconds > 0 else 1


def _seconds(layer: Contender, supply: Iterator[Batch], n_updates: int) -> float:
    """Seconds of one update, the mean of some; NaN where the layer diverges."""
    started = time.perf_counter()
    try:
        for _ in range(n_updates):
            layer.step(*next(supply), LEARNING_RATE)
    except Diverged:
        return math.nan
    return (time.perf_counter() - started) / n_updates


def operations(experiment: LargeOutput) -> pd.DataFrame:
    """Columns layer, n_classes, operations: those of one update, counted, measured or not."""
    size, units, head = experiment.batch_size, experiment.n_units, experiment.head
    rows = []
    for n_classes in experiment.classes:
        counts = {
            BASELINE: DenseOutput.operations_of(n_classes, units, size),
            f"dense {head}": DenseOutput.operations_of(n_classes, units, size),
            f"factored {head}": FactoredOutput.operations_of(n_classes, units, size),
        }
        rows += [
            {"layer": layer, "n_classes": n_classes, "operations": count} for layer, count in counts.items()
        ]
    return pd.DataFrame(rows)


def slope(times: pd.DataFrame, layer: str, fewest: int) -> float:
    """The power of the number of classes by which a layer's time grows, from so many on; 1 is in proportion.

    The slope of the least squares line through the logarithms; NaN with fewer than two times.
    """
    own = times[(times["layer"] == layer) & (times["n_classes"] >= fewest)].dropna(subset=["seconds"])
    if len(own) < 2:
        return math.nan
    return float(np.polyfit(np.log(own["n_classes"]), np.log(own["seconds"]), 1)[0])
