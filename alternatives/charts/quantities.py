"""Measures as charts show them: the axis title, the unit, and the values that are possible."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from alternatives.experiments import Attention
from alternatives.experiments.attention import RIGHT
from alternatives.measures import MEASURES, TEMPERATURE_SCALED


@dataclass(frozen=True)
class Quantity:
    """A measure on an axis."""

    title: str
    unit: str = ""
    least: float = 0.0
    most: float = np.inf
    rounding: float = 0.0
    """Values no further from 0 than this are rounding errors."""

    @property
    def axis_title(self) -> str:
        """The title with the unit, unless the tick labels show the unit."""
        return titled(self.title, self.unit)

    @property
    def scale(self) -> float:
        """What values are multiplied by: differences of shares are drawn in points."""
        return 100.0 if self.unit == "points" else 1.0


def n_weights(experiment: Any) -> int:
    """How many steps or experts a sample's weights are for."""
    if isinstance(experiment, Attention):
        return experiment.sequences.n_steps
    return int(experiment.n_experts)


def looked_at(attention: Attention) -> Quantity:
    """How many steps get weight."""
    name, n_steps = attention.sequences.looked_at, attention.sequences.n_steps
    return Quantity(f"{name}, of {n_steps}", least=1.0, most=n_steps)


ZERO = 100 * float(np.finfo(np.float32).eps)
"""Float32 rounding errors, summed over a layer, stay below this."""

INSIDE: dict[str, Callable[[Any], Quantity]] = {
    "effective rank": lambda hidden: Quantity(
        "effective rank of the last hidden layer", least=1.0, most=hidden.width
    ),
    "smallest singular value": lambda _: Quantity(
        "smallest singular value, as a share of the largest", most=1.0, rounding=ZERO
    ),
    "correlation": lambda _: Quantity("mean absolute correlation of two units", most=1.0),
    "inactive units": lambda _: Quantity("share of inactive units", "%", most=1.0),
    "entropy": lambda any_: Quantity("entropy of the weights", "nats", most=np.log(n_weights(any_))),
    "rows looked at": looked_at,
    "pairs looked at": looked_at,
    RIGHT: lambda _: Quantity("weight of the pair with the asked key", "%", most=1.0),
    "experts used": lambda gate: Quantity("experts used over all samples", least=1.0, most=gate.n_experts),
    "experts asked": lambda gate: Quantity("experts used per sample", least=1.0, most=gate.n_experts),
    "sum of the weights": lambda any_: Quantity("sum of the weights", most=n_weights(any_)),
}
"""Measures of the experiments inside a network, by their names in results."""


def quantity(measure: str, experiment: Any) -> Quantity:
    """A measure of an experiment."""
    if measure in INSIDE:
        return INSIDE[measure](experiment)
    shown = MEASURES[measure.removesuffix(TEMPERATURE_SCALED)]
    least, most = possible(shown.unit_of_values)
    return Quantity(measure, shown.unit_of_values, -most if shown.signed else least, most)


def possible(unit: str) -> tuple[float, float]:
    """The least and the largest value that a unit allows: of shares, which are kept as 0.976, and points."""
    return {"%": (0.0, 1.0), "points": (-100.0, 100.0)}.get(unit, (0.0, np.inf))


def titled(title: str, unit: str) -> str:
    """A title with its unit, unless the tick labels show the unit."""
    return title if unit in ("", "%") else f"{title} ({unit})"
