"""What the replication says so far, in sentences whose numbers come from the tables."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from alternatives.measures import DIFFERENCE, Measure
from alternatives.paper.reading import BASELINE, ERROR, NEW, READ, SeriesFound
from alternatives.paper.series import Varied
from alternatives.paper.trend import FEWEST, Trend, has_many_classes, trends, ways
from alternatives.paper.verdicts import OF_NAMES, OPPOSITE, SAME, UNDECIDED, beside
from alternatives.sweeps import SweepView
from alternatives.wording import (
    LONGEST_HEADING,
    counted,
    given,
    in_points,
    interval,
    listed,
    probability,
    signed,
    spelled,
    with_unit,
)

RANKED_BY = SweepView(measure="accuracy")
"""How findings rank heads: as by error."""


COUNTED = {
    SAME: ("goes the same way", "go the same way"),
    OPPOSITE: ("goes the opposite way", "go the opposite way"),
    UNDECIDED: ("is undecided", "are undecided"),
}
"""What follows how many differences have a verdict: of one, and of several."""


@lru_cache(maxsize=8)
def first(every: tuple[SeriesFound, ...]) -> str:
    """The heading of a page: how many of the paper's differences go the same way, and who ranks best."""
    if not every:
        return "Nothing is replicated yet"
    rows = beside(every)
    rows = rows[rows["verdict"] != ""]
    counts = [
        (verb[n > 1], n)
        for verdict, verb in COUNTED.items()
        if (n := int((rows["verdict"] == verdict).sum()))
    ]
    said = listed(f"{n} {verb}" for verb, n in counts)
    parts = [
        f"Of {counted(len(rows), 'difference')} from softmax that the paper prints and we measured, {said}"
        if counts
        else "None of the paper's printed differences has ours beside it yet"
    ]
    many = next((each for each in every if each.is_ranked), None)
    if many is not None:
        sentence = many.ranked(RANKED_BY).finding_in_parts[0]
        parts.append(sentence[:1].lower() + sentence[1:])
    both = "; ".join(parts)
    return both if len(both) <= LONGEST_HEADING or not counts else parts[0]


@lru_cache(maxsize=8)
def findings(every: tuple[SeriesFound, ...]) -> tuple[str, ...]:
    """A sentence for each series, with its numbers; of many data sets also of the number of classes."""
    said = []
    for each in every:
        if each.series.varied is not None:
            said.append(along(each, each.series.varied))
        elif len(each.datasets) == 1:
            said.append(on_one(each))
        else:
            said.append(over_many(each))
            if has_many_classes(each):
                said.append(by_number_of_classes(each))
    return tuple(said)


def on_one(found: SeriesFound) -> str:
    """The errors on a data set, with the difference of each head from softmax and the paper's beside it."""
    rows = found.differences()
    (dataset,) = found.datasets
    own = {row["head"]: row for row in rows.to_dict("records")}
    name = OF_NAMES.get(dataset, dataset)
    where = f"{found.title} ({_of_seeds(rows)})"
    if name.lower() not in found.title.lower():
        where = f"{name}, {where}"
    if BASELINE not in own:
        return f"{where}: there are no networks with softmax yet"
    printed = beside((found,))
    theirs = printed[printed["title"] == found.title].set_index("head")["printed_difference"].dropna()
    clauses = [
        f"{head} {_difference(own[head], theirs.get(head))}" for head in found.others if own[head]["n_pairs"]
    ]
    mean = own[BASELINE]["mean"]
    beside_it = f"; {'; '.join(clauses)}" if clauses else ""
    return f"{where}: softmax has an error of {_error(mean)}{beside_it}{_at_the_edge(found)}"


def _at_the_edge(found: SeriesFound) -> str:
    """Of how many heads the search chose as many epochs as were tried: more could be better for them."""
    chosen = found.search[found.search["chosen"].astype(bool)]
    most = found.search["epochs"].max()
    n, of = int((chosen["epochs"] == most).sum()), len(chosen)
    if not n:
        return ""
    where = f"{n} of {of} searches" if n < of else "every search"
    return f"; in {where} the best number of epochs was the largest tried, {most}: more may decide otherwise"


