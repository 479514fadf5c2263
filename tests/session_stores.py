"""Empty databases for shared sessions, and a process that writes sessions until it is killed."""

import os
import random
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alternatives import Session
from alternatives.sessions import Pin
from alternatives.sessions.errors import NoSession
from alternatives.sessions.store import Store, of_environment
from alternatives.shape import Shape
from tests.serving import ROOT

DATABASES = ("SQLite", "PostgreSQL")
POSTGRESQL = "ALTERNATIVES_TEST_POSTGRESQL"
"""The URL of a PostgreSQL server for tests, as ``.ci/with-postgresql`` sets it."""


@contextmanager
def place(database: str, folder: Path) -> Iterator[str]:
    """What ALTERNATIVES_SESSIONS is for an empty database. Without a PostgreSQL the test is skipped."""
    if database == "SQLite":
        yield str(folder / "sessions.sqlite")
        return
    url = os.environ.get(POSTGRESQL)
    if not url:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(f"needs a PostgreSQL server: run the tests with .ci/with-postgresql, which sets {POSTGRESQL}")
    from alternatives.databases.postgresql import PostgreSQL

    name = f"test_{secrets.token_hex(8)}"
    server = PostgreSQL(url)
    server.rows(f"CREATE SCHEMA {name}")
    try:
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    finally:
        server.rows(f"DROP SCHEMA {name} CASCADE")
        server.close()


def store_at(where: str) -> Store:
    return of_environment({"ALTERNATIVES_SESSIONS": where})


Content = list[tuple[str, str]]
"""Names and notes of a session's pins."""

CONTENTS: tuple[Content | None, ...] = (
    [("a", ""), ("b", "")],
    [("a", ""), ("b", ""), ("c", "")],
    [("a", "a note"), ("b", ""), ("c", "")],
    [("c", ""), ("a", "a note"), ("b", "")],
    [("c", ""), ("a", "a note")],
    None,
)
"""What is in a session after each change that `write` makes; at the end it is deleted."""


def write(store: Store, finished: bool) -> Iterator[tuple[str, int]]:
    """Write a session: its token and how many changes have been made, after each."""
    a, b, c = (Pin(name, Shape()) for name in "abc")
    token = store.create(Session((a, b))).editing
    yield token, 0
    store.put(token, c, None)
    yield token, 1
    store.put(token, Pin("a", Shape(), "a note", a.key), 1)
    yield token, 2
    store.arrange(token, [c.key])
    yield token, 3
    store.remove(token, b.key, 1)
    yield token, 4
    if finished:
        store.delete(token)
        yield token, 5


def written(store: Store, token: str) -> Content | None:
    try:
        return [(pin.name, pin.note) for pin in store.read(token).session.pins]
    except NoSession:
        return None


def write_until_killed(where: str, n_sessions: int, seed: int, n_threads: int = 3) -> dict[str, int]:
    """Changes that a process said were made, by token, before it was killed at a random moment."""
    command = [sys.executable, "-m", "tests.session_stores", where, str(n_sessions), str(n_threads)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]  # it has begun
        kill = threading.Timer(random.Random(seed).uniform(0, 0.005 * n_sessions), process.kill)
        kill.start()
        lines += process.stdout.readlines()
        kill.cancel()
    last: dict[str, int] = {}
    for line in lines:
        if line.endswith("\n"):
            token, change = line.split()
            last[token] = int(change)
    return last


def lost(store: Store, acknowledged: dict[str, int]) -> list[str]:
    """Tokens of sessions that aren't as they were after the last acknowledged change, or the one after it."""
    return [
        token for token, change in acknowledged.items() if written(store, token) not in CONTENTS[change:][:2]
    ]


def main(where: str, n_sessions: int, n_threads: int) -> None:
    store, printing = store_at(where), threading.Lock()

    def run(numbers: range) -> None:
        for number in numbers:
            for token, change in write(store, finished=number % 3 == 0):
                with printing:
                    print(token, change, flush=True)

    threads = [
        threading.Thread(target=run, args=[range(first, n_sessions, n_threads)]) for first in range(n_threads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if n_sessions > 1:
        time.sleep(60)  # until it is killed


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
