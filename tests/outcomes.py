"""Outcomes of claims, each measured once for all tests of a process."""

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from alternatives.claims import CLAIMS, Outcome
from alternatives.claims.mechanism.fitting import Fitting

THOROUGH = os.environ.get("ALTERNATIVES_THOROUGH") == "yes"
LONG_SECONDS = 2.5
"""Claims that take longer are tested with networks trained for two epochs, unless the run is thorough."""


def fitting_with_two_epochs(fitting: Fitting) -> Fitting:
    recipe = dataclasses.replace(fitting.recipe, n_epochs=2)
    return dataclasses.replace(fitting, recipe=recipe, every=min(2, fitting.every))


def settings_with_two_epochs(settings: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: settings(*arguments).replace(n_epochs=2)


WITH_TWO_EPOCHS: dict[str, Callable[[Any], Any]] = {
    "FITTING": fitting_with_two_epochs,
    "settings": settings_with_two_epochs,
    "MOST_EPOCHS": lambda _: 2,
}
"""What of a claim says how long it trains, and how that is cut short."""

SHORT_SIZE = 4
"""Networks of a claim that is cut short: enough for intervals."""


@contextmanager
def with_two_epochs(name: str) -> Iterator[bool]:
    """Cut a claim's training short; gives whether it has any that takes long."""
    claim = CLAIMS[name]
    long = [each for each in WITH_TWO_EPOCHS if hasattr(claim, each)]
    with pytest.MonkeyPatch.context() as patch:
        for each in long:
            patch.setattr(type(claim), each, WITH_TWO_EPOCHS[each](getattr(type(claim), each)))
        yield bool(long)


def takes_long(name: str) -> bool:
    return CLAIMS[name].seconds > LONG_SECONDS


def with_claim(name: str) -> pytest.MarkDecorator:
    """Mark of a test that needs a claim's outcome: it runs where the tests of the claim do."""
    return pytest.mark.xdist_group(f"claims: {CLAIMS[name].part}")


def of_each_claim(function):  # type: ignore[no-untyped-def]
    """A test for each claim; those of one heading run in one process, and share outcomes and networks."""
    ids = [pytest.param(name, marks=with_claim(name)) for name in CLAIMS]
    return pytest.mark.parametrize("name", ids)(function)


def of_each_whole_claim(function):  # type: ignore[no-untyped-def]
    """A test for each claim with its networks trained to the end: thorough for those that take long."""
    ids = [
        pytest.param(name, marks=[with_claim(name), *([pytest.mark.thorough] if takes_long(name) else [])])
        for name in CLAIMS
    ]
    return pytest.mark.parametrize("name", ids)(function)


@functools.cache
def outcome_of(name: str) -> Outcome:
    """A claim's outcome with its own seed and size; cut short if it takes long and the run isn't thorough."""
    if THOROUGH or not takes_long(name):
        return CLAIMS[name].run()
    with with_two_epochs(name):
        return CLAIMS[name].run(size=SHORT_SIZE)
