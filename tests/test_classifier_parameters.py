"""A script for scikit-learn's MLPClassifier is one for HeadClassifier: every parameter, one by one."""

import inspect
import io
import tracemalloc
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle
from sklearn.utils.class_weight import compute_sample_weight

from alternatives import HeadClassifier
from alternatives.training import Network

X, Y = shuffle(*load_iris(return_X_y=True), random_state=0)
X = StandardScaler().fit_transform(X)
NAMES = load_iris().target_names[Y]
WEIGHTS = np.random.default_rng(0).uniform(0.1, 3, len(Y))
START = {"hidden_layer_sizes": (6,), "learning_rate_init": 0.02, "random_state": 3}
EXACTLY = {**START, "max_iter": 12, "n_iter_no_change": np.inf}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def same(one: HeadClassifier, other: HeadClassifier) -> bool:
    ours, theirs = (network.coefs_ + network.intercepts_ for network in (one, other))
    return all(map(np.array_equal, ours, theirs))


def twins(**options: Any) -> tuple[HeadClassifier, MLPClassifier]:
    """Both classes with the same options, the same initial weights and the samples in the same order."""
    options = {**START, "max_iter": 60, "shuffle": False, **options}
    theirs = MLPClassifier(**options | {"max_iter": 1, "solver": "adam", "warm_start": True}).fit(X, Y)
    sizes, activation = options["hidden_layer_sizes"], options.get("activation", "relu")
    network = Network(4, 3, sizes, activation, HeadClassifier().initialisation)
    theirs.coefs_, biases, *_ = network.views(network.initial_parameters(START["random_state"]))
    theirs.intercepts_ = [bias[0] for bias in biases]
    theirs.loss_curve_, theirs.best_loss_, theirs._no_improvement_count, theirs.t_ = [], np.inf, 0, 0
    return HeadClassifier(**options), theirs.set_params(**options | {"warm_start": True})


