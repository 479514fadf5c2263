"""HeadClassifier: its heads, its fits, scikit-learn's tools on it, and what it refuses."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle
from sklearn.utils._param_validation import InvalidParameterError

import alternatives
from alternatives import HEADS, HeadClassifier
from alternatives.heads import SphericalSoftmax
from alternatives.training import SOLVERS

IRIS, SPECIES = shuffle(*load_iris(return_X_y=True), random_state=0)
IRIS = StandardScaler().fit_transform(IRIS)
NAMES = load_iris().target_names[SPECIES]
EXACTLY = {"n_iter_no_change": np.inf, "random_state": 0}
"""For exactly `max_iter` epochs."""
BRIEF = {
    "hidden_layer_sizes": (64,),
    "learning_rate_init": 0.01,
    "batch_size": 32,
    "max_iter": 30,
    "alpha": 0.0,
    **EXACTLY,
}
SMALL = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.02, "max_iter": 5, **EXACTLY}


def same_network(one: HeadClassifier, other: HeadClassifier) -> bool:
    ours, theirs = (network.coefs_ + network.intercepts_ for network in (one, other))
    return all(map(np.array_equal, ours, theirs))


# heads


def test_a_head_may_be_a_name_a_text_or_an_object():
    one, two, three = (
        HeadClassifier(head, **SMALL).fit(IRIS, SPECIES)
        for head in (
            "spherical softmax(epsilon=0.1)",
            "Spherical_Softmax( epsilon = .1 )",
            SphericalSoftmax(0.1),
        )
    )
    assert same_network(one, two)
    assert same_network(two, three)
    assert not same_network(one, HeadClassifier("spherical softmax", **SMALL).fit(IRIS, SPECIES))


def test_clone_and_repr_of_a_head_object():
    classifier = HeadClassifier(SphericalSoftmax(0.1), solver="sgd")
    assert repr(classifier) == "HeadClassifier(head=SphericalSoftmax(epsilon=0.1), solver='sgd')"
    assert clone(classifier).get_params() == classifier.get_params()


def test_sigmoids_probabilities_are_normalised():
    classifier = HeadClassifier("sigmoid", (), **EXACTLY).fit(IRIS, SPECIES)
    own = 1 / (1 + np.exp(-(IRIS @ classifier.coefs_[0] + classifier.intercepts_[0])))
    assert np.abs(own.sum(1) - 1).max() > 0.01
    np.testing.assert_allclose(classifier.predict_proba(IRIS), own / own.sum(1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("name", HEADS)
def test_prediction_is_the_most_probable_class(name):
    classifier = HeadClassifier(name, **SMALL).fit(IRIS, NAMES)
    probabilities = classifier.predict_proba(IRIS)
    assert classifier.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert np.array_equal(classifier.predict(IRIS), classifier.classes_[probabilities.argmax(1)])
    np.testing.assert_allclose(np.exp(classifier.predict_log_proba(IRIS)), probabilities, rtol=1e-12)


# fit and partial_fit


def test_same_random_state_same_network():
    fits = [
        HeadClassifier(**SMALL | {"random_state": state}).fit(IRIS, SPECIES)
        for state in (4, np.int64(4), np.random.RandomState(4), np.random.RandomState(4), 5, None, None)
    ]
    assert same_network(fits[0], fits[1])
    assert same_network(fits[2], fits[3])
    for one, other in [(0, 2), (0, 4), (5, 6)]:
        assert not same_network(fits[one], fits[other])


def test_partial_fit_trains_epochs_of_fit():
    whole = HeadClassifier(**SMALL).fit(IRIS, NAMES)
    pieces = HeadClassifier(**SMALL)
    for _ in range(SMALL["max_iter"]):
        pieces.partial_fit(IRIS, NAMES, classes=whole.classes_)
    assert same_network(whole, pieces)
    assert whole.loss_curve_ == pieces.loss_curve_
    assert whole.n_iter_ == pieces.n_iter_ == len(whole.loss_curve_) == 5
    assert whole.partial_fit(IRIS, NAMES).n_iter_ == 6
    assert whole.fit(IRIS, NAMES).n_iter_ == 5


def test_partial_fit_keeps_the_type_of_the_first_samples():
    classifier = HeadClassifier(**SMALL)
    for n in (1, 40, 150):
        classifier.partial_fit(IRIS[:n].astype(np.float32), SPECIES[:n], classes=[0, 1, 2])
    classifier.partial_fit(IRIS, SPECIES)
    assert {weights.dtype for weights in classifier.coefs_} == {np.dtype(np.float32)}


def test_a_small_first_call_of_partial_fit_leaves_later_mini_batches_large():
    """Where all samples are one mini-batch, their order doesn't count."""
    ours, reversed_order = HeadClassifier(**SMALL, batch_size=150), HeadClassifier(**SMALL, batch_size=150)
    for n in (30, 150):
        ours.partial_fit(IRIS[:n], SPECIES[:n], classes=[0, 1, 2])
        reversed_order.partial_fit(IRIS[:n][::-1], SPECIES[:n][::-1], classes=[0, 1, 2])
    np.testing.assert_allclose(ours.coefs_[0], reversed_order.coefs_[0], rtol=1e-9)


