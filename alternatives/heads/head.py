"""What a head is, and the register of all heads.

A head is the end of a classifier. It turns the last layer's output, the *logits*, into class
probabilities, and it has a loss and that loss's gradient with respect to the logits.

Most heads give every class a positive score and divide the scores by their sum. With ``g = log score``
such a head is ``softmax(g(logits))``, and the gradient of its log loss is

    slope(logits) * (probabilities - onehot),        slope = dg / dlogit,

so its score and its slope define a normalised head. Softmax is the one whose slope is 1.

Every method works on the last axis of `logits`, shape (..., n_classes), and broadcasts over the
others. A head is a frozen dataclass whose fields are its hyper-parameters. To add one, write a class with
``@HEADS.register`` in a module of this package. Charts, controls, tables, tests and the command line find
it in `HEADS`, whose order is the order of every legend.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads.checks import Floats, Integers
from alternatives.heads.given import Given
from alternatives.heads.looks import Look, free_look
from alternatives.state import Named, Registry
from alternatives.state.registry import Class

Pullback: TypeAlias = Callable[[Floats], Floats]
"""Turns a gradient with respect to probabilities (..., n_classes) into that with respect to the logits."""


class Heads(Registry["Head"]):
    """The registered heads. One that is registered without a colour, a dash or a mark takes a free one."""

    def register(self, cls: Class) -> Class:
        look = free_look([Look(head.colour, head.dash, head.mark) for head in self.values()])
        super().register(cls)
        for name, value in look._asdict().items():
            if name not in vars(cls):  # one that is inherited belongs to the other head
                setattr(cls, name, value)
        return cls


HEADS = Heads("head")
"""Every registered head with its default hyper-parameters, by name, in the order of the legends."""


@dataclass(frozen=True)
class Head(Named, ABC):
    """The end of a classifier: logits in, class probabilities and a loss out.

    Shapes in all methods: `logits` (..., n_classes), `targets` (...), integers from 0 that broadcast against
    the samples. Results have the floating type of `logits`; that of whole numbers is float64, and half
    precision is computed in float32. ValueError for logits that are no real numbers, and for targets that are
    no classes.

    A logit of -∞ leaves its class out: its probability and gradient are 0. As a target it has an infinite
    loss, unless the loss is bounded, and keeps the gradient that it has in the limit. Where this isn't
    defined all results of a sample are NaN: for heads that give a very low logit a large probability (those
    with an even score: spherical and Taylor softmax, plain normalisation) or a large loss (squared errors, a
    bound); if all classes are left out; and if a logit is +∞ or NaN, as those of a network that diverged.

    What begins with an underscore, and the methods that networks are trained with (`scores`,
    `loss_and_gradient_onehot`, `loss_and_scores`, `probabilities_and_pullback`), expect finite floating
    logits and don't check them.
    """

    formula: ClassVar[str]
    """The probability of class k in LaTeX."""
    sentence: ClassVar[str]
    """What it does, in one plain sentence."""
    source: ClassVar[str]
    loss_formula: ClassVar[str] = r"-\log p_t"
    """The loss in LaTeX, t being the target."""
    where: ClassVar[str] = ""
    """What the other symbols in the two formulas mean."""
    loss_unit: ClassVar[str] = "nats"
    """Unit of the loss: "nats" for the logarithm of a probability, "" for none."""
    limits: ClassVar[str] = ""
    """What it can't do, in a plain sentence; empty if there is nothing to warn of."""
    portable: ClassVar[str] = ""
    """The source of `probabilities`, `losses` and `gradients`, or of a normalised head's `log_scores` and
    `slopes`, in names that all frameworks share: `alternatives.frameworks` turns it into modules for them.

    Logits, one-hot targets and results have shape (..., n_classes), losses (..., 1). Capitals are the
    head's hyper-parameters. A docstring at the beginning stands in that of the modules. Subclasses inherit
    each function, and may replace it. A normalised head without any is translated from its `log_score` and
    `slope`.
    """
    effort: ClassVar[float] = 1.0
    """About the time of its loss and gradient relative to softmax's: no result depends on it."""
    in_comparison: ClassVar[bool] = False
    """Whether the default comparison includes the head."""
    colour: ClassVar[str]
    """The head's look in every chart; see `Look`."""
    dash: ClassVar[tuple[int, ...]]
    mark: ClassVar[str]

    @abstractmethod
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        """Non-negative scores; divided by their sum they are the class probabilities.

        Returns the scores (..., n_classes), rescaled so that each sample's largest is of order 1, and the
        logarithm (..., 1) of the factor that was divided out.
        """

    @final
    def probabilities(self, logits: ArrayLike) -> Floats:
        """The head's own values (..., n_classes), in [0, 1]; sigmoid's need not sum to one."""
        given = Given.of(logits, self.scores)
        return given.vectors(self._probabilities(given.logits))

    @final
    def class_probabilities(self, logits: ArrayLike) -> Floats:
        """Probabilities (..., n_classes) that sum to one."""
        given = Given.of(logits, self.scores)
        return given.vectors(self._class_probabilities(given.logits))

    @final
    def jacobian(self, logits: ArrayLike) -> Floats:
        """Derivative (..., n_classes, n_classes) of each of `probabilities`, in rows, by each logit."""
        given = Given.of(logits, self.scores)
        return given.matrices(self._jacobian(given.logits))

    @final
    def loss_and_gradient(self, logits: ArrayLike, targets: ArrayLike) -> tuple[Floats, Floats]:
        """Loss (...) in `loss_unit`, and its gradient (..., n_classes) with respect to the logits."""
        given = Given.of(logits, self.scores)
        target = onehot(given.targets(targets), given.logits)
        return given.loss_and_gradient(self.loss_and_gradient_onehot, target)

    @final
    def loss(self, logits: ArrayLike, targets: ArrayLike) -> Floats:
        """Loss (...) of each sample, in `loss_unit`."""
        return self.loss_and_gradient(logits, targets)[0]

    @final
    def gradient(self, logits: ArrayLike, targets: ArrayLike) -> Floats:
        """Gradient (..., n_classes) of each sample's loss with respect to its logits."""
        return self.loss_and_gradient(logits, targets)[1]

    @final
    def _class_probabilities(self, logits: Floats) -> Floats:
        """The scores divided by their sum. Only this method normalises a head's values."""
        scores, _ = self.scores(logits)
        return scores / total(scores)

    def _probabilities(self, logits: Floats) -> Floats:
        """Do `probabilities`, if they aren't the `class_probabilities`."""
        return self._class_probabilities(logits)

    @abstractmethod
    def _jacobian(self, logits: Floats) -> Floats:
        """Do `jacobian`."""

    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        """`probabilities` and their pullback, for a head that stands inside a network."""
        jacobian = self._jacobian(logits)
        return self._probabilities(logits), lambda vector: np.matmul(vector[..., None, :], jacobian)[
            ..., 0, :
        ]

    @abstractmethod
    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        """`loss_and_gradient` for one-hot targets (..., n_classes) in the memory layout of `onehot`.

        Training computes the one-hot targets once for all heads.
        """

    def loss_and_scores(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        """Loss (...) for one-hot targets, and the first of `scores`: an evaluation needs no gradient."""
        return self.loss_and_gradient_onehot(logits, target)[0], self.scores(logits)[0]

    def stackable_form(self) -> "Head":
        """The same head as an instance of the widest class whose heads `stacked` can combine."""
        return self


@dataclass(frozen=True)
class UnitSumHead(Head):
    """A head whose own probabilities sum to one: what one class gains, the classes lose in fixed shares."""

    @abstractmethod
    def slopes_and_shares(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        """`probabilities`, then slopes and shares with ∂p_j/∂a_k = slope_k ([j = k] - share_j)."""

    @final
    def _jacobian(self, logits: Floats) -> Floats:
        _, slopes, shares = self.slopes_and_shares(logits)
        rest: Floats = np.eye(logits.shape[-1], dtype=logits.dtype) - shares[..., :, None]
        return rest * slopes[..., None, :]

    @final
    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        # Σ_j v_j ∂p_j/∂a_k = slope_k (v_k - Σ_j v_j share_j)
        probabilities, slopes, shares = self.slopes_and_shares(logits)

        def pullback(vector: Floats) -> Floats:
            return np.multiply(slopes, np.subtract(vector, total(np.multiply(vector, shares))))

        return probabilities, pullback


@dataclass(frozen=True)
class NormalisedHead(UnitSumHead):
    """A head whose probabilities are its scores divided by their sum, with the log loss."""

    @abstractmethod
    def log_score(self, logits: Floats) -> Floats:
        """Logarithm of the score, elementwise. It may leave out a constant."""

    @abstractmethod
    def slope(self, logits: Floats) -> Floats | float:
        """Derivative of the log score by the logit, elementwise."""

    def log_score_and_slope(self, logits: Floats) -> tuple[Floats, Floats | float]:
        """Both at once, for a head that computes them together."""
        return self.log_score(logits), self.slope(logits)

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        """`scores`, with each score's derivative by its logit, rescaled alike, in second place."""
        log_scores = self.log_score(logits)
        log_factor = np.maximum.reduce(log_scores, -1, keepdims=True)
        scores = exponential(log_scores - log_factor)
        return scores, self.slope(logits) * scores, log_factor

    @final
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        scores, _, log_factor = self.scores_and_derivatives(logits)
        return scores, log_factor

    @final
    def slopes_and_shares(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        scores, derivatives, _ = self.scores_and_derivatives(logits)
        sum_ = total(scores)
        probabilities = np.divide(scores, sum_)
        return probabilities, np.divide(derivatives, sum_), probabilities

    @final
    def loss_and_scores(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        scores, _, log_factor = self.scores_and_derivatives(logits)
        log_score, _ = self.log_score_and_slope(_target_logit(logits, target))
        return _log_loss(total(scores), log_factor, log_score), scores

    @final
    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        scores, derivatives, log_factor = self.scores_and_derivatives(logits)
        sum_ = total(scores)
        log_score, slope = self.log_score_and_slope(_target_logit(logits, target))
        loss = _log_loss(sum_, log_factor, log_score)
        # np.subtract always chooses the same memory layout. The operator - may reuse a large operand, so the
        # layout, and with it the rounding of later sums, would depend on the size of the stack.
        return loss, np.subtract(np.divide(derivatives, sum_), slope * target)


def _target_logit(logits: Floats, target: Floats) -> Floats:
    """The logit (..., 1) of each sample's target."""
    chosen: Floats = np.add.reduce(np.multiply(logits, target), -1, keepdims=True)
    return chosen  # exact in any order: all terms but one are 0


def _log_loss(sum_: Floats, log_factor: Floats, log_score: Floats) -> Floats:
    """Log Σ score - log score of the target (...), from terms (..., 1)."""
    # The two logarithms in brackets can be huge. They cancel first, or a small log Σ score would be lost.
    loss: Floats = np.log(sum_) + (log_factor - log_score)
    return loss[..., 0]


@dataclass(frozen=True)
class LinkedHead(Head):
    """The probabilities of another head, `link`, with a loss of its own."""

    link: ClassVar[Head]

    @final
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        return self.link.scores(logits)

    @final
    def _probabilities(self, logits: Floats) -> Floats:
        return self.link._probabilities(logits)

    @final
    def _jacobian(self, logits: Floats) -> Floats:
        return self.link._jacobian(logits)

    @final
    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        return self.link.probabilities_and_pullback(logits)


def stacked(heads: Sequence[Head], dtype: np.dtype[Any], n_axes: int) -> Head:
    """Heads whose `stackable_form` has the same class, as a single head with arrays as parameters.

    The arrays have shape (n_heads, 1, …) with `n_axes` axes, and the network's own `dtype`: a float64
    parameter would turn float32 logits into float64.
    """
    forms = [head.stackable_form() for head in heads]
    if len({type(form) for form in forms}) > 1:
        raise ValueError(f"heads of one class stack, got {', '.join(sorted({h.name for h in heads}))}")
    fields = {
        name: np.array([getattr(form, name) for form in forms], dtype).reshape(-1, *[1] * (n_axes - 1))
        for name in forms[0].ranges()
    }
    return dataclasses.replace(forms[0], **fields)


def onehot(targets: Integers, logits: Floats) -> Floats:
    """1 (..., n_classes) at each target and 0 elsewhere, in the floating type of `logits`.

    Samples are last in memory, like the logits in training: passes over a short last axis are slow.
    """
    classes = np.arange(logits.shape[-1])
    if targets.ndim == 0:
        return np.equal(targets, classes).astype(logits.dtype)
    return np.equal(targets[..., None, :], classes[:, None]).astype(logits.dtype).swapaxes(-1, -2)


def exponential(x: Floats) -> Floats:
    """exp(x) - `flush_threshold` for x up to 0, flushed to 0 where that is negative.

    Arithmetic with numbers below the normal range takes ten to forty times as long. A confident network's
    logits lead there: in float32, exp(-90) is such a number.
    """
    exponent, least = _flush_exponent(x.dtype)
    result: Floats = np.maximum(x, exponent)
    np.exp(result, out=result)
    return np.subtract(result, least, out=result)


def flush_threshold(dtype: np.dtype[Any]) -> "np.floating[Any]":
    """Exponentials below this become 0: 1e-32 in float32, 2e-302 in float64.

    It is a million times the smallest normal number, which leaves room to divide by a sum over classes and
    by the number of samples. Half precision has no such room; its rounding error is larger anyway.
    """
    range_ = np.finfo(dtype)
    least: np.floating[Any] = min(np.ldexp(range_.tiny, 20), range_.eps)
    return least


@lru_cache(maxsize=8)
def _flush_exponent(dtype: np.dtype[Any]) -> tuple[Floats, Floats]:
    """The logarithm of `flush_threshold`, and np.exp of that, which rounding may change: (1,) each."""
    exponent = np.log(np.full(1, flush_threshold(dtype)))
    return exponent, np.exp(exponent)


def total(scores: Floats) -> Floats:
    """Sum over the classes, (..., 1).

    A matrix product sums each run in an order that depends on that run's shape and layout alone. np.sum
    chooses one order for the whole array, so a run's rounding would depend on the runs beside it.
    """
    summed: Floats = scores @ ones(scores.shape[-1], scores.dtype)
    return summed[..., None]


@lru_cache(maxsize=64)
def ones(n: int, dtype: np.dtype[Any]) -> Floats:
    """A vector of ones, cached because every sum over classes needs it."""
    vector = np.ones(n, dtype)
    vector.flags.writeable = False
    return vector
