"""Outcomes of claims, each measured once for all tests of a process."""

import functools

import pytest

from alternatives.claims import CLAIMS, Outcome


def of_each_claim(function):  # type: ignore[no-untyped-def]
    """A test for each claim; those of one claim run in one process, and share its outcome."""
    ids = [pytest.param(name, marks=pytest.mark.xdist_group(f"claim {name}")) for name in CLAIMS]
    return pytest.mark.parametrize("name", ids)(function)


@functools.cache
def outcome_of(name: str) -> Outcome:
    """A claim's outcome with its own seed and size."""
    return CLAIMS[name].run()
