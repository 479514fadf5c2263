"""The heads of the paper, and sigmoid."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from alternatives.heads.checks import Floats
from alternatives.heads.head import HEADS, Head, NormalisedHead, Pullback, exponential, total
from alternatives.state import Range, parameter


@HEADS.register
@dataclass(frozen=True)
class Softmax(NormalisedHead):
    """The baseline: score exp(a)."""

    name = "softmax"
    colour, dash, mark = "#006eb0", (1, 0), "circle"
    in_comparison = True
    formula = r"\frac{e^{a_k}}{\sum_j e^{a_j}}"
    sentence = "Probabilities grow exponentially with the logits, so only differences between logits count."
    source = "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"

    def log_score(self, logits: Floats) -> Floats:
        return logits

    def slope(self, logits: Floats) -> float:
        return 1.0

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        # The exponential is its own derivative: no multiplication by 1.
        largest = np.maximum.reduce(logits, -1, keepdims=True)
        scores = exponential(logits - largest)
        return scores, scores, largest


@dataclass(frozen=True)
class QuadraticHead(NormalisedHead):
    """Score (a + shift)² + ε: the log losses of the spherical family.

    Such a loss depends on three numbers alone: the target's logit, the sum of the logits and the sum of
    their squares (de Brébisson and Vincent 2016). This makes the O(d²) update possible.

    The score isn't shift-invariant: subtracting the largest logit would change the result. So that squares
    of large logits don't overflow, the score is divided by the square of a scale.
    """

    portable = """
def log_scores(logits):
    # The score is divided by the square of a scale, so that no square overflows. The result doesn't depend
    # on the scale, so its derivative by the scale is zero and may be left out.
    shifted, floor = logits + SHIFT, max(EPSILON**0.5, tiny(logits))
    scale = constant(maximum(abs(shifted), floor))
    return 2 * log(scale) + log((shifted / scale) ** 2 + (floor / scale) ** 2)


def slopes(logits):
    shifted, floor = logits + SHIFT, max(EPSILON**0.5, tiny(logits))
    scale = maximum(abs(shifted), floor)
    scaled = shifted / scale
    return 2 * scaled / (scaled**2 + (floor / scale) ** 2) / scale
"""

    @property
    @abstractmethod
    def shift(self) -> float:
        """Added to every logit."""

    @property
    @abstractmethod
    def epsilon(self) -> float:
        """The ε of the score. 0 stands for the limit of small ones: zeros get equal probabilities."""

    @final
    def stackable_form(self) -> Head:
        return _AnyQuadraticHead(self.shift, self.epsilon)

    def _floor(self, dtype: np.dtype[Any]) -> Floats:
        """√ε: the score is the square of ``hypot(a + shift, √ε)``."""
        if dtype not in self._floors:
            self._floors[dtype] = np.maximum(np.sqrt(self.epsilon, dtype=dtype), np.finfo(dtype).tiny)
        return self._floors[dtype]

    @cached_property
    def _floors(self) -> dict[np.dtype[Any], Floats]:
        """By the type of the logits; cached because training needs it at every step."""
        return {}

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        shifted, floor = logits + self.shift, self._floor(logits.dtype)
        scale = np.maximum(np.maximum.reduce(np.abs(shifted), -1, keepdims=True), floor)
        scaled = shifted / scale
        return scaled * scaled + (floor / scale) ** 2, scaled * (2 / scale), 2 * np.log(scale)

    def log_score(self, logits: Floats) -> Floats:
        return self.log_score_and_slope(logits)[0]

    def slope(self, logits: Floats) -> Floats:
        return self.log_score_and_slope(logits)[1]

    def log_score_and_slope(self, logits: Floats) -> tuple[Floats, Floats]:
        shifted = logits + self.shift
        size: Floats = np.hypot(shifted, self._floor(logits.dtype))
        return 2 * np.log(size), 2 * (shifted / size) / size


@dataclass(frozen=True)
class _AnyQuadraticHead(QuadraticHead):
    """A quadratic head whose two numbers are fields, so that all quadratic heads stack."""

    name = "quadratic head"
    shift: float = parameter(0.0, Range(-np.inf, np.inf, "added to every logit"))
    epsilon: float = parameter(1.0, Range(0.0, np.inf, "added to every square"))


@HEADS.register
@dataclass(frozen=True)
class SphericalSoftmax(QuadraticHead):
    """Score a² + ε."""

    name = "spherical softmax"
    colour, dash, mark = "#c24f00", (7, 3), "square"
    in_comparison = True
    formula = r"\frac{a_k^2 + \varepsilon}{\sum_j (a_j^2 + \varepsilon)}"
    sentence = (
        "Probabilities grow with the squares of the logits, whatever their signs; ε keeps them above zero."
    )
    source = "de Brébisson and Vincent 2016, arXiv 1511.05042; Ollivier 2013, arXiv 1303.0818"

    epsilon: float = parameter(
        1.0, Range(0.0, 100.0, "added to every square", logarithmic=True), (0.01, 0.1, 1.0, 10.0)
    )

    shift = 0.0


@HEADS.register
@dataclass(frozen=True)
class TaylorSoftmax(QuadraticHead):
    """Score 1 + a + a²/2 = ((a + 1)² + 1) / 2: spherical softmax with ε = 1 of logits shifted by one."""

    name = "Taylor softmax"
    colour, dash, mark = "#00966c", (2, 2), "triangle-up"
    in_comparison = True
    formula = r"\frac{1 + a_k + \frac{1}{2} a_k^2}{\sum_j (1 + a_j + \frac{1}{2} a_j^2)}"
    sentence = "The second-order Taylor polynomial replaces the exponential; it is never below one half."
    source = "de Brébisson and Vincent 2016, arXiv 1511.05042"
    portable = '''
"""Published code of Taylor softmax often subtracts the largest logit first, as is done for softmax. The
polynomial isn't invariant to shifts, so this changes the probabilities. Here nothing is subtracted, and large
logits are rescaled instead. Other published code takes the exponential of the polynomial, or sums over the
batch: this does neither.
"""


def log_scores(logits):
    # Twice the polynomial is (a + 1)² + 1; the factor cancels.
    # The score is divided by the square of a scale, so that no square overflows. The result doesn't depend
    # on the scale, so its derivative by the scale is zero and may be left out.
    shifted = logits + 1
    scale = constant(maximum(abs(shifted), 1.0))
    return 2 * log(scale) + log((shifted / scale) ** 2 + (1 / scale) ** 2)


def slopes(logits):
    shifted = logits + 1
    scale = maximum(abs(shifted), 1.0)
    scaled = shifted / scale
    return 2 * scaled / (scaled**2 + (1 / scale) ** 2) / scale
'''

    shift = 1.0
    epsilon = 1.0


@HEADS.register
@dataclass(frozen=True)
class Sigmoid(Head):
    """One-vs-rest: each class is a yes-or-no question of its own."""

    name = "sigmoid"
    colour, dash, mark = "#c46fa1", (9, 3, 2, 3), "diamond"
    in_comparison = True
    formula = r"\frac{1}{1 + e^{-a_k}}"
    loss_formula = r"-\log p_t - \sum_{j \ne t} \log(1 - p_j)"
    sentence = "Each class is decided separately (one-vs-rest), so its values need not sum to one."
    source = "Cox 1958; one-vs-rest: Rifkin and Klautau 2004, In defense of one-vs-all"
    portable = """
