"""Comparisons beside each other: what changes from one pin to another, head by head, and in the ranking.

Two questions have intervals and verdicts, each a family of its own:

- *A head's change*: a measure of a head in one pin, less the same head's in the reference.
- *The change of a lead*: a head's difference from the baseline in one pin, less that in the reference.

A seed is the same split in every comparison of the same data set: neither label noise nor any setting of the
networks or of their training changes which samples are tested, or their labels. So changes are paired over
the seeds that both pins have, if these are at least half of each pin's; else the two means are compared as
independent (Welch). On different data sets nothing is compared but the rankings.

Pins whose settings differ in nothing that a run depends on have the same runs for the seeds in both, and no
true difference: they have no verdicts.

All answers are for these data. What other data sets from the same source would change is known for a
comparison's own heads alone, not from one comparison to another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.experiments import Comparison, ComparisonResults
from alternatives.experiments.comparison import QUESTIONS
from alternatives.heads import Floats
from alternatives.memory import kept
from alternatives.sessions.beside_finding import finding
from alternatives.sessions.beside_words import SAME_RUNS
from alternatives.sessions.differences import changed
from alternatives.sessions.naming import unused
from alternatives.statistics import (
    FEWEST_PAIRS,
    Estimate,
    noticeable,
    paired,
    resolution,
    together,
    verdicts,
    welch,
)

RANKED = ("accuracy", "log loss")
"""The measures in which heads are ranked."""

NUMBERS = ("difference", "difference_low", "difference_high", "noticeable")
"""What a change has as numbers that may be missing."""

REFERENCE, NOT_COMPARABLE = "reference", "not comparable"
"""Verdicts beside those of `statistics.verdicts` and `SAME_RUNS`: of the reference itself, and on another
data set."""

NOT_OF_RUNS = ("n_seeds", "first_seed", "heads", "baseline", "question", "margin", "margin_nats")
"""Settings that say which runs there are and what is concluded from them; no run depends on them."""


@dataclass(frozen=True, eq=False)
class Beside:
    """Results of two to four comparisons; the others are compared with the reference, which has an index.

    Whatever is shown of a pin is found by its name: where names are the same, the later ones get a number.
    """

    states: tuple[Comparison, ...]
    results: tuple[ComparisonResults, ...]
    reference: int
    names: tuple[str, ...]

    def __init__(
        self,
        states: Sequence[Comparison],
        results: Sequence[ComparisonResults],
        reference: int = 0,
        names: Sequence[str] = (),
    ) -> None:
        names = names or [f"pin {number + 1}" for number in range(len(states))]
        if not len(states) == len(results) == len(names) > 0:
            raise ValueError(
                f"every state must have its results and its name; got {len(states)} states, {len(results)} "
                f"results and {len(names)} names"
            )
        if not 0 <= reference < len(states):
            raise ValueError(f"reference must be the index of one of {len(states)} states, got {reference}")
        different: list[str] = []
        for name in names:
            different.append(unused(name, different))
        fields = {
            "states": tuple(states),
            "results": tuple(results),
            "reference": reference,
            "names": tuple(different),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def others(self) -> tuple[int, ...]:
        """The indices of the pins that aren't the reference."""
        return tuple(index for index in range(len(self.states)) if index != self.reference)

    @property
    def base(self) -> ComparisonResults:
        """The reference's results."""
        return self.results[self.reference]

    @property
    def baseline(self) -> str:
        """The head that leads are measured from: the reference's baseline."""
        return self.base.experiment.baseline

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """All heads of all pins: the reference's first."""
        every = (self.base, *(self.results[index] for index in self.others))
        return tuple(dict.fromkeys(head for results in every for head in results.variants))

    def comparable(self, index: int) -> bool:
        """Whether a pin has the reference's data set."""
        return self.results[index].experiment.dataset == self.base.experiment.dataset

    def paired(self, index: int) -> bool:
        """Whether a pin's changes are paired: over the seeds that it has in common with the reference.

        Fewer than half of a pin's seeds would leave most of them out: the change could contradict the means.
        """
        numbers = [self.results[each].experiment.n_seeds for each in (index, self.reference)]
        n_common = len(self.common_seeds(index))
        enough = n_common >= min(FEWEST_PAIRS, *numbers) and 2 * n_common >= max(numbers)
        return self.comparable(index) and enough

    def has_same_runs(self, index: int) -> bool:
        """Whether a pin's runs are the reference's wherever both have the seed and the head.

        Their numbers must be the same, too: those of a file may be another version's.
        """
        base, own = self.base, self.results[index]
        alike = {name: getattr(base.experiment, name) for name in NOT_OF_RUNS}
        if changed(base.experiment, own.experiment.replace(**alike)):
            return False
        common = self.common_seeds(index)
        return all(
            np.array_equal(_runs(own, name, head, common), _runs(base, name, head, common), equal_nan=True)
            for head in own.variants
            if head in base.variants
            for name in base.values
        )

    def common_seeds(self, index: int) -> list[int]:
        """The seeds that a pin has in common with the reference."""
        return sorted(set(self.results[index].seeds) & set(self.base.seeds))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Every measure of every head in every pin: see `frame_of`."""
        return self.frame_of(*self.base.values)

    def frame_of(self, *measures: str) -> pd.DataFrame:
        """One row a pin, measure and head that the pin has, in this order.

        Columns
        -------
        pin, head, measure
        mean, low, high
            As in `Results.summary`.
        difference, difference_low, difference_high
            Less the same head's in the reference, with a 95 % interval. Those of a family of measures (see
            `Results.families`) hold together over all heads and pins. NaN where there is nothing to compare.
        verdict
            "better", "worse", "higher", "lower", "equivalent" within the reference's margin, or "undecided";
            "reference"; "not comparable" on another data set; "same runs" where only the seeds, the heads or
            what is concluded differ; None for a measure without verdicts, and for a head that the reference
            doesn't have.
        margin, noticeable
            As in `Results.summary`.
        n_pairs
            Seeds that finished in both; without pairs or verdicts, the smaller of the two numbers.
        paired
        better
            Which way is better: see `statistics.Better`.
        """
        known = vars(self).setdefault("_frames", {})
        if measures not in known:
            known[measures] = self._frame_of([name for name in self.base.values if name in measures])
        frame: pd.DataFrame = known[measures]
        return frame

    def _frame_of(self, measures: Sequence[str]) -> pd.DataFrame:
        changes = self._changes_of(measures)
        parts = []
        for index, (name, results) in enumerate(zip(self.names, self.results, strict=True)):
            own = results.summary_of(*measures)
            change = {
                column: array[index][:, self._places(index)].ravel() for column, array in changes.items()
            }
            if index == self.reference or not self.comparable(index):
                change["verdict"][:] = REFERENCE if index == self.reference else NOT_COMPARABLE
            columns = {
                column: own[column].to_numpy() for column in ("head", "measure", "mean", "low", "high")
            }
            paired = {"paired": np.full(len(own), self.paired(index))}
            parts.append({"pin": np.full(len(own), name, object), **columns, **change, **paired})
        frame = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
        margins = self.base.margins
        frame["margin"] = np.array([margins.get(name) or np.nan for name in frame["measure"]])
        frame["better"] = np.array([self.base.better.get(name) for name in frame["measure"]], object)
        return _tidy(frame)

    def _changes_of(self, measures: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Arrays (n_pins, n_measures, n_heads) of measures, each in its family."""
        known = vars(self).setdefault("_families", {})
        found: dict[str, dict[str, NDArray[Any]]] = {}
        for name in measures:
            families = (each for each in self.base.families if name in each)
            family = tuple(each for each in next(families, (name,)) if each in self.base.values)
            if family not in known:
                known[family] = self._changes(family, self._values)
            row = family.index(name)
            found[name] = {column: array[:, row] for column, array in known[family].items()}
        return {
            column: np.stack([each[column] for each in found.values()], 1) for column in found[measures[0]]
        }

    @cached_property
    def leads(self) -> pd.DataFrame:
        """How each head stands to the baseline in each pin, and how that changed from the reference.

        One row a pin other than the reference, a measure of `RANKED` and a head other than the baseline, in
        pins that have both heads.

        Columns
        -------
        pin, head, measure
        lead, lead_verdict
            The difference from the baseline in the pin, as in `Results.summary`.
        before, before_verdict
            The same in the reference; NaN and None if the head isn't there.
        difference, difference_low, difference_high, verdict, noticeable, n_pairs
            The lead less that before, as in `frame`: "better" says that the head gained on the baseline.
        """
        if not self.others:
            raise ValueError("leads change from pin to pin; there is one pin")
        changes = self._changes(RANKED, self._gaps)
        before = self._standing_arrays(self.reference)
        n_heads, parts = len(self.heads), []
        for index in self.others:
            lead, verdict = self._standing_arrays(index)
            labels = {
                "pin": np.full(len(RANKED) * n_heads, self.names[index], object),
                "head": np.tile(np.array(self.heads, object), len(RANKED)),
                "measure": np.repeat(np.array(RANKED, object), n_heads),
            }
            standing = {
                "lead": lead,
                "lead_verdict": verdict,
                "before": before[0],
                "before_verdict": before[1],
            }
            change = {column: array[index].ravel() for column, array in changes.items()}
            own = labels | {column: array.ravel() for column, array in standing.items()} | change
            shown = np.isfinite(own["lead"])
            parts.append({column: array[shown] for column, array in own.items()})
        return _tidy({column: np.concatenate([part[column] for part in parts]) for column in parts[0]})

    def _gaps(self, index: int, measures: Sequence[str]) -> Floats:
        """Differences (n_measures, n_heads, n_seeds) from the baseline in a pin, seed by seed."""
        values = self._values(index, measures)
        at_baseline = self.heads.index(self.baseline)
        with np.errstate(invalid="ignore"):
            values = values - values[:, [at_baseline]]
        values[:, at_baseline] = np.nan
        return values

    def _standing_arrays(self, index: int) -> tuple[Floats, NDArray[np.object_]]:
        """Differences and verdicts (n_measures, n_heads) of `standing`."""
        shape = len(RANKED), len(self.heads)
        lead, verdict = np.full(shape, np.nan), np.full(shape, None, object)
        rows = self.standing(index)
        if len(rows):
            places = self._places(index)
            lead[:, places] = rows["difference"].to_numpy().reshape(len(RANKED), -1)
            verdict[:, places] = rows["verdict"].to_numpy(object).reshape(len(RANKED), -1)
        return lead, verdict

    def standing(self, index: int) -> pd.DataFrame:
        """A pin's summary of `RANKED` from the reference's baseline; empty where the pin doesn't have it."""
        results = self.results[index]
        own = results.experiment
        if self.baseline not in results.variants:
            return results.summary_of(*RANKED).iloc[:0]
        if own.baseline != self.baseline:
            # What was worked out for new data is about the pin's own baseline.
            results = results.concluded(own.replace(baseline=self.baseline, question=QUESTIONS[0]))
        return results.summary_of(*RANKED)

    @cached_property
    def finding_in_parts(self) -> tuple[str, str]:
        """What was changed and what that did, in a sentence or two; then the rest, which may be empty."""
        return finding(self)

    @property
    def finding(self) -> str:
        """Both parts."""
        return " ".join(filter(None, self.finding_in_parts))

    def _places(self, index: int) -> list[int]:
        """Where a pin's heads are among all."""
        return [self.heads.index(head) for head in self.results[index].variants]

    def _values(self, index: int, measures: Sequence[str]) -> Floats:
        """Values (n_measures, n_heads, n_seeds) of a pin; NaN for a head that it doesn't have."""
        results = self.results[index]
        values = np.full((len(measures), len(self.heads), results.experiment.n_seeds), np.nan)
        for row, name in enumerate(measures):
            values[row, self._places(index)] = results.values[name]
        return values

    def _changes(
        self, measures: Sequence[str], values: Callable[[int, Sequence[str]], Floats]
    ) -> dict[str, NDArray[Any]]:
        """Changes from the reference, one family over all pins: arrays (n_pins, n_measures, n_heads)."""
        shape = len(self.states), len(measures), len(self.heads)
        arrays = {name: np.full(shape, np.nan) for name in NUMBERS}
        arrays |= {"verdict": np.full(shape, None, object), "n_pairs": np.zeros(shape, np.int64)}
        compared = []
        for index in filter(self.comparable, self.others):
            if not self.has_same_runs(index):
                compared.append(index)
                continue
            # Nothing is to be decided, and no other interval is wider for it.
            n = arrays["n_pairs"][index] = self._n_pairs(index, measures, values)
            arrays["verdict"][index][n > 0] = SAME_RUNS
        if not compared:
            return arrays
        base, own = values(self.reference, measures), {index: values(index, measures) for index in compared}
        every = [
            np.concatenate([each[row] for each in (base, *own.values())], -1) for row in range(len(base))
        ]
        steps = np.array([resolution(each) for each in every])[:, None]
        seeds = sorted({seed for index in (self.reference, *compared) for seed in self.results[index].seeds})
        found = [self._change(index, own[index], base, steps, seeds) for index in compared]
        singles = zip(*(vars(one).values() for one, _ in found), strict=True)
        estimate, critical = together(
            Estimate(*map(np.stack, singles)), np.stack([deviations for _, deviations in found])
        )
        margins = self.base.margins
        margin = np.array([margins.get(name) or np.nan for name in measures])[:, None]
        better = np.array([self.base.better.get(name) for name in measures], object)[:, None]
        verdict = verdicts(estimate, margin, better, np.array(False))
        verdict[estimate.n == 0] = None  # a head that a pin lacks, or of which no run finished
        changes = {
            "difference": estimate.mean,
            "difference_low": estimate.low,
            "difference_high": estimate.high,
            "noticeable": noticeable(estimate.error, critical, estimate.freedom),
            "verdict": verdict,
            "n_pairs": estimate.n,
        }
        for name, array in changes.items():
            arrays[name][compared] = array
        return arrays

    def _n_pairs(
        self, index: int, measures: Sequence[str], values: Callable[[int, Sequence[str]], Floats]
    ) -> NDArray[np.int64]:
        """How many runs (n_measures, n_heads) finished in a pin, or in the reference if fewer did there."""
        own, base = (np.isfinite(values(each, measures)).sum(-1) for each in (index, self.reference))
        return np.minimum(own, base)

    def _change(
        self, index: int, own: Floats, base: Floats, steps: Floats, seeds: Sequence[int]
    ) -> tuple[Estimate, Floats]:
        """One pin's changes (n_measures, n_heads), and what each of all seeds adds to them."""
        places = [np.searchsorted(seeds, self.results[each].seeds) for each in (index, self.reference)]
        deviations = np.zeros((*own.shape[:-1], len(seeds)))
        if self.paired(index):
            common = self.common_seeds(index)
            columns = [
                [seed - self.results[each].seeds[0] for seed in common] for each in (index, self.reference)
            ]
            estimate, of_pairs = paired(own[..., columns[0]], base[..., columns[1]], steps)
            deviations[..., np.searchsorted(seeds, common)] = of_pairs
            return estimate, deviations
        estimate, (of_own, of_base) = welch(own, base, steps)
        deviations[..., places[0]] += of_own
        deviations[..., places[1]] += of_base
        return estimate, deviations


@kept
def beside(
    states: tuple[Comparison, ...],
    results: tuple[ComparisonResults, ...],
    reference: int,
    names: tuple[str, ...],
) -> Beside:
    """The same `Beside` for the same arguments, with all that was worked out and drawn of it."""
    return Beside(states, results, reference, names)


def _runs(results: ComparisonResults, measure: str, head: str, seeds: Sequence[int]) -> Floats:
    """A head's values of some seeds."""
    values: Floats = results.values[measure][results.variants.index(head)]
    return values[[seed - results.seeds[0] for seed in seeds]]


def _tidy(columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """A frame of columns, in which None stays None."""
    return pd.DataFrame(
        {
            name: pd.Series(array, dtype=object if array.dtype == object else None)
            for name, array in columns.items()
        }
    )
