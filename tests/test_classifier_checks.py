"""scikit-learn's own checks of an estimator, of every head."""

import functools

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from alternatives import HEADS, HeadClassifier
from alternatives.heads import SphericalSoftmax

EVERY_HEAD = [
    # 8 units reach what the checks ask for, though some heads not at the default learning rate.
    HeadClassifier(name, (8,), learning_rate_init=0.03, max_iter=40)
    for name in HEADS
]
OTHER_SETTINGS = [
    HeadClassifier(max_iter=40),
    HeadClassifier(
        SphericalSoftmax(0.1), [6, 4], "tanh", learning_rate_init=0.02, batch_size=32, max_iter=60
    ),
    HeadClassifier("Taylor softmax", (), solver="sgd", learning_rate_init=0.1, alpha=0.1, max_iter=60),
    HeadClassifier("softmax", (8,), solver="lbfgs"),
]

OF_READING = (
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_classifier_data_not_an_array",
)


def is_of_reading(check: functools.partial) -> bool:
    """Whether a check is of how samples are read or refused, which is done before any head sees them."""
    reads_a_map = check.func.__name__ == "check_classifiers_train" and "readonly_memmap" in check.keywords
    return check.func.__name__ in OF_READING or reads_a_map


def cases():
    """Each estimator with the checks that it is put to: those of reading take long, and four do for them."""
    for estimator in (*EVERY_HEAD, *OTHER_SETTINGS):
        for number, (given, check) in enumerate(estimator_checks_generator(estimator)):
            if estimator in OTHER_SETTINGS or not is_of_reading(check):
                yield pytest.param(given, check, id=f"{estimator}-{number}-{check.func.__name__}")


def test_the_checks_of_reading_are_among_them():
    checks = [check for _, check in estimator_checks_generator(HeadClassifier())]
    assert {*OF_READING} < {check.func.__name__ for check in checks}
    assert sum(map(is_of_reading, checks)) == len(OF_READING) + 2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("estimator", "check"), list(cases()))
def test_scikit_learns_checks_of_an_estimator(estimator, check):
    check(estimator)
