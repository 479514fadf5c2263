"""Shared sessions as records: the tables, and how pins are written into them and read.

What is read is checked like a stranger's file: another version of this program may have written it.
"""

import dataclasses
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from alternatives.databases import Execute
from alternatives.datasets import is_elsewhere
from alternatives.sessions import naming
from alternatives.sessions.errors import Full, NotHere
from alternatives.sessions.pin import KINDS, MOST_PINS, Pin, State
from alternatives.state import shortened
from alternatives.state.text import not_too_long

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

SESSION = """
    SELECT s.version, s.reference, s.last_day, p.key, p.version, p.name, p.note, p.kind, p.state
    FROM shared_sessions s LEFT JOIN shared_pins p ON p.session = s.id
    WHERE s.id = :id AND s.last_day >= :today ORDER BY p.place, p.key
"""
"""One statement, so that a session and its pins are of the same moment."""
PINS = "SELECT key, version, name, note, kind, state FROM shared_pins WHERE session = :id ORDER BY place, key"


@dataclass(frozen=True)
class Record:
    """A pin as it is stored."""

    key: str
    version: int
    name: str
    note: str
    kind: str
    state: str

    @classmethod
    def of(cls, pin: Pin, version: int) -> Self:
        """A pin that is to be stored. Every setting is written down: later defaults change nothing.

        NotHere for a pin of which there are only results, for these aren't stored.
        """
        if is_elsewhere(pin.state):
            raise NotHere(
                f"no shared session shows {shortened(pin.name)}: its data aren't here, only its results; "
                "pass the session on as a file"
            )
        return cls(pin.key, version, pin.name, pin.note, pin.kind, json.dumps(pin.state.texts()))

    def pin(self) -> Pin:
        """The pin; ValueError if it can't be read."""
        if self.kind not in KINDS:
            raise ValueError("its page isn't known here")
        return Pin(self.name, _state(self.kind, str(self.state)), self.note, self.key)

    def says_the_same_as(self, other: "Record") -> bool:
        """Whether they differ in their version at most."""
        return dataclasses.replace(self, version=other.version) == other

    def __len__(self) -> int:
        return sum(map(len, (self.name, self.note, self.kind, self.state)))


@functools.lru_cache(maxsize=256)
def _state(kind: str, state: str) -> State:
    """What a pin shows. Everybody who has a session open reads the same pins again after each change."""
    return KINDS[kind].from_json(not_too_long(state, "a pin", LONGEST_PIN))


def stored(execute: Execute, session_id: str) -> dict[str, Record]:
    """The pins of a session by their keys, in their order."""
    return {row[0]: Record(*row) for row in execute(PINS, id=session_id)}


def insert(execute: Execute, session_id: str, record: Record) -> None:
    """Store a new pin, at the end."""
    execute(
        "INSERT INTO shared_pins (session, key, version, name, note, kind, state, place) "
        "SELECT :id, :key, :version, :name, :note, :kind, :state, COALESCE(MAX(place) + 1, 0) "
        "FROM shared_pins WHERE session = :id",
        id=session_id,
        **vars(record),
    )


def update(execute: Execute, session_id: str, record: Record) -> None:
    """Store a pin that has been changed."""
    execute(
        "UPDATE shared_pins SET version = :version, name = :name, note = :note, kind = :kind, state = :state "
        "WHERE session = :id AND key = :key",
        id=session_id,
        **vars(record),
    )


def check_size(execute: Execute, session_id: str) -> None:
    """Raise Full, with what is allowed, for a session with too much in it."""
    lengths = [*map(len, stored(execute, session_id).values())]
    if len(lengths) > MOST_PINS:
        raise Full(f"a session may have at most {MOST_PINS} pins: remove one first")
    if max(lengths, default=0) > LONGEST_PIN:
        raise Full(f"a pin may take at most {LONGEST_PIN:,} characters, got {max(lengths):,}")
    if sum(lengths) > LONGEST_SESSION:
        raise Full(f"all pins together may take at most {LONGEST_SESSION:,} characters, got {sum(lengths):,}")


def read(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[Pin, ...], dict[str, int], tuple[str, ...]]:
    """Pins, their versions by key, and a sentence for each that can't be read."""
    pins: list[Pin] = []
    versions: dict[str, int] = {}
    problems: list[str] = []
    for record in (Record(*row) for row in rows):
        try:
            if len(pins) == MOST_PINS:
                raise ValueError(f"a session may have at most {MOST_PINS} pins")
            pin = record.pin()
        except ValueError as error:
            problems.append(f"a pin of this session can't be read: {error}")
        else:
            name = naming.unused(pin.name, [each.name for each in pins])
            pins.append(dataclasses.replace(pin, name=name))
            versions[pin.key] = record.version
    return tuple(pins), versions, tuple(problems)
