"""The numbers of one network: those of scikit-learn's own, of differences, and of a stack."""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle

from alternatives import HEADS, HeadClassifier
from alternatives.training import SOLVERS, Network, Recipe, Setting, Stack

IRIS, SPECIES = shuffle(*load_iris(return_X_y=True), random_state=0)
IRIS = StandardScaler().fit_transform(IRIS)
ELEMENTWISE = ["identity", "relu", "tanh", "logistic"]
EXACTLY = {"n_iter_no_change": np.inf, "random_state": 0}
"""For exactly `max_iter` epochs."""


def test_softmax_without_hidden_layer_is_logistic_regression():
    """Both minimise Σ loss + ½ alpha ‖W‖², which is LogisticRegression's C Σ loss + ½‖W‖² for C = 1/alpha."""
    linear = HeadClassifier(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate_init=1.0,
        batch_size=len(IRIS),
        max_iter=600,
        alpha=2.0,
        **EXACTLY,
    ).fit(IRIS, SPECIES)
    expected = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=1000).fit(IRIS, SPECIES)
    np.testing.assert_allclose(linear.predict_proba(IRIS), expected.predict_proba(IRIS), atol=1e-6)
    np.testing.assert_allclose(linear.coefs_[0].T, expected.coef_, atol=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 3.0])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 4)], ids=str)
@pytest.mark.parametrize("activation", ELEMENTWISE)
@pytest.mark.parametrize("solver", SOLVERS)
def test_softmax_learns_what_scikit_learns_network_learns(solver, activation, hidden, alpha):
    """Step for step from the same first weights; each call of partial_fit is one mini-batch."""
    options = {
        "hidden_layer_sizes": hidden,
        "activation": activation,
        "solver": solver,
        "learning_rate_init": 0.05,
        "batch_size": 30,
        "alpha": alpha,
        "random_state": 5,
    }
    ours, theirs = HeadClassifier(**options), MLPClassifier(**options)
    theirs.partial_fit(IRIS, SPECIES, classes=[0, 1, 2])  # makes its arrays; then back to the start
    network = Network(4, 3, hidden, activation, HeadClassifier().initialisation)
    theirs.coefs_, biases, *_ = network.views(network.initial_parameters(5))
    theirs.intercepts_ = [bias[0] for bias in biases]
    theirs.loss_curve_ = []
    del theirs._optimizer

    for start in [*range(0, 150, 30)] * 4:
        for classifier in (ours, theirs):
            batch = slice(start, start + 30)
            classifier.partial_fit(IRIS[batch], SPECIES[batch], classes=[0, 1, 2])
    for one, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.predict_proba(IRIS), theirs.predict_proba(IRIS), atol=1e-11)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    assert ours.t_ == theirs.t_ - 150  # its first call


