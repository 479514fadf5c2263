"""What the three experiments share: seeds, rates, networks trained side by side, and their tables."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.datasets import Dataset, Samples, Split, split
from alternatives.heads import HEADS, Floats
from alternatives.kinds import Number, NumberOr
from alternatives.linked import Linked, field
from alternatives.registry import Range
from alternatives.statistics import Better, estimate, summary
from alternatives.training import Architecture, History, Part, Recipe, Setting, seconds_of_run, train
from alternatives.training.parallel import ALONE_SECONDS
from alternatives.wording import listed

OWN_BEST = "own best"
"""The learning rate's word for: each with the rate that suits it best."""

RATES = (0.01, 0.03, 0.1)
"""The grid for that."""

CADENCE = 0.1
"""Seconds between two reports of the progress."""

WORDS = {"better": "more", "worse": "less"}


@dataclass(frozen=True)
class Experiment(Linked):
    """Networks that differ in one thing inside, the *variant*, each trained from several seeds.

    Parameters
    ----------
    n_seeds, first_seed : int
        Each seed is a split of the data, a start of the networks and an order of mini-batches.
    learning_rate : float or None
        None lets each variant have its own best of `RATES`, by the validation loss.
    n_epochs, batch_size : int
    """

    n_seeds: int = field("seeds", Number(Range(1, 30, "splits of the data to train on"), whole=True), 5)
    first_seed: int = field(
        "first_seed", Number(Range(0, 1_000_000, "number of the first seed"), whole=True), 0
    )
    learning_rate: float | None = field(
        "learning_rate",
        NumberOr(
            Number(Range(1e-6, 10, "learning rate, or each variant's own best", logarithmic=True)), OWN_BEST
        ),
        None,
    )
    n_epochs: int = field("epochs", Number(Range(1, 200, "passes over the training part"), whole=True), 12)
    batch_size: int = field("batch_size", Number(Range(1, 4096, "samples of a mini-batch"), whole=True), 64)

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


@dataclass(frozen=True)
class Progress:
    """How far an experiment is, from 0 to 1."""

    fraction: float


Watch = Callable[[Progress], None]
"""Hears of the progress in the caller's thread; whatever it raises stops the training."""


@dataclass(frozen=True, eq=False)
class Data:
    """The splits of a data set, stacked."""

    samples: Samples
    training: Part
    validation: Part
    test: Part
    test_index: NDArray[np.integer[Any]]
    """Rows of the first split's test part in the data set."""

    @property
    def overlap(self) -> float:
        """n_test / n_train, for the corrected intervals."""
        return self.test.X.shape[1] / self.training.X.shape[1]


@lru_cache(maxsize=8)
def data(dataset: Dataset, seeds: range) -> Data:
    """A split for every seed."""
    samples = dataset.load()
    splits = [split(samples, seed) for seed in seeds]
    training, validation, test = (_part(splits, name) for name in ("train", "validation", "test"))
    return Data(samples, training, validation, test, splits[0].test_index)


def _part(splits: Sequence[Split], name: str) -> Part:
    return Part(
        np.stack([getattr(each, f"X_{name}") for each in splits]),
        np.stack([getattr(each, f"targets_{name}") for each in splits]),
    )


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


class _Stopped(Exception):
    """Somebody has lost interest."""


