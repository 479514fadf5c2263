"""Databases behind one small interface: SQL with named parameters, and changes made whole or not at all.

SQLite comes with Python and keeps a file; several servers of one machine may share it. PostgreSQL is for
servers on several machines, and an optional extra: see `alternatives.sessions.postgresql`. Both know the
same SQL as far as it is used here, ``ON CONFLICT`` and ``RETURNING`` included.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from alternatives.serving.limits import BadEnvironment

Rows: TypeAlias = list[tuple[Any, ...]]
Execute: TypeAlias = Callable[..., Rows]
"""Runs one statement, whose parameters are given by name, and gives its rows."""

VARIABLE = "ALTERNATIVES_SESSIONS"

PATIENCE = 10.0
"""Seconds to wait for another process's change to the same file."""

SETTINGS = (
    "journal_mode = WAL",  # nobody who reads waits for a change
    "synchronous = FULL",  # a change is on the disk before it counts as made
    "foreign_keys = ON",  # pins go with their session
    "secure_delete = ON",  # what is deleted is overwritten
)


class Unavailable(Exception):
    """The database can't be reached, read or written. The message isn't for visitors: it may name a file."""


class Database(Protocol):
    """What a store needs. Whatever goes wrong raises `Unavailable`."""

    durable: bool
    """Whether a change that was made outlives the process and, as far as the disk does, the machine."""
    place: str
    """Where it is, in words for a page: "in a file on this server"."""

    def rows(self, sql: str, **parameters: Any) -> Rows:
        """The rows of one statement that changes nothing."""

    def transaction(self) -> AbstractContextManager[Execute]:
        """All statements within it take effect together at its end, or none if it raises."""

    def close(self) -> None:
        """Give back its connections."""


class SQLite:
    """A database in one file, or in memory.

    All threads share one connection, one at a time: a statement takes less than a millisecond, and a
    change as long as the disk needs to keep it. Another process waits for a change, but not for a reader.

    Parameters
    ----------
    path : Path, optional
        Without one it is in memory.
    schema : sequence of str
        Statements that make the tables where they aren't there.
    """

    def __init__(self, path: Path | None, schema: Sequence[str]) -> None:
        self.durable = path is not None
        self.place = "in a file on this server" if path else "in this server's memory, until it restarts"
        self._lock = threading.Lock()
        with self._speaking():
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            for setting in SETTINGS:
                self._connection.execute(f"PRAGMA {setting}")
        with self.transaction() as execute:
            for statement in schema:
                execute(statement)

    def rows(self, sql: str, **parameters: Any) -> Rows:
        with self._lock, self._speaking():
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        def execute(sql: str, **parameters: Any) -> Rows:
            with self._speaking():
                return self._connection.execute(sql, parameters).fetchall()

        with self._lock:
            execute("BEGIN IMMEDIATE")
            try:
                yield execute
                execute("COMMIT")
            except BaseException:
                with suppress(Unavailable):  # SQLite may have rolled back already
                    execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(str(error)) from error


def of_environment(environment: Mapping[str, str], schema: Sequence[str]) -> Database:
    """The database that the environment names, with its tables: see `alternatives.sessions.store`.

    Raises
    ------
    BadEnvironment
        If it can't be used. The message names the variable, and no password.
    """
    given = environment.get(VARIABLE) or str(_default(environment))
    if given == "memory":
        return SQLite(None, schema)
    if "://" in given:
        raise BadEnvironment(
            f"{VARIABLE} must be the path of a file, memory, or a URL that begins with postgresql://"
        )
    try:
        return SQLite(Path(given).expanduser(), schema)
    except Unavailable:
        database = SQLite(None, schema)
        database.place += ", for its file can't be written"
        return database


def _default(environment: Mapping[str, str]) -> Path:
    """A file in the user's folder for data."""
    folder = environment.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(folder) / "softmax-alternatives" / "sessions.sqlite"
