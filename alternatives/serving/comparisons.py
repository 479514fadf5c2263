"""Comparisons that people wait for."""

from collections.abc import Callable

from alternatives.experiments import Comparison, ComparisonResults, Progress
from alternatives.serving.limits import Cost
from alternatives.serving.queue import Trainings


class Jobs(Trainings[Comparison, Progress, ComparisonResults]):
    """All comparisons of a server."""

    def run(self, asked: Comparison, watch: Callable[[Progress], None]) -> ComparisonResults:
        return asked.run(watch, self.n_jobs)

    def cost(self, asked: Comparison) -> Cost:
        return asked.cost()
