"""Turns to draw, on the pages that draw much: a server that many people look at does it one by one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from alternatives.pages._shown import give_way
from alternatives.serving.turns import BEGUN, turns

WAITS_SINCE = "waits since"
"""Key of the moment since when a session has waited for its turn."""


@contextmanager
def turn() -> Iterator[None]:
    """A session's turn to draw. A run that replaces one that still waited has waited since that one did."""
    with turns.turn(st.session_state.setdefault(WAITS_SINCE, time.monotonic())):
        give_way()
        yield
        del st.session_state[WAITS_SINCE]


@contextmanager
def turn_to_go_on() -> Iterator[None]:
    """A turn to draw more of what the session has begun to draw."""
    with turns.turn(BEGUN):
        give_way()
        yield
