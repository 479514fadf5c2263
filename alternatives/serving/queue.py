"""The queue: each request is run once for all who ask for it, and given up when nobody waits for it.

A request stands in line until there is room for it, in the worker processes and in memory. Short ones
begin before long ones, and of equal ones whoever asked first. Then it runs in a thread of its own, which for
a training does little more than wait for the workers. Results are kept: whoever asks for the same again has
them at once.

Memory is a budget for all. What a request is estimated to need is reserved while it runs. Large requests
stand in line for it. Small ones pass them, because a share of the memory is theirs alone; so neither keeps
the other out.
"""

import itertools
import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from alternatives.datasets import DatasetUnavailable
from alternatives.datasets.own import asked_for
from alternatives.memory import Memory
from alternatives.serving.failures import sentence_on
from alternatives.serving.limits import LARGE_SHARE, Cost, Costly, Limits, Refused
from alternatives.serving.log import event
from alternatives.serving.visitors import Accounts
from alternatives.training import Share, let_later, looking, lower_priority, release, shared_pool, sharing

PATIENCE = 1.0
"""Seconds that a request is kept without anybody waiting: a page that reruns comes back sooner."""

CROWDED_PATIENCE = 0.3
"""The same while other requests wait for the workers."""

START_SECONDS = 1.0
"""Longest time that a request counts as starting: few start at once, but a slow one must not block others."""

LOOK_SECONDS = 0.05
"""Longest time between two calls of a caller's functions, where it may stop waiting.

Progress and the end wake a caller at once. But Streamlit can end a page's run only where the page looks at
its session; there it also learns its place in line.
"""

LATER_LOOK_SECONDS = 0.25
"""The same for who comes after others: many pages of one visitor take time from those who come first."""


class HasFraction(Protocol):
    """Progress of any kind."""

    @property
    def fraction(self) -> float:
        """How much is done, from 0 to 1."""


Progress = TypeVar("Progress", bound=HasFraction)
Results = TypeVar("Results")
SomeProgress = TypeVar("SomeProgress", bound=HasFraction, covariant=True)
SomeResults = TypeVar("SomeResults", covariant=True)


class Request(Costly, Protocol[SomeProgress, SomeResults]):
    """What people wait for: a frozen value."""

    def to_json(self) -> str:
        """All of it as text: requests of one class and with one text are the same."""

    def run(
        self, watch: Callable[[SomeProgress], None] | None = None, n_jobs: int | None = None
    ) -> SomeResults:
        """Work out the results. `watch` hears of the progress, and what it raises stops the work."""


class _GivenUp(BaseException):
    """Nobody waits any more."""


class Failed(Exception):
    """A request ended in an error. The message is a sentence for people; the log has the rest."""


class GoingDown(Failed):
    """The server is about to end: nothing is worked on any more."""

    def __init__(self) -> None:
        super().__init__("The server is about to restart")


class _Job(Generic[Progress, Results]):
    """A request that waits or runs, and its callers."""

    def __init__(
        self, request: Request[Progress, Results], cost: Cost, is_small: bool, lock: threading.Lock
    ) -> None:
        self.request, self.n_bytes, self.is_small = request, 1e6 * cost.megabytes, is_small
        self.share = Share(expected=cost.seconds, goes_on=True)
        self.visitors: Counter[str] = Counter()
        """Those who wait, each with the number of pages that do."""
        self.first_visitor = ""
        self.charged = 0.0
        self.was_waited_for = False
        self.asked_at = time.monotonic()
        self.n_in_memory = 0
        """How many requests that run have the memory that this one waits for."""
        self.waits_for_own = False
        """Whether these are its visitor's own, so that it holds up nobody else."""
        self.left_at = time.monotonic()
        self.begun_at: float | None = None
        self.progress: Progress | None = None
        self.finished = False
        self.results: Results | None = None
        self.error: BaseException | None = None
        self.n_news = 0
        self.news = threading.Condition(lock)

    @property
    def n_waiting(self) -> int:
        """How many pages wait."""
        return self.visitors.total()

    @property
    def starts(self) -> bool:
        """Whether it has begun just now and nothing is done yet."""
        if self.begun_at is None or time.monotonic() - self.begun_at > START_SECONDS:
            return False
        return self.progress is None or not self.progress.fraction

    def tell(self) -> None:
        """Wake all who wait for news of this job."""
        self.n_news += 1
        self.news.notify_all()


