"""How heads stand to the baseline in pins beside each other, and whether that changed, in words.

That one head loses 3 points and another 4 doesn't say that they differ in it: that has a verdict of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alternatives.measures import MEASURES
from alternatives.sessions.beside_words import (
    ACCURACY,
    DECIDED,
    LOSS,
    MOST_IN_NUMBERS,
    SAME_RUNS,
    by_verdict,
    counted,
    interval_of,
    is_concluded,
    joined,
    margin_of,
    rows_of,
    sizes_of,
    unseen,
)
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import listed

if TYPE_CHECKING:
    from alternatives.sessions.beside import Beside


def _leads(beside: Beside, index: int, measure: str) -> pd.DataFrame:
    """A pin's rows of `Beside.leads` that can be compared with the reference's."""
    leads = beside.leads
    rows = leads[(leads["pin"] == beside.names[index]) & (leads["measure"] == measure)]
    rows = rows[rows["n_pairs"] > 0]
    return rows.assign(margin=beside.base.margins.get(measure) or np.nan)


def apart(beside: Beside, index: int, measure: str) -> str:
    """Whether the other heads change more or less than the baseline: two changes alone don't say that.

    Empty where no head is shown to change at all.
    """
    leads, baseline = _leads(beside, index, measure), beside.baseline
    rows = rows_of(beside, index, measure)
    if not len(leads) or not is_concluded(leads):
        return ""
    differ = leads[leads["verdict"].isin(DECIDED)]
    if len(differ) > MOST_IN_NUMBERS:
        counts = [f"{len(own)} {own['verdict'].iloc[0]}" for own in by_verdict(differ)]
        return f"compared with {baseline}'s, the change is {listed(counts)} of {len(leads)} heads"
    if len(differ):
        verdicts = dict(zip(rows["head"], rows["verdict"], strict=True))
        told = listed(_clauses_apart(differ, verdicts, baseline, measure))
        undecided = leads[leads["verdict"] == "undecided"]["head"]
        return f"{told}; for {listed(undecided)} that is undecided" if len(undecided) else told
    if not rows["verdict"].isin(DECIDED).any():
        return ""
    if (leads["verdict"] == "equivalent").all():
        return f"that is {baseline}'s change within {margin_of(leads, measure)} for {listed(leads['head'])}"
    open_ = leads[leads["verdict"] != "equivalent"]["head"].tolist()
    which = listed(open_, "or") if len(open_) <= 2 else "any head"
    what = "accuracy" if measure == ACCURACY else "this"
    return f"whether {which} changes more or less in {what} than {baseline} is undecided"


def _clauses_apart(
    differ: pd.DataFrame, verdicts: Mapping[str, Any], baseline: str, measure: str
) -> list[str]:
    """``sigmoid loses 1.0 points less than softmax``; the next with the same words has its number alone."""
    clauses: list[str] = []
    last = "", ""
    for row, size in zip(differ.to_dict("records"), sizes_of(differ), strict=True):
        head, is_better = row["head"], row["verdict"] == "better"
        own, base = (verdicts.get(each) for each in (head, baseline))
        unit, who = ("nats", f"log loss of {head}") if measure == LOSS else ("points", head)
        more_or_less = "more" if own == row["verdict"] else "less"
        rises = (own == "better") == (measure == ACCURACY)
        if own != base or own not in DECIDED:
            verb, how = ("gains", f"on {baseline}") if is_better else ("loses", f"to {baseline}")
            unit, who = "nats of log loss" if measure == LOSS else unit, head
        elif measure == LOSS:
            verb, how = "rises by" if rises else "falls by", f"{more_or_less} than {baseline}'s"
        else:
            verb, how = "gains" if rises else "loses", f"{more_or_less} than {baseline}"
        if (verb, how) == last:
            clauses.append(f"{head} {size} ({interval_of(row)}) {how.partition(' than')[0]}")
        else:
            clauses.append(f"{who} {verb} {counted(size, unit)} (95 % CI {interval_of(row)}) {how}")
        last = verb, how
    return clauses


def in_numbers(beside: Beside, index: int) -> str:
    """By how much each head's change in accuracy differs from the baseline's, with interval and verdict."""
    rows = _leads(beside, index, ACCURACY)
    changes = rows_of(beside, index, ACCURACY)
    decided = [*rows["verdict"], *changes["verdict"]]
    if not 0 < len(rows) <= MOST_IN_NUMBERS or not {*decided} & {*DECIDED}:
        return ""
    told = []
    for row in rows.to_dict("records"):
        difference, low, high = MEASURES[ACCURACY].interval_texts(row)
        told.append(f"{row['head']} {difference} ({low} to {high}), {row['verdict']}")
    n = len(beside.common_seeds(index))
    how = f"paired over {n} seeds" if beside.paired(index) else "not paired"
    return (
        f"each head's change in accuracy less {beside.baseline}'s (percentage points, 95 % CI, {how}): "
        f"{'; '.join(told)}"
    )


def ranking(beside: Beside, index: int, measure: str) -> str:
    """How the heads' standing to the baseline changed, in clauses; empty where nothing is shown."""
    own = beside.leads
    own = own[(own["pin"] == beside.names[index]) & (own["measure"] == measure)]
    now, before = (_leads_in(beside, each, measure) for each in (index, beside.reference))
    clauses = (
        _lead(row, beside, now[row["head"]], before.get(row["head"], "–")) for row in own.to_dict("records")
    )
    return listed(filter(None, clauses), none="")


