"""The state of the page: which part is shown, and the settings of all three in one value."""

from dataclasses import dataclass

from alternatives.datasets import DATASETS, Dataset
from alternatives.heads import HEADS, Head
from alternatives.inside.attention import Attention
from alternatives.inside.experiment import Experiment
from alternatives.inside.gate import Gate
from alternatives.inside.hidden import DEFAULT, Hidden, variants
from alternatives.kinds import Choice, Choices, Number, Thing, Things
from alternatives.linked import field
from alternatives.registry import Range

PARTS = ("hidden layers", "attention", "gate")

COMMON = ("n_seeds", "learning_rate", "first_seed", "n_epochs", "batch_size")
"""Fields of every part."""

FIELDS = {
    "hidden layers": ("dataset", "units", "width", "n_layers"),
    "attention": ("normalisers", "n_units"),
    "gate": ("gate_dataset", "normalisers", "n_experts"),
}
"""Each part's own fields."""


@dataclass(frozen=True)
class Inside(Experiment):
    """One of the three experiments, with the settings of the others kept."""

    noun = "experiment inside the network"

    part: str = field("part", Choice(lambda: PARTS, "where softmax stands"), PARTS[0])
    dataset: Dataset = field("dataset", Thing(DATASETS, "data set"), factory=lambda: DATASETS["digits"])
    units: tuple[str, ...] = field("kinds", Choices(variants, "kinds of hidden layers"), DEFAULT)
    width: int = field("width", Number(Range(2, 128, "units of each hidden layer"), whole=True), 32)
    n_layers: int = field("layers", Number(Range(1, 4, "hidden layers"), whole=True), 2)
    normalisers: tuple[Head, ...] = field(
        "normalisers",
        Things(HEADS, "normalisers of the weights"),
        factory=lambda: tuple(head for head in HEADS.values() if head.in_comparison),
    )
    n_units: int = field("units", Number(Range(1, 64, "length of query, keys and values"), whole=True), 16)
    gate_dataset: Dataset = field(
        "gate_dataset", Thing(DATASETS, "data set"), factory=lambda: DATASETS["moons"]
    )
    n_experts: int = field("experts", Number(Range(2, 16, "experts"), whole=True), 4)

    def _common(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in COMMON}

    @property
    def hidden(self) -> Hidden:
        """The experiment on hidden layers."""
        own = {name: getattr(self, name) for name in FIELDS["hidden layers"]}
        return Hidden(**self._common(), **own)  # type: ignore[arg-type]

    @property
    def attention(self) -> Attention:
        """The experiment on attention."""
        own = {name: getattr(self, name) for name in FIELDS["attention"]}
        return Attention(**self._common(), **own)  # type: ignore[arg-type]

    @property
    def gate(self) -> Gate:
        """The experiment on a gate."""
        own = {"dataset": self.gate_dataset, "normalisers": self.normalisers, "n_experts": self.n_experts}
        return Gate(**self._common(), **own)  # type: ignore[arg-type]
