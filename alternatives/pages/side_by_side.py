"""Pins next to each other: what was changed, and what that did."""

import streamlit as st

from alternatives.pages import _pins
from alternatives.pages._shown import not_used, plain, quiet, section
from alternatives.pages._turns import turn

STATE = _pins.STATE


@turn()
def page() -> None:
    """Draw the page: the session's controls, and its pins in columns."""
    session, problems = STATE.settled()
    with st.sidebar:
        section("Softmax alternatives", "Pinned pages next to each other.")
        st.button("Undo", key=f"{STATE.prefix}undo", on_click=_pins.undo, disabled=not _pins.can_undo())
    not_used((*problems, *_pins.said()))
    st.header("Side by side", anchor=False)
    for pin in session.pins:
        st.markdown(f"**{plain(pin.name)}**  \n{quiet(plain(pin.note))}")
