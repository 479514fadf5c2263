"""Output layers: the dense one against finite differences, the factored one against it, and failures."""

import dataclasses
import doctest
import mmap
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from alternatives import large_output
from alternatives.heads import HEADS, Softmax, SphericalSoftmax, SquaredError, TaylorSoftmax
from alternatives.large_output import (
    FAMILY,
    DamagedFile,
    DenseOutput,
    Diverged,
    FactoredOutput,
    HierarchicalSoftmax,
    SampledSoftmax,
    ZLoss,
)
from alternatives.large_output.duals import duals
from alternatives.large_output.rows import RowsInFile, RowsInMemory
from alternatives.large_output.spherical import Statistics, spherical

MEMBERS = [TaylorSoftmax(), SphericalSoftmax(), SphericalSoftmax(0.01), SquaredError(), ZLoss(1.0, 3.0)]
LOSSES = [*(head for head in HEADS.values() if spherical(head) is None), *MEMBERS]


def named(value):
    return str(value)


def relative(found, true):
    return np.abs(found - true).max() / np.abs(true).max()


def problem(seed=0, n_classes=40, n_units=6, n_samples=64, dtype=np.float64):
    """Hidden vectors, learnable targets of which many repeat, and first weights."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(n_samples, n_units))
    targets = (hidden @ random.normal(size=(n_classes, n_units)).T).argmax(1)
    return hidden.astype(dtype), targets, 0.3 * random.normal(size=(n_classes, n_units)).astype(dtype)


def batches(hidden, targets, n_steps, size, seed=1):
    random = np.random.default_rng(seed)
    for _ in range(n_steps):
        chosen = random.integers(0, len(hidden), size)
        yield hidden[chosen], targets[chosen]


def trained(layer, head=None, n_steps=30, size=5, learning_rate=1.0, **problem_parameters):
    hidden, targets, _ = problem(**problem_parameters)
    for batch in batches(hidden, targets, n_steps, size):
        layer.step(head or TaylorSoftmax(), *batch, learning_rate)
    return layer


def test_the_example_in_the_documentation_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(large_output)
    assert found.attempted > 5
    assert not found.failed
    assert FactoredOutput.load("layer.npz").upkeep.steps == 20


# The losses and the dense layer, against differences and formulas


def difference(function, x, step):
    """Derivative by fourth-order central differences, along every entry of x."""
    derivative = np.empty_like(x)
    for place in np.ndindex(x.shape):
        values = []
        for factor in (-2, -1, 1, 2):
            moved = x.copy()
            moved[place] += factor * step
            values.append(function(moved))
        derivative[place] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    return derivative


@pytest.mark.parametrize("head", LOSSES, ids=named)
def test_dense_step_follows_the_gradient(head):
    hidden, targets, weights = problem(n_samples=4)
    layer = DenseOutput(weights)
    loss, gradient = layer.step(head, hidden, targets, learning_rate=1.0)
    assert loss == pytest.approx(DenseOutput(weights).loss(hidden, targets, head), rel=1e-14)
    by_hidden = difference(lambda x: DenseOutput(weights).loss(x, targets, head), hidden, 1e-4)
    by_weights = difference(lambda w: DenseOutput(w).loss(hidden, targets, head), weights, 1e-4)
    np.testing.assert_allclose(gradient, by_hidden, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(weights - layer.weights, by_weights, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("head", [head for head in HEADS.values() if spherical(head)], ids=named)
def test_the_loss_from_statistics_is_the_heads(head):
    hidden, targets, weights = problem()
    logits = hidden @ weights.T
    layer = DenseOutput(weights)
    assert layer.loss(hidden, targets, head) == pytest.approx(head.loss(logits, targets).mean(), rel=1e-14)
    gradient = head.gradient(logits, targets) @ weights / len(hidden)
    np.testing.assert_allclose(layer.step(head, hidden, targets, 0.0)[1], gradient, rtol=1e-12, atol=1e-15)


def test_losses_by_their_formulas():
    hidden, targets, weights = problem()
    logits = hidden @ weights.T
    chosen = logits[np.arange(len(logits)), targets]
    onehot = np.equal(targets[:, None], np.arange(logits.shape[1]))
    standard = (chosen - logits.mean(1)) / logits.std(1)
    epsilon = 0.25
    expected = {
        SquaredError(): ((logits - onehot) ** 2).sum(1),
        ZLoss(0.5, 2.0): np.log1p(np.exp(0.5 * (2.0 - standard))) / 0.5,
        TaylorSoftmax(): -np.log((1 + chosen + chosen**2 / 2) / (1 + logits + logits**2 / 2).sum(1)),
        SphericalSoftmax(epsilon): -np.log((chosen**2 + epsilon) / (logits**2 + epsilon).sum(1)),
    }
    for head, losses in expected.items():
        assert FactoredOutput(weights).loss(hidden, targets, head) == pytest.approx(losses.mean(), rel=1e-13)


@pytest.mark.parametrize("head", MEMBERS, ids=named)
def test_slopes_are_the_derivatives_of_the_loss(head):
    member = spherical(head)
    point = np.array([0.7, 2.0, 9.0])
    slopes = member.slopes(Statistics(*point[:, None], 20))
    found = difference(lambda p: member.slopes(Statistics(*p[:, None], 20)).loss[0], point, 1e-3)
    np.testing.assert_allclose(
        [slopes.by_target[0], slopes.by_sum[0], slopes.by_square[0]], found, rtol=1e-8, atol=1e-11
    )


# The factored layer against the dense one

RATES = [(head, rate) for head in MEMBERS[:3] for rate in (0.01, 10.0)]
RATES += [(SquaredError(), 0.001), (SquaredError(), 0.2), (ZLoss(1.0, 3.0), 0.01), (ZLoss(1.0, 3.0), 100.0)]


LONG = [(TaylorSoftmax(), 0.01), (SquaredError(), 0.2)]
"""One never folds, one at every third step: errors could add up in what is carried, and in the folds."""


@pytest.mark.parametrize(
    ("head", "learning_rate", "n_steps"),
    [
        *((*each, 1_000) for each in RATES),
        *(pytest.param(*each, 10_000, marks=pytest.mark.thorough) for each in LONG),
    ],
    ids=named,
)
def test_thousands_of_steps_give_the_dense_layers_numbers(head, learning_rate, n_steps):
    hidden, targets, weights = problem()
    dense, factored = DenseOutput(weights), FactoredOutput(weights, max_generations=4)
    tolerance = 1e-14 * n_steps  # what drifts with every step is found in few steps as in many
    for number, batch in enumerate(batches(hidden, targets, n_steps, 16)):
        loss, gradient = dense.step(head, *batch, learning_rate)
        loss_too, gradient_too = factored.step(head, *batch, learning_rate)
        if number % 100 == 99:
            assert relative(gradient_too, gradient) < tolerance
            assert loss_too == pytest.approx(loss, rel=tolerance)
    true = dense.weights
    assert relative(factored.weights, true) < tolerance
    assert relative(factored.weight_gram, true.T @ true) < tolerance
    assert np.abs(factored.weight_sum - true.sum(0)).max() < tolerance * np.abs(true).sum(0).max()
    assert factored.upkeep.steps == n_steps
    assert factored.upkeep.condition <= 100


@pytest.mark.parametrize("size", [1, 2, 6, 50])
@pytest.mark.parametrize("weight_decay", [0.0, 0.01, 0.5], ids=lambda decay: f"decay {decay}")
@pytest.mark.parametrize("max_generations", [2, pytest.param(3, marks=pytest.mark.thorough), 255])
def test_batch_sizes_decay_and_generations(size, weight_decay, max_generations):
    """One sample; few, whose duals come from a carried inverse; many; more than units."""
    hidden, targets, weights = problem(n_units=9)
    dense = DenseOutput(weights)
    factored = FactoredOutput(weights, max_generations=max_generations, condition_limit=3.0)
    for batch in batches(hidden, targets, 300, size):
        loss, gradient = dense.step(SquaredError(), *batch, 0.05, weight_decay)
        loss_too, gradient_too = factored.step(SquaredError(), *batch, 0.05, weight_decay)
        np.testing.assert_allclose(gradient_too, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())
        assert loss_too == pytest.approx(loss, rel=1e-11)
    assert relative(factored.weights, dense.weights) < 1e-12
    assert factored.upkeep.folds > 3
    settled_after = max_generations - 1
    assert 0 <= factored.upkeep.folds - settled_after * factored.upkeep.settlements <= settled_after


@pytest.mark.parametrize("head", [TaylorSoftmax(), SphericalSoftmax()], ids=named)
def test_where_training_is_chaotic_each_step_still_is_the_dense_step(head):
    """Targets without a rule at a rate far too large: rounding grows, between two dense layers too."""
    random = np.random.default_rng(0)
    _, _, weights = problem()
    factored, dense = FactoredOutput(weights), DenseOutput(weights)
    nearby = DenseOutput(weights * (1 + 2.0**-52))
    for number in range(2000):
        batch = random.normal(size=(4, 6)), random.integers(0, 40, 4)
        if number % 50 == 49:
            before = factored.weights
            assert relative(factored.weight_gram, before.T @ before) < 1e-11
            expected = DenseOutput(before)
            loss, gradient = expected.step(head, *batch, 30.0)
            loss_too, gradient_too = factored.step(head, *batch, 30.0)
            assert loss_too == pytest.approx(loss, rel=1e-10)
            assert relative(gradient_too, gradient) < 1e-9
            assert relative(factored.weights, expected.weights) < 1e-11
        else:
            factored.step(head, *batch, 30.0)
        dense.step(head, *batch, 30.0)
        nearby.step(head, *batch, 30.0)
    assert relative(nearby.weights, dense.weights) > 1e-7  # the claim of the docstring


@pytest.mark.parametrize("size", [1, 8])
def test_slight_moves(size):
    """Very many classes: a step hardly moves what they share."""
    hidden, targets, weights = problem(n_classes=20_000, n_units=8)
    dense, factored = DenseOutput(weights), FactoredOutput(weights)
    for batch in batches(hidden, targets, 30, size):
        for layer in (dense, factored):
            layer.step(TaylorSoftmax(), *batch, 0.01, 1e-3)
    assert relative(factored.weights, dense.weights) < 1e-14
    assert relative(factored.weights - weights, dense.weights - weights) < 1e-11


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("n_samples", [1, 20])
@pytest.mark.parametrize(
    ("pull", "carried"), [(1e-12, "always"), (-1e-9, "always"), (3e-3, "few"), (-0.2, "few")]
)
def test_duals_solve_with_the_moved_matrix(dtype, n_samples, pull, carried):
    random = np.random.default_rng(0)
    matrix, inverse, kept = np.eye(9) + 0.1 * random.normal(size=(9, 9)), None, 0.99
    for _ in range(25):  # past the age at which the inverse is computed afresh
        samples = random.normal(size=(n_samples, 9)).astype(dtype)
        pulls = (pull * random.random(n_samples)).astype(dtype)
        exact = samples.astype(np.float64)
        moved = matrix @ (kept * np.eye(9) - (exact.T * pulls) @ exact)
        vectors, condition, inverse = duals(matrix, moved, inverse, samples, kept, pulls)
        assert vectors.dtype == dtype
        tolerance = 2e3 * np.finfo(dtype).eps * np.abs(exact).max()
        np.testing.assert_allclose(vectors @ moved, exact, rtol=0, atol=tolerance * condition**0.5)
        true = np.linalg.inv(moved)
        norms = [max(1, np.linalg.norm(one, 1)) for one in (moved, true)]
        assert 0.1 * norms[0] * norms[1] < condition < 10 * norms[0] * norms[1]
        assert (inverse is not None) == (carried == "always" or n_samples == 1)
        if np.abs(moved).max() > 1e3:
            break
        matrix = moved


def test_a_step_that_leaves_the_square_factor_without_an_inverse():
    """With 2 η |h|² = 1 squared error wipes out the direction of h in every row but the target's."""
    _, _, weights = problem(n_units=4)
    hidden = np.array([[0.5, 0.5, 0.0, 0.0]])
    for more in (0, 20):  # few samples for the units, so that an inverse is carried, and many
        dense, factored = (
            kind(np.pad(weights, [(0, 0), (0, more)], constant_values=0.1))
            for kind in (DenseOutput, FactoredOutput)
        )
        samples = np.pad(hidden, [(0, 0), (0, more)])
        for _ in range(3):
            expected, found = (layer.step(SquaredError(), samples, [7], 1.0) for layer in (dense, factored))
            assert found[0] == pytest.approx(expected[0], abs=1e-13)
            np.testing.assert_allclose(found[1], expected[1], atol=1e-13)
            np.testing.assert_allclose(factored.weights, dense.weights, atol=1e-14)
        assert factored.upkeep.folds == 3


