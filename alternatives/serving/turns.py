"""Turns: work that keeps the interpreter busy is done by one thread after the other, not by all at once.

Python runs one thread at a time. If thirty threads had much to do at once, they would all be slowed down
alike, and none would be done before nearly all are.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FIRST = 0.0
"""For `since`: before all that waits. Work that has begun takes its turns so."""


class Turns:
    """One at a time; whoever has waited longest comes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    @contextmanager
    def turn(self, since: float | None = None) -> Iterator[None]:
        """Wait for a turn, and keep it inside the ``with`` block.

        Parameters
        ----------
        since : float, optional
            The `time.monotonic` at which the waiting began; by default now.
        """
        my_turn = threading.Event()
        with self._lock:
            if self._taken:
                since = time.monotonic() if since is None else since
                heapq.heappush(self._waiting, (since, next(self._numbers), my_turn))
            else:
                self._taken = True
                my_turn.set()
        my_turn.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    heapq.heappop(self._waiting)[-1].set()
                else:
                    self._taken = False


turns = Turns()
"""The turns that all threads of this process share."""
