"""What the queue needs of values that don't have `run` and `cost` themselves yet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from alternatives.claims import CLAIMS, Outcome
from alternatives.serving.limits import Cost
from alternatives.serving.queue import HasFraction


@dataclass(frozen=True)
class ClaimRequest:
    """A claim with the seed it is tested with."""

    noun: ClassVar[str] = "test of a claim"
    id: str
    seed: int

    def to_json(self) -> str:
        return f"{self.id} {self.seed}"

    def cost(self) -> Cost:
        return Cost(3, 100)

    def run(self, watch: Callable[[HasFraction], None] | None = None, n_jobs: int | None = None) -> Outcome:
        return CLAIMS[self.id].run(self.seed)
