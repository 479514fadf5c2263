"""Data sets: what they hold, how they are divided, and what unsuitable files say."""

import copy
import dataclasses
import gzip
import io
import itertools
import os
import pickle
import socket
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2_contingency, chisquare, multivariate_normal
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from alternatives.datasets import (
    DATASETS,
    Dataset,
    DatasetUnavailable,
    Feature,
    Samples,
    from_csv,
    from_npz,
    register_files,
    split,
)
from alternatives.datasets.files import File
from alternatives.datasets.generated import KeyValueRecall
from alternatives.datasets.online import TIMEOUT, Online
from alternatives.datasets.shelf import Shelved
from alternatives.datasets.splitting import apportioned
from alternatives.experiments import Comparison
from alternatives.state import Range, parameter

AT_HAND = [name for name, dataset in DATASETS.items() if not isinstance(dataset, Online | Shelved)]
GENERATED = [
    *("moons", "circles", "blobs", "classification", "spiral", "XOR", "Gaussian mixture", "local rules")
]

PARTS = ("train", "validation", "test")

LENGTHS = (7 * np.arange(20)) % 19
IRIS_CSV = "\n".join(
    [
        "length,width,species",
        *(f"{LENGTHS[k]},{k % 3}.5,{'setosa' if k % 2 else 'virginica'}" for k in range(20)),
    ]
).encode()


def toy(sizes=(20, 30, 50), n_features=3, **changes):
    targets = np.repeat(np.arange(len(sizes)), sizes)
    X = np.random.default_rng(1).normal(5, 3, (len(targets), n_features))
    names = tuple(f"class {k}" for k in range(len(sizes)))
    features = tuple(f"x{k}" for k in range(n_features))
    return Samples(**{"X": X, "targets": targets, "class_names": names, "feature_names": features} | changes)


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


# Every data set


def test_every_data_set_of_the_issue_is_there():
    assert {
        *("iris", "wine", "breast cancer", "digits", "MNIST"),
        *GENERATED,
        *("Olivetti faces", "forest cover types"),
    } <= set(DATASETS)


@pytest.mark.parametrize("name", AT_HAND)
def test_can_be_loaded_and_split(name):
    samples = DATASETS[name].load()
    n_samples, n_features = samples.X.shape
    assert len(samples.feature_names) == n_features
    assert samples.targets.shape == (n_samples,)
    assert samples.targets.dtype == np.int64
    assert np.isfinite(samples.X).all()
    assert_array_equal(np.unique(samples.targets), np.arange(len(samples.class_names)))
    part = split(samples, 0)
    for which in PARTS:
        X = getattr(part, f"X_{which}")
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        assert np.isfinite(X).all()
        assert_array_equal(
            getattr(part, f"targets_{which}"), samples.targets[getattr(part, f"{which}_index")]
        )


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=str)
def test_says_what_it_is_and_can_be_named_in_a_link(dataset):
    assert dataset.sentence.endswith(".")
    assert dataset.source
    assert DATASETS.parse(str(dataset)) == dataset
    changed = dataclasses.replace(dataset, **{name: bound.high for name, bound in dataset.ranges().items()})
    assert DATASETS.parse(str(changed)) == changed


@pytest.mark.parametrize("name", AT_HAND)
def test_same_value_gives_same_samples(name):
    again = copy.copy(DATASETS[name])
    assert again.load() is DATASETS[name].load()
    if name != "MNIST":
        assert_array_equal(again.make().X, DATASETS[name].load().X)


def test_samples_are_shared_and_so_can_not_be_written():
    own = np.zeros((10, 2))
    samples = toy(sizes=(5, 5), X=own)
    with pytest.raises(ValueError, match="read-only"):
        samples.X[0, 0] = 1.0
    own[0, 0] = 1.0  # the array that was given stays as it was


@pytest.mark.parametrize("name", AT_HAND)
def test_the_shape_is_that_of_the_samples(name):
    dataset = DATASETS[name]
    assert dataset.shape == dataset.load().shape
    for name in {"samples", "n_classes", "pairs"} & {*dataset.ranges()}:
        other = dataclasses.replace(dataset, **{name: 600 if name == "samples" else 12})
        assert other.shape == other.make().shape


SIZED = [dataset for dataset in DATASETS.values() if not isinstance(dataset, File)]


@pytest.mark.parametrize("dataset", SIZED, ids=str)
def test_a_shape_is_known_without_the_samples(monkeypatch, dataset):
    monkeypatch.setattr(type(dataset), "make", None)
    largest = {name: bound.high for name, bound in dataset.ranges().items() if name in ("samples", "pairs")}
    for each in (dataset, dataclasses.replace(dataset, **largest)):
        n_samples, n_features, n_classes = each.shape
        assert n_samples > n_classes > 1 <= n_features


