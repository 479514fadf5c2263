"""How a series is run: its search, then the networks that the search chose, into its two tables."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from alternatives.paper.series import SERIES, Measured, Selected, Series
from alternatives.paper.tables import (
    RowTable,
    SearchTable,
    comparison_of,
    configuration,
    of_run,
    of_search,
    tables,
)
from alternatives.sweeps import run

OF_SEARCH = ("max_epochs", "head_parameters", "criterion", "n_settings")
"""Fields of a comparison that say how its tuning searches."""

Watch = Callable[[str, int, int], None]
"""Called with the name of a step, the number of its comparisons that are done, and of all."""


@dataclass(frozen=True)
class Replication:
    """Some heads and data sets of a series, and the folder of its tables."""

    series: Series
    selected: Selected
    folder: Path

    @classmethod
    def of(
        cls, series: Series, folder: Path, heads: Iterable[str] = (), datasets: Iterable[str] = ()
    ) -> "Replication":
        """What some heads and data sets of a series need; all where none are named."""
        return cls(series, series.only(heads, datasets), folder)

    @property
    def tables(self) -> tuple[SearchTable, RowTable]:
        """What was searched, and the networks."""
        return tables(self.folder, self.series.name)

    def run(
        self, n_jobs: int | None = None, watch: Watch = lambda step, done, of: None
    ) -> tuple[pd.DataFrame, dict[Comparison, str]]:
        """Search, then train what was chosen; what the tables have is neither computed nor counted again.

        Returns the networks of the series, with the columns of `ROWS`, and why some searches or networks
        aren't there. A series that was stopped goes on: what was done is kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        search, rows = self.tables
        of = self.series.name, self.series.dataset
        tried, failed = run(
            self.selected, search, n_jobs, watch=partial(watch, "search"), work=partial(searched, *of)
        )
        chosen = Selected(tuple(self.chosen(tried)))
        found, more = run(
            chosen,
            rows,
            n_jobs,
            watch=partial(watch, "networks"),
            work=partial(trained, *of, self.series.measured),
        )
        return found, failed | more

    def chosen(self, tried: pd.DataFrame) -> list[Comparison]:
        """The comparisons that train what the search chose, each with the seeds of one go."""
        own = map(configuration, self.selected.comparisons())
        winners = tried[tried["chosen"].astype(bool) & tried["configuration"].isin([*own])]
        found = []
        for row in winners.to_dict("records"):
            found += as_chosen(comparison_of(row["configuration"]), row, self.series.seeds_at_a_time)
        return found


def as_chosen(comparison: Comparison, row: Mapping[Any, Any], seeds_at_a_time: int) -> list[Comparison]:
    """A comparison in which nothing is left to choose, in parts of so many seeds."""
    default = Comparison()
    nothing_to_choose = comparison.replace(
        heads=(HEADS.parse(str(row["form"])),),
        learning_rate=row["learning_rate"],
        n_epochs=row["epochs"],
        weight_decay=row["weight_decay"],
        **{name: getattr(default, name) for name in OF_SEARCH},
    )
    return [
        nothing_to_choose.replace(
            first_seed=first, n_seeds=min(seeds_at_a_time, comparison.seeds.stop - first)
        )
        for first in comparison.seeds[::seeds_at_a_time]
    ]


def searched(experiment: str, dataset: str, comparison: Comparison) -> pd.DataFrame:
    """Tune the head of a comparison: what was tried, with the columns of `SEARCH`. No test set is there."""
    tuning = comparison.tune(n_jobs=1)
    assert tuning is not None, "a search has something to choose"
    return _named(of_search(comparison, tuning), experiment, dataset, comparison)


def trained(experiment: str, dataset: str, measured: Measured, comparison: Comparison) -> pd.DataFrame:
    """Train and measure a comparison in which nothing is chosen: its networks, with the columns of `ROWS`."""
    assert comparison.tune() is None, "what is measured on the test set chooses nothing"
    return _named(measured(comparison), experiment, dataset, comparison)


def _named(frame: pd.DataFrame, experiment: str, dataset: str, comparison: Comparison) -> pd.DataFrame:
    frame.insert(0, "dataset", dataset or comparison.dataset.name)
    frame.insert(0, "experiment", experiment)
    return frame


def recomputed(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows computed again, each by its configuration; times and versions are today's."""
    found = []
    for text in dict.fromkeys(rows["configuration"]):
        own = rows[rows["configuration"] == text]
        first = own.iloc[0]
        series = SERIES.get(first["experiment"])
        measured = series.measured if series else of_run
        again = trained(first["experiment"], first["dataset"], measured, comparison_of(text))
        found.append(again.set_index("seed").loc[own["seed"]].reset_index()[rows.columns])
    return pd.concat(found, ignore_index=True)


def quickest(rows: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """The rows whose configurations took least time in training, so many seconds in all."""
    took = rows.groupby("configuration", sort=False)["seconds"].sum().sort_values(kind="stable")
    return rows[rows["configuration"].isin(took.index[took.cumsum() <= seconds])]
