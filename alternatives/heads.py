"""What a head is, and every head there is.

A head stands at the end of a classifier. It turns the last layer's output, the *logits*, into class
probabilities, and it has a loss and that loss's gradient with respect to the logits.

Most heads give every class a positive score and share one out in proportion. With ``g = log score``
such a head is ``softmax(g(logits))``, and the gradient of its log loss is

    slope(logits) * (probabilities - onehot),        slope = dg / dlogit,

so a normalised head is fully told by its score and its slope. Softmax is the one whose slope is 1.

Every method works on the last axis of `logits`, shape (..., n_classes), and broadcasts over the
others. A head is a frozen dataclass whose fields are its hyper-parameters. Adding a head is adding
one class with ``@HEADS.register`` here: charts, controls, tables, tests and the command line find it in
`HEADS`, whose order is the order of every legend.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from alternatives.registry import Named, Range, Registry, parameter

Floats: TypeAlias = NDArray[np.floating[Any]]
Integers: TypeAlias = NDArray[np.integer[Any]]

HEADS: "Registry[Head]" = Registry("head")
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
    in_comparison: ClassVar[bool] = True
    """Whether a comparison shows the head when nobody has chosen."""

    @abstractmethod
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        """Positive scores of which the class probabilities are the shares.

        Returns the scores (..., n_classes), rescaled so that a sample's largest is of order 1, and
        the logarithm (..., 1) of the factor taken out.
        """

    @abstractmethod
    def probabilities(self, logits: Floats) -> Floats:
        """The head's own values (..., n_classes), each in [0, 1]; `class_probabilities` sum to one."""

    @abstractmethod
    def loss_and_gradient(self, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
        """Loss (...) in nats, and its gradient (..., n_classes) with respect to the logits."""

    def loss(self, logits: Floats, targets: Integers) -> Floats:
        """Loss (...) of each sample, in nats."""
        return self.loss_and_gradient(logits, targets)[0]

    def gradient(self, logits: Floats, targets: Integers) -> Floats:
        """Gradient (..., n_classes) of each sample's loss with respect to its logits."""
        return self.loss_and_gradient(logits, targets)[1]

    @final
    def class_probabilities(self, logits: Floats) -> Floats:
        """Probabilities (..., n_classes) that sum to one: the one place where heads are normalised."""
        scores, _ = self.scores(logits)
        return scores / _total(scores)


@dataclass(frozen=True)
class NormalisedHead(Head):
    """A head whose probabilities are the shares of its scores, with the log loss."""

    @abstractmethod
    def log_score(self, logits: Floats) -> Floats:
        """Logarithm of the score, elementwise."""

    @abstractmethod
    def slope(self, logits: Floats) -> Floats | float:
        """Derivative of the log score by the logit, elementwise."""

    @final
    def probabilities(self, logits: Floats) -> Floats:
        return self.class_probabilities(logits)

    @final
    def loss_and_gradient(self, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
        scores, log_factor = self.scores(logits)
        total = _total(scores)
        of_target = np.take_along_axis(logits, targets[..., None], -1)
        loss = np.log(total) + log_factor - self.log_score(of_target)
        gradient = self.slope(logits) * (scores / total - onehot(targets, logits.shape[-1]))
        return loss[..., 0], gradient


@HEADS.register
@dataclass(frozen=True)
class Softmax(NormalisedHead):
    """The baseline: score exp(a)."""

    name = "softmax"
    formula = r"\frac{e^{a_k}}{\sum_j e^{a_j}}"
    sentence = "Shares grow exponentially with the logits, so only differences between logits count."
    source = "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"

    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        largest = logits.max(-1, keepdims=True)  # shift-invariant: the largest score becomes 1
        return np.exp(logits - largest), largest

    def log_score(self, logits: Floats) -> Floats:
        return logits

    def slope(self, logits: Floats) -> float:
        return 1.0


@dataclass(frozen=True)
class QuadraticHead(NormalisedHead):
    """Score ``constant + linear a + square a²``, positive everywhere: the log losses of the spherical family.

    Such a loss depends on the logits through that of the target, their sum and their sum of squares
    alone (de Brébisson and Vincent 2016), which is what makes the O(d²) update possible.

    The score isn't shift-invariant: subtracting the largest logit would change the result. For logits
    that overflow when squared it's divided by the square of a scale instead.
    """

    constant: ClassVar[float]
    linear: ClassVar[float]
    square: ClassVar[float]

    def _scaled(self, logits: Floats, scale: Floats) -> tuple[Floats, Floats]:
        """The score divided by scale², and logits / scale."""
        scaled = logits / scale
        score = self.square * scaled
        if self.linear:
            score += self.linear / scale
        score *= scaled
        score += self.constant / scale / scale
        return score, scaled

    def _own_scale(self, logits: Floats) -> Floats:
        """Size of each logit, at least √constant: the divisor under which its score is of order 1."""
        floor = np.maximum(self.constant**0.5, np.finfo(logits.dtype).tiny, dtype=logits.dtype)
        return np.maximum(np.abs(logits), floor)

    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        scale = self._own_scale(logits).max(-1, keepdims=True)
        return self._scaled(logits, scale)[0], 2 * np.log(scale)

    def log_score(self, logits: Floats) -> Floats:
        scale = self._own_scale(logits)
        with np.errstate(divide="ignore"):  # without a constant, a logit of 0 has the score 0
            return 2 * np.log(scale) + np.log(self._scaled(logits, scale)[0])

    def slope(self, logits: Floats) -> Floats:
        scale = self._own_scale(logits)
        score, scaled = self._scaled(logits, scale)
        rise = 2 * self.square * scaled
        if self.linear:
            rise += self.linear / scale
        with np.errstate(invalid="ignore"):
            return rise / score / scale


@HEADS.register
@dataclass(frozen=True)
class SphericalSoftmax(QuadraticHead):
    """Score a² + ε."""

    name = "spherical softmax"
    formula = r"\frac{a_k^2 + \varepsilon}{\sum_j (a_j^2 + \varepsilon)}"
    sentence = "Shares grow with the square of the logits, whose signs don't count; ε keeps them above zero."
    source = "de Brébisson and Vincent 2016, arXiv 1511.05042; Ollivier 2013, arXiv 1303.0818"

    epsilon: float = parameter(1.0, Range(0.0, 100.0, "added to every square", logarithmic=True))

    linear = 0.0
    square = 1.0

    @property
    def constant(self) -> float:  # type: ignore[override]
        return self.epsilon


@HEADS.register
@dataclass(frozen=True)
class TaylorSoftmax(QuadraticHead):
    """Score 1 + a + a²/2: spherical softmax with ε = 1 of logits shifted by one, for 1 + a + a²/2 = ((a + 1)² + 1)/2."""

    name = "Taylor softmax"
    formula = r"\frac{1 + a_k + \frac{1}{2} a_k^2}{\sum_j (1 + a_j + \frac{1}{2} a_j^2)}"
    sentence = "The exponential is replaced by its second-order Taylor polynomial, which is never below one half."
    source = "de Brébisson and Vincent 2016, arXiv 1511.05042"

    constant = 1.0
    linear = 1.0
    square = 0.5


@HEADS.register
@dataclass(frozen=True)
class Sigmoid(Head):
    """One against the rest: each class has a yes-or-no question of its own."""

    name = "sigmoid"
    formula = r"\frac{1}{1 + e^{-a_k}}"
    sentence = "Each class is decided against the rest by itself, so its scores need not sum to one."
    source = "Cox 1958; one against the rest: Rifkin and Klautau 2004, In defense of one-vs-all classification"

    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        log_score = -_softplus(-logits)
        largest = log_score.max(-1, keepdims=True)
        return np.exp(log_score - largest), largest

    def probabilities(self, logits: Floats) -> Floats:
        return np.exp(-_softplus(-logits))

    def loss_and_gradient(self, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
        # Cross-entropy of every class: softplus(a) for "no", softplus(-a) = softplus(a) - a for "yes".
        of_target = np.take_along_axis(logits, targets[..., None], -1)[..., 0]
        others = np.where(onehot(targets, logits.shape[-1]), logits.dtype.type(0), _softplus(logits))
        loss = _total(others)[..., 0] + _softplus(-of_target)
        return loss, self.probabilities(logits) - onehot(targets, logits.shape[-1])


def stacked(heads: Sequence[Head], dtype: np.dtype[Any], n_axes: int) -> Head:
    """Heads of one class as a single head whose fields are arrays along a leading axis.

    The arrays have shape (n_heads, 1, …) with `n_axes` axes and the network's own `dtype`: a float64
    field would turn float32 logits into float64.
    """
    first, *others = heads
    if any(type(head) is not type(first) for head in others):
        raise ValueError(f"heads of one class stack, got {', '.join(sorted({h.name for h in heads}))}")
    fields = {
        name: np.array([getattr(head, name) for head in heads], dtype).reshape(-1, *[1] * (n_axes - 1))
        for name in first.ranges()
    }
    return dataclasses.replace(first, **fields)


def onehot(targets: Integers, n_classes: int) -> NDArray[np.bool_]:
    """True (..., n_classes) at each target."""
    return np.equal(targets[..., None], np.arange(n_classes))


def _total(scores: Floats) -> Floats:
    """Sum over the classes, (..., 1).

    By a matrix product, whose order of summation depends on one run's shape alone; np.sum's depends
    on how the whole array lies in memory, and so on the runs beside it.
    """
    return (scores @ np.ones(scores.shape[-1], scores.dtype))[..., None]


def _softplus(x: Floats) -> Floats:
    """log(1 + exp(x)) without overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