def test_data_sets_without_parameters_do_not_share_samples():
    assert DATASETS["iris"].load().X.shape != DATASETS["wine"].load().X.shape


def test_a_new_data_set_is_one_class():
    @DATASETS.register
    @dataclasses.dataclass(frozen=True)
    class Throwaway(Dataset):
        name = "throw-away"
        sentence = "Nothing but noise."
        source = "this test"
        samples: int = parameter(100, Range(10, 1000, "how many"))

        def make(self):
            return toy(sizes=(self.samples, self.samples))

    try:
        fewer = DATASETS.parse("throw away(samples=20)")
        assert len(fewer.load().X) == 40
        assert fewer.shape == (40, 3, 2)
        Throwaway.make = None  # its shape is looked at once
        assert fewer.shape == (40, 3, 2)
        assert DATASETS["throw-away"].posterior(np.zeros((1, 3))) is None
    finally:
        DATASETS.unregister("throw-away")


def test_neither_streamlit_nor_scikit_learn_is_imported_before_it_is_needed():
    command = (
        "import sys, alternatives.datasets; print([m for m in ('streamlit', 'sklearn') if m in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_mnist_is_a_stratified_part_of_which_a_larger_one_holds_the_smaller():
    small, large = (dataclasses.replace(DATASETS["MNIST"], samples=n).load() for n in (500, 1000))
    published = np.array([6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958])  # of all 70,000
    assert_allclose(np.bincount(large.targets), published / 70, atol=1)
    assert large.X.dtype == np.float32
    assert large.X.max() == 255
    assert {row.tobytes() for row in small.X} <= {row.tobytes() for row in large.X}


# Generated ones


@pytest.mark.parametrize("name", GENERATED)
def test_class_sizes_are_exact(name):
    for samples, imbalance in ((1000, 1.0), (999, 9.0), (5000, 50.0)):
        dataset = dataclasses.replace(DATASETS[name], samples=samples, imbalance=imbalance)
        sizes = np.bincount(dataset.load().targets)
        assert_array_equal(sizes, dataset.class_sizes())
        assert sizes.sum() == samples
        n_classes = len(sizes)
        ideal = imbalance ** (1 - np.arange(n_classes) / (n_classes - 1))
        assert_allclose(sizes, samples * ideal / ideal.sum(), atol=1)
        assert (np.diff(sizes) <= 0).all() or imbalance == 1


def test_two_classes_at_an_imbalance_of_nine():
    assert_array_equal(np.bincount(DATASETS.parse("moons(imbalance=9)").load().targets), [900, 100])


@pytest.mark.parametrize("name", ["blobs", "classification", "Gaussian mixture"])
@pytest.mark.parametrize("n_classes", [2, 100])
def test_from_two_to_a_hundred_classes(name, n_classes):
    samples = DATASETS.parse(f"{name}(n_classes={n_classes}, samples=1000)").load()
    assert_array_equal(np.bincount(samples.targets), np.full(n_classes, 1000 // n_classes))
    assert len(set(samples.class_names)) == n_classes


def test_too_few_samples_for_the_classes_say_how_many_are_needed():
    with pytest.raises(ValueError, match=r"samples of classification must be at least 500 .* got 400"):
        DATASETS.parse("classification(samples=400, n_classes=100)")
    split(DATASETS.parse("classification(samples=500, n_classes=100)").load(), 0)
    hard = "blobs(samples={}, n_classes=100, imbalance=50)"
    with pytest.raises(ValueError, match="at least") as caught:
        DATASETS.parse(hard.format(100))
    needed = int(str(caught.value).split("at least ")[1].split()[0])
    split(DATASETS.parse(hard.format(needed)).load(), 0)


def test_classification_stays_one_problem_however_much_is_drawn():
    few, many, uneven = (
        DATASETS.parse(f"classification(n_classes=3, {changes})").load()
        for changes in ("samples=300", "samples=3000", "samples=3000, imbalance=5")
    )
    for k in range(3):
        assert_array_equal(few.X[few.targets == k], many.X[many.targets == k][:100])
    assert_array_equal(many.X[many.targets == 2][:100], uneven.X[uneven.targets == 2][:100])
    # Half of each class comes from either of its two clouds.
    assert len(np.unique(many.X, axis=0)) == 3000


@pytest.mark.parametrize("text", ["moons(noise=0)", "circles(noise=0)"])
def test_without_noise_the_points_lie_on_the_curves(text):
    samples = DATASETS.parse(text).load()
    radius = np.hypot(*samples.X.T)
    expected = {"moons": None, "circles": np.array([1.0, 0.5])[samples.targets]}[text.partition("(")[0]]
    if expected is None:
        expected = 1.0
        radius = np.hypot(*(samples.X - np.array([[0, 0], [1, 0.5]])[samples.targets]).T)
    assert_allclose(radius, expected, atol=1e-12)


def test_posterior_is_bayes_rule():
    dataset = DATASETS.parse("Gaussian mixture(n_classes=5, noise=1.3, imbalance=4)")
    X = np.random.default_rng(2).normal(0, 3, (200, 2))
    means, factors = dataset.clouds()
    joint = np.stack(
        [
            size * multivariate_normal(mean, factor @ factor.T).pdf(X)
            for size, mean, factor in zip(dataset.class_sizes(), means, factors, strict=True)
        ],
        axis=-1,
    )
    assert_allclose(dataset.posterior(X), joint / joint.sum(-1, keepdims=True), atol=1e-12)
    assert_allclose(dataset.posterior(1e3 * X).sum(-1), 1)
    assert dataset.posterior(X.reshape(10, 20, 2)).shape == (10, 20, 5)


def test_posterior_agrees_with_the_frequencies_of_a_large_draw():
    dataset = DATASETS.parse("Gaussian mixture(samples=10000, n_classes=3, imbalance=3)")
    samples = dataset.load()
    posterior = dataset.posterior(samples.X)
    assert_allclose(posterior.sum(-1), 1)
    for k in range(3):
        bins = np.digitize(posterior[:, k], np.linspace(0, 1, 11)[1:-1])
        for inside in (bins == b for b in range(10)):
            expected, n = posterior[inside, k].mean(), inside.sum()
            observed = np.mean(samples.targets[inside] == k)
            assert abs(observed - expected) < 4 * np.sqrt(0.25 / n)
    # Calibrated over all, far within chance: the mean posterior is the share of the class.
    assert_allclose(posterior.mean(0), dataset.class_sizes() / 10_000, atol=0.015)


# Splits


@pytest.mark.parametrize("n_clusters", [3, 4, 7])
def test_local_rules_are_linear_in_each_cluster_but_not_over_all(n_clusters):
    samples = DATASETS.parse(f"local rules(samples=5000, clusters={n_clusters}, noise=0.5, radius=6)").load()
    cluster = np.round(np.arctan2(*samples.X.T[::-1]) * n_clusters / (2 * np.pi)).astype(int) % n_clusters
    for own in (cluster == one for one in range(n_clusters)):
        X, targets = samples.X[own], samples.targets[own]
        assert LogisticRegression(C=1e4).fit(X, targets).score(X, targets) > 0.99
    over_all = LogisticRegression().fit(samples.X, samples.targets)
    assert over_all.score(samples.X, samples.targets) < 0.6


@pytest.mark.parametrize(("n_classes", "turns"), [(2, 1), (3, 2.5), (7, 0.25)])
def test_each_arm_of_a_spiral_is_the_first_one_turned(n_classes, turns):
    samples = DATASETS.parse(f"spiral(n_classes={n_classes}, turns={turns}, noise=0, samples=700)").load()
    for k in range(n_classes):
        z = samples.X[samples.targets == k] @ [1, 1j]
        on_the_first = z * np.exp(-2j * np.pi * k / n_classes)
        assert_allclose(on_the_first, np.abs(z) * np.exp(2j * np.pi * turns * np.abs(z)), atol=1e-12)
        assert np.abs(z).max() == pytest.approx(1)


def test_in_xor_the_product_of_both_features_tells_the_class_and_neither_alone_does():
    samples = DATASETS.parse("XOR(noise=0, samples=5000)").load()
    assert_array_equal(samples.X.prod(-1) > 0, samples.targets == 0)
    for feature in samples.X.T:
        assert abs(np.mean((feature > 0) == (samples.targets == 0)) - 0.5) < 4 * np.sqrt(0.25 / 5000)
    assert LogisticRegression().fit(samples.X, samples.targets).score(samples.X, samples.targets) < 0.55


@pytest.mark.parametrize("n_pairs", [2, 5, 16])
def test_recall_asks_for_the_value_of_a_key(n_pairs):
    dataset = KeyValueRecall(samples=5000, pairs=n_pairs)
    samples = dataset.load()
    keys, values, asked = dataset.parts(samples.X)
    every = np.broadcast_to(np.arange(n_pairs), keys.shape)
    assert_array_equal(np.sort(keys, axis=-1), every)
    assert (np.diff(np.sort(values, axis=-1)) > 0).all()
    assert_array_equal(np.unique(values), np.arange(2 * n_pairs))
    place = (keys == asked[:, None]).argmax(-1)
    assert_array_equal(np.take_along_axis(values, place[:, None], axis=-1)[:, 0], samples.targets)
    assert_array_equal(samples.X[:, -n_pairs:], np.eye(n_pairs)[asked])
    # Neither the asked key nor the right place nor a key says anything of the class: joint counts are alike.
    for alone in (asked, place, keys[:, 0]):
        counts = np.histogram2d(alone, samples.targets, bins=(n_pairs, 2 * n_pairs))[0]
        assert chi2_contingency(counts).pvalue > 1e-4
    # Of the values that a sample has, each is as often the right one: the smallest, the second smallest, ….
    ranks = (np.sort(values, axis=-1) == samples.targets[:, None]).argmax(-1)
    assert chisquare(np.bincount(ranks, minlength=n_pairs)).pvalue > 1e-4


@pytest.mark.parametrize("name", ["iris", "digits", "moons"])
def test_parts_are_disjoint_cover_everything_and_are_as_large_for_every_seed(name):
    samples = DATASETS[name].load()
    n_samples = len(samples.X)
    sizes = {}
    for seed in range(5):
        part = split(samples, seed)
        indices = [getattr(part, f"{which}_index") for which in PARTS]
        assert_array_equal(np.sort(np.concatenate(indices)), np.arange(n_samples))
        assert [len(index) for index in indices[1:]] == [n_samples // 5] * 2
        by_class = [tuple(np.bincount(samples.targets[index])) for index in indices]
        assert sizes.setdefault(name, by_class) == by_class
        for counts in by_class:
            assert_allclose(counts, np.bincount(samples.targets) * sum(counts) / n_samples, atol=1.01)


def test_seeds_split_differently_and_one_seed_always_alike():
    samples = DATASETS["iris"].load()
    first, again, other = (split(samples, seed) for seed in (3, 3, 4))
    assert_array_equal(first.X_train, again.X_train)
    assert_array_equal(first.test_index, again.test_index)
    assert set(first.test_index) != set(other.test_index)


def test_training_part_is_not_in_the_order_of_the_classes():
    targets = split(DATASETS["iris"].load(), 0).targets_train
    assert (np.diff(targets) != 0).sum() > 30


def test_every_class_is_in_every_part_at_five_samples():
    generator = np.random.default_rng(0)
    for _ in range(300):
        sizes = generator.integers(5, generator.integers(6, 40), generator.integers(2, 30))
        part = split(toy(sizes, n_features=1), int(generator.integers(100)))
        for which in PARTS:
            assert np.bincount(getattr(part, f"targets_{which}"), minlength=len(sizes)).min() >= 1


def test_class_that_is_too_rare_is_named():
    with pytest.raises(ValueError, match=r"at least 5 samples.*class 'class 1' has 4"):
        split(toy((9, 4)), 0)
    with pytest.raises(ValueError, match="'class 2' has 0"):
        split(toy((9, 9), class_names=("class 0", "class 1", "class 2")), 0)


def test_scaling_is_fitted_on_the_training_part_alone():
    samples = DATASETS["wine"].load()
    part = split(samples, 1)
    scaler = StandardScaler().fit(samples.X[part.train_index])
    for which in PARTS:
        expected = scaler.transform(samples.X[getattr(part, f"{which}_index")])
        assert_allclose(getattr(part, f"X_{which}"), expected, rtol=1e-5, atol=1e-6)
    changed = samples.X.copy()
    changed[part.test_index] += 1e6
    assert_array_equal(split(dataclasses.replace(samples, X=changed), 1).X_train, part.X_train)


def test_constant_features_become_zero_in_every_part():
    X = toy().X.copy()
    X[:, 1] = 0.1
    part = split(toy(X=X), 0)
    X[part.test_index, 1] = 1e9  # constant in the training part alone
    part = split(toy(X=X), 0)
    for which in PARTS:
        assert not getattr(part, f"X_{which}")[:, 1].any()
        assert getattr(part, f"X_{which}")[:, 0].any()
    assert not split(toy(X=np.full_like(X, 7.0), one_unit=True), 0).X_train.any()


def test_features_of_one_unit_are_divided_by_one_number():
    samples = DATASETS["digits"].load()
    part = split(samples, 0)
    X = samples.X[part.train_index]
    varies = np.ptp(X, 0) > 0
    divisor = np.sqrt(X.var(0)[varies].mean())
    assert_allclose(part.X_train, np.where(varies, (X - X.mean(0)) / divisor, 0), atol=1e-5)
    assert_allclose(part.X_train.var(0)[varies].mean(), 1, rtol=1e-5)
    assert not varies.all()  # there are pixels that are never lit
    assert np.abs(part.X_test).max() < 10


def test_fewer_training_samples_are_part_of_the_others_and_the_other_sets_stay():
    samples = toy((200, 100, 5))
    whole, some, few = (split(samples, 3, 0.2, n_training=n) for n in (None, 60, 30))
    assert [len(each.targets_train) for each in (whole, some, few)] == [183, 60, 30]
    assert {*few.train_index} < {*some.train_index} < {*whole.train_index}
    assert_array_equal(np.bincount(samples.targets[few.train_index]), [20, 10])  # the rare class has none
    for each in (some, few):
        assert_array_equal(each.validation_index, whole.validation_index)
        assert_array_equal(each.test_index, whole.test_index)
        assert_array_equal(each.targets_test, whole.targets_test)
        assert_allclose(each.X_train.mean(0), 0, atol=1e-6)  # scaled by what it has alone
    assert_array_equal(split(samples, 3, 0.2, n_training=10_000).X_train, whole.X_train)
    with pytest.raises(ValueError, match="n_training must be at least 1, got 0"):
        split(samples, 3, n_training=0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1.0])
def test_label_noise_moves_exactly_that_share_of_the_training_and_validation_labels(share):
    samples = toy((100, 100, 100))
    clean, noisy = split(samples, 0), split(samples, 0, label_noise=share)
    for which in PARTS:
        assert_array_equal(getattr(noisy, f"X_{which}"), getattr(clean, f"X_{which}"))
        moved = getattr(noisy, f"targets_{which}") != getattr(clean, f"targets_{which}")
        assert moved.sum() == (0 if which == "test" else round(share * len(moved)))
    assert_array_equal(np.unique(noisy.targets_train), np.arange(3))


def test_label_noise_goes_to_each_other_class_and_grows():
    samples = toy((1000, 1000, 1000, 1000), n_features=1)
    clean, some, more = (split(samples, 5, label_noise=share) for share in (0.0, 0.2, 0.6))
    step = (more.targets_train - clean.targets_train) % 4
    assert_allclose(np.bincount(step)[1:], 2400 * 0.2, rtol=0.15)
    moved = some.targets_train != clean.targets_train
    assert_array_equal(more.targets_train[moved], some.targets_train[moved])


@pytest.mark.parametrize("label_noise", [-0.1, 1.1, np.nan])
def test_label_noise_out_of_range(label_noise):
    with pytest.raises(ValueError, match="label_noise must be a number from 0 to 1, got"):
        split(toy(), 0, label_noise)


@pytest.mark.parametrize("seed", [-1, 0.5, np.nan])
def test_seed_out_of_range(seed):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0, got"):
        split(toy(), seed)


def test_apportioned_keeps_the_total_and_every_share_within_one():
    generator = np.random.default_rng(0)
    for _ in range(200):
        weights, total = generator.random(generator.integers(1, 20)), int(generator.integers(0, 500))
        counts = apportioned(weights, total)
        assert counts.sum() == total
        assert (np.abs(counts - weights / weights.sum() * total) < 1).all()
    assert_array_equal(apportioned([0.1, 0.2, 0.7], 1000), [100, 200, 700])


# Files


def test_csv_with_names():
    samples = from_csv(IRIS_CSV, "iris.csv")
    assert samples.class_names == ("setosa", "virginica")
    assert samples.feature_names == ("length", "width")
    assert_array_equal(samples.X[:3], [[0, 0.5], [7, 1.5], [14, 2.5]])
    assert not samples.features
    assert_array_equal(samples.targets[:3], [1, 0, 1])


@pytest.mark.parametrize(
    "text",
    [
        IRIS_CSV.decode().partition("\n")[2],
        IRIS_CSV.decode().replace("\n", "\r\n"),
        "\ufeff" + IRIS_CSV.decode() + "\n\n , ,\n",
        IRIS_CSV.decode().replace(",", ";"),
        IRIS_CSV.decode().replace(",", "\t"),
    ],
    ids=["no names", "CRLF", "byte order mark and blank lines", "semicolons", "tabs"],
)
def test_csv_in_other_hands(text):
    expected = from_csv(IRIS_CSV, "iris.csv")
    samples = from_csv(text.encode(), "iris.csv")
    assert_array_equal(samples.X, expected.X)
    assert_array_equal(samples.targets, expected.targets)


@pytest.mark.parametrize("name", ["target", "Class", "LABEL"])
def test_csv_whose_class_is_not_in_the_last_column(name):
    lines = [f"a,{name},b", *(f"{LENGTHS[k]},{k % 2},{-LENGTHS[k]}" for k in range(20))]
    samples = from_csv("\n".join(lines).encode(), "mine.csv")
    assert samples.feature_names == ("a", "b")
    assert_array_equal(samples.targets, np.arange(20) % 2)


def test_csv_row_numbers_are_left_out_and_reported():
    lines = [",x,target", *(f"{k},{LENGTHS[k]},{k % 2}" for k in range(20))]
    samples = from_csv("\n".join(lines).encode(), "frame.csv")
    assert samples.feature_names == ("x",)
    assert any("left out" in note for note in samples.notes)


def test_csv_with_gaps_and_categories():
    colours = ["red", "green", "", "blue"]
    lines = ["length,colour,target"]
    lines += [f"{LENGTHS[k % 20] if k % 5 else ''},{colours[k % 4]},{k % 2}" for k in range(60)]
    samples = from_csv("\n".join(lines).encode(), "mixed.csv")
    assert samples.features == (
        Feature("length", has_missing=True),
        Feature("colour", ("blue", "green", "red"), has_missing=True),
    )
    assert samples.shape == (60, 2 + 4, 2)
    assert_array_equal(samples.X[:5, 1], [2, 1, np.nan, 0, 2])
    assert_array_equal(np.isnan(samples.X[:, 0]), np.arange(60) % 5 == 0)
    assert samples.notes[-1] == "The networks have 6 inputs."


def test_classes_that_are_numbers_are_in_their_order():
    lines = [f"{LENGTHS[k % 20]},{(k % 3) * 5.0}" for k in range(30)]
    assert from_csv("\n".join(lines).encode(), "numbers.csv").class_names == ("0", "5", "10")


def test_csv_from_a_path(tmp_path):
    path = tmp_path / "flowers.csv"
    path.write_bytes(IRIS_CSV)
    for source in (path, str(path)):
        assert_array_equal(from_csv(source, "flowers").X, from_csv(IRIS_CSV, "flowers").X)


def lines_of(*rows, n=20):
    return "\n".join([*(f"{LENGTHS[k % 20]},{k % 2}" for k in range(n)), *rows]).encode()


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", "empty"),
        (b"x,y\n", "no samples"),
        (lines_of("5,1,1"), "line 21 has 3 cells"),
        (lines_of(n=8), "5 or more samples"),
        (b"\n".join(b"%d,1" % (k * k % 7) for k in range(20)), "no column is left"),
        (b"\n".join(b"%d,%d.5" % (k, k) for k in range(200)), "regression"),
        (b"\x00\x01\x02PK\x03\x04" * 50, "NUL byte"),
        (b'1,"' + b"x" * 200_000, "can't be used"),
        (",".join("1" * 5002).encode() + b"\n", "at most 5,000 columns"),
        (b"0,1\n1,0\n" * 250_002, "at most 500,000 rows"),
    ],
    ids=["empty", "header", "ragged", "few", "one class", "regression", "NUL", "quote", "columns", "rows"],
)
def test_unsuitable_csv_says_what_is_wrong(contents, sentence):
    with pytest.raises(DatasetUnavailable, match=sentence) as caught:
        from_csv(contents, "bad.csv")
    message = str(caught.value)
    assert message.startswith("The file bad.csv can't be used as a data set: ")
    assert message.endswith(".")
    assert len(message) < 400


@pytest.mark.parametrize("target_name", ["targets", "y"])
@pytest.mark.parametrize("labels", [np.arange(20) % 2, np.array(["b", "a"] * 10), np.arange(20) % 2 == 1])
def test_npz(target_name, labels):
    X = np.random.default_rng(0).integers(0, 99, (20, 2))
    samples = from_npz(npz(X=X, **{target_name: labels}), "mine.npz")
    assert_array_equal(samples.X, X)
    assert samples.X.dtype == np.float64
    assert not samples.one_unit
    assert len(samples.class_names) == 2
    assert_array_equal(
        np.array(samples.class_names)[samples.targets],
        [str(value) for value in labels],
    )


def test_npz_of_images():
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 5), np.uint8)
    samples = from_npz(npz(X=np.asfortranarray(images), targets=np.arange(20) % 4), "images.npz")
    assert samples.one_unit
    assert_array_equal(samples.X, images.reshape(20, 20))


