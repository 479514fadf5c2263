"""What the queue needs of values that don't have `run` and `cost` themselves yet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from alternatives.large_output.experiment import LargeOutput
from alternatives.large_output.measured import Measured, measure
from alternatives.serving.limits import Cost
from alternatives.training import shared_pool


@dataclass(frozen=True)
class LargeRequest:
    """A large output layer."""

    noun: ClassVar[str] = LargeOutput.noun
    value: LargeOutput

    def to_json(self) -> str:
        return self.value.to_json()

    def cost(self) -> Cost:
        return self.value.cost()

    def run(self, watch: Callable[[Measured], None] | None = None, n_jobs: int | None = None) -> Measured:
        """Measure in one process of its own, one call at a time, so that no measurement disturbs another."""
        n_calls = 0

        def call(function: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal n_calls
            n_calls += 1  # the measurement with the fewest calls so far comes next
            return shared_pool(1).submit(n_calls, function, *arguments).result()

        return measure(self.value, watch or (lambda measured: None), call)
