"""What requests may cost where many people share a machine: see `settings` for what the environment sets."""

import ipaddress
import math
import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from alternatives.memory import KEPT_BYTES
from alternatives.serving import settings

if TYPE_CHECKING:  # its room imports pandas
    from alternatives.tables import Bounds

LARGE_SHARE = 7 / 8
"""Share of the memory that large requests may take, one of them or all together: the rest is for small ones,
which never wait for a large one to end."""

SMALL_SHARE = 1 / 24
"""A request is small if it takes at most this share of the memory."""


class Refused(ValueError):
    """A request that isn't allowed. The message is a sentence that says what is."""


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
    new_sessions : float
        That one network address may share in a day. So many a day for as many days as sessions are kept
        leave room for others.
    visitor_requests : int
        Of one network address that are worked on at a time.
    visitor_megabytes : float
        For these.
    """

    seconds: float = math.inf
    megabytes: float = 4000.0
    kept_megabytes: float = 1e-6 * KEPT_BYTES
    session_days: float = 90
    new_sessions: float = 100
    visitor_requests: int = 8
    visitor_megabytes: float = math.inf

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
        return cls(**vars(default or cls()) | _given(VARIABLES, environment))

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
        most_megabytes = min(LARGE_SHARE * self.megabytes, self.visitor_megabytes)
        for estimate, allowed, unit, less in (
            (cost.seconds, self.seconds, "second", cost.less_time),
            (cost.megabytes, most_megabytes, "megabyte", cost.less_memory),
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
    "new_sessions": "ALTERNATIVES_NEW_SESSIONS",
    "visitor_requests": "ALTERNATIVES_VISITOR_REQUESTS",
    "visitor_megabytes": "ALTERNATIVES_VISITOR_MEGABYTES",
}


class Daily:
    """How often each network address has done something today. Nothing of it is kept.

    Parameters
    ----------
    most : float
        How often one may.
    today : callable
        The current day.
    """

    def __init__(self, most: float, today: Callable[[], object] = date.today) -> None:
        self._most, self._today = most, today
        self._lock = threading.Lock()
        self._day: object = None
        self._counts: Counter[str] = Counter()

    def count(self, address: str) -> None:
        """Count once more; Refused, with what is allowed, if it has been often enough."""
        network = network_of(address)
        with self._lock:
            if self._day != (today := self._today()):
                self._day, self._counts = today, Counter()
            if self._counts[network] >= self._most:
                raise Refused(f"at most {_rounded(self._most, 3)} may be made a day from one network address")
            self._counts[network] += 1


def network_of(address: str) -> str:
    """What one visitor has of addresses: one in the old form, in the new one any with the same first half."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # none, on the server's own machine
        return ""
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found), 64), strict=False))


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
    return replace(default, **_given(UPLOAD_VARIABLES, environment))


def _given(variables: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    """What is set in the environment, by its names here."""
    found = {name: settings.given(variable, environment) for name, variable in variables.items()}
    return {name: value for name, value in found.items() if value is not None}


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
