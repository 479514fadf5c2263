"""A sweep in a visitor's own file: opened, and made. It stays in the session."""

import math
from typing import Any

import streamlit as st

from alternatives.pages import _own_data
from alternatives.pages._link import State
from alternatives.pages._shown import plain, quiet
from alternatives.pages._upload import let_go
from alternatives.serving.failures import sentence_on
from alternatives.sweeps import SweepView, Swept, read, shelf
from alternatives.tables import BadTable
from alternatives.tables.names import printable
from alternatives.wording import spelled

SWEEP = "sweeps: own"
"""Key of the sweep that was opened last."""
SAID = "sweeps: said"
"""Key of why the last file can't be read."""
COUNT = "sweeps: count"
"""Key of how many files were given: each has an uploader of its own, so the browser's copy goes."""
COMMAND = (
    'python -m alternatives sweep --heads "softmax,Taylor softmax" --datasets "iris; wine; digits" '
    '--grid "label-noise=0; 0.2" --fix seeds=5 --out sweep.parquet'
)


def own_sweep() -> Swept | None:
    """The sweep that the visitor opened from a file."""
    swept: Swept | None = st.session_state.get(SWEEP)
    return swept


def open_file(state: State[SweepView], where: str) -> None:
    """Draw a place where a visitor opens a sweep; `where` tells it from another one on the page."""
    most, number = _own_data.bounds(), st.session_state.get(COUNT, 0)
    key = f"{state.prefix}file {where} {number}"
    st.file_uploader(
        "The table that the command sweep wrote (.parquet)",
        type="parquet",
        key=key,
        on_change=_open,
        args=(key, state),
        max_upload_size=math.ceil(most.megabytes),
    )
    if said := st.session_state.get(SAID):
        st.markdown(plain(said))
    st.markdown(
        quiet(
            f"At most {spelled(most.megabytes)} MB and {most.rows:,} networks. The file stays in this "
            "server's memory while you are here; nobody else sees it."
        )
    )


def how_to_make_one() -> None:
    """Draw how a sweep is made."""
    st.markdown(
        "A sweep runs many comparisons, one for each combination of the values that you list, on all cores. "
        "This line, or a file with the same in it, writes a table with a row for every network:"
    )
    st.code(COMMAND, language=None, wrap_lines=True)
    st.markdown(
        quiet(
            "A sweep that was stopped goes on where it was. A file laid in this server's folder "
            f"`{shelf.FOLDER.parent.name}/{shelf.FOLDER.name}` is in the list at once."
        )
    )


def _open(key: str, state: State[SweepView]) -> None:
    state.touch()
    given: Any = st.session_state[key]
    if given is None:
        return
    said = ""
    try:
        st.session_state[SWEEP] = read(given.getvalue(), given.name, _own_data.bounds())
    except BadTable as error:
        said = f"The file {printable(given.name)} can't be read as a sweep. {error}"
    except MemoryError as error:
        said = str(sentence_on(error))
    else:
        state.put(_shows_own)
    st.session_state[SAID] = said
    st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1
    let_go(given)


def _shows_own(old: SweepView) -> SweepView:
    """The same measure of another sweep: what was filtered may not be in it."""
    return old.replace(sweep=shelf.OWN, only=(), baseline="")