def test_decay_to_nothing_in_one_step():
    hidden, targets, weights = problem()
    dense, factored = DenseOutput(weights), FactoredOutput(weights)
    for layer in (dense, factored):
        layer.step(TaylorSoftmax(), hidden[:3], targets[:3], 2.0, weight_decay=0.5)
    assert relative(factored.weights, dense.weights) < 1e-13


def test_decay_alone_is_folded_too():
    """U shrinks evenly, so never nears singular, but the rows grow in return beyond what float32 can hold."""
    dense, factored = (kind(np.ones((5, 3), np.float32)) for kind in (DenseOutput, FactoredOutput))
    for number in range(2000):
        for layer in (dense, factored):
            layer.step(TaylorSoftmax(), np.full((2, 3), 0.1), [number % 5, 0], 0.1, weight_decay=1.0)
    assert factored.upkeep.folds > 30  # 0.9 to the 2000th is 1e-92
    assert relative(factored.weights, dense.weights) < 1e-5


def test_divergence_raises_and_leaves_the_layer_unchanged():
    hidden, targets, weights = problem()
    steps = []
    for layer in (DenseOutput(weights), FactoredOutput(weights)):
        taken = 0
        with pytest.raises(Diverged, match="learning rate is too large"):  # noqa: PT012
            for batch in batches(hidden, targets, 2000, 5):
                before = layer.weights
                layer.step(SquaredError(), *batch, 2.0)
                taken += 1
        np.testing.assert_array_equal(layer.weights, before)
        assert np.isfinite(before).all()
        steps.append(taken)
    dense_steps, factored_steps = steps
    assert dense_steps * 0.9 < factored_steps <= dense_steps + 1


