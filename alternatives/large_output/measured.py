"""A large output layer measured: time by the number of classes, and agreement with the dense layer."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pandas as pd

from alternatives.large_output import agreement, scaling, telling
from alternatives.large_output.experiment import LargeOutput, operations_of_dense

COMPARED_OPERATIONS = 2e10
"""What the comparison with the dense layer may take of it at one number of classes."""
COMPARED_STEPS = 100
COMPARED_WEIGHTS = 2e6
"""Up to so many, the dense layer's weights are compared: in float64 they and their outputs take memory."""

RACE_STEPS = 60
RACE_OPERATIONS = 6e10
"""What the dense layer does in the whole race."""
RACE_OUTPUTS = 2e6
"""Of a mini-batch, in float64."""
RACE_STEPS_AT_ONCE = 10

Call: TypeAlias = Callable[..., Any]
"""Calls a function with arguments: at once, or in another process."""


def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function here and now."""
    return function(*arguments)


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known so far.

    Parameters
    ----------
    experiment : LargeOutput
    times : DataFrame
        See `scaling.timed`.
    agreement : DataFrame
        See `agreement.compared`.
    race : DataFrame
        Columns layer, step, seconds, loss; empty without a race.
    errors : DataFrame
        Columns step, quantity, error: how far the factored layer is from the dense one.
    fraction : float
        How much of all is done, from 0 to 1.
    doing : str
        What comes next, in a few words.
    """

    experiment: LargeOutput
    times: pd.DataFrame
    agreement: pd.DataFrame
    race: pd.DataFrame
    errors: pd.DataFrame
    fraction: float = 0.0
    doing: str = ""

    @property
    def finding(self) -> str:
        """What was measured, in a sentence."""
        return telling.finding(self.experiment, self.times)

    @property
    def finished(self) -> bool:
        """Whether all is measured."""
        return self.fraction >= 1

    @property
    def table(self) -> pd.DataFrame:
        """The times with the error against the dense layer beside the factored ones: a row a layer."""
        if self.agreement.empty:
            return self.times.assign(error=math.nan)
        errors = self.agreement.rename(columns={"weights": "error"})[["n_classes", "error"]]
        table = self.times.merge(errors, how="left", on="n_classes")
        return table.assign(error=table["error"].where(table["method"] == "factored"))

    def to_csv(self) -> str:
        """One row per number of classes and layer."""
        return self.table.to_csv(index=False, lineterminator="\n")

    def to_json(self) -> str:
        """A JSON object: experiment, finding, and the rows of `to_csv`; null for what wasn't measured."""
        rows = [
            {key: None if value != value else value for key, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        said = {"experiment": self.experiment.texts(), "finding": self.finding, "layers": rows}
        return json.dumps(said, ensure_ascii=False, indent=1)


def measure(
    experiment: LargeOutput,
    watch: Callable[[Measured], None] = lambda _: None,
    call: Call = at_once,
    race: bool = True,
) -> Measured:
    """Measure it all.

    Parameters
    ----------
    experiment : LargeOutput
    watch : callable, optional
        Sees what is known so far. What it raises stops the measurement.
    call : callable, optional
        Makes each piece of work, by default here.
    race : bool
        Whether both layers are also trained side by side, for a few seconds.
    """
    n_steps = RACE_STEPS if race else 0
    total = sum(_weight(experiment, n) for n in experiment.classes) + n_steps / RACE_STEPS_AT_ONCE
    done = 0.0
    nothing = pd.DataFrame()
    so_far = Measured(experiment, nothing, nothing, nothing, nothing)

    def went_on(share: float, doing: str, **known: Any) -> None:
        nonlocal so_far, done
        done += share
        so_far = replace(so_far, fraction=min(done / total, 0.99), doing=doing, **known)
        watch(so_far)

    for n_classes in experiment.classes:
        went_on(0, f"{n_classes:,} classes")
        times = call(scaling.timed, experiment, n_classes)
        went_on(_weight(experiment, n_classes), f"{n_classes:,} classes", times=_joined(so_far.times, times))
    for n_classes in experiment.dense_classes:
        if steps := compared_steps(experiment, n_classes):
            went_on(0, "agreement with the dense layer")
            found = call(agreement.compared, experiment, n_classes, steps)
            went_on(0, "agreement with the dense layer", agreement=_joined(so_far.agreement, found))
    if race:
        task = agreement.Task.of(experiment, race_classes(experiment), n_steps)
        went_on(0, "training", race=call(agreement.alone, experiment, task))
        pair = agreement.Pair.at_start(experiment, task)
        for start in range(0, n_steps, RACE_STEPS_AT_ONCE):
            steps = min(RACE_STEPS_AT_ONCE, n_steps - start)
            pair, way, errors = call(agreement.advanced, pair, task, steps)
            went_on(1, "training", race=_joined(so_far.race, way), errors=_joined(so_far.errors, errors))
    return replace(so_far, fraction=1.0, doing="")


def _joined(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return new if known.empty else pd.concat([known, new], ignore_index=True)


def _weight(experiment: LargeOutput, n_classes: int) -> float:
    """The part of the work that one number of classes is, roughly: more where the dense layers are slow."""
    return 1 + 4 * n_classes / experiment.most_dense if n_classes <= experiment.most_dense else 1


def compared_steps(experiment: LargeOutput, n_classes: int) -> int:
    """After how many steps the weights are compared: 0 where the dense layer would take too long."""
    if n_classes * experiment.n_units > COMPARED_WEIGHTS:
        return 0
    of_a_step = operations_of_dense(n_classes, experiment.n_units, experiment.batch_size)
    return int(min(COMPARED_OPERATIONS // of_a_step, COMPARED_STEPS))


def race_classes(experiment: LargeOutput) -> int:
    """Classes of the race: as many as the dense layer can do, in one significant digit, up to 100,000."""
    of_a_class = 6.0 * RACE_STEPS * experiment.n_units * experiment.batch_size
    most = min(max(RACE_OPERATIONS / of_a_class, 100), RACE_OUTPUTS / experiment.batch_size, 1e5)
    power = 10 ** int(math.log10(most))
    return int(most // power) * power
