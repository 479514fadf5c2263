"""What a comparison costs, and what it may cost where many people share a machine.

The limits are set in the environment:

=============================  ===================================================  ==================
variable                       most that a comparison may take                      default
=============================  ===================================================  ==================
ALTERNATIVES_MOST_SECONDS      seconds of one core, as estimated                    no limit
ALTERNATIVES_MOST_MEGABYTES    memory for data and networks, as estimated           4000
ALTERNATIVES_MOST_RESULTS      results kept for whoever asks for the same           32
=============================  ===================================================  ==================
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alternatives.compare.comparison import Comparison
from alternatives.registry import shortened
from alternatives.training import seconds_of_run


@dataclass(frozen=True)
class Limits:
    """What a comparison may cost."""

    seconds: float = float("inf")
    megabytes: float = 4000.0
    results: int = 32

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """The limits that are set; ValueError, naming the variable, for one that is no positive number."""
        limits: dict[str, Any] = {}
        for name in cls.__dataclass_fields__:
            variable = f"ALTERNATIVES_MOST_{name.upper()}"
            if text := environment.get(variable):
                try:
                    limits[name] = type(getattr(cls, name))(text)
                except ValueError:
                    limits[name] = 0
                if not limits[name] > 0:
                    raise ValueError(f"{variable} must be a positive number, got {shortened(text)}")
        return cls(**limits)


@dataclass(frozen=True)
class Cost:
    """An estimate: seconds of one core, and megabytes."""

    seconds: float
    megabytes: float


def cost(comparison: Comparison) -> Cost:
    """About what a comparison costs; loads its data set."""
    samples = comparison.dataset.load()
    n_samples, n_features = samples.X.shape
    network, recipe = comparison.network(samples), comparison.recipe
    n_runs = comparison.n_seeds * len(comparison.heads) * len(comparison.learning_rates)
    # Parameters, gradients and moments of every run; the data twice, here and for the workers; and, in
    # evaluation, some ten arrays in double precision of what the runs shown say of the test part.
    trained = 4 * 4 * n_runs * network.n_parameters
    data = 2 * 4 * comparison.n_seeds * n_samples * n_features
    evaluated = 10 * 8 * comparison.n_seeds * len(comparison.heads) * n_samples / 5 * network.n_classes
    n_bytes = trained + data + evaluated
    return Cost(n_runs * seconds_of_run(network, recipe, int(0.6 * n_samples)), 1e-6 * n_bytes)


def check(comparison: Comparison, limits: Limits) -> None:
    """ValueError, with what is allowed and what was asked for, if the comparison costs too much."""
    check_cost(
        comparison.noun,
        cost(comparison),
        limits,
        "fewer seeds, epochs, units or samples",
        "fewer samples, seeds or units",
    )


def check_cost(noun: str, estimate: Cost, limits: Limits, less_time: str, less_memory: str) -> None:
    """ValueError, with what is allowed, what was asked for and how it gets less, for what costs too much."""
    for asked, allowed, unit, remedy in (
        (estimate.seconds, limits.seconds, "seconds", less_time),
        (estimate.megabytes, limits.megabytes, "megabytes", less_memory),
    ):
        if asked > allowed:
            raise ValueError(
                f"this {noun} would take about {asked:,.0f} {unit}, and at most {allowed:,.0f} are "
                f"allowed here: choose {remedy}"
            )