def packed(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in members.items():
            archive.writestr(f"{name}.npy", contents)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def header(text):
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


class Bomb:
    """Would run code when unpickled."""

    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


GOOD_X, GOOD_TARGETS = np.random.default_rng(3).normal(size=(20, 2)), np.arange(20) % 2


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"PK\x03\x04 and nothing else", "damaged"),
        (npz(), "no numpy arrays"),
        (npz(X=GOOD_X, targets=GOOD_TARGETS[:-1]), "one target for each"),
        (npz(X=GOOD_X * 1j, targets=GOOD_TARGETS), "numbers or text"),
        (npz(X=GOOD_X[:0], targets=GOOD_TARGETS[:0]), "no rows"),
        (npz(X=GOOD_X, targets=GOOD_TARGETS * 0), "one value only"),
        (packed(X=npy(np.array([Bomb()])), targets=npy(GOOD_TARGETS)), "unpickled"),
        (
            packed(
                X=header(b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000)}\n"),
                targets=npy(GOOD_TARGETS),
            ),
            "cut off",
        ),
        (packed(X=header(b"{" * 900), targets=npy(GOOD_TARGETS)), "can't be used"),
        (npz(X=GOOD_X, targets=GOOD_TARGETS)[:-200], "can't be used"),
    ],
    ids=["zip", "none", "rows", "complex", "empty", "one class", "pickle", "cut off", "braces", "cut"],
)
def test_unsuitable_npz_says_what_is_wrong(contents, sentence):
    with pytest.raises(DatasetUnavailable, match=sentence) as caught:
        from_npz(contents, "bad.npz")
    assert str(caught.value).startswith("The file bad.npz can't be used as a data set: ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("read", "contents"),
    [(from_csv, IRIS_CSV), (from_npz, npz(X=GOOD_X, targets=GOOD_TARGETS))],
    ids=["csv", "npz"],
)
def test_damage_anywhere_is_a_sentence_at_worst(read, contents):
    generator = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(contents)
        for position in generator.integers(len(contents), size=3):
            damaged[position] = generator.integers(128)
        try:
            assert len(read(bytes(damaged), "damaged").class_names) >= 2
        except DatasetUnavailable as error:
            assert len(str(error)) < 400  # noqa: PT017


