"""What the cells of a column say: numbers, as a table writes them, or text, and which are missing.

Python's float, and numpy's and pandas' by it, takes more for numbers than a table means: ``1_0``,
``infinity``, digits of other scripts. Here a number is decimal digits with a sign, a point or comma, and an
exponent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

WORDS = (
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "#NA",
    "NaN",
    "nan",
    "NAN",
    "-nan",
    "-NaN",
    "null",
    "NULL",
    "Null",
    "<NA>",
    "NaT",
)
"""Words for a missing value. Not "na" and "none": tables say so where there is none of a thing."""

BLANK = ("", "?")
"""What is missing in every column."""

IN_NUMBERS = ("-", "--", ".", "*", "None")
"""What is missing in a column of numbers; among texts it means something: + and -, a disorder or None."""

NUMBER_BYTES = b"0123456789+-.eE"
PLAIN = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
COMMA = r"^[+-]?([0-9]+(,[0-9]*)?|,[0-9]+|[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?)([eE][+-]?[0-9]+)?$"
"""A number with a decimal comma, with or without points between thousands."""
THOUSANDS = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"
"""A number with a decimal point and commas between thousands."""
POINTS = r"^[+-]?([0-9]{1,3}|[1-9][0-9]{0,2}(\.[0-9]{3})+)$"
"""A whole number with points between thousands, if it has that many."""

SIGN = r"^([+-]?)(?:[$€£¥] ?)|(?: ?[%$€£¥])$"
"""A per cent or currency sign before or behind a number."""

SHORTEST_CODE = 4
"""Digits that cells of one length must have if a 0 in front is to mean a code, such as a postal one."""

MOSTLY = 0.9
"""Share of numbers from which a column of text is worth a note."""

_MISSING_NUMBERS = pa.array([*BLANK, *WORDS, *IN_NUMBERS])


@dataclass(frozen=True, eq=False)
class Typed:
    """A column's values as a frame has them."""

    values: NDArray[Any]
    how: str = ""
    """How numbers were read, or why not, in words: "comma", "thousands", "points", "sign", "code"."""
    exception: int | None = None
    """The first row with a text, where nearly all cells are numbers."""
    has_decimal_commas: bool = False
    """Whether its commas can't be those between thousands."""


def typed_columns(columns: Sequence[pa.Array]) -> list[Typed]:
    """The columns of one table, which writes its numbers in one way.

    1.234 is a thousand next to 950, and where another column has decimal commas.
    """
    found = [typed(column) for column in columns]
    if any(column.has_decimal_commas for column in found):
        for k, column in enumerate(found):
            if column.values.dtype == np.float64 and not {"comma", "thousands"} & {*column.how.split()}:
                found[k] = typed(columns[k], has_decimal_commas=True)
    return found


def typed(column: pa.Array, has_decimal_commas: bool = False) -> Typed:
    """A column of numbers as float64, any other as texts; other columns may have decimal commas."""
    column = trimmed(column)
    values = plain_numbers(column)
    if values is None or has_decimal_commas:
        pointed = _numbers_with_points(column)
        if pointed is not None:
            return pointed
    if values is not None:
        return Typed(_texts(column), "code") if _is_code(column) else Typed(values)
    if b"," in _bytes(column):
        marked = _numbers_with_commas(column)
        if marked is not None:
            return marked
    without_signs = _without_signs(column)
    if without_signs is not None:
        found = typed(without_signs, has_decimal_commas)
        if found.values.dtype == np.float64:
            return replace(found, how=f"sign {found.how}".strip())
    return Typed(_texts(column), exception=_exception(column))


def words_for_missing(column: pa.Array) -> list[str]:
    """The words in a column of texts, blanks and question marks aside, that are read as missing values."""
    different = pc.unique(column)
    found: list[str] = different.filter(pc.is_in(different, value_set=pa.array(WORDS))).to_pylist()
    return found


