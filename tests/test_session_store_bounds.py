"""Shared sessions: bounds, expiry, deletion, what is odd in the database, and servers that are killed."""

import dataclasses
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from alternatives import Session
from alternatives.databases import Execute, SQLite, Unavailable
from alternatives.sessions import MOST_PINS, Pin, records, tokens
from alternatives.sessions import store as stores
from alternatives.sessions.pin import LONGEST_NOTE
from alternatives.sessions.store import Conflict, Full, Kept, NoSession, OutOfReach, Store
from tests.session_stores import (
    STATES,
    USES,
    a_session,
    lost,
    names,
    rows,
    shape,
    store_at,
    write_until_killed,
)


def test_bounds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Session(tuple(shape(f"pin {n}", "n" * LONGEST_NOTE) for n in range(MOST_PINS)))
    editing = store.create(full).editing
    with pytest.raises(Full, match=f"at most {MOST_PINS} pins"):
        store.put(editing, shape("one more"), None)
    assert store.read(editing).session == full

    editing = store.create(Session((pin := shape("short"),))).editing
    monkeypatch.setattr(records, "LONGEST_PIN", 500)
    with pytest.raises(Full, match="a pin may take at most 500 characters, got"):
        store.put(editing, shape("long", "n" * 500), None)
    monkeypatch.setattr(records, "LONGEST_SESSION", 800)
    store.put(editing, shape("second", "n" * 300), None)
    with pytest.raises(Full, match="all pins together may take at most 800 characters, got"):
        store.put(editing, shape("third", "n" * 300), None)
    for given in (Session(tuple(map(shape, "abcdefghi"))), Session((shape("long", "n" * 500),))):
        with pytest.raises(Full):
            store.create(given)
    assert names(store.read(editing)) == ["short", "second"]
    assert len(rows(store, "shared_sessions")) == 2
    assert store.remove(editing, pin.key, 1)

    monkeypatch.setattr(stores, "MOST_SESSIONS", 3)
    store.create(Session())
    with pytest.raises(Full, match="at most 3 shared sessions"):
        store.create(Session())
    store.delete(editing)
    store.create(Session())


