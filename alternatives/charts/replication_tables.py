"""The tables of the paper's replication, whose cells are Markdown. Callers say how a row is linked."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from alternatives.measures import Measure
from alternatives.paper.in_words import texts
from alternatives.paper.reading import BASELINE, ERROR, READ, SeriesFound
from alternatives.paper.verdicts import OF_NAMES
from alternatives.paper.view import PaperView
from alternatives.wording import given, sentence, spelled, with_unit

NONE = "–"
Linked = Callable[[str, str], str]
"""Makes the cell of a configuration and its label: a link where it can be opened."""


def error(share: float) -> str:
    """An error with three digits: "1.62 %"."""
    return with_unit(spelled(100 * share, 3), "%")


def value(mean: float, measure: Measure) -> str:
    """A mean of a measure."""
    return error(mean) if measure is ERROR else measure.text(mean)


def interval(row: Mapping[Any, Any], measure: Measure) -> str:
    """A difference with its interval below."""
    mean, low, high = texts(row, measure)
    if mean == NONE:
        return NONE
    unit = "points" if measure.unit == "%" else measure.unit
    return with_unit(mean, unit) + ("" if NONE in (low, high) else f"  \n:small[{low} to {high}]")


def printed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The paper's own table: a row a loss, a column a data set of which any number is known to us."""
    known = rows.groupby(["dataset", "measure"], sort=False)["value"].transform(
        lambda each: each.notna().any()
    )
    columns = {}
    for (dataset, measure), own in rows[known].groupby(["dataset", "measure"], sort=False):
        numbers = own.set_index("loss")["value"]
        columns[f"{named(str(dataset))}, {measure}"] = numbers.map(partial(_printed, unit=_unit(own)))
    return pd.DataFrame(columns).fillna(NONE).rename_axis(None)


def named(dataset: str) -> str:
    """A data set's name on pages."""
    return OF_NAMES.get(dataset, dataset)


def _unit(rows: pd.DataFrame) -> str:
    (unit,) = rows["unit"].fillna("").unique()
    return str(unit)


def _printed(number: float, unit: str) -> str:
    """A number of the paper, as it is printed."""
    return with_unit(given(number), unit) if np.isfinite(number) else NONE


def beside(rows: pd.DataFrame, linked: Linked) -> pd.DataFrame:
    """The paper's numbers and ours, where there are both: a row a loss and series."""
    rows = rows[rows["mean"].notna()]
    cells = [
        {
            "Series": row["title"],
            "Paper": _printed(row["printed"], row["unit"]),
            "Ours": linked(row["configuration"], error(row["mean"])),
            "Difference, paper": _printed_difference(row["printed_difference"]),
            "Difference, ours": interval(row, ERROR),
            "Verdict": f"**{row['verdict']}**" if row["verdict"] else NONE,
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(cells, index=list(rows["loss"]))


def _printed_difference(points: float) -> str:
    """The paper's difference from softmax: that of two printed numbers, to their decimals."""
    if not np.isfinite(points):
        return NONE
    return with_unit(f"{'+' if points > 0 else ''}{given(round(points, 6))}", "points")


def networks(found: SeriesFound, view: PaperView, linked: Linked) -> pd.DataFrame:
    """Means over the seeds and differences from softmax: a row a data set, setting and head."""
    measure, varied = READ[view.measure], found.series.varied
    rows = found.differences(view.measure, view.question)
    cells = []
    for row in rows.to_dict("records"):
        said = {"Data set": linked(row["configuration"], named(row["dataset"]))}
        if varied is not None:
            scale = 100 if varied.unit == "%" else 1
            number = given(scale * row["setting"]) if np.isfinite(row["setting"]) else NONE
            said[sentence(varied.title)] = with_unit(number, varied.unit)
        said |= {
            sentence(measure.name): value(row["mean"], measure),
            "Difference from softmax": interval(row, measure),
            "Verdict": NONE if row["head"] == BASELINE else row["verdict"] if row["n_pairs"] else NONE,
            "Seeds": str(row["n_seeds"]),
        }
        cells.append(said)
    return pd.DataFrame(cells, index=list(rows["head"]))


SETTING = ("form", "weight_decay", "learning_rate", "output_rate")
"""Columns of a search that say what was tried: finalists of a language model are tried twice."""

WON: dict[str, tuple[str, Callable[[Any], str]]] = {
    "form": ("Won", str),
    "learning_rate": ("Learning rate", given),
    "output_rate": ("Output rate", given),
    "weight_decay": ("L2 penalty", given),
    "epochs": ("Epochs", lambda n: f"{n:,.0f}"),
    "error": ("Validation error", error),
    "log_loss": ("Validation log loss", READ["log loss"].text),
}
"""Columns of a search that are shown, with their headings and how their values are written."""


def searched(found: SeriesFound, linked: Linked) -> pd.DataFrame:
    """What was tried and what won: a row a search."""
    cells, heads = [], []
    for configuration, trials in found.search.groupby("configuration", sort=False):
        won = trials[trials["chosen"].astype(bool)]
        if not len(won):
            continue
        row = won.iloc[0]
        name = named(row["dataset"])
        n_tried = len(trials.drop_duplicates([column for column in SETTING if column in trials]))
        said = {"Data set": linked(str(configuration), name), "Tried": f"{n_tried} settings"}
        said |= {
            heading: text(row[column])
            for column, (heading, text) in WON.items()
            if column in row and not pd.isna(row[column])
        }
        cells.append(said)
        heads.append(row["head"])
    return pd.DataFrame(cells, index=heads).fillna(NONE)


def unlinked(configuration: str, label: str) -> str:
    """A cell without a link, as a report has it."""
    return label
