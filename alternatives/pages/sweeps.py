"""A sweep's table: which head ranks best over its data sets, and what every setting does."""

from collections.abc import Sequence

import streamlit as st

from alternatives.charts import parallel, sweep_tables
from alternatives.experiments import Comparison
from alternatives.exports import sweep as exports
from alternatives.pages._address import address
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._ranks import show_ranks, table
from alternatives.pages._shown import draw, folded, heading, not_used, note, plain, section
from alternatives.pages._sweep_file import how_to_make_one, open_file, own_sweep
from alternatives.pages._take_away import take_away
from alternatives.pages._turns import turn
from alternatives.sweeps import Found, SweepView, Swept, found, shelf
from alternatives.sweeps.found import HEAD
from alternatives.sweeps.reading import written
from alternatives.tables import BadTable
from alternatives.wording import brief, counted, listed, sentence

STATE = State(SweepView, always="sweep", prefix="sweeps ")
PAGE = "sweeps"
NEEDS_FILE = "This sweep is in your file. Whoever opens the link is asked for it: pass the file on, too."
IN_A_PAGE = 12
"""Comparisons in a page of the table."""
LONGEST_OPTION = 40


def page() -> None:
    """Draw the page: what the sweep shows, its ranks, its settings, and every comparison."""
    with turn():
        view, problems = STATE.settled()
        swept, trouble = _sweep(view)
        read = found(swept, view) if swept is not None else None
        with st.sidebar:
            top_of_sidebar(PAGE, STATE, NEEDS_FILE if view.sweep == shelf.OWN else "")
            _choice(view)
            if read is not None:
                _controls(view, read)
            part = folded("Your own sweep", STATE.touch, "compact")
            if part is not None and read is not None:
                with part:
                    open_file(STATE, "sidebar")
        if read is None:
            not_used(problems)
            _none(view, trouble)
            return
        not_used([*problems, *read.problems])
        _results(read)
        take_away(exports.of(read))


def _sweep(view: SweepView) -> tuple[Swept | None, str]:
    """The sweep that is shown, or why there is none."""
    if view.sweep == shelf.OWN:
        return own_sweep(), ""
    if view.sweep == shelf.NONE:
        return None, ""
    try:
        return shelf.opened(view.sweep), ""
    except BadTable as error:
        return None, str(error)


def _choice(view: SweepView) -> None:
    titles = {name: sentence(name.replace("-", " ")) for name in shelf.names()}
    if view.sweep == shelf.OWN or own_sweep() is not None:
        own = own_sweep()
        titles[shelf.OWN] = f"{own.name} (your file)" if own is not None else "A sweep in a file"
    if titles:
        Controls(STATE, view).choice("sweep", list(titles), format_func=lambda name: titles.get(name, name))


def _controls(view: SweepView, read: Found) -> None:
    controls = Controls(STATE, view)
    controls.choice("measure", list(read.swept.measures))
    for column, values in read.options.items():
        _filter(view, column, values)
    if len(read.heads) > 1:
        # The view may leave the baseline to the sweep.
        Controls(STATE, view.replace(baseline=read.baseline)).choice("baseline", list(read.heads))
        for field in ("margin", "margin_nats", "shown"):
            controls.field(field)
    controls.reset()


def _filter(view: SweepView, column: str, values: Sequence[str]) -> None:
    """Draw the choice of a column's values. None chosen are all."""
    label = "Heads" if column == HEAD else sentence(parallel.setting_label(column))
    st.multiselect(
        label,
        list(values),
        placeholder=f"All {len(values)}",
        format_func=lambda value: brief(written(value), LONGEST_OPTION),
        **STATE.shown(
            f"only {column}",
            [value for value in view.kept(column) if value in values],
            lambda old, chosen: old.with_kept(column, tuple(chosen)),
            "default",
        ),
    )


def _none(view: SweepView, trouble: str) -> None:
    """The page where there is nothing to show: how a sweep is made, and where it is opened."""
    if view.sweep == shelf.OWN:
        heading("This sweep is in a file: open it here")
        st.markdown("Whoever gave you the link has the file. This server doesn't keep it.")
    else:
        heading("Many comparisons at once: open a sweep, or make one")
    if trouble:
        st.markdown(plain(trouble))
    open_file(STATE, "page")
    how_to_make_one()
    for name in shelf.names():
        st.button(
            f"Open the example “{sentence(name.replace('-', ' '))}”",
            key=f"{STATE.prefix}open {name}",
            on_click=STATE.put,
            args=(lambda old, name=name: old.replace(sweep=name, only=()),),
        )


def _results(read: Found) -> None:
    first, rest = read.finding_in_parts
    heading(f"{first}.")
    note(plain(f"{_about(read)} {rest}"))
    several = len(read.heads) > 1 and len(read.by_dataset) > 0
    if several:
        show_ranks(read, STATE.touch)
    if len(parallel.lines(read).frame):
        _settings(read)
    if len(read.by_comparison):
        _comparisons(read)
    part = folded("How to make a sweep", STATE.touch)
    if part is not None:
        with part:
            how_to_make_one()


def _about(read: Found) -> str:
    """Which sweep it is, in a sentence."""
    example = "An example" if read.view.sweep != shelf.OWN else f"The file {read.swept.name}"
    n_networks = len(read.swept.rows)
    return (
        f"{example}: {counted(read.swept.n_comparisons, 'comparison')} with {n_networks:,} networks, varied "
        f"in {listed((parallel.setting_label(name) for name in read.swept.varied), none='nothing')}."
    )


def _settings(read: Found) -> None:
    made = parallel.lines(read)
    averaged = (
        f" Means over {listed(map(parallel.setting_label, made.averaged))}, since there would be too "
        "many lines."
        if made.averaged
        else ""
    )
    is_difference = read.view.shown == "differences" and len(read.heads) > 1
    less = f"Measures are differences from {read.baseline}. " if is_difference else ""
    section(
        "Settings and measures",
        plain(
            f"Each line is a comparison and a head, mean over the seeds. {less}Drag along an axis to keep "
            f"the lines through that part; double-click it to have all again.{averaged}"
        ),
    )
    draw(parallel.drawing(read))


def _comparisons(read: Found) -> None:
    keys = list(read.by_comparison.index)
    n_pages = -(-len(keys) // IN_A_PAGE)
    section(
        "Every comparison",
        f"{sweep_tables.measure_heading(read)}, mean over the seeds. A link opens the comparison on Compare.",
    )
    number = 1
    if n_pages > 1:
        key = f"{STATE.prefix}part of the table"
        if st.session_state.get(key, 1) > n_pages:
            st.session_state[key] = 1
        number = st.pagination(n_pages, key=key, on_change=STATE.touch)
    shown = keys[(number - 1) * IN_A_PAGE : number * IN_A_PAGE]
    frame = sweep_tables.comparisons(read, shown, _linked)
    settings = [name for name in frame.columns if name not in ("Data set", *read.heads)]
    frame[settings] = frame[settings].map(plain)
    table(frame, f"{read.view.measure} of every comparison")


def _linked(key: str, name: str) -> str:
    """A data set's name as a link to the comparison of a key; plain where this server can't read it."""
    try:
        comparison = Comparison.from_json(key)
    except ValueError:
        return plain(name)
    link = {parameter: [text] for parameter, text in comparison.to_link().items()}
    return f"[{plain(name)}]({address('compare', link).replace('(', '%28').replace(')', '%29')})"
