"""What the claims page shows: which claims are listed, which one is open, and the recorded results."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from alternatives.claims.mechanism.claim import CLAIMS, Claim
from alternatives.claims.mechanism.record import committed, numbers_of
from alternatives.claims.mechanism.request import SEEDS
from alternatives.claims.mechanism.rule import VERDICTS, Numbers
from alternatives.claims.mechanism.sources import SOURCES
from alternatives.state import Choice, Linked, field
from alternatives.wording import listed

ALL = "all"
"""The option that selects every claim, source or verdict."""
UNRECORDED = "not recorded"
"""Stands for the verdict of a claim that isn't in the recorded run."""


VERBS = {"holds": ("holds", "hold"), "holds in part": ("holds", "hold"), "fails here": ("fails", "fail")}
"""The verb of a verdict, for one claim and for several, where it isn't "is"."""
COUNTED: dict[str, str] = {
    "identity": "true by algebra",
    "holds": "",
    "holds in part": "in part",
    "undecided": "undecided",
    "fails here": "here",
    UNRECORDED: UNRECORDED,
}
"""What follows the verb when claims with a verdict are counted."""


def _all_and(options: Callable[[], tuple[str, ...]], explanation: str) -> Choice:
    return Choice(lambda: (ALL, *options()), explanation)


@dataclass(frozen=True)
class View(Linked):
    """Which claim is open, which are listed (by source and verdict), and the seed of the open one."""

    noun = "view of the claims"

    claim: str = field("claim", _all_and(lambda: tuple(CLAIMS), "the claim that is shown in full"), ALL)
    source: str = field("source", _all_and(lambda: tuple(SOURCES), "where a claim was made"), ALL)
    verdict: str = field("verdict", _all_and(lambda: VERDICTS, "the verdict of the last recorded run"), ALL)
    seed: int = field("seed", SEEDS, 0)

    @property
    def opened(self) -> Claim | None:
        """The open claim, if one is."""
        return CLAIMS.get(self.claim)


def overview(view: View) -> pd.DataFrame:
    """The listed claims: columns id, part, statement, sources, quantity, number, reason, verdict, sentence.

    Quantity, number, reason, verdict and sentence are those of the recorded run.
    """
    rows = _records()
    frame = pd.DataFrame([_row(claim, rows.get(claim.id)) for claim in CLAIMS.values()])
    of_source = frame["sources"].map(lambda sources: view.source in (ALL, *sources))
    of_verdict = (frame["verdict"] == view.verdict) | (view.verdict == ALL)
    return frame[of_source & of_verdict].reset_index(drop=True)


def recorded(claim: Claim) -> Numbers:
    """The recorded numbers of a claim's quantities; NaN where there is none."""
    return _numbers(claim, _records().get(claim.id))


def _numbers(claim: Claim, row: Mapping[Hashable, Any] | None) -> Numbers:
    return numbers_of(row, claim) if row else dict.fromkeys(claim.rule.quantities, math.nan)


def _row(claim: Claim, row: Mapping[Hashable, Any] | None) -> dict[str, Any]:
    numbers = _numbers(claim, row)
    quantity = claim.rule.deciding(numbers).quantity
    return {
        "id": claim.id,
        "part": claim.part,
        "statement": claim.statement,
        "sources": tuple(source.key for source in claim.sources),
        "quantity": quantity.name,
        "number": quantity.text(numbers[quantity]) if row else "–",
        "reason": claim.reason(numbers) if row else "",
        "verdict": row["verdict"] if row else UNRECORDED,
        "sentence": row["sentence"] if row else "",
    }


def _records() -> dict[str, dict[Hashable, Any]]:
    """The rows of the recorded run, by the claim's id."""
    return {row["id"]: row for row in committed().to_dict("records")}


def finding(frame: pd.DataFrame) -> str:
    """How many of the claims in an `overview` hold, in a sentence."""
    if not len(frame):
        return "No claim of this source has this verdict."
    counts = [
        f"{n} {VERBS.get(verdict, ('is', 'are'))[n > 1]}{' ' * bool(words)}{words}"
        for verdict, words in COUNTED.items()
        if (n := int((frame["verdict"] == verdict).sum()))
    ]
    return f"Of {len(frame)} claim{'s' * (len(frame) > 1)} about softmax, {listed(counts)}."


def provenance() -> str:
    """When and with which versions the recorded run was made."""
    latest = max(committed().to_dict("records"), key=lambda row: row["date"])
    return f"Recorded on {latest['date']} with seed {latest['seed']}; {latest['versions']}."
