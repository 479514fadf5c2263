"""Turns: work that keeps the interpreter busy is done by one thread after the other, not by all at once.

Python runs one thread at a time. If thirty threads had much to do at once, they would all be slowed down
alike, and none would be done before nearly all are.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from alternatives.serving.visitors import Accounts, accounts

FIRST = 0.0
"""For `since`: before all that waits. Work that has begun takes its turns so."""


class _Waits(NamedTuple):
    """Somebody who waits for a turn."""

    since: float
    visitor: str
    begins: threading.Event


class Turns:
    """One at a time; whoever has waited longest comes first, of visitors who have had about as much of late.

    Parameters
    ----------
    accounts : Accounts, optional
        What each visitor has used of late. By default those of these turns.
    """

    def __init__(self, accounts: Accounts | None = None) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._accounts = accounts or Accounts()
        self._waiting: list[_Waits] = []

    @contextmanager
    def turn(self, since: float | None = None, visitor: str = "") -> Iterator[None]:
        """Wait for a turn, and keep it inside the ``with`` block.

        Parameters
        ----------
        since : float, optional
            The `time.monotonic` at which the waiting began; by default now.
        visitor : str
            Whose turn it is, as `Accounts` knows visitors.
        """
        my_turn = threading.Event()
        with self._lock:
            if self._taken:
                since = time.monotonic() if since is None else since
                self._waiting.append(_Waits(since, visitor, my_turn))
            else:
                self._taken = True
                my_turn.set()
        my_turn.wait()
        began = time.monotonic()
        try:
            yield
        finally:
            self._accounts.charge(visitor, time.monotonic() - began)
            with self._lock:
                if self._waiting:
                    later = self._accounts.later({each.visitor for each in self._waiting})
                    # Of equals the first.
                    following = min(self._waiting, key=lambda each: (each.visitor in later, each.since))
                    self._waiting.remove(following)
                    following.begins.set()
                else:
                    self._taken = False


turns = Turns(accounts)
"""The turns that all threads of this process share."""
