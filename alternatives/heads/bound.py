"""A bound of softmax's log loss that needs only sums of the logits and of their squares.

With λ(ξ) = tanh(ξ/2) / (4ξ), for D logits a of mean m and variance v, and any ξ > 0,

    log Σ exp a ≤ m + D λ v - (D-2)² / (16 D λ) + D (log(1 + e^-ξ) + ξ/2 - λ ξ²)

(Bouchard 2007, with the bound of Jaakkola and Jordan 1996 for each class). The ξ that makes the right side
least satisfies, with r = (D-2)/D and t = tanh(ξ/2),

    ξ² (1 - r²/t²) = v.

With it the bound is m + 2 (D-1) ξ/D - (D-2)²/D ξ / (e^ξ - 1) + D log(1 + e^-ξ).

The left side grows with ξ from 0 at ξ = log(D-1), where t = r. The derivative of the least bound by the
logits is that at a fixed ξ, since its derivative by ξ is 0 there.
"""

from dataclasses import dataclass

import numpy as np

from alternatives.heads.checks import Floats
from alternatives.heads.head import HEADS, LinkedHead, total
from alternatives.heads.published import Softmax

STEPS = 8
"""Steps of Newton's method; the tests show that more change nothing."""
LARGE = 100.0
"""Above it tanh is 1 to the last digit, and so is the first step's ξ right."""
LEAST = 1e-4
"""A ξ below it is taken for it: λ is 1/8 there, to rounding."""


def optimal(deviation: Floats, n_classes: int) -> Floats:
    """The ξ of logits with this standard deviation."""
    one = deviation.dtype.type
    square = one(((n_classes - 2) / n_classes) ** 2)  # r²
    rest = one(4 * (n_classes - 1) / n_classes**2)  # 1 - r²
    start = np.maximum(deviation / np.sqrt(rest), one(np.log(max(n_classes - 1, 1))))
    small, xi = np.minimum(deviation, one(LARGE)), np.clip(start, one(LEAST), one(2 * LARGE / np.sqrt(rest)))
    for _ in range(STEPS):
        # ξ² / sinh²(ξ/2), so that the equation reads (1 - r²) ξ² - r² φ = v; its slope is above 0.
        small_exp = np.exp(-xi)
        cotangent = (1 + small_exp) / (1 - small_exp)
        phi = small_exp * (2 * xi / (1 - small_exp)) ** 2
        slope = 2 * rest * xi - square * phi * (2 / xi - cotangent)
        xi = np.maximum(xi - (rest * xi * xi - square * phi - small * small) / slope, one(LEAST))
    found: Floats = np.where(deviation > LARGE, start, xi)
    return found


@HEADS.register
@dataclass(frozen=True)
class LogSoftmaxBound(LinkedHead):
    """Softmax, trained with an upper bound of its log loss that is of the spherical family."""

    name = "log softmax bound"
    effort = 12.0
    colour, dash, mark = "#6b8e23", (2, 2), "circle"
    formula = Softmax.formula
    loss_formula = (
        r"m - a_t + D \lambda v - \frac{(D - 2)^2}{16 D \lambda} + D \left( \log(1 + e^{-\xi}) "
        r"+ \tfrac12 \xi - \lambda \xi^2 \right)"
    )
    where = "m and v are mean and variance of the D logits, λ = tanh(ξ/2) / (4ξ); ξ makes the loss least"
    sentence = "Softmax, but its loss is a bound that needs only sums over the logits and over their squares."
    source = "Bouchard 2007, Efficient bounds for the softmax function; de Brébisson and Vincent 2016"
    limits = "The bound is loose: by about 1 nat for 10 classes, and the more the more classes there are."
    link = Softmax()
    portable = f"""
def moments(logits):
    # The standard deviation is of logits divided by the largest, so that no square overflows.
    n = total(ones_like(logits))
    centred = logits - total(logits) / n
    scale = maximum(largest(abs(centred)), tiny(logits))
    return n, centred, scale * sqrt(total((centred / scale) ** 2) / n)


def optimal(deviation, n):
    square, rest = ((n - 2) / n) ** 2, 4 * (n - 1) / n**2
    scaled, least = deviation / sqrt(rest), log(n - 1)
    start = where(scaled > least, scaled, least)
    small, xi = minimum(deviation, {LARGE}), maximum(start, {LEAST})
    xi = where(deviation > {LARGE}, {LARGE} + 0 * xi, xi)
    for _ in range({STEPS}):
        cotangent = (1 + exp(-xi)) / (1 - exp(-xi))
        phi = exp(-xi) * (2 * xi / (1 - exp(-xi))) ** 2
        slope = 2 * rest * xi - square * phi * (2 / xi - cotangent)
        xi = maximum(xi - (rest * xi * xi - square * phi - small * small) / slope, {LEAST})
    return where(deviation > {LARGE}, start, xi)


def curvatures(logits):
    # ξ is the best one, so it may be taken as constant in derivatives.
    n, centred, deviation = moments(constant(logits))
    xi = optimal(deviation, n)
    return n, xi, tanh(xi / 2)


def losses(logits, target):
    n, xi, ratio = curvatures(logits)
    centred = logits - total(logits) / n
    # The squares alone have a derivative; their value is in the terms of ξ.
    squares = total((centred / xi) * (ratio / 4 * centred))
    vanishing = exp(-xi)
    least = n * log1p(vanishing) + xi * (
        2 * (n - 1) / n - (n - 2) ** 2 / n * vanishing / (1 - vanishing)
    )
    return maximum(least + squares - constant(squares) - take(centred, target), 0.0)


def gradients(logits, target):
    n, xi, ratio = curvatures(logits)
    centred = logits - total(logits) / n
    return ratio / 2 * (centred / xi) + 1 / n - target
"""

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        n, one = logits.shape[-1], logits.dtype.type
        centred = np.subtract(logits, total(logits) / one(n))
        # Logits are divided by the largest, so that no square overflows.
        scale = np.maximum(np.abs(centred).max(-1, keepdims=True), np.finfo(logits.dtype).tiny)
        relative = np.divide(centred, scale)
        deviation = scale * np.sqrt(total(np.multiply(relative, relative)) / one(n))
        xi = optimal(deviation, n)
        ratio = np.tanh(xi / 2)
        # With v as a function of ξ the large terms cancel.
        vanishing = np.exp(-xi)
        bound = n * np.log1p(vanishing) + xi * (
            one(2 * (n - 1) / n) - one((n - 2) ** 2 / n) * (vanishing / (1 - vanishing))
        )
        # It is above the log loss, and so above 0 but for rounding.
        loss = np.maximum(bound - total(np.multiply(centred, target)), 0)[..., 0]
        return loss, np.subtract(ratio / 2 * np.divide(centred, xi) + one(1 / n), target)
