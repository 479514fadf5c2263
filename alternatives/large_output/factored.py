"""The output layer whose cost doesn't grow: exact steps at O(d²) a sample, however many classes there are.

It needs a loss of the spherical family, after Vincent, de Brébisson and Bouthillier 2015. It never computes
the outputs, yet its losses, gradients and weights are those of the dense layer.

The weights as a product
------------------------
The weights W (D×d) are kept as W = R F, with

    R = [V 1]    (D × d+1)    a row for each class, and a last column of ones,
    F = [U; ω]   (d+1 × d)    a square matrix, and a row that all classes share,

so that the logits of a sample h are R (F h). F h are the sample's *coordinates*. The layer also keeps

    S = RᵀR      (d+1 × d+1)  the Gram matrix: VᵀV, the column sums of V, and D in the corner.

A mini-batch H (d×m) has the coordinates C = F H. With e the last unit vector, R e = 1, and all statistics
that a spherical loss needs follow:

    logit sums      s = 1ᵀ R C = eᵀ S C,
    squared norms   q = diag((R C)ᵀ (R C)) = diag(Cᵀ S C),
    target logits   [v_c 1] times the column of C.

The derivative by the logits is Γ = ∂L/∂logits (D×m) = 2 R C diag(L_q) + 1 L_sᵀ + Y, where Y holds L_a of each
sample at its target. It is never formed. The gradient with respect to H needs S and the target rows alone,

    Wᵀ Γ = Fᵀ (2 S C diag(L_q) + S e L_sᵀ + Rᵀ Y),

and so does a step of gradient descent with weight decay λ. With κ = 1 - ηλ,

    W - η (Γ Hᵀ + λ W) = R [κ F - η (2 C diag(L_q) + e L_sᵀ) Hᵀ] - η Y Hᵀ:

a change of F, which moves all classes, and a change of the target rows of W. The second becomes a change of V
through the *duals* K = U⁻ᵀ H, with the new U, since Y Kᵀ U = Y Hᵀ:

    F ← κ F - η (2 C diag(L_q) + e L_sᵀ) Hᵀ,     V ← V - η Y Kᵀ,     S ← S + the change of a few rows.

The paper updates WᵀW and Wᵀ1 by recurrences of their own, in which errors add up. Here they are FᵀSF and
FᵀSe, and S is the Gram matrix of the rows as they are stored, after rounding to float32 if that is their
type. So what the loss sees can't drift away from the weights.

Keeping it stable
-----------------
U shrinks in the directions of the samples, by 1 - 2 η L_q |h|² for a single sample, and the target rows of V
grow in these directions in return. With the condition number cond(U) and the rounding error ε of one
operation, a step's error is about cond(U) ε in W and cond(U)² ε in WᵀW. The number of steps between two
conditions grows as the logarithm of their ratio, so a low limit costs little and gains much.

If a step would exceed the limit, U is *folded* into V after the change of F and before that of the rows:
V ← V U, U ← I, and then K = H. So even a step that makes U singular does exactly what it does to the dense
layer. `folded` explains how a fold avoids going through all rows.

F and S are float64 whatever the type of the rows, because with many classes a step changes U by less than the
rounding of float32. A float32 layer computes its products in float32 and adds them up in float64.

A logit is the sum of v·(U h) and ω·h, so its rounding error is that of the larger term.

References
----------
Vincent, de Brébisson and Bouthillier 2015, Efficient exact gradient update for training deep networks with
very large sparse targets, arXiv 1412.7091.
"""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from alternatives.heads import Floats, Integers
from alternatives.heads.checks import real_number, whole_number
from alternatives.large_output import saved
from alternatives.large_output.checks import (
    checked_dtype,
    checked_hidden,
    checked_weights,
    finite_or_diverged,
)
from alternatives.large_output.duals import CarriedInverse, duals
from alternatives.large_output.folded import FoldedRows
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.rows import RowsInFile, RowsInMemory, RowStorage, rows_of_zeros
from alternatives.large_output.saved import Array, Blocks
from alternatives.large_output.spherical import Loss, SphericalLoss, Statistics, loaded_head, spherical
from alternatives.writing import PathLike

CONDITION_LIMIT = 100.0
"""With float64's rounding of 2e-16, a step's error is at most 2e-14 in W and 2e-12 in WᵀW."""