def _without_signs(column: pa.Array) -> pa.Array | None:
    """The column without per cent or currency signs, if every cell that isn't missing has the same one."""
    contents = _bytes(column)
    signs = [sign for sign in "%$€£¥" if sign.encode() in contents]
    if len(signs) != 1:
        return None
    bare = pc.replace_substring_regex(column, SIGN, r"\1")
    has_sign = pc.not_equal(bare, column)
    is_missing = pc.is_in(column, value_set=_MISSING_NUMBERS)
    return bare if pc.all(pc.or_(has_sign, is_missing)).as_py() else None


def trimmed(column: pa.Array) -> pa.Array:
    """The column without blanks around its cells."""
    contents = _bytes(column)
    if b" " in contents or b"\t" in contents or b"\n" in contents or not contents.isascii():
        column = pc.utf8_trim_whitespace(column)
    return column


def plain_numbers(column: pa.Array) -> NDArray[np.float64] | None:
    """The column's numbers, NaN where one is missing; None if anything else is in it."""
    contents = _bytes(column)
    if contents and not contents.translate(None, NUMBER_BYTES):
        values = _cast(column)
        if values is not None:
            return values
    is_missing = pc.is_in(column, value_set=_MISSING_NUMBERS)
    present = column.filter(pc.invert(is_missing))
    if _bytes(present).translate(None, NUMBER_BYTES):
        return None
    values = _cast(present)
    if values is None:
        return None
    return _with_gaps(values, is_missing)


def is_number(text: str) -> bool:
    """Whether a cell says a number."""
    return re.fullmatch(PLAIN[1:-1], text) is not None


def numbers_among(texts: Sequence[str]) -> NDArray[np.float64]:
    """The numbers among texts, read as a column of them would be, and NaN for all other texts."""
    column = trimmed(pa.array(texts, pa.string()))
    bare = pc.replace_substring_regex(column, SIGN, r"\1")
    looks = np.zeros(len(column), dtype=bool)
    for pattern in (PLAIN, COMMA, THOUSANDS):
        looks |= pc.match_substring_regex(bare, pattern).to_numpy(zero_copy_only=False)
    found = typed(column.filter(pa.array(looks))).values
    if found.dtype != np.float64:  # codes, or written in several ways: then only what any table means by it
        looks = pc.match_substring_regex(column, PLAIN).to_numpy(zero_copy_only=False)
        found = np.array([float(text) for text in column.filter(pa.array(looks)).to_pylist()])
    numbers = np.full(len(column), np.nan)
    numbers[looks] = found
    return numbers


def is_missing(text: str) -> bool:
    """Whether a cell of a column of numbers says that the value is missing."""
    return text in BLANK or text in WORDS or text in IN_NUMBERS


def _cast(column: pa.Array) -> NDArray[np.float64] | None:
    try:
        values: NDArray[np.float64] = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return values if np.isfinite(values).all() else None  # 1e999 is no number that can be computed with


def _numbers_with_points(column: pa.Array) -> Typed | None:
    """Whole numbers with points between thousands, if some have them and no cell is anything else."""
    if b"." not in _bytes(column):
        return None
    is_missing = pc.is_in(column, value_set=_MISSING_NUMBERS)
    present = column.filter(pc.invert(is_missing))
    has_points = pc.any(pc.match_substring(present, ".")).as_py()
    if not has_points or not pc.all(pc.match_substring_regex(present, POINTS)).as_py():
        return None
    values = _cast(pc.replace_substring(present, ".", ""))
    return None if values is None else Typed(_with_gaps(values, is_missing), "points")


def _with_gaps(values: NDArray[np.float64], is_missing: pa.Array) -> NDArray[np.float64]:
    found = np.full(len(is_missing), np.nan)
    found[~is_missing.to_numpy(zero_copy_only=False)] = values
    return found


