"""What requests cost, as estimated and as measured.

Requests are drawn at random over the whole range of every page's settings, most of them evenly by the
logarithm: comparisons, numbers of classes, what stands inside the network, claims, large output layers. Those
that are estimated at up to 20 seconds of one core are run, each with seeds that nobody has seen; data sets
are loaded before. Seconds are the processor's, of this process and its workers; memory is how much more the
two had at most than before, with their files in memory. Of seconds those count that are 0.2 or more, of
megabytes those that are 30 or more.

The constants of the estimates are relative to one machine, and two busy neighbours make each other slower:
beside the share within a factor of two stands the share once each is divided by the median of all.
"""

import argparse
import gc
import math
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from alternatives.claims import CLAIMS, ClaimRequest
from alternatives.datasets import DATASETS
from alternatives.datasets.sources import SOURCES
from alternatives.experiments import Attention, ClassCounts, Comparison, Gate, Hidden
from alternatives.experiments.hidden import DEFAULT, ByWidth, layer_types
from alternatives.experiments.tasks import TASKS
from alternatives.heads import HEADS
from alternatives.large_output import FAMILY
from alternatives.large_output.measuring import LargeOutput
from alternatives.serving.limits import Cost
from alternatives.training import ACTIVATIONS, SOLVERS, one_blas_thread
from tests.benchmarks._processes import usage
from tests.benchmarks._timing import machine

LEAST_SECONDS = 0.05
"""Of one core, as estimated: what is estimated at less isn't run."""
LEAST = {"seconds": 0.2, "megabytes": 30.0}
"""What is measured of less says little."""
FAR_OFF = 6.0
"""A request that takes so many times its estimate, and some seconds, is stopped."""
LOOK_SECONDS = 0.2
MOST_MEGABYTES = 2000.0
"""As estimated: this machine has other things to do."""

DATA = (
    *("iris", "wine", "breast cancer", "digits", "moons", "local rules"),
    *("moons(samples=10000)", "MNIST(samples=500)", "MNIST(samples=2000)", "MNIST(samples=10000)"),
    *("classification(samples=1000)", "classification(samples=10000, n_classes=100)"),
    *("Gaussian mixture(samples=4000, n_classes=30)", "blobs(samples=500, n_classes=3)"),
)


class Request(Protocol):
    """What is estimated and run."""

    def cost(self) -> Cost: ...
    def run(self, watch: Callable[[Any], None] | None = None, n_jobs: int | None = None) -> object: ...


