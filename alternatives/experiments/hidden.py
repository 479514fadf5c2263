"""Hidden layers: elementwise units beside layers that share one out, with and without batch normalisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alternatives.datasets import DATASETS, Dataset, Samples
from alternatives.experiments.experiment import (
    Experiment,
    Variant,
    Watch,
    accuracy_clauses,
    compared,
    curves,
    data,
    histories,
    interval,
    runs,
    tidy,
    trained,
)
from alternatives.experiments.units import Units
from alternatives.experiments.widths import Widths
from alternatives.heads import Floats
from alternatives.state import Choice, Range, RegistryField, Several, field
from alternatives.training import ACTIVATIONS, Network
from alternatives.wording import listed

NORMALISED, NORMALISED_SHORT = " with batch normalisation", " + BN"

DEFAULT = (
    "relu",
    "relu with batch normalisation",
    "tanh",
    "logistic",
    "softmax",
    "spherical softmax",
    "Taylor softmax",
)


def kinds() -> tuple[str, ...]:
    """Every kind of hidden layer: each activation, without and with batch normalisation."""
    return tuple(name + suffix for name in ACTIVATIONS for suffix in ("", NORMALISED))


def is_kind(name: str) -> bool:
    """Whether it's a kind, listed or not: heads with parameters of their own are, and any other map."""
    return name.removesuffix(NORMALISED) in ACTIVATIONS


def short(kind: str) -> str:
    """A kind's name for a narrow place."""
    return kind.replace(NORMALISED, NORMALISED_SHORT)


UNITS = Several(
    Choice(kinds, "what the hidden layers are made of; BN is batch normalisation", is_kind, short),
    "layer type",
)


