"""Normalised heads with other scores."""

from dataclasses import dataclass

import numpy as np

from alternatives.heads.checks import Floats
from alternatives.heads.head import HEADS, NormalisedHead
from alternatives.state import Range, parameter


@HEADS.register
@dataclass(frozen=True)
class PlainNormalisation(NormalisedHead):
    """Score |a| + ε: "just divide by the sum", for logits that may be negative."""

    name = "plain normalisation"
    colour, dash, mark = "#7f7f7f", (4, 2), "cross"
    formula = r"\frac{|a_k| + \varepsilon}{\sum_j (|a_j| + \varepsilon)}"
    sentence = "Probabilities are proportional to the sizes of the logits, whatever their signs."
    source = "Stack Overflow 17187507, Why use softmax as opposed to standard normalization?"
    limits = "Without ε the loss is unbounded where the target's logit is 0, and so is its slope beside it."

    portable = """
def log_scores(logits):
    return log(abs(logits) + max(EPSILON, tiny(logits)))


def slopes(logits):
    return sign(logits) / (abs(logits) + max(EPSILON, tiny(logits)))
"""

    epsilon: float = parameter(
        0.0, Range(0.0, 100.0, "added to every size", logarithmic=True), (0.0, 0.1, 1.0)
    )

    def _floor(self, dtype: np.dtype[np.floating]) -> Floats:
        """The ε; 0 stands for the limit of small ones: zeros get equal probabilities."""
        floor: Floats = np.maximum(self.epsilon, np.finfo(dtype).tiny, dtype=dtype)
        return floor

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        sizes, floor = np.abs(logits), self._floor(logits.dtype)
        scale = np.maximum(sizes.max(-1, keepdims=True), floor)
        return (sizes + floor) / scale, np.sign(logits) / scale, np.log(scale)

    def log_score(self, logits: Floats) -> Floats:
        return np.log(np.abs(logits) + self._floor(logits.dtype))

    def slope(self, logits: Floats) -> Floats:
        return np.sign(logits) / (np.abs(logits) + self._floor(logits.dtype))


@HEADS.register
@dataclass(frozen=True)
class HigherOrderTaylorSoftmax(NormalisedHead):
    """Score Σ aⁱ/i! up to an even order: it is above zero."""

    name = "higher order Taylor softmax"
    effort = 6.0
    colour, dash, mark = "#4392c8", (12, 4), "triangle-down"
    formula = r"\frac{\sum_{i \le n} a_k^i / i!}{\sum_j \sum_{i \le n} a_j^i / i!}"
    sentence = "The more terms the Taylor polynomial of the exponential has, the closer it comes to softmax."
    source = "Banerjee et al. 2020, Exploring alternatives to softmax function, arXiv 2011.11538"
    limits = "Below the score's minimum, a smaller logit has a larger probability."

    portable = """
def log_scores(logits):
    # The polynomial is divided by a power of the scale, so that none of its terms overflows. The result
    # doesn't depend on the scale, so its derivative by the scale is zero and may be left out.
    scale = constant(maximum(abs(logits), 1.0))
    scaled, inverse = logits / scale, 1 / scale
    power, score = scaled, inverse + scaled
    for i in range(2, ORDER + 1):
        power = power * (scaled / i)
        score = score * inverse + power
    return ORDER * log(scale) + log(score)


def slopes(logits):
    # The polynomial's derivative is the polynomial of one term less.
    scale = maximum(abs(logits), 1.0)
    scaled, inverse = logits / scale, 1 / scale
    power, score = scaled, inverse + scaled
    for i in range(2, ORDER + 1):
        power = power * (scaled / i)
        derivative = score * inverse
        score = derivative + power
    return derivative / score
"""

    order: int = parameter(4, Range(4, 10, "order of the polynomial", step=2), (4, 6, 8))

    def scores_and_derivatives(self, logits: Floats) -> tuple[Floats, Floats, Floats]:
        # Rescaled by the largest score: because of the coefficients it is far below the power of the scale.
        scale = np.maximum(np.abs(logits).max(-1, keepdims=True), 1)
        scores, derivatives = self._polynomials(logits, scale)
        largest = scores.max(-1, keepdims=True)
        return scores / largest, derivatives / largest, self.order * np.log(scale) + np.log(largest)

    def log_score(self, logits: Floats) -> Floats:
        scale = np.maximum(np.abs(logits), 1)
        return self.order * np.log(scale) + np.log(self._polynomials(logits, scale)[0])

    def slope(self, logits: Floats) -> Floats:
        score, derivative = self._polynomials(logits, np.maximum(np.abs(logits), 1))
        return derivative / score

    def _polynomials(self, logits: Floats, scale: Floats) -> tuple[Floats, Floats]:
        """The score Pₙ and its derivative Pₙ₋₁, both divided by scaleⁿ, for a scale of at least max |a|.

        With t = a / scale and u = 1 / scale that is Σ tⁱ uⁿ⁻ⁱ / i!. One more term turns
        Pₙ₋₁ / scaleⁿ⁻¹ into Pₙ / scaleⁿ = u Pₙ₋₁ / scaleⁿ⁻¹ + tⁿ / n!.
        """
        scaled, inverse = logits / scale, 1 / scale
        power, score = scaled, np.add(inverse, scaled)  # t¹ / 1! and P₁
        derivative = score
        for i in range(2, int(np.max(self.order)) + 1):
            power = np.multiply(power, scaled / i)
            lower = np.multiply(score, inverse)
            included = i <= np.asarray(self.order)  # stacked heads may have several orders
            derivative = np.where(included, lower, derivative)
            score = np.where(included, np.add(lower, power), score)
        return score, derivative
