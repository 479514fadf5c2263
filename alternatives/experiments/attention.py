"""Attention over the rows of a digit, with each head's map as the normaliser of its weights."""

from dataclasses import dataclass

import numpy as np

from alternatives.datasets import DATASETS, Dataset
from alternatives.experiments.data import Data
from alternatives.experiments.experiment import Watch
from alternatives.experiments.results import Results
from alternatives.experiments.runs import Runs, Variant
from alternatives.experiments.settings import accuracy, accuracy_clauses
from alternatives.experiments.shares import entropy, shares_of
from alternatives.experiments.soft_choice import EQUAL, SoftChoice, without_failed
from alternatives.experiments.tuning import Tuning
from alternatives.heads import Floats
from alternatives.state import Range, field
from alternatives.training import AttentionPooling

N_STEPS = 8
"""A digit is a sequence of eight rows."""

N_EXAMPLES = 10
"""Digits drawn with their weights: the first of each class in the test set."""


@dataclass(frozen=True)
class Attention(SoftChoice):
    """Attention pooling with one learned query, with different normalisers."""

    noun = "experiment on attention"

    n_units: int = field("units", Range(1, 64, "length of query, keys and values", whole=True), 16)

    @property
    def dataset(self) -> Dataset:  # type: ignore[override]
        """The digits: sequences of rows."""
        return DATASETS["digits"]

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        return tuple(
            Variant(name, AttentionPooling(n_features, n_classes, N_STEPS, self.n_units, head))
            for name, head in self.choices.items()
        )

    def run(self, watch: Watch | None = None, n_jobs: int | None = None) -> "AttentionResults":
        """Train, and record which rows the networks look at."""
        tuned, data = self.tune(watch, n_jobs), self.data
        return _measured(self, data, tuned, self.train(tuned, watch, n_jobs, data))


@dataclass(frozen=True, eq=False)
class AttentionResults(Results[Attention]):
    """What came out, beside what all `Results` have.

    Attributes
    ----------
    row_shares : array (n_variants, n_seeds, n_steps)
        Mean share of the weights that each row of a digit gets, on the test set.
    example_shares : array (n_variants, n_examples, n_steps)
        The shares of some digits of the first seed's test set.
    pictures : array (n_examples, n_steps, n_columns)
        These digits, ink from 0 to 1.
    """

    row_shares: Floats
    example_shares: Floats
    pictures: Floats

    @property
    def finding(self) -> str:
        """The result in a sentence."""
        summary = self.summary
        means = summary[summary["measure"] == "rows looked at"].set_index("variant")["mean"]
        looked = means.drop(EQUAL.name).dropna()
        rows = ""
        if len(looked):
            narrow, wide = str(looked.idxmin()), str(looked.idxmax())
            rows = f"; {narrow} looks at {looked[narrow]:.1f} of {N_STEPS} rows on average"
            if narrow != wide:
                rows += f", {wide} at {looked[wide]:.1f}"
        experiment = self.experiment
        clauses = accuracy_clauses(summary, experiment.baseline)
        return f"Reading digits row by row {experiment.duration}, {clauses}{rows}."


def _measured(experiment: Attention, data: Data, tuned: Tuning | None, runs: Runs) -> AttentionResults:
    accuracies = accuracy(runs, data.test)
    weights = [
        _weights(runs, variant, data.test.X, accuracies[variant]) for variant in range(len(runs.variants))
    ]
    shares = [shares_of(own) for own in weights]
    entropies = [entropy(own) for own in shares]
    values = {
        "accuracy": accuracies,
        "rows looked at": np.array([np.exp(own).mean(-1) for own in entropies]),
        "entropy": np.array([own.mean(-1) for own in entropies]),
        "sum of the weights": np.array([own.sum(-1).mean(-1) for own in weights]),
    }
    examples = _examples(data)
    return AttentionResults(
        **Results.common(experiment, tuned, runs, np.isnan(accuracies), values),
        row_shares=np.array([own.mean(1) for own in shares]),
        example_shares=np.array([own[0, examples] for own in shares]),
        pictures=_pictures(data, examples),
    )


def _weights(runs: Runs, variant: int, X: Floats, accuracies: Floats) -> Floats:
    """The attention (n_seeds, n_samples, n_steps); NaN for a run that diverged."""
    network = runs.variants[variant].network
    assert isinstance(network, AttentionPooling)
    with np.errstate(all="ignore"):
        return without_failed(network.attention(runs.parameters[variant], X), accuracies)


def _examples(data: Data) -> list[int]:
    """The first sample of each class in the first seed's test set."""
    targets = data.test.targets[0]
    return [int(np.flatnonzero(targets == target)[0]) for target in np.unique(targets)[:N_EXAMPLES]]


def _pictures(data: Data, examples: list[int]) -> Floats:
    rows = data.test_index[0, examples]
    return data.samples.X[rows].reshape(len(examples), N_STEPS, -1) / data.samples.X.max()