@dataclass(frozen=True)
class Hidden(Experiment):
    """Which kinds of hidden layers are trained on what.

    Parameters
    ----------
    dataset : Dataset or str
    units : sequence of str
        Of `kinds`.
    width, n_layers : int
        Units of each hidden layer, and hidden layers.
    """

    noun = "experiment on hidden layers"

    dataset: Dataset = field(
        "dataset",
        RegistryField(DATASETS, "what the networks are trained on"),
        factory=lambda: DATASETS["digits"],
        label="Data set",
    )
    units: tuple[str, ...] = field("units", UNITS, DEFAULT)
    width: int = field("width", Range(1, 128, "units of each hidden layer", whole=True), 16)
    n_layers: int = field("layers", Range(1, 4, "number of hidden layers", whole=True), 2)

    @property
    def baseline(self) -> str:
        """The kind that the others are compared to."""
        return "relu" if "relu" in self.units else self.units[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """2, 4, 8, … up to the experiment's own width."""
        return (*(2**n for n in range(1, 7) if 2**n < self.width), self.width)

    def network(self, samples: Samples, kind: str, width: int) -> Network:
        """The architecture of a kind."""
        return Network(
            samples.X.shape[-1],
            len(samples.class_names),
            (width,) * self.n_layers,
            kind.removesuffix(NORMALISED),
            batch_normalisation=kind.endswith(NORMALISED),
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """The kinds whose accuracy is measured at every width: the baseline, and what shares one out.

        All kinds, where none shares one out.
        """
        sharing = [kind for kind in self.units if ACTIVATIONS.normalises(kind.removesuffix(NORMALISED))]
        return tuple(kind for kind in self.units if kind == self.baseline or not sharing or kind in sharing)

    def networks(self, samples: Samples) -> dict[Any, Network]:
        """Every kind by its name, and the narrower ones by name and width."""
        narrower = [(kind, width) for kind in self.compared for width in self.widths[:-1]]
        return {kind: self.network(samples, kind, self.width) for kind in self.units} | {
            (kind, width): self.network(samples, kind, width) for kind, width in narrower
        }


@dataclass(frozen=True)
class ByWidth(Hidden):
    """Accuracy against width alone."""

    noun = "experiment on the width of hidden layers"

    def networks(self, samples: Samples) -> dict[Any, Network]:
        return {(kind, n): self.network(samples, kind, n) for kind in self.compared for n in self.widths}


@dataclass(frozen=True, eq=False)
class HiddenResults:
    """What came out, as tidy frames.

    Attributes
    ----------
    runs : variant, seed, learning_rate, accuracy, diverged
    measures : variant, seed, measure, value
        What `summary` sums up.
    history : variant, seed, epoch, quantity, value
    curves : variant, epoch, quantity, mean, low, high
    units : variant, seed, layer, effective_rank, smallest, correlation, inactive
        Of the outputs on the test part; see `Units`.
    singular : variant, layer, index, mean, low, high
        Singular values, from 1, as shares of their sum.
    correlations : variant, a, b, correlation
        Of the last hidden layer's units, first seed.
    summary : as of a comparison, for accuracy, and the four of `units` in the last hidden layer
    widths : Widths
    finding : str
    """

    experiment: Hidden
    runs: pd.DataFrame
    measures: pd.DataFrame
    history: pd.DataFrame
    curves: pd.DataFrame
    units: pd.DataFrame
    singular: pd.DataFrame
    correlations: pd.DataFrame
    summary: pd.DataFrame
    widths: Widths
    finding: str


MEASURES = {
    "effective rank": "effective_rank",
    "smallest singular value": "smallest",
    "correlation": "correlation",
    "inactive units": "inactive",
}
"""Measures of the last hidden layer, by the names that the summary has for them."""


def run_hidden(experiment: Hidden, watch: Watch | None = None, n_jobs: int | None = None) -> HiddenResults:
    """Train, and look at what the units do."""
    of = data(experiment.dataset, experiment.seeds)
    networks = trained(experiment.networks(of.samples), experiment, of, watch, n_jobs)
    every = {kind: networks[kind] for kind in experiment.units}
    by_width = {(kind, experiment.width): networks[kind] for kind in experiment.compared} | networks
    layers = {name: _layers(variant, of.test.X) for name, variant in every.items()}
    values = {"accuracy": {name: variant.accuracy for name, variant in every.items()}} | {
        measure: {name: getattr(own[-1], attribute) for name, own in layers.items()}
        for measure, attribute in MEASURES.items()
    }
    measured = tidy(experiment, values)
    table = compared(measured, experiment.baseline, {"accuracy": "higher"})
    of_layers = [(name, n, units) for name, own in layers.items() for n, units in enumerate(own, 1)]
    return HiddenResults(
        experiment,
        runs(experiment, every),
        measured,
        histories(experiment, every),
        curves(every),
        pd.concat([_units(experiment, *each) for each in of_layers], ignore_index=True),
        pd.concat([_singular(*each) for each in of_layers], ignore_index=True),
        pd.concat([_correlations(name, own[-1]) for name, own in layers.items()], ignore_index=True),
        table,
        _widths(experiment, by_width),
        _finding(experiment, table),
    )


def run_widths(experiment: ByWidth, watch: Watch | None = None, n_jobs: int | None = None) -> Widths:
    """Train at every width, and compare the accuracies."""
    of = data(experiment.dataset, experiment.seeds)
    return _widths(experiment, trained(experiment.networks(of.samples), experiment, of, watch, n_jobs))


def _widths(experiment: Hidden, networks: Mapping[tuple[str, int], Variant]) -> Widths:
    keys = [(kind, width) for kind in experiment.compared for width in experiment.widths]
    accuracies = {key: networks[key].accuracy for key in keys}
    return Widths.of(str(experiment.dataset), experiment.baseline, accuracies)


def _layers(variant: Variant, X: Floats) -> list[Units]:
    network = variant.architecture
    assert isinstance(network, Network)
    with np.errstate(all="ignore"):
        layers = network.hidden(variant.parameters, X)
    failed = np.isnan(variant.accuracy)[:, None, None]
    return [Units.of(np.where(failed, np.nan, outputs)) for outputs in layers]


def _units(experiment: Hidden, name: str, layer: int, units: Units) -> pd.DataFrame:
    index = {"variant": name, "seed": list(experiment.seeds), "layer": layer}
    return pd.DataFrame(index | {column: getattr(units, column) for column in MEASURES.values()})


def _singular(name: str, layer: int, units: Units) -> pd.DataFrame:
    index = np.arange(1, units.singular.shape[1] + 1)
    return pd.DataFrame({"variant": name, "layer": layer, "index": index} | interval(units.singular))


def _correlations(name: str, units: Units) -> pd.DataFrame:
    first = units.correlations[0]
    a, b = (index.ravel() + 1 for index in np.indices(first.shape))
    return pd.DataFrame({"variant": name, "a": a, "b": b, "correlation": first.ravel()})


def _finding(experiment: Hidden, table: pd.DataFrame) -> str:
    """What was found, in one sentence."""
    layers = "one hidden layer" if experiment.n_layers == 1 else f"{experiment.n_layers} hidden layers"
    ranks = table[table["measure"] == "effective rank"].set_index("variant")["mean"].dropna()
    told = dict.fromkeys(
        f"{ranks[name]:.1f} for {name}" for name in (experiment.baseline, "softmax") if name in ranks
    )
    used = f"; of {experiment.width} dimensions the last hidden layer uses {listed(told)}" if told else ""
    return (
        f"On {experiment.dataset} with {layers} of {experiment.width} units {experiment.how}, "
        f"{accuracy_clauses(table, experiment.baseline)}{used}."
    )
