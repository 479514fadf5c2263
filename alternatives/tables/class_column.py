"""Which column of a table is the class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.state.text import shortened
from alternatives.tables.bounds import Bounds
from alternatives.tables.classes import FEWEST
from alternatives.tables.columns import Cells
from alternatives.tables.decisions import Decisions
from alternatives.tables.left_out import tells_nothing, words
from alternatives.tables.table import BadTable, Table
from alternatives.wording import listed, typed

STRONG = ("target", "class", "label", "y", "outcome", "classification", "response")
"""Names of a class's column, those that say it most clearly first."""

CLEAR = (
    "species",
    "diagnosis",
    "survived",
    "cultivar",
    "variety",
    "sentiment",
    "churn",
    "churned",
    "spam",
    "fraud",
)
"""Names that are hardly those of features."""

VAGUE = (
    "quality",
    "category",
    "type",
    "result",
    "grade",
    "status",
    "genre",
    "disease",
    "kind",
    "decision",
    "group",
)
"""Names that features have too: they count in the first and last column, where a class is looked for."""

FILLERS = (
    "name",
    "names",
    "id",
    "code",
    "value",
    "attribute",
    "true",
    "is",
    "the",
    "actual",
    "column",
    "variable",
)
"""Words that may stand beside one of these anywhere: ``class_name``, ``true_label``."""

COUNTS = ("n", "num", "number", "count", "counts", "size", "sizes", "per")
"""Words that make a number of it: ``n_classes``, ``class_size``."""

FEW_NUMBERS = 20
MANY_NUMBERS = 100
"""So many different whole numbers are classes in any table, and so many where each comes often."""

LAST_IS_A_CLASS = 30
"""The last column is rather a feature if it has more different numbers, and the first is like a class."""

MOST_CLASSES_BESIDE_ONE = 10
"""The same if it has more than this, and most cells are the same, as in a picture's corner."""

MOST_GUESSED = 1_000
"""A column with more classes is guessed nowhere, whatever the bounds of a server are."""

FEW_BETWEEN = 4
"""Columns between the first and the last that can tell which of the two is like them."""

SEXES = ({"male", "female"}, {"m", "f"})

MOST_NAMES = 10
"""Columns that a sentence names."""


@dataclass(frozen=True)
class ClassColumn:
    """The column of the class, and how it was found, as the end of a sentence."""

    cells: Cells
    because: str


def class_column(
    table: Table, columns: list[Cells], decisions: Decisions, target: str | int | None, bounds: Bounds
) -> ClassColumn:
    """The column of the class: the one that was chosen, or the file or its header names, or a guess."""
    if len(columns) < 2:
        raise BadTable("A table needs at least two columns: a class, and a feature to learn from.")
    if not len(table.frame):
        raise BadTable("The table has no rows.")
    found = (
        _chosen(columns, target if target not in (None, "") else decisions.target)
        or _of_the_file(table, columns)
        or (_named(columns) if table.has_header else None)
        or _guessed(table, columns)
    )
    is_category = decisions.kinds.get(found.cells.number) == "category"
    problem = no_class(found.cells, is_category, chosen=found.because == CHOSEN)
    n = found.cells.n_values  # bounds only refuse: the same file has the same class under all of them
    if not problem and n > bounds.classes:
        problem = (
            f"it has {n:,} different values, and at most {bounds.classes:,} classes are allowed. {ANOTHER}."
        )
    if problem:
        raise BadTable(f"{_called(found.cells)} can't be the class: {problem}")
    return found


CHOSEN = "it was chosen"
ANOTHER = "Choose another column as the class, by its name or number"


