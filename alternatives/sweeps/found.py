"""What a sweep shows: which head ranks best over its data sets, how often it wins, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from alternatives.experiments.fields import baseline_among
from alternatives.heads import Floats
from alternatives.measures import Measure, measure
from alternatives.state import shortened
from alternatives.statistics import FEWEST_BLOCKS, Ranking, ranking
from alternatives.sweeps.reading import Swept
from alternatives.sweeps.table import KEY
from alternatives.sweeps.view import SweepView
from alternatives.wording import counted, listed, probability, spelled

HEAD = "head"
"""The column of heads, which can be filtered like any setting."""


@dataclass(frozen=True, eq=False)
class Found:
    """A sweep, read as a view says.

    A network that diverged counts as worse than all that didn't: a head with one ranks last on that data set.
    """

    swept: Swept
    view: SweepView

    @cached_property
    def measure(self) -> Measure:
        """The measure by which heads are ranked."""
        return measure(self.view.measure)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What in the view isn't in the sweep, in sentences."""
        found = []
        if self.view.measure not in self.swept.measures:
            found.append(f"this sweep has no measure {shortened(self.view.measure)}")
        for name, values in self.view.only:
            known = self.options.get(name, ())
            if not known:
                found.append(f"in this sweep {name} doesn't vary")
            elif unknown := [value for value in values if value not in known]:
                found.append(f"this sweep has no {name} {listed(unknown[:3])}")
        if self.view.baseline and self.view.baseline not in self.heads:
            found.append(f"{shortened(self.view.baseline)} isn't among the heads that are shown")
        return tuple(found)

    @cached_property
    def options(self) -> dict[str, tuple[str, ...]]:
        """What can be filtered: heads and varied settings, each with its values."""
        heads = {HEAD: self.swept.heads} if len(self.swept.heads) > 1 else {}
        return heads | self.swept.varied

    def kept(self, column: str) -> tuple[str, ...]:
        """The values of a column that are kept: all, where the view names none that there are."""
        values = self.options.get(column, ())
        return tuple(value for value in values if value in self.view.kept(column)) or values

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads that are compared."""
        return self.kept(HEAD) or self.swept.heads

    @cached_property
    def baseline(self) -> str:
        """The head that the others are compared with."""
        return baseline_among(self.heads, self.view.baseline if self.view.baseline in self.heads else "")

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows that are kept."""
        rows = self.swept.rows
        keep = np.ones(len(rows), bool)
        for column in self.options:
            if self.view.kept(column):
                keep &= rows[column].isin(self.kept(column)).to_numpy()
        return rows[keep]

    def losses(self, name: str) -> pd.DataFrame:
        """A measure of each network: a row a comparison and seed, a column a head.

        The worst infinity stands for networks that diverged. Rows without a value of every head are left out.
        """
        worst = -np.inf if measure(name).better == "higher" else np.inf
        rows = self.rows.assign(value=np.where(self.rows["diverged"], worst, self.rows[name]))
        wide = rows.pivot(index=[KEY, "seed"], columns=HEAD, values="value")
        return wide.reindex(columns=list(self.heads)).dropna()

    @cached_property
    def networks(self) -> pd.DataFrame:
        """The measure that heads are ranked by; see `losses`. Empty where the sweep doesn't have it."""
        if self.view.measure not in self.swept.measures:
            return pd.DataFrame(columns=list(self.heads), dtype=float)
        return self.losses(self.view.measure)

    @cached_property
    def by_comparison(self) -> pd.DataFrame:
        """Its mean over the seeds: a row a comparison, a column a head, in the order of the table."""
        means = (
            _means(self.networks, self.networks.index.get_level_values(0))
            if len(self.networks)
            else self.networks
        )
        order = [each for each in dict.fromkeys(self.rows[KEY]) if each in means.index]
        return means.loc[order]

    @cached_property
    def by_dataset(self) -> pd.DataFrame:
        """Its mean over seeds and settings: a row a data set without its parameters, a column a head."""
        if not len(self.by_comparison):
            return self.by_comparison
        blocks = self.comparisons.loc[self.by_comparison.index, "block"].to_numpy()
        return _means(self.by_comparison, blocks)

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """What is said of every comparison: dataset, block, and the settings."""
        return self.rows.drop_duplicates(KEY).set_index(KEY)

    @cached_property
    def ranking(self) -> Ranking:
        """The heads, ranked on every data set."""
        return ranking(self.by_dataset.to_numpy(float), self.heads, self.measure.better == "higher")

    @cached_property
    def outcomes(self) -> Floats:
        """Data sets on which a head (first axis) wins, ties and loses (last) against another (second).

        A tie is a difference of at most the margin, or that of two that both failed.
        """
        values = self.by_dataset.to_numpy(float) * (1 if self.measure.better == "higher" else -1)
        with np.errstate(invalid="ignore"):
            ahead = values[:, :, None] - values[:, None, :]
        ahead = np.nan_to_num(ahead, nan=0.0, posinf=np.inf, neginf=-np.inf)
        margin = self.view.margin_of_measure * (1 + 1e-9)
        return np.stack(
            [(ahead > margin).sum(0), (np.abs(ahead) <= margin).sum(0), (ahead < -margin).sum(0)], -1
        )

    @cached_property
    def n_diverged(self) -> dict[str, int]:
        """Networks that diverged, by head, of those heads that have any."""
        counts = self.rows.groupby(HEAD, sort=False)["diverged"].sum()
        return {head: int(counts[head]) for head in self.heads if counts.get(head, 0)}

    @property
    def finding(self) -> str:
        """What the sweep shows, in one sentence and what is behind it."""
        return " ".join(filter(None, self.finding_in_parts))

    @cached_property
    def finding_in_parts(self) -> tuple[str, str]:
        """The first sentence, and the others."""
        return _first_sentence(self), " ".join(_details(self))


