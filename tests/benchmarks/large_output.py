"""The cost of one update of a large output layer, by the number of classes; and how exact it stays.

All layers see the same hidden vectors and targets in float32. Dense layers are timed with BLAS on one
thread and on all cores; the others on one thread, since their products are small.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from alternatives.heads import SphericalSoftmax, SquaredError, TaylorSoftmax
from alternatives.large_output import (
    DenseOutput,
    Diverged,
    FactoredOutput,
    ZLoss,
)
from alternatives.large_output.measuring import LargeOutput, timing
from alternatives.large_output.measuring.agreement import relative
from alternatives.training import one_blas_thread
from tests.benchmarks._timing import in_turn, machine, print_ratios

LEARNING_RATE = 0.01
OURS = "factored Taylor softmax"


def setting(n_units: int, n_samples: int) -> LargeOutput:
    """Dense layers of any number of classes."""
    return LargeOutput(n_units=n_units, batch_size=n_samples, dense_up_to=10**7)


def batches(n_classes: int, n_units: int, n_samples: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sixty-four mini-batches, again and again."""
    return timing.batches(setting(n_units, n_samples).size(n_classes), 0)


def repeated(
    step: Callable[..., object],
    supply: Iterator[tuple[np.ndarray, np.ndarray]],
    n_steps: int,
    threads: int = 1,
) -> Callable[[], float]:
    """So many steps, with BLAS on one thread or, for 0, on all cores."""

    def work() -> float:
        with one_blas_thread() if threads else nullcontext():
            for _ in range(n_steps):
                step(*next(supply), LEARNING_RATE)
        return n_steps

    return work


def growth(options: argparse.Namespace) -> None:
    """One update by the number of classes, from full weights."""
    d, m = options.units, options.batch
    for n_classes in options.classes:
        supply, few = batches(n_classes, d, m), max(1, min(50, 10**6 // n_classes))
        experiment = setting(d, m)
        turns = {"dense": few, "factored": 200, "sampled": 20, "hierarchical": 5}
        timed = {}
        for layer in timing.timed_layers(experiment.size(n_classes), experiment.layers(n_classes), 0):
            timed[layer.name] = repeated(layer.step, supply, turns[layer.method])
            if layer.method == "dense":
                timed[f"{layer.name}, all cores"] = repeated(layer.step, supply, few, threads=0)
        print(f"{n_classes:,} classes × {d} units, mini-batches of {m}")
        print_ratios(in_turn(timed, options.rounds), OURS, "ms an update", 1e3)


def folds(options: argparse.Namespace) -> None:
    """What folding costs where it happens often: squared error, by the number of classes."""
    d, m = options.units, options.batch
    print("squared error at rates that shrink the weights fast: ms an update, and updates a fold")
    for n_classes in options.classes:
        layer = FactoredOutput(
            np.zeros((n_classes, d), np.float32)
        )  # unlike those of zeros, all rows catch up
        for rate in (0.001, 0.01, 0.1):
            supply, before, started = batches(n_classes, d, m), layer.upkeep, time.perf_counter()
            with one_blas_thread():
                for _ in range(300):
                    layer.step(SquaredError(), *next(supply), rate)
            seconds, n_folds = time.perf_counter() - started, layer.upkeep.folds - before.folds
            settlements = layer.upkeep.settlements - before.settlements
            print(
                f"{n_classes:>10,} classes, rate {rate:<6} {seconds / 300 * 1e3:8.2f} ms, "
                f"{300 / max(n_folds, 1):6.1f} updates a fold, {settlements} times all rows"
            )


def agreement(options: argparse.Namespace) -> None:
    """Largest relative differences to the dense layer over 10,000 steps, in float64."""
    n_classes, d, m, n_steps = 40, 6, 16, 10_000
    print(f"{n_classes} classes × {d} units, mini-batches of {m}, {n_steps:,} steps in float64")
    print(f"{'':36}{'rate':>9}{'weights':>10}{'gradient':>10}{'WᵀW':>10}{'Wᵀ1':>10}{'1 ulp':>10}  folds")
    cases = [(head, rate) for head in (TaylorSoftmax(), SphericalSoftmax(), SphericalSoftmax(0.01))
             for rate in (0.01, 1.0, 10.0)]  # fmt: skip
    cases += [(SquaredError(), rate) for rate in (0.001, 0.1, 0.3)]
    cases += [(ZLoss(1.0, 3.0), rate) for rate in (0.01, 1.0, 100.0)]
    for head, rate in cases:
        random = np.random.default_rng(0)
        hidden = random.normal(size=(64, d))
        targets = (hidden @ random.normal(size=(n_classes, d)).T).argmax(1)
        weights = 0.3 * random.normal(size=(n_classes, d))
        dense, factored = DenseOutput(weights), FactoredOutput(weights)
        nearby = DenseOutput(weights * (1 + 2.0**-52))  # how far rounding alone carries a dense layer
        worst = np.zeros(5)
        try:
            for number in range(n_steps):
                chosen = random.integers(0, 64, m)
                gradients = [
                    layer.step(head, hidden[chosen], targets[chosen], rate)[1]
                    for layer in (dense, factored, nearby)
                ]
                if number % 100 == 99:
                    true = dense.weights
                    found = [
                        relative(factored.weights, true),
                        relative(gradients[1], gradients[0]),
                        relative(factored.weight_gram, true.T @ true),
                        np.abs(factored.weight_sum - true.sum(0)).max() / np.abs(true).sum(0).max(),
                        relative(nearby.weights, true),
                    ]
                    worst = np.maximum(worst, found)
        except Diverged:
            print(f"{head!s:36}{rate:>9} diverged at step {number}")
            continue
        columns = "".join(f"{value:10.1e}" for value in worst)
        print(f"{head!s:36}{rate:>9}{columns}  {factored.upkeep.folds}")


def hundred_million(options: argparse.Namespace) -> None:
    """Classes in a memory-mapped file, beside few classes in memory and in such a file."""
    d, m, n_steps = 64, options.batch, options.steps
    for n_classes, in_file in ((10_000, False), (10_000, True), (10**8, True)):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            path = Path(folder, "rows") if in_file else None
            layer = FactoredOutput.zeros(n_classes, d, storage=path)
            supply, times = batches(n_classes, d, m), []
            random = np.random.default_rng(1)
            with one_blas_thread():
                for _ in range(n_steps):
                    hidden, _ = next(supply)
                    targets = random.integers(0, n_classes, m)
                    started = time.perf_counter()
                    layer.step(TaylorSoftmax(), hidden, targets, 1.0)
                    times.append(time.perf_counter() - started)
            where = "in a file" if in_file else "in memory"
            taken = path.stat().st_blocks * 512 / 2**20 if path else 0
            print(
                f"{n_classes:>12,} classes × {d} {where}: {np.median(times) * 1e3:.2f} ms an update "
                f"(mean {np.mean(times) * 1e3:.2f}, worst {max(times) * 1e3:.1f}), "
                f"{taken:,.0f} MB of the disk taken, "
                f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB resident at most so far"
            )
            layer.close()


CASES = {
    "growth": growth,
    "folds": folds,
    "agreement": agreement,
    "hundred-million": hundred_million,
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks large_output", description=__doc__)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--classes", type=int, nargs="+", default=[10**k for k in range(2, 7)])
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=300, help="updates of a hundred million classes")
    parser.add_argument("--folder", help="where the file of a hundred million classes is made, and removed")
    options = parser.parse_args(arguments)
    print(machine(), "\n")
    for name, case in CASES.items():
        if options.only in (None, name):
            case(options)
            print()
