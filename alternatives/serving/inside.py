"""Experiments that people wait for."""

from collections.abc import Callable
from typing import TypeVar

from alternatives.experiments.experiment import Experiment, Progress, Watch
from alternatives.serving.limits import Cost, Limits
from alternatives.serving.queue import Trainings

E = TypeVar("E", bound=Experiment)
Results = TypeVar("Results")


class Jobs(Trainings[E, Progress, Results]):
    """All experiments of one kind of a server.

    Parameters
    ----------
    run : callable
        ``run(experiment, watch, n_jobs)`` gives the results.
    limits : Limits
    n_jobs : int, optional
    """

    def __init__(
        self,
        run: Callable[[E, Watch | None, int | None], Results],
        limits: Limits | None = None,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(limits, n_jobs)
        self._run = run

    def run(self, asked: E, watch: Callable[[Progress], None]) -> Results:
        return self._run(asked, watch, self.n_jobs)

    def cost(self, asked: E) -> Cost:
        return asked.cost()
