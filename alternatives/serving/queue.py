"""What people wait for: worked out once for all who ask, given up when nobody waits.

Each value that is asked for has a thread of its own, which does little more than wait for worker
processes. Whoever asks for one that is in work joins in, and whoever asks for one that is finished has
its results at once.
"""

import itertools
import math
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, final

from alternatives.serving.limits import Cost, Limits
from alternatives.serving.turns import Turns
from alternatives.state import Linked
from alternatives.training import shared_pool

PATIENCE = 1.0
"""Seconds that work is kept without anybody waiting: a page that is drawn anew comes back sooner."""

CROWDED_PATIENCE = 0.3
"""The same where others wait for the workers."""

LOOK_SECONDS = 0.05
"""Time between two looks at the progress by one who waits for it, who may leave then."""

PAUSE_SECONDS = 0.01
"""Time between two looks for a worker to spare, by the first in line."""


class HowFar(Protocol):
    """Progress, of whatever kind."""

    @property
    def fraction(self) -> float:
        """How much is done, from 0 to 1."""


Asked = TypeVar("Asked", bound=Linked)
Progress = TypeVar("Progress", bound=HowFar)
Results = TypeVar("Results")


class _GivenUp(BaseException):
    """Nobody waits any more."""


class _Job(Generic[Asked, Progress, Results]):
    """One value in work, and how many wait for it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.n_waiting = 0
        self.left_at = time.monotonic()
        self.progress: Progress | None = None
        self.results: Results | None = None
        self.error: BaseException | None = None
        self.finished = threading.Event()

    def work(self, jobs: "Jobs[Asked, Progress, Results]") -> None:
        def watch(progress: Progress) -> None:
            if not self.progress or progress.fraction >= self.progress.fraction:
                self.progress = progress
            while self._left(jobs) and not jobs.ready(waited_for=False):
                time.sleep(LOOK_SECONDS)

        try:
            while not self._may_begin(jobs):
                time.sleep(LOOK_SECONDS)
            self.results = jobs.run(self.asked, watch)
        except _GivenUp:
            self.error = _GivenUp()  # not the one caught, whose traceback would keep all the data
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            self.error = error

    def _may_begin(self, jobs: "Jobs[Asked, Progress, Results]") -> bool:
        """Wait in line until work may begin. What nobody waits for doesn't keep the others there."""
        with jobs.line.turn():
            while not self._left(jobs):
                if jobs.ready(waited_for=True):
                    return True
                time.sleep(PAUSE_SECONDS)
        return jobs.ready(waited_for=False)

    def _left(self, jobs: "Jobs[Asked, Progress, Results]") -> bool:
        """Whether nobody waits; _GivenUp where that's been so for too long."""
        patience = CROWDED_PATIENCE if jobs.crowded() else PATIENCE
        if not self.n_waiting and time.monotonic() - self.left_at > patience:
            raise _GivenUp
        return not self.n_waiting


