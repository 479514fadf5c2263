"""The tables of a sweep, whose cells are Markdown or, for heads' and data sets' names, text."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from alternatives.charts.parallel import setting_label
from alternatives.charts.tables import heading
from alternatives.sweeps import Found
from alternatives.sweeps.found import configuration, rank_text
from alternatives.sweeps.reading import written
from alternatives.wording import brief, listed, sentence

LONGEST_CELL = 60


def ranks(found: Found) -> pd.DataFrame:
    """Mean ranks: a row a head, the best first."""
    ranked = found.ranking
    differs = [[each for each in ranked.order if ranked.differ(head, each)] for head in ranked.order]
    return pd.DataFrame(
        {
            "Mean rank": [rank_text(ranked.rank(head)) for head in ranked.order],
            "Differs from": [listed(each) for each in differs],
        },
        index=list(ranked.order),
    )


def by_dataset(found: Found) -> pd.DataFrame:
    """The measure by data set, with each head's rank; the best is bold."""
    columns = {}
    values, ranked = found.by_dataset.to_numpy(float), found.ranking
    for index, head in enumerate(found.heads):
        columns[head] = [
            _cell(found, value, rank, best)
            for value, rank, best in zip(
                values[:, index],
                ranked.ranks[:, index],
                ranked.ranks[:, index] == ranked.ranks.min(1, initial=np.inf),
                strict=True,
            )
        ]
    return pd.DataFrame(columns, index=[brief(str(name), LONGEST_CELL) for name in found.by_dataset.index])


def _cell(found: Found, value: float, rank: float, best: bool) -> str:
    text = found.measure.text(value).removesuffix(" nats") if np.isfinite(value) else "diverged"
    return f"{f'**{text}**' if best else text}  \n:small[rank {written(str(rank))}]"


def outcomes(found: Found) -> pd.DataFrame:
    """How often the head of a row wins, ties and loses against that of a column."""
    cells = [
        [
            "" if one == other else "–".join(map(str, counts))
            for other, counts in zip(found.heads, row, strict=True)
        ]
        for one, row in zip(found.heads, found.outcomes.tolist(), strict=True)
    ]
    return pd.DataFrame(cells, index=list(found.heads), columns=list(found.heads))


def comparisons(found: Found, keys: list[str], named: Callable[[str, str], str]) -> pd.DataFrame:
    """Comparisons by their keys: data set, other settings, and the measure of each head; the best is bold.

    `named` makes the cell of the data set, of a key and the data set's name.
    """
    said = [configuration(found, key) for key in keys]
    datasets = [brief(str(found.comparisons.loc[key, "dataset"]), LONGEST_CELL) for key in keys]
    columns = {"Data set": [named(key, each) for key, each in zip(keys, datasets, strict=True)]}
    for name in found.swept.varied:
        if name != "dataset":
            texts = [brief(written(each[name]), LONGEST_CELL) for each in said]
            columns[sentence(setting_label(name))] = texts
    values = found.by_comparison.loc[keys].to_numpy(float)
    signed = values * (-1 if found.measure.better == "higher" else 1)
    best = signed == signed.min(1, initial=np.inf, keepdims=True)
    for index, head in enumerate(found.heads):
        texts = [
            found.measure.text(value).removesuffix(" nats") if np.isfinite(value) else "diverged"
            for value in values[:, index].tolist()
        ]
        columns[head] = [
            f"**{text}**" if bold else text for text, bold in zip(texts, best[:, index], strict=True)
        ]
    return pd.DataFrame(columns, index=range(1, len(keys) + 1))


def measure_heading(found: Found) -> str:
    """The measure with its unit and which way is better."""
    return heading(found.view.measure).replace("  \n", ", ")
