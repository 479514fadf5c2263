"""The finding by number of classes: in words, written from the verdicts at each number of classes."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alternatives.measures import MEASURES, Measure
from alternatives.wording import counted, listed, sentence, signed

if TYPE_CHECKING:
    from alternatives.experiments.classes import ClassCountsResults

SAID = ("log loss", "accuracy")
"""The measures whose verdicts are named."""

SIZED = ("better", "worse")
"""Verdicts that come with the size of the difference."""

Segment = tuple[str, tuple[int, ...]]
"""A verdict, and the numbers of classes in a row that have it."""


def finding(results: "ClassCountsResults") -> tuple[str, str]:
    """What was found of the log loss; then the rest, and what might change it."""
    experiment = results.experiment
    if not results.found:
        return f"Training {listed(results.variants)} on {experiment.source}", ""
    start = f"On {experiment.source} over {counted(experiment.n_seeds, 'seed')}"
    if not results.others:
        return f"{start}, {_alone(results)}.", ""
    first, *others = (clause for measure in SAID for clause in _clauses(results, measure))
    more = [f"{sentence(clause)}." for clause in others]
    rest = [*more, *_confidence(results), *_caveats(results), *_diverged(results)]
    return f"{start}, compared with {experiment.baseline}, {first}.", " ".join(rest)


def _alone(results: "ClassCountsResults") -> str:
    """The baseline's own numbers, where there is nothing to compare."""
    ends = dict.fromkeys((results.counts[0], results.counts[-1]))
    parts = []
    for measure in SAID:
        rows = results.summary[results.summary["measure"] == measure].set_index("n_classes")["mean"]
        values = [f"{MEASURES[measure].text(float(rows[count]))} with {count} classes" for count in ends]
        parts.append(f"{measure} {listed(values)}")
    return f"{results.experiment.baseline} has {listed(parts)}"


def _clauses(results: "ClassCountsResults", measure: str) -> Iterator[str]:
    """What is better or worse, where and for which heads; then what all other verdicts are."""
    rows = results.summary[results.summary["measure"] == measure]
    by_head = {head: rows[rows["head"] == head].set_index("n_classes") for head in results.others}
    groups: dict[tuple[Segment, ...], list[str]] = {}
    rest: set[str] = set()
    for head, own in by_head.items():
        every = segments(tuple(own["verdict"]), results.counts)
        groups.setdefault(tuple(each for each in every if each[0] in SIZED), []).append(head)
        rest |= {verdict for verdict, _ in every if verdict not in SIZED}
    parts = []
    for decided, heads in groups.items():
        if decided:
            frames = [by_head[head] for head in heads]
            where = [
                f"{verdict} {_where(counts, results.counts)} ({_sizes(frames, counts, MEASURES[measure])})"
                for verdict, counts in decided
            ]
            parts.append(f"{listed(where)} for {_names(heads, results)}")
    others = listed(sorted(rest), "or") + _would_have_shown(rows, MEASURES[measure])
    yield f"{measure} is {', '.join(parts) or others}"
    if rest and parts:
        yield f"elsewhere {measure} is {others}"


def _would_have_shown(rows: pd.DataFrame, measure: Measure) -> str:
    """How large a difference would have been noticed wherever it is undecided; "" where that isn't known."""
    largest = rows.loc[rows["verdict"] == "undecided", "noticeable"].max()
    if not measure.can_differ_by(largest):
        return ""
    return f" ({measure.difference_text(float(largest)).removeprefix('+')} or more would have shown)"


def _names(heads: Sequence[str], results: "ClassCountsResults") -> str:
    """Heads by their names, or all others together."""
    return "all others" if len(heads) == len(results.others) > 2 else listed(heads)


def segments(verdicts: Sequence[str], counts: Sequence[int]) -> list[Segment]:
    """Verdicts in a row that are the same, each with its numbers of classes."""
    pairs = zip(verdicts, counts, strict=True)
    return [
        (verdict, tuple(count for _, count in own))
        for verdict, own in groupby(pairs, key=lambda each: each[0])
    ]


