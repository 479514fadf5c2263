"""Where shared sessions are kept: whoever has a link to one opens it, and everybody sees its changes.

Changes are merged pin by pin. The session counts its changes, and a pin's version is the count at which it
was last changed. Whoever changes a pin says which version it is based on; another one in between is a
`Conflict`. Two changes to the same session come one after the other, for each begins with the session's row.

Nothing says who made a session or a change. When it was last opened or changed is known to the day, and a
session expires so many days later.
"""

import dataclasses
import math
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from alternatives import databases
from alternatives.databases import Database, Execute, Unavailable
from alternatives.serving.limits import Limits
from alternatives.sessions import naming, records, tokens
from alternatives.sessions.errors import Conflict, Full, MayNotEdit, NoSession, NotHere, NotStored, OutOfReach
from alternatives.sessions.pin import Pin
from alternatives.sessions.records import Record
from alternatives.sessions.session import Session
from alternatives.sessions.tokens import Links

__all__ = [
    "Conflict",
    "Full",
    "Kept",
    "Links",
    "MayNotEdit",
    "NoSession",
    "NotHere",
    "NotStored",
    "OutOfReach",
    "Store",
    "of_environment",
]


MOST_DAYS = 36_500
MOST_SESSIONS = 10_000
_SECONDS_A_DAY = 86_400


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
            database.create(records.SCHEMA)
        self.expire()

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
        links = tokens.draw()
        session_id = tokens.opened(links.viewing).id
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
                records.insert(execute, session_id, Record.of(pin, version=1))
            records.check_size(execute, session_id)
        return links

    def read(self, token: str) -> Kept:
        """The session of a link, which it keeps from expiring."""
        session_id, may_edit = tokens.opened(token)
        if self._today() > self._expired_on:
            with suppress(NotStored):  # whoever reads needs nothing of it
                self.expire()
        with self._reaching():
            kept = self._kept(self._database.rows, session_id, may_edit)
        last_day = self._today() + self._days
        if kept.expires < _day(last_day):
            with suppress(Unavailable), self._database.transaction() as execute:
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
            raise NoSession() from None

    def versions(self, given: Collection[str]) -> dict[str, int]:
        """The same of several sessions with one query, without those that aren't there."""
        ids = {token: tokens.opened(token).id for token in given if tokens.is_token(token)}
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
        return tokens.viewing(token)

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
            there = records.stored(execute, session_id)
            names = [record.name for key, record in there.items() if key != pin.key]
            new = Record.of(dataclasses.replace(pin, name=naming.unused(pin.name, names)), version)
            theirs = there.get(pin.key)
            if theirs is None and based_on is None:
                records.insert(execute, session_id, new)
            elif theirs is None:
                raise Conflict(f"somebody else removed “{pin.name}” before your change was stored", None)
            elif not theirs.says_the_same_as(new):
                _check_version(theirs, based_on, "change")
                records.update(execute, session_id, new)
            records.check_size(execute, session_id)
            return self._kept(execute, session_id, may_edit=True)

    def remove(self, token: str, key: str, based_on: int | None) -> Kept:
        """Remove a pin, unless somebody else changed it since the version that this is based on."""
        with self._editing(token) as (execute, session_id, _):
            if theirs := records.stored(execute, session_id).get(key):
                _check_version(theirs, based_on, "removal")
            execute("DELETE FROM shared_pins WHERE session = :id AND key = :key", id=session_id, key=key)
            return self._kept(execute, session_id, may_edit=True)

    def arrange(self, token: str, keys: Sequence[str] = (), reference: str = "") -> Kept:
        """Put pins in another order, and choose the reference.

        Pins that aren't named keep their order, behind those that are; keys of removed pins are passed over.
        So without `keys` the order stays, and without `reference` that does: whoever changes one of
        them alone undoes no change to the other.
        """
        with self._editing(token) as (execute, session_id, _):
            there = [*records.stored(execute, session_id)]
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
        """Delete the sessions whose last day is over.

        It is done when the store opens, before a session is made, and by the first read of a day: notes that
        nobody can open any more don't wait on the disk for somebody to make another session.
        """
        self._expired_on = self._today()
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
        session_id, may_edit = tokens.opened(token)
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
                raise NoSession()
            yield execute, session_id, rows[0][0]

    @contextmanager
    def _changing(self) -> Iterator[Execute]:
        with self._reaching(), self._database.transaction() as execute:
            yield execute

    def _erase(self) -> None:
        """Overwrite what was deleted, which nobody finds any more either way."""
        with suppress(Unavailable):
            self._database.erase()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            raise OutOfReach("shared sessions can't be reached just now: try again") from error

    def _kept(self, execute: Execute, session_id: str, may_edit: bool) -> Kept:
        rows = execute(records.SESSION, id=session_id, today=self._today())
        if not rows:
            raise NoSession()
        version, reference, last_day = rows[0][:3]
        pins, versions, problems = records.read(row[3:] for row in rows if row[3] is not None)
        return Kept(Session(pins, reference), versions, version, may_edit, _day(last_day), problems)


def of_environment(environment: Mapping[str, str] = os.environ) -> Store:
    """The store that the environment asks for.

    See `alternatives.databases` and `alternatives.serving.settings`.

    Raises
    ------
    BadEnvironment
        For a variable that can't be used, or a database that can't be reached.
    """
    days = Limits.from_environment(environment).session_days
    return Store(databases.of_environment(environment), min(math.ceil(days), MOST_DAYS))


def _day(number: int) -> datetime:
    """The end of a day that is counted from 1970."""
    return datetime.fromtimestamp((number + 1) * _SECONDS_A_DAY, UTC)


def _check_version(theirs: Record, based_on: int | None, what: str) -> None:
    """Raise Conflict if a pin isn't any more as it was when somebody began to change it."""
    if theirs.version != based_on:
        try:
            pin = theirs.pin()
        except ValueError:
            pin = None
        raise Conflict(f"somebody else changed “{theirs.name}” before your {what} was stored", pin)