def no_class(cells: Cells, is_category: bool = False, chosen: bool = False) -> str:
    """Why a column can't be the class, as sentences; empty if it can.

    Whole numbers are classes if they are few, such as grades, or come often; more than a hundred only if they
    count from 0 or 1 without a gap, as codes do. Any other column of numbers is a quantity.
    """
    n, rows = cells.n_values, cells.n_present
    if n < 2:
        return f"it {'has one value only' if n else 'is empty'}, and there must be two classes. {ANOTHER}."
    if not is_category and not cells.is_text:
        way_out = f"{ANOTHER}, or say that column {cells.number} is a category."
        quantity = "That is a quantity to estimate (regression), and here classes are learnt."
        if not cells.is_whole:
            present = cells.present
            example = present[np.argmax(present != np.rint(present))]
            return f"it has numbers that aren't whole, such as {typed(example)}. {quantity} {way_out}"
        if n > FEW_NUMBERS and (rows < FEWEST * n or (n > MANY_NUMBERS and not _counts(cells))):
            return f"it has {n:,} different numbers in {rows:,} rows. {quantity} {way_out}"
    elif not is_category and not chosen and cells.kind == "date":
        return f"it has dates. {ANOTHER}."
    elif n > FEW_NUMBERS and 2 * n > rows:
        return (
            f"it has {n:,} different values in {rows:,} rows, too few rows for each to learn from. {ANOTHER}."
        )
    return ""


def _counts(cells: Cells) -> bool:
    """Whether the numbers are 0, 1, 2, … or 1, 2, 3, …, each of them."""
    low, high = cells.present.min(), cells.present.max()
    return bool(cells.is_whole and low in (0, 1) and high - low + 1 == cells.n_values)


def _called(cells: Cells) -> str:
    return f"Column {cells.number}, “{cells.name}”,"


def _chosen(columns: list[Cells], target: str | int | None) -> ClassColumn | None:
    if target is None:
        return None
    by_name = {cells.name: cells for cells in columns}
    by_number = {str(cells.number): cells for cells in columns}
    text = str(target).strip()
    found = by_number.get(text) if not isinstance(target, str) else by_name.get(target) or by_name.get(text)
    if found is None and isinstance(target, str):
        alike = [cells for cells in columns if cells.name.casefold() == text.casefold()]
        found = alike[0] if len(alike) == 1 else by_number.get(text)
    if found is None:
        names = [*(f"“{cells.name}”" for cells in columns[:MOST_NAMES]), "…"][: len(columns)]
        raise BadTable(
            f"The table has no column {shortened(target)} for the class. Choose a column by its number, from "
            f"1 to {len(columns):,}, or by its name: {listed(names, 'or')}."
        )
    return ClassColumn(found, CHOSEN)


def _of_the_file(table: Table, columns: list[Cells]) -> ClassColumn | None:
    found = [cells for cells in columns if table.target and cells.name == table.target]
    return ClassColumn(found[0], "the file says so") if found else None


def _named(columns: list[Cells]) -> ClassColumn | None:
    """The column whose header says that it's the class."""
    ranked = [(rank, cells) for cells in columns if (rank := _rank(cells, columns)) is not None]
    ranked.sort(key=lambda each: each[0])
    usable = [cells for _, cells in ranked if _is_possible(cells)]
    # "target" is meant, even if it can't be used: then it's better to say why than to learn something else.
    meant = [cells for rank, cells in ranked if rank[0] == 0 and not (cells.is_text and cells.n_values > 1)]
    for cells in (*usable, *meant):
        return ClassColumn(cells, "its header says so")
    return None


def _rank(cells: Cells, columns: list[Cells]) -> tuple[int, int, int] | None:
    """How clearly a name says that its column is the class, the clearest lowest; None if it doesn't."""
    name = words(cells.name)
    last = cells is columns[-1]
    at_an_end = last or cells is columns[0]
    key = [_singular(word) for word in name]
    strong = [STRONG.index(word) for word in key if word in STRONG]
    if key == ["y"] and not at_an_end and any(words(other.name) == ["x"] for other in columns):
        return None  # a coordinate
    place = -cells.number  # of two the later, but the first column before those in the middle
    if len(key) == 1 and strong:
        return 0, strong[0], place
    if strong and "y" not in key and not {*key} & {*COUNTS}:
        others = [word for word in key if word not in (*STRONG, *FILLERS, *VAGUE) and not word.isdigit()]
        if not others or (at_an_end and (key[0] in STRONG or key[-1] in STRONG)):
            return 1, strong[0], place
    if len(key) == 1 and key[0] in CLEAR:
        return 2, 0, place
    if key and (key[-1] in (*CLEAR, *VAGUE) if last else at_an_end and key in ([word] for word in VAGUE)):
        return 3, 0 if last else 1, place
    return None