@pytest.mark.parametrize("kind", [DenseOutput, FactoredOutput], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("dtype", "learning_rate"), [(np.float32, 1e39), (np.float32, 1e200), (np.float64, 1e200)]
)
def test_a_rate_beyond_reason_leaves_finite_weights(kind, dtype, learning_rate):
    hidden, targets, weights = problem(dtype=dtype)
    layer = kind(weights)
    try:
        layer.step(TaylorSoftmax(), hidden, targets, learning_rate)
    except Diverged:
        np.testing.assert_array_equal(layer.weights, weights)
    else:
        assert dtype == np.float64
        assert np.isfinite(layer.weights).all()


def test_a_loss_without_slope_raises():
    with pytest.raises(Diverged, match="no slope"):
        FactoredOutput.zeros(10, 3).step(ZLoss(), np.ones((1, 3)), [1], 0.1)


@pytest.mark.parametrize("size", [1, 16])
def test_float32_keeps_to_its_own_weights_and_near_float64(size):
    hidden, targets, weights = problem(dtype=np.float32, n_classes=300)
    factored, dense = FactoredOutput(weights, condition_limit=4.0), DenseOutput(weights)
    exact = DenseOutput(weights.astype(np.float64))
    for batch in batches(hidden, targets, 3000, size):
        _, gradient = factored.step(TaylorSoftmax(), *batch, 1.0)
        dense.step(TaylorSoftmax(), *batch, 1.0)
        exact.step(TaylorSoftmax(), *batch, 1.0)
    assert gradient.dtype == factored.weights.dtype == factored.dtype == np.float32
    assert factored.upkeep.folds > 0
    own = factored.weights.astype(np.float64)
    assert relative(factored.weight_gram, own.T @ own) < 1e-6  # as exact as float32 weights
    assert relative(factored.weights, exact.weights) < 2 * relative(dense.weights, exact.weights) < 1e-4