OPTIONS: dict[str, list[dict[str, Any]]] = {
    "hidden_layer_sizes": [{"hidden_layer_sizes": (5, 4)}, {"hidden_layer_sizes": ()}],
    "activation": [{"activation": name} for name in ("identity", "logistic", "tanh", "relu")],
    "solver": [{"solver": "sgd"}, {"solver": "lbfgs", "max_iter": 20}],
    "alpha": [{"alpha": 5.0, "batch_size": 32}, {"alpha": 0.0}, {"alpha": 5.0, "solver": "lbfgs"}],
    "batch_size": [{"batch_size": 7}, {"batch_size": 150}, {"batch_size": "auto"}],
    "learning_rate": [
        {"solver": "sgd", "learning_rate": name, "tol": 0.02, "n_iter_no_change": 3}
        for name in ("constant", "invscaling", "adaptive")
    ],
    "learning_rate_init": [{"learning_rate_init": 0.001}],
    "power_t": [{"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.1, "learning_rate_init": 0.5}],
    "max_iter": [{"max_iter": 1}, {"max_iter": 3, "solver": "lbfgs"}],
    "shuffle": [{"shuffle": False, "batch_size": 11}],
    "random_state": [{"random_state": 3}],
    "tol": [{"tol": 0.05}, {"tol": 0.0}],
    "verbose": [
        {"verbose": True, "tol": 0.05},
        {"verbose": True, "solver": "sgd", "learning_rate": "adaptive", "tol": 0.1},
    ],
    "warm_start": [{"warm_start": False}],
    "momentum": [{"solver": "sgd", "momentum": 0.5}, {"solver": "sgd", "momentum": 0.0}],
    "nesterovs_momentum": [{"solver": "sgd", "nesterovs_momentum": False}],
    "early_stopping": [{"early_stopping": False}],
    "validation_fraction": [{"validation_fraction": 0.5}],
    "beta_1": [{"beta_1": 0.5}, {"beta_1": 0.0}],
    "beta_2": [{"beta_2": 0.5, "max_iter": 20}, {"beta_2": 0.0, "max_iter": 5}],
    "epsilon": [{"epsilon": 0.1}],
    "n_iter_no_change": [{"n_iter_no_change": 2, "tol": 0.02}, {"n_iter_no_change": np.inf}],
    "max_fun": [{"max_fun": 5, "solver": "lbfgs"}],
}  # fmt: skip


def test_every_parameter_is_there_with_the_same_default():
    ours, theirs = HeadClassifier().get_params(), MLPClassifier().get_params()
    assert theirs.items() <= ours.items()
    assert set(ours) - set(theirs) == {"head", "batch_normalisation", "initialisation", "class_weight"}
    assert set(OPTIONS) == set(theirs)
    for method in ("fit", "partial_fit"):
        signatures = (inspect.signature(getattr(cls, method)) for cls in (HeadClassifier, MLPClassifier))
        assert len({tuple(signature.parameters) for signature in signatures}) == 1
    with pytest.raises(TypeError, match="unexpected keyword argument 'hidden_sizes'"):
        HeadClassifier(hidden_sizes=3)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize("options", [each for sets in OPTIONS.values() for each in sets], ids=str)
def test_softmax_trains_as_scikit_learns_network_does(options, weights):
    """From the same initial weights: the same losses, so the same end, and the same words on the way."""
    ours, theirs = twins(**options)
    printed = []
    for classifier in (ours, theirs):
        with redirect_stdout(io.StringIO()) as output:
            classifier.fit(X, Y, sample_weight=weights)
        printed.append(output.getvalue())
    if options.get("solver") != "lbfgs":
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
        assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-6)
        assert ours.t_ == theirs.t_
        assert printed[0] == printed[1]
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    assert ours.n_layers_ == theirs.n_layers_
    assert ours.n_outputs_ == theirs.n_outputs_ == 3
    assert ours.out_activation_ == theirs.out_activation_ == "softmax"
    assert ours.validation_scores_ is theirs.validation_scores_ is None
    assert ours.best_validation_score_ is theirs.best_validation_score_ is None
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("cls", [HeadClassifier, MLPClassifier])
def test_the_first_example_of_scikit_learns_guide(cls):
    classifier = cls(solver="lbfgs", alpha=1e-5, hidden_layer_sizes=(5, 2), random_state=3, max_iter=500)
    classifier.fit([[0.0, 0.0], [1.0, 1.0]], [0, 1])
    assert classifier.predict([[2.0, 2.0], [-1.0, -2.0]]).tolist() == [1, 0]
    assert [weights.shape for weights in classifier.coefs_][:2] == [(2, 5), (5, 2)]
    assert not hasattr(classifier, "partial_fit")


@pytest.mark.parametrize("options", [{}, {"solver": "lbfgs"}, {"tol": 0.1}], ids=str)
def test_whoever_stops_before_convergence_hears_of_it(options, recwarn):
    for cls in (HeadClassifier, MLPClassifier):
        cls(**START | options, max_iter=5 if "tol" not in options else 50).fit(X, Y)
    expected = [] if "tol" in options else [ConvergenceWarning] * 2
    assert [warning.category for warning in recwarn] == expected


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_a_linear_softmax_reaches_the_optimum_of_logistic_regression(solver):
    options = {"learning_rate_init": 0.1, "max_iter": 1500, "alpha": 2.0, "tol": 1e-9, "batch_size": 150}
    options["n_iter_no_change"] = 10 if solver == "lbfgs" else np.inf
    linear = HeadClassifier(hidden_layer_sizes=(), solver=solver, random_state=0, **options)
    expected = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=1000)
    for weights in (None, WEIGHTS):
        linear.fit(X, Y, weights)
        expected.fit(X, Y, weights)
        np.testing.assert_allclose(linear.coefs_[0].T, expected.coef_, atol=2e-3)


