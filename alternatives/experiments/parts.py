"""A comparison's data: split by every seed, and the parts of all splits stacked."""

from dataclasses import dataclass
from functools import lru_cache

from alternatives.datasets import Dataset, split, stacked
from alternatives.experiments.comparison import Comparison
from alternatives.serving.turns import BEGUN, turns
from alternatives.training import Subset

KEPT = 12
"""Data that are kept as they were split: whoever changes another control trains on the same again."""
MOST_VALUES_KEPT = 1_500_000
"""How many values they may have each to be kept: 6 MB of them."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of every split. Their arrays are read-only, for they are shared."""

    training: Subset
    validation: Subset
    test: Subset


def parts(comparison: Comparison) -> Parts:
    """A comparison's data, split.

    Raises
    ------
    DatasetUnavailable, ValueError
        As `split` and `Dataset.load` do.
    """
    n_values = comparison.n_seeds * comparison.dataset.load().X.size
    what = comparison.dataset, comparison.seeds, comparison.label_noise
    if n_values > MOST_VALUES_KEPT:
        return _made.__wrapped__(*what)  # needs no turn: with large arrays numpy leaves Python to others
    with turns.turn(BEGUN):
        return _made(*what)


@lru_cache(maxsize=KEPT)
def _made(dataset: Dataset, seeds: range, label_noise: float) -> Parts:
    samples = dataset.load()
    splits = [split(samples, seed, label_noise) for seed in seeds]
    made = Parts(*(Subset(*stacked(splits, name)) for name in ("train", "validation", "test")))
    for part in (made.training, made.validation, made.test):
        part.X.flags.writeable = part.targets.flags.writeable = False
    return made
