"""What the experiments inside the network share: their settings, and accuracy in numbers and in words.

Only what stands inside differs between their variants: all networks end in softmax.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.experiments.experiment import Experiment
from alternatives.experiments.finding import counted
from alternatives.experiments.runs import Runs
from alternatives.heads import HEADS
from alternatives.state import Range, field
from alternatives.statistics import LEVEL
from alternatives.training import Recipe, Subset
from alternatives.wording import listed

OWN_BEST = "own best"
"""The learning rate's word for: each variant uses its own best rate."""

RATES = (0.01, 0.03, 0.1)
"""The grid for that.

On the default data each variant's best of 0.003, 0.01, 0.03, 0.1, 0.3 is one of these three, or as good.
"""


@dataclass(frozen=True)
class Settings(Experiment):
    """What every experiment inside the network can be told.

    Parameters
    ----------
    n_seeds, first_seed : int
        Each seed is a split of the data, an initialisation of the networks and an order of mini-batches.
    learning_rate : float or None
        None lets each variant have its own best of `RATES`, by the validation log loss.
    n_epochs, batch_size : int
    """

    n_seeds: int = field(
        "seeds",
        Range(1, 30, "repetitions, each with its own split, initialisation and batch order", whole=True),
        5,
    )
    first_seed: int = field(
        "first_seed", Range(0, 1_000_000, "random seed of the first repetition", whole=True), 0
    )
    learning_rate: float | None = field(
        "learning_rate",
        Range(
            1e-6,
            10,
            "size of the optimiser's steps; own best: the rate with the variant's lowest validation loss",
            logarithmic=True,
            none=OWN_BEST,
        ),
        None,
    )
    n_epochs: int = field("epochs", Range(1, 200, "passes over the training set", whole=True), 8)
    batch_size: int = field("batch_size", Range(1, 4096, "samples in a mini-batch", whole=True), 64)

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """The rates that every variant is trained with."""
        return RATES if self.learning_rate is None else (self.learning_rate,)

    @property
    def recipe(self) -> Recipe:
        """How every run learns."""
        return Recipe("adam", self.n_epochs, self.batch_size)

    @property
    def duration(self) -> str:
        """Seeds and epochs in words."""
        return f"over {counted(self.n_seeds, 'seed')} of {counted(self.n_epochs, 'epoch')}"

    @property
    def method(self) -> str:
        """How rates were chosen and differences were tested, in a line."""
        rate = f"learning rate {self.learning_rates[0]:g}"
        if self.learning_rate is None:
            rates = listed([f"{rate:g}" for rate in RATES], "or")
            rate = f"each variant uses its own best learning rate ({rates}, by validation loss)"
        return (
            f"Adam, mini-batches of {self.batch_size}, {rate}. Differences are paired over the seeds and "
            f"tested at the {100 * (1 - LEVEL):.0f} % level, corrected for overlapping splits and, by Holm's "
            "method, for multiple comparisons."
        )


def accuracy(runs: Runs, test: Subset) -> NDArray[np.float64]:
    """Accuracy (n_variants, n_seeds) on the test set; NaN where a run diverged."""
    found = []
    for variant in range(len(runs.variants)):
        with np.errstate(all="ignore"):
            probabilities = HEADS["softmax"].probabilities(runs.logits(variant, test.X))
        failed = runs.history.diverged[:, variant] | ~np.isfinite(probabilities).all((-1, -2))
        right = (probabilities.argmax(-1) == test.targets).mean(-1)
        found.append(np.where(failed, np.nan, right))
    return np.array(found)


def accuracy_clauses(summary: pd.DataFrame, baseline: str) -> str:
    """Which variants are more or less accurate than the baseline, and by how much, in words."""
    rows = summary[summary["measure"] == "accuracy"].set_index("variant")
    own, others = float(rows["mean"][baseline]), rows.drop(baseline)
    clauses = [f"{baseline} reaches {100 * own:.1f} %" if np.isfinite(own) else f"{baseline} diverges"]
    for verdict, word in {"better": "more", "worse": "less"}.items():
        these = others[others["verdict"] == verdict].sort_values("difference", key=abs, ascending=False)
        if len(these):
            names = [f"{name} ({points(difference)})" for name, difference in these["difference"].items()]
            clauses.append(f"{listed(names)} {'is' if len(names) == 1 else 'are'} {word} accurate")
    for verdict, words in {"undecided": "undecided", "too few seeds": "too few seeds finished"}.items():
        these = others[others["verdict"] == verdict]
        if len(these):
            clauses.append(
                f"{words} for {'all others' if len(these) == len(others) > 1 else listed(these.index)}"
            )
    return "; ".join(clauses)


def points(difference: float) -> str:
    """A difference of shares in percentage points: −3.2 points."""
    return f"{100 * difference:+.1f} points".replace("-", "−")
