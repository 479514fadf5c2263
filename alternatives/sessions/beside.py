"""Comparisons beside each other: what changes from one pin to another, head by head, and in the ranking.

Two questions have intervals and verdicts, each a family of its own:

- *A head's change*: a measure of a head in one pin, less the same head's in the reference.
- *The change of a lead*: a head's difference from the baseline in one pin, less that in the reference.

A seed is the same split in every comparison of the same data set: neither label noise nor any setting of the
networks or of their training changes which samples are tested, or their labels. So changes are paired over
the seeds that both pins have; without common seeds the two means are compared as independent (Welch). On
different data sets nothing is compared but the rankings.

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
"""Verdicts beside those of `statistics.verdicts`: of the reference itself, and on another data set."""


@dataclass(frozen=True, eq=False)
class Beside:
    """Results of two to four comparisons; the others are compared with the reference, which has an index.

    Names must differ; whatever is shown of a pin is found by its name.
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
        names = tuple(names) or tuple(f"pin {number + 1}" for number in range(len(states)))
        if not len(states) == len(results) == len(names) == len(set(names)) > 0:
            raise ValueError(
                f"every state must have its results and a name of its own; got {len(states)} states, "
                f"{len(results)} results and {len(set(names))} different names"
            )
        if not 0 <= reference < len(states):
            raise ValueError(f"reference must be the index of one of {len(states)} states, got {reference}")
        fields = {"states": tuple(states), "results": tuple(results), "reference": reference, "names": names}
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

        With one or two seeds in common and more without, pairing would leave most of them out.
        """
        fewest = min(
            FEWEST_PAIRS, *(self.results[each].experiment.n_seeds for each in (index, self.reference))
        )
        return self.comparable(index) and len(self.common_seeds(index)) >= fewest

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
            "reference"; "not comparable" on another data set; None for a measure without verdicts, and for a
            head that the reference doesn't have.
        margin, noticeable
            As in `Results.summary`.
        n_pairs
            Seeds that finished in both; without pairs, the smaller of the two numbers.
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
        compared = [index for index in self.others if self.comparable(index)]
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


def _tidy(columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """A frame of columns, in which None stays None."""
    return pd.DataFrame(
        {
            name: pd.Series(array, dtype=object if array.dtype == object else None)
            for name, array in columns.items()
        }
    )
