"""The chooser of data sets: the visitor's own files above all others, what each is, and a table of all."""

import dataclasses
from typing import Any

import pandas as pd
import streamlit as st

from alternatives.datasets import DATASETS, Dataset, Own
from alternatives.pages import _own_data
from alternatives.pages._cited import cited
from alternatives.pages._link import State
from alternatives.pages._shown import plain, quiet
from alternatives.state import Control
from alternatives.wording import counted

CHOSEN = "all data sets: chosen"


def with_own_files(control: Control, held: Dataset) -> Control:
    """The chooser of a data set, with the files that the visitor has brought, and one that a link names."""
    own = {_option(each): _own_data.last(each) for each in reversed(_own_data.files())}
    shown = control.shown
    if isinstance(held, Own):
        shown = _option(held.checksum)
        own = {shown: held, **own}
    elif not own:
        return control

    labels = {
        option: f"{'Yours' if _own_data.holds(data) else 'File needed'}: {data.name}"
        for option, data in own.items()
    }

    def label(option: str) -> str:
        return labels.get(option) or (DATASETS[option].in_a_list if option in DATASETS else option)

    def read(now: Any, given: str) -> Any:
        if given == shown:
            return now
        # A browser may still have the label from before a file was there: that is no choice.
        return own.get(given) or DATASETS.get(given, now)

    others = [each for each in control.settings["options"] if each in DATASETS]
    if shown not in own and shown not in others:
        others.insert(0, shown)
    settings = {**control.settings, "options": [*own, *others], "format_func": label}
    return dataclasses.replace(control, shown=shown, settings=settings, read=read)


def _option(checksum: str) -> str:
    return f"own file {checksum}"


def about_data_set(state: State[Any], field: str) -> None:
    """What the chosen data set is and where it comes from; and the way to the table of all."""
    data = getattr(state.value, field)
    if not isinstance(data, Own):
        st.markdown(quiet(f"{plain(data.sentence)} Source: {cited(data.source)}"))
    elif _own_data.holds(data):
        st.markdown(quiet(plain(data.sentence)))
    else:
        st.markdown(quiet(plain(f"Somebody's own data, from the file {data.name}.")))
    if st.button("All data sets", key=f"{state.prefix}all data sets", type="tertiary", on_click=state.touch):
        _all(state, field)


@st.dialog("All data sets", width="large")
def _all(state: State[Any], field: str) -> None:
    """A table to search and to choose from."""
    names = list(DATASETS)
    frame = pd.DataFrame(
        [DATASETS[name].published or (None,) * 3 for name in names],
        columns=["Samples", "Features", "Classes"],
    ).astype("Int64")
    frame.insert(0, "Name", names)
    frame["What it is"] = [str(DATASETS[name].sentence) for name in names]
    st.markdown(quiet("Select a row to choose it. The magnifying glass above the table searches."))
    chosen = st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in ("Samples", "Features", "Classes")
        },
        key=f"{state.prefix}{CHOSEN}",
        alt=f"{counted(len(names), 'data set')}",
    )
    rows = chosen.selection.rows
    if rows:
        state.put(lambda old: old.replace(**{field: DATASETS[names[rows[0]]]}))
        st.rerun()