def test_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(DatasetUnavailable, match="at most 200 MB"):
        from_csv(path, "large.csv")


@pytest.fixture
def folder(tmp_path):
    """An empty folder whose files are taken out of the list again."""
    before = set(DATASETS)
    yield tmp_path
    for name in set(DATASETS) - before:
        DATASETS.unregister(name)


def test_files_in_the_folder_are_listed_under_their_stems(folder):
    (folder / "flowers.csv").write_bytes(IRIS_CSV)
    (folder / "MY_images.NPZ").write_bytes(npz(X=np.arange(180).reshape(20, 3, 3) % 7, y=GOOD_TARGETS))
    (folder / "packed.csv.gz").write_bytes(gzip.compress(IRIS_CSV))
    (folder / "tabs.TSV").write_bytes(IRIS_CSV.replace(b",", b"\t"))
    (folder / "iris.csv").write_bytes(IRIS_CSV)
    (folder / "odd (name), really.csv").write_bytes(IRIS_CSV)
    (folder / "notes.txt").write_text("nothing")
    (folder / ".hidden.csv").write_bytes(IRIS_CSV)
    (folder / "folder.csv").mkdir()
    names = register_files(folder)
    assert set(names) == {"MY_images", "flowers", "iris.csv", "odd name really", "packed", "tabs"}
    assert register_files(folder) == ()
    for name in names:
        dataset = DATASETS.parse(str(DATASETS[name]))
        assert dataset.name == name
        assert len(split(dataset.load(), 0).X_train) == 12
        assert pickle.loads(pickle.dumps(dataset)) == dataset
    assert DATASETS["iris"].load().X.shape == (150, 4)
    assert DATASETS["flowers"] != DATASETS["iris.csv"]
    assert len({repr(DATASETS[name]) for name in names}) == len(names)


