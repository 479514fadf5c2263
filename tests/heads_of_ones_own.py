"""A head that isn't there: what somebody who tries out an idea would write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from alternatives.heads import HEADS, Floats, Head, NormalisedHead
from alternatives.state import Range, parameter


@dataclass(frozen=True)
class TemperedSoftmax(NormalisedHead):
    """Score exp(a / temperature)."""

    name = "tempered softmax"
    formula = r"\frac{e^{a_k / \tau}}{\sum_j e^{a_j / \tau}}"
    sentence = "Softmax of logits that are divided by a temperature."
    source = "of one's own"

    temperature: float = parameter(2.0, Range(0.25, 4.0, "divides every logit", logarithmic=True))

    def log_score(self, logits: Floats) -> Floats:
        return logits / self.temperature

    def slope(self, logits: Floats) -> Floats:
        return np.ones_like(logits) / self.temperature


@contextmanager
def a_head_of_ones_own() -> Iterator[Head]:
    """The head, registered as long as the context lasts."""
    HEADS.register(TemperedSoftmax)
    try:
        yield HEADS[TemperedSoftmax.name]
    finally:
        HEADS.unregister(TemperedSoftmax.name)
