"""Shares of a sum, and how many parts they amount to."""

import numpy as np

from alternatives.heads import Floats


def shares_of(weights: Floats) -> Floats:
    """Weights (..., n) as shares of their sum; 0 where that is 0."""
    whole = weights.sum(-1, keepdims=True)
    return weights / np.where(whole == 0, 1, whole)


def entropy(shares: Floats) -> Floats:
    """Entropy (...) in nats of shares (..., n); its exponential is the effective number of parts."""
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(-1)