def _numbers_with_commas(column: pa.Array) -> Typed | None:
    is_missing = pc.is_in(column, value_set=_MISSING_NUMBERS)
    present = column.filter(pc.invert(is_missing))

    def matches(pattern: str) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = pc.match_substring_regex(present, pattern).to_numpy(zero_copy_only=False)
        return found

    grouped = matches(THOUSANDS)
    can_be_comma = bool(matches(COMMA).all())
    can_be_thousands = bool((grouped | matches(PLAIN)).all())
    has_comma = pc.match_substring(present, ",").to_numpy(zero_copy_only=False)
    is_ambiguous = can_be_comma and can_be_thousands
    if is_ambiguous:
        # 1,234 can be either. Next to 999 and below it's a thousand; alone, the two differ in their unit.
        can_be_comma = bool(has_comma.all()) and not matches(r",[0-9]+,").any()
    if can_be_comma:
        plain = pc.replace_substring(pc.replace_substring(present, ".", ""), ",", ".")
    elif can_be_thousands:
        plain = pc.replace_substring(present, ",", "")
    else:
        return None
    values = _cast(plain)
    if values is None:
        return None
    return Typed(
        _with_gaps(values, is_missing),
        "comma" if can_be_comma else "thousands",
        has_decimal_commas=can_be_comma and not is_ambiguous,
    )


def _is_code(column: pa.Array) -> bool:
    """Whether the cells are codes of digits: all as long as each other, some with a 0 in front."""
    contents = _bytes(column)
    if not contents or contents.translate(None, b"0123456789"):
        is_missing = pc.is_in(column, value_set=_MISSING_NUMBERS)
        column = column.filter(pc.invert(is_missing))
        contents = _bytes(column)
        if not contents or contents.translate(None, b"0123456789"):
            return False
    length, rest = divmod(len(contents), len(column))
    if rest or length < SHORTEST_CODE or not (np.diff(_offsets(column)) == length).all():
        return False
    return b"0" in contents[::length]


def texts(column: pa.Array, missing: Sequence[str]) -> NDArray[np.object_]:
    """The column's texts, each different one once in memory, with None where it is one of the missing."""
    encoded = pc.dictionary_encode(column)
    found = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    found[:-1][_is_in(encoded.dictionary, pa.array([*missing]))] = None
    rows: NDArray[np.object_] = found[encoded.indices.to_numpy(zero_copy_only=False)]
    return rows


def _texts(column: pa.Array) -> NDArray[np.object_]:
    return texts(column, (*BLANK, *WORDS))


def _is_in(column: pa.Array, those: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.is_in(column, value_set=those).to_numpy(zero_copy_only=False)
    return found


def _exception(column: pa.Array) -> int | None:
    is_number = pc.match_substring_regex(column, PLAIN).to_numpy(zero_copy_only=False)
    is_missing = pc.is_in(column, value_set=_MISSING_NUMBERS).to_numpy(zero_copy_only=False)
    others = ~(is_number | is_missing)
    if is_number.sum() < MOSTLY * (is_number.sum() + others.sum()):
        return None
    return int(np.argmax(others))


def _offsets(column: pa.Array) -> NDArray[np.int32]:
    start = np.frombuffer(column.buffers()[1], dtype=np.int32) if len(column) else np.zeros(1, dtype=np.int32)
    found: NDArray[np.int32] = start[column.offset : column.offset + len(column) + 1]
    return found


def _bytes(column: pa.Array) -> bytes:
    """All cells' bytes in a row."""
    buffer = column.buffers()[2]
    if not len(column) or buffer is None:
        return b""
    offsets = _offsets(column)
    return buffer[int(offsets[0]) : int(offsets[-1])].to_pybytes()


def longest(column: pa.Array) -> tuple[int, int]:
    """The row of the column's longest cell, and how many bytes that has."""
    lengths = np.diff(_offsets(column))
    row = int(np.argmax(lengths)) if len(lengths) else 0
    return row, int(lengths[row]) if len(lengths) else 0
