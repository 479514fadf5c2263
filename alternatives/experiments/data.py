"""A data set as an experiment sees it: split by every seed, the sets of all splits stacked."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets import Dataset, DatasetUnavailable, Samples, split
from alternatives.datasets.sources import Sizes, Source
from alternatives.datasets.splitting import held_out
from alternatives.heads import Integers
from alternatives.memory import kept
from alternatives.serving.turns import FIRST, turns
from alternatives.training import Subset, look

TEST_SETS = ("drawn by each seed", "held out", "published")
"""What test sets are: of each seed its own; or the same for all seeds, so that tuning never sees it, either
drawn by the first seed or the one that was published with the data."""

MOST_VALUES_IN_A_TURN = 1_500_000
"""Data with more values are prepared without a turn: with large arrays numpy lets other threads run."""


@dataclass(frozen=True, eq=False)
class Data:
    """The training, validation and test sets of every split. Their arrays are shared, and read-only."""

    samples: Samples
    training: Subset
    validation: Subset
    test: Subset
    test_index: Integers
    """Rows (n_seeds, n_test) of the test sets in the data set."""

    @property
    def without_test(self) -> "Data":
        """The same with empty test sets, for whoever chooses something."""
        X, targets = self.test.X[:, :0], self.test.targets[:, :0]
        return replace(self, test=Subset(X, targets), test_index=self.test_index[:, :0])

    def some_training_samples(self, n_samples: int, seeds: range) -> Subset:
        """A smaller training set: so many samples of each, drawn at random by the seed."""
        n_all = self.training.targets.shape[1]
        rows = np.stack([np.random.default_rng(seed).permutation(n_all)[:n_samples] for seed in seeds])
        return Subset(
            np.take_along_axis(self.training.X, rows[..., None], axis=1),
            np.take_along_axis(self.training.targets, rows, axis=1),
        )


@dataclass(frozen=True)
class Division:
    """Which samples the test sets have, and how many the training sets."""

    test_set: str = TEST_SETS[0]
    seed: int = 0
    """Draws the test set where one is held out."""
    n_training: int | None = None
    """Samples of each training set, which loses the others; None: all that it has."""

    def in_test(self, dataset: Dataset) -> NDArray[np.bool_] | None:
        """Which samples (n_samples,) every test set has; None where each seed draws its own.

        DatasetUnavailable if the published one is asked for, and none is known.
        """
        if self.test_set == TEST_SETS[0]:
            return None
        samples = dataset.load()
        if self.test_set == TEST_SETS[1]:
            return held_out(samples, self.seed)
        if samples.published_test is None:
            raise DatasetUnavailable(
                f"The published test set of {dataset.in_words} isn't known. Choose one that is "
                f"{' or '.join(TEST_SETS[:2])}."
            )
        return samples.published_test


@kept
def data(dataset: Dataset, seeds: range, label_noise: float = 0.0, division: Division = Division()) -> Data:
    """A split for every seed; kept, since whoever changes another control trains on the same again.

    Raises
    ------
    DatasetUnavailable, ValueError
        As `split`, `Division.in_test` and `Dataset.load` do.
    """
    samples, in_test = dataset.load(), division.in_test(dataset)
    with _turn(len(seeds) * len(samples.X) * samples.n_inputs):
        splits = [
            split(samples, seed, label_noise, in_test, division.n_training) for seed in _looked_at(seeds)
        ]
        training, validation, test = (_stacked(splits, name) for name in ("train", "validation", "test"))
        return Data(samples, training, validation, test, np.stack([each.test_index for each in splits]))


def seconds_to_split(
    n_splits: int, n_samples: int, n_features: int, prepared: tuple[int, int] = (0, 0)
) -> float:
    """Estimated time of one core of `data` for a data set that is loaded, its way to the workers included.

    `prepared` is `Dataset.prepared`: scikit-learn's parts take milliseconds, however few the samples are.
    """
    a_split = 7e-5 + n_samples * (1e-7 + 6e-9 * n_features)
    n_categories, n_filled = prepared
    if n_categories or n_filled:
        a_split += 5.8e-3 + 1e-3 * n_categories
    if n_filled:
        a_split += 5.3e-3 + 6e-8 * n_samples * n_filled
    return 2e-3 + n_splits * a_split


@kept
def problems(source: Source, n_classes: int, sizes: Sizes, seeds: range) -> Data:
    """A problem of a source for every seed, each with sets of its own; kept; see `Source.problem`.

    DatasetUnavailable if the source's data set can't be loaded now.
    """
    with _turn(len(seeds) * sum(sizes) * n_classes * source.n_features):
        drawn = [source.problem(n_classes, sizes, seed) for seed in _looked_at(seeds)]
        training, validation, test = (_stacked(drawn, name) for name in ("training", "validation", "test"))
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


def _looked_at(seeds: range) -> Iterator[int]:
    """The seeds; between two of them the work may end, if nobody waits for it."""
    for seed in seeds:
        look()
        yield seed


def _turn(n_values: int) -> AbstractContextManager[None]:
    """A turn to prepare so many values, unless they are many."""
    return nullcontext() if n_values > MOST_VALUES_IN_A_TURN else turns.turn(FIRST)


def _stacked(splits: Sequence[Any], name: str) -> Subset:
    """One set of every split, read-only because it is shared."""
    part = Subset(
        *(np.stack([getattr(each, f"{what}_{name}") for each in splits]) for what in ("X", "targets"))
    )
    part.X.flags.writeable = part.targets.flags.writeable = False
    return part
