"""Accuracy against width: when "no softmax in hidden layers" is true, and when not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.experiments.results import tidy
from alternatives.heads import Floats
from alternatives.statistics import estimate, simultaneous, verdicts
from alternatives.training import N_SOFTMAX
from alternatives.wording import listed

MARGIN = 0.01
"""Differences of accuracy up to this size don't matter."""


@dataclass(frozen=True, eq=False)
class Widths:
    """Accuracy on the test set by width, for some layer types on one data set.

    Attributes
    ----------
    dataset : str
    baseline : str
        The layer type that the others are compared to.
    frame : variant, width, mean, low, high, difference, difference_low, difference_high, verdict
        The difference is the paired one to the baseline at the same width. All of them are one family: their
        intervals hold together, and verdicts are read from them.
    """

    dataset: str
    baseline: str
    frame: pd.DataFrame

    @classmethod
    def of(cls, dataset: str, baseline: str, accuracies: Mapping[tuple[str, int], Floats]) -> "Widths":
        """From the accuracies (n_seeds,) of every layer type at every width."""
        types, widths = (tuple(dict.fromkeys(key)) for key in zip(*accuracies, strict=True))
        values = np.array([[accuracies[name, width] for width in widths] for name in types])
        over_seeds = estimate(values)
        at_baseline = np.array(types)[:, None] == baseline
        with np.errstate(invalid="ignore"):
            differences = values - values[types.index(baseline)]
        differences[types.index(baseline)] = np.nan
        difference, _ = simultaneous(differences)
        better = np.array("higher", object)
        columns = {
            "mean": over_seeds.mean,
            "low": over_seeds.low,
            "high": over_seeds.high,
            "difference": difference.mean,
            "difference_low": difference.low,
            "difference_high": difference.high,
            "verdict": verdicts(difference, np.array(MARGIN), better, at_baseline),
        }
        return cls(dataset, baseline, tidy({"variant": types, "width": widths}, columns))

    @property
    def others(self) -> tuple[str, ...]:
        """The layer types that are compared to the baseline."""
        return tuple(name for name in dict.fromkeys(self.frame["variant"]) if name != self.baseline)

    def verdicts(self, layer_type: str) -> dict[str, tuple[int, ...]]:
        """The widths by verdict."""
        rows = self.frame[self.frame["variant"] == layer_type]
        return {str(verdict): tuple(own["width"]) for verdict, own in rows.groupby("verdict", sort=False)}


CLAUSES = {
    "worse": "it holds at {}",
    "undecided": "undecided at {}",
    "better": "the opposite holds at {}",
    "equivalent": "the two are equivalent at {}",
}


def common_answer(found: Sequence[Widths]) -> str:
    """When "no softmax in hidden layers" is true, by data set and width, in a sentence for each layer type.

    For softmax and n · softmax, or else for the first layer type that is compared.
    """
    if not found[0].others:
        return f"Nothing is compared to {found[0].baseline}: choose another layer type."
    asked = [name for name in ("softmax", N_SOFTMAX) if name in found[0].others] or found[0].others[:1]
    first, *others = (_answer(found, layer_type) for layer_type in asked)
    sentence = f"“No {asked[0]} in hidden layers, {found[0].baseline} is better”: {first}."
    return " ".join([sentence, *(f"The same for {N_SOFTMAX}: {answer}." for answer in others)])


def _answer(found: Sequence[Widths], layer_type: str) -> str:
    """By data set, at which widths a layer type has which verdict."""
    sentences = []
    for each in found:
        verdicts = each.verdicts(layer_type)
        clauses = [
            words.format(f"width{'s' * (len(verdicts[verdict]) > 1)} {listed(map(str, verdicts[verdict]))}")
            for verdict, words in CLAUSES.items()
            if verdict in verdicts
        ]
        sentences.append(f"on {each.dataset} {', '.join(clauses)}")
    return "; ".join(sentences)
