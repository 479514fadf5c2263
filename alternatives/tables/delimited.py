"""Tables of text: cells between commas, semicolons, tabs, bars or blanks.

PyArrow splits the lines; it's the only reader at hand that refuses a line with too few cells as well as one
with too many. What it doesn't know is put right before: comments, blanks around quotes, several blanks in a
row, a first line that has a delimiter more or less than the others.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from alternatives.state.text import shortened
from alternatives.tables.bounds import Bounds
from alternatives.tables.cells import (
    COMMA,
    Typed,
    is_missing,
    is_number,
    longest,
    trimmed,
    typed_columns,
    words_for_missing,
)
from alternatives.tables.contents import Contents
from alternatives.tables.header import first_is_header
from alternatives.tables.names import column_names
from alternatives.tables.table import BadTable

DELIMITERS = {b"\t": "tabs", b";": "semicolons", b"|": "bars", b",": "commas", b" ": "blanks"}
COMMENTS = (rb"#", rb"%", rb"//")
ERRORS = ("#N/A", "#NA", "#DIV/0!", "#REF!", "#VALUE!", "#NUM!", "#NAME?", "#NULL!")
"""What Excel writes into cells that it can't compute."""
QUOTED = re.compile(rb'(?m)(?:(?:^|[,;|\t])[ ]*+"[^"]*+(?:""[^"]*+)*+"[ ]*+)++')
"""Cells in quotes one after another."""
LONGEST_CELL = 10_000
LINES_PER_ROW = 10
"""Lines with comments, empty lines and lines within quotes that are read for each row a table may have."""
SAMPLE_LINES = 100
SAMPLE_BYTES = 2**20
SAMPLE_CELLS = 2_000
MINIMUM_LINES = 10
MOST_BLOCK = 2**26


@dataclass(frozen=True)
class Layout:
    """How cells are told apart."""

    delimiter: bytes
    quote: bytes
    n_columns: int


def read_delimited(text: bytes, bounds: Bounds) -> Contents:
    """A table of text; the text is in UTF-8, with lines that end in a line feed."""
    text, told = _told_delimiter(text)
    text, title = _without_title(text)
    text, comments, last_comment = without_comments(text, told)
    comments += title
    if b"\n " in text or b"\n\t" in text or text[:1] in b" \t":
        text = re.sub(rb"(?m)^[ \t]+$", b"", text)
    if not text.strip():
        raise BadTable("The file is empty: it has no line with cells.")
    layout = found_layout(text, told)
    check_columns(layout.n_columns, bounds)
    columns, line_of = cells(text, layout, bounds)
    while len(columns) > 1 and longest(trimmed(columns[-1]))[1] == 0:  # each line ends in a delimiter
        columns = columns[:-1]
    if len(columns) < 2:
        raise _no_columns()
    first = [column[0].as_py() for column in columns]
    has_header = first_is_header(columns)
    notes = (
        [f"Its cells are separated by {DELIMITERS[layout.delimiter]}."] if layout.delimiter != b"," else []
    )
    if comments:
        notes.append(f"{comments:,} comment line{'s are' if comments > 1 else ' is'} left out.")
    if line_of.n_empty:
        notes.append(f"{line_of.n_empty:,} empty row{'s are' if line_of.n_empty > 1 else ' is'} left out.")
    header = first if has_header else None
    if header is None:
        header = _header_in_comment(last_comment, layout, len(columns))
        if header is not None:
            notes.append("The names of its columns are those of the comment above them.")
    if has_header:
        columns = [column.slice(1) for column in columns]
        if not len(columns[0]):
            raise BadTable("The file has a line of column names and no other: it has no samples.")
    if header is None:
        notes.append("It has no line of column names.")
    check_rows(len(columns[0]), bounds)
    names = column_names(header or [""] * len(columns))
    found = typed_columns(columns)
    line_of.first_row = int(has_header)
    notes += typing_notes(found, names, columns, line_of)
    return Contents(framed(names, found), header is not None, notes=tuple(notes))


def framed(names: Sequence[str], found: Iterable[Typed]) -> pd.DataFrame:
    """The columns as a frame whose texts are Python's."""
    return pd.DataFrame(
        {
            name: pd.Series(column.values, dtype=column.values.dtype)
            for name, column in zip(names, found, strict=True)
        }
    )


def check_columns(n_columns: int, bounds: Bounds) -> None:
    """BadTable if there are too many; one more than the bound, for the class is no feature."""
    if n_columns > bounds.columns + 1:
        raise BadTable(
            f"The table may have at most {bounds.columns:,} columns besides the class, and has "
            f"{n_columns:,}: leave out columns."
        )


