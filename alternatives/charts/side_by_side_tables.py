"""Tables of pins beside each other, whose cells are Markdown: means, and below them what changed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alternatives.charts.phrases import interval
from alternatives.charts.tables import HEADLINE, heading, noticed, size
from alternatives.measures import measure
from alternatives.memory import once
from alternatives.sessions.beside import NOT_COMPARABLE, REFERENCE, Beside
from alternatives.sessions.beside_words import SAME_RUNS
from alternatives.wording import ROUNDED, listed

ABSENT = "–"
SIGNS = {"better": ":green[✓ **better**]", "worse": ":red[✗ **worse**]"}
"""Verdicts that say which way is better: in words and by a sign, too, for those who see no colours."""


@once
def of_head(beside: Beside, head: str, measures: Sequence[str] = HEADLINE) -> pd.DataFrame:
    """One head: a row a measure, a column a pin."""
    rows = _cells(beside, tuple(measures))
    columns = {name: [rows.get((name, each, head), ABSENT) for each in measures] for name in beside.names}
    return pd.DataFrame(columns, index=[heading(each) for each in measures])


@once
def of_measure(beside: Beside, name: str) -> pd.DataFrame:
    """One measure: a row a head, a column a pin."""
    rows = _cells(beside, HEADLINE if name in HEADLINE else (name,))
    columns = {pin: [rows.get((pin, name, head), ABSENT) for head in beside.heads] for pin in beside.names}
    return pd.DataFrame(columns, index=list(beside.heads))


@once
def how(beside: Beside) -> str:
    """What the cells say, and how it was concluded."""
    same = [index for index in beside.others if beside.has_same_runs(index)]
    paired = [index for index in beside.others if beside.paired(index) and index not in same]
    parts = [
        f"Second line: difference from the same head in {beside.names[beside.reference]}, with a 95 % CI, in "
        "percentage points where the measure is a percentage. ✓: better. ✗: worse. Equivalent: the whole "
        "interval is within the margin. Undecided: the interval holds 0 and goes beyond the margin; below "
        "stands up to what size a difference could go unnoticed (larger ones are found in at least 80 % of "
        "cases). The intervals in accuracy, confidence minus accuracy, "
        "log loss and Brier score are widened for comparing several heads and pins: in 95 % of cases all of "
        "them are right at once."
    ]
    if paired:
        counts = sorted({len(beside.common_seeds(index)) for index in paired})
        parts.append(f"Differences are paired over the {listed(map(str, counts), 'or')} seeds in both pins.")
    if any(beside.comparable(index) and index not in (*paired, *same) for index in beside.others):
        parts.append("Where too few seeds are in both pins, differences aren't paired (Welch's test).")
    if same:
        parts.append(
            "Same runs: no setting of the training was changed, so means differ by the seeds that aren't in "
            "both pins alone."
        )
    if not all(map(beside.comparable, beside.others)):
        parts.append("Pins with other data sets aren't compared.")
    return " ".join([*parts, ROUNDED])


@once
def _cells(beside: Beside, measures: tuple[str, ...]) -> dict[tuple[str, str, str], str]:
    """The cells by pin, measure and head."""
    rows = beside.frame_of(*measures).to_dict("records")
    return {(row["pin"], row["measure"], row["head"]): _cell(row) for row in rows}


def _cell(row: dict[Any, Any]) -> str:
    each = measure(row["measure"])
    mean = each.text(row["mean"]).removesuffix(" nats")
    word = each.in_words(row["low"], row["high"])
    below = _below(row)
    return "  \n".join([f"{mean}, {word}" if word else mean, *(f":small[{line}]" for line in below)])


def _below(row: dict[Any, Any]) -> list[str]:
    """The lines below the mean: the change with its verdict, and what could have gone unnoticed."""
    verdict = row["verdict"]
    if verdict in (REFERENCE, NOT_COMPARABLE, SAME_RUNS):
        return [verdict]
    if not np.isfinite(row["difference"]):
        return ["diverged" if not np.isfinite(row["mean"]) else "nothing to compare with"]
    difference, low, high = measure(row["measure"]).interval_texts(row)
    change = f"{difference}{interval(low, high)}"
    if verdict == "equivalent":
        verdict = f"equivalent (±{size(row['measure'], row['margin'])})"
    lines = [f"{change}, {SIGNS.get(verdict, verdict)}" if verdict else change]
    return [*lines, *filter(None, [noticed(row)])]
