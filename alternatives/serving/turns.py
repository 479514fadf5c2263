"""Turns: what keeps the interpreter busy is done one thing after the other, not all at once.

Python runs one thread at a time. Thirty that had much to do at once would each lose their place wherever
they wait for a moment, and none would be done before nearly all are.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

BEGUN = 0.0
"""Since when what goes on with something begun has waited: it comes before whatever is new."""


class Turns:
    """One at a time, whoever has waited longest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    @contextmanager
    def turn(self, since: float | None = None) -> Iterator[None]:
        """Wait for a turn, and have it.

        Parameters
        ----------
        since : float, optional
            When the waiting began, as `time.monotonic` tells it; by default now.
        """
        come = threading.Event()
        with self._lock:
            if self._taken:
                began = time.monotonic() if since is None else since
                heapq.heappush(self._waiting, (began, next(self._numbers), come))
            else:
                self._taken = True
                come.set()
        come.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    heapq.heappop(self._waiting)[-1].set()
                else:
                    self._taken = False


turns = Turns()
"""Those of this process."""
