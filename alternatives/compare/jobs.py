"""Comparisons that people wait for."""

from collections.abc import Callable

from alternatives.compare.comparison import Comparison
from alternatives.compare.cost import cost
from alternatives.compare.results import Results
from alternatives.compare.run import Progress, run
from alternatives.jobs import Trainings
from alternatives.limits import Cost


class Jobs(Trainings[Comparison, Progress, Results]):
    """All comparisons of a server."""

    def run(self, asked: Comparison, watch: Callable[[Progress], None]) -> Results:
        return run(asked, watch, self.n_jobs)

    def cost(self, asked: Comparison) -> Cost:
        return cost(asked)
