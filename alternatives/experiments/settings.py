"""What the experiments inside the network share: their settings, and accuracy in numbers and in words.

Only what stands inside differs between their variants: all networks end in softmax.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.experiments import fields
from alternatives.experiments.experiment import Experiment
from alternatives.experiments.runs import Runs
from alternatives.heads import HEADS
from alternatives.measures import MEASURES
from alternatives.statistics import LEVEL
from alternatives.training import Recipe, Subset
from alternatives.wording import counted, difference, given, in_unit, listed, percent

RATES = (0.01, 0.03, 0.1)
"""The learning rates that tuning begins with."""


@dataclass(frozen=True)
class Settings(Experiment):
    """The settings that every experiment inside the network has."""

    n_seeds: int = fields.n_seeds(30, 10)
    first_seed: int = fields.first_seed()
    learning_rate: float | None = fields.learning_rate("variant")
    n_epochs: int | None = fields.n_epochs(200, "variant")
    max_epochs: int = fields.max_epochs(200, 40)
    batch_size: int = fields.batch_size()

    @property
    def first_rates(self) -> tuple[float, ...]:
        return RATES

    @property
    def recipe(self) -> Recipe:
        """How every run learns."""
        return Recipe("adam", self.most_epochs, self.batch_size)

    @property
    def duration(self) -> str:
        """The seeds, and the epochs if they are given, in words."""
        epochs = "" if self.n_epochs is None else f" of {counted(self.n_epochs, 'epoch')}"
        return f"over {counted(self.n_seeds, 'seed')}{epochs}"

    @property
    def method(self) -> str:
        """How rates were chosen and differences were tested, in a line."""
        return (
            f"Adam, mini-batches of {self.batch_size}, {self.tuned_in_words}. Differences are paired "
            f"over the seeds. Their {percent(LEVEL)} confidence intervals hold for all variants together."
        )


def accuracy(runs: Runs, test: Subset) -> NDArray[np.float64]:
    """Accuracy (n_variants, n_seeds) on the test set; NaN where a run diverged."""
    found = []
    for variant in range(len(runs.variants)):
        with np.errstate(all="ignore"):
            probabilities = HEADS["softmax"].probabilities(runs.logits(variant, test.X))
        failed = runs.diverged[:, variant] | ~np.isfinite(probabilities).all((-1, -2))
        right = (probabilities.argmax(-1) == test.targets).mean(-1)
        found.append(np.where(failed, np.nan, right))
    return np.array(found)


def accuracy_clauses(summary: pd.DataFrame, baseline: str) -> str:
    """Which variants are more or less accurate than the baseline, and by how much, in words."""
    rows = summary[summary["measure"] == "accuracy"].set_index("variant")
    own, others = float(rows["mean"][baseline]), rows.drop(baseline)
    clauses = [f"{baseline} reaches {in_unit(own, '%')}" if np.isfinite(own) else f"{baseline} diverges"]
    for verdict, word in {"better": "more", "worse": "less"}.items():
        these = others[others["verdict"] == verdict].sort_values("difference", key=abs, ascending=False)
        if len(these):
            names = [f"{name} ({difference(each, '%')})" for name, each in these["difference"].items()]
            clauses.append(f"{listed(names)} {_is(these)} {word} accurate")
    alike = others[others["verdict"] == "equivalent"]
    if len(alike):
        margin = 100 * float(alike["margin"].iloc[0])
        clauses.append(
            f"{listed(alike.index)} {_is(alike)} equivalent within ±{given(margin)} "
            f"point{'s' * (margin != 1)}"
        )
    rest = others[~others["verdict"].isin(["better", "worse", "equivalent"])]
    if len(rest):
        whom = "the others" if len(rest) == len(others) > 1 else listed(rest.index)
        clause = f"whether {whom} differ{'s' * (len(rest) == 1)} is undecided"
        noticeable = rest["noticeable"].max()
        if MEASURES["accuracy"].can_differ_by(noticeable):
            clause += f" ({difference(noticeable, '%').lstrip('+')} or more would have shown)"
        clauses.append(clause)
    return "; ".join(clauses)


def _is(rows: pd.DataFrame) -> str:
    return "is" if len(rows) == 1 else "are"
