"""The losses of the spherical family: functions of three statistics, however many classes there are.

Such a loss depends on the logits a of a sample only through

    the target's logit a_c,    their sum s = Σ a,    their squared norm q = Σ a²,

so its gradient follows from three derivatives:

    ∂L/∂a_k = L_s + 2 L_q a_k + [k = c] L_c.

This is why a layer can be trained without computing its outputs, see `factored`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import HEADS, Floats, Head, NormalisedHead, QuadraticHead, Softmax, SquaredError
from alternatives.state import Named, Range, Registry, parameter, shortened


class Statistics(NamedTuple):
    """The statistics of the logits, each an array over the samples."""

    of_target: Floats
    logit_sum: Floats
    squared_norm: Floats
    n_classes: int

    @classmethod
    def of(cls, of_target: Floats, logit_sum: Floats, squared_norm: Floats, n_classes: int) -> Self:
        """The same in float64, in which the losses are computed."""
        exact = np.float64
        return cls(of_target.astype(exact), logit_sum.astype(exact), squared_norm.astype(exact), n_classes)


class Slopes(NamedTuple):
    """A loss and its derivatives by the three statistics."""

    loss: Floats
    by_target: Floats
    by_sum: Floats
    by_square: Floats

    def most_of_gradient(self, statistics: Statistics) -> Floats:
        """A bound on the norm of each sample's gradient by its logits: the sum of its three parts' norms."""
        of_all = abs(self.by_sum) * np.sqrt(statistics.n_classes)
        return abs(self.by_target) + of_all + 2 * abs(self.by_square) * np.sqrt(statistics.squared_norm)


class SphericalLoss(ABC):
    """A loss of the spherical family."""

    @property
    @abstractmethod
    def formula(self) -> str:
        r"""The loss of D classes in LaTeX, with a_t, s and q; a long one is broken into aligned lines."""

    @abstractmethod
    def slopes(self, statistics: Statistics) -> Slopes:
        """Loss of each sample and its derivatives by the statistics."""

    def probabilities(self, statistics: Statistics) -> Floats:
        """Probability of each target; ValueError if the loss isn't a log loss."""
        raise ValueError(f"{self} is no log loss, so it gives no probabilities")


@dataclass(frozen=True)
class LogLoss(SphericalLoss):
    """The log loss of a quadratic head: log Σ ((a + shift)² + ε) - log((a_c + shift)² + ε)."""

    head: QuadraticHead

    @property
    def formula(self) -> str:
        shift, epsilon = f"{self.head.shift:g}", f"{self.head.epsilon:g}"
        if not self.head.shift:
            return rf"\log \left( q + {epsilon} D \right) \\ & - \log \left( a_t^2 + {epsilon} \right)"
        whole = rf"q + {2 * self.head.shift:g} s + {self.head.shift**2 + self.head.epsilon:g} D"
        return rf"\log \left( {whole} \right) \\ & - \log \left( (a_t + {shift})^2 + {epsilon} \right)"

    def slopes(self, statistics: Statistics) -> Slopes:
        of_target, logit_sum, squared_norm, n_classes = statistics
        shift, epsilon = self.head.shift, self.head.epsilon
        # Σ (a + shift)². Its terms may cancel: rounding must not make it less than the target's part.
        shifted = squared_norm + shift * (2 * logit_sum + n_classes * shift)
        shifted = np.maximum(shifted, (of_target + shift) ** 2)
        size = np.hypot(np.sqrt(shifted), np.sqrt(n_classes * epsilon))  # the square root of Σ score
        loss = 2 * np.log(size) - self.head.log_score(of_target)
        by_square = 1 / size / size
        return Slopes(loss, -self.head.slope(of_target), 2 * shift * by_square, by_square)

    def probabilities(self, statistics: Statistics) -> Floats:
        return np.exp(-self.slopes(statistics).loss)

    def __str__(self) -> str:
        return str(self.head)


@dataclass(frozen=True)
class SquaredDistance(SphericalLoss):
    """Squared distance of the logits from the one-hot target: q - 2 a_c + 1."""

    formula = "q - 2 a_t + 1"

    def slopes(self, statistics: Statistics) -> Slopes:
        of_target, _, squared_norm, _ = statistics
        one = np.ones_like(of_target)
        return Slopes(squared_norm - 2 * of_target + 1, -2 * one, 0 * one, one)

    def __str__(self) -> str:
        return SquaredError.name


