"""Samples divided into a training, a validation and a test set, scaled by the training set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alternatives.datasets.dataset import Floats, Integers, Samples

SMALLEST_CLASS = 5
"""Samples that a class must have to be in each set: a fifth of them is one."""


@dataclass(frozen=True, eq=False)
class Split:
    """One seed's division of a data set: 60 % training, 20 % validation, 20 % test.

    The X are float32, C-contiguous and scaled; the indices are rows of the data set.
    """

    seed: int
    X_train: NDArray[np.float32]
    X_validation: NDArray[np.float32]
    X_test: NDArray[np.float32]
    targets_train: Integers
    targets_validation: Integers
    targets_test: Integers
    train_index: Integers
    validation_index: Integers
    test_index: Integers


def split(
    samples: Samples,
    seed: int,
    label_noise: float = 0.0,
    in_test: NDArray[np.bool_] | None = None,
    n_training: int | None = None,
) -> Split:
    """Divide samples at random, stratified by class, and scale them.

    The validation and the test set have a fifth of the samples each, rounded down. How many of each
    class a set has is the same for every seed, and at least one. With `in_test` (n_samples,) its samples are
    the test set, whatever the seed is, and the validation set has as many, or a quarter of the others if
    that is less. With `n_training` the training set keeps so many of its samples, in proportion to the
    classes, so that a rare class may lose all; the other sets stay as they are.

    Features are centred on the training set's mean and divided by its standard deviation; a feature
    that is constant there becomes 0 everywhere. Features of one unit (`Samples.one_unit`: pixels) are
    divided by one number for all, the root of their mean variance: a pixel that is lit in one image of a
    thousand would otherwise outweigh the whole figure, by thousands of standard deviations in MNIST.
    Categories and gaps (`Samples.features`) are prepared as `datasets.preparing` says.

    `label_noise` is the share of the training and of the validation labels that are changed to another class,
    each other class with the same probability. The test labels aren't changed. The split doesn't depend on
    the noise, and labels that change at a smaller share change likewise at a larger one.

    ValueError if a class has fewer than five samples, or an argument is out of its range.
    """
    if n_training is not None and n_training < 1:
        raise ValueError(f"n_training must be at least 1, got {n_training}")
    if not (seed >= 0 and seed == int(seed)):
        raise ValueError(f"seed must be a whole number of at least 0, got {seed}")
    if not 0 <= label_noise <= 1:
        raise ValueError(f"label_noise must be a number from 0 to 1, got {label_noise}")
    targets, n_classes = samples.targets, len(samples.class_names)
    sizes = np.bincount(targets, minlength=n_classes)
    check_class_sizes(sizes, samples.class_names)

    division, noise = (np.random.default_rng([int(seed), stream]) for stream in range(2))
    shuffled = division.permutation(len(targets))
    if in_test is None:
        fifth = len(targets) // 5
        test, rest = _first_of_each_class(targets, shuffled, fifth)
    else:
        test, rest = np.flatnonzero(in_test), shuffled[~in_test[shuffled]]
        fifth = min(len(test), len(rest) // 4)
    validation, train = _first_of_each_class(targets, rest, fifth)
    if n_training is not None and n_training < len(train):
        train, _ = _first_of_each_class(targets, train, n_training)

    sets = [samples.X[rows] for rows in (train, validation, test)]
    X_train, X_validation, X_test = (
        _prepared(samples, sets) if samples.features else standardised(sets, samples.one_unit)
    )
    targets_train, targets_validation = (
        _with_label_noise(targets[part], label_noise, n_classes, noise) for part in (train, validation)
    )
    return Split(
        int(seed),
        X_train,
        X_validation,
        X_test,
        targets_train,
        targets_validation,
        targets[test],
        train,
        validation,
        test,
    )


def held_out(samples: Samples, seed: int) -> NDArray[np.bool_]:
    """Whether each sample is in the test set (n_samples,) that `split` draws for the seed."""
    targets = samples.targets
    check_class_sizes(np.bincount(targets, minlength=len(samples.class_names)), samples.class_names)
    shuffled = np.random.default_rng([int(seed), 0]).permutation(len(targets))
    test, _ = _first_of_each_class(targets, shuffled, len(targets) // 5)
    in_test = np.zeros(len(targets), bool)
    in_test[test] = True
    return in_test


def _first_of_each_class(targets: Integers, rows: Integers, n: int) -> tuple[Integers, Integers]:
    """The first rows of each class, `n` in all and in proportion to the classes' sizes; and the others."""
    own = targets[rows]
    is_first = rank_in_class(own) < apportioned(np.bincount(own), n)[own]
    return rows[is_first], rows[~is_first]