def test_same_numbers_from_rows_in_a_file(tmp_path):
    hidden, targets, weights = problem()
    layers = [FactoredOutput(weights, max_generations=3, condition_limit=2.0, storage=storage)
              for storage in (None, tmp_path / "rows")]  # fmt: skip
    for batch in batches(hidden, targets, 200, 3):
        first, second = (layer.step(TaylorSoftmax(), *batch, 10.0) for layer in layers)
        assert first[0] == second[0]
        np.testing.assert_array_equal(first[1], second[1])
    assert layers[0].upkeep == layers[1].upkeep
    assert layers[0].upkeep.settlements > 2
    np.testing.assert_array_equal(layers[0].weights, layers[1].weights)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (3, 7)], ids=named)
def test_small_shapes(shape):
    random = np.random.default_rng(0)
    weights = random.normal(size=shape)
    dense, factored = DenseOutput(weights), FactoredOutput(weights)
    for _ in range(100):
        batch = random.normal(size=(3, shape[1])), random.integers(0, shape[0], 3)
        dense.step(TaylorSoftmax(), *batch, 0.5)
        factored.step(TaylorSoftmax(), *batch, 0.5)
    assert relative(factored.weights, dense.weights) < 1e-11


# Starting from zeros, and cost


def test_zeros_learn_what_dense_zeros_learn(tmp_path):
    dense = trained(DenseOutput(np.zeros((40, 6))), n_steps=300, learning_rate=10.0)
    for storage in (None, tmp_path / "rows"):
        factored = FactoredOutput.zeros(
            40, 6, dtype=np.float64, storage=storage, max_generations=3, condition_limit=2.0
        )
        trained(factored, n_steps=300, learning_rate=10.0)
        assert factored.upkeep.settlements > 0
        assert relative(factored.weights, dense.weights) < 1e-12
        np.testing.assert_array_equal(
            factored.top_k(np.eye(6), 5, TaylorSoftmax()), dense.top_k(np.eye(6), 5, TaylorSoftmax())
        )


class CountedRows(RowsInMemory):
    read_rows = written_rows = 0

    def read(self, rows):
        self.read_rows += len(rows)
        return super().read(rows)

    def write(self, rows, values, blank):
        self.written_rows += len(rows)
        super().write(rows, values, blank)


@pytest.mark.parametrize("n_classes", [10, 1000, 100_000])
def test_a_step_touches_the_rows_of_its_targets_alone(n_classes):
    layer = FactoredOutput(np.ones((n_classes, 3)), max_generations=255)
    layer._rows.storage = counted = CountedRows(np.ones((n_classes, 3)))
    random = np.random.default_rng(0)
    for _ in range(20):  # with folds
        layer.step(SquaredError(), random.normal(size=(4, 3)), [1, 2, 2, 9], 0.3)
    assert layer.upkeep.folds > 3
    assert counted.read_rows == counted.written_rows == 20 * 3


