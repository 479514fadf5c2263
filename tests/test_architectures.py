"""What stacks can train: exact gradients, normalised batches, and runs as if they were alone."""

import copy

import numpy as np
import pytest

from alternatives import HeadClassifier
from alternatives.heads import HEADS, NormalisedHead
from alternatives.training import (
    ACTIVATIONS,
    AttentionPooling,
    History,
    MixtureOfExperts,
    Network,
    Plan,
    Recipe,
    Setting,
    Stack,
    Subset,
    train,
)
from alternatives.training.architecture import Workspace
from alternatives.training.network import EPSILON, MOMENTUM

SHARES = ["softmax", "spherical softmax", "Taylor softmax"]
NORMALISED = [
    Network(5, 3, (7, 4), activation, "Glorot", batch_normalisation=True) for activation in ACTIVATIONS
]
SHARING = [Network(5, 3, (7, 4), activation) for activation in ACTIVATIONS]
CHOOSING = [
    architecture
    for head in HEADS.values()
    for architecture in (
        AttentionPooling(12, 3, 4, 6, head),
        AttentionPooling(14, 3, 4, 6, head, n_query=2),
        MixtureOfExperts(5, 3, 3, head),
    )
]
CONVOLVING = [
    Network(81, 3, (5,), "tanh", filters=(3,), image=(9, 1)),
    Network(17 * 17, 3, (4,), "relu", batch_normalisation=True, filters=(2, 3), image=(17, 1)),
    Network(3 * 49, 3, (), "softmax", filters=(4,), image=(7, 3)),
]
EVERY = [*SHARING, *NORMALISED, *CHOOSING, *CONVOLVING]


def name(architecture) -> str:
    text = str(getattr(architecture, "normaliser", "")) or architecture.activation
    normalised = getattr(architecture, "batch_normalisation", False)
    convolved = f", filters {filters}" if (filters := getattr(architecture, "filters", ())) else ""
    return f"{type(architecture).__name__}, {text}{', normalised' if normalised else ''}{convolved}"


def part(architecture, n_splits: int = 1, n_samples: int = 13, dtype=np.float64) -> Subset:
    random = np.random.default_rng(2)
    X = random.normal(size=(n_splits, n_samples, architecture.n_features)).astype(dtype)
    return Subset(X, random.integers(0, architecture.n_classes, (n_splits, n_samples)))


@pytest.mark.parametrize("architecture", EVERY, ids=name)
def test_gradient_of_the_whole_network_equals_differences(architecture):
    """Fourth-order central differences of the loss of a mini-batch, as it's trained on."""
    data, head = part(architecture), HEADS["Taylor softmax"]
    X, targets, n_samples = data.X[:, None], data.targets[:, None], data.X.shape[1]
    random = np.random.default_rng(3)
    start = architecture.initial_parameters(0) + 0.1 * random.normal(size=architecture.n_parameters)
    start = start[None, None]
    work = Workspace.allocate(architecture, (1, 1), n_samples, np.float64)

    def loss(parameters):
        return head.loss(architecture.forward(architecture.views(parameters.copy()), X, work), targets).mean()

    logits = architecture.forward(architecture.views(start.copy()), X, work)
    work.logit_gradients[...] = head.gradient(logits, targets) / n_samples
    gradient = np.full_like(start, np.nan)
    architecture.backward(architecture.views(start), architecture.views(gradient), X, work)

    differences = np.empty(architecture.n_parameters)
    for index, step in enumerate(1e-5 * np.eye(architecture.n_parameters)):
        near, far = (loss(start + k * step) - loss(start - k * step) for k in (1, 2))
        differences[index] = (8 * near - far) / 12e-5
    np.testing.assert_allclose(gradient[0, 0], differences, rtol=1e-6, atol=1e-6 * np.abs(differences).max())


