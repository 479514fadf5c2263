"""What attention and gate share: normalisers of the weights, and equal weights beside them."""

from dataclasses import dataclass

import numpy as np

from alternatives.experiments.settings import Settings
from alternatives.heads import HEADS, Floats, Head
from alternatives.state import RegistryField, Several, field
from alternatives.training import EQUAL


@dataclass(frozen=True)
class SoftChoice(Settings):
    """Networks that weight what they mix inside by a head's map, the normaliser.

    Equal weights are always trained too: what a normaliser adds to them is what the choice is worth.
    """

    normalisers: tuple[Head, ...] = field(
        "normalisers",
        Several(RegistryField(HEADS, "heads that turn scores into weights"), "normaliser"),
        factory=lambda: tuple(head for head in HEADS.values() if head.in_comparison),
    )

    @property
    def baseline(self) -> str:
        names = [head.name for head in self.normalisers]
        return "softmax" if "softmax" in names else names[0]

    @property
    def choices(self) -> dict[str, Head]:
        """The normalisers by name, equal weights the last."""
        return {head.name: head for head in (*self.normalisers, EQUAL)}


def without_failed(weights: Floats, accuracy: Floats) -> Floats:
    """Weights (n_seeds, n_samples, n) in double precision, NaN for a run that has no accuracy."""
    return np.where(np.isnan(accuracy)[:, None, None], np.nan, weights.astype(np.float64))