@pytest.mark.parametrize("head", ["softmax", "Taylor softmax", "sigmoid", "squared error"])
def test_lbfgs_finds_the_optimum_of_other_heads(head):
    options = {"hidden_layer_sizes": (), "alpha": 5.0, "batch_size": 150, "random_state": 0}
    exact = HeadClassifier(head, **options, solver="lbfgs", tol=1e-8).fit(X, Y)
    steps = HeadClassifier(head, **options, learning_rate_init=0.02, max_iter=3000, tol=1e-12).fit(X, Y)
    assert exact.loss_ == pytest.approx(steps.loss_, rel=1e-4)
    assert exact.n_iter_ == len(exact.loss_curve_) < 200


def test_lbfgs_needs_no_batch_normalisation():
    with pytest.raises(ValueError, match="batch_normalisation needs mini-batches"):
        HeadClassifier(solver="lbfgs", batch_normalisation=True).fit(X, Y)


# alpha: the penalty of each mini-batch


def test_the_penalty_is_that_of_each_mini_batch():
    """Gradient descent in plain numpy: alpha / n with n samples in the mini-batch, whatever came first."""
    options = {"hidden_layer_sizes": (), "solver": "sgd", "momentum": 0, "learning_rate_init": 0.05}
    for first in (1, 32, 150):
        ours = HeadClassifier(**options, alpha=5.0, batch_size=32, shuffle=False, random_state=0)
        network = Network(4, 3, initialisation=HeadClassifier().initialisation)
        weights, bias = network.views(network.initial_parameters(0))[:2]
        weights, bias = weights[0], bias[0]
        for n_samples in (first, 150, 40):
            ours.partial_fit(X[:n_samples], Y[:n_samples], classes=[0, 1, 2])
            for start in range(0, n_samples, 32):
                batch = slice(start, min(start + 32, n_samples))
                n = batch.stop - start
                scores = np.exp(X[batch] @ weights + bias)
                gradient = (scores / scores.sum(1, keepdims=True) - np.eye(3)[Y[batch]]) / n
                weights = weights - 0.05 * (X[batch].T @ gradient + 5.0 / n * weights)
                bias = bias - 0.05 * gradient.sum(0)
        np.testing.assert_allclose(ours.coefs_[0], weights, rtol=1e-10)


# early_stopping, validation_fraction


