"""A table understood: its class, its features, and what is left out."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.tables.bounds import OWN_MACHINE, Bounds
from alternatives.tables.decisions import Decisions
from alternatives.tables.table import Table

Kind = Literal["number", "category", "date", "text"]


@dataclass(frozen=True)
class Column:
    """What one column of a table is."""

    number: int
    """Its place in the table, from 1."""
    name: str
    kind: Kind
    is_used: bool
    """Whether it's a feature."""
    why: str
    """Why it's left out, or what to bear in mind: an empty text or a sentence without its full stop."""
    n_missing: int
    n_values: int
    """Different values, without the missing ones."""


@dataclass(frozen=True, eq=False)
class Understood:
    """A table, the decisions about it, and what follows from both.

    `n_samples`, `n_features` and `n_classes` count the table as it is: all rows that have a class, all columns but
    the class, all classes; before anything is left out or put together.
    """

    table: Table
    decisions: Decisions
    target: Column
    target_because: str
    """How the class's column was found, as the end of a sentence: "its header says so", "it is the last column"."""
    columns: tuple[Column, ...]
    """All columns but the class's, in the table's order."""
    n_samples: int
    n_features: int
    n_classes: int
    n_without_label: int
    """Rows that are left out because they have no class."""
    sizes: dict[str, int]
    """Samples by class, in the order of the classes, before rare ones are left out or put together."""
    rare: tuple[str, ...]
    """Classes with fewer than five samples."""
    notes: tuple[str, ...]
    """The report, a sentence each: how it was read, what was left out, what was counted."""

    # What is trained on.
    features: pd.DataFrame
    """The used columns, a row a sample that is used: numbers and dates (days since 1970) as float64 with NaN,
    categories as a pandas Categorical whose categories are those of the whole table, in a fixed order."""
    targets: NDArray[np.int64]
    """The class of each of these samples, from 0."""
    class_names: tuple[str, ...]
    """Numbers in their order, all else in alphabetical order; rare classes put together come last."""


def understand(
    table: Table,
    decisions: Decisions | None = None,
    target: str | int | None = None,
    bounds: Bounds = OWN_MACHINE,
) -> Understood:
    """Understand a table; `target`, a column's name or number from 1, counts before that of the decisions.

    BadTable, with a sentence, where it can't be used: no column could be the class, the class is a quantity, fewer than
    two classes are left, no feature is left, a decision names no column.
    """
    raise NotImplementedError
