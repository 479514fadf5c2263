"""Heads that can give a class the probability zero.

α-entmax has ``p = (b₊)^γ`` with γ = 1 / (α - 1) and ``b = a / γ - τ``, where the threshold τ makes the
probabilities sum to one. Softmax is its limit α → 1. Its loss has the gradient p - y, as softmax's has
(Blondel, Martins and Niculae 2020, Learning with Fenchel–Young losses):

    <p - y, a> + (1 - Σ p^α) / (α (α - 1))
        = γ/(γ + 1) (Σ_{j ≠ t} (b_j)₊^(γ+1) + r^(γ+1) - (γ + 1) r + γ) + γ (-b_t)₊,   r = (b_t)₊,

for ``a = γ (b + τ)``, p sums to one, and ``Σ p b = Σ p^α = Σ b₊^(γ+1)``. No term of this sum is negative:
r^(γ+1) - (γ + 1) r + γ = (1 - r)² Σ_{i=1…γ} i r^(γ-i).
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from alternatives.heads.checks import Floats
from alternatives.heads.head import HEADS, LinkedHead, UnitSumHead, total
from alternatives.state import Range, parameter


@dataclass(frozen=True)
class SparseHead(UnitSumHead):
    """α-entmax, for an α whose threshold can be computed from the sorted logits."""

    gamma: ClassVar[int]
    """γ = 1 / (α - 1)."""

    where = "τ makes the probabilities sum to one; y is 1 for the target and 0 for the others"
    loss_unit = ""
    limits = (
        "Its probabilities can be 0, where the log loss is infinite: measures use 2.2e-16 instead, 36 nats."
    )

    portable = """
def above_threshold(logits):
    # A common shift changes nothing, so the largest logit has no derivative. Logits far below it can't
    # change the threshold, and their squares might overflow.
    relative = (logits - constant(largest(logits))) / GAMMA
    above = relative - threshold(descending(constant(maximum(relative, -2.0))))
    # One step of Newton's method. It leaves the threshold where it is, and gives it its derivative.
    inside = positive(above)
    slope = total(where(above > 0, inside ** (GAMMA - 1), 0.0))
    return above - (total(inside**GAMMA) - 1) / (GAMMA * constant(slope))


def probabilities(logits):
    return positive(above_threshold(logits)) ** GAMMA


def losses(logits, target):
    above = above_threshold(logits)
    others = where(target > 0, 0.0, positive(above))
    of_target = take(above, target)
    reached = positive(of_target)
    factor = 1.0  # not by powers: the derivative of a power of 0 at 0 isn't a number everywhere
    for i in range(2, GAMMA + 1):
        factor = factor * reached + i
    gap = (1 - reached) ** 2 * factor
    gap = where(of_target > 0, gap, GAMMA - (GAMMA + 1) * of_target)
    return GAMMA / (GAMMA + 1) * (total(others ** (GAMMA + 1)) + gap)


def gradients(logits, target):
    return probabilities(logits) - target
"""

    @abstractmethod
    def threshold(self, descending: Floats) -> Floats:
        """The threshold (..., 1) of a / γ in descending order, the largest being 0."""

    def _above(self, logits: Floats) -> Floats:
        """How far each a / γ is above the threshold, b (..., n_classes)."""
        relative = np.subtract(logits, logits.max(-1, keepdims=True)) / self.gamma
        # The threshold is above -1, so lower values can't change it, and their squares might overflow.
        descending = -np.sort(-np.maximum(relative, -2), axis=-1)
        return np.subtract(relative, self.threshold(descending))

    @final
    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        powers = np.maximum(self._above(logits), 0) ** self.gamma
        largest = powers.max(-1, keepdims=True)
        return powers / largest, np.log(largest)

    @final
    def slopes_and_shares(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        # ∂p_j/∂a_j = b_j^(γ-1) at a fixed threshold, which moves so that all changes sum to zero.
        above = self._above(logits)
        slopes = np.maximum(above, 0) ** (self.gamma - 1) * (above > 0)
        return self._class_probabilities(logits), slopes, slopes / total(slopes)

    @final
    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        gamma, above = self.gamma, self._above(logits)
        of_target = total(np.multiply(above, target))
        others = np.multiply(np.maximum(above, 0), 1 - target)
        powers = others**gamma
        rest = total(powers)  # 1 - p_t
        root = np.maximum(of_target, 0)
        # 1 - r = (1 - r^γ) / Σ_{i<γ} rⁱ
        lacking = rest / sum(root**i for i in range(gamma))
        gap = lacking**2 * sum(i * root ** (gamma - i) for i in range(1, gamma + 1))
        above_zero = gamma / (gamma + 1) * (total(np.multiply(powers, others)) + gap)
        loss = above_zero - gamma * np.minimum(of_target, 0)
        return loss[..., 0], np.subtract(powers, rest * target)


@HEADS.register
@dataclass(frozen=True)
class Sparsemax(SparseHead):
    """The point of the simplex nearest to the logits: α-entmax with α = 2."""

    name = "sparsemax"
    effort = 5.0
    colour, dash, mark = "#b04a33", (4, 2), "diamond"
    formula = r"\max(a_k - \tau, 0)"
    loss_formula = r"\tfrac12 \sum_k (p_k - y_k)^2 + \max(\tau - a_t, 0)"
    sentence = (
        "Subtracts a threshold from the logits and cuts off at zero: low logits get exactly no probability."
    )
    source = "Martins and Astudillo 2016, From softmax to sparsemax, arXiv 1602.02068"
    gamma = 1
    portable = """
