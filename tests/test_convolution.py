"""Convolution and pooling: the numbers of scipy's correlation, and what a comparison makes of them."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate2d

from alternatives import Comparison
from alternatives.datasets import DATASETS, read
from alternatives.exports import method
from alternatives.heads import HEADS
from alternatives.training import Network, Recipe, Setting, Stack, Subset, most_convolutions
from alternatives.training.convolution import AT_A_TIME, POOL, SIZE, Convolution, convolutions

SHAPES = [(8, 1, 3), (9, 1, 2), (12, 3, 4)]
"""Side, channels and filters; nine pixels have an odd number of places."""


def by_hand(images, filters):
    """Correlations of images (n, side, side, channels), and the largest of each square, by scipy."""
    found = []
    for image in images:
        convolved = np.stack(
            [
                sum(correlate2d(image[..., c], each[..., c], "valid") for c in range(image.shape[-1]))
                for each in filters
            ],
            -1,
        )
        half = len(convolved) // POOL
        squares = convolved[: POOL * half, : POOL * half].reshape(half, POOL, half, POOL, -1)
        found.append(squares.max((1, 3)))
    return np.array(found)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_outputs_are_scipys_correlations_pooled(shape):
    side, channels, n_filters = shape
    layer, random = Convolution(*shape), np.random.default_rng(0)
    images = random.normal(size=(AT_A_TIME + 3, side, side, channels))
    filters = random.normal(size=(n_filters, SIZE, SIZE, channels))
    weights = filters.reshape(n_filters, -1).T
    output = layer.outputs(images.reshape(len(images), -1), weights)
    assert output.shape == (len(images), layer.n_outputs)
    assert_allclose(output.ravel(), by_hand(images, filters).ravel(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_patches_are_windows_of_the_image(shape):
    side, channels, _ = shape
    layer = Convolution(*shape)
    image = np.arange(side * side * channels, dtype=np.float64)
    patches = np.empty((1, layer.scratch[0]))
    layer.gather(image[None], patches)
    rows = patches.reshape(layer.n_places, layer.n_places, SIZE, SIZE, channels)
    pixels = image.reshape(side, side, channels)
    for y, x in [(0, 0), (1, 2), (layer.n_places - 1, layer.n_places - 1)]:
        assert_array_equal(rows[y, x], pixels[y : y + SIZE, x : x + SIZE])


def test_of_equal_outputs_one_alone_has_the_gradient():
    """On an image's ground all outputs of a square are equal: four gradients would be four times as large."""
    layer = Convolution(8, 1, 2)
    convolved, output = np.empty((1, layer.scratch[1])), np.empty((1, layer.n_outputs))
    kept = layer.forward(np.ones((1, layer.scratch[0])), np.ones((layer.n_in, 2)), convolved, output)
    gradient = np.arange(1.0, 1 + layer.n_outputs).reshape(-1, 2)
    rows = layer.backward(gradient, kept, convolved)
    assert rows.sum() == gradient.sum()
    assert np.count_nonzero(rows) == gradient.size


def test_predictions_are_those_of_training():
    """In prediction a few images are convolved at a time, in training a whole mini-batch."""
    network = Network(81, 3, (5,), filters=(4,), image=(9, 1))
    random = np.random.default_rng(1)
    data = Subset(random.normal(size=(1, 70, 81)), random.integers(0, 3, (1, 70)))
    stack = Stack(network, Recipe(batch_size=70), [Setting(HEADS["softmax"], 0.0)], [0], np.float64)
    loss = stack.epoch(data.X, data.targets).loss
    assert stack.evaluate(data.X, data.targets).loss == pytest.approx(loss, rel=1e-12)


def test_a_network_without_convolutions_is_as_ever():
    plain = Network(64, 10, (32,))
    assert plain.layer_sizes == (32,)
    assert plain.scratch == () == plain.convolutions
    assert plain.n_parameters == 64 * 32 + 32 + 32 * 10 + 10


@pytest.mark.parametrize(("side", "most"), [(4, 0), (5, 0), (6, 1), (8, 1), (28, 2), (64, 3)])
def test_how_often_an_image_can_be_convolved(side, most):
    assert most_convolutions(side) == most
    assert len(convolutions(side, 1, (2,) * most)) == most
    with pytest.raises(ValueError, match=f"room for at most {most} convolutions, got {most + 1}"):
        convolutions(side, 1, (2,) * (most + 1))


