"""The cells of one column, and what kind of column they make: numbers, categories, dates or free text."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from alternatives.tables import cells as cell_texts
from alternatives.tables.dates import days
from alternatives.tables.decisions import Decisions
from alternatives.tables.table import BadTable, Table
from alternatives.wording import spelled, typed

Kind = Literal["number", "category", "date", "text"]

MAX_SIZE = 1e30
"""Largest absolute value: its square is finite, and so is its float32 after scaling."""

MOST_PLAIN_TEXTS = 50
"""A column with no more different texts is a category; with more it is one if they come again and again."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one column. Numbers and dates have `numbers`; texts, dates too, `codes` and `values`."""

    number: int
    name: str
    kind: Kind
    numbers: NDArray[np.float64] | None
    """NaN where a cell is missing; days since 1970 for dates."""
    codes: NDArray[np.intp] | None
    """Which of the values each cell has, -1 where it is missing."""
    values: tuple[str, ...]
    """Different texts, in the order in which they first come."""
    n_missing: int
    n_values: int
    remark: str = ""
    """What to bear in mind, a sentence without its full stop."""

    @property
    def n_present(self) -> int:
        """Cells that aren't missing."""
        column = self.numbers if self.codes is None else self.codes
        assert column is not None
        return len(column) - self.n_missing

    @property
    def present(self) -> NDArray[np.float64]:
        """The numbers that aren't missing."""
        assert self.numbers is not None
        return self.numbers[~np.isnan(self.numbers)]

    @property
    def is_text(self) -> bool:
        """Whether the file has texts here, dates too."""
        return self.codes is not None

    @property
    def is_whole(self) -> bool:
        """Whether these are numbers, all of them whole and so small that they are exact."""
        if self.is_text:
            return False
        present = self.present
        return bool(np.all(present == np.rint(present)) and np.all(np.abs(present) < 2**53))


def of_rows(cells: Cells, rows: NDArray[np.bool_]) -> Cells:
    """The cells of some rows only. Its kind stays that of the whole column."""
    if rows.all():
        return cells
    numbers, codes, values = cells.numbers, cells.codes, cells.values
    if codes is not None:
        codes = codes[rows]
        left = np.unique(codes[codes >= 0])
        place = np.full(len(values) + 1, -1, dtype=np.intp)
        place[left] = np.arange(len(left))
        codes, values = place[codes], tuple(values[k] for k in left)
    if numbers is not None:
        numbers = numbers[rows]
        n_missing = int(np.count_nonzero(np.isnan(numbers)))
        n_values = len(pd.unique(numbers)) - bool(n_missing)
    else:
        assert codes is not None
        n_missing, n_values = int(np.count_nonzero(codes < 0)), len(values)
    return replace(cells, numbers=numbers, codes=codes, values=values, n_missing=n_missing, n_values=n_values)


def all_cells(table: Table, decisions: Decisions) -> list[Cells]:
    """The cells of every column. BadTable where a column can't be of the kind that was decided."""
    return [
        _cells(k + 1, str(name), table.frame.iloc[:, k], decisions)
        for k, name in enumerate(table.frame.columns)
    ]


def is_as_guessed(table: Table, decisions: Decisions, number: int) -> bool:
    """Whether a column would be the same if nobody had said of what kind it is."""
    name, column = str(table.frame.columns[number - 1]), table.frame.iloc[:, number - 1]
    kinds = {k: kind for k, kind in decisions.kinds.items() if k != number}
    try:
        decided = _cells(number, name, column, decisions)
    except BadTable:
        return False
    guessed = _cells(number, name, column, replace(decisions, kinds=kinds))
    return (
        (decided.kind, decided.values) == (guessed.kind, guessed.values)
        and _are_equal(decided.numbers, guessed.numbers)
        and _are_equal(decided.codes, guessed.codes)
    )


