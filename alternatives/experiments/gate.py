"""Gate: a mixture of experts, with each head's map as the gate's normaliser."""

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
from alternatives.heads import HEADS, Floats
from alternatives.state import Range, RegistryField, field
from alternatives.training import MixtureOfExperts

CELLS = 44
"""Cells along each side of the plane: few enough to be drawn as shapes that a screen reader can read."""


@dataclass(frozen=True)
class Gate(Choosing):
    """Which normalisers the gate of a mixture of linear experts is trained with.

    Parameters
    ----------
    dataset : Dataset or str
    normalisers : sequence of Head or str
    n_experts : int
    """

    noun = "experiment on a gate"

    n_epochs: int = field("epochs", Range(1, 200, "passes over the training set", whole=True), 20)
    dataset: Dataset = field(
        "dataset",
        RegistryField(DATASETS, "what the networks are trained on"),
        factory=lambda: DATASETS["moons"],
        label="Data set",
    )
    n_experts: int = field("experts", Range(2, 16, "how many experts there are", whole=True), 4)

    def networks(self, samples: Samples) -> dict[str, MixtureOfExperts]:
        n_features, n_classes = samples.X.shape[-1], len(samples.class_names)
        return {
            name: MixtureOfExperts(n_features, n_classes, self.n_experts, head)
            for name, head in self.variants.items()
        }


@dataclass(frozen=True, eq=False)
class GateResults:
    """What came out, as tidy frames.

    Attributes
    ----------
    runs : variant, seed, learning_rate, accuracy, diverged
    measures : variant, seed, measure, value
        What `summary` sums up.
    curves : variant, epoch, quantity, mean, low, high
    use : variant, expert, mean, low, high
        Mean share of each expert on the test part, the most used of each seed first.
    decision : variant, x, x2, y, y2, predicted, confidence, expert, share
        Two-dimensional data alone, first seed; `expert` has the largest weight there, and that share.
    points : x, y, class
    summary : as of a comparison, for accuracy, experts asked (the exponential of the entropy of a sample's
        shares), experts used (of the mean shares) and the sum of the weights
    finding : str
    """

    experiment: Gate
    runs: pd.DataFrame
    measures: pd.DataFrame
    curves: pd.DataFrame
    use: pd.DataFrame
    decision: pd.DataFrame
    points: pd.DataFrame
    summary: pd.DataFrame
    finding: str


def run_gate(experiment: Gate, watch: Watch | None = None, n_jobs: int | None = None) -> GateResults:
    """Train, and look at whom the gates ask."""
    of = data(experiment.dataset, experiment.seeds)
    every = trained(experiment.networks(of.samples), experiment, of, watch, n_jobs)
    shares = {name: _shares(variant, of.test.X) for name, variant in every.items()}
    use = {name: own.mean(1) for name, own in shares.items()}
    sums = {name: _weights(variant, of.test.X).sum(-1).mean(-1) for name, variant in every.items()}
    values = {
        "accuracy": {name: variant.accuracy for name, variant in every.items()},
        "experts asked": {name: np.exp(entropy(own)).mean(-1) for name, own in shares.items()},
        "experts used": {name: np.exp(entropy(own)) for name, own in use.items()},
        "sum of the weights": sums,
    }
    measured = tidy(experiment, values)
    table = compared(measured, experiment.baseline, {"accuracy": "higher"})
    in_order = [
        pd.DataFrame(
            {
                "variant": name,
                "expert": np.arange(1, experiment.n_experts + 1),
                **interval(-np.sort(-own, axis=-1)),
            }
        )
        for name, own in use.items()
    ]
    decision, points = _decision(every, of)
    return GateResults(
        experiment,
        runs(experiment, every),
        measured,
        curves(every),
        pd.concat(in_order, ignore_index=True),
        decision,
        points,
        table,
        _finding(experiment, table),
    )


def _weights(variant: Variant, X: Floats) -> Floats:
    """Each expert's weight (n_seeds, n_samples, n_experts); NaN for a run that diverged."""
    network = variant.architecture
    assert isinstance(network, MixtureOfExperts)
    with np.errstate(all="ignore"):
        return failed_as_nan(network.gate(variant.parameters, X), variant)


def _shares(variant: Variant, X: Floats) -> Floats:
    """The same as shares."""
    return shares_of(_weights(variant, X))


def _decision(every: dict[str, Variant], of: Data) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plane in cells, and the first seed's test samples, in the units that the networks see."""
    columns = ["variant", "x", "x2", "y", "y2", "predicted", "confidence", "expert", "share"]
    points, names = of.test.X[0], np.array(of.samples.class_names)
    if points.shape[1] != 2:
        return pd.DataFrame(columns=columns), pd.DataFrame(columns=["x", "y", "class"])
    low, high = points.min(0), points.max(0)
    margin = 0.08 * (high - low)
    edges = np.linspace(low - margin, high + margin, CELLS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    x, y = (index.ravel() for index in np.indices((CELLS, CELLS)))
    grid = np.stack([middles[x, 0], middles[y, 1]], axis=-1).astype(points.dtype)
    corners = {"x": edges[x, 0], "x2": edges[x + 1, 0], "y": edges[y, 1], "y2": edges[y + 1, 1]}
    frames = []
    for name, variant in every.items():
        with np.errstate(all="ignore"):
            logits = variant.architecture.logits(variant.parameters[0], grid)
            probabilities = HEADS["softmax"].probabilities(logits)
        shares = _shares(variant, grid)[0]
        found = {
            "predicted": names[probabilities.argmax(-1)],
            "confidence": probabilities.max(-1),
            "expert": shares.argmax(-1) + 1,
            "share": shares.max(-1),
        }
        frames.append(pd.DataFrame({"variant": name, **corners, **found}))
    at = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "class": names[of.test.targets[0]]})
    return pd.concat(frames, ignore_index=True)[columns], at


def _finding(experiment: Gate, table: pd.DataFrame) -> str:
    asked = table[table["measure"] == "experts asked"].set_index("variant")["mean"]
    asked = asked.drop(EQUAL.name).dropna()
    told = ""
    if len(asked):
        sharpest, softest = str(asked.idxmin()), str(asked.idxmax())
        told = f"; for a sample {sharpest} asks {asked[sharpest]:.1f} of {experiment.n_experts} experts"
        if sharpest != softest:
            told += f", {softest} {asked[softest]:.1f}"
    return (
        f"With {experiment.n_experts} linear experts on {experiment.dataset} {experiment.how}, "
        f"{accuracy_clauses(table, experiment.baseline)}{told}."
    )
