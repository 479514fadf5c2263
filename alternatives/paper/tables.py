"""The tables of a series: what its search tried, and a row for every network that was measured.

They are CSV files in the folder data/replication, which are also what a series goes on from: what has a row
isn't computed again. A row's `configuration` is the link of its comparison, or of another such value. Where
a row was made with the versions of the row above, its `versions` are left empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from alternatives.datasets.dataset import DATA
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.experiments.tuning import CRITERIA, Trial, Tuning
from alternatives.heads import Floats, Integers
from alternatives.measures import TEMPERATURE_SCALED
from alternatives.state import Linked
from alternatives.sweeps import Table
from alternatives.versions import versions
from alternatives.writing import whole_file

Value = TypeVar("Value", bound=Linked)

FOLDER = DATA / "replication"

VERSIONS = "versions"

MEASURED = (
    *("log loss", "Brier score", "confidence minus accuracy", "calibration loss", "refinement loss"),
    *("calibration error", "gradient magnitude"),
)
"""Measures of a row, beside the error."""

ROWS = (
    *("experiment", "dataset", "head", "seed", "error"),
    *(name.lower().replace(" ", "_") for name in MEASURED),
    *("log_loss_temperature_scaled", "diverged", "form", "learning_rate", "epochs", "weight_decay"),
    *("seconds", "configuration", VERSIONS, "wrong"),
)
"""Columns of a row, which is a network. `form` is the head with its parameters; `seconds` are of one core.

`wrong` has the places of wrong samples in a published test set, as `written_places` writes them: from these
follows how much a difference depends on the test samples. Of other test sets it is `NOT_RECORDED`.
"""
NOT_RECORDED = "-"

SEARCH = (
    *("experiment", "dataset", "head", "trial", "form", "weight_decay", "learning_rate", "splits", "epochs"),
    *("error", "log_loss", "brier_score", "chosen", "configuration"),
)
"""Columns of what was searched: a row for every setting. `epochs` is its best number by the criterion, and
the three measures are means over the validation sets of so many splits after these epochs."""


def configuration(comparison: Linked) -> str:
    """A comparison as the text of a link: whatever isn't at its default."""
    return urlencode(comparison.to_link())


def value_of(text: str, of: type[Value]) -> Value:
    """The value of a `configuration`; ValueError where it has settings that there aren't."""
    value, problems = of.from_link(dict(parse_qsl(text)))
    if problems:
        raise ValueError(f"a configuration must be the link of a {of.noun}: {'; '.join(problems)}")
    return value


def comparison_of(text: str) -> Comparison:
    """The same of a comparison."""
    return value_of(text, Comparison)


class RowTable(Table):
    """The rows of a series, as CSV."""

    key_column = "configuration"

    def __init__(self, path: Path, columns: Sequence[str] = ROWS) -> None:
        super().__init__(path)
        self.columns = columns

    def key(self, comparison: Linked) -> str:
        return configuration(comparison)

    def finish(self, comparisons: Iterable[Linked]) -> pd.DataFrame:
        frame = super().finish(comparisons)
        return frame if len(frame) else frame.reindex(columns=[*self.columns])

    def read(self) -> pd.DataFrame:
        """What the file has; no rows where there is none. Columns that an older file lacks are empty."""
        if not self.path.exists():
            return pd.DataFrame(columns=[*self.columns])
        frame = self._read(self.path)
        return frame.reindex(columns=[*dict.fromkeys((*frame.columns, *self.columns))])

    def write(self, frame: pd.DataFrame) -> None:
        frame = frame.reindex(columns=[*self.columns])
        if VERSIONS in frame:  # they are a quarter of a row
            frame[VERSIONS] = frame[VERSIONS].mask(frame[VERSIONS] == frame[VERSIONS].shift())
        with whole_file(self.path, "utf-8") as stream:
            frame.to_csv(stream, index=False, lineterminator="\n")

    def _read(self, path: Path) -> pd.DataFrame:
        frame = super()._read(path)
        if VERSIONS in frame:
            frame[VERSIONS] = frame[VERSIONS].ffill()
        return frame


class SearchTable(RowTable):
    """The trials of a series, as CSV."""

    row = ("head", "trial")

    def __init__(self, path: Path, columns: Sequence[str] = SEARCH) -> None:
        super().__init__(path, columns)


def tables(
    folder: Path, series: str, search: Sequence[str] = SEARCH, rows: Sequence[str] = ROWS
) -> tuple[SearchTable, RowTable]:
    """The two tables of a series, with these columns."""
    return SearchTable(folder / f"{series}-search.csv", search), RowTable(folder / f"{series}.csv", rows)


