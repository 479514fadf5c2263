"""The linear probe on classes that a network hasn't seen."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from alternatives import Comparison
from alternatives.datasets import DATASETS, split
from alternatives.paper import Replication, Series
from alternatives.paper.transfer import PENALTIES, other_classes, probe, probed
from alternatives.sweeps import Sweep

SOME = DATASETS.parse("letter(classes=22, order=1)")
GIVEN = Comparison(
    dataset=SOME, heads=["softmax"], n_seeds=2, learning_rate=0.01, n_epochs=2, hidden_layer_sizes=(8,)
)


def test_other_classes_are_those_that_are_left_out() -> None:
    whole, used, others = DATASETS["letter"].load(), SOME.load(), other_classes(SOME)
    assert {*used.class_names} | {*others.class_names} == {*whole.class_names}
    assert not {*used.class_names} & {*others.class_names}
    assert len(used.X) + len(others.X) == len(whole.X)
    names = np.array(whole.class_names)[whole.targets]
    kept = np.isin(names, others.class_names)
    assert_array_equal(others.X, whole.X[kept])
    assert_array_equal(np.array(others.class_names)[others.targets], names[kept])


@pytest.mark.parametrize("text", ["letter", "iris", "letter(classes=25)"])
def test_without_two_other_classes_there_is_no_probe(text: str) -> None:
    with pytest.raises(ValueError, match="must leave out two classes at least"):
        other_classes(DATASETS.parse(text))


def test_the_probe_sees_the_last_hidden_layer_of_the_trained_network() -> None:
    """Computed once more, from the weights on."""
    found = probed(GIVEN)
    runs, samples, others = GIVEN.train(None, n_jobs=1), SOME.load(), other_classes(SOME)
    for place, seed in enumerate(GIVEN.seeds):
        network = runs.variants[0].network
        views = network.views(runs.parameters[0][place])
        X = samples.X[split(samples, seed).train_index]
        part = split(others, seed)

        def hidden(rows: np.ndarray, X: np.ndarray = X, views=views) -> np.ndarray:
            own = (others.X[rows] - X.mean(0)) / X.std(0)
            return np.maximum(own @ views.weights[0] + views.biases[0][0], 0)

        scaler = StandardScaler().fit(hidden(part.train_index))
        features, validation, test = (
            scaler.transform(hidden(rows))
            for rows in (part.train_index, part.validation_index, part.test_index)
        )
        models = [LogisticRegression(C=c, max_iter=2000).fit(features, part.targets_train) for c in PENALTIES]
        chances = [
            model.predict_proba(validation)[np.arange(len(validation)), part.targets_validation]
            for model in models
        ]
        best = models[int(np.argmin([-np.log(own).mean() for own in chances]))]
        assert_allclose(found["error"][place], 1 - best.score(test, part.targets_test), atol=0.011)
        own = best.predict_proba(test)[np.arange(len(test)), part.targets_test]
        assert_allclose(found["log_loss"][place], -np.log(own).mean(), rtol=0.01)
    assert found["gradient_magnitude"].isna().all()


def test_test_samples_choose_nothing() -> None:
    part = split(other_classes(SOME), 0)
    sets = [part.X_train, part.X_validation, part.X_test]
    first = probe(sets, part)
    assert_allclose(probe([*sets[:2], part.X_test[::-1]], part)[::-1], first, rtol=1e-12)
    assert_allclose(probe([*sets[:2], part.X_test[:5]], part), first[:5], rtol=1e-12)
    assert_allclose(first.sum(1), 1)


def test_rows_come_back_by_the_series(tmp_path: Path) -> None:
    sweep = Sweep(
        {"dataset": str(SOME), "seeds": "2", "settings": "2", "max_epochs": "2", "test_set": "held out"},
        {"heads": ("softmax", "sigmoid")},
    )
    series = Series("tiny transfer", "?", (sweep,), seeds_at_a_time=2, measured=probed)
    rows, failed = Replication.of(series, tmp_path).run(n_jobs=1)
    assert not failed
    assert len(rows) == 4
    assert rows["error"].between(0, 1).all()
    again, _ = Replication.of(series, tmp_path).run(n_jobs=1)
    assert_frame_equal(again, rows)