def test_catching_up_costs_the_touched_rows_alone():
    layer = FactoredOutput.zeros(100_000, 3, max_generations=2)
    layer._rows.storage = counted = CountedRows(np.zeros((100_000, 3)))
    random = np.random.default_rng(0)
    for _ in range(20):
        layer.step(SquaredError(), random.normal(size=(4, 3)), [1, 2, 2, 9], 0.3)
    assert layer.upkeep.settlements > 3
    assert counted.read_rows <= 20 * 3 * 3


def test_a_file_of_a_hundred_million_classes_takes_the_room_of_its_targets(tmp_path):
    path = tmp_path / "rows"
    layer = FactoredOutput.zeros(10**8, 64, storage=path)
    if path.stat().st_blocks * 512 > 10**6:
        pytest.skip("this file system has no sparse files")
    random = np.random.default_rng(0)
    for _ in range(5):
        targets = random.integers(0, 10**8, 8)
        loss, _ = layer.step(TaylorSoftmax(), random.normal(size=(8, 64)), targets, 1.0)
    assert loss == pytest.approx(np.log(1e8), rel=1e-3)
    assert path.stat().st_size == 10**8 * 64 * 4
    assert path.stat().st_blocks * 512 <= 40 * 2 * 4096 + 65536
    layer.close()
    assert not path.exists()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux to say what is resident")
def test_ten_million_classes_in_memory_take_the_memory_of_their_targets():
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

    random = np.random.default_rng(0)
    layer = FactoredOutput.zeros(10**7, 64)
    before = resident()
    for _ in range(20):
        layer.step(TaylorSoftmax(), random.normal(size=(8, 64)), random.integers(0, 10**7, 8), 1.0)
    assert resident() - before < 20 * 8 * 2 * mmap.PAGESIZE + 10**7 + 2**24


# Losses, probabilities and top k


@pytest.mark.parametrize("head", MEMBERS, ids=named)
def test_answers_are_the_dense_layers(head):
    hidden, targets, weights = problem()
    dense, factored = DenseOutput(weights), FactoredOutput(weights)
    for layer in (dense, factored):
        trained(layer, head, learning_rate=0.1)
    several = np.stack([targets, targets[::-1], np.zeros_like(targets)], -1)
    assert factored.loss(hidden, targets, head) == pytest.approx(dense.loss(hidden, targets, head), rel=1e-12)
    np.testing.assert_array_equal(factored.top_k(hidden, 7, head), dense.top_k(hidden, 7, head))
    if isinstance(head, SquaredError | ZLoss):
        with pytest.raises(ValueError, match="is no log loss, so it gives no probabilities"):
            factored.probabilities_of(hidden, targets, head)
        return
    true = head.probabilities(hidden @ factored.weights.T)
    for layer in (dense, factored):
        found = layer.probabilities_of(hidden, several, head)
        np.testing.assert_allclose(found, np.take_along_axis(true, several, 1), rtol=1e-11)
        np.testing.assert_array_equal(found[:, 0], layer.probabilities_of(hidden, targets, head))
        best = np.argsort(-true, 1)[:, :7]
        np.testing.assert_array_equal(layer.top_k(hidden, 7, head), best)


@pytest.mark.parametrize("kind", [DenseOutput, FactoredOutput], ids=lambda kind: kind.__name__)
def test_without_a_head_a_method_uses_that_of_the_last_step(kind, tmp_path):
    hidden, targets, weights = problem()
    layer = kind(weights)
    with pytest.raises(ValueError, match="head must be given before the first step"):
        layer.top_k(hidden, 3)
    for head in (TaylorSoftmax(), SphericalSoftmax(0.01)):
        layer.step(head, hidden, targets, 0.1)
        layer.save(tmp_path / head.name)
        for asked in (layer, kind.load(tmp_path / head.name)):
            assert asked.loss(hidden, targets) == layer.loss(hidden, targets, head)
            for answer, rest in ((asked.probabilities_of, targets), (asked.top_k, 3)):
                np.testing.assert_array_equal(answer(hidden, rest), answer(hidden, rest, head))


def test_the_family_has_the_registered_heads_of_three_statistics_and_the_z_loss():
    assert list(FAMILY) == ["spherical softmax", "Taylor softmax", "squared error", "Z-loss"]
    assert FAMILY.parse("z-loss(margin=3)") == ZLoss(margin=3.0)
    with pytest.raises(ValueError, match="of the spherical family must be one of spherical softmax, Taylor"):
        FAMILY.parse("softmax")


def test_top_k_over_many_blocks(monkeypatch):
    monkeypatch.setattr("alternatives.large_output.dense.CLASSES_AT_ONCE", 7)
    monkeypatch.setattr("alternatives.large_output.folded.NUMBERS_AT_ONCE", 30)
    hidden, _, weights = problem()
    expected = np.argsort(-(hidden @ weights.T), 1)
    for layer in (DenseOutput(weights), FactoredOutput(weights)):
        for k in (1, 7, 11, 40):
            np.testing.assert_array_equal(layer.top_k(hidden, k, SquaredError()), expected[:, :k])


