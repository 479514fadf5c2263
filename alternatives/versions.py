"""The versions of what the numbers depend on: where they differ, last digits may."""

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version

VERSION = "1.0.0"
"""This program's own; the package is built with it."""

OWN = "softmax-alternatives"
PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas")


def versions() -> dict[str, str]:
    """The versions of softmax-alternatives, of Python, and of the packages that compute."""
    return {OWN: VERSION, "Python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def warn_of_others(made_with: Mapping[str, str]) -> None:
    """Say on standard error which versions differ from those that something was made with."""
    here = versions()
    for name, expected in made_with.items():
        found = here.get(name, "not known")
        if found != expected:
            print(
                f"Made with {name} {expected}, here it is {found}: last digits may differ.", file=sys.stderr
            )
