"""Comparisons that people wait for."""

from collections.abc import Callable

from alternatives.experiments.comparison import Comparison
from alternatives.experiments.cost import cost
from alternatives.experiments.results import Results
from alternatives.experiments.run import Progress, run
from alternatives.serving.limits import Cost
from alternatives.serving.queue import Trainings


class Jobs(Trainings[Comparison, Progress, Results]):
    """All comparisons of a server."""

    def run(self, asked: Comparison, watch: Callable[[Progress], None]) -> Results:
        return run(asked, watch, self.n_jobs)

    def cost(self, asked: Comparison) -> Cost:
        return cost(asked)
