"""What every head says of each of the first seed's test samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats, Integers

MOST_NUMBERS = 500_000
"""Probabilities that are kept, which is 4 MB: of more, those of the worst errors."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Each head's probabilities for the first seed's test samples, or for as many as are kept.

    Attributes
    ----------
    places : array (n_samples,)
        The samples' places in the test set, in its order.
    rows : array (n_samples,)
        Their rows in the data set.
    targets : array (n_samples,)
        Their true classes.
    probabilities : array (n_heads, n_samples, n_classes)
        NaN where a network diverged.
    n_test : int
        Samples of the test set.
    n_wrong : array (n_heads,)
        How many of the test set each head gets wrong.
    by_n_heads : array (n_heads + 1,)
        How many of the test set as many heads get wrong: by none, by one, and so on.
    """

    places: Integers
    rows: Integers
    targets: Integers
    probabilities: Floats
    n_test: int
    n_wrong: Integers
    by_n_heads: Integers

    @classmethod
    def of(
        cls, probabilities: Floats, targets: Integers, rows: Integers, most: int = MOST_NUMBERS
    ) -> "Predictions":
        """Those of a whole test set. Where it is too large, what heads get most confidently wrong is kept."""
        n_heads, n_test, n_classes = probabilities.shape
        predicted = _predicted(probabilities)
        wrong = (predicted != targets) & (predicted >= 0)
        n_kept = max(1, most // (n_heads * n_classes))
        kept = np.arange(n_test)
        if n_kept < n_test:
            worst = np.where(wrong, probabilities.max(-1), 0.0).max(0)
            kept = np.sort(np.argsort(-worst, kind="stable")[:n_kept])
        by_n_heads = np.bincount(wrong.sum(0), minlength=n_heads + 1)
        held = np.take(probabilities, kept, axis=1)  # a copy: a view would keep all seeds' alive
        return cls(kept, rows[kept], targets[kept], held, n_test, wrong.sum(1), by_n_heads)

    @property
    def n_samples(self) -> int:
        """How many samples are kept."""
        return len(self.targets)

    @property
    def predicted(self) -> Integers:
        """The most probable class (n_heads, n_samples); -1 where a network diverged."""
        return _predicted(self.probabilities)

    @property
    def confidence(self) -> Floats:
        """The largest probability (n_heads, n_samples)."""
        return self.probabilities.max(-1)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Where a head (n_heads, n_samples) predicts another class than the true one."""
        predicted = self.predicted
        return (predicted != self.targets) & (predicted >= 0)

    def most_confident(self, head: int, true: int | None = None, predicted: int | None = None) -> Integers:
        """Places of samples of a true and a predicted class, those first of which the head is most confident.

        Without a predicted class, those that the head gets wrong; without a true one, those of any class.
        """
        chosen = self.wrong[head] if predicted is None else self.predicted[head] == predicted
        if true is not None:
            chosen = chosen & (self.targets == true)
        places = np.flatnonzero(chosen)
        return places[np.argsort(-self.confidence[head, places], kind="stable")]


def _predicted(probabilities: Floats) -> Integers:
    return np.where(np.isfinite(probabilities).all(-1), probabilities.argmax(-1), -1)