Key = tuple[type, str]


class Queue:
    """All requests of a process.

    Parameters
    ----------
    limits : Limits
        What one request may cost, and how much memory there is for all.
    n_jobs : int, optional
        Worker processes; by default one for each core.
    at_a_time : mapping, optional
        Classes of requests that don't use the workers, each with the number of requests that may run at a
        time. Each class has a line of its own, and nothing in it begins unless somebody waits for it.
    memory : Memory, optional
        What is kept there, data sets for example, shares the limits with the queue's results. By default
        one that has nothing but these.
    accounts : Accounts, optional
        What each visitor has used of late. By default those of this queue.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        n_jobs: int | None = None,
        at_a_time: Mapping[type, int] | None = None,
        memory: Memory | None = None,
        accounts: Accounts | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._accounts = accounts or Accounts()
        self._memory = memory or Memory()
        self._memory.limit(1e6 * self.limits.kept_megabytes, 1e6 * self.limits.megabytes)
        self._pool = shared_pool(n_jobs)
        self._at_a_time = at_a_time or {}
        self._lock = threading.Lock()
        self._jobs: dict[Key, _Job[Any, Any]] = {}
        self._looked_at = 0.0
        self._is_closed = False
        self._refused = ""

    def close(self) -> int:
        """The process is about to end: who waits is told, by `GoingDown`, and what runs is given up.

        Returns how many requests somebody waits for. What fails from now on isn't worth a word.
        """
        n_told = self.n_waited_for
        with self._lock:
            self._is_closed = True
            for job in self._jobs.values():
                job.tell()
        return n_told

    def check(self, request: Costly) -> Cost:
        """What a request costs; `Refused`, saying what is allowed, if that is too much."""
        try:
            return self.limits.check(request)
        except Refused as error:
            if str(error) != self._refused:  # a page asks more than once
                self._refused = str(error)
                event("refused", **_in_log(request))
            raise

    def get(self, request: Request[Progress, Results]) -> Results | None:
        """The results, if they are there."""
        found: Results | None = self._memory.get(_key(request))
        return found

    def visitor(self) -> str:
        """Who asks, as `Accounts` knows visitors. Here all are one."""
        return ""

    def begin(self, request: Request[Progress, Results]) -> None:
        """Run a request if a worker is idle, for a caller who will soon wait for its results."""
        if self.get(request) is None and not self._is_closed:
            cost, visitor = self.check(request), self.visitor()
            with self._lock:
                job = self._job(request, cost)
                job.left_at = time.monotonic()
                job.first_visitor = job.first_visitor or visitor
            self._begin_next()

    def results(
        self,
        request: Request[Progress, Results],
        watch: Callable[[Progress], None] = lambda progress: None,
        waiting: Callable[[int], None] = lambda n_ahead: None,
    ) -> Results:
        """The results, worked out now if they aren't there.

        Parameters
        ----------
        request : Request
        watch : callable, optional
            Hears of the progress, in the caller's thread. What it raises passes through, and means that
            this caller no longer waits.
        waiting : callable, optional
            The same before there is any progress; it hears how many earlier requests wait.

        Raises
        ------
        Refused
            If it costs too much.
        DatasetUnavailable
            As the request's `run` does.
        Failed
            For any other error of `run`, which is logged; `GoingDown` if the server is about to end.
        """
        results = self.get(request)
        if results is not None:
            return results
        cost, visitor = self.check(request), self.visitor()
        while True:
            if self._is_closed:
                raise GoingDown
            with self._accounts.asking(visitor, cost.seconds):
                job = self._join(request, cost, visitor)
                try:
                    self._wait(job, watch, waiting)
                finally:
                    self._leave(job, visitor)
            if job.error is not None:
                raise job.error
            if job.results is not None:
                return job.results
            # It was given up just before this caller came.

    def _wait(
        self,
        job: _Job[Progress, Results],
        watch: Callable[[Progress], None],
        waiting: Callable[[int], None],
    ) -> None:
        n_seen = -1
        while True:
            with self._lock:
                if not job.finished and job.n_news == n_seen:
                    job.news.wait(LATER_LOOK_SECONDS if job.share.comes_later else LOOK_SECONDS)
                if job.finished:
                    return
                if self._is_closed:
                    raise GoingDown
                n_seen, progress, n_ahead = job.n_news, job.progress, self._n_ahead(job)
            if progress is not None:
                watch(progress)
                continue
            if not n_ahead and job.begun_at is None:
                self._begin_next()  # a slow start may be over, of which nothing else tells
            waiting(n_ahead)

    def _n_ahead(self, job: _Job[Any, Any]) -> int:
        """How many earlier requests a job waits for."""
        if job.begun_at is not None:
            return 0
        if job.n_in_memory:
            return job.n_in_memory
        in_order = sorted(self._jobs.values(), key=self._order)
        earlier = itertools.takewhile(lambda other: other is not job, in_order)
        line = self._line(job)
        in_line = [other for other in earlier if other.n_waiting and self._line(other) is line]
        return sum(other.begun_at is None or line is not None for other in in_line)

    def _order(self, job: _Job[Any, Any]) -> tuple[bool, bool, float]:
        """Those that have begun, then those that somebody waits for, short ones first, then in order."""
        return job.begun_at is None, not job.n_waiting, job.share.place(is_first=False)

    @property
    def n_waited_for(self) -> int:
        """How many requests somebody waits for."""
        return sum(job.n_waiting > 0 for job in list(self._jobs.values()))

    def _line(self, job: _Job[Any, Any]) -> type | None:
        """The class of a request that has a line of its own; None for those that share the workers."""
        kind = type(job.request)
        return kind if kind in self._at_a_time else None

    def _job(self, request: Request[Progress, Results], cost: Cost) -> _Job[Progress, Results]:
        """The job of a request, a new one at the end of the line if there is none."""
        key = _key(request)
        job = _Job(request, cost, self.limits.is_small(cost), self._lock)
        job.share.in_workers = self._line(job) is None
        job.results = self._memory.get(key)
        if job.results is not None:  # it has finished since the caller looked
            job.finished = True
            return job
        return self._jobs.setdefault(key, job)

    def _join(self, request: Request[Progress, Results], cost: Cost, visitor: str) -> _Job[Progress, Results]:
        with self._lock:
            job = self._job(request, cost)
            if not job.visitors:
                job.first_visitor = visitor
            job.visitors[visitor] += 1
            is_asked, job.was_waited_for = not job.was_waited_for and not job.finished, True
            job.share.is_wanted = True
            job.tell()
        if is_asked:
            job.asked_at = time.monotonic()
            event("asked", **_in_log(request, cost))
        self._begin_next()
        return job

    def _leave(self, job: _Job[Any, Any], visitor: str) -> None:
        with self._lock:
            job.visitors[visitor] -= 1
            job.visitors += Counter()  # without those of whom nobody is left
            job.share.is_wanted = job.n_waiting > 0
            job.left_at = time.monotonic()
        self._begin_next()

    def _begin_next(self) -> None:
        """Begin what there is room for, and forget what nobody has come back for.

        Called whenever that may have changed: a caller came or left, a request got going or finished, a
        worker became free.
        """
        with self._lock:
            self._look_who_comes_later()
            jobs = list(self._jobs.items())
            if any(job.begun_at is None or not job.n_waiting for _, job in jobs):
                self._pool.when_free(self._begin_next)
            begun = [job for _, job in jobs if job.begun_at is not None]
            n_running = Counter(self._line(job) for job in begun)
            # Data are prepared in this process, whose time all visitors share: of small requests and of large
            # ones one at a time, and only for as many requests as the workers can start. A slow small one
            # blocks the next for a moment only, but two large ones would keep both cores from the workers.
            # Those who come later, because of what they have had of late, hold up nobody else.
            training = [job for job in begun if self._line(job) is None]
            starting = Counter(job.share.comes_later for job in training if job.starts)
            preparing = {
                (job.share.comes_later, job.is_small)
                for job in training
                if job.progress is None and (job.starts or not job.is_small)
            }
            n_of_visitor = Counter(job.first_visitor for job in training)
            for key, job in sorted(jobs, key=lambda each: self._order(each[1])):
                if job.begun_at is not None:
                    continue
                comes_later = job.share.comes_later
                n_starting = starting.total() if comes_later else starting[False]
                has_room = max(n_starting, self._pool.ahead(0)) < self._pool.n_workers
                line, is_free = self._line(job), (comes_later, job.is_small) not in preparing
                if comes_later:
                    is_free = is_free and (False, job.is_small) not in preparing
                if line is not None:
                    may_begin = job.n_waiting > 0 and n_running[line] < self._at_a_time[line]
                elif job.n_waiting:
                    is_within = n_of_visitor[job.first_visitor] < self.limits.visitor_requests
                    may_begin = is_free and has_room and is_within
                else:
                    may_begin = is_free and self._pool.n_idle > 0 and self._patience(job) > 0
                job.n_in_memory = self._n_in_memory(job)
                if may_begin and not job.n_in_memory:
                    job.begun_at = time.monotonic()
                    n_running[line] += 1
                    if line is None:
                        preparing.add((comes_later, job.is_small))
                        n_of_visitor[job.first_visitor] += 1
                    self._start(key, job)
                elif not job.n_waiting and self._patience(job) <= 0:
                    del self._jobs[key]
            for job in self._jobs.values():
                if not job.n_waiting:
                    job.tell()

    def _look_who_comes_later(self) -> None:
        """Note of each job whether others who wait come first, or may come."""
        self._looked_at = time.monotonic()
        later = self._accounts.later({visitor for job in self._jobs.values() for visitor in job.visitors})
        for job in self._jobs.values():
            job.share.comes_later = bool(job.visitors) and later.issuperset(job.visitors)
            job.share.has_company = self._accounts.has_company(job.first_visitor)

    def _charge(self, job: _Job[Any, Any]) -> None:
        """Put what the workers have done for a job since the last time to its visitor's account."""
        used, job.charged = job.share.used - job.charged, job.share.used
        if used:
            self._accounts.charge(job.first_visitor, used)
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            self._look_who_comes_later()

    def _n_in_memory(self, job: _Job[Any, Any]) -> int:
        """For how many requests a job has to wait until there is memory for it; 0 if there is enough.

        One may always run. Large ones have a share for all of them together, and wait for each other in line.
        """
        share = 1.0 if job.is_small else LARGE_SHARE
        begun = [other for other in self._jobs.values() if other.begun_at is not None]
        own = [other for other in begun if other.first_visitor == job.first_visitor]
        sizes = sum(other.n_bytes for other in [*own, job])
        job.waits_for_own = bool(own) and sizes > 1e6 * self.limits.visitor_megabytes
        if job.waits_for_own:
            return len(own)
        rivals = [other for other in begun if job.is_small or not other.is_small]
        fits = sum(other.n_bytes for other in [*rivals, job]) <= share * 1e6 * self.limits.megabytes
        if fits and not job.is_small:
            earlier = itertools.takewhile(lambda other: other is not job, self._jobs.values())
            fits = not any(
                other.n_waiting
                and other.begun_at is None
                and other.n_in_memory
                and not other.waits_for_own
                and other.share.comes_later <= job.share.comes_later
                for other in earlier
            )
        return 0 if fits else len(rivals)

    def _start(self, key: Key, job: _Job[Any, Any]) -> None:
        self._memory.reserve(job.n_bytes)
        thread = threading.Thread(target=self._run, args=(key, job), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more threads: whoever waits must hear of it
            self._memory.release(job.n_bytes)
            del self._jobs[key]
            job.error, job.finished = self._failed(job.request, error), True
            job.tell()

    def _patience(self, job: _Job[Any, Any]) -> float:
        """For how many more seconds a job that nobody waits for is kept."""
        patience = CROWDED_PATIENCE if self._pool.ahead(math.inf) else PATIENCE
        return job.left_at + patience - time.monotonic()

    def _run(self, key: Key, job: _Job[Any, Any]) -> None:
        """Run a job to its end, in a thread of its own."""

        def watch(progress: HasFraction) -> None:
            with self._lock:
                was_starting = job.starts
                self._charge(job)
                if job.progress is None or progress.fraction >= job.progress.fraction:
                    job.progress = progress
                job.tell()
            if was_starting:
                self._begin_next()
            self._wait_for_callers(job)

        lower_priority(patient=job.share.comes_later)
        results, error = self._outcome(job, watch)
        let_later(job.share)
        self._memory.release(job.n_bytes)
        if error is None or self._is_closed:  # an error at the end is that of workers who have ended
            what = "stopped" if results is None else "finished"
            event(what, **_in_log(job.request), seconds=round(time.monotonic() - job.asked_at, 3))
        try:
            if results is not None:
                self._memory.keep(key, results)
        finally:  # whoever waits gets them even where there is no memory to count their bytes
            with self._lock:
                del self._jobs[key]
                job.results, job.error, job.finished = results, error, True
                job.tell()
            self._begin_next()

    def _outcome(
        self, job: _Job[Any, Any], watch: Callable[[HasFraction], None]
    ) -> tuple[Any, BaseException | None]:
        """What running a request gives: its results, in the form in which they are kept, or an error."""
        request = job.request
        try:
            with looking(partial(self._give_up_what_is_left, job)), sharing(job.share):
                results = request.run(watch, self._pool.n_workers)
            return getattr(results, "summarised", lambda: results)(), None
        except _GivenUp:
            return None, None
        except (DatasetUnavailable, Refused) as error:
            return None, error
        except BaseException as error:  # noqa: BLE001 - it is logged, and those who wait hear of it
            return None, self._failed(request, error)

    def _failed(self, request: Request[Any, Any], error: BaseException) -> Failed:
        """Log an error that ended a request; returns what its callers hear."""
        if self._is_closed:
            return GoingDown()
        about = {} if asked_for(request) else {"settings": request.to_json()}
        event("failed", logging.ERROR, error, **_in_log(request), **about)
        failed = Failed(sentence_on(error) or f"This {request.noun} ended in an unexpected error.")
        failed.__cause__ = error.with_traceback(None)  # whose frames would keep all that it worked with
        return failed

    def _give_up_what_is_left(self, job: _Job[Any, Any]) -> None:
        """_GivenUp where nobody waits any more, in work that has no progress to report."""
        with self._lock:
            if self._is_closed or (not job.n_waiting and self._patience(job) <= 0):
                raise _GivenUp

    def _somebody_waits_for_workers(self) -> bool:
        return any(job.n_waiting and self._line(job) is None for job in self._jobs.values())

    def _wait_for_callers(self, job: _Job[Any, Any]) -> None:
        """Hold a job that nobody waits for while all workers are busy; _GivenUp when patience ends.

        One that was left is held as long as somebody waits for another, even where a worker is idle for the
        moment: between two stages of a training.
        """
        while True:
            with self._lock:
                if self._is_closed:
                    raise _GivenUp
                if job.n_waiting:
                    return
                if self._patience(job) <= 0:
                    raise _GivenUp
                if self._pool.n_idle and not (job.was_waited_for and self._somebody_waits_for_workers()):
                    return
                self._pool.when_free(self._begin_next)
                n_seen = job.n_news
            release(job.share)  # others may have them; without the lock, since this may call `_begin_next`
            let_later(job.share)
            with self._lock:
                if job.n_news == n_seen:
                    job.news.wait(max(0.0, self._patience(job)))


def _in_log(request: Costly, cost: Cost | None = None) -> dict[str, Any]:
    """What the log says of a request: what it is, and about what it costs."""
    about = {} if cost is None else {"core_seconds": cost.seconds, "megabytes": cost.megabytes}
    return {"request": request.noun, **{name: round(value, 2) for name, value in about.items()}}


def _key(request: Request[Any, Any]) -> Key:
    """Tells requests apart: two classes may have the same fields, and a file of data may change."""
    version = getattr(getattr(request, "dataset", None), "version", "")
    return type(request), request.to_json() + version