def of_search(comparison: Comparison, tuning: Tuning) -> pd.DataFrame:
    """What was tried for the head of a comparison, with the columns of `SEARCH` but the first two."""
    (trials,), (winner,), (job,) = tuning.trials, tuning.winners, tuning.jobs
    rows = []
    for number, trial in enumerate(trials):
        n_epochs = tuning.search.epoch(trial.losses)
        rows.append(
            {
                "head": comparison.heads[0].name,
                "trial": number,
                "form": str(trial.job.variant.head),
                "weight_decay": _decay(comparison, trial),
                "learning_rate": trial.job.learning_rate,
                "splits": trial.n_splits,
                "epochs": n_epochs,
                **{
                    criterion.lower().replace(" ", "_"): float(f"{trial.mean(criterion)[n_epochs - 1]:.6g}")
                    for criterion in CRITERIA
                },
                "chosen": trial is winner,
            }
        )
    assert job.n_epochs == tuning.search.epoch(winner.losses)
    return pd.DataFrame(rows).assign(configuration=configuration(comparison))


def _decay(comparison: Comparison, trial: Trial) -> float:
    own = trial.job.variant.weight_decay
    return float(comparison.weight_decay or 0.0) if own is None else own


class Trained(NamedTuple):
    """How the networks of a comparison of one head were trained."""

    form: str
    learning_rate: float
    n_epochs: int
    seconds: float
    diverged: NDArray[np.bool_]
    """(n_seeds,)"""


def of_run(comparison: Comparison) -> pd.DataFrame:
    """Train and measure a comparison of one head: its rows, with the columns of `ROWS` but the first two."""
    results = comparison.run(n_jobs=1)
    (rate,), (n_epochs,), (seconds,) = results.learning_rates, results.n_epochs, results.seconds
    trained = Trained(str(results.heads[0]), rate, n_epochs, seconds, results.diverged[0])
    values = {name: own[0] for name, own in results.values.items()}
    return of_networks(comparison, trained, values, wrong_of(results))


def of_networks(
    comparison: Comparison, trained: Trained, values: Mapping[str, Floats], wrong: Sequence[str]
) -> pd.DataFrame:
    """The rows of networks with these measures (n_seeds,), by name; NaN where there is none."""
    none = np.full(comparison.n_seeds, np.nan)
    columns: dict[str, Any] = {
        "head": comparison.heads[0].name,
        "seed": comparison.seeds,
        "error": 1 - values["accuracy"],
        **{name.lower().replace(" ", "_"): values.get(name, none) for name in MEASURED},
        "log_loss_temperature_scaled": values.get(f"log loss{TEMPERATURE_SCALED}", none),
        "diverged": trained.diverged,
        "form": trained.form,
        "learning_rate": trained.learning_rate,
        "epochs": trained.n_epochs,
        "weight_decay": comparison.weight_decay,
        "seconds": round(float(trained.seconds), 3),
        "configuration": configuration(comparison),
        VERSIONS: made_with(),
        "wrong": wrong,
    }
    return pd.DataFrame(columns, index=np.arange(comparison.n_seeds))


def wrong_of(results: ComparisonResults) -> list[str]:
    """The column `wrong`. Where there are several seeds, results have the predictions of one alone."""
    comparison, kept = results.experiment, results.predictions
    known = comparison.n_seeds == 1 and comparison.test_set == "published" and not results.diverged.any()
    if kept is None or not known or kept.n_samples < kept.n_test:
        return [NOT_RECORDED] * comparison.n_seeds
    return [written_places(kept.places[kept.wrong[0]])]


def written_places(places: Integers) -> str:
    """Places in order, each as its distance from the one before in base 36: "[1a 4 z]"."""
    return f"[{' '.join(np.base_repr(step, 36).lower() for step in np.diff(places, prepend=0).tolist())}]"


def read_places(text: str) -> Integers:
    """The places that `written_places` wrote."""
    return np.cumsum([int(step, 36) for step in text.strip("[]").split()], dtype=np.int64)


def made_with() -> str:
    """Versions and the kind of processor: where these are the same, numbers are, to the last bit."""
    libraries = threadpool_info()
    kinds = sorted({str(each["architecture"]) for each in libraries if "architecture" in each})
    found = versions() | ({"processor": "/".join(kinds)} if kinds else {})
    return ", ".join(f"{name} {version}" for name, version in found.items())