def test_what_nobody_uses_expires(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    today = 20_000
    monkeypatch.setattr(store, "_today", lambda: today)
    used, changed, left = (store.create(a_session()) for _ in range(3))
    expires = store.read(used.viewing).expires
    today += 90
    assert store.read(used.viewing).expires.toordinal() - expires.toordinal() == 90
    store.put(changed.editing, shape("new"), None)
    assert store.version(left.viewing) == 1  # who only watches doesn't keep it
    today += 1
    for use in USES.values():
        with pytest.raises(NoSession):
            use(store, left.editing)
    assert len(store.versions([used.viewing, changed.viewing, left.viewing])) == 2
    assert len(rows(store, "shared_sessions")) == 2
    today += 1000
    monkeypatch.setattr(stores, "MOST_SESSIONS", 2)
    store.create(Session())  # what has expired makes room
    assert len(rows(store, "shared_sessions")) == 1
    today += 1000
    store.expire()
    assert rows(store, "shared_sessions") == rows(store, "shared_pins") == []


@pytest.mark.parametrize("somebody_reads", [False, True], ids=["opening the store", "a read"])
def test_what_expired_is_deleted_without_a_new_session(tmp_path: Path, somebody_reads: bool) -> None:
    path, day = tmp_path / "sessions.sqlite", [100]
    store = Store(SQLite(path), today=lambda: day[0])
    token = store.create(Session((shape("secret name", "secret note"),))).viewing
    store.read(token)
    day[0] += 1_000
    if somebody_reads:
        with pytest.raises(NoSession):
            store.read(token)
    else:
        store.close()
        store = Store(SQLite(path), today=lambda: day[0])
    assert not rows(store, "shared_sessions")
    assert not any(b"secret note" in each.read_bytes() for each in tmp_path.iterdir())
    store.close()


def test_reads_delete_what_expired_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    day, expired = [100], list[int]()
    store = Store(SQLite(), today=lambda: day[0])
    token = store.create(Session()).viewing
    expire = store.expire
    monkeypatch.setattr(store, "expire", lambda: (expired.append(day[0]), expire()))
    for day[0] in (100, 101, 101, 103, 103):
        store.read(token)
    assert expired == [101, 103]


def test_what_is_deleted_is_gone_from_the_disk(tmp_path: Path) -> None:
    store = store_at(str(tmp_path / "sessions.sqlite"))
    other = store_at(str(tmp_path / "sessions.sqlite"))
    kept = store.create(Session((shape("kept", "a note that stays"),)))
    links = store.create(Session((pin := shape("secret", "a note that nobody may read"),)))
    other.put(links.editing, dataclasses.replace(pin, note="another that nobody may read"), 1)

    def content() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"nobody may read" in content()
    store.delete(links.editing)
    assert b"nobody may read" not in content()
    assert b"a note that stays" in content()
    assert names(other.read(kept.viewing)) == ["kept"]
    store.close()
    other.close()


def test_what_is_stored_is_read_like_a_strangers(store: Store) -> None:
    draw = random.Random(1)
    links = store.create(Session((fine := shape("fine"), pin := Pin("odd", STATES[0]))))
    text = json.dumps(STATES[0].texts())

    def tamper(**columns: str) -> Kept:
        with store._database.transaction() as execute:
            for column, value in columns.items():
                execute(
                    f"UPDATE shared_pins SET {column} = :value WHERE key = :key", value=value, key=pin.key
                )
        return store.read(links.editing)

    for column, value in (
        ("kind", "claims"),
        ("state", "{}" * 20_000),
        ("state", "[" * 15_000),
        ("state", '{"seeds": "many"}'),
        ("name", "two\nlines"),
        ("note", "n" * 20_000),
    ):
        kept = tamper(**{"name": "odd", "note": "", "kind": "compare", "state": text, column: value})
        assert kept.session.pins == (fine,)
        assert kept.versions == {fine.key: 1}
        (problem,) = kept.problems
        assert problem.startswith("a pin of this session can't be read: ")
        assert len(problem) < 400
    for _ in range(60):
        place, length = draw.randrange(len(text)), draw.randrange(4)
        put = "".join(draw.choices('{}[]",:0a\\é', k=draw.randrange(4)))
        kept = tamper(name="odd", note="", state=text[:place] + put + text[place + length :])
        assert len(kept.session.pins) + len(kept.problems) == 2
    assert names(tamper(name="fine", state=text)) == ["fine", "fine 2"]
    tamper(state="{")
    with pytest.raises(Conflict):
        store.put(links.editing, pin, 7)
    assert not store.put(links.editing, pin, 1).problems


def test_a_database_that_is_gone_is_a_sentence(store: Store) -> None:
    links = store.create(a_session())
    with store._database.transaction() as execute:
        execute("DROP TABLE shared_pins")
        execute("DROP TABLE shared_sessions")
    for use in (*USES.values(), lambda store, _: store.create(a_session())):
        with pytest.raises(OutOfReach, match=r"^shared sessions can't be reached just now: try again$"):
            use(store, links.editing)


def test_a_change_that_fails_leaves_no_trace(store: Store) -> None:
    links = store.create(a_session())
    before = store.read(links.editing)

    def fail(and_then: Callable[[Execute], object]) -> None:
        with store._database.transaction() as execute:
            execute("DELETE FROM shared_pins")
            and_then(execute)

    with pytest.raises(Unavailable):
        fail(lambda execute: execute("DELETE FROM nothing"))
    assert store.read(links.editing) == before
    with pytest.raises(ZeroDivisionError):
        fail(lambda execute: 1 / 0)
    assert store.read(links.editing) == before


@pytest.mark.parametrize("seed", [0, 1])
def test_what_was_acknowledged_outlives_sigkill(place: str, seed: int) -> None:
    acknowledged = write_until_killed(place, n_sessions=20, seconds=0.1, seed=seed)
    store = store_at(place)
    assert acknowledged
    assert lost(store, acknowledged) == []
    assert store.create(a_session())
    store.close()


def test_tokens_have_128_random_bits() -> None:
    every = [tokens.draw() for _ in range(200)]
    for position in range(5, 26):  # every character but the last, which has the last two bits
        assert len({links.editing[position] for links in every}) > 32
        assert len({links.viewing[position] for links in every}) > 32
    assert len({tokens.opened(links.editing).id for links in every}) == 200
