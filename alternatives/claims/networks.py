"""Networks trained for claims: the runs of a comparison, with the logits that they end with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from alternatives import measures
from alternatives.compare import Comparison
from alternatives.datasets import Split, split
from alternatives.heads import Floats, Integers
from alternatives.training import Network, Part, Recipe, Setting, Stack, train


@dataclass(frozen=True, eq=False)
class Networks:
    """Trained networks of a comparison, each head with its chosen learning rate.

    `logits` on the test part by head, (n_seeds, n_samples, n_classes), float64; NaN where a run diverged.
    """

    comparison: Comparison
    splits: tuple[Split, ...]
    targets: Integers
    logits: dict[str, Floats]


def on(dataset: str, heads: Iterable[str], seed: int, n_seeds: int) -> Comparison:
    """The comparison that claims make on a data set: quick, and the compare page opens with it."""
    return Comparison(
        dataset=dataset,
        heads=tuple(heads),
        n_seeds=n_seeds,
        first_seed=seed * n_seeds,
        hidden_layer_sizes=(16,),
        learning_rate=0.01,
        n_epochs=10,
    )


@lru_cache(maxsize=16)
def networks(comparison: Comparison, n_samples: int | None = None) -> Networks:
    """Train a comparison's networks on the first `n_samples` of each training part.

    A head's rate is the one with the best validation log loss, as in a comparison.
    """
    network, recipe, splits = _set_up(comparison)
    training = _part(splits, "train", n_samples)
    validation = _part(splits, "validation")
    test = _part(splits, "test")
    rates = comparison.learning_rates
    settings = [Setting(head, rate) for head in comparison.heads for rate in rates]
    trained = train(network, recipe, settings, list(comparison.seeds), training, validation, n_jobs=1)
    parameters = trained.parameters.reshape(len(splits), len(comparison.heads), len(rates), -1)
    logits = {}
    for index, head in enumerate(comparison.heads):
        with np.errstate(all="ignore"):
            own = network.logits(parameters[:, index], validation.X[:, None])
            losses = measures.log_loss(head.class_probabilities(own), validation.targets[:, None]).mean(0)
            best = np.where(np.isnan(losses), np.inf, losses).argmin()
            logits[str(head)] = network.logits(parameters[:, index, best], test.X).astype(np.float64)
    return Networks(comparison, splits, test.targets, logits)


def stack(comparison: Comparison, rates: Sequence[float]) -> tuple[Stack, Part]:
    """Untrained networks in float64, each head at each rate, and the training parts of their splits."""
    network, recipe, splits = _set_up(comparison)
    training = _part(splits, "train")
    settings = [Setting(head, rate) for head in comparison.heads for rate in rates]
    runs = Stack(network, recipe, settings, list(comparison.seeds), np.float64)
    return runs, Part(training.X.astype(np.float64), training.targets)


def _set_up(comparison: Comparison) -> tuple[Network, Recipe, tuple[Split, ...]]:
    samples = comparison.dataset.load()
    splits = tuple(split(samples, seed, comparison.label_noise) for seed in comparison.seeds)
    network = Network(
        samples.X.shape[-1],
        len(samples.class_names),
        comparison.hidden_layer_sizes,
        comparison.activation,
        comparison.initialisation,
    )
    recipe = Recipe(
        comparison.solver,
        comparison.n_epochs,
        comparison.batch_size,
        comparison.weight_decay,
        comparison.momentum,
    )
    return network, recipe, splits


def _part(splits: tuple[Split, ...], name: str, n_samples: int | None = None) -> Part:
    return Part(
        np.stack([getattr(each, f"X_{name}")[:n_samples] for each in splits]),
        np.stack([getattr(each, f"targets_{name}")[:n_samples] for each in splits]),
    )
