"""The finding: a comparison's result in words, written from its verdicts.

Its first sentence, a heading, names the heads whose log loss is better or worse by as much as matters; where
there are none, those that differ by less; else which are equivalent and which undecided. Behind it stand the
verdicts of the other heads, and what might change the result; then every head's difference with its interval
and verdict, as in the table and in the forest plot.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alternatives.experiments.experiment import Experiment
from alternatives.experiments.results import THESE_DATA, Results
from alternatives.measures import MEASURES
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import (
    LONGEST_HEADING,
    NO_BREAK,
    counted,
    given,
    in_points,
    listed,
    sentence,
    signed,
)

LOSS, ACCURACY, GAP = "log loss", "accuracy", "confidence minus accuracy"

MOST_IN_NUMBERS = 4
"""Heads whose differences stand in the finding with their intervals; those of more are in the table alone."""
DECIDED = ("worse", "better")
NEAR_CAP = 0.9
"""From this share of the most epochs on, a head might gain from more."""


class Finding(NamedTuple):
    """The parts of a finding, of which all but the first may be empty.

    Attributes
    ----------
    first : str
        What differs, a heading.
    others : str
        The verdicts of the heads that it doesn't name, in short.
    verdicts : str
        All verdicts, with intervals.
    more : str
        What might change the result.
    """

    first: str
    others: str = ""
    verdicts: str = ""
    more: str = ""

    @property
    def short(self) -> tuple[str, str]:
        """The heading, and the line or two that stand below it."""
        return self.first, " ".join(filter(None, [self.others, self.more]))

    @property
    def whole(self) -> tuple[str, str]:
        """The heading, and everything with its numbers."""
        return self.first, " ".join(filter(None, [self.verdicts, self.more]))


def finding(results: Results[Experiment]) -> Finding:
    """What differs, and the rest."""
    experiment = results.experiment
    start = f"{on_which_data(experiment)}{_epochs_given(experiment)}"
    if results.diverged.all():
        return Finding(f"{start}, every run diverged.")
    more = " ".join(might_change(results))
    if len(results.variants) == 1:
        return Finding(f"{start}, {_alone(results)}.", more=more)
    why = _nothing_to_conclude(results)
    if why:
        return Finding(f"{start}, {why}", more=" ".join(_diverged(results)))
    rows = _rows(results)
    rows = rows[(rows["head"] != experiment.baseline) & (rows["n_pairs"] > 0)]
    losses, accuracies = (rows[rows["measure"] == measure] for measure in (LOSS, ACCURACY))
    differ = losses[losses["verdict"].isin(DECIDED)]
    verdicts = " ".join(_verdicts(own, experiment.baseline) for own in (losses, accuracies))
    if not len(differ):
        first = f"{start}, {_not_decided(losses, accuracies, experiment.baseline)}."
        return Finding(first, "", verdicts, more)
    # A heading that named small differences, too, would be another one with other seeds.
    matters = differ[differ["difference"].abs() >= differ["margin"]]
    named, less = (matters, "") if len(matters) else (differ, f", less than the margin of {_margin(losses)}")
    first = f"{start}, {_decided(named, len(losses), experiment.baseline)}{less}"
    others = _others(losses[~losses["head"].isin(named["head"])])
    which, whole = _confidence(results, named["head"].tolist())
    if not less and len(first) + len(which) < LONGEST_HEADING:
        return Finding(f"{first}{which}.", others, verdicts, more)
    verdicts, others = (" ".join(filter(None, [whole, each])) for each in (verdicts, others))
    return Finding(f"{first}.", others, verdicts, more)


def on_which_data(experiment: Experiment) -> str:
    """How the sentences begin: ``On digits over 20 seeds``."""
    data, seeds = experiment.dataset.in_words, counted(experiment.n_seeds, "seed")
    if n_training := experiment.fewer_training_samples:
        data = f"{data} with {counted(n_training, 'training sample')}"
    if noise := getattr(experiment, "label_noise", 0):
        wrong = f"{given(100 * noise)}{NO_BREAK}% of the training labels wrong,"
        data = f"{data} {'and' if n_training else 'with'} {wrong}"
    if getattr(experiment, "question", THESE_DATA) != THESE_DATA:
        return f"On new data like {data.removesuffix(',')}, from {seeds}"
    return f"On {data} over {seeds}"


def _epochs_given(experiment: Experiment) -> str:
    """`` of 5 epochs``, where somebody chose the number."""
    return "" if experiment.search.any_epoch else f" of {counted(experiment.most_epochs, 'epoch')}"


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


def _decided(rows: pd.DataFrame, n_compared: int, baseline: str) -> str:
    """``log loss is 0.05 nats worse than softmax's for …, and 0.01 better for …``; of many, the ends."""
    clauses: list[str] = []
    for verdict in DECIDED:
        own = rows[rows["verdict"] == verdict]
        if not len(own):
            continue
        what = f" {_unit(own)} {verdict} than {baseline}'s" if not clauses else f" {verdict}"
        sizes = _sizes_in_table(own)
        if len(rows) > MOST_IN_NUMBERS:
            ends = sorted(sizes, key=float)
            both = " to ".join(dict.fromkeys((ends[0], ends[-1])))
            clauses.append(f"{both}{what} for {len(own)} of {n_compared} heads")
            continue
        first, *others = (f"{size}{{}} for {head}" for size, head in zip(sizes, own["head"], strict=True))
        clauses.append(listed([first.format(what), *(each.format("") for each in others)]))
    return f"{rows['measure'].iloc[0]} is {', and '.join(clauses)}"


