"""What every experiment finds: arrays by variant and seed, and the tables that are made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.datasets.splitting import OVERLAP
from alternatives.experiments.curves import Curve, curves
from alternatives.experiments.experiment import Experiment
from alternatives.experiments.runs import Runs
from alternatives.heads import Floats
from alternatives.statistics import Better, Estimate, estimate, summary

E = TypeVar("E", bound=Experiment, covariant=True)


@dataclass(frozen=True, eq=False)
class Results(Generic[E]):
    """What an experiment found. NaN is a run that diverged, or what doesn't apply.

    Attributes
    ----------
    experiment : Experiment
    variants : tuple of str
        Names of the variants: of a comparison, its heads.
    learning_rates : array (n_variants,)
        Each variant's own.
    diverged : array of bool (n_variants, n_seeds)
    values : dict from measure to array (n_variants, n_seeds)
        On the test set.
    curves : dict from quantity to Curve
        What was recorded epoch by epoch.
    """

    experiment: E
    variants: tuple[str, ...]
    learning_rates: NDArray[np.float64]
    diverged: NDArray[np.bool_]
    values: dict[str, Floats]
    curves: dict[str, Curve]

    better: ClassVar[Mapping[str, Better]] = {"accuracy": "higher"}
    """Which way of a measure is better."""
    together: ClassVar[Sequence[str]] = ()
    """Measures whose tests are corrected as one family."""

    @staticmethod
    def common(
        experiment: Experiment, runs: Runs, diverged: NDArray[np.bool_], values: dict[str, Floats]
    ) -> dict[str, Any]:
        """The fields that all results have, of the variants that are shown, which come first."""
        n = len(diverged)
        shown = runs.variants[:n]
        return {
            "experiment": experiment,
            "variants": tuple(variant.name for variant in shown),
            "learning_rates": runs.learning_rates[:n],
            "diverged": diverged,
            "values": values,
            "curves": curves(runs.history.of(np.arange(n)), [variant.head.loss_unit for variant in shown]),
        }

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a measure and variant, as `alternatives.statistics.summary` describes it."""
        experiment = self.experiment
        return summary(
            self.values,
            self.variants,
            experiment.baseline,
            OVERLAP,
            self.better,
            self.together,
            experiment.variant_label,
        )

    def difference(self, first: str, second: str) -> Estimate:
        """One measure less another (n_variants,), paired over the seeds."""
        return estimate(self.values[first] - self.values[second], OVERLAP)

    @property
    def measures(self) -> pd.DataFrame:
        """Columns head (or variant), seed, measure, value: one row for each."""
        n_measures, n_variants, n_seeds = len(self.values), len(self.variants), self.experiment.n_seeds
        return pd.DataFrame(
            {
                self.experiment.variant_label: np.tile(np.repeat(self.variants, n_seeds), n_measures),
                "seed": np.tile(self.experiment.seeds, n_variants * n_measures),
                "measure": np.repeat(list(self.values), n_variants * n_seeds),
                "value": np.concatenate([values.ravel() for values in self.values.values()]),
            }
        )

    @property
    def runs(self) -> pd.DataFrame:
        """Columns head (or variant), seed, learning_rate, diverged: one row a run."""
        n_seeds = self.experiment.n_seeds
        return pd.DataFrame(
            {
                self.experiment.variant_label: np.repeat(self.variants, n_seeds),
                "seed": np.tile(self.experiment.seeds, len(self.variants)),
                "learning_rate": np.repeat(self.learning_rates, n_seeds),
                "diverged": self.diverged.ravel(),
            }
        )

    @property
    def history(self) -> pd.DataFrame:
        """Columns head (or variant), seed, epoch, quantity, value: every curve of every run."""
        variant, seed, epoch = (
            index.ravel() for index in np.indices(next(iter(self.curves.values())).values.shape)
        )
        index = {
            self.experiment.variant_label: np.array(self.variants)[variant],
            "seed": np.array(self.experiment.seeds)[seed],
            "epoch": epoch + 1,
        }
        frames = [
            pd.DataFrame(index | {"quantity": name, "value": curve.values.ravel()})
            for name, curve in self.curves.items()
        ]
        return pd.concat(frames, ignore_index=True)
