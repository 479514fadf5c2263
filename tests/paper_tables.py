"""Tables of series as the command writes them, with numbers that a test says: nothing is trained."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from alternatives.paper import Series, Varied
from alternatives.paper.tables import ROWS, SEARCH, configuration
from alternatives.sweeps import Sweep

TRAINED = {"learning_rate": 0.01, "epochs": 3, "weight_decay": 0.001}
FIXED = {"seeds": "4", "settings": "3", "weight_decay": "own best", "max_epochs": "3", "test_set": "held out"}
THREE = ("softmax", "spherical softmax", "Taylor softmax")
OF_SHELF = ("sonar", "ionosphere", "wheat seeds", "glass", "ecoli", "yeast")
DATA_SETS = ("iris", "wine", "digits", "breast cancer", *OF_SHELF)
MANY = Series(
    "many",
    "Which head is best?",
    (Sweep(FIXED, {"heads": THREE, "dataset": DATA_SETS, "first_seed": ("0", "50")}),),
    seeds_at_a_time=4,
    title="Ten data sets",
)
NOISE = Series(
    "noise",
    "Which head stays honest?",
    (Sweep(FIXED | {"dataset": "digits"}, {"heads": THREE, "label_noise": ("0", "0.2", "0.4")}),),
    seeds_at_a_time=4,
    title="Wrong labels",
    varied=Varied("label_noise", "label noise", "%"),
    measure="log loss",
)


def written(
    folder: Path,
    series: Series,
    errors: Mapping[str, float],
    n_test: int = 100,
    spread: float = 0.004,
    seed: int = 0,
) -> None:
    """Write both tables of a series: a head's errors lie around a mean, in steps of a test sample."""
    random, rows, search = np.random.default_rng(seed), [], []
    for comparison in series.comparisons():
        name, head = series.dataset or comparison.dataset.name, comparison.heads[0].name
        first = {"experiment": series.name, "dataset": name, "head": head}
        trained = TRAINED | {"form": str(comparison.heads[0])}
        search += [
            first
            | {
                "trial": trial,
                "form": trained["form"],
                "weight_decay": 0.001,
                "learning_rate": 0.01 * 2**trial,
            }
            | {"splits": 2, "epochs": 3, "error": 0.1, "log_loss": 0.3, "brier_score": 0.2}
            | {"chosen": trial == 0, "configuration": configuration(comparison)}
            for trial in range(3)
        ]
        whole = series.procedure.as_chosen(comparison, trained)
        for part in series.procedure.in_parts(whole, series.seeds_at_a_time):
            for each in part.seeds:
                error = round(max(errors[head] + random.normal(0, spread), 0) * n_test) / n_test
                numbers = dict.fromkeys(ROWS, 0.0) | {
                    "error": error,
                    "log_loss": 3 * error,
                    "brier_score": 2 * error,
                }
                said = {"seed": each, "diverged": False, "configuration": configuration(part)}
                rows.append(
                    numbers | first | trained | said | {"versions": "softmax-alternatives 1.0.0", "wrong": ""}
                )
    pd.DataFrame(rows)[[*ROWS]].to_csv(folder / f"{series.name}.csv", index=False)
    pd.DataFrame(search)[[*SEARCH]].to_csv(folder / f"{series.name}-search.csv", index=False)
