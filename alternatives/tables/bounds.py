"""How large a table may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """The most that a table may have."""

    megabytes: float
    """Of the file, and of what it unpacks to a few times as much."""
    rows: int
    columns: int
    classes: int


HOSTED = Bounds(megabytes=5, rows=20_000, columns=500, classes=100)
"""For strangers' files on a server, unless the environment says otherwise."""

OWN_MACHINE = Bounds(megabytes=200, rows=500_000, columns=5_000, classes=1_000)
"""For the command line, for Python, and for the files in the folder data."""
