"""The finding: a comparison's result in words, written from its numbers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.experiments.experiment import Experiment
from alternatives.experiments.results import Results
from alternatives.measures import MEASURES
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import counted, listed

FINDING_MEASURES = ("accuracy", "calibration error", "log loss")
"""The measures that the finding names."""


def finding(results: Results[Experiment]) -> str:
    """What was found, in one sentence, and a second one if runs diverged.

    A measure is undecided for a head where the corrected paired test can't exclude chance, however far
    apart the means look.
    """
    experiment, summary = results.experiment, results.summary
    seeds = counted(experiment.n_seeds, "seed")
    start = f"On {experiment.dataset} over {seeds}"
    verdicts = summary[summary["measure"].isin(FINDING_MEASURES) & (summary["verdict"] != "baseline")]
    if results.diverged.all():
        return f"{start}, every run diverged."
    if len(results.variants) == 1:
        means = summary.set_index("measure")["mean"]
        parts = [f"{measure} {MEASURES[measure].text(means[measure])}" for measure in FINDING_MEASURES]
        sentence = f"{start}, {results.variants[0]} has {listed(parts)}."
    elif _n_pairs(results).max() < FEWEST_PAIRS:
        sentence = f"{start}: {_why_too_few(results)}"
    else:
        clauses = _clauses(verdicts)
        sentence = f"{start}, compared with {experiment.baseline}: {'; '.join(clauses)}."
    n_diverged = results.diverged.sum(1)
    diverged = [
        f"{n} of {experiment.n_seeds} with {head}"
        for head, n in zip(results.variants, n_diverged, strict=True)
        if n
    ]
    return sentence + (f" Diverged: {listed(diverged)}." if diverged else "")


def _n_pairs(results: Results[Experiment]) -> NDArray[np.int64]:
    """Seeds that finished with the baseline and each other variant."""
    baseline = results.variants.index(experiment_baseline := results.experiment.baseline)
    others = np.array([name != experiment_baseline for name in results.variants])
    finished: NDArray[np.int64] = (~results.diverged[others] & ~results.diverged[baseline]).sum(1)
    return finished


def _why_too_few(results: Results[Experiment]) -> str:
    experiment = results.experiment
    if experiment.n_seeds < FEWEST_PAIRS:
        return f"nothing is decided with fewer than {FEWEST_PAIRS} seeds."
    at_baseline = results.variants.index(experiment.baseline)
    if np.count_nonzero(~results.diverged[at_baseline]) < FEWEST_PAIRS:
        return (
            f"the baseline, {experiment.baseline}, diverged, so there is nothing to compare the others with."
        )
    return "too few runs finished to compare the heads."


def _clauses(verdicts: pd.DataFrame) -> list[str]:
    """First the measures that are undecided for every head, then measure by measure the differences."""
    decided = verdicts["verdict"].isin(["better", "worse"])
    undecided = [name for name in FINDING_MEASURES if not decided[verdicts["measure"] == name].any()]
    clauses = [f"{listed(undecided)} undecided"] if undecided else []
    for measure in FINDING_MEASURES:
        rows = verdicts[verdicts["measure"] == measure]
        if measure not in undecided:
            parts = [_differences(rows, verdict) for verdict in ("better", "worse")]
            rest = rows.loc[~rows["verdict"].isin(["better", "worse"]), "head"].tolist()
            parts.append(f"undecided for {listed(rest)}" if rest else "")
            clauses.append(f"{measure} {', '.join(filter(None, parts))}")
    return clauses


def _differences(rows: pd.DataFrame, verdict: str) -> str:
    """``0.08 nats higher (worse) for spherical softmax and 0.06 for sigmoid``; empty where there are none."""
    rows = rows[rows["verdict"] == verdict]
    if not len(rows):
        return ""
    measure = MEASURES[rows["measure"].iloc[0]]
    sizes = [measure.difference_text(abs(value)).lstrip("+") for value in rows["difference"]]
    way = "higher" if rows["difference"].iloc[0] > 0 else "lower"
    first = f"{sizes[0]} {way} ({verdict}) for {rows['head'].iloc[0]}"
    unit = sizes[0].partition(" ")[2]
    others = [
        f"{size.removesuffix(unit).strip()} for {head}"
        for size, head in zip(sizes[1:], rows["head"].iloc[1:], strict=True)
    ]
    return listed([first, *others])
