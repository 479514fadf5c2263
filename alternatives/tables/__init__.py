"""Tables that people bring: read from files of many forms, understood, and decided upon.

`read_table` makes a `Table` of a file and changes nothing in it. `understand` says which column is the
class, what every other one is, and what is left out and why; `Decisions` change what it guessed. No file is
ever unpickled, and what can't be read is a `BadTable` with a sentence that says where and what to do.
"""

from alternatives.tables.bounds import HOSTED, OWN_MACHINE, Bounds
from alternatives.tables.columns import Kind
from alternatives.tables.decisions import Decisions
from alternatives.tables.reading import read_table
from alternatives.tables.table import BadTable, Table
from alternatives.tables.understanding import Column, Understood, understand

__all__ = [
    "HOSTED",
    "OWN_MACHINE",
    "BadTable",
    "Bounds",
    "Column",
    "Decisions",
    "Kind",
    "Table",
    "Understood",
    "read_table",
    "understand",
]
