"""What was changed from one comparison to another, and what that did, in words.

Only what has a verdict is said to change. The rest is equivalent, or undecided: then stands what could have
gone unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alternatives.experiments.comparison import QUESTIONS
from alternatives.measures import MEASURES
from alternatives.sessions.beside_leads import apart, in_numbers, ranking, standings
from alternatives.sessions.beside_words import (
    ACCURACY,
    CONFIDENCE,
    DECIDED,
    LOSS,
    MOST_IN_NUMBERS,
    by_verdict,
    counted,
    is_concluded,
    joined,
    margin_of,
    rows_of,
    size,
    sizes_of,
    unseen,
)
from alternatives.sessions.differences import changed
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import LONGEST_HEADING, brief, listed, sentence

if TYPE_CHECKING:
    from alternatives.sessions.beside import Beside

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
        first, rest = standings(beside, elsewhere, ACCURACY), []
        if len(first) > LONGEST_HEADING:
            first, rest = standings(beside, elsewhere, ACCURACY, in_full=False), [first]
    return first, "\n".join([*rest, *_about_data(beside, elsewhere), *_notes(beside, alike)])


def _of_one(beside: Beside, index: int) -> tuple[str, list[str]]:
    """What is said of the only pin beside the reference."""
    if _is_copy(beside, index):
        return f"{sentence(_copied(beside, index))}.", []
    if _is_known_same(beside, index):
        told = [ranking(beside, index, measure) for measure in (ACCURACY, LOSS)]
        return f"{_same_runs(beside, index)}.", _sentences(told)
    accuracy = _changes(beside, index, ACCURACY)
    first, more = f"{_start(beside, index)}, {accuracy}.", apart(beside, index, ACCURACY)
    lines = [[_left_out(beside, index)], [in_numbers(beside, index), ranking(beside, index, ACCURACY)]]
    if more and len(first) + len(more) < LONGEST_HEADING:
        first = f"{first} {sentence(more)}."
    else:
        lines.insert(0, [more])
    loss = [_log_loss(beside, index), *(each(beside, index, LOSS) for each in (apart, ranking))]
    told = [" ".join(_sentences(each)) for each in (*lines, loss, [_confidence(beside, index)])]
    return first, list(filter(None, told))


def _of_many(beside: Beside, alike: Sequence[int], elsewhere: Sequence[int]) -> tuple[str, list[str]]:
    """What is said of several pins: of all in the heading, of each with its change in a line of its own."""
    first = joined(_outcomes(beside, alike, elsewhere))
    lines = []
    for index in alike:
        told = [_copied(beside, index)]
        if _is_known_same(beside, index):
            told = [_same_runs(beside, index), ranking(beside, index, ACCURACY)]
        elif not _is_copy(beside, index):
            told = [
                f"{_start(beside, index)}, {_changes(beside, index, ACCURACY)}",
                *(each(beside, index, ACCURACY) for each in (apart, ranking)),
                _log_loss(beside, index),
            ]
        lines.append(f"“{beside.names[index]}”: {' '.join(_sentences(told))}")
    if elsewhere:
        lines.append(standings(beside, elsewhere, ACCURACY))
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


def _is_known_same(beside: Beside, index: int) -> bool:
    """Whether nothing is to be decided of a pin that isn't a copy: see `Beside.has_same_runs`."""
    if _is_copy(beside, index) or beside.results[index].diverged.all():
        return False
    return beside.has_same_runs(index) and bool({*beside.results[index].variants} & {*beside.base.variants})


def _same_runs(beside: Beside, index: int) -> str:
    """Why a pin's means differ from the reference's though no setting of the training was changed."""
    n_common = len(beside.common_seeds(index))
    numbers = [results.experiment.n_seeds for results in (beside.base, beside.results[index])]
    if not n_common:
        why = "no seed is in both: the means differ by the seeds alone"
    elif numbers == [n_common, n_common]:
        why = "the runs of the heads in both are the same, and so are the means"
    else:
        same = f"the {n_common} seeds in both are" if n_common > 1 else "the seed in both is"
        why = f"{same} the same run{'s' * (n_common > 1)}: the means differ by the other seeds alone"
    return f"{_start(beside, index)}, {why}"


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
    if _is_known_same(beside, index):
        return "no setting of the training was changed in {}"
    if beside.results[index].diverged.all():
        return "every run diverged in {}"
    rows = rows_of(beside, index, ACCURACY)
    if not len(rows):
        return "no head is shared with {}"
    if not is_concluded(rows):
        return "nothing is concluded for {}"
    parts = []
    for own in by_verdict(rows[rows["verdict"].isin(DECIDED)]):
        sizes = list(dict.fromkeys([sizes_of(own)[-1], sizes_of(own)[0]]))
        way = "falls" if own["verdict"].iloc[0] == "worse" else "rises"
        heads = f" for {len(own)} of {len(rows)} heads" if len(own) < len(rows) else ""
        parts.append(f"{way} by {counted(' to '.join(sizes), 'points')}{heads}")
    if parts:
        return f"accuracy {listed(parts)} in {{}}"
    if (rows["verdict"] == "equivalent").all():
        return f"accuracy is equivalent within {margin_of(rows, ACCURACY)} in {{}}"
    return "whether accuracy changes is undecided in {}"


