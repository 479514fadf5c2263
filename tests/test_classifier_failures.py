"""What is left of a classifier whose training fails or is interrupted: what was there before."""

import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from alternatives import HeadClassifier
from alternatives.training import Stack

X, Y = load_iris(as_frame=True, return_X_y=True)
X = (X - X.mean()) / X.std()
OPTIONS = {"hidden_layer_sizes": (6,), "max_iter": 4, "n_iter_no_change": np.inf, "random_state": 0}
BEFORE = {**OPTIONS, "solver": "adam", "head": "softmax", "batch_size": 50, "early_stopping": False}
SOLVERS = ["adam", "sgd", "lbfgs"]


def interrupt(monkeypatch, after: int) -> None:
    """Ctrl-C in the middle of a step, once so many mini-batches have been seen."""
    whole, left = Stack._penalise, [after]

    def penalise(stack, *arguments):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        whole(stack, *arguments)

    monkeypatch.setattr(Stack, "_penalise", penalise)


def state(classifier: HeadClassifier) -> tuple:
    """All that can be seen of it, and what a further epoch would make of it."""
    further = pickle.loads(pickle.dumps(classifier)).set_params(**BEFORE)
    further.partial_fit(X, Y)
    arrays = [*classifier.coefs_, *classifier.intercepts_, *further.coefs_]
    return (
        [array.tolist() for array in arrays],
        classifier.classes_.tolist(),
        classifier.feature_names_in_.tolist(),
        classifier.n_features_in_,
        classifier.loss_curve_,
        classifier.n_iter_,
        classifier.t_,
        classifier.validation_scores_,
        classifier.best_loss_,
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_interrupted_first_fit_is_none(solver, monkeypatch):
    classifier = HeadClassifier(**OPTIONS, solver=solver, batch_size=50)
    interrupt(monkeypatch, after=2)
    methods = [lambda: classifier.fit(X, Y)]
    if solver != "lbfgs":
        methods.append(lambda: classifier.partial_fit(X, Y, classes=[0, 1, 2]))
    for method in methods:
        with pytest.raises(KeyboardInterrupt):
            method()
        with pytest.raises(NotFittedError):
            classifier.predict(X)
        assert vars(classifier) == vars(clone(classifier))


@pytest.mark.parametrize("warm", [False, True], ids=["anew", "warm"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_an_interruption_leaves_all_as_it_was(solver, warm, monkeypatch):
    classifier = HeadClassifier(**OPTIONS, batch_size=50).fit(X, Y)
    before = state(classifier)
    with monkeypatch.context() as patch:
        interrupt(patch, after=2)
        classifier.set_params(solver=solver, warm_start=warm, head="Taylor softmax", early_stopping=True)
        with pytest.raises(KeyboardInterrupt):
            classifier.fit(X, Y)
        if solver != "lbfgs":
            classifier.set_params(early_stopping=False)
            with pytest.raises(KeyboardInterrupt):
                classifier.partial_fit(X, Y)
    assert classifier.out_activation_ == "softmax"
    assert state(classifier) == before


@pytest.mark.parametrize(
    ("options", "samples", "labels"),
    [
        ({}, X.to_numpy()[:, :2], np.zeros(150)),
        ({}, X.to_numpy()[:, :2], np.linspace(0, 1, 150)),
        ({}, X[["sepal length (cm)"]], ["a", 1] * 75),
        ({}, X * np.nan, Y),
        ({}, X, Y[:7]),
        ({"head": "sotfmax"}, X, Y),
        ({"class_weight": {7: 1}}, X.iloc[:, :3], Y),
        ({"early_stopping": True, "validation_fraction": 0.001}, X.iloc[:, :3], Y),
        ({"solver": "lbfgs", "batch_normalisation": True}, X.iloc[:, :3], Y),
    ],
)
def test_a_refit_that_fails_leaves_all_as_it_was(options, samples, labels):
    classifier = HeadClassifier(**OPTIONS).fit(X, Y)
    before = state(classifier)
    with pytest.raises(ValueError, match=r"."):
        classifier.set_params(**options).fit(samples, labels)
    classifier.set_params(batch_normalisation=False, early_stopping=False, class_weight=None)
    assert state(classifier) == before


@pytest.mark.filterwarnings("error")
def test_a_warning_that_is_an_error_leaves_all_as_it_was():
    classifier = HeadClassifier(**OPTIONS).fit(X, Y)
    before = state(classifier)
    with pytest.raises(ConvergenceWarning, match="still improved after max_iter=4 epochs"):
        classifier.set_params(n_iter_no_change=10).fit(X.iloc[:, :2], Y)
    assert state(classifier) == before


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_classifier_in_a_read_only_file_goes_on(solver, tmp_path):
    classifier = HeadClassifier(**OPTIONS | {"hidden_layer_sizes": (40,)}, solver=solver).fit(X, Y)
    joblib.dump(classifier, tmp_path / "classifier")
    mapped = joblib.load(tmp_path / "classifier", mmap_mode="r")
    assert np.array_equal(mapped.predict_proba(X), classifier.predict_proba(X))
    for method in ("partial_fit", "fit"):
        for each in (classifier, mapped):
            getattr(each.set_params(warm_start=method == "fit"), method)(X, Y)
        assert np.array_equal(mapped.predict_proba(X), classifier.predict_proba(X))


def test_copies_and_what_notebooks_show():
    classifier = HeadClassifier("Taylor softmax", **OPTIONS).fit(X, Y)
    assert clone(classifier).get_params() == classifier.get_params()
    assert "Taylor softmax" in classifier._repr_html_()
    assert not hasattr(classifier, "set_output")
    assert classifier.feature_names_in_.tolist() == [*X]
    assert isinstance(classifier.predict(X), np.ndarray)
