"""Hidden layers: elementwise units beside layers that share one out, with and without batch normalisation."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from alternatives.datasets import Dataset
from alternatives.experiments import fields
from alternatives.experiments.data import Data
from alternatives.experiments.experiment import Watch
from alternatives.experiments.finding import might_change
from alternatives.experiments.results import Results, tidy
from alternatives.experiments.runs import Runs, Variant
from alternatives.experiments.settings import Settings, accuracy, accuracy_clauses
from alternatives.experiments.tuning import Tuning
from alternatives.experiments.units import Units
from alternatives.experiments.widths import Widths
from alternatives.heads import Floats
from alternatives.state import Choice, Range, Several, field
from alternatives.training import ACTIVATIONS, N_SOFTMAX, Architecture, Network
from alternatives.wording import counted, listed, spelled

NORMALISED, NORMALISED_SHORT = " with batch normalisation", " + BN"

DEFAULT = (
    "relu",
    "relu with batch normalisation",
    "tanh",
    "logistic",
    "softmax",
    N_SOFTMAX,
    "spherical softmax",
    "Taylor softmax",
)


def layer_types() -> tuple[str, ...]:
    """Every type of hidden layer: each activation, without and with batch normalisation."""
    return tuple(name + suffix for name in ACTIVATIONS for suffix in ("", NORMALISED))


def is_layer_type(name: str) -> bool:
    """Whether it is a type, listed or not, such as a head's with other parameters."""
    return name.removesuffix(NORMALISED) in ACTIVATIONS


def short(layer_type: str) -> str:
    """A type's name for a narrow place."""
    return layer_type.replace(NORMALISED, NORMALISED_SHORT)


UNITS = Several(
    Choice(
        layer_types,
        "what the hidden layers are made of; BN: batch normalisation; n · softmax: softmax times the units",
        is_layer_type,
    ),
    "layer type",
    short,
)


@dataclass(frozen=True)
class Hidden(Settings):
    """Networks with different types of hidden layers."""

    noun = "experiment on hidden layers"

    dataset: Dataset = fields.dataset("digits")
    units: tuple[str, ...] = field("units", UNITS, DEFAULT, label="Layer types")
    width: int = field("width", Range(1, 128, "units of each hidden layer", whole=True), 16)
    n_layers: int = field("layers", Range(1, 4, "number of hidden layers", whole=True), 2)

    @property
    def baseline(self) -> str:
        """The type that the others are compared to."""
        return "relu" if "relu" in self.units else self.units[0]

    def network(self, n_features: int, n_classes: int, layer_type: str, width: int) -> Network:
        """The architecture of a type."""
        return Network(
            n_features,
            n_classes,
            (width,) * self.n_layers,
            layer_type.removesuffix(NORMALISED),
            batch_normalisation=layer_type.endswith(NORMALISED),
        )

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        """Every type by its name."""
        return tuple(
            Variant(name, self.network(n_features, n_classes, name, self.width)) for name in self.units
        )

    def numbers_measured(self, network: Architecture) -> float:
        # Singular values and correlations take the more the wider a layer is.
        return network.n_classes + sum(width * (1 + width / 100) for width in network.layer_sizes)

    def numbers_held(self, network: Architecture) -> float:
        return super().numbers_held(network) + 4 * sum(network.layer_sizes)

    def run(self, watch: Watch | None = None, n_jobs: int | None = None) -> "HiddenResults":
        """Train, and measure what the units do."""
        tuned, data = self.tune(watch, n_jobs), self.data
        return _measured(self, data, tuned, self.train(tuned, watch, n_jobs, data))


