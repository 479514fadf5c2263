"""Comparison: one frozen value that says everything about a comparison.

The same value gives the same numbers from the page, from a link, from the command line and from a
script.
"""

import dataclasses
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives import measures
from alternatives.datasets import Dataset
from alternatives.experiments import fields
from alternatives.experiments.data import TEST_SETS, Data
from alternatives.experiments.decision import Decisions, decisions
from alternatives.experiments.experiment import Experiment, Watch
from alternatives.experiments.finding import Finding, finding
from alternatives.experiments.frames import Frames, epochs_of_frames, frames
from alternatives.experiments.predictions import Predictions
from alternatives.experiments.results import Results
from alternatives.experiments.runs import Job, Runs, Variant
from alternatives.experiments.tuning import CRITERIA, Tuning
from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.state import Choice, Range, YesNo, field
from alternatives.statistics import Better, Between
from alternatives.training import ACTIVATIONS, INITIALISATIONS, SOLVERS, Architecture, Network, Recipe
from alternatives.versions import Made

MOST_SEEDS = 100
HEAD_PARAMETERS = ("as given", "own best")
QUESTIONS = ("these data", "new data")

CONCLUSIONS = ("question", "margin", "margin_nats")
"""Fields that say what is concluded from the runs, and change none of them."""

MARGIN_OF_PLANE = 0.05
"""Of the plane of two features, around the test samples: a part of their extent."""

DECAYS = (0.0, 3e-5, 3e-4, 3e-3)
"""The L2 penalties that tuning tries where each head uses its own best."""

FIRST_RATES = {"adam": (0.01, 0.03, 0.1), "sgd": (0.03, 0.1, 0.3)}
"""The learning rates that tuning begins with, by solver."""


