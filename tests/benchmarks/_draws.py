"""Data sets drawn from known sources, and heads trained on many of them at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alternatives.datasets import Samples, split
from alternatives.datasets.splitting import Split
from alternatives.experiments import ComparisonResults
from alternatives.experiments.comparison import FIRST_RATES
from alternatives.experiments.data import Data
from alternatives.experiments.runs import Variant
from alternatives.experiments.tuning import Search, Tuning, tune
from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.measures import OF_SAMPLES
from alternatives.statistics import Between
from alternatives.training import Network, Plan, Recipe, Setting, Subset, train

FAMILY = tuple(name for name in ComparisonResults.families[0] if name in OF_SAMPLES)
"""What is measured: means over the test samples, one family of intervals."""

MOST_EPOCHS = 40
BATCH_SIZE = 32


@dataclass(frozen=True)
class Source:
    """Where data sets come from: Gaussian classes, or labels drawn from a head's probabilities.

    The teacher's logits are linear in the features.
    """

    teacher: str = ""
    n_samples: int = 300
    n_features: int = 6
    n_classes: int = 4
    spread: float = 1.2
    """Standard deviation of the classes' means, or of the teacher's logits."""

    def draw(self, seed: int) -> Samples:
        """One data set."""
        fixed, random = np.random.default_rng(0), np.random.default_rng([self.n_samples, seed])
        directions = self.spread * fixed.normal(size=(self.n_classes, self.n_features))
        if self.teacher:
            X = random.normal(size=(self.n_samples, self.n_features))
            logits = X @ directions.T / np.sqrt(self.n_features) + 0.5 * fixed.normal(size=self.n_classes)
            probabilities = HEADS[self.teacher].class_probabilities(logits)
            below = np.cumsum(probabilities, -1)[:, :-1]
            targets = (random.random((self.n_samples, 1)) > below).sum(-1)
        else:
            targets = random.permutation(np.arange(self.n_samples) % self.n_classes)
            X = directions[targets] + random.normal(size=(self.n_samples, self.n_features))
        names = tuple(f"class {index + 1}" for index in range(self.n_classes))
        return Samples(X, targets, names, tuple(f"x{index + 1}" for index in range(self.n_features)))


class Choice(NamedTuple):
    """A head with the learning rate and the number of epochs that it is trained with."""

    head: Head
    learning_rate: float
    n_epochs: int
    shift: int = 0
    """Added to the seeds of the initial weights and mini-batches, not to those of the splits."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What heads came to on one data set.

    `samples` are arrays (n_heads, n_seeds, n_test) by measure, one value a test sample; `test_index`
    (n_seeds, n_test) says which samples these are.
    """

    samples: dict[str, Floats]
    test_index: Integers
    n_samples: int
    by_split: dict[str, Floats] | None = None
    """As `Tuning.by_split` has them."""

    @property
    def values(self) -> dict[str, Floats]:
        """Arrays (n_heads, n_seeds) by measure."""
        return {name: values.mean(-1) for name, values in self.samples.items()}

    def first(self, n_seeds: int, n_heads: int | None = None) -> "Measured":
        """The first seeds, and heads, alone."""
        samples = {name: values[:n_heads, :n_seeds] for name, values in self.samples.items()}
        by_split = self.by_split and {name: values[:n_heads] for name, values in self.by_split.items()}
        return Measured(samples, self.test_index[:n_seeds], self.n_samples, by_split)

    def between(self) -> dict[str, Between]:
        """Variances between data sets, by measure, beside the first head."""
        return {
            name: Between.of(
                values, 0, self.test_index, self.n_samples, self.by_split[name] if self.by_split else None
            )
            for name, values in self.samples.items()
        }


def tuned(
    samples: Sequence[Samples], heads: Sequence[Head], hidden: tuple[int, ...], seeds: Sequence[range]
) -> list[tuple[list[Choice], Tuning]]:
    """Each head's learning rate and number of epochs on each data set, by its tuning splits' seeds."""
    search, recipe = (
        Search(FIRST_RATES["adam"], MOST_EPOCHS, any_epoch=True),
        Recipe("adam", MOST_EPOCHS, BATCH_SIZE),
    )
    found = []
    for each, own in zip(samples, seeds, strict=True):
        splits = [split(each, seed) for seed in own]
        parts = [_subset(splits, name) for name in ("train", "validation", "test")]
        data = Data(each, *parts, np.stack([part.test_index for part in splits]))
        network = _network(each, hidden)
        candidates = [(Variant(head.name, network, head),) for head in heads]
        tuning = tune(candidates, search, recipe, data, own)
        choices = [Choice(job.variant.head, job.learning_rate, job.n_epochs) for job in tuning.jobs]
        found.append((choices, tuning))
    return found


def measured(
    samples: Sequence[Samples],
    choices: Sequence[Sequence[Choice]],
    hidden: tuple[int, ...],
    seeds: Sequence[range],
    watch: Callable[[Floats], object] | None = None,
) -> list[Measured]:
    """Train heads on every data set from every seed, as few stacks.

    Parameters
    ----------
    samples : sequence of Samples
        Data sets of one shape.
    choices : sequence of sequences of Choice
        By data set, the heads to train. All data sets have as many.
    hidden : tuple of int
        Units of the hidden layers.
    seeds : sequence of range
        By data set. All have as many.
    watch : callable, optional
        Gets the probabilities (n_heads, n_seeds, n_test, n_classes) of each data set.
    """
    splits = [[split(each, seed) for seed in own] for each, own in zip(samples, seeds, strict=True)]
    wanted: dict[Choice, list[tuple[int, int]]] = {}
    for index, own in enumerate(choices):
        for place, choice in enumerate(own):
            wanted.setdefault(choice, []).append((index, place))
    plans = []
    for choice, where in wanted.items():
        parts = [each for index, _ in where for each in splits[index]]
        starts = [seed + choice.shift for index, _ in where for seed in seeds[index]]
        setting = Setting(choice.head, choice.learning_rate)
        plans.append(_plan(samples[0], parts, hidden, choice.n_epochs, [setting], starts))
    found = [[np.empty(0)] * len(choices[0]) for _ in samples]
    n_seeds = len(seeds[0])
    for (choice, where), plan, result in zip(wanted.items(), plans, train(plans), strict=True):
        for number, (index, place) in enumerate(where):
            X = np.stack([each.X_test for each in splits[index]])
            parameters = result.parameters[number * n_seeds : (number + 1) * n_seeds, 0]
            with np.errstate(all="ignore"):
                logits = plan.network.logits(parameters, X).astype(np.float64)
                found[index][place] = choice.head.class_probabilities(logits)
    for own in found:
        if watch:
            watch(np.stack(own))
    return [
        Measured(
            {
                name: OF_SAMPLES[name](np.stack(own), np.stack([each.targets_test for each in parts]))
                for name in FAMILY
            },
            np.stack([each.test_index for each in parts]),
            len(data.targets),
        )
        for own, parts, data in zip(found, splits, samples, strict=True)
    ]


def _plan(
    samples: Samples,
    splits: Sequence[Split],
    hidden: tuple[int, ...],
    n_epochs: int,
    settings: Sequence[Setting],
    starts: Sequence[int],
) -> Plan:
    network = _network(samples, hidden)
    training, validation = (_subset(splits, name) for name in ("train", "validation"))
    return Plan(network, Recipe("adam", n_epochs, BATCH_SIZE), settings, starts, training, validation)


def _network(samples: Samples, hidden: tuple[int, ...]) -> Network:
    return Network(samples.X.shape[1], len(samples.class_names), hidden)


def _subset(splits: Sequence[Split], name: str) -> Subset:
    """The "train", "validation" or "test" set of every split."""
    return Subset(
        *(np.stack([getattr(each, f"{what}_{name}") for each in splits]) for what in ("X", "targets"))
    )