def test_a_link_to_a_file_in_the_folder_is_followed(folder, tmp_path_factory):
    """Whoever runs the server laid it, as mounted folders are."""
    real = tmp_path_factory.mktemp("elsewhere") / "real.csv"
    real.write_bytes(IRIS_CSV)
    (folder / "linked.csv").symlink_to(real)
    assert register_files(folder) == ("linked",)
    assert DATASETS["linked"].shape == (20, 2, 2)


def test_damaged_file_is_listed_and_explains_itself(folder):
    (folder / "broken.npz").write_bytes(b"not an archive")
    (folder / "gone.csv").write_bytes(IRIS_CSV)
    assert register_files(folder) == ("broken", "gone")
    (folder / "gone.csv").unlink()
    with pytest.raises(DatasetUnavailable, match=r"The file broken\.npz can't be used as a data set: "):
        DATASETS["broken"].load()
    with pytest.raises(DatasetUnavailable, match=r"The file gone\.csv .*: there is no file"):
        DATASETS["gone"].load()


def changed(path: Path, how: str, contents: bytes) -> None:
    """Give a file other contents in one of the ways in which people do; a clock may have stood still."""
    if how == "rewritten":
        path.write_bytes(contents)
    elif how == "replaced, with its old size and time":
        old, new = path.stat(), path.with_suffix(".new")
        new.write_bytes(contents)
        os.utime(new, ns=(old.st_atime_ns, old.st_mtime_ns))
        new.replace(path)
    else:
        path.unlink()
        register_files(path.parent)
        with pytest.raises(DatasetUnavailable, match=r"The file flowers\.csv .*: there is no file"):
            DATASETS["flowers"].load()
        path.write_bytes(contents)


