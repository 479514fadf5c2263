"""Hidden layers: elementwise units beside layers that share one out, with and without batch normalisation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alternatives.datasets import DATASETS, Dataset
from alternatives.heads import Floats
from alternatives.inside.experiment import (
    Data,
    Experiment,
    Progress,
    Variant,
    Watch,
    accuracy_clauses,
    compared,
    curves,
    data,
    interval,
    runs,
    tidy,
    trained,
)
from alternatives.kinds import Choices, Number, Thing
from alternatives.linked import field
from alternatives.registry import Range
from alternatives.statistics import FEWEST_PAIRS, LEVEL, estimate, holm
from alternatives.training import ACTIVATIONS, Network
from alternatives.wording import listed

NORMALISED = " with batch normalisation"

WIDTHS = (2, 4, 8, 16, 32, 64)
"""Units of each hidden layer, for accuracy against width."""

STILL = 0.01
"""A unit is inactive whose deviation over the samples is below this part of the liveliest unit's."""

DEFAULT = (
    "relu",
    "relu with batch normalisation",
    "tanh",
    "logistic",
    "softmax",
    "spherical softmax",
    "Taylor softmax",
)


def variants() -> tuple[str, ...]:
    """Every kind of hidden layer: each activation, without and with batch normalisation."""
    return tuple(name + suffix for name in ACTIVATIONS for suffix in ("", NORMALISED))


@dataclass(frozen=True)
class Hidden(Experiment):
    """Which kinds of hidden layers are trained on what.

    Parameters
    ----------
    dataset : Dataset or str
    units : sequence of str
        Of `variants`.
    width, n_layers : int
        Units of each hidden layer, and hidden layers.
    """

    noun = "experiment on hidden layers"

    dataset: Dataset = field("dataset", Thing(DATASETS, "data set"), factory=lambda: DATASETS["digits"])
    units: tuple[str, ...] = field("units", Choices(variants, "kinds of hidden layers"), DEFAULT)
    width: int = field("width", Number(Range(1, 256, "units of each hidden layer"), whole=True), 32)
    n_layers: int = field("layers", Number(Range(1, 4, "hidden layers"), whole=True), 2)

    @property
    def baseline(self) -> str:
        """The kind that the others are compared to."""
        return "relu" if "relu" in self.units else self.units[0]

    def networks(self, of: Data) -> dict[str, Network]:
        """The architecture of each kind."""
        n_features, n_classes = of.training.X.shape[-1], len(of.samples.class_names)
        return {
            name: Network(
                n_features,
                n_classes,
                (self.width,) * self.n_layers,
                name.removesuffix(NORMALISED),
                batch_normalisation=name.endswith(NORMALISED),
            )
            for name in self.units
        }


@dataclass(frozen=True, eq=False)
class HiddenResults:
    """What came out, as tidy frames.

    Attributes
    ----------
    runs : variant, seed, learning_rate, accuracy, diverged
    measures : variant, seed, measure, value
        What `summary` sums up.
    curves : variant, epoch, quantity, mean, low, high
    units : variant, seed, layer, effective_rank, smallest, correlation, inactive
        Of the outputs on the test part, centred: see `effective_rank`; the smallest singular value as a
        part of the largest; the mean absolute correlation of two units; the share of units that hardly
        vary.
    singular : variant, layer, index, mean, low, high
        Singular values, from 1, as shares of their sum.
    correlations : variant, a, b, correlation
        Of the last hidden layer's units, first seed.
    summary : as of a comparison, for accuracy, and the four of `units` in the last hidden layer
    finding : str
    """

    experiment: Hidden
    runs: pd.DataFrame
    measures: pd.DataFrame
    curves: pd.DataFrame
    units: pd.DataFrame
    singular: pd.DataFrame
    correlations: pd.DataFrame
    summary: pd.DataFrame
    finding: str


def effective_rank(outputs: Floats) -> Floats:
    """Effective rank (...) of outputs (..., n_samples, n_units) after centring.

    The exponential of the entropy of the singular values as shares of their sum: n where n directions
    vary alike, and never more than there are directions that vary at all. A layer that shares one out has
    at most n_units - 1 of these, since its units' changes sum to zero.

    References
    ----------
    Roy and Vetterli 2007, The effective rank: a measure of effective dimensionality, EUSIPCO.
    """
    return _effective_rank(_singular_values(outputs))


