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
from functools import lru_cache
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

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        """`scores` with, second, each score's derivative by its logit, rescaled alike."""
        log_scores = self.log_score(logits)
        log_factor = log_scores.max(-1, keepdims=True)
        scores = np.exp(log_scores - log_factor)
        return scores, self.slope(logits) * scores, log_factor

    @final
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        scores, _, log_factor = self.scores_and_derivatives(logits)
        return scores, log_factor

    @final
    def probabilities(self, logits: Floats) -> Floats:
        return self.class_probabilities(logits)

    @final
    def loss_and_gradient(self, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
        # log Σ score - log score of the target, and its derivative term by term. The two logarithms in
        # brackets can be huge, and meet first, lest a small log Σ score be lost in them.
        scores, derivatives, log_factor = self.scores_and_derivatives(logits)
        whole = total(scores)
        target = onehot(targets, logits)
        of_target = np.einsum("...k,...k->...", logits, target)[..., None]
        loss = np.log(whole) + (log_factor - self.log_score(of_target))
        # np.subtract always lays out its result alike. With - it would depend on the size of the stack,
        # since an operator may write into its own operand if that's large; and so would later sums.
        return loss[..., 0], np.subtract(derivatives / whole, self.slope(of_target) * target)


@HEADS.register
@dataclass(frozen=True)
class Softmax(NormalisedHead):
    """The baseline: score exp(a)."""

    name = "softmax"
    formula = r"\frac{e^{a_k}}{\sum_j e^{a_j}}"
    sentence = "Shares grow exponentially with the logits, so only differences between logits count."
    source = "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"

    def log_score(self, logits: Floats) -> Floats:
        return logits

    def slope(self, logits: Floats) -> float:
        return 1.0


@dataclass(frozen=True)
class QuadraticHead(NormalisedHead):
    """Score (a + shift)² + ε: the log losses of the spherical family.

    Such a loss depends on the logits through that of the target, their sum and their sum of squares
    alone (de Brébisson and Vincent 2016), which is what makes the O(d²) update possible.

    The score isn't shift-invariant: subtracting the largest logit would change the result. For logits
    whose square would overflow it's divided by the square of a scale instead.
    """

    shift: ClassVar[float]

    @property
    @abstractmethod
    def epsilon(self) -> float:
        """The ε of the score. 0 is taken as a vanishing one: a sample of zeros has equal shares."""

    def _floor(self, dtype: np.dtype[Any]) -> Floats:
        """√ε: the score is the square of ``hypot(a + shift, √ε)``."""
        floor: Floats = np.maximum(np.sqrt(self.epsilon, dtype=dtype), np.finfo(dtype).tiny)
        return floor

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        shifted, floor = logits + self.shift, self._floor(logits.dtype)
        scale = np.maximum(np.abs(shifted).max(-1, keepdims=True), floor)
        scaled = shifted / scale
        return scaled * scaled + (floor / scale) ** 2, scaled * (2 / scale), 2 * np.log(scale)

    def log_score(self, logits: Floats) -> Floats:
        size: Floats = np.hypot(logits + self.shift, self._floor(logits.dtype))
        return 2 * np.log(size)

    def slope(self, logits: Floats) -> Floats:
        shifted = logits + self.shift
        size: Floats = np.hypot(shifted, self._floor(logits.dtype))
        return 2 * (shifted / size) / size


@HEADS.register
@dataclass(frozen=True)
class SphericalSoftmax(QuadraticHead):
    """Score a² + ε."""

    name = "spherical softmax"
    formula = r"\frac{a_k^2 + \varepsilon}{\sum_j (a_j^2 + \varepsilon)}"
    sentence = "Shares grow with the square of the logits, whose signs don't count; ε keeps them above zero."
    source = "de Brébisson and Vincent 2016, arXiv 1511.05042; Ollivier 2013, arXiv 1303.0818"

    epsilon: float = parameter(1.0, Range(0.0, 100.0, "added to every square", logarithmic=True))

    shift = 0.0


@HEADS.register
@dataclass(frozen=True)
class TaylorSoftmax(QuadraticHead):
    """Score 1 + a + a²/2 = ((a + 1)² + 1) / 2: spherical softmax with ε = 1 of logits shifted by one."""

    name = "Taylor softmax"
    formula = r"\frac{1 + a_k + \frac{1}{2} a_k^2}{\sum_j (1 + a_j + \frac{1}{2} a_j^2)}"
    sentence = "The exponential gives way to its second-order Taylor polynomial, never below one half."
    source = "de Brébisson and Vincent 2016, arXiv 1511.05042"

    shift = 1.0
    epsilon = 1.0


@HEADS.register
@dataclass(frozen=True)
class Sigmoid(Head):
    """One against the rest: each class has a yes-or-no question of its own."""

    name = "sigmoid"
    formula = r"\frac{1}{1 + e^{-a_k}}"
    sentence = "Each class is decided against the rest by itself, so its scores need not sum to one."
    source = "Cox 1958; one against the rest: Rifkin and Klautau 2004, In defense of one-vs-all"

    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        log_factor = np.minimum(logits.max(-1, keepdims=True), 0)
        return np.exp(np.minimum(logits, 0) - log_factor) / (1 + np.exp(-np.abs(logits))), log_factor

    def probabilities(self, logits: Floats) -> Floats:
        return _softplus(logits)[1]

    def loss_and_gradient(self, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
        # The cross-entropy of a yes-or-no question is the softplus of the logit towards the wrong answer.
        wrong = 1 - 2 * onehot(targets, logits)
        losses, slopes = _softplus(wrong * logits)
        return total(losses)[..., 0], wrong * slopes


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


def onehot(targets: Integers, logits: Floats) -> Floats:
    """1 (..., n_classes) at each target and 0 elsewhere, in the floating type of `logits`.

    With the samples last in memory, as a training's logits are: passes over a short last axis are slow.
    """
    classes = np.arange(logits.shape[-1])
    if targets.ndim == 0:
        return np.equal(targets, classes).astype(logits.dtype)
    return np.equal(targets[..., None, :], classes[:, None]).astype(logits.dtype).swapaxes(-1, -2)


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


def _softplus(x: Floats) -> tuple[Floats, Floats]:
    """log(1 + exp(x)) and its derivative, the logistic function, both without overflow."""
    small = np.exp(-np.abs(x))
    return np.maximum(x, 0) + np.log1p(small), np.exp(np.minimum(x, 0)) / (1 + small)