def test_partial_fit_says_what_it_needs():
    classifier = HeadClassifier(**SMALL)
    with pytest.raises(ValueError, match="first call to partial_fit needs classes"):
        classifier.partial_fit(IRIS, SPECIES)
    with pytest.raises(ValueError, match="previously unseen labels"):
        classifier.partial_fit(IRIS, SPECIES, classes=[0, 1])
    with pytest.raises(NotFittedError):
        classifier.predict(IRIS)
    classifier.partial_fit(IRIS, SPECIES, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="classes must stay what they were"):
        classifier.partial_fit(IRIS, SPECIES, classes=[0, 1])
    with pytest.raises(ValueError, match="previously unseen labels"):
        classifier.partial_fit(IRIS, SPECIES + 1)


def test_larger_batches_than_samples_are_all_samples():
    fits = [
        HeadClassifier(**SMALL, batch_size=size, alpha=1.0).fit(IRIS, SPECIES)
        for size in (150, 10**12, "auto")
    ]
    assert same_network(fits[0], fits[1])
    assert same_network(fits[0], fits[2])


@pytest.mark.parametrize("sizes", [5, (5,), [5], np.array([5]), np.int64(5)], ids=repr)
def test_hidden_layer_sizes_may_be_a_number_or_a_sequence(sizes):
    classifier = HeadClassifier(**SMALL | {"hidden_layer_sizes": sizes}).fit(IRIS, SPECIES)
    assert [weights.shape for weights in classifier.coefs_] == [(4, 5), (5, 3)]
    assert [biases.shape for biases in classifier.intercepts_] == [(5,), (3,)]


@pytest.mark.parametrize("given", [np.float16, np.float32, np.float64, np.int64, bool])
def test_float32_stays_and_all_else_becomes_float64(given):
    """Probabilities are float64 always, as an experiment's are."""
    expected = np.float32 if given is np.float32 else np.float64
    classifier = HeadClassifier(**SMALL).fit(IRIS.astype(given), SPECIES)
    assert {weights.dtype for weights in classifier.coefs_} == {np.dtype(expected)}
    assert classifier.predict_proba(IRIS.astype(given)).dtype == np.float64


def test_float32_has_the_logarithms_of_probabilities_next_to_nothing():
    samples = (IRIS[:, None] * np.linspace(1, 400, 300)[:, None]).reshape(-1, 4).astype(np.float32)
    classifier = HeadClassifier(**SMALL).fit(IRIS.astype(np.float32), SPECIES)
    hidden = np.maximum(samples @ classifier.coefs_[0] + classifier.intercepts_[0], 0)
    logits = hidden @ classifier.coefs_[1] + classifier.intercepts_[1]
    expected = log_softmax(logits.astype(float), axis=-1)
    normal = expected > -87
    assert (expected[normal] < -80).any()
    found = classifier.predict_log_proba(samples)
    np.testing.assert_allclose(found[normal], expected[normal], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_numbers_out_of_a_grid_are_the_same_numbers(solver):
    """numpy's own float64 would lift parts of a float32 network to float64."""
    numbers = {"alpha": 10.1, "momentum": 0.7, "learning_rate_init": 0.03}
    one, other = (
        HeadClassifier(solver=solver, **SMALL | options).fit(IRIS.astype(np.float32), SPECIES)
        for options in (numbers, {name: np.float64(number) for name, number in numbers.items()})
    )
    assert same_network(one, other)


def test_names_of_features_are_kept():
    frame = pd.DataFrame(IRIS, columns=list("abcd"))
    classifier = HeadClassifier(**SMALL).fit(frame, pd.Series(NAMES))
    assert classifier.feature_names_in_.tolist() == list("abcd")
    assert classifier.n_features_in_ == 4
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame[["b", "a", "c", "d"]])