@pytest.mark.parametrize("how", ["rewritten", "replaced, with its old size and time", "removed for a while"])
def test_a_file_that_changes_is_another_data_set_under_its_name(folder, how):
    path, others = folder / "flowers.csv", IRIS_CSV.replace(b"setosa", b"SETOSA")
    path.write_bytes(IRIS_CSV)
    register_files(folder)
    order, old = list(DATASETS), DATASETS["flowers"]
    comparison = Comparison("flowers", n_seeds=1)
    assert old.load().class_names == ("setosa", "virginica")
    changed(path, how, others)
    assert register_files(folder) == ()
    new = DATASETS["flowers"]
    assert new.load().class_names == ("SETOSA", "virginica")
    assert new != old
    assert str(new) == str(old)
    assert len(type(new).mro()) == len(type(old).mro())  # a file that changes all the time adds nothing
    assert list(DATASETS) == order
    assert comparison != Comparison("flowers", n_seeds=1) == comparison.replace()
    assert comparison.to_json() == Comparison("flowers", n_seeds=1).to_json()
    assert register_files(folder) == ()
    assert DATASETS["flowers"] is new


def test_a_file_that_changed_since_it_was_listed_is_not_read_under_its_old_version(folder):
    (folder / "flowers.csv").write_bytes(IRIS_CSV)
    register_files(folder)
    (folder / "flowers.csv").write_bytes(IRIS_CSV + b"\n")
    with pytest.raises(DatasetUnavailable, match=r"flowers\.csv has changed meanwhile"):
        DATASETS["flowers"].load()


