"""A table understood: its class, its features, and what is left out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.tables import report
from alternatives.tables.bounds import OWN_MACHINE, Bounds
from alternatives.tables.class_column import class_column
from alternatives.tables.classes import FEWEST, classes_of, in_order, without_rare
from alternatives.tables.columns import Cells, Kind, all_cells, of_rows
from alternatives.tables.decisions import Decisions
from alternatives.tables.left_out import gives_class_away, might_be_an_id, tells_nothing
from alternatives.tables.table import BadTable, Table

MOST_CATEGORIES = 100
"""Of a column; the rarest beyond it count as one. The same on every server, as a link's numbers are."""


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

    `n_samples`, `n_features` and `n_classes` count the table as it is, before anything is left out or put
    together: all rows that have a class, all columns but the class, all classes.
    """

    table: Table
    decisions: Decisions
    target: Column
    target_because: str
    """How the class's column was found, as the end of a sentence: "it is the last column"."""
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

    BadTable, with a sentence, where it can't be used: no column could be the class, the class is a quantity,
    fewer than two classes are left, no feature is left, a decision names no column.
    """
    decisions = decisions or Decisions()
    columns = all_cells(table, decisions)
    for number in (*decisions.out, *decisions.taken, *decisions.kinds):
        if number > len(columns):
            raise BadTable(f"The table has no column {number:,}: its columns are 1 to {len(columns):,}.")
    found = class_column(table, columns, decisions, target, bounds)
    if target not in (None, ""):
        decisions = replace(decisions, target=found.cells.number)

    classes = classes_of(found.cells, table.class_names if found.cells.name == table.target else ())
    kept = without_rare(classes, decisions.rare)
    others = [cells for cells in columns if cells is not found.cells]
    described, features = [], {}
    rows = kept.targets >= 0
    for cells in others:
        column, values = _understood(cells, classes.targets, len(classes.names), decisions, table)
        described.append(column)
        if column.is_used:
            features[cells.name] = (
                values[rows] if isinstance(values, np.ndarray) else values.take(np.flatnonzero(rows))
            )
    sizes = {name: int(size) for name, size in zip(classes.names, classes.sizes, strict=True)}
    if len(kept.names) < 2:
        how_many = report.count(len(kept.names), "such class") if kept.names else "no such class"
        raise BadTable(
            f"At least two classes with {FEWEST} or more samples are needed, and the class, "
            f"“{found.cells.name}”, has {how_many}: "
            f"{report.sizes_in_words(sizes)}."
        )
    if not features:
        why = next(
            (f": “{each.name}”, for example, because {each.why}" for each in described if each.why), ""
        )
        raise BadTable(f"No column is left to learn from{why}. Use a column that was left out.")
    understood = Understood(
        table=table,
        decisions=decisions,
        target=_described(found.cells, "category", False, ""),
        target_because=found.because,
        columns=tuple(described),
        n_samples=int(np.count_nonzero(classes.targets >= 0)),
        n_features=len(others),
        n_classes=len(classes.names),
        n_without_label=int(np.count_nonzero(classes.targets < 0)),
        sizes=sizes,
        rare=tuple(name for name, size in sizes.items() if size < FEWEST),
        notes=(),
        features=pd.DataFrame(features),
        targets=kept.targets[rows],
        class_names=kept.names,
    )
    return replace(understood, notes=report.notes(understood, kept.together))


def _understood(
    cells: Cells,
    targets: NDArray[np.int64],
    n_classes: int,
    decisions: Decisions,
    table: Table,
) -> tuple[Column, Any]:
    """What a column is, and its values as a feature. An image keeps all its pixels, even empty ones."""
    column = cells
    # Rows without a class aren't learnt from: a row number must not pass as a measurement with gaps there.
    has_class = targets >= 0
    cells, targets = of_rows(column, has_class), targets[has_class]
    why = "" if table.is_image else tells_nothing(cells, len(targets), table.has_header)
    if not why and not table.is_image and gives_class_away(cells, targets, n_classes):
        why = "it gives the class away: each class has one value of its own here"
    if cells.number in decisions.out:
        return _described(cells, cells.kind, False, "you left it out"), None
    if why and cells.is_text and cells.remark:  # the doubt about dates is why they are texts
        why = f"{why}, and {cells.remark}"
    if why and cells.number not in decisions.taken:
        return _described(cells, cells.kind, False, why), None
    kind: Kind = "category" if cells.kind == "text" else cells.kind
    if not why and kind == "category" and not cells.n_missing and _are_all_rare(cells):
        why = f"none of its texts comes {FEWEST} times, so they would all count as one"
        if cells.number not in decisions.taken:
            return _described(cells, kind, False, why), None
    if not why and not table.is_image and might_be_an_id(cells):
        why = "every row has another whole number here: leave it out if it is an id"
    if column.numbers is not None:
        return _described(cells, kind, True, why or cells.remark), column.numbers
    values, remark = _categories(column, MOST_CATEGORIES)
    return _described(cells, kind, True, why or ", and ".join(filter(None, (remark, cells.remark)))), values


def _are_all_rare(cells: Cells) -> bool:
    """Whether every category has so few samples that it would be put together with all others."""
    assert cells.codes is not None
    return bool(np.bincount(cells.codes).max() < FEWEST)


def _described(cells: Cells, kind: Kind, is_used: bool, why: str) -> Column:
    return Column(cells.number, cells.name, kind, is_used, why, cells.n_missing, cells.n_values)


def _categories(cells: Cells, most: int) -> tuple[pd.Categorical, str]:
    """The cells as categories in a fixed order, at most so many: the rarest become one."""
    assert cells.codes is not None
    values, codes, remark = list(cells.values), cells.codes, ""
    if len(values) > most:
        sizes = np.bincount(codes[codes >= 0], minlength=len(values))
        common = np.sort(np.argsort(-sizes, kind="stable")[: most - 1])
        new = np.full(len(values) + 1, len(common), dtype=np.intp)
        new[common], new[-1] = np.arange(len(common)), -1
        remark = (
            f"it has {len(values):,} different texts: the {len(values) - len(common):,} rarest count as one"
        )
        values = [values[k] for k in common]
        other = next(
            name
            for n in range(len(values) + 1)
            if (name := f"other{f' ({n + 1})' if n else ''}") not in values
        )
        values, codes = [*values, other], new[codes]
    order = in_order(values)
    place = {value: k for k, value in enumerate(order)}
    ordered = np.array([*(place[value] for value in values), -1], dtype=np.intp)
    return pd.Categorical.from_codes(ordered[codes], categories=pd.Index(order, dtype=object)), remark