def check_lines(text: bytes, bounds: Bounds) -> None:
    """BadTable if comments and empty lines are so many that leaving them out costs much memory."""
    n_lines, most = text.count(b"\n"), LINES_PER_ROW * bounds.rows
    if n_lines > most:
        raise BadTable(
            f"The file may have at most {most:,} lines for {bounds.rows:,} rows, and has {n_lines:,}: "
            "leave out rows, comments or empty lines."
        )


def check_rows(n_rows: int, bounds: Bounds) -> None:
    """BadTable if there are too many."""
    if n_rows > bounds.rows:
        raise BadTable(
            f"The table may have at most {bounds.rows:,} rows, and has {n_rows:,}: leave out rows."
        )
    if not n_rows:
        raise BadTable("The table has no rows.")


def typing_notes(
    found: Sequence[Typed], names: Sequence[str], columns: Sequence[pa.Array], line_of: "LineOf"
) -> list[str]:
    """What a reader should know of how numbers were told from texts."""
    notes = []
    for how, sentence in (
        ("comma", "Numbers have decimal commas in {}."),
        ("thousands", "Numbers have commas between thousands in {}."),
        ("points", "Numbers have points between thousands in {}."),
        ("code", "Numbers with zeros in front are read as text in {}."),
        ("sign", "Numbers are read without their per cent or currency sign in {}."),
    ):
        some = [name for name, column in zip(names, found, strict=True) if how in column.how.split()]
        if some:
            notes.append(sentence.format(_listed(some)))
    words: dict[str, list[str]] = {}
    for name, typed_column, column in zip(names, found, columns, strict=True):
        for word in words_for_missing(column) if typed_column.values.dtype == object else ():
            words.setdefault(word, []).append(name)
    for word, some in words.items():
        notes.append(f"“{word}” is read as a missing value in {_listed(some)}: if it is a value, rename it.")
    odd = [k for k, column in enumerate(found) if column.exception is not None]
    for k in odd[:3]:
        row = found[k].exception or 0
        notes.append(
            f"Column {shortened(names[k])} is read as text, as line {line_of(row):,} has "
            f"{shortened(columns[k][row].as_py())} where nearly all others have numbers."
        )
    if len(odd) > 3:
        notes.append(f"So are {len(odd) - 3:,} more columns.")
    return notes


