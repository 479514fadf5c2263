"""Whether the first line of a table names its columns.

A line of texts above columns of numbers does. So does a line of numbers that can't be a sample: 0, 1, 2, … or
years above columns that hold nothing like them. Above columns of texts a header is a line of words that don't
come again.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alternatives.state.text import folded
from alternatives.tables.cells import PLAIN, is_missing, is_number, plain_numbers, typed

CLASS_NAMES = ("target", "class", "label", "y", "species", "category", "outcome", "diagnosis")
"""Names that people give the class: above others that differ from it, such a word is a header."""

FEW = 4
"""Columns of numbers that are fewer than this may be in order by chance."""

MOST_ROWS = 300
"""Rows below the first that are looked at."""


def first_is_header(columns: Sequence[pa.Array]) -> bool:
    """Whether the columns' first cells are their names; the columns are texts without blanks around them."""
    n_rows = len(columns[0])
    if n_rows < 2:
        return n_rows == 1 and not any(is_number(column[0].as_py()) for column in columns)
    first = [column[0].as_py() for column in columns]
    below = [_numbers(column.slice(1, MOST_ROWS)) for column in columns]
    numeric = [k for k, values in enumerate(below) if values is not None]
    texts = [k for k, values in enumerate(below) if values is None]
    if _names_a_class(first, columns):
        return True
    words = [k for k in numeric if not _is_any_number(first[k]) and not is_missing(first[k])]
    numbers = [k for k in numeric if _is_any_number(first[k])]
    words += [
        k for k in texts if _mostly_numbers(columns[k].slice(1, MOST_ROWS)) and not _is_any_number(first[k])
    ]
    if words and not numbers:
        return True
    if _are_numbered(first, columns):
        return True
    is_counted = _are_counted([text for k, text in enumerate(first) if k or text])
    if is_counted and any(not _comes_again(columns[k]) for k in texts):
        return True  # numbers that count the columns, above texts too
    if numbers:
        above = [_number(first[k]) for k in numbers]
        if _are_names(
            np.array(above), np.column_stack([values for k in numbers if (values := below[k]) is not None])
        ):
            return True
        # One word among many numbers is a cell that somebody filled in badly, not a header.
        named = [text for text in first if text]
        return len(words) > len(numbers) and len({*named}) == len(named)
    return _words_are_new(first, columns, texts)


def _numbers(column: pa.Array) -> NDArray[np.float64] | None:
    values = plain_numbers(column)
    if values is None and pc.any(pc.match_substring(column, ",")).as_py():
        found = typed(column).values
        values = found if found.dtype == np.float64 else None
    return values if values is not None and not np.isnan(values).all() else None


def _is_any_number(text: str) -> bool:
    return is_number(text) or ("," in text and typed(pa.array([text])).values.dtype == np.float64)


def _number(text: str) -> float:
    return float(typed(pa.array([text])).values[0]) if not is_number(text) else float(text)


def _are_names(above: NDArray[np.float64], below: NDArray[np.float64]) -> bool:
    """Whether numbers above columns name them: in order, as no row below is, and unlike those below."""
    if len(above) < 2:
        return False
    steps = np.diff(above)
    if not (steps > 0).all():
        return False
    with np.errstate(invalid="ignore"):
        in_order = (np.diff(below, axis=1) > 0).all(axis=1)
        consecutive = (np.diff(below, axis=1) == 1).all(axis=1)
        is_outside = (above < np.nanmin(below, axis=0)) | (above > np.nanmax(below, axis=0))
    are_counted = bool((steps == 1).all() and (above == np.rint(above)).all())
    if len(above) < FEW:
        looks_so = above[0] in (0, 1) or bool(_is_year(above).all() and not _is_year(below).all())
        return are_counted and looks_so and bool(is_outside.all()) and not consecutive.any()
    if are_counted and above[0] in (0, 1):
        return bool(not consecutive.any() and in_order.mean() < 0.5)
    return bool(is_outside.mean() > 0.9 and in_order.mean() < 0.05)


def _is_year(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (values >= 1900) & (values <= 2100)
    return found


def _are_counted(texts: Sequence[str]) -> bool:
    """Whether all texts are whole numbers, each one more than the one before."""
    if len(texts) < 3 or not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        return False
    return bool((np.diff([int(text) for text in texts]) == 1).all())


def _are_numbered(first: Sequence[str], columns: Sequence[pa.Array]) -> bool:
    """Whether the first cells are 0, 1, 2, … and can't be a sample, as pandas writes columns without names.

    They can't if the other rows are numbered and this one isn't, or if the others have decimals.
    """
    is_index = first[0] == ""
    numbered = [*first[is_index:]]
    if len(numbered) < 2 or not any(
        numbered == [f"{start + k}" for k in range(len(numbered))] for start in (0, 1)
    ):
        return False
    if is_index:
        rows = columns[0].slice(1, MOST_ROWS).to_pylist()
        if any(rows == [f"{start + k}" for k in range(len(rows))] for start in (0, 1)):
            return True
    n_decimals, has_whole = 0, False
    for column in columns[is_index:]:
        below = column.slice(1, MOST_ROWS)
        below = below.filter(pc.not_equal(below, ""))
        has_decimals = pc.match_substring_regex(below, r"^[+-]?[0-9]*[.,][0-9]|[0-9][eE]-")
        if len(below) and pc.all(has_decimals).as_py():
            n_decimals += 1
            # Whoever writes 2.0 doesn't write 0 there.
            has_whole |= pc.any(pc.match_substring_regex(below, r"[.,]0+$")).as_py()
    return has_whole or (n_decimals >= 2 and len(numbered) > 2)


def _comes_again(column: pa.Array) -> bool:
    return bool(pc.any(pc.equal(column.slice(1, MOST_ROWS), column[0])).as_py())


def _names_a_class(first: Sequence[str], columns: Sequence[pa.Array]) -> bool:
    return any(folded(text) in CLASS_NAMES and not _comes_again(columns[k]) for k, text in enumerate(first))


def _mostly_numbers(below: pa.Array) -> bool:
    """Whether half of the texts are numbers: then the others are cells that somebody filled in badly."""
    n_numbers = pc.sum(pc.match_substring_regex(below, PLAIN)).as_py() or 0
    return bool(2 * n_numbers >= len(below))


def _words_are_new(first: Sequence[str], columns: Sequence[pa.Array], texts: Sequence[int]) -> bool:
    """Whether the first cells of columns of texts are unlike all below, where those come again and again."""
    new, telling = 0, 0
    for k in texts:
        below = columns[k].slice(1, MOST_ROWS)
        different = pc.unique(below)
        is_new = bool(first[k]) and not pc.any(pc.equal(different, first[k])).as_py()
        if 2 * len(different) <= len(below):
            telling += 1
            new += is_new
    if not telling:  # texts that never come again tell nothing, and most tables have a header
        return all(first) and len({*first}) == len(first) and not any(map(_comes_again, columns))
    return 2 * new > telling
