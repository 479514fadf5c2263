"""Measurements that people wait for."""

from collections.abc import Callable

from alternatives.large_output.measuring import LargeOutput, Measured
from alternatives.serving import queue as jobs
from alternatives.serving.limits import Limits


class Jobs(jobs.Jobs[LargeOutput, Measured, Measured]):
    """All measurements of a server."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        super().__init__(self.limits.results)

    def run(self, asked: LargeOutput, watch: Callable[[Measured], None]) -> Measured:
        return asked.run(watch, n_jobs=1)

    def check(self, asked: LargeOutput) -> None:
        self.limits.check(asked.cost(), asked.noun, asked.remedy, asked.remedy)
