"""What a sweep has to take away."""

import json
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from alternatives.charts import parallel, sweep_tables
from alternatives.charts import ranks as rank_chart
from alternatives.charts.export import Picture, by_title
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.exports.frames import unit_in_files
from alternatives.sweeps import KEY, Found
from alternatives.versions import UNKNOWN, Made
from alternatives.wording import listed, sentence

RANKS = "Mean ranks over data sets. A bar joins heads that are undecided. Circles: on how many data sets."
OUTCOMES = "Data sets on which the head of the row wins, ties and loses against that of the column."
LINES = "A line is a comparison and head, mean over the seeds."


def of(found: Found) -> Exports:
    """All that it has to take away."""
    unit = unit_in_files(found.measure.unit)
    return Exports(
        f"sweep {found.swept.name.rpartition('.')[0] or found.swept.name}",
        "sweeps",
        found.view,
        found.finding_in_parts,
        method(found),
        {
            "Comparisons": Table(partial(comparisons, found), dict.fromkeys(found.heads, unit)),
            "By data set": Table(partial(by_dataset, found), {"value": unit}),
            "Ranks": Table(partial(ranks, found)),
            "Wins, ties and losses": Table(partial(outcomes, found)),
        },
        {
            f"{sentence(found.view.measure)} by data set": Printed(
                "", partial(sweep_tables.by_dataset, found)
            ),
            "Win–tie–loss": Printed(OUTCOMES, partial(sweep_tables.outcomes, found)),
        },
        by_title(_pictures(found)),
        made=made(found),
    )


def method(found: Found) -> list[str]:
    """How it is read, in sentences."""
    n = found.swept.n_comparisons
    return [
        f"A sweep of {n:,} comparisons, read from the file {found.swept.name} ({found.swept.checksum}).",
        f"By {found.view.measure}; heads: {listed(found.heads)}.",
    ]


def made(found: Found) -> Made:
    """The versions that the file says; its day is unknown."""
    versions: dict[str, str] = {}
    for text in found.swept.versions[:1]:
        try:
            said = json.loads(text)
        except ValueError:
            continue
        if isinstance(said, dict):
            versions = {str(name)[:60]: str(version)[:60] for name, version in list(said.items())[:20]}
    return Made(UNKNOWN, versions)


def comparisons(found: Found) -> pd.DataFrame:
    """The measure by comparison: its fields, then a column a head; empty where a network diverged."""
    said = found.comparisons.loc[
        found.by_comparison.index, list(dict.fromkeys(("dataset", *found.swept.varied)))
    ]
    values = found.by_comparison.replace([np.inf, -np.inf], np.nan)
    return pd.concat([said, values], axis=1).rename_axis(KEY).reset_index().drop(columns=KEY)


def by_dataset(found: Found) -> pd.DataFrame:
    """The measure by data set, with ranks: a row a data set and head."""
    values, ranks = found.by_dataset.to_numpy(float), found.ranking.ranks
    shape = values.shape
    return pd.DataFrame(
        {
            "dataset": np.repeat(found.by_dataset.index.to_numpy(object), shape[1]),
            "head": np.tile(np.array(found.heads, object), shape[0]),
            "value": np.where(np.isfinite(values), values, np.nan).ravel(),
            "rank": ranks.ravel(),
        }
    )


def ranks(found: Found) -> pd.DataFrame:
    """Mean ranks, the test's p-value and the critical difference: a row a head."""
    ranked = found.ranking
    return pd.DataFrame(
        {
            "head": list(ranked.order),
            "mean rank": [ranked.rank(head) for head in ranked.order],
            "differs from": [
                "; ".join(each for each in ranked.order if ranked.differ(head, each)) for head in ranked.order
            ],
            "test": ranked.test or "none",
            "p": ranked.p,
            "critical difference": ranked.critical,
            "data sets": ranked.n_blocks,
        }
    )


def outcomes(found: Found) -> pd.DataFrame:
    """Wins, ties and losses: a row a pair of heads."""
    pairs = [
        {"head": one, "against": other, **dict(zip(("wins", "ties", "losses"), counts.tolist(), strict=True))}
        for one, row in zip(found.heads, found.outcomes, strict=True)
        for other, counts in zip(found.heads, row, strict=True)
        if one != other
    ]
    frame = pd.DataFrame(pairs, columns=["head", "against", "wins", "ties", "losses"])
    return frame.assign(margin=found.view.margin_of_measure)


def _pictures(found: Found) -> Iterator[Picture]:
    if len(found.by_dataset) and len(found.heads) > 1:
        yield Picture.of("Ranks", RANKS, partial(rank_chart.drawing, found))
    if len(parallel.lines(found).frame):
        yield Picture.of("Settings and measures", LINES, partial(parallel.drawing, found))
