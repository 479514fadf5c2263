"""Accuracy against width: where the common answer holds, and where it doesn't."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.datasets.splitting import OVERLAP
from alternatives.heads import Floats
from alternatives.statistics import estimate, holm, tested, verdicts
from alternatives.wording import listed


@dataclass(frozen=True, eq=False)
class Widths:
    """Accuracy on the test part by width, for some kinds of hidden layers on one data set.

    Attributes
    ----------
    dataset : str
    baseline : str
        The kind that the others are compared to.
    frame : variant, width, mean, low, high, difference, difference_low, difference_high, verdict
        The difference is the paired one to the baseline at the same width. Each kind's verdicts are
        corrected, after Holm, for being asked at so many widths.
    """

    dataset: str
    baseline: str
    frame: pd.DataFrame

    @classmethod
    def of(cls, dataset: str, baseline: str, accuracies: Mapping[tuple[str, int], Floats]) -> "Widths":
        """From the accuracies (n_seeds,) of every kind at every width."""
        kinds, widths = (tuple(dict.fromkeys(key)) for key in zip(*accuracies, strict=True))
        values = np.array([[accuracies[kind, width] for width in widths] for kind in kinds])
        over_seeds = estimate(values, OVERLAP)
        difference = estimate(values - values[kinds.index(baseline)], OVERLAP)
        p_value = holm(tested(difference))
        verdict = verdicts(difference, p_value, np.array(kinds)[:, None] == baseline, 1)
        kind, width = (index.ravel() for index in np.indices(values.shape[:2]))
        columns = {
            "mean": over_seeds.mean,
            "low": over_seeds.low,
            "high": over_seeds.high,
            "difference": difference.mean,
            "difference_low": difference.low,
            "difference_high": difference.high,
            "verdict": verdict,
        }
        index = {"variant": np.array(kinds, object)[kind], "width": np.array(widths)[width]}
        values_of = {name: column.ravel() for name, column in columns.items()}
        return cls(dataset, baseline, pd.DataFrame(index | values_of))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are compared to the baseline."""
        return tuple(kind for kind in dict.fromkeys(self.frame["variant"]) if kind != self.baseline)

    def verdicts(self, kind: str) -> dict[str, tuple[int, ...]]:
        """The widths by verdict."""
        rows = self.frame[self.frame["variant"] == kind]
        return {str(verdict): tuple(own["width"]) for verdict, own in rows.groupby("verdict", sort=False)}


CLAUSES = {
    "worse": "it holds at {}",
    "undecided": "undecided at {}",
    "better": "the opposite holds at {}",
    "too few seeds": "too few seeds finished at {}",
}


def common_answer(found: Sequence[Widths]) -> str:
    """Where it holds that no softmax belongs in hidden layers, by data set and width, in one sentence.

    Asked of softmax, or where it isn't there of the first kind that is compared.
    """
    if not found[0].kinds:
        return f"Nothing is compared to {found[0].baseline}: choose another kind of hidden layer."
    kind = "softmax" if "softmax" in found[0].kinds else found[0].kinds[0]
    told = []
    for each in found:
        verdicts = each.verdicts(kind)
        clauses = [
            words.format(f"width{'s' * (len(verdicts[verdict]) > 1)} {listed(map(str, verdicts[verdict]))}")
            for verdict, words in CLAUSES.items()
            if verdict in verdicts
        ]
        told.append(f"on {each.dataset} {', '.join(clauses)}")
    return f"“No {kind} in hidden layers, {found[0].baseline} is better”: {'; '.join(told)}."
