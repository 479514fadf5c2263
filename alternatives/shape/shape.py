"""The shape of a head: what it computes from a few logits, and what changes when one of them moves.

A `Shape` is the state of the page: one frozen value, which is also the link. It computes what the
page shows, as arrays whose first axis is the heads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.plane import CELLS, Plane
from alternatives.shape.loss_plane import LossPlane
from alternatives.shape.paths import Paths
from alternatives.state import Linked, Numbers, Range, RegistryField, Several, field
from alternatives.wording import listed, probability

MOST_CLASSES = 10

CURVE_POINTS = 201
"""Points of a curve without the current one. Their number is odd, so that 0 is among them."""

QUANTITIES = ("probability", "loss", "gradient magnitude")
"""What the curves show of the target."""

FEW = 4
"""Up to so many heads, a sentence gives the number of each."""

EQUAL = 1 - 1e-12
"""Probabilities whose ratio is above this are equal, to rounding."""


class Winners(NamedTuple):
    """The predicted class, its probability, and whether another class has a larger logit."""

    winner: Integers
    confidence: Floats
    largest_logit_loses: NDArray[np.bool_]


class Curves(NamedTuple):
    """The `QUANTITIES` (n_heads, n_points) at the values (n_points,) of the moving logit."""

    logit: Floats
    values: dict[str, Floats]


@dataclass(frozen=True)
class Shape(Linked):
    """Some logits, and the heads that get ``scale * logits + shift``: the `scaled_logits`."""

    noun = "shape"

    logits: tuple[float, ...] = field(
        "logits",
        Numbers(Range(-20, 20, "outputs of the last layer"), 2, MOST_CLASSES, each="Logit of class"),
        (1.0, 2.0, -3.0),
    )
    target: int = field(
        "target",
        Range(0, MOST_CLASSES - 1, "the right class, for which loss and gradient are shown", whole=True),
        1,
        label="Target class",
    )
    heads: tuple[Head, ...] = field(
        "heads",
        Several(
            RegistryField(HEADS, "output layers to compare: what makes probabilities of the logits"), "head"
        ),
        factory=lambda: tuple(head for head in HEADS.values() if head.in_comparison),
    )
    moving: int = field(
        "moving",
        Range(0, MOST_CLASSES - 1, "the class whose logit changes along the curves", whole=True),
        1,
        label="Moving class",
    )
    scale: float = field("scale", Range(0.01, 100, "every logit is multiplied by it", logarithmic=True), 1.0)
    shift: float = field("shift", Range(-20, 20, "it is added to every logit"), 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        classes = Range(0, len(self.logits) - 1, "a class", whole=True)
        for name in ("target", "moving"):
            object.__setattr__(self, name, classes.check(getattr(self, name), name))

    @property
    def head_names(self) -> tuple[str, ...]:
        """The heads' names."""
        return tuple(head.name for head in self.heads)

    @cached_property
    def scaled_logits(self) -> Floats:
        """The logits (n_classes,) that the heads get."""
        return self.scale * np.array(self.logits) + self.shift

    @cached_property
    def reach(self) -> float:
        """Curves and plane go from -reach to reach: 10, 20, 50, 100, …, the first that covers all logits."""
        largest = np.abs(self.scaled_logits).max()
        return next(
            reach for power in range(1, 9) for digit in (1, 2, 5) if (reach := digit * 10.0**power) >= largest
        )

    @property
    def axes(self) -> tuple[int, int]:
        """The classes whose logits span the plane: the moving one and the next."""
        return self.moving, (self.moving + 1) % len(self.logits)

    def replace(self, **changes: Any) -> "Shape":
        """The shape with other values. A target or moving class that no longer exists becomes the last."""
        logits = self.fields()["logits"].check(changes.get("logits", self.logits), "logits")
        kept = {name: min(getattr(self, name), len(logits) - 1) for name in ("target", "moving")}
        return replace(self, **kept | changes)

    @cached_property
    def probabilities(self) -> Floats:
        """Each head's own values (n_heads, n_classes); those of sigmoid need not sum to one."""
        return self._by_head(lambda head: head.probabilities(self.scaled_logits))

    @cached_property
    def winners(self) -> Winners:
        """Each head's predicted class (n_heads,)."""
        return self._winners(self.scaled_logits)

    @cached_property
    def at_target(self) -> dict[str, Floats]:
        """The `QUANTITIES` (n_heads,) of the target."""
        return self._at_target(self.scaled_logits)

    @cached_property
    def gradients(self) -> Floats:
        """The gradient (n_heads, n_classes) of the target's loss by the logits."""
        return self._by_head(lambda head: head.gradient(self.scaled_logits, np.array(self.target)))

    @cached_property
    def jacobian(self) -> Floats:
        """The derivatives (n_heads, n_classes, n_classes) of each class's probability by each logit."""
        return self._by_head(lambda head: head.jacobian(self.scaled_logits))

    @cached_property
    def curves(self) -> Curves:
        """The target's quantities as the moving logit goes over the reach; its current value is a point."""
        current = self.scaled_logits[self.moving]
        moved = np.unique(np.append(np.linspace(-self.reach, self.reach, CURVE_POINTS), current))
        logits = np.tile(self.scaled_logits, (len(moved), 1))
        logits[:, self.moving] = moved
        return Curves(moved, self._at_target(logits))

    @cached_property
    def plane(self) -> Plane:
        """The plane of the two logits of `axes`."""
        return Plane.square(self.reach)

    @cached_property
    def winners_on_plane(self) -> Winners:
        """Each head's predicted class (n_heads, n_cells) at the middle of each cell of the plane."""
        logits = np.tile(self.scaled_logits, (CELLS**2, 1))
        logits[:, self.axes] = self.plane.centres
        return self._winners(logits)

    @cached_property
    def loss_plane(self) -> LossPlane:
        """Loss and gradient over the logits of the target and of the moving class, or of the next one."""
        other = self.moving if self.moving != self.target else (self.target + 1) % len(self.logits)
        return LossPlane.around(self.heads, self.scaled_logits, self.target, other, self.plane)

    @cached_property
    def paths(self) -> Paths:
        """Where the probabilities go as the scale grows."""
        return Paths.through(self.heads, np.array(self.logits), self.scale, self.shift, self.target)

    def _by_head(self, values: Callable[[Head], Floats]) -> Floats:
        return np.stack([values(head) for head in self.heads])

    def _at_target(self, logits: Floats) -> dict[str, Floats]:
        targets = np.full(logits.shape[:-1], self.target)
        results = [head.loss_and_gradient(logits, targets) for head in self.heads]
        gradients = np.stack([gradient for _, gradient in results])
        return {
            "probability": self._by_head(lambda head: head.probabilities(logits)[..., self.target]),
            "loss": np.stack([loss for loss, _ in results]),
            "gradient magnitude": np.linalg.norm(gradients, axis=-1),
        }

    def _winners(self, logits: Floats) -> Winners:
        """The most probable class; of equally probable ones, the one with the largest logit."""
        shares = self._by_head(lambda head: head.class_probabilities(logits))
        confidence = shares.max(-1)
        best = shares >= EQUAL * confidence[..., None]
        winner = np.where(best, logits, -np.inf).argmax(-1)
        winning = np.take_along_axis(np.broadcast_to(logits, shares.shape), winner[..., None], -1)[..., 0]
        return Winners(winner, confidence, winning < logits.max(-1))

    @property
    def finding(self) -> str:
        """What the heads make of the target, in a sentence or two."""
        probabilities = self.at_target["probability"]
        numbers = [probability(p) for p in probabilities.tolist()]
        if len(self.heads) <= FEW:
            pairs = zip(numbers, self.head_names, strict=True)
            spread = f"of {listed(f'{number} by {head}' for number, head in pairs)}"
        else:
            ends = [numbers[int(end)] for end in (probabilities.argmin(), probabilities.argmax())]
            low, high = (
                _some([head for head, n in zip(self.head_names, numbers, strict=True) if n == end])
                for end in ends
            )
            spread = f"from {ends[0]} by {low} to {ends[1]} by {high}"
        sentence = f"Class {self.target} gets a probability {spread}."
        loses = self.winners.largest_logit_loses
        others = [head for head, lost in zip(self.head_names, loses, strict=True) if lost]
        if not others:
            return sentence
        prefer = "prefers" if len(others) == 1 else "prefer"
        largest = self.scaled_logits.argmax()
        return (
            f"{sentence} Class {largest} has the largest logit, but {_some(others)} {prefer} another class."
        )


