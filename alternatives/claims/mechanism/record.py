"""Outcomes as tables: for the command line, and for the page to show before it tests a claim again."""

import json
import math
import platform
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

import pandas as pd

from alternatives.claims.mechanism.claim import Claim, Outcome
from alternatives.claims.mechanism.measured import Measured, ends
from alternatives.claims.mechanism.rule import Numbers
from alternatives.datasets.dataset import DATA

COMMITTED = DATA / "claims.csv"
"""The recorded run; `register_files` doesn't take this file for a data set."""

PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy")
"""Packages that the numbers may depend on."""


def to_json(outcomes: Sequence[Outcome]) -> str:
    """A JSON list of objects with the keys id, source, number, interval, rule, proof and verdict.

    The interval is [low, high] where the number is a mean over seeds, else null. A number that isn't finite,
    for example because a run diverged, is null. The proof is that of an identity, else empty.
    """
    rows = [
        {
            "id": outcome.claim.id,
            "source": outcome.claim.source,
            "number": _finite(outcome.number),
            "interval": _interval(outcome.measured),
            "rule": str(outcome.claim.rule),
            "proof": outcome.claim.rule.proof,
            "verdict": outcome.verdict,
        }
        for outcome in outcomes
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def to_csv(outcomes: Sequence[Outcome]) -> str:
    """One row per claim, with the seed, today's date and the versions of the packages.

    The column numbers is a JSON object: the number of each quantity of the claim's rule, by its name, as
    [mean, low, high] where it is a mean over seeds. The columns low and high are empty where it isn't.
    """
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    rows = [
        {
            "id": outcome.claim.id,
            "number": outcome.number,
            "low": outcome.measured.low if isinstance(outcome.measured, Measured) else None,
            "high": outcome.measured.high if isinstance(outcome.measured, Measured) else None,
            "unit": outcome.quantity.unit,
            "quantity": outcome.quantity.name,
            "numbers": json.dumps(
                {quantity.name: _written(x) for quantity, x in outcome.numbers.items()}, ensure_ascii=False
            ),
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
    """The recorded run: the columns of `to_csv`, one row per claim."""
    return pd.read_csv(
        COMMITTED, keep_default_na=False, na_values={name: [""] for name in ("number", "low", "high")}
    )


def numbers_of(row: Mapping[Hashable, Any], claim: Claim) -> Numbers:
    """The recorded numbers of a claim's quantities, from a row of `committed`; NaN where there is none."""
    recorded = json.loads(str(row["numbers"]))
    return {quantity: _read(recorded.get(quantity.name)) for quantity in claim.rule.quantities}


def _written(number: float) -> float | list[float | None] | None:
    if isinstance(number, Measured):
        return [_finite(each) for each in (number, number.low, number.high)]
    return _finite(number)


def _read(written: float | list[float | None] | None) -> float:
    if isinstance(written, list):
        return Measured(*(math.nan if each is None else each for each in written))
    return math.nan if written is None else written


def _interval(number: float) -> list[float | None] | None:
    return [_finite(end) for end in ends(number)] if isinstance(number, Measured) else None


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
