"""Sweeps: many comparisons in a row, on all cores or on a cluster, whose results are one table.

A sweep says what all comparisons have in common and what is varied; every combination is one of them. What is
done is kept beside the table, so a sweep that was stopped or killed goes on where it was. `read` opens such a
table again, and `Found` says what it shows.
"""

from alternatives.sweeps.found import Found, found
from alternatives.sweeps.grid import MOST_COMPARISONS, Sweep
from alternatives.sweeps.reading import Swept, read
from alternatives.sweeps.running import NotReachable, run
from alternatives.sweeps.table import KEY, Table, key, rows
from alternatives.sweeps.view import SweepView

__all__ = [
    "KEY",
    "MOST_COMPARISONS",
    "Found",
    "NotReachable",
    "Sweep",
    "SweepView",
    "Swept",
    "Table",
    "found",
    "key",
    "read",
    "rows",
    "run",
]