# a network that diverges is a result


@pytest.mark.parametrize("name", HEADS)
def test_a_network_that_diverges_warns_and_predicts_nothing(name):
    classifier = HeadClassifier(name, solver="sgd", learning_rate_init=1e200, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"diverged at learning_rate_init=1e\+200"):
        classifier.fit(IRIS, SPECIES)
    assert len(classifier.loss_curve_) == classifier.n_iter_ < 20  # nothing improves any more
    for method in (classifier.predict, classifier.predict_proba, classifier.predict_log_proba):
        with pytest.raises(ValueError, match=r"diverged at learning_rate_init=1e\+200"):
            method(IRIS)


def test_samples_whose_logits_overflow_have_no_prediction():
    classifier = HeadClassifier(**SMALL, batch_size=32).fit(IRIS, SPECIES)
    with pytest.raises(ValueError, match="these samples' logits aren't finite"):
        classifier.predict(np.full((1, 4), 1.7e308))


@pytest.mark.filterwarnings("ignore")
def test_a_search_passes_over_rates_that_diverge():
    rates = {"learning_rate_init": [1e200, 0.02]}
    search = GridSearchCV(HeadClassifier(solver="sgd", max_iter=30, **EXACTLY), rates, cv=3).fit(
        IRIS, SPECIES
    )
    assert search.best_params_ == {"learning_rate_init": 0.02}
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]


# scikit-learn's tools


def test_pipeline_and_cross_validation():
    X, y = load_iris(return_X_y=True)
    for name in HEADS:
        pipeline = make_pipeline(
            StandardScaler(),
            HeadClassifier(name, **BRIEF),
        )
        assert cross_val_score(pipeline, X, y, cv=3, error_score="raise").mean() > 0.93


def test_search_over_names_objects_and_penalties():
    heads = [*HEADS, *HEADS.values(), SphericalSoftmax(0.01), "spherical softmax(epsilon=0.01)"]
    search = GridSearchCV(
        HeadClassifier(**SMALL),
        {"head": heads, "alpha": [0.0, 0.1]},
        scoring="neg_log_loss",
        cv=2,
        error_score="raise",
    ).fit(IRIS, SPECIES)
    scores = search.cv_results_["mean_test_score"].reshape(2, -1)
    n = len(HEADS)
    assert np.array_equal(scores[:, :n], scores[:, n : 2 * n])  # a name and its object are one head
    assert np.array_equal(scores[:, -2], scores[:, -1])
    assert len(np.unique(scores)) == 2 * (n + 1)
    assert search.best_params_["head"] in heads


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize("name", HEADS)
def test_calibration(name, method):
    for X, y in [(IRIS, NAMES), (IRIS[SPECIES > 0], NAMES[SPECIES > 0])]:
        pipeline = make_pipeline(
            StandardScaler(),
            HeadClassifier(name, **BRIEF),
        )
        calibrated = CalibratedClassifierCV(pipeline, method=method, cv=3).fit(X, y)
        assert calibrated.score(X, y) > 0.9
        np.testing.assert_allclose(calibrated.predict_proba(X).sum(1), 1)


@pytest.mark.parametrize("name", HEADS)
def test_a_temperature_changes_no_prediction(name):
    classifier = HeadClassifier(name, **SMALL).fit(IRIS, SPECIES)
    calibrated = CalibratedClassifierCV(FrozenEstimator(classifier), method="temperature").fit(IRIS, SPECIES)
    assert np.array_equal(calibrated.predict(IRIS), classifier.predict(IRIS))


