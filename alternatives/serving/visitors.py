"""Fair turns among visitors: whoever has had more of the machine of late than others who wait comes later.

A visitor is a network address: whoever opens many pages is one, and so are all who share a connection. What
each has used is known in memory alone, and fades within a minute. Among one visitor's own requests, and where
nobody else waits, all is as if there were no visitors.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable

HALF_LIFE = 10.0
"""Seconds after which what somebody has used counts half."""
SLACK = 2.0
"""Seconds of one core that somebody may have had more than others, and still have turns with them."""
FORGOTTEN = 1e-3
"""Seconds that aren't worth remembering."""


class Accounts:
    """What each visitor has used of late, in seconds of one core.

    Parameters
    ----------
    clock : callable
        The time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, tuple[float, float]] = {}

    def charge(self, visitor: str, seconds: float) -> None:
        """Say that a visitor has used so many seconds."""
        now = self._clock()
        with self._lock:
            every = {each: (_faded(*known, now), now) for each, known in self._used.items()}
            every[visitor] = every.get(visitor, (0.0, now))[0] + seconds, now
            self._used = {each: known for each, known in every.items() if known[0] > FORGOTTEN}

    def used(self, visitor: str) -> float:
        """What a visitor has used of late."""
        known = self._used.get(visitor)
        return _faded(*known, self._clock()) if known else 0.0

    def later(self, waiting: Iterable[str]) -> set[str]:
        """Those of the visitors who wait that come after the others: one of these has had less of late."""
        used = {visitor: self.used(visitor) for visitor in waiting}
        least = min(used.values(), default=0.0)
        return {visitor for visitor in used if used[visitor] > least + SLACK}


def _faded(seconds: float, since: float, now: float) -> float:
    return seconds * math.exp2((since - now) / HALF_LIFE)


accounts = Accounts()
"""Those of this process."""
