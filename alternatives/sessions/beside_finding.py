"""What was changed from one comparison to another, and what that did, in words.

Only what has a verdict is said to change. Of the rest stands what would have been noticed: it wasn't shown
to be nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alternatives.experiments.comparison import QUESTIONS
from alternatives.measures import MEASURES
from alternatives.sessions.differences import changed
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import brief, given, listed, sentence, signed

if TYPE_CHECKING:
    from alternatives.sessions.beside import Beside

ACCURACY, LOSS = "accuracy", "log loss"
NAMED = (ACCURACY, "confidence minus accuracy", LOSS)
"""The measures that the finding names."""

DECIDED = ("better", "worse")
MOST_IN_NUMBERS = 4
"""Heads whose changes are all said; of more, the smallest and the largest."""
LONGEST_HEADING = 190
"""Characters that a screen of 1280 has room for in two lines."""
MEANT = {
    "overconfident": "mean confidence is above accuracy",
    "underconfident": "mean confidence is below accuracy",
}
"""What the words for confidence mean."""
VERBS = {("accuracy", "better"): "gains", ("accuracy", "worse"): "loses"}
WAYS = {("log loss", "better"): "falls", ("log loss", "worse"): "rises"}


def finding(beside: Beside) -> tuple[str, str]:
    """What was changed and what that did, short enough for a heading; then the rest.

    The rest is a line for each thing that is said, or for each pin where there are several; it may be empty.
    """
    if not beside.others:
        return beside.base.finding_in_parts
    if all(results.diverged.all() for results in beside.results):
        return "Every run of every pin diverged.", ""
    if beside.base.diverged.all():
        name = beside.names[beside.reference]
        return f"Every run of the reference, “{name}”, diverged: there is nothing to compare with.", ""
    alike = [index for index in beside.others if beside.comparable(index)]
    elsewhere = [index for index in beside.others if not beside.comparable(index)]
    if len(beside.others) > 1:
        first, rest = _of_many(beside, alike, elsewhere)
    elif alike:
        first, rest = _of_one(beside, alike[0])
    else:
        first, rest = _standings(beside, elsewhere, ACCURACY), []
        if len(first) > LONGEST_HEADING:
            first, rest = _standings(beside, elsewhere, ACCURACY, in_full=False), [first]
    return first, "\n".join([*rest, *_about_data(beside, elsewhere), *_notes(beside, alike)])


def _of_one(beside: Beside, index: int) -> tuple[str, list[str]]:
    """What is said of the only pin beside the reference."""
    if _is_copy(beside, index):
        return f"{sentence(_copied(beside, index))}.", []
    accuracy = _changes(beside, index, ACCURACY)
    first, apart = f"{_start(beside, index)}, {accuracy}.", _apart(beside, index, ACCURACY)
    lines = [[_left_out(beside, index)], [_in_numbers(beside, index), _ranking(beside, index, ACCURACY)]]
    if apart and len(first) + len(apart) < LONGEST_HEADING:
        first = f"{first} {sentence(apart)}."
    else:
        lines.insert(0, [apart])
    loss = [each(beside, index) for each in (_log_loss, _log_loss_apart, _log_loss_ranking)]
    told = [" ".join(_sentences(each)) for each in (*lines, loss, [_confidence(beside, index)])]
    return first, list(filter(None, told))


def _of_many(beside: Beside, alike: Sequence[int], elsewhere: Sequence[int]) -> tuple[str, list[str]]:
    """What is said of several pins: of all in the heading, of each with its change in a line of its own."""
    first = _joined(_outcomes(beside, alike, elsewhere))
    lines = []
    for index in alike:
        told = [_copied(beside, index)]
        if not _is_copy(beside, index):
            told = [
                f"{_start(beside, index)}, {_changes(beside, index, ACCURACY)}",
                *(each(beside, index, ACCURACY) for each in (_apart, _ranking)),
                _log_loss(beside, index),
            ]
        lines.append(f"“{beside.names[index]}”: {' '.join(_sentences(told))}")
    if elsewhere:
        lines.append(_standings(beside, elsewhere, ACCURACY))
    return first, lines


def _sentences(clauses: Iterable[str]) -> list[str]:
    return [f"{sentence(each)}." for each in clauses if each]


def _start(beside: Beside, index: int) -> str:
    """What was changed."""
    what = changed(beside.base.experiment, beside.results[index].experiment)
    return what.rstrip(".") or "With the same settings"


def _is_copy(beside: Beside, index: int) -> bool:
    """Whether a pin has the reference's settings and numbers; those of a file may be another version's."""
    base, own = beside.base, beside.results[index]
    return (
        not changed(base.experiment, own.experiment)
        and own.variants == base.variants
        and all(np.array_equal(own.values[name], base.values[name], equal_nan=True) for name in base.values)
    )


def _copied(beside: Beside, index: int) -> str:
    name = beside.names[beside.reference]
    return f"the same settings as “{name}”, so the same numbers: change a setting in one of them to compare"


def _outcomes(beside: Beside, alike: Sequence[int], elsewhere: Sequence[int]) -> list[str]:
    """What happens to accuracy, each outcome with the pins that have it; names are cut to fit a heading."""
    found: dict[str, list[str]] = {}
    for index in alike:
        found.setdefault(_outcome(beside, index), []).append(f"“{brief(beside.names[index])}”")
    if elsewhere:
        names = [f"“{brief(beside.names[index])}”" for index in elsewhere]
        found["other data sets aren't compared: {}"] = names
    # What happens to accuracy comes first, and names it once.
    about = sorted(found, key=lambda outcome: not outcome.startswith(ACCURACY))
    told = [outcome.replace(f"{ACCURACY} ", "it ", 1) if at else outcome for at, outcome in enumerate(about)]
    return [text.replace("{}", listed(found[outcome])) for text, outcome in zip(told, about, strict=True)]


def _outcome(beside: Beside, index: int) -> str:
    """What happens to accuracy in a pin, in few words, with a place for the pin's name."""
    if _is_copy(beside, index):
        return "nothing was changed in {}"
    if beside.results[index].diverged.all():
        return "every run diverged in {}"
    rows = _rows(beside, index, ACCURACY)
    if not len(rows):
        return "no head is shared with {}"
    if not _is_concluded(rows):
        return "nothing is concluded for {}"
    parts = []
    for own in _by_verdict(rows[rows["verdict"].isin(DECIDED)]):
        sizes = list(dict.fromkeys([_sizes(own)[-1], _sizes(own)[0]]))
        way = "falls" if own["verdict"].iloc[0] == "worse" else "rises"
        heads = f" for {len(own)} of {len(rows)} heads" if len(own) < len(rows) else ""
        parts.append(f"{way} by {_counted(' to '.join(sizes), 'points')}{heads}")
    if parts:
        return f"accuracy {listed(parts)} in {{}}"
    if (rows["verdict"] == "equivalent").all():
        return f"accuracy is equivalent within {_margin(rows, ACCURACY)} in {{}}"
    return "accuracy isn't shown to change in {}"


