"""Every measure by name, with its unit and how its values are written.

A new measure is a `checked` function and an entry in `MEASURES`. Every table, chart and command finds it.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from numpy.typing import ArrayLike

from alternatives import wording
from alternatives.heads import Floats
from alternatives.measures.calibration import calibration_error, class_wise_calibration_error
from alternatives.measures.chance import chance_level
from alternatives.measures.checks import checked, unchecked
from alternatives.measures.decomposition import calibration_loss
from alternatives.measures.scores import (
    accuracy,
    brier_score,
    confidence_minus_accuracy,
    gradient_magnitude,
    log_loss,
    mean_confidence,
    wrong_without_gradient,
)
from alternatives.measures.temperature import with_temperature
from alternatives.state import shortened
from alternatives.statistics import Better

DIFFERENCE = ("difference", "difference_low", "difference_high")
"""The columns of a summary with a difference and its bounds."""
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
    """Takes probabilities and targets; or both and the gradients at the logits; or the measures before it."""
    of: Literal["probabilities", "gradients", "measures"] = "probabilities"
    """What the function takes."""
    signed: bool = False
    """Whether values below 0 are possible."""
    scaled: bool = True
    """Whether it is measured a second time, after temperature scaling."""
    words: tuple[str, str] | None = None
    """What a head is whose value is below 0, and above it."""
    margin: float | None = None
    """Differences up to this size don't matter; None where no size is known that wouldn't."""

    def text(self, value: float) -> str:
        """A value with its unit: "97.6 %", or "−1.7 points" where values can be below 0."""
        in_unit = wording.difference if self.unit_of_values == "points" else wording.in_unit
        return in_unit(value, self.unit)

    def number(self, value: float) -> str:
        """A value without its unit, for a column whose heading has it."""
        number = wording.signed if self.unit_of_values == "points" else wording.number
        return number(value, self.unit)

    @property
    def unit_of_values(self) -> str:
        """The unit as it stands behind a value: a share that can be below 0 is a difference, in points."""
        return "points" if self.unit == "%" and self.signed else self.unit

    def in_words(self, low: float, high: float) -> str:
        """What a head is whose value has this interval: "underconfident"; "" where that is undecided."""
        below, above = self.words or ("", "")
        return below if high < 0 else above if low > 0 else ""

    def can_differ_by(self, size: float) -> bool:
        """Whether two values can differ by so much: shares by less than 100 points, with a sign by 200.

        Of a few seeds the difference that they would have noticed may be larger than any, and says nothing.
        """
        return math.isfinite(size) and (self.unit != "%" or size < 1 + self.signed)

    def difference_text(self, value: float) -> str:
        """A difference with its sign and unit: "+0.8 points"."""
        return wording.difference(value, self.unit)

    def interval_texts(self, row: Mapping[Any, Any]) -> tuple[str, str, str]:
        """The difference in a row of the summary and its bounds, without unit, to the same decimals."""
        difference, low, high = (row[name] for name in DIFFERENCE)
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
            "confidence minus accuracy", "%", "neither",
            "Mean of the largest probability, less the accuracy: above 0 the head is overconfident, below 0 "
            "underconfident. For a calibrated head it is 0 on average.",
            confidence_minus_accuracy, signed=True, margin=0.01, words=("underconfident", "overconfident"),
        ),
        Measure(
            "log loss", "nats", "lower",
            "Mean of minus the logarithm of the right class's probability: confident mistakes cost most.",
            log_loss,
            margin=0.02,
        ),
        Measure(
            "calibration loss", "nats", "lower",
            "The part of the log loss that one temperature, fitted on other test samples, takes away: 0 on "
            "average for a calibrated head, and below 0 by chance.",
            calibration_loss, signed=True, scaled=False, margin=0.02,
        ),
        Measure(
            "refinement loss", "nats", "lower",
            "The rest of the log loss: how well the head tells the classes apart.",
            lambda values: values["log loss"] - values["calibration loss"],
            of="measures", scaled=False, margin=0.02,
        ),
        Measure(
            "Brier score", "", "lower",
            "Mean squared error of the probabilities, summed over the classes: from 0, perfect, to 2.",
            brier_score,
            margin=0.01,
        ),
        Measure(
            "calibration error", "%", None,
            "Expected calibration error (ECE): mean gap between confidence and accuracy, in 15 bins of equal "
            "width. A calibrated head shows one, too, so it has no verdict.",
            calibration_error,
        ),
        Measure(
            "calibration error, chance level", "%", None,
            "The calibration error that a calibrated head with the same confidences would show on average.",
            chance_level,
        ),
        Measure(
            "calibration error above chance", "%", "lower",
            "The calibration error less its chance level: 0 on average for a calibrated head, and below 0 "
            "by chance.",
            lambda values: values["calibration error"] - values["calibration error, chance level"],
            of="measures", signed=True, margin=0.01,
        ),
        Measure(
            "calibration error, equal mass", "%", None,
            "The same gap, in bins with equally many samples. Its chance level isn't 0, either.",
            partial(calibration_error, binning="equal mass"),
        ),
        Measure(
            "class-wise calibration error", "%", None,
            "Mean gap between a class's probability and how often that class is right, over all classes. Its "
            "chance level isn't 0, either.",
            class_wise_calibration_error,
        ),
        Measure(
            "mean confidence", "%", "neither",
            "Mean of the largest probability.",
            mean_confidence,
            margin=0.01,
        ),
        Measure(
            "gradient magnitude", "", None,
            "Mean norm of the gradient of a sample's loss with respect to its logits. It follows the scale "
            "of a head's logits, so no value is better than another.",
            lambda probabilities, targets, gradients: gradient_magnitude(gradients),
            of="gradients",
        ),
        Measure(
            "wrong samples without gradient", "%", None,
            "Share of the wrong samples whose gradient norm is at most a tenth of the mean over the head's "
            "wrong samples: training hardly corrects them.",
            wrong_without_gradient,
            of="gradients",
        ),
    )
}  # fmt: skip
"""Every measure by name, in the order of every table."""


def measure(name: str) -> Measure:
    """The measure of a name that `evaluate` gives, temperature-scaled or not; KeyError for any other."""
    plain = name.removesuffix(TEMPERATURE_SCALED)
    if plain not in MEASURES:
        raise KeyError(f"measure must be one of {', '.join(MEASURES)}; got {shortened(name)}")
    found = MEASURES[plain]
    return found if name == plain else dataclasses.replace(found, name=name)


@checked
def evaluate(
    probabilities: ArrayLike,
    targets: ArrayLike,
    gradients: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
) -> dict[str, Floats]:
    """All measures (...) of a stack of runs, by name.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes), or (n_samples,) for two classes
        Class probabilities, which sum to one.
    targets : array of shape (..., n_samples)
    gradients : array of shape (..., n_samples, n_classes), optional
        The losses' gradients at the logits. Without them, measures of gradients are left out.
    temperature : array of shape (...), optional
        The temperature of each run, see `fit_temperature`. With it, the measures of probabilities are given a
        second time, after temperature scaling: their names end in ", temperature-scaled". The parts of the
        log loss are not, as they say themselves what a temperature does.
    """
    result = _values(MEASURES, probabilities, targets, gradients)
    if temperature is not None:
        again = {name: each for name, each in MEASURES.items() if each.scaled}
        scaled = _values(again, with_temperature(probabilities, temperature), targets, None)
        result |= {name + TEMPERATURE_SCALED: values for name, values in scaled.items()}
    return result


def _values(
    wanted: dict[str, Measure], probabilities: ArrayLike, targets: ArrayLike, gradients: ArrayLike | None
) -> dict[str, Floats]:
    result: dict[str, Floats] = {}
    for name, each in wanted.items():
        if each.of == "measures":
            result[name] = each.function(result)
        elif each.of == "probabilities":
            result[name] = unchecked(each.function)(probabilities, targets)
        elif gradients is not None:
            result[name] = unchecked(each.function)(probabilities, targets, gradients)
    return result
