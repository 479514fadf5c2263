"""What the queue needs of values that don't have `run` and `cost` themselves yet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from alternatives.claims import CLAIMS, Outcome
from alternatives.experiments import (
    Attention,
    AttentionResults,
    ByWidth,
    Comparison,
    Gate,
    GateResults,
    Hidden,
    HiddenResults,
    Results,
    Widths,
    run,
    run_attention,
    run_gate,
    run_hidden,
    run_widths,
)
from alternatives.experiments.cost import cost as cost_of_comparison
from alternatives.experiments.experiment import Experiment, Progress
from alternatives.experiments.run import Progress as ComparisonProgress
from alternatives.large_output.experiment import LargeOutput
from alternatives.large_output.measured import Measured, measure
from alternatives.serving.limits import Cost
from alternatives.serving.queue import HasFraction
from alternatives.training import shared_pool


@dataclass(frozen=True)
class CompareRequest:
    """A comparison."""

    noun: ClassVar[str] = Comparison.noun
    value: Comparison

    def to_json(self) -> str:
        return self.value.to_json()

    def cost(self) -> Cost:
        return cost_of_comparison(self.value)

    def run(
        self, watch: Callable[[ComparisonProgress], None] | None = None, n_jobs: int | None = None
    ) -> Results:
        return run(self.value, watch, n_jobs)


@dataclass(frozen=True)
class _ExperimentRequest:
    value: Experiment

    def to_json(self) -> str:
        return self.value.to_json()

    def cost(self) -> Cost:
        return self.value.cost()


@dataclass(frozen=True)
class HiddenRequest(_ExperimentRequest):
    """Hidden layers."""

    noun: ClassVar[str] = Hidden.noun
    value: Hidden

    def run(
        self, watch: Callable[[Progress], None] | None = None, n_jobs: int | None = None
    ) -> HiddenResults:
        return run_hidden(self.value, watch, n_jobs)


@dataclass(frozen=True)
class WidthRequest(_ExperimentRequest):
    """Hidden layers by width."""

    noun: ClassVar[str] = ByWidth.noun
    value: ByWidth

    def run(self, watch: Callable[[Progress], None] | None = None, n_jobs: int | None = None) -> Widths:
        return run_widths(self.value, watch, n_jobs)


@dataclass(frozen=True)
class AttentionRequest(_ExperimentRequest):
    """Attention."""

    noun: ClassVar[str] = Attention.noun
    value: Attention

    def run(
        self, watch: Callable[[Progress], None] | None = None, n_jobs: int | None = None
    ) -> AttentionResults:
        return run_attention(self.value, watch, n_jobs)


@dataclass(frozen=True)
class GateRequest(_ExperimentRequest):
    """A gate."""

    noun: ClassVar[str] = Gate.noun
    value: Gate

    def run(self, watch: Callable[[Progress], None] | None = None, n_jobs: int | None = None) -> GateResults:
        return run_gate(self.value, watch, n_jobs)


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