def _joined(clauses: Iterable[str]) -> str:
    """Clauses as one sentence."""
    first, *others = clauses
    return f"{'; '.join([sentence(first), *map(_within, others)])}."


def _within(clause: str) -> str:
    """A clause that begins a sentence, as it is within one; an abbreviation keeps its capitals."""
    return clause if clause[1:2].isupper() else clause[:1].lower() + clause[1:]


def _changes(beside: Beside, index: int, measure: str) -> str:
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
    parts = [_of_verdict(own, measure, len(rows)) for own in _by_verdict(differ)]
    return ", and ".join(parts)


def _by_verdict(differ: pd.DataFrame) -> list[pd.DataFrame]:
    """The heads that got worse, and those that got better, the most heads first; each the largest first."""
    groups = [differ[differ["verdict"] == verdict] for verdict in ("worse", "better")]
    groups = [own.sort_values("difference", key=abs, ascending=False) for own in groups if len(own)]
    return sorted(groups, key=len, reverse=True)


def _of_verdict(rows: pd.DataFrame, measure: str, n_compared: int) -> str:
    """``softmax loses 4.0 points of accuracy and Taylor softmax 3.1``; of many, the ends."""
    sizes, heads, verdict = _sizes(rows), rows["head"].tolist(), rows["verdict"].iloc[0]
    unit = "nats" if MEASURES[measure].unit == "nats" else "points"
    few = len(rows) <= MOST_IN_NUMBERS
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
    """`` (one of 1.8 points would have been noticed)``: in all of these heads, in 80 % of cases."""
    largest = rows["noticeable"].max()
    if not MEASURES[measure].can_differ_by(largest):
        return ""
    unit = "nats" if MEASURES[measure].unit == "nats" else "points"
    return f" (one of {_size(measure, largest)} {unit} would have been noticed)"


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


def _leads(beside: Beside, index: int, measure: str) -> pd.DataFrame:
    """A pin's rows of `Beside.leads` that can be compared with the reference's."""
    leads = beside.leads
    rows = leads[(leads["pin"] == beside.names[index]) & (leads["measure"] == measure)]
    rows = rows[rows["n_pairs"] > 0]
    return rows.assign(margin=beside.base.margins.get(measure) or np.nan)