def _of_seeds(rows: pd.DataFrame) -> str:
    fewest, most = int(rows["n_seeds"].min()), int(rows["n_seeds"].max())
    return counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"


def _error(share: float) -> str:
    return with_unit(spelled(100 * share, 3), "%")


def _difference(row: Mapping[Any, Any], printed: float | None = None) -> str:
    """A difference with its interval, the paper's beside it, and what it comes to."""
    theirs = [] if printed is None else [f"the paper: {signed(printed, '')}"]
    return in_words(row, ERROR, *theirs, str(row["verdict"]))


def in_words(row: Mapping[Any, Any], measure: Measure, *more: str) -> str:
    """A difference, its interval, and what else is said of it: "+0.16 points (−0.02 to +0.34)"."""
    mean, low, high = texts(row, measure)
    said = "; ".join([*([] if "–" in (low, high) else [f"{low} to {high}"]), *more])
    return with_unit(mean, "points" if measure.unit == "%" else measure.unit) + (f" ({said})" if said else "")


def texts(row: Mapping[Any, Any], measure: Measure) -> tuple[str, str, str]:
    """A difference and its bounds, without unit: as elsewhere, but with more decimals within ±1 point.

    A difference that the paper prints is of a few samples in ten thousand: a tenth of a point would hide it.
    """
    mean, low, high = (in_points(float(row[name]), measure.unit) for name in DIFFERENCE)
    is_small = max((abs(each) for each in (mean, low, high) if math.isfinite(each)), default=0.0) < 1
    return interval(mean, low, high, "") if is_small else measure.interval_texts(row)


def over_many(found: SeriesFound) -> str:
    """Which head ranks best over the data sets of a series, and how much of it there is."""
    planned, _ = found.planned
    n = len(found.complete)
    so_far = f"; {n} of {counted(planned, 'data set')} are there so far" if n < planned else ""
    if not n:
        return f"{found.title}: no data set has networks of every head yet{so_far}"
    first, rest = found.ranked(RANKED_BY).finding_in_parts
    test, _, _ = rest.partition(". ")
    tested = f" ({test})" if "p " in test else ""
    return f"{found.title}: {first[:1].lower()}{first[1:]}{tested}. {_one_by_one(found)}{so_far}"


NAMED = 3
"""Up to so many data sets are named; of more it is said how many they are."""


def _one_by_one(found: SeriesFound) -> str:
    """On which data sets a head differs from softmax, each tested for itself."""
    rows = found.differences()
    clauses = []
    for head in found.others:
        own = rows[rows["head"] == head]
        decided = {
            verdict: names
            for verdict in ("better", "worse", "equivalent")
            if (names := list(own.loc[own["verdict"] == verdict, "dataset"]))
        }
        if decided:
            verdicts = [
                f"{verdict} on {listed(names) if len(names) <= NAMED else len(names)}"
                for verdict, names in decided.items()
            ]
            clauses.append(f"{head} is {listed(verdicts)}")
    if not clauses:
        return "On no data set for itself a difference from softmax is decided"
    return f"Each data set for itself, {listed(clauses)}; all else is undecided"


def by_number_of_classes(found: SeriesFound) -> str:
    """Whether differences go with the number of classes, over the data sets of a series."""
    every = trends(found, ERROR.name, NEW)
    n = max((each.n for each in every.values()), default=0)
    tested = {head: each for head, each in every.items() if each.way}
    if not tested:
        return (
            f"Whether differences from softmax change with the number of classes isn't tested yet: there are "
            f"{counted(n, 'data set')}, and it takes {FEWEST}"
        )
    clauses = [
        f"{verb} with the number of classes for {listed(_with_test(tested, heads))}"
        for verb, heads in (
            ("rises", ways(tested, "rises")),
            ("falls", ways(tested, "falls")),
            ("neither surely rises nor surely falls", ways(tested, "undecided")),
        )
        if heads
    ]
    return f"Over {counted(n, 'data set')} the difference in error from softmax {'; '.join(clauses)}"


