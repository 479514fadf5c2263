"""Every measure by name, with its unit and how its values are written.

A new measure is one more entry in `MEASURES`; every table, chart and command finds it there.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from numpy.typing import ArrayLike

from alternatives import wording
from alternatives.heads import Floats
from alternatives.measures.calibration import calibration_error, class_wise_calibration_error
from alternatives.measures.scores import accuracy, brier_score, gradient_magnitude, log_loss, mean_confidence
from alternatives.measures.temperature import with_temperature
from alternatives.statistics import Better

TEMPERATURE_SCALED = ", temperature-scaled"
"""What `evaluate` appends to a measure's name for the probabilities after temperature scaling."""


@dataclass(frozen=True)
class Measure:
    """A measure and its unit. Values stay in their natural unit, a share as 0.976; texts are in percent."""

    name: str
    unit: Literal["%", "nats", ""]
    better: Better
    explanation: str
    function: Callable[..., Floats]
    """Takes probabilities and targets, or the gradients at the logits."""
    of_gradients: bool = False
    margin: float | None = None
    """Differences up to this size don't matter; None where no size is known that wouldn't."""

    def text(self, value: float) -> str:
        """A value with its unit: "97.6 %"."""
        return wording.in_unit(value, self.unit)

    def difference_text(self, value: float) -> str:
        """A difference with its sign and unit: "+0.8 points"."""
        return wording.difference(value, self.unit)

    def interval_texts(self, difference: float, low: float, high: float) -> tuple[str, str, str]:
        """A difference and its bounds, without unit, to the same decimals."""
        return wording.interval(difference, low, high, self.unit)


MEASURES: dict[str, Measure] = {
    each.name: each
    for each in (
        Measure(
            "accuracy", "%", "higher",
            "Share of samples whose most probable class is the right one.",
            accuracy,
            margin=0.01,
        ),
        Measure(
            "log loss", "nats", "lower",
            "Mean of minus the logarithm of the right class's probability: confident mistakes cost most.",
            log_loss,
            margin=0.02,
        ),
        Measure(
            "Brier score", "", "lower",
            "Mean squared error of the probabilities, summed over the classes: from 0, perfect, to 2.",
            brier_score,
            margin=0.01,
        ),
        Measure(
            "calibration error", "%", "lower",
            "Mean gap between confidence and accuracy, in bins of equal width (ECE).",
            calibration_error,
            margin=0.01,
        ),
        Measure(
            "calibration error, equal mass", "%", "lower",
            "The same gap, in bins with equally many samples.",
            partial(calibration_error, binning="equal mass"),
            margin=0.01,
        ),
        Measure(
            "class-wise calibration error", "%", "lower",
            "Mean gap between a class's probability and how often that class is right, over all classes.",
            class_wise_calibration_error,
            margin=0.01,
        ),
        Measure(
            "mean confidence", "%", "neither",
            "Mean of the largest probability; if it is above the accuracy, the network is overconfident.",
            mean_confidence,
            margin=0.01,
        ),
        Measure(
            "gradient magnitude", "", None,
            "Mean norm of the gradient of a sample's loss with respect to its logits.",
            gradient_magnitude,
            of_gradients=True,
        ),
    )
}  # fmt: skip
"""Every measure by name, in the order of every table."""


def measure(name: str) -> Measure:
    """The measure of a name that `evaluate` gives, temperature-scaled or not."""
    plain = name.removesuffix(TEMPERATURE_SCALED)
    return dataclasses.replace(MEASURES[plain], name=name)


def evaluate(
    probabilities: ArrayLike,
    targets: ArrayLike,
    gradients: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
) -> dict[str, Floats]:
    """All measures (...) of a stack of runs, by name.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
        Class probabilities, which sum to one.
    targets : array of shape (..., n_samples)
    gradients : array of shape (..., n_samples, n_classes), optional
        The losses' gradients at the logits. Without them, measures of gradients are left out.
    temperature : array of shape (...), optional
        The temperature of each run, see `fit_temperature`. With it, every measure of probabilities is
        given a second time, after temperature scaling: its name ends in ", temperature-scaled".
    """
    result = {}
    for name, each in MEASURES.items():
        if not each.of_gradients:
            result[name] = each.function(probabilities, targets)
        elif gradients is not None:
            result[name] = each.function(gradients)
    if temperature is not None:
        scaled = evaluate(with_temperature(probabilities, temperature), targets)
        result |= {name + TEMPERATURE_SCALED: values for name, values in scaled.items()}
    return result
