"""The shelf of real data."""

import csv
import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from alternatives.datasets import DATASETS, split
from alternatives.datasets.shelf import LARGE, SUITE, Shelved, stratified_rows
from alternatives.datasets.splitting import SMALLEST_CLASS, apportioned

SHELF = [dataset for dataset in DATASETS.values() if isinstance(dataset, Shelved)]


def test_every_file_is_listed_and_has_its_licence():
    with (SUITE / "suite.csv").open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines))
    assert {line["file"] for line in listed} == {p.name for p in SUITE.iterdir()} - {"suite.csv", "README.md"}
    described = (SUITE / "README.md").read_text("utf-8")
    for line in listed:
        assert f"| `{line['file']}` | {int(line['samples']):,} |" in described
        assert all(line.values())


def test_the_list_is_by_number_of_classes_and_samples():
    order = [(dataset.published[2], dataset.published[0]) for dataset in SHELF]
    assert len(order) == 38
    assert order == sorted(order)


@pytest.mark.parametrize("dataset", SHELF, ids=str)
def test_a_data_set_is_what_the_list_says(dataset):
    large = dataset.published[0] >= LARGE
    samples = (replace(dataset, samples=dataset.trained[0]) if large else dataset).make()
    assert samples.shape == dataset.trained
    assert dataset.sentence.endswith(".")
    assert dataset.in_a_list.startswith(dataset.name)
    part = split(dataset.load(), 0)
    assert dataset.load().shape == dataset.shape
    assert part.X_train.shape[1] == dataset.shape[1]
    for X in (part.X_train, part.X_validation, part.X_test):
        assert X.dtype == np.float32
        assert np.isfinite(X).all()
    for targets in (part.targets_train, part.targets_validation, part.targets_test):
        assert_array_equal(np.unique(targets), np.arange(dataset.shape[2]))


@pytest.mark.parametrize("text", ["glass", "letter(samples=6000)"])
def test_a_data_set_is_the_same_after_a_trip(text):
    dataset = DATASETS.parse(text)
    assert str(dataset) == text
    assert pickle.loads(pickle.dumps(dataset)) == dataset


def test_a_stratified_part_keeps_its_shares_and_enough_of_rare_classes():
    sizes = np.array([20_000, 9_000, 900, 60, 40])
    targets = np.random.default_rng(0).permutation(np.repeat(np.arange(5), sizes))
    rows = stratified_rows(targets, 1_000, SMALLEST_CLASS)
    found = np.bincount(targets[rows])
    assert found.sum() == 1_000
    assert len(set(rows)) == 1_000
    assert_array_equal(found[3:], SMALLEST_CLASS)
    assert_array_equal(found[1:3], apportioned(sizes, 1_000)[1:3])


@pytest.mark.parametrize("order", [0, 7])
def test_some_classes_are_the_samples_of_these_classes(order: int) -> None:
    whole = DATASETS["letter"].load()
    names: list[set[str]] = []
    for n_classes in (2, 8, 25):
        dataset = DATASETS.parse(f"letter(classes={n_classes}, order={order})")
        samples = dataset.load()
        assert dataset.shape == samples.shape
        assert samples.shape[-1] == n_classes
        assert list(samples.class_names) == sorted(samples.class_names)
        names.append({*samples.class_names})
        own = np.array(samples.class_names)[samples.targets]
        of_all = np.array(whole.class_names)[whole.targets]
        kept = np.isin(of_all, samples.class_names)
        assert_array_equal(own, of_all[kept])
        assert_array_equal(samples.X, whole.X[kept])
    assert names[0] < names[1] < names[2]


def test_another_order_has_other_classes_and_all_classes_have_none() -> None:
    first, second = (DATASETS.parse(f"letter(classes=8, order={n})").load().class_names for n in (0, 1))
    assert first != second
    assert_array_equal(DATASETS.parse("letter(order=5)").load().X, DATASETS["letter"].load().X)
    with pytest.raises(ValueError, match="classes of letter must be a whole number from 2 to 26, got '1'"):
        DATASETS.parse("letter(classes=1)")
