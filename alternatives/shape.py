"""The shape of a head: what it computes from a few logits, and what changes when one of them moves.

A `Shape` is the state of the page: one frozen value, which is also the link. Each function takes one and
returns a tidy frame with the columns that it names; `head` is a head's name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.plane import CELLS, Plane
from alternatives.state import Linked, Numbers, Range, RegistryField, Several, field
from alternatives.wording import listed, spelled

MOST_CLASSES = 10

CURVE_POINTS = 201
"""Points of a curve, without the current one. With an even number of steps, 0 is among them."""

QUANTITIES = ("probability", "loss", "gradient magnitude")
"""What the curves show of the target."""

FEW = 4
"""Up to so many heads, a sentence gives the number of each."""

EQUAL = 1 - 1e-12
"""Probabilities with a ratio above this are equal, to rounding."""


@dataclass(frozen=True)
class Shape(Linked):
    """Some logits, and the heads that are applied to them.

    Parameters
    ----------
    logits : sequence of float
        Of two to ten classes.
    target : int
        The right class, from 0, for which loss and gradient are shown.
    heads : sequence of Head or str
        At least one, in any order.
    moving : int
        The class whose logit moves along the curves.
    scale, shift : float
        The heads are applied to ``scale * logits + shift``, which is `seen`.
    """

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
        Several(RegistryField(HEADS, "heads to compare"), "head"),
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
    def seen(self) -> NDArray[np.float64]:
        """The logits (n_classes,), scaled and shifted."""
        return self.scale * np.array(self.logits) + self.shift

    @property
    def reach(self) -> float:
        """Curves and plane go from -reach to reach: 10, 20, 50, 100, …, the first that covers all logits."""
        largest = np.abs(self.seen).max()
        return next(
            reach for power in range(1, 9) for digit in (1, 2, 5) if (reach := digit * 10.0**power) >= largest
        )

    @property
    def axes(self) -> tuple[int, int]:
        """The two classes whose logits span the plane: the moving one, and the next."""
        return self.moving, (self.moving + 1) % len(self.logits)

    def replace(self, **changes: Any) -> "Shape":
        """The shape with other values. A target or moving class that is gone becomes the last class."""
        logits = self.fields()["logits"].check(changes.get("logits", self.logits), "logits")
        kept = {name: min(getattr(self, name), len(logits) - 1) for name in ("target", "moving")}
        return replace(self, **kept | changes)


@dataclass(frozen=True)
class Preset:
    """Example logits, and what to look at."""

    sentence: str
    logits: tuple[float, ...]
    target: int
    moving: int

    def of(self, shape: Shape) -> Shape:
        """The shape with these logits, not scaled or shifted; its heads stay."""
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


def probabilities(shape: Shape) -> pd.DataFrame:
    """Columns head, class, logit, probability, share.

    The probability is the head's own value; sigmoid's need not sum to one. The share is the class
    probability: the values divided by their sum.
    """
    own = _by_head(shape, lambda head: head.probabilities(shape.seen))
    shares = _by_head(shape, lambda head: head.class_probabilities(shape.seen))
    index, (classes,) = _index(shape, len(shape.logits))
    values = {"logit": shape.seen[classes], "probability": own.ravel(), "share": shares.ravel()}
    return pd.DataFrame(index | {"class": classes} | values)


def losses(shape: Shape) -> pd.DataFrame:
    """Columns head, probability (of the target), loss, unit, gradient_magnitude, total, winner, turned.

    The unit is the loss's; the total is the sum of the head's own values. `turned` says that the most
    probable class doesn't have the largest logit.
    """
    probability, loss, magnitude = _of_target(shape, shape.seen)
    own = _by_head(shape, lambda head: head.probabilities(shape.seen))
    winner, turned = _winner(shape.seen, _by_head(shape, lambda head: head.class_probabilities(shape.seen)))
    units = [head.loss_unit for head in shape.heads]
    values = {"probability": probability, "loss": loss, "unit": units, "gradient_magnitude": magnitude}
    found = {"total": own.sum(-1), "winner": winner, "turned": turned}
    return pd.DataFrame(_index(shape)[0] | values | found)


def gradients(shape: Shape) -> pd.DataFrame:
    """Columns head, class, gradient: derivative of the target's loss by the logit of that class."""
    target = np.array(shape.target)
    gradient = _by_head(shape, lambda head: head.gradient(shape.seen, target))
    index, (classes,) = _index(shape, len(shape.logits))
    return pd.DataFrame(index | {"class": classes, "gradient": gradient.ravel()})


def curves(shape: Shape) -> pd.DataFrame:
    """Columns head, logit, present, quantity, value.

    The quantities are the target's "probability", its "loss" and the "gradient magnitude", the norm of the
    loss's gradient, as the moving logit goes from -reach to reach. `present` marks its current value.
    """
    moved = np.unique(
        np.append(np.linspace(-shape.reach, shape.reach, CURVE_POINTS), shape.seen[shape.moving])
    )
    logits = np.tile(shape.seen, (len(moved), 1))
    logits[:, shape.moving] = moved
    index, (points,) = _index(shape, len(moved))
    every = np.tile(points, len(QUANTITIES))
    columns = {
        "head": named(np.tile(index["head"].codes, len(QUANTITIES)), [head.name for head in shape.heads]),
        "logit": moved[every],
        "present": (moved == shape.seen[shape.moving])[every],
        "quantity": named(np.repeat(np.arange(len(QUANTITIES)), len(points)), QUANTITIES),
        "value": np.concatenate([value.ravel() for value in _of_target(shape, logits)]),
    }
    return pd.DataFrame(columns)


