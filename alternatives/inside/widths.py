"""Accuracy against width: where the common answer holds, and where it doesn't."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.heads import Floats
from alternatives.inside.experiment import OVERLAP
from alternatives.statistics import FEWEST_PAIRS, LEVEL, estimate, holm
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
        p_value = holm(np.where(difference.n < FEWEST_PAIRS, np.nan, difference.p_value))
        verdict = np.select(
            [
                np.array(kinds)[:, None] == baseline,
                np.isnan(p_value),
                p_value >= 1 - LEVEL,
            ],
            ["baseline", "too few seeds", "no difference"],
            np.where(difference.mean > 0, "better", "worse"),
        )
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

    def told(self, kind: str) -> str:
        """Where a kind costs accuracy and where it doesn't, in one sentence."""
        rows = self.frame[self.frame["variant"] == kind].set_index("width")["difference"]
        clauses = []
        for verdict, words in CLAUSES.items():
            if widths := self.verdicts(kind).get(verdict):
                most = max(widths, key=lambda width: abs(rows[width]))
                points = f"{100 * rows[most]:+.1f} points".replace("-", "−")
                at = f" at {most}" if len(widths) > 1 else ""
                size = f" ({points}{at})" if verdict in ("worse", "better") else ""
                clauses.append(f"{words} width{'s' * (len(widths) > 1)} {listed(map(str, widths))}{size}")
        return f"{kind} in place of {self.baseline} {'; it '.join(clauses)}"


CLAUSES = {
    "worse": "costs accuracy at",
    "no difference": "makes no measurable difference at",
    "better": "gains accuracy at",
    "too few seeds": "can't be judged, for too few seeds finished, at",
}


def answer(found: Widths, kind: str = "softmax") -> str:
    """Whether the common answer, that softmax harms as a hidden layer, holds on a data set."""
    verdicts = found.verdicts(kind)
    worse = verdicts.get("worse", ())
    if len(verdicts) == 1 and worse:
        held = "holds at every width"
    elif worse:
        held = f"holds at width{'s' * (len(worse) > 1)} {listed(map(str, worse))} alone"
    elif set(verdicts) == {"too few seeds"}:
        held = "can't be judged, for too few seeds finished"
    else:
        held = "doesn't hold at any width"
    return f"On {found.dataset} it {held}"
