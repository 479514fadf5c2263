"""Empty databases for shared sessions, what tests do with them, and a process that writes into them."""

import os
import random
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alternatives import Comparison, Session
from alternatives.experiments.inside import Inside
from alternatives.sessions import Pin
from alternatives.sessions.errors import NoSession
from alternatives.sessions.store import Kept, Store, of_environment
from alternatives.shape import Shape
from tests.serving import ROOT

DATABASES = ("SQLite", "PostgreSQL")
POSTGRESQL = "ALTERNATIVES_TEST_POSTGRESQL"
"""The URL of a PostgreSQL server for tests, as ``.ci/with-postgresql`` sets it."""

STATES = (Comparison(dataset="iris", n_seeds=3), Shape(logits=(1, 2, 3.5)), Inside(part="gate"))


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


def a_session() -> Session:
    return Session.of({"iris": STATES[0], "Form «é» 中 \U0001f600": STATES[1], "gate": STATES[2]})


def shape(name: str, note: str = "", **given: str) -> Pin:
    return Pin(name, STATES[1], note, **given)


def names(kept: Kept) -> list[str]:
    return [pin.name for pin in kept.session.pins]


def rows(store: Store, table: str) -> list[tuple[Any, ...]]:
    return store._database.rows(f"SELECT * FROM {table}")


EDITS: dict[str, Callable[[Store, str], object]] = {
    "put": lambda store, token: store.put(token, shape("new"), None),
    "remove": lambda store, token: store.remove(token, "key", 1),
    "arrange": lambda store, token: store.arrange(token, ["key"], "key"),
    "delete": lambda store, token: store.delete(token),
}
USES = EDITS | {
    "read": lambda store, token: store.read(token),
    "version": lambda store, token: store.version(token),
}

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
"""What is in a session after each change that `write` makes; the last deletes it."""


def write(store: Store, n_changes: int) -> Iterator[tuple[str, int]]:
    """Write a session: its token and the number of the change, after each."""
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
    if n_changes == len(CONTENTS):
        store.delete(token)
        yield token, 5


def written(store: Store, token: str) -> Content | None:
    try:
        return [(pin.name, pin.note) for pin in store.read(token).session.pins]
    except NoSession:
        return None


def write_until_killed(
    where: str, n_sessions: int, seconds: float, seed: int, n_threads: int = 3
) -> dict[str, slice]:
    """What may be in the sessions of a process that was killed within so many seconds, by token.

    It is what was there after the last change that the process said was stored, or after the next one.
    """
    command = [sys.executable, "-m", "tests.session_stores", where, str(n_sessions), str(n_threads)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]  # it has begun
        kill = threading.Timer(random.Random(seed).uniform(0, seconds), process.kill)
        kill.start()
        lines += process.stdout.readlines()
        kill.cancel()
    last: dict[str, slice] = {}
    for line in lines:
        if line.endswith("\n"):
            token, change, n_changes = line.split()
            last[token] = slice(int(change), min(int(change) + 2, int(n_changes)))
    return last


def lost(store: Store, acknowledged: dict[str, slice]) -> list[str]:
    """Tokens of sessions that aren't as they may be."""
    return [token for token, may in acknowledged.items() if written(store, token) not in CONTENTS[may]]


def main(where: str, n_sessions: int, n_threads: int) -> None:
    store, printing = store_at(where), threading.Lock()

    def run(numbers: range) -> None:
        for number in numbers:
            n_changes = len(CONTENTS) - bool(number % 3)  # every third session is deleted at the end
            for token, change in write(store, n_changes):
                with printing:
                    print(token, change, n_changes, flush=True)

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
