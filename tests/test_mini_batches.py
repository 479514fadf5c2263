"""Weights, penalties and the order of samples, in a stack of several splits and settings."""

import numpy as np
import pytest
from scipy import sparse

from alternatives.heads import HEADS
from alternatives.training import SOLVERS, Network, Recipe, Setting, Stack

RANDOM = np.random.default_rng(0)
X, TARGETS = RANDOM.normal(size=(3, 50, 4)), RANDOM.integers(0, 3, (3, 50))
WEIGHTS = RANDOM.uniform(0.1, 5, (3, 50))
NETWORK = Network(4, 3, (6,), "tanh")
SETTINGS = [Setting(head, rate) for head in HEADS.values() for rate in (0.01, 0.1)]
SEEDS = [4, 0, 9]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", SOLVERS)
def test_weights_of_one_run_mean_nothing_to_another(solver, dtype):
    recipe, samples = Recipe(solver, batch_size=16, weight_decay=0.01, alpha=0.3), X.astype(dtype)
    whole = Stack(NETWORK, recipe, SETTINGS, SEEDS, dtype)
    epochs = [whole.epoch(samples, TARGETS, WEIGHTS) for _ in range(2)]
    for split in range(3):
        one = slice(split, split + 1)
        for index in (0, 5, len(SETTINGS) - 1):
            alone = Stack(NETWORK, recipe, SETTINGS[index : index + 1], SEEDS[one], dtype)
            for epoch in epochs:
                again = alone.epoch(samples[one], TARGETS[one], WEIGHTS[one])
                for quantity, expected in zip(again, epoch, strict=True):
                    assert np.array_equal(quantity[0, 0], expected[split, index], equal_nan=True)
            assert np.array_equal(alone.parameters[0, 0], whole.parameters[split, index])
            assert alone.parameters.dtype == dtype


def test_records_of_weighted_samples_are_weighted_means():
    """At a learning rate of 0: of the losses with the penalty, and of the gradient norms at the logits."""
    settings = [Setting(head, 0.0) for head in HEADS.values()]
    stack = Stack(NETWORK, Recipe("sgd", batch_size=50, alpha=2.0), settings, SEEDS, np.float64)
    epoch = stack.epoch(X, TARGETS, WEIGHTS)
    logits = NETWORK.logits(stack.parameters, X[:, None])
    for index, head in enumerate(HEADS.values()):
        for split in range(3):
            losses, gradients = head.loss_and_gradient(logits[split, index], TARGETS[split])
            total = WEIGHTS[split].sum()
            penalty = sum((weights[split, index] ** 2).sum() for weights in stack.weights) / total
            expected = np.average(losses, weights=WEIGHTS[split]) + penalty
            assert epoch.loss[split, index] == pytest.approx(expected, rel=1e-12)
            norms = np.average(np.linalg.norm(gradients, axis=-1), weights=WEIGHTS[split])
            assert epoch.gradient_at_logits[split, index] == pytest.approx(norms, rel=1e-9)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize("head", ["softmax", "Taylor softmax", "sigmoid"])
def test_gradient_of_all_samples_equals_differences(head, weights):
    """Whatever the size of the mini-batches that it's summed from."""
    recipe = Recipe("sgd", batch_size=16, alpha=2.0)
    stack = Stack(NETWORK, recipe, [Setting(HEADS[head], 0.1)], SEEDS, np.float64)
    start = stack.parameters.copy()
    loss, gradient = stack.loss_and_gradient(X, TARGETS, weights)
    assert np.array_equal(stack.parameters, start)
    for parameter in range(0, NETWORK.n_parameters, 7):
        ends = []
        for step in (1e-5, -1e-5):
            stack.parameters[...] = start
            stack.parameters[..., parameter] += step
            ends.append(stack.loss_and_gradient(X, TARGETS, weights)[0])
        np.testing.assert_allclose(gradient[..., parameter], (ends[0] - ends[1]) / 2e-5, atol=1e-8)
    stack.parameters[...] = start
    whole = Stack(NETWORK, Recipe("sgd", batch_size=50, alpha=2.0), stack.settings, SEEDS, np.float64)
    np.testing.assert_allclose(whole.epoch(X, TARGETS, weights).loss, loss, rtol=1e-12)


def test_without_shuffling_samples_keep_their_order():
    """Samples that come in another order make another network, unless the epoch shuffles them back."""
    recipe = Recipe(batch_size=10, shuffle=False)
    stacks = [Stack(NETWORK, recipe, SETTINGS[:2], SEEDS, np.float64) for _ in range(2)]
    stacks[0].epoch(X, TARGETS)
    for start in range(0, 50, 10):
        stacks[1].epoch(X[:, start : start + 10], TARGETS[:, start : start + 10])
    assert np.array_equal(stacks[0].parameters, stacks[1].parameters)


def test_sparse_rows_are_the_same_samples():
    few = X[0] * (X[0] > 0)
    stacks = [Stack(NETWORK, Recipe(batch_size=16), SETTINGS, SEEDS[:1], np.float64) for _ in range(2)]
    for samples, stack in zip((few[None], sparse.csr_array(few)), stacks, strict=True):
        stack.epoch(samples, TARGETS[:1])
    assert np.array_equal(stacks[0].parameters, stacks[1].parameters)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_copy_goes_on_by_itself(solver):
    stack = Stack(NETWORK, Recipe(solver, batch_size=16), SETTINGS, SEEDS, np.float64)
    stack.epoch(X, TARGETS)
    copy = stack.copy(stack.recipe, stack.settings)
    before = stack.parameters.copy()
    copy.epoch(X, TARGETS)
    assert np.array_equal(stack.parameters, before)
    stack.epoch(X, TARGETS)
    assert np.array_equal(copy.parameters, stack.parameters)
    other = stack.copy(Recipe("sgd" if solver == "adam" else "adam", batch_size=16), SETTINGS)
    assert np.array_equal(other.parameters, stack.parameters)
    assert (other.n_steps, other.n_epochs) == (0, 2)
