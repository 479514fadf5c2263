"""Words and numbers that the sentences about pins beside each other share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from alternatives.measures import MEASURES
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import given, sentence, signed

if TYPE_CHECKING:
    from alternatives.sessions.beside import Beside

ACCURACY, LOSS, CONFIDENCE = "accuracy", "log loss", "confidence minus accuracy"
NAMED = (ACCURACY, CONFIDENCE, LOSS)
"""The measures that the finding names."""
DECIDED = ("better", "worse")
SAME_RUNS = "same runs"
"""The verdict on a head whose runs are the reference's for the seeds in both."""
MOST_IN_NUMBERS = 4
"""Heads whose changes are all said; of more, the smallest and the largest."""


def joined(clauses: Iterable[str]) -> str:
    """Clauses as one sentence."""
    first, *others = clauses
    return f"{'; '.join([sentence(first), *map(_within, others)])}."


def _within(clause: str) -> str:
    """A clause that begins a sentence, as it is within one; an abbreviation keeps its capitals."""
    return clause if clause[1:2].isupper() else clause[:1].lower() + clause[1:]


def by_verdict(differ: pd.DataFrame) -> list[pd.DataFrame]:
    """The heads that got worse, and those that got better, the most heads first; each the largest first."""
    groups = [differ[differ["verdict"] == verdict] for verdict in ("worse", "better")]
    groups = [own.sort_values("difference", key=abs, ascending=False) for own in groups if len(own)]
    return sorted(groups, key=len, reverse=True)


def margin_of(rows: pd.DataFrame, measure: str) -> str:
    """The margin of a measure with its unit."""
    margin = float(rows["margin"].iloc[0])
    if MEASURES[measure].unit == "nats":
        return f"{given(margin)} nats"
    return counted(given(100 * margin), "points")


def counted(size: str, unit: str) -> str:
    """``1 point``, ``4.0 points``, ``0.1 nats``."""
    return f"{size} point" if (size, unit) == ("1", "points") else f"{size} {unit}"


def unseen(rows: pd.DataFrame, measure: str) -> str:
    """`` (differences up to 1.8 points aren't ruled out)``: the ends of the intervals that are undecided."""
    ends = rows.loc[rows["verdict"] == "undecided", ["difference_low", "difference_high"]]
    largest = ends.abs().to_numpy(float).max(initial=0.0)
    if not (largest and MEASURES[measure].can_differ_by(largest)):
        return ""
    unit = "nats" if MEASURES[measure].unit == "nats" else "points"
    return f" (differences up to {size(measure, largest)} {unit} aren't ruled out)"


def interval_of(row: Mapping[Any, Any]) -> str:
    """The interval of a difference that is decided, as of its size: ``1.2 to 2.8``."""
    _, *ends = MEASURES[row["measure"]].interval_texts(row)
    nearer, further = sorted((end.lstrip("+−") for end in ends), key=float)
    return f"{nearer} to {further}"


def size(measure: str, value: float) -> str:
    """How large a difference is, without its sign and its unit."""
    return signed(abs(value), MEASURES[measure].unit).lstrip("+")


def sizes_of(rows: pd.DataFrame) -> list[str]:
    """How large each difference is, to the decimals that it has in the table beside its interval."""
    records = rows.to_dict("records")
    return [MEASURES[row["measure"]].interval_texts(row)[0].lstrip("+−") for row in records]


def rows_of(beside: Beside, index: int, measure: str) -> pd.DataFrame:
    """The rows of heads that can be compared."""
    frame = beside.frame_of(*NAMED)
    rows = frame[(frame["pin"] == beside.names[index]) & (frame["measure"] == measure)]
    return rows[rows["n_pairs"] > 0]


def is_concluded(rows: pd.DataFrame) -> bool:
    """Whether there are enough seeds for anything."""
    return bool((rows["n_pairs"] >= FEWEST_PAIRS).any())