@lru_cache(maxsize=16)
def found(swept: Swept, view: SweepView) -> Found:
    """The same once more: drawing a page again computes nothing anew."""
    return Found(swept, view)


def _means(values: pd.DataFrame, by: Any) -> pd.DataFrame:
    return values.groupby(by, sort=False).mean()


def _first_sentence(found: Found) -> str:
    ranked, name, blocks = found.ranking, found.view.measure, list(found.by_dataset.index)
    if not blocks:
        return f"No comparison has {name} of {listed(found.heads)}: choose fewer heads or more settings"
    if len(found.heads) == 1:
        return f"{listed(found.heads)} is the only head here: there is nothing to rank"
    best, last = ranked.order[0], ranked.order[-1]
    of = f"{rank_text(ranked.rank(best))} of {len(found.heads)}"
    where = f"Over {counted(len(blocks), 'data set')}"
    if len(blocks) < FEWEST_BLOCKS:
        where = f"On {listed(map(str, blocks))}"
        return (
            f"{where} {best} has the best mean rank in {name}; which head ranks best on other data sets is "
            f"undecided: it takes {FEWEST_BLOCKS} or more"
        )
    behind = [head for head in ranked.order if ranked.differ(best, head)]
    if not behind:
        return (
            f"{where} it is undecided which head ranks best in {name}: mean ranks go from "
            f"{rank_text(ranked.rank(best))} ({best}) to {rank_text(ranked.rank(last))} ({last})"
        )
    level = [head for head in ranked.best if head != best]
    against = f"; against {listed(level)} it is undecided" if level else ""
    return f"{where} {best} has the best mean rank in {name}, {of}: better than {listed(behind)}{against}"


def _details(found: Found) -> list[str]:
    ranked = found.ranking
    said = []
    if ranked.test == "Friedman":
        said.append(
            f"Friedman's test: p {_p(ranked.p)}. Two mean ranks differ where they are "
            f"{spelled(ranked.critical, 2)} or more apart (Nemenyi, all pairs at once, 5 %)."
        )
    elif ranked.test:
        said.append(f"Sign test over the data sets: p {_p(ranked.p)}.")
    if len(found.by_dataset):
        said.append("Each data set counts once, with its mean over seeds and settings.")
    if found.n_diverged:
        counts = [f"{n:,} of {head}" for head, n in found.n_diverged.items()]
        said.append(f"Networks that diverged: {listed(counts)}; they rank last.")
    n_left_out = found.rows[KEY].nunique() - len(found.by_comparison)
    if n_left_out and len(found.by_comparison):
        said.append(f"Left out, for want of a value of every head: {counted(n_left_out, 'comparison')}.")
    return said


def rank_text(rank: float) -> str:
    """A mean rank as it stands everywhere."""
    return f"{rank:.1f}"


def _p(p: float) -> str:
    text = probability(p)
    return text if text.startswith(("less", "more")) else f"= {text}"


def configuration(found: Found, comparison: str) -> Mapping[str, str]:
    """The varied settings of a comparison."""
    row = found.comparisons.loc[comparison]
    return {name: str(row[name]) for name in found.swept.varied}
