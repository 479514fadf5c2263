"""What a series has found so far: each head's difference from softmax, with an interval that says for what.

All heads have the same seeds, so they are compared in pairs. Seeds share a test set, though, which the
published MNIST has once and for all: more seeds say more about these test samples, and no more about others.
So an interval for new samples has the chance of the test set, too. It is estimated where the table says which
samples were wrong; elsewhere it is the most that it can be with these errors.
"""

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.datasets import DATASETS
from alternatives.experiments import Comparison
from alternatives.experiments.comparison import QUESTIONS
from alternatives.heads import HEADS, Floats
from alternatives.measures import MEASURES, Measure
from alternatives.memory import once
from alternatives.paper.series import N_CLASSES, SERIES, Series
from alternatives.paper.tables import FOLDER, NOT_RECORDED, read_places, tables
from alternatives.statistics import (
    FEWEST_BLOCKS,
    between_data,
    most_between_errors,
    simultaneous,
    verdicts,
)
from alternatives.sweeps import KEY, Found, SweepView, Swept
from alternatives.sweeps.reading import block_of

BASELINE = "softmax"
"""The head that all others are compared with, as in the paper."""

ERROR = replace(
    MEASURES["accuracy"],
    name="error",
    better="lower",
    explanation="Share of test samples whose most probable class is a wrong one.",
)
READ: dict[str, Measure] = {
    each.name: each for each in (ERROR, MEASURES["log loss"], MEASURES["Brier score"])
}
"""Measures by which a series is read; the first is the paper's."""

THESE, NEW = QUESTIONS
FEWEST_KNOWN = 2
"""Seeds of a head and of softmax whose wrong samples must be known, for an estimate."""
TEST_SHARE = 0.2
"""The part of a data set that is a test set, unless one was published."""
MOST_TESTED = 1_000_000
"""Test samples that an error may be a share of."""