@dataclass(frozen=True)
class Comparison(Experiment):
    """A comparison of heads: on which data set, with which networks and how they are trained.

    Every field has a default; a value that isn't allowed raises ValueError, saying what is. Heads and
    data sets are given by name, ``"spherical softmax(epsilon=0.1)"``, or as objects.

    Parameters
    ----------
    dataset : Dataset or str
    heads : sequence of Head or str
        At least one, in any order.
    baseline : str, optional
        The head that the others are compared to. Default: softmax if it's compared, else the first.
    n_seeds, first_seed : int
        Each seed is a split of the data, an initialisation and an order of mini-batches, the same for
        every head.
    hidden_layer_sizes : tuple of int
        Empty for a linear classifier.
    filters : tuple of int
        Of each convolution before the hidden layers, for data sets of images. Filters have 5 × 5 pixels,
        nothing is padded, and 2 × 2 max pooling follows. Empty for none.
    activation, initialisation, solver : str
    batch_normalisation : bool
        Of the hidden layers and convolutions, before their activation.
    learning_rate : float or None
        None lets each head use its own best, by validation log loss on tuning splits, since one rate for
        all would favour the head that it happens to suit. See `alternatives.experiments.tuning`.
    n_epochs : int or None
        None lets each head use its own best number of epochs, up to `max_epochs`, likewise.
    max_epochs, batch_size : int
    head_parameters : {"as given", "own best"}
        Whether each head's hyper-parameters are tuned, too: see `Head.tried`.
    criterion : {"log loss", "error", "Brier score"}
        What decides in tuning, on the validation sets. Error counts in few steps where samples are few.
    n_settings : int or None
        How many settings of rate, L2 penalty and parameters tuning tries for each head, drawn at random, so
        that all heads have the same budget. None tries all of a grid.
    weight_decay : float or None
        L2 penalty strength λ in ½λ‖w‖². None lets each head use its own best of `DECAYS`.
    momentum : float
        For the solver "sgd".
    test_set : {"drawn by each seed", "held out", "published"}
        Held out: the first seed draws one test set for all seeds. Published: the one that the data set was
        published with. Of both tuning sees no sample.
    n_training : int or None
        Training samples, where that is fewer than the training set has; the other sets stay as they are.
    label_noise : float
        Share of the training and validation labels that are changed to another class.
    question : {"these data", "new data"}
        What differences are decided about: the heads on these data, at the rates and epochs chosen here, over
        splits, initial weights and mini-batches; or, more cautiously, on new data sets like these, each tuned
        anew.
    margin, margin_nats : float
        Differences within it count as equivalent: in percentage points, and in nats.

    Notes
    -----
    Tuning splits have seeds of their own, so no reported number was chosen on its own split; the data set is
    the same.
    """

    noun = "comparison"
    variant_label = "head"

    dataset: Dataset = fields.dataset("digits")
    heads: tuple[Head, ...] = fields.heads(
        lambda: tuple(head for head in HEADS.values() if head.in_comparison)
    )
    baseline: str = fields.baseline()
    n_seeds: int = fields.n_seeds(MOST_SEEDS, 20)
    first_seed: int = fields.first_seed()
    hidden_layer_sizes: tuple[int, ...] = fields.hidden_layer_sizes()
    filters: tuple[int, ...] = fields.filters()
    activation: str = field(
        "activation",
        Choice(lambda: tuple(ACTIVATIONS), "non-linearity of the hidden layers; ReLU is the usual choice"),
        "relu",
    )
    batch_normalisation: bool = field(
        "batch_normalisation",
        YesNo("normalise each hidden unit over the mini-batch; useful for deep networks"),
        False,
    )
    initialisation: str = field(
        "initialisation",
        Choice(
            lambda: tuple(INITIALISATIONS),
            "how initial weights are drawn; He is made for ReLU, Glorot for tanh and logistic units",
        ),
        "He",
    )
    solver: str = field(
        "solver",
        Choice(
            lambda: tuple(SOLVERS),
            "how the weights are updated; Adam adapts each weight's step, SGD with momentum does not",
        ),
        "adam",
        label="Optimiser",
    )
    learning_rate: float | None = fields.learning_rate("head")
    n_epochs: int | None = fields.n_epochs(500, "head")
    max_epochs: int = fields.max_epochs(500, 40)
    head_parameters: str = field(
        "head_parameters",
        Choice(
            lambda: HEAD_PARAMETERS,
            "whether tuning chooses the heads' own hyper-parameters too, such as ε; it takes longer",
        ),
        HEAD_PARAMETERS[0],
        label="Heads' parameters",
    )
    batch_size: int = fields.batch_size()
    criterion: str = field(
        "criterion",
        Choice(lambda: CRITERIA, "what tuning chooses by, on the validation set; lower is better"),
        CRITERIA[0],
        label="Tuned by",
    )
    n_settings: int | None = field(
        "settings",
        Range(
            1,
            100,
            "how many settings tuning tries for each head, drawn at random; all: a grid, which has more "
            "points for heads with parameters of their own",
            whole=True,
            none="all",
        ),
        None,
        label="Settings tried",
    )
    weight_decay: float | None = field(
        "weight_decay",
        Range(
            0,
            1,
            "strength λ of the penalty ½λ‖w‖²; raise it where the validation loss turns up; own best: that "
            "with the head's lowest validation loss",
            logarithmic=True,
            none=fields.OWN_BEST,
        ),
        0.0,
        label="L2 penalty",
    )
    momentum: float = field(
        "momentum", Range(0, 0.999, "share of the last step that SGD adds to the next; 0 is plain SGD"), 0.9
    )
    test_set: str = field(
        "test_set",
        Choice(
            lambda: TEST_SETS,
            "which samples are tested on: each seed's own; or the same for all seeds, which tuning never "
            "sees, drawn at random (held out) or published with the data",
        ),
        TEST_SETS[0],
    )
    n_training: int | None = field(
        "training_samples",
        Range(
            10,
            100_000,
            "how many training samples are used: which head needs fewest? The validation and the test set "
            "keep all of theirs",
            whole=True,
            logarithmic=True,
            none="all",
        ),
        None,
    )
    label_noise: float = field(
        "label_noise",
        Range(
            0,
            0.9,
            "share of training and validation labels changed: which head suffers least?",
        ),
        0.0,
    )
    question: str = field(
        "question",
        Choice(
            lambda: QUESTIONS,
            "what is decided: differences on these data, over splits and initial weights; or on new data "
            "sets like these, with wider intervals",
        ),
        QUESTIONS[0],
    )
    margin: float = fields.margin()
    margin_nats: float = fields.margin_nats()

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.check_filters(self.dataset, self.filters)
        compared = [head.name for head in self.heads]
        object.__setattr__(self, "baseline", fields.baseline_among(compared, self.baseline))

    @property
    def n_layers(self) -> int:
        """Layers with weights."""
        return len(self.filters) + len(self.hidden_layer_sizes) + 1

    @property
    def first_rates(self) -> tuple[float, ...]:
        return FIRST_RATES[self.solver]

    @property
    def recipe(self) -> Recipe:
        """How every run learns."""
        decay = self.weight_decay or 0.0  # where each head has its own, its variants say it
        return Recipe(self.solver, self.most_epochs, self.batch_size, decay, self.momentum)

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        """The heads, each at the end of the same network."""
        fields.check_filters(self.dataset, self.filters)
        image = self.dataset.image if self.filters else None
        network = Network(
            n_features,
            n_classes,
            self.hidden_layer_sizes,
            self.activation,
            self.initialisation,
            self.batch_normalisation,
            self.filters,
            (image[0], math.prod(image[2:])) if image else (0, 1),
        )
        return tuple(Variant(head.name, network, head) for head in self.heads)

    def candidates(self, variants: Sequence[Variant]) -> list[tuple[Variant, ...]]:
        """Each head as it's given, or with every combination of parameters and penalties to try."""
        decays = DECAYS if self.weight_decay is None else (None,)

        def heads(head: Head) -> tuple[Head, ...]:
            return (head,) if self.head_parameters == HEAD_PARAMETERS[0] else cast(Any, head.forms())

        return [
            tuple(
                dataclasses.replace(variant, head=form, weight_decay=decay)
                for form in heads(variant.head)
                for decay in decays
            )
            for variant in variants
        ]

    def numbers_measured(self, network: Architecture) -> float:
        # The temperature is searched for, all measures are taken with and without it, the chance level of the
        # calibration error takes a hundred numbers a sample, and there are 17 temperatures to scan.
        return 150 + 28 * network.n_classes

    def snapshots(self, jobs: Sequence[Job], data: Data) -> tuple[int, ...]:
        """Those at which the page shows the plane of two features."""
        return epochs_of_frames(jobs, data)

    def run(self, watch: Watch | None = None, n_jobs: int | None = None) -> "ComparisonResults":
        """Train and measure.

        Parameters
        ----------
        watch : callable, optional
            Hears of the progress a few times a second, in the caller's thread. Whatever it raises stops
            the training and passes through.
        n_jobs : int, optional
            Worker processes; by default one for each core, where that pays.

        Returns
        -------
        ComparisonResults
            The same comparison gives the same numbers, whatever `n_jobs` is.

        Raises
        ------
        DatasetUnavailable
            If the data set can't be loaded now.
        ValueError
            If a class of the data set is too rare for the split.
        """
        tuned, data = self.tune(watch, n_jobs), self.data
        return _measured(self, data, tuned, self.train(tuned, watch, n_jobs, data))

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The fields that change something, given what the others say."""
        without = fields.without_effect(self)
        if not self.filters and not fields.filters_that_fit(self.dataset, (1,)):
            without |= {"filters"}
        if self.solver != "sgd":
            without |= {"momentum"}
        given = self.learning_rate, self.n_epochs, self.weight_decay
        if None not in given and self.head_parameters == HEAD_PARAMETERS[0]:
            without |= {"criterion", "n_settings"}
        if len(self.heads) == 1:
            without |= set(CONCLUSIONS)
        if all(len(head.forms()) == 1 for head in self.heads):
            without |= {"head_parameters"}
        return tuple(name for name in self.fields() if name not in without)

    @cached_property
    def trained_alike(self) -> "Comparison":
        """The comparison with the same runs, and the usual question and margins."""
        return self.replace(**{name: self.__dataclass_fields__[name].default for name in CONCLUSIONS})

    def replace(self, **changes: Any) -> "Comparison":
        """The comparison with other values.

        A baseline that is no longer compared gives way, and so do convolutions of what aren't images.
        """
        if "dataset" in changes and "filters" not in changes and self.filters:
            dataset = self.fields()["dataset"].check(changes["dataset"], "dataset")
            changes["filters"] = fields.filters_that_fit(dataset, self.filters)
        if "heads" in changes and "baseline" not in changes:
            heads = self.fields()["heads"].check(changes["heads"], "heads")
            if self.baseline not in [head.name for head in heads]:
                changes["baseline"] = ""
        return dataclasses.replace(self, **changes)

    def link_defaults(self) -> dict[str, str]:
        """The texts of the default; its baseline is the one that the heads have by themselves."""
        default = super().link_defaults()
        return default | {"baseline": type(self)(heads=self.heads).texts()["baseline"]}

    def command(self) -> str:
        """The line that runs this comparison from the command line."""
        given = self.to_link()
        if "dataset" in given:
            given = self.dataset.command_options | {name: given[name] for name in given if name != "dataset"}
        options = (f"--{name.replace('_', '-')} {_quoted(text)}" for name, text in given.items())
        return " ".join(["python -m alternatives compare", *options])


def _quoted(text: str) -> str:
    return text if text.replace(",", "").replace(".", "").isalnum() else f'"{text}"'


@dataclass(frozen=True, eq=False)
class ComparisonResults(Results[Comparison]):
    """What a comparison found. NaN is a run that diverged, or what doesn't apply.

    Beside what all `Results` have, in arrays whose first axis is the heads:

    Attributes
    ----------
    heads : tuple of Head
        As they were trained: with their own best parameters, where these are tuned.
    temperatures : array (n_heads, n_seeds)
        As `measures.fit_temperature` gives them for the validation set.
    seconds : array (n_heads,)
        Time of one core for one run.
    reliability : DataFrame
        Columns head, binning, and those of `measures.reliability_bins`; pooled over the seeds, where a sample
        counts once, however many test sets it is in.
    confusion_counts : array (n_heads, n_classes, n_classes)
        Test samples of all seeds by true and predicted class.
    class_names : tuple of str
    decisions : Decisions or None
        The plane of two features, by the first seed's networks; None for other data.
    frames : Frames or None
        The same epoch by epoch; None also where the networks are too large to keep.
    predictions : Predictions or None
        What the first seed's networks say of its test samples; None in results from a file.
    data_notes : tuple of str
        What was done with somebody's own table before it was trained on, in sentences; see `Samples.notes`.
    made : Made or None
        The day and the versions that a file with these results says; None where they were computed here.
    scans : dict from head to Scan
        What each temperature of a grid would make of the head's probabilities on the test set; empty where
        results are from a file.
    """

    heads: tuple[Head, ...]
    temperatures: Floats
    seconds: NDArray[np.float64]
    reliability: pd.DataFrame
    confusion_counts: NDArray[np.int64]
    class_names: tuple[str, ...]
    decisions: Decisions | None
    frames: Frames | None = None
    predictions: Predictions | None = None
    data_notes: tuple[str, ...] = ()
    made: Made | None = None
    scans: Mapping[str, measures.Scan] = dataclasses.field(default_factory=dict)

    better: ClassVar[Mapping[str, Better]] = {
        name + scaled: each.better
        for name, each in measures.MEASURES.items()
        for scaled in ("", measures.TEMPERATURE_SCALED)
    }
    # No temperature changes the accuracy: the two have the same interval, and the second costs nothing.
    unranked: ClassVar[Collection[str]] = [
        name + scaled
        for name, each in measures.MEASURES.items()
        for scaled in ("", measures.TEMPERATURE_SCALED)
        if each.signed
    ]
    families: ClassVar[Sequence[Collection[str]]] = (
        (
            "accuracy",
            "log loss",
            "Brier score",
            "confidence minus accuracy",
            "accuracy" + measures.TEMPERATURE_SCALED,
        ),
    )

    @property
    def margins(self) -> Mapping[str, float | None]:  # type: ignore[override]
        """The measures' margins: those in nats as the comparison gives them, the others in proportion."""
        points, nats = self.experiment.margin, self.experiment.margin_nats
        margins: dict[str, float | None] = {}
        for name, each in measures.MEASURES.items():
            own = each.margin
            if own is not None:
                own = nats if each.unit == "nats" else own * points
            margins |= {name: own, name + measures.TEMPERATURE_SCALED: own}
        return margins

    @cached_property
    def in_words(self) -> Finding:
        """The finding by its parts."""
        return finding(self)

    @property
    def finding_in_parts(self) -> tuple[str, str]:
        """What differs; then every verdict with its interval, and what might change the result."""
        return self.in_words.whole

    def concluded(self, comparison: Comparison) -> "ComparisonResults":
        """The same runs with another question or other margins: those of a comparison that trains alike."""
        if comparison == self.experiment:
            return self
        if comparison not in self._concluded:
            self._concluded[comparison] = dataclasses.replace(self, experiment=comparison)
        return self._concluded[comparison]

    @cached_property
    def _concluded(self) -> "dict[Comparison, ComparisonResults]":
        return {}

    @property
    def runs(self) -> pd.DataFrame:
        """Columns head, seed, learning_rate, diverged, training_seconds (of one core), temperature, at_bound.

        The last says whether the data ask for a temperature beyond `measures.TEMPERATURES`.
        """
        return super().runs.assign(
            training_seconds=np.repeat(self.seconds, self.experiment.n_seeds),
            temperature=self.temperatures.ravel(),
            at_bound=measures.at_bound(self.temperatures).ravel(),
        )

    def to_csv(self) -> str:
        """One row a head, seed and measure."""
        return self.measures.to_csv(index=False)

    def to_json(self) -> str:
        """Comparison, finding, and the frames summary, tuning, trials, runs and measures as lists of rows.

        Every digit is there; null is a number that isn't finite.
        """
        frames = {
            "summary": self.summary,
            "tuning": self.tuning,
            "trials": self.trials,
            "runs": self.runs,
            "measures": self.measures,
        }
        rows = {}
        for name, frame in frames.items():
            finite = frame.replace([np.inf, -np.inf], np.nan)
            rows[name] = finite.astype(object).where(finite.notna(), None).to_dict("records")
        head: dict[str, Any] = {"comparison": self.experiment.texts(), "finding": self.finding}
        if self.data_notes:
            head["data"] = list(self.data_notes)
        return json.dumps(head | rows, ensure_ascii=False, indent=1)


