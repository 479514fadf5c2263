"""How good class probabilities are, and how far they can be trusted.

Each function takes a stack of runs at once, ``probabilities`` (..., n_samples, n_classes) and ``targets``
(..., n_samples), and returns one number for each run (...). It computes in float64. A run with a value that
isn't finite gets NaN and leaves the other runs alone.

A sample's probabilities are from 0 to 1 and sum to 1; of two classes those of class 1 are enough, as an array
(n_samples,). Targets are classes, whole numbers from 0 to n_classes - 1: integers or floats, in a row or a
column, or truth values for two classes. Anything else is a ValueError that says what is allowed and what was
given.

scikit-learn has accuracy, log loss, Brier score and calibration curve, but takes one run a call: ten times as
long for 40 runs. The tests hold these formulas equal to scikit-learn's to 1e-12.
"""

from alternatives.measures.calibration import (
    Binning,
    calibration_error,
    class_wise_calibration_error,
    reliability_bins,
)
from alternatives.measures.catalogue import (
    DIFFERENCE,
    MEASURES,
    TEMPERATURE_SCALED,
    Measure,
    evaluate,
    measure,
)
from alternatives.measures.chance import chance_level
from alternatives.measures.decomposition import calibration_loss
from alternatives.measures.samples import OF_SAMPLES
from alternatives.measures.scan import Scan, scan_temperatures
from alternatives.measures.scores import (
    LEAST_PROBABILITY,
    accuracy,
    brier_score,
    confidence_minus_accuracy,
    gradient_magnitude,
    log_loss,
    mean_confidence,
    wrong_without_gradient,
)
from alternatives.measures.temperature import TEMPERATURES, at_bound, fit_temperature, with_temperature

__all__ = [
    "DIFFERENCE",
    "LEAST_PROBABILITY",
    "MEASURES",
    "OF_SAMPLES",
    "TEMPERATURES",
    "TEMPERATURE_SCALED",
    "Binning",
    "Measure",
    "Scan",
    "accuracy",
    "at_bound",
    "brier_score",
    "calibration_error",
    "calibration_loss",
    "chance_level",
    "class_wise_calibration_error",
    "confidence_minus_accuracy",
    "evaluate",
    "fit_temperature",
    "gradient_magnitude",
    "log_loss",
    "mean_confidence",
    "measure",
    "reliability_bins",
    "scan_temperatures",
    "with_temperature",
    "wrong_without_gradient",
]