def test_a_large_data_set_whose_file_is_replaced_is_read_again(folder, monkeypatch):
    monkeypatch.setattr(type(DATASETS["MNIST"]), "version", "of yesterday")
    old = dataclasses.replace(DATASETS["MNIST"], samples=500)
    register_files(folder)
    monkeypatch.undo()
    new = DATASETS.parse("MNIST(samples=500)")
    assert new != old
    assert str(new) == str(old)
    assert new.version == type(old).version


def test_files_may_be_registered_by_many_threads_while_others_read_the_list(folder):
    def read():
        return [len(dict(DATASETS)) for _ in range(200)]

    def register():
        return [register_files(folder) for _ in range(20)]

    for number in range(20):
        (folder / f"flowers {number}.csv").write_bytes(IRIS_CSV)
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(function) for function in (read, register, register, register)]
    assert sorted(itertools.chain(*itertools.chain(*(each.result() for each in found[1:])))) == sorted(
        f"flowers {number}" for number in range(20)
    )
    assert found[0].result()


def test_folder_that_is_not_there_has_no_files(tmp_path):
    assert register_files(tmp_path / "nowhere") == ()


def test_mnist_without_its_file(monkeypatch, tmp_path):
    dataset = DATASETS["MNIST"]
    for contents in (None, b"damaged", npz(X=GOOD_X)):
        path = tmp_path / "mnist.npz"
        if contents is not None:
            path.write_bytes(contents)
        monkeypatch.setattr(type(dataset), "path", path)
        with pytest.raises(DatasetUnavailable, match=r"data/mnist\.npz is missing or damaged"):
            dataset.make()


