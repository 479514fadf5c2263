"""The versions of what the numbers depend on: where they differ, last digits may."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Self

VERSION = "1.0.0"
"""This program's own; the package is built with it."""

OWN = "softmax-alternatives"
PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas")


def versions() -> dict[str, str]:
    """The versions of softmax-alternatives, of Python, and of the packages that compute."""
    return {OWN: VERSION, "Python": platform.python_version()} | {name: version(name) for name in PACKAGES}


UNKNOWN = "unknown"


def today() -> str:
    """The current day, as in 2026-11-30."""
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True)
class Made:
    """The day on which results were computed, and the versions; unknown where a file says neither."""

    day: str = UNKNOWN
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def here(cls) -> Self:
        """Today, with the versions of this program."""
        return cls(today(), versions())

    @classmethod
    def of_several(cls, every: Sequence["Made"]) -> Self:
        """What can be said of several together: where they differ, each of their days and versions."""

        def joined(texts: Sequence[str]) -> str:
            return " / ".join(dict.fromkeys(texts))

        names = dict.fromkeys(name for each in every for name in each.versions)
        found = {name: joined([each.versions.get(name, UNKNOWN) for each in every]) for name in names}
        return cls(joined([each.day for each in every]), found)


def warn_of_others(made_with: Mapping[str, str]) -> None:
    """Say on standard error which versions differ from those that something was made with."""
    here = versions()
    for name, expected in made_with.items():
        found = here.get(name, "not known")
        if found != expected:
            print(
                f"Made with {name} {expected}, here it is {found}: last digits may differ.", file=sys.stderr
            )
