"""What heads say of single test samples: the worst errors first, and none of them lost."""

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.experiments.predictions import Predictions

SMALL = Comparison(
    "wine", ["softmax", "spherical softmax", "sigmoid"], n_seeds=2, n_epochs=3, learning_rate=0.01
)


@pytest.fixture(scope="module")
def results():
    return SMALL.run(n_jobs=1)


@pytest.fixture
def many():
    """Probabilities of three heads for 200 samples of four classes, with their true classes."""
    generator = np.random.default_rng(0)
    scores = generator.gamma(0.4, size=(3, 200, 4))
    return scores / scores.sum(-1, keepdims=True), generator.integers(0, 4, 200)


def test_they_are_of_the_first_seed(results):
    found, data = results.predictions, SMALL.data
    np.testing.assert_array_equal(found.rows, data.test_index[0])
    np.testing.assert_array_equal(found.targets, data.samples.targets[found.rows])
    assert found.n_samples == found.n_test == data.test.X.shape[1]
    right = 1 - found.n_wrong / found.n_test
    np.testing.assert_allclose(right, results.values["accuracy"][:, 0])
    of_target = np.take_along_axis(found.probabilities, found.targets[None, :, None], -1)
    np.testing.assert_allclose(-np.log(of_target).mean((1, 2)), results.values["log loss"][:, 0])


def test_they_keep_no_other_seeds_alive(results):
    assert results.predictions.probabilities.base is None


def test_every_error_is_counted_once(many):
    found = Predictions.of(*many, np.arange(200))
    assert found.by_n_heads.sum() == 200
    assert (found.by_n_heads * np.arange(4)).sum() == found.n_wrong.sum() == found.wrong.sum()


def test_the_most_confident_come_first(many):
    found = Predictions.of(*many, np.arange(200))
    for head in range(3):
        errors = found.most_confident(head)
        assert len(errors) == found.n_wrong[head]
        assert (np.diff(found.confidence[head, errors]) <= 0).all()
        cells = [
            found.most_confident(head, true, predicted)
            for true in range(4)
            for predicted in range(4)
            if true != predicted
        ]
        assert sorted(np.concatenate(cells)) == sorted(errors)
        assert sorted(np.concatenate([found.most_confident(head, true) for true in range(4)])) == sorted(
            errors
        )


def test_of_too_many_samples_the_worst_errors_are_kept(many):
    probabilities, targets = many
    every = Predictions.of(probabilities, targets, np.arange(200))
    some = Predictions.of(probabilities, targets, np.arange(200), most=3 * 4 * 50)
    assert some.n_samples == 50
    assert some.n_test == 200
    np.testing.assert_array_equal(some.n_wrong, every.n_wrong)
    np.testing.assert_array_equal(some.by_n_heads, every.by_n_heads)
    np.testing.assert_array_equal(some.targets, targets[some.rows])
    assert (np.diff(some.rows) > 0).all()
    for head in range(3):
        first = every.rows[every.most_confident(head)[:5]]
        np.testing.assert_array_equal(some.rows[some.most_confident(head)[:5]], first)


def test_a_network_that_diverged_is_neither_right_nor_wrong(many):
    probabilities, targets = many
    probabilities[1] = np.nan
    found = Predictions.of(probabilities, targets, np.arange(200))
    assert (found.predicted[1] == -1).all()
    assert found.n_wrong[1] == 0
    assert not len(found.most_confident(1))
    assert found.by_n_heads[3] == 0


def test_results_from_a_file_have_none(results):
    from alternatives.sessions.results import of_plain, to_plain

    assert of_plain(SMALL, to_plain(results)).predictions is None
