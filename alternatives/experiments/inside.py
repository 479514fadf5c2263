"""The state of the page *Inside*: which experiment is shown, and the settings of all three."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alternatives.datasets import DATASETS
from alternatives.experiments.attention import Attention
from alternatives.experiments.gate import Gate
from alternatives.experiments.hidden import ByWidth, Hidden
from alternatives.experiments.tasks import RECALL
from alternatives.state import Choice, Field, Linked, field
from alternatives.training import N_SOFTMAX

PARTS = ("hidden layers", "attention", "gate")
HELD_AS = dict(zip(PARTS, ("hidden", "attention", "gate"), strict=True))
"""The attribute that holds each part's experiment."""
EXPERIMENTS: dict[str, type[Hidden | Attention | Gate]] = {
    "hidden": Hidden,
    "attention": Attention,
    "gate": Gate,
}

RENAMED = {
    ("hidden", "units"): "kinds",
    ("gate", "dataset"): "gate_dataset",
    ("gate", "n_epochs"): "gate_epochs",
    ("gate", "max_epochs"): "gate_max_epochs",
}
"""Fields of experiments with another name in the page's link. Fields with one name have one value."""

FIELDS = {
    "hidden layers": (
        *("dataset", "kinds", "width", "seeds"),
        *("layers", "learning_rate", "epochs", "max_epochs", "batch_size", "first_seed"),
    ),
    "attention": (
        *("task", "pairs", "normalisers", "units", "seeds"),
        *("learning_rate", "epochs", "max_epochs", "batch_size", "first_seed"),
    ),
    "gate": (
        *("gate_dataset", "normalisers", "experts", "seeds"),
        *("learning_rate", "gate_epochs", "gate_max_epochs", "batch_size", "first_seed"),
    ),
}
"""Each part's controls; those up to the seeds are always in view."""

SECOND = ("digits", "moons")
"""Beside the data set that is chosen, accuracy against width is shown for the first other one of these."""


@functools.cache
def _holders() -> dict[str, list[tuple[str, str]]]:
    """Where the value of each name in links is held: attributes of this state, and fields there."""
    holders: dict[str, list[tuple[str, str]]] = {}
    for attribute, experiment in EXPERIMENTS.items():
        for name, in_links in experiment.names().items():
            holders.setdefault(RENAMED.get((attribute, name), in_links), []).append((attribute, name))
    return holders


@dataclass(frozen=True)
class Inside(Linked):
    """Three experiments, one of which is shown.

    The names of its fields are those in links, which are the experiments' own but for `RENAMED`. What
    several experiments have under one name, such as the seeds, changes in all of them.
    """

    noun = "experiment inside the network"

    part: str = field(
        "part",
        Choice(lambda: PARTS, "where softmax stands; every network ends in softmax"),
        PARTS[0],
        label="Experiment",
    )
    hidden: Hidden = dataclasses.field(default_factory=Hidden)
    attention: Attention = dataclasses.field(default_factory=Attention)
    gate: Gate = dataclasses.field(default_factory=Gate)

    @classmethod
    @functools.cache
    def fields(cls) -> Mapping[str, Field]:
        part = cls.__dataclass_fields__["part"].metadata["field"]
        held = {name: EXPERIMENTS[of[0][0]].fields()[of[0][1]] for name, of in _holders().items()}
        return {"part": part} | held

    @classmethod
    @functools.cache
    def names(cls) -> dict[str, str]:
        return {name: name for name in cls.fields()}

    @classmethod
    def label(cls, name: str) -> str:
        if name == "part":
            return super().label(name)
        attribute, held = _holders()[name][0]
        return EXPERIMENTS[attribute].label(held)

    def __post_init__(self) -> None:
        object.__setattr__(self, "part", self.checked("part", self.part))

    def __getattr__(self, name: str) -> Any:
        if name not in _holders():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        attribute, held = _holders()[name][0]
        return getattr(getattr(self, attribute), held)

    def replace(self, **changes: Any) -> "Inside":
        """The state with other values, by their names in links."""
        own = {name: changes.pop(name) for name in ("part", *EXPERIMENTS) if name in changes}
        by_experiment: dict[str, dict[str, Any]] = {}
        for name, value in changes.items():
            for attribute, held in _holders()[name]:
                by_experiment.setdefault(attribute, {})[held] = value
        replaced = {
            attribute: own.get(attribute, getattr(self, attribute)).replace(**values)
            for attribute, values in by_experiment.items()
        }
        return dataclasses.replace(self, **own | replaced)

    @classmethod
    def of(cls, experiment: Hidden | Attention | Gate) -> "Inside":
        """The state that shows an experiment."""
        attribute = next(name for name, kind in EXPERIMENTS.items() if isinstance(experiment, kind))
        part = next(part for part, held_as in HELD_AS.items() if held_as == attribute)
        names = {held: name for name, of in _holders().items() for where, held in of if where == attribute}
        return cls(part).replace(**{name: getattr(experiment, held) for held, name in names.items()})

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The controls of the part that is shown, without those that change nothing in it."""
        without = {"pairs"} if self.part == "attention" and self.attention.task != RECALL else set()
        if getattr(self, HELD_AS[self.part]).n_epochs is not None:
            without |= {"max_epochs", "gate_max_epochs"}
        return tuple(name for name in FIELDS[self.part] if name not in without)

    @property
    def by_width(self) -> tuple[ByWidth, ByWidth]:
        """Hidden layers by width, on two data sets, for the answer shouldn't rest on one alone.

        Where softmax is among the layer types, only it and n · softmax are compared with the baseline.
        """
        own = {held: getattr(self.hidden, held) for held in Hidden.fields()}
        if "softmax" in self.hidden.units:
            asked = (self.hidden.baseline, "softmax", N_SOFTMAX)
            own["units"] = tuple(name for name in self.hidden.units if name in asked)
        other = next(name for name in SECOND if name != self.hidden.dataset.name)
        return ByWidth(**own), ByWidth(**own | {"dataset": DATASETS[other]})