@pytest.mark.parametrize("restore", ["pickle", "joblib"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_restored_classifier_goes_on_as_the_first_would(solver, restore, tmp_path):
    classifier = HeadClassifier(SphericalSoftmax(0.1), solver=solver, **SMALL).fit(IRIS, SPECIES)
    if restore == "pickle":
        restored = pickle.loads(pickle.dumps(classifier))
    else:
        joblib.dump(classifier, tmp_path / "classifier")
        restored = joblib.load(tmp_path / "classifier")
    assert np.array_equal(restored.predict_proba(IRIS), classifier.predict_proba(IRIS))
    assert not same_network(restored.partial_fit(IRIS, SPECIES), classifier)
    assert same_network(restored, classifier.partial_fit(IRIS, SPECIES))


# what is not allowed


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("head", "sotfmax", "head must be one of softmax, spherical softmax, Taylor softmax, sigmoid"),
        (
            "head",
            "spherical softmax(epsilon=-1)",
            "epsilon of spherical softmax must be a number from 0 to 100",
        ),
        ("head", SphericalSoftmax, "an instance of 'str' or an instance of 'alternatives.heads.head.Head'"),
        ("hidden_layer_sizes", (8, 0), r"whole numbers of at least 1. Got \(8, 0\) instead"),
        ("hidden_layer_sizes", (8.5,), "whole numbers of at least 1"),
        ("hidden_layer_sizes", [[8], [8]], "whole numbers of at least 1"),
        ("hidden_layer_sizes", "8", "an array-like or an int"),
        ("activation", "gelu", "a str among .*'relu'"),
        ("solver", "rmsprop", "'adam'"),
        ("learning_rate", "optimal", "'adaptive'"),
        ("power_t", -1, r"a float in the range \[0"),
        ("tol", -1, r"a float in the range \[0"),
        ("n_iter_no_change", 0, r"an int in the range \[1"),
        ("validation_fraction", 1.0, r"a float in the range \(0(.0)?, 1"),
        ("beta_1", 1.0, r"a float in the range \[0(.0)?, 1"),
        ("beta_2", 1.0, r"a float in the range \[0(.0)?, 1"),
        ("epsilon", 0.0, r"a float in the range \(0"),
        ("max_fun", 0, r"an int in the range \[1"),
        ("shuffle", "no", "a.*bool"),
        ("warm_start", "no", "a.*bool"),
        ("early_stopping", "no", "a.*bool"),
        ("class_weight", "equal", "'balanced'"),
        ("learning_rate_init", 0, r"a float in the range \(0"),
        ("learning_rate_init", np.inf, r"a float in the range \(0"),
        ("alpha", np.nan, r"a float in the range \[0"),
        ("batch_size", "all", "'auto'"),
        ("max_iter", 0, r"an int in the range \[1"),
        ("momentum", 1.5, r"a float in the range \[0(.0)?, 1"),
        ("initialisation", "Xavier", "'Glorot'"),
        ("random_state", -1, r"an int in the range \[0, 4294967295\]"),
    ],
    ids=repr,
)
def test_errors_name_the_parameter_and_what_is_allowed(parameter, value, message):
    for train in (HeadClassifier.fit, lambda *args: HeadClassifier.partial_fit(*args, classes=[0, 1, 2])):
        with pytest.raises(
            InvalidParameterError, match=f"'{parameter}' parameter of HeadClassifier.*{message}"
        ):
            train(HeadClassifier(**{parameter: value}), IRIS, SPECIES)


def test_one_class_is_too_few():
    with pytest.raises(ValueError, match="at least 2 classes, got 1 class: 'setosa'"):
        HeadClassifier().fit(IRIS, np.full(150, "setosa"))


# the public name


def test_public_names_are_there_and_no_others():
    assert set(alternatives.__all__) <= set(dir(alternatives))
    assert alternatives.HeadClassifier is HeadClassifier
    with pytest.raises(AttributeError, match="has no attribute 'HeadClassifierr'"):
        alternatives.HeadClassifierr  # noqa: B018
