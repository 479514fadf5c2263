"""Whose tasks the workers do next.

Short trainings come before long ones, and among them whoever asked first: otherwise each newcomer would
overtake those who are nearly done, and people who come and go would keep everybody waiting. Of the long ones
that comes first which has used the least so far. The first tasks of a training come before all these, because
they give its first picture.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

SHORT_SECONDS = 4.0
"""Of one core, as estimated: a comparison with the default settings takes about half of this."""

HEAD_START_SECONDS = 0.15
"""Workers' time that somebody may use before first tasks lose priority."""


@dataclass
class Share:
    """What somebody has used of the workers' time, since when they wait, and whether their work is short."""

    since: float = field(default_factory=time.monotonic)
    is_short: bool = False
    used: float = 0.0

    def place(self, is_first: bool) -> float:
        """Where the next task belongs, the smallest first; of equals whoever has waited longest is first."""
        if is_first:
            return max(0.0, self.used - HEAD_START_SECONDS)
        is_short = self.is_short and self.used <= 2 * SHORT_SECONDS  # estimates may be wrong
        return SHORT_SECONDS + (0.0 if is_short else self.used)


_share: ContextVar[Share | None] = ContextVar("share", default=None)


@contextmanager
def sharing(share: Share) -> Iterator[None]:
    """Have all trainings of this context count as one."""
    before = _share.set(share)
    try:
        yield
    finally:
        _share.reset(before)


def current_share() -> Share:
    """That of this context; where there is none, a new one of a long training."""
    return _share.get() or Share()
