"""Decision regions epoch by epoch: the weights are those of the training that is reported."""

import dataclasses

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.experiments.frames import (
    MOST_CELLS,
    MOST_FRAMES,
    MOST_KEPT_BYTES,
    epochs_of_frames,
)
from alternatives.experiments.runs import Job, Variant, epochs
from alternatives.heads import HEADS
from alternatives.training import Network

HEADS_SHOWN = ["softmax", "Taylor softmax", "sigmoid"]
SMALL = Comparison(
    "moons(samples=200)", HEADS_SHOWN, n_seeds=3, n_epochs=9, learning_rate=0.03, hidden_layer_sizes=(8,)
)


@pytest.fixture(scope="module")
def results():
    return SMALL.run(n_jobs=1)


def test_every_frame_is_what_the_network_of_that_epoch_says(results):
    """Trained alone and looked at after each epoch, it has the same bits."""
    found, data = results.frames, SMALL.data
    points = data.test.X[0]
    for place, variant in enumerate(SMALL.variants(*SMALL.dataset.shape[1:])):
        recipe = dataclasses.replace(SMALL.recipe, n_epochs=9)
        runs = epochs([variant], [0.03], recipe, SMALL.seeds[:1], data.training.of(slice(0, 1)))
        for n_epochs, stack in enumerate(runs):
            if n_epochs not in found.epochs:
                continue
            frame, parameters = found.epochs.index(n_epochs), stack.parameters[0, 0]
            X = found.plane.centres.astype(np.float32)
            probabilities = variant.head.class_probabilities(
                variant.network.logits(parameters, X).astype(np.float64)
            )
            np.testing.assert_array_equal(found.predicted[frame, place], probabilities.argmax(-1))
            np.testing.assert_allclose(found.confidence[frame, place], probabilities.max(-1), rtol=1e-6)
            logits = variant.network.logits(parameters, points).astype(np.float64)
            right = variant.head.class_probabilities(logits).argmax(-1) == data.test.targets[0]
            assert found.accuracy[frame, place] == right.mean()


def test_the_last_frame_is_the_trained_network(results):
    found, decisions = results.frames, results.decisions
    assert found.epochs[0] == 0
    assert found.epochs[-1] == 9
    names = np.array(results.class_names)
    np.testing.assert_array_equal(names[found.predicted[-1]], decisions.predicted)
    np.testing.assert_allclose(found.confidence[-1], decisions.confidence, atol=1e-6)
    np.testing.assert_array_equal(found.accuracy[-1], results.values["accuracy"][:, 0])


def test_workers_keep_the_same_weights(results):
    found = SMALL.run(n_jobs=2).frames
    np.testing.assert_array_equal(found.predicted, results.frames.predicted)
    np.testing.assert_array_equal(found.confidence, results.frames.confidence)


def test_a_head_that_trained_for_fewer_epochs_stays_as_it_is():
    tuned = SMALL.replace(n_epochs=None, max_epochs=30).run(n_jobs=1)
    found, last = tuned.frames, tuned.n_epochs
    assert found.epochs[-1] == last.max()
    for head, n_epochs in enumerate(last):
        after = np.array(found.epochs) >= n_epochs
        assert (found.predicted[after, head] == found.predicted[-1, head]).all()
    np.testing.assert_array_equal(found.accuracy[-1], tuned.values["accuracy"][:, 0])


def test_other_data_have_no_frames():
    other = SMALL.replace(dataset="iris", n_epochs=1).run(n_jobs=1)
    assert other.frames is None


def test_a_network_that_diverges_ends_without_decisions():
    wild = SMALL.replace(
        heads=["softmax"], n_epochs=30, solver="sgd", learning_rate=10.0, hidden_layer_sizes=(64,) * 4
    )
    found = wild.run(n_jobs=1).frames
    assert (found.predicted[-1] == -1).all()
    assert np.isnan(found.accuracy[-1]).all()
    assert not found.confidence[-1].any()
    assert (found.predicted[0] >= 0).all()  # before training it is like any other


def job(width, n_epochs):
    return Job(Variant("softmax", Network(2, 2, (width, width))), 0.01, n_epochs)


@pytest.mark.parametrize("last", [1, 2, 5, 40, 500])
def test_epochs_of_frames_grow_by_the_same_factor(last):
    found = epochs_of_frames([job(8, last), job(8, 1)], SMALL.data)
    assert found[0] == 0
    assert found[1] == 1
    assert found[-1] == last
    assert len(found) <= MOST_FRAMES
    assert list(found) == sorted(set(found))
    steps = np.diff(found[1:])
    assert (np.diff(steps) >= -1).all()  # rounded


def test_large_networks_have_fewer_frames_or_none():
    for width in (100, 400, 800, 4_000):
        jobs = [job(width, 40)] * 4
        found = epochs_of_frames(jobs, SMALL.data)
        assert len(found) * 4 * 4 * jobs[0].variant.network.n_parameters <= MOST_KEPT_BYTES
    assert found == ()


def test_many_heads_have_fewer_cells():
    every = list(HEADS)
    found = SMALL.replace(heads=every, n_seeds=1).run(n_jobs=1).frames
    n_frames, n_heads, n_cells = found.predicted.shape
    assert n_heads == len(every)
    assert n_frames * n_heads * n_cells <= MOST_CELLS
    assert n_cells == found.plane.n_cells**2