@pytest.mark.parametrize("head", ["softmax", "spherical softmax"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
def test_early_stopping_keeps_the_best_network(head, weights):
    noisy = np.where(np.random.default_rng(1).random(150) < 0.2, (Y + 1) % 3, Y)
    options = {**START, "validation_fraction": 0.3, "early_stopping": True}
    stopped = HeadClassifier(head, **options, tol=0.01, n_iter_no_change=7).fit(X, noisy, weights)
    scores = stopped.validation_scores_
    best, patience = -np.inf, 0
    for n_iter, score in enumerate(scores, 1):  # the rule, on the scores that were found
        patience = 0 if score >= best + 0.01 else patience + 1
        best = max(best, score)
        assert (patience > 7) == (n_iter == stopped.n_iter_)
    assert stopped.best_validation_score_ == max(scores)
    assert stopped.best_loss_ is None
    assert len(stopped.loss_curve_) == len(scores) == stopped.n_iter_
    as_long = HeadClassifier(head, **options, max_iter=int(np.argmax(scores)) + 1, n_iter_no_change=np.inf)
    assert same(stopped, as_long.fit(X, noisy, weights))
    assert np.argmax(scores) + 1 < stopped.n_iter_
    assert stopped.t_ == stopped.n_iter_ * 105


def test_the_validation_set_has_the_share_that_was_asked_for():
    """Accuracies are multiples of one over its size. Where classes are too small, it isn't stratified."""
    for fraction, n in ((0.1, 15), (0.5, 75)):
        classifier = HeadClassifier(**EXACTLY, early_stopping=True, validation_fraction=fraction).fit(X, Y)
        assert np.array(classifier.validation_scores_) * n == pytest.approx(
            np.round(np.array(classifier.validation_scores_) * n)
        )
    for labels in (np.array([*[0] * 10, *[1] * 9, 2]), np.arange(20) % 5):
        HeadClassifier(**EXACTLY, early_stopping=True).fit(X[:20], labels)
    with pytest.raises(ValueError, match=r"2 samples or more; validation_fraction=0.1 of 9 is less"):
        HeadClassifier(early_stopping=True).fit(X[:9], Y[:9])
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        HeadClassifier(early_stopping=True).partial_fit(X, Y, classes=[0, 1, 2])


# warm_start


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_two_warm_fits_are_one_long_fit(solver, weights):
    options = {**EXACTLY, "solver": solver, "batch_size": 40}
    whole = HeadClassifier(**options).fit(X, Y, weights)
    parts = HeadClassifier(**options | {"max_iter": 6}, warm_start=True).fit(X, Y, weights)
    assert not same(whole, parts)
    parts.fit(X, Y, weights)
    assert same(whole, parts)
    assert whole.loss_curve_ == parts.loss_curve_
    assert (parts.n_iter_, parts.t_) == (6, whole.t_)


def test_a_warm_fit_takes_changed_parameters_but_no_other_layers():
    warm = HeadClassifier(**EXACTLY, warm_start=True).fit(X, Y)
    before = warm.coefs_[0]
    warm.set_params(learning_rate_init=1e-9, solver="sgd", head="Taylor softmax", tol=0.1).fit(X, Y)
    np.testing.assert_allclose(warm.coefs_[0], before, atol=1e-6)
    assert warm.out_activation_ == "Taylor softmax"
    cold = clone(warm).set_params(warm_start=False, learning_rate_init=0.02).fit(X, Y)
    assert not np.allclose(cold.coefs_[0], before, atol=1e-2)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes must stay \(6,\), got \(7,\)"):
        warm.set_params(hidden_layer_sizes=7).fit(X, Y)
    warm.set_params(hidden_layer_sizes=[6])
    with pytest.raises(ValueError, match="the same classes as in the last call to fit"):
        warm.fit(X[Y > 0], Y[Y > 0])
    with pytest.raises(ValueError, match="X has 3 features"):
        warm.fit(X[:, :3], Y)


def test_early_stopping_goes_on_with_the_same_validation_set():
    """No sample of it is ever trained on, from whatever the seed comes."""
    for state in (3, np.random.RandomState(0), None):
        warm = HeadClassifier(**EXACTLY | {"random_state": state}, early_stopping=True, warm_start=True)
        seen = []
        for _ in range(2):
            warm.fit(X, Y)
            seen.append(warm._split(warm._weighted(X, Y, None), warm._run.seed)[1].X)
        assert np.array_equal(*seen)
        assert len(warm.validation_scores_) == 24


def test_partial_fit_goes_on_with_a_smaller_learning_rate():
    options = {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.5, "shuffle": False}
    whole = HeadClassifier(**EXACTLY, **options).fit(X, Y)
    parts = HeadClassifier(**EXACTLY, **options)
    for _ in range(12):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same(whole, parts)
    still = whole.coefs_[0].copy()
    whole.set_params(learning_rate_init=1e-12, momentum=0.0).partial_fit(X, Y)
    np.testing.assert_allclose(whole.coefs_[0], still, atol=1e-9)


# sample_weight, class_weight


@pytest.mark.parametrize(
    "options", [{}, {"solver": "sgd"}, {"solver": "lbfgs"}, {"batch_normalisation": True}], ids=str
)
@pytest.mark.parametrize("head", ["softmax", "Taylor softmax", "sigmoid", "hinge"])
def test_weights_are_repetitions(head, options):
    """Where all samples are one mini-batch; batch normalisation counts samples and not their weights."""
    counts = np.random.default_rng(2).integers(0, 4, len(Y))
    classifier = HeadClassifier(head, **EXACTLY | options, batch_size=1000, alpha=1.0)
    weighted = clone(classifier).fit(X, Y, counts)
    repeated = clone(classifier).fit(X.repeat(counts, axis=0), Y.repeat(counts))
    present = clone(classifier).fit(X[counts > 0], Y[counts > 0], counts[counts > 0])
    assert same(weighted, present)
    if not options.get("batch_normalisation"):
        assert weighted.loss_ == pytest.approx(repeated.loss_, rel=1e-6)
        np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5)


def test_equal_weights_are_none_at_all():
    plain = HeadClassifier(**EXACTLY, alpha=0).fit(X, Y)
    for weight in (np.ones(150), 2.0, 1e-30 * np.ones(150)):
        weighted = HeadClassifier(**EXACTLY, alpha=0).fit(X, Y, weight)
        np.testing.assert_allclose(weighted.predict_proba(X), plain.predict_proba(X), rtol=1e-9)


def test_partial_fit_takes_weights_too():
    whole = HeadClassifier(**EXACTLY).fit(X, Y, WEIGHTS)
    parts = HeadClassifier(**EXACTLY)
    for _ in range(12):
        parts.partial_fit(X, Y, sample_weight=WEIGHTS, classes=[0, 1, 2])
    assert same(whole, parts)


def test_class_weights_are_sample_weights():
    by_class = {"setosa": 0.5, "virginica": 3}
    pairs = [
        ({"class_weight": by_class}, None, compute_sample_weight(by_class, NAMES)),
        ({"class_weight": by_class}, WEIGHTS, WEIGHTS * compute_sample_weight(by_class, NAMES)),
        ({"class_weight": "balanced"}, None, compute_sample_weight("balanced", NAMES[20:])),
        ({"class_weight": {"setosa": 0}}, None, (NAMES != "setosa") * 1.0),
    ]
    for options, given, expected in pairs:
        start = 150 - len(expected)
        one = HeadClassifier(**EXACTLY, **options).fit(X[start:], NAMES[start:], given)
        other = HeadClassifier(**EXACTLY).fit(X[start:], NAMES[start:], expected)
        np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-8)
    balanced = HeadClassifier(**EXACTLY, class_weight="balanced").fit(X, NAMES, WEIGHTS)
    sums = {name: WEIGHTS[name == NAMES].sum() for name in balanced.classes_}
    expected = WEIGHTS * [WEIGHTS.sum() / 3 / sums[name] for name in NAMES]
    other = HeadClassifier(**EXACTLY).fit(X, NAMES, expected)
    np.testing.assert_allclose(balanced.predict_proba(X), other.predict_proba(X), rtol=1e-8)
    digits = HeadClassifier(**EXACTLY, class_weight={"1": 7}).fit(X, np.array(["0", "1", "2"])[Y])
    expected = HeadClassifier(**EXACTLY, class_weight={1: 7}).fit(X, Y)
    assert same(digits, expected)


