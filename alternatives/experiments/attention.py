"""Attention over a sequence, with each head's map as the normaliser of its weights."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.datasets import Dataset
from alternatives.datasets.generated import KeyValueRecall
from alternatives.experiments.data import Data
from alternatives.experiments.experiment import Watch
from alternatives.experiments.finding import might_change
from alternatives.experiments.results import Results
from alternatives.experiments.runs import Runs, Variant
from alternatives.experiments.settings import accuracy, accuracy_clauses
from alternatives.experiments.shares import entropy, shares_of
from alternatives.experiments.soft_choice import SoftChoice, without_failed
from alternatives.experiments.tasks import N_ROWS, RECALL, TASKS, Task, task
from alternatives.experiments.tuning import Tuning
from alternatives.heads import Floats, Integers
from alternatives.state import Choice, Range, field
from alternatives.training import EQUAL, Architecture, AttentionPooling
from alternatives.wording import in_unit, listed, sentence, spelled

N_EXAMPLES = 10
"""Digits drawn with their weights: the first of each class in the test set."""

RIGHT = "weight of the right pair"
"""The measure of key-value recall: the share of the weights on the pair whose key is asked for."""


@dataclass(frozen=True)
class Attention(SoftChoice):
    """Attention pooling with one query, learned or from the sample, with different normalisers."""

    noun = "experiment on attention"

    task: str = field(
        "task",
        Choice(lambda: TASKS, "recall: find the pair with the asked key; rows: look at any rows of a digit"),
        RECALL,
    )
    n_pairs: int = field("pairs", Range(2, 16, "pairs of a key and a value in a sample", whole=True), 8)
    n_units: int = field("units", Range(1, 64, "length of query, keys and values", whole=True), 16)

    @property
    def sequences(self) -> Task:
        """What the networks read."""
        return task(self.task, self.n_pairs)

    @property
    def dataset(self) -> Dataset:  # type: ignore[override]
        """The task's samples."""
        return self.sequences.dataset

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        n_steps, n_query = self.sequences.n_steps, self.sequences.n_query
        return tuple(
            Variant(name, AttentionPooling(n_features, n_classes, n_steps, self.n_units, head, n_query))
            for name, head in self.choices.items()
        )

    def numbers_measured(self, network: Architecture) -> float:
        return network.n_classes + self.sequences.n_steps * (2 + self.n_units / 8)

    def numbers_held(self, network: Architecture) -> float:
        # The steps' embeddings and values, of one variant after the other.
        own = 4 * self.sequences.n_steps * self.n_units / len(self.choices)
        return super().numbers_held(network) + 4 * self.sequences.n_steps + own

    def run(self, watch: Watch | None = None, n_jobs: int | None = None) -> "AttentionResults":
        """Train, and record which steps the networks look at."""
        tuned, data = self.tune(watch, n_jobs), self.data
        return _measured(self, data, tuned, self.train(tuned, watch, n_jobs, data))


@dataclass(frozen=True, eq=False)
class Examples:
    """Some digits of the first seed's test set, with the weights of their rows.

    Attributes
    ----------
    pictures : array (n_examples, n_steps, n_columns)
        The digits, ink from 0 to 1.
    shares : array (n_variants, n_examples, n_steps)
        The rows' shares of the weights.
    """

    pictures: Floats
    shares: Floats


@dataclass(frozen=True, eq=False)
class AttentionResults(Results[Attention]):
    """What came out, beside what all `Results` have.

    Attributes
    ----------
    step_shares : array (n_variants, n_seeds, n_steps)
        Mean shares of the weights on the test set. Of digits: of each row from the top. Of key-value recall:
        of the pair whose key is asked for, then of the others, each sample's largest first.
    key_shares : array (n_variants, n_keys, n_keys) or None
        Of key-value recall: the mean share, over the seeds, of the pair with a key (last axis) where a key
        is asked for (second axis).
    examples : Examples or None
        Of digits.
    """

    step_shares: Floats
    key_shares: Floats | None
    examples: Examples | None

    @property
    def finding_in_parts(self) -> tuple[str, str]:
        experiment = self.experiment
        clauses = accuracy_clauses(self.summary, experiment.baseline)
        where = self._on_the_right_pair if RIGHT in self.values else self._steps_looked_at
        first = f"{experiment.sequences.doing} {experiment.duration}, {clauses}."
        return first, " ".join(filter(None, [where, *might_change(self)]))

    @property
    def _on_the_right_pair(self) -> str:
        means = self._means(RIGHT)
        if not len(means):
            return ""
        (first, share), *others = means.items()
        parts = [f"{first} puts {in_unit(share, '%')} of its weight on the right pair"]
        every = listed([*parts, *(f"{name} {in_unit(share, '%')}" for name, share in others)])
        return f"{sentence(every)}."

    @property
    def _steps_looked_at(self) -> str:
        sequences = self.experiment.sequences
        means = self._means(sequences.looked_at)
        if not len(means):
            return ""
        narrow, wide = str(means.idxmin()), str(means.idxmax())
        also = f", {wide} at {spelled(means[wide])}" if narrow != wide else ""
        rows = f"{sequences.n_steps} {sequences.step}s"
        return f"{sentence(narrow)} looks at {spelled(means[narrow])} of {rows} on average{also}."

    def _means(self, measure: str) -> "pd.Series[float]":
        """Means of the normalisers that finished."""
        rows = self.summary[self.summary["measure"] == measure]
        return rows.set_index("variant")["mean"].drop(EQUAL.name).dropna()


