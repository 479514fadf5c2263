"""Many networks on arrays of one's own: every variant from every seed, trained as one stack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alternatives.classifier.labels import classes_of, encoded
from alternatives.experiments.runs import Job, Runs, Variant, train
from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.measures import evaluate
from alternatives.state import shortened
from alternatives.training import (
    ACTIVATIONS,
    IDENTITY,
    INITIALISATIONS,
    SOLVERS,
    Network,
    Recipe,
    Subset,
)

DEFAULTS: dict[str, Any] = {
    "head": "softmax",
    "learning_rate": 0.001,
    "n_epochs": 20,
    "hidden_layer_sizes": (64,),
    "activation": "relu",
    "batch_normalisation": False,
    "initialisation": "He",
}
"""What a variant may say, and what it is where neither the variant nor the call says it."""


@dataclass(frozen=True, eq=False)
class ManyNetworks:
    """Trained networks: every variant from every seed.

    Attributes
    ----------
    names : tuple of str
        The variants, in the order of the first axis of all arrays.
    seeds : range
    classes : array (n_classes,)
        The labels, in the order of the last axis of `probabilities`.
    runs : Runs
        Parameters, history and time of every network. A network that diverged is in `runs.diverged`, and all
        its numbers are NaN.
    """

    names: tuple[str, ...]
    seeds: range
    classes: NDArray[Any]
    runs: Runs
    is_validated: bool
    """Whether the history has a validation set's."""

    def logits(self, X: ArrayLike) -> Floats:
        """Logits (n_variants, n_seeds, n_samples, n_classes) of samples (n_samples, n_features)."""
        samples = _samples(X, self.runs.variants[0].network.n_features)
        return np.stack([self.runs.logits(job, samples) for job in range(len(self.names))])

    def probabilities(self, X: ArrayLike) -> Floats:
        """Class probabilities (n_variants, n_seeds, n_samples, n_classes); they sum to one."""
        heads = [variant.head for variant in self.runs.variants]
        both = zip(heads, self.logits(X), strict=True)
        return np.stack([head.class_probabilities(logits) for head, logits in both])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class (n_variants, n_seeds, n_samples); ValueError if a network diverged."""
        diverged = np.array(self.names)[self.runs.diverged.any(axis=0)]
        if diverged.size:
            raise ValueError(f"a network that diverged predicts nothing: {', '.join(diverged)}")
        return self.classes[self.probabilities(X).argmax(-1)]

    def measured(self, X: ArrayLike, y: ArrayLike) -> pd.DataFrame:
        """All measures on samples: a row a network, with columns variant, seed, and one a measure."""
        probabilities = self.probabilities(X)
        targets = encoded(_labels(y, probabilities.shape[2]), self.classes)
        return self._frame(evaluate(probabilities, targets))

    @property
    def history(self) -> pd.DataFrame:
        """What was recorded after each epoch, a row each: variant, seed, epoch, then losses and gradients.

        Columns of the validation set are there if one was given. Rows end where a variant's own training did.
        """
        recorded = {
            name: values.swapaxes(0, 1)
            for name, values in vars(self.runs.history).items()
            if self.is_validated or not name.startswith("validation_")
        }
        of_layers = recorded.pop("gradient_of_layers")
        recorded |= {f"gradient_of_layer_{i + 1}": of_layers[..., i] for i in range(of_layers.shape[-1])}
        shape = recorded["training_loss"].shape
        epochs = np.broadcast_to(np.arange(1, shape[2] + 1), shape)
        ended = epochs > self.runs.n_epochs[:, None, None]
        index = [np.broadcast_to(values, shape) for values in self._index(more_axes=1)]
        columns = {"variant": index[0], "seed": index[1], "epoch": epochs, **recorded}
        return pd.DataFrame({name: values[~ended] for name, values in columns.items()})

    def _frame(self, values: Mapping[str, Floats]) -> pd.DataFrame:
        shape = len(self.names), len(self.seeds)
        names, seeds = self._index()
        columns = {"variant": names, "seed": seeds, **values}
        return pd.DataFrame({name: np.broadcast_to(each, shape).ravel() for name, each in columns.items()})

    def _index(self, more_axes: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
        """Names (n_variants, 1, …) and seeds (n_seeds, …), to be broadcast."""
        ones = (1,) * more_axes
        return np.array(self.names).reshape(-1, 1, *ones), np.array(self.seeds).reshape(-1, *ones)


def train_many(
    X: ArrayLike,
    y: ArrayLike,
    variants: Mapping[str, Mapping[str, Any]] | Sequence[str],
    *,
    n_seeds: int = 10,
    first_seed: int = 0,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    solver: str = "adam",
    batch_size: int = 32,
    weight_decay: float = 0.0,
    n_jobs: int | None = None,
    watch: Callable[[int, float], None] | None = None,
    **settings: Any,
) -> ManyNetworks:
    """Train every variant from every seed at once, on arrays of one's own.

    All networks of one architecture and number of epochs are one stack of arrays, which takes much less time
    than one after the other. A network's numbers don't depend on the others, nor on `n_jobs`, to the bit.

    Parameters
    ----------
    X : array-like (n_samples, n_features)
        Samples, scaled as networks need them: nothing is changed but the type, to float32.
    y : array-like (n_samples,)
        Labels, all strings or all numbers, of at least two classes.
    variants : mapping of name to mapping, or sequence of str
        What is compared: for each name the arguments in which the variant differs, among `head` (a head or a
        text such as ``"spherical softmax(epsilon=0.1)"``), `learning_rate`, `n_epochs`,
        `hidden_layer_sizes`, `activation`, `batch_normalisation` and `initialisation`. A sequence is of
        heads.
    n_seeds, first_seed : int
        Each seed has initial weights and mini-batches of its own, the same for all variants that have the
        same architecture: so variants can be compared in pairs.
    validation : pair of array-like (n_samples, n_features) and (n_samples,), optional
        Samples on which the history has losses, accuracy and confidence after every epoch.
    solver : {"adam", "sgd"}
    batch_size : int
    weight_decay : float
        The λ of the L2 penalty ½λ‖weights‖², without biases.
    n_jobs : int, optional
        Worker processes; 1 trains in this process. Default: one for each core, if that is faster. In a script
        that uses more than one, call this under ``if __name__ == "__main__":``.
    watch : callable, optional
        Called now and then with the number of epochs that every network has finished and the share of all
        work that is done. What it raises stops the training.
    **settings
        Any of the arguments of a variant, for all that don't say otherwise: learning rate 0.001, 20 epochs,
        one hidden layer of 64 units, "relu", no batch normalisation, "He".

    Returns
    -------
    ManyNetworks
        Its `measured` has all measures on other samples, its `history` the epochs.

    Raises
    ------
    ValueError
        Where an argument can't be used: what is allowed, and what was given.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> networks = train_many(X / X.std(0), y, ["softmax", "Taylor softmax"], n_seeds=3, n_epochs=5)
    >>> networks.probabilities(X).shape
    (2, 3, 150, 3)
    """
    samples = _samples(X)
    labels = _labels(y, len(samples))
    classes = classes_of(labels)
    jobs = _jobs(variants, settings, samples.shape[1], len(classes))
    _one_of("solver", solver, [*SOLVERS])
    first = _whole("first_seed", first_seed, 0)
    seeds = range(first, first + _whole("n_seeds", n_seeds, 1))
    recipe = Recipe(solver, 1, min(_whole("batch_size", batch_size, 1), len(samples)), float(weight_decay))
    training = _subset(samples, encoded(labels, classes), n_seeds)
    if validation is None:
        validated = Subset(training.X[:, :1], training.targets[:, :1])
    else:
        other = _samples(validation[0], samples.shape[1])
        validated = _subset(other, encoded(_labels(validation[1], len(other)), classes), n_seeds)

    def tell(n_epochs: int, share: float, _: Callable[[], object]) -> None:
        if watch is not None:
            watch(n_epochs, share)

    runs = train(jobs, recipe, seeds, training, validated, tell, n_jobs)
    names = tuple(job.variant.name for job in jobs)
    return ManyNetworks(names, seeds, classes, runs, validation is not None)


def _jobs(
    variants: Mapping[str, Mapping[str, Any]] | Sequence[str],
    settings: Mapping[str, Any],
    n_features: int,
    n_classes: int,
) -> list[Job]:
    if not isinstance(variants, Mapping):
        variants = {str(head): {"head": head} for head in variants}
    if not variants:
        raise ValueError("there must be at least one variant, got none")
    jobs = []
    for name, differs in variants.items():
        given = DEFAULTS | dict(settings) | dict(differs)
        if unknown := [key for key in given if key not in DEFAULTS]:
            raise ValueError(
                f"a variant may say {', '.join(DEFAULTS)}; got {', '.join(map(shortened, unknown))}"
            )
        head = given["head"] if isinstance(given["head"], Head) else HEADS.parse(str(given["head"]))
        _one_of("activation", given["activation"], [*ACTIVATIONS, IDENTITY])
        _one_of("initialisation", given["initialisation"], [*INITIALISATIONS])
        rate = float(given["learning_rate"])
        if not 0 < rate < np.inf:
            raise ValueError(f"learning_rate must be a positive number, got {rate}")
        network = Network(
            n_features,
            n_classes,
            tuple(_whole("hidden_layer_sizes", n, 1) for n in np.atleast_1d(given["hidden_layer_sizes"])),
            given["activation"],
            given["initialisation"],
            bool(given["batch_normalisation"]),
        )
        jobs.append(Job(Variant(str(name), network, head), rate, _whole("n_epochs", given["n_epochs"], 1)))
    return jobs


def _one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {shortened(str(value))}")


def _whole(name: str, value: Any, least: int) -> int:
    if int(value) != value or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {shortened(str(value))}")
    return int(value)


def _samples(X: ArrayLike, n_features: int | None = None) -> Floats:
    """Samples (n_samples, n_features) in float32; ValueError for anything else."""
    samples = np.asarray(X, np.float32)
    if samples.ndim != 2 or not samples.size:
        raise ValueError(f"X must have shape (n_samples, n_features) and a sample, got shape {samples.shape}")
    if n_features is not None and samples.shape[1] != n_features:
        raise ValueError(f"X must have {n_features} features, as in training, got {samples.shape[1]}")
    if not np.isfinite(samples).all():
        raise ValueError("X must have finite numbers of single precision alone, got NaN or infinity")
    return samples


def _labels(y: ArrayLike, n_samples: int) -> NDArray[Any]:
    """Labels (n_samples,); ValueError if there are more or fewer."""
    labels = np.asarray(y)
    if labels.shape != (n_samples,):
        raise ValueError(f"y must have a label for each of {n_samples} samples, got shape {labels.shape}")
    return labels


def _subset(X: Floats, targets: Integers, n_seeds: int) -> Subset:
    """The same samples for every seed; they lie in memory once."""
    return Subset(X[None], np.tile(targets, (n_seeds, 1)))
