"""Worker processes, and the calls that wait for one; `priority` says in which order."""

import gc
import heapq
import itertools
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar

from threadpoolctl import OpenBLASController, ThreadpoolController

from alternatives.memory import give_back
from alternatives.training.folders import note, semaphores, sweep
from alternatives.training.priority import LATER

IDLE_SECONDS = 300
"""How long a worker process stays when there is nothing to do."""

IDLE_SHARE = 0.05
"""A worker that takes less of its core than this, over a second, is idle."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""The workers' environment: one BLAS thread each, since there is a worker for every core."""

NICENESS = 10
"""The workers': the server and the browser of whoever waits come first."""

PATIENT_NICENESS = 19
"""The same for workers that do long calls: they have the cores when nobody else needs them."""

FROM_TERMINAL = {getattr(signal, name) for name in ("SIGINT", "SIGQUIT", "SIGHUP") if hasattr(signal, name)}
"""What a terminal sends to all processes at once. Workers ignore it: they end after their parent."""

Result = TypeVar("Result")

_Call = tuple[float, float, int, Future[Any], object, Callable[..., Any], tuple[Any, ...]]


class _Held(NamedTuple):
    """A worker that is held for the next call of a series, and the place that the last one had."""

    place: float
    since: float
    series: object


class NoWorkers(OSError):
    """Worker processes can't be started: the system has no more processes, threads, memory or semaphores."""


