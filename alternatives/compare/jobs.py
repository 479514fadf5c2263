"""Comparisons that people wait for: the workers serve the one that has used least of their time."""

from collections.abc import Callable

from alternatives import jobs
from alternatives.compare.comparison import Comparison
from alternatives.compare.cost import Limits, check
from alternatives.compare.results import Results
from alternatives.compare.run import Progress, run
from alternatives.training import shared_pool


class Jobs(jobs.Jobs[Comparison, Progress, Results]):
    """All comparisons of a server.

    Parameters
    ----------
    limits : Limits
        What one comparison may cost, and how many results are kept.
    n_jobs : int, optional
        Worker processes; by default one for each core.
    """

    def __init__(self, limits: Limits | None = None, n_jobs: int | None = None) -> None:
        self.limits = limits or Limits()
        super().__init__(self.limits.results)
        self.n_jobs = n_jobs or shared_pool().n_workers

    def run(self, asked: Comparison, watch: Callable[[Progress], None]) -> Results:
        return run(asked, watch, self.n_jobs)

    def check(self, asked: Comparison) -> None:
        check(asked, self.limits)

    def ahead(self) -> int:
        return shared_pool(self.n_jobs).ahead(0)