def trained(
    architectures: Mapping[str, Architecture],
    experiment: Experiment,
    of: Data,
    watch: Watch | None = None,
    rates: Mapping[str, float] | None = None,
    n_jobs: int | None = None,
) -> dict[str, Variant]:
    """Train every variant, each as a stack of its seeds and rates, side by side on all cores.

    Parameters
    ----------
    architectures : mapping from variant
    experiment : Experiment
    of : Data
    watch : callable, optional
    rates : mapping from variant to the one rate that it's trained with, optional
        By default the experiment's.
    n_jobs : int, optional

    Returns
    -------
    dict
        The numbers don't depend on the other variants, nor on `n_jobs`.
    """
    head, recipe, seeds = HEADS["softmax"], experiment.recipe, list(experiment.seeds)
    of_variant = {name: (rates[name],) if rates else experiment.rates for name in architectures}
    n_samples = of.training.X.shape[1]
    seconds = sum(
        seconds_of_run(network, recipe, n_samples) * len(seeds) * len(of_variant[name])
        for name, network in architectures.items()
    )
    n_jobs = n_jobs or (1 if seconds < ALONE_SECONDS else os.cpu_count() or 1)
    done, stop = dict.fromkeys(architectures, 0), threading.Event()

    def one(name: str) -> Variant:
        def follow(n_epochs: int, history: History) -> None:
            done[name] = n_epochs
            if stop.is_set():
                raise _Stopped
            if watch and n_jobs == 1:
                watch(progress())

        network = architectures[name]
        settings = [Setting(head, rate) for rate in of_variant[name]]
        result = train(network, recipe, settings, seeds, of.training, of.validation, follow, n_jobs=n_jobs)
        losses = result.history.validation_loss[..., -1].mean(0)
        best = int(np.where(np.isnan(losses), np.inf, losses).argmin())
        history = History(
            **{key: getattr(result.history, key)[:, [best]] for key in History.__dataclass_fields__}
        )
        return _variant(network, of_variant[name][best], result.parameters[:, best], history, of)

    def progress() -> Progress:
        return Progress(sum(done.values()) / (len(done) * recipe.n_epochs))

    if n_jobs == 1:
        return {name: one(name) for name in architectures}
    with ThreadPoolExecutor(len(architectures)) as threads:
        under_way: dict[str, Future[Variant]] = {name: threads.submit(one, name) for name in architectures}
        try:
            unfinished = set(under_way.values())
            while unfinished:
                ended, unfinished = wait(unfinished, CADENCE, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                if watch:
                    watch(progress())
        finally:
            stop.set()
    return {name: future.result() for name, future in under_way.items()}


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

    Quantities: training loss, validation loss, validation accuracy, gradient of layer 1, 2, …
    """
    frames = []
    for name, variant in variants.items():
        history = variant.history
        quantities = {
            "training loss": history.training_loss[:, 0],
            "validation loss": history.validation_loss[:, 0],
            "validation accuracy": history.validation_accuracy[:, 0],
        }
        for layer in range(variant.architecture.n_layers):
            quantities[f"gradient of layer {layer + 1}"] = history.gradient_of_layers[:, 0, :, layer]
        for quantity, values in quantities.items():
            columns = interval(values) | {"variant": name, "quantity": quantity}
            frames.append(pd.DataFrame({"epoch": np.arange(1, values.shape[1] + 1), **columns}))
    return pd.concat(frames, ignore_index=True)[["variant", "epoch", "quantity", "mean", "low", "high"]]


def interval(values: Floats) -> dict[str, Any]:
    """Columns mean, low, high over the first axis, the seeds."""
    over_seeds = estimate(values, axis=0)
    return {"mean": over_seeds.mean, "low": over_seeds.low, "high": over_seeds.high}


def compared(
    frame: pd.DataFrame, baseline: str, overlap: float, better: Mapping[str, Better]
) -> pd.DataFrame:
    """`statistics.summary` of columns variant, seed, measure, value."""
    table = summary(frame.rename(columns={"variant": "head"}), baseline, overlap, better)
    return table.rename(columns={"head": "variant"})


def tidy(experiment: Experiment, values: Mapping[str, Mapping[str, Floats]]) -> pd.DataFrame:
    """Columns variant, seed, measure, value of values (n_seeds,) by measure and variant."""
    frames = [
        pd.DataFrame({"variant": name, "seed": list(experiment.seeds), "measure": measure, "value": of_seeds})
        for measure, by_variant in values.items()
        for name, of_seeds in by_variant.items()
    ]
    return pd.concat(frames, ignore_index=True)


def entropy(weights: Floats) -> Floats:
    """Entropy (...) in nats of the shares that non-negative weights (..., n) have."""
    whole = weights.sum(-1, keepdims=True)
    shares = weights / np.where(whole > 0, whole, 1)
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(-1)


def percent(share: float) -> str:
    """A share as text: 97.2 %."""
    return f"{100 * share:.1f} %" if np.isfinite(share) else "–"


def accuracy_clauses(table: pd.DataFrame, baseline: str) -> str:
    """Who is more or less accurate than the baseline, and by how much, in words."""
    rows = table[(table["measure"] == "accuracy") & (table["variant"] != baseline)]
    own = table[(table["measure"] == "accuracy") & (table["variant"] == baseline)]["mean"]
    start = f"{baseline} reaches {percent(float(own.iloc[0]))}"
    clauses = []
    for verdict, word in WORDS.items():
        those = rows[rows["verdict"] == verdict].sort_values("difference", key=abs, ascending=False)
        if len(those):
            told = [
                f"{name} ({100 * difference:+.1f} points)".replace("-", "−")
                for name, difference in zip(those["variant"], those["difference"], strict=True)
            ]
            clauses.append(f"{listed(told)} {'is' if len(told) == 1 else 'are'} {word} accurate")
    same = rows[rows["verdict"] == "no difference"]["variant"]
    if len(same):
        clauses.append(f"{listed(list(same), 'or')} can't be told from it")
    few = rows[rows["verdict"] == "too few seeds"]["variant"]
    if len(few):
        clauses.append(f"too few seeds finished to tell of {listed(list(few))}")
    return "; ".join([start, *clauses])
