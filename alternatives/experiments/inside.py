"""The state of the page: which part is shown, and the settings of all three in one value."""

from dataclasses import dataclass

from alternatives.datasets import DATASETS, Dataset
from alternatives.experiments.attention import Attention
from alternatives.experiments.gate import Gate
from alternatives.experiments.hidden import DEFAULT, UNITS, ByWidth, Hidden
from alternatives.experiments.settings import Settings
from alternatives.heads import HEADS, Head
from alternatives.state import Choice, Range, RegistryField, Several, field

PARTS = ("hidden layers", "attention", "gate")

TRAINING = ("learning_rate", "n_epochs", "batch_size", "first_seed")

FIELDS = {
    "hidden layers": ("dataset", "units", "width", "n_seeds", "n_layers", *TRAINING),
    "attention": ("normalisers", "n_units", "n_seeds", *TRAINING),
    "gate": (
        *("gate_dataset", "normalisers", "n_experts", "n_seeds"),
        *(name.replace("n_epochs", "gate_n_epochs") for name in TRAINING),
    ),
}
"""Each part's fields, up to the seeds those that one changes first.

What begins with "gate_" is the gate's where the others have one too.
"""

SECOND = ("digits", "moons")
"""Beside the data set that is chosen, accuracy against width is shown for the first other one of these."""


@dataclass(frozen=True)
class Inside(Settings):
    """One of the three experiments, with the settings of the others kept."""

    noun = "experiment inside the network"

    part: str = field(
        "part",
        Choice(lambda: PARTS, "where softmax stands; every network ends in softmax"),
        PARTS[0],
        label="Experiment",
    )
    dataset: Dataset = field(
        "dataset",
        RegistryField(DATASETS, "what the networks are trained on"),
        factory=lambda: DATASETS["digits"],
        label="Data set",
    )
    units: tuple[str, ...] = field("kinds", UNITS, DEFAULT, label="Layer types")
    width: int = field("width", Range(1, 128, "units of each hidden layer", whole=True), 16)
    n_layers: int = field("layers", Range(1, 4, "number of hidden layers", whole=True), 2)
    normalisers: tuple[Head, ...] = field(
        "normalisers",
        Several(RegistryField(HEADS, "heads that turn scores into weights"), "normaliser"),
        factory=lambda: tuple(head for head in HEADS.values() if head.in_comparison),
    )
    n_units: int = field("units", Range(1, 64, "length of query, keys and values", whole=True), 16)
    gate_dataset: Dataset = field(
        "gate_dataset",
        RegistryField(DATASETS, "what the networks are trained on"),
        factory=lambda: DATASETS["moons"],
        label="Data set",
    )
    gate_n_epochs: int = field(
        "gate_epochs", Range(1, 200, "passes over the training set", whole=True), 20, label="Epochs"
    )
    n_experts: int = field("experts", Range(2, 16, "how many experts there are", whole=True), 4)

    @classmethod
    def of(cls, experiment: Hidden | Attention | Gate) -> "Inside":
        """The state that shows an experiment."""
        part = {Hidden: PARTS[0], Attention: PARTS[1], Gate: PARTS[2]}[type(experiment)]
        own = {name: getattr(experiment, name.removeprefix("gate_")) for name in FIELDS[part]}
        return cls(part=part, **own)

    def _experiment(self, part: str) -> dict[str, object]:
        """What an experiment is made of."""
        return {name.removeprefix("gate_"): getattr(self, name) for name in FIELDS[part]}

    @property
    def hidden(self) -> Hidden:
        """The experiment on hidden layers."""
        return Hidden(**self._experiment(PARTS[0]))  # type: ignore[arg-type]

    @property
    def second(self) -> ByWidth:
        """The same by width on another data set: an answer for one alone would be none."""
        name = next(name for name in SECOND if name != self.dataset.name)
        return ByWidth(**self._experiment(PARTS[0]) | {"dataset": DATASETS[name]})  # type: ignore[arg-type]

    @property
    def attention(self) -> Attention:
        """The experiment on attention."""
        return Attention(**self._experiment(PARTS[1]))  # type: ignore[arg-type]

    @property
    def gate(self) -> Gate:
        """The experiment on a gate."""
        return Gate(**self._experiment(PARTS[2]))  # type: ignore[arg-type]