def _leads_in(beside: Beside, index: int, measure: str) -> dict[str, str]:
    """How far each head is from the baseline in a pin, as in the table that Compare has of it."""
    rows = beside.standing(index)
    rows = rows[rows["measure"] == measure]
    return dict(zip(rows["head"], sizes_of(rows), strict=True))


def _lead(row: dict[Any, Any], beside: Beside, lead: str, former: str) -> str:
    """``Taylor softmax is now better than softmax by 0.8 points``; empty where nothing is shown."""
    head, now, before = row["head"], row["lead_verdict"], row["before_verdict"]
    baseline = beside.baseline
    size = f"{lead} {'nats of log loss' if row['measure'] == LOSS else 'points'}"
    if now in DECIDED and head not in beside.base.variants:
        return f"{head} is {now} than {baseline} by {size} (it isn't in the reference)"
    if row["verdict"] == SAME_RUNS:
        return ""  # what other seeds say of the same settings is no change
    if now in DECIDED and row["verdict"] in DECIDED:
        if now == before:
            return f"{head} is {now} than {baseline} by {size} instead of {former}"
        was = f" (it was {before} by {former})" if before in DECIDED else ""
        return f"{head} is now {now} than {baseline} by {size}{was}"
    if now in DECIDED and now != before:
        return (
            f"{head} is {now} than {baseline} by {size} (undecided whether that differs from the reference)"
        )
    return ""


def standings(beside: Beside, elsewhere: Sequence[int], measure: str, in_full: bool = True) -> str:
    """How the heads stand to the baseline on each of several data sets, the reference's first."""
    return joined(
        f"on {beside.results[index].experiment.dataset.in_words}, "
        f"{_standing(beside, index, measure, in_full)}"
        for index in (beside.reference, *elsewhere)
    )


def _standing(beside: Beside, index: int, measure: str, in_full: bool) -> str:
    results, baseline = beside.results[index], beside.baseline
    if results.diverged.all():
        return "every run diverged"
    rows = beside.standing(index)
    rows = rows[(rows["measure"] == measure) & (rows["head"] != baseline)]
    if baseline not in results.variants:
        return f"there is no {baseline} to compare the heads with"
    if not len(rows):
        return f"there is only {baseline}"
    if not is_concluded(rows):
        return f"nothing is concluded: that takes at least {FEWEST_PAIRS} seeds"
    unit = "nats of log loss" if measure == LOSS else "points of accuracy"
    told = []
    for verdict in DECIDED:
        own = rows[rows["verdict"] == verdict]
        heads, sizes = own["head"].tolist(), sizes_of(own)
        each = [f"{head} by {size}" for head, size in zip(heads, sizes, strict=True)]
        if each:
            head = heads[0]
            each[0] = f"{head} is {verdict} than {baseline} by {counted(sizes[0], unit)}"
            told.append(listed(each))
    groups = {verdict: own["head"].tolist() for verdict, own in rows.groupby("verdict", sort=False)}
    if told or not in_full:
        return ", and ".join(told) or f"no head is shown to be better or worse than {baseline} in {measure}"
    if same := groups.get("equivalent"):
        within = f"within {margin_of(rows, measure)}"
        told.append(f"{measure} is equivalent to {baseline}'s {within} for {listed(same)}")
    if unknown := groups.get("undecided"):
        which = f"{listed(unknown)}{unseen(rows, measure)}"
        told.append(f"whether {measure} differs from {baseline}'s is undecided for {which}")
    return ", and ".join(told)
