"""What each temperature of a grid would make of a head's probabilities: its calibration, and its log loss.

Accuracy isn't here: no temperature changes the order of the classes.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alternatives.heads import Floats
from alternatives.measures.calibration import pooled_bins, run_errors, sample_numbers
from alternatives.measures.checks import checked
from alternatives.measures.scores import loss_of_target, of_targets, top_label
from alternatives.measures.temperature import log_ratio

N_STEPS = 17
AS_TRAINED = N_STEPS // 2
"""Place of the temperature 1 in the grid."""
GRID: Floats = 2.0 ** np.linspace(-2, 2, N_STEPS)
"""The temperatures: from a quarter to four, each 1.19 times the one before."""
GRID.flags.writeable = False
N_BINS = 15


class Scan(NamedTuple):
    """One head at every temperature of `GRID`.

    Attributes
    ----------
    log_loss, calibration_error : array (n_temperatures, n_runs)
        NaN for a run that diverged.
    bins : dict from column to array (n_temperatures, n_bins)
        Those of `reliability_bins`, in bins of equal width.
    """

    log_loss: Floats
    calibration_error: Floats
    bins: dict[str, NDArray[Any]]


@checked
def scan_temperatures(probabilities: ArrayLike, targets: ArrayLike, samples: ArrayLike | None = None) -> Scan:
    """Reliability, calibration error and log loss at every temperature of `GRID`.

    Parameters
    ----------
    probabilities : array of shape (n_runs, n_samples, n_classes)
    targets : array of shape (n_runs, n_samples)
    samples : array of int, shape (n_runs, n_samples), optional
        As in `reliability_bins`.

    Notes
    -----
    With r the logarithm of each probability relative to the sample's largest, the probabilities at T are
    exp(r / T) over their sum. So the largest is 1 over the sum, and the class that has it stays the same.
    """
    _, correct = top_label(probabilities, targets)
    ratio = log_ratio(probabilities)
    of_target = of_targets(ratio, targets)
    finite = ~np.isnan(correct)
    kept = None if samples is None else sample_numbers(samples, correct.shape)[finite]
    summed = np.ones(ratio.shape[-1])
    losses, errors, bins = [], [], []
    for exponent in 1 / GRID:
        powers = ratio * exponent
        total = np.exp(powers, out=powers) @ summed
        confidence = 1 / total
        losses.append(loss_of_target(np.exp(of_target * exponent) * confidence).mean(-1))
        errors.append(run_errors(confidence, correct, N_BINS))
        bins.append(pooled_bins(confidence[finite], correct[finite], N_BINS, samples=kept))
    columns = {name: np.array([each[name] for each in bins]) for name in bins[0]}
    return Scan(np.array(losses), np.array(errors), columns)


def lowest(log_loss: Floats) -> NDArray[np.intp]:
    """Where in the grid the mean log loss (n_heads, n_temperatures) over the runs is lowest; -1 for none."""
    known = np.isfinite(log_loss)
    return np.where(known.any(-1), np.where(known, log_loss, np.inf).argmin(-1), -1)
