"""Experiments that people wait for."""

from collections.abc import Callable
from typing import Any, TypeVar

from alternatives.experiments import Experiment, Progress
from alternatives.serving.limits import Cost
from alternatives.serving.queue import Trainings

E = TypeVar("E", bound=Experiment)
Results = TypeVar("Results")


class Jobs(Trainings[E, Progress, Results]):
    """All experiments of one kind of a server."""

    def run(self, asked: E, watch: Callable[[Progress], None]) -> Results:
        experiment: Any = asked
        results: Results = experiment.run(watch, self.n_jobs)
        return results

    def cost(self, asked: E) -> Cost:
        return asked.cost()
