"""The shape of a head: what it makes of a few logits, and of one of them as it moves.

A `Shape` is the state of the page, one frozen value and its own link. Each function here takes one and
gives a tidy frame with the columns that it names; `head` holds a head's name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.state import Linked, Numbers, Range, RegistryField, Several, field
from alternatives.wording import listed

MOST_CLASSES = 10

CURVE_POINTS = 201
"""Points of a curve, not counting the present one: with an even number of steps 0 is among them."""

QUANTITIES = ("probability", "loss", "gradient magnitude")
"""What of the target changes as a logit moves."""

PLANE_CELLS = 44
"""Cells along each side of the plane: few enough to be drawn as shapes that a screen reader can read."""

FEW = 4
"""Heads whose numbers can all stand in one sentence."""

EQUAL = 1 - 1e-12
"""Probabilities whose ratio is above this are equal but for rounding."""


@dataclass(frozen=True)
class Shape(Linked):
    """Some logits, and the heads that see them.

    Parameters
    ----------
    logits : sequence of float
        Of two to ten classes.
    target : int
        The class, from 0, of which loss and gradient are told.
    heads : sequence of Head or str
        At least one, in any order.
    moving : int
        The class whose logit moves along the curves.
    scale, shift : float
        Every head sees ``scale * logits + shift``, `seen`.
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
        """The logits (n_classes,) that the heads see, scaled and shifted."""
        return self.scale * np.array(self.logits) + self.shift

    @property
    def reach(self) -> float:
        """How far to either side of 0 curves and plane go: 10, 20, 50, 100, …, as far as the logits do."""
        largest = np.abs(self.seen).max()
        return next(
            reach for power in range(1, 9) for digit in (1, 2, 5) if (reach := digit * 10.0**power) >= largest
        )

    @property
    def axes(self) -> tuple[int, int]:
        """The classes whose logits span the plane of three: the moving one, and the next."""
        return self.moving, (self.moving + 1) % len(self.logits)

    def replace(self, **changes: Any) -> "Shape":
        """The shape with other values; a target or moving class that is no more gives way to the last."""
        logits = self.fields()["logits"].check(changes.get("logits", self.logits), "logits")
        kept = {name: min(getattr(self, name), len(logits) - 1) for name in ("target", "moving")}
        return replace(self, **kept | changes)


@dataclass(frozen=True)
class Preset:
    """Logits that people know, and what to look at."""

    sentence: str
    logits: tuple[float, ...]
    target: int
    moving: int

    def of(self, shape: Shape) -> Shape:
        """A shape with these logits, neither scaled nor shifted, and its own heads."""
        return shape.replace(logits=self.logits, target=self.target, moving=self.moving, scale=1.0, shift=0.0)


PRESETS = {
    "[1, 2]": Preset(
        "A lead of 1 is 73 % for softmax, and two thirds for plain normalisation.", (1, 2), 1, 1
    ),
    "[10, 20]": Preset(
        "The same ratio on a tenfold scale: certainty for softmax, still two thirds for plain normalisation.",
        (10, 20),
        1,
        1,
    ),
    "[0.03, 1.92]": Preset(
        "Raw logits with a sum of 1.95, which aren't probabilities yet.", (0.03, 1.92), 1, 1
    ),
    "all equal": Preset("Nothing is known: every class gets the same.", (1, 1, 1, 1), 0, 0),
    "one far ahead": Preset("Right and sure: is there anything left to learn?", (8, 0, 0, 0), 0, 0),
    "wrong and sure": Preset("The target lags far behind: how hard is it pulled back?", (-8, 8, 0), 0, 0),
    "turned round": Preset(
        "The smallest logit is the farthest from 0: spherical softmax takes its class for the best.",
        (1, 2, -3),
        1,
        1,
    ),
}
"""Logits that people know, by name."""


def probabilities(shape: Shape) -> pd.DataFrame:
    """Columns head, class, logit, probability, share.

    The probability is the head's own value, which sigmoid's need not make a sum of one; the share is
    what it comes to when they are divided by their sum.
    """
    own = _by_head(shape, lambda head: head.probabilities(shape.seen))
    shares = _by_head(shape, lambda head: head.class_probabilities(shape.seen))
    index, (classes,) = _index(shape, len(shape.logits))
    values = {"logit": shape.seen[classes], "probability": own.ravel(), "share": shares.ravel()}
    return pd.DataFrame(index | {"class": classes} | values)


def losses(shape: Shape) -> pd.DataFrame:
    """Columns head, probability (of the target), loss, unit, gradient_magnitude, total, winner, turned.

    The unit is that of the loss, the total that of the head's own values. `turned` says that the most
    probable class isn't one with the largest logit.
    """
    probability, loss, magnitude = _of_target(shape, shape.seen)
    own = _by_head(shape, lambda head: head.probabilities(shape.seen))
    winner, turned = _winner(shape.seen, _by_head(shape, lambda head: head.class_probabilities(shape.seen)))
    units = [head.loss_unit for head in shape.heads]
    values = {"probability": probability, "loss": loss, "unit": units, "gradient_magnitude": magnitude}
    found = {"total": own.sum(-1), "winner": winner, "turned": turned}
    return pd.DataFrame(_index(shape)[0] | values | found)


