"""What a database can do: SQL with named parameters, and changes that are made whole or not at all."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

Rows: TypeAlias = list[tuple[Any, ...]]
Execute: TypeAlias = Callable[..., Rows]
"""Runs one statement, whose parameters are given by name, and gives its rows."""


class Unavailable(Exception):
    """The database can't be reached, read or written. The message isn't for visitors: it may name a file."""


class Unwritable(Unavailable):
    """There is no place on the disk that may be written."""


class Database(Protocol):
    """Threads and processes may use it at once. Whatever goes wrong with it raises `Unavailable`."""

    durable: bool
    """Whether a change that was made outlives the process and, as far as the disk does, the machine."""
    place: str
    """Where it is, in words for a page: "in a file on this server"."""

    def create(self, schema: Sequence[str]) -> None:
        """Run statements that make tables where they aren't there, alone among all who do this at once."""

    def rows(self, sql: str, **parameters: Any) -> Rows:
        """The rows of one statement that changes nothing."""

    def transaction(self) -> AbstractContextManager[Execute]:
        """All statements within it take effect together at its end, or none if it raises."""

    def erase(self) -> None:
        """Overwrite what was deleted, as far as the database does such a thing when it is asked."""

    def close(self) -> None:
        """Give back its connections."""
