"""Gate: a mixture of experts, with each head's map as the gate's normaliser."""

from dataclasses import dataclass

import numpy as np

from alternatives.datasets import Dataset
from alternatives.experiments import fields
from alternatives.experiments.data import Data
from alternatives.experiments.decision import Decisions, decisions
from alternatives.experiments.experiment import Watch
from alternatives.experiments.finding import might_change
from alternatives.experiments.results import Results
from alternatives.experiments.runs import Runs, Variant
from alternatives.experiments.settings import accuracy, accuracy_clauses
from alternatives.experiments.shares import entropy, shares_of
from alternatives.experiments.soft_choice import SoftChoice, without_failed
from alternatives.experiments.tuning import Tuning
from alternatives.heads import HEADS, Floats
from alternatives.state import Range, field
from alternatives.training import EQUAL, Architecture, MixtureOfExperts
from alternatives.wording import sentence, spelled

MARGIN = 0.08
"""Around the test samples in the plane, as a part of their extent."""


@dataclass(frozen=True)
class Gate(SoftChoice):
    """The gate of a mixture of linear experts, with different normalisers."""

    noun = "experiment on a gate"

    max_epochs: int = fields.max_epochs(200, 100)  # a gate divides its work between experts only slowly
    dataset: Dataset = fields.dataset("local rules")
    n_experts: int = field(
        "experts", Range(2, 16, "linear classifiers that the gate chooses among", whole=True), 4
    )

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        return tuple(
            Variant(name, MixtureOfExperts(n_features, n_classes, self.n_experts, head))
            for name, head in self.choices.items()
        )

    def numbers_measured(self, network: Architecture) -> float:
        return network.n_classes + 2 * self.n_experts

    def run(self, watch: Watch | None = None, n_jobs: int | None = None) -> "GateResults":
        """Train, and record which experts the gates use."""
        tuned, data = self.tune(watch, n_jobs), self.data
        return _measured(self, data, tuned, self.train(tuned, watch, n_jobs, data))


@dataclass(frozen=True, eq=False)
class GateResults(Results[Gate]):
    """What came out, beside what all `Results` have.

    Attributes
    ----------
    expert_shares : array (n_variants, n_seeds, n_experts)
        Mean share of the weights of each expert on the test set.
    decisions : Decisions or None
        The plane of two features, by the first seed's networks; None for other data.
    plane_shares : array (n_variants, n_cells, n_experts) or None
        The experts' shares in each cell of that plane.
    """

    expert_shares: Floats
    decisions: Decisions | None
    plane_shares: Floats | None

    @property
    def finding_in_parts(self) -> tuple[str, str]:
        experiment, summary = self.experiment, self.summary
        means = summary[summary["measure"] == "experts asked"].set_index("variant")["mean"]
        asked = means.drop(EQUAL.name).dropna()
        used = ""
        if len(asked):
            fewest, most = str(asked.idxmin()), str(asked.idxmax())
            used = f"{fewest} uses {spelled(asked[fewest])} of {experiment.n_experts} experts on average"
            if fewest != most:
                used += f", {most} {spelled(asked[most])}"
            used = f"{sentence(used)}."
        first = (
            f"With {experiment.n_experts} linear experts on {experiment.dataset.in_words} "
            f"{experiment.duration}, {accuracy_clauses(summary, experiment.baseline)}."
        )
        return first, " ".join(filter(None, [used, *might_change(self)]))


def _measured(experiment: Gate, data: Data, tuned: Tuning | None, runs: Runs) -> GateResults:
    every = range(len(runs.variants))
    accuracies = accuracy(runs, data.test)
    weights = [_weights(runs, variant, data.test.X, accuracies[variant]) for variant in every]
    shares = [shares_of(own) for own in weights]
    use = np.array([own.mean(1) for own in shares])
    values = {
        "accuracy": accuracies,
        "experts asked": np.array([np.exp(entropy(own)).mean(-1) for own in shares]),
        "experts used": np.exp(entropy(use)),
        "sum of the weights": np.array([own.sum(-1).mean(-1) for own in weights]),
    }

    def of_first_seed(variant: int, X: Floats) -> Floats:
        logits = runs.variants[variant].network.logits(runs.parameters[variant][0], X)
        return HEADS["softmax"].probabilities(logits)

    found = decisions(data, MARGIN, len(every), of_first_seed)
    in_plane = None
    if found is not None:
        in_plane = np.array(
            [shares_of(_weights(runs, variant, found.centres, accuracies[variant]))[0] for variant in every]
        )
    return GateResults(
        **Results.common(experiment, tuned, runs, np.isnan(accuracies), values),
        expert_shares=use,
        decisions=found,
        plane_shares=in_plane,
    )


def _weights(runs: Runs, variant: int, X: Floats, accuracies: Floats) -> Floats:
    """Each expert's weight (n_seeds, n_samples, n_experts); NaN for a run that diverged."""
    network = runs.variants[variant].network
    assert isinstance(network, MixtureOfExperts)
    with np.errstate(all="ignore"):
        return without_failed(network.gate(runs.parameters[variant], X), accuracies)
