"""Temperature scaling: one number for each run that makes its probabilities more or less even."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alternatives.heads import Floats
from alternatives.heads.checks import broadcast_to, real_numbers
from alternatives.measures.checks import checked, probabilities_of_classes
from alternatives.measures.scores import LEAST_PROBABILITY, of_targets, stack
from alternatives.wording import spelled

TEMPERATURES = (0.05, 20.0)
"""The least and the largest temperature that `fit_temperature` gives."""

PRIOR_WEIGHT = 4.0
"""How firmly the fit expects 1: before any sample is seen, log T has a standard deviation of about 1/√4."""

LAST_STEP = 1e-5
"""The search for log T ends after a step of at most this: Newton's steps leave about its square as error."""
MOST_STEPS = 60
"""Steps of the search; bisection alone would need 20."""

Derivatives = Callable[[Floats, NDArray[np.intp]], tuple[Floats, Floats]]
"""First and second derivative of the loss by β, given β and the runs that they are wanted for."""


def with_temperature(probabilities: ArrayLike, temperature: ArrayLike) -> Floats:
    """Class probabilities p at a temperature T: p^(1/T), normalised.

    For softmax that is the softmax of logits / T. Written with p it is defined for every head, also for those
    whose probabilities don't change if the logits are divided, as spherical softmax's. No temperature
    changes the order of the classes. One above 1 makes the probabilities more even.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes)
        Or (n_samples,) for those of the second of two classes; the result then is such an array, too. A
        probability below 2.2e-16, where `log_loss` clips, counts as 2.2e-16: without it a head that gives a
        class the probability 0 (sparsemax, entmax, squared error) could never take it back.
    temperature : array of shape (...)
        One for each run.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, ICML.
    """
    shares = probabilities_of_classes(probabilities)
    found = temperatures(temperature)
    if not broadcast_to(found.shape, shares.shape[:-2]):
        raise ValueError(f"temperature must have shape {shares.shape[:-2]}, one a run, got {found.shape}")
    return scaled(shares, found) if np.ndim(probabilities) > 1 else scaled(shares, found)[..., 1]


def scaled(probabilities: Floats, temperature: Floats) -> Floats:
    """`with_temperature` of what has been checked."""
    powers = np.exp(log_ratio(probabilities) / temperature[..., None, None])
    return powers / _total(powers)[..., None]


def temperatures(temperature: ArrayLike) -> Floats:
    """Temperatures (...) in float64, above 0, or NaN for a run that diverged."""
    found = real_numbers(temperature, "temperature").astype(np.float64, copy=False)
    if (found <= 0).any():
        raise ValueError(f"temperature must be above 0, got {spelled(float(np.nanmin(found)))}")
    return found


@checked
def fit_temperature(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """The temperature of each run that gives the least log loss, with a weak pull towards 1.

    These samples' log loss at this temperature is at most their log loss without it. The pull keeps a small
    validation set, of which every sample may be right, from asking for certainty; hundreds of samples
    outweigh it.

    Parameters
    ----------
    probabilities : array of shape (..., n_samples, n_classes), or (n_samples,) for two classes
    targets : array of shape (..., n_samples)

    Returns
    -------
    array of shape (...)
        Within `TEMPERATURES`; `at_bound` says which lie at a bound. 1 if all classes are equally probable:
        the temperature then changes nothing. NaN for a run that diverged.

    Notes
    -----
    With β = 1/T, the loss of the samples together and the pull are::

        Σ (log Σ_k p_k^β - β log p_target) + λ (β - 1 - log β),    λ = `PRIOR_WEIGHT`

    Both are convex in β, and the pull is 0 at β = 1 and positive elsewhere: at the minimum the samples' loss
    can't be above that at β = 1. The pull is minus the logarithm of a gamma density of β with its mode at 1.
    """
    ratio = log_ratio(probabilities)
    return 1 / fit_exponent(ratio, of_targets(ratio, targets).sum(-1))


def at_bound(temperature: ArrayLike) -> NDArray[np.bool_]:
    """Where a temperature lies at one of the bounds `TEMPERATURES`: the data ask for one beyond it."""
    near = np.isclose(temperatures(temperature)[..., None], TEMPERATURES, rtol=1e-4, atol=0)
    return np.asarray(near.any(-1))


def log_ratio(probabilities: ArrayLike) -> Floats:
    """Log of each probability relative to the sample's largest; one too small for `log_loss` is clipped."""
    logs = np.log(np.maximum(stack(probabilities), LEAST_PROBABILITY))
    return logs - logs.max(-1, keepdims=True)


def fit_exponent(ratio: Floats, of_target: Floats, start: ArrayLike = 1.0) -> Floats:
    """The exponents β = 1/T (...) that minimise the loss described under `fit_temperature`.

    Parameters
    ----------
    ratio : array of shape (..., n_samples, n_classes)
        As `log_ratio` gives it.
    of_target : array of shape (...)
        Sum of the targets' values in `ratio`.
    start : array of shape (...), optional
        Where the search begins; it has no influence on the result but in the last digits.
    """
    shape = of_target.shape
    start = np.broadcast_to(start, shape).ravel()
    ratio, of_target = ratio.reshape(of_target.size, *ratio.shape[-2:]), of_target.ravel()

    def derivatives(exponent: Floats, runs: NDArray[np.intp]) -> tuple[Floats, Floats]:
        logs = ratio if len(runs) == len(ratio) else ratio[runs]
        powers = logs * exponent[:, None, None]
        total = _total(np.exp(powers, out=powers))
        powers *= logs
        mean = _total(powers) / total
        powers *= logs
        variance = _total(powers) / total - mean**2
        first = mean.sum(-1) - of_target[runs] + PRIOR_WEIGHT * (1 - 1 / exponent)
        return first, variance.sum(-1) + PRIOR_WEIGHT / exponent**2

    return _minimum(derivatives, start).reshape(shape)


def _minimum(derivatives: Derivatives, start: Floats) -> Floats:
    """The minima (n_runs,) of convex functions between the bounds: Newton's steps, else bisection.

    Each run's search stops by itself, so its result doesn't depend on the others.
    """
    low, high = (np.full(len(start), math.log(1 / bound)) for bound in reversed(TEMPERATURES))
    place = np.where(np.isnan(start), 0.0, np.clip(np.log(start), low, high))
    result = np.empty_like(place)
    runs = np.arange(len(start), dtype=np.intp)
    for _ in range(MOST_STEPS):
        exponent = np.exp(place)
        first, second = derivatives(exponent, runs)
        low, high = np.where(first < 0, place, low), np.where(first > 0, place, high)
        with np.errstate(all="ignore"):
            # Newton's step for log β, whose second derivative may be negative far from the minimum.
            curvature = exponent * second + first
            step = place - first / np.where(curvature > 0, curvature, exponent * second)
        moved = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        result[runs] = np.where(np.isnan(first), np.nan, moved)
        going = np.abs(moved - place) > LAST_STEP
        runs, place, low, high = (each[going] for each in (runs, moved, low, high))
        if not len(runs):
            break
    return np.exp(result)


def _total(values: Floats) -> Floats:
    """Sum over the classes, by a matrix product: np.sum is slow on a short axis."""
    return values @ np.ones(values.shape[-1])
