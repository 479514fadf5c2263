"""What attention and gate share: normalisers of the weights, and beside them no choice at all."""

from dataclasses import dataclass

import numpy as np

from alternatives.experiments.experiment import Experiment, Variant
from alternatives.heads import HEADS, Floats, Head, NormalisedHead
from alternatives.state import RegistryField, Several, field


@dataclass(frozen=True)
class EqualWeights(NormalisedHead):
    """Everything gets the same, whatever the logits: no choice at all."""

    name = "equal weights"

    def log_score(self, logits: Floats) -> Floats:
        return np.zeros_like(logits)

    def slope(self, logits: Floats) -> float:
        return 0.0


EQUAL = EqualWeights()


@dataclass(frozen=True)
class Choosing(Experiment):
    """Networks with a soft choice inside, by each head's map.

    Parameters
    ----------
    normalisers : sequence of Head or str
        Equal weights are always beside them: what they add is what the choice is worth.
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
    def variants(self) -> dict[str, Head]:
        """The normalisers by name, equal weights the last."""
        return {head.name: head for head in (*self.normalisers, EQUAL)}


def failed_as_nan(weights: Floats, variant: Variant) -> Floats:
    """Weights (n_seeds, n_samples, n) in double precision, NaN for a run that diverged."""
    failed = np.isnan(variant.accuracy)[:, None, None]
    return np.where(failed, np.nan, weights.astype(np.float64))
