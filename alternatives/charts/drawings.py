"""The charts of a comparison, each with its frame and the text that says what it shows.

A drawing is made once for the same results: a page that is drawn again finds it here.
"""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

import pandas as pd

from alternatives.charts import compare, frames, words
from alternatives.charts.look import Drawing, Heads
from alternatives.experiments import Comparison, Progress
from alternatives.experiments import ComparisonResults as Results

P = ParamSpec("P")
T = TypeVar("T")

BINNING = "equal width"
"""The bins of the reliability diagrams: those of the headline's calibration error."""


def once(make: Callable[Concatenate[Results, P], T]) -> Callable[Concatenate[Results, P], T]:
    """Decorator: make something of the same results once, and keep it as long as they are kept."""
    kept: WeakKeyDictionary[Results, dict[object, T]] = WeakKeyDictionary()

    @functools.wraps(make)
    def made(results: Results, *args: P.args, **kwargs: P.kwargs) -> T:
        of_results = kept.setdefault(results, {})
        key = (args, tuple(sorted(kwargs.items())))
        if key not in of_results:
            of_results[key] = make(results, *args, **kwargs)
        return of_results[key]

    return cast(Callable[Concatenate[Results, P], T], made)


def heads_of(comparison: Comparison) -> Heads:
    """The names of the heads that are compared."""
    return tuple(head.name for head in comparison.heads)


@once
def table(results: Results) -> pd.DataFrame:
    """The headline measures by head, in Markdown."""
    return words.table(results.summary, words.HEADLINE)


@once
def full_table(results: Results) -> pd.DataFrame:
    """All measures by head, in Markdown."""
    return words.full_table(results.summary)


@once
def by_head(results: Results, measure: str) -> Drawing:
    """A measure by head, with every seed's dot."""
    return Drawing(
        compare.by_head,
        frames.by_head(results.measures, results.summary, results.runs, measure),
        words.parts(words.by_head(results.summary, measure, results.experiment.baseline)),
        heads=heads_of(results.experiment),
        title=words.axis_title(measure),
        style=words.axis_format(measure),
    )


def accuracy_so_far(comparison: Comparison, progress: Progress) -> Drawing:
    """The validation accuracy by head while it is trained, in the chart of the accuracy."""
    return Drawing(
        compare.by_head,
        frames.accuracy_so_far(_accuracy(progress)),
        words.parts("Accuracy by head, mean over the seeds: on the validation part, still in training."),
        heads=heads_of(comparison),
        title=words.axis_title("accuracy"),
        style=words.axis_format("accuracy"),
    )


def _accuracy(progress: Progress) -> pd.DataFrame:
    values = progress.curves["validation accuracy"].values[..., -1]
    seeds = progress.experiment.seeds
    return pd.DataFrame(
        {
            "head": [name for name in progress.variants for _ in seeds],
            "seed": [*seeds] * len(progress.variants),
            "value": values.ravel(),
        }
    )


def lines_so_far(comparison: Comparison, progress: Progress, quantity: str) -> Drawing:
    """A quantity by epoch while it is trained."""
    text = f"{words.sentence(quantity)} by epoch, mean over the seeds: still in training."
    return _lines(comparison, frames.curves(progress), quantity, text)


@once
def lines(results: Results, quantity: str) -> Drawing:
    """A quantity by epoch; losses and gradients on a logarithmic axis."""
    return _lines(results.experiment, frames.curves(results), quantity, None)


def _lines(comparison: Comparison, curves: pd.DataFrame, quantity: str, text: str | None) -> Drawing:
    share = quantity.endswith("accuracy")
    frame = frames.lines(curves, quantity, logarithmic=not share)
    return Drawing(
        compare.lines,
        frame,
        words.parts(text or words.lines(frame, quantity, heads_of(comparison))),
        {"last_epoch": max(comparison.n_epochs, 2)},
        heads=heads_of(comparison),
        title=words.axis_title(quantity),
        style=words.axis_format("accuracy" if share else "log loss"),
        logarithmic=not share,
    )


@once
def reliability(results: Results, head: str) -> Drawing:
    """One head's reliability diagram."""
    note = words.calibration(results.summary, head)
    frame = frames.reliability(results.reliability, head, BINNING, note)
    return Drawing(compare.reliability, frame, words.parts(words.reliability(results, head)), head=head)


@once
def temperature(results: Results, measure: str = "calibration error") -> Drawing:
    """A measure before and after temperature scaling."""
    return Drawing(
        compare.temperature,
        frames.temperature(results.summary, measure),
        words.parts(words.temperature(results, measure)),
        heads=heads_of(results.experiment),
        title=words.axis_title(measure, "on the test part"),
        style=words.axis_format(measure),
    )


@once
def rates(results: Results) -> Drawing:
    """Validation loss by learning rate."""
    frame, heads = frames.rates(results.rates_frame), heads_of(results.experiment)
    return Drawing(compare.rates, frame, words.parts(words.rates(results.rates_frame)), heads=heads)


@once
def training_time(results: Results) -> Drawing:
    """Training time by head."""
    frame, heads = frames.training_time(results.runs), heads_of(results.experiment)
    return Drawing(compare.training_time, frame, words.parts(words.training_time(frame)), heads=heads)


@once
def confusion(results: Results, head: str) -> Drawing:
    """One head's confusion matrix."""
    cells = frames.confusion(frames.confusion_counts(results), head)
    classes = tuple(dict.fromkeys(cells["true"]))
    return Drawing(
        compare.confusion, cells, words.parts(words.confusion(cells, head)), head=head, classes=classes
    )


@once
def regions(results: Results, head: str) -> Drawing:
    """The plane as one head divides it; for data of two features alone."""
    decision, points = frames.decision(results)
    classes = tuple(sorted(points["class"].unique()))
    x, y = results.experiment.dataset.load().feature_names
    return Drawing(
        compare.regions,
        frames.regions(decision, points, head),
        words.regions(head, classes),
        head=head,
        classes=classes,
        titles=(f"{x}, scaled", f"{y}, scaled"),
    )
