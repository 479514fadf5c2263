"""What something may cost where many people share a machine.

The limits are set in the environment:

=============================  ===================================================  ==================
variable                       most that one thing may take                         default
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

from alternatives.state import shortened


@dataclass(frozen=True)
class Cost:
    """An estimate: seconds of one core, and megabytes."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Limits:
    """What one thing may cost."""

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

    def check(
        self,
        cost: Cost,
        noun: str,
        less_time: str = "fewer seeds, epochs, units or samples",
        less_memory: str = "fewer samples, seeds or units",
    ) -> None:
        """ValueError, with what is allowed, what was asked for and what would cost less, for too much."""
        for asked, allowed, unit, remedy in (
            (cost.seconds, self.seconds, "seconds", less_time),
            (cost.megabytes, self.megabytes, "megabytes", less_memory),
        ):
            if asked > allowed:
                raise ValueError(
                    f"this {noun} would take about {asked:,.0f} {unit}, and at most {allowed:,.0f} are "
                    f"allowed here: choose {remedy}"
                )