class Draws:
    """Random requests."""

    def __init__(self, seed: int, most_seconds: float) -> None:
        self.random, self._most_seconds = random.Random(seed), most_seconds
        self.kinds: dict[str, Callable[[], Request]] = {
            "comparison": self.comparison,
            "one step an epoch": self.one_step,
            "number of classes": self.classes,
            "hidden layers": lambda: self.hidden(Hidden),
            "by width": lambda: self.hidden(ByWidth),
            "attention": self.attention,
            "gate": self.gate,
            "large output": self.large_output,
            "claim": self.claim,
        }
        self._claims = list(CLAIMS.values())

    def number(self, low: int, high: int) -> int:
        """A whole number, evenly by its logarithm."""
        return min(high, int(math.exp(self.random.uniform(math.log(low), math.log(high + 1)))))

    def some(self, names: Any) -> list[str]:
        """Some of the names, at least one."""
        names = list(names)
        return self.random.sample(names, self.number(1, len(names)))

    def perhaps(self, value: Any) -> Any:
        """None as often as the value."""
        return self.random.choice((None, value))

    def common(self, most_seeds: int, most_epochs: int) -> dict[str, Any]:
        """The fields of every experiment."""
        return {
            "n_seeds": self.number(1, most_seeds),
            "first_seed": self.random.randrange(10_000),
            "learning_rate": self.perhaps(0.01),
            "n_epochs": self.perhaps(self.number(1, most_epochs)),
            "max_epochs": self.number(1, most_epochs),
            "batch_size": self.number(1, 4096),
        }

    def layers(self) -> list[int]:
        """Sizes of hidden layers."""
        return [self.number(1, 512) for _ in range(self.random.randrange(4))]

    def comparison(self) -> Request:
        return Comparison(
            dataset=DATASETS.parse(self.random.choice(DATA)),
            heads=self.some(HEADS),
            hidden_layer_sizes=self.layers(),
            activation=self.random.choice(["relu", *ACTIVATIONS]),
            batch_normalisation=self.random.random() < 0.2,
            solver=self.random.choice(list(SOLVERS)),
            head_parameters=self.random.choice(("as given", "as given", "own best")),
            weight_decay=self.random.choice((0, 0, 0.001)),
            **self.common(100, 500),
        )

    def one_step(self) -> Request:
        return self.comparison().replace(batch_size=4096)  # type: ignore[attr-defined]

    def classes(self) -> Request:
        fields = self.common(100, 500)
        return ClassCounts(
            source=self.random.choice(list(SOURCES.values())),
            heads=self.some(HEADS),
            counts=[*self.random.sample((2, 5, 10), 2), self.number(2, 100)],
            samples=self.number(10, 3000),
            sampling=self.random.choice(("in all", "per class")),
            hidden_layer_sizes=self.layers(),
            **fields,
        )

    def hidden(self, kind: type[Hidden]) -> Request:
        return kind(
            dataset=DATASETS.parse(self.random.choice(DATA)),
            units=self.random.choice((DEFAULT, self.some(layer_types()))),
            width=self.number(1, 128),
            n_layers=self.random.randint(1, 4),
            **self.common(30, 200),
        )

    def attention(self) -> Request:
        return Attention(
            task=self.random.choice(TASKS),
            n_pairs=self.random.randint(2, 16),
            n_units=self.number(1, 64),
            normalisers=self.some(HEADS),
            **self.common(30, 200),
        )

    def gate(self) -> Request:
        return Gate(
            dataset=DATASETS.parse(self.random.choice(DATA)),
            n_experts=self.random.randint(2, 16),
            normalisers=self.some(HEADS),
            **self.common(30, 200),
        )

    def large_output(self) -> Request:
        return LargeOutput(
            head=self.random.choice(list(FAMILY.values())),
            classes=[self.number(10, 10**7) for _ in range(self.number(1, 8))],
            dense_up_to=self.perhaps(self.number(10, 10**6)),
            n_units=self.number(8, 512),
            batch_size=self.number(1, 512),
            seed=self.random.randrange(10_000),
        )

    def claim(self) -> Request:
        return ClaimRequest.by(self.random.choice(self._claims), self.random.randrange(1, 1000))

    def __iter__(self) -> Iterator[tuple[str, Request]]:
        """Requests of every kind in turn, whose estimates are in the range, without end."""
        while True:
            for kind, draw in self.kinds.items():
                for _ in range(1000):
                    request = draw()
                    cost = request.cost()
                    if (
                        LEAST_SECONDS <= cost.seconds <= self._most_seconds
                        and cost.megabytes < MOST_MEGABYTES
                    ):
                        yield kind, request
                        break


@dataclass
class Spent:
    """What a request took."""

    seconds: float = 0.0
    megabytes: float = 0.0
    began: float = 0.0
    looking: float = 0.0
    """Seconds that went into looking."""

    @property
    def so_far(self) -> float:
        """Seconds since it began."""
        return seconds() - self.began - self.looking


@contextmanager
def watched() -> Iterator[Spent]:
    """What this process and its workers use in the ``with`` block."""
    gc.collect()
    spent, ended, process = Spent(), threading.Event(), os.getpid()

    def memory() -> float:
        used = usage(process)
        return used.megabytes + used.megabytes_of_workers + used.megabytes_of_files

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            spent.megabytes = max(spent.megabytes, memory() - before)
            spent.looking = time.thread_time()

    before, thread = memory(), threading.Thread(target=look)
    spent.began = seconds()
    thread.start()
    try:
        yield spent
    finally:
        ended.set()
        thread.join()
        spent.seconds = spent.so_far