@dataclass(frozen=True)
class ByWidth(Hidden):
    """Accuracy against width: of the layers that are heads' maps, beside the baseline."""

    noun = "experiment on the width of hidden layers"

    @property
    def widths(self) -> tuple[int, ...]:
        """2, 4, 8, … up to the experiment's own width."""
        return (*(2**n for n in range(1, 7) if 2**n < self.width), self.width)

    @property
    def compared(self) -> tuple[str, ...]:
        """The types trained at every width: the baseline and heads' maps, or all if there are no maps."""
        maps = [name for name in self.units if ACTIVATIONS.normalises(name.removesuffix(NORMALISED))]
        return tuple(name for name in self.units if name == self.baseline or not maps or name in maps)

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        """Every compared type at every width, by both."""
        keys = [(name, width) for name in self.compared for width in self.widths]
        return tuple(Variant(key, self.network(n_features, n_classes, *key)) for key in keys)

    def numbers_measured(self, network: Architecture) -> float:
        return network.n_classes

    def numbers_held(self, network: Architecture) -> float:
        return 10 * network.n_classes

    def run(self, watch: Watch | None = None, n_jobs: int | None = None) -> Widths:  # type: ignore[override]
        """Train at every width, and compare the accuracies."""
        tuned, data = self.tune(watch, n_jobs), self.data
        runs = self.train(tuned, watch, n_jobs, data)
        keys = [variant.name for variant in runs.variants]
        accuracies = dict(zip(keys, accuracy(runs, data.test), strict=True))
        return Widths.of(self.dataset.in_words, self.baseline, accuracies)


MEASURES = {
    "effective rank": "effective_rank",
    "smallest singular value": "smallest",
    "correlation": "correlation",
    "inactive units": "inactive",
}
"""Measures of the last hidden layer, with the attributes of `Units` that they are."""


@dataclass(frozen=True, eq=False)
class HiddenResults(Results[Hidden]):
    """What came out, beside what all `Results` have.

    Attributes
    ----------
    layers : tuple of tuples of Units
        What the units of each hidden layer do on the test set, by variant and layer.
    """

    layers: tuple[tuple[Units, ...], ...]

    def summarised(self) -> Self:
        """Without each seed's own curves, and with the correlations of the first seed, which charts show."""
        layers = tuple(
            tuple(replace(units, correlations=units.correlations[:1].copy()) for units in own)
            for own in self.layers
        )
        return replace(super().summarised(), layers=layers)

    @property
    def finding_in_parts(self) -> tuple[str, str]:
        experiment, summary = self.experiment, self.summary
        ranks = summary[summary["measure"] == "effective rank"].set_index("variant")["mean"].dropna()
        parts = dict.fromkeys(
            f"{spelled(ranks[name])} with {name}"
            for name in (experiment.baseline, "softmax")
            if name in ranks
        )
        used = (
            f"Of {experiment.width} dimensions the last hidden layer uses {listed(parts)}." if parts else ""
        )
        sentence = (
            f"On {experiment.dataset.in_words} with {counted(experiment.n_layers, 'hidden layer')} of "
            f"{experiment.width} units {experiment.duration}, "
            f"{accuracy_clauses(summary, experiment.baseline)}."
        )
        return sentence, " ".join(filter(None, [used, *might_change(self)]))

    @property
    def units(self) -> pd.DataFrame:
        """Columns variant, seed, layer, effective_rank, smallest, correlation, inactive; see `Units`."""
        axes = {
            "variant": self.variants,
            "layer": range(1, self.experiment.n_layers + 1),
            "seed": self.experiment.seeds,
        }
        columns = {
            name: [[getattr(units, name) for units in layers] for layers in self.layers]
            for name in MEASURES.values()
        }
        return tidy(axes, columns)


def _measured(experiment: Hidden, data: Data, tuned: Tuning | None, runs: Runs) -> HiddenResults:
    accuracies = accuracy(runs, data.test)
    layers = tuple(
        _layers(runs, variant, data.test.X, accuracies[variant]) for variant in range(len(experiment.units))
    )
    values = {"accuracy": accuracies} | {
        measure: np.array([getattr(own[-1], attribute) for own in layers])
        for measure, attribute in MEASURES.items()
    }
    return HiddenResults(
        **Results.common(experiment, tuned, runs, np.isnan(accuracies), values), layers=layers
    )


def _layers(runs: Runs, variant: int, X: Floats, accuracies: Floats) -> tuple[Units, ...]:
    network = runs.variants[variant].network
    assert isinstance(network, Network)
    with np.errstate(all="ignore"):
        layers = network.hidden(runs.parameters[variant], X)
    failed = np.isnan(accuracies)[:, None, None]
    return tuple(Units.of(np.where(failed, np.nan, outputs)) for outputs in layers)