@dataclass(frozen=True, eq=False)
class SeriesFound:
    """The two tables of a series, read.

    Attributes
    ----------
    series : Series
    rows : DataFrame
        The networks; at least one.
    search : DataFrame
        What was tried.
    """

    series: Series
    rows: pd.DataFrame
    search: pd.DataFrame

    @property
    def title(self) -> str:
        """What pages call the series."""
        return self.series.title or self.series.name

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads that have networks, as legends have them; those that aren't registered come last."""
        there = dict.fromkeys(self.rows["head"])
        return (*(head for head in HEADS if head in there), *(head for head in there if head not in HEADS))

    @property
    def others(self) -> tuple[str, ...]:
        """Those that are compared with softmax."""
        return tuple(head for head in self.heads if head != BASELINE)

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The data sets that have networks, in the order of all data sets: those with few classes first."""
        there, order = (
            dict.fromkeys(self.rows["dataset"]),
            {name: place for place, name in enumerate(DATASETS)},
        )
        return tuple(sorted(there, key=lambda name: order.get(name, len(order))))

    @cached_property
    def complete(self) -> tuple[str, ...]:
        """Those that have a network of every head."""
        n_heads = self.rows.groupby("dataset")["head"].nunique()
        return tuple(name for name in self.datasets if n_heads[name] == len(self.heads))

    @property
    def is_ranked(self) -> bool:
        """Whether there are enough data sets for ranks over them, on which nothing is varied."""
        return self.series.varied is None and len(self.complete) >= FEWEST_BLOCKS and len(self.heads) > 1

    @cached_property
    def planned(self) -> tuple[int, int]:
        """How many data sets and networks the whole series has."""
        every = _planned(self.series.name) if SERIES.get(self.series.name) is self.series else ()
        every = every or tuple(self.series.comparisons())
        names = {self.series.dataset or each.dataset.name for each in every}
        return len(names), sum(len(each.seeds) for each in every)

    @cached_property
    def settings(self) -> Floats:
        """What is varied, of each row; NaN in a series that varies nothing."""
        varied = self.series.varied
        if varied is None:
            return np.full(len(self.rows), np.nan)
        if varied.name in self.rows:
            return self.rows[varied.name].to_numpy(float)
        values = {text: _setting(text, varied.name) for text in self.rows["configuration"].unique()}
        return self.rows["configuration"].map(values).to_numpy(float)

    @cached_property
    def test_sets(self) -> pd.Series:
        """Which test set each row was measured on: rows of a data set with the same one share it."""
        texts = self.rows["configuration"].unique()
        own = self.rows["configuration"].map({text: _test_set(text) for text in texts})
        drawn = "drawn by seed " + self.rows["seed"].astype(str)
        drawn += self.rows["configuration"].map({text: _part(text) for text in texts})
        return drawn if self.series.procedure.tests_by_seed else own.where(own != "", drawn)

    @cached_property
    def diverged(self) -> NDArray[np.bool_]:
        """Which rows are networks that diverged; none where the table doesn't say."""
        if "diverged" not in self.rows:
            return np.zeros(len(self.rows), bool)
        return self.rows["diverged"].isin([True]).to_numpy(bool)

    @cached_property
    def n_diverged(self) -> dict[str, int]:
        """Networks that diverged, by head, of those heads that have any."""
        counts = self.rows["head"][self.diverged].value_counts()
        return {head: int(counts[head]) for head in self.heads if head in counts}

    @cached_property
    def knows_mistakes(self) -> bool:
        """Whether rows of softmax and of another head say which test samples were wrong."""
        known = set(self.rows.loc[self._wrong != NOT_RECORDED, "head"])
        return BASELINE in known and len(known) > 1

    @cached_property
    def _wrong(self) -> pd.Series:
        """The column `wrong`, as texts."""
        if "wrong" not in self.rows:
            return pd.Series(NOT_RECORDED, index=self.rows.index, dtype=object)
        return self.rows["wrong"].astype(object).where(self.rows["wrong"].notna(), NOT_RECORDED)

    def has(self, measure: str) -> bool:
        """Whether there are numbers of a measure of `READ`."""
        return _column(measure) in self.rows and bool(self.rows[_column(measure)].notna().any())

    @once
    def differences(self, measure: str = ERROR.name, question: str = NEW) -> pd.DataFrame:
        """Each head's mean and its paired difference from softmax, by data set and setting.

        Parameters
        ----------
        measure : str
            One of `READ`.
        question : {"these data", "new data"}
            Whether intervals are for these test samples, or for new ones, too. Of the error alone it is known
            how much the samples can add.

        Returns
        -------
        DataFrame
            Columns dataset, setting, head, mean, difference, difference_low, difference_high, n_seeds,
            n_pairs, n_test, verdict, configuration. Intervals of a data set and setting hold together over
            its heads. A network that diverged is left out, of pairs too. `n_test` is the number of samples of
            a test set, or the harmonic mean of several such; NaN where errors don't say.
        """
        values = self.rows[_column(measure)].where(~self.diverged).to_numpy(float)
        rows = self.rows[["dataset", "head", "seed", "configuration"]].assign(
            setting=self.settings, value=values, test_set=self.test_sets.to_numpy(), error=self.rows["error"]
        )
        if self.knows_mistakes:
            rows["wrong"] = self._wrong
        groups = rows.groupby(["dataset", "setting"], sort=False, dropna=False)
        every = [self._of_group(group, READ[measure], question) for _, group in groups]
        return pd.concat(every, ignore_index=True)

    def _of_group(self, rows: pd.DataFrame, measure: Measure, question: str) -> pd.DataFrame:
        wide = rows.pivot(index=["test_set", "seed"], columns="head", values="value")
        heads = [head for head in self.heads if head in wide]
        values = wide[heads].to_numpy(float).T
        base = wide[BASELINE].to_numpy(float) if BASELINE in wide else np.full(len(wide), np.nan)
        with np.errstate(invalid="ignore"):
            differences = values - base
        is_baseline = np.array([head == BASELINE for head in heads])
        differences[is_baseline] = np.nan
        n_test = _n_test(rows)
        step = 0.0 if np.isnan(n_test) else 1 / n_test
        between: Floats = np.zeros(len(heads))
        means = np.array(
            [np.mean(each[np.isfinite(each)]) if np.isfinite(each).any() else np.nan for each in values]
        )
        if question == NEW and measure is ERROR:
            n_sets = rows["test_set"].nunique()
            distinct = n_test * n_sets / (1 + (n_sets - 1) * TEST_SHARE)
            at_baseline = np.nanmean(base) if np.isfinite(base).any() else np.nan
            between = most_between_errors(means, at_baseline, distinct)
            if n_sets == 1 and "wrong" in rows:
                between = np.fmin(between, _between(rows, heads))
        estimate, _ = simultaneous(differences, between, step if measure is ERROR else 0.0)
        better = np.array([measure.better] * len(heads), object)
        first = rows.drop_duplicates("head").set_index("head").loc[heads]
        return pd.DataFrame(
            {
                "dataset": first["dataset"].to_numpy(),
                "setting": first["setting"].to_numpy(float),
                "head": heads,
                "mean": means,
                "difference": estimate.mean,
                "difference_low": estimate.low,
                "difference_high": estimate.high,
                "n_seeds": np.isfinite(values).sum(1),
                "n_pairs": estimate.n,
                "n_test": n_test,
                "verdict": verdicts(estimate, np.full(len(heads), np.nan), better, is_baseline),
                "configuration": first["configuration"].to_numpy(),
            }
        )

    @once
    def ranked(self, view: SweepView) -> Found:
        """The same rows as a sweep, for its ranks: data sets that have networks of every head."""
        return Found(self._swept, view)

    @cached_property
    def _swept(self) -> Swept:
        kept = self.rows["dataset"].isin(self.complete).to_numpy()
        rows = self.rows[kept]
        frame = pd.DataFrame(
            {
                KEY: rows["dataset"] + ", " + self.test_sets[kept],
                "dataset": rows["dataset"],
                "block": rows["dataset"].map(block_of),
                "head": rows["head"],
                "seed": rows["seed"].astype(float),
                "diverged": self.diverged[kept],
                "accuracy": 1 - rows["error"],
                **{name: rows[_column(name)] for name in READ if name != ERROR.name and self.has(name)},
            }
        )
        return Swept(f"{self.series.name}.csv", "", frame.reset_index(drop=True))