def seconds() -> float:
    """Processor time of this process and its workers so far."""
    return usage(os.getpid()).seconds_of_workers + time.process_time()


class TooLong(BaseException):
    """A request that took far longer than estimated."""


def measured(request: Request, n_workers: int) -> Spent:
    """Run a request, as a server does."""
    most, looked_at = 5 + FAR_OFF * request.cost().seconds, time.monotonic()

    def watch(progress: object) -> None:
        nonlocal looked_at
        if time.monotonic() > looked_at + 1:
            looked_at = time.monotonic()
            if spent.so_far > most:
                raise TooLong

    with watched() as spent, one_blas_thread():
        try:
            request.run(watch, n_workers)
        except TooLong:
            spent.seconds = math.inf
    return spent


def within(ratios: np.ndarray, factor: float = 2.0) -> float:
    """The share of ratios within a factor of 1."""
    return float(np.mean(np.abs(np.log(ratios)) <= math.log(factor))) if len(ratios) else math.nan


def print_ratios(of: str, ratios: dict[str, list[float]]) -> None:
    """A row a kind of requests, and one for all."""
    every = np.concatenate([np.array(own) for own in ratios.values()])
    print(f"\nestimated / measured {of}")
    print(f"{'':20} {'requests':>8} {'within 2':>9} {'least':>7} {'median':>7} {'most':>7}")
    for kind, own in [*ratios.items(), ("all", every)]:
        if len(own):
            row = np.array(own)
            low, middle, high = np.quantile(row, (0, 0.5, 1))
            print(f"{kind:20} {len(row):8} {within(row):9.0%} {low:7.2f} {middle:7.2f} {high:7.2f}")
    if len(every):
        print(f"{'all, by the median':20} {len(every):8} {within(every / np.median(every)):9.0%}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks estimates", description=__doc__)
    parser.add_argument("--requests", type=int, default=180, help="how many are run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most-seconds", type=float, default=15, help="estimate of the dearest that is run")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="1: train in this process alone")
    parser.add_argument("--only", nargs="+", default=[], metavar="KIND", help="kinds of requests")
    parser.add_argument("--quick", action="store_true", help="36 requests")
    parser.add_argument("--all", action="store_true", help="print every request")
    options = parser.parse_args(arguments)
    draws = Draws(options.seed, options.most_seconds)
    if options.only:
        draws.kinds = {kind: draws.kinds[kind] for kind in options.only}
    print(machine(), flush=True)
    for name in DATA:
        DATASETS.parse(name).load()
    for name in list(HEADS)[:2]:  # the workers start, and what is imported late is there
        Comparison(dataset="moons", heads=[name], n_seeds=20).run(n_jobs=options.workers)
    found: dict[str, dict[str, list[float]]] = {of: defaultdict(list) for of in LEAST}
    worst: list[tuple[float, str]] = []
    for (kind, request), _ in zip(draws, range(36 if options.quick else options.requests), strict=False):
        estimate, spent = request.cost(), measured(request, options.workers)
        for of, least in LEAST.items():
            if (value := getattr(spent, of)) >= least:
                ratio = max(getattr(estimate, of), 1e-9) / value
                found[of][kind].append(ratio)
                text = f"{ratio:6.2f} of {value:8.2f} {of:10} {kind}: {described(request)}"
                worst.append((abs(math.log(max(ratio, 1e-9))), text))
                if options.all:
                    print(text, flush=True)
    for of, ratios in found.items():
        print_ratios(of, ratios)
    print("\nthe worst: estimated / measured")
    for _, text in sorted(worst, reverse=True)[:12]:
        print(text)


def described(request: Request) -> str:
    """A request as its link, or as text."""
    to_link = getattr(request, "to_link", None)
    return " ".join(f"{name}={text}" for name, text in to_link().items()) if to_link else str(request)
