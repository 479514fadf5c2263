"""Outcomes of claims written down: for the command line, and for the page to show before it measures."""

import json
import math
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

import pandas as pd

from alternatives.claims.claim import Outcome
from alternatives.datasets.dataset import DATA

COMMITTED = DATA / "claims.csv"
"""The last run that was written down; `register_files` doesn't take it for a data set."""

PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy")
"""What the numbers may depend on, besides Python."""


def to_json(outcomes: Sequence[Outcome]) -> str:
    """A JSON list of objects with the keys id, source, number, rule and verdict.

    A number that isn't finite, as of a run that diverged, is null.
    """
    rows = [
        {
            "id": outcome.claim.id,
            "source": outcome.claim.source,
            "number": outcome.number if math.isfinite(outcome.number) else None,
            "rule": str(outcome.claim.rule),
            "verdict": outcome.verdict,
        }
        for outcome in outcomes
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def to_csv(outcomes: Sequence[Outcome]) -> str:
    """One row a claim, with the seed, today's date and the versions that made it."""
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    rows = [
        {
            "id": outcome.claim.id,
            "number": outcome.number,
            "unit": outcome.claim.quantity.unit,
            "verdict": outcome.verdict,
            "sentence": outcome.sentence,
            "rule": str(outcome.claim.rule),
            "seed": outcome.seed,
            "date": date.today().isoformat(),
            "versions": ", ".join(versions),
        }
        for outcome in outcomes
    ]
    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")


def committed() -> pd.DataFrame:
    """The last run that was written down: the columns of `to_csv`, one row a claim."""
    return pd.read_csv(COMMITTED, keep_default_na=False, na_values={"number": [""]})