def _some(heads: Sequence[str]) -> str:
    """The names of heads, or the first name and how many others there are."""
    return listed(heads) if len(heads) <= FEW - 1 else f"{heads[0]} and {len(heads) - 1} others"


@dataclass(frozen=True)
class Preset:
    """Example logits, and what to look at."""

    sentence: str
    logits: tuple[float, ...]
    target: int
    moving: int

    def applied_to(self, shape: Shape) -> Shape:
        """The shape with these logits, neither scaled nor shifted; it keeps its heads."""
        return shape.replace(logits=self.logits, target=self.target, moving=self.moving, scale=1.0, shift=0.0)


PRESETS = {
    "[1, 2]": Preset(
        "Softmax turns a lead of 1 into 73 %, plain normalisation into two thirds.", (1, 2), 1, 1
    ),
    "[10, 20]": Preset(
        "The same ratio, ten times as large: softmax is certain, plain normalisation still says two thirds.",
        (10, 20),
        1,
        1,
    ),
    "[0.03, 1.92]": Preset("Logits with a sum of 1.95: they aren't probabilities.", (0.03, 1.92), 1, 1),
    "all equal": Preset("All classes get the same probability.", (1, 1, 1, 1), 0, 0),
    "one far ahead": Preset("Confidently right: is there any gradient left?", (8, 0, 0, 0), 0, 0),
    "confidently wrong": Preset(
        "The target's logit is too low: how large is its gradient?", (-8, 8, 0), 0, 0
    ),
    "the largest logit loses": Preset(
        "The smallest logit is farthest from 0: spherical softmax gives its class the highest probability.",
        (1, 2, -3),
        1,
        1,
    ),
}
"""Examples by name."""
