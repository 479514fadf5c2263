"""The units of a hidden layer: how many dimensions they span, how they correlate, which are inactive."""

from dataclasses import dataclass

import numpy as np

from alternatives.experiments.shares import entropy, shares_of
from alternatives.heads import Floats

INACTIVE = 0.01
"""A unit is inactive if its standard deviation over the samples is below this share of the largest."""


@dataclass(frozen=True, eq=False)
class Units:
    """Statistics of a layer's outputs (n_seeds, n_samples, n_units), centred.

    Attributes
    ----------
    singular : array (n_seeds, n)
        Singular values as shares of their sum, the largest first.
    effective_rank : array (n_seeds,)
        See `effective_rank`.
    smallest : array (n_seeds,)
        The smallest singular value as a part of the largest.
    correlations : array (n_seeds, n_units, n_units)
        NaN where one of two units is inactive.
    correlation : array (n_seeds,)
        Mean size of the correlation of two different units; NaN where fewer than two are active.
    inactive : array (n_seeds,)
        Share of the units that hardly vary.
    """

    singular: Floats
    effective_rank: Floats
    smallest: Floats
    correlations: Floats
    correlation: Floats
    inactive: Floats

    @classmethod
    def of(cls, outputs: Floats) -> "Units":
        """All NaN for a seed whose outputs aren't finite."""
        failed = np.asarray(~np.isfinite(outputs).all((-1, -2)))
        outputs = np.where(failed[:, None, None], 0, outputs).astype(np.float64)
        centred = outputs - outputs.mean(-2, keepdims=True)
        values = np.linalg.svd(centred, compute_uv=False)
        deviations = centred.std(-2)
        active = deviations > INACTIVE * deviations.max(-1, keepdims=True)
        scaled = centred / np.where(deviations > 0, deviations, 1)[:, None]
        correlations = scaled.swapaxes(-1, -2) @ scaled / outputs.shape[-2]
        correlations[~(active[:, :, None] & active[:, None, :])] = np.nan
        sizes = np.abs(correlations)
        sizes[:, *np.diag_indices(outputs.shape[-1])] = np.nan
        n_pairs = np.isfinite(sizes).sum((-1, -2))
        sizes_sum = np.nansum(sizes, (-1, -2))
        found = {
            "singular": shares_of(values),
            "effective_rank": _effective_rank(values),
            "smallest": values[:, -1] / np.where(values[:, 0] > 0, values[:, 0], 1),
            "correlations": correlations,
            "correlation": np.where(n_pairs > 0, sizes_sum / np.where(n_pairs > 0, n_pairs, 1), np.nan),
            "inactive": 1 - active.mean(-1),
        }
        for value in found.values():
            value[failed] = np.nan
        return cls(**found)


def effective_rank(outputs: Floats) -> Floats:
    """Effective rank (...) of outputs (..., n_samples, n_units) after centring.

    The exponential of the entropy of the singular values as shares of their sum: n where n directions
    vary alike, and never more than there are directions that vary at all. A layer that shares one out has
    at most n_units - 1 of these, since its units' changes sum to zero.

    References
    ----------
    Roy and Vetterli 2007, The effective rank: a measure of effective dimensionality, EUSIPCO.
    """
    centred = outputs - outputs.mean(-2, keepdims=True)
    return _effective_rank(np.linalg.svd(centred, compute_uv=False))


def _effective_rank(singular: Floats) -> Floats:
    rank: Floats = np.exp(entropy(shares_of(singular)))
    return rank