def test_of_classes_that_rank_alike_the_lower_comes_first(monkeypatch):
    monkeypatch.setattr("alternatives.large_output.dense.CLASSES_AT_ONCE", 70)
    weights = np.random.default_rng(0).integers(0, 3, (300, 2)).astype(float)
    weights[:50] = 0
    hidden = np.array([[1.0, 0.0], [1.0, 2.0], [-1.0, 1.0]])
    expected = np.argsort(-(hidden @ weights.T), 1, kind="stable")
    for layer in (DenseOutput(weights), FactoredOutput(weights)):
        for k in (1, 20, 69, 70, 200):
            np.testing.assert_array_equal(layer.top_k(hidden, k, SquaredError()), expected[:, :k])


def test_top_k_fills_up_with_untouched_classes():
    layer = trained(FactoredOutput.zeros(1000, 6), n_steps=2)
    best = layer.top_k(np.ones((2, 6)), 50)
    assert all(len({*classes}) == 50 for classes in best)


@pytest.mark.parametrize("kind", [DenseOutput, FactoredOutput], ids=lambda kind: kind.__name__)
def test_errors_say_what_is_allowed(kind):
    layer, hidden = kind(np.ones((5, 3))), np.ones((2, 3))
    with pytest.raises(ValueError, match=r"hidden must have shape \(n_samples, 3\), got \(2, 4\)"):
        layer.step(TaylorSoftmax(), np.ones((2, 4)), [0, 1], 0.1)
    with pytest.raises(ValueError, match="targets must be classes, whole numbers from 0 to 4, got 0 to 5"):
        layer.step(TaylorSoftmax(), hidden, [0, 5], 0.1)
    with pytest.raises(ValueError, match="whole numbers from 0 to 4, got floating-point numbers such as"):
        layer.loss(hidden, [0.0, 1.0], TaylorSoftmax())
    with pytest.raises(ValueError, match=r"targets must have shape \(2,\), got \(2, 1\)"):
        layer.loss(hidden, [[0], [1]], TaylorSoftmax())
    with pytest.raises(ValueError, match="learning_rate must be a finite number from 0, got 'nan'"):
        layer.step(TaylorSoftmax(), hidden, [0, 1], np.nan)
    with pytest.raises(ValueError, match="k must be a whole number from 1 to 5, got '6'"):
        layer.top_k(hidden, 6, TaylorSoftmax())
    with pytest.raises(ValueError, match=r"k must be a whole number from 1 to 5, got '2\.5'"):
        layer.top_k(hidden, 2.5, TaylorSoftmax())
    with pytest.raises(
        ValueError, match="hidden must be finite numbers in float64, got infinite or missing ones"
    ):
        layer.step(TaylorSoftmax(), np.full((2, 3), np.nan), [0, 1], 0.1)
    with pytest.raises(ValueError, match="weights must be finite numbers in float64, got infinite"):
        kind(np.full((5, 3), np.inf))
    with pytest.raises(ValueError, match=r"weights must have shape \(n_classes, n_units\), got \(3,\)"):
        kind(np.ones(3))


def test_errors_say_what_the_factored_layer_needs():
    layer, batch = FactoredOutput(np.ones((5, 3))), (np.ones((2, 3)), [0, 1])
    with pytest.raises(ValueError, match="needs a loss of the spherical family, which softmax isn't"):
        layer.step(Softmax(), *batch, 0.1)
    with pytest.raises(ValueError, match="max_generations must be a whole number from 2 to 255, got '1'"):
        FactoredOutput(np.ones((5, 3)), max_generations=1)
    with pytest.raises(ValueError, match="n_classes must be a whole number from 1, got '0'"):
        FactoredOutput.zeros(0, 3)
    with pytest.raises(ValueError, match=r"dtype must be float32 or float64, got .*int64"):
        FactoredOutput.zeros(5, 3, dtype=np.int64)
    with pytest.raises(ValueError, match="condition_limit must be a finite number from 1, got '0'"):
        FactoredOutput(np.ones((5, 3)), condition_limit=0)


# Saving


def layers_to_save(tmp_path):
    """A dense one, and factored ones with folds behind them: an inverse carried or not, in a file or not."""
    _, _, weights = problem()
    yield trained(DenseOutput(weights))
    yield trained(FactoredOutput(weights, condition_limit=2.0, max_generations=9), size=16)
    yield trained(FactoredOutput(weights, condition_limit=2.0, max_generations=9), size=1)
    zeros = FactoredOutput.zeros(40, 6, storage=tmp_path / "rows", condition_limit=2.0, max_generations=9)
    yield trained(zeros, size=1, learning_rate=10.0)


