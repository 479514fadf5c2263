"""Parquet files, with PyArrow, which Streamlit brings along."""

from collections.abc import Iterator
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
PAGES_PER_MEGABYTE = 20_000
"""Pages that are looked at for each megabyte a file may have: each takes a while."""
MOST_VARINT = 10
"""Bytes of a whole number in a page's header."""
DELTA_BYTE_ARRAY = 7
UNCOMPRESSED_SIZE, COMPRESSED_SIZE, DATA_PAGE, DATA_PAGE_2 = 2, 3, 5, 8
"""Fields of a page's header, as parquet.thrift numbers them; a data page's own fields lie within it."""


def read_parquet(contents: bytes, bounds: Bounds) -> Contents:
    """A table from a Parquet file."""
    try:
        table = _table(contents, bounds)
    except BadTable:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError, LookupError) as error:
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
    for field in file.schema_arrow:
        if not _is_read(field.type):
            raise BadTable(
                f"The column {shortened(field.name)} is of Parquet's type {shortened(str(field.type))}, "
                "which isn't read: it must hold numbers, texts, dates or truth values."
            )
    chunks = [group.column(k) for group in groups for k in range(group.num_columns)]
    if sum(group.total_byte_size for group in groups) > most or any(
        chunk.total_uncompressed_size > most for chunk in chunks
    ):
        raise too_large_unpacked(bounds)
    _check_pages(contents, chunks, bounds)
    # Texts stay numbered: a short file may repeat a long text in each row.
    fields = [field.name for field in file.schema_arrow if _is_text(field.type)]
    table = pyarrow.parquet.ParquetFile(source, read_dictionary=fields, **limits).read(use_threads=False)
    table.validate(full=True)  # the numbers of texts may point nowhere
    return table


def _check_pages(contents: bytes, chunks: list[Any], bounds: Bounds) -> None:
    """BadTable if the pages unpack to too much: PyArrow believes them, whatever the end of the file says."""
    most, n_pages = most_unpacked(bounds), 0
    for chunk in chunks:
        for page in _pages(contents, chunk):
            n_pages += 1
            most -= page[UNCOMPRESSED_SIZE]
            if page[UNCOMPRESSED_SIZE] < 0 or page[COMPRESSED_SIZE] < 0:
                raise ValueError("a page of a negative size")
            if most < 0:
                raise too_large_unpacked(bounds)
            if n_pages > PAGES_PER_MEGABYTE * bounds.megabytes:
                raise BadTable("The Parquet file is made of too many pages: save it anew with larger ones.")
            if DELTA_BYTE_ARRAY in (page.get(DATA_PAGE, {}).get(2), page.get(DATA_PAGE_2, {}).get(4)):
                raise BadTable(  # a few bytes may say millions of times "the same text once more"
                    "The Parquet file is encoded with DELTA_BYTE_ARRAY, which isn't read: save it anew "
                    "without that."
                )


def _pages(contents: bytes, chunk: Any) -> Iterator[dict[int, Any]]:
    """The headers of a column's pages, found as PyArrow finds them."""
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
        at = chunk.dictionary_page_offset
    end, n_values = at + chunk.total_compressed_size, 0
    while at < end and n_values < chunk.num_values:
        page, at = _fields(contents, at)
        yield page
        at += page[COMPRESSED_SIZE]
        n_values += (page.get(DATA_PAGE) or page.get(DATA_PAGE_2) or {}).get(1, 0)


def _fields(contents: bytes, at: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """A page's header, written in Thrift's compact form, by the number of the field; and where it ends."""
    fields: dict[int, Any] = {}
    number = 0
    while head := contents[at]:
        at += 1
        kind = head & 15
        if head >> 4:
            number += head >> 4
        else:
            number, at = _whole(contents, at)
        if kind in (1, 2):  # a truth value, which lies in its kind
            fields[number] = kind == 1
        elif kind in (4, 5, 6):
            fields[number], at = _whole(contents, at)
        elif kind in (3, 7):
            at += 1 if kind == 3 else 8
        elif kind == 8:
            length, at = _unsigned(contents, at)
            at += length
        elif kind == 12 and depth < 3:
            fields[number], at = _fields(contents, at, depth + 1)
        else:
            raise ValueError("no header of a page")
    return fields, at + 1


def _whole(contents: bytes, at: int) -> tuple[int, int]:
    value, at = _unsigned(contents, at)
    return value >> 1 ^ -(value & 1), at


def _unsigned(contents: bytes, at: int) -> tuple[int, int]:
    value = 0
    for k in range(MOST_VARINT):
        byte = contents[at + k]
        value |= (byte & 127) << 7 * k
        if byte < 128:
            return value, at + k + 1
    raise ValueError("no whole number")


def _is_read(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return (
        _is_text(inner)
        or pa.types.is_boolean(inner)
        or pa.types.is_integer(inner)
        or pa.types.is_floating(inner)
        or pa.types.is_decimal(inner)
        or pa.types.is_null(inner)
        or pa.types.is_temporal(inner)
    )


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
    return Typed(_texts(name, pc.cast(column, pa.string()).dictionary_encode()))


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
