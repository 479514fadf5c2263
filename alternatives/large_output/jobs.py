"""Measurements that people wait for: one at a time in a process of its own, so that none disturbs another."""

from collections.abc import Callable
from typing import Any

from alternatives.large_output.experiment import LargeOutput, check
from alternatives.large_output.measured import Measured, measure
from alternatives.serving import queue as jobs
from alternatives.serving.limits import Limits
from alternatives.training import shared_pool

N_WORKERS = 1


class Jobs(jobs.Jobs[LargeOutput, Measured, Measured]):
    """All measurements of a server.

    Parameters
    ----------
    limits : Limits
        What one measurement may cost, and how many are kept.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        super().__init__(self.limits.results)

    def run(self, asked: LargeOutput, watch: Callable[[Measured], None]) -> Measured:
        n_calls = 0

        def call(function: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal n_calls
            n_calls += 1  # whoever has had the fewest comes next
            return shared_pool(N_WORKERS).submit(n_calls, function, *arguments).result()

        return measure(asked, watch, call)

    def check(self, asked: LargeOutput) -> None:
        check(asked, self.limits)
