"""The output layer that doesn't grow: exact steps at O(d²) a sample, whatever the number of classes.

For a loss of the spherical family, after Vincent, de Brébisson and Bouthillier 2015. The outputs are never
computed, yet the losses, the gradients and the weights are those of the dense layer.

The weights as a product
------------------------
The weights W (D×d) are kept as W = R F, with

    R = [V 1]    (D × d+1)    a row for each class, and a last column of ones,
    F = [U; ω]   (d+1 × d)    a square matrix, and a row that all classes share,

so that the logits of a sample h are R (F h), and F h are the sample's *coordinates*. Beside them is kept

    S = RᵀR      (d+1 × d+1)  the Gram matrix: VᵀV, the column sums of V, and D in the corner.

For a mini-batch H (d×m) with coordinates C = F H, all that a spherical loss asks for is at hand. With e the
last unit vector, R e = 1, and

    logit sums      s = 1ᵀ R C = eᵀ S C,
    squared norms   q = diag((R C)ᵀ (R C)) = diag(Cᵀ S C),
    target logits   [v_c 1] times the column of C.

Let Γ = ∂L/∂logits (D×m) = 2 R C diag(L_q) + 1 L_sᵀ + Y, where Y holds L_a of each sample at its target.
Nobody forms it: the gradient with respect to H needs R through S and the target rows alone,

    Wᵀ Γ = Fᵀ (2 S C diag(L_q) + S e L_sᵀ + Rᵀ Y),

and so does a step of gradient descent with weight decay λ. With κ = 1 - ηλ,

    W - η (Γ Hᵀ + λ W) = R [κ F - η (2 C diag(L_q) + e L_sᵀ) Hᵀ] - η Y Hᵀ:

a change of F, which moves all classes, and some rows of W that move by themselves. These become rows of V by
the *duals* K = U⁻ᵀ H, with the new U, since then Y Kᵀ U = Y Hᵀ:

    F ← κ F - η (2 C diag(L_q) + e L_sᵀ) Hᵀ,     V ← V - η Y Kᵀ,     S ← S + the change of a few rows.

The paper carries WᵀW and Wᵀ1 through recurrences of their own, in which errors add up. Here they are FᵀSF
and FᵀSe, and S is the Gram matrix of the rows as they're stored, after rounding to float32 if that's their
type: what the loss sees can't drift away from the weights.

Keeping it stable
-----------------
U shrinks in the directions of the samples, by 1 - 2 η L_q |h|² for one of them, and the target rows of V grow
there in return. With the condition number cond(U), and ε the rounding of one operation, a step's error
is about cond(U) ε in W and cond(U)² ε in WᵀW. The time between two conditions grows as the logarithm of
their ratio, so a low limit costs little and gains much.

Where a step would pass the limit, U is *folded* into V after the change of F and before that of the rows:
V ← V U, U ← I, and then K = H. So even a step that annihilates a direction, after which U has no inverse,
does just what it does to the dense layer. How a fold gets by without going through all rows is told in
`folded`.

F and S are float64 whatever the type of the rows, since with many classes a step changes U by less than the
rounding of float32. A float32 layer takes its products in float32 and adds them up in float64.

A logit is a sum of two terms, v·(U h) and ω·h, and as exact as they are large.

References
----------
Vincent, de Brébisson and Bouthillier 2015, Efficient exact gradient update for training deep networks with
very large sparse targets, arXiv 1412.7091.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from alternatives.heads import Floats, Integers
from alternatives.large_output import saved
from alternatives.large_output.checks import (
    checked_hidden,
    checked_k,
    checked_rates,
    checked_targets,
    checked_weights,
    finite_or_diverged,
)
from alternatives.large_output.duals import CarriedInverse, duals
from alternatives.large_output.folded import FoldedRows, cheapest_generations
from alternatives.large_output.layer import Best, OutputLayer
from alternatives.large_output.rows import Rows, RowsInFile, RowsInMemory, RowStorage
from alternatives.large_output.saved import Array, PathLike
from alternatives.large_output.spherical import (
    Loss,
    SphericalLoss,
    Statistics,
    loaded_head,
    ranking,
    saved_head,
    spherical,
)

CONDITION_LIMIT = 100.0
"""With float64's rounding of 2e-16, a step's error is 2e-14 in W and 2e-12 in WᵀW at most."""

ROWS_AT_ONCE = 2**14
"""Rows that are loaded or copied together."""


@dataclass(frozen=True)
class Upkeep:
    """What it has taken to stay stable."""

    steps: int = 0
    folds: int = 0
    settlements: int = 0
    """How often all rows caught up with the folds."""
    condition: float = 1.0
    """Of U after the last step: how far from the identity it is, see `duals`."""


class FactoredOutput(OutputLayer):
    """The same numbers as `DenseOutput` at O(d²) a sample, for the spherical family.

    Parameters
    ----------
    weights : array-like (n_classes, n_units)
        The first weights, copied; float32 stays float32, anything else becomes float64. It's the type of
        the rows; the few n_units × n_units numbers beside them are float64 always.
    storage : path, optional
        A new file to keep the rows in, instead of memory; see `RowsInFile`.
    condition_limit : float
        Condition at which U is folded into V.
    max_generations : int, optional
        Folds, plus one, after which all rows catch up: from 2 to 255. The default is the cheapest, √(D/d).

    Attributes
    ----------
    upkeep : Upkeep
        Steps, folds and the condition of U so far.
    """

    kind = "factored output layer"

    _rows: FoldedRows
    _factor: Floats
    _gram: Floats
    _inverse: CarriedInverse | None

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
        self._start(
            RowsInMemory(rows) if storage is None else RowsInFile(storage, n_classes, n_units, rows.dtype),
            (n_classes, n_units),
            condition_limit,
            max_generations,
        )
        if storage is not None:
            for start in range(0, n_classes, ROWS_AT_ONCE):
                classes = np.arange(start, min(start + ROWS_AT_ONCE, n_classes))
                self._rows.write(classes, rows[classes])
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

        Until its class is a target, a row takes no memory, and no room in a file. Taylor softmax learns from
        there; spherical softmax has slope 0 at logits of 0, and the Z-loss no slope at all. `dtype`, float32
        or float64, is the type of the rows; all else is as for the class.
        """
        layer = cls.__new__(cls)
        rows = _empty(n_classes, n_units, np.dtype(dtype), storage)
        layer._start(rows, (n_classes, n_units), condition_limit, max_generations)
        return layer

    def _start(
        self,
        storage: RowStorage,
        shape: tuple[int, int],
        condition_limit: float,
        max_generations: int | None,
    ) -> None:
        """Begin as zeros."""
        if not condition_limit >= 1:
            raise ValueError(f"condition_limit must be a number from 1, got {condition_limit}")
        (n_classes, n_units), self.dtype = shape, storage.dtype
        self.n_classes, self.n_units, self._condition_limit = n_classes, n_units, condition_limit
        self._rows = FoldedRows(
            storage,
            np.zeros(n_classes, np.uint8),
            np.empty((0, n_units, n_units)),
            cheapest_generations(n_classes, n_units) if max_generations is None else max_generations,
        )
        self._factor = np.eye(n_units + 1, n_units)
        self._gram = np.zeros((n_units + 1, n_units + 1))
        self._gram[-1, -1] = n_classes
        self._inverse = None
        self.upkeep = Upkeep()

    def close(self) -> None:
        """Remove the storage file, if there is one. The layer can't be used any more."""
        self._rows.storage.close()

    def step(
        self,
        head: Loss,
        hidden: ArrayLike,
        targets: ArrayLike,
        learning_rate: float,
        weight_decay: float = 0.0,
    ) -> tuple[float, Floats]:
        checked_rates(learning_rate, weight_decay)
        member = self._member(head)
        samples = checked_hidden(hidden, self.n_units, self.dtype)
        targets = checked_targets(targets, len(samples), self.n_classes)
        if self._rows.is_full:
            self._settle()
        order, classes, which = _by_class(targets)
        samples, rows = samples[order], self._rows_of(classes)

        with np.errstate(all="ignore"):
            # What the loss sees, and what it answers.
            factor, gram = self._factor.astype(self.dtype), self._gram.astype(self.dtype)
            target_rows = rows.astype(self.dtype)
            if len(classes) < len(targets):
                target_rows = target_rows[which]
            coordinates = samples @ factor.T
            through_gram = coordinates @ gram
            slopes = member.slopes(self._statistics(coordinates, through_gram, target_rows))
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

            # All classes move.
            kept, rate = 1 - learning_rate * weight_decay, self.dtype.type(learning_rate)
            pull = 2 * rate * by_square
            push = pull * coordinates
            push[:, -1:] += rate * by_sum
            factor = self._factor - push.T @ samples if kept == 1 else kept * self._factor - push.T @ samples
            vectors, condition, inverse = duals(
                self._factor[:-1], factor[:-1], self._inverse, samples, kept, pull[:, 0]
            )

            # U is folded into V, if it's time.
            gram, fold = self._gram, None
            if not condition <= self._condition_limit:
                fold = factor[:-1].copy()
                wider = np.eye(self.n_units + 1)
                wider[:-1, :-1] = fold
                rows, gram = rows @ wider, wider.T @ gram @ wider
                factor[:-1] = np.eye(self.n_units)
                vectors, condition, inverse = samples, 1.0, None

            # The target rows move by themselves, and the Gram matrix follows what is stored of them:
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
            # Nothing else is infinite unless one of these is: a row that is shows in its squares.
            finite_or_diverged(loss, gradient, factor[-1], gram.diagonal())

            self._rows.write(classes, moved[:, :-1], fold)  # only this can fail, and nothing has changed yet
        self._factor, self._gram, self._inverse, self.head = factor, gram, inverse, head
        self.upkeep = replace(
            self.upkeep,
            steps=self.upkeep.steps + 1,
            folds=self.upkeep.folds + (fold is not None),
            condition=condition,
        )
        return loss, gradient

    def _settle(self) -> None:
        """Let all rows catch up with the folds, and compute their Gram matrix afresh."""
        self._rows.settle()
        self._gram = self._gram_of_rows()
        self.upkeep = replace(self.upkeep, settlements=self.upkeep.settlements + 1)

    def loss(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> float:
        head = self._asked(head)
        samples = checked_hidden(hidden, self.n_units, np.float64)
        targets = checked_targets(targets, len(samples), self.n_classes)
        return float(self._member(head).slopes(self._statistics_of(samples, targets)).loss.mean())

    def probabilities_of(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> Floats:
        head = self._asked(head)
        samples = checked_hidden(hidden, self.n_units, np.float64)
        targets = checked_targets(targets, len(samples), self.n_classes, several=True)
        several = targets.reshape(len(samples), -1)
        statistics = self._statistics_of(np.repeat(samples, several.shape[1], 0), several.ravel())
        return self._member(head).probabilities(statistics).reshape(targets.shape).astype(self.dtype)

    def top_k(self, hidden: ArrayLike, k: int, head: Loss | None = None) -> Integers:
        head = self._asked(head)
        samples = checked_hidden(hidden, self.n_units, np.float64)
        best = Best(len(samples), checked_k(k, self.n_classes))
        coordinates = samples @ self._factor.T
        for classes in self._rows.blocks():
            best.offer(classes, ranking(head, coordinates @ self._rows_of(classes).T))
        untouched = self._rows.zeros(k)  # all alike, so that k of them stand for all
        best.offer(untouched, ranking(head, np.repeat(coordinates[:, -1:], len(untouched), 1)))
        return best.classes

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

    def _member(self, head: Loss) -> SphericalLoss:
        member = spherical(head)
        if member is None:
            raise ValueError(f"the factored layer needs a loss of the spherical family, which {head} isn't")
        return member

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
        columns = of_target, through_gram[:, -1], squared_norm
        of_target, logit_sum, squared_norm = (column.astype(np.float64) for column in columns)
        return Statistics(of_target, logit_sum, squared_norm, self.n_classes)

    def _gram_of_rows(self) -> Floats:
        """RᵀR from R."""
        gram = np.zeros((self.n_units + 1, self.n_units + 1))
        for classes in self._rows.blocks():
            rows = self._rows_of(classes)
            gram += rows.T @ rows
        gram[-1, -1] = self.n_classes  # rows of zeros have their 1 too
        return gram

    def save(self, path: PathLike) -> None:
        rows, inverse = self._rows, self._inverse
        n_touched = int(np.count_nonzero(rows.generations))

        def touched(dtype: DTypeLike, shape: tuple[int, ...], part: Callable[[Rows], Array]) -> saved.Blocks:
            return saved.Blocks((n_touched, *shape), np.dtype(dtype), map(part, rows.blocks()))

        saved.write(
            path,
            {
                "kind": np.array(self.kind),
                "head": saved_head(self.head),
                "shape": np.array([self.n_classes, self.n_units, rows.max_generations]),
                "limit": np.array(self._condition_limit),
                "upkeep": np.array(astuple(self.upkeep), np.float64),
                "factor": self._factor,
                "gram": self._gram,
                "past": rows.past,
                "inverse": np.empty((0, 0)) if inverse is None else inverse.matrix,
                "inverse_age": np.array(0 if inverse is None else inverse.age),
                "dtype": np.empty(0, self.dtype),
                "classes": touched(np.int64, (), lambda classes: classes),
                "generations": touched(np.uint8, (), lambda classes: rows.generations[classes]),
                "rows": touched(self.dtype, (self.n_units,), rows.storage.read),
            },
        )

    @classmethod
    def load(cls, path: PathLike, storage: PathLike | None = None) -> Self:
        """The layer that was saved, its rows in memory or in a new storage file.

        It goes on to the same numbers. DamagedFile for a damaged file.
        """
        with saved.reading(path, cls.kind) as file:
            n_classes, n_units, max_generations = map(int, file.array("shape"))
            rows = _empty(n_classes, n_units, file.array("dtype").dtype, storage)
            try:
                layer = cls.__new__(cls)
                layer._start(rows, (n_classes, n_units), float(file.array("limit")), max_generations)
                layer.head = loaded_head(file.array("head"))
                layer._rows.past = file.array("past")
                layer._factor, layer._gram = file.array("factor"), file.array("gram")
                steps, folds, settlements, condition = file.array("upkeep")
                layer.upkeep = Upkeep(int(steps), int(folds), int(settlements), float(condition))
                if len(inverse := file.array("inverse")):
                    layer._inverse = CarriedInverse(inverse, int(file.array("inverse_age")))
                columns = [file.parts(name, ROWS_AT_ONCE) for name in ("classes", "generations", "rows")]
                for classes, generations, values in zip(*columns, strict=True):
                    rows.write(classes, values, np.ones(len(classes), np.bool_))
                    layer._rows.generations[classes] = generations
            except BaseException:
                rows.close()
                raise
        return layer


def _empty(n_classes: int, n_units: int, dtype: np.dtype[Any], storage: PathLike | None) -> RowStorage:
    """Rows of zeros."""
    if min(n_classes, n_units) < 1:
        raise ValueError(f"n_classes and n_units must be at least 1, got {n_classes} and {n_units}")
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {dtype}")
    if storage is None:
        return RowsInMemory.zeros(n_classes, n_units, dtype)
    return RowsInFile(storage, n_classes, n_units, dtype)


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
