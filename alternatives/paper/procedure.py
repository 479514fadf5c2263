"""Procedures: how a kind of network is tuned, trained and measured, and what the tables have of it.

Most series compare classifiers, each described by a comparison. Whatever else is a frozen value that is its
own link can be the subject of a series, too, once a procedure says what is done with it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

import pandas as pd

from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from alternatives.paper.tables import ROWS, SEARCH, Value, of_run, of_search, value_of


class Procedure(ABC, Generic[Value]):
    """What is done with the values of a series. Worker processes get it."""

    of: type[Value]
    rows: ClassVar[tuple[str, ...]]
    """Columns of a row, which is a network."""
    search: ClassVar[tuple[str, ...]]
    """Columns of what was searched: a row for every setting."""
    exact: ClassVar[tuple[str, ...]]
    """Columns of a row that come out the same, to the last bit, on the same kind of machine."""
    tests_by_seed: bool = False
    """Whether each seed draws a test set of its own, whatever the value says of test sets."""

    def value(self, text: str) -> Value:
        """The value of a `configuration`; ValueError where it has settings that there aren't."""
        return value_of(text, self.of)

    @abstractmethod
    def searched(self, value: Value) -> pd.DataFrame:
        """Tune a value's head: what was tried, with the columns of `search` but experiment and dataset.

        No test set is there.
        """

    @abstractmethod
    def trained(self, value: Value) -> pd.DataFrame:
        """Train and measure a value in which nothing is chosen, with the columns of `rows` but these two."""

    @abstractmethod
    def as_chosen(self, value: Value, row: Mapping[Any, Any]) -> Value:
        """A value as a row of what was searched says, with nothing left to choose."""

    def in_parts(self, value: Value, seeds_at_a_time: int) -> Iterator[Value]:
        """The value for so many of its seeds at a time."""
        given: Any = value
        for first in given.seeds[::seeds_at_a_time]:
            n_seeds = min(seeds_at_a_time, given.seeds.stop - first)
            yield value.replace(first_seed=first, n_seeds=n_seeds)


@dataclass(frozen=True)
class Classifiers(Procedure[Comparison]):
    """Networks of a comparison of one head.

    Attributes
    ----------
    measured : callable
        Trains a comparison in which nothing is chosen, and gives its rows: by default those of its networks
        themselves. It is a module's, since workers import it.
    tests_by_seed : bool
        Whether that measures each seed's network on a test set that the seed draws.
    """

    measured: Callable[[Comparison], pd.DataFrame] = of_run
    tests_by_seed: bool = False

    of = Comparison
    rows, search = ROWS, SEARCH
    exact = ("error", "log_loss", "brier_score", "refinement_loss", "gradient_magnitude")

    OF_SEARCH = ("max_epochs", "head_parameters", "criterion", "n_settings")
    """Fields of a comparison that say how its tuning searches."""

    def searched(self, value: Comparison) -> pd.DataFrame:
        tuning = value.tune(n_jobs=1)
        assert tuning is not None, "a search has something to choose"
        return of_search(value, tuning)

    def trained(self, value: Comparison) -> pd.DataFrame:
        assert value.tune() is None, "what is measured on the test set chooses nothing"
        return self.measured(value)

    def as_chosen(self, value: Comparison, row: Mapping[Any, Any]) -> Comparison:
        default = Comparison()
        return value.replace(
            heads=(HEADS.parse(str(row["form"])),),
            learning_rate=row["learning_rate"],
            n_epochs=row["epochs"],
            weight_decay=row["weight_decay"],
            **{name: getattr(default, name) for name in self.OF_SEARCH},
        )
