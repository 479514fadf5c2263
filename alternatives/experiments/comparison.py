"""Comparison: one frozen value that says everything about a comparison.

The same value gives the same numbers from the page, from a link, from the command line and from a
script.
"""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alternatives.datasets import DATASETS, Dataset, Samples
from alternatives.heads import HEADS, Head
from alternatives.state.fields import Choice, Number, NumberOr, Sizes, Thing, Things, YesNo
from alternatives.state.linked import Linked, field
from alternatives.state.registry import Range, shortened
from alternatives.training import ACTIVATIONS, INITIALISATIONS, SOLVERS, Network, Recipe

if TYPE_CHECKING:
    from alternatives.experiments.results import Results
    from alternatives.experiments.run import Watch

OWN_BEST = "own best"
"""The learning rate's word for: each head with the rate that suits it best."""

OWN_BEST_RATES = {"adam": (0.003, 0.01, 0.03, 0.1, 0.3), "sgd": (0.01, 0.03, 0.1, 0.3, 1.0)}
"""The grid for that, by solver."""


@dataclass(frozen=True)
class Comparison(Linked):
    """Which heads are trained on what, how, and how often.

    Every field has a default; a value that isn't allowed raises ValueError, saying what is. Heads and
    data sets are given by name, ``"spherical softmax(epsilon=0.1)"``, or as objects.

    Parameters
    ----------
    dataset : Dataset or str
    heads : sequence of Head or str
        At least one, in any order.
    baseline : str, optional
        The head that the others are compared to. Default: softmax if it's compared, else the first.
    n_seeds, first_seed : int
        Each seed is a split of the data, a start of the networks and an order of mini-batches, the
        same for every head.
    hidden_layer_sizes : tuple of int
        Empty for a linear classifier.
    activation, initialisation, solver : str
    batch_normalisation : bool
        Of the hidden layers, before their activation.
    learning_rate : float or None
        None lets each head have its own best of `OWN_BEST_RATES`, by the validation log loss: one rate
        for all favours the head that it happens to suit.
    n_epochs, batch_size : int
    weight_decay : float
        The λ of the penalty ½λ‖weights‖².
    momentum : float
        For the solver "sgd".
    label_noise : float
        Share of the training and validation labels that are moved to another class.
    """

    noun = "comparison"
    dependent = ("baseline",)

    dataset: Dataset = field("dataset", Thing(DATASETS, "data set"), factory=lambda: DATASETS["digits"])
    heads: tuple[Head, ...] = field(
        "heads",
        Things(HEADS, "heads to compare"),
        factory=lambda: tuple(head for head in HEADS.values() if head.in_comparison),
    )
    baseline: str = field(
        "baseline", Choice(lambda: tuple(HEADS), "head that the others are compared to"), ""
    )
    n_seeds: int = field("seeds", Number(Range(1, 100, "splits of the data to train on"), whole=True), 10)
    first_seed: int = field(
        "first_seed", Number(Range(0, 1_000_000, "number of the first seed"), whole=True), 0
    )
    hidden_layer_sizes: tuple[int, ...] = field(
        "hidden", Sizes(Range(1, 512, "units of each hidden layer"), 4), (32,)
    )
    activation: str = field("activation", Choice(lambda: tuple(ACTIVATIONS), "hidden units"), "relu")
    batch_normalisation: bool = field(
        "batch_normalisation", YesNo("normalise each hidden unit over the mini-batch"), False
    )
    initialisation: str = field(
        "initialisation", Choice(lambda: tuple(INITIALISATIONS), "first weights"), "He"
    )
    solver: str = field("solver", Choice(lambda: tuple(SOLVERS), "solver"), "adam")
    learning_rate: float | None = field(
        "learning_rate",
        NumberOr(
            Number(Range(1e-6, 10, "learning rate, or each head's own best", logarithmic=True)), OWN_BEST
        ),
        None,
    )
    n_epochs: int = field("epochs", Number(Range(1, 500, "passes over the training part"), whole=True), 10)
    batch_size: int = field("batch_size", Number(Range(1, 4096, "samples of a mini-batch"), whole=True), 64)
    weight_decay: float = field(
        "weight_decay", Number(Range(0, 1, "λ of the penalty ½λ‖weights‖²", logarithmic=True)), 0.0
    )
    momentum: float = field("momentum", Number(Range(0, 0.999, "momentum of the solver sgd")), 0.9)
    label_noise: float = field(
        "label_noise", Number(Range(0, 0.9, "share of labels moved to another class")), 0.0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        compared = [head.name for head in self.heads]
        if not self.baseline:
            object.__setattr__(self, "baseline", "softmax" if "softmax" in compared else compared[0])
        if self.baseline not in compared:
            raise ValueError(f"baseline must be one of {', '.join(compared)}; got {shortened(self.baseline)}")

    @property
    def seeds(self) -> range:
        """The seeds, from the first on."""
        return range(self.first_seed, self.first_seed + self.n_seeds)

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """The rates that every head is trained with."""
        return OWN_BEST_RATES[self.solver] if self.learning_rate is None else (self.learning_rate,)

    @property
    def recipe(self) -> Recipe:
        """How every run learns."""
        return Recipe(self.solver, self.n_epochs, self.batch_size, self.weight_decay, self.momentum)

    def network(self, samples: Samples) -> Network:
        """The architecture of every run on these samples."""
        return Network(
            samples.X.shape[-1],
            len(samples.class_names),
            self.hidden_layer_sizes,
            self.activation,
            self.initialisation,
            self.batch_normalisation,
        )

    def run(self, watch: "Watch | None" = None, n_jobs: int | None = None) -> "Results":
        """Train and measure: see `alternatives.experiments.run.run`."""
        from alternatives.experiments.run import run

        return run(self, watch, n_jobs)

    def replace(self, **changes: Any) -> "Comparison":
        """The comparison with other values; a baseline that is no longer compared gives way."""
        if "heads" in changes and "baseline" not in changes:
            heads = self.kinds()["heads"].check(changes["heads"], "heads")
            if self.baseline not in [head.name for head in heads]:
                changes["baseline"] = ""
        return dataclasses.replace(self, **changes)

    def unsaid(self) -> dict[str, str]:
        """The texts of the default; its baseline is the one that the heads have by themselves."""
        default = super().unsaid()
        return default | {"baseline": type(self)(heads=self.heads).texts()["baseline"]}

    def command(self) -> str:
        """The line that runs this comparison from the command line."""
        options = (f"--{name.replace('_', '-')} {_quoted(text)}" for name, text in self.to_link().items())
        return " ".join(["python -m alternatives compare", *options])


kinds, names = Comparison.kinds, Comparison.names
"""Each field's kind, and its name in links; the command line's option has - for _."""


def _quoted(text: str) -> str:
    return text if text.replace(",", "").replace(".", "").isalnum() else f'"{text}"'