@dataclass(frozen=True)
class ZLoss(Named, SphericalLoss):
    """Softplus of a margin minus the standard score of the target's logit.

    With the mean μ = s/D and the variance σ² = q/D - μ² of a sample's D logits and z = (a_c - μ)/σ,
    the loss is log(1 + exp(κ (margin - z)))/κ, κ the steepness. Shifting or scaling the logits doesn't change
    it. It is undefined if all logits are equal, so a layer of zeros can't learn with it.

    References
    ----------
    de Brébisson and Vincent 2016, The Z-loss, arXiv 1604.08859. The defaults are ours.
    """

    name: ClassVar[str] = "Z-loss"
    formula = (
        r"\tfrac{1}{\kappa} \log \left( 1 + e^{\kappa (m - z)} \right) \\ & z = \frac{a_t - s / D}"
        r"{\sqrt{q / D - (s / D)^2}}"
    )

    steepness: float = parameter(
        0.1, Range(1e-3, 100.0, "how sharply the loss bends at the margin", logarithmic=True), (0.1, 0.3)
    )
    margin: float = parameter(
        10.0, Range(0.0, 1e4, "the standard score that the target should reach"), (10.0, 30.0)
    )

    def slopes(self, statistics: Statistics) -> Slopes:
        of_target, logit_sum, squared_norm, n_classes = statistics
        mean = logit_sum / n_classes
        deviation = np.sqrt(np.maximum(squared_norm / n_classes - mean * mean, 0))
        score = (of_target - mean) / deviation
        shortfall = self.steepness * (self.margin - score)
        loss = np.logaddexp(0, shortfall) / self.steepness
        # dL/dz = -logistic(shortfall), then dz/da_c = 1/σ, dz/dq = -z/(2 D σ²), dz/ds = (μ z/σ - 1)/(D σ).
        rise = np.exp(-np.logaddexp(0, -shortfall)) / deviation
        return Slopes(
            loss,
            -rise,
            rise * (1 - mean * score / deviation) / n_classes,
            rise * score / deviation / (2 * n_classes),
        )


Loss = Head | SphericalLoss
"""What an output layer can minimise."""


def spherical(head: Loss) -> SphericalLoss | None:
    """The head's loss as a member of the spherical family; None if it isn't one."""
    match head:
        case SphericalLoss():
            return head
        case QuadraticHead():
            return LogLoss(head)
        case SquaredError():
            return SquaredDistance()
    return None


def checked_loss(head: Any) -> Loss:
    """A head or a loss of the spherical family."""
    if not isinstance(head, Head | SphericalLoss):
        allowed = f"a head, such as {Softmax()!r}, or a loss of the spherical family, such as {ZLoss()!r}"
        raise ValueError(f"head must be {allowed}; got {shortened(head)}")
    return head


def ranking(head: Loss, logits: Floats) -> Floats:
    """Numbers that order the classes as the head's probabilities do."""
    if isinstance(head, QuadraticHead):  # its score grows with the size of a shifted logit, which costs less
        return np.abs(logits + head.shift)
    return head.log_score(logits) if isinstance(head, NormalisedHead) else logits


class Losses(Registry[Any]):
    """The losses of an output layer by name: those of all heads, then the Z-loss."""

    def _all(self) -> Mapping[str, Any]:
        return {**HEADS, ZLoss.name: ZLoss()}


class Family(Losses):
    """The losses of the spherical family by name."""

    def _all(self) -> Mapping[str, Any]:
        return {name: loss for name, loss in super()._all().items() if spherical(loss) is not None}


LOSSES, FAMILY = Losses("head"), Family("head of the spherical family")


def saved_head(head: Loss | None) -> NDArray[np.str_]:
    """A head as text for a file; empty if it isn't registered."""
    text = str(head) if getattr(head, "name", None) in LOSSES else ""
    return np.array(text)


def loaded_head(text: str) -> Loss | None:
    """The head that `saved_head` wrote; None if it isn't registered."""
    try:
        return LOSSES.parse(str(text))
    except ValueError:
        return None
