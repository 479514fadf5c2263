"""The list of claims as one looks at it: which are listed, which is opened, what was recorded of each."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from alternatives.claims.claim import CLAIMS, SEEDS, SOURCES, Claim
from alternatives.claims.record import committed, numbers_of
from alternatives.claims.rule import VERDICTS, Numbers
from alternatives.state import Choice, Linked, field
from alternatives.wording import listed

ALL = "all"
"""The word for no choice among claims, sources or verdicts."""
UNRECORDED = "not recorded"
"""Stands for the verdict of a claim that the last run that was written down doesn't have."""


def _all_and(options: Callable[[], tuple[str, ...]], explanation: str) -> Choice:
    return Choice(lambda: (ALL, *options()), explanation)


@dataclass(frozen=True)
class View(Linked):
    """What is shown of the claims.

    Parameters
    ----------
    claim : str
        The id of the one that is opened.
    source : str
        The letter of the source whose claims are listed.
    verdict : str
        The verdict of the claims that are listed.
    seed : int
        What the opened claim is tested with.
    """

    noun = "view of the claims"

    claim: str = field("claim", _all_and(lambda: tuple(CLAIMS), "the claim that is shown in full"), ALL)
    source: str = field("source", _all_and(lambda: tuple(SOURCES), "where a claim was made"), ALL)
    verdict: str = field("verdict", _all_and(lambda: VERDICTS, "the verdict of the last recorded run"), ALL)
    seed: int = field("seed", SEEDS, 0)

    @property
    def opened(self) -> Claim | None:
        """The claim that is opened, if one is."""
        return CLAIMS.get(self.claim)


def overview(view: View) -> pd.DataFrame:
    """Columns id, part, statement, sources, quantity, number, verdict, sentence: the claims that are listed.

    The number that decides, what it measures, verdict and sentence are those of the last run that was
    written down.
    """
    rows = _records()
    frame = pd.DataFrame([_row(claim, rows.get(claim.id)) for claim in CLAIMS.values()])
    of_source = frame["sources"].map(lambda sources: view.source in (ALL, *sources))
    of_verdict = (frame["verdict"] == view.verdict) | (view.verdict == ALL)
    return frame[of_source & of_verdict].reset_index(drop=True)


def recorded(claim: Claim) -> Numbers:
    """What the last run that was written down says of each quantity of a claim's rule, NaN where nothing."""
    return _numbers(claim, _records().get(claim.id))


def _numbers(claim: Claim, row: Mapping[Hashable, Any] | None) -> Numbers:
    return numbers_of(row, claim) if row else dict.fromkeys(claim.rule.quantities, math.nan)


def _row(claim: Claim, row: Mapping[Hashable, Any] | None) -> dict[str, Any]:
    quantity = claim.rule.deciding(_numbers(claim, row)).quantity
    return {
        "id": claim.id,
        "part": claim.part,
        "statement": claim.statement,
        "sources": tuple(source.key for source in claim.sources),
        "quantity": quantity.name,
        "number": quantity.text(row["number"]) if row else "–",
        "verdict": row["verdict"] if row else UNRECORDED,
        "sentence": row["sentence"] if row else "",
    }


def _records() -> dict[str, dict[Hashable, Any]]:
    """The rows of the last run that was written down, by the claim's id."""
    return {row["id"]: row for row in committed().to_dict("records")}


def finding(frame: pd.DataFrame) -> str:
    """How many of the claims in an `overview` hold."""
    if not len(frame):
        return "No claim of this source has this verdict."
    counts = [
        f"{n} {verdict if n == 1 else verdict.replace('holds', 'hold').replace('fails', 'fail')}"
        for verdict in (*VERDICTS, UNRECORDED)
        if (n := int((frame["verdict"] == verdict).sum()))
    ]
    return f"Of {len(frame)} claim{'s' * (len(frame) > 1)} about softmax, {listed(counts)}."


def provenance() -> str:
    """When and with what the recorded verdicts were made."""
    latest = max(committed().to_dict("records"), key=lambda row: row["date"])
    return f"Recorded on {latest['date']} with seed {latest['seed']}; {latest['versions']}."
