"""scikit-learn's own checks of an estimator, of every head."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from alternatives import HEADS, HeadClassifier
from alternatives.heads import SphericalSoftmax


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [
        # 8 units reach what the checks ask for, though some heads not at the default learning rate.
        *(HeadClassifier(name, (8,), learning_rate_init=0.03, max_iter=40) for name in HEADS),
        HeadClassifier(max_iter=40),
        HeadClassifier(
            SphericalSoftmax(0.1), [6, 4], "tanh", learning_rate_init=0.02, batch_size=32, max_iter=60
        ),
        HeadClassifier("Taylor softmax", (), solver="sgd", learning_rate_init=0.1, alpha=0.1, max_iter=60),
        HeadClassifier("softmax", (8,), solver="lbfgs"),
    ]
)
def test_scikit_learns_checks_of_an_estimator(estimator, check):
    check(estimator)
