"""Turns to draw: a server with many visitors draws one page after the other."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from alternatives.pages._shown import give_way
from alternatives.pages._visitor import visitor
from alternatives.serving.turns import FIRST, turns
from alternatives.serving.visitors import accounts

PAUSE = 0.5
"""Seconds at most before a page's run begins, while somebody waits who takes less of the machine."""
LOOK_SECONDS = 0.05
MORE_LATER = 1.0
"""Seconds for which what is further down a page lets pass those who come after it to see their first."""
WAITS_SINCE = "waits since"
"""Key of the moment since when a session has waited for its turn."""


def pause() -> None:
    """Let others go first whose visitor takes less: running one page after the other takes a core, too."""
    until = time.monotonic() + PAUSE
    while accounts.gives_way(visitor()) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        give_way()


@contextmanager
def turn() -> Iterator[None]:
    """A session's turn to draw. A rerun keeps the place of the run that it replaces."""
    with turns.turn(st.session_state.setdefault(WAITS_SINCE, time.monotonic()), visitor()):
        give_way()
        try:
            yield
        except StopException:
            st.session_state.pop(WAITS_SINCE, None)
            raise
        st.session_state.pop(WAITS_SINCE, None)  # a session may be emptied at any time


@contextmanager
def turn_to_go_on() -> Iterator[None]:
    """A turn to draw more of a page that the session has begun to draw."""
    with turns.turn(FIRST, visitor()):
        give_way()
        yield


@contextmanager
def turn_for_more() -> Iterator[None]:
    """A turn to draw what is further down a page: what others see first comes before it, newcomers too."""
    with turns.turn(time.monotonic() + MORE_LATER, visitor()):
        give_way()
        yield
