"""Dual vectors: the solutions k of ``Uᵀ k = h`` after a square matrix U has changed a little.

The samples are the rows of H (m×d), and U becomes U A with A = kept (I - N) and N = Hᵀ diag(pull) H / kept.
The duals of the samples are the rows of K = H (U A)⁻¹. There are three ways to compute them:

-   If the change is slight, as with very many classes, the inverse of U is updated by a few terms of
    (U A)⁻¹ = (I + N + N² + …) U⁻¹ / kept: O(m d²) for m samples.
-   With few samples it is updated exactly (Woodbury), by

        (U A)⁻¹ = (U⁻¹ + Hᵀ diag(pull) K) / kept,    K = B⁻¹ (H U⁻¹),

    where B = kept I - H Hᵀ diag(pull) is m×m, and B H = H A: O(m d²) as well.
-   Otherwise U A is factorised, O(d³), which is O(m d²) if samples aren't few.

An inverse that is carried from step to step is computed afresh every d-th step, so that its error can't build
up. That is O(d²) a step.

The *condition* tells how far the new U is from the identity: max(‖U‖, 1) max(‖U⁻¹‖, 1) in the 1-norm, or a
close estimate. Unlike the condition number it also grows if U merely shrinks, for example by weight decay.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from alternatives.heads import Floats

MOST_TERMS = 2
"""Terms of the series: more would cost as much as a factorisation."""


class CarriedInverse(NamedTuple):
    """The inverse of U, and the number of changes since it was computed afresh."""

    matrix: Floats
    age: int = 0


class Duals(NamedTuple):
    """The duals (n_samples, n_units), the condition, and the inverse if it is carried."""

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
    """Duals of the samples for U `after` the change, given U `before` and its inverse, if it was carried.

    They have the type of the samples; the matrices are float64. The condition is inf if U is singular.
    """
    n_samples, n_units = samples.shape
    # A bound of |N|. The errors of d steps add up before the inverse is computed afresh.
    size = float(np.abs(pull).max() * np.vdot(samples, samples) / abs(kept)) if kept else math.inf
    size, rounding = min(size, 1.0), np.finfo(samples.dtype).eps  # from 1 on the series diverges
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
    else:  # in float64, since a large change amplifies the rounding of float32
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
    # LAPACK stores columns first, so that it reads the transpose without a copy.
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
