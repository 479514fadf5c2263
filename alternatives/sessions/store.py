"""Where shared sessions are kept: whoever has a link to one opens it, and everybody sees its changes.

A session has two links, one for editing and one for viewing, each with a token that nobody can guess. The
viewing token follows from the editing one, and the name under which a session is stored follows from the
viewing token, by a hash each: an editor can pass on the viewing link, a viewer can't make the editing link
of it, and a stolen database gives neither.

Changes are merged pin by pin. The session counts its changes, and a pin's version is the count at which it
was last changed. Whoever changes a pin says which version it is based on; another one in between is a
`Conflict`. Two changes to the same session come one after the other, for each begins with the session's row.

Nothing says who made a session or a change. When it was last opened or changed is known to the day, and a
session expires so many days later.
"""

import base64
import dataclasses
import functools
import hashlib
import json
import math
import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alternatives import databases
from alternatives.databases import Database, Execute, Unavailable
from alternatives.serving.limits import Limits
from alternatives.sessions import naming
from alternatives.sessions.errors import Conflict, Full, MayNotEdit, NoSession, NotStored, OutOfReach
from alternatives.sessions.pin import KINDS, Pin, State
from alternatives.sessions.session import MOST_PINS, Session
from alternatives.state.text import not_too_long

__all__ = [
    "Conflict",
    "Full",
    "Kept",
    "Links",
    "MayNotEdit",
    "NoSession",
    "NotStored",
    "OutOfReach",
    "Store",
    "of_environment",
]


MOST_DAYS = 36_500
MOST_SESSIONS = 10_000
LONGEST_PIN = 20_000
LONGEST_SESSION = 100_000
"""Characters of a pin as it is stored, and of all pins of a session."""

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS shared_sessions (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        reference TEXT NOT NULL,
        last_day INTEGER NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS shared_sessions_by_last_day ON shared_sessions (last_day)",
    """
    CREATE TABLE IF NOT EXISTS shared_pins (
        session TEXT NOT NULL REFERENCES shared_sessions (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        version INTEGER NOT NULL,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        note TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (session, key)
    )
    """,
)
"""`last_day` is the last day on which a session can be opened, counted from 1970."""

_TOKEN = re.compile(r"(edit|view)-([A-Za-z0-9_-]{22})")
_SECONDS_A_DAY = 86_400


class Links(NamedTuple):
    """The tokens of a session's two links."""

    editing: str
    viewing: str


@dataclass(frozen=True)
class Kept:
    """A shared session as it is stored.

    Attributes
    ----------
    session : Session
    versions : mapping
        Each pin's version, by its key.
    version : int
        How many changes the session has seen.
    may_edit : bool
        Whether the link that it was opened with is for editing.
    expires : datetime
        When it will be gone if nobody opens or changes it.
    problems : tuple of str
        A sentence for each pin that is stored but can't be read, such as one by a newer version.
    """

    session: Session
    versions: Mapping[str, int]
    version: int
    may_edit: bool
    expires: datetime
    problems: tuple[str, ...] = ()


