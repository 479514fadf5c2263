"""Long work looks now and then whether anybody still waits for it.

It does so once an epoch, however deep inside other functions it trains. Only what is run in `looking` is
looked after; what its function raises ends the work.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOOK_SECONDS = 0.1
"""Least time between two looks."""

_look: ContextVar[Callable[[], None]] = ContextVar("look", default=lambda: None)


@contextmanager
def looking(function: Callable[[], None]) -> Iterator[None]:
    """Have this thread's work in this context call a function where it may end, a few times a second."""
    last = -math.inf

    def now_and_then() -> None:
        nonlocal last
        if time.monotonic() - last > LOOK_SECONDS:
            last = time.monotonic()
            function()

    before = _look.set(now_and_then)
    try:
        yield
    finally:
        _look.reset(before)


def look() -> None:
    """End the work here if nobody waits for it any more."""
    _look.get()()
