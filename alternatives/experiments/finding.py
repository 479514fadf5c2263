"""The finding: a comparison's result in words, written from its numbers.

Its first sentence names what is shown to differ, and by how much: differences of at least the margin whose
interval leaves out 0. What isn't named wasn't shown to be that large, which the second part says, with the
accuracies as numbers and intervals, and with what might change the result.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alternatives.experiments.experiment import Experiment
from alternatives.experiments.results import THESE_DATA, Results
from alternatives.measures import MEASURES
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import counted, given, listed, signed

LOSS, ACCURACY, GAP = "log loss", "accuracy", "confidence minus accuracy"

MOST_IN_NUMBERS = 4
"""Heads whose accuracies stand in the finding; more are in the table alone."""
NEAR_CAP = 0.9
"""From this share of the most epochs on, a head might gain from more."""


def finding(results: Results[Experiment]) -> tuple[str, str]:
    """What differs, and then the rest; the second part may be empty."""
    experiment = results.experiment
    start = on_which_data(experiment)
    if results.diverged.all():
        return f"{start}, every run diverged.", ""
    more = might_change(results)
    if len(results.variants) == 1:
        return f"{start}, {_alone(results)}.", " ".join(more)
    why = _nothing_to_conclude(results)
    if why:
        return f"{start}, {why}", " ".join(_diverged(results))
    others = _rows(results)
    others = others[others["head"] != experiment.baseline]
    differ = _differing(others, LOSS)
    first = _loss_clause(differ, experiment.baseline) if len(differ) else _no_loss_clause(results, others)
    confidence = _confidence(results, differ["head"].tolist())
    rest = [_not_shown(results, others, differ)] if len(differ) else []
    return f"{start}, {first}{confidence}.", " ".join([*rest, _accuracies(results, others), *more])


def on_which_data(experiment: Experiment) -> str:
    """How the sentences begin: ``On digits over 20 seeds``."""
    data, seeds = experiment.dataset.in_words, counted(experiment.n_seeds, "seed")
    if getattr(experiment, "question", THESE_DATA) != THESE_DATA:
        return f"On new data like {data}, from {seeds}"
    return f"On {data} over {seeds}"


def _rows(results: Results[Experiment]) -> pd.DataFrame:
    """The rows of the measures that the finding names."""
    return results.summary_of(LOSS, ACCURACY, GAP)


def _alone(results: Results[Experiment]) -> str:
    """``softmax has accuracy 97.6 % and log loss 0.089 nats, and is overconfident by 0.5 points``."""
    means = _rows(results).set_index("measure")["mean"]
    parts = [f"{measure} {MEASURES[measure].text(means[measure])}" for measure in (ACCURACY, LOSS)]
    (gap,) = _gaps(results, results.variants)
    return f"{results.variants[0]} has {listed(parts)}{f' and is {gap[0]} by {gap[1]}' if gap[0] else ''}"


def _nothing_to_conclude(results: Results[Experiment]) -> str:
    """Why nothing can be compared; empty where something can."""
    experiment = results.experiment
    if experiment.n_seeds < FEWEST_PAIRS:
        return f"nothing is concluded: that takes at least {FEWEST_PAIRS} seeds."
    at_baseline = results.variants.index(experiment.baseline)
    finished = ~results.diverged
    if finished[at_baseline].sum() < FEWEST_PAIRS:
        return f"the baseline, {experiment.baseline}, diverged: there is nothing to compare the others with."
    pairs = (finished & finished[at_baseline]).sum(1)
    if np.delete(pairs, at_baseline).max() < FEWEST_PAIRS:
        return "too few runs finished to compare the heads."
    return ""


def _differing(others: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The rows of heads that are shown to differ by the margin or more, as they were measured."""
    rows = others[others["measure"] == measure]
    decided = rows["verdict"].isin(["better", "worse"])
    return rows[decided & (rows["difference"].abs() >= rows["margin"].fillna(0))]


def _loss_clause(rows: pd.DataFrame, baseline: str) -> str:
    """``log loss is 0.05 higher (worse) than softmax's for …, and 0.01 lower (better) for …``."""
    clauses: list[str] = []
    for verdict, way in (("worse", "higher"), ("better", "lower")):
        these = rows[rows["verdict"] == verdict]
        if len(these):
            sizes = [_size_in_table(row) for row in these.to_dict("records")]
            unit = f" {way} ({verdict})" + (f" than {baseline}'s" if not clauses else "")
            first, *others = (f"{size} for {head}" for size, head in zip(sizes, these["head"], strict=True))
            first = first.replace(" for ", f"{unit} for ", 1)
            clauses.append(listed([first, *others]))
    return f"log loss is {', and '.join(clauses)}"


def _no_loss_clause(results: Results[Experiment], others: pd.DataFrame) -> str:
    rows = others[others["measure"] == LOSS]
    baseline, margin = results.experiment.baseline, rows["margin"].iloc[0]
    if (rows["verdict"] == "equivalent").all():
        return (
            f"log loss is equivalent to {baseline}'s within {given(margin)} nats for {listed(rows['head'])}"
        )
    size = f" by {given(margin)} nats or more" if np.isfinite(margin) else ""
    return f"no head is shown to differ from {baseline} in log loss{size}{_noticed(rows)}"


