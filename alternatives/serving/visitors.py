"""Fair turns among visitors: whoever takes more of the machine than others who wait comes later.

What somebody takes is what they have had of late, and what they have asked for. So one visitor who asks
for everything has what the others leave.

A visitor is a network address: whoever opens many pages is one, and so are all who share a connection. What
each takes is known in memory alone, and fades within a minute. Among one visitor's own
requests, and where nobody else waits, all is as if there were no visitors.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

HALF_LIFE = 10.0
"""Seconds after which what somebody has used counts half."""
SLACK = 2.0
"""Seconds of one core that somebody may take more than others, and still have turns with them."""
MUCH = 30.0
"""Seconds of one core beyond which it is all the same how much somebody asks for: they come last.

Two who ask for so much share by what they have had. It is about twice what can be had of one core of late,
`HALF_LIFE` / ln 2.
"""
FORGOTTEN = 1e-3
"""Seconds that aren't worth remembering."""


class Accounts:
    """What each visitor has used and asked for of late, in seconds of one core.

    Parameters
    ----------
    clock : callable
        The time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._used, self._asked = _Fading(clock), _Fading(clock)
        self._waits_for: dict[str, list[float]] = {}

    def charge(self, visitor: str, seconds: float) -> None:
        """Say that a visitor has used so many seconds."""
        with self._lock:
            self._used.add(visitor, seconds)

    @contextmanager
    def asking(self, visitor: str, seconds: float) -> Iterator[None]:
        """A visitor waits for work of so many seconds inside the ``with`` block.

        Afterwards it fades, even if it wasn't done: who asks and leaves, again and again, asks for much.
        """
        with self._lock:
            self._waits_for.setdefault(visitor, []).append(seconds)
        try:
            yield
        finally:
            with self._lock:
                self._waits_for[visitor].remove(seconds)
                if not self._waits_for[visitor]:
                    del self._waits_for[visitor]
                self._asked.add(visitor, seconds)

    def used(self, visitor: str) -> float:
        """What a visitor has used of late."""
        return self._used.of(visitor)

    def asked(self, visitor: str) -> float:
        """What a visitor has asked for of late, and waits for."""
        with self._lock:
            return sum(self._waits_for.get(visitor, ())) + self._asked.of(visitor)

    def gives_way(self, visitor: str) -> bool:
        """Whether somebody waits for work who takes less than a visitor."""
        with self._lock:
            waiting = {visitor, *self._waits_for}
        return visitor in self.later(waiting)

    def has_company(self, visitor: str) -> bool:
        """Whether others have used or asked for anything of late, so that they may come again at any time."""
        with self._lock:
            return any(other != visitor for other in (*self._waits_for, *self._used, *self._asked))

    def later(self, waiting: Iterable[str]) -> set[str]:
        """Those of the visitors who wait that come after the others: one of these takes less."""
        taken = {visitor: self.used(visitor) + min(self.asked(visitor), MUCH) for visitor in waiting}
        least = min(taken.values(), default=0.0)
        return {visitor for visitor in taken if taken[visitor] > least + SLACK}


class _Fading:
    """Seconds by visitor that count half after each `HALF_LIFE`; nothing is kept of who left long ago."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, float]] = {}

    def add(self, visitor: str, seconds: float) -> None:
        now = self._clock()
        every = {each: (_faded(*known, now), now) for each, known in self._known.items()}
        every[visitor] = every.get(visitor, (0.0, now))[0] + seconds, now
        self._known = {each: known for each, known in every.items() if known[0] > FORGOTTEN}

    def __iter__(self) -> Iterator[str]:
        """The visitors of whom anything is worth remembering."""
        now = self._clock()
        return iter([each for each, known in self._known.items() if _faded(*known, now) > FORGOTTEN])

    def of(self, visitor: str) -> float:
        known = self._known.get(visitor)
        return _faded(*known, self._clock()) if known else 0.0


def _faded(seconds: float, since: float, now: float) -> float:
    return seconds * math.exp2((since - now) / HALF_LIFE)


accounts = Accounts()
"""Those of this process."""
