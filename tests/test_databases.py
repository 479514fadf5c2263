"""Which database the environment names, and what is said of one that can't be used."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from alternatives import databases
from alternatives.databases import environment as environments
from alternatives.serving.settings import BadEnvironment
from alternatives.sessions import store as stores
from tests import session_stores
from tests.serving import ROOT

PASSWORD = "sesame"


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[str]:
    with session_stores.place("PostgreSQL", tmp_path) as url:
        yield url


def given(value: str) -> dict[str, str]:
    return {"ALTERNATIVES_SESSIONS": value}


def test_memory() -> None:
    database = databases.of_environment(given("memory"))
    assert not database.durable
    assert database.place == "in this server's memory, until it restarts"


@pytest.mark.parametrize("named", ["HOME", "XDG_DATA_HOME"])
def test_a_file_in_the_folder_for_data_by_default(
    tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    database = databases.of_environment({named: str(tmp_path)})
    assert database.durable
    assert database.place == "in a file on this server"
    folder = tmp_path / (".local/share" if named == "HOME" else "") / "softmax-alternatives"
    assert (folder / "sessions.sqlite").is_file()
    assert folder.stat().st_mode & 0o077 == 0  # nobody else reads notes there
    database.close()


def test_nobody_else_reads_a_file_in_a_folder_that_others_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = stores.of_environment(given(str(tmp_path / "sessions.sqlite")))
    store.create(stores.Session())
    found = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    assert found == {"sessions.sqlite": 0, "sessions.sqlite-wal": 0, "sessions.sqlite-shm": 0}
    store.close()
    (tmp_path / "sessions.sqlite").chmod(0o640)  # whoever wants it otherwise has it so
    stores.of_environment(given(str(tmp_path / "sessions.sqlite"))).close()
    assert (tmp_path / "sessions.sqlite").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("path", ["/proc/sessions.sqlite", "/dev/null/sessions.sqlite", "/sys/folder/file"])
def test_in_memory_where_the_disk_cannot_be_written(path: str) -> None:
    database = databases.of_environment(given(path))
    assert not database.durable
    assert database.place == "in this server's memory, until it restarts, because its disk can't be written"
    store = stores.of_environment(given(path))
    assert not store.durable
    assert store.where == database.place


def test_in_memory_where_the_file_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sessions.sqlite"
    databases.of_environment(given(str(path))).close()

    def read_only(name: Path | str, **options: Any) -> sqlite3.Connection:  # for root too
        name = f"file:{name}?mode=ro" if name == path else name
        return connect(name, uri=True, **options)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", read_only)
    database = databases.of_environment(given(str(path)))
    assert not database.durable
    assert database.place.endswith("because its disk can't be written")


def test_who_reads_a_file_does_not_wait_for_who_waits_to_change_it(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    database = databases.SQLite(path)
    database.create(["CREATE TABLE numbers (number INTEGER)"])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # another process's change
    waiting = threading.Event()

    def change() -> None:
        waiting.set()
        with database.transaction() as execute:
            execute("INSERT INTO numbers VALUES (1)")

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        assert waiting.wait(5)
        while not database._lock.locked():
            assert not changing.done()
        found = database.rows("SELECT * FROM numbers")
        is_still_waiting = not changing.done()
        other.execute("ROLLBACK")
        changing.result()
    assert is_still_waiting
    assert not found
    assert database.rows("SELECT * FROM numbers") == [(1,)]
    database.close()
    other.close()


@pytest.mark.parametrize(
    "value",
    [
        f"mysql://me:{PASSWORD}@host/database",
        f"postgres+asyncpg://me:{PASSWORD}@host/database",
        f"postgresql://me:{PASSWORD}@127.0.0.1:1/database",
        f"postgresql://me:pass@{PASSWORD}@127.0.0.1:1/database",
        f"postgresql://127.0.0.1:{PASSWORD}/database",
        f"postgresql://me:{PASSWORD}@127.0.0.1:port/database",
        f"postgresql://me:{PASSWORD}@[127.0.0.1/database",
        f"postgresql://me:x/{PASSWORD}@127.0.0.1:1/database",
        f"postgresql://me@127.0.0.1:1/database?password={PASSWORD}",
    ],
)
def test_bad_environment_says_no_password(value: str) -> None:
    with pytest.raises(BadEnvironment, match="ALTERNATIVES_SESSIONS") as told:
        databases.of_environment(given(value))
    assert PASSWORD not in str(told.value)


def test_a_folder_or_a_file_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(BadEnvironment, match="is a folder"):
        databases.of_environment(given(str(tmp_path)))
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and no database at all\n" * 30)
    with pytest.raises(BadEnvironment, match="file is not a database"):
        databases.of_environment(given(str(path)))
    assert path.read_text().startswith("these are notes")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadEnvironment, match=r"pip install -r requirements-postgresql\.txt"):
        databases.of_environment(given(f"postgresql://me:{PASSWORD}@127.0.0.1/database"))


@pytest.mark.parametrize("days", ["0", "-1", "many", "nan", "inf"])
def test_days(days: str) -> None:
    with pytest.raises(BadEnvironment, match="ALTERNATIVES_SESSION_DAYS must be a positive number"):
        stores.of_environment(given("memory") | {"ALTERNATIVES_SESSION_DAYS": days})


@pytest.mark.parametrize(("days", "expected"), [("7", 7), ("0.5", 1), ("1e300", stores.MOST_DAYS)])
def test_session_days(days: str, expected: int) -> None:
    store = stores.of_environment(given("memory") | {"ALTERNATIVES_SESSION_DAYS": days})
    token = store.create(stores.Session()).viewing
    assert store.read(token).expires.timestamp() == (store._today() + expected + 1) * 86_400


def test_the_server_does_not_start_in_a_bad_environment() -> None:
    code = "from alternatives.pages import _ahead; _ahead.prepare()"
    environment = os.environ | given(f"mysql://me:{PASSWORD}@host/database")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == f"ALTERNATIVES_SESSIONS {environments.ALLOWED}\n"


def test_special_characters_of_a_password(postgresql: str) -> None:
    password = "p@ss:/?#%word"
    url = postgresql.replace("postgres@", f"postgres:{quote(password, safe='')}@", 1)
    database = databases.of_environment(given(url))
    assert database.rows("SELECT 1") == [(1,)]
    database.close()


def test_connections_that_the_server_closes_are_opened_anew(postgresql: str) -> None:
    store = stores.of_environment(given(postgresql))
    token = store.create(stores.Session()).viewing
    other = databases.of_environment(given(postgresql))
    other.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND query LIKE '%shared_sessions%'"
    )
    assert store.version(token) == 1
    store.close()
    other.close()


def test_a_question_without_an_answer_ends(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alternatives.databases import postgresql as module

    monkeypatch.setattr(module, "PATIENCE", 0.3)
    database = module.PostgreSQL(postgresql)
    began = time.monotonic()
    with pytest.raises(databases.Unavailable, match=r"no answer within 0\.3 seconds"):
        database.rows("SELECT pg_sleep(60)")
    assert time.monotonic() - began < 10
    assert database.rows("SELECT 2") == [(2,)]
    database.close()


def test_who_waits_for_what_another_server_holds_gives_up(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alternatives.databases import postgresql as module

    first, second = (module.PostgreSQL(postgresql) for _ in range(2))
    first.create(["CREATE TABLE held (n INTEGER)", "INSERT INTO held VALUES (1)"])
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    with first.transaction() as execute:
        execute("UPDATE held SET n = 2")
        with pytest.raises(databases.Unavailable, match="no answer"), second.transaction() as other:
            other("UPDATE held SET n = n + 10")
        time.sleep(0.5)
    assert second.rows("SELECT n FROM held") == [(2,)]
    first.close()
    second.close()