@pytest.mark.parametrize(
    ("options", "weights", "message"),
    [
        ({}, -WEIGHTS, "Negative values"),
        ({}, np.zeros(150), "zero|positive"),
        ({}, WEIGHTS[:7], r"sample_weight.shape == \(7,\)"),
        ({}, WEIGHTS * np.nan, "NaN"),
        ({}, np.full(150, 1e308), "finite sum"),
        ({}, ["a"] * 150, "could not convert string to float"),
        ({"class_weight": {"setosa": -1}}, None, "numbers of at least 0"),
        ({"class_weight": {"setosa": np.inf}}, None, "finite numbers"),
        ({"class_weight": {"setosa": "2"}}, None, "finite numbers of at least 0, got"),
        ({"class_weight": {"Setosa": 2}}, None, r"weights for \['Setosa'\]; the classes are \['setosa', "),
        ({"class_weight": dict.fromkeys(("setosa", "versicolor", "virginica"), 0)}, None, "positive"),
    ],
    ids=str,
)
def test_weights_that_mean_nothing_are_refused(options, weights, message):
    with pytest.raises(ValueError, match=message):
        HeadClassifier(**options).fit(X, NAMES, weights)


def test_balanced_weights_need_all_samples():
    with pytest.raises(ValueError, match="partial_fit does not support class_weight='balanced'"):
        HeadClassifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


