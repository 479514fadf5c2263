"""How a head looks in every chart, whatever else is chosen or registered: colour, dash and mark."""

import math
from collections.abc import Collection
from typing import NamedTuple


class Look(NamedTuple):
    """A colour, and as a second channel a dash and the mark of a point."""

    colour: str
    dash: tuple[int, ...]
    """Lengths of strokes and gaps in pixels."""
    mark: str
    """A name that Vega-Lite has for a point's shape."""


# Okabe and Ito 2008, Color universal design. Each colour is darkened or lightened until its luminance lies
# between 0.13 and 0.29: a contrast of 3:1 against a light and a dark background. Ten more lie in between.
COLOURS = (
    "#006eb0", "#c24f00", "#00966c", "#c46fa1", "#7f7f7f", "#4392c8", "#b58300", "#7d7300",
    "#41803c", "#8d50bb", "#6272d9", "#b04a33", "#966339", "#1f8a8f", "#d0587a", "#61707f",
    "#6b8e23", "#8a6d9b",
)  # fmt: skip
DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 2), (12, 4), (1, 3))
MARKS = (
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left",
)  # fmt: skip

LOOKS = tuple(
    Look(COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)], MARKS[i % len(MARKS)])
    for i in range(math.lcm(len(COLOURS), len(DASHES), len(MARKS)))
)
"""All different, those with a new colour first."""

NOT_HEADS = {
    "relu": LOOKS[12],
    "tanh": LOOKS[13],
    "equal weights": LOOKS[14],
    # Softmax's colour, because it is softmax but for a factor.
    "n · softmax": Look(COLOURS[0], DASHES[2], MARKS[2]),
}
"""What stands inside a network and isn't the map of a head. The looks before these are named by heads."""


def free_look(taken: Collection[Look]) -> Look:
    """The first look that no head here names and nobody has taken."""
    free = LOOKS[15:]
    return next((look for look in free if look not in taken), free[-1])
