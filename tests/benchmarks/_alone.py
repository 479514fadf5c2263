"""Contenders in processes of their own, each bound to some of the machine's cores.

A library sees how many cores it may use when it is loaded, so each contender gets new processes.
"""

import atexit
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from typing import Any


class Alone:
    """One contender's processes: one on all of `cores`, or with `each` one on each of them.

    `work(*arguments)` runs in every process at the same time. Calling the object does it once more and
    returns `units` and the seconds: of processor time where there is one core, else on the clock.
    """

    def __init__(
        self,
        work: Callable[..., None],
        arguments: Sequence[Any],
        units: float,
        cores: int,
        each: bool = False,
    ) -> None:
        self._work, self._arguments, self._units, self._cores = work, tuple(arguments), units, cores
        chosen = sorted(os.sched_getaffinity(0))[:cores]
        self._bound = [{core} for core in chosen] if each else [set(chosen)]
        self._processes: list[ProcessPoolExecutor] = []

    def __call__(self) -> tuple[float, float]:
        if not self._processes:
            context = multiprocessing.get_context("spawn")
            self._processes = [
                ProcessPoolExecutor(1, context, initializer=os.sched_setaffinity, initargs=(0, cores))
                for cores in self._bound
            ]
        started = time.perf_counter()
        under_way = [each.submit(_timed, self._work, self._arguments) for each in self._processes]
        wait(under_way)
        on_the_clock = time.perf_counter() - started
        of_processor = sum(each.result() for each in under_way)
        return self._units, of_processor if self._cores == 1 else on_the_clock

    def end(self) -> None:
        """End the processes, and the workers that they have started."""
        for each in self._processes:
            each.submit(atexit._run_exitfuncs).result()  # multiprocessing's own processes leave them out
            each.shutdown()
        self._processes = []


def _timed(work: Callable[..., None], arguments: tuple[Any, ...]) -> float:
    """Do the work; how many seconds of processor time this process took for it."""
    started = time.process_time()
    work(*arguments)
    return time.process_time() - started
