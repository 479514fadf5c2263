"""Dual vectors: what solves ``Uᵀ k = h`` for a square matrix U that moves a little at every step.

With them comes how far U is from the identity, max(‖U‖, 1) max(‖U⁻¹‖, 1) in the 1-norm or a close estimate:
the condition number of U, but that a U which only shrinks, by weight decay say, counts as well.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from alternatives.heads import Floats

Duals = tuple[Floats, float]
"""Vectors (n_samples, n_units), one for each sample, and the condition: inf for a singular U."""


def by_factorisation(matrix: Floats, hidden: Floats) -> Duals:
    """From an LU factorisation: O(d³), and the cheaper way unless samples are few."""
    # LAPACK numbers columns first, and so reads U as its transpose without a copy.
    factors, pivots, info = lapack.dgetrf(matrix.T)
    if info:
        return hidden, math.inf
    norm = float(np.abs(matrix).sum(1).max())  # the 1-norm of Uᵀ
    reciprocal, _ = lapack.dgecon(factors, norm)  # 1 / (‖Uᵀ‖ ‖U⁻ᵀ‖)
    if not reciprocal > 0:
        return hidden, math.inf
    vectors, _ = lapack.dgetrs(factors, pivots, hidden.T)
    return vectors.T, _condition(norm, 1 / (reciprocal * norm))


@dataclass(frozen=True)
class CarriedInverse:
    """The inverse of U, carried along as U moves: O(m d²) for m samples."""

    inverse: Floats
    age: int = 0
    """Moves since it was last computed afresh."""

    @classmethod
    def of(cls, matrix: Floats) -> "CarriedInverse":
        """The inverse of a matrix, at O(d³)."""
        return cls(np.linalg.inv(matrix))

    @property
    def is_due(self) -> bool:
        """Whether it's time to invert afresh: at every d-th step this costs O(d²) a step."""
        return self.age >= len(self.inverse)

    def moved(
        self, matrix: Floats, hidden: Floats, kept: float, pull: Floats
    ) -> tuple[Floats, float, "CarriedInverse | None"]:
        """Duals and condition after the move U ← U A with A = kept I - Hᵀ diag(pull) H, and the inverse then.

        `matrix` is the new U; samples are the rows of H. With the small B = kept I - diag(pull) H Hᵀ,
        A Hᵀ = Hᵀ B. Hence the duals H (U A)⁻¹ = B⁻ᵀ H U⁻¹, and with them
        (U A)⁻¹ = (U⁻¹ + Hᵀ diag(pull) duals) / kept.
        """
        small = kept * np.eye(len(hidden)) - (hidden @ hidden.T) * pull  # Bᵀ
        try:
            vectors = np.linalg.solve(small, hidden @ self.inverse)
        except np.linalg.LinAlgError:
            return hidden, math.inf, None
        after = CarriedInverse((self.inverse + (hidden.T * pull) @ vectors) / kept, self.age + 1)
        norms = (float(np.abs(one).sum(0).max()) for one in (matrix, after.inverse))
        return vectors, _condition(*norms), after


def _condition(norm: float, norm_of_inverse: float) -> float:
    return max(norm, 1.0) * max(norm_of_inverse, 1.0)
