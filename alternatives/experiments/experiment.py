"""What the three experiments share: seeds, rates, networks trained side by side, and their tables."""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.datasets import Dataset, Samples, split, stacked
from alternatives.heads import HEADS, Floats
from alternatives.serving.limits import Cost
from alternatives.state import Linked, Range, field
from alternatives.statistics import LEVEL, Better, estimate, summary
from alternatives.training import (
    Architecture,
    History,
    Plan,
    Recipe,
    Setting,
    Subset,
    seconds_of_run,
    train_all,
)
from alternatives.wording import listed

OWN_BEST = "own best"
"""The learning rate's word for: each with the rate that suits it best."""

RATES = (0.01, 0.03, 0.1)
"""The grid for that.

On the default data each kind's best of 0.003, 0.01, 0.03, 0.1, 0.3 is one of these three, or as good.
"""

WORDS = {"better": "more", "worse": "less"}
UNDECIDED = {"no difference": "", "too few seeds": ", for too few seeds finished"}

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Settings(Linked):
    """What every experiment can be told.

    Parameters
    ----------
    n_seeds, first_seed : int
        Each seed is a split of the data, a start of the networks and an order of mini-batches.
    learning_rate : float or None
        None lets each variant have its own best of `RATES`, by the validation loss.
    n_epochs, batch_size : int
    """

    n_seeds: int = field(
        "seeds",
        Range(1, 30, "repetitions, each with its own split, initialisation and batch order", whole=True),
        5,
    )
    first_seed: int = field(
        "first_seed", Range(0, 1_000_000, "random seed of the first repetition", whole=True), 0
    )
    learning_rate: float | None = field(
        "learning_rate",
        Range(
            1e-6,
            10,
            "size of the optimiser's steps; own best: the rate with the variant's lowest validation loss",
            logarithmic=True,
            none=OWN_BEST,
        ),
        None,
    )
    n_epochs: int = field("epochs", Range(1, 200, "passes over the training set", whole=True), 8)
    batch_size: int = field("batch_size", Range(1, 4096, "samples in a mini-batch", whole=True), 64)

    @property
    def seeds(self) -> range:
        """The seeds, from the first on."""
        return range(self.first_seed, self.first_seed + self.n_seeds)

    @property
    def rates(self) -> tuple[float, ...]:
        """The rates that every variant is trained with."""
        return RATES if self.learning_rate is None else (self.learning_rate,)

    @property
    def recipe(self) -> Recipe:
        """How every run learns."""
        return Recipe("adam", self.n_epochs, self.batch_size)

    @property
    def how(self) -> str:
        """The seeds and epochs in words."""
        seeds = "one seed" if self.n_seeds == 1 else f"{self.n_seeds} seeds"
        return f"over {seeds} of {self.n_epochs} epoch{'s' * (self.n_epochs > 1)}"

    @property
    def method(self) -> str:
        """How rates were chosen and differences told, in a line."""
        rate = f"learning rate {self.rates[0]:g}"
        if self.learning_rate is None:
            rate = f"each with its own best of the learning rates {listed([f'{rate:g}' for rate in RATES])}"
        return (
            f"Adam, mini-batches of {self.batch_size}, {rate}. Differences are paired over the seeds and "
            f"told at {100 * (1 - LEVEL):.0f} %, corrected for shared samples and, by Holm, for their number."
        )


class Experiment(Settings):
    """Networks that differ in one thing inside, the *variant*, each trained from several seeds."""

    dataset: Dataset

    @property
    @abstractmethod
    def baseline(self) -> str:
        """The variant that the others are compared to."""

    @abstractmethod
    def networks(self, samples: Samples) -> Mapping[Any, Architecture]:
        """What is trained on these samples."""

    def cost(self) -> Cost:
        """About what the experiment costs; loads its data set."""
        samples = self.dataset.load()
        (n_samples, n_features), n_runs = samples.X.shape, self.n_seeds * len(self.rates)
        seconds = n_bytes = 0.0
        for network in self.networks(samples).values():
            seconds += n_runs * seconds_of_run(network, self.recipe, int(0.6 * n_samples))
            # Parameters, gradients and moments; and what is kept of each seed's hidden units to look at.
            units = sum(network.layer_sizes) + network.n_classes
            n_bytes += 4 * 4 * n_runs * network.n_parameters + 4 * 8 * self.n_seeds * n_samples / 5 * units
        return Cost(seconds, 1e-6 * (n_bytes + 2 * 4 * self.n_seeds * n_samples * n_features))


