"""Which head to trust: what a comparison measured of the one that somebody would, in a sentence or two.

A head earns trust by being right as often as it is sure. The log loss measures that, and being right, at
once; so it decides, and what isn't decided is said. Question and answer are about the same samples: those of
the test sets, which aren't blurred.
"""

from typing import Any

import numpy as np

from alternatives.experiments.comparison import Comparison, ComparisonResults
from alternatives.experiments.finding import ACCURACY, GAP, LOSS, on_which_data
from alternatives.measures import MEASURES
from alternatives.wording import given, in_unit, listed, signed

WORDS = {
    "better": "lower (better)",
    "worse": "higher (worse)",
    "equivalent": "equivalent",
    "undecided": "undecided",
}
"""What a log loss is, compared with the baseline's, by verdict."""


def question(experiment: Comparison) -> str:
    """What somebody is asked to guess."""
    return f"On {_samples(experiment)} it hasn't seen, which head would you trust?"


def trust(results: ComparisonResults, head: str) -> str:
    """What was measured of a head that somebody would trust."""
    experiment = results.experiment
    data = on_which_data(experiment).removeprefix("On ")
    start = f"On {_samples(experiment)} it hasn't seen ({data})"
    if results.diverged[results.variants.index(head)].all():
        return f"{start}, every run of {head} diverged."
    rows = results.summary_of(ACCURACY, GAP, LOSS).to_dict("records")
    own = {row["measure"]: row for row in rows if row["head"] == head}
    losses = {row["head"]: row for row in rows if row["measure"] == LOSS}
    verdict = _of_baseline if head == experiment.baseline else _of_other
    said = _how_sure(own[GAP], own[ACCURACY]["mean"])
    return f"{start}, {said}. {verdict(losses, head, experiment.baseline)}".rstrip()


def _samples(experiment: Comparison) -> str:
    is_digits = experiment.dataset == Comparison().dataset
    return "sharp digits" if is_digits else "samples"


def _how_sure(gap: dict[Any, Any], accuracy: float) -> str:
    """``sigmoid is 97.6 % sure and right on 97.0 %: more sure than right, by 0.6 points (overconfident)``."""
    measure = MEASURES[GAP]
    word = measure.in_words(gap["low"], gap["high"])
    verdict = "too close to decide which is larger"
    if word:
        size = signed(abs(gap["mean"]), measure.unit).lstrip("+")
        verdict = f"{'more' if gap['mean'] > 0 else 'less'} sure than right, by {size} points ({word})"
    sure, right = (in_unit(share, "%") for share in (accuracy + gap["mean"], accuracy))
    return f"{gap['head']} is {sure} sure and right on {right}: {verdict}"


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
    """Whether another head does better than the baseline, and how each of them compares with it."""
    groups: dict[str, list[str]] = {}
    for name, row in losses.items():
        if name != baseline:
            groups.setdefault(row["verdict"] if row["verdict"] in WORDS else "undecided", []).append(name)
    if not groups:
        return ""
    clauses = [f"{WORDS[verdict]} for {listed(groups[verdict])}" for verdict in WORDS if verdict in groups]
    said = f"log loss is {listed(clauses)}."
    if "better" in groups:
        return f"Compared with it, {said} Trust {listed(groups['better'])} more."
    shown = "is shown to be better" if "undecided" in groups else "is better by as much as matters"
    return f"No other head {shown}: {said}"
