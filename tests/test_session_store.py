"""Shared sessions: what one has stored everybody finds, and changes at once lose nothing."""

import dataclasses
import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from alternatives import Comparison, Session
from alternatives.databases import SQLite
from alternatives.datasets import elsewhere
from alternatives.sessions import MOST_PINS, Pin
from alternatives.sessions.store import Conflict, Full, MayNotEdit, NoSession, NotHere, NotStored, Store
from tests.session_stores import EDITS, USES, a_session, names, rows, shape, store_at

UNKNOWN = f"edit-{'A' * 22}"


def test_both_links_open_the_session(store: Store) -> None:
    session = dataclasses.replace(a_session(), reference=a_session().pins[1].key)
    session = session.put(shape("noted", "one line\n\tand “another”"))
    links = store.create(session)
    assert store.durable
    assert store.where.startswith("in a ")
    for token in links:
        kept = store.read(token)
        assert kept.session == session
        assert [pin.key for pin in kept.session.pins] == [pin.key for pin in session.pins]
        assert kept.session.reference == session.reference
        assert kept.versions == dict.fromkeys((pin.key for pin in session.pins), kept.version)
        assert kept.may_edit == (token == links.editing)
        assert store.viewing(token) == links.viewing
        assert not kept.problems


def test_sessions_of_other_servers_are_found(place: str, store: Store) -> None:
    other = store_at(place)
    try:
        links = store.create(a_session())
        other.put(links.editing, shape("added elsewhere"), None)
        assert names(store.read(links.viewing))[-1] == "added elsewhere"
        store.delete(links.editing)
        with pytest.raises(NoSession):
            other.read(links.viewing)
    finally:
        other.close()


@pytest.mark.parametrize("edit", EDITS)
def test_viewers_change_nothing(store: Store, edit: str) -> None:
    links = store.create(a_session())
    before = store.read(links.viewing)
    with pytest.raises(MayNotEdit, match="this link is for viewing"):
        EDITS[edit](store, links.viewing)
    with pytest.raises(NotStored):  # nor do they with its secret in place of the editing one
        EDITS[edit](store, links.viewing.replace("view", "edit"))
    assert store.read(links.viewing) == before


@pytest.mark.parametrize("use", USES)
def test_no_session(store: Store, use: str) -> None:
    with pytest.raises(NoSession, match="there is no shared session with this link"):
        USES[use](store, UNKNOWN)
    links = store.create(a_session())
    store.delete(links.editing)
    with pytest.raises(NoSession):
        USES[use](store, links.editing)


