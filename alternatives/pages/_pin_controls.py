"""The controls of *Side by side*: which pins are columns, and what can be done with each of them."""

from collections.abc import Callable, Sequence

import streamlit as st

from alternatives.pages import _pins, _shared
from alternatives.pages._keyboard import take_focus
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._pins import STATE, name_and_note
from alternatives.pages._session_file import session_file
from alternatives.pages._shown import plain, quiet
from alternatives.sessions import MOST_SHOWN, Pin, Session

HIDDEN = "pins hidden"
"""Key of the pins that the visitor has taken out of the columns; new ones stand there by themselves."""


def controls(session: Session) -> tuple[Pin, ...]:
    """Draw the controls; the pins that are columns."""
    shown = _shown(session)
    top_of_sidebar("side_by_side", STATE)
    if len(session.pins) > MOST_SHOWN:
        _chooser(session, shown)
    if not _shared.may_edit():
        return shown
    if session.pins:
        st.markdown(quiet("**Pins.** Open one to change it."))
    with st.container(gap="xsmall"):
        for pin in session.pins:
            _pin(session, pin)
    st.button(
        "Undo",
        key=f"{STATE.prefix}undo",
        on_click=_pins.undo,
        disabled=not _pins.can_undo(),
        help="Take the last change to the pins back",
    )
    session_file(session)
    return shown


def _shown(session: Session) -> tuple[Pin, ...]:
    """The pins that are columns: of those not hidden the reference and the newest, in the session's order."""
    if len(session.pins) <= MOST_SHOWN:
        return session.pins
    hidden = st.session_state.get(HIDDEN, ())
    pins = [pin for pin in session.pins if pin.key not in hidden] or list(session.pins)
    if len(pins) > MOST_SHOWN:
        first = next((pin for pin in pins if pin.key == session.reference), pins[0])
        newest = [pin for pin in pins if pin is not first][1 - MOST_SHOWN :]
        pins = [pin for pin in pins if pin is first or pin in newest]
    return tuple(pins)


def _chooser(session: Session, shown: Sequence[Pin]) -> None:
    names = {pin.key: pin.name for pin in session.pins}
    key = f"{STATE.prefix}columns"
    st.session_state[key] = [pin.key for pin in shown]

    def choose() -> None:
        STATE.touch()
        st.session_state[HIDDEN] = [each for each in names if each not in st.session_state[key]]

    st.multiselect(
        "Columns",
        list(names),
        key=key,
        format_func=lambda each: names.get(each, ""),
        max_selections=MOST_SHOWN,
        on_change=choose,
        help=f"Up to {MOST_SHOWN} pins stand next to each other. This is your own choice: it isn't passed on",
    )


def _pin(session: Session, pin: Pin) -> None:
    """One pin's controls, drawn when somebody opens them."""
    is_reference = pin.key == session.reference
    label = plain(pin.name) + (quiet(" reference") if is_reference and len(session.pins) > 1 else "")
    key = f"{STATE.prefix}{pin.key}"
    opened = st.popover(_while_open(key, label), key=key, on_change=STATE.touch, width="stretch")
    if not opened.open:
        return
    place = session.pins.index(pin)
    with opened:
        name_and_note(pin, STATE.prefix)
        with st.container(horizontal=True):
            _button("Up", pin, lambda old: old.moved(pin.key, -1), place == 0)
            _button("Down", pin, lambda old: old.moved(pin.key, 1), place == len(session.pins) - 1)
            _button("Make reference", pin, lambda old: old.with_reference(pin.key), is_reference)
            _button("Duplicate", pin, lambda old: old.copied(pin.key))
            _button("Remove", pin, lambda old: old.without(pin.key))
        take_focus(f"{key} focus", "input")


def _while_open(key: str, label: str) -> str:
    """The label of a popover; while it is open, the one that it was opened with.

    Streamlit closes a popover whose label changes, and what somebody is typing in it would be lost.
    """
    shown = f"{key} label"
    if not st.session_state.get(key):
        st.session_state[shown] = label
    return str(st.session_state.setdefault(shown, label))


def _button(label: str, pin: Pin, change: Callable[[Session], Session], disabled: bool = False) -> None:
    st.button(
        label, key=f"{STATE.prefix}{label} {pin.key}", on_click=STATE.put, args=(change,), disabled=disabled
    )