# Downloads


@pytest.mark.parametrize("name", ["Olivetti faces", "forest cover types"])
@pytest.mark.parametrize("error", [URLError("no route"), TimeoutError("no route"), EOFError("no route")])
def test_without_a_network_a_sentence(monkeypatch, name, error):
    def fetch(**arguments):
        assert arguments["n_retries"] == 1
        assert socket.getdefaulttimeout() == TIMEOUT
        raise error

    dataset = DATASETS[name]
    monkeypatch.setattr(sklearn.datasets, dataset.fetcher, fetch)
    with pytest.raises(
        DatasetUnavailable, match=rf"{name} is downloaded .* \(no route\); try again with a network"
    ):
        dataset.load()
    assert socket.getdefaulttimeout() is None


def test_fetched_samples(monkeypatch):
    generator = np.random.default_rng(0)
    targets = np.concatenate([np.repeat(np.arange(1, 8), 20), generator.choice(2, 4000) + 1])
    forest = sklearn.utils.Bunch(
        data=generator.normal(size=(len(targets), 54)),
        target=targets.astype(np.int32),
        feature_names=[f"Soil_Type_{k}" for k in range(54)],
    )
    faces = sklearn.utils.Bunch(
        data=generator.random((400, 4096), np.float32), target=np.repeat(np.arange(40), 10)
    )
    monkeypatch.setattr(sklearn.datasets, "fetch_covtype", lambda **_: forest)
    monkeypatch.setattr(sklearn.datasets, "fetch_olivetti_faces", lambda **_: faces)
    dataset = dataclasses.replace(DATASETS["forest cover types"], samples=2000)
    samples = dataset.make()
    assert samples.shape == dataset.shape == (2000, 54, 7)
    assert_allclose(np.bincount(samples.targets)[2:], np.full(5, 9.5), atol=0.5)
    assert samples.feature_names[3] == "Soil Type 3"
    assert len(split(samples, 0).X_test) == 400
    samples = DATASETS["Olivetti faces"].make()
    assert samples.shape == DATASETS["Olivetti faces"].shape
    part = split(samples, 0)
    assert_array_equal(np.bincount(part.targets_train), np.full(40, 6))
    assert part.X_train.shape == (240, 4096)