@dataclass(frozen=True, eq=False)
class Progress:
    """How far an experiment is.

    Attributes
    ----------
    experiment : Experiment
    fraction : float
        From 0 to 1.
    epoch : int
        The last one that every run has finished.
    histories : mapping
        Of everything that is trained, at every rate.
    """

    experiment: Experiment
    fraction: float
    epoch: int
    histories: Mapping[Any, History]

    @property
    def curves(self) -> pd.DataFrame:
        """As the results', of the variants alone, each at the rate that is best so far."""
        frames = []
        for name, history in self.histories.items():
            if isinstance(name, str) and self.epoch:
                best = _best(history.validation_loss[..., self.epoch - 1])
                frames.append(_curves(name, _of_rate(history, best), self.epoch))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


Watch = Callable[[Progress], None]
"""Hears of the progress in the caller's thread; whatever it raises stops the training."""


@dataclass(frozen=True, eq=False)
class Data:
    """The splits of a data set, stacked."""

    samples: Samples
    training: Subset
    validation: Subset
    test: Subset
    test_index: NDArray[np.integer[Any]]
    """Rows of the first split's test part in the data set."""


OVERLAP = 0.2 / 0.6
"""Test samples over training samples of a split: how much the seeds' results hang together."""


@lru_cache(maxsize=8)
def data(dataset: Dataset, seeds: range) -> Data:
    """A split for every seed."""
    samples = dataset.load()
    splits = [split(samples, seed) for seed in seeds]
    training, validation, test = (Subset(*stacked(splits, name)) for name in ("train", "validation", "test"))
    return Data(samples, training, validation, test, splits[0].test_index)


@dataclass(frozen=True, eq=False)
class Variant:
    """Trained networks of one variant at its chosen rate: parameters (n_seeds, n_parameters)."""

    architecture: Architecture
    learning_rate: float
    parameters: Floats
    history: History
    """Arrays (n_seeds, 1, n_epochs, …)."""
    accuracy: NDArray[np.float64]
    """On the test part, (n_seeds,); NaN where a run diverged."""


def trained(
    networks: Mapping[Key, Architecture],
    experiment: Experiment,
    of: Data,
    watch: Watch | None = None,
    n_jobs: int | None = None,
) -> dict[Key, Variant]:
    """Train networks side by side, each from every seed and with every rate, of which the best is kept.

    Parameters
    ----------
    networks : mapping
        The variants by their names; others by whatever else tells them apart.
    experiment : Experiment
    of : Data
    watch : callable, optional
    n_jobs : int, optional

    Returns
    -------
    dict
        The numbers of one don't depend on the others, nor on `n_jobs`.
    """
    settings = [Setting(HEADS["softmax"], rate) for rate in experiment.rates]
    seeds = list(experiment.seeds)
    plans = [
        Plan(network, experiment.recipe, settings, seeds, of.training, of.validation)
        for network in networks.values()
    ]

    def report(finished: Sequence[int], histories: Sequence[History]) -> None:
        if watch:
            fraction = sum(finished) / (len(finished) * experiment.n_epochs)
            by_name = dict(zip(networks, histories, strict=True))
            watch(Progress(experiment, fraction, min(finished), by_name))

    variants = {}
    for (name, network), result in zip(
        networks.items(), train_all(plans, report, n_jobs=n_jobs), strict=True
    ):
        best = _best(result.history.validation_loss[..., -1])
        parameters, history = result.parameters[:, best], _of_rate(result.history, best)
        variants[name] = _variant(network, experiment.rates[best], parameters, history, of)
    return variants


def _best(losses: Floats) -> int:
    """The rate with the least loss (n_seeds, n_rates); none at which a run diverged, if there is another."""
    means = losses.mean(0)
    return int(np.where(np.isnan(means), np.inf, means).argmin())


def _of_rate(history: History, rate: int) -> History:
    return History(**{name: getattr(history, name)[:, [rate]] for name in History.__dataclass_fields__})


def _variant(network: Architecture, rate: float, parameters: Floats, history: History, of: Data) -> Variant:
    with np.errstate(all="ignore"):
        probabilities = HEADS["softmax"].probabilities(network.logits(parameters, of.test.X))
    accuracy = (probabilities.argmax(-1) == of.test.targets).mean(-1)
    failed = history.diverged[:, 0] | ~np.isfinite(probabilities).all((-1, -2))
    return Variant(network, rate, parameters, history, np.where(failed, np.nan, accuracy))


def runs(experiment: Experiment, variants: Mapping[str, Variant]) -> pd.DataFrame:
    """Columns variant, seed, learning_rate, accuracy, diverged."""
    frames = [
        pd.DataFrame(
            {
                "variant": name,
                "seed": list(experiment.seeds),
                "learning_rate": variant.learning_rate,
                "accuracy": variant.accuracy,
                "diverged": np.isnan(variant.accuracy),
            }
        )
        for name, variant in variants.items()
    ]
    return pd.concat(frames, ignore_index=True)


