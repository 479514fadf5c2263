"""Categories and gaps as inputs of a network: what is fitted on what, and that pipelines give the same."""

import dataclasses
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alternatives import HeadClassifier
from alternatives.datasets import DATASETS, Dataset, Feature, Samples, read, split
from alternatives.datasets.preparing import (
    LEAST_FREQUENCY,
    MOST_CATEGORIES,
    Standardise,
    preparation,
    with_rare_together,
)
from alternatives.experiments import Comparison
from alternatives.experiments.data import data, seconds_to_split
from alternatives.measures import brier_score, log_loss

PARTS = ("train", "validation", "test")
FEATURES = (
    Feature("length"),
    Feature("width", has_missing=True),
    Feature("colour", ("blue", "green", "red")),
    Feature("shape", ("round", "square"), has_missing=True),
)


def mixed(n=200, n_classes=3, seed=0):
    """Numbers, numbers with gaps, categories, categories with gaps; the classes follow from all of them."""
    random = np.random.default_rng(seed)
    targets = np.arange(n) % n_classes
    X = np.stack(
        [
            random.normal(5 + targets, 2),
            random.normal(targets, 1),
            (targets + random.integers(0, 2, n)) % 3,
            random.integers(0, 2, n).astype(float),
        ],
        1,
    )
    X[random.random(n) < 0.2, 1] = np.nan
    X[random.random(n) < 0.1, 3] = np.nan
    names = tuple(f"class {k}" for k in range(n_classes))
    return Samples(X, targets, names, tuple(each.name for each in FEATURES), features=FEATURES)


def test_inputs_are_numbers_then_gaps_then_categories():
    samples = mixed()
    part = split(samples, 3)
    rows = part.train_index
    length, width, colour, shape = samples.X[rows].T
    gap, median = np.isnan(width), np.nanmedian(width)
    numbers = StandardScaler().fit_transform(np.stack([length, np.where(gap, median, width)], 1))
    expected = np.column_stack(
        [
            numbers,
            gap,
            *(colour == code for code in range(3)),
            *(shape == code for code in range(2)),
            np.isnan(shape),
        ]
    )
    assert_allclose(part.X_train, expected, atol=1e-6)
    assert samples.shape == (200, 9, 3)
    for which in PARTS:
        X = getattr(part, f"X_{which}")
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        assert X.shape[1] == samples.n_inputs
        assert np.isfinite(X).all()


def test_a_test_set_changes_nothing_that_is_learnt():
    samples = mixed()
    part = split(samples, 1)
    X = samples.X.copy()
    held_out = np.concatenate([part.validation_index, part.test_index])
    X[held_out, 0] += 1e6
    X[held_out, 1] = 1e6
    X[held_out, 2] = 0
    again = split(dataclasses.replace(samples, X=X), 1)
    assert_array_equal(again.X_train, part.X_train)
    assert again.X_test[:, 0].min() > 1e5


@pytest.mark.parametrize("seed", range(20))
def test_every_split_has_as_many_inputs_though_gaps_and_categories_are_rare(seed):
    samples = mixed()
    X = samples.X.copy()
    X[:, 1] = np.arange(len(X))
    X[7, 1] = np.nan  # in one set alone
    X[:, 2] = 0
    X[[8, 9], 2] = [1, 2]
    samples = dataclasses.replace(samples, X=X)
    part = split(samples, seed)
    assert {getattr(part, f"X_{which}").shape[1] for which in PARTS} == {9}


def test_a_column_that_is_missing_in_the_whole_training_set_is_0():
    samples = mixed()
    part = split(samples, 0)
    X = samples.X.copy()
    X[part.train_index, 1] = np.nan
    again = split(dataclasses.replace(samples, X=X), 0)
    assert not again.X_train[:, 1].any()
    assert np.isfinite(again.X_test).all()


def test_a_number_that_is_constant_in_the_training_set_is_0_everywhere():
    samples = mixed()
    part = split(samples, 0)
    X = samples.X.copy()
    X[:, 0] = 3.0
    X[part.test_index[0], 0] = 1e9
    again = split(dataclasses.replace(samples, X=X), 0)
    for which in PARTS:
        assert not getattr(again, f"X_{which}")[:, 0].any()