def _where(counts: tuple[int, ...], every: tuple[int, ...]) -> str:
    """Some numbers of classes in a row, in words."""
    if len(counts) == 1:
        return f"with {counts[0]} classes"
    if counts == every:
        return f"with {counts[0]} to {counts[-1]} classes"
    if counts[0] == every[0]:
        return f"up to {counts[-1]} classes"
    return (
        f"from {counts[0]} classes on"
        if counts[-1] == every[-1]
        else f"with {counts[0]} to {counts[-1]} classes"
    )


def _sizes(frames: Sequence[pd.DataFrame], counts: Sequence[int], measure: Measure) -> str:
    """How large the differences of all heads are at both ends of a segment."""
    ends = list(dict.fromkeys((counts[0], counts[-1])))
    way = "higher" if frames[0]["difference"][ends[0]] > 0 else "lower"
    texts = []
    for place, count in enumerate(ends):
        rows = sorted((own.loc[count].to_dict() for own in frames), key=lambda row: abs(row["difference"]))
        numbers = [measure.interval_texts(row)[0].lstrip("+−") for row in rows]
        unit = "points" if measure.unit == "%" else measure.unit
        at = f" with {count}" if len(ends) > 1 else ""
        both = " to ".join(dict.fromkeys((numbers[0], numbers[-1])))
        texts.append(f"{both} {unit} {way}{at}" if place == 0 else f"{both}{at}")
    return ", ".join(texts)


def _confidence(results: "ClassCountsResults") -> Iterator[str]:
    """Which heads are over- or underconfident beyond the margin at the largest number of classes."""
    count, margin = results.counts[-1], results.experiment.margin / 100
    summary = results.summary
    rows = summary[(summary["measure"] == "confidence minus accuracy") & (summary["n_classes"] == count)]
    parts = []
    for word, side in (("underconfident", rows["high"] < -margin), ("overconfident", rows["low"] > margin)):
        own = rows[side]
        if len(own):
            sizes = [signed(abs(value), "%").lstrip("+") for value in own["mean"]]
            verb = "is" if len(own) == 1 else "are"
            parts.append(f"{listed(own['head'])} {verb} {word} by {listed(sizes)} points")
    if parts:
        yield f"With {count} classes {listed(parts)}."


def _caveats(results: "ClassCountsResults") -> Iterator[str]:
    """Where more epochs, or rates beyond the bounds, might have been better."""
    tuning = results.tuning
    falling = tuning["at_cap"] | tuning["still_falling"]
    if where := _heads_and_counts(tuning[falling]):
        most = results.experiment.recipe.n_epochs
        yield f"Validation loss still falls at the last of {counted(most, 'epoch')} for {where}."
    if where := _heads_and_counts(tuning[tuning["at_edge"]]):
        yield f"The learning rate is the last one that may be tried for {where}."


def _heads_and_counts(rows: pd.DataFrame) -> str:
    """``spherical softmax with 30 and 100 classes``: heads with the numbers of classes of some rows."""
    by_counts: dict[tuple[Any, ...], list[str]] = {}
    for head, own in rows.groupby("head", sort=False):
        by_counts.setdefault(tuple(own["n_classes"]), []).append(str(head))
    return listed(
        [f"{listed(heads)} with {listed(map(str, counts))} classes" for counts, heads in by_counts.items()],
        none="",
    )


def _diverged(results: "ClassCountsResults") -> Iterator[str]:
    """Which runs diverged."""
    lost = np.isnan(results.values["log loss"]).sum(-1)
    n_seeds = results.experiment.n_seeds
    parts = [
        f"{lost[place, index]} of {n_seeds} with {head} and {count} classes"
        for place, count in enumerate(results.counts)
        for index, head in enumerate(results.variants)
        if lost[place, index]
    ]
    if parts:
        yield sentence(f"diverged: {listed(parts)}.")