MALFORMED = [
    "",
    "edit",
    "edit-",
    UNKNOWN[:-1],
    UNKNOWN + "A",
    UNKNOWN + "\n",
    " " + UNKNOWN,
    "EDIT" + UNKNOWN[4:],
]
MALFORMED += [
    "edit-" + "é" * 22,
    "view-" + "A" * 21 + "%",
    "view-" + "A" * 21 + "\x00",
    "edit-" + "A" * 10_000_000,
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("token", MALFORMED, ids=lambda token: f"{len(token)} characters")
def test_malformed_links_reach_no_database(use: str, token: str) -> None:
    database = SQLite()
    store = Store(database)
    database.close()  # whoever asks it raises OutOfReach
    with pytest.raises(NoSession):
        USES[use](store, token)
    assert store.versions([token]) == {}


def test_of_data_that_are_not_here_nothing_is_stored(store: Store) -> None:
    pin = Pin("theirs", Comparison().replace(dataset=elsewhere("their own")))
    with pytest.raises(NotHere, match="pass the session on as a file"):
        store.create(Session((pin,)))
    links = store.create(a_session())
    with pytest.raises(NotHere, match="theirs"):
        store.put(links.editing, pin, None)
    assert store.read(links.viewing).session == a_session()


def test_a_stolen_database_has_no_links(store: Store) -> None:
    every = [store.create(a_session()) for _ in range(3)]
    text = repr(rows(store, "shared_sessions") + rows(store, "shared_pins"))
    secrets = [token.partition("-")[2] for links in every for token in links]
    assert len({*secrets}) == len(secrets)
    assert not [secret for secret in secrets if secret in text]
    for session_id, *_ in rows(store, "shared_sessions"):
        for kind in ("edit", "view"):
            with pytest.raises(NoSession):
                store.read(f"{kind}-{session_id}")


def test_sessions_remember_no_time_finer_than_a_day(store: Store) -> None:
    store.create(session := a_session())
    ((_, *known),) = rows(store, "shared_sessions")
    assert known == [1, session.reference, store._today() + 90]


def test_changes_count_and_pins_remember_their_last(store: Store) -> None:
    links = store.create(Session((first := shape("first"),)))
    kept = store.put(links.editing, second := shape("second"), None)
    assert kept.versions == {first.key: 1, second.key: 2}
    changed = dataclasses.replace(first, name="changed")
    kept = store.put(links.editing, changed, kept.versions[first.key])
    assert kept.versions == {first.key: 3, second.key: 2}
    assert names(kept) == ["changed", "second"]
    assert kept == store.read(links.editing)
    assert store.version(links.viewing) == store.version(links.editing) == kept.version == 3


def test_who_comes_second_is_told(store: Store) -> None:
    links = store.create(Session((pin := shape("first"),)))
    store.put(links.editing, mine := dataclasses.replace(pin, note="mine"), 1)
    before = store.read(links.editing)
    other = dataclasses.replace(pin, note="other")
    for late in (1, None, 99):
        with pytest.raises(
            Conflict, match="somebody else changed “first” before your change was stored"
        ) as told:
            store.put(links.editing, other, late)
        assert told.value.theirs == mine
        with pytest.raises(Conflict, match="before your removal was stored") as told:
            store.remove(links.editing, pin.key, late)
        assert told.value.theirs == mine
    assert store.read(links.editing) == before
    kept = store.put(links.editing, mine, 1)  # who wanted just that has no conflict
    assert kept.session == before.session
    assert kept.versions == before.versions

    store.remove(links.editing, pin.key, before.versions[pin.key])
    with pytest.raises(Conflict, match="somebody else removed “first”") as told:
        store.put(links.editing, other, before.versions[pin.key])
    assert told.value.theirs is None
    assert names(store.remove(links.editing, pin.key, before.versions[pin.key])) == []


def test_a_removal_undone_is_a_change_too(store: Store) -> None:
    links = store.create(Session((pin := shape("first"),)))
    store.remove(links.editing, pin.key, 1)
    store.put(links.editing, pin, None)
    with pytest.raises(Conflict):
        store.put(links.editing, dataclasses.replace(pin, note="based on the first"), 1)


def test_a_name_taken_meanwhile_gets_a_number(store: Store) -> None:
    links = store.create(Session((first := shape("digits"), second := shape("iris"))))
    assert names(store.put(links.editing, shape("digits"), None)) == ["digits", "iris", "digits 2"]
    kept = store.put(links.editing, dataclasses.replace(second, name="digits"), 1)
    assert names(kept) == ["digits", "digits 3", "digits 2"]
    assert names(store.put(links.editing, dataclasses.replace(first, note="own name"), 1)) == names(kept)


def test_order_and_reference_change_apart(store: Store) -> None:
    pins = tuple(map(shape, "abcd"))
    a, b, c, d = (pin.key for pin in pins)
    editing = store.create(Session(pins)).editing
    assert names(store.arrange(editing, [d, "gone", b, d])) == ["d", "b", "a", "c"]
    kept = store.arrange(editing, reference=c)
    assert names(kept) == ["d", "b", "a", "c"]
    assert kept.session.reference == c
    assert store.arrange(editing, [a], "gone").session.reference == c
    assert store.remove(editing, c, 1).session.reference == a
    assert names(store.put(editing, shape("e"), None)) == ["a", "d", "b", "e"]


def test_random_changes_of_many_against_a_model(store: Store) -> None:
    """Each of several people works from the session as they last saw it."""
    draw = random.Random(0)
    editing = store.create(Session()).editing
    model: dict[str, tuple[Pin, int]] = {}  # in the session's order
    seen = [store.read(editing)] * 3
    for step in range(120):
        person = draw.randrange(3)
        old = seen[person]
        pin = draw.choice(old.session.pins) if old.session.pins and draw.random() < 0.8 else None
        version = old.version + 1
        now, at = model.get(pin.key, (None, None)) if pin else (None, None)
        action = draw.choice(["change", "change", "remove", "arrange", "look"]) if pin else "add"
        with_conflict = action in ("change", "remove") and at != old.versions[pin.key]
        before = store.read(editing)
        try:
            if action == "add":
                pin = shape(f"pin {step}")
                seen[person] = store.put(editing, pin, None)
                model[pin.key] = (pin, seen[person].version)
            elif action == "change":
                pin = dataclasses.replace(pin, note=f"note {step}")
                seen[person] = store.put(editing, pin, old.versions[pin.key])
                model[pin.key] = (pin, seen[person].version)
            elif action == "remove":
                seen[person] = store.remove(editing, pin.key, old.versions[pin.key])
                with_conflict = with_conflict and now is not None
                model.pop(pin.key, None)
            elif action == "arrange":
                keys = [each.key for each in draw.sample(old.session.pins, len(old.session.pins))]
                seen[person] = store.arrange(editing, keys)
                order = [key for key in keys if key in model] + [key for key in model if key not in keys]
                model = {key: model[key] for key in order}
            else:
                seen[person] = before
            outcome = not with_conflict
        except Conflict as conflict:
            outcome = with_conflict and conflict.theirs == now and store.read(editing) == before
        except Full:
            outcome = len(model) == MOST_PINS
        assert outcome
        kept = store.read(editing)
        assert kept.session.pins == tuple(pin for pin, _ in model.values())
        assert dict(kept.versions) == {key: version for key, (_, version) in model.items()}
        assert kept.version >= version - 1


def test_people_who_change_a_session_at_once_lose_nothing(place: str, store: Store) -> None:
    """Two servers, four people each: everybody adds, changes and moves pins, and chooses the reference."""
    shared = shape("shared")
    editing = store.create(Session((shared,))).editing
    other = store_at(place)

    def work(person: int) -> str:
        mine = (store, other)[person % 2]
        for n in range(2):
            kept = mine.put(editing, pin := shape("pin", key=f"{person}-{n}"), None)
            noted = dataclasses.replace(pin, note=f"of {person}")
            mine.put(editing, noted, kept.versions[pin.key])
            mine.arrange(editing, [pin.key], pin.key)
        try:
            mine.put(editing, dataclasses.replace(shared, note=f"of {person}"), 1)
        except Conflict as conflict:
            return conflict.theirs.note
        return f"of {person}"

    try:
        with ThreadPoolExecutor(8) as pool:
            notes = [*pool.map(work, range(8))]
    finally:
        other.close()
    kept = store.read(editing)
    assert {pin.key: pin.note for pin in kept.session.pins if pin.key != shared.key} == {
        f"{person}-{n}": f"of {person}" for person, n in itertools.product(range(8), range(2))
    }
    assert {*notes} == {kept.session.pin(shared.key).note}
    assert len({*names(kept)}) == 17
    assert kept.version == 1 + 8 * 2 * 3 + 1


def test_servers_that_start_at_once_share_the_tables(place: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        every = [*pool.map(store_at, [place] * 6)]
    token = every[0].create(a_session()).viewing
    for each in every:
        assert each.read(token).session == a_session()
        each.close()


def test_versions_of_many_take_one_query(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [store.create(Session()) for _ in range(4)]
    store.put(every[1].editing, shape("new"), None)
    store.delete(every[2].editing)
    queries: list[str] = []
    ask = store._database.rows
    monkeypatch.setattr(
        store._database, "rows", lambda sql, **given: queries.append(sql) or ask(sql, **given)
    )
    given = [token for links in every for token in links] + [UNKNOWN, "malformed"]
    there = [every[0], every[1], every[3]]
    expected = {token: 1 + (links is every[1]) for links in there for token in links}
    assert store.versions(given) == expected
    assert len(queries) == 1
    assert "shared_pins" not in queries[0]