def _not_decided(losses: pd.DataFrame, accuracies: pd.DataFrame, baseline: str) -> str:
    """Which heads are equivalent in log loss and which undecided; and what differs in accuracy."""
    groups = _grouped(losses)
    told = []
    if heads := groups.get("equivalent"):
        told.append(f"log loss is equivalent to {baseline}'s within {_margin(losses)} for {listed(heads)}")
    if heads := groups.get("undecided"):
        which = (
            f"undecided for {listed(heads)}"
            if told
            else f"whether log loss differs from {baseline}'s is undecided for {listed(heads)}"
        )
        told.append(f"{which}{_unseen(losses)}")
    differ = accuracies[accuracies["verdict"].isin(DECIDED)]
    more = f"; {_decided(differ, len(accuracies), baseline)}" if len(differ) else ""
    return f"{' and '.join(told)}{more}"


def _others(rows: pd.DataFrame) -> str:
    """``Log loss equivalent within 0.02 nats: sigmoid. Undecided: hinge.``: the heads that aren't named."""
    told = []
    for verdict, heads in _grouped(rows).items():
        within = {"equivalent": f" within {_margin(rows)}", "undecided": ""}
        which = listed(heads) if len(rows) <= MOST_IN_NUMBERS else f"{len(heads)} heads"
        told.append(f"{verdict}{within.get(verdict, f' by less than {_margin(rows)}')}: {which}")
    return f"{sentence(rows['measure'].iloc[0])} {'; '.join(told)}." if told else ""


def _verdicts(rows: pd.DataFrame, baseline: str) -> str:
    """Every verdict with its heads, and the intervals of those that differ: all heads are in one of these.

    ``Log loss compared with softmax's: worse for … (+0.05 nats, 95 % CI +0.02 to +0.07); equivalent within
    0.02 nats for …; undecided for … (+0.01 nats, 95 % CI −0.03 to +0.05).`` Of many heads, the intervals
    stand in the table alone.
    """
    told = []
    for verdict, heads in _grouped(rows).items():
        within = f" within {_margin(rows)}" if verdict == "equivalent" else ""
        unseen = ""
        if verdict != "equivalent" and len(rows) <= MOST_IN_NUMBERS:
            heads = _with_intervals(rows[rows["verdict"] == verdict])
        elif verdict == "undecided":
            unseen = _unseen(rows)
        told.append(f"{verdict}{within} for {listed(heads)}{unseen}")
    return f"{sentence(rows['measure'].iloc[0])} compared with {baseline}'s: {'; '.join(told)}."


def _with_intervals(rows: pd.DataFrame) -> list[str]:
    """``spherical softmax (+0.05 nats, 95 % CI +0.02 to +0.07)``; the others have their numbers alone."""
    told: list[str] = []
    for row in rows.to_dict("records"):
        difference, low, high = MEASURES[row["measure"]].interval_texts(row)
        unit, of = ("", "") if told else (f" {_unit(rows)}", "95 % CI ")
        told.append(f"{row['head']} ({difference}{unit}, {of}{low} to {high})")
    return told


