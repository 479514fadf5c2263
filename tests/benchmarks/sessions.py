"""Shared sessions: what is lost when servers are killed, and how long a store takes.

Processes write sessions, three at a time each, and say after every change that it is stored; each is killed
with SIGKILL at a random moment, until there are enough sessions. Then every session is opened, and must be
as it was after the last change of which its process said so, or after the one that it was about to make.

PostgreSQL is measured where there is one: `.ci/with-postgresql python -m tests.benchmarks sessions`.
"""

import argparse
import dataclasses
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from alternatives import Comparison, Session
from alternatives.sessions.store import Store
from tests import session_stores
from tests.benchmarks._timing import machine

N_TOGETHER = 1000
"""Sessions that a process would write if it weren't killed."""
LONGEST = 4.0
"""Seconds that a process lives after its first change, at most."""
N_TIMES = 200


def kill(where: str, n_sessions: int) -> None:
    """Write sessions with processes that are killed, and count what is lost."""
    acknowledged: dict[str, slice] = {}
    n_kills, started = 0, time.perf_counter()
    while len(acknowledged) < n_sessions:
        acknowledged |= session_stores.write_until_killed(where, N_TOGETHER, LONGEST, seed=n_kills)
        n_kills += 1
    seconds = time.perf_counter() - started
    n_changes = sum(may.start + 1 for may in acknowledged.values())
    lost = session_stores.lost(session_stores.store_at(where), acknowledged)
    print(
        f"  {len(acknowledged):,} sessions, {n_changes:,} acknowledged changes, {n_kills} kills, "
        f"{len(lost)} sessions with a loss; {seconds:.0f} s"
    )


def measure(store: Store) -> None:
    """How long the calls take on a session of four comparisons."""
    session = Session.of({f"{n} seeds": Comparison(n_seeds=n) for n in (3, 5, 10, 20)})
    editing, viewing = store.create(session)
    every = [store.create(session).viewing for _ in range(50)]
    first = session.pins[0]

    def put() -> None:
        version = store.read(editing).versions[first.key]
        store.put(editing, dataclasses.replace(first, note=str(time.perf_counter())), version)

    calls: dict[str, Callable[[], object]] = {
        "read": lambda: store.read(viewing),
        "version": lambda: store.version(viewing),
        "versions of 50 sessions": lambda: store.versions(every),
        "create, 4 pins": lambda: store.create(session),
        "read and change a pin": put,
    }
    for name, call in calls.items():
        times = []
        for _ in range(N_TIMES):
            started = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - started))
        print(
            f"  {name:24} {statistics.median(times):8.2f} ms (95 %: {sorted(times)[int(0.95 * N_TIMES)]:.2f})"
        )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks sessions", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="50 sessions")
    options = parser.parse_args(arguments)
    print(machine())
    for database in session_stores.DATABASES:
        if database == "PostgreSQL" and not os.environ.get(session_stores.POSTGRESQL):
            print(f"no PostgreSQL: {session_stores.POSTGRESQL} isn't set")
            continue
        print(database)
        with (
            tempfile.TemporaryDirectory() as folder,
            session_stores.place(database, Path(folder)) as where,
        ):
            kill(where, 50 if options.quick else options.sessions)
            store = session_stores.store_at(where)
            measure(store)
            store.close()
