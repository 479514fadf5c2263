"""Dual vectors: what solves ``Uᵀ k = h`` for a square matrix U, after a small move of it.

The samples are the rows of H (m×d), and the move is U ← U A with A = kept (I - N) and
N = Hᵀ diag(pull) H / kept. The duals of the samples are the rows of K = H (U A)⁻¹. There are three ways to
them:

-   Where the move is slight, as it is with very many classes, the inverse of U is carried along by a few
    terms of (U A)⁻¹ = (I + N + N² + …) U⁻¹ / kept: O(m d²) for m samples.
-   With few samples it's carried along exactly, by

        (U A)⁻¹ = (U⁻¹ + Hᵀ diag(pull) K) / kept,    K = B⁻¹ (H U⁻¹),

    where B = kept I - H Hᵀ diag(pull) is m×m, and B H = H A: O(m d²) as well.
-   Else U A is factorised, O(d³), which is O(m d²) if samples aren't few.

A carried inverse is computed afresh at every d-th step, an O(d²) a step, so that its error can't build up.

With the duals comes how far the new U is from the identity, max(‖U‖, 1) max(‖U⁻¹‖, 1) in the 1-norm or a
close estimate: the condition number of U, but that a U which only shrinks, by weight decay say, counts too.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from alternatives.heads import Floats

MOST_TERMS = 2
"""Of the series: more would cost as much as a factorisation."""


class CarriedInverse(NamedTuple):
    """The inverse of U, and how many moves ago it was computed afresh."""

    matrix: Floats
    age: int = 0


class Duals(NamedTuple):
    """One for each sample (n_samples, n_units), the condition, and the inverse where it's carried."""

    vectors: Floats
    condition: float
    inverse: CarriedInverse | None = None


def duals(
    before: Floats,
    after: Floats,
    inverse: CarriedInverse | None,
    samples: Floats,
    kept: float,
    pull: Floats,
) -> Duals:
    """Duals of the samples for the square matrix `after` the move, given it `before` and perhaps its inverse.

    In the floating type of the samples, from matrices in float64. The condition is inf where no inverse
    can be relied on.
    """
    n_samples, n_units = samples.shape
    # |N| is at most this; errors of d steps come together before the inverse is computed afresh.
    size = float(np.abs(pull).max() * np.vdot(samples, samples) / abs(kept)) if kept else math.inf
    size, rounding = min(size, 1.0), np.finfo(samples.dtype).eps  # from 1 on there is no series
    n_terms = next((n for n in range(1, MOST_TERMS + 1) if n_units * size ** (n + 1) < rounding), None)
    if n_terms is None and 4 * n_samples > n_units:
        return _by_factorisation(after, samples)

    old, age = inverse if inverse and inverse.age < n_units else CarriedInverse(np.linalg.inv(before))
    dtype = samples.dtype
    if n_terms:
        pulled = (pull[:, None] * samples / kept).T
        series = term = pulled @ (samples @ old.astype(dtype, copy=False))
        for _ in range(n_terms - 1):
            term = pulled @ (samples @ term)
            series = series + term
        new = old + series
        if kept != 1:
            new /= kept
        vectors = samples @ new.astype(dtype, copy=False)
    else:  # a move that isn't slight could make much of float32's rounding
        exact = samples.astype(np.float64)
        pulled = (pull[:, None] * exact).T
        try:
            vectors = np.linalg.solve(kept * np.eye(n_samples) - exact @ pulled, exact @ old)
        except np.linalg.LinAlgError:
            return Duals(samples, math.inf)
        new = (old + pulled @ vectors) / kept
    condition = _condition(_norm(after), _norm(new))
    return Duals(vectors.astype(dtype, copy=False), condition, CarriedInverse(new, age + 1))


def _by_factorisation(matrix: Floats, samples: Floats) -> Duals:
    # LAPACK numbers columns first, and so reads U as its transpose without a copy.
    factors, pivots, info = lapack.dgetrf(matrix.T)
    if info:
        return Duals(samples, math.inf)
    norm = _norm(matrix.T)
    reciprocal, _ = lapack.dgecon(factors, norm)  # 1 / (‖Uᵀ‖ ‖U⁻ᵀ‖)
    if not reciprocal > 0:
        return Duals(samples, math.inf)
    vectors, _ = lapack.dgetrs(factors, pivots, samples.T.astype(np.float64))
    return Duals(vectors.T.astype(samples.dtype), _condition(norm, 1 / (reciprocal * norm)))


def _norm(matrix: Floats) -> float:
    return float((np.ones(len(matrix)) @ np.abs(matrix)).max())


def _condition(norm: float, norm_of_inverse: float) -> float:
    return max(norm, 1.0) * max(norm_of_inverse, 1.0)
