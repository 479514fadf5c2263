"""How a series is run: its search, then the networks that the search chose, into its two tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from alternatives.paper.procedure import Classifiers, Procedure
from alternatives.paper.series import SERIES, Selected, Series
from alternatives.paper.tables import RowTable, SearchTable, configuration, tables
from alternatives.state import Linked
from alternatives.sweeps import run

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
        procedure = self.series.procedure
        return tables(self.folder, self.series.name, procedure.search, procedure.rows)

    def run(
        self, n_jobs: int | None = None, watch: Watch = lambda step, done, of: None
    ) -> tuple[pd.DataFrame, dict[Any, str]]:
        """Search, then train what was chosen; what the tables have is neither computed nor counted again.

        Returns the networks of the series, as its procedure says what they are, and why some searches or
        networks aren't there. A series that was stopped goes on: what was done is kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        search, rows = self.tables
        of = self.series.procedure, self.series.name, self.series.dataset
        tried, failed = run(
            self.selected, search, n_jobs, watch=partial(watch, "search"), work=partial(searched, *of)
        )
        chosen = Selected(tuple(self.chosen(tried)))
        found, more = run(chosen, rows, n_jobs, watch=partial(watch, "networks"), work=partial(trained, *of))
        return found, failed | more

    def chosen(self, tried: pd.DataFrame) -> list[Any]:
        """The comparisons that train what the search chose, each with the seeds of one go."""
        own = map(configuration, self.selected.comparisons())
        winners = tried[tried["chosen"].astype(bool) & tried["configuration"].isin([*own])]
        procedure = self.series.procedure
        found: list[Any] = []
        for row in winners.to_dict("records"):
            whole = procedure.as_chosen(procedure.value(row["configuration"]), row)
            found += procedure.in_parts(whole, self.series.seeds_at_a_time)
        return found


def searched(procedure: Procedure[Any], experiment: str, dataset: str, value: Linked) -> pd.DataFrame:
    """What was tried for a value, with the columns of the procedure's `search`. No test set is there."""
    return _named(procedure.searched(value), experiment, dataset, value)


def trained(procedure: Procedure[Any], experiment: str, dataset: str, value: Linked) -> pd.DataFrame:
    """The networks of a value in which nothing is chosen, with the columns of the procedure's `rows`."""
    return _named(procedure.trained(value), experiment, dataset, value)


def _named(frame: pd.DataFrame, experiment: str, dataset: str, value: Any) -> pd.DataFrame:
    frame.insert(0, "dataset", dataset or value.dataset.name)
    frame.insert(0, "experiment", experiment)
    return frame


def recomputed(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows computed again, each by its configuration; times and versions are today's."""
    found = []
    for text in dict.fromkeys(rows["configuration"]):
        own = rows[rows["configuration"] == text]
        first = own.iloc[0]
        series = SERIES.get(first["experiment"])
        procedure = series.procedure if series else Classifiers()
        again = trained(procedure, first["experiment"], first["dataset"], procedure.value(text))
        found.append(again.set_index("seed").loc[own["seed"]].reset_index().reindex(columns=rows.columns))
    return pd.concat(found, ignore_index=True)


def quickest(rows: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """The rows whose configurations took least time in training, so many seconds in all."""
    took = rows.groupby("configuration", sort=False)["seconds"].sum().sort_values(kind="stable")
    return rows[rows["configuration"].isin(took.index[took.cumsum() <= seconds])]
