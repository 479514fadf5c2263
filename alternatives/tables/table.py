"""A table as a file has it, before anything is understood."""

from dataclasses import dataclass

import pandas as pd


class BadTable(ValueError):
    """A file can't be used. The message is a sentence: what is wrong, in which line or column, what to do."""


@dataclass(frozen=True, eq=False)
class Table:
    """The cells of a file. Nothing is left out but comment lines, empty lines and an empty last column.

    A column of numbers is float64 with NaN where a cell is missing. Any other is of Python's str objects
    (dtype object), with None where a cell is missing. A cell is missing where it is empty, or says ?, NA,
    N/A, NaN, null or the like.
    """

    name: str
    """The file's name without its folder: printable, at most 60 characters."""
    checksum: str
    """The first 16 hexadecimal digits of the SHA-256 of the file's bytes."""
    frame: pd.DataFrame
    """A row a sample. The names of the columns are different texts: "column 3" where there is no header."""
    has_header: bool
    target: str = ""
    """The class's column, where the format itself says which one that is: y of an archive, a LIBSVM label."""
    class_names: tuple[str, ...] = ()
    """Names of the classes 0, 1, …, where the file has them."""
    is_image: bool = False
    """Whether all features are pixels of an image, which have one unit."""
    notes: tuple[str, ...] = ()
    """How the file was read, a sentence each, where it isn't a plain comma-separated table in UTF-8."""