def _with_test(tested: Mapping[str, Trend], heads: Sequence[str]) -> list[str]:
    return [f"{head} (Kendall's τ {signed(tested[head].tau, '')}, p {_p(tested[head].p)})" for head in heads]


def _p(p: float) -> str:
    text = probability(p)
    return text if text.startswith(("less", "more")) else f"= {text}"


def along(found: SeriesFound, varied: Varied) -> str:
    """How differences change from the smallest value of what is varied to the largest, on each data set.

    Intervals of the error have the chance of the test set; of other measures it is said that they don't.
    """
    measure = measures_of(found)[0]
    on = "" if measure is ERROR else ", for these test samples alone"
    rows = found.differences(measure.name).dropna(subset=["setting"])
    rows = rows[(rows["head"] != BASELINE) & (rows["n_pairs"] > 0)]
    clauses = [_from_end_to_end(rows[rows["dataset"] == name], measure, varied) for name in found.datasets]
    said = "; ".join(filter(None, clauses)) or "there is nothing to compare yet"
    return f"{found.title}, difference in {measure.name} from softmax{on}: {said}"


def _from_end_to_end(rows: pd.DataFrame, measure: Measure, varied: Varied) -> str:
    """The differences of a data set at both ends, or at the only value so far; "" where there are none."""
    if not len(rows):
        return ""
    ends = rows["setting"].min(), rows["setting"].max()
    first, last = (
        {row["head"]: row for row in rows[rows["setting"] == end].to_dict("records")} for end in ends
    )
    (dataset,) = rows["dataset"].unique()
    name, in_numbers = OF_NAMES.get(dataset, dataset), _ends_in_words(ends, varied)
    if ends[0] == ends[1]:
        heads = [f"{head} {in_words(row, measure, row['verdict'])}" for head, row in last.items()]
        return f"on {name}, with {in_numbers[1]} alone so far, {listed(heads)}"
    groups: dict[tuple[str, str], list[str]] = {}
    for head in first:
        if head in last:
            verdicts = str(first[head]["verdict"]), str(last[head]["verdict"])
            groups.setdefault(verdicts, []).append(_at_both(head, first[head], last[head], measure))
    said = listed(_as_group(*verdicts, heads) for verdicts, heads in groups.items())
    return f"on {name}, from {listed(in_numbers, 'to')}, {said}"


def _as_group(before: str, after: str, heads: Sequence[str]) -> str:
    """Heads whose verdicts are the same: "sigmoid (from −0.1 to +0.2 nats) goes from better to worse"."""
    end = "s" if len(heads) == 1 else ""
    return f"{listed(heads)} " + (
        f"stay{end} {before}" if before == after else f"go{'es' if end else ''} from {before} to {after}"
    )


def _ends_in_words(ends: tuple[float, float], varied: Varied) -> tuple[str, str]:
    """The smallest and the largest value of what is varied: "0 %" and "40 % wrong labels"."""
    first, last = (
        with_unit(given(round(100 * end, 10) if varied.unit == "%" else end), varied.unit) for end in ends
    )
    return first, f"{last} {varied.label}"


def _at_both(head: str, first: Mapping[Any, Any], last: Mapping[Any, Any], measure: Measure) -> str:
    """A head's two differences: "sigmoid (from −0.1 to +0.2 nats)"."""
    before, after = (texts(row, measure)[0] for row in (first, last))
    unit = "points" if measure.unit == "%" else measure.unit
    return f"{head} (from {before} to {with_unit(after, unit)})"


def measures_of(found: SeriesFound) -> list[Measure]:
    """The measures that a series has numbers of, the one that it is about first."""
    there = [each for each in READ.values() if found.has(each.name)]
    return sorted(there, key=lambda each: each.name != found.series.measure)
