"""What was changed from one comparison to another, and what that did, in words.

Only what has a verdict is said to change. Of the rest stands what would have been noticed: it wasn't shown
to be nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alternatives.experiments.comparison import QUESTIONS
from alternatives.measures import MEASURES
from alternatives.sessions.differences import changed
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import given, listed, sentence, signed

if TYPE_CHECKING:
    from alternatives.sessions.beside import Beside

ACCURACY, LOSS = "accuracy", "log loss"
NAMED = (ACCURACY, "confidence minus accuracy", LOSS)
"""The measures that the finding names."""

DECIDED = ("better", "worse")
MOST_IN_NUMBERS = 4
"""Heads whose changes are all said; of more, the smallest and the largest."""
VERBS = {("accuracy", "better"): "gains", ("accuracy", "worse"): "loses"}
WAYS = {("log loss", "better"): "falls", ("log loss", "worse"): "rises"}


def finding(beside: Beside) -> tuple[str, str]:
    """What was changed and what that did, in at most two sentences; then the rest, which may be empty."""
    if not beside.others:
        return beside.base.finding_in_parts
    if all(results.diverged.all() for results in beside.results):
        return "Every run of every pin diverged.", ""
    if beside.base.diverged.all():
        name = beside.names[beside.reference]
        return f"Every run of the reference, “{name}”, diverged: there is nothing to compare with.", ""
    alike = [index for index in beside.others if beside.comparable(index)]
    elsewhere = [index for index in beside.others if not beside.comparable(index)]
    few = len(beside.others) == 1
    clauses = [f"{_start(beside, index, few)}, {_changes(beside, index, ACCURACY, few)}" for index in alike]
    first = [_joined(clauses)] if clauses else []
    rest = _of_pins(beside, alike, lambda index: _ranking(beside, index, ACCURACY))
    if elsewhere:
        first.append(_joined(_standings(beside, elsewhere, ACCURACY)))
    elif few and rest:
        first.append(rest.pop(0))
    for each in (_left_out, _log_loss, _log_loss_ranking, _confidence) if few else (_log_loss,):
        rest += _of_pins(beside, alike, partial(each, beside))
    return " ".join(first), " ".join([*rest, *_about_data(beside, elsewhere), *_notes(beside, alike)])


def _start(beside: Beside, index: int, alone: bool) -> str:
    """What was changed; beside other pins, with the pin's name."""
    what = changed(beside.base.experiment, beside.results[index].experiment)
    what = what.rstrip(".") or "With the same settings"
    return what if alone else f"{what} (“{beside.names[index]}”)"


def _of_pins(beside: Beside, pins: Sequence[int], clause: Callable[[int], str]) -> list[str]:
    """What is to be said of each pin, as one sentence; none where that is nothing."""
    told = {index: clause(index) for index in pins}
    if len(beside.others) == 1:
        return [f"{sentence(each)}." for each in told.values() if each]
    clauses = [f"in “{beside.names[index]}”, {each}" for index, each in told.items() if each]
    return [_joined(clauses)] if clauses else []


def _joined(clauses: Iterable[str]) -> str:
    """Clauses as one sentence."""
    first, *others = clauses
    return f"{'; '.join([sentence(first), *map(_within, others)])}."


def _within(clause: str) -> str:
    """A clause that begins a sentence, as it is within one; an abbreviation keeps its capitals."""
    return clause if clause[1:2].isupper() else clause[:1].lower() + clause[1:]


def _changes(beside: Beside, index: int, measure: str, in_full: bool = True) -> str:
    """What happens to a measure of each head, or why nothing is said of it."""
    if beside.results[index].diverged.all():
        return "every run diverged"
    rows = _rows(beside, index, measure)
    if not len(rows):
        return "no head is in both"
    if not _is_concluded(rows):
        return f"nothing is concluded: that takes at least {FEWEST_PAIRS} seeds that finished in both"
    differ = rows[rows["verdict"].isin(DECIDED)]
    if not len(differ):
        return _nothing_shown(rows, measure)
    parts = [_of_verdict(own, measure, len(rows), in_full) for own in _by_verdict(differ, rows)]
    return ", and ".join(parts)


