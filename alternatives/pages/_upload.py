"""Where people bring a file of their own. It is read in memory; no file is written, and no name logged."""

import math
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alternatives.datasets import Own
from alternatives.datasets.own import unusable
from alternatives.pages import _own_data
from alternatives.pages._link import State
from alternatives.pages._shown import folded, plain, quiet
from alternatives.serving.failures import sentence_on
from alternatives.serving.log import event
from alternatives.tables import BadTable, Decisions, Table, read_table
from alternatives.wording import spelled

SAID = "own data: said"
"""Key of why the last file can't be used, by the uploader that it was given to."""
COUNT = "own data: count"
"""Key of how many files were given: each has an uploader of its own, so the browser's copy goes."""
NOT_TAKEN = "This server takes no tables from visitors. Where you start the dashboard yourself, it does."
"""What whoever opens a link to own data is told where uploads are off."""
FORMS = "CSV, TSV, ARFF, LIBSVM, Parquet or .npz; also packed with gzip"


def upload(state: State[Any], field: str) -> None:
    """Draw the place in the sidebar where a file becomes the data set in a field of a page's state."""
    if not _own_data.are_taken():
        return
    part = folded("Your own data", state.touch, "compact")
    if part is None:
        return
    most = _own_data.bounds()

    def use(table: Table) -> None:
        now = getattr(state.value, field)
        if isinstance(now, Own) and now.checksum == table.checksum:  # a link asked for it
            _own_data.confirm(now)
            return
        data = _own_data.data_set(table, Decisions())
        _own_data.remember(data)
        state.put(lambda old: old.replace(**{field: data}))

    with part:
        _uploader("A table with one row per sample and a column with its class", "sidebar", state.touch, use)
        now = getattr(state.value, field)
        is_open = isinstance(now, Own) and _own_data.holds(now) and not _own_data.is_confirmed(now)
        if is_open and not st.session_state.get(SAID, {}).get("sidebar"):
            st.markdown(plain(f"{now.name} is open. The page shows what was understood."))
        st.markdown(
            quiet(
                f"{FORMS}. At most {spelled(most.megabytes)} MB, {most.rows:,} rows, {most.columns:,} "
                f"columns and {most.classes:,} classes. The file stays in this server's memory while you are "
                "here; nobody else sees it or its results."
            )
        )


def ask_for(data: Own, touch: Callable[[], None], key: str) -> None:
    """Draw the place where a visitor brings the file that a link needs."""
    if not _own_data.are_taken():
        st.markdown(NOT_TAKEN)
        return

    def use(table: Table) -> None:
        _own_data.check_same(table, data)
        _own_data.keep(table)
        _own_data.confirm(data)

    _uploader(f"Open {data.name}", key, touch, use)


def _uploader(label: str, key: str, touch: Callable[[], None], use: Callable[[Table], None]) -> None:
    number = st.session_state.get(COUNT, 0)
    st.file_uploader(
        plain(label),
        key=f"own data {key} {number}",
        on_change=_read,
        args=(f"own data {key} {number}", key, touch, use),
        max_upload_size=math.ceil(_own_data.bounds().megabytes),
    )
    if said := st.session_state.get(SAID, {}).get(key):
        st.markdown(plain(said))


def _read(widget: str, key: str, touch: Callable[[], None], use: Callable[[Table], None]) -> None:
    touch()
    given: Any = st.session_state[widget]
    if given is None:
        return
    said, contents = "", given.getvalue()
    try:
        table = read_table(contents, given.name, _own_data.bounds())
        if key == "sidebar":
            _own_data.keep(table)
        use(table)
    except _own_data.OtherFile as error:
        said = str(error)
    except BadTable as error:
        said = str(unusable(given.name, error))
    except MemoryError as error:
        said = str(sentence_on(error))
    if said:
        event("upload refused", megabytes=round(1e-6 * len(contents), 3))
    st.session_state[SAID] = {key: said}
    st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1
    let_go(given)


def let_go(given: Any) -> None:
    """Drop the bytes of a file that was read: Streamlit would keep them until the visit ends."""
    context: Any = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, given.file_id)
