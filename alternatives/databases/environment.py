"""The database that the environment names."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from alternatives.databases.database import Database, Unavailable, Unwritable
from alternatives.databases.sqlite import SQLite
from alternatives.serving import settings
from alternatives.serving.settings import SESSIONS, BadEnvironment

ALLOWED = "must be the path of a file, memory, or a URL that begins with postgresql://"


def of_environment(environment: Mapping[str, str]) -> Database:
    """The database that the environment names. It is in memory where its file can't be written.

    Raises
    ------
    BadEnvironment
        For one that can't be used. The message names the variable, and no password.
    """
    given = settings.value(SESSIONS, environment) or ""
    if given == "memory":
        return SQLite()
    if given.startswith("postgresql://"):
        return _postgresql(given)
    if "://" in given:
        raise BadEnvironment(f"{SESSIONS} {ALLOWED}")
    path = Path(given or _default(environment)).expanduser()
    if path.is_dir():
        raise BadEnvironment(f"{SESSIONS} {ALLOWED}; {path} is a folder")
    try:
        return SQLite(path)
    except Unwritable:
        database = SQLite()
        database.place += ", because its disk can't be written"
        return database
    except Unavailable as error:
        raise BadEnvironment(f"{SESSIONS}: {path} can't be used: {error}") from error


def _default(environment: Mapping[str, str]) -> str:
    """A file in the user's folder for data."""
    return f"{environment.get('XDG_DATA_HOME') or '~/.local/share'}/softmax-alternatives/sessions.sqlite"


def _postgresql(url: str) -> Database:
    missing = [name for name in ("sqlalchemy", "psycopg") if importlib.util.find_spec(name) is None]
    if missing:
        raise BadEnvironment(
            f"{SESSIONS} names a PostgreSQL database; install what it needs: "
            "pip install -r requirements-postgresql.txt"
        )
    from alternatives.databases.postgresql import PostgreSQL

    try:
        return PostgreSQL(url)
    except (ValueError, Unavailable) as error:
        raise BadEnvironment(f"{SESSIONS}: the PostgreSQL database can't be reached: {error}") from error