def _singular_values(outputs: Floats) -> Floats:
    centred = outputs - outputs.mean(-2, keepdims=True)
    values: Floats = np.linalg.svd(centred, compute_uv=False)
    return values


def _effective_rank(singular: Floats) -> Floats:
    whole = singular.sum(-1, keepdims=True)
    shares = singular / np.where(whole > 0, whole, 1)
    rank: Floats = np.exp(-(shares * np.log(np.where(shares > 0, shares, 1))).sum(-1))
    return rank


def run_hidden(experiment: Hidden, watch: Watch | None = None, n_jobs: int | None = None) -> HiddenResults:
    """Train, and look at what the units do."""
    of = data(experiment.dataset, experiment.seeds)
    every = trained(experiment.networks(of), experiment, of, watch, n_jobs=n_jobs)
    frames = [_units(experiment, name, variant, of) for name, variant in every.items()]
    of_units, singular, correlations = (
        pd.concat(kind, ignore_index=True) for kind in zip(*frames, strict=True)
    )
    last = of_units[of_units["layer"] == experiment.n_layers].set_index("variant")
    columns = {
        "effective rank": "effective_rank",
        "smallest singular value": "smallest",
        "correlation": "correlation",
        "inactive units": "inactive",
    }
    values: dict[str, Mapping[str, Floats]] = {
        "accuracy": {name: variant.accuracy for name, variant in every.items()}
    }
    for measure, column in columns.items():
        values[measure] = {name: last.loc[[name], column].to_numpy() for name in every}
    measured = tidy(experiment, values)
    table = compared(measured, experiment.baseline, of.overlap, {"accuracy": "higher"})
    return HiddenResults(
        experiment,
        runs(experiment, every),
        measured,
        curves(every),
        of_units,
        singular,
        correlations,
        table,
        _finding(experiment, table),
    )


