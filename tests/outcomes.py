"""Outcomes of claims, each measured once for all tests of a process."""

import functools

import pytest

from alternatives.claims import CLAIMS, Outcome


def with_claim(name: str) -> pytest.MarkDecorator:
    """Mark of a test that needs a claim's outcome: it runs where the tests of the claim do."""
    return pytest.mark.xdist_group(f"claims: {CLAIMS[name].part}")


def of_each_claim(function):  # type: ignore[no-untyped-def]
    """A test for each claim; those of one heading run in one process, and share outcomes and networks."""
    ids = [pytest.param(name, marks=with_claim(name)) for name in CLAIMS]
    return pytest.mark.parametrize("name", ids)(function)


@functools.cache
def outcome_of(name: str) -> Outcome:
    """A claim's outcome with its own seed and size."""
    return CLAIMS[name].run()
