"""What the default comparison's training consists of, and the least that numpy needs for it.

The comparison that a newcomer sees is tuned and trained on one core, with seeds that nobody has seen, and
every epoch is timed: its steps, and the evaluation on the validation sets after it. Then the matrix products
of all these steps are computed once more in the same buffers, alone and with Adam's update. Times are seconds
of the processor; with two cores the clock shows no less than half of them.
"""

import argparse
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from alternatives import Comparison
from alternatives.training import Network, Stack, adam, one_blas_thread
from tests.benchmarks import _peer_ours
from tests.benchmarks._timing import machine

FIRST_SEED = 500_000
"""Seeds from here on; nothing is kept of them."""


@contextmanager
def timed(seconds: Counter[str], steps: Counter[tuple[Any, ...]]) -> Iterator[None]:
    """Add up what the parts of a training take, and count the steps of each kind of stack."""
    originals = {name: getattr(Stack, name) for name in ("epoch", "evaluate")}

    def around(name: str) -> Callable[..., Any]:
        def call(stack: Stack, X: Any, targets: Any, *more: Any) -> Any:
            began = time.process_time()
            found = originals[name](stack, X, targets, *more)
            seconds[name] += time.process_time() - began
            if name == "epoch":
                n_batches = math.ceil(targets.shape[1] / stack.recipe.batch_size)
                steps[stack.network, *stack.leading, stack.recipe] += n_batches
            return found

        return call

    for name in originals:
        setattr(Stack, name, around(name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(Stack, name, original)


def alone(steps: Counter[tuple[Any, ...]], with_solver: bool) -> float:
    """Seconds of the same steps' matrix products."""
    taken = 0.0
    for (network, n_splits, n_settings, recipe), n_steps in steps.items():
        assert isinstance(network, Network)
        taken += _peer_ours.seconds_of_products(network, recipe, n_splits, n_settings, n_steps, with_solver)
    return taken


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks default", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    print(f"{machine()}; Adam {'compiled' if adam.fastest() is not adam.in_passes else 'in numpy'}\n")
    rows: dict[str, list[float]] = {}
    with one_blas_thread():
        Comparison(dataset="iris", n_seeds=2, n_epochs=2, learning_rate=0.01).run(n_jobs=1)  # imports
        for place in range(options.rounds):
            comparison = Comparison(first_seed=FIRST_SEED + 100 * place)
            seconds, steps = Counter[str](), Counter[tuple[Any, ...]]()
            began = time.process_time()
            with timed(seconds, steps):
                comparison.run(n_jobs=1)
            every = time.process_time() - began
            found = {
                "all": every,
                "steps": seconds["epoch"],
                "evaluations": seconds["evaluate"],
                "the rest: splits, measures": every - seconds["epoch"] - seconds["evaluate"],
                "of the steps, products alone": alone(steps, False),
                "products and Adam alone": alone(steps, True),
            }
            for name, value in found.items():
                rows.setdefault(name, []).append(value)
    networks = sum(n_steps * n * m for (_, n, m, _), n_steps in steps.items())
    print(f"{networks:,} steps of single networks, in {sum(steps.values()):,} steps of stacks\n")
    for name, values in rows.items():
        low, high = min(values), max(values)
        print(f"{name:32} {statistics.median(values):6.2f} s ({low:.2f} to {high:.2f})")