def _measured(comparison: Comparison, data: Data, tuned: Tuning | None, runs: Runs) -> ComparisonResults:
    """Every measure on the test set, in float64 from the logits on."""
    n_classes = comparison.dataset.shape[-1]
    test, validation = data.test, data.validation
    probabilities, gradients, validated = [], [], []
    heads = tuple(variant.head for variant in runs.variants)
    for index, head in enumerate(heads):
        with np.errstate(all="ignore"):
            logits = runs.logits(index, test.X).astype(np.float64)
            probabilities.append(head.class_probabilities(logits))
            gradients.append(head.gradient(logits, test.targets))
            logits = runs.logits(index, validation.X).astype(np.float64)
            validated.append(head.class_probabilities(logits))
    by_seed = np.stack(probabilities, 1)  # (n_seeds, n_heads, n_samples, n_classes)
    temperatures = measures.fit_temperature(np.stack(validated, 1), validation.targets[:, None])
    values = measures.evaluate(by_seed, test.targets[:, None], np.stack(gradients, 1), temperatures)
    values = {name: array.T for name, array in values.items()}
    between = _between(comparison, by_seed, temperatures, data, tuned)

    def of_first_seed(head: int, X: Floats) -> Floats:
        logits = runs.variants[head].network.logits(runs.parameters[head][0], X)
        return heads[head].class_probabilities(logits)

    return ComparisonResults(
        **Results.common(comparison, tuned, runs, runs.diverged.T, values, between),
        heads=heads,
        temperatures=temperatures.T,
        seconds=runs.seconds,
        reliability=_reliability(comparison, probabilities, data),
        confusion_counts=_confusion(by_seed, test.targets, n_classes),
        class_names=data.samples.class_names,
        data_notes=data.samples.notes,
        decisions=decisions(data, MARGIN_OF_PLANE, len(comparison.heads), of_first_seed),
        frames=frames(data, runs, MARGIN_OF_PLANE, len(comparison.heads)),
        predictions=Predictions.of(by_seed[0], test.targets[0], data.test_index[0]),
        scans={
            head.name: measures.scan_temperatures(of_head, test.targets, data.test_index)
            for head, of_head in zip(comparison.heads, probabilities, strict=True)
        },
    )


