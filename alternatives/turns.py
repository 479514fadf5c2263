"""Turns: what keeps this process busy is done one thing after the other, for whoever has waited longest.

Python runs one thread at a time. Thirty threads that all had much to do would get a thirtieth of it each,
and lose it, for as long as all the others take, wherever they wait for a moment: none would be done
before nearly all are.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One at a time."""

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
            When one began to wait, as `time.monotonic` tells it; by default now.
        """
        come = threading.Event()
        with self._lock:
            if self._taken:
                since = time.monotonic() if since is None else since
                heapq.heappush(self._waiting, (since, next(self._numbers), come))
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
