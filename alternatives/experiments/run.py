"""From a comparison to its results: train, choose rates, measure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives import measures
from alternatives.datasets import Samples
from alternatives.experiments.comparison import Comparison
from alternatives.experiments.finding import SPOKEN_OF, finding
from alternatives.experiments.parts import parts
from alternatives.experiments.results import Results
from alternatives.heads import Floats, Integers
from alternatives.statistics import estimate, summary
from alternatives.training import History, Network, Setting, Subset, train

DECISION_CELLS = 44
"""Cells along each side of the plane: few enough to be drawn as shapes that a screen reader can read."""


OVERLAP = 0.2 / 0.6
"""Test samples over training samples of a split: how much the seeds' results hang together."""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a comparison is; what there is to draw is worked out when it's asked for.

    Attributes
    ----------
    comparison : Comparison
    epoch : int
        The last one that every run has finished.
    history : History
        Of every head at every learning rate.
    fraction : float
        From 0 to 1.
    """

    comparison: Comparison
    epoch: int
    history: History
    fraction: float

    @property
    def n_epochs(self) -> int:
        """The last epoch there will be."""
        return self.comparison.n_epochs

    def curves(self, quantity: str) -> pd.DataFrame:
        """As `Results.curves`, as far as all runs have come, of one quantity."""
        of_one = {quantity: _quantities(self._best_so_far, self.epoch)[quantity]}
        return _curves(self.comparison, of_one)

    @cached_property
    def accuracy(self) -> pd.DataFrame:
        """The validation accuracy there: head, seed, value."""
        at_epoch = {"accuracy": self._best_so_far.validation_accuracy[:, :, max(self.epoch - 1, 0)]}
        return _tidy(at_epoch, self.comparison, "measure").drop(columns="measure")

    @cached_property
    def _best_so_far(self) -> History:
        """Each head with the rate that is best for it at this epoch."""
        n_heads, n_rates = len(self.comparison.heads), len(self.comparison.learning_rates)
        losses = self.history.validation_loss[:, :, max(self.epoch - 1, 0)].mean(0)
        chosen = _best(np.where(np.isnan(losses), np.inf, losses).reshape(n_heads, n_rates))
        return _of_settings(self.history, np.arange(n_heads) * n_rates + chosen)


Watch = Callable[[Progress], None]


def run(comparison: Comparison, watch: Watch | None = None, n_jobs: int | None = None) -> Results:
    """Train and measure.

    Parameters
    ----------
    comparison : Comparison
    watch : callable, optional
        Hears of the progress a few times a second, in the caller's thread. Whatever it raises stops
        the training and passes through.
    n_jobs : int, optional
        Worker processes; by default one for each core, where that pays.

    Returns
    -------
    Results
        The same comparison gives the same numbers, whatever `n_jobs` is.

    Raises
    ------
    DatasetUnavailable
        If the data set can't be had now.
    ValueError
        If a class of the data set is too rare for the split.

    Notes
    -----
    A head's own best rate is one for all seeds, chosen by their validation parts together. These share
    samples with other seeds' test parts, and the choice isn't part of the intervals: with five rates
    to choose from that flatters every head a little, and all alike.
    """
    samples = comparison.dataset.load()
    data, n_seeds = parts(comparison), comparison.n_seeds
    network, recipe = comparison.network(samples), comparison.recipe
    rates = comparison.learning_rates
    settings = [Setting(head, rate) for head in comparison.heads for rate in rates]

    def report(n_epochs: int, history: History) -> None:
        if watch:
            watch(Progress(comparison, n_epochs, history, history.fraction))

    trained = train(
        network,
        recipe,
        settings,
        list(comparison.seeds),
        data.training,
        data.validation,
        report,
        n_jobs=n_jobs,
    )

    # The last axes of the stack become (head, rate), and the rate is chosen.
    by_rate = trained.parameters.reshape(n_seeds, len(comparison.heads), len(rates), -1)
    validation_losses = _validation_log_losses(comparison, network, by_rate, data.validation)
    chosen = _best(validation_losses)
    picked = np.arange(len(comparison.heads)) * len(rates) + chosen
    parameters = trained.parameters[:, picked]
    history = _of_settings(trained.history, picked)

    evaluated = _measure(comparison, network, parameters, data.validation, data.test)
    heads = [head.name for head in comparison.heads]
    runs = pd.DataFrame(
        {
            "head": np.repeat(heads, n_seeds),
            "seed": np.tile(comparison.seeds, len(heads)),
            "learning_rate": np.repeat(np.array(rates)[chosen], n_seeds),
            "diverged": history.diverged.T.ravel(),
            "training_seconds": np.repeat(trained.seconds[picked] / n_seeds, n_seeds),
            "temperature": evaluated.temperatures.T.ravel(),
        }
    )
    by_seed = _tidy(evaluated.measures, comparison, "measure")
    frame = summary(
        by_seed,
        comparison.baseline,
        OVERLAP,
        {name: measures.measure(name).better for name in evaluated.measures},
        together=SPOKEN_OF,
    )
    decision, points = _decision(comparison, network, parameters, samples, data.test)
    return Results(
        comparison=comparison,
        runs=runs,
        measures=by_seed,
        summary=frame,
        history=_history(comparison, history),
        curves=_curves(comparison, _quantities(history, comparison.n_epochs)),
        reliability=evaluated.reliability,
        rates=_rates(comparison, validation_losses, chosen),
        confusion=_confusion(comparison, evaluated.predictions, data.test.targets, samples.class_names),
        decision=decision,
        points=points,
        finding=finding(comparison, frame, runs),
    )


def _validation_log_losses(
    comparison: Comparison, network: Network, by_rate: Floats, validation: Subset
) -> NDArray[np.float64]:
    """Mean over the seeds (n_heads, n_rates) of the log loss; infinite for a rate at which a run diverged."""
    losses = np.empty(by_rate.shape[1:3])
    for index, head in enumerate(comparison.heads):
        with np.errstate(all="ignore"):
            logits = network.logits(by_rate[:, index], validation.X[:, None])
            probabilities = head.class_probabilities(logits)
        losses[index] = measures.log_loss(probabilities, validation.targets[:, None]).mean(0)
    return np.where(np.isnan(losses), np.inf, losses)


def _best(losses: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of each head's best rate; the smallest where all diverged."""
    return losses.argmin(-1)