def check_class_sizes(sizes: NDArray[np.integer[Any]], class_names: tuple[str, ...]) -> None:
    """ValueError where a class is too rare to be in each set of a split."""
    rarest = int(sizes.argmin())
    if sizes[rarest] < SMALLEST_CLASS:
        raise ValueError(
            f"every class must have at least {SMALLEST_CLASS} samples, to be in the training, the validation "
            f"and the test set; class {class_names[rarest]!r} has {sizes[rarest]}"
        )


def apportioned(weights: ArrayLike, total: int) -> Integers:
    """Whole numbers in proportion to the weights, with this total: the largest remainders round up."""
    weights = np.asarray(weights, np.float64)
    ideal = weights / weights.sum() * int(total)
    whole = np.floor(ideal + 1e-9)  # a share that is whole but for rounding stays whole
    rest = int(total) - int(whole.sum())
    whole[np.argsort(whole - ideal, kind="stable")[:rest]] += 1
    return whole.astype(np.int64)


def rank_in_class(targets: Integers) -> Integers:
    """How many samples of its class come before each sample."""
    sizes = np.bincount(targets)
    rank = np.empty(len(targets), np.int64)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    rank[np.argsort(targets, kind="stable")] = np.arange(len(targets)) - starts
    return rank


def stratified_rows(targets: Integers, n_samples: int, fewest: int = 0) -> Integers:
    """Rows of a stratified subset, always the same: the first so many of each class in one fixed order.

    Each class has `fewest` at least, for which the largest one has fewer than its share.
    """
    shuffled = np.random.default_rng(0).permutation(len(targets))
    wanted = np.maximum(apportioned(np.bincount(targets), n_samples), fewest)
    wanted[wanted.argmax()] -= wanted.sum() - n_samples
    return np.sort(shuffled[rank_in_class(targets[shuffled]) < wanted[targets[shuffled]]])


def _prepared(samples: Samples, sets: Sequence[Floats]) -> list[NDArray[np.float32]]:
    from alternatives.datasets.preparing import preparation  # needs scikit-learn

    prepare, (training, *others) = preparation(samples), sets
    found = [prepare.fit_transform(training), *(prepare.transform(X) for X in others)]
    return [np.ascontiguousarray(X, np.float32) for X in found]


def standardised(sets: Sequence[Floats], one_unit: bool) -> list[NDArray[np.float32]]:
    """Sets of samples (n_samples, n_features), the training set first, scaled by it as `split` says."""
    mean, divisor = centre_and_divisor(sets[0], one_unit)
    return [scaled(X, mean, divisor) for X in sets]


def scaled(X: Floats, mean: Floats, divisor: Floats) -> NDArray[np.float32]:
    """Samples (n_samples, n_features) scaled as `centre_and_divisor` says."""
    return np.ascontiguousarray((X - mean) / divisor, np.float32)


def centre_and_divisor(X: Floats, one_unit: bool) -> tuple[Floats, Floats]:
    """What to subtract from each feature and to divide it by, in the type of X; ∞ where X is constant."""
    mean = X.mean(0, dtype=np.float64)
    deviation = X.std(0, dtype=np.float64)
    varies = (X.max(0) > X.min(0)) & (deviation > 0)
    if one_unit and varies.any():
        deviation[:] = np.sqrt(np.mean(deviation[varies] ** 2))
    return mean.astype(X.dtype), np.where(varies, deviation, np.inf).astype(X.dtype)


def _with_label_noise(
    targets: Integers, share: float, n_classes: int, generator: np.random.Generator
) -> Integers:
    """The targets with that share of them, rounded to whole samples, changed to another class."""
    order = generator.permutation(len(targets))
    steps = generator.integers(1, n_classes, len(targets))
    moved = order[: round(share * len(targets))]
    noisy = targets.copy()
    noisy[moved] = (targets[moved] + steps[moved]) % n_classes
    return noisy
