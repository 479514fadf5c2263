"""Comparisons that people wait for: trained once for all who ask, given up when nobody waits.

Each comparison that is asked for is trained by a thread of its own, which does little more than wait
for worker processes; those serve the comparison that has used least of their time. Whoever asks for
a comparison that is in training joins in, and whoever asks for one that is finished has it at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from alternatives.compare.comparison import Comparison
from alternatives.compare.cost import Limits, check
from alternatives.compare.results import Results
from alternatives.compare.run import Progress, run
from alternatives.training import shared_pool

PATIENCE = 1.0
"""Seconds that a training goes on without anybody waiting: a page that is drawn anew comes back sooner."""

LOOK_SECONDS = 0.05
"""Least time between two looks at a training by one who waits for it."""


class _GivenUp(BaseException):
    """Nobody waits for a training any more."""


class _Job:
    """One comparison in training, and how many wait for it."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.n_waiting = 0
        self.left_at = time.monotonic()
        self.progress: Progress | None = None
        self.results: Results | None = None
        self.error: BaseException | None = None
        self.finished = threading.Event()

    def train(self, n_jobs: int | None) -> None:
        try:
            self.results = run(self.comparison, self._watch, n_jobs)
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            self.error = error

    def _watch(self, progress: Progress) -> None:
        self.progress = progress
        if not self.n_waiting and time.monotonic() - self.left_at > PATIENCE:
            raise _GivenUp


class Jobs:
    """All comparisons of a server.

    Parameters
    ----------
    limits : Limits
        What one comparison may cost, and how many results are kept; the one that was asked for longest
        ago goes first.
    n_jobs : int, optional
        Worker processes; by default one for each core.
    """

    def __init__(self, limits: Limits | None = None, n_jobs: int | None = None) -> None:
        self.limits = limits or Limits()
        self.n_jobs = n_jobs or shared_pool().n_workers
        self._lock = threading.Lock()
        self._in_training: dict[str, _Job] = {}
        self._finished: OrderedDict[str, Results] = OrderedDict()

    def get(self, comparison: Comparison) -> Results | None:
        """The results, if they are there."""
        key = comparison.to_json()
        with self._lock:
            if key in self._finished:
                self._finished.move_to_end(key)
            return self._finished.get(key)

    def results(
        self,
        comparison: Comparison,
        watch: Callable[[Progress], None],
        queue: Callable[[int], None] = lambda ahead: None,
    ) -> Results:
        """The results, trained now if they aren't there.

        Parameters
        ----------
        comparison : Comparison
        watch : callable
            Hears of the progress in the caller's thread. What it raises passes through, and means that
            this caller no longer waits.
        queue : callable, optional
            Hears, until the training begins, how many calls for a worker come first.

        Raises
        ------
        DatasetUnavailable, ValueError
            As `run`, and ValueError if the comparison would cost more than the limits allow.
        """
        if results := self.get(comparison):
            return results
        check(comparison, self.limits)
        while True:
            job = self._join(comparison)
            self._wait(job, watch, queue)
            if job.results is not None:
                return job.results
            if job.error is not None and not isinstance(job.error, _GivenUp):
                raise job.error

    def _wait(self, job: _Job, watch: Callable[[Progress], None], queue: Callable[[int], None]) -> None:
        try:
            seen = None
            while not job.finished.wait(LOOK_SECONDS):
                if job.progress is None:
                    queue(shared_pool(self.n_jobs).ahead(0))
                elif job.progress is not seen:
                    seen = job.progress
                    watch(seen)
        finally:
            with self._lock:
                job.n_waiting -= 1
                job.left_at = time.monotonic()

    def _join(self, comparison: Comparison) -> _Job:
        key = comparison.to_json()
        with self._lock:
            job = self._in_training.get(key)
            if job is None:
                job = self._in_training[key] = _Job(comparison)
                threading.Thread(target=self._train, args=(key, job), daemon=True).start()
            job.n_waiting += 1
            return job

    def _train(self, key: str, job: _Job) -> None:
        job.train(self.n_jobs)
        with self._lock:
            del self._in_training[key]
            if job.results is not None:
                self._finished[key] = job.results
                while len(self._finished) > self.limits.results:
                    self._finished.popitem(last=False)
        job.finished.set()