def test_accuracy_on_digits_is_that_of_scikit_learns_network():
    images, digits = load_digits(return_X_y=True)
    images = images.astype(np.float32) / 16
    options = {"hidden_layer_sizes": (32,), "batch_size": 64, "learning_rate_init": 0.003, "max_iter": 20}
    differences = []
    for seed in range(10):
        train, test, digits_train, digits_test = train_test_split(
            images, digits, stratify=digits, random_state=seed
        )
        ours = HeadClassifier(**options, random_state=seed)
        theirs = MLPClassifier(**options, random_state=seed)
        for classifier in (ours, theirs):
            with pytest.warns(ConvergenceWarning, match="hasn't converged yet"):
                classifier.fit(train, digits_train)
        differences.append(ours.score(test, digits_test) - theirs.score(test, digits_test))
    low, high = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert low <= 0 <= high
    assert high - low < 0.015


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (Recipe("adam"), lambda x: AdamOptimizer(x, 0.01)),
        (
            Recipe("adam", beta_1=0.5, beta_2=0.7, epsilon=0.1),
            lambda x: AdamOptimizer(x, 0.01, beta_1=0.5, beta_2=0.7, epsilon=0.1),
        ),
        (Recipe("adam", beta_1=0, beta_2=0), lambda x: AdamOptimizer(x, 0.01, beta_1=0, beta_2=0)),
        (Recipe("sgd", momentum=0.9, nesterov=True), lambda x: SGDOptimizer(x, 0.01, momentum=0.9)),
        (
            Recipe("sgd", momentum=0.7, nesterov=False),
            lambda x: SGDOptimizer(x, 0.01, momentum=0.7, nesterov=False),
        ),
        (Recipe("sgd", momentum=0.0), lambda x: SGDOptimizer(x, 0.01, momentum=0.0)),
    ],
    ids=["adam", "adam, other constants", "adam without memory", "sgd, Nesterov", "sgd, momentum", "sgd"],
)
def test_solvers_step_as_scikit_learns_do(recipe, expected):
    random = np.random.default_rng(0)
    ours, theirs = np.ones((1, 1, 40)), [np.ones(40)]
    kind = SOLVERS[recipe.solver]
    solver = kind(ours, np.zeros((kind.n_moments, *ours.shape)), np.array([[0.01]]), recipe)
    optimizer = expected(theirs)
    for n_steps in range(1, 301):
        gradient = random.normal(size=40) * 10.0 ** random.uniform(-6, 3, 40)
        solver.update(gradient[None, None].copy(), n_steps)
        optimizer.update_params(theirs, [gradient])
        np.testing.assert_allclose(ours[0, 0], theirs[0], rtol=1e-12, atol=1e-12)


# the gradient, and the stack


@pytest.mark.parametrize("hidden", [(), (4,), (4, 3)], ids=str)
@pytest.mark.parametrize("activation", ELEMENTWISE[1:])
@pytest.mark.parametrize("head", HEADS.values(), ids=str)
def test_gradient_of_a_network_equals_differences(head, activation, hidden):
    """Fourth-order central differences against a plain gradient step: the rate is 1, momentum is 0."""
    random = np.random.default_rng(4)
    X, targets = random.normal(size=(7, 3)), random.integers(0, 3, 7)
    network = Network(3, 3, hidden, activation)
    recipe = Recipe("sgd", batch_size=7, weight_decay=0.3, momentum=0.0)
    stack = Stack(network, recipe, [Setting(head, 1.0)], [0], np.float64)
    start = random.normal(size=network.n_parameters)

    def loss(parameters):
        penalty = sum((weights**2).sum((-1, -2)) for weights in network.views(parameters)[0])
        return head.loss(network.logits(parameters, X), targets).mean(-1) + 0.3 / 2 * penalty

    step = 1e-3 * np.eye(network.n_parameters)
    near, far = (loss(start + k * step) - loss(start - k * step) for k in (1, 2))
    differences = (8 * near - far) / 12e-3

    stack.parameters[...] = start
    stack.epoch(X[None], targets[None])
    gradient = start - stack.parameters[0, 0]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-6 * np.abs(differences).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_classifier_is_the_run_of_a_stack(dtype):
    X = IRIS.astype(dtype)
    settings = [Setting(head, rate) for head in HEADS.values() for rate in (0.01, 0.05)]
    stack = Stack(
        Network(4, 3, (8,), initialisation=HeadClassifier().initialisation),
        Recipe(batch_size=32),
        settings,
        [7, 3],
        dtype,
    )
    losses = [stack.epoch(np.stack([X, X]), np.stack([SPECIES, SPECIES])).loss for _ in range(4)]
    for (split, seed), (run, setting) in product(enumerate([7, 3]), enumerate(settings)):
        classifier = HeadClassifier(
            setting.head,
            (8,),
            learning_rate_init=setting.learning_rate,
            max_iter=4,
            batch_size=32,
            alpha=0,
            **EXACTLY | {"random_state": seed},
        ).fit(X, SPECIES)
        for layer, (weights, biases) in enumerate(zip(stack.weights, stack.biases, strict=True)):
            assert np.array_equal(classifier.coefs_[layer], weights[split, run])
            assert np.array_equal(classifier.intercepts_[layer], biases[split, run, 0])
        assert classifier.loss_curve_ == [loss[split, run] for loss in losses]