class Store:
    """Shared sessions in a database. Threads and processes may use it at once.

    Parameters
    ----------
    database : Database
        Tables are made in it where they aren't there.
    days : int
        Days after which a session that nobody opened or changed expires.
    today : callable
        The current day, counted from 1970.
    """

    def __init__(
        self,
        database: Database,
        days: int = 90,
        today: Callable[[], int] = lambda: int(time.time() // _SECONDS_A_DAY),
    ) -> None:
        self._database, self._days, self._today = database, days, today
        with self._reaching():
            database.create(SCHEMA)

    @property
    def durable(self) -> bool:
        """Whether sessions outlive the server."""
        return self._database.durable

    @property
    def where(self) -> str:
        """Where sessions are kept, in words for a page: "in a file on this server"."""
        return self._database.place

    def create(self, session: Session) -> Links:
        """Keep a session, and give its links."""
        secret = secrets.token_urlsafe(16)
        links = Links(f"edit-{secret}", f"view-{_hashed(secret)}")
        session_id, _ = _opened(links.viewing)
        self.expire()
        with self._changing() as execute:
            ((n_sessions,),) = execute("SELECT COUNT(*) FROM shared_sessions")
            if n_sessions >= MOST_SESSIONS:
                raise Full(
                    f"this server keeps at most {MOST_SESSIONS:,} shared sessions, and has them: "
                    "pass this one on as a link or file"
                )
            execute(
                "INSERT INTO shared_sessions VALUES (:id, 1, :reference, :last_day)",
                id=session_id,
                reference=session.reference,
                last_day=self._today() + self._days,
            )
            for pin in session.pins:
                _insert(execute, session_id, pin, version=1)
            _check_size(execute, session_id)
        return links

    def read(self, token: str) -> Kept:
        """The session of a link, which it keeps from expiring."""
        session_id, may_edit = _opened(token)
        with self._reaching():
            kept = self._kept(self._database.rows, session_id, may_edit)
            if kept.expires < _day(last_day := self._today() + self._days):
                with self._database.transaction() as execute:
                    execute(
                        "UPDATE shared_sessions SET last_day = :last_day WHERE id = :id",
                        id=session_id,
                        last_day=last_day,
                    )
                kept = dataclasses.replace(kept, expires=_day(last_day))
        return kept

    def version(self, token: str) -> int:
        """How many changes a session has seen: cheap, for whoever watches it."""
        try:
            return self.versions([token])[token]
        except KeyError:
            raise _no_session() from None

    def versions(self, tokens: Collection[str]) -> dict[str, int]:
        """The same of several sessions with one query, without those that aren't there."""
        ids = {token: match for token in tokens if (match := _id_or_none(token))}
        if not ids:
            return {}
        names = {f"id{n}": session_id for n, session_id in enumerate(sorted({*ids.values()}))}
        with self._reaching():
            found: dict[str, int] = dict(
                self._database.rows(
                    "SELECT id, version FROM shared_sessions WHERE last_day >= :today AND id IN "
                    f"({', '.join(f':{name}' for name in names)})",
                    today=self._today(),
                    **names,
                )
            )
        return {token: found[session_id] for token, session_id in ids.items() if session_id in found}

    def viewing(self, token: str) -> str:
        """The token for viewing that belongs to one for editing, or to itself."""
        match = _TOKEN.fullmatch(token)
        if not match:
            raise _no_session()
        return token if match[1] == "view" else f"view-{_hashed(match[2])}"

    def put(self, token: str, pin: Pin, based_on: int | None) -> Kept:
        """Add a pin, or change the one with its key.

        Where somebody else has taken its name meanwhile, it gets an unused one.

        Parameters
        ----------
        token : str
        pin : Pin
        based_on : int or None
            The version of the pin that was changed; None for a new pin.
        """
        with self._editing(token) as (execute, session_id, version):
            rows = execute(_PINS, id=session_id)
            there = {row[0]: row for row in rows}
            names = [row[2] for row in rows if row[0] != pin.key]
            pin = dataclasses.replace(pin, name=naming.unused(pin.name, names))
            if pin.key not in there:
                if based_on is not None:
                    raise Conflict(
                        f"somebody else removed “{pin.name}” before your change of it was stored", None
                    )
                _insert(execute, session_id, pin, version)
            elif there[pin.key][2:] != _values(pin):
                _check_version(there[pin.key], based_on, "change")
                execute(
                    "UPDATE shared_pins SET version = :version, name = :name, note = :note, kind = :kind, "
                    "state = :state WHERE session = :id AND key = :key",
                    id=session_id,
                    key=pin.key,
                    version=version,
                    **_columns(pin),
                )
            _check_size(execute, session_id)
            return self._kept(execute, session_id, may_edit=True)

    def remove(self, token: str, key: str, based_on: int | None) -> Kept:
        """Remove a pin, unless somebody else changed it since the version that this is based on."""
        with self._editing(token) as (execute, session_id, _):
            for row in execute(_PINS, id=session_id):
                if row[0] == key:
                    _check_version(row, based_on, "removal")
            execute("DELETE FROM shared_pins WHERE session = :id AND key = :key", id=session_id, key=key)
            return self._kept(execute, session_id, may_edit=True)

    def arrange(self, token: str, keys: Sequence[str] = (), reference: str = "") -> Kept:
        """Put pins in another order, and choose the reference.

        Pins that aren't named keep their order, behind those that are; keys of removed pins are passed over.
        So without `keys` the order stays, and without `reference` that does: whoever changes one of
        them alone undoes no change to the other.
        """
        with self._editing(token) as (execute, session_id, _):
            there = [row[0] for row in execute(_PINS, id=session_id)]
            order = dict.fromkeys([*(key for key in keys if key in there), *there])
            for place, key in enumerate(order):
                execute(
                    "UPDATE shared_pins SET place = :place WHERE session = :id AND key = :key",
                    id=session_id,
                    key=key,
                    place=place,
                )
            if reference in there:
                execute(
                    "UPDATE shared_sessions SET reference = :reference WHERE id = :id",
                    id=session_id,
                    reference=reference,
                )
            return self._kept(execute, session_id, may_edit=True)

    def delete(self, token: str) -> None:
        """Delete a session for everybody."""
        with self._editing(token) as (execute, session_id, _):
            execute("DELETE FROM shared_sessions WHERE id = :id", id=session_id)
        self._erase()

    def expire(self) -> None:
        """Delete the sessions whose last day is over."""
        with self._changing() as execute:
            expired = execute(
                "DELETE FROM shared_sessions WHERE last_day < :today RETURNING id", today=self._today()
            )
        if expired:
            self._erase()

    def close(self) -> None:
        """Give back the connections to the database."""
        self._database.close()

    @contextmanager
    def _editing(self, token: str) -> Iterator[tuple[Execute, str, int]]:
        """A transaction that has the session for itself: its SQL, the session's id and its new version."""
        session_id, may_edit = _opened(token)
        if not may_edit:
            raise MayNotEdit("this link is for viewing: the session is changed with the link for editing")
        with self._changing() as execute:
            rows = execute(
                "UPDATE shared_sessions SET version = version + 1, last_day = :last_day "
                "WHERE id = :id AND last_day >= :today RETURNING version",
                id=session_id,
                today=self._today(),
                last_day=self._today() + self._days,
            )
            if not rows:
                raise _no_session()
            yield execute, session_id, rows[0][0]

    @contextmanager
    def _changing(self) -> Iterator[Execute]:
        with self._reaching(), self._database.transaction() as execute:
            yield execute

    def _erase(self) -> None:
        with self._reaching():
            self._database.erase()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            raise OutOfReach("shared sessions can't be reached just now: try again") from error

    def _kept(self, execute: Execute, session_id: str, may_edit: bool) -> Kept:
        rows = execute(_SESSION, id=session_id, today=self._today())
        if not rows:
            raise _no_session()
        version, reference, last_day = rows[0][:3]
        pins, problems = _pins(row[3:] for row in rows if row[3] is not None)
        session = Session(tuple(pin for pin, _ in pins), reference)
        versions = {pin.key: version for pin, version in pins}
        return Kept(session, versions, version, may_edit, _day(last_day), tuple(problems))


_PINS = (
    "SELECT key, version, name, note, kind, state FROM shared_pins WHERE session = :id ORDER BY place, key"
)
_SESSION = """
    SELECT s.version, s.reference, s.last_day, p.key, p.version, p.name, p.note, p.kind, p.state
    FROM shared_sessions s LEFT JOIN shared_pins p ON p.session = s.id
    WHERE s.id = :id AND s.last_day >= :today ORDER BY p.place, p.key
"""
"""One statement, so that a session and its pins are of the same moment."""


def of_environment(environment: Mapping[str, str] = os.environ) -> Store:
    """The store that the environment asks for.

    See `alternatives.databases` and `alternatives.serving.limits`.

    Raises
    ------
    BadEnvironment
        For a variable that can't be used, or a database that can't be reached.
    """
    days = Limits.from_environment(environment).session_days
    return Store(databases.of_environment(environment), min(math.ceil(days), MOST_DAYS))


def _hashed(secret: str) -> str:
    """Another secret of the same form, which follows from this one and gives nothing of it away."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()[:16]).decode().rstrip("=")


def _opened(token: str) -> tuple[str, bool]:
    """The id of a token's session, and whether it may be edited."""
    match = _TOKEN.fullmatch(token)
    if not match:
        raise _no_session()
    if match[1] == "view":
        return _hashed(match[2]), False
    return _hashed(_hashed(match[2])), True


def _id_or_none(token: str) -> str | None:
    return _opened(token)[0] if _TOKEN.fullmatch(token) else None


def _no_session() -> NoSession:
    return NoSession(
        "there is no shared session with this link: it was deleted, it expired, or the link is incomplete"
    )


def _day(number: int) -> datetime:
    """The end of a day that is counted from 1970."""
    return datetime.fromtimestamp((number + 1) * _SECONDS_A_DAY, UTC)


def _columns(pin: Pin) -> dict[str, str]:
    """A pin as it is stored. Every field is written down, so that a later default changes nothing."""
    return {"name": pin.name, "note": pin.note, "kind": pin.kind, "state": json.dumps(pin.state.texts())}


def _values(pin: Pin) -> tuple[str, ...]:
    return tuple(_columns(pin).values())


def _insert(execute: Execute, session_id: str, pin: Pin, version: int) -> None:
    execute(
        "INSERT INTO shared_pins (session, key, version, name, note, kind, state, place) "
        "SELECT :id, :key, :version, :name, :note, :kind, :state, COALESCE(MAX(place) + 1, 0) "
        "FROM shared_pins WHERE session = :id",
        id=session_id,
        key=pin.key,
        version=version,
        **_columns(pin),
    )


def _pins(rows: Iterator[tuple[Any, ...]]) -> tuple[list[tuple[Pin, int]], list[str]]:
    """Stored pins with their versions, and a sentence for each that can't be read.

    They are checked like a stranger's: another version of this program may have written them.
    """
    pins: list[tuple[Pin, int]] = []
    problems: list[str] = []
    for row in rows:
        try:
            if len(pins) == MOST_PINS:
                raise ValueError(f"a session may have at most {MOST_PINS} pins")
            pin = _pin(row)
            names = [each.name for each, _ in pins]
            pins.append((dataclasses.replace(pin, name=naming.unused(pin.name, names)), row[1]))
        except ValueError as error:
            problems.append(f"a pin of this session can't be read: {error}")
    return pins, problems


def _pin(row: tuple[Any, ...]) -> Pin:
    key, _, name, note, kind, state = row
    if kind not in KINDS:
        raise ValueError("it is of a page that isn't known here")
    return Pin(name, _state(kind, str(state)), note, key)


@functools.lru_cache(maxsize=256)
def _state(kind: str, state: str) -> State:
    """What a pin shows. Everybody who has a session open reads the same pins again after each change."""
    return KINDS[kind].from_json(not_too_long(state, "a pin", LONGEST_PIN))


def _check_version(row: tuple[Any, ...], based_on: int | None, what: str) -> None:
    if row[1] != based_on:
        try:
            theirs = _pin(row)
        except ValueError:
            theirs = None
        raise Conflict(f"somebody else changed “{row[2]}” before your {what} of it was stored", theirs)


def _check_size(execute: Execute, session_id: str) -> None:
    sizes = [sum(map(len, row[2:])) for row in execute(_PINS, id=session_id)]
    if len(sizes) > MOST_PINS:
        raise Full(f"a session may have at most {MOST_PINS} pins: remove one first")
    if max(sizes, default=0) > LONGEST_PIN:
        raise Full(f"a pin may take at most {LONGEST_PIN:,} characters, got {max(sizes):,}")
    if sum(sizes) > LONGEST_SESSION:
        raise Full(
            f"a session may take at most {LONGEST_SESSION:,} characters with its settings, got {sum(sizes):,}"
        )
