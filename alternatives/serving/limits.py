"""What requests may cost where many people share a machine.

The limits are set in the environment:

=============================  =====================================================  ===============
variable                       what it limits                                         default
=============================  =====================================================  ===============
ALTERNATIVES_MOST_SECONDS      seconds of one core for one request, as estimated      no limit
ALTERNATIVES_MOST_MEGABYTES    memory for all requests at a time and all that is      4000
                               kept, as estimated, beyond that of an idle server
ALTERNATIVES_KEPT_MEGABYTES    memory for data and results while nobody works         300
ALTERNATIVES_SESSION_DAYS      days that a shared session is kept without being       90
                               opened or changed
ALTERNATIVES_UPLOAD_MEGABYTES  size of the file of somebody's own data                5, or 200
ALTERNATIVES_UPLOAD_ROWS       its rows                                               20000, or 500000
ALTERNATIVES_UPLOAD_COLUMNS    its columns                                            500, or 5000
ALTERNATIVES_UPLOAD_CLASSES    its classes                                            100, or 1000
=============================  =====================================================  ===============

The second numbers hold for whoever has the machine alone: the command line.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from alternatives.memory import KEPT_BYTES
from alternatives.state import shortened

if TYPE_CHECKING:  # its room imports pandas
    from alternatives.tables import Bounds

LARGE_SHARE = 7 / 8
"""Share of the memory that large requests may take, one of them or all together: the rest is for small ones,
which never wait for a large one to end."""

SMALL_SHARE = 1 / 24
"""A request is small if it takes at most this share of the memory."""


class Refused(ValueError):
    """A request that isn't allowed. The message is a sentence that says what is."""


class BadEnvironment(Exception):
    """A variable of the environment that can't be used. The message names it, so it isn't for visitors."""


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
    """What one request may cost, and how much memory there is for all.

    Parameters
    ----------
    seconds : float
        Of one core, for one request.
    megabytes : float
        For all requests that run at a time, and what is kept.
    kept_megabytes : float
        For what is kept while nobody works.
    session_days : float
        For a shared session that nobody opens or changes.
    """

    seconds: float = math.inf
    megabytes: float = 4000.0
    kept_megabytes: float = 1e-6 * KEPT_BYTES
    session_days: float = 90

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, default: "Limits | None" = None
    ) -> "Limits":
        """The limits that are set, the others as in `default`.

        Raises
        ------
        BadEnvironment
            For one that isn't a positive number; the error names the variable.
        """
        return cls(**vars(default or cls()) | _numbers(VARIABLES, environment))

    def check(self, request: Costly) -> Cost:
        """What a request costs.

        Raises
        ------
        Refused
            If it costs too much: what is allowed, what was asked, what would cost less.
        """
        try:
            cost = request.cost()
        except ValueError as error:  # what it asks for isn't there
            raise Refused(str(error)) from error
        for estimate, allowed, unit, less in (
            (cost.seconds, self.seconds, "second", cost.less_time),
            (cost.megabytes, LARGE_SHARE * self.megabytes, "megabyte", cost.less_memory),
        ):
            if not estimate <= allowed:
                asked, most = _amounts(estimate, allowed)
                raise Refused(
                    f"this {request.noun} would take about {_with_unit(asked, unit)}, and at most "
                    f"{_with_unit(most, unit)} {'is' if most == '1' else 'are'} allowed here: choose {less}"
                )
        return cost

    def is_small(self, cost: Cost) -> bool:
        """Whether a request takes so little memory that it needn't wait for large ones."""
        return cost.megabytes <= SMALL_SHARE * self.megabytes


VARIABLES = {
    "seconds": "ALTERNATIVES_MOST_SECONDS",
    "megabytes": "ALTERNATIVES_MOST_MEGABYTES",
    "kept_megabytes": "ALTERNATIVES_KEPT_MEGABYTES",
    "session_days": "ALTERNATIVES_SESSION_DAYS",
}


UPLOAD_VARIABLES = {
    name: f"ALTERNATIVES_UPLOAD_{name.upper()}" for name in ("megabytes", "rows", "columns", "classes")
}


def upload_bounds(default: "Bounds", environment: Mapping[str, str] = os.environ) -> "Bounds":
    """How large somebody's own table may be: as the environment says, all else as in `default`.

    Raises
    ------
    BadEnvironment
        For a bound that isn't a positive number, or not a whole one of rows, columns and classes.
    """
    given = _numbers(UPLOAD_VARIABLES, environment)
    counts = {name: int(given[name]) for name in given if name != "megabytes"}
    for name, count in counts.items():
        if count != given[name]:
            variable = UPLOAD_VARIABLES[name]
            raise BadEnvironment(f"{variable} must be a whole number, got {shortened(environment[variable])}")
    return replace(default, **given | counts)


def _numbers(variables: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    """The positive numbers that are set in the environment, by their names."""
    found = {}
    for name, variable in variables.items():
        if text := environment.get(variable):
            try:
                found[name] = float(text)
            except ValueError:
                found[name] = math.nan
            if not 0 < found[name] < math.inf:
                raise BadEnvironment(f"{variable} must be a positive number, got {shortened(text)}")
    return found


def of_machine() -> Limits:
    """For whoever has the machine alone, the command line's default: all its memory, and any time."""
    try:
        n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # a system that doesn't say
        return Limits(megabytes=math.inf)
    return Limits(megabytes=1e-6 * n_bytes)


def _amounts(larger: float, smaller: float) -> tuple[str, str]:
    """Two different numbers, rounded no more than that they still differ."""
    for digits in range(2, 18):
        texts = _rounded(larger, digits), _rounded(smaller, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _rounded(value: float, digits: int) -> str:
    """With so many significant figures, and all of a whole number's: 0.12, 2,400."""
    decimals = digits - 1 - math.floor(math.log10(value)) if 0 < value < math.inf else 0
    text = f"{value:,.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}{'' if number == '1' else 's'}"