# sparse samples

FORMATS = [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix, sparse.lil_array]


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__)
def test_sparse_samples_are_the_same_samples(form, dtype, solver):
    few = (X * (np.abs(X) > 0.6) * 2).astype(dtype)
    options = {**EXACTLY, "solver": solver, "batch_size": 40, "early_stopping": solver == "sgd"}
    dense = HeadClassifier(**options).fit(few, Y, WEIGHTS)
    thin = HeadClassifier(**options).fit(form(few), Y, WEIGHTS)
    if solver != "lbfgs":
        dense.partial_fit(few, Y) if solver == "adam" else None
        thin.partial_fit(form(few), Y) if solver == "adam" else None
    assert same(dense, thin)
    many = np.concatenate([few, few, few])  # more than are evaluated at a time
    assert np.array_equal(dense.predict_proba(many), thin.predict_proba(form(many)))
    assert thin.loss_curve_ == dense.loss_curve_


def test_sparse_samples_stay_sparse():
    """Dense they would take 200 MB."""
    wide = sparse.random_array((5000, 5000), density=1e-3, format="csr", rng=np.random.default_rng(0))
    labels = np.arange(5000) % 2
    tracemalloc.start()
    HeadClassifier(hidden_layer_sizes=(4,), max_iter=1).fit(wide, labels).predict(wide)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6


# scikit-learn's other tools


def test_boosting_bagging_and_voting():
    classifier = HeadClassifier("Taylor softmax", (8,), learning_rate_init=0.05, max_iter=40, random_state=0)
    for ensemble in (
        AdaBoostClassifier(classifier, n_estimators=3, random_state=0),
        BaggingClassifier(classifier, n_estimators=3, random_state=0),
        VotingClassifier([("one", classifier), ("other", clone(classifier))], voting="soft"),
    ):
        assert ensemble.fit(X, NAMES, sample_weight=WEIGHTS).score(X, NAMES) > 0.9


@pytest.mark.parametrize("sizes", [(), (8,)], ids=str)
def test_features_that_say_nothing_are_eliminated(sizes):
    samples = np.random.default_rng(0).normal(size=(300, 6))
    labels = samples[:, :3].sum(axis=1) > 0
    classifier = HeadClassifier(hidden_layer_sizes=sizes, learning_rate_init=0.02, alpha=1.0, random_state=0)
    chosen = RFE(classifier, n_features_to_select=3).fit(samples, labels)
    assert chosen.support_.tolist() == [True] * 3 + [False] * 3
    classifier.fit(samples, labels)
    expected = (classifier.coefs_[0] ** 2).sum(1) / (classifier.coefs_[0] ** 2).sum()
    np.testing.assert_allclose(classifier.feature_importances_, expected)
    assert SelectFromModel(classifier, threshold="mean").fit(samples, labels).get_support()[:3].all()


def test_weights_are_routed_as_metadata():
    with config_context(enable_metadata_routing=True):
        classifier = HeadClassifier(**EXACTLY).set_fit_request(sample_weight=True)
        classifier.set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), classifier)
        counts = (Y > 0) * 1.0
        routed = pipeline.fit(X, Y, sample_weight=counts)[-1]
        scores = cross_validate(pipeline, X, Y, cv=2, params={"sample_weight": counts}, error_score="raise")
    assert same(routed, HeadClassifier(**EXACTLY).fit(StandardScaler().fit_transform(X), Y, counts))
    assert scores["test_score"].min() > 0.6  # setosa was never seen, and doesn't count