def _column(measure: str) -> str:
    return measure.lower().replace(" ", "_")


def _n_test(rows: pd.DataFrame) -> float:
    """Samples of a test set: the harmonic mean over the test sets of these rows; NaN where none is known."""
    sizes = [n_tested(own.to_numpy(float)) for _, own in rows.groupby("test_set")["error"]]
    known = np.array(sizes)[np.isfinite(sizes)]
    return float(1 / np.mean(1 / known)) if len(known) else np.nan


def n_tested(errors: Floats) -> float:
    """How many test samples errors of the same test set were counted on.

    It is the least number of which every error is a whole share: the number itself, or, with few errors, a
    part of it, which makes intervals too wide and never too narrow. NaN where all errors are 0 or 1, or they
    aren't shares of at most `MOST_TESTED` samples.
    """
    distinct = np.unique(errors[np.isfinite(errors)])
    shares = (Fraction(each).limit_denominator(MOST_TESTED) for each in distinct)
    n = math.lcm(*(each.denominator for each in shares))
    return float(n) if 1 < n <= MOST_TESTED else np.nan


def _between(rows: pd.DataFrame, heads: list[str]) -> Floats:
    """Variance (n_heads,) of differences of errors between test sets, from the samples that were wrong.

    NaN where fewer than two seeds of a head say which these were.
    """
    known = rows[(rows["wrong"] != NOT_RECORDED) & (rows["error"] > 0)]
    found = np.full(len(heads), np.nan)
    if BASELINE not in heads or not len(known):
        return found
    places = [read_places(text) for text in known["wrong"]]
    n_test = round(len(places[0]) / known["error"].iloc[0])
    seeds = {seed: place for place, seed in enumerate(known["seed"].unique())}
    wrong = np.full((len(heads), len(seeds), n_test), np.nan, np.float32)
    for head, seed, own in zip(known["head"], known["seed"], places, strict=True):
        wrong[heads.index(head), seeds[seed]] = 0
        wrong[heads.index(head), seeds[seed], own] = 1
    differences = wrong - wrong[heads.index(BASELINE)]
    enough = np.isfinite(differences[..., 0]).sum(-1) >= FEWEST_KNOWN
    samples = np.broadcast_to(np.arange(n_test), differences.shape[1:])
    found[enough] = between_data(differences[enough], samples, n_test)
    return found


@lru_cache(maxsize=16)
def _planned(name: str) -> tuple[Comparison, ...]:
    return tuple(SERIES[name].comparisons())


def _setting(configuration: str, name: str) -> float:
    """The value of what is varied, of a configuration."""
    given = dict(parse_qsl(configuration))
    if name == N_CLASSES:
        return float(n_classes(given.get("dataset", "")))
    text = given.get(name, Comparison().texts().get(name, ""))
    try:
        return float(text)
    except ValueError:
        return np.nan


def n_classes(dataset: str) -> int:
    """How many classes a data set has, by its name with or without parameters."""
    found = DATASETS.parse(dataset)
    return int(getattr(found, "classes", 0)) or found.shape[2]  # a part's shape would be read from its file


def _test_set(configuration: str) -> str:
    """What tells a configuration's test set from others of its data set; "" where each seed draws one."""
    given = dict(parse_qsl(configuration))
    if "text" in given:
        return "that of the text"
    which = given.get("test_set", Comparison().test_set)
    if which == "published":
        return which
    if which != "held out":
        return ""
    return f"held out by {given.get('first_seed', '0')}{_part(configuration)}"


def _part(configuration: str) -> str:
    """The parameters of a configuration's data set: other parts of a data set have other test sets."""
    part = re.search(r"\(.*\)", dict(parse_qsl(configuration)).get("dataset", ""))
    return part[0] if part else ""


def found(folder: Path | None = None) -> tuple[SeriesFound, ...]:
    """What a folder has of every series with networks, in the order in which they are run.

    Without a folder it is the one that comes with the program.

    Raises
    ------
    ValueError
        With a sentence, where a file isn't the table of a series.
    """
    folder, every = folder or FOLDER, []
    for each in SERIES.values():
        states = tuple((table.path, _state(table.path)) for table in tables(folder, each.name))
        one = _read(each, folder, states)
        if one is not None:
            every.append(one)
    return tuple(every)


def _state(path: Path) -> tuple[int, int] | None:
    """What changes when a file does; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=32)
def _read(
    series: Series, folder: Path, states: tuple[tuple[Path, tuple[int, int] | None], ...]
) -> SeriesFound | None:
    """What there is of a series, read once as long as its files are in this state; None without networks."""
    search, rows = (table.read() for table in tables(folder, series.name))
    return SeriesFound(series, rows, search) if len(rows) else None