def _not_shown(results: Results[Experiment], others: pd.DataFrame, differ: pd.DataFrame) -> str:
    """Of which heads no such difference is shown: they are equivalent or undecided; the table says which.

    In words they stand together, because which of the two it is may change with the seeds.
    """
    rows = others[(others["measure"] == LOSS) & ~others["head"].isin(differ["head"])]
    if not len(rows):
        return ""
    margin = rows["margin"].iloc[0]
    size = f" of {given(margin)} nats or more" if np.isfinite(margin) else ""
    return f"No difference in log loss{size} is shown for {listed(rows['head'])}{_noticed(rows)}."


def _noticed(rows: pd.DataFrame) -> str:
    """`` (0.19 nats would have been noticed)``: for all of these heads, with a probability of 80 %."""
    largest = rows["noticeable"].max()
    return f" ({_size(LOSS, largest)} nats would have been noticed)" if np.isfinite(largest) else ""


def _gaps(results: Results[Experiment], heads: Sequence[str]) -> list[tuple[str, str]]:
    """Of each head, whether it is overconfident or underconfident, or "", and by how much."""
    rows = results.summary_of(GAP).set_index("head").loc[list(heads)]
    ways = np.select([rows["low"] > 0, rows["high"] < 0], ["overconfident", "underconfident"], "")
    return [(str(way), f"{_size(GAP, mean)} points") for way, mean in zip(ways, rows["mean"], strict=True)]


def _confidence(results: Results[Experiment], named: Sequence[str]) -> str:
    """``, which are underconfident by 1.7 points and 1.9 points`` of the heads that were named."""
    if not named:
        return ""
    gaps = _gaps(results, named)
    ways = {way for way, _ in gaps}
    if len(ways) == 1 and "" not in ways:
        verb = "is" if len(named) == 1 else "are"
        sizes = [size.removesuffix(" points") for _, size in gaps]
        return f", which {verb} {ways.pop()} by {listed(sizes)} points"
    told = [f"{head} is {way} by {size}" for head, (way, size) in zip(named, gaps, strict=True) if way]
    return f"; {listed(told)}" if told else ""


def _accuracies(results: Results[Experiment], others: pd.DataFrame) -> str:
    """``Accuracy: −0.9 ± 0.7 points for spherical softmax and …``, or what is shown of many heads."""
    rows = others[(others["measure"] == ACCURACY) & np.isfinite(others["difference"])]
    if not len(rows):
        return ""
    if len(rows) <= MOST_IN_NUMBERS:
        parts = [_estimate(row) for row in rows.to_dict("records")]
        parts[0] = parts[0].replace(" for ", " points for ", 1)
        return f"Accuracy less {results.experiment.baseline}'s: {listed(parts)} (95 % CI)."
    differ = _differing(others, ACCURACY)
    margin = 100 * rows["margin"].iloc[0]
    size = f" of {given(margin)} point{'' if margin == 1 else 's'} or more" if np.isfinite(margin) else ""
    if not len(differ):
        return f"No difference in accuracy{size} is shown."
    told = [
        f"{_size(ACCURACY, row['difference'])} points {'higher' if row['difference'] > 0 else 'lower'} for "
        f"{row['head']}"
        for row in differ.to_dict("records")
    ]
    return f"Accuracy is {listed(told)}."


def _estimate(row: dict[Any, Any]) -> str:
    measure, half = MEASURES[ACCURACY], (row["difference_high"] - row["difference_low"]) / 2
    size = signed(row["difference"], measure.unit)
    spread = f" ± {_size(ACCURACY, half)}" if np.isfinite(half) else ""
    return f"{size}{spread} for {row['head']}"


def _size(measure: str, value: float) -> str:
    """How large a difference is, without its sign and its unit."""
    return signed(abs(value), MEASURES[measure].unit).lstrip("+")


def _size_in_table(row: dict[Any, Any]) -> str:
    """The same, to the decimals that it has in the table beside its interval."""
    return MEASURES[row["measure"]].interval_texts(row)[0].lstrip("+−")


def might_change(results: Results[Experiment]) -> list[str]:
    """What of the budget and of the runs might change the result."""
    experiment, tuning = results.experiment, results.tuning
    sentences = []
    searched = experiment.search
    most = counted(experiment.most_epochs, "epoch")
    near_cap = tuning["epochs"] >= NEAR_CAP * experiment.most_epochs
    if searched.any_epoch and (near_cap | tuning["still_falling"]).any():
        sentences.append(f"More than {most} might still change this.")
    elif not searched.any_epoch and tuning["still_falling"].any():
        heads = tuning.loc[tuning["still_falling"], experiment.variant_label]
        sentences.append(f"After {most} the validation loss still fell for {listed(heads)}.")
    at_edge = tuning.loc[tuning["at_edge"], experiment.variant_label]
    if len(at_edge):
        sentences.append(f"The learning rate is at the bound of the search for {listed(at_edge)}.")
    return [*sentences, *_diverged(results)]


def _diverged(results: Results[Experiment]) -> list[str]:
    """A sentence about the runs that diverged, if there are any."""
    n_seeds, lost = results.experiment.n_seeds, results.diverged.sum(1)
    parts = [f"{n} of {n_seeds} with {head}" for head, n in zip(results.variants, lost, strict=True) if n]
    return [f"Diverged: {listed(parts)}."] if parts else []
