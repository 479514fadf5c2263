"""PostgreSQL, through SQLAlchemy: what is kept for servers on several machines. An optional extra."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy import event, exc

from alternatives.databases.database import Execute, Rows, Unavailable

PATIENCE = 10
"""Seconds to wait for the server to answer, or for a connection that others have."""

CONNECTION = {
    "connect_timeout": PATIENCE,
    "tcp_user_timeout": 1000 * PATIENCE,
    "keepalives_idle": PATIENCE,
    "keepalives_interval": PATIENCE // 2,
    "keepalives_count": 2,
}
"""A server whose machine or network has gone says nothing: without these, a question waits for minutes."""


class _Patient(psycopg.Connection[Any]):
    """A connection that ends where a question has no answer in time.

    A server that is paused, or waits for its disk or for another's lock, still has its connections: whoever
    asked would wait as long as that lasts.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:  # the driver's own
            return super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            return super().wait(gen, interval, PATIENCE)
        except psycopg.OperationalError:
            if time.monotonic() - began < PATIENCE:
                raise
            self.close()  # else the late answer would be that to the next question
            raise psycopg.OperationalError(f"no answer within {PATIENCE} seconds") from None


_CREATING = 151_105_042
"""The lock of servers that make tables: ``IF NOT EXISTS`` alone fails where two do so at once."""


class PostgreSQL:
    """A database on a server.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:port/database``; what isn't a letter or a digit in the password is
        written with per cent signs. ValueError, without the URL, for one that can't be read.
    """

    durable = True
    place = "in a database"

    def __init__(self, url: str) -> None:
        # Whatever the parser or the driver would say of a URL that isn't right could quote the password.
        try:
            parsed = sqlalchemy.make_url(url)
        except (exc.ArgumentError, ValueError):
            parsed = None
        if parsed is None or "@" in f"{parsed.host}{parsed.database}":
            raise ValueError(
                "it can't be read; is the password written with per cent signs where it must be?"
            )
        self._engine = sqlalchemy.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",
            connect_args=CONNECTION,
            pool_timeout=PATIENCE,
            pool_pre_ping=True,  # a connection that the server closed is opened anew
            hide_parameters=True,
        )
        event.listen(self._engine, "do_connect", _connected)
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self.rows("SELECT 1")

    def create(self, schema: Sequence[str]) -> None:
        with self.transaction() as execute:
            execute("SELECT pg_advisory_xact_lock(:lock)", lock=_CREATING)
            for statement in schema:
                execute(statement)

    def rows(self, sql: str, **parameters: Any) -> Rows:
        with self._translated(), self._reader.connect() as connection:
            return _rows(connection, sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        with self._translated(), self._engine.begin() as connection:
            yield lambda sql, **parameters: _rows(connection, sql, parameters)

    def erase(self) -> None:
        """PostgreSQL does it by itself, when it vacuums."""

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.SQLAlchemyError as error:
            raise Unavailable(str(getattr(error, "orig", error))) from error


def _connected(dialect: Any, record: Any, given: Sequence[Any], named: dict[str, Any]) -> _Patient:
    """The connection that SQLAlchemy is to use instead of the driver's own."""
    return _Patient.connect(*given, **named)


def _rows(connection: sqlalchemy.Connection, sql: str, parameters: dict[str, Any]) -> Rows:
    result = connection.execute(sqlalchemy.text(sql), parameters)
    return [tuple(row) for row in result] if result.returns_rows else []