def gradients(shape: Shape) -> pd.DataFrame:
    """Columns head, class, gradient: of the target's loss by that class's logit."""
    target = np.array(shape.target)
    gradient = _by_head(shape, lambda head: head.gradient(shape.seen, target))
    index, (classes,) = _index(shape, len(shape.logits))
    return pd.DataFrame(index | {"class": classes, "gradient": gradient.ravel()})


def curves(shape: Shape) -> pd.DataFrame:
    """Columns head, logit, present, quantity, value.

    The quantities are the target's "probability", its "loss" and the "gradient magnitude", the length of
    the loss's gradient, while the moving logit goes from one end of the reach to the other. The present
    point is one of the curve's.
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
    """Columns head, class, logit, derivative: of that class's probability by the logit of that class."""
    derivatives = _by_head(shape, lambda head: head.jacobian(shape.seen))
    index, (of, by) = _index(shape, len(shape.logits), len(shape.logits))
    return pd.DataFrame(index | {"class": of, "logit": by, "derivative": derivatives.ravel()})


def plane(shape: Shape) -> pd.DataFrame:
    """Columns head, x, x2, y, y2, winner, confidence, turned: the plane of two of three logits, in cells.

    Of the classes in `Shape.axes`, x is the logit of the first and y that of the second; the third has
    the logit that it has. The confidence is the winner's class probability at the middle of the cell.
    Empty unless there are three classes.
    """
    if len(shape.logits) != 3:
        return pd.DataFrame(columns=["head", "x", "x2", "y", "y2", "winner", "confidence", "turned"])
    edges = np.linspace(-shape.reach, shape.reach, PLANE_CELLS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    index, (x, y) = _index(shape, PLANE_CELLS, PLANE_CELLS)
    corners = {"x": edges[x], "x2": edges[x + 1], "y": edges[y], "y2": edges[y + 1]}
    logits = np.tile(shape.seen, (PLANE_CELLS, PLANE_CELLS, 1))
    logits[..., shape.axes[0]] = middles[:, None]
    logits[..., shape.axes[1]] = middles
    shares = _by_head(shape, lambda head: head.class_probabilities(logits))
    winner, turned = _winner(logits, shares)
    values = {"winner": winner, "confidence": shares.max(-1), "turned": turned}
    return pd.DataFrame(index | corners | {name: value.ravel() for name, value in values.items()})


def finding(shape: Shape, table: pd.DataFrame | None = None) -> str:
    """What there is to see, in a sentence or two; of `losses`, if it's at hand."""
    table = losses(shape) if table is None else table
    heads, numbers = table["head"].tolist(), [f"{p:.3g}" for p in table["probability"].tolist()]
    if len(heads) <= FEW:
        told = f"of {listed(f'{number} by {head}' for head, number in zip(heads, numbers, strict=True))}"
    else:
        ends = [numbers[int(end)] for end in (table["probability"].argmin(), table["probability"].argmax())]
        who = [[head for head, n in zip(heads, numbers, strict=True) if n == end] for end in ends]
        told = f"from {ends[0]} by {_some(who[0])} to {ends[1]} by {_some(who[1])}"
    sentence = f"Class {shape.target} gets a probability {told}."
    turned = table.loc[table["turned"], "head"].tolist()
    if not turned:
        return sentence
    others = f"{_some(turned)} {'prefers' if len(turned) == 1 else 'prefer'}"
    return f"{sentence} The largest logit is that of class {shape.seen.argmax()}, and yet {others} another."


def _some(heads: Sequence[str]) -> str:
    """The names of heads, or of the first and how many others there are."""
    return listed(heads) if len(heads) <= FEW - 1 else f"{heads[0]} and {len(heads) - 1} others"


def _by_head(shape: Shape, values: Callable[[Head], Floats]) -> Floats:
    """What a function of a head gives, along a first axis of heads."""
    return np.stack([values(head) for head in shape.heads])


def _of_target(shape: Shape, logits: Floats) -> tuple[Floats, Floats, Floats]:
    """The target's probability, its loss, and the gradient's length (n_heads, ...)."""
    targets = np.full(logits.shape[:-1], shape.target)
    probability = _by_head(shape, lambda head: head.probabilities(logits)[..., shape.target])
    results = [head.loss_and_gradient(logits, targets) for head in shape.heads]
    return (
        probability,
        np.stack([loss for loss, _ in results]),
        np.linalg.norm(np.stack([gradient for _, gradient in results]), axis=-1),
    )


def _winner(logits: Floats, shares: Floats) -> tuple[Integers, NDArray[np.bool_]]:
    """The most probable class, of equals that of the largest logit; and whether another's is larger."""
    best = shares >= EQUAL * shares.max(-1, keepdims=True)
    winner = np.where(best, logits, -np.inf).argmax(-1)
    of_winner = np.take_along_axis(np.broadcast_to(logits, shares.shape), winner[..., None], -1)[..., 0]
    return winner, of_winner < logits.max(-1)


def _index(shape: Shape, *lengths: int) -> tuple[dict[str, Any], list[NDArray[np.intp]]]:
    """The column of heads for values (n_heads, *lengths), and their indices along the other axes."""
    heads, *others = (index.ravel() for index in np.indices((len(shape.heads), *lengths)))
    return {"head": named(heads, [head.name for head in shape.heads])}, others


def named(indices: Integers, names: Sequence[str]) -> "pd.Categorical[str]":
    """A column of names by their indices, without a copy of the name in every row."""
    return pd.Categorical.from_codes(indices, pd.Index(names))