GO_ON = """
import sys
import numpy as np
from alternatives.heads import TaylorSoftmax
from alternatives import large_output
layer = getattr(large_output, sys.argv[1]).load(sys.argv[2])
random = np.random.default_rng(5)
for size in (1, 16, 3):
    for _ in range(10):
        batch = random.normal(size=(size, 6)), random.integers(0, 40, size)
        loss, gradient = layer.step(TaylorSoftmax(), *batch, 3.0)
        print(loss.hex(), gradient.tobytes().hex())
print(layer.weights.tobytes().hex(), getattr(layer, "upkeep", None))
"""


def test_a_saved_layer_goes_on_to_the_same_numbers_in_another_process(tmp_path):
    for number, layer in enumerate(layers_to_save(tmp_path)):
        path = tmp_path / f"layer {number}"
        layer.save(path)
        command = [sys.executable, "-c", GO_ON, type(layer).__name__, str(path)]
        root = Path(__file__).parents[1]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        lines = []
        random = np.random.default_rng(5)
        for size in (1, 16, 3):
            for _ in range(10):
                batch = random.normal(size=(size, 6)), random.integers(0, 40, size)
                loss, gradient = layer.step(TaylorSoftmax(), *batch, 3.0)
                lines.append(f"{loss.hex()} {gradient.tobytes().hex()}")
        lines.append(f"{layer.weights.tobytes().hex()} {getattr(layer, 'upkeep', None)}")
        assert done.stdout.splitlines() == lines


def test_loading_into_a_file(tmp_path):
    layer = trained(FactoredOutput.zeros(40, 6), learning_rate=10.0)
    layer.save(tmp_path / "layer")
    loaded = FactoredOutput.load(tmp_path / "layer", storage=tmp_path / "rows")
    np.testing.assert_array_equal(loaded.weights, layer.weights)
    assert isinstance(loaded._rows.storage, RowsInFile)
    with pytest.raises(FileExistsError, match="must be a new file"):
        FactoredOutput.load(tmp_path / "layer", storage=tmp_path / "rows")


def everything(layer):
    state = [layer.weights]
    if isinstance(layer, FactoredOutput):
        inverse = layer._inverse
        state += [
            layer._rows.generations,
            layer._rows.past,
            layer._factor,
            layer._gram,
            layer._condition_limit,
        ]
        state += [*dataclasses.astuple(layer.upkeep), *(inverse or ())]
    return state


def test_truncated_and_changed_files_are_detected(tmp_path):
    """A file that is cut, or has a changed byte, is refused, unless the byte has no meaning."""
    random = np.random.default_rng(0)
    for layer in list(layers_to_save(tmp_path))[::2]:
        path = tmp_path / "layer"
        layer.save(path)
        whole, expected, kind = path.read_bytes(), everything(layer), type(layer)
        for length in [*random.integers(0, len(whole), 60), len(whole) - 1]:
            path.write_bytes(whole[:length])
            with pytest.raises(DamagedFile, match="is not a whole"):
                kind.load(path)
        for place in random.integers(0, len(whole), 400):
            changed = bytearray(whole)
            changed[place] ^= 1 << random.integers(8)
            path.write_bytes(changed)
            try:
                found = everything(kind.load(path))
            except DamagedFile:
                continue
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, other)


def test_what_is_no_saved_layer_is_refused(tmp_path):
    trained(DenseOutput(problem()[2])).save(tmp_path / "dense")
    with pytest.raises(
        DamagedFile, match="is not a whole factored output layer: it holds 'dense output layer'"
    ):
        FactoredOutput.load(tmp_path / "dense")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(DamagedFile, match="not a zip file"):
        DenseOutput.load(tmp_path / "text")
    with pytest.raises(FileNotFoundError):
        DenseOutput.load(tmp_path / "nothing")


def test_storage_is_a_new_file_and_gone_in_the_end(tmp_path):
    path = tmp_path / "rows"
    path.write_text("somebody's")
    with pytest.raises(FileExistsError, match="must be a new file, and this one exists"):
        FactoredOutput.zeros(10, 3, storage=path)
    assert path.read_text() == "somebody's"
    path.unlink()
    layer = FactoredOutput.zeros(10, 3, storage=path)
    assert path.exists()
    del layer
    assert not path.exists()


def test_rows_in_a_file_are_read_as_written(tmp_path, monkeypatch):
    monkeypatch.setattr("alternatives.large_output.rows.PAGES_BEFORE_RELEASE", 50)
    random = np.random.default_rng(0)
    for number, columns in enumerate((1, 3, 2000)):
        storage, true = RowsInFile(tmp_path / f"{number}", 300, columns, np.float32), np.zeros((300, columns))
        for share in (0.01, 0.1, 0.4, 0.9, 1.0):
            rows = np.flatnonzero(random.random(300) < share)
            values = random.normal(size=(len(rows), columns)).astype(np.float32)
            storage.write(rows, values, ~true[rows].any(1))
            true[rows] = values
            for asked in (rows, np.arange(300), np.flatnonzero(random.random(300) < share)):
                np.testing.assert_array_equal(storage.read(asked), true[asked])