class Jobs(ABC, Generic[Asked, Progress, Results]):
    """All work of one kind of a server.

    Parameters
    ----------
    kept : int
        How many results are kept; the one that was asked for longest ago goes first.
    """

    def __init__(self, kept: int) -> None:
        self.line = Turns()
        self._kept = kept
        self._lock = threading.Lock()
        self._in_work: dict[str, _Job[Asked, Progress, Results]] = {}
        self._finished: OrderedDict[str, Results] = OrderedDict()

    @abstractmethod
    def run(self, asked: Asked, watch: Callable[[Progress], None]) -> Results:
        """Work the results out. What `watch` raises stops it."""

    @abstractmethod
    def check(self, asked: Asked) -> None:
        """ValueError, saying what is allowed, for what would cost too much."""

    def ready(self, waited_for: bool) -> bool:
        """Whether work may begin; until then it takes nothing. What nobody waits for may go on then, too."""
        return True

    def crowded(self) -> bool:
        """Whether work is waiting for its turn."""
        return False

    def get(self, asked: Asked) -> Results | None:
        """The results, if they are there."""
        key = asked.to_json()
        with self._lock:
            if key in self._finished:
                self._finished.move_to_end(key)
            return self._finished.get(key)

    def begin(self, asked: Asked) -> None:
        """Work the results out, if they aren't there, for a caller who soon comes to wait for them."""
        if not self.get(asked):
            self.check(asked)
            self._leave(self._join(asked))

    def results(
        self,
        asked: Asked,
        watch: Callable[[Progress], None],
        queue: Callable[[int], None] = lambda ahead: None,
    ) -> Results:
        """The results, worked out now if they aren't there.

        Parameters
        ----------
        asked : Linked
        watch : callable
            Hears of the progress in the caller's thread. What it raises passes through, and means that
            this caller no longer waits.
        queue : callable, optional
            Hears, until the work begins, how many others wait that were asked for earlier.

        Raises
        ------
        Exception
            What `run` and `check` raise.
        """
        if results := self.get(asked):
            return results
        self.check(asked)
        while True:
            job = self._join(asked)
            self._wait(job, watch, queue)
            if job.results is not None:
                return job.results
            if job.error is not None and not isinstance(job.error, _GivenUp):
                raise job.error

    def _wait(
        self,
        job: _Job[Asked, Progress, Results],
        watch: Callable[[Progress], None],
        queue: Callable[[int], None],
    ) -> None:
        try:
            while not job.finished.wait(LOOK_SECONDS):
                if job.progress is None:
                    queue(self._before(job))
                else:
                    watch(job.progress)
        finally:
            self._leave(job)

    def _before(self, job: _Job[Asked, Progress, Results]) -> int:
        """How many were asked for earlier and wait, too."""
        with self._lock:
            earlier = itertools.takewhile(lambda other: other is not job, self._in_work.values())
            return sum(other.progress is None and other.n_waiting > 0 for other in earlier)

    def _leave(self, job: _Job[Asked, Progress, Results]) -> None:
        with self._lock:
            job.left_at = time.monotonic()
            job.n_waiting -= 1

    def _join(self, asked: Asked) -> _Job[Asked, Progress, Results]:
        key = asked.to_json()
        with self._lock:
            job = self._in_work.get(key)
            if job is None:
                job = self._in_work[key] = _Job(asked)
                threading.Thread(target=self._work, args=(key, job), daemon=True).start()
            job.n_waiting += 1
            return job

    def _work(self, key: str, job: _Job[Asked, Progress, Results]) -> None:
        job.work(self)
        with self._lock:
            del self._in_work[key]
            if job.results is not None:
                self._finished[key] = job.results
                while len(self._finished) > self._kept:
                    self._finished.popitem(last=False)
        job.finished.set()


class Trainings(Jobs[Asked, Progress, Results]):
    """All trainings of one kind: the workers serve the one that has used least of their time.

    Parameters
    ----------
    limits : Limits
        What one training may cost, and how many results are kept.
    n_jobs : int, optional
        Worker processes; by default one for each core.
    """

    def __init__(self, limits: Limits | None = None, n_jobs: int | None = None) -> None:
        self.limits = limits or Limits()
        super().__init__(self.limits.results)
        self.n_jobs = n_jobs or shared_pool().n_workers

    @abstractmethod
    def cost(self, asked: Asked) -> Cost:
        """What a training costs, about."""

    @final
    def check(self, asked: Asked) -> None:
        self.limits.check(self.cost(asked), asked.noun)

    @final
    def ready(self, waited_for: bool) -> bool:
        # Data are laid down in this process, whose time and memory all visitors share: not while many wait.
        pool = shared_pool(self.n_jobs)
        return pool.ahead(0) < self.n_jobs if waited_for else pool.n_idle > 0

    @final
    def crowded(self) -> bool:
        return shared_pool(self.n_jobs).ahead(math.inf) > 0