def curves(variants: Mapping[str, Variant]) -> pd.DataFrame:
    """Columns variant, epoch, quantity, mean, low, high.

    Quantities: training loss, validation loss, validation accuracy, gradient of layer 1, 2, … Of the
    gradients it's the geometric mean: they differ by factors.
    """
    frames = [_curves(name, variant.history) for name, variant in variants.items()]
    return pd.concat(frames, ignore_index=True)


def histories(experiment: Experiment, variants: Mapping[str, Variant]) -> pd.DataFrame:
    """Columns variant, seed, epoch, quantity, value: what `curves` are of."""
    seed, epoch = (index.ravel() for index in np.indices((experiment.n_seeds, experiment.n_epochs)))
    index = {"seed": np.array(experiment.seeds)[seed], "epoch": epoch + 1}
    frames = [
        pd.DataFrame({"variant": name} | index | {"quantity": quantity, "value": values.ravel()})
        for name, variant in variants.items()
        for quantity, values in _quantities(variant.history).items()
    ]
    return pd.concat(frames, ignore_index=True)


def _quantities(history: History) -> dict[str, Floats]:
    """Arrays (n_seeds, n_epochs) by the names that frames have for them."""
    gradients = history.gradient_of_layers[:, 0]
    return {
        "training loss": history.training_loss[:, 0],
        "validation loss": history.validation_loss[:, 0],
        "validation accuracy": history.validation_accuracy[:, 0],
        **{f"gradient of layer {n + 1}": gradients[..., n] for n in range(gradients.shape[-1])},
    }


def _curves(name: str, history: History, n_epochs: int | None = None) -> pd.DataFrame:
    frames = []
    for quantity, values in _quantities(history).items():
        values = values[:, :n_epochs]
        if quantity.startswith("gradient"):
            band = interval(np.log(np.maximum(values, np.finfo(np.float32).tiny)))
            band = {key: np.exp(value) for key, value in band.items()}
        else:
            band = interval(values)
        index = {"variant": name, "epoch": np.arange(1, values.shape[1] + 1), "quantity": quantity}
        frames.append(pd.DataFrame(index | band))
    return pd.concat(frames, ignore_index=True)


def interval(values: Floats) -> dict[str, Any]:
    """Columns mean, low, high over the first axis, the seeds."""
    over_seeds = estimate(values, OVERLAP, axis=0)
    return {"mean": over_seeds.mean, "low": over_seeds.low, "high": over_seeds.high}


def compared(frame: pd.DataFrame, baseline: str, better: Mapping[str, Better]) -> pd.DataFrame:
    """`statistics.summary` of columns variant, seed, measure, value."""
    table = summary(frame.rename(columns={"variant": "head"}), baseline, OVERLAP, better)
    return table.rename(columns={"head": "variant"})


def tidy(experiment: Experiment, values: Mapping[str, Mapping[str, Floats]]) -> pd.DataFrame:
    """Columns variant, seed, measure, value of values (n_seeds,) by measure and variant."""
    frames = [
        pd.DataFrame({"variant": name, "seed": list(experiment.seeds), "measure": measure, "value": of_seeds})
        for measure, by_variant in values.items()
        for name, of_seeds in by_variant.items()
    ]
    return pd.concat(frames, ignore_index=True)


def shares_of(weights: Floats) -> Floats:
    """Weights (..., n) as shares of their sum; of nothing where that's 0."""
    whole = weights.sum(-1, keepdims=True)
    return weights / np.where(whole == 0, 1, whole)


def entropy(shares: Floats) -> Floats:
    """Entropy (...) in nats of shares (..., n)."""
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(-1)


def accuracy_clauses(table: pd.DataFrame, baseline: str) -> str:
    """Who is more or less accurate than the baseline, and by how much, in words."""
    of_accuracy = table[table["measure"] == "accuracy"].set_index("variant")
    own, rows = float(of_accuracy["mean"][baseline]), of_accuracy.drop(baseline)
    clauses = [f"{baseline} reaches {100 * own:.1f} %" if np.isfinite(own) else f"{baseline} diverges"]
    for verdict, word in WORDS.items():
        those = rows[rows["verdict"] == verdict].sort_values("difference", key=abs, ascending=False)
        if len(those):
            told = [f"{name} ({points(difference)})" for name, difference in those["difference"].items()]
            clauses.append(f"{listed(told)} {'is' if len(told) == 1 else 'are'} {word} accurate")
    for verdict, word in UNDECIDED.items():
        those = rows[rows["verdict"] == verdict]
        if len(those):
            none = len(those) == len(rows) > 1
            others = "no other can" if none else f"{listed(those.index, 'or')} can't"
            clauses.append(f"{others} be told from it{word}")
    return "; ".join(clauses)


def points(difference: float) -> str:
    """A difference of shares: −3.2 points."""
    return f"{100 * difference:+.1f} points".replace("-", "−")
