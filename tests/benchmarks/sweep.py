"""How many comparisons a minute two workers of a sweep finish, against one.

The same sweep of equally long comparisons: on this machine's cores, and, where it is installed, on a Dask
cluster of worker processes on this machine. One worker and two take turns; a round that isn't counted comes
first, so that workers have started and imported. Two workers are wanted to finish 1.8 times as many, which
takes two cores that have nothing else to do.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from alternatives.sweeps import Sweep, Table, run
from tests.benchmarks._timing import machine
from tests.clusters import cluster

FIXED = {"dataset": "digits", "seeds": "5", "epochs": "12", "learning_rate": "0.01"}
WANTED = 1.8


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks sweep", description=__doc__)
    parser.add_argument("--comparisons", type=int, default=16, help="of one sweep (16)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds that count (2)")
    options = parser.parse_args(arguments)
    print(f"{machine()}; {options.comparisons} comparisons a sweep\n")
    print(f"{'':10} {'one worker':>12} {'two workers':>12}   times as many: median (least to greatest)")
    local = [lambda folder, n=n: _rate(options.comparisons, folder, n_jobs=n) for n in (1, 2)]
    _row("local", local, options.rounds)
    if find_spec("distributed") is None:
        print("Dask isn't installed: pip install -r requirements-dask.txt")
        return
    with tempfile.TemporaryDirectory() as place, ExitStack() as clusters:
        addresses = []
        for n in (1, 2):
            own = Path(place) / str(n)
            own.mkdir()
            addresses.append(clusters.enter_context(cluster(own, n))[0])
        dask = [
            lambda folder, address=address: _rate(options.comparisons, folder, address=address)
            for address in addresses
        ]
        _row("Dask", dask, options.rounds)


def _row(name: str, rates: list[Callable[[Path], float]], rounds: int) -> None:
    """Comparisons a minute with one worker and with two, and the ratio."""
    found: list[list[float]] = []
    for _ in range(rounds + 1):
        own = []
        for rate in rates:
            with tempfile.TemporaryDirectory() as folder:
                own.append(rate(Path(folder)))
        found.append(own)
    one, two = zip(*found[1:], strict=True)
    ratios = [after / before for before, after in zip(one, two, strict=True)]
    middle = statistics.median(ratios)
    mark = "" if middle >= WANTED else f"   below {WANTED}"
    print(
        f"{name:10} {statistics.median(one):8.0f}/min {statistics.median(two):8.0f}/min   "
        f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}){mark}",
        flush=True,
    )


def _rate(n: int, folder: Path, n_jobs: int | None = None, address: str | None = None) -> float:
    """Comparisons a minute of a sweep, written to a table as always."""
    sweep = Sweep(FIXED, {"first_seed": tuple(str(1000 * place) for place in range(n))})
    started = time.perf_counter()
    _, failed = run(sweep, Table(folder / "sweep.parquet"), n_jobs, address)
    if failed:
        raise RuntimeError(next(iter(failed.values())))
    return 60 * n / (time.perf_counter() - started)
