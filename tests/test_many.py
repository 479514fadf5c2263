"""Many networks on one's own arrays: the numbers of each by itself, and answers to what can't be used."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, log_loss

from alternatives import HEADS, HeadClassifier, train_many
from tests.serving import ROOT

X, Y = load_iris(return_X_y=True)
X = ((X - X.mean(0)) / X.std(0)).astype(np.float32)
NAMES = np.array(["setosa", "versicolor", "virginica"])
VARIANTS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "wide": {"head": "Taylor softmax", "hidden_layer_sizes": (32, 8)},
    "linear": {"head": HEADS.parse("spherical softmax(epsilon=0.1)"), "hidden_layer_sizes": ()},
    "longer": {"head": "sigmoid", "n_epochs": 7, "learning_rate": 0.01},
}


@pytest.fixture(scope="module")
def networks() -> Any:
    return train_many(X, NAMES[Y], VARIANTS, n_seeds=3, n_epochs=4, validation=(X[:30], NAMES[Y[:30]]))


def test_each_network_is_that_of_a_head_classifier(networks: Any) -> None:
    probabilities = networks.probabilities(X)
    assert probabilities.shape == (4, 3, 150, 3)
    for place, given in enumerate(VARIANTS.values()):
        for seed in networks.seeds:
            alone = HeadClassifier(
                given.get("head", "softmax"),
                hidden_layer_sizes=given.get("hidden_layer_sizes", (64,)),
                learning_rate_init=given.get("learning_rate", 0.001),
                max_iter=given.get("n_epochs", 4),
                batch_size=32,
                alpha=0,
                n_iter_no_change=np.inf,
                initialisation="He",
                random_state=seed,
            ).fit(X, NAMES[Y])
            found = networks.runs.variants[place].network.views(networks.runs.parameters[place][seed])
            for one, other in zip(alone.coefs_, found.weights, strict=True):
                assert_array_equal(one, other)
            for one, other in zip(alone.intercepts_, found.biases, strict=True):
                assert_array_equal(one, other[0])
            assert_allclose(alone.predict_proba(X), probabilities[place, seed], rtol=1e-5)
    assert_array_equal(networks.predict(X)[0, 0], networks.classes[probabilities[0, 0].argmax(-1)])


def test_numbers_depend_neither_on_the_others_nor_on_processes(networks: Any) -> None:
    validation = X[:30], NAMES[Y[:30]]
    few = {name: VARIANTS[name] for name in ("longer", "softmax")}
    other = train_many(X, NAMES[Y], few, n_seeds=2, first_seed=1, n_epochs=4, validation=validation, n_jobs=2)
    assert_array_equal(other.probabilities(X), networks.probabilities(X)[[3, 0], 1:])
    columns = ["variant", "seed", "epoch"]
    history, expected = (each.history.set_index(columns).sort_index() for each in (other, networks))
    assert_array_equal(history, expected.loc[history.index, history.columns])


def test_measures_are_those_of_scikit_learn(networks: Any) -> None:
    measured = networks.measured(X, NAMES[Y])
    assert list(zip(measured["variant"], measured["seed"], strict=True)) == [
        (name, seed) for name in VARIANTS for seed in range(3)
    ]
    probabilities = networks.probabilities(X).reshape(-1, 150, 3)
    for row, of_network in zip(measured.to_dict("records"), probabilities, strict=True):
        assert row["accuracy"] == pytest.approx(accuracy_score(Y, of_network.argmax(-1)))
        exact = of_network.astype(float)
        assert row["log loss"] == pytest.approx(log_loss(Y, exact / exact.sum(-1, keepdims=True)), rel=1e-5)


def test_history_has_the_epochs_of_each_variant(networks: Any) -> None:
    history = networks.history
    assert history.groupby("variant")["epoch"].max().to_dict() == {
        name: given.get("n_epochs", 4) for name, given in VARIANTS.items()
    }
    assert np.isfinite(history["validation_accuracy"]).all()
    # Only the deepest network has a third layer.
    assert set(history.loc[history["gradient_of_layer_3"].notna(), "variant"]) == {"wide"}
    assert not any(
        name.startswith("validation")
        for name in train_many(X, Y, ["softmax"], n_seeds=1, n_epochs=1).history.columns
    )


def test_a_network_that_diverged_is_a_result() -> None:
    variants = {"too fast": {"learning_rate": 1e30}, "softmax": {}}
    found = train_many(X, Y, variants, n_seeds=2, n_epochs=3)
    assert found.runs.diverged.tolist() == [[True, False]] * 2
    assert np.isnan(found.probabilities(X)[0]).all()
    assert found.measured(X, Y).groupby("variant")["accuracy"].count().to_dict() == {
        "softmax": 2,
        "too fast": 0,
    }
    with pytest.raises(ValueError, match="diverged predicts nothing: too fast"):
        found.predict(X)


def test_the_share_of_the_work_is_told_and_can_stop_it() -> None:
    shares: list[float] = []
    train_many(X, Y, ["softmax"], n_seeds=2, n_epochs=3, watch=lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop(n_epochs: int, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_many(X, Y, ["softmax"], n_seeds=2, n_epochs=3, watch=stop)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"X": X[0]}, "X must have shape (n_samples, n_features) and a sample, got shape (4,)"),
    ({"X": np.where(X > 2, np.nan, X)}, "X must have finite numbers"),
    ({"y": Y[:9]}, "y must have a label for each of 150 samples, got shape (9,)"),
    ({"y": np.zeros(150)}, "at least 2 classes, got 1 class"),
    ({"variants": []}, "at least one variant, got none"),
    ({"variants": ["softmux"]}, "softmux"),
    ({"variants": {"a": {"rate": 1}}}, "a variant may say head, learning_rate, n_epochs"),
    ({"variants": {"a": {"learning_rate": -1}}}, "learning_rate must be a positive number, got -1.0"),
    ({"variants": {"a": {"activation": "gelu"}}}, "activation must be one of relu"),
    ({"variants": {"a": {"hidden_layer_sizes": (0,)}}}, "hidden_layer_sizes must be a whole number"),
    ({"n_seeds": 0}, "n_seeds must be a whole number of at least 1, got '0'"),
    ({"batch_size": 2.5}, "batch_size must be a whole number of at least 1, got '2.5'"),
    ({"solver": "lbfgs"}, "solver must be one of adam, sgd; got 'lbfgs'"),
    ({"initialisation": "zeros"}, "initialisation must be one of He, Glorot; got 'zeros'"),
    ({"validation": (X[:, :2], Y)}, "X must have 4 features, as in training, got 2"),
    ({"validation": (X, Y + 1)}, "previously unseen labels"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_what_cannot_be_used_is_said(changes: dict[str, Any], sentence: str) -> None:
    given = {"X": X, "y": Y, "variants": ["softmax"], "n_epochs": 1, "n_seeds": 1} | changes
    with pytest.raises(ValueError, match=re.escape(sentence)):
        train_many(**given)


def test_the_example_runs() -> None:
    example = Path("tests", "examples", "many_networks.py")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, example], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Taylor softmax: log loss" in done.stdout