def _measured(experiment: Attention, data: Data, tuned: Tuning | None, runs: Runs) -> AttentionResults:
    accuracies = accuracy(runs, data.test)
    weights = [
        _weights(runs, variant, data.test.X, accuracies[variant]) for variant in range(len(runs.variants))
    ]
    shares = np.array([shares_of(own) for own in weights])
    entropies = entropy(shares)
    values = {
        "accuracy": accuracies,
        experiment.sequences.looked_at: np.exp(entropies).mean(-1),
        "entropy": entropies.mean(-1),
        "sum of the weights": np.array([own.sum(-1).mean(-1) for own in weights]),
    }
    by_step, key_shares, examples = shares, None, None
    if isinstance(experiment.dataset, KeyValueRecall):
        keys, _, asked = experiment.dataset.parts(data.samples.X[data.test_index])
        by_step = _asked_first(shares, keys == asked[..., None])
        key_shares = _by_key(shares, keys, asked)
        values[RIGHT] = by_step[..., 0].mean(-1)
    else:
        examples = _examples(data, shares)
    return AttentionResults(
        **Results.common(experiment, tuned, runs, np.isnan(accuracies), values),
        step_shares=by_step.mean(2),
        key_shares=key_shares,
        examples=examples,
    )


def _weights(runs: Runs, variant: int, X: Floats, accuracies: Floats) -> Floats:
    """The attention (n_seeds, n_samples, n_steps); NaN for a run that diverged."""
    network = runs.variants[variant].network
    assert isinstance(network, AttentionPooling)
    with np.errstate(all="ignore"):
        return without_failed(network.attention(runs.parameters[variant], X), accuracies)


def _asked_first(shares: Floats, right: NDArray[np.bool_]) -> Floats:
    """Shares (n_variants, n_seeds, n_samples, n_pairs): of the right pair, then the others', falling."""
    its_own = np.broadcast_to(right, shares.shape)
    others = -np.sort(-shares[~its_own].reshape(*shares.shape[:-1], -1), axis=-1)
    return np.concatenate([shares[its_own].reshape(*shares.shape[:-1], 1), others], axis=-1)


def _by_key(shares: Floats, keys: Integers, asked: Integers) -> Floats:
    """Mean shares (n_variants, n_keys asked for, n_keys of pairs) over the samples of seeds that finished."""
    in_order = np.take_along_axis(shares, np.argsort(keys, axis=-1)[None], axis=-1)
    finished = np.asarray(np.isfinite(in_order).all(-1))  # (n_variants, n_seeds, n_samples)
    is_asked = np.equal(asked, np.arange(keys.shape[-1])[:, None, None])  # (n_keys, n_seeds, n_samples)
    sums = np.einsum("vsnk,asn->vak", np.where(finished[..., None], in_order, 0), is_asked.astype(float))
    counts = np.einsum("vsn,asn->va", finished.astype(float), is_asked.astype(float))
    return sums / np.where(counts > 0, counts, np.nan)[..., None]


def _examples(data: Data, shares: Floats) -> Examples:
    """The first sample of each class in the first seed's test set."""
    targets = data.test.targets[0]
    first = [int(np.flatnonzero(targets == target)[0]) for target in np.unique(targets)[:N_EXAMPLES]]
    pixels = data.samples.X[data.test_index[0, first]]
    return Examples(pixels.reshape(len(first), N_ROWS, -1) / data.samples.X.max(), shares[:, 0, first])