@dataclass(frozen=True)
class _Evaluated:
    measures: dict[str, Floats]
    temperatures: Floats
    predictions: NDArray[np.intp]
    reliability: pd.DataFrame


def _measure(
    comparison: Comparison, network: Network, parameters: Floats, validation: Subset, test: Subset
) -> _Evaluated:
    """Every measure (n_splits, n_heads) on the test part, in float64 from the logits on."""
    probabilities, gradients, validated = [], [], []
    for index, head in enumerate(comparison.heads):
        of_head = parameters[:, index]
        with np.errstate(all="ignore"):
            logits = network.logits(of_head, test.X).astype(np.float64)
            probabilities.append(head.class_probabilities(logits))
            gradients.append(head.gradient(logits, test.targets))
            logits = network.logits(of_head, validation.X).astype(np.float64)
            validated.append(head.class_probabilities(logits))
    stacked = np.stack(probabilities, 1)
    temperature = measures.fit_temperature(np.stack(validated, 1), validation.targets[:, None])
    values = measures.evaluate(stacked, test.targets[:, None], np.stack(gradients, 1), temperature)
    binnings: tuple[measures.Binning, ...] = ("equal width", "equal mass")
    diagrams = [
        measures.reliability_bins(of_head, test.targets, binning=binning)
        for of_head in probabilities
        for binning in binnings
    ]
    lengths = [len(diagram) for diagram in diagrams]
    reliability = pd.concat(diagrams, ignore_index=True).assign(
        head=np.repeat([head.name for head in comparison.heads for _ in binnings], lengths),
        binning=np.repeat([binning for _ in comparison.heads for binning in binnings], lengths),
    )
    predictions = np.where(np.isfinite(stacked).all(-1), stacked.argmax(-1), -1)
    return _Evaluated(values, temperature, predictions, reliability)


def _tidy(values: dict[str, Floats], comparison: Comparison, name: str) -> pd.DataFrame:
    """Arrays (n_splits, n_heads) by name as rows head, seed, name, value."""
    n_heads, n_seeds = len(comparison.heads), comparison.n_seeds
    return pd.DataFrame(
        {
            "head": np.tile(np.repeat([head.name for head in comparison.heads], n_seeds), len(values)),
            "seed": np.tile(comparison.seeds, n_heads * len(values)),
            name: np.repeat(list(values), n_heads * n_seeds),
            "value": np.concatenate([value.T.ravel() for value in values.values()]),
        }
    )


def _of_settings(history: History, settings: NDArray[np.intp]) -> History:
    return History(*(getattr(history, name)[:, settings] for name in History.__dataclass_fields__))


def _quantities(history: History, n_epochs: int) -> dict[str, Floats]:
    """Arrays (n_splits, n_heads, n_epochs) by the name that frames have for them."""
    layers = history.gradient_of_layers
    arrays = {
        "training loss": history.training_loss,
        "validation loss": history.validation_loss,
        "validation accuracy": history.validation_accuracy,
        "gradient at the logits": history.gradient_at_logits,
        **{f"gradient of layer {layer + 1}": layers[..., layer] for layer in range(layers.shape[-1])},
    }
    return {name: array[:, :, :n_epochs] for name, array in arrays.items()}


