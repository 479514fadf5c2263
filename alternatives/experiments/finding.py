"""The finding: a comparison's result in words, written from its numbers."""

import pandas as pd

from alternatives.experiments.comparison import Comparison
from alternatives.measures import MEASURES
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import listed

SPOKEN_OF = {
    "accuracy": ("more accurate", "less accurate"),
    "calibration error": ("better calibrated", "worse calibrated"),
    "log loss": ("better in log loss", "worse in log loss"),
}
"""The measures that the finding speaks of, with the words for better and worse."""


def finding(comparison: Comparison, summary: pd.DataFrame, runs: pd.DataFrame) -> str:
    """What was found, in one sentence, and a second one if runs diverged.

    A difference is one that the corrected paired test tells from chance. Whatever it doesn't is called
    no difference, however far apart the numbers look.
    """
    seeds = "one seed" if comparison.n_seeds == 1 else f"{comparison.n_seeds} seeds"
    start = f"On {comparison.dataset} over {seeds}, "
    verdicts = summary[summary["measure"].isin(SPOKEN_OF) & (summary["verdict"] != "baseline")]
    if runs["diverged"].all():
        return f"{start}every run diverged."
    if len(comparison.heads) == 1:
        means = summary.set_index("measure")["mean"]
        said = [f"{measure} {MEASURES[measure].text(means[measure])}" for measure in SPOKEN_OF]
        sentence = f"{comparison.heads[0].name} has {listed(said)}."
    elif (verdicts["verdict"] == "too few seeds").all():
        sentence = _why_nothing_can_be_told(comparison, runs)
    else:
        sentence = "; ".join(_clauses(verdicts, comparison.baseline)) + "."
    diverged = runs.loc[runs["diverged"], "head"].value_counts(sort=False)
    counted = [f"{count} of {comparison.n_seeds} with {head}" for head, count in diverged.items()]
    return start + sentence + (f" Diverged: {listed(counted)}." if counted else "")


def _why_nothing_can_be_told(comparison: Comparison, runs: pd.DataFrame) -> str:
    finished = comparison.n_seeds - int(runs.loc[runs["head"] == comparison.baseline, "diverged"].sum())
    if comparison.n_seeds < FEWEST_PAIRS:
        return f"differences can't be told from chance: it takes {FEWEST_PAIRS} seeds at least."
    if finished < FEWEST_PAIRS:
        return (
            f"{comparison.baseline}, the baseline, diverged, so there is nothing to compare the others with."
        )
    return "too few runs finished to tell a difference from chance."


def _clauses(verdicts: pd.DataFrame, baseline: str) -> list[str]:
    """First what doesn't differ, then measure by measure what does."""
    differs = verdicts["verdict"].isin(["better", "worse"])
    same = [measure for measure in SPOKEN_OF if not differs[verdicts["measure"] == measure].any()]
    clauses = []
    if same:
        heads = verdicts["head"].unique()
        who = heads[0] if len(heads) == 1 else "no head"
        verb = "does not differ" if len(heads) == 1 else "differs"
        clauses.append(f"{who} {verb} measurably from {baseline} in {listed(same, 'or')}")
    for measure, words in SPOKEN_OF.items():
        for verdict, word in zip(("better", "worse"), words, strict=True):
            rows = verdicts[(verdicts["measure"] == measure) & (verdicts["verdict"] == verdict)]
            if len(rows):
                verb = "is" if len(rows) == 1 else "are"
                sizes = [
                    MEASURES[measure].difference_text(abs(value)).lstrip("+") for value in rows["difference"]
                ]
                unit = sizes[0].partition(" ")[2]
                numbers = [size.removesuffix(unit).strip() for size in sizes[:-1]] + sizes[-1:]
                than = "" if clauses else f" than {baseline}"
                clauses.append(f"{listed(rows['head'])} {verb} {word}{than} by {listed(numbers)}")
    return clauses
