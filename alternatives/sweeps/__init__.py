"""Sweeps: many comparisons in a row, on all cores or on a cluster, whose results are one table.

A sweep says what all comparisons have in common and what is varied; every combination is one of them. What is
done is kept beside the table, so a sweep that was stopped or killed goes on where it was.
"""

from alternatives.sweeps.grid import MOST_COMPARISONS, Sweep
from alternatives.sweeps.running import NotReachable, run
from alternatives.sweeps.table import KEY, Table, key, rows

__all__ = ["KEY", "MOST_COMPARISONS", "NotReachable", "Sweep", "Table", "key", "rows", "run"]
