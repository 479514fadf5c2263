"""What is measured of large output layers, and what comes out: the request and its results."""

import itertools
import json
import math
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from typing import Any

import pandas as pd

from alternatives.heads import Softmax
from alternatives.large_output.measuring import agreement, cost, report, timing
from alternatives.large_output.measuring.size import Size
from alternatives.large_output.spherical import FAMILY, Loss
from alternatives.serving.limits import Cost
from alternatives.state import Linked, Numbers, Range, RegistryField, field
from alternatives.training import shared_pool

QUICK = "quick"
"""Stands for as many classes of the dense layers as take a few seconds and little memory."""
QUICK_OPERATIONS = 1.3e10
"""Operations of one update of a dense layer."""
QUICK_MEGABYTES = 400.0

PAGE_BYTES = 4096
"""Memory that a row takes at least once it is touched."""

RACE_STEPS_AT_ONCE = 10
"""Steps between two reports of progress."""

WATCH_SECONDS = 0.1
"""Longest time between two calls of `watch` while another process measures, where a caller can cancel."""

Waits = Callable[[int], None]
"""Hears, while a call isn't finished, how many other measurements' calls are made before it."""

Call = Callable[..., Any]
"""Calls a function, after the `Waits`, with its arguments, in this process or in another one."""

LESS = "fewer classes or units, or time the dense layers up to fewer classes"
"""What to choose if a measurement costs too much."""


