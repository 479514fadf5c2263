"""Parquet files, with PyArrow, which Streamlit brings along."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alternatives.state.text import shortened
from alternatives.tables.bounds import Bounds
from alternatives.tables.cells import Typed
from alternatives.tables.contents import Contents
from alternatives.tables.delimited import LONGEST_CELL, check_columns, check_rows, framed
from alternatives.tables.names import column_names
from alternatives.tables.opening import most_unpacked, too_large_unpacked
from alternatives.tables.table import BadTable

LONGEST_FOOTER = 10_000_000


def read_parquet(contents: bytes, bounds: Bounds) -> Contents:
    """A table from a Parquet file."""
    try:
        table = _table(contents, bounds)
    except BadTable:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise BadTable(
            "The Parquet file is damaged: copy it or download it again, or save it anew."
        ) from error
    names = column_names(table.column_names)
    typed = [_typed(name, column) for name, column in zip(names, table.itercolumns(), strict=True)]
    return Contents(framed(names, typed), True, notes=("It is a Parquet file.",))


def _table(contents: bytes, bounds: Bounds) -> pa.Table:
    import pyarrow.parquet

    limits = {"thrift_string_size_limit": LONGEST_FOOTER, "thrift_container_size_limit": 1_000_000}
    source = pa.py_buffer(contents)
    file = pyarrow.parquet.ParquetFile(source, **limits)
    metadata = file.metadata
    check_columns(metadata.num_columns, bounds)
    check_rows(metadata.num_rows, bounds)
    groups = [metadata.row_group(k) for k in range(metadata.num_row_groups)]
    if sum(group.num_rows for group in groups) != metadata.num_rows:
        raise BadTable("The Parquet file is damaged: its parts don't have as many rows as it says.")
    most = most_unpacked(bounds)
    if sum(group.total_byte_size for group in groups) > most or any(
        group.column(k).total_uncompressed_size > most for group in groups for k in range(group.num_columns)
    ):
        raise too_large_unpacked(bounds)
    # Texts stay numbered: a short file may repeat a long text in each row.
    fields = [field.name for field in file.schema_arrow if _is_text(field.type)]
    return pyarrow.parquet.ParquetFile(source, read_dictionary=fields, **limits).read(use_threads=False)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _typed(name: str, column: pa.ChunkedArray) -> Typed:
    kind = column.type
    is_category = pa.types.is_dictionary(kind)
    inner = kind.value_type if is_category else kind
    if is_category and not _is_text(inner):
        column = pc.cast(column, inner)
    if _is_text(inner):
        return Typed(_texts(name, column if is_category else column.dictionary_encode()))
    if pa.types.is_boolean(inner):
        values: NDArray[Any] = np.array([None, "False", "True"], dtype=object)
        return Typed(values[pc.fill_null(pc.add(pc.cast(column, pa.int8()), 1), 0).to_numpy()])
    if pa.types.is_integer(inner) or pa.types.is_floating(inner) or pa.types.is_decimal(inner):
        numbers = pc.fill_null(pc.cast(column, pa.float64(), safe=False), np.nan).to_numpy()
        if np.isinf(numbers).any():
            raise BadTable(
                f"Row {int(np.argmax(np.isinf(numbers))) + 1:,} has an infinite number in the column "
                f"{shortened(name)}: make it finite or missing."
            )
        return Typed(np.array(numbers, dtype=np.float64))
    if pa.types.is_null(inner):
        return Typed(np.full(len(column), np.nan))
    if pa.types.is_temporal(inner):
        return Typed(_texts(name, pc.cast(column, pa.string()).dictionary_encode()))
    raise BadTable(
        f"The column {shortened(name)} is of Parquet's type {shortened(str(kind))}, which isn't read: it "
        "must hold numbers, texts, dates or truth values."
    )


def _texts(name: str, column: pa.ChunkedArray) -> NDArray[np.object_]:
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], column.type)
    longest = pc.max(pc.binary_length(encoded.dictionary)).as_py() or 0
    if longest > LONGEST_CELL:
        raise BadTable(
            f"The column {shortened(name)} has a text of {longest:,} characters, and a cell may have at most "
            f"{LONGEST_CELL:,}: leave it out."
        )
    texts = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    codes = pc.fill_null(encoded.indices, len(texts) - 1).to_numpy(zero_copy_only=False)
    found: NDArray[np.object_] = texts[codes]
    return found