@pytest.mark.parametrize("head", HEADS.values(), ids=str)
def test_the_way_back_through_a_head_is_its_jacobian(head):
    logits, vector = np.random.default_rng(5).normal(size=(2, 4, 3, 6))
    probabilities, pullback = head.probabilities_and_pullback(logits)
    np.testing.assert_array_equal(probabilities, head.probabilities(logits))
    expected = np.einsum("...j,...jk->...k", vector, head.jacobian(logits))
    np.testing.assert_allclose(pullback(vector), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("architecture", [*NORMALISED, *CHOOSING[:12], *CONVOLVING], ids=name)
def test_a_run_alone_equals_the_same_run_in_a_stack_bit_for_bit(architecture, dtype):
    data = part(architecture, 3, 33, dtype)  # 33 leaves a last mini-batch of one
    settings = [Setting(head, rate) for head in HEADS.values() for rate in (0.003, 0.03)]
    recipe, seeds = Recipe(n_epochs=2, batch_size=16, weight_decay=0.01), [3, 0, 11]
    (together,) = train([Plan(architecture, recipe, settings, seeds, data, data)], dtype=dtype)
    for split, setting in [(0, 0), (1, 3), (2, 5)]:
        own = data.of(slice(split, split + 1))
        plan = Plan(architecture, recipe, settings[setting : setting + 1], seeds[split : split + 1], own, own)
        (alone,) = train([plan], dtype=dtype)
        assert alone.parameters.dtype == dtype
        assert np.array_equal(alone.parameters[0, 0], together.parameters[split, setting], equal_nan=True)
        for quantity in History.__dataclass_fields__:
            one, other = (getattr(each.history, quantity) for each in (alone, together))
            assert np.array_equal(one[0, 0], other[split, setting], equal_nan=True)


@pytest.mark.parametrize("architecture", [NORMALISED[3], *CHOOSING[:3], CONVOLVING[1]], ids=name)
def test_worker_processes_change_no_digit(architecture):
    data, recipe = part(architecture, 2, 40, np.float32), Recipe(n_epochs=3)
    settings = [Setting(HEADS["softmax"], rate) for rate in (0.003, 0.03)]
    plan = Plan(architecture, recipe, settings, [1, 2], data, data)
    here, there = (train([plan], n_jobs=n_jobs)[0] for n_jobs in (1, 2))
    assert np.array_equal(here.parameters, there.parameters)


def test_predictions_with_batch_normalisation_agree_with_a_hand_computation():
    network = Network(4, 3, (5,), "tanh", batch_normalisation=True)
    data = part(network, n_samples=40)
    stack = Stack(network, Recipe(batch_size=40), [Setting(HEADS["softmax"], 0.0)], [0], np.float64)
    stack.epoch(data.X, data.targets)

    first, last = (weights[0, 0] for weights in stack.weights)
    z = data.X[0] @ first
    mean = (1 - MOMENTUM) * z.mean(0)  # from 0
    variance = MOMENTUM + (1 - MOMENTUM) * z.var(0)  # from 1
    hidden = np.tanh((z - mean) / np.sqrt(variance + EPSILON))  # gains are 1 and biases 0
    assert network.logits(stack.parameters[0, 0], data.X[0]) == pytest.approx(hidden @ last, rel=1e-12)
    assert network.hidden(stack.parameters[0, 0], data.X[0])[0] == pytest.approx(hidden, rel=1e-12)


def test_a_mini_batch_is_normalised_to_mean_0_and_variance_1():
    network = Network(4, 3, (6,), "tanh", batch_normalisation=True)
    data = part(network, n_samples=200)
    work = Workspace.allocate(network, (1, 1), 200, np.float64)
    network.forward(network.views(network.initial_parameters(0)[None, None]), data.X[:, None], work)
    inputs = np.arctanh(work.outputs[0][0, 0])
    assert inputs.mean(0) == pytest.approx(np.zeros(6), abs=1e-12)
    assert inputs.var(0) == pytest.approx(np.ones(6), abs=1e-4)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_no_solver_moves_the_running_statistics(solver):
    network = Network(4, 3, (5,), batch_normalisation=True)
    data, recipe = part(network, n_samples=8), Recipe(solver, batch_size=8)
    slow, fast = (
        Stack(network, recipe, [Setting(HEADS["softmax"], rate)], [0], np.float64) for rate in (0.0, 0.5)
    )
    for stack in (slow, fast):
        stack.epoch(data.X, data.targets)
    for role in ("means", "variances"):
        one, other = (getattr(network.views(stack.parameters), role)[0] for stack in (slow, fast))
        assert np.array_equal(one, other)
    assert not np.array_equal(slow.weights[0], fast.weights[0])


def test_a_small_last_mini_batch_moves_the_running_statistics_by_its_share():
    network = Network(4, 3, (5,), batch_normalisation=True)
    data = part(network, n_samples=9)
    stack = Stack(network, Recipe(batch_size=8), [Setting(HEADS["softmax"], 0.0)], [0], np.float64)
    before = network.views(stack.parameters).variances[0].copy()
    stack.epoch(data.X, data.targets)
    after = network.views(stack.parameters).variances[0]
    order = np.random.default_rng([0, 1]).permutation(9)
    z = data.X[0][order[:8]] @ stack.weights[0][0, 0]
    whole = MOMENTUM * before + (1 - MOMENTUM) * z.var(0)
    assert after == pytest.approx(whole * (1 - (1 - MOMENTUM) / 8), rel=1e-12)  # a single sample has none


@pytest.mark.parametrize("activation", SHARES)
def test_a_hidden_layer_of_shares_sums_to_one(activation):
    network = Network(5, 3, (7, 4), activation)
    for output in network.hidden(network.initial_parameters(1), part(network).X[0]):
        assert output.sum(-1) == pytest.approx(np.ones(13), rel=1e-12)


def test_pairs_with_a_query_have_no_order_and_rows_have_one():
    random = np.random.default_rng(6)
    for n_query, in_order in ((2, False), (0, True)):
        architecture = AttentionPooling(12 + n_query, 3, 4, 6, n_query=n_query)
        parameters = random.normal(size=architecture.n_parameters)
        X = random.normal(size=(13, 12 + n_query))
        steps = X[:, :12].reshape(13, 4, 3)[:, [2, 0, 3, 1]].reshape(13, 12)
        moved = np.concatenate([steps, X[:, 12:]], axis=1)
        weights, of_moved = (architecture.attention(parameters, each) for each in (X, moved))
        logits, logits_of_moved = (architecture.logits(parameters, each) for each in (X, moved))
        assert np.allclose(of_moved, weights[:, [2, 0, 3, 1]]) != in_order
        assert np.allclose(logits_of_moved, logits) != in_order


def test_n_softmax_is_softmax_times_the_number_of_units():
    random = np.random.default_rng(4)
    for n_units in (1, 4, 7):
        z, gradient = random.normal(size=(2, 13, n_units))
        plain, scaled, from_plain, from_scaled = z.copy(), z.copy(), gradient.copy(), gradient.copy()
        ACTIVATIONS["softmax"](plain)(from_plain)
        ACTIVATIONS["n · softmax"](scaled)(from_scaled)
        assert scaled.mean(-1) == pytest.approx(np.ones(13))
        np.testing.assert_allclose(scaled, n_units * plain, rtol=1e-14)
        np.testing.assert_allclose(from_scaled, n_units * from_plain, rtol=1e-14)


def test_every_normalised_head_is_a_hidden_unit():
    heads = [key for key, head in HEADS.items() if isinstance(head, NormalisedHead)]
    assert [each for each in ACTIVATIONS if each != "n · softmax"] == ["relu", "tanh", "logistic", *heads]
    assert len(ACTIVATIONS) == len(heads) + 4
    with pytest.raises(KeyError):
        ACTIVATIONS["hinge"]


@pytest.mark.parametrize("activation", [*SHARES, "relu"])
@pytest.mark.parametrize("batch_normalisation", [False, True])
def test_classifier_learns_with_them(activation, batch_normalisation):
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(0)) / X.std(0)
    classifier = HeadClassifier(
        hidden_layer_sizes=16,
        activation=activation,
        batch_normalisation=batch_normalisation,
        learning_rate_init=0.03,
        batch_size=32,
        max_iter=30,
        n_iter_no_change=np.inf,
        random_state=0,
    )
    assert classifier.fit(X, y).score(X, y) > 0.9


def test_running_statistics_survive_partial_fit():
    """Epochs one by one are the epochs of `fit`, to the bit, and a copy goes on like the original."""
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    options = {"batch_normalisation": True, "max_iter": 3, "random_state": 1, "hidden_layer_sizes": 8}
    options |= {"batch_size": 32, "n_iter_no_change": np.inf}
    fitted = HeadClassifier(**options).fit(X, y)
    stepped = HeadClassifier(**options)
    for _ in range(2):
        stepped.partial_fit(X, y, classes=[0, 1, 2])
    moved = copy.deepcopy(stepped).partial_fit(X, y)
    stepped.partial_fit(X, y)
    for classifier in (stepped, moved):
        assert np.array_equal(classifier.predict_proba(X), fitted.predict_proba(X))
    variances = fitted._run.stack.network.views(fitted._run.stack.parameters).variances[0]
    assert not np.allclose(variances, 1)