def _are_equal(first: NDArray[Any] | None, second: NDArray[Any] | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")


def _cells(number: int, name: str, column: "pd.Series[Any]", decisions: Decisions) -> Cells:
    told = decisions.kinds.get(number, "")
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = _without(column.to_numpy(np.float64), decisions.missing)
        make = {"category": _categories_of_numbers, "date": _dates_of_numbers}.get(told, _numbers)
        return make(number, name, numbers)
    codes, found = pd.factorize(column.to_numpy(object))
    values = tuple(map(str, found))
    codes, left = _without_texts(codes.astype(np.intp), values, decisions.missing)
    were_gaps, values = len(left) < len(values), left
    if told == "number":
        return _numbers_of_texts(number, name, codes, cell_texts.numbers_among(values))
    if not told and were_gaps and values:  # without them it may be a column of numbers
        found = cell_texts.typed(pa.array(values, pa.string())).values
        if found.dtype == np.float64:
            return _numbers(number, name, np.append(found, np.nan)[codes])
    return _texts(number, name, codes, values, told)


def _numbers(number: int, name: str, numbers: NDArray[np.float64], remark: str = "") -> Cells:
    # A column that was empty, or a single huge number, is no reason to refuse the others.
    too_large = np.abs(numbers) > MAX_SIZE
    n_too_large = int(np.count_nonzero(too_large))
    if n_too_large:
        numbers = np.where(too_large, np.nan, numbers)
        were = "number is" if n_too_large == 1 else "numbers are"
        remark = f"{n_too_large:,} {were} larger than {spelled(MAX_SIZE)} and counted as missing"
    n_missing = int(np.count_nonzero(np.isnan(numbers)))
    n_values = len(pd.unique(numbers)) - bool(n_missing)
    return Cells(number, name, "number", numbers, None, (), n_missing, n_values, remark)


def _categories_of_numbers(number: int, name: str, numbers: NDArray[np.float64]) -> Cells:
    codes, values = pd.factorize(numbers + 0.0, sort=True)  # -0.0 is 0
    texts = tuple(typed(value) for value in values)
    return _of_texts(number, name, "category", codes.astype(np.intp), texts)


def _dates_of_numbers(number: int, name: str, numbers: NDArray[np.float64]) -> Cells:
    """Dates such as 20240229."""
    cells = _categories_of_numbers(number, name, numbers)
    found = days(tuple(f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in cells.values))
    if found is None:
        raise BadTable(_no_dates(cells, "A column of numbers is one of dates if they look like 20240229"))
    return _dated(cells, found.days)


def _numbers_of_texts(
    number: int, name: str, codes: NDArray[np.intp], as_number: NDArray[np.float64]
) -> Cells:
    if not np.isfinite(as_number).any():
        raise BadTable(f"Column {number}, “{name}”, can't be read as numbers: none of its texts is one.")
    numbers = np.append(as_number, np.nan)[codes]
    others = int(np.count_nonzero((codes >= 0) & np.isnan(numbers)))
    texts = "text that is no number is" if others == 1 else "texts that are no numbers are"
    return _numbers(number, name, numbers, f"{others:,} {texts} counted as missing" if others else "")


def _texts(number: int, name: str, codes: NDArray[np.intp], values: tuple[str, ...], told: str) -> Cells:
    cells = _of_texts(number, name, "category", codes, values)
    if told == "category":
        return cells
    found = days(values, even_if_ambiguous=told == "date")
    if found is None and "None" in values:  # among dates it is a gap
        some_codes, some_values = _without_texts(codes, values, ("None",))
        if days(some_values) is not None:
            return _texts(number, name, some_codes, some_values, told)
    if found is not None and (told == "date" or not found.ambiguous):
        return _dated(cells, found.days, found.remark if told == "date" else "")
    if told == "date":
        raise BadTable(_no_dates(cells, "Dates look like 2024-02-29, 29.2.2024 or 29 Feb 2024"))
    remark = found.remark if found is not None else ""
    kind: Kind = "text" if _is_free(cells) else "category"
    return _of_texts(number, name, kind, codes, values, remark)


def _is_free(cells: Cells) -> bool:
    """Whether most texts come only once, or they are whole phrases that seldom come again."""
    if cells.n_values > max(20, cells.n_present / 2):
        return True
    if cells.n_values <= MOST_PLAIN_TEXTS:
        return False
    words = np.mean([1 + text.count(" ") for text in cells.values])
    return bool(words >= 4 and cells.n_values > cells.n_present / 10)


def _no_dates(cells: Cells, allowed: str) -> str:
    return f"Column {cells.number}, “{cells.name}”, can't be read as dates. {allowed}."


def _dated(cells: Cells, by_value: NDArray[np.float64], remark: str = "") -> Cells:
    numbers = np.append(by_value, np.nan)[cells.codes]
    n_values = len(np.unique(by_value))
    return Cells(
        cells.number,
        cells.name,
        "date",
        numbers,
        cells.codes,
        cells.values,
        cells.n_missing,
        n_values,
        remark,
    )


def _of_texts(
    number: int, name: str, kind: Kind, codes: NDArray[np.intp], values: tuple[str, ...], remark: str = ""
) -> Cells:
    n_missing = int(np.count_nonzero(codes < 0))
    return Cells(number, name, kind, None, codes, values, n_missing, len(values), remark)


def _without(numbers: NDArray[np.float64], missing: tuple[str, ...]) -> NDArray[np.float64]:
    """The numbers, those that mean a missing value as NaN."""
    gone = [cell_texts.numbers_among((text,))[0] for text in missing]
    return np.where(np.isin(numbers, gone), np.nan, numbers) if gone else numbers


def _without_texts(
    codes: NDArray[np.intp], values: tuple[str, ...], missing: tuple[str, ...]
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Codes and values without the texts that mean a missing value."""
    kept = [k for k, value in enumerate(values) if value.strip() not in missing]
    if len(kept) == len(values):
        return codes, values
    new = np.full(len(values) + 1, -1, dtype=np.intp)
    new[kept] = np.arange(len(kept))
    return new[codes], tuple(values[k] for k in kept)
