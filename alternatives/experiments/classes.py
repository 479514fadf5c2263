"""Number of classes: how the heads' differences change from 2 classes to 100, the paper's own question.

At every number of classes the heads are compared on problems from one source. Each seed draws a problem of
its own, so from a generated source the seeds are independent, and an ordinary paired interval answers for new
problems like these; from a real data set it answers for these data.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from alternatives import measures
from alternatives.datasets.sources import SOURCES, Sizes, Source
from alternatives.experiments import classes_finding, fields, tuning
from alternatives.experiments.comparison import FIRST_RATES
from alternatives.experiments.data import Data, problems
from alternatives.experiments.experiment import Experiment
from alternatives.experiments.results import tidy, tuning_frame
from alternatives.experiments.runs import Job, Runs, Variant, train
from alternatives.experiments.tuning import Tuning
from alternatives.heads import HEADS, Floats, Head
from alternatives.serving.limits import Cost
from alternatives.state import Choice, Numbers, Range, RegistryField, field, shortened
from alternatives.statistics import summary
from alternatives.training import Architecture, Network, Recipe, Subset, jobs_that_pay

MEASURES = ("log loss", "accuracy", "confidence minus accuracy")
"""What is compared at every number of classes."""

IN_ALL, PER_CLASS = "in all", "per class"

N_VALIDATION, N_TEST = 500, 1000
"""Validation samples of each problem, and test samples, where the source has as many."""

DRAWN = 7e-7
"""Seconds of one core to draw a sample, on an AMD EPYC."""

N_WATCHED = 100
"""Validation samples that are evaluated after each epoch where rates and epochs are known already."""


@dataclass(frozen=True)
class ClassCounts(Experiment):
    """Heads compared at several numbers of classes.

    Parameters
    ----------
    source : Source or str
        Where the samples come from; each seed draws a problem of its own from it.
    heads : sequence of Head or str
    counts : sequence of int
        Numbers of classes, from 2 to 100, in any order. Those that the source doesn't have are left out;
        ValueError if none is left.
    baseline : str, optional
        The head that the others are compared to. Default: softmax if it's compared, else the first.
    n_seeds, first_seed : int
        Each seed is a problem, an initialisation and an order of mini-batches, the same for every head.
    samples : int
        Training samples of each seed. The validation set has 500 and the test set 1,000, where the source
        has as many.
    sampling : {"in all", "per class"}
        Whether `samples` are all training samples, the same at every number of classes, so that with more
        classes each class has fewer; or those of each class.
    hidden_layer_sizes : tuple of int
        Empty for a linear classifier.
    learning_rate : float or None
        None lets each head use its own best at each number of classes, by validation log loss on tuning
        problems, which no reported seed has.
    n_epochs : int or None
        None lets each head use its own best, up to `max_epochs`, likewise.
    max_epochs, batch_size : int
    margin, margin_nats : float
        Differences within it count as equivalent: in percentage points, and in nats.
    """

    noun = "comparison by number of classes"
    variant_label = "head"

    source: Source = field(
        "source",
        RegistryField(SOURCES, "where the samples come from; each seed draws a problem of its own"),
        factory=lambda: SOURCES["Gaussian mixture"],
    )
    heads: tuple[Head, ...] = fields.heads(
        lambda: tuple(HEADS[name] for name in ("softmax", "spherical softmax", "Taylor softmax"))
    )
    counts: tuple[int, ...] = field(
        "counts",
        Numbers(Range(2, 100, "numbers of classes to compare at", whole=True), 1, 8, "numbers of classes"),
        (2, 5, 10, 30, 100),
        label="Numbers of classes",
    )
    baseline: str = fields.baseline()
    n_seeds: int = fields.n_seeds(100, 10)
    first_seed: int = fields.first_seed()
    samples: int = field(
        "samples",
        Range(10, 10_000, "training samples of each seed", whole=True),
        600,
        label="Training samples",
    )
    sampling: str = field(
        "sampling",
        Choice(
            lambda: (IN_ALL, PER_CLASS),
            "whether so many training samples are all, at any number of classes, or those of each class",
        ),
        IN_ALL,
        label="Training samples counted",
    )
    hidden_layer_sizes: tuple[int, ...] = fields.hidden_layer_sizes()
    learning_rate: float | None = fields.learning_rate("head")
    n_epochs: int | None = fields.n_epochs(500, "head")
    max_epochs: int = fields.max_epochs(500, 30)
    batch_size: int = fields.batch_size()
    margin: float = fields.margin()
    margin_nats: float = fields.margin_nats()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "counts", tuple(sorted({*self.counts})))
        compared = self.head_names
        object.__setattr__(self, "baseline", fields.baseline_among(compared, self.baseline))

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The fields that change something, given what the others say."""
        without = fields.without_effect(self)
        if len(self.heads) == 1:
            without |= {"margin", "margin_nats"}
        return tuple(name for name in self.fields() if name not in without)

    @property
    def head_names(self) -> tuple[str, ...]:
        """The heads' names."""
        return tuple(head.name for head in self.heads)

    @property
    def used(self) -> tuple[int, ...]:
        """The numbers of classes that the source has; ValueError if there is none."""
        used = tuple(count for count in self.counts if count <= self.source.most_classes)
        if not used:
            raise ValueError(
                f"{self.source.name} has {self.source.most_classes} classes; got "
                f"{shortened(self.texts()['counts'])}"
            )
        return used

    @property
    def margins(self) -> dict[str, float]:
        """Each measure's margin, in the measure's unit."""
        points = self.margin / 100
        return {"log loss": self.margin_nats, "accuracy": points, "confidence minus accuracy": points}

    def sizes(self, n_classes: int) -> Sizes:
        """Samples of each class in each set."""
        per_class = self.samples if self.sampling == PER_CLASS else self.samples / n_classes
        validation, test = (math.ceil(n / n_classes) for n in (N_VALIDATION, N_TEST))
        wanted = Sizes(max(1, round(per_class)), validation, test)
        return self.source.available(n_classes, wanted)

    @property
    def first_rates(self) -> tuple[float, ...]:
        return FIRST_RATES["adam"]

    @property
    def recipe(self) -> Recipe:
        """How every run learns, for as many epochs as a run can have."""
        return Recipe("adam", self.most_epochs, self.batch_size)

    def variants(self, n_features: int, n_classes: int) -> tuple[Variant, ...]:
        """The heads, each at the end of the same network."""
        network = Network(n_features, n_classes, self.hidden_layer_sizes)
        return tuple(Variant(head.name, network, head) for head in self.heads)

    def at(self, n_classes: int) -> tuple[Variant, ...]:
        """What is trained at one number of classes."""
        return self.variants(self.source.n_features, n_classes)

    def replace(self, **changes: Any) -> "ClassCounts":
        """With other values; a baseline that is no longer compared gives way."""
        if "heads" in changes and "baseline" not in changes:
            heads = self.fields()["heads"].check(changes["heads"], "heads")
            if self.baseline not in [head.name for head in heads]:
                changes["baseline"] = ""
        return super().replace(**changes)

    def link_defaults(self) -> dict[str, str]:
        """The texts of the default; its baseline is the one that the heads have by themselves."""
        default = super().link_defaults()
        return default | {"baseline": type(self)(heads=self.heads).texts()["baseline"]}

    def numbers_measured(self, network: Architecture) -> float:
        return 10 + 4 * network.n_classes

    def numbers_held(self, network: Architecture) -> float:
        return 5 * network.n_classes / len(self.heads)  # those of one head after the other

    def cost(self) -> Cost:
        """About what it costs: one number of classes after the other."""
        costs = [self._cost_at(n_classes) for n_classes in self.used]
        less = "fewer seeds, samples, epochs or classes"
        seconds, megabytes = sum(each.seconds for each in costs), max(each.megabytes for each in costs)
        return Cost(seconds, megabytes, less, less)

    def _cost_at(self, n_classes: int) -> Cost:
        sizes, n_features, _ = self.shape(n_classes)
        cost = self.cost_on(sizes, n_features, n_classes)
        n_problems = self.n_seeds + tuning.N_SPLITS * self.search.needed
        return replace(cost, seconds=cost.seconds + n_problems * sum(sizes) * DRAWN)

    def shape(self, n_classes: int) -> tuple[Sizes, int, int]:
        """Samples of each set, features and classes of a problem."""
        sizes = Sizes(*(n * n_classes for n in self.sizes(n_classes)))
        return sizes, self.source.n_features, n_classes

    def run(self, watch: "ClassCountsWatch | None" = None, n_jobs: int | None = None) -> "ClassCountsResults":
        """Tune, train and measure at one number of classes after the other.

        Parameters
        ----------
        watch : callable, optional
            Hears of the progress a few times a second, in the caller's thread. Whatever it raises stops the
            training and passes through.
        n_jobs : int, optional
            Worker processes, by default one for each core, where that pays. The numbers don't depend on them.

        Returns
        -------
        ClassCountsResults

        Raises
        ------
        ValueError
            If the source has none of the numbers of classes.
        DatasetUnavailable
            If the source's data set can't be loaded now.
        """
        if n_jobs is None:  # all trainings together are long, even where each is short
            n_jobs = jobs_that_pay(self.cost().seconds)
        work, found, done = self._work, list[AtCount](), 0.0
        for index, n_classes in enumerate(self.used):
            before, own = sum(work[:index]) / sum(work), work[index] / sum(work)

            def report(fraction: float, before: float = before, own: float = own) -> None:
                nonlocal done
                if watch:
                    done = max(done, before + own * fraction)  # a search that goes on is further than it was
                    watch(ClassCountsProgress(self, done, tuple(found)))

            report(0.0)
            found.append(_at_count(self, n_classes, report, n_jobs))
        return ClassCountsResults(self, tuple(found))

    @property
    def _work(self) -> list[float]:
        """About how much of the work each number of classes is."""
        return [self._cost_at(n_classes).seconds for n_classes in self.used]

    def command(self) -> str:
        """The line that runs this from the command line."""
        options = (f'--{name.replace("_", "-")} "{text}"' for name, text in self.to_link().items())
        return " ".join(["python -m alternatives classes", *options])


