"""What every experiment finds: arrays by variant and seed, and the tables that are made of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alternatives.experiments.curves import Curve, curves
from alternatives.experiments.experiment import Experiment
from alternatives.experiments.runs import Runs
from alternatives.experiments.tuning import Trial, Tuning, still_falling
from alternatives.heads import Floats
from alternatives.statistics import Better, Between, Estimate, estimate, summary

THESE_DATA = "these data"
"""The question that is answered where an experiment has no field `question`: would the difference stay with
other splits and initialisations of this data set?"""

E = TypeVar("E", bound=Experiment, covariant=True)


@dataclass(frozen=True, eq=False)
class Results(Generic[E]):
    """What an experiment found. NaN is a run that diverged, or what doesn't apply.

    Attributes
    ----------
    experiment : Experiment
    variants : tuple of str
        Names of the variants: of a comparison, its heads.
    learning_rates, n_epochs : array (n_variants,)
        Each variant's own.
    tuning : DataFrame
        Columns head (or variant), learning_rate, epochs, at_edge, at_cap, still_falling, n_tried (settings of
        rate and parameters), epochs_tried (in all, on all tuning splits: what the tuning cost): what was
        chosen for each variant, and whether more might have been better: at_edge, the rate is at the bound of
        those that may be tried; at_cap, the number of epochs is the most that was allowed; still_falling, the
        validation loss still fell at the last epoch. Also weight_decay, where each variant uses its own best.
    trials : DataFrame
        Columns head (or variant), learning_rate, epoch, validation_loss, n_splits: what was tried, with the
        mean validation log loss on the tuning splits, NaN where a run diverged. Empty without tuning.
    diverged : array of bool (n_variants, n_seeds)
    values : dict from measure to array (n_variants, n_seeds)
        On the test set.
    curves : dict from quantity to Curve
        What was recorded epoch by epoch.
    between : dict from measure to Between
        Variances between data sets, of the measures that are means over samples.
    """

    experiment: E
    variants: tuple[str, ...]
    learning_rates: NDArray[np.float64]
    n_epochs: NDArray[np.int64]
    tuning: pd.DataFrame
    trials: pd.DataFrame
    diverged: NDArray[np.bool_]
    values: dict[str, Floats]
    curves: dict[str, Curve]
    between: dict[str, Between]

    better: ClassVar[Mapping[str, Better]] = {"accuracy": "higher"}
    """Which way of a measure is better; one that isn't named has verdicts, but no better way."""
    margins: ClassVar[Mapping[str, float | None]] = {"accuracy": 0.01}
    """Differences of a measure up to this size don't matter."""
    families: ClassVar[Sequence[Collection[str]]] = ()
    """Measures whose intervals hold together."""
    unranked: ClassVar[Collection[str]] = ()
    """Measures of which no mean is the best: one below 0 is below it by chance."""

    @staticmethod
    def common(
        experiment: Experiment,
        tuned: Tuning | None,
        runs: Runs,
        diverged: NDArray[np.bool_],
        values: dict[str, Floats],
        between: dict[str, Between] | None = None,
    ) -> dict[str, Any]:
        """The fields that all results have, of the variants that are shown, which come first."""
        n = len(diverged)
        shown = runs.variants[:n]
        return {
            "experiment": experiment,
            "variants": tuple(variant.name for variant in shown),
            "learning_rates": runs.learning_rates[:n],
            "n_epochs": runs.n_epochs[:n],
            "tuning": tuning_frame(experiment.variant_label, tuned, runs, n),
            "trials": _trials(experiment.variant_label, tuned, n),
            "diverged": diverged,
            "values": values,
            "curves": curves(runs.history.of(np.arange(n)), [variant.head.loss_unit for variant in shown]),
            "between": between or {},
        }

    def summarised(self) -> Self:
        """The same without each seed's own curves, of which charts show means and intervals alone.

        With many seeds and epochs they are nearly all of the memory that results take.
        """
        return replace(self, curves={name: curve.summarised() for name, curve in self.curves.items()})

    @property
    def finding_in_parts(self) -> tuple[str, str]:
        """The result in words: what matters most in a sentence, then the rest, which may be empty."""
        raise NotImplementedError

    @property
    def finding(self) -> str:
        """The result in a few sentences."""
        return " ".join(filter(None, self.finding_in_parts))

    @property
    def seeds(self) -> range:
        """The reported seeds."""
        return self.experiment.seeds

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a measure and variant, as `alternatives.statistics.summary` describes it."""
        return self._summary_of(self.values)

    def summary_of(self, *measures: str) -> pd.DataFrame:
        """The rows of some measures in `summary`; others are worked out only if their family needs them."""
        if "summary" not in vars(self):
            family = {each for each in self.families if not set(measures).isdisjoint(each)}
            members = {name for each in family for name in each} | set(measures)
            wanted = tuple(name for name in self.values if name in members)
            known = vars(self).setdefault("_known", {})
            frame = known[wanted] if wanted in known else known.setdefault(wanted, self._summary_of(wanted))
        else:
            frame = self.summary
        return frame[frame["measure"].isin(measures)]

    def _summary_of(self, measures: Iterable[str]) -> pd.DataFrame:
        experiment = self.experiment
        values = {name: self.values[name] for name in measures}
        frame = summary(
            values,
            self.variants,
            experiment.baseline,
            {name: self.better.get(name, "neither") for name in values},
            self.margins,
            self.families,
            self.between if getattr(experiment, "question", THESE_DATA) != THESE_DATA else None,
            experiment.variant_label,
        )
        return frame.assign(best=frame["best"] & ~frame["measure"].isin(self.unranked))

    def difference(self, first: str, second: str) -> Estimate:
        """One measure less another (n_variants,), paired over the seeds."""
        return estimate(self.values[first] - self.values[second])

    @property
    def measures(self) -> pd.DataFrame:
        """Columns head (or variant), seed, measure, value: one row for each."""
        label = self.experiment.variant_label
        axes = {"measure": list(self.values), label: self.variants, "seed": self.experiment.seeds}
        return tidy(axes, {"value": list(self.values.values())})[[label, "seed", "measure", "value"]]

    @property
    def runs(self) -> pd.DataFrame:
        """Columns head (or variant), seed, learning_rate, epochs, diverged: one row a run."""
        axes = {self.experiment.variant_label: self.variants, "seed": self.experiment.seeds}
        rates, epochs = (np.repeat(a, self.experiment.n_seeds) for a in (self.learning_rates, self.n_epochs))
        return tidy(axes, {"learning_rate": rates, "epochs": epochs, "diverged": self.diverged})

    @property
    def history(self) -> pd.DataFrame:
        """Columns quantity, head (or variant), seed, epoch, value: every curve; NaN after its last epoch.

        ValueError for summarised results, which don't have it any more.
        """
        if any(not curve.values.size for curve in self.curves.values()):
            raise ValueError("summarised results have no history of single seeds; run the experiment for it")
        axes = {
            "quantity": list(self.curves),
            self.experiment.variant_label: self.variants,
            "seed": self.experiment.seeds,
            "epoch": range(1, self.n_epochs.max() + 1),
        }
        return tidy(axes, {"value": [curve.values for curve in self.curves.values()]})


def tuning_frame(label: str, tuned: Tuning | None, runs: Runs, n: int) -> pd.DataFrame:
    """The frame `Results.tuning` of the first n variants."""
    none = np.zeros(n, bool)
    if tuned is None:
        losses = runs.history.validation_log_loss[:, :n].mean(0)
        falling = [still_falling(own[:last]) for own, last in zip(losses, runs.n_epochs, strict=False)]
    columns = {
        label: [job.variant.name for job in runs.jobs[:n]],
        "learning_rate": runs.learning_rates[:n],
        "epochs": runs.n_epochs[:n],
        "at_edge": none if tuned is None else tuned.at_edge[:n],
        "at_cap": none if tuned is None else tuned.at_cap[:n],
        "still_falling": falling if tuned is None else tuned.still_falling[:n],
        "n_tried": [0] * n if tuned is None else [len(own) for own in tuned.trials[:n]],
        "epochs_tried": [0] * n if tuned is None else [_epochs_tried(own) for own in tuned.trials[:n]],
    }
    decays = [job.variant.weight_decay for job in runs.jobs[:n]]
    if None not in decays:
        columns["weight_decay"] = decays
    return pd.DataFrame(columns)


def _epochs_tried(trials: Sequence[Trial]) -> int:
    return sum(trial.n_splits * trial.job.n_epochs for trial in trials)


def _trials(label: str, tuned: Tuning | None, n: int) -> pd.DataFrame:
    """The frame `Results.trials` of the first n variants."""
    names = [label, "learning_rate", "epoch", "validation_loss", "n_splits"]
    if tuned is None:
        return pd.DataFrame(columns=names)
    every = [trial for own in tuned.trials[:n] for trial in own]
    losses = np.array([trial.losses for trial in every])
    n_epochs = losses.shape[1]
    columns = [
        np.repeat(np.array([trial.job.variant.name for trial in every], object), n_epochs),
        np.repeat([trial.job.learning_rate for trial in every], n_epochs),
        np.tile(np.arange(1, n_epochs + 1), len(every)),
        np.where(np.isfinite(losses), losses, np.nan).ravel(),
        np.repeat([trial.n_splits for trial in every], n_epochs),
    ]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def tidy(axes: Mapping[str, Sequence[Any]], columns: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """A frame with a row for each combination of the axes' labels, in the order of arrays with these axes."""
    rows = pd.MultiIndex.from_product(list(axes.values()), names=list(axes)).to_frame(index=False)
    return rows.assign(**{name: np.ravel(values) for name, values in columns.items()})
