"""How good the class probabilities are, and how far they can be trusted.

Every function takes a stack of runs at once, ``probabilities`` (..., n_samples, n_classes) and
``targets`` (..., n_samples), and gives one number a run (...). It calculates in float64, and a run with
a value that isn't finite gets NaN without touching the others. `MEASURES` holds them all by name: a new
measure is one more entry there, and every table, chart and command finds it.

scikit-learn has accuracy, log loss, Brier score and calibration curve, but one run a call: 40 runs
before and after temperature scaling took it some 300 ms, these formulas a tenth of that, and the tests
hold them equal to scikit-learn's to 1e-12.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alternatives.heads import Floats, Integers, onehot
from alternatives.statistics import Better, wilson_interval

Binning: TypeAlias = Literal["equal width", "equal mass"]

TEMPERATURES = (0.05, 20.0)
"""The least and the largest temperature that `fit_temperature` gives."""

TEMPERATURE_SCALED = ", temperature-scaled"
"""What `evaluate` appends to a measure's name for the probabilities after temperature scaling."""


def accuracy(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Share (...) of samples whose most probable class, the first of equals, is the target."""
    return _top_label(probabilities, targets)[1].mean(-1)


def mean_confidence(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean (...) over the samples of the largest probability."""
    return _top_label(probabilities, targets)[0].mean(-1)


def log_loss(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean (...) over the samples of -log of the target's probability, in nats.

    As in scikit-learn, that probability is clipped to [ε, 1 - ε] with the ε = 2.2e-16 of float64, so
    one sample costs at most 36 nats.
    """
    epsilon = np.finfo(np.float64).eps
    return -np.log(np.clip(_of_target(_stack(probabilities), targets), epsilon, 1 - epsilon)).mean(-1)


def brier_score(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """Mean (...) over the samples of the squared error of the probabilities, summed over the classes.

    It lies between 0 and 2 for any number of classes, as scikit-learn's with ``scale_by_half=False``;
    for two classes scikit-learn's default is half of it.

    References
    ----------
    Brier 1950, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78.
    """
    probabilities = _stack(probabilities)
    errors = probabilities - onehot(np.asarray(targets), probabilities)
    return np.einsum("...nk,...nk->...n", errors, errors).mean(-1)


def calibration_error(
    probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 15, binning: Binning = "equal width"
) -> Floats:
    """Expected calibration error of the most probable class.

    The samples are binned by confidence, the largest probability. In each bin the mean confidence is
    compared with the share of samples that are right; the error is the mean of the absolute gaps,
    weighted with the samples in the bin.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
    targets : array of shape (..., n_samples)
    n_bins : int, default=15
    binning : {"equal width", "equal mass"}, default="equal width"
        Bins of [0, 1] equally wide, or between the run's own quantiles of confidence, so that each
        holds as many samples as the others. A value on an edge belongs below it; equal values are
        never parted, whatever the order of the samples.

    Returns
    -------
    array of shape (...)
        From 0 to 1. A calibrated classifier doesn't reach 0 on a finite sample: by chance alone a bin
        of m samples has a mean gap of up to 0.4/√m.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, ICML.
    Nixon et al. 2019, Measuring calibration in deep learning, CVPR workshops (equal mass).
    """
    return _calibration_error(*_top_label(probabilities, targets), n_bins, binning)


def class_wise_calibration_error(
    probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 15, binning: Binning = "equal width"
) -> Floats:
    """Calibration error of every class's probability, averaged over the classes.

    Each class is a yes-or-no forecast of its own, binned by that class's probability in all samples;
    parameters and result are those of `calibration_error`.

    References
    ----------
    Nixon et al. 2019, Measuring calibration in deep learning, CVPR workshops: the static calibration
    error, or, in bins of equal mass, the adaptive one.
    """
    by_class = np.ascontiguousarray(np.swapaxes(_stack(probabilities), -1, -2))
    outcome = np.swapaxes(onehot(np.asarray(targets), _stack(probabilities)), -1, -2).astype(np.float64)
    return _calibration_error(by_class, outcome, n_bins, binning).mean(-1)


def gradient_magnitude(gradients: ArrayLike) -> Floats:
    """Mean (...) over the samples of the length of the loss's gradient with respect to the logits.

    Parameters
    ----------
    gradients : array of shape (..., n_samples, n_classes)
        What `Head.gradient` gives. A run with a value that isn't finite gets NaN.
    """
    gradients = _stack(gradients)
    return np.sqrt(np.einsum("...nk,...nk->...n", gradients, gradients)).mean(-1)


def reliability_bins(
    probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 15, binning: Binning = "equal width"
) -> pd.DataFrame:
    """The bins of a reliability diagram, pooled over all runs of the stack but those that diverged.

    Parameters
    ----------
    probabilities, targets, n_bins, binning
        As in `calibration_error`; quantiles are those of the pooled samples.

    Returns
    -------
    DataFrame
        One row a bin, from 1; left, right: the bin's edges; confidence: mean confidence; accuracy:
        share of samples that are right; low, high: its Wilson interval; count, share: samples in the
        bin. A bin without samples has a count of 0 and NaN.

    Notes
    -----
    Wilson's interval takes the samples for independent. Pooled over seeds, a sample counts once for
    every test part it is in, which makes the interval narrower than it should be.
    """
    confidence, correct = (a.ravel() for a in _top_label(probabilities, targets))
    confidence, correct = confidence[~np.isnan(confidence)], correct[~np.isnan(confidence)]
    edges = _edges(confidence if confidence.size else np.array([np.nan]), n_bins, binning)
    index = _bins(confidence, edges)
    count, total, hits = (_binned(a, index, n_bins) for a in (np.ones_like(correct), confidence, correct))
    low, high = wilson_interval(hits, count)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "bin": np.arange(1, n_bins + 1),
                "left": edges[:-1],
                "right": edges[1:],
                "confidence": total / count,
                "accuracy": hits / count,
                "low": low,
                "high": high,
                "count": count.astype(np.int64),
                "share": count / max(confidence.size, 1),
            }
        )


def with_temperature(probabilities: ArrayLike, temperature: ArrayLike) -> Floats:
    """Class probabilities p at a temperature T: p^(1/T), normalised.

    For softmax that is the softmax of logits / T; written with p it is defined for every head. No
    temperature changes the order of the classes; one above 1 makes their probabilities more even.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
        A probability of 0, which comes of rounding, counts as the smallest normal number of the array's
        type.
    temperature : array of shape (...)
        One a run.

    Returns
    -------
    array of shape (..., n_samples, n_classes)

    References
    ----------
    Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, ICML.
    """
    temperature = np.asarray(temperature, np.float64)[..., None, None]
    powers = np.exp(_log_ratio(probabilities) / temperature)
    return powers / _total(powers)[..., None]


def fit_temperature(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The temperature of each run at which its log loss, on a validation part, is least.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
    targets : array of shape (..., n_samples)

    Returns
    -------
    array of shape (...)
        Within `TEMPERATURES`: the lower bound where every target is the most probable class, for then
        the loss falls as far as the temperature does; the upper one where the probabilities say less
        than nothing; 1 where all classes are equally probable, so that it makes no difference; NaN for
        a run that diverged.

    Notes
    -----
    In β = 1/T the loss of a sample is log Σ p^β - β log p of the target: convex, so its minimum is the
    root of the derivative, the mean of log p expected at β less log p of the target.
    """
    ratio = _log_ratio(probabilities)
    of_target = _of_target(ratio, targets).mean(-1)
    shape, ratio, of_target = of_target.shape, ratio.reshape(-1, *ratio.shape[-2:]), of_target.ravel()

    def derivative(log_temperature: Floats, run: Integers) -> Floats:
        logs = ratio[run]
        powers = np.exp(logs * np.exp(-log_temperature)[:, None, None])
        total = _total(powers)
        powers *= logs
        return (_total(powers) / total).mean(-1) - of_target[run]

    runs = np.arange(len(ratio))
    low, high = (np.full(len(ratio), math.log(bound)) for bound in TEMPERATURES)
    from scipy.optimize import elementwise  # slow to import, and there is much to see before it

    root = elementwise.find_root(derivative, (low, high), args=(runs,), tolerances={"xatol": 1e-8}).x
    # The derivative falls with the temperature; where it has one sign throughout, a bound is the minimum.
    at_low, at_high = derivative(low, runs) <= 0, derivative(high, runs) >= 0
    log_temperature = np.select([at_low & at_high, at_low, at_high], [np.zeros_like(low), low, high], root)
    return np.exp(log_temperature).reshape(shape)


@dataclass(frozen=True)
class Measure:
    """A measure, and how its values are said.

    Values are kept in their natural unit, a share as 0.976. Only their text is in percent, and
    differences of percentages are in points.
    """

    name: str
    unit: Literal["%", "nats", ""]
    better: Better
    explanation: str
    function: Callable[..., Floats]
    """Of (probabilities, targets), or of the gradients at the logits."""
    of_gradients: bool = False

    @property
    def scale(self) -> int:
        """What a value is multiplied by to be shown in the unit."""
        return 100 if self.unit == "%" else 1

    def text(self, value: float) -> str:
        """A value with its unit, in at most three significant digits: "97.6 %"."""
        return self._with_unit(value, "", self.unit)

    def difference_text(self, value: float) -> str:
        """A difference with its sign and unit: "+0.8 points"."""
        return self._with_unit(value, "+", "points" if self.unit == "%" else self.unit)

    def interval_texts(self, difference: float, low: float, high: float) -> tuple[str, str, str]:
        """A difference and its bounds without unit, all to the decimals that the farther bound is worth."""
        farther = max((abs(value) for value in (difference, low, high) if math.isfinite(value)), default=0.0)
        texts = [self._digits(value, "+", farther) for value in (difference, low, high)]
        return texts[0], texts[1], texts[2]

    def _with_unit(self, value: float, sign: str, unit: str) -> str:
        if not math.isfinite(value):
            return "–"
        return f"{self._digits(value, sign, value)} {unit}".rstrip()

    def _digits(self, value: float, sign: str, worth: float) -> str:
        """A value with three significant digits of `worth`; of percentages, one decimal at most."""
        value, worth = value * self.scale, worth * self.scale
        if not math.isfinite(value):
            return "–"
        exponent = int(f"{worth:.2e}".partition("e")[2])  # after rounding: 99.97 is 100
        if self.unit != "%" and not -4 <= exponent < 6:
            digits = f"{value:{sign}.2e}"
        else:
            decimals = min(max(2 - exponent, 0), 1 if self.unit == "%" else 6)
            digits = f"{value:{sign}z.{decimals}f}"
        return digits.replace("-", "−")


MEASURES: dict[str, Measure] = {
    each.name: each
    for each in (
        Measure(
            "accuracy",
            "%",
            "higher",
            "Share of samples whose most probable class is the right one.",
            accuracy,
        ),
        Measure(
            "log loss",
            "nats",
            "lower",
            "Mean of minus the logarithm of the right class's probability: being sure and wrong costs most.",
            log_loss,
        ),
        Measure(
            "Brier score",
            "",
            "lower",
            "Mean squared error of the probabilities, summed over classes: 0 is perfect, 2 sure and wrong.",
            brier_score,
        ),
        Measure(
            "calibration error",
            "%",
            "lower",
            "Mean gap between how sure the network is and how often it is right, in bins of equal width.",
            calibration_error,
        ),
        Measure(
            "calibration error, equal mass",
            "%",
            "lower",
            "The same gap, in bins that hold equally many samples.",
            partial(calibration_error, binning="equal mass"),
        ),
        Measure(
            "class-wise calibration error",
            "%",
            "lower",
            "Mean gap between a class's probability and how often that class is right, over all classes.",
            class_wise_calibration_error,
        ),
        Measure(
            "mean confidence",
            "%",
            None,
            "Mean of the largest probability; above the accuracy the network is surer than it should be.",
            mean_confidence,
        ),
        Measure(
            "gradient magnitude",
            "",
            None,
            "Mean length of the gradient of a sample's loss with respect to its logits.",
            gradient_magnitude,
            of_gradients=True,
        ),
    )
}
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
    """All measures of a stack of runs.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
        Class probabilities, which sum to one.
    targets : array of shape (..., n_samples)
    gradients : array of shape (..., n_samples, n_classes), optional
        The losses' gradients at the logits. Without them the measures of gradients are left out.
    temperature : array of shape (...), optional
        Of each run, as `fit_temperature` gives it. With it, every measure of probabilities comes a
        second time, after temperature scaling, its name followed by ", temperature-scaled".

    Returns
    -------
    dict from name to array of shape (...)
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


def _stack(values: ArrayLike) -> Floats:
    """The values (..., n_samples, n_classes) in float64; a run where one isn't finite is NaN throughout.

    In C order, for the order in which numpy sums depends on how an array lies in memory.
    """
    values = np.asarray(values, np.float64, order="C")
    finite = np.isfinite(values).all((-2, -1), keepdims=True)
    return values if finite.all() else np.where(finite, values, np.nan)


def _of_target(values: Floats, targets: ArrayLike) -> Floats:
    """The target's value (..., n_samples) of (..., n_samples, n_classes)."""
    index = np.broadcast_to(targets, values.shape[:-1])[..., None]
    return np.take_along_axis(values, index, -1)[..., 0]


def _top_label(probabilities: ArrayLike, targets: ArrayLike) -> tuple[Floats, Floats]:
    """The largest probability of each sample, and 1 where its class is the target, else 0."""
    probabilities = _stack(probabilities)
    confidence = probabilities.max(-1)
    correct = probabilities.argmax(-1) == targets
    return confidence, np.where(np.isnan(confidence), np.nan, correct)


def _edges(forecast: Floats, n_bins: int, binning: Binning) -> Floats:
    """Edges of the bins: (n_bins + 1,), or (n_bins + 1, ...) where each row (..., n_samples) has its own."""
    levels = np.linspace(0, 1, n_bins + 1)
    if binning == "equal width":
        return levels
    if binning == "equal mass":
        return np.percentile(forecast, 100 * levels, axis=-1)
    raise ValueError(f"binning must be 'equal width' or 'equal mass', got {binning!r}")


def _bins(forecast: Floats, edges: Floats) -> NDArray[np.intp]:
    """The bin, from 0, of every forecast: the number of inner edges that lie below it."""
    inner = edges[1:-1]
    if inner.ndim == 1:
        return np.searchsorted(inner, forecast)
    index = np.zeros(forecast.shape, np.intp)
    for edge in inner:
        index += forecast > edge[..., None]
    return index


def _binned(weights: Floats, index: Integers, n_bins: int) -> Floats:
    """Sums (..., n_bins) of weights (..., n_samples) in each bin."""
    runs = index.shape[:-1]
    first = n_bins * np.arange(math.prod(runs)).reshape(*runs, 1)
    sums = np.bincount((first + index).ravel(), weights.ravel(), n_bins * math.prod(runs))
    return np.asarray(sums, np.float64).reshape(*runs, n_bins)


def _calibration_error(forecast: Floats, outcome: Floats, n_bins: int, binning: Binning) -> Floats:
    """Calibration error (...) of a yes-or-no forecast (..., n_samples).

    A bin's share of the samples times its gap of means is its sum of differences over all samples.
    """
    index = _bins(forecast, _edges(forecast, n_bins, binning))
    return np.abs(_binned(outcome - forecast, index, n_bins)).sum(-1) / forecast.shape[-1]


def _log_ratio(probabilities: ArrayLike) -> Floats:
    """Log of each probability relative to the sample's largest."""
    probabilities = np.asarray(probabilities)
    smallest = np.finfo(np.result_type(probabilities, np.float32)).tiny
    logs = np.log(np.maximum(_stack(probabilities), smallest))
    return logs - logs.max(-1, keepdims=True)


def _total(values: Floats) -> Floats:
    """Sum over the classes, by a matrix product: np.sum is slow on a short axis."""
    return values @ np.ones(values.shape[-1])
