"""Choices of what a chart shows. They are no part of a page's state, nor of its link."""

from collections.abc import Callable, Sequence

import streamlit as st

from alternatives.wording import sentence


def chosen(key: str, options: Sequence[str]) -> str:
    """What the chooser of a key says; the first option, where it says none of these."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    found: str = st.session_state[key]
    return found


def chooser(title: str, key: str, options: Sequence[str], on_change: Callable[[], None]) -> None:
    """Draw the chooser of a key."""
    at = options.index(chosen(key, options))
    st.selectbox(title, options, at, key=key, on_change=on_change, format_func=sentence)
