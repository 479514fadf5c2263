"""scikit-learn's `MLPClassifier`, one network after the other or through joblib."""

import warnings

import joblib
from sklearn.neural_network import MLPClassifier

from tests.benchmarks._networks import LEARNING_RATE, Networks


def train(networks: Networks, n_jobs: int) -> None:
    """Train each network by itself."""
    if n_jobs == 1:
        for seed in range(networks.n_trained):
            _fit(networks, seed)
    else:
        joblib.Parallel(n_jobs)(joblib.delayed(_fit)(networks, seed) for seed in range(networks.n_trained))


def _fit(networks: Networks, seed: int) -> None:
    model = MLPClassifier(
        networks.hidden,
        batch_size=networks.batch_size,
        max_iter=networks.n_epochs,
        learning_rate_init=LEARNING_RATE,
        tol=0,
        alpha=0,
        n_iter_no_change=networks.n_epochs + 1,
        random_state=seed,
    )
    with warnings.catch_warnings(action="ignore"):
        model.fit(networks.X, networks.targets)