def _grouped(rows: pd.DataFrame) -> dict[str, list[str]]:
    """The heads of each verdict."""
    verdicts = (*DECIDED, "equivalent", "undecided")
    groups = {verdict: rows.loc[rows["verdict"] == verdict, "head"].tolist() for verdict in verdicts}
    return {verdict: heads for verdict, heads in groups.items() if heads}


def _unseen(rows: pd.DataFrame) -> str:
    """`` (differences up to 0.06 nats aren't ruled out)``: the ends of the intervals that are undecided."""
    ends = rows.loc[rows["verdict"] == "undecided", ["difference_low", "difference_high"]]
    largest, measure = ends.abs().to_numpy(float).max(initial=0.0), rows["measure"].iloc[0]
    if not MEASURES[measure].can_differ_by(largest):
        return ""
    return f" (differences up to {_size(measure, largest)} {_unit(rows)} aren't ruled out)"


def _margin(rows: pd.DataFrame) -> str:
    """``0.02 nats``, ``1 point``."""
    margin = in_points(rows["margin"].iloc[0], MEASURES[rows["measure"].iloc[0]].unit)
    unit = _unit(rows)
    return f"{given(margin)} {unit.removesuffix('s') if (margin, unit) == (1, 'points') else unit}"


def _unit(rows: pd.DataFrame) -> str:
    return "points" if MEASURES[rows["measure"].iloc[0]].unit == "%" else "nats"


def _gaps(results: Results[Experiment], heads: Sequence[str]) -> list[tuple[str, str]]:
    """Of each head, whether it is overconfident or underconfident, or "", and by how much."""
    rows = results.summary_of(GAP).set_index("head").loc[list(heads)]
    ways = np.select([rows["low"] > 0, rows["high"] < 0], ["overconfident", "underconfident"], "")
    return [(str(way), f"{_size(GAP, mean)} points") for way, mean in zip(ways, rows["mean"], strict=True)]


def _confidence(results: Results[Experiment], named: Sequence[str]) -> tuple[str, str]:
    """Which of the heads that were named are over- or underconfident, behind their names and as a sentence.

    ``, which are underconfident by 1.7 and 1.9 points (softmax by less than 1)``: the baseline's own
    number says whether that's the head's doing.
    """
    gaps = {head: gap for head, gap in zip(named, _gaps(results, named), strict=True) if gap[0]}
    ways = {way for way, _ in gaps.values()}
    if not gaps:
        return "", ""
    baseline = _baselines_gap(results, ways)
    if len(ways) == 1 and len(gaps) <= MOST_IN_NUMBERS:
        sizes = [size.removesuffix(" points") for _, size in gaps.values()]
        verb = "is" if len(gaps) == 1 else "are"
        told = f"{verb} {ways.pop()} by {listed(sizes)} points{baseline}"
        whole = f"{listed(gaps)} {told}"
        return f", which {told}" if len(gaps) == len(named) else f"; {whole}", f"{sentence(whole)}."
    told = listed(f"{head} is {way} by {size}" for head, (way, size) in gaps.items()) + baseline
    return f"; {told}", f"{sentence(told)}."


def _baselines_gap(results: Results[Experiment], ways: set[str]) -> str:
    """`` (softmax by 39.8)``, or by less than matters, whichever way.

    Whether so small a number is decided changes with the seeds, so that isn't said.
    """
    baseline = results.experiment.baseline
    rows = results.summary_of(GAP).set_index("head")
    mean, margin = (float(rows[column][baseline]) for column in ("mean", "margin"))
    if abs(mean) < margin:
        return f" ({baseline} by less than {in_points(margin, '%'):g})"
    way, size = "overconfident" if mean > 0 else "underconfident", _size(GAP, mean)
    return f" ({baseline} by {size})" if ways == {way} else f" ({baseline} is {way} by {size})"


def _size(measure: str, value: float) -> str:
    """How large a difference is, without its sign and its unit."""
    return signed(abs(value), MEASURES[measure].unit).lstrip("+")


def _sizes_in_table(rows: pd.DataFrame) -> list[str]:
    """The same, to the decimals that they have in the table beside their intervals."""
    records = rows.to_dict("records")
    return [MEASURES[row["measure"]].interval_texts(row)[0].lstrip("+−") for row in records]


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
