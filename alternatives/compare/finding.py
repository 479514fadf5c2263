"""The finding: a comparison's result in words, written from its numbers."""

import pandas as pd

from alternatives.compare.comparison import Comparison
from alternatives.measures import MEASURES, Measure

SPOKEN_OF = ("accuracy", "calibration error", "log loss")
"""What the finding speaks of, in its order."""


def finding(comparison: Comparison, summary: pd.DataFrame, runs: pd.DataFrame) -> str:
    """What was found, in a few sentences.

    A difference is one that the corrected paired test says isn't chance; whatever isn't is called no
    difference, however large the numbers look.
    """
    seeds = "one seed" if comparison.n_seeds == 1 else f"{comparison.n_seeds} seeds"
    start = f"On {comparison.dataset} over {seeds}"
    sentences = []
    if len(comparison.heads) == 1:
        values = summary.set_index("measure")["mean"]
        said = _listed([f"{name} {MEASURES[name].text(values[name])}" for name in SPOKEN_OF[:2]])
        sentences.append(f"{start}, {comparison.heads[0].name} has {said}.")
    elif (summary["verdict"] == "too few seeds").sum() == (summary["verdict"] != "baseline").sum():
        best = summary[(summary["measure"] == "accuracy") & summary["best"]]["head"]
        most = f", {_listed(list(best))} reached the highest accuracy" if len(best) else ""
        sentences.append(f"{start}{most}; too few seeds finished to tell a difference from chance.")
    else:
        clauses = [_clause(MEASURES[name], summary, comparison.baseline) for name in SPOKEN_OF]
        sentences.append(f"{start}, {'; '.join(filter(None, clauses))}.")
    diverged = runs[runs["diverged"]].groupby("head", sort=False).size()
    if len(diverged):
        counted = _listed([f"{count} of {comparison.n_seeds} with {head}" for head, count in diverged.items()])
        sentences.append(f"Runs that diverged: {counted}.")
    return " ".join(sentences)


def _clause(measure: Measure, summary: pd.DataFrame, baseline: str) -> str:
    """One measure's differences to the baseline."""
    rows = summary[(summary["measure"] == measure.name) & (summary["verdict"] != "baseline")]
    different = rows[rows["verdict"].isin(["better", "worse"])]
    if different.empty:
        if (rows["verdict"] == "too few seeds").all():
            return ""
        others = _listed(list(rows["head"])) if len(rows) == 1 else "no head"
        verb = "does not differ" if len(rows) == 1 else "differs"
        return f"{others} {verb} from {baseline} in {measure.name}"
    said = [
        f"{row.head} is {row.verdict} than {baseline} by {measure.difference_text(abs(row.difference)).lstrip('+')}"
        for row in different.sort_values("difference", key=abs, ascending=False).itertuples()
    ]
    rest = rows[rows["verdict"] == "no difference"]["head"]
    tail = f", {_listed(list(rest))} no different" if len(rest) else ""
    return f"in {measure.name} {_listed(said)}{tail}"


def _listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