@dataclass(frozen=True)
class Upkeep:
    """What a factored layer has done to stay stable."""

    steps: int = 0
    folds: int = 0
    settlements: int = 0
    """How many times all rows caught up with the folds."""
    condition: float = 1.0
    """Condition of U after the last step: how far U is from the identity, see `duals`."""


class FactoredOutput(OutputLayer):
    """The same numbers as `DenseOutput` at O(d²) a sample, for losses of the spherical family.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        The initial weights, copied. float32 stays float32, anything else becomes float64. This is the type of
        the rows; the n_units × n_units matrices are always float64.
    storage : path, optional
        A new file that keeps the rows on disk instead of in memory; see `RowsInFile`.
    condition_limit : float
        The condition at which U is folded into V.
    max_generations : int, optional
        All rows catch up after this many folds, less one: from 2 to 255. The default is the cheapest, √(D/d).

    Attributes
    ----------
    upkeep : Upkeep
        Steps, folds and the condition of U so far.
    """

    kind = "factored output layer"

    _gram: Floats

    def __init__(
        self,
        weights: ArrayLike,
        *,
        storage: PathLike | None = None,
        condition_limit: float = CONDITION_LIMIT,
        max_generations: int | None = None,
    ) -> None:
        rows = checked_weights(weights)
        n_classes, n_units = rows.shape
        stored = (
            RowsInMemory(rows) if storage is None else RowsInFile(storage, n_classes, n_units, rows.dtype)
        )
        self._start(stored, (n_classes, n_units), condition_limit, max_generations)
        if storage is not None:
            self._rows.copy(rows)
        self._rows.generations[:] = 1
        self._gram = self._gram_of_rows()

    @classmethod
    def zeros(
        cls,
        n_classes: int,
        n_units: int,
        *,
        dtype: DTypeLike = np.float32,
        storage: PathLike | None = None,
        condition_limit: float = CONDITION_LIMIT,
        max_generations: int | None = None,
    ) -> Self:
        """A layer whose weights are zero, made without going through them.

        A row takes no memory, and no room in a file, until its class is a target. Taylor softmax learns from
        zeros. Spherical softmax doesn't: its slope is 0 at logits of 0, and the Z-loss has no slope there.
        `dtype`, float32 or float64, is the type of the rows. The other parameters are those of the class.
        """
        layer = cls.__new__(cls)
        shape = whole_number(n_classes, "n_classes", 1), whole_number(n_units, "n_units", 1)
        rows = rows_of_zeros(*shape, checked_dtype(dtype), storage)
        layer._start(rows, shape, condition_limit, max_generations)
        return layer

    def _start(
        self,
        storage: RowStorage,
        shape: tuple[int, int],
        condition_limit: float,
        max_generations: int | None,
    ) -> None:
        limit = real_number(condition_limit, "condition_limit", 1.0)
        (self.n_classes, self.n_units), self.dtype = shape, storage.dtype
        self._condition_limit = limit
        self._rows = FoldedRows(storage, shape, max_generations)
        self._factor: Floats = np.eye(self.n_units + 1, self.n_units)
        self._gram = np.zeros((self.n_units + 1, self.n_units + 1))
        self._gram[-1, -1] = self.n_classes
        self._inverse: CarriedInverse | None = None
        self.upkeep = Upkeep()

    def close(self) -> None:
        """Remove the storage file, if there is one. The layer can't be used afterwards."""
        self._rows.storage.close()

    def _step(
        self, head: Loss, samples: Floats, targets: Integers, learning_rate: float, weight_decay: float
    ) -> tuple[float, Floats]:
        loss_function = _spherical_loss(head)
        if self._rows.is_full:
            self._settle()
        order, classes, which = _by_class(targets)
        samples, rows = samples[order], self._rows_of(classes)

        # The statistics of the logits, the loss and its derivatives.
        factor, gram = self._factor.astype(self.dtype), self._gram.astype(self.dtype)
        target_rows = rows.astype(self.dtype)
        if len(classes) < len(targets):
            target_rows = target_rows[which]
        coordinates = samples @ factor.T
        through_gram = coordinates @ gram
        slopes = loss_function.slopes(self._statistics(coordinates, through_gram, target_rows))
        loss = float(slopes.loss.mean())
        by_target, by_sum, by_square = (
            (slope / len(samples)).astype(self.dtype)[:, None] for slope in slopes[1:]
        )

        # The gradient with respect to hidden: (Γᵀ R) F.
        back = 2 * by_square * through_gram
        back += by_sum * gram[-1]
        back += by_target * target_rows
        gradient = np.empty_like(samples)
        gradient[order] = back @ factor

        # The change of F moves all classes.
        kept, rate = 1 - learning_rate * weight_decay, self.dtype.type(learning_rate)
        pull = 2 * rate * by_square
        push = pull * coordinates
        push[:, -1:] += rate * by_sum
        factor = self._factor - push.T @ samples if kept == 1 else kept * self._factor - push.T @ samples
        vectors, condition, inverse = duals(
            self._factor[:-1], factor[:-1], self._inverse, samples, kept, pull[:, 0]
        )

        # Fold U into V if the condition is too large, or not a number.
        gram, fold = self._gram, None
        if not condition <= self._condition_limit:
            fold = factor[:-1].copy()
            wider = np.eye(self.n_units + 1)
            wider[:-1, :-1] = fold
            rows, gram = rows @ wider, wider.T @ gram @ wider
            factor[:-1] = np.eye(self.n_units)
            vectors, condition, inverse = samples, 1.0, None

        # The target rows change, and the Gram matrix by what is stored of them:
        # new newᵀ - old oldᵀ = change meanᵀ + mean changeᵀ.
        moved = rows.copy()
        moved[:, :-1] -= _summed((rate * by_target) * vectors, which)
        moved = moved.astype(self.dtype)
        change = moved - rows
        mean = rows
        mean += change / 2
        half = change.T @ mean
        gram = gram + half
        gram += half.T
        # Any other infinite number makes one of these infinite: that of a row shows in its squares.
        finite_or_diverged(loss, gradient, factor[-1], gram.diagonal())

        self._rows.write(classes, moved[:, :-1], fold)  # only this can fail, and nothing has changed so far
        self._factor, self._gram, self._inverse = factor, gram, inverse
        n_folds = self.upkeep.folds + (fold is not None)
        self.upkeep = replace(self.upkeep, steps=self.upkeep.steps + 1, folds=n_folds, condition=condition)
        return loss, gradient

    def _settle(self) -> None:
        """Let all rows catch up with the folds, and compute their Gram matrix afresh."""
        self._rows.settle()
        self._gram = self._gram_of_rows()
        self.upkeep = replace(self.upkeep, settlements=self.upkeep.settlements + 1)

    def _losses(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        return _spherical_loss(head).slopes(self._statistics_of(samples, targets)).loss

    def _probabilities(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        statistics = self._statistics_of(np.repeat(samples, targets.shape[1], 0), targets.ravel())
        found = _spherical_loss(head).probabilities(statistics)
        return found.reshape(targets.shape).astype(self.dtype)

    def _logits(self, samples: Floats, k: int) -> Iterator[tuple[Integers, Floats]]:
        coordinates = samples @ self._factor.T
        for classes in self._rows.blocks():
            yield classes, coordinates @ self._rows_of(classes).T
        untouched = self._rows.zeros(k)  # their logits are equal, so that the first k stand for all
        yield untouched, np.repeat(coordinates[:, -1:], len(untouched), 1)

    @property
    def weights(self) -> Floats:
        weights = np.empty((self.n_classes, self.n_units), self.dtype)
        weights[:] = self._factor[-1]
        for classes in self._rows.blocks():
            weights[classes] = self._rows_of(classes) @ self._factor
        return weights

    @property
    def weight_gram(self) -> Floats:
        """WᵀW (n_units, n_units), at O(d³)."""
        return self._factor.T @ self._gram @ self._factor

    @property
    def weight_sum(self) -> Floats:
        """Sum of the weights over the classes (n_units,), at O(d²)."""
        return self._gram[-1] @ self._factor

    @staticmethod
    def operations_of(n_classes: int, n_units: int, n_samples: int) -> float:
        return 8 * 2.0 * n_samples * n_units**2  # five products, and three for the duals

    def _samples(self, hidden: ArrayLike) -> Floats:
        return checked_hidden(hidden, self.n_units, np.float64)

    def _rows_of(self, classes: Integers) -> Floats:
        """Rows of R in float64: those of V, and 1."""
        rows = np.ones((len(classes), self.n_units + 1))
        rows[:, :-1] = self._rows.read(classes)
        return rows

    def _statistics_of(self, samples: Floats, targets: Integers) -> Statistics:
        coordinates = samples @ self._factor.T
        classes, which = np.unique(targets, return_inverse=True)
        return self._statistics(coordinates, coordinates @ self._gram, self._rows_of(classes)[which])

    def _statistics(self, coordinates: Floats, through_gram: Floats, target_rows: Floats) -> Statistics:
        of_target = np.vecdot(target_rows, coordinates)
        squared_norm = np.vecdot(coordinates, through_gram)
        return Statistics.of(of_target, through_gram[:, -1], squared_norm, self.n_classes)

    def _gram_of_rows(self) -> Floats:
        """S, computed from all rows."""
        gram = np.zeros((self.n_units + 1, self.n_units + 1))
        for classes in self._rows.blocks():
            rows = self._rows_of(classes)
            gram += rows.T @ rows
        gram[-1, -1] = self.n_classes  # rows of zeros have their 1 too
        return gram

    def _arrays(self) -> Mapping[str, Array | Blocks]:
        inverse = self._inverse
        return {
            "shape": np.array([self.n_classes, self.n_units, self._rows.max_generations]),
            "limit": np.array(self._condition_limit),
            "upkeep": np.array(astuple(self.upkeep), np.float64),
            "factor": self._factor,
            "gram": self._gram,
            "inverse": np.empty((0, 0)) if inverse is None else inverse.matrix,
            "inverse_age": np.array(0 if inverse is None else inverse.age),
            "dtype": np.empty(0, self.dtype),
            **self._rows.arrays(),
        }

    @classmethod
    def load(cls, path: PathLike, storage: PathLike | None = None) -> Self:
        """A saved layer, whose further steps give the same numbers. DamagedFile for a damaged file.

        Its rows are in memory or in a new `storage` file.
        """
        with saved.reading(path, cls.kind) as file:
            n_classes, n_units, max_generations = map(int, file.array("shape", np.int64, 3))
            size = whole_number(n_classes, "n_classes", 1), whole_number(n_units, "n_units", 1)
            rows = rows_of_zeros(*size, checked_dtype(file.array("dtype", np.floating, 0).dtype), storage)
            try:
                layer = cls.__new__(cls)
                layer._start(rows, size, float(file.one("limit", np.float64)), max_generations)
                layer.head = loaded_head(file.one("head", np.str_))
                layer._factor = file.array("factor", np.float64, n_units + 1, n_units)
                layer._gram = file.array("gram", np.float64, n_units + 1, n_units + 1)
                steps, folds, settlements, condition = file.array("upkeep", np.float64, 4)
                layer.upkeep = Upkeep(int(steps), int(folds), int(settlements), float(condition))
                if len(inverse := file.array("inverse", np.float64, None, None)):
                    age = whole_number(file.one("inverse_age", np.int64), "inverse_age", 0)
                    layer._inverse = CarriedInverse(inverse.reshape(n_units, n_units), age)
                layer._rows.fill(file)
            except BaseException:
                rows.close()
                raise
        return layer


def _spherical_loss(head: Loss) -> SphericalLoss:
    loss = spherical(head)
    if loss is None:
        raise ValueError(f"the factored layer needs a loss of the spherical family, which {head} isn't")
    return loss


def _by_class(targets: Integers) -> tuple[Integers, Integers, Integers]:
    """Order that sorts the targets, their classes, and the place of each among these, in that order."""
    order = np.argsort(targets, kind="stable")
    ordered = targets[order]
    is_first = np.ones(len(targets), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return order, ordered[is_first], np.cumsum(is_first) - 1


def _summed(values: Floats, which: Integers) -> Floats:
    """Sums of the rows of `values` with the same number in `which`, which rises from 0 without a gap."""
    if which[-1] + 1 == len(which):
        return values
    return np.add.reduceat(values, np.searchsorted(which, np.arange(which[-1] + 1)))
