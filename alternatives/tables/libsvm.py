"""Sparse tables of LIBSVM and svmlight: a line is the class, and pairs ``column:value``.

scikit-learn reads these too, at seconds a million pairs, which is too slow for a page that waits. Here every
line is taken apart into lines of one pair, which PyArrow reads as two columns of numbers.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from alternatives.tables.bounds import Bounds
from alternatives.tables.contents import Contents
from alternatives.tables.delimited import MOST_BLOCK, check_columns, check_rows
from alternatives.tables.table import BadTable

NUMBER = rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
LINE = re.compile(
    rb"[ \t]*" + NUMBER + rb"(?:," + NUMBER + rb")*(?:[ \t]+(?:qid|[0-9]+):" + NUMBER + rb")*[ \t]*"
)
NEW_LINE = b"\n"
MOSTLY = 0.8
"""Share of the first lines that must be of this form: one of the others may be damaged."""
SAMPLE_LINES = 50
SAMPLE_BYTES = 2**18


def is_libsvm(text: bytes) -> bool:
    """Whether the first lines are of this form, nearly all, and one of them has two pairs at least."""
    start = text[:SAMPLE_BYTES]
    lines = [line.partition(b"#")[0] for line in start.split(b"\n")[:SAMPLE_LINES]]
    if len(start) < len(text) and len(lines) < SAMPLE_LINES and len(lines) > 1:
        lines.pop()
    lines = [line for line in lines if line.strip()]
    return (
        bool(lines)
        and max(line.count(b":") for line in lines) >= 2
        and sum(LINE.fullmatch(line) is not None for line in lines) >= MOSTLY * len(lines)
    )


def read_libsvm(text: bytes, bounds: Bounds) -> Contents:
    """A table of the form; columns count from 1, or from 0 if there is a column 0."""
    text = re.sub(rb"#[^\n]*|\bqid:[0-9]+", b"", text)
    lines = [k + 1 for k, line in enumerate(text.split(b"\n")) if line.strip()]
    check_rows(len(lines), bounds)
    if several := re.search(rb"(?m)^[^:,\n]+,", text):
        raise BadTable(
            f"Line {text.count(NEW_LINE, 0, several.end()) + 1:,} of the LIBSVM file has several labels, and "
            "a sample can have one class only: leave one of them."
        )
    if b"-1:" in text or re.search(rb"[\s]-[0-9]+:", text):
        raise BadTable("The numbers of columns in a LIBSVM file must be 0 or more.")
    pairs = re.sub(rb"(?m)^[ \t]*(?=[^\s])", b"-1:", text)
    pairs = pairs.replace(b" ", b"\n").replace(b"\t", b"\n")  # PyArrow leaves out empty lines
    columns, values = _pairs(pairs, lines)
    is_label = columns == -1
    rows = np.cumsum(is_label) - 1
    labels = values[is_label]
    places, cells = columns[~is_label], values[~is_label]
    rows = rows[~is_label]
    if not len(places):
        raise BadTable("The LIBSVM file has no features.")
    first = 0 if (places == 0).any() else 1
    n_columns = int(places.max()) - first + 1
    check_columns(n_columns, bounds)
    if len(np.unique(rows * (n_columns + 1) + places)) < len(places):
        raise BadTable("A line of the LIBSVM file has the same column twice: leave one of them out.")
    X = np.zeros((len(labels), n_columns))
    X[rows, places - first] = cells
    frame = pd.DataFrame(X, columns=[f"column {k + 1}" for k in range(n_columns)])
    frame["label"] = labels
    return Contents(frame, False, target="label", notes=("It is a LIBSVM file: what a line lacks is 0.",))


def _pairs(pairs: bytes, lines: list[int]) -> tuple[NDArray[Any], NDArray[Any]]:
    numbers: list[int] = []

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        numbers.append(row.number)
        return "error"

    def line(number: int) -> int:
        return lines[max(0, _n_labels(pairs, number) - 1)]

    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(pairs),
            pyarrow.csv.ReadOptions(
                column_names=["column", "value"],
                use_threads=False,
                block_size=min(len(pairs) + 1, MOST_BLOCK),
            ),
            pyarrow.csv.ParseOptions(delimiter=":", quote_char=False, invalid_row_handler=refuse),
            pyarrow.csv.ConvertOptions(
                column_types={"column": pa.int64(), "value": pa.float64()}, null_values=["\n"]
            ),
        )
    except pa.ArrowInvalid as error:
        known = re.search(r"Row #([0-9]+)", str(error))
        number = numbers[0] if numbers else int(known[1]) if known else 0
        where = f"Line {line(number):,}" if number else "A line"
        raise BadTable(
            f"{where} of the LIBSVM file has something else than a number, or pairs of numbers such as 3:0.5."
        ) from error
    columns = table["column"].to_numpy()
    values = table["value"].to_numpy()
    if not np.isfinite(values).all():
        bad = int(np.argmin(np.isfinite(values)))
        raise BadTable(f"Line {line(bad + 1):,} of the LIBSVM file has a number that is infinite or missing.")
    return columns, values


def _n_labels(pairs: bytes, number: int) -> int:
    """How many samples have begun in the first pairs."""
    found = [pair for pair in pairs.split(b"\n") if pair]
    return sum(pair.startswith(b"-1:") for pair in found[:number])