@pytest.mark.parametrize("name", ["wine", "digits"])
def test_complete_numbers_are_prepared_as_always(name):
    """To the bit; so a column is prepared alike whether or not others have gaps."""
    samples = DATASETS[name].load()
    part = split(samples, 2)
    prepare = preparation(samples).fit(samples.X[part.train_index])
    for which in PARTS:
        X = prepare.transform(samples.X[getattr(part, f"{which}_index")])
        assert X.dtype == np.float32
        assert_array_equal(X, getattr(part, f"X_{which}"))


def test_complete_columns_are_prepared_alike_next_to_others():
    samples = mixed()
    alone = Samples(samples.X[:, :1], samples.targets, samples.class_names, ("length",))
    assert_array_equal(split(samples, 4).X_test[:, :1], split(alone, 4).X_test)


def test_preparation_is_scikit_learns_and_not_fitted():
    prepare = preparation(mixed())
    assert isinstance(prepare, ColumnTransformer)
    assert not hasattr(prepare, "transformers_")
    names = prepare.fit(mixed().X).get_feature_names_out(["length", "width", "colour", "shape"])
    assert len(names) == len(set(names)) == 9
    assert names[0] == "length"
    assert names[-1] == "shape_nan"


def test_standardise_is_fitted_before_it_is_used():
    with pytest.raises(Exception, match="not fitted"):
        Standardise().transform([[1.0]])


# Rare categories


def test_rare_categories_become_one():
    sizes = [40, 30, LEAST_FREQUENCY, LEAST_FREQUENCY - 1, 2, 1]
    codes = np.append(np.repeat(np.arange(6.0), sizes), np.nan)
    found, categories = with_rare_together(codes, ("f", "e", "d", "c", "b", "a"))
    assert categories == ("f", "e", "d", "other")
    assert_array_equal(found, np.append(np.repeat([0, 1, 2, 3.0], [*sizes[:3], sum(sizes[3:])]), np.nan))


def test_one_rare_category_keeps_its_name():
    codes = np.repeat(np.arange(3.0), [40, 30, 1])
    found, categories = with_rare_together(codes, ("a", "b", "c"))
    assert categories == ("a", "b", "c")
    assert_array_equal(found, codes)


def test_a_category_that_is_called_other_stays_another_one():
    codes = np.repeat(np.arange(4.0), [40, 30, 1, 1])
    _, categories = with_rare_together(codes, ("other", "other 2", "c", "d"))
    assert categories == ("other", "other 2", "other 3")


def test_categories_are_bounded():
    n = 3 * MOST_CATEGORIES
    codes = np.repeat(np.arange(float(n)), LEAST_FREQUENCY + np.arange(n))
    found, categories = with_rare_together(codes, tuple(map(str, range(n))))
    assert len(categories) == MOST_CATEGORIES
    assert categories[0] == str(n - MOST_CATEGORIES + 1)  # the commonest are kept
    assert np.bincount(found.astype(int))[-1] == (codes <= n - MOST_CATEGORIES).sum()


def test_categories_of_missing_values_alone_stay():
    codes = np.full(10, np.nan)
    found, categories = with_rare_together(codes, ("a", "b"))
    assert categories == ("a", "b")
    assert np.isnan(found).all()


# In experiments


@pytest.fixture
def mixed_data():
    @DATASETS.register
    @dataclasses.dataclass(frozen=True)
    class Mixed(Dataset):
        name = "mixed for a test"
        sentence = "Numbers and categories."
        source = "this test"

        def make(self):
            return mixed()

    yield DATASETS["mixed for a test"]
    DATASETS.unregister("mixed for a test")


def own_data():
    """A table as a person has it: with gaps and categories."""
    random = np.random.default_rng(0)
    lines = ["length,colour,kind"]
    for k in range(200):
        length = "" if k % 7 == 0 else f"{random.normal(k % 3):.3f}"
        lines.append(f"{length},{['red', 'green', 'blue'][random.integers(3)]},k{k % 3}")
    return read("\n".join(lines).encode(), name="glass.csv")