def probabilities(logits):
    return sigmoid(logits)


def losses(logits, target):
    # The logit of each right answer: yes for the target, no for the others.
    return -total(log_sigmoid(where(target > 0, logits, -logits)))


def gradients(logits, target):
    return sigmoid(logits) - target
"""

    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        log_factor = np.minimum(logits.max(-1, keepdims=True), 0)
        return exponential(np.minimum(logits, 0) - log_factor) / (1 + _small(logits)), log_factor

    def _probabilities(self, logits: Floats) -> Floats:
        return _logistic(logits, _small(logits))

    def _jacobian(self, logits: Floats) -> Floats:
        small = _small(logits)
        slopes = _logistic(logits, small) * _logistic(-logits, small)
        return slopes[..., None] * np.eye(logits.shape[-1], dtype=logits.dtype)

    def probabilities_and_pullback(self, logits: Floats) -> tuple[Floats, Pullback]:
        small = _small(logits)
        probabilities, slopes = _logistic(logits, small), _logistic(-logits, small)
        np.multiply(slopes, probabilities, out=slopes)
        return probabilities, lambda vector: np.multiply(slopes, vector)

    # The cross-entropy of a yes-or-no question is the softplus of the logit of the wrong answer.

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        wrong = 1 - 2 * target
        towards = wrong * logits
        small = _small(towards)
        return total(_softplus(towards, small))[..., 0], wrong * _logistic(towards, small)

    def loss_and_scores(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        towards = (1 - 2 * target) * logits
        return total(_softplus(towards, _small(towards)))[..., 0], self.scores(logits)[0]


def _small(x: Floats) -> Floats:
    """exp(-|x|), from which softplus and the logistic function follow without overflow."""
    size = np.abs(x)
    return exponential(np.negative(size, out=size))


def _softplus(x: Floats, small: Floats) -> Floats:
    """log(1 + exp(x))."""
    result: Floats = np.log1p(small)
    return np.add(result, np.maximum(x, 0), out=result)


def _logistic(x: Floats, small: Floats) -> Floats:
    """1 / (1 + exp(-x)), the derivative of softplus."""
    # exp(min(x, 0)) is `small` where x is negative and else 1.
    result: Floats = np.maximum(small, x >= 0)
    return np.divide(result, 1 + small, out=result)
