"""A visitor's own files: kept in the visit, and shown to nobody else.

The tables are in the session's state alone; all else in the process knows them by weak references, and what
was worked out of them goes with them (see `datasets.own`). Results of own data are shared like any other, by
their link. So whoever asks for them must have brought the same file: `missing` says which one is, and the
server's queue, the only way to results, asks it.
"""

from typing import Any

import streamlit as st

from alternatives.datasets import Own, own
from alternatives.datasets.own import asked_for
from alternatives.serving import settings
from alternatives.serving.limits import upload_bounds
from alternatives.tables import HOSTED, Bounds, Decisions, Table
from alternatives.wording import listed

FILES = "own data: files"
"""Key of the visitor's tables by checksum, the newest last."""
CONFIRMED = "own data: confirmed"
"""Key of the data sets, with their decisions, that the visitor wants trained on."""
LAST = "own data: last"
"""Key of each file's data set with the last decisions, by checksum."""
MOST_FILES = 5
MOST_CONFIRMED = 100


def bounds() -> Bounds:
    """How large a visitor's table may be."""
    return upload_bounds(HOSTED)


def are_taken() -> bool:
    """Whether this server takes tables from visitors."""
    return settings.is_on(settings.UPLOADS)


def files() -> dict[str, Table]:
    """The visitor's tables by checksum."""
    found: dict[str, Table] = st.session_state.get(FILES, {})
    return found


def keep(table: Table) -> None:
    """Keep a table for this visit; of many the oldest goes."""
    kept = {checksum: each for checksum, each in files().items() if checksum != table.checksum}
    kept[table.checksum] = table
    st.session_state[FILES] = dict(list(kept.items())[-MOST_FILES:])
    data_set(table, Decisions())


def holds(data: Own) -> bool:
    """Whether this visitor has brought the file."""
    return data.checksum in files()


def data_set(table: Table, decisions: Decisions) -> Own:
    """A table of this visitor's, with decisions about it."""
    return own(table, decisions, bounds())


def last(checksum: str) -> Own:
    """The data set of a file with what was decided about it last."""
    found: Own | None = st.session_state.get(LAST, {}).get(checksum)
    return found or data_set(files()[checksum], Decisions())


def remember(data: Own) -> None:
    """Have `last` give this data set."""
    st.session_state[LAST] = {**st.session_state.get(LAST, {}), data.checksum: data}


def confirm(data: Own) -> None:
    """The visitor has seen the report, or brought the file that a link asked for."""
    known = [each for each in st.session_state.get(CONFIRMED, ()) if each != str(data)]
    st.session_state[CONFIRMED] = [*known, str(data)][-MOST_CONFIRMED:]


def is_confirmed(data: Own) -> bool:
    """Whether to train on it without asking."""
    return str(data) in st.session_state.get(CONFIRMED, ())


def missing(request: Any) -> Own | None:
    """Own data that a request is about and that this visitor hasn't brought; None if there are none."""
    data = asked_for(request)
    return None if data is None or holds(data) else data


def size(data: Own) -> str:
    """How large a file's table is, within a sentence."""
    return listed(data.size_in_words.split(", "))


def needs(data: Own) -> str:
    """The sentence that asks for a file."""
    return f"This needs the file {data.name} ({size(data)})"


class OtherFile(ValueError):
    """Another file than the one that is needed: a sentence with what was expected and what was given."""


def check_same(table: Table, expected: Own) -> None:
    """`OtherFile` if a table isn't the one that is needed."""
    if table.checksum == expected.checksum:
        return
    given = data_set(table, Decisions())
    if (given.rows, given.columns) == (expected.rows, expected.columns):
        said = f"It has {size(given)} as expected, but other contents"
    else:
        said = f"Expected {size(expected)}, got {size(given)}"
    raise OtherFile(f"{given.name} isn't the file that is needed. {said}.")
