"""Claims that people wait for: each tested once for all who ask, by one thread, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

from alternatives.claims.claim import Claim, Outcome

KEPT = 64
"""Outcomes that are kept; the one that was asked for longest ago goes first."""
LOOK_SECONDS = 0.05
"""Time between two looks at an experiment by one who waits for it."""

Key = tuple[str, str, int]


class Outcomes:
    """Outcomes of claims by seed. One experiment is made at a time; what nobody waits for isn't begun."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "claims")
        self._lock = threading.Lock()
        self._made: OrderedDict[Key, Future[Outcome]] = OrderedDict()
        self._waiting: dict[Key, int] = {}

    def get(self, claim: Claim, seed: int) -> Outcome | None:
        """The outcome, if it is there."""
        with self._lock:
            future = self._made.get(_key(claim, seed))
        return future.result() if future and future.done() and not future.exception() else None

    def outcome(self, claim: Claim, seed: int, watch: Callable[[], None]) -> Outcome:
        """The outcome, made now if it isn't there.

        Parameters
        ----------
        claim : Claim
        seed : int
        watch : callable
            Called while this caller waits, in its thread. What it raises passes through, and means that
            it no longer waits.
        """
        key = _key(claim, seed)
        with self._lock:
            future = self._made.get(key) or self._thread.submit(claim.run, seed)
            self._made[key] = future
            self._made.move_to_end(key)
            self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            while True:
                try:
                    return future.result(LOOK_SECONDS)
                except NotYet:
                    if future.done():
                        raise
                    watch()
        finally:
            self._leave(key, future)

    def _leave(self, key: Key, future: "Future[Outcome]") -> None:
        with self._lock:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
                failed = future.cancel() or (future.done() and future.exception() is not None)
                if failed and self._made.get(key) is future:
                    del self._made[key]
            for old in [other for other in self._made if other not in self._waiting][:-KEPT]:
                del self._made[old]


def _key(claim: Claim, seed: int) -> Key:
    return claim.id, claim.head, seed
