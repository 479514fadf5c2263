"""The shared session that a visitor has open: the server keeps it, and everybody who has a link sees it.

A visitor changes what is on screen, so a change is compared with that and stored pin by pin. What can't be
stored, because somebody else was first, is kept here until the visitor says what becomes of it.
"""

import functools
import os
import threading
from collections.abc import Collection, Mapping
from typing import NamedTuple

import streamlit as st

from alternatives.pages._live import live
from alternatives.serving.limits import Daily, Limits, Refused
from alternatives.sessions import Pin, Session, link
from alternatives.sessions import store as stores
from alternatives.sessions.store import Conflict, Kept, Links, MayNotEdit, NoSession, NotStored, Store
from alternatives.wording import sentence

PARAMETER = link.SHARED
"""Name of the token in an address."""
TOKEN, KEPT = "shared session: token", "shared session: kept"
"""Keys of the token of the session that is open, and of what the visitor sees of it."""
SAID = "shared session: said"
"""Key of what happened to it."""
AHEAD = "shared session: ahead"
"""Key of the token of a link that is about to be opened, and of what the store said."""
MAY_BE_OLD = "the pins that you see may be old"
REJECTED = "shared session: rejected"
"""Key of the visitor's changes that weren't stored, by the pin's key."""
NUMBER = "people here"
"""Key of the fragment that shows the number of people."""


_opening = threading.Lock()
_new_sessions = Daily(Limits.from_environment().new_sessions)


class Rejected(NamedTuple):
    """A change that wasn't stored: why, the pin as it should have become, and whether others changed it."""

    sentence: str
    pin: Pin
    is_theirs: bool


def store() -> Store:
    """Where this server keeps shared sessions. Of visitors who come first together one opens it for all."""
    with _opening:
        return _store()


@functools.cache
def _store() -> Store:
    return stores.of_environment(os.environ)


def versions(rooms: Collection[str]) -> Mapping[str, int]:
    """The newest versions of sessions, by their tokens for viewing."""
    return store().versions(rooms)


def is_open() -> bool:
    """Whether the visitor's session is a shared one."""
    return TOKEN in st.session_state


def kept() -> Kept:
    """The open session as the visitor sees it."""
    found: Kept = st.session_state[KEPT]
    return found


def may_edit() -> bool:
    """Whether the visitor may change the session: any but one that was opened for viewing."""
    return not is_open() or kept().may_edit


def token() -> str:
    """The token of the link that the session was opened with."""
    return str(st.session_state[TOKEN])


def links() -> Links:
    """The tokens of the open session's links; the one for editing is empty where it isn't known."""
    return Links(token() if may_edit() else "", store().viewing(token()))


def share(session: Session) -> Session:
    """Have the server keep a session, and open it for editing; the session as it now is."""
    try:
        _new_sessions.count(st.context.ip_address or "")
        editing = store().create(session).editing
        found = store().read(editing)
    except Refused as error:
        st.session_state[SAID] = (f"of shared sessions {error}", "pass this one on as a link or file")
        return session
    except NotStored as error:
        st.session_state[SAID] = (str(error),)
        return session
    return _open(editing, found)


def ask_ahead(given: str) -> None:
    """Ask the store for the session of a link that this run opens; for none, if it is empty.

    Whoever opens it does so in a turn to draw, and a database that doesn't answer would hold up everybody.
    """
    st.session_state.pop(AHEAD, None)  # an answer for another run may be old
    if given:
        st.session_state[AHEAD] = given, _asked(given)


def open_link(given: str) -> tuple[Session, tuple[str, ...]]:
    """Open the session of a link; what isn't there is an empty one, and a sentence."""
    leave()
    asked, found = st.session_state.pop(AHEAD, ("", None))
    if asked != given:
        found = _asked(given)
    if isinstance(found, NotStored):
        return Session(), (str(found),)
    return _open(given, found), found.problems


def _asked(given: str) -> Kept | NotStored:
    try:
        return store().read(given)
    except NotStored as error:
        return error


def newest(seen: Session) -> Session:
    """The open session as it now is; one that is gone is left, and stays as it was seen."""
    try:
        found = _see(store().read(token()))
        if MAY_BE_OLD in st.session_state.get(SAID, ()):  # from a run that didn't get to say it
            st.session_state.pop(SAID)
        return found
    except NoSession:
        leave()
        st.session_state[SAID] = (
            "the shared session was deleted or has expired",
            "what you see is your own copy, which others don't see",
        )
    except NotStored as error:
        st.session_state[SAID] = (str(error), MAY_BE_OLD)
    return seen


def leave() -> None:
    """Close the session; what is on screen becomes the visitor's own, also what wasn't stored."""
    for key in (TOKEN, KEPT):
        st.session_state.pop(key, None)
    live.leave()


def delete() -> None:
    """Delete the open session for everybody."""
    try:
        store().delete(token())
    except NotStored as error:
        st.session_state[SAID] = (str(error),)
    else:
        leave()
        live.changed()
        st.session_state[SAID] = ("the shared session is deleted", "what you see is your own copy")


def write(before: Session, after: Session) -> Session:
    """Store what one session has and another hadn't; the open session as it is then."""
    versions_seen = kept().versions
    old = {pin.key: pin for pin in before.pins}
    keys = [pin.key for pin in after.pins]
    try:
        # First, so that those that come instead find their names free, and room.
        for key in [key for key in old if key not in keys]:
            try:
                store().remove(token(), key, versions_seen.get(key))
            except Conflict as error:
                st.session_state[SAID] = (str(error),)
        for pin in after.pins:
            if old.get(pin.key) != pin:
                _put(pin, versions_seen.get(pin.key))
        _arrange(before, after)
    except NoSession:
        return newest(after)
    except NotStored as error:
        st.session_state[SAID] = (str(error),)
    live.changed()
    return newest(before)


def _put(pin: Pin, based_on: int | None) -> None:
    """Store a pin; where that fails, keep it for the visitor."""
    try:
        store().put(token(), pin, based_on)
    except (NoSession, MayNotEdit):  # there is nothing to be done with it
        raise
    except NotStored as error:
        st.session_state.setdefault(REJECTED, {})[pin.key] = Rejected(
            str(error), pin, isinstance(error, Conflict)
        )


def _arrange(before: Session, after: Session) -> None:
    """Store another order and reference, where they don't follow from pins that were added or removed."""
    old, new = ([pin.key for pin in session.pins] for session in (before, after))
    by_itself = [key for key in old if key in new] + [key for key in new if key not in old]
    reference = before.reference if before.reference in new else next(iter(new), "")
    order = new if new != by_itself else []
    if order or after.reference != reference:
        store().arrange(token(), order, after.reference if after.reference != reference else "")


def said() -> tuple[str, ...]:
    """What happened to the session, in sentences; said once."""
    found = st.session_state.pop(SAID, ())
    return tuple(f"{sentence(each)}." for each in found)


def rejected() -> Mapping[str, Rejected]:
    """The visitor's changes that weren't stored, by the pin's key."""
    found: dict[str, Rejected] = st.session_state.get(REJECTED, {})
    return found


def forget(key: str) -> None:
    """Give up a change that wasn't stored."""
    st.session_state.get(REJECTED, {}).pop(key, None)


def _open(given: str, found: Kept) -> Session:
    """Note that the visitor has the session of this link open."""
    st.session_state[TOKEN] = given
    return _see(found)


def _see(found: Kept) -> Session:
    """Note that the visitor sees this now."""
    st.session_state[KEPT] = found
    live.enter(store().viewing(token()), found.version, NUMBER)
    return found.session
