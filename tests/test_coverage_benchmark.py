"""What the coverage benchmark rests on: networks trained at once are a comparison's; labels are as said."""

import numpy as np
import pytest

from alternatives.datasets import DATASETS
from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from tests.benchmarks._draws import BATCH_SIZE, FAMILY, Choice, Source, measured

NAMES = ("softmax", "spherical softmax")


@pytest.fixture(scope="module")
def iris():
    choices = [
        Choice(HEADS[NAMES[0]], 0.03, 4),
        Choice(HEADS[NAMES[1]], 0.01, 6),
        Choice(HEADS[NAMES[0]], 0.03, 4, 100),
    ]
    samples = DATASETS["iris"].load()
    return measured([samples, samples], [choices, choices], (5,), [range(7, 10), range(20, 23)])


def test_heads_of_a_draw_are_those_of_a_comparison(iris):
    for place, (head, rate, n_epochs) in enumerate(zip(NAMES, (0.03, 0.01), (4, 6), strict=True)):
        for draw, first_seed in zip(iris, (7, 20), strict=True):
            results = Comparison(
                dataset="iris", heads=[head], n_seeds=3, first_seed=first_seed, hidden_layer_sizes=(5,),
                learning_rate=rate, n_epochs=n_epochs, batch_size=BATCH_SIZE,
            ).run(n_jobs=1)  # fmt: skip
            for name in FAMILY:
                np.testing.assert_allclose(
                    draw.values[name][place], results.values[name][0], rtol=1e-6, atol=1e-9
                )


def test_a_copy_has_its_own_weights_on_the_same_splits(iris):
    losses = iris[0].values["log loss"]
    assert losses.shape == (3, 3)
    assert (losses[2] != losses[0]).all()


def test_labels_of_a_teacher_have_its_probabilities():
    samples = Source("Taylor softmax", n_samples=20_000, spread=3.0).draw(3)
    fixed = np.random.default_rng(0)
    directions = 3.0 * fixed.normal(size=(4, 6))
    logits = samples.X @ directions.T / np.sqrt(6) + 0.5 * fixed.normal(size=4)
    probabilities = HEADS["Taylor softmax"].class_probabilities(logits)
    observed = np.eye(4)[samples.targets]
    error = (observed - probabilities).mean(0) / np.sqrt(
        (probabilities * (1 - probabilities)).mean(0) / 20_000
    )
    assert (np.abs(error) < 4).all()
    assert not np.array_equal(samples.X, Source("Taylor softmax", n_samples=20_000, spread=3.0).draw(4).X)