@dataclass(frozen=True)
class LargeOutput(Linked):
    """Output layers with more and more classes, timed and compared.

    Parameters
    ----------
    head : Head, SphericalLoss or str
        The dense and the factored layer use it. It must be of the spherical family.
    classes : sequence of int
        Numbers of classes, in any order.
    dense_up_to : int or None
        Largest number of classes at which the other layers than the factored one are timed. None is as many
        as take a few seconds.
    n_units, batch_size : int
        Units of the last hidden layer, and samples in a mini-batch.
    seed : int
        Random seed.
    """

    noun = "measurement"

    head: Any = field(
        "head",
        RegistryField(FAMILY, "head or loss of the layers that are timed"),
        factory=lambda: FAMILY["Taylor softmax"],
    )
    classes: tuple[int, ...] = field(
        "classes",
        Numbers(Range(10, 10**7, "numbers of classes", whole=True), 1, 12, "numbers of classes"),
        tuple(10**power for power in range(2, 7)),
    )
    dense_up_to: int | None = field(
        "dense_up_to",
        Range(
            10,
            10**7,
            "largest number of classes at which the dense layers are timed",
            whole=True,
            logarithmic=True,
            none=QUICK,
        ),
        None,
    )
    n_units: int = field("units", Range(8, 512, "units of the last hidden layer", whole=True), 128)
    batch_size: int = field("batch", Range(1, 512, "samples in a mini-batch", whole=True), 128)
    seed: int = field("seed", Range(0, 10_000, "random seed", whole=True), 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "classes", tuple(sorted({*self.classes})))

    def size(self, n_classes: int) -> Size:
        """The size of a layer with so many classes."""
        return Size(n_classes, self.n_units, self.batch_size)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """All sizes, from the smallest to the largest."""
        return tuple(self.size(n_classes) for n_classes in self.classes)

    @property
    def most_dense(self) -> int:
        """Largest number of classes at which all layers are timed."""
        if self.dense_up_to is not None:
            return self.dense_up_to
        one = self.size(1)
        return int(min(QUICK_OPERATIONS / one.dense_operations, QUICK_MEGABYTES / one.dense_megabytes))

    @property
    def dense_sizes(self) -> tuple[Size, ...]:
        """The sizes at which all layers are timed."""
        return tuple(size for size in self.sizes if size.n_classes <= self.most_dense)

    def layers(self, n_classes: int) -> list[tuple[str, Loss]]:
        """The layers that are timed, as method and head: beyond `most_dense` only the factored one."""
        if n_classes > self.most_dense:
            return [("factored", self.head)]
        softmax = Softmax()
        own = [("dense", softmax), ("dense", self.head), ("factored", self.head)]
        return [*own, ("sampled", softmax), ("hierarchical", softmax)]

    def cost(self) -> Cost:
        """An estimate of what the measurement takes."""
        methods = ([method for method, _ in self.layers(n_classes)] for n_classes in self.classes)
        race = self.size(agreement.race_classes(self.n_units, self.batch_size))
        seconds = cost.seconds(list(zip(self.sizes, methods, strict=True)), self.dense_sizes, race)
        dense = max((size.dense_megabytes for size in self.dense_sizes), default=0.0)
        row_megabytes = 1e-6 * PAGE_BYTES + self.size(1).megabytes(dense=False)
        factored = timing.BATCHES * self.batch_size * row_megabytes + 1e-6 * max(self.classes)
        return Cost(seconds, max(dense, factored, cost.megabytes_to_compare(race)), LESS, LESS)

    def command(self) -> str:
        """The line that runs this from the command line, which doesn't train both layers side by side."""
        options = (f'--{name.replace("_", "-")} "{text}"' for name, text in self.to_link().items())
        return " ".join(["python -m alternatives large-output", *options])

    def run(
        self,
        watch: Callable[["Measured"], None] | None = None,
        n_jobs: int | None = None,
        race: bool = True,
    ) -> "Measured":
        """Measure everything.

        Parameters
        ----------
        watch : callable, optional
            Is called with what is known so far. What it raises stops the measurement.
        n_jobs : int, optional
            By default this process measures. With any number another process does, for one measurement at a
            time, so that measurements don't disturb each other.
        race : bool
            Whether both layers are also trained side by side, for a few seconds.
        """
        watch = watch or (lambda _: None)
        call = _in_this_process if n_jobs is None else _in_the_measuring_process()
        return _measure(self, watch, call, race)


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known so far, a part (`fraction`) of everything; `doing` says what comes next.

    `n_ahead` is for how many calls of other measurements it waits now.

    The frames are those of `timing.timed` and `agreement.errors_after` and, if both layers were trained side
    by side, the losses and errors of `agreement.advanced`.
    """

    experiment: LargeOutput
    times: pd.DataFrame = field_of(default_factory=pd.DataFrame)
    agreement: pd.DataFrame = field_of(default_factory=pd.DataFrame)
    race: pd.DataFrame = field_of(default_factory=pd.DataFrame)
    errors: pd.DataFrame = field_of(default_factory=pd.DataFrame)
    fraction: float = 0.0
    doing: str = ""
    n_ahead: int = 0

    @property
    def finding(self) -> str:
        """What was measured, in one or two sentences."""
        return report.finding(str(self.experiment.head), self.times)

    @property
    def table(self) -> pd.DataFrame:
        """The times and the error of the factored weights: a row per number of classes and layer."""
        if self.agreement.empty:
            return self.times.assign(error=math.nan)
        errors = self.agreement.rename(columns={"weights": "error"})[["n_classes", "error"]]
        table = self.times.merge(errors, how="left", on="n_classes")
        return table.assign(error=table["error"].where(table["method"] == "factored"))

    def to_csv(self) -> str:
        """The table in CSV."""
        return self.table.to_csv(index=False, lineterminator="\n")

    def to_json(self) -> str:
        """A JSON object: experiment, finding, and the rows of the table; null for what wasn't measured."""
        rows = [
            {key: None if value != value else value for key, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        content = {"experiment": self.experiment.texts(), "finding": self.finding, "layers": rows}
        return json.dumps(content, ensure_ascii=False, indent=1)


def _in_this_process(waits: Waits, function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _in_the_measuring_process() -> Call:
    n_calls, pool = itertools.count(1), shared_pool(1, measures=True)

    def call(waits: Waits, function: Callable[..., Any], *arguments: Any) -> Any:
        # The measurement with the fewest calls so far comes next.
        future = pool.submit(next(n_calls), function, *arguments)
        try:
            while not wait([future], WATCH_SECONDS).done:
                waits(pool.ahead_of(future))
        except BaseException:  # nobody wants it any more, and it may be long
            pool.abandon(future)
            raise
        return future.result()

    return call


def _measure(
    experiment: LargeOutput, watch: Callable[[Measured], None], make_call: Call, race: bool
) -> Measured:
    head, seed = experiment.head, experiment.seed
    n_steps = agreement.RACE_STEPS if race else 0
    total = sum(_work(experiment, size) for size in experiment.sizes) + n_steps / RACE_STEPS_AT_ONCE
    done = 0.0
    so_far = Measured(experiment)

    def report_progress(work: float, doing: str, **frames: pd.DataFrame) -> None:
        nonlocal so_far, done
        done += work
        joined: dict[str, Any] = {
            name: _joined(getattr(so_far, name), frame) for name, frame in frames.items()
        }
        so_far = replace(so_far, fraction=min(done / total, 0.99), doing=doing, n_ahead=0, **joined)
        watch(so_far)

    def waits(n_ahead: int) -> None:
        nonlocal so_far
        if n_ahead != so_far.n_ahead:
            so_far = replace(so_far, n_ahead=n_ahead)
        watch(so_far)

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        return make_call(waits, function, *arguments)

    for size in experiment.sizes:
        doing = f"{size.n_classes:,} classes"
        report_progress(0, doing)
        times = call(timing.timed, size, experiment.layers(size.n_classes), seed)
        report_progress(_work(experiment, size), doing, times=times)
    for size in experiment.dense_sizes:
        if steps := agreement.steps_to_compare(size):
            doing = "agreement with the dense layer"
            report_progress(0, doing)
            report_progress(0, doing, agreement=call(agreement.errors_after, steps, size, head, seed))
    if race:
        size = experiment.size(agreement.race_classes(experiment.n_units, experiment.batch_size))
        task = agreement.Task.random(size, head, seed, n_steps)
        report_progress(0, "training", race=call(agreement.factored_alone, task))
        runners = agreement.pair(task)
        for start in range(0, n_steps, RACE_STEPS_AT_ONCE):
            steps = min(RACE_STEPS_AT_ONCE, n_steps - start)
            runners, losses, errors = call(agreement.advanced, runners, task, steps)
            report_progress(1, "training", race=losses, errors=errors)
    return replace(so_far, fraction=1.0, doing="", n_ahead=0)


def _joined(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return new if known.empty else pd.concat([known, new], ignore_index=True)


def _work(experiment: LargeOutput, size: Size) -> float:
    """Roughly how much of the work one number of classes is: more if the dense layers are slow."""
    share = size.n_classes / experiment.most_dense
    return 1 + 4 * share if share <= 1 else 1