class TestComparison:
    """The setting `filters`."""

    def test_the_default_has_none(self):
        assert Comparison().filters == ()
        assert "filters" not in Comparison().to_link()
        (network,) = {each.network for each in Comparison().variants(64, 10)}
        assert network == Network(64, 10, (32,))

    def test_it_is_in_the_link_and_in_words(self):
        comparison = Comparison("MNIST", filters=(8, 16), batch_normalisation=True)
        assert comparison.to_link()["filters"] == "8,16"
        assert Comparison.from_link(comparison.to_link()) == (comparison, ())
        assert comparison.n_layers == 4
        said = (
            "convolutions of 8 and 16 filters of 5 × 5 pixels, each with 2 × 2 max pooling, and a hidden "
            "layer of 32 ReLU units with batch normalisation"
        )
        assert said in method.of_comparison(comparison)

    @pytest.mark.parametrize(
        ("dataset", "filters", "sentence"),
        [
            ("wine", (8,), "filters must be none where samples aren't square images, as in wine; got 8"),
            ("letter", (8,), "filters must be none where samples aren't square images, as in letter; got 8"),
            (
                "digits",
                (8, 4),
                "must be at most one number for images of 8 × 8 pixels, as in digits; got 8,4",
            ),
            ("MNIST", (8, 4, 2), "must be at most 2 numbers for images of 28 × 28 pixels"),
            ("digits", (65,), "filters must be a whole number from 1 to 64, got '65'"),
            ("digits", (1,) * 4, "filters must be at most 3 convolutions, got 4"),
        ],
        ids=str,
    )
    def test_what_cannot_be_convolved_is_refused(self, dataset, filters, sentence):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            Comparison(dataset, filters=filters)
        text = ",".join(map(str, filters))
        comparison, (problem,) = Comparison.from_link({"dataset": dataset, "filters": text})
        assert comparison == Comparison(dataset)
        assert "got" in problem

    def test_they_give_way_to_another_data_set(self):
        comparison = Comparison("MNIST", filters=(8, 16))
        assert comparison.replace(dataset="iris") == Comparison("iris")
        assert comparison.replace(dataset="digits") == Comparison("digits", filters=(8,))
        assert comparison.replace(n_seeds=3).filters == (8, 16)

    def test_the_control_is_there_for_images_alone(self):
        images = [name for name, each in DATASETS.items() if each.image]
        assert images == ["digits", "MNIST", "Olivetti faces"]
        for name in ("iris", *images):
            assert ("filters" in Comparison(name).shown_fields) == (name in images)

    def test_ones_own_images_are_convolved_and_tables_are_not(self, tmp_path):
        random, y = np.random.default_rng(0), np.arange(60) % 3
        for name, X in (
            ("images", random.integers(0, 9, (60, 8, 8))),
            ("table", random.normal(size=(60, 64))),
        ):
            np.savez(tmp_path / f"{name}.npz", X=X, y=y)
        images, table = (read(tmp_path / f"{name}.npz") for name in ("images", "table"))
        comparison = Comparison(images, ["softmax"], filters=(4,))
        assert comparison.variants(64, 3)[0].network.layer_sizes == (16, 32)
        assert "filters" in comparison.shown_fields
        with pytest.raises(ValueError, match="aren't square images"):
            Comparison(table, filters=(4,))

    def test_a_link_to_images_that_are_not_here_keeps_its_filters(self):
        link = {"dataset": f"own(name=a.npz, rows=60, columns=65, checksum={'0' * 16})", "filters": "4"}
        comparison, problems = Comparison.from_link(link)
        assert not problems
        assert comparison.to_link() == link
        assert "filters" in comparison.shown_fields

    def test_filters_have_units_and_may_be_normalised(self):
        fields = Comparison("digits", hidden_layer_sizes=(), filters=(4,)).shown_fields
        assert {"activation", "batch_normalisation"} <= {*fields}

    def test_more_filters_are_estimated_to_take_longer(self):
        costs = [
            Comparison("MNIST", filters=filters).cost().seconds
            for filters in [(), (4,), (8,), (8, 4), (8, 16)]
        ]
        assert costs == sorted(costs)
        assert costs[0] < costs[1]

    def test_heads_learn_with_them(self):
        settings = {"n_seeds": 2, "learning_rate": 0.01, "n_epochs": 8, "batch_normalisation": True}
        results = Comparison("digits", ["softmax", "sigmoid"], filters=(8,), **settings).run(n_jobs=1)
        assert (results.values["accuracy"] > 0.95).all()
        assert "gradient of layer 3" in results.curves