def jacobian(shape: Shape) -> pd.DataFrame:
    """Columns head, class, logit, derivative: of the probability of `class` by the logit of class `logit`."""
    derivatives = _by_head(shape, lambda head: head.jacobian(shape.seen))
    index, (classes, moved) = _index(shape, len(shape.logits), len(shape.logits))
    return pd.DataFrame(index | {"class": classes, "logit": moved, "derivative": derivatives.ravel()})


def plane(shape: Shape) -> pd.DataFrame:
    """Columns head, x, x2, y, y2, winner, confidence, turned: cells of the plane of two logits.

    x and y are the logits of the two classes in `Shape.axes`; the third logit is fixed. The confidence is the
    winner's class probability at the centre of the cell. Empty unless there are three classes.
    """
    if len(shape.logits) != 3:
        return pd.DataFrame(columns=["head", "x", "x2", "y", "y2", "winner", "confidence", "turned"])
    square = Plane.square(shape.reach)
    index, (cells,) = _index(shape, CELLS**2)
    corners = {name: values[cells] for name, values in square.corners.items()}
    logits = np.tile(shape.seen, (CELLS, CELLS, 1))
    logits[..., shape.axes] = square.centres.reshape(CELLS, CELLS, 2)
    shares = _by_head(shape, lambda head: head.class_probabilities(logits))
    winner, turned = _winner(logits, shares)
    values = {"winner": winner, "confidence": shares.max(-1), "turned": turned}
    return pd.DataFrame(index | corners | {name: value.ravel() for name, value in values.items()})


def finding(shape: Shape, table: pd.DataFrame | None = None) -> str:
    """What there is to see, in a sentence or two. `table` is that of `losses`, if it is known already."""
    table = losses(shape) if table is None else table
    heads, numbers = table["head"].tolist(), [spelled(p) for p in table["probability"].tolist()]
    if len(heads) <= FEW:
        range_ = f"of {listed(f'{number} by {head}' for head, number in zip(heads, numbers, strict=True))}"
    else:
        ends = [numbers[int(end)] for end in (table["probability"].argmin(), table["probability"].argmax())]
        who = [[head for head, n in zip(heads, numbers, strict=True) if n == end] for end in ends]
        range_ = f"from {ends[0]} by {_some(who[0])} to {ends[1]} by {_some(who[1])}"
    sentence = f"Class {shape.target} gets a probability {range_}."
    turned = table.loc[table["turned"], "head"].tolist()
    if not turned:
        return sentence
    others = f"{_some(turned)} {'prefers' if len(turned) == 1 else 'prefer'} another class"
    return f"{sentence} Class {shape.seen.argmax()} has the largest logit, but {others}."


def _some(heads: Sequence[str]) -> str:
    """The names of heads, or the first name and the number of others."""
    return listed(heads) if len(heads) <= FEW - 1 else f"{heads[0]} and {len(heads) - 1} others"


def _by_head(shape: Shape, values: Callable[[Head], Floats]) -> Floats:
    """A function's values for each head, along a first axis."""
    return np.stack([values(head) for head in shape.heads])


def _of_target(shape: Shape, logits: Floats) -> tuple[Floats, Floats, Floats]:
    """The target's probability, its loss, and the gradient's norm (n_heads, ...)."""
    targets = np.full(logits.shape[:-1], shape.target)
    probability = _by_head(shape, lambda head: head.probabilities(logits)[..., shape.target])
    results = [head.loss_and_gradient(logits, targets) for head in shape.heads]
    return (
        probability,
        np.stack([loss for loss, _ in results]),
        np.linalg.norm(np.stack([gradient for _, gradient in results]), axis=-1),
    )


def _winner(logits: Floats, shares: Floats) -> tuple[Integers, NDArray[np.bool_]]:
    """The most probable class, and whether another has a larger logit. Ties go to the largest logit."""
    best = shares >= EQUAL * shares.max(-1, keepdims=True)
    winner = np.where(best, logits, -np.inf).argmax(-1)
    winning_logit = np.take_along_axis(np.broadcast_to(logits, shares.shape), winner[..., None], -1)[..., 0]
    return winner, winning_logit < logits.max(-1)


def _index(shape: Shape, *lengths: int) -> tuple[dict[str, Any], list[NDArray[np.intp]]]:
    """The column of heads for values (n_heads, *lengths), and the indices along the other axes."""
    heads, *others = (index.ravel() for index in np.indices((len(shape.heads), *lengths)))
    return {"head": named(heads, [head.name for head in shape.heads])}, others


def named(indices: Integers, names: Sequence[str]) -> "pd.Categorical[str]":
    """A column of names, given by their indices, that stores each name once."""
    return pd.Categorical.from_codes(indices, pd.Index(names))