def _between(
    comparison: Comparison, probabilities: Floats, temperatures: Floats, data: Data, tuned: Tuning | None
) -> dict[str, Between]:
    """Variances between data sets, from probabilities (n_seeds, n_heads, n_samples, n_classes)."""
    baseline = [head.name for head in comparison.heads].index(comparison.baseline)
    scaled = measures.with_temperature(probabilities, temperatures)
    found = {}
    for ending, each in (("", probabilities), (measures.TEMPERATURE_SCALED, scaled)):
        for name, of_samples in measures.OF_SAMPLES.items():
            by_head = of_samples(each, data.test.targets[:, None]).swapaxes(0, 1)
            by_split = tuned.by_split[name] if tuned is not None else None
            found[name + ending] = Between.of(
                by_head, baseline, data.test_index, len(data.samples.targets), by_split
            )
    return found


def _reliability(comparison: Comparison, probabilities: Sequence[Floats], data: Data) -> pd.DataFrame:
    """The bins of every head's reliability diagrams."""
    targets, samples = data.test.targets, data.test_index
    binnings: tuple[measures.Binning, ...] = ("equal width", "equal mass")
    diagrams = {
        (head.name, binning): measures.reliability_bins(of_head, targets, binning=binning, samples=samples)
        for head, of_head in zip(comparison.heads, probabilities, strict=True)
        for binning in binnings
    }
    return (
        pd.concat(diagrams, names=["head", "binning"]).reset_index(["head", "binning"]).reset_index(drop=True)
    )


def _confusion(probabilities: Floats, targets: Integers, n_classes: int) -> NDArray[np.int64]:
    """Counts (n_heads, n_classes, n_classes) by true and predicted class, of runs that didn't diverge."""
    n_heads = probabilities.shape[1]
    finite = np.isfinite(probabilities).all(-1)
    cells = (np.arange(n_heads)[:, None] * n_classes + targets[:, None]) * n_classes + probabilities.argmax(
        -1
    )
    counts = np.bincount(cells[finite], minlength=n_heads * n_classes**2)
    return counts.reshape(n_heads, n_classes, n_classes)
