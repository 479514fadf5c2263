"""Whose tasks the workers do next.

Of short trainings the one that is expected to be the shortest comes first, and of equal ones whoever asked
first: otherwise each newcomer would overtake those who are nearly done, and people who come and go would keep
everybody waiting. Long ones come after them: first the one that has used the least so far. What nobody waits
for comes last. The first tasks of a training come before all these, because they give its first picture.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

SHORT_SECONDS = 4.0
"""Of one core: a comparison with the default settings takes about half of this."""

LATER = 1e6
"""Added to the place of whoever comes after all others who wait."""

HEAD_START_SECONDS = 0.15
"""Workers' time that somebody may use before first tasks lose priority."""


@dataclass(eq=False)
class Share:
    """Since when somebody waits, and what they need and have used of the workers' time."""

    since: float = field(default_factory=time.monotonic)
    expected: float = math.inf
    """Seconds of one core that their work is estimated to take."""
    used: float = 0.0
    promised: float = 0.0
    """Seconds of tasks that wait or are under way."""
    is_wanted: bool = True
    """Whether anybody waits now. What nobody waits for comes last."""
    comes_later: bool = False
    """Whether others who wait come first, because whoever waits for this takes more than they."""
    has_company: bool = False
    """Whether others may come at any time, who would wait for a task that is under way."""
    goes_on: bool = False
    """Whether more of it follows after a training. Then whoever made it says when it is over: `let_later`."""
    in_workers: bool = False
    """Whether workers do all of it, even where there is one: this process has others to answer meanwhile."""

    def place(self, is_first: bool) -> float:
        """Where the next task belongs, the smallest first; of equals whoever has waited longest is first."""
        if not self.is_wanted:
            return math.inf
        later = LATER if self.comes_later else 0.0
        if is_first and self.used + self.promised < HEAD_START_SECONDS:
            return later
        expected = max(self.expected, self.used)
        return later + (expected if expected <= SHORT_SECONDS else SHORT_SECONDS + self.used)


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
