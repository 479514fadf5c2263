"""What a head is, and the register of all heads.

A head stands at the end of a classifier. It turns the last layer's output, the *logits*, into class
probabilities, and it has a loss and that loss's gradient with respect to the logits.

Most heads give every class a positive score and share one out in proportion. With ``g = log score``
such a head is ``softmax(g(logits))``, and the gradient of its log loss is

    slope(logits) * (probabilities - onehot),        slope = dg / dlogit,

so a normalised head is fully told by its score and its slope. Softmax is the one whose slope is 1.

Every method works on the last axis of `logits`, shape (..., n_classes), and broadcasts over the
others. A head is a frozen dataclass whose fields are its hyper-parameters. Adding a head is adding
one class with ``@HEADS.register`` in a module of this package: charts, controls, tables, tests and the
command line find it in `HEADS`, whose order is the order of every legend.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from alternatives.heads.looks import Look, free_look
from alternatives.state import Named, Registry
from alternatives.state.registry import Class

Floats: TypeAlias = NDArray[np.floating[Any]]
Integers: TypeAlias = NDArray[np.integer[Any]]

Pullback: TypeAlias = Callable[[Floats], Floats]
"""From a gradient with respect to probabilities (..., n_classes) to that with respect to the logits."""


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

    Shapes, for all methods: `logits` (..., n_classes), floating; `targets` (...), integers from 0.
    Results have the floating type of `logits`.
    """

    formula: ClassVar[str]
    """The probability of class k in LaTeX."""
    sentence: ClassVar[str]
    """What it does, in one plain sentence."""
    source: ClassVar[str]
    loss_formula: ClassVar[str] = r"-\log p_t"
    """The loss in LaTeX, t being the target."""
    where: ClassVar[str] = ""
    """What else stands in the two formulas, in words."""
    loss_unit: ClassVar[str] = "nats"
    """What its loss is counted in: "nats" for the logarithm of a probability, "" for what has no unit."""
    limits: ClassVar[str] = ""
    """What it can't do, in a plain sentence; empty where there is nothing to warn of."""
    in_comparison: ClassVar[bool] = False
    """Whether a comparison shows the head when nobody has chosen."""
    colour: ClassVar[str]
    """The head's look in every chart; see `Look`."""
    dash: ClassVar[tuple[int, ...]]
    mark: ClassVar[str]

    @abstractmethod
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        """Scores, none negative, of which the class probabilities are the shares.

        Returns the scores (..., n_classes), rescaled so that a sample's largest is of order 1, and
        the logarithm (..., 1) of the factor taken out.
        """

    @abstractmethod
    def probabilities(self, logits: Floats) -> Floats:
        """The head's own values (..., n_classes), each in [0, 1]; `class_probabilities` sum to one."""

    @abstractmethod
    def jacobian(self, logits: Floats) -> Floats:
        """Derivative (..., n_classes, n_classes) of each of `probabilities`, in rows, by each logit."""

    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        """`probabilities`, and the way back through them: what a head is to a network that goes on."""
        jacobian = self.jacobian(logits)
        return self.probabilities(logits), lambda vector: np.matmul(vector[..., None, :], jacobian)[..., 0, :]

    @abstractmethod
    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        """`loss_and_gradient` for one-hot targets (..., n_classes), laid out as `onehot` does.

        A training works them out once for all heads.
        """

    def loss_and_scores(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        """Loss (...) for one-hot targets, and the first of `scores`: an evaluation needs no gradient."""
        return self.loss_and_gradient_onehot(logits, target)[0], self.scores(logits)[0]

    def stackable_form(self) -> "Head":
        """The same head in the form in which it stacks; one that is a case of a wider class is that."""
        return self

    @final
    def loss_and_gradient(self, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
        """Loss (...) in `loss_unit`, and its gradient (..., n_classes) with respect to the logits."""
        return self.loss_and_gradient_onehot(logits, onehot(targets, logits))

    def loss(self, logits: Floats, targets: Integers) -> Floats:
        """Loss (...) of each sample, in `loss_unit`."""
        return self.loss_and_gradient(logits, targets)[0]

    def gradient(self, logits: Floats, targets: Integers) -> Floats:
        """Gradient (..., n_classes) of each sample's loss with respect to its logits."""
        return self.loss_and_gradient(logits, targets)[1]

    @final
    def class_probabilities(self, logits: Floats) -> Floats:
        """Probabilities (..., n_classes) that sum to one: the one place where heads are normalised."""
        scores, _ = self.scores(logits)
        return scores / total(scores)


@dataclass(frozen=True)
class NormalisedHead(Head):
    """A head whose probabilities are the shares of its scores, with the log loss."""

    @abstractmethod
    def log_score(self, logits: Floats) -> Floats:
        """Logarithm of the score, elementwise; a constant may be left out."""

    @abstractmethod
    def slope(self, logits: Floats) -> Floats | float:
        """Derivative of the log score by the logit, elementwise."""

    def log_score_and_slope(self, logits: Floats) -> tuple[Floats, Floats | float]:
        """Both, for a head whose two have work in common."""
        return self.log_score(logits), self.slope(logits)

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        """`scores` with, second, each score's derivative by its logit, rescaled alike."""
        log_scores = self.log_score(logits)
        log_factor = log_scores.max(-1, keepdims=True)
        scores = exponential(log_scores - log_factor)
        return scores, self.slope(logits) * scores, log_factor

    @final
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        scores, _, log_factor = self.scores_and_derivatives(logits)
        return scores, log_factor

    @final
    def probabilities(self, logits: Floats) -> Floats:
        return self.class_probabilities(logits)

    @final
    def jacobian(self, logits: Floats) -> Floats:
        # ∂p_j/∂a_k = p_k slope_k ([j = k] - p_j)
        scores, derivatives, _ = self.scores_and_derivatives(logits)
        whole = total(scores)
        rest: Floats = np.eye(logits.shape[-1], dtype=logits.dtype) - (scores / whole)[..., :, None]
        return rest * (derivatives / whole)[..., None, :]

    @final
    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        # Σ_j v_j ∂p_j/∂a_k = slope_k p_k (v_k - Σ_j v_j p_j)
        scores, derivatives, _ = self.scores_and_derivatives(logits)
        whole = total(scores)
        probabilities, slopes = np.divide(scores, whole), np.divide(derivatives, whole)

        def pullback(vector: Floats) -> Floats:
            mean = total(np.multiply(vector, probabilities))
            return np.multiply(slopes, np.subtract(vector, mean))

        return probabilities, pullback

    @final
    def loss_and_scores(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        scores, _, log_factor = self.scores_and_derivatives(logits)
        log_score, _ = self.log_score_and_slope(_of_target(logits, target))
        return _log_loss(total(scores), log_factor, log_score), scores

    @final
    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        # The loss, and its derivative term by term.
        scores, derivatives, log_factor = self.scores_and_derivatives(logits)
        whole = total(scores)
        log_score, slope = self.log_score_and_slope(_of_target(logits, target))
        loss = _log_loss(whole, log_factor, log_score)
        # np.subtract always lays out its result alike. With - it would depend on the size of the stack,
        # since an operator may write into its own operand if that's large; and so would later sums.
        return loss, np.subtract(np.divide(derivatives, whole), slope * target)


def _of_target(logits: Floats, target: Floats) -> Floats:
    """The logit (..., 1) of each sample's target."""
    return np.einsum("...k,...k->...", logits, target)[..., None]


def _log_loss(whole: Floats, log_factor: Floats, log_score: Floats) -> Floats:
    """Log Σ score - log score of the target: (...), of terms (..., 1)."""
    # The two logarithms in brackets can be huge, and meet first, lest a small log Σ score be lost in them.
    loss: Floats = np.log(whole) + (log_factor - log_score)
    return loss[..., 0]


@dataclass(frozen=True)
class LinkedHead(Head):
    """A loss of its own on the probabilities of another head."""

    link: ClassVar[Head]

    @final
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        return self.link.scores(logits)

    @final
    def probabilities(self, logits: Floats) -> Floats:
        return self.link.probabilities(logits)

    @final
    def jacobian(self, logits: Floats) -> Floats:
        return self.link.jacobian(logits)

    @final
    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        return self.link.probabilities_and_pullback(logits)


def stacked(heads: Sequence[Head], dtype: np.dtype[Any], n_axes: int) -> Head:
    """Heads that are `stackable_form` of one class, as a single head with arrays along a leading axis.

    The arrays have shape (n_heads, 1, …) with `n_axes` axes and the network's own `dtype`: a float64
    field would turn float32 logits into float64.
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

    With the samples last in memory, as a training's logits are: passes over a short last axis are slow.
    """
    classes = np.arange(logits.shape[-1])
    if targets.ndim == 0:
        return np.equal(targets, classes).astype(logits.dtype)
    return np.equal(targets[..., None, :], classes[:, None]).astype(logits.dtype).swapaxes(-1, -2)


def exponential(x: Floats) -> Floats:
    """exp(x) - `flush_threshold`, or 0 where exp(x) is less; x isn't above 0.

    Arithmetic with numbers below the normal range takes ten to forty times as long, and logits of a
    network that is sure of itself lead there: exp(-90) is one in float32.
    """
    exponent, least = _flush_exponent(x.dtype)
    result: Floats = np.maximum(x, exponent)
    np.exp(result, out=result)
    return np.subtract(result, least, out=result)


def flush_threshold(dtype: np.dtype[Any]) -> "np.floating[Any]":
    """What a probability may be off by: 1e-32 in float32, 2e-302 in float64.

    A million times the least normal number, so that its share among some classes, over the number of
    samples, is one still. Half precision has no room for that, and its own rounding is more.
    """
    range_ = np.finfo(dtype)
    least: np.floating[Any] = min(np.ldexp(range_.tiny, 20), range_.eps)
    return least


@lru_cache(maxsize=8)
def _flush_exponent(dtype: np.dtype[Any]) -> tuple[Floats, Floats]:
    """The logarithm of `flush_threshold`, and what np.exp makes of it again: (1,) each."""
    exponent = np.log(np.full(1, flush_threshold(dtype)))
    return exponent, np.exp(exponent)


def total(scores: Floats) -> Floats:
    """Sum over the classes, (..., 1).

    By a matrix product, which takes one run after the other: its order of summation depends on that
    run's own shape and layout. np.sum chooses one for the whole array, and so by the runs beside it.
    """
    summed: Floats = scores @ ones(scores.shape[-1], scores.dtype)
    return summed[..., None]


@lru_cache(maxsize=64)
def ones(n: int, dtype: np.dtype[Any]) -> Floats:
    """A vector of ones, kept because so many sums ask for it."""
    vector = np.ones(n, dtype)
    vector.flags.writeable = False
    return vector