def _apart(beside: Beside, index: int, measure: str) -> str:
    """Whether the other heads change more or less than the baseline: two changes alone don't say that.

    Empty where no head is shown to change at all.
    """
    leads, baseline = _leads(beside, index, measure), beside.baseline
    rows = _rows(beside, index, measure)
    if not len(leads) or not _is_concluded(leads):
        return ""
    differ = leads[leads["verdict"].isin(DECIDED)]
    if len(differ) > MOST_IN_NUMBERS:
        counts = [f"{len(own)} {own['verdict'].iloc[0]}" for own in _by_verdict(differ)]
        return f"compared with {baseline}'s, the change is {listed(counts)} of {len(leads)} heads"
    if len(differ):
        verdicts = dict(zip(rows["head"], rows["verdict"], strict=True))
        told = listed(_clauses_apart(differ, verdicts, baseline, measure))
        undecided = leads[leads["verdict"] == "undecided"]["head"]
        return f"{told}; for {listed(undecided)} that is undecided" if len(undecided) else told
    if not rows["verdict"].isin(DECIDED).any():
        return ""
    if (leads["verdict"] == "equivalent").all():
        return f"that is {baseline}'s change within {_margin(leads, measure)} for {listed(leads['head'])}"
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
    for row, size in zip(differ.to_dict("records"), _sizes(differ), strict=True):
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
            clauses.append(f"{head} {size} {how.partition(' than')[0]}")
        else:
            clauses.append(f"{who} {verb} {_counted(size, unit)} {how}")
        last = verb, how
    return clauses


def _in_numbers(beside: Beside, index: int) -> str:
    """By how much each head's change in accuracy differs from the baseline's, with interval and verdict."""
    rows = _leads(beside, index, ACCURACY)
    changes = _rows(beside, index, ACCURACY)
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


def _ranking(beside: Beside, index: int, measure: str) -> str:
    """How the heads' standing to the baseline changed, in clauses; empty where nothing is shown."""
    own = beside.leads
    own = own[(own["pin"] == beside.names[index]) & (own["measure"] == measure)]
    now, before = (_leads_in(beside, each, measure) for each in (index, beside.reference))
    clauses = (
        _lead(row, beside.baseline, now[row["head"]], before.get(row["head"], "–"))
        for row in own.to_dict("records")
    )
    return listed(filter(None, clauses), none="")


def _leads_in(beside: Beside, index: int, measure: str) -> dict[str, str]:
    """How far each head is from the baseline in a pin, as in the table that Compare has of it."""
    rows = beside.standing(index)
    rows = rows[rows["measure"] == measure]
    return dict(zip(rows["head"], _sizes(rows), strict=True))


def _lead(row: dict[Any, Any], baseline: str, lead: str, former: str) -> str:
    """``Taylor softmax is now better than softmax by 0.8 points``; empty where nothing is shown."""
    head, now, before = row["head"], row["lead_verdict"], row["before_verdict"]
    size = f"{lead} {'nats of log loss' if row['measure'] == LOSS else 'points'}"
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


def _standings(beside: Beside, elsewhere: Sequence[int], measure: str, in_full: bool = True) -> str:
    """How the heads stand to the baseline on each of several data sets, the reference's first."""
    return _joined(
        f"on {beside.results[index].experiment.dataset}, {_standing(beside, index, measure, in_full)}"
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
    noticed = _noticed(rows, measure) if in_full else ""
    nothing = f"no difference in {measure} from {baseline}{size} is shown{noticed}"
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
    return _changes(beside, index, LOSS) if _is_concluded(rows) else ""


def _is_concluded(rows: pd.DataFrame) -> bool:
    """Whether there are enough seeds for anything."""
    return bool((rows["n_pairs"] >= FEWEST_PAIRS).any())


def _log_loss_apart(beside: Beside, index: int) -> str:
    return _apart(beside, index, LOSS)


def _log_loss_ranking(beside: Beside, index: int) -> str:
    return _ranking(beside, index, LOSS)


def _confidence(beside: Beside, index: int) -> str:
    """``now overconfident (…): softmax by 5.0 points``, of heads whose confidence changed."""
    rows, each = _rows(beside, index, NAMED[1]), MEASURES[NAMED[1]]
    told: dict[str, list[str]] = {}
    for row in rows[rows["verdict"].isin(["higher", "lower"])].to_dict("records"):
        own = told.setdefault(each.in_words(row["low"], row["high"]), [])
        points = "" if own else " percentage points"
        own.append(f"{row['head']} by {_size(NAMED[1], row['mean'])}{points}")
    told.pop("", None)
    return "; ".join(f"now {word} ({MEANT[word]}): {listed(heads)}" for word, heads in told.items())


def _about_data(beside: Beside, elsewhere: Sequence[int]) -> list[str]:
    if not elsewhere:
        return []
    compared = (
        f"only how the heads stand to {beside.baseline}" if len(beside.base.variants) > 1 else "nothing"
    )
    return [
        _standings(beside, elsewhere, LOSS),
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
