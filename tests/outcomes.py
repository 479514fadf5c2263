"""Outcomes of claims, each measured once for all tests of a process."""

import functools
import time

import pytest

from alternatives.claims import CLAIMS, Outcome


def of_each_claim(function):  # type: ignore[no-untyped-def]
    """A test for each claim; those of one claim run in one process, and share its outcome."""
    ids = [pytest.param(name, marks=pytest.mark.xdist_group(f"claim {name}")) for name in CLAIMS]
    return pytest.mark.parametrize("name", ids)(function)


@functools.cache
def outcome_and_seconds(name: str) -> tuple[Outcome, float]:
    """A claim's outcome, and the processor's seconds that it took."""
    CLAIMS["shift"].run()  # loads what the first one loads
    started = time.process_time()
    outcome = CLAIMS[name].run()
    return outcome, time.process_time() - started


def outcome_of(name: str) -> Outcome:
    """A claim's outcome with its own seed and size."""
    return outcome_and_seconds(name)[0]