def _changes(beside: Beside, index: int, measure: str) -> str:
    """What happens to a measure of each head, or why nothing is said of it."""
    if beside.results[index].diverged.all():
        return "every run diverged"
    rows = rows_of(beside, index, measure)
    if not len(rows):
        return "no head is in both"
    if not is_concluded(rows):
        return f"nothing is concluded: that takes at least {FEWEST_PAIRS} seeds that finished in both"
    differ = rows[rows["verdict"].isin(DECIDED)]
    if not len(differ):
        return _nothing_shown(rows, measure)
    parts = [_of_verdict(own, measure, len(rows)) for own in by_verdict(differ)]
    return ", and ".join(parts)


def _of_verdict(rows: pd.DataFrame, measure: str, n_compared: int) -> str:
    """``softmax loses 4.0 points of accuracy and Taylor softmax 3.1``; of many, the ends."""
    sizes, heads, verdict = sizes_of(rows), rows["head"].tolist(), rows["verdict"].iloc[0]
    unit = "nats" if MEASURES[measure].unit == "nats" else "points"
    few = len(rows) <= MOST_IN_NUMBERS
    if measure == ACCURACY:
        verb = VERBS[measure, verdict]
        if few:
            first = f"{heads[0]} {verb} {counted(sizes[0], unit)} of accuracy"
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
    """Of which heads a change is equivalent to none, and of which it is undecided."""
    groups = {verdict: own["head"].tolist() for verdict, own in rows.groupby("verdict", sort=False)}
    told = []
    if "equivalent" in groups:
        heads = listed(groups["equivalent"])
        told.append(f"{measure} is equivalent within {margin_of(rows, measure)} for {heads}")
    if "undecided" in groups:
        heads = listed(groups["undecided"])
        what = "that is undecided" if told else f"whether {measure} changes is undecided"
        told.append(f"{what} for {heads}{unseen(rows, measure)}")
    return ", and ".join(told)


def _left_out(beside: Beside, index: int) -> str:
    """Of which heads no change in accuracy is shown, where one is shown for others."""
    rows = rows_of(beside, index, ACCURACY)
    decided = rows["verdict"].isin(DECIDED)
    if not decided.any() or decided.all():
        return ""
    return _nothing_shown(rows[~decided], ACCURACY)


def _log_loss(beside: Beside, index: int) -> str:
    rows = rows_of(beside, index, LOSS)
    return _changes(beside, index, LOSS) if is_concluded(rows) else ""


def _confidence(beside: Beside, index: int) -> str:
    """``now overconfident (…): softmax by 5.0 points``, of heads whose confidence changed."""
    rows, each = rows_of(beside, index, CONFIDENCE), MEASURES[CONFIDENCE]
    told: dict[str, list[str]] = {}
    for row in rows[rows["verdict"].isin(["higher", "lower"])].to_dict("records"):
        own = told.setdefault(each.in_words(row["low"], row["high"]), [])
        points = "" if own else " percentage points"
        own.append(f"{row['head']} by {size(CONFIDENCE, row['mean'])}{points}")
    told.pop("", None)
    return "; ".join(f"now {word} ({MEANT[word]}): {listed(heads)}" for word, heads in told.items())


def _about_data(beside: Beside, elsewhere: Sequence[int]) -> list[str]:
    if not elsewhere:
        return []
    compared = (
        f"only how the heads stand to {beside.baseline}" if len(beside.base.variants) > 1 else "nothing"
    )
    return [
        standings(beside, elsewhere, LOSS),
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
    decided = [index for index in alike if not beside.has_same_runs(index)]
    unpaired = [f"“{beside.names[index]}”" for index in decided if not beside.paired(index)]
    if unpaired:
        sentences.append(f"Not paired, as too few seeds are in both: {listed(unpaired)}.")
    for index in decided:
        n_common = len(beside.common_seeds(index))
        most = max(results.experiment.n_seeds for results in (beside.base, beside.results[index]))
        if beside.paired(index) and n_common < most:
            sentences.append(
                f"Changes in “{beside.names[index]}” are paired over the {n_common} seeds in both pins, and "
                "leave the other seeds out."
            )
    for name, results in zip(beside.names, beside.results, strict=True):
        lost = zip(results.variants, results.diverged.sum(1), strict=True)
        parts = [f"{n} of {results.experiment.n_seeds} with {head}" for head, n in lost if n]
        if parts and not results.diverged.all():
            sentences.append(f"Diverged in “{name}”: {listed(parts)}.")
    if any(results.experiment.question != QUESTIONS[0] for results in beside.results):
        sentences.append("Changes from pin to pin are decided for these data, not for new data.")
    return sentences