def threshold(descending_logits):
    # With the k largest logits above the threshold, it is (their sum - 1) / k. This is largest at the
    # right k: the next logit raises it if and only if that logit is above it.
    return largest((cumulative(descending_logits) - 1) / counted(descending_logits))
"""

    def threshold(self, descending: Floats) -> Floats:
        # With the k largest logits above the threshold, it is (their sum - 1) / k. This is largest at the
        # right k: the next logit raises it if and only if that logit is above it.
        count = np.arange(1, descending.shape[-1] + 1, dtype=descending.dtype)
        return ((descending.cumsum(-1) - 1) / count).max(-1, keepdims=True)


@HEADS.register
@dataclass(frozen=True)
class Entmax(SparseHead):
    """α-entmax with α = 1.5, halfway between softmax and sparsemax."""

    name = "entmax"
    effort = 8.0
    colour, dash, mark = "#41803c", (7, 3), "circle"
    formula = r"\max(\tfrac12 a_k - \tau, 0)^2"
    loss_formula = r"\sum_k (p_k - y_k) a_k + \tfrac43 \left( 1 - \sum_k p_k^{3/2} \right)"
    sentence = "Between softmax and sparsemax: low logits get no probability, with a smooth transition."
    source = "Peters, Niculae and Martins 2019, Sparse sequence-to-sequence models, arXiv 1905.05702"
    gamma = 2
    portable = """
def threshold(descending_logits):
    # With the k largest logits above the threshold, their squared distances to it sum to 1, so it is
    # their mean - √(1/k - variance). The right k is the last whose logit is above its own threshold.
    count = counted(descending_logits)
    mean = cumulative(descending_logits) / count
    variance = cumulative(descending_logits**2) / count - mean**2
    thresholds = mean - sqrt(maximum(1 / count - variance, 0.0))
    last = total(where(thresholds <= descending_logits, ones_like(count), 0.0))
    return take(thresholds, where(count == last, ones_like(count), 0.0))
"""

    def threshold(self, descending: Floats) -> Floats:
        # With the k largest logits above the threshold, their squared distances to it sum to 1, so it is
        # their mean - √(1/k - variance). The right k is the last whose logit is above its own threshold.
        count = np.arange(1, descending.shape[-1] + 1, dtype=descending.dtype)
        mean = descending.cumsum(-1) / count
        variance = (descending * descending).cumsum(-1) / count - mean * mean
        thresholds = mean - np.sqrt(np.maximum(1 / count - variance, 0))
        last = total((thresholds <= descending).astype(descending.dtype)) - 1
        return np.take_along_axis(thresholds, last.astype(np.intp), -1)


@HEADS.register
@dataclass(frozen=True)
class SquaredError(LinkedHead):
    """Squared error of the logits against the one-hot targets, as in regression.

    The logits estimate the expected one-hot target, the class probabilities, but need not lie in the
    simplex. The nearest point of the simplex, sparsemax, is nearer to every possible target.
    """

    name = "squared error"
    effort = 1.5
    colour, dash, mark = "#8d50bb", (2, 2), "square"
    formula = Sparsemax.formula
    loss_formula = r"\sum_k (a_k - y_k)^2"
    where = SparseHead.where
    loss_unit = ""
    sentence = (
        "The logits themselves should be 1 for the target and 0 elsewhere; probabilities are cut off at zero."
    )
    source = "Hui and Belkin 2020, arXiv 2006.07322; of the spherical family, de Brébisson and Vincent 2016"
    limits = SparseHead.limits
    link = Sparsemax()
    portable = """
