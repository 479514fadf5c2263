"""Attention: a read-out that looks at the rows of a digit, with each head's map as its normaliser."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.datasets import DATASETS, Dataset, Samples
from alternatives.experiments.choosing import EQUAL, Choosing, failed_as_nan
from alternatives.experiments.experiment import (
    Data,
    Variant,
    Watch,
    accuracy_clauses,
    compared,
    curves,
    data,
    entropy,
    interval,
    runs,
    shares_of,
    tidy,
    trained,
)
from alternatives.heads import Floats
from alternatives.state import Range, field
from alternatives.training import AttentionPooling

N_STEPS = 8
"""A digit is a sequence of eight rows."""

N_EXAMPLES = 10
"""Digits drawn with their weights: the first of each class in the test part."""


@dataclass(frozen=True)
class Attention(Choosing):
    """Which normalisers a read-out with one learned query is trained with.

    Parameters
    ----------
    normalisers : sequence of Head or str
    n_units : int
        Length of query, keys and values.
    """

    noun = "experiment on attention"

    n_units: int = field("units", Range(1, 64, "length of query, keys and values", whole=True), 16)

    @property
    def dataset(self) -> Dataset:  # type: ignore[override]
        """The digits: sequences of rows."""
        return DATASETS["digits"]

    def networks(self, samples: Samples) -> dict[str, AttentionPooling]:
        n_features, n_classes = samples.X.shape[-1], len(samples.class_names)
        return {
            name: AttentionPooling(n_features, n_classes, N_STEPS, self.n_units, head)
            for name, head in self.variants.items()
        }


@dataclass(frozen=True, eq=False)
class AttentionResults:
    """What came out, as tidy frames.

    Attributes
    ----------
    runs : variant, seed, learning_rate, accuracy, diverged
    measures : variant, seed, measure, value
        What `summary` sums up.
    curves : variant, epoch, quantity, mean, low, high
    rows : variant, row, mean, low, high
        Mean weight of each row of the digits, from 1, on the test part; shares, whatever their sum was.
    examples : variant, example, row, weight
        Of some digits of the first seed's test part; shares too.
    digits : example, row, column, ink
        These digits, ink from 0 to 1.
    summary : as of a comparison, for accuracy, entropy (nats), rows looked at (the exponential of the
        entropy) and the sum of the weights
    finding : str
    """

    experiment: Attention
    runs: pd.DataFrame
    measures: pd.DataFrame
    curves: pd.DataFrame
    rows: pd.DataFrame
    examples: pd.DataFrame
    digits: pd.DataFrame
    summary: pd.DataFrame
    finding: str


def run_attention(
    experiment: Attention, watch: Watch | None = None, n_jobs: int | None = None
) -> AttentionResults:
    """Train, and look at where the networks look."""
    of = data(experiment.dataset, experiment.seeds)
    every = trained(experiment.networks(of.samples), experiment, of, watch, n_jobs)
    weights = {name: _weights(variant, of) for name, variant in every.items()}
    shares = {name: shares_of(own) for name, own in weights.items()}
    of_samples = {name: entropy(own) for name, own in shares.items()}
    values = {
        "accuracy": {name: variant.accuracy for name, variant in every.items()},
        "rows looked at": {name: np.exp(own).mean(-1) for name, own in of_samples.items()},
        "entropy": {name: own.mean(-1) for name, own in of_samples.items()},
        "sum of the weights": {name: own.sum(-1).mean(-1) for name, own in weights.items()},
    }
    measured = tidy(experiment, values)
    table = compared(measured, experiment.baseline, {"accuracy": "higher"})
    of_rows = [
        pd.DataFrame({"variant": name, "row": np.arange(1, N_STEPS + 1), **interval(own.mean(1))})
        for name, own in shares.items()
    ]
    chosen = _examples(of)
    examples = [
        pd.DataFrame(
            {
                "variant": name,
                "example": np.repeat(np.arange(len(chosen)), N_STEPS),
                "row": np.tile(np.arange(1, N_STEPS + 1), len(chosen)),
                "weight": own[0, chosen].ravel(),
            }
        )
        for name, own in shares.items()
    ]
    return AttentionResults(
        experiment,
        runs(experiment, every),
        measured,
        curves(every),
        pd.concat(of_rows, ignore_index=True),
        pd.concat(examples, ignore_index=True),
        _digits(of, chosen),
        table,
        _finding(experiment, table),
    )


def _weights(variant: Variant, of: Data) -> Floats:
    """The attention (n_seeds, n_samples, n_steps) on the test part; NaN for a run that diverged."""
    network = variant.architecture
    assert isinstance(network, AttentionPooling)
    with np.errstate(all="ignore"):
        return failed_as_nan(network.attention(variant.parameters, of.test.X), variant)


def _examples(of: Data) -> list[int]:
    """The first sample of each class in the first seed's test part."""
    targets = of.test.targets[0]
    return [int(np.flatnonzero(targets == target)[0]) for target in np.unique(targets)[:N_EXAMPLES]]


def _digits(of: Data, chosen: list[int]) -> pd.DataFrame:
    """The pictures, ink from 0 to 1."""
    pictures = of.samples.X[of.test_index[chosen]].reshape(len(chosen), N_STEPS, -1)
    example, row, column = (index.ravel() for index in np.indices(pictures.shape))
    ink = (pictures / of.samples.X.max()).ravel()
    return pd.DataFrame({"example": example, "row": row + 1, "column": column + 1, "ink": ink})


def _finding(experiment: Attention, table: pd.DataFrame) -> str:
    looked = table[table["measure"] == "rows looked at"].set_index("variant")["mean"]
    looked = looked.drop(EQUAL.name).dropna()
    told = ""
    if len(looked):
        narrow, wide = str(looked.idxmin()), str(looked.idxmax())
        told = f"; {narrow} looks at {looked[narrow]:.1f} of {N_STEPS} rows"
        if narrow != wide:
            told += f", {wide} at {looked[wide]:.1f}"
    return (
        f"Reading digits row by row {experiment.how}, {accuracy_clauses(table, experiment.baseline)}{told}."
    )