class Pool:
    """Processes that call functions, those with the smallest place first; they start when one is needed.

    The executor is loky's, which comes with scikit-learn: it starts from any thread and any ``__main__``.
    It is an executor of our own, because loky's reusable one belongs to `joblib.Parallel`.

    Parameters
    ----------
    n_workers : int
    niceness : int
        The processes'.
    first : set of object, optional
        Series of which a call had a place before `LATER`, in all pools that share this. Until they are over
        no call of another series begins that has a place from there on, not even between two of theirs: it
        would hold up the next one.
    """

    def __init__(self, n_workers: int, niceness: int = NICENESS, first: set[object] | None = None) -> None:
        self.n_workers, self._niceness = n_workers, niceness
        self._executor: Executor | None = None
        self._lock = threading.Lock()
        self._waiting: list[_Call] = []
        self._numbers = itertools.count()
        self._running: dict[Future[Any], _Held | None] = {}
        self._held: list[_Held] = []
        self._first = set[object]() if first is None else first
        self._when_free: set[Callable[[], None]] = set()
        self._has_ended = False

    def submit(
        self,
        place: float,
        function: Callable[..., Result],
        *arguments: Any,
        since: float = 0.0,
        series: object = None,
    ) -> "Future[Result]":
        """Have a worker call a function: the smallest `place` first, then who has waited longest.

        A call may be one of a `series`, of which each is submitted when an earlier one has finished. Then its
        worker is held for the next call until that is submitted or the series `release`d: otherwise the
        worker would do a call with a larger place first, between any two of the series.

        The future raises BrokenProcessPool if the worker died; then the next call finds fresh workers.
        """
        future: Future[Result] = Future()
        with self._lock:
            if place >= LATER:  # since others have come who take less
                self._first.discard(series)
            elif series is not None:
                self._first.add(series)
            call = place, since, next(self._numbers), future, series, function, arguments
            heapq.heappush(self._waiting, call)
            held = next((each for each in self._held if each.series is series), None)
            if held is not None:
                self._held.remove(held)
        self._hand_out()
        return future

    def release(self, series: object, ended: bool = False) -> None:
        """Hold no worker any longer for a series until its next call has finished; never, if it ended."""
        with self._lock:
            self._held = [held for held in self._held if held.series is not series]
            for future, held in self._running.items() if ended else ():
                if held is not None and held.series is series:
                    self._running[future] = None
        self._hand_out()

    def let_later(self, series: object) -> None:
        """A series is over: calls that come later may begin, if nobody else is first."""
        self._first.discard(series)
        self._hand_out()

    def works_for_others(self, series: object, before: float = math.inf) -> bool:
        """Whether a call waits or is under way that isn't of this series and has a place `before` this."""
        with self._lock:
            others = [(call[0], call[4]) for call in self._waiting if not call[3].cancelled()]
            others += [(each.place, each.series) if each else (0.0, None) for each in self._running.values()]
            return any(place < before and other is not series for place, other in others)

    def ahead(self, place: float) -> int:
        """How many waiting calls have this place or a smaller one."""
        with self._lock:
            return sum(call[0] <= place and not call[3].cancelled() for call in self._waiting)

    def ahead_of(self, future: "Future[Any]") -> int:
        """How many calls are made before a call begins; 0 once it has begun."""
        with self._lock:
            own = next((call for call in self._waiting if call[3] is future), None)
            if own is None:
                return 0
            return len(self._running) + sum(call < own and not call[3].cancelled() for call in self._waiting)

    def abandon(self, future: "Future[Any]") -> None:
        """Take a call back: one that waits isn't made, one under way ends with its process.

        Only for a pool of one worker, where no other call is lost with it. The next call finds a fresh one.
        """
        if future.cancel():
            return
        with self._lock:
            if future in self._running and self._executor is not None:
                self._executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]  # loky has it
                self._executor = None

    @property
    def n_idle(self) -> int:
        """Workers with nothing to do."""
        return self.n_workers - len(self._running)

    def when_free(self, function: Callable[[], None]) -> None:
        """Call a function once, when a worker has next finished a call; asking twice counts once."""
        with self._lock:
            self._when_free.add(function)

    def _hand_out(self) -> None:
        """Give waiting calls to idle workers."""
        while True:
            with _signals_later(), self._lock:
                if not self._waiting or self.n_idle <= self._n_held_before(self._waiting[0]):
                    return
                if self._waiting[0][0] >= LATER and self._first - {self._waiting[0][4]}:
                    return
                place, since, _, future, series, function, arguments = heapq.heappop(self._waiting)
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    inner: Future[Any] | NoWorkers = self._submit(function, *arguments)
                    self._running[future] = None if series is None else _Held(place, since, series)
                except Exception as error:  # noqa: BLE001 - what goes wrong here depends on the system
                    inner = NoWorkers(f"worker processes can't be started: {error}")
                    self._discard()
            # Without the lock, because this may call whoever waits for the future.
            if isinstance(inner, NoWorkers):
                future.set_exception(inner)
            else:
                inner.add_done_callback(partial(self._finish, future))

    def _submit(self, function: Callable[..., Result], *arguments: Any) -> "Future[Result]":
        if self._has_ended:
            raise OSError("this process is about to end")
        with _ignore_terminal():
            if self._executor is not None:
                try:
                    return self._executor.submit(function, *arguments)
                except BrokenProcessPool:
                    pass  # a worker died earlier: start again with fresh ones
            from joblib.externals.loky.process_executor import ProcessPoolExecutor

            if self._executor is None:
                sweep()
            before = semaphores()
            self._executor = executor = ProcessPoolExecutor(
                self.n_workers,
                timeout=IDLE_SECONDS,
                env=ONE_THREAD,
                initializer=_set_up_worker,
                initargs=(os.getpid(), self._niceness),
            )
            try:
                return executor.submit(function, *arguments)  # this starts the processes
            finally:
                note(semaphores() - before)

    def _discard(self) -> None:
        """Forget an executor that didn't start, and end those processes that did: nobody else would."""
        executor, self._executor = self._executor, None
        for process in [*getattr(executor, "_processes", {}).values()]:
            process.terminate()

    def end(self) -> None:
        """End the processes, whatever they do. What waits for them hears that they have died."""
        self._has_ended = True
        executor, self._executor = self._executor, None
        processes = [*(getattr(executor, "_processes", None) or {}).values()]
        if executor is not None:
            executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]  # loky has it
        for process in processes:  # loky would do so in another thread, for which there may be no time
            process.terminate()

    def _n_held_before(self, call: _Call) -> int:
        """How many workers are held for calls that come before this one."""
        return sum((held.place, held.since) < call[:2] for held in self._held)

    def _finish(self, future: "Future[Result]", inner: "Future[Result]") -> None:
        with self._lock:
            held = self._running.pop(future)
            if held is not None:
                self._held.append(held)
        self._hand_out()
        error = inner.exception()
        if error is None:
            future.set_result(inner.result())
        else:
            future.set_exception(NoWorkers("this process is about to end") if self._has_ended else error)
        with self._lock:
            functions, self._when_free = self._when_free, set()
        for function in functions:
            function()


