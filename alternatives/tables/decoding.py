"""The text in a file's bytes: which encoding it has, and where its lines end.

The text is handed on as bytes in UTF-8, for that is what it's split from; a text of Python's would cost four
times as much where a single character is rare.
"""

import codecs

from alternatives.tables.table import BadTable

MARKS = (
    (codecs.BOM_UTF8, "utf-8", ""),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
"""Byte order marks; UTF-32's begins with UTF-16's."""

CONTROLS = bytes(sorted({*range(1, 32), 127} - {9, 10, 12, 13, 26}))
"""Characters that no table has. Some have a form feed between pages, some an old end of file (26)."""


def decoded(contents: bytes) -> tuple[bytes, list[str]]:
    """The text in UTF-8 with lines that end in a line feed, and notes on how it was read."""
    text, notes = _in_utf8(contents)
    if b"\x00" in text:
        line = text.count(b"\n", 0, text.index(b"\x00")) + 1
        raise BadTable(
            f"Line {line:,} has a NUL byte: the file is no text, or damaged. Save the table as CSV in UTF-8."
        )
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if len(text.translate(None, CONTROLS)) < len(text):
        n_controls = len(text) - len(text.translate(None, CONTROLS))
        if n_controls > len(text) / 100:
            raise BadTable("The file is no table of text: save the table as CSV in UTF-8.")
        text = text.translate(bytes(32 if k in CONTROLS else k for k in range(256)))
        notes.append(f"{n_controls:,} control characters are read as blanks.")
    return text.replace(b"\x0c", b" ").rstrip(b"\x1a"), notes


def _in_utf8(contents: bytes) -> tuple[bytes, list[str]]:
    for mark, encoding, said in MARKS:
        if contents.startswith(mark):
            return _from(contents[len(mark) :], encoding, said)
    zeros = contents[:4096].count(b"\x00")
    if zeros > len(contents[:4096]) / 5:  # two bytes a character, one of which is 0 in most of them
        even, odd = contents[:4096:2].count(b"\x00"), contents[1:4096:2].count(b"\x00")
        if min(even, odd) * 10 <= max(even, odd):
            return _from(contents, "utf-16-le" if odd > even else "utf-16-be", "UTF-16")
    try:
        return _from(contents, "utf-8", "")
    except BadTable as error:
        try:
            text = contents.decode("cp1252")
        except UnicodeDecodeError:
            raise error from None
    note = "It is read as Windows-1252, as it isn't in UTF-8: save it in UTF-8 if its letters look wrong."
    return text.encode("utf-8"), [note]


def _from(contents: bytes, encoding: str, said: str) -> tuple[bytes, list[str]]:
    if encoding == "utf-8" and contents.isascii():
        return contents, []
    try:
        text = contents.decode(encoding)
        return (text.encode("utf-8") if said else contents), ([f"It is in {said}."] if said else [])
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        line = contents.count(b"\n", 0, error.start) + 1
        raise BadTable(
            f"Line {line:,} has bytes that are no text in {said or 'UTF-8'}: save the file as CSV in UTF-8."
        ) from error
