"""Results: what a comparison found, as tidy frames."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alternatives.experiments.comparison import Comparison


@dataclass(frozen=True, eq=False)
class Results:
    """What a comparison found.

    Frames are tidy; `head` holds a head's name. NaN is a run that diverged, or what doesn't apply.

    Attributes
    ----------
    comparison : Comparison
    runs : one row a head and seed
        learning_rate, diverged, training_seconds (of one core), temperature.
    measures : head, seed, measure, value
        On the test part. Measures after temperature scaling have a name of their own.
    summary : one row a measure and head
        As `alternatives.statistics.summary` describes it.
    history : head, seed, epoch, quantity, value
        Losses, validation accuracy and gradient magnitudes by epoch.
    curves : head, epoch, quantity, mean, low, high
        The same over the seeds: mean and 95 % t interval, of the logarithm for gradient magnitudes.
    reliability : head, binning, bin, left, right, confidence, accuracy, low, high, count, share
        Pooled over the seeds.
    rates : head, learning_rate, validation_loss, chosen, at_edge
        Every learning rate that was tried, with its mean validation log loss; `at_edge` marks a chosen
        rate that is the grid's first or last.
    confusion : head, true, predicted, count, share
        Pooled over the seeds; share of the true class.
    decision : head, x, x2, y, y2, predicted, confidence
        Cells of the plane, for data of two features; otherwise empty. First seed.
    points : x, y, class
        The first seed's test part, for the same data.
    finding : str
        The result in a sentence or two.
    """

    comparison: Comparison
    runs: pd.DataFrame
    measures: pd.DataFrame
    summary: pd.DataFrame
    history: pd.DataFrame
    curves: pd.DataFrame
    reliability: pd.DataFrame
    rates: pd.DataFrame
    confusion: pd.DataFrame
    decision: pd.DataFrame
    points: pd.DataFrame
    finding: str

    def to_csv(self) -> str:
        """One row a head, seed and measure."""
        return self.measures.to_csv(index=False)

    def to_json(self) -> str:
        """Comparison, finding, and the frames `summary`, `runs`, `rates` and `measures` as lists of rows.

        Every digit is there; null is a number that isn't finite.
        """
        frames: dict[str, Any] = {}
        for name in ("summary", "runs", "rates", "measures"):
            frame = getattr(self, name).replace([np.inf, -np.inf], np.nan)
            frames[name] = frame.astype(object).where(frame.notna(), None).to_dict("records")
        head = {"comparison": self.comparison.texts(), "finding": self.finding}
        return json.dumps(head | frames, ensure_ascii=False, indent=1)