def _set_up_worker(parent: int, niceness: int) -> None:
    """Lower this worker's priority, and end it soon after its parent has ended for whatever reason.

    An idle worker gives back the memory of what it did.
    """
    gc.freeze()  # loky collects garbage between tasks, once a second: with all that is imported it takes 9 ms

    from joblib.externals.loky.backend.resource_tracker import unregister

    def removed(semaphore: str) -> None:
        if semaphore.startswith(f"sem.loky-{parent}-"):
            unregister(semaphore.replace("sem.", "/"), "semlock")  # it would warn of what nobody removed

    def watch_parent() -> None:
        used, has_worked = 0.0, False
        while os.getppid() == parent:
            time.sleep(1)
            before, used = used, time.process_time()
            works = used - before > IDLE_SHARE
            if has_worked and not works:
                give_back()
            has_worked = works
        sweep(removed)
        os._exit(1)

    threading.Thread(target=watch_parent, daemon=True).start()
    _lower_priority(0, niceness)


@contextmanager
def _ignore_terminal() -> Iterator[None]:
    """Processes that start in this context ignore the terminal's signals.

    Otherwise each would print a traceback at Ctrl-C.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # if it started in the context, it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FROM_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _signals_later() -> Iterator[None]:
    """What handles signals waits until the context ends: Ctrl-C would leave a worker half started.

    Handlers run in the main thread, even for signals that this thread blocks, since any other may hear them.
    """
    heard: list[tuple[int, Any]] = []
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in (*FROM_TERMINAL, signal.SIGTERM)}
        handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda *signal_and_frame: heard.append(signal_and_frame))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in heard[:1]:
            handlers[number](number, frame)


@lru_cache(maxsize=2)
def _blas(has_scipy: bool) -> ThreadpoolController:
    """The BLAS libraries that are loaded: SciPy's own one may come after numpy's."""
    return ThreadpoolController()


_blas_lock = threading.Lock()
_blas_users = 0
_blas_limit: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread while this process itself trains.

    More threads slow down such small matrix products, and could change the last digit. The limit holds for
    the whole process, so the first caller sets it and the last one lifts it.
    """
    global _blas_users, _blas_limit
    with _blas_lock:
        if not _blas_users:
            _blas_limit = _blas("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas")
        _blas_users += 1
    try:
        yield
    finally:
        with _blas_lock:
            _blas_users -= 1
            if not _blas_users:
                _let_go()  # else only the thread that set the limit could lift it
                _blas_limit.restore_original_limits()
                _let_go()


def _let_go() -> None:
    """Have threadpoolctl forget the thread that set a limit: on a page a visitor's session hangs on it."""
    clear = getattr(OpenBLASController, "clear_controlling_thread", None)  # older versions remember none
    if clear is not None:
        clear(force=True)


def lower_priority(patient: bool = False) -> None:
    """Give this thread the priority of the workers: it works for somebody who waits, the others for all.

    A `patient` one has that of workers who do long calls.
    """
    if sys.platform == "linux":  # elsewhere threads have no priority of their own
        _lower_priority(threading.get_native_id(), PATIENT_NICENESS if patient else NICENESS)


def _lower_priority(process: int, niceness: int) -> None:
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            before = os.getpriority(os.PRIO_PROCESS, process)
            os.setpriority(os.PRIO_PROCESS, process, max(before, niceness))


_pools: dict[tuple[int, int, bool], Pool] = {}
_first = set[object]()
_lock = threading.Lock()
_n_workers: int | None = None


def limit_workers(n_workers: int | None) -> None:
    """Have this process train in so many others, where nothing else is asked for; None: one for each core."""
    global _n_workers
    _n_workers = n_workers


def usual_workers() -> int:
    """How many processes train where nothing else is asked for."""
    return _n_workers or os.cpu_count() or 1


def release(series: object, ended: bool = False) -> None:
    """Have the shared pools hold no worker any longer for a series, as `Pool.release` says."""
    with _lock:
        pools = list(_pools.values())
    for pool in pools:
        pool.release(series, ended)


def let_later(series: object) -> None:
    """Tell the shared pools that a series is over, as `Pool.let_later` says."""
    with _lock:
        pools = list(_pools.values())
    for pool in pools:
        pool.let_later(series)


def end_workers() -> None:
    """End all worker processes: this one is about to end, and would wait for what they do."""
    for pool in list(_pools.values()):
        pool.end()


def shared_pool(n_workers: int | None = None, patient: bool = False, measures: bool = False) -> Pool:
    """The pool that all trainings of this process share; by default with `usual_workers`.

    Long calls go to a `patient` one of their own, so that nobody else waits until one ends, and measurements,
    which may be abandoned, to one that has nothing else.
    """
    n_workers, niceness = n_workers or usual_workers(), PATIENT_NICENESS if patient else NICENESS
    with _lock:
        return _pools.setdefault((n_workers, niceness, measures), Pool(n_workers, niceness, _first))
