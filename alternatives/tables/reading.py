"""A file as a table: which form it has, and by whom that form is read."""

from pathlib import Path

from alternatives.tables.bounds import OWN_MACHINE, Bounds
from alternatives.tables.table import Table


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
    raise NotImplementedError
