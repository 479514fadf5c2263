"""What heads make of a few logits: at a point, and as one, two or all of them change."""

from alternatives.shape.paths import Paths
from alternatives.shape.shape import (
    FEW,
    MOST_CLASSES,
    PRESETS,
    QUANTITIES,
    Curves,
    Preset,
    Shape,
    Winners,
)

__all__ = [
    "FEW",
    "MOST_CLASSES",
    "PRESETS",
    "QUANTITIES",
    "Curves",
    "Paths",
    "Preset",
    "Shape",
    "Winners",
]
