"""Comparison: one frozen value that says everything about a comparison.

The same value gives the same numbers from the page, from a link, from the command line and from a
script. Each field is described once, by its kind: that gives the link's parameter, the command
line's option, the control on the page, and the check.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alternatives.compare.kinds import Choice, Kind, Number, NumberOr, Sizes, Thing, Things
from alternatives.datasets import DATASETS, Dataset
from alternatives.heads import HEADS, Head
from alternatives.registry import Range, shortened
from alternatives.training import ACTIVATIONS, INITIALISATIONS, SOLVERS

OWN_BEST = "own best"
"""The learning rate's word for: each head with the rate that suits it best."""

OWN_BEST_RATES = {"adam": (0.003, 0.01, 0.03, 0.1, 0.3), "sgd": (0.01, 0.03, 0.1, 0.3, 1.0)}
"""The grid for that, by solver."""


def _field(
    name: str, kind: Kind, default: Any = dataclasses.MISSING, factory: Any = dataclasses.MISSING
) -> Any:
    """A field with its name in links and on the command line."""
    metadata = {"name": name, "kind": kind}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Comparison:
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

    dataset: Dataset = _field("dataset", Thing(DATASETS, "data set"), factory=lambda: DATASETS["digits"])
    heads: tuple[Head, ...] = _field(
        "heads",
        Things(HEADS, "heads to compare"),
        factory=lambda: tuple(head for head in HEADS.values() if head.in_comparison),
    )
    baseline: str = _field(
        "baseline", Choice(lambda: tuple(HEADS), "head that the others are compared to"), ""
    )
    n_seeds: int = _field("seeds", Number(Range(1, 100, "splits of the data to train on"), whole=True), 10)
    first_seed: int = _field(
        "first_seed", Number(Range(0, 1_000_000, "number of the first seed"), whole=True), 0
    )
    hidden_layer_sizes: tuple[int, ...] = _field(
        "hidden", Sizes(Range(1, 512, "units of each hidden layer"), 4), (32,)
    )
    activation: str = _field("activation", Choice(lambda: tuple(ACTIVATIONS), "hidden units"), "relu")
    initialisation: str = _field(
        "initialisation", Choice(lambda: tuple(INITIALISATIONS), "first weights"), "He"
    )
    solver: str = _field("solver", Choice(lambda: tuple(SOLVERS), "solver"), "adam")
    learning_rate: float | None = _field(
        "learning_rate",
        NumberOr(
            Number(Range(1e-6, 10, "learning rate, or each head's own best", logarithmic=True)), OWN_BEST
        ),
        None,
    )
    n_epochs: int = _field("epochs", Number(Range(1, 500, "passes over the training part"), whole=True), 15)
    batch_size: int = _field("batch_size", Number(Range(1, 4096, "samples of a mini-batch"), whole=True), 64)
    weight_decay: float = _field("weight_decay", Number(Range(0, 1, "λ of the penalty ½λ‖weights‖²")), 0.0)
    momentum: float = _field("momentum", Number(Range(0, 0.999, "momentum of the solver sgd")), 0.9)
    label_noise: float = _field(
        "label_noise", Number(Range(0, 0.9, "share of labels moved to another class")), 0.0
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name != "baseline":
                object.__setattr__(self, field.name, kinds()[field.name].check(value, names()[field.name]))
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

    def replace(self, **changes: Any) -> "Comparison":
        """The comparison with other values; a baseline that is no longer compared gives way."""
        if "heads" in changes and "baseline" not in changes:
            heads = kinds()["heads"].check(changes["heads"], "heads")
            if self.baseline not in [head.name for head in heads]:
                changes["baseline"] = ""
        return dataclasses.replace(self, **changes)

    def texts(self) -> dict[str, str]:
        """Every field as text, by its name in links."""
        return {names()[field]: kind.text(getattr(self, field)) for field, kind in kinds().items()}

    def to_link(self) -> dict[str, str]:
        """The link's parameters: whatever isn't at its default."""
        default = Comparison(heads=self.heads).texts() | {"heads": Comparison().texts()["heads"]}
        return {name: text for name, text in self.texts().items() if text != default[name]}

    @classmethod
    def from_link(cls, parameters: Mapping[str, str | Sequence[str]]) -> "tuple[Comparison, tuple[str, ...]]":
        """What a link says, and a sentence for each thing in it that couldn't be used.

        Never raises: what can't be used stays at its default.
        """
        problems: list[str] = []
        values: dict[str, Any] = {}
        fields = {name: field for field, name in names().items()}
        for name, given in parameters.items():
            texts = [given] if isinstance(given, str) else [str(text) for text in given]
            if name not in fields:
                problems.append(f"a link may say {', '.join(fields)}; got {shortened(name)}")
            elif texts:
                if len(texts) > 1:
                    problems.append(f"{name} may be said once; the first, {shortened(texts[0])}, counts")
                try:
                    values[fields[name]] = kinds()[fields[name]].parse(texts[0], name)
                except ValueError as error:
                    problems.append(str(error))
        baseline = values.pop("baseline", "")
        comparison = cls(**values)
        try:
            comparison = dataclasses.replace(comparison, baseline=baseline)
        except ValueError as error:
            problems.append(str(error))
        return comparison, tuple(problems)

    def to_json(self) -> str:
        """A JSON object with every field, by its name in links."""
        return json.dumps(self.texts(), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Comparison":
        """The comparison that `to_json` wrote. ValueError for anything else."""
        try:
            parameters = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"a comparison is a JSON object; {error}") from None
        if not isinstance(parameters, dict) or not all(
            isinstance(value, str) for value in parameters.values()
        ):
            raise ValueError(f"a comparison is a JSON object of texts, got {shortened(text)}")
        comparison, problems = cls.from_link(parameters)
        if problems:
            raise ValueError("; ".join(problems))
        return comparison

    def command(self) -> str:
        """The line that runs this comparison from the command line."""
        options = (f"--{name.replace('_', '-')} {_quoted(text)}" for name, text in self.to_link().items())
        return " ".join(["python -m alternatives compare", *options])


def kinds() -> dict[str, Kind]:
    """Each field's kind."""
    return {field.name: field.metadata["kind"] for field in dataclasses.fields(Comparison)}


def names() -> dict[str, str]:
    """Each field's name in links; the command line's option with ``-`` for ``_``."""
    return {field.name: field.metadata["name"] for field in dataclasses.fields(Comparison)}


def _quoted(text: str) -> str:
    return text if text.replace(",", "").replace(".", "").isalnum() else f'"{text}"'
