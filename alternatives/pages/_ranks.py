"""Ranks of heads over data sets, and how often each wins: of a sweep, and of the paper's replication."""

import math
from collections.abc import Callable

import pandas as pd
import streamlit as st

from alternatives.charts import ranks, sweep_tables
from alternatives.measures import measure
from alternatives.pages._shown import Place, draw, folded, note, plain, section
from alternatives.sweeps import Found
from alternatives.wording import given, with_unit


def show_ranks(read: Found, touch: Callable[[], None], name: str = "") -> None:
    """Draw the critical-difference diagram, its numbers, and the wins, ties and losses.

    `touch` is called when somebody unfolds the numbers; `name` tells these from others on the page.
    """
    has_critical = math.isfinite(read.ranking.critical)
    section(
        "Ranks",
        "On each data set the best head has rank 1. Marks: mean rank. Circles: how often a head has that "
        "rank. A bar below joins heads that are undecided."
        + (" The grey bar is as long as two mean ranks must be apart." if has_critical else ""),
    )
    draw(ranks.drawing(read))
    part = folded(f"{name}: ranks in numbers" if name else "Ranks in numbers", touch)
    if part is not None:
        with part:
            frame = sweep_tables.ranks(read)
            frame["Differs from"] = frame["Differs from"].map(plain)
            table(frame, "Mean ranks of the heads")
            text = f"{sweep_tables.measure_heading(read)} by data set, mean over seeds and settings."
            note(text)
            table(sweep_tables.by_dataset(read), text)
    each = measure(read.view.measure)
    margin = read.view.margin_of_measure * (100 if each.unit == "%" else 1)
    unit = ("point" if margin == 1 else "points") if each.unit == "%" else each.unit
    section(
        "Win–tie–loss",
        f"Data sets on which the head of the row wins, ties and loses against that of the column. A tie: the "
        f"means differ by at most the margin, {plain(with_unit(given(round(margin, 10)), unit))}. This "
        "counts; it doesn't test.",
    )
    table(sweep_tables.outcomes(read), "Wins, ties and losses of each pair of heads")


def table(frame: pd.DataFrame, alt: str) -> None:
    """A table whose cells are Markdown; the names of its rows and columns, which a file says, are text."""
    Place(st.container()).table(frame.rename(index=_text, columns=_text), alt)


def _text(name: object) -> str:
    return plain(str(name))
