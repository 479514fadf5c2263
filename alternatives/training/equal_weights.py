"""Equal weights: what a normaliser is compared with. Here, because the workers import it."""

from dataclasses import dataclass

import numpy as np

from alternatives.heads import Floats, NormalisedHead


@dataclass(frozen=True)
class EqualWeights(NormalisedHead):
    """Every option gets the same weight, whatever the logits: no choice at all."""

    name = "equal weights"

    def log_score(self, logits: Floats) -> Floats:
        return np.zeros_like(logits)

    def slope(self, logits: Floats) -> float:
        return 0.0


EQUAL = EqualWeights()
