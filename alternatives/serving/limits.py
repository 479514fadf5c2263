"""What one request may cost where many people share a machine.

The limits are set in the environment:

=============================  ===================================================  ==================
variable                       most that one request may take                       default
=============================  ===================================================  ==================
ALTERNATIVES_MOST_SECONDS      seconds of one core, as estimated                    no limit
ALTERNATIVES_MOST_MEGABYTES    memory for data and networks, as estimated           4000
ALTERNATIVES_MOST_RESULTS      results kept of each kind of request                 32
=============================  ===================================================  ==================
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from alternatives.state import shortened


@dataclass(frozen=True)
class Cost:
    """An estimate: seconds of one core, megabytes, and what to choose for less time or less memory."""

    seconds: float
    megabytes: float
    less_time: str = "fewer seeds, epochs, units or samples"
    less_memory: str = "fewer samples, seeds or units"


class Costly(Protocol):
    """What limits apply to: its noun, as errors call it, and about what it costs."""

    noun: ClassVar[str]

    def cost(self) -> Cost:
        """About what it costs."""


@dataclass(frozen=True)
class Limits:
    """What one request may cost, and how many results of each kind of request are kept."""

    seconds: float = math.inf
    megabytes: float = 4000.0
    results: int = 32

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, default: "Limits | None" = None
    ) -> "Limits":
        """The limits that are set, the others as in `default`.

        Raises
        ------
        ValueError
            For one that isn't a positive number; the error names the variable.
        """
        limits: dict[str, Any] = vars(default or cls()).copy()
        for name in limits:
            variable = f"ALTERNATIVES_MOST_{name.upper()}"
            if text := environment.get(variable):
                try:
                    limits[name] = type(limits[name])(text)
                except ValueError:
                    limits[name] = 0
                if not limits[name] > 0:
                    raise ValueError(f"{variable} must be a positive number, got {shortened(text)}")
        return cls(**limits)

    def check(self, request: Costly) -> None:
        """ValueError if a request costs too much: what is allowed, what was asked, what would cost less."""
        cost = request.cost()
        for estimate, allowed, unit, less in (
            (cost.seconds, self.seconds, "second", cost.less_time),
            (cost.megabytes, self.megabytes, "megabyte", cost.less_memory),
        ):
            if estimate > allowed:
                raise ValueError(
                    f"this {request.noun} would take about {_amount(estimate, unit)}, and at most "
                    f"{_amount(allowed, unit)} {'is' if allowed == 1 else 'are'} allowed here: choose {less}"
                )


UNLIMITED = Limits(megabytes=math.inf)
"""For whoever has the machine alone: the command line's default."""


def _amount(value: float, unit: str) -> str:
    """A rounded number with its unit: 1 second, 2,400 megabytes."""
    number = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
    return f"{number} {unit}{'' if number == '1' else 's'}"