@pytest.mark.parametrize("is_own", [False, True])
def test_an_experiment_on_prepared_data_equals_scikit_learns_pipeline(mixed_data, is_own):
    """To the last digit: the same rows, the same seeds, the same steps."""
    dataset = own_data() if is_own else mixed_data
    comparison = Comparison(
        dataset,
        heads=["softmax", "Taylor softmax", "sigmoid"],
        n_seeds=3,
        first_seed=5,
        hidden_layer_sizes=(8,),
        learning_rate=0.02,
        n_epochs=4,
        batch_size=32,
    )
    results, samples = comparison.run(n_jobs=1), dataset.load()
    for place, head in enumerate(comparison.heads):
        for k, seed in enumerate(comparison.seeds):
            part = split(samples, seed)
            classifier = HeadClassifier(
                head,
                (8,),
                initialisation=comparison.initialisation,
                learning_rate_init=0.02,
                max_iter=4,
                batch_size=32,
                alpha=0,
                n_iter_no_change=np.inf,
                random_state=seed,
            )
            pipeline = make_pipeline(preparation(samples), classifier)
            pipeline.fit(samples.X[part.train_index], part.targets_train)
            X, targets = samples.X[part.test_index], part.targets_test
            assert results.values["accuracy"][place, k] == pipeline.score(X, targets)
            probabilities = pipeline.predict_proba(X)
            assert results.values["log loss"][place, k] == log_loss(probabilities, targets)
            assert results.values["Brier score"][place, k] == brier_score(probabilities, targets)
    assert results.values["accuracy"].mean() > 0.4


def test_the_networks_of_a_stack_are_those_of_pipelines_to_the_bit(mixed_data):
    """Every weight after training, so every probability too."""
    comparison = Comparison(
        mixed_data, heads=["softmax"], n_seeds=2, hidden_layer_sizes=(8,), learning_rate=0.02, n_epochs=3
    )
    runs, samples = comparison.train(None, n_jobs=1), mixed_data.load()
    for k, seed in enumerate(comparison.seeds):
        part = split(samples, seed)
        pipeline = make_pipeline(
            preparation(samples),
            HeadClassifier(
                "softmax",
                (8,),
                initialisation=comparison.initialisation,
                learning_rate_init=0.02,
                max_iter=3,
                batch_size=64,
                alpha=0,
                n_iter_no_change=np.inf,
                random_state=seed,
            ),
        ).fit(samples.X[part.train_index], part.targets_train)
        classifier = pipeline[-1]
        network = runs.variants[0].network
        weights, biases, *_ = network.views(runs.parameters[0][k])
        for mine, theirs in zip(weights, classifier.coefs_, strict=True):
            assert_array_equal(np.squeeze(mine), theirs)
        for mine, theirs in zip(biases, classifier.intercepts_, strict=True):
            assert_array_equal(np.squeeze(mine), theirs)


def test_two_inputs_of_a_category_are_no_plane(mixed_data, monkeypatch):
    samples = mixed()
    binary = Samples(
        samples.X[:, 3:] > 0.5,
        samples.targets,
        samples.class_names,
        ("shape",),
        features=(Feature("shape", ("round", "square")),),
    )
    assert binary.shape == (200, 2, 3)
    monkeypatch.setattr(type(mixed_data), "make", lambda self: binary)
    data.cache_clear()
    results = Comparison(mixed_data, n_seeds=1, n_epochs=1, learning_rate=0.1).run()
    assert results.decisions is None


@pytest.mark.parametrize(
    ("n_samples", "n_numbers", "n_categories", "has_gaps"),
    [(400, 4, 0, True), (400, 4, 2, False), (5_000, 5, 10, True), (200, 3, 60, False), (2_000, 40, 1, True)],
)
def test_the_estimated_time_of_preparing_is_near_what_it_takes(n_samples, n_numbers, n_categories, has_gaps):
    random = np.random.default_rng(0)
    X = random.normal(size=(n_samples, n_numbers + n_categories))
    X[:, n_numbers:] = random.integers(0, 20, (n_samples, n_categories))
    X[::9, :n_numbers] = np.nan if has_gaps else 0
    features = [
        *(Feature(f"n{k}", (), has_gaps) for k in range(n_numbers)),
        *(Feature(f"c{k}", tuple(map(str, range(20)))) for k in range(n_categories)),
    ]
    names = tuple(each.name for each in features)
    samples = Samples(X, np.arange(n_samples) % 3, ("a", "b", "c"), names, features=tuple(features))
    split(samples, 99)  # scikit-learn is imported
    taken = []
    for seed in range(5):
        start = time.process_time()
        split(samples, seed)
        taken.append(time.process_time() - start)
    prepared = (n_categories, n_numbers * has_gaps)
    estimate = seconds_to_split(1_000, n_samples, samples.n_inputs, prepared) / 1_000
    assert 0.3 < estimate / min(taken) < 3