FULL = """
import resource, errno, sys
from pathlib import Path
import numpy as np
from alternatives.heads import TaylorSoftmax
from alternatives.large_output import FactoredOutput
folder = Path(sys.argv[1])
def allow(n_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))
random = np.random.default_rng(0)
def batch(low, high):
    return random.normal(size=(8, 64)), random.integers(low, high, 8)
"""

FULL_STORAGE = """
layer = FactoredOutput.zeros(10_000, 64, storage=folder / "rows", condition_limit=1.0, max_generations=99)
for _ in range(5):
    layer.step(TaylorSoftmax(), *batch(0, 10_000), 1.0)
before, upkeep = layer.weights, layer.upkeep
allow(5_000 * 64 * 4 + 100)  # ends within the row of class 5000
hidden, targets = batch(0, 10_000)
targets[0] = 5000
try:
    layer.step(TaylorSoftmax(), hidden, targets, 1.0)
    raise AssertionError("no error")
except OSError as error:
    print(error)
    assert "the rows of the output layer are unchanged" in str(error), error
assert layer.upkeep == upkeep
np.testing.assert_array_equal(layer.weights, before)
layer.step(TaylorSoftmax(), *batch(0, 5_000), 1.0)
allow(resource.RLIM_INFINITY)
twin = FactoredOutput.zeros(10_000, 64, condition_limit=1.0, max_generations=99)
random = np.random.default_rng(0)
for number in range(7):
    hidden, targets = batch(0, 10_000 if number < 6 else 5_000)
    if number != 5:
        twin.step(TaylorSoftmax(), hidden, targets, 1.0)
np.testing.assert_array_equal(layer.weights, twin.weights)
layer.step(TaylorSoftmax(), hidden, targets + 5_000, 1.0)
"""

FULL_SAVE = """
layer = FactoredOutput(np.ones((1_000, 64)))
layer.save(folder / "layer")
layer.step(TaylorSoftmax(), *batch(0, 1_000), 1.0)
allow(200_000)
try:
    layer.save(folder / "layer")
    raise AssertionError("no error")
except OSError as error:
    assert "nothing was saved, an older file is unchanged" in str(error), error
assert [path.name for path in folder.iterdir()] == ["layer"]
np.testing.assert_array_equal(FactoredOutput.load(folder / "layer").weights, np.ones((1_000, 64)))
allow(resource.RLIM_INFINITY)
layer.save(folder / "layer")
np.testing.assert_array_equal(FactoredOutput.load(folder / "layer").weights, layer.weights)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX systems")
@pytest.mark.parametrize("code", [FULL_STORAGE, FULL_SAVE], ids=["storage", "save"])
def test_without_room_there_is_an_error_and_nothing_is_lost(code, tmp_path):
    command = [sys.executable, "-c", FULL + textwrap.dedent(code), str(tmp_path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# Sampled and hierarchical softmax


def test_sampled_softmax_tends_to_the_dense_one():
    hidden, targets, weights = problem()
    frequencies = np.arange(1, 41)
    exact = DenseOutput(weights)
    loss, gradient = exact.step(Softmax(), hidden, targets, 1.0)
    for given in (None, frequencies):
        everything_drawn = SampledSoftmax(weights, 100_000, given)
        found = everything_drawn.step(hidden, targets, 1.0)
        assert found[0] == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(found[1], gradient, atol=1e-13)
        np.testing.assert_allclose(everything_drawn.weights, exact.weights, atol=1e-13)
        estimates = [
            SampledSoftmax(weights, 100, given, seed).step(hidden, targets, 1.0)[1] for seed in range(300)
        ]
        assert relative(np.mean(estimates, 0), gradient) < 0.1


def test_sampled_softmax_learns():
    hidden, targets, weights = problem()
    layer = SampledSoftmax(weights, 10)
    before = layer.loss(hidden, targets)
    for batch in batches(hidden, targets, 300, 8):
        layer.step(*batch, 0.5)
    assert layer.loss(hidden, targets) < before / 2


@pytest.mark.parametrize("group_size", [None, 1, 6, 40, 100])
def test_hierarchical_softmax_is_a_distribution_that_follows_its_gradient(group_size):
    hidden, targets, weights = problem(n_samples=5)
    layer = HierarchicalSoftmax(weights, group_size)
    layer.step(hidden, targets, 1.0)  # so that the groups' weights aren't zero
    every = np.tile(np.arange(40), 5)
    shares = layer.probabilities_of(np.repeat(hidden, 40, 0), every).reshape(5, 40)
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-13)
    by_hidden = difference(lambda x: layer.loss(x, targets), hidden, 1e-3)
    before = layer.loss(hidden, targets)
    loss, gradient = layer.step(hidden, targets, 1e-3)
    assert loss == pytest.approx(before, rel=1e-13)
    np.testing.assert_allclose(gradient, by_hidden, rtol=1e-7, atol=1e-9)
    assert layer.loss(hidden, targets) < before
