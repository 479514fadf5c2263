"""About what a measurement takes: an estimate from the sizes of its layers.

The constants are seconds of one core of an AMD EPYC, fitted to updates in float32 over the whole range of
sizes; ``python -m tests.benchmarks estimates`` says how well they hold.
"""

from collections.abc import Collection, Sequence
from math import sqrt

from alternatives.large_output.measuring import agreement, timing
from alternatives.large_output.measuring.size import Size

CALLS = 2e-4
"""The calls of an update."""
PRODUCT = 5.5e-11
"""One weight and one sample of a layer that computes all outputs: three products."""
WEIGHT = 1e-9
"""One weight that is read and changed."""
OUTPUT = 1.3e-9
"""One output, and the loss's derivative by it."""
GATHERED = 4e-10
"""The same as `PRODUCT` for rows that have to be gathered first."""
DRAWN = 1.5e-8
"""One random number, with the layers' copies of it."""
DOUBLE = 2
"""Times as long in double precision."""

COMPARED = 5e-9
"""One weight of the dense layer and the factored layer's, compared."""
RECONSTRUCTED = 4e-10
"""One product for a weight of the factored layer: there are as many as units."""
PASSED = 1.2e-7
"""One weight of both layers, passed to the process that measures and back."""

N_DRAWN = 1024
"""Outputs that sampled softmax computes of each sample."""


N_REPORTS = 6
"""Times that the race's weights are compared, and passed to the measuring process."""


def seconds_of_update(method: str, size: Size) -> float:
    """About how long one update takes."""
    n_classes, n_units, n = size.n_classes, size.n_units, size.batch_size
    weights = {
        "dense": n_classes * (n_units * (WEIGHT + n * PRODUCT) + n * OUTPUT),
        # Triangular systems of the units, and rows for the targets.
        "factored": n_units * n * (n_units + 4) * GATHERED + n_units**3 * GATHERED / 10,
        "sampled": N_DRAWN * n_units * (WEIGHT + n * PRODUCT),
        "hierarchical": n * sqrt(n_classes) * n_units * 5 * GATHERED,
    }
    return CALLS + weights[method]


def seconds_to_time(size: Size, methods: Collection[str]) -> float:
    """About how long it takes to time layers of one size."""
    seconds = DRAWN * size.n_units * timing.BATCHES * size.batch_size
    if len(methods) > 1:
        seconds += DRAWN * size.n_units * size.n_classes
    for method in methods:
        update = seconds_of_update(method, size)
        n_first = 2 if len(methods) > 1 else timing.BATCHES
        turn = min(max(update, timing.TURN_SECONDS), timing.MOST_UPDATES * update)
        seconds += n_first * update + timing.ROUNDS * turn
    return seconds


def seconds_to_compare(size: Size, n_steps: int, n_times: int = 1) -> float:
    """About how long the dense and the factored layer take, step by step in double precision.

    Their weights are compared so many times.
    """
    updates = sum(seconds_of_update(method, size) for method in ("dense", "factored"))
    of_weight = DOUBLE * DRAWN + n_times * (COMPARED + RECONSTRUCTED * size.n_units)
    return DOUBLE * n_steps * updates + of_weight * size.n_units * size.n_classes


def megabytes_to_compare(size: Size) -> float:
    """About how much memory that takes: some ten copies of the weights, and five of the outputs."""
    return 8e-6 * size.n_classes * (10 * size.n_units + 5 * size.batch_size)


def seconds(sizes: Sequence[tuple[Size, Collection[str]]], dense_sizes: Sequence[Size], race: Size) -> float:
    """About how long a measurement takes: the layers of every size, and how well they agree."""
    to_compare = ((size, agreement.steps_to_compare(size)) for size in dense_sizes)
    passed = N_REPORTS * PASSED * race.n_units * race.n_classes
    return passed + (
        sum(seconds_to_time(size, methods) for size, methods in sizes)
        + sum(seconds_to_compare(size, steps) for size, steps in to_compare if steps)
        + seconds_to_compare(race, agreement.RACE_STEPS, N_REPORTS)
    )