@dataclass(frozen=True, eq=False)
class AtCount:
    """What was measured at one number of classes.

    Attributes
    ----------
    n_classes : int
    values : dict from measure to array (n_heads, n_seeds)
        On the test sets; NaN where a run diverged.
    tuning : DataFrame
        As `Results.tuning`: a row a head.
    """

    n_classes: int
    values: Mapping[str, Floats]
    tuning: pd.DataFrame


@dataclass(frozen=True, eq=False)
class ClassCountsResults:
    """What came out, or what is known so far."""

    experiment: ClassCounts
    found: tuple[AtCount, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of classes, from the smallest."""
        return tuple(each.n_classes for each in self.found)

    @property
    def variants(self) -> tuple[str, ...]:
        """The heads' names."""
        return self.experiment.head_names

    @property
    def others(self) -> tuple[str, ...]:
        """The heads that are compared to the baseline."""
        return tuple(head for head in self.variants if head != self.experiment.baseline)

    @cached_property
    def values(self) -> dict[str, Floats]:
        """Each measure (n_counts, n_heads, n_seeds) on the test sets; NaN where a run diverged."""
        return {name: np.array([each.values[name] for each in self.found]) for name in MEASURES}

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a measure, number of classes and head.

        Columns measure, n_classes, head, and those of `alternatives.statistics.summary`. The intervals of the
        differences hold together for all measures, numbers of classes and heads, and the verdicts rest on
        them.
        """
        keys = [(measure, index) for measure in MEASURES for index in range(len(self.counts))]
        names = {f"{measure} with {self.counts[index]}": (measure, index) for measure, index in keys}

        def of_measure(by_measure: Mapping[str, Any]) -> dict[str, Any]:
            return {name: by_measure[measure] for name, (measure, _) in names.items()}

        frame = summary(
            {name: self.values[measure][index] for name, (measure, index) in names.items()},
            self.variants,
            self.experiment.baseline,
            of_measure({name: measures.MEASURES[name].better for name in MEASURES}),
            of_measure(self.experiment.margins),
            [list(names)],
        )
        of_rows, places = zip(*(names[name] for name in frame["measure"]), strict=True)
        frame = frame.assign(measure=of_rows)
        frame.insert(1, "n_classes", [self.counts[index] for index in places])
        return frame

    @cached_property
    def tuning(self) -> pd.DataFrame:
        """Column n_classes, and those of `Results.tuning`: a row a number of classes and head."""
        frames = {each.n_classes: each.tuning for each in self.found}
        return pd.concat(frames, names=["n_classes"]).reset_index("n_classes").reset_index(drop=True)

    @property
    def measures(self) -> pd.DataFrame:
        """Columns n_classes, head, seed, measure, value: one row for each."""
        axes = {
            "measure": MEASURES,
            "n_classes": self.counts,
            "head": self.variants,
            "seed": self.experiment.seeds,
        }
        frame = tidy(axes, {"value": [self.values[name] for name in MEASURES]})
        return frame[["n_classes", "head", "seed", "measure", "value"]]

    @cached_property
    def finding_in_parts(self) -> tuple[str, str]:
        """What was found of the log loss, and the rest, which may be empty."""
        return classes_finding.finding(self)

    @property
    def finding(self) -> str:
        """The result in a few sentences."""
        return " ".join(filter(None, self.finding_in_parts))

    def to_csv(self) -> str:
        """One row a number of classes, head, seed and measure."""
        return self.measures.to_csv(index=False, lineterminator="\n")

    def to_json(self) -> str:
        """Experiment, finding, and the frames summary, tuning and measures as lists of rows.

        Every digit is there; null is a number that isn't finite.
        """
        content: dict[str, Any] = {"experiment": self.experiment.texts(), "finding": self.finding}
        for name in ("summary", "tuning", "measures"):
            finite = getattr(self, name).replace([np.inf, -np.inf], np.nan)
            content[name] = finite.astype(object).where(finite.notna(), None).to_dict("records")
        return json.dumps(content, ensure_ascii=False, indent=1)


@dataclass(frozen=True, eq=False)
class ClassCountsProgress:
    """How far it is, and what is known of the numbers of classes that are done."""

    experiment: ClassCounts
    fraction: float
    found: tuple[AtCount, ...]

    @property
    def so_far(self) -> ClassCountsResults:
        """What is known so far."""
        return ClassCountsResults(self.experiment, self.found)


ClassCountsWatch = Callable[[ClassCountsProgress], None]


def _at_count(
    experiment: ClassCounts, n_classes: int, report: Callable[[float], None], n_jobs: int | None
) -> AtCount:
    """Tune and train the heads at one number of classes, and measure them."""
    data = problems(experiment.source, n_classes, experiment.sizes(n_classes), experiment.seeds)
    runs, tuned = _trained(experiment, n_classes, data, report, n_jobs)
    values: dict[str, list[Floats]] = {name: [] for name in MEASURES}
    for index, variant in enumerate(runs.variants):
        with np.errstate(all="ignore"):
            probabilities = variant.head.class_probabilities(
                runs.logits(index, data.test.X).astype(np.float64)
            )
        for name, own in values.items():
            own.append(measures.MEASURES[name].function(probabilities, data.test.targets))
    # A run that diverged may still give numbers.
    lost = runs.diverged.T
    found = {name: np.where(lost, np.nan, own) for name, own in values.items()}
    return AtCount(n_classes, found, tuning_frame("head", tuned, runs, len(runs.jobs)))


def _trained(
    experiment: ClassCounts, n_classes: int, data: Data, report: Callable[[float], None], n_jobs: int | None
) -> tuple[Runs, Tuning | None]:
    """Choose rates and epochs on tuning problems, unless both are given, and train on those of the seeds."""
    variants, search, recipe = experiment.at(n_classes), experiment.search, experiment.recipe
    tuned, share = None, 0.0
    if search.needed:
        seeds, share = experiment.tuning_seeds, experiment.tuning_share(*experiment.shape(n_classes))
        tuned = tuning.tune(
            experiment.candidates(variants),
            search,
            recipe,
            problems(experiment.source, n_classes, experiment.sizes(n_classes), seeds),
            seeds,
            lambda _, fraction, __: report(share * fraction),
            n_jobs,
        )
        jobs = tuned.jobs
    else:
        (rate,) = search.rates
        jobs = tuple(Job(variant, rate, search.n_epochs) for variant in variants)
    watched = data.validation if tuned is None else _first(data.validation, N_WATCHED)
    runs = train(
        jobs,
        recipe,
        experiment.seeds,
        data.training,
        watched,
        lambda _, fraction, __: report(share + (1 - share) * fraction),
        n_jobs,
    )
    return runs, tuned


def _first(part: Subset, n_samples: int) -> Subset:
    """The first samples of every split, which are in random order."""
    return Subset(part.X[:, :n_samples], part.targets[:, :n_samples])
