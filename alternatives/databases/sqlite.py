"""SQLite: a database in one file, or in memory. It comes with Python."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alternatives.databases.database import Execute, Rows, Unavailable, Unwritable

PATIENCE = 10.0
"""Seconds to wait for another process's change to the same file."""

SETTINGS = (
    "journal_mode = WAL",  # nobody who reads waits for a change
    "synchronous = FULL",  # a change is on the disk before it counts as made
    "foreign_keys = ON",
    "secure_delete = ON",  # what is deleted is overwritten
    "user_version = 1",  # this is written, and so shows whether the file can be
)

UNWRITABLE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_PERM")
"""How the names of errors begin that come from the disk."""


class SQLite:
    """A database in one file, which several processes of a machine may share, or in memory.

    All threads share a connection for changes and, where the database is a file, another for reading; each is
    used by one at a time. A statement takes less than a millisecond, a change as long as the disk needs to
    keep it, and longer if another process changes the file: with one connection readers would wait too.

    Parameters
    ----------
    path : Path, optional
        It is made, with its folder, where it isn't there: nobody else may read it. Without a path the
        database is in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.durable = path is not None
        self.place = "in a file on this server" if path else "in this server's memory, until it restarts"
        self._lock = self._reading = threading.Lock()
        with self._translated():
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)  # the folder may be one that others read
            self._connection = self._reader = _connected(path or ":memory:", SETTINGS)
            if path is not None:
                self._reading, self._reader = threading.Lock(), _connected(path, ("query_only = ON",))

    def create(self, schema: Sequence[str]) -> None:
        with self.transaction() as execute:
            for statement in schema:
                execute(statement)

    def rows(self, sql: str, **parameters: Any) -> Rows:
        with self._reading, self._translated():
            return self._reader.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        def execute(sql: str, **parameters: Any) -> Rows:
            with self._translated():
                return self._connection.execute(sql, parameters).fetchall()

        with self._lock:
            execute("BEGIN IMMEDIATE")  # a change that began as a reader's could find another in its way
            try:
                yield execute
                execute("COMMIT")
            except BaseException:
                with suppress(Unavailable):  # SQLite itself may have rolled back
                    execute("ROLLBACK")
                raise

    def erase(self) -> None:
        with self._lock, self._translated():  # the log of changes has what was there before
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        with self._reading:
            self._reader.close()
        with self._lock:
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unwritable(str(error)) from error
        except sqlite3.Error as error:
            of_disk = getattr(error, "sqlite_errorname", "").startswith(UNWRITABLE)
            raise (Unwritable if of_disk else Unavailable)(str(error)) from error


def _connected(where: Path | str, settings: Sequence[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(where, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")
    return connection