def _listed(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{len(names):,} columns"
    return ("column " if len(names) == 1 else "columns ") + ", ".join(map(shortened, names))


def _told_delimiter(text: bytes) -> tuple[bytes, bytes | None]:
    """Excel's first line that names the delimiter, taken off."""
    told = re.match(rb"[ \t]*\"?sep=([,;|\t])\"?[ \t]*\n", text)
    if told is None:
        return text, None
    return b"\n" + text[told.end() :], told[1]


def _without_title(text: bytes) -> tuple[bytes, int]:
    """The text without a first line such as ``|1x3 Cross validator``, a comment of C4.5's, and how many."""
    title = re.match(rb"\n*\|[^|,;\t\n]*\n(?!\|)", text)
    return (text, 0) if title is None else (b"\n" * title[0].count(b"\n") + text[title.end() :], 1)


def without_comments(text: bytes, told: bytes | None = None) -> tuple[bytes, int, bytes]:
    """The text with empty lines where there were comments, how many, and the last above the samples."""
    comments, last = 0, b""
    for marker in COMMENTS:
        if marker not in text:
            continue
        top = re.match(rb"(?:[ \t]*(?:(?:" + marker + rb")[^\n]*)?\n)*", text)
        end_of_top = top.end() if top else 0
        spans = [found.span() for found in re.finditer(rb"(?m)^[ \t]*" + marker + rb"[^\n]*", text)]
        spans = _outside_quotes(text, spans) if b'"' in text else spans
        if not spans:
            continue
        n_below = sum(start >= end_of_top for start, _ in spans)
        n_lines = sum(1 for _ in re.finditer(rb"(?m)^[^\n]+", text[end_of_top:]))
        if not text[end_of_top:].strip() or 2 * n_below > n_lines:
            continue  # all lines begin with it, or most
        spans = _without_rows(text, spans, end_of_top, marker, told)
        above = [text[start:end] for start, end in spans if start < end_of_top]
        if above:
            last = above[-1].lstrip(b" \t" + marker)
        text = _cut(text, spans)
        comments += len(spans)
    return text, comments, last


def _cut(text: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    starts = [start for start, _ in spans]
    ends = [end for _, end in spans]
    return b"".join(text[i:j] for i, j in zip([0, *ends], [*starts, len(text)], strict=True))


def _outside_quotes(text: bytes, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those lines that don't go on with a cell in quotes, which may have line breaks."""
    outside = []
    at = 0
    cell = QUOTED.search(text)
    for start, end in spans:
        while cell and cell.start() < start:
            at = max(at, cell.end())
            cell = QUOTED.search(text, at)
        if at <= start:
            outside.append((start, end))
            at = end
            if cell and cell.start() < end:  # a quote within a comment means nothing
                cell = QUOTED.search(text, at)
    return outside


def _without_rows(
    text: bytes, spans: list[tuple[int, int]], end_of_top: int, marker: bytes, told: bytes | None
) -> list[tuple[int, int]]:
    """Those lines that are comments; others have as many cells as all, and the first is a value or a name.

    Excel writes #N/A, people number rows below a #, and colours begin with one.
    """
    bare = _cut(text, spans)
    try:
        layout = found_layout(bare, told)
    except BadTable:
        return spans
    maybe = [
        span
        for span in spans
        if text.count(layout.delimiter, *span) >= layout.n_columns - 1
        and text[slice(*span)].lstrip(b" \t")[len(marker) :][:1] not in (b" ", marker[:1], b"")
    ]
    records = _split(b"\n".join(text[slice(*span)] for span in maybe), layout.delimiter, layout.quote)
    if not maybe or len(records) != len(maybe):
        return spans
    samples = _split(_first_lines(bare), layout.delimiter, layout.quote)[1:]
    firsts = [record[0].strip() for record in samples]
    n_numbers = sum(is_number(cell) or is_missing(cell) or bool(re.search(COMMA, cell)) for cell in firsts)
    is_text = 2 * n_numbers < len(firsts)  # among numbers it's a sample that somebody took out
    rows = set()
    for span, record in zip(maybe, records, strict=True):
        first = record[0].strip()
        is_cell = first in ERRORS or first.encode() == marker or (is_text and span[0] >= end_of_top)
        if len(record) == layout.n_columns and is_cell and any(cell.strip() for cell in record[1:]):
            rows.add(span)
    return [span for span in spans if span not in rows]


def found_layout(text: bytes, told: bytes | None = None) -> Layout:
    """Which delimiter makes lines of the same number of cells, most of them numbers."""
    lines = _first_lines(text)
    quote = b'"' if b'"' in text else _single_quote(lines)
    best, best_key = None, (-1.0, -1.0, 0)
    for order, delimiter in enumerate(DELIMITERS):
        if told is not None and delimiter != told:
            continue
        records = _split(lines, delimiter, quote)
        counts = Counter(map(len, records))
        if not counts:
            continue
        n_columns, n_same = counts.most_common(1)[0]
        if n_columns < 2:
            continue
        share = n_same / len(records)
        cells = [cell.strip() for record in records if len(record) == n_columns for cell in record]
        cells = cells[:: 1 + len(cells) // SAMPLE_CELLS]
        numbers = sum(
            is_number(cell) or is_missing(cell) or re.search(COMMA, cell) is not None for cell in cells
        )
        key = (np.floor(10 * share) / 10, numbers / len(cells), -order)
        if key > best_key:
            best, best_key = Layout(delimiter, quote, n_columns), key
    if best is None:
        raise _no_columns()
    return best


def _no_columns() -> BadTable:
    return BadTable(
        "No columns were found: put commas, semicolons or tabs between the cells of a line, "
        "or save the table as CSV in UTF-8."
    )


def _first_lines(text: bytes) -> bytes:
    start = text[:SAMPLE_BYTES]
    lines = re.findall(rb"(?m)^[^\n]+", start)[: SAMPLE_LINES + 1]
    if len(start) < len(text) and len(lines) > 1 and len(lines) <= SAMPLE_LINES:
        lines.pop()  # it may be cut
    few = max(MINIMUM_LINES, SAMPLE_BYTES // 8 // max(map(len, lines), default=1))
    return b"\n".join(lines[: min(few, SAMPLE_LINES)])


def _single_quote(lines: bytes) -> bytes:
    n_lines = lines.count(b"\n") + 1
    quoted = re.findall(rb"(?m)(?:^|[,;|\t])[ ]*'[^'\n]*'[ ]*(?=$|[,;|\t])", lines)
    return b"'" if 2 * len(quoted) >= n_lines else b""


def _split(lines: bytes, delimiter: bytes, quote: bytes) -> list[list[str]]:
    if delimiter == b" ":
        lines, delimiter = tabbed(lines, quote), b"\t"
    reader = csv.reader(
        io.StringIO(lines.decode("utf-8", "replace")),
        delimiter=delimiter.decode(),
        quotechar=quote.decode() or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        skipinitialspace=True,
    )
    records = []
    with suppress(csv.Error):  # a cell longer than it takes; that's found and said later
        records += [record for record in reader if record]
    if len(records) > 1 and quote and records[-1][-1].count("\n"):
        records.pop()  # the first lines may end within quotes
    return records


def tabbed(text: bytes, quote: bytes) -> bytes:
    """Lines whose cells are separated by any number of blanks, with one tab instead."""
    if not quote:
        text = text.replace(b"\t", b" ")
        while (
            b"  " in text
        ):  # each round halves the runs; a regular expression needs 80 bytes for each of them
            text = text.replace(b"  ", b" ")
        return text.replace(b"\n ", b"\n").replace(b" \n", b"\n").strip(b" ").replace(b" ", b"\t")
    # The lookbehind keeps a long run of blanks from being tried from each of them.
    text = re.sub(rb"(?m)^[ \t]+|(?<![ \t])[ \t]++$", b"", text)
    characters = np.frombuffer(text, dtype=np.uint8)
    is_quote = characters == ord(quote)
    is_within = np.cumsum(is_quote, dtype=np.uint8) % 2 == 1
    if len(text) and is_within[-1]:  # the last quote is never closed
        is_within[text.rindex(quote) :] = False
    is_blank = ((characters == ord(" ")) | (characters == ord("\t"))) & ~is_within
    is_kept = ~is_blank
    is_kept[1:] |= ~is_blank[:-1]
    return np.where(is_blank, np.uint8(ord("\t")), characters)[is_kept].tobytes()


def _around_quotes(text: bytes, delimiter: bytes, quote: bytes, most: int) -> bytes:
    """The text without blanks between a delimiter and a quote that begins a cell; BadTable if too many do."""
    start = rb"(?m)(?:^|" + re.escape(delimiter) + rb")"
    if not re.search(start + rb"[ ]+" + quote, text):
        return text
    within = rb"[^" + quote + rb"]*+"
    # Possessive, for what might be tried again is remembered: dozens of bytes for each character of a cell.
    cell = start + rb"([ ]*+)(" + quote + within + rb"(?:" + quote * 2 + within + rb")*+" + quote + rb")[ ]*+"
    found, end = bytearray(), 0
    for k, match in enumerate(re.finditer(cell, text)):
        if k == most:
            raise BadTable(
                f"The file has more than {most:,} cells in quotes, the most that its columns may have: "
                "leave out rows, or look for missing line breaks."
            )
        found += text[end : match.start(1)]
        found += match[2]
        end = match.end()
    return bytes(found + text[end:])


class LineOf:
    """Which line of the file a row is in; counted only when it's asked for."""

    def __init__(self, text: bytes, layout: Layout) -> None:
        self.text, self.layout = text, layout
        self.first_row = 0
        self.rows: NDArray[np.intp] | None = None
        """Which rows of the text are those of the columns, where some were empty."""
        self.n_empty = 0

    def __call__(self, row: int) -> int:
        row += self.first_row
        if self.rows is not None:
            row = int(self.rows[row])
        quote = self.layout.quote.decode()
        reader = csv.reader(
            (line.decode("utf-8", "replace") for line in io.BytesIO(self.text)),
            delimiter=self.layout.delimiter.decode(),
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        )
        found = -1
        try:
            for record in reader:
                found += bool(record)
                if found == row:
                    break
        except csv.Error:
            pass
        return reader.line_num


def cells(text: bytes, layout: Layout, bounds: Bounds) -> tuple[list[pa.Array], LineOf]:
    """The text's columns, each a column of texts, and a way to say which line a row is in."""
    delimiter, quote = layout.delimiter, layout.quote
    if delimiter == b" ":
        text, delimiter = tabbed(text, quote), b"\t"
    elif quote:
        text = _around_quotes(text, delimiter, quote, (bounds.rows + 1) * layout.n_columns)
    layout = Layout(delimiter, quote, layout.n_columns)
    text, layout = _first_line_as_long(text, layout)
    if not quote:
        n_lines = _count_lines(text)
        if n_lines > bounds.rows + 1:
            empty = re.finditer(rb"(?m)^[ \t" + re.escape(delimiter) + rb"]+$", text)
            check_rows(n_lines - sum(1 for _ in empty) - 1, bounds)
    try:
        return _parsed(text, layout)
    except BadTable:
        if not quote:
            raise
        try:
            return _parsed(text, Layout(delimiter, b"", layout.n_columns))  # quotes may mean inches
        except BadTable:
            pass
        raise


def _count_lines(text: bytes) -> int:
    return text.count(b"\n") + 1 - len(re.findall(rb"\n(?=\n|\Z)", text))


def _first_line_as_long(text: bytes, layout: Layout) -> tuple[bytes, Layout]:
    """The first line with a delimiter more or less where it has one less or more than all others.

    R writes no name above the names of rows; others end each line but the first in a delimiter, or it alone.
    """
    n_columns = layout.n_columns
    lines = _first_lines(text)
    records = _split(lines, layout.delimiter, layout.quote)
    if len(records) < 2 or len(records[0]) == n_columns or {*map(len, records[1:])} != {n_columns}:
        return text, layout
    start = len(text) - len(text.lstrip(b"\n"))
    end = text.find(b"\n", start)
    first = text[start:end]
    if len(records[0]) == n_columns - 1 and not any(map(is_number, records[0])):
        if all(not record[-1].strip() for record in records[1:]):
            return text[:end] + layout.delimiter + text[end:], layout
        return text[:start] + layout.delimiter + text[start:], layout
    if len(records[0]) == n_columns + 1 and not records[0][-1].strip():
        return text[:start] + first.rstrip(b" \t")[: -len(layout.delimiter)] + text[end:], layout
    return text, layout


def _parsed(text: bytes, layout: Layout) -> tuple[list[pa.Array], LineOf]:
    line_of = LineOf(text, layout)
    names = [f"{k}" for k in range(layout.n_columns)]
    odd: list[tuple[int, int]] = []

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        odd.append((row.number, row.actual_columns))
        return "error"

    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(text),
            pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=min(len(text) + 1, MOST_BLOCK)
            ),
            pyarrow.csv.ParseOptions(
                delimiter=layout.delimiter.decode(),
                quote_char=layout.quote.decode() or False,
                newlines_in_values=bool(layout.quote),
                invalid_row_handler=refuse,
            ),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as error:
        if odd and odd[0][0] is not None:
            number, n_cells = odd[0]
            raise BadTable(
                f"Line {line_of(number - 1):,} has {n_cells:,} cell{'s' * (n_cells != 1)}, and the others "
                f"have {layout.n_columns:,}: mend it, or put quotes around cells that hold a delimiter."
            ) from error
        raise BadTable("The lines can't be split into cells: save the table as CSV in UTF-8.") from error
    columns = [_one_chunk(column) for column in table.itercolumns()]
    for k, column in enumerate(columns):
        row, size = longest(column)
        if size > LONGEST_CELL:
            raise BadTable(
                f"Line {line_of(row):,} has {size:,} characters in column {k + 1:,}, and a cell may have at "
                f"most {LONGEST_CELL:,}: look for a missing quote."
            )
    return _without_empty_rows([trimmed(column) for column in columns], line_of)


def _without_empty_rows(columns: list[pa.Array], line_of: LineOf) -> tuple[list[pa.Array], LineOf]:
    """The columns without rows whose cells are all empty, such as Excel writes below a table."""
    is_empty = np.ones(len(columns[0]), dtype=bool)
    for column in columns:
        is_empty &= pc.equal(column, "").to_numpy(zero_copy_only=False)
        if not is_empty.any():
            return columns, line_of
    if is_empty.all():
        return columns, line_of
    line_of.rows = np.flatnonzero(~is_empty)
    line_of.n_empty = int(is_empty.sum())
    return [column.filter(pa.array(~is_empty)) for column in columns], line_of


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _header_in_comment(comment: bytes, layout: Layout, n_columns: int) -> list[str] | None:
    """The names in a comment right above the samples, as numpy writes them."""
    if not comment.strip():
        return None
    records = _split(comment, layout.delimiter, layout.quote)
    if len(records) != 1 or len(records[0]) != n_columns:
        return None
    names = [cell.strip() for cell in records[0]]
    if not all(names) or len({*names}) < len(names) or any(map(is_number, names)):
        return None
    return names
