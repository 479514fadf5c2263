"""What every test shares. It is imported before numpy is."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from alternatives.sessions.store import Store

# The workers share the cores: a pool of threads in each would only make them wait for one another.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# No test writes into the folder of whoever runs it.
os.environ.setdefault("ALTERNATIVES_SESSIONS", "memory")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is thorough, unless asked for it; and let no worker wait long for another at the end.

    Groups come first anyway, the largest first.
    """
    if os.environ.get("ALTERNATIVES_THOROUGH") != "yes":  # as in tests/outcomes.py
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Without its groups every worker would have browsers, and tests would fail by time: it doesn't start."""
    if hasattr(session.config, "workerinput"):
        for item in session.items:
            if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
                raise pytest.UsageError(f"pytest-xdist took no notice of the group of {item.nodeid}")


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """What ALTERNATIVES_SESSIONS is for an empty database."""
    from tests import session_stores

    with session_stores.place(request.param, tmp_path) as place:
        yield place


@pytest.fixture
def store(place: str) -> "Iterator[Store]":
    from tests import session_stores

    opened = session_stores.store_at(place)
    yield opened
    opened.close()
