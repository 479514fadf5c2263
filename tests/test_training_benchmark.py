"""The benchmark's steps that are written out by hand train the networks that ours trains."""

import numpy as np
import pytest

from alternatives.training import Stack
from tests.benchmarks import _written_out
from tests.benchmarks._networks import Networks, plan

OURS = Networks("digits", (8,), 32, 1, n=8, heads=("softmax",) * 4)


@pytest.mark.parametrize("n_batches", [1, 3])
def test_written_out_steps_are_ours(n_batches: int) -> None:
    whole = plan(OURS)
    stacks = [Stack(whole.network, whole.recipe, whole.settings, whole.seeds) for _ in range(2)]
    initial = stacks[0].parameters.copy()
    n = n_batches * OURS.batch_size
    X, targets = whole.training.X[:, :n], whole.training.targets[:, :n]
    losses = _written_out.epochs(stacks[0], X, targets, 2)
    stacks[1].epoch(X, targets)
    seen = stacks[1].epoch(X, targets)
    np.testing.assert_allclose(stacks[0].parameters, stacks[1].parameters, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(losses.mean(-1), seen.loss, rtol=1e-5)
    assert not np.allclose(stacks[0].parameters, initial, atol=1e-3)
