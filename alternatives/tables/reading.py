"""A file as a table: which form it has, and by whom that form is read."""

import hashlib
import re
from pathlib import Path

from alternatives.tables.archive import read_archive, read_array
from alternatives.tables.arff import is_arff, read_arff
from alternatives.tables.bounds import OWN_MACHINE, Bounds
from alternatives.tables.contents import Contents
from alternatives.tables.decoding import decoded
from alternatives.tables.delimited import check_lines, read_delimited
from alternatives.tables.libsvm import is_libsvm, read_libsvm
from alternatives.tables.names import printable
from alternatives.tables.opening import contents_of, unpacked
from alternatives.tables.parquet import read_parquet
from alternatives.tables.table import BadTable, Table

NO_TABLES = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a text document"),
    (b"ARROW1", "a Feather file"),
    (b"BZh", "a file packed with bzip2"),
    (b"\xfd7zXZ", "a file packed with xz"),
    (b"\x28\xb5\x2f\xfd", "a file packed with Zstandard"),
    (b"7z\xbc\xaf", "a file packed with 7-Zip"),
    (b"Rar!", "a file packed with RAR"),
)
"""What files begin with that hold no table, or none that can be read with what is installed."""


def read_table(source: bytes | str | Path, name: str = "", bounds: Bounds = OWN_MACHINE) -> Table:
    """Read a table from a file, or from a file's bytes.

    Parameters
    ----------
    source : bytes, str or Path
        The contents of a file, or the path of one.
    name : str
        What the file is called where its bytes are given.
    bounds : Bounds
        The most it may have.

    Raises
    ------
    BadTable
        If it can't be read: a sentence that says where and what to do.
    """
    contents = contents_of(source, bounds)
    if not name and isinstance(source, str | Path):
        name = Path(source).name
    checksum = hashlib.sha256(contents).hexdigest()[:16]
    found = _read(unpacked(contents, bounds), bounds)
    return Table(
        name=printable(re.split(r"[/\\]", name)[-1]),
        checksum=checksum,
        frame=found.frame,
        has_header=found.has_header,
        target=found.target,
        class_names=found.class_names,
        is_image=found.is_image,
        notes=found.notes,
    )


def _read(contents: bytes, bounds: Bounds) -> Contents:
    """The table in a file's bytes: what they begin with says which form it is, whatever its name."""
    if contents.startswith(b"\x93NUMPY"):
        return read_array(contents, bounds)
    if contents.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"xl/workbook" in contents or b"xl/worksheets" in contents:
            raise BadTable("The file is an Excel workbook: save it as CSV (in Excel: Save as, CSV UTF-8).")
        return read_archive(contents, bounds)
    if contents.startswith(b"PAR1"):
        return read_parquet(contents, bounds)
    for start, what in NO_TABLES:
        if contents.startswith(start):
            raise BadTable(f"The file is {what}, which isn't read: save the table as CSV.")
    if contents[:1] == b"\x80" and contents[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise BadTable("The file is a pickle of Python's, and nothing is unpickled: save the table as CSV.")
    text, notes = decoded(contents)
    check_lines(text, bounds)
    start = text[:1_000].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        raise BadTable(
            "The file is a web page or XML, not the table itself: download or save the table as CSV."
        )
    if re.match(rb"[\[{]\s*[\[{\"]", start):
        raise BadTable("The file is JSON, which isn't read: save the table as CSV.")
    if is_arff(text):
        found = read_arff(text, bounds)
    elif is_libsvm(text):
        found = read_libsvm(text, bounds)
    else:
        found = read_delimited(text, bounds)
    return Contents(
        found.frame, found.has_header, found.target, found.class_names, found.is_image, (*notes, *found.notes)
    )
