"""Results of every experiment in the arrays that charts read, made from their frames."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from alternatives.statistics import Estimate, estimate

OVERLAP = 0.2 / 0.6
Results: TypeAlias = Any
Progress: TypeAlias = Any


@dataclass(frozen=True, eq=False)
class Band:
    mean: Any
    low: Any
    high: Any


@dataclass(frozen=True, eq=False)
class Curve:
    unit: str
    logarithmic: bool
    band: Band
    values: Any = None


class Found:
    def __init__(self, results: Any) -> None:
        self._ = results
        self.experiment = getattr(results, "experiment", None) or results.comparison
        frame = next(
            getattr(results, name)
            for name in ("runs", "accuracy", "curves")
            if isinstance(getattr(results, name, None), pd.DataFrame)
        )
        self.label = "head" if "head" in frame else "variant"
        self.variants = tuple(dict.fromkeys(frame[self.label]))

    def _by_variant(self, values: Any) -> Any:
        return values.to_numpy().reshape(len(self.variants), -1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._, name)

    @cached_property
    def values(self) -> dict[str, Any]:
        frame = self._.measures
        names = dict.fromkeys(frame["measure"])
        return {name: self._by_variant(frame["value"][frame["measure"] == name]) for name in names}

    @cached_property
    def diverged(self) -> Any:
        return self._by_variant(self._.runs["diverged"])

    @cached_property
    def summary(self) -> Any:
        verdict = self._.summary["verdict"].replace("no difference", "undecided")
        return self._.summary.assign(verdict=verdict)

    @cached_property
    def curves(self) -> dict[str, Curve]:
        curves = self._.curves
        if callable(curves):
            frames = [curves(name) for name in ("training loss", "validation loss", "gradient at the logits", "gradient of layer 1")]
            curves = pd.concat(frames)
        return {name: self._curve(name, curves[curves["quantity"] == name]) for name in dict.fromkeys(curves["quantity"])}

    def _curve(self, name: str, frame: pd.DataFrame) -> Curve:
        share = name.endswith("accuracy")
        unit = "%" if share else "nats" if name.endswith("loss") else ""
        unit = "nats per logit" if name.endswith("logits") else unit
        band = Band(*(self._by_variant(frame[each]) for each in ("mean", "low", "high")))
        return Curve(unit, not share, band)

    def difference(self, first: str, second: str) -> Estimate:
        return estimate(self.values[first] - self.values[second], OVERLAP)

    @property
    def learning_rates(self) -> Any:
        return self._by_variant(self._.runs["learning_rate"])[:, 0]

    @property
    def seconds(self) -> Any:
        return self._by_variant(self._.runs["training_seconds"])[:, 0]

    @property
    def rates(self) -> Any:
        return self.experiment.learning_rates

    @property
    def validation_losses(self) -> Any:
        losses = self._by_variant(self._.rates["validation_loss"])
        return np.where(np.isnan(losses), np.inf, losses)

    @property
    def class_names(self) -> Any:
        return tuple(dict.fromkeys(self._.confusion["true"]))

    @property
    def confusion_counts(self) -> Any:
        n = len(self.class_names)
        return self._by_variant(self._.confusion["count"]).reshape(-1, n, n)

    @cached_property
    def decisions(self) -> Any:
        return Decisions(self) if len(self._.decision) else None


class Decisions:
    def __init__(self, found: Found) -> None:
        decision, points = found._.decision, found._.points
        self.plane = self
        self.corners = {
            name: found._by_variant(decision[name])[0].astype(float) for name in ("x", "x2", "y", "y2")
        }
        self.points = points[["x", "y"]].to_numpy()
        self.classes = points["class"].to_numpy()
        self.feature_names = found.experiment.dataset.load().feature_names
        self.predicted = found._by_variant(decision["predicted"])
        self.confidence = found._by_variant(decision["confidence"]).astype(float)


def band(values: Any, axis: int = 0) -> Band:
    over_seeds = estimate(values, OVERLAP, axis)
    return Band(over_seeds.mean, over_seeds.low, over_seeds.high)


class Fixed:
    """A band that is known: seeds equal to its mean would lose the interval."""


KEPT: "WeakKeyDictionary[Any, Found]" = WeakKeyDictionary()


def found(results: Any) -> Any:
    if results not in KEPT:
        KEPT[results] = Found(results)
    return KEPT[results]
