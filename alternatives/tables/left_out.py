"""Columns that tell nothing, or everything: row numbers and ids, constants, free text, the class again."""

import re

import numpy as np
from numpy.typing import NDArray

from alternatives.tables.columns import Cells

FEWEST_ROWS = 5
"""Fewer rows can be in any order by chance."""

IDS = re.compile(r"(?:.* )?(?:id|ids|uuid|guid)|id (?:number|no|nr|code)|userid|rowid|key|primary key")
"""Names of columns that tell rows apart, even if some rows share one."""

ROW_NAMES = re.compile(
    r"index|idx|#|no|nr|num|number|s ?no|sr ?no|serial(?: no| number)?"
    r"|rows?|row ?names?|row ?(?:number|no|nr|num)"
    r"|(?:sample|record|case|instance|observation|obs)(?: ?(?:no|nr|num|number|index))?"
)
"""Names of columns that number the rows, if every row has another value."""

NO_NAME = re.compile(r"(?:unnamed(?: \d+)*|index level \d+)?")
"""Names that pandas gives to columns without one: mostly those of row numbers, its index."""

MAYBE_NO_NAME = re.compile(r"level \d+")
"""Pandas gives this one too, but so may whoever measured the water in two wells."""

MOST_ROWS_OF_AN_ID = 5
"""With this many rows an id, it's rather a group of rows than a row."""

MOST_CODES = 20
"""With more different whole numbers, a column without a name is rather of row numbers than of codes."""

EXACT = 2**53
"""Whole numbers from here on may be rounded, so that rows seem to share an id."""

LARGEST_ID = 2**64
"""Ids have at most 64 bits; larger numbers are measurements."""


def tells_nothing(cells: Cells, n_rows: int, has_header: bool = True) -> str:
    """Why a column can't help, whatever the class is; empty if it may."""
    if not cells.n_values:
        return "it is empty"
    if cells.n_values == 1 and not cells.n_missing:  # a gap can tell something: it stays then
        return "it has the same value in every row"
    return row_number(cells, n_rows) or _identifier(cells, has_header) or _free_text(cells)


def row_number(cells: Cells, n_rows: int) -> str:
    """Why these numbers only count the rows."""
    if (
        cells.kind != "number"
        or cells.n_values != cells.n_present
        or cells.n_present < max(FEWEST_ROWS, 0.9 * n_rows)
    ):
        return ""
    present = cells.present
    steps = np.diff(present)
    size = float(np.abs(steps).mean())
    in_order = bool(np.all(steps > 0) or np.all(steps < 0))
    if in_order and np.all(np.abs(np.abs(steps) - size) <= 1e-6 * size):
        return "it only numbers the rows, in equal steps"
    if not cells.is_whole:
        return ""
    low, span = float(present.min()), float(np.ptp(present)) + 1
    if (in_order and span <= 2 * n_rows) or (low in (0, 1) and span <= n_rows):
        return "it only numbers the rows"
    return ""


def _identifier(cells: Cells, has_header: bool) -> str:
    if cells.n_present < FEWEST_ROWS:
        return ""
    all_different = cells.n_values == cells.n_present
    if cells.is_text and cells.kind != "date" and all_different:
        return "every row has another text, as ids and names have"
    if not has_header and cells.number == 1 and _are_large_and_different(cells):
        return "it comes first, and hardly any rows share one of its large whole numbers, as with ids"
    if has_header and (_are_whole(cells) or (cells.is_text and cells.kind != "date")):
        name = " ".join(words(cells.name))
        if IDS.fullmatch(name):
            if cells.n_values * MOST_ROWS_OF_AN_ID > cells.n_present:
                return "its name says that it is an id, and hardly any rows share one"
            if not cells.is_text and np.abs(cells.present).max() >= EXACT:
                return "its name says that it is an id, and its numbers are too large to be told apart"
        has_name = not NO_NAME.fullmatch(name)
        maybe_no_name = MAYBE_NO_NAME.fullmatch(name) or name == f"column {cells.number}"
        if all_different and (maybe_no_name or not has_name):
            return "it has no name and another value in every row, as row numbers have"
        if not cells.is_text and cells.n_values > MOST_CODES and (not has_name or cells.name == "column 1"):
            return "it has no name and many whole numbers, as row numbers have that come twice"
        if all_different and ROW_NAMES.fullmatch(name):
            return "its name says that it numbers the rows"
    return ""


def _are_large_and_different(cells: Cells) -> bool:
    """Whether these are whole numbers of four digits and more, far more than there are rows to have them."""
    if cells.n_present < 20 or not cells.is_whole or cells.n_values < 0.9 * cells.n_present:
        return False
    low, high = cells.present.min(), cells.present.max()
    return bool(low >= 1_000 and high - low >= 100 * cells.n_present)


def _free_text(cells: Cells) -> str:
    return "it is free text: most rows have another one" if cells.kind == "text" else ""


def might_be_an_id(cells: Cells) -> bool:
    """Whether every row has another whole number: ids do, and so do some measurements."""
    return cells.kind == "number" and cells.n_values == cells.n_present >= 20 and _are_whole(cells)


def _are_whole(cells: Cells) -> bool:
    """Whether these are whole numbers of at most 64 bits, as ids are, even if they aren't exact."""
    if cells.is_text:
        return False
    present = cells.present
    return bool(np.all(present == np.rint(present)) and np.all(np.abs(present) < LARGEST_ID))


def gives_class_away(cells: Cells, targets: NDArray[np.int64], n_classes: int) -> bool:
    """Whether each class has one value of its own here: the class again, under other names.

    `targets` has -1 where a row has no class.
    """
    if cells.kind == "date" or cells.n_values < n_classes:
        return False
    if cells.n_values > n_classes and np.all(targets >= 0):
        return False
    column = cells.numbers if cells.codes is None else cells.codes
    assert column is not None
    known = (targets >= 0) & (~np.isnan(column) if cells.codes is None else column >= 0)
    values, codes = np.unique(column[known], return_inverse=True)
    if len(values) != n_classes or np.count_nonzero(known) < 0.9 * np.count_nonzero(targets >= 0):
        return False
    # As many pairs as classes and as values: then each has one partner.
    return len(np.unique(codes * n_classes + targets[known])) == n_classes == len(np.unique(targets[known]))


def words(name: str) -> list[str]:
    """The words of a column's name in lower case: ``PassengerId`` is ``passenger_id`` is ``Passenger ID``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[:200])
    return re.sub(r"[^\w#]|_", " ", parted).casefold().split()