def _by_verdict(differ: pd.DataFrame, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The heads that got worse, and those that got better, the most heads first; each the largest first."""
    groups = [differ[differ["verdict"] == verdict] for verdict in ("worse", "better")]
    groups = [own.sort_values("difference", key=abs, ascending=False) for own in groups if len(own)]
    return sorted(groups, key=len, reverse=True)


def _of_verdict(rows: pd.DataFrame, measure: str, n_compared: int, in_full: bool) -> str:
    """``softmax loses 4.0 points of accuracy and Taylor softmax 3.1``; of many, the ends."""
    sizes, heads, verdict = _sizes(rows), rows["head"].tolist(), rows["verdict"].iloc[0]
    unit = "nats" if MEASURES[measure].unit == "nats" else "points"
    few = len(rows) <= (MOST_IN_NUMBERS if in_full else 2)
    if measure == ACCURACY:
        verb = VERBS[measure, verdict]
        if few:
            first = f"{heads[0]} {verb} {_counted(sizes[0], unit)} of accuracy"
            return listed(
                [first, *(f"{head} {size}" for head, size in zip(heads[1:], sizes[1:], strict=True))]
            )
        whose = f"all {len(rows)}" if len(rows) == n_compared else f"{len(rows)} of {n_compared}"
        return (
            f"{whose} heads {verb.removesuffix('s')} accuracy, from {sizes[-1]} points "
            f"({heads[-1]}) to {sizes[0]} ({heads[0]})"
        )
    start = f"{measure} {WAYS[measure, verdict]}"
    if few:
        first = f"{start} by {sizes[0]} {unit} ({verdict}) for {heads[0]}"
        pairs = zip(heads[1:], sizes[1:], strict=True)
        return listed([first, *(f"by {size} for {head}" for head, size in pairs)])
    return f"{start} ({verdict}) by {sizes[-1]} ({heads[-1]}) to {sizes[0]} {unit} ({heads[0]})"


def _nothing_shown(rows: pd.DataFrame, measure: str) -> str:
    if (rows["verdict"] == "equivalent").all():
        return f"{measure} is equivalent within {_margin(rows, measure)} for {listed(rows['head'])}"
    size = f" of {_margin(rows, measure)} or more" if np.isfinite(rows["margin"].iloc[0]) else ""
    return f"no change in {measure}{size} is shown{_noticed(rows, measure)}"


def _margin(rows: pd.DataFrame, measure: str) -> str:
    margin = float(rows["margin"].iloc[0])
    if MEASURES[measure].unit == "nats":
        return f"{given(margin)} nats"
    return _counted(given(100 * margin), "points")


def _counted(size: str, unit: str) -> str:
    return f"{size} point" if (size, unit) == ("1", "points") else f"{size} {unit}"


def _noticed(rows: pd.DataFrame, measure: str) -> str:
    """`` (1.8 would have been noticed)``: for all of these heads, with a probability of 80 %."""
    largest = rows["noticeable"].max()
    if not MEASURES[measure].can_differ_by(largest):
        return ""
    return f" ({_size(measure, largest)} would have been noticed)"


def _size(measure: str, value: float) -> str:
    """How large a difference is, without its sign and its unit."""
    return signed(abs(value), MEASURES[measure].unit).lstrip("+")


def _sizes(rows: pd.DataFrame) -> list[str]:
    """How large each difference is, to the decimals that it has in the table beside its interval."""
    records = rows.to_dict("records")
    return [MEASURES[row["measure"]].interval_texts(row)[0].lstrip("+−") for row in records]


def _rows(beside: Beside, index: int, measure: str) -> pd.DataFrame:
    """The rows of heads that can be compared."""
    frame = beside.frame_of(*NAMED)
    rows = frame[(frame["pin"] == beside.names[index]) & (frame["measure"] == measure)]
    return rows[rows["n_pairs"] > 0]


def _ranking(beside: Beside, index: int, measure: str) -> str:
    """How the heads' standing to the baseline changed, in clauses; empty where nothing is shown."""
    leads = beside.leads
    own = leads[(leads["pin"] == beside.names[index]) & (leads["measure"] == measure)]
    now, before = (_leads_in(beside, each, measure) for each in (index, beside.reference))
    records = zip(own.to_dict("records"), _sizes(own), strict=True)
    clauses = (
        _lead(row, beside.baseline, now[row["head"]], before.get(row["head"], "–"), change)
        for row, change in records
    )
    return listed(filter(None, clauses), none="")


def _leads_in(beside: Beside, index: int, measure: str) -> dict[str, str]:
    """How far each head is from the baseline in a pin, as in the table that Compare has of it."""
    rows = beside.standing(index)
    rows = rows[rows["measure"] == measure]
    return dict(zip(rows["head"], _sizes(rows), strict=True))


def _lead(row: dict[Any, Any], baseline: str, lead: str, former: str, change: str) -> str:
    """``Taylor softmax is now better than softmax by 0.8 points``; empty where nothing is shown."""
    head, now, before = row["head"], row["lead_verdict"], row["before_verdict"]
    unit = "nats of log loss" if row["measure"] == LOSS else "points"
    size = f"{lead} {unit}"
    if now in DECIDED and row["verdict"] in DECIDED:
        if now == before:
            return f"{head} is {now} than {baseline} by {size} instead of {former}"
        was = f" (it was {before} by {former})" if before in DECIDED else ""
        return f"{head} is now {now} than {baseline} by {size}{was}"
    if now in DECIDED and now != before:
        return (
            f"{head} is {now} than {baseline} by {size} (undecided whether that differs from the reference)"
        )
    if row["verdict"] in DECIDED:
        way = "gains" if row["verdict"] == "better" else "loses"
        to = "on" if way == "gains" else "to"
        return f"{head} {way} {change} {unit} {to} {baseline}"
    return ""


def _standings(beside: Beside, elsewhere: Sequence[int], measure: str) -> list[str]:
    """How the heads stand to the baseline on each of several data sets, the reference's first."""
    return [
        f"on {beside.results[index].experiment.dataset.in_words}, {_standing(beside, index, measure)}"
        for index in (beside.reference, *elsewhere)
    ]


def _standing(beside: Beside, index: int, measure: str) -> str:
    results, baseline = beside.results[index], beside.baseline
    if results.diverged.all():
        return "every run diverged"
    rows = beside.standing(index)
    rows = rows[(rows["measure"] == measure) & (rows["head"] != baseline)]
    if baseline not in results.variants:
        return f"there is no {baseline} to compare the heads with"
    if not len(rows):
        return f"there is only {baseline}"
    if not _is_concluded(rows):
        return f"nothing is concluded: that takes at least {FEWEST_PAIRS} seeds"
    unit = "nats of log loss" if measure == LOSS else "points of accuracy"
    told = []
    for verdict in DECIDED:
        own = rows[rows["verdict"] == verdict]
        heads, sizes = own["head"].tolist(), _sizes(own)
        each = [f"{head} by {size}" for head, size in zip(heads, sizes, strict=True)]
        if each:
            head = heads[0]
            each[0] = f"{head} is {verdict} than {baseline} by {_counted(sizes[0], unit)}"
            told.append(listed(each))
    size = f" of {_margin(rows, measure)} or more" if np.isfinite(rows["margin"].iloc[0]) else ""
    nothing = f"no difference in {measure} from {baseline}{size} is shown{_noticed(rows, measure)}"
    return ", and ".join(told) or nothing


def _left_out(beside: Beside, index: int) -> str:
    """Of which heads no change in accuracy is shown, where one is shown for others."""
    rows = _rows(beside, index, ACCURACY)
    decided = rows["verdict"].isin(DECIDED)
    if not decided.any() or decided.all():
        return ""
    left = rows[~decided]
    ending = "" if (left["verdict"] == "equivalent").all() else f" for {listed(left['head'])}"
    return f"{_nothing_shown(left, ACCURACY)}{ending}"


def _log_loss(beside: Beside, index: int) -> str:
    rows = _rows(beside, index, LOSS)
    return _changes(beside, index, LOSS, len(beside.others) == 1) if _is_concluded(rows) else ""


def _is_concluded(rows: pd.DataFrame) -> bool:
    """Whether there are enough seeds for anything."""
    return bool((rows["n_pairs"] >= FEWEST_PAIRS).any())


def _log_loss_ranking(beside: Beside, index: int) -> str:
    return _ranking(beside, index, LOSS)


def _confidence(beside: Beside, index: int) -> str:
    """``now overconfident: softmax by 5.0 points``, of heads whose confidence is shown to have changed."""
    rows, each = _rows(beside, index, NAMED[1]), MEASURES[NAMED[1]]
    told: dict[str, list[str]] = {}
    for row in rows[rows["verdict"].isin(["higher", "lower"])].to_dict("records"):
        own = told.setdefault(each.in_words(row["low"], row["high"]), [])
        own.append(f"{row['head']} by {_size(NAMED[1], row['mean'])}{'' if own else ' points'}")
    told.pop("", None)
    return "; ".join(f"now {word}: {listed(heads)}" for word, heads in told.items())


def _about_data(beside: Beside, elsewhere: Sequence[int]) -> list[str]:
    if not elsewhere:
        return []
    compared = (
        f"only how the heads stand to {beside.baseline}" if len(beside.base.variants) > 1 else "nothing"
    )
    return [
        f"{_joined(_standings(beside, elsewhere, LOSS))}",
        f"Measures on different data sets aren't compared, {compared}.",
    ]


def _notes(beside: Beside, alike: Sequence[int]) -> list[str]:
    """What else one has to know: heads that aren't in both, runs that diverged, pairs, new data."""
    sentences, base = [], beside.base.variants
    for index in alike:
        own = beside.results[index].variants
        for name, lacking in (
            (beside.names[beside.reference], [head for head in own if head not in base]),
            (beside.names[index], [head for head in base if head not in own]),
        ):
            if lacking:
                sentences.append(f"Not in “{name}”: {listed(lacking)}.")
    unpaired = [f"“{beside.names[index]}”" for index in alike if not beside.paired(index)]
    if unpaired:
        sentences.append(f"Not paired, as too few seeds are in both: {listed(unpaired)}.")
    for name, results in zip(beside.names, beside.results, strict=True):
        lost = zip(results.variants, results.diverged.sum(1), strict=True)
        parts = [f"{n} of {results.experiment.n_seeds} with {head}" for head, n in lost if n]
        if parts and not results.diverged.all():
            sentences.append(f"Diverged in “{name}”: {listed(parts)}.")
    if any(results.experiment.question != QUESTIONS[0] for results in beside.results):
        sentences.append("Changes from pin to pin are decided for these data, not for new data.")
    return sentences
