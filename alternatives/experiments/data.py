"""A data set as an experiment sees it: split by every seed, the sets of all splits stacked."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from alternatives.datasets import Dataset, Samples, split
from alternatives.datasets.sources import Sizes, Source
from alternatives.heads import Integers
from alternatives.serving.turns import FIRST, turns
from alternatives.training import Subset

KEPT = 12
"""Split data that are kept: whoever changes another control trains on the same again."""
MOST_VALUES_KEPT = 1_500_000
"""How many values they may have each to be kept: 6 MB of them."""


@dataclass(frozen=True, eq=False)
class Data:
    """The training, validation and test sets of every split. Their arrays are shared, and read-only."""

    samples: Samples
    training: Subset
    validation: Subset
    test: Subset
    test_index: Integers
    """Rows (n_seeds, n_test) of the test sets in the data set."""

    def some_training_samples(self, n_samples: int, seeds: range) -> Subset:
        """A smaller training set: so many samples of each, drawn at random by the seed."""
        n_all = self.training.targets.shape[1]
        rows = np.stack([np.random.default_rng(seed).permutation(n_all)[:n_samples] for seed in seeds])
        return Subset(
            np.take_along_axis(self.training.X, rows[..., None], axis=1),
            np.take_along_axis(self.training.targets, rows, axis=1),
        )


def data(dataset: Dataset, seeds: range, label_noise: float = 0.0) -> Data:
    """A split for every seed.

    Raises
    ------
    DatasetUnavailable, ValueError
        As `split` and `Dataset.load` do.
    """
    if len(seeds) * dataset.load().X.size > MOST_VALUES_KEPT:
        # This needs no turn: with large arrays numpy lets other threads run.
        return _stacked.__wrapped__(dataset, seeds, label_noise)
    with turns.turn(FIRST):
        return _stacked(dataset, seeds, label_noise)


def seconds_to_split(n_splits: int, n_samples: int, n_features: int) -> float:
    """Estimated time of one core of `data` for a data set that is loaded, its way to the workers included."""
    return 2e-3 + n_splits * (7e-5 + n_samples * (1e-7 + 6e-9 * n_features))


@lru_cache(maxsize=KEPT)
def _stacked(dataset: Dataset, seeds: range, label_noise: float) -> Data:
    samples = dataset.load()
    splits = [split(samples, seed, label_noise) for seed in seeds]
    training, validation, test = (
        Subset(
            np.stack([getattr(each, f"X_{name}") for each in splits]),
            np.stack([getattr(each, f"targets_{name}") for each in splits]),
        )
        for name in ("train", "validation", "test")
    )
    for part in (training, validation, test):
        part.X.flags.writeable = part.targets.flags.writeable = False
    return Data(samples, training, validation, test, np.stack([each.test_index for each in splits]))


def problems(source: Source, n_classes: int, sizes: Sizes, seeds: range) -> Data:
    """A problem of a source for every seed, each with sets of its own; see `Source.problem`.

    DatasetUnavailable if the source's data set can't be loaded now.
    """
    if len(seeds) * sum(sizes) * n_classes * source.n_features > MOST_VALUES_KEPT:
        return _problems.__wrapped__(source, n_classes, sizes, seeds)
    with turns.turn(FIRST):
        return _problems(source, n_classes, sizes, seeds)


@lru_cache(maxsize=KEPT)
def _problems(source: Source, n_classes: int, sizes: Sizes, seeds: range) -> Data:
    drawn = [source.problem(n_classes, sizes, seed) for seed in seeds]
    training, validation, test = (
        Subset(
            np.stack([getattr(each, f"X_{name}") for each in drawn]),
            np.stack([getattr(each, f"targets_{name}") for each in drawn]),
        )
        for name in ("training", "validation", "test")
    )
    for part in (training, validation, test):
        part.X.flags.writeable = part.targets.flags.writeable = False
    X, targets = drawn[0].X_test, drawn[0].targets_test
    samples = Samples(
        X,
        targets,
        tuple(str(label + 1) for label in range(n_classes)),
        tuple(f"x{column + 1}" for column in range(X.shape[1])),
    )
    n_test = len(targets)
    own_rows = np.arange(len(seeds) * n_test).reshape(len(seeds), n_test)  # no two seeds share a sample
    return Data(samples, training, validation, test, own_rows)
