"""Sharing on the page *Side by side*: the links, who is there, and what became of a change."""

import dataclasses

import streamlit as st

from alternatives.pages import _pins, _shared
from alternatives.pages._address import address
from alternatives.pages._keyboard import take_focus
from alternatives.pages._live import live
from alternatives.pages._pins import STATE
from alternatives.pages._shown import plain, quiet
from alternatives.sessions import Pin, naming
from alternatives.wording import sentence

PLACE = f"{STATE.prefix}share"
"""Key of the part that has it all."""


def sharing() -> None:
    """Draw whether the session is shared, with whom, and what can be done about it."""
    if _shared.is_open():
        _people_here()
    part = st.popover("Share", key=PLACE, on_change=STATE.touch, width="stretch")
    if not part.open:
        return
    with part:
        if not _shared.is_open():
            _offer()
        elif _shared.may_edit():
            _links()
        else:
            st.markdown("You opened the link for viewing. To change something, make a copy of your own.")
            _leave()
        take_focus(f"{PLACE} focus", "button")


def notices() -> None:
    """Say what happened to the shared session, and to changes that weren't stored."""
    if said := _shared.said():
        st.markdown(plain(" ".join(said)))
    if not _shared.may_edit():
        return  # they stay until the visitor is where something can be done with them
    here = {pin.key for pin in _pins.session().pins}
    for key, (why, mine, is_theirs) in _shared.rejected().items():
        with st.container(border=True, key=f"{STATE.prefix}rejected {key}"):
            what = "Below you see theirs; yours" if is_theirs and key in here else "Your change"
            st.markdown(plain(f"{sentence(why)}. {what} is kept here:"))
            st.markdown(f"**{plain(mine.name)}**  \n{quiet(plain(_settings(mine)))}")
            with st.container(horizontal=True):
                _button("Use mine", _use, mine, "Put yours in the place of theirs")
                _button("Keep both", _keep_both, mine, "Add yours as another pin")
                _button("Discard mine", _forget, mine, "Leave it as it is now")


@st.fragment(key=_shared.NUMBER)
def _people_here() -> None:
    """The number of people, which the server has drawn anew when it changes."""
    n_people, is_cut_off = live.room()
    here = f"{n_people} people are here." if n_people > 1 else "Only you are here."
    if is_cut_off:
        here = "The database doesn't answer: changes that others make aren't shown until it does."
    st.markdown(quiet(f"{'Shared session' if _shared.may_edit() else 'Shared session, for viewing'}. {here}"))


def _offer() -> None:
    st.markdown(
        "The server keeps the session under two short links: one for editing, one for viewing. Whoever "
        "has a link sees every change soon."
    )
    store = _shared.store()
    st.markdown(quiet(plain(f"It is kept {store.where}. It holds your pins, and nothing about you.")))
    st.button("Make links", key=f"{PLACE} make", on_click=STATE.share, disabled=not _pins.session().pins)


def _links() -> None:
    editing, viewing = _shared.links()
    for title, token in (("Link for editing", editing), ("Link for viewing", viewing)):
        st.markdown(quiet(title))
        st.code(address(_pins.PAGE, {_shared.PARAMETER: [token]}), language=None, wrap_lines=True)
    store, until = _shared.store(), f"{_shared.kept().expires:%-d %B %Y}"
    lasts = f"until {until}, and longer if somebody opens it" if store.durable else "no longer than that"
    st.markdown(quiet(plain(f"Kept {store.where}, {lasts}.")))
    with st.container(horizontal=True):
        _leave()
        st.button("Delete", key=f"{PLACE} delete", on_click=_ask)
    if st.session_state.get(f"{PLACE} asks"):
        st.markdown("Delete it for everybody? Whoever looks at it now keeps a copy.")
        st.button("Delete for everybody", key=f"{PLACE} deletes", on_click=_delete, type="primary")


def _leave() -> None:
    st.button(
        "Leave",
        key=f"{PLACE} leave",
        on_click=STATE.leave,
        help="Go on with a copy of your own, which others don't see",
    )


def _ask() -> None:
    STATE.touch()
    st.session_state[f"{PLACE} asks"] = True


def _delete() -> None:
    st.session_state.pop(f"{PLACE} asks", None)
    STATE.leave(_shared.delete)


def _use(mine: Pin) -> None:
    """Put it in the place of theirs; where another pin has its name by now, under an unused one."""
    taken = [pin.name for pin in _pins.session().pins if pin.key != mine.key]
    _store(mine, dataclasses.replace(mine, name=naming.unused(mine.name, taken)))


def _keep_both(mine: Pin) -> None:
    _store(mine, Pin(mine.name, mine.state, mine.note))


def _store(mine: Pin, again: Pin) -> None:
    """Try again to store a change that was rejected; it is kept until that has succeeded."""
    STATE.put(lambda old: old.put(again))
    is_stored = any(
        pin.key == again.key and dataclasses.replace(again, name=pin.name) == pin
        for pin in _pins.session().pins
    )
    # One that is rejected as another pin is kept as that, with the newest reason.
    if is_stored or (again.key != mine.key and again.key in _shared.rejected()):
        _shared.forget(mine.key)


def _forget(mine: Pin) -> None:
    STATE.touch()
    _shared.forget(mine.key)


def _settings(pin: Pin) -> str:
    return ". ".join(filter(None, [naming.name_of(pin.state), pin.note]))


def _button(label: str, then: object, mine: Pin, help_: str) -> None:
    key = f"{STATE.prefix}{label} {mine.key}"
    st.button(label, key=key, on_click=then, args=(mine,), help=help_)  # type: ignore[arg-type]
