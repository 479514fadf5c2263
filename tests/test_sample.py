"""One sample of a data set: its image, or its most unusual features."""

import numpy as np
import pytest
from sklearn import datasets as scikit_learn

from alternatives.datasets import DATASETS, Samples, read
from alternatives.datasets.sample import LARGEST_SIDE, image, unusual

TABLE = b"""size,colour,weight,class
1,red,10,a
2,blue,20,a
3,,30,a
4,red,,a
5,blue,50,a
6,red,60,b
7,blue,70,b
8,red,80,b
9,blue,90,b
100,red,100,b
"""


def test_digits_are_images():
    digits = scikit_learn.load_digits()
    for row in (0, 17):
        found = image(DATASETS["digits"], row)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, np.rint(digits.images[row] / 16 * 255))


@pytest.mark.parametrize("name", ["iris", "wine", "moons", "breast cancer"])
def test_measurements_are_no_images(name):
    assert image(DATASETS[name], 0) is None


@pytest.mark.parametrize(("side", "channels"), [(3, 1), (8, 3), (2 * LARGEST_SIDE + 1, 1)])
def test_images_of_ones_own(side, channels):
    """Whatever has as many columns as a square image, and pixels as its one unit."""
    n = side * side * channels
    samples = Samples(np.arange(2.0 * n).reshape(2, n), np.array([0, 1]), ("a", "b"), ("x",) * n, True)
    holder = type("Holder", (), {"load": lambda self: samples, "as_key": (side, channels)})()
    found = image(holder, 1)
    assert found.max() >= 250  # rows may be left out
    assert found.shape[0] == found.shape[1] <= LARGEST_SIDE
    assert image(holder, 0).min() == 0


def test_features_are_measured_from_the_mean_of_the_data():
    X, _ = scikit_learn.load_wine(return_X_y=True)
    away = (X - X.mean(0)) / X.std(0)
    found = unusual(DATASETS["wine"], 5, 4)
    order = np.argsort(-np.abs(away[5]))[:4]
    names = [scikit_learn.load_wine().feature_names[k].replace("_", " ") for k in order]
    assert [each.name for each in found] == names
    np.testing.assert_allclose([each.value for each in found], X[5, order])
    np.testing.assert_allclose([each.deviations for each in found], away[5, order])


def test_few_features_keep_their_order():
    assert [each.name for each in unusual(DATASETS["moons"], 3, 8)] == ["x1", "x2"]


def test_categories_and_gaps_are_told_as_they_are():
    data = read(TABLE, name="things.csv")
    last = {each.name: each for each in unusual(data, 9, 8)}
    assert last["colour"].value == "red"
    assert np.isnan(last["colour"].deviations)
    size = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 100.0])
    assert last["size"].deviations == pytest.approx((100 - size.mean()) / size.std())
    assert {each.name: each.value for each in unusual(data, 2, 8)}["colour"] == ""
    gap = {each.name: each for each in unusual(data, 3, 8)}["weight"]
    assert gap.value == ""
    assert np.isnan(gap.deviations)
    first, *_ = unusual(data, 9, 1)
    assert first.name == "size"
