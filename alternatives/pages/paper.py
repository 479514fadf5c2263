"""The paper: its numbers with ours beside them, and what every series of the replication has found."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from alternatives.charts import replication as charts
from alternatives.charts import replication_tables as tables
from alternatives.exports import paper as exports
from alternatives.exports.paper import so_far
from alternatives.pages._address import address
from alternatives.pages._cited import cited
from alternatives.pages._controls import Controls
from alternatives.pages._explained import explained
from alternatives.pages._link import State
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._ranks import show_ranks, table
from alternatives.pages._shown import draw, folded, heading, not_used, note, plain, quiet, section
from alternatives.pages._take_away import take_away
from alternatives.pages._turns import turn
from alternatives.paper import PaperView, SeriesFound, findings, found, printed, verdicts
from alternatives.paper.in_words import first
from alternatives.paper.reading import ERROR, NEW, READ
from alternatives.paper.tables import comparison_of
from alternatives.wording import listed

STATE = State(PaperView, always="measure", prefix="paper ")
PAGE = "the_paper"
SOURCE = "de Brébisson and Vincent 2016, arXiv 1511.05042"
IN_A_PAGE = 20
"""Rows in a page of a long table."""
PANEL_WIDTH = 330
"""Least width in pixels of a chart among others."""


def page() -> None:
    """Draw the page: the finding, the paper's table beside ours, then every series that has networks."""
    with turn():
        view, problems = STATE.settled()
        every, trouble = _found()
        with st.sidebar:
            top_of_sidebar(PAGE, STATE)
            controls = Controls(STATE, view)
            for field in view.shown_fields:
                controls.field(field)
            controls.reset()
            st.markdown(quiet(cited(SOURCE)))
        not_used([*problems, *trouble])
        heading(f"{first(every)}.")
        note(
            plain(
                "The paper's tables have no intervals. Here the same question is asked again: every head is "
                "tuned on validation samples with the same budget, then trained from many seeds and measured "
                "on a test set that tuning never saw."
            )
        )
        if every:
            _findings(every)
            _beside(every, view)
        for each in every:
            _series(each, view)
        if every:
            take_away(exports.of(every, view))


def _found() -> tuple[tuple[SeriesFound, ...], list[str]]:
    """What there is, or why it can't be read."""
    try:
        return found(), []
    except ValueError as error:
        return (), [str(error)]


def _findings(every: tuple[SeriesFound, ...]) -> None:
    text = "\n".join(f"- {plain(each)}." for each in findings(every))
    st.markdown(text, help=explained(text))
    note(_command("paper --findings"))


def _command(arguments: str) -> str:
    """The command that gives what is above, in Markdown."""
    return f"Command: `python -m alternatives {arguments}`"


def _beside(every: tuple[SeriesFound, ...], view: PaperView) -> None:
    unknown = listed(verdicts.unknown())
    section("The paper's table", plain(f"As it is printed. –: not known to us, nor is the {unknown}."))
    table(tables.printed_table(printed()), "The paper's printed numbers")
    ours = tables.beside(verdicts.beside(every), _linked)
    usual = _covers(PaperView(), every)
    if not len(ours):
        note(f"None of these data sets has been measured here yet. {_covers(view, every)}")
        return
    section(
        "Ours beside it",
        "Same direction: our interval leaves out 0, on the side of the printed difference. Opposite: it "
        "leaves out 0, on the other side. Undecided: it holds 0. The paper's own differences may be chance, "
        f"too. {usual} A link opens one of the trainings on Compare.",
    )
    table(ours, "The paper's numbers with ours beside them")
    if (below := _covers(view, every)) != usual:
        note(f"From here on: {below}")


def _covers(view: PaperView, every: tuple[SeriesFound, ...]) -> str:
    """What intervals say something about."""
    if view.question != NEW or view.measure != ERROR.name:
        said = "Intervals cover other seeds (initial weights and order of the samples) on these test samples."
    else:
        said = "Intervals cover other seeds and other test samples."
        if not all(each.knows_mistakes for each in every):
            said += (
                " Where it isn't recorded which test samples each head gets wrong, they count the most that "
                "other samples can change: they are rather too wide."
            )
    return f"{said} They don't cover that another search could choose other settings."


def _series(each: SeriesFound, view: PaperView) -> None:
    heading(each.title)
    command = _command(f"paper {_quoted(each.series.name)}")
    note(f"{plain(each.series.sentence)} {plain(so_far(each))} {command}")
    if each.n_diverged:
        counts = [f"{n:,} of {head}" for head, n in each.n_diverged.items()]
        note(plain(f"Networks that diverged, and aren't in the means: {listed(counts)}."))
    if not each.has(view.measure):
        note(plain(f"This series has no {view.measure}."))
        return
    parts = charts.parts(each, view)
    if not parts:
        note("There is nothing to compare with softmax yet.")
    for part in parts:
        section(part.title, part.caption)
        _side_by_side(part)
    if each.is_ranked:
        show_ranks(each.ranked(view.of_sweep), STATE.touch, each.title)
    _folded(
        f"{each.title}: all numbers",
        f"{READ[view.measure].name} by data set and head".capitalize(),
        partial(tables.networks, each, view, _linked),
    )
    _folded(
        f"{each.title}: what was searched and what won",
        "Settings that were tried, by validation samples alone, and the one that was trained",
        partial(tables.searched, each, _linked),
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _side_by_side(part: charts.Part) -> None:
    if len(part.drawings) == 1:
        draw(part.drawings[0]())
        return
    grid = st.grid(2, min_column_width=PANEL_WIDTH, gap="medium")
    for make in part.drawings:
        with grid.cell():
            draw(make())


def _folded(title: str, text: str, make: Callable[[], pd.DataFrame]) -> None:
    """A long table, in pages, that is made when somebody unfolds it."""
    part = folded(title, STATE.touch)
    if part is None:
        return
    with part:
        frame = make()
        note(f"{text}. A link opens the training on Compare.")
        n_pages, number = -(-len(frame) // IN_A_PAGE), 1
        if n_pages > 1:
            key = f"{STATE.prefix}{title} part"
            if st.session_state.get(key, 1) > n_pages:
                st.session_state[key] = 1
            number = st.pagination(n_pages, key=key, on_change=STATE.touch)
        table(frame.iloc[(number - 1) * IN_A_PAGE : number * IN_A_PAGE], title)


def _linked(configuration: str, label: str) -> str:
    """A label as a link to a configuration on Compare; plain where that page doesn't have it."""
    try:
        link = {name: [text] for name, text in comparison_of(configuration).to_link().items()}
    except ValueError:
        return plain(label)
    return f"[{plain(label)}]({address('compare', link).replace('(', '%28').replace(')', '%29')})"