def _singular(word: str) -> str:
    return {"classes": "class", "targets": "target", "labels": "label", "categories": "category"}.get(
        word, word
    )


def _guessed(table: Table, columns: list[Cells]) -> ClassColumn:
    """The last column, or the first where that is more like a class; else the only one that could be it."""
    n_rows = len(table.frame)
    telling = [cells for cells in columns if not tells_nothing(cells, n_rows, table.has_header)] or columns
    first, last = telling[0], telling[-1]
    if _likely(last) and not (_likely(first) and _fits_better(first, last, telling)):
        where = "last column" if last is columns[-1] else "last column that could be it"
        return ClassColumn(last, f"it is the {where}")
    if _likely(first):
        where = "first column" if first is columns[0] else "first column that could be it"
        return ClassColumn(first, f"it is the {where}, and the last one is more like a feature")
    possible = [cells for cells in telling if _likely(cells)]
    texts = [cells for cells in possible if cells.is_text]
    if len(texts) == 1:
        return ClassColumn(texts[0], "it is the only column with few different texts")
    if len(possible) == 1:
        return ClassColumn(possible[0], "it is the only column that could be it")
    if possible:
        names = [f"“{cells.name}”" for cells in possible[:MOST_NAMES]]
        others = ["another column"] if len(possible) > MOST_NAMES else []
        raise BadTable(
            "Nothing says which column is the class. Choose it by its name or number: "
            f"it could be {listed([*names, *others], 'or')}."
        )
    return ClassColumn(last, "it is the last column")  # which is refused, with the reason


def _is_possible(cells: Cells) -> bool:
    return cells.n_values <= MOST_GUESSED and not no_class(cells)


def _likely(cells: Cells) -> bool:
    """Whether a column could be the class, and has at least two classes with enough samples."""
    return _is_possible(cells) and bool(np.sort(_sizes(cells))[-2] >= FEWEST)


def _sizes(cells: Cells) -> NDArray[np.intp]:
    """How often each value comes."""
    column = cells.present if cells.codes is None else cells.codes[cells.codes >= 0]
    return np.unique(column, return_counts=True)[1]


def _stands_out(first: Cells, last: Cells, columns: list[Cells]) -> bool:
    """Whether most columns have the last one's texts, and none has any of the first one's.

    So it is with votes, y and n, next to parties.
    """
    own, common = {*first.values}, {*last.values}
    between = [{*cells.values} for cells in columns if cells is not first and cells is not last]
    return (
        len(between) >= FEW_BETWEEN
        and not any(own & each for each in (*between, common))
        and {text.casefold() for text in own} not in SEXES
        and 2 * sum(each == common for each in between) > len(between)
        and words(first.name) not in (["sex"], ["gender"])
    )


def _fits_better(first: Cells, last: Cells, columns: list[Cells]) -> bool:
    """Whether the first column is more like a class than the last: texts, or few numbers from 0 or 1."""
    if first is not last and first.is_text and last.is_text:
        return _stands_out(first, last, columns)
    if first is last or last.is_text or words(first.name) in (["sex"], ["gender"]):
        return False
    if first.is_text:
        return not any(cells.is_text for cells in columns[1:])
    is_mostly_one = last.n_values > MOST_CLASSES_BESIDE_ONE and 2 * _sizes(last).max() > last.n_present
    most = last.n_values - 1 if is_mostly_one else LAST_IS_A_CLASS
    return _counts(first) and first.n_values <= most and (is_mostly_one or last.n_values > LAST_IS_A_CLASS)
