"""Labels, as scikit-learn's classifiers take and refuse them."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.exceptions import DataConversionWarning
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier

from alternatives import HeadClassifier

X = np.random.default_rng(0).normal(size=(6, 2))
PEERS = [MLPClassifier(max_iter=2), SGDClassifier(), GaussianNB()]
BRIEF = {"hidden_layer_sizes": (3,), "max_iter": 2, "n_iter_no_change": np.inf}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Tensor:
    """An array with a type that isn't numpy's, as PyTorch has them."""

    def __init__(self, values: list[Any]) -> None:
        self._values, self.dtype, self.shape = np.array(values), "int64", (len(values),)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._values, dtype)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Tensor({self._values})"


KNOWN: dict[str, tuple[Any, list[Any]]] = {
    "strings": (["1", "2"], ["10", "", "1 ", "a", None, 1]),
    "longer strings": (["ab", "cd"], ["abc", "a"]),
    "numbers": ([0, 1], [0.7, -1, 2, "1", None]),
    "bytes of a number": (np.array([0, 1], np.int8), [256, 257, -256]),
    "booleans": ([False, True], [5, 2, "True", "1"]),
    "floats": ([1.0, 2.0], [1.5, 3, "1.0"]),
    "large numbers": (np.array([0, 2**53]), [2**53 + 1]),
}


@pytest.mark.parametrize("call", ["first", "second"])
@pytest.mark.parametrize(("classes", "label"), [(c, x) for c, xs in KNOWN.values() for x in xs], ids=repr)
def test_a_label_that_is_no_class_is_refused_as_others_refuse_it(classes, label, call):
    for classifier in (HeadClassifier(**BRIEF), *PEERS):
        if classifier in PEERS[1:] and label is None:
            continue
        if call == "second":
            classifier.fit(X[:2], classes)
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # every one has words of its own
            classifier.partial_fit(X[:1], [label], classes=None if call == "second" else classes)
        if isinstance(classifier, HeadClassifier) and label is not None:
            assert "previously unseen labels" in str(raised.value)
            assert repr(label) in str(raised.value)


@pytest.mark.parametrize(
    ("labels", "same"),
    [([0, 1], [0.0, 1.0]), ([False, True], [0, 1]), ([1.0, 2.0], np.array([1, 2], np.uint8))],
    ids=repr,
)
def test_labels_that_are_equal_are_one_label(labels, same):
    one, other = (
        HeadClassifier(**BRIEF, random_state=0).partial_fit(X[:2], given, classes=labels)
        for given in (labels, same)
    )
    assert np.array_equal(one.predict_proba(X), other.predict_proba(X))
    assert one.classes_.dtype == other.classes_.dtype == np.asarray(labels).dtype


@pytest.mark.parametrize(
    "labels",
    [
        [1, "a"] * 3,
        np.array([1, "a"] * 3, object),
        np.array(["a", None] * 3, object),
        [None] * 6,
        [0, 1, np.nan] * 2,
        np.array(["a", np.nan] * 3, object),
        [0, np.inf] * 3,
        np.linspace(0, 1, 6),
        np.array([1, 2] * 3, object),
        [1j, 2] * 3,
        np.array([[0, 1], [1, 0]] * 3),
        [["a", "b"]] * 6,
        pd.Series([1, None] * 3, dtype="Int64"),
        pd.Series(["a", None] * 3),
        [[[0]], [[1]]] * 3,
        [],
        3,
        "ababab",
        None,
    ],
    ids=lambda labels: repr(labels)[:40],
)
def test_what_has_no_classes_is_refused(labels):
    for train in (HeadClassifier.fit, lambda *args: HeadClassifier.partial_fit(*args, classes=[0, 1])):
        classifier = HeadClassifier(**BRIEF)
        with pytest.raises(ValueError, match=r"label|y |NaN|samples|Complex|array"):
            train(classifier, X, labels)
        assert vars(classifier) == vars(HeadClassifier(**BRIEF))


def test_classes_are_checked_as_labels_are():
    for classes in ([0.5, 1.5], [1, "a"], [1], [[0, 1], [1, 0]], ["a", None], []):
        with pytest.raises(ValueError, match=r"label|class|1d"):
            HeadClassifier(**BRIEF).partial_fit(X, [1] * 6, classes=classes)
    classifier = HeadClassifier(**BRIEF).partial_fit(X, [1, 2] * 3, classes=[2, 1, 2])
    assert classifier.classes_.tolist() == [1, 2]
    classifier.partial_fit(X, [1] * 6, classes=[1.0, 2.0])
    with pytest.raises(ValueError, match="classes must stay what they were"):
        classifier.partial_fit(X, [1] * 6, classes=["1", "2"])


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b"] * 3,
        ["only one of them is long", "b", "c"] * 2,
        np.array(["a", "b"] * 3, object),
        pd.Series(["a", "b"] * 3),
        pd.Series(["a", "b"] * 3, dtype="category"),
        pd.Series(["a", "b"] * 3, dtype="string"),
        pd.Series([3, 5] * 3, dtype="category", index=list("uvwxyz")),
        pd.Series([1, 2] * 3, dtype="Int64"),
        pd.Series([True, False] * 3, dtype="boolean"),
        pd.Categorical(["a", "b"] * 3),
        pa.chunked_array([["a", "b"] * 3]),
        [True, False] * 3,
        [1, 2.0] * 3,
        np.array([-3, 200] * 3, np.int16),
        np.array([0, 255] * 3, np.uint8),
        np.array(["2026-01-01", "2026-01-02"] * 3, "M8[D]"),
        (7, 8) * 3,
        Tensor([7, 8] * 3),
    ],
    ids=lambda labels: repr(labels)[:40],
)
def test_classes_are_those_of_scikit_learns_network(labels):
    ours, theirs = HeadClassifier(**BRIEF).fit(X, labels), MLPClassifier(max_iter=2).fit(X, labels)
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.classes_.dtype.kind == theirs.classes_.dtype.kind
    assert ours.predict(X).dtype == ours.classes_.dtype
    assert set(ours.predict(X).tolist()) <= set(ours.classes_.tolist())
    ours.partial_fit(X, labels, classes=np.unique(labels))


def test_a_column_of_labels_is_taken_with_a_warning():
    for labels in (np.array([[0], [1]] * 3), pd.DataFrame({"y": ["a", "b"] * 3})):
        for method in (HeadClassifier(**BRIEF).fit, MLPClassifier(max_iter=2).fit):
            with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
                classifier = method(X, labels)
        assert len(classifier.classes_) == 2


def test_frames_that_are_not_from_pandas_have_names_too():
    table = pa.table({"one": X[:, 0], "two": X[:, 1]})
    classifier = HeadClassifier(**BRIEF, random_state=0).fit(table, [0, 1] * 3)
    assert classifier.feature_names_in_.tolist() == ["one", "two"]
    assert np.array_equal(
        classifier.predict_proba(table), classifier.predict_proba(pd.DataFrame(table.to_pydict()))
    )
