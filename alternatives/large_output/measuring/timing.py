"""The time of one update of an output layer.

All layers are timed in one run, in turns and on one BLAS thread, so that a machine whose speed drifts is fair
to all. They get their hidden vectors and targets from the same mini-batches.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers, TaylorSoftmax
from alternatives.large_output.checks import Diverged
from alternatives.large_output.dense import DenseOutput
from alternatives.large_output.factored import FactoredOutput
from alternatives.large_output.hierarchical import HierarchicalSoftmax
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.measuring.size import Size
from alternatives.large_output.sampled import SampledSoftmax
from alternatives.large_output.spherical import Loss
from alternatives.training import one_blas_thread

LEARNING_RATE = 0.01
WARM_UP_RATE = 10.0

BATCHES = 64
"""Different mini-batches, used again and again."""

ROUNDS = 3
"""Turns of each layer. The median is reported."""

TURN_SECONDS = 0.03
"""Length of a turn, unless a single update takes longer."""

MOST_UPDATES = 50
"""Updates in one turn, at most."""

Batch = tuple[Floats, Integers]
Layer = OutputLayer | SampledSoftmax | HierarchicalSoftmax

METHODS: dict[str, Callable[[Floats], Layer]] = {
    "dense": DenseOutput,
    "factored": FactoredOutput,
    "sampled": SampledSoftmax,
    "hierarchical": HierarchicalSoftmax,
}
"""The kinds of layer, each made from its initial weights."""

BASELINE = "dense softmax"
"""The layer that all others are compared with."""

Layers = Sequence[tuple[str, Loss]]
"""Layers to time: a method and a head each."""


class TimedLayer(NamedTuple):
    """A layer that is timed."""

    method: str
    head: str
    step: Callable[..., object]
    operations: float
    megabytes: float

    @property
    def name(self) -> str:
        """For example "dense softmax"."""
        return f"{self.method} {self.head}"


def batches(size: Size, seed: int) -> Iterator[Batch]:
    """Mini-batches in float32, without end."""
    random, shape = np.random.default_rng(seed), (size.batch_size, size.n_units)
    return cycle(
        [
            (random.standard_normal(shape, np.float32), random.integers(0, size.n_classes, size.batch_size))
            for _ in range(BATCHES)
        ]
    )


def timed_layers(size: Size, layers: Layers, seed: int) -> list[TimedLayer]:
    """The layers in their initial state, all with the same weights.

    A factored layer alone starts from zeros, so that it takes memory for its targets only. It makes a first
    step with Taylor softmax, because some heads have no slope at zeros.
    """
    if [method for method, _ in layers] == ["factored"]:
        factored = FactoredOutput.zeros(size.n_classes, size.n_units)
        factored.step(TaylorSoftmax(), *next(batches(size, seed)), WARM_UP_RATE)
        return [_timed_layer(size, "factored", layers[0][1], factored)]
    random = np.random.default_rng(seed)
    weights = np.float32(0.1) * random.standard_normal((size.n_classes, size.n_units), np.float32)
    return [_timed_layer(size, method, head, METHODS[method](weights)) for method, head in layers]


def _timed_layer(size: Size, method: str, head: Loss, layer: Layer) -> TimedLayer:
    step = partial(layer.step, head) if isinstance(layer, OutputLayer) else layer.step
    operations, megabytes = layer.operations(size.batch_size), size.megabytes(dense=method == "dense")
    return TimedLayer(method, str(head), step, operations, megabytes)


def timed(
    size: Size, layers: Layers, seed: int, rounds: int = ROUNDS, turn_seconds: float = TURN_SECONDS
) -> pd.DataFrame:
    """The time of one update of each layer.

    Parameters
    ----------
    size : Size
    layers : sequence of (method, head)
    seed : int
    rounds : int
        Turns of each layer.
    turn_seconds : float
        Length of a turn, unless a single update takes longer. On a busy machine the fastest of many short
        turns is the least disturbed.

    Returns
    -------
    DataFrame
        Columns n_classes, layer, method, head, seconds (the median over the rounds), fastest, slowest, ratio
        (dense softmax's seconds divided by this layer's; NaN without dense softmax), operations,
        megabytes. The times of a layer that diverges are NaN.
    """
    supply = batches(size, seed)
    with one_blas_thread():
        ready = timed_layers(size, layers, seed)
        warm_up = 1 if len(ready) > 1 else BATCHES
        counts = {layer.name: _updates_in_a_turn(layer, supply, warm_up, turn_seconds) for layer in ready}
        seconds = {layer.name: np.full(rounds, np.nan) for layer in ready}
        for number in range(rounds):
            for layer in ready:
                seconds[layer.name][number] = _seconds(layer, supply, counts[layer.name])
    baseline = seconds.get(BASELINE, np.full(rounds, np.nan))
    rows = [
        {
            "n_classes": size.n_classes,
            "layer": layer.name,
            "method": layer.method,
            "head": layer.head,
            "seconds": np.median(seconds[layer.name]),
            "fastest": seconds[layer.name].min(),
            "slowest": seconds[layer.name].max(),
            "ratio": np.median(baseline) / np.median(seconds[layer.name]),
            "operations": layer.operations,
            "megabytes": layer.megabytes,
        }
        for layer in ready
    ]
    return pd.DataFrame(rows)


def _updates_in_a_turn(layer: TimedLayer, supply: Iterator[Batch], warm_up: int, turn_seconds: float) -> int:
    _seconds(layer, supply, warm_up)  # the first access to memory takes longer
    seconds = _seconds(layer, supply, 1)
    return int(np.clip(turn_seconds / seconds, 1, MOST_UPDATES)) if seconds > 0 else 1


def _seconds(layer: TimedLayer, supply: Iterator[Batch], n_updates: int) -> float:
    """Mean time of some updates; NaN if the layer diverges."""
    started = time.perf_counter()
    try:
        for _ in range(n_updates):
            layer.step(*next(supply), LEARNING_RATE)
    except Diverged:
        return math.nan
    return (time.perf_counter() - started) / n_updates


def operations(sizes: Sequence[Size], head: str) -> pd.DataFrame:
    """Columns layer, n_classes, operations: those of one update, whether it is timed or not."""
    counts: dict[str, type[OutputLayer]] = {
        BASELINE: DenseOutput,
        f"dense {head}": DenseOutput,
        f"factored {head}": FactoredOutput,
    }
    rows = [
        (name, size.n_classes, layer.operations_of(size.n_classes, size.n_units, size.batch_size))
        for size in sizes
        for name, layer in counts.items()
    ]
    return pd.DataFrame(rows, columns=["layer", "n_classes", "operations"])


def growth(n_classes: ArrayLike, seconds: ArrayLike) -> float:
    """The power of the number of classes with which a time grows: 1 is in proportion, 0 is constant.

    The slope of a least-squares line through the logarithms, without missing times. NaN with fewer than two.
    """
    classes, times = np.asarray(n_classes, np.float64), np.asarray(seconds, np.float64)
    known = ~np.isnan(times)
    if known.sum() < 2:
        return math.nan
    return float(np.polyfit(np.log(classes[known]), np.log(times[known]), 1)[0])
