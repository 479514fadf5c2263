"""Heads with the probabilities of softmax and a loss other than the log loss."""

from dataclasses import dataclass

import numpy as np

from alternatives.heads.checks import Floats
from alternatives.heads.head import HEADS, LinkedHead, onehot, total
from alternatives.heads.published import Softmax
from alternatives.state import Range, parameter


@HEADS.register
@dataclass(frozen=True)
class SoftMarginSoftmax(LinkedHead):
    """Softmax whose target must win even after a margin is subtracted from its logit."""

    name = "soft margin softmax"
    colour, dash, mark = "#b58300", (1, 3), "triangle-right"
    formula = Softmax.formula
    loss_formula = r"-\log \frac{e^{a_t - m}}{e^{a_t - m} + \sum_{j \ne t} e^{a_j}}"
    where = "m is the margin"
    sentence = "In training a margin is subtracted from the target's logit, so the target must lead by more."
    source = "Liang et al. 2017, Soft-margin softmax for deep classification; Banerjee et al. 2020"
    limits = "Its loss isn't minus the logarithm of its probability, so it learns to be overconfident."
    link = Softmax()
    portable = """
def lowered(logits, target):
    # The largest logit, which changes nothing, is subtracted first: large ones would swallow the margin.
    return logits - constant(largest(logits)) - MARGIN * target


def losses(logits, target):
    return -take(log_softmax(lowered(logits, target)), target)


def gradients(logits, target):
    return softmax(lowered(logits, target)) - target
"""

    margin: float = parameter(1.0, Range(0.0, 10.0, "taken from the target's logit"), (0.1, 0.3, 1.0))

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        lowered = np.subtract(logits, self.margin * target)
        return self.link.loss_and_gradient_onehot(lowered, target)


@HEADS.register
@dataclass(frozen=True)
class SoftmaxWithSquaredError(LinkedHead):
    """Softmax with the squared error of its probabilities, the Brier score, as loss."""

    name = "softmax with squared error"
    effort = 1.5
    colour, dash, mark = "#7d7300", (1, 0), "triangle-left"
    formula = Softmax.formula
    loss_formula = r"\sum_k (p_k - y_k)^2"
    where = "y is 1 for the target and 0 for the others"
    loss_unit = ""
    sentence = "Softmax with the squared error: where it is confidently wrong, it has almost no gradient."
    source = "Brier 1950; Solla, Levin and Fleisher 1988, Accelerated learning in layered neural networks"
    link = Softmax()
    portable = """
def losses(logits, target):
    # Where the target's probability is near 1, rounding would lose what it lacks: the sum of the others.
    others = where(target > 0, 0.0, softmax(logits))
    return total(others**2) + total(others) ** 2


def gradients(logits, target):
    probabilities = softmax(logits)
    others = where(target > 0, 0.0, probabilities)
    errors = others - total(others) * target
    return 2 * probabilities * (errors - total(probabilities * errors))
"""

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        # With the error e = p - y, ∂L/∂a_k = 2 p_k (e_k - Σ p_j e_j). Where p is near 1, rounding would lose
        # 1 - p, so it's the sum of the others; and the error of the most probable class is subtracted first.
        probabilities = self.link._probabilities(logits)
        others = np.multiply(probabilities, 1 - target)
        errors = np.subtract(others, total(others) * target)
        largest = onehot(probabilities.argmax(-1), logits)
        relative = np.subtract(errors, total(np.multiply(errors, largest)))
        mean = total(np.multiply(probabilities, relative))
        loss = total(np.multiply(errors, errors))[..., 0]
        return loss, np.multiply(2 * probabilities, np.subtract(relative, mean))


@HEADS.register
@dataclass(frozen=True)
class Hinge(LinkedHead):
    """The multi-class support vector machine's loss: margins instead of probabilities."""

    name = "hinge"
    colour, dash, mark = "#6272d9", (9, 3, 2, 3), "triangle-up"
    formula = Softmax.formula + r" \text{, not meant as a probability}"
    loss_formula = r"\max_j \left( a_j + [j \ne t] \right) - a_t"
    where = "[j ≠ t] is 1 for every class but the target, for which it is 0"
    loss_unit = ""
    sentence = (
        "The target must lead the others by 1; the softmax of such margins isn't meant as probabilities."
    )
    source = "Crammer and Singer 2001, Algorithmic implementation of multiclass kernel-based vector machines"
    limits = "Its probabilities are the softmax of its margins; its loss doesn't calibrate them."
    link = Softmax()
    portable = """
def leads(logits, target):
    return logits - take(logits, target) + (1 - target)


def losses(logits, target):
    # Where several classes lead alike, the first has the gradient; they don't share it.
    lead = leads(logits, target)
    return take(lead, first_largest(lead))


def gradients(logits, target):
    return first_largest(leads(logits, target)) - target
"""

    def loss_and_gradient_onehot(self, logits: Floats, target: Floats) -> tuple[Floats, Floats]:
        lead = np.add(np.subtract(logits, total(np.multiply(logits, target))), 1 - target)
        return lead.max(-1), np.subtract(onehot(lead.argmax(-1), logits), target)