def losses(logits, target):
    return total((logits - target) ** 2)


def gradients(logits, target):
    return 2 * (logits - target)
"""

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        errors = np.subtract(logits, target)
        # Clipped so that the sum of squares stays within the type's range.
        largest = np.sqrt(np.finfo(logits.dtype).max / (2 * logits.shape[-1]))
        clipped = np.clip(errors, -largest, largest)
        return total(np.multiply(clipped, clipped))[..., 0], 2 * errors


@HEADS.register
@dataclass(frozen=True)
class ScaledSquaredError(UnitSumHead):
    """Squared error with a target other than 1, and more weight on the target's logit.

    A large target lets the logits of many classes differ by more. The logit that is best for a probability p
    is a = w T p / (1 + (w - 1) p), for the weight w and the target T. With x = a / T its inverse

        p = x / (w - (w - 1) x)

    estimates the probability; beyond x = 1, where it would soon be infinite, it goes on as a straight line.
    Probabilities are the point of the simplex nearest to these estimates.
    """

    name = "scaled squared error"
    effort = 6.0
    colour, dash, mark = "#61707f", (7, 3), "triangle-left"
    formula = r"\max(\hat p_k - \tau, 0), \quad \hat p_k = \frac{a_k}{w T - (w - 1) a_k}"
    loss_formula = r"w (a_t - T)^2 + \sum_{j \ne t} a_j^2"
    where = (
        "τ makes the probabilities sum to one; T is the target and w its weight; where a is above T, p̂ goes "
        "on as a straight line"
    )
    loss_unit = ""
    sentence = "The target's logit should be T and the others 0; a large T lets the logits differ by more."
    source = "Hui and Belkin 2020, arXiv 2006.07322"
    limits = SparseHead.limits
    portable = f"""
{Sparsemax.portable}

def estimates(logits):
    share = logits / TARGET
    low = minimum(share, 1.0)
    return low / (WEIGHT - (WEIGHT - 1) * low) + WEIGHT * positive(share - 1)


def probabilities(logits):
    estimated = estimates(logits)
    # The largest has no derivative: a common shift changes nothing. Those far below it have no probability.
    relative = maximum(estimated - constant(largest(estimated)), -2.0)
    above = relative - threshold(descending(constant(relative)))
    inside = positive(above)
    is_inside = where(above > 0, 1.0, 0.0)
    return inside - (total(inside) - 1) / constant(total(is_inside)) * is_inside


def losses(logits, target):
    return total((1 + (WEIGHT - 1) * target) * (logits - TARGET * target) ** 2)


def gradients(logits, target):
    return 2 * (1 + (WEIGHT - 1) * target) * (logits - TARGET * target)
"""

    weight: float = parameter(
        1.0, Range(1.0, 100.0, "of the error of the target's logit", logarithmic=True), (1.0, 15.0)
    )
    target: float = parameter(
        15.0, Range(1.0, 100.0, "what the target's logit should be", logarithmic=True), (1.0, 15.0)
    )

    def _estimates(self, logits: Floats) -> tuple[Floats, Floats]:
        """The estimated probability of each logit by itself, and its slope."""
        share = logits / self.target
        low = np.minimum(share, 1)
        # In the precision that it has in a stack of heads.
        weight = np.asarray(self.weight, logits.dtype)
        divisor = weight - (weight - 1) * low
        slope = np.where(share < 1, weight / divisor / divisor, weight) / self.target
        return low / divisor + weight * np.maximum(share - 1, 0), slope

    def scores(self, logits: Floats) -> tuple[Floats, Floats]:
        return _SPARSEMAX.scores(self._estimates(logits)[0])

    @final
    def slopes_and_shares(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        estimates, slope = self._estimates(logits)
        _, slopes, shares = _SPARSEMAX.slopes_and_shares(estimates)
        return self._class_probabilities(logits), np.multiply(slopes, slope), shares

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        errors = np.subtract(logits, self.target * target)
        # Clipped so that the sum of squares, with the largest weight, stays within the type's range.
        largest = np.sqrt(np.finfo(logits.dtype).max / (2 * self.ranges()["weight"].high * logits.shape[-1]))
        clipped = np.clip(errors, -largest, largest)
        more = (np.asarray(self.weight, logits.dtype) - 1) * target

        def weighted(values: Floats) -> Floats:
            return np.add(values, np.multiply(values, more))

        return total(np.multiply(clipped, weighted(clipped)))[..., 0], 2 * weighted(errors)


_SPARSEMAX = Sparsemax()