def _units(
    experiment: Hidden, name: str, variant: Variant, of: Data
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What the units of one kind do: the rows of `units`, `singular` and `correlations`."""
    network = variant.architecture
    assert isinstance(network, Network)
    with np.errstate(all="ignore"):
        layers = network.hidden(variant.parameters, of.test.X)
    failed = np.isnan(variant.accuracy)
    units, singular = [], []
    correlation = np.full((experiment.width, experiment.width), np.nan)
    for layer, outputs in enumerate(layers, 1):
        outputs = np.where(failed[:, None, None], 0, outputs).astype(np.float64)
        values = _singular_values(outputs)
        deviations = outputs.std(-2)
        largest = deviations.max(-1, keepdims=True)
        scaled = (outputs - outputs.mean(-2, keepdims=True)) / np.where(deviations > 0, deviations, 1)[
            :, None
        ]
        correlations = scaled.swapaxes(-1, -2) @ scaled / outputs.shape[-2]
        lively = deviations > STILL * largest
        pairs = lively[:, :, None] & lively[:, None, :] & ~np.eye(experiment.width, dtype=bool)
        n_pairs = pairs.sum((-1, -2))
        mean = (np.abs(correlations) * pairs).sum((-1, -2)) / np.where(n_pairs > 0, n_pairs, 1)
        columns = {
            "effective_rank": _effective_rank(values),
            "smallest": values[:, -1] / np.where(values[:, 0] > 0, values[:, 0], 1),
            "correlation": np.where(n_pairs > 0, mean, np.nan),
            "inactive": 1 - lively.mean(-1),
        }
        columns = {column: np.where(failed, np.nan, value) for column, value in columns.items()}
        index = {"variant": name, "seed": list(experiment.seeds), "layer": layer}
        units.append(pd.DataFrame(index | columns))
        shares = values / np.where(values.sum(-1, keepdims=True) > 0, values.sum(-1, keepdims=True), 1)
        shares[failed] = np.nan
        order = {"variant": name, "layer": layer, "index": np.arange(1, values.shape[1] + 1)}
        singular.append(pd.DataFrame(order | interval(shares)))
        correlation = np.where(pairs[0] | np.eye(experiment.width, dtype=bool), correlations[0], np.nan)
    a, b = np.indices(correlation.shape)
    cells = {"variant": name, "a": a.ravel() + 1, "b": b.ravel() + 1, "correlation": correlation.ravel()}
    return pd.concat(units), pd.concat(singular), pd.DataFrame(cells)


def run_widths(
    experiment: Hidden,
    widths: tuple[int, ...] = WIDTHS,
    watch: Watch | None = None,
    rates: Mapping[str, float] | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Accuracy against the width of the hidden layers.

    Parameters
    ----------
    experiment : Hidden
        Its own width doesn't count.
    widths : tuple of int
    watch : callable, optional
    rates : mapping from variant to learning rate, optional
        By default the experiment's: each kind's own best at each width.
    n_jobs : int, optional

    Returns
    -------
    DataFrame
        Columns variant, width, mean, low, high, difference, difference_low, difference_high, verdict: the
        accuracy on the test part, and its paired difference to the baseline at the same width. Each
        kind's verdicts are corrected, after Holm, for being asked at so many widths.
    """
    of = data(experiment.dataset, experiment.seeds)
    accuracies = np.empty((len(experiment.units), len(widths), experiment.n_seeds))
    for index, width in enumerate(widths):

        def follow(progress: Progress, index: int = index) -> None:
            if watch:
                watch(Progress((index + progress.fraction) / len(widths)))

        networks = replace(experiment, width=width).networks(of)
        every = trained(networks, experiment, of, follow, rates, n_jobs)
        accuracies[:, index] = [variant.accuracy for variant in every.values()]

    over_seeds = estimate(accuracies)
    lead = accuracies - accuracies[experiment.units.index(experiment.baseline)]
    difference = estimate(lead, of.overlap)
    p_value = holm(np.where(difference.n < FEWEST_PAIRS, np.nan, difference.p_value))
    verdict = np.select(
        [np.isnan(p_value), p_value >= 1 - LEVEL],
        ["too few seeds", "no difference"],
        np.where(difference.mean > 0, "better", "worse"),
    )
    kind, width_index = (index.ravel() for index in np.indices(accuracies.shape[:2]))
    columns = {
        "variant": np.array(experiment.units, object)[kind],
        "width": np.array(widths)[width_index],
        "mean": over_seeds.mean,
        "low": over_seeds.low,
        "high": over_seeds.high,
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "verdict": verdict,
    }
    frame = pd.DataFrame({name: column.ravel() for name, column in columns.items()})
    frame.loc[frame["variant"] == experiment.baseline, "verdict"] = "baseline"
    return frame


def _finding(experiment: Hidden, table: pd.DataFrame) -> str:
    """What was found, in one sentence."""
    layers = "one hidden layer" if experiment.n_layers == 1 else f"{experiment.n_layers} hidden layers"
    ranks = table[table["measure"] == "effective rank"].set_index("variant")["mean"]
    told = [f"{ranks[name]:.1f} for {name}" for name in (experiment.baseline, "softmax") if name in ranks]
    told = list(dict.fromkeys(told))
    return (
        f"On {experiment.dataset} with {layers} of {experiment.width} units over {experiment.n_seeds} seeds, "
        f"{accuracy_clauses(table, experiment.baseline)}; of {experiment.width} dimensions the last hidden "
        f"layer uses {listed(told)}."
    )


def widths_finding(experiment: Hidden, frame: pd.DataFrame, kind: str = "softmax") -> str:
    """Where the common answer, that softmax harms as a hidden layer, holds, in one sentence."""
    rows = frame[frame["variant"] == kind]
    if rows.empty or kind == experiment.baseline:
        return f"On {experiment.dataset}, {kind} isn't compared to another kind of hidden layer."
    groups = {
        "costs accuracy at": rows[rows["verdict"] == "worse"],
        "makes no measurable difference at": rows[rows["verdict"] == "no difference"],
        "gains accuracy at": rows[rows["verdict"] == "better"],
        "can't be judged, for too few seeds finished, at": rows[rows["verdict"] == "too few seeds"],
    }
    clauses = []
    for words, those in groups.items():
        if len(those):
            widths = listed([str(width) for width in those["width"]])
            size = ""
            if words.startswith(("costs", "gains")):
                most = those.sort_values("difference", key=abs).iloc[-1]
                points = f"{100 * most['difference']:+.1f} points".replace("-", "−")
                size = f" (most at {most['width']}: {points})"
            clauses.append(f"{words} width{'s' * (len(those) > 1)} {widths}{size}")
    return f"On {experiment.dataset}, {kind} in place of {experiment.baseline} {'; it '.join(clauses)}."
