"""Weka's tables (ARFF): a header that says what each column is, and lines of cells, dense or sparse."""

import csv
import re
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from alternatives.state.text import shortened
from alternatives.tables.bounds import Bounds
from alternatives.tables.cells import Typed, plain_numbers, texts
from alternatives.tables.contents import Contents
from alternatives.tables.delimited import (
    Layout,
    LineOf,
    cells,
    check_columns,
    check_rows,
    framed,
)
from alternatives.tables.names import column_names
from alternatives.tables.table import BadTable

ATTRIBUTE = re.compile(
    rb"(?im)^[ \t]*@attribute[ \t]+('(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|[^\s{]+)[ \t]*([^\n]*)$"
)
PAIR = re.compile(
    rb"[ \t]*([0-9]{1,9})[ \t]+('(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|[^,}\s'\"]+)[ \t]*(?:,|(?=\}))"
)
PAIRS_PER_MEGABYTE = 100_000
"""Cells of a sparse table that are read for each megabyte a file may have: they are split one by one."""


def is_arff(text: bytes) -> bool:
    """Whether the first line that is no comment begins as Weka's do."""
    return re.match(rb"(?i)(?:[ \t]*(?:%[^\n]*)?\n)*[ \t]*@(?:relation|attribute)\b", text) is not None


def read_arff(text: bytes, bounds: Bounds) -> Contents:
    """A table in Weka's form; only "?" means missing there, as the header says what else a cell may be."""
    text = re.sub(rb"(?m)^[ \t]*%[^\n]*", b"", text)
    start = re.search(rb"(?im)^[ \t]*@data[ \t]*$", text)
    if start is None:
        raise BadTable("The ARFF file has no line @data: put it before the samples.")
    found = ATTRIBUTE.findall(text[: start.start()])
    check_columns(len(found), bounds)
    if not found:
        raise BadTable("The ARFF file has no line @attribute: each column needs one.")
    names = column_names(_unquoted(name) for name, _ in found)
    kinds = [_kind(name, kind) for name, (_, kind) in zip(names, found, strict=True)]
    data = text[start.end() :]
    if not data.strip():
        raise BadTable("The ARFF file has no samples below its line @data.")
    above = b"\n" * text.count(b"\n", 0, start.end())
    columns: Iterable[pa.Array]
    line_of: LineOf | _Lines
    if data.lstrip()[:1] == b"{":
        columns, line_of = _sparse(data, kinds, text.count(b"\n", 0, start.end()), bounds)
    else:
        columns, line_of = cells(
            above + re.sub(rb"(?m)^[ \t]+$", b"", data), _layout(data, len(names)), bounds
        )
        check_rows(len(columns[0]), bounds)
    typed = (
        _typed(name, kind, column, line_of) for name, kind, column in zip(names, kinds, columns, strict=True)
    )
    return Contents(framed(names, typed), True, notes=("It is an ARFF file.",))


def _kind(name: str, text: bytes) -> list[str] | None:
    """The values a column may have; none for one of texts or dates; None for one of numbers."""
    text = text.strip()
    if text.startswith(b"{"):
        inner = text[1:].rpartition(b"}")[0].strip().decode("utf-8")
        quote = "'" if re.search(r"(?:^|,)\s*'", inner) else '"'
        values = next(csv.reader([inner], quotechar=quote, skipinitialspace=True, escapechar="\\"), [])
        return [value.strip() for value in values] or [""]
    word = text.split()[0].lower() if text else b""
    if word in (b"numeric", b"real", b"integer"):
        return None
    if word in (b"string", b"date"):
        return []
    raise BadTable(
        f"The ARFF column {shortened(name)} is of the type {shortened(text.decode('utf-8'))}, which isn't "
        "read: it must be numeric, a list of values, string or date."
    )


def _layout(data: bytes, n_columns: int) -> Layout:
    delimiter = b"\t" if b"," not in data and b"\t" in data else b","
    if re.search(rb"(?m)(?:^|[,\t])[ ]*'", data):
        return Layout(delimiter, b"'", n_columns)
    return Layout(delimiter, b'"' if b'"' in data else b"", n_columns)


def _typed(name: str, kind: list[str] | None, column: pa.Array, line_of: "LineOf | _Lines") -> Typed:
    if kind is not None:
        return Typed(texts(column, ("?",)))
    values = plain_numbers(column)
    if values is None:
        bad = next(k for k in range(len(column)) if plain_numbers(column.slice(k, 1)) is None)
        raise BadTable(
            f"Line {line_of(bad):,} has {shortened(column[bad].as_py())} in the column {shortened(name)}, "
            "which has numbers only as its header says: mend that cell."
        )
    return Typed(values)


class _Lines:
    """Lines of the rows of a sparse table."""

    def __init__(self, lines: list[int]) -> None:
        self.lines = lines

    def __call__(self, row: int) -> int:
        return self.lines[row]


def _sparse(
    data: bytes, kinds: list[list[str] | None], n_above: int, bounds: Bounds
) -> tuple[Iterator[pa.Array], _Lines]:
    """Cells of lines such as ``{0 5.1, 3 'a b'}``: what isn't there is 0, or the first value of a list.

    The columns are made one by one, for all at once take much memory where nearly all cells are usual ones.
    """
    lines = [(n_above + k + 1, line.strip()) for k, line in enumerate(data.split(b"\n")) if line.strip()]
    check_rows(len(lines), bounds)
    most = int(bounds.megabytes * PAIRS_PER_MEGABYTE)
    rows: list[list[int]] = [[] for _ in kinds]
    given: list[list[str]] = [[] for _ in kinds]
    for row, (number, line) in enumerate(lines):
        end = 1
        while line[:1] == b"{" and (pair := PAIR.match(line, end)):
            column, end = int(pair[1]), pair.end()
            most -= 1
            if column >= len(kinds) or most < 0:
                break
            rows[column].append(row)
            given[column].append(_unquoted(pair[2]))
        if most < 0:
            raise BadTable("The sparse table has too many cells: save it as CSV.")
        if line[:1] != b"{" or line[end:].strip() != b"}":
            raise BadTable(
                f"Line {number:,} must have pairs of a column's number, below {len(kinds):,}, and a value, "
                "in braces: {0 5.1, 3 yes}."
            )
    columns = (
        _filled((kind or [""])[0] if kind is not None else "0", len(lines), places, values)
        for kind, places, values in zip(kinds, rows, given, strict=True)
    )
    return columns, _Lines([number for number, _ in lines])


def _filled(usual: str, n_rows: int, places: list[int], values: list[str]) -> pa.Array:
    """A column with the usual cell in all rows but some."""
    number = np.zeros(n_rows, dtype=np.int32)
    number[places] = np.arange(1, len(places) + 1)
    return pa.array([usual, *values], pa.string()).take(pa.array(number))


def _unquoted(text: bytes) -> str:
    if text[:1] in (b"'", b'"') and text[-1:] == text[:1]:
        text = re.sub(rb"\\(.)", rb"\1", text[1:-1])
    return text.decode("utf-8", "replace")
