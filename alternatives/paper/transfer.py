"""Which features a head's networks learn: a linear probe on classes that they have never seen.

Of a data set of which a part of the classes is used, the network is trained on these. Its last hidden layer
is then kept as it is, and a logistic regression learns to tell the other classes apart by its outputs. The
strength of its penalty is chosen on a validation set of these classes, and it is measured on their test set.

References
----------
Kornblith et al. 2021, Why do better loss functions lead to less transferable features?, arXiv 2010.16402.
"""

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd

from alternatives.datasets import Dataset, Samples, split
from alternatives.datasets.splitting import Split, centre_and_divisor, scaled
from alternatives.experiments import Comparison
from alternatives.heads import Floats
from alternatives.measures import evaluate
from alternatives.paper.tables import NOT_RECORDED, Trained, of_networks
from alternatives.training import Network, one_blas_thread

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Of the probe: inverse strengths, as scikit-learn's C."""


def probed(comparison: Comparison) -> pd.DataFrame:
    """Train a comparison of one head in which nothing is chosen, and measure a probe on the other classes.

    Returns
    -------
    DataFrame
        The columns of a row, all measures those of the probe: a row a seed.

    Raises
    ------
    ValueError
        If the data set uses all classes, or has columns that need more preparing than to be scaled.
    """
    others = other_classes(comparison.dataset)
    samples, in_test = comparison.dataset.load(), comparison.division.in_test(comparison.dataset)
    runs = comparison.train(None, n_jobs=1)
    network, job = runs.variants[0].network, runs.jobs[0]
    assert isinstance(network, Network)
    every = []
    for place, seed in enumerate(comparison.seeds):
        own = split(samples, seed, comparison.label_noise, in_test, comparison.n_training)
        scale = centre_and_divisor(samples.X[own.train_index], samples.one_unit)
        part, parameters = split(others, seed), runs.parameters[0][place]
        rows = part.train_index, part.validation_index, part.test_index
        with one_blas_thread(), np.errstate(all="ignore"):
            features = [network.hidden(parameters, scaled(others.X[each], *scale))[-1] for each in rows]
            probabilities = np.full((len(part.targets_test), len(others.class_names)), np.nan)
            if not runs.diverged[place, 0]:
                probabilities = probe(features, part)
        every.append(evaluate(probabilities, part.targets_test))
    values = {name: np.array([each[name] for each in every]) for name in every[0]}
    trained = Trained(
        str(comparison.heads[0]), job.learning_rate, job.n_epochs, runs.seconds[0], runs.diverged[:, 0]
    )
    return of_networks(comparison, trained, values, [NOT_RECORDED] * comparison.n_seeds)


def other_classes(dataset: Dataset) -> Samples:
    """The samples of the classes that a data set leaves out; ValueError where it leaves out none."""
    given: Any = dataset
    names = [each.name for each in dataclasses.fields(dataset)]
    whole = dataclasses.replace(given, classes=type(given)().classes).load() if "classes" in names else None
    if whole is None or given.classes > len(whole.class_names) - 2:
        raise ValueError(f"{dataset} must leave out two classes at least, for a probe to tell apart")
    if whole.features:
        raise ValueError(f"{dataset} must have numbers alone, without gaps")
    used = {*dataset.load().class_names}
    kept = [place for place, name in enumerate(whole.class_names) if name not in used]
    rows = np.flatnonzero(np.isin(whole.targets, kept))
    return dataclasses.replace(
        whole,
        X=whole.X[rows],
        targets=np.searchsorted(kept, whole.targets[rows]),
        class_names=tuple(whole.class_names[place] for place in kept),
    )


def probe(features: list[Floats], part: Split) -> Floats:
    """Probabilities (n_test, n_classes) of a logistic regression on training, validation and test features.

    Its penalty is the one with the lowest log loss on the validation set.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    training, validation, test = (np.asarray(X, np.float64) for X in features)
    labels = np.arange(part.targets_train.max() + 1)
    fitted = []
    for strength in PENALTIES:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=200))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # with little penalty it needn't get to the end
            model.fit(training, part.targets_train)
        loss = log_loss(part.targets_validation, model.predict_proba(validation), labels=labels)
        fitted.append((loss, model))
    best = min(fitted, key=lambda each: each[0])[1]
    found: Floats = best.predict_proba(test)
    return found