def _history(comparison: Comparison, history: History) -> pd.DataFrame:
    quantities = _quantities(history, comparison.n_epochs)
    shape = (len(comparison.heads), comparison.n_seeds, comparison.n_epochs)
    head, seed, epoch = (index.ravel() for index in np.indices(shape))
    index = {
        "head": np.array([each.name for each in comparison.heads])[head],
        "seed": np.array(comparison.seeds)[seed],
        "epoch": epoch + 1,
    }
    return pd.concat(
        [
            pd.DataFrame(index | {"quantity": name, "value": array.swapaxes(0, 1).ravel()})
            for name, array in quantities.items()
        ],
        ignore_index=True,
    )


def _curves(comparison: Comparison, quantities: dict[str, Floats]) -> pd.DataFrame:
    """Means over the seeds with their 95 % band (geometric for gradients); one setting a head."""
    n_epochs = next(iter(quantities.values())).shape[-1]
    head, epoch = (index.ravel() for index in np.indices((len(comparison.heads), n_epochs)))
    index = {"head": np.array([each.name for each in comparison.heads])[head], "epoch": epoch + 1}
    frames = []
    for name, array in quantities.items():
        # Magnitudes differ by factors, and are drawn so: their mean and band are those of the logarithm.
        logarithmic = name.startswith("gradient")
        values = np.log(np.maximum(array, np.finfo(np.float32).tiny)) if logarithmic else array
        over_seeds = estimate(values, OVERLAP, axis=0)
        band = {key: getattr(over_seeds, key).ravel() for key in ("mean", "low", "high")}
        if logarithmic:
            band = {key: np.exp(values) for key, values in band.items()}
        frames.append(pd.DataFrame(index | {"quantity": name} | band))
    return pd.concat(frames, ignore_index=True)


def _rates(comparison: Comparison, losses: Floats, chosen: NDArray[np.intp]) -> pd.DataFrame:
    n_heads, n_rates = losses.shape
    is_chosen = np.arange(n_rates) == chosen[:, None]
    edge = np.isin(np.arange(n_rates), (0, n_rates - 1)) & (n_rates > 1)
    return pd.DataFrame(
        {
            "head": np.repeat([head.name for head in comparison.heads], n_rates),
            "learning_rate": np.tile(comparison.learning_rates, n_heads),
            "validation_loss": np.where(np.isinf(losses), np.nan, losses).ravel(),
            "chosen": is_chosen.ravel(),
            "at_edge": (is_chosen & edge).ravel(),
        }
    )


def _confusion(
    comparison: Comparison, predictions: NDArray[np.intp], targets: Integers, class_names: tuple[str, ...]
) -> pd.DataFrame:
    """Counts of predictions (n_splits, n_heads, n_samples) by true class; -1 is no prediction."""
    n_classes, n_heads = len(class_names), len(comparison.heads)
    cell = (np.arange(n_heads)[:, None] * n_classes + targets[:, None]) * n_classes + predictions
    counts = np.bincount(cell[predictions >= 0], minlength=n_heads * n_classes**2)
    counts = counts.reshape(n_heads, n_classes, n_classes)
    head, true, predicted = (index.ravel() for index in np.indices(counts.shape))
    classes = np.array(class_names)
    return pd.DataFrame(
        {
            "head": np.array([each.name for each in comparison.heads])[head],
            "true": classes[true],
            "predicted": classes[predicted],
            "count": counts.ravel(),
            "share": (counts / np.maximum(counts.sum(-1, keepdims=True), 1)).ravel(),
        }
    )


def _decision(
    comparison: Comparison, network: Network, parameters: Floats, samples: Samples, test: Subset
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plane in cells, each with the class that its centre is given; and the points that lie in it."""
    classes = np.array(samples.class_names)
    if len(samples.feature_names) != 2:
        cells = pd.DataFrame(columns=["head", "x", "x2", "y", "y2", "predicted", "confidence"])
        return cells, pd.DataFrame(columns=["x", "y", "class"])
    X_test = test.X[0]
    points = pd.DataFrame(X_test, columns=["x", "y"]).assign(**{"class": classes[test.targets[0]]})
    low, high = X_test.min(0), X_test.max(0)
    margin = 0.05 * (high - low)
    edges = np.linspace(low - margin, high + margin, DECISION_CELLS + 1)
    x, y = (index.ravel() for index in np.indices((DECISION_CELLS, DECISION_CELLS)))
    corners = {"x": edges[x, 0], "x2": edges[x + 1, 0], "y": edges[y, 1], "y2": edges[y + 1, 1]}
    middles = (edges[1:] + edges[:-1]) / 2
    X = np.column_stack([middles[x, 0], middles[y, 1]]).astype(np.float32)
    frames = []
    for index, head in enumerate(comparison.heads):
        with np.errstate(all="ignore"):
            probabilities = head.class_probabilities(network.logits(parameters[0, index], X))
        decided = np.where(np.isfinite(probabilities).all(-1), classes[probabilities.argmax(-1)], "–")
        predicted = {"predicted": decided, "confidence": probabilities.max(-1)}
        frames.append(pd.DataFrame({"head": head.name} | corners | predicted))
    return pd.concat(frames, ignore_index=True), points
