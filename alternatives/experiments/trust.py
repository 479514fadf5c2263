"""Which head to trust: what a comparison measured of the one that somebody would, in a sentence or two.

A head earns trust by being right as often as it is sure. The log loss measures that, and being right, at
once; so it decides, and what isn't decided is said.
"""

from typing import Any

import numpy as np

from alternatives.experiments.comparison import ComparisonResults
from alternatives.experiments.finding import GAP, LOSS, on_which_data
from alternatives.measures import MEASURES
from alternatives.wording import given, listed, signed


def trust(results: ComparisonResults, head: str) -> str:
    """What was measured of a head that somebody would trust."""
    experiment = results.experiment
    start = on_which_data(experiment)
    if results.diverged[results.variants.index(head)].all():
        return f"{start}, every run of {head} diverged."
    rows = results.summary_of(GAP, LOSS).to_dict("records")
    (gap,) = (row for row in rows if row["measure"] == GAP and row["head"] == head)
    losses = {row["head"]: row for row in rows if row["measure"] == LOSS}
    verdict = _of_baseline if head == experiment.baseline else _of_other
    return f"{start}, {_how_sure(gap)}. {verdict(losses, head, experiment.baseline)}".rstrip()


def _how_sure(row: dict[Any, Any]) -> str:
    """``softmax is more sure than it is right, by 0.6 points (overconfident)``."""
    measure, head = MEASURES[GAP], row["head"]
    word = measure.in_words(row["low"], row["high"])
    if not word:
        return f"it is undecided whether {head} is too sure or not sure enough"
    size = signed(abs(row["mean"]), measure.unit).lstrip("+")
    return (
        f"{head} is {'more' if row['mean'] > 0 else 'less'} sure than it is right, by {size} points ({word})"
    )


def _of_other(losses: dict[str, dict[Any, Any]], head: str, baseline: str) -> str:
    row = losses[head]
    if row["verdict"] in ("better", "worse"):
        size = MEASURES[LOSS].interval_texts(row)[0].lstrip("+−")
        way, trusted = ("lower", head) if row["verdict"] == "better" else ("higher", baseline)
        return f"Its log loss is {size} {way} ({row['verdict']}) than {baseline}'s: trust {trusted} more."
    if row["verdict"] == "equivalent":
        margin = given(row["margin"])
        return f"Its log loss is equivalent to {baseline}'s within {margin}: trust both as much."
    size = signed(row["noticeable"], "").lstrip("+")
    shown = f" (a difference in log loss of {size} or more would have shown)"
    decided = shown if np.isfinite(row["noticeable"]) else ""
    return f"Whether to trust it more than {baseline} is undecided{decided}."


def _of_baseline(losses: dict[str, dict[Any, Any]], head: str, baseline: str) -> str:
    """How the others compare with the baseline, by verdict."""
    words = {"better": "lower (better)", "worse": "higher (worse)", "equivalent": "equivalent"}
    groups: dict[str, list[str]] = {}
    for name, row in losses.items():
        if name != baseline:
            groups.setdefault(words.get(row["verdict"], "undecided"), []).append(name)
    clauses = [f"{word} for {listed(heads)}" for word, heads in groups.items()]
    return f"Compared with its log loss, that of others: {listed(clauses)}." if clauses else ""
