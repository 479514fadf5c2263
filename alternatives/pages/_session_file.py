"""The session as a file: saved with results if wanted, and opened again by anybody."""

from typing import Any

import streamlit as st

from alternatives.datasets import Elsewhere
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.pages import _pins
from alternatives.pages._pins import STATE
from alternatives.pages._shown import folded, plain, quiet
from alternatives.pages._waiting import queue
from alternatives.sessions import Pin, Session, file
from alternatives.sessions.plain import LARGEST_FILE
from alternatives.wording import sentence

RESULTS = "session: results"
"""Key of the results of the file that was opened last, by the keys of its pins."""
MEGABYTES = LARGEST_FILE // 1_000_000


def results_of(pin: Pin) -> ComparisonResults | None:
    """The results of a pinned comparison, if they are there: worked out here, or from a file."""
    if not isinstance(pin.state, Comparison):
        return None
    trained = pin.state.trained_alike
    here = queue.get(trained)
    if here is None:
        here = st.session_state.get(RESULTS, {}).get(pin.key)
        if here is None or here.experiment.trained_alike != trained:
            return None
    return here.concluded(pin.state)


def is_from_file(pin: Pin) -> bool:
    """Whether the results that are shown of a pin are a file's: its numbers may be anything."""
    results = results_of(pin)
    return results is not None and results.made is not None


def session_file(session: Session) -> None:
    """Draw the controls that save and open a file."""
    part = folded("Session as a file", STATE.touch, "compact")
    if part is None:
        return
    with part:
        if session.pins:
            _save(session)
        key = f"{STATE.prefix}file"
        st.file_uploader(
            f"Open a session file: JSON from this page, at most {MEGABYTES} MB",
            type="json",
            key=key,
            on_change=_open,
            args=(key,),
            max_upload_size=MEGABYTES,
        )
        st.markdown(quiet("Its pins replace those that are here; Undo brings these back."))


def _save(session: Session) -> None:
    with_results = st.toggle(
        "With results",
        key=f"{STATE.prefix}with results",
        on_change=STATE.touch,
        help="So that others see the numbers without training, and without your data",
    )
    found: dict[str, ComparisonResults] = {}
    if with_results:
        found = {pin.key: results for pin in session.pins if (results := results_of(pin)) is not None}
    try:
        text = session.to_json(found)
    except ValueError as error:
        st.markdown(plain(f"{sentence(str(error))}."))
    else:
        st.download_button("Save", text, "session.json", "application/json", on_click="ignore")


def _open(key: str) -> None:
    STATE.touch()
    given: Any = st.session_state[key]
    if given is None:
        return
    try:
        session, results = file.read(given.getvalue())
    except ValueError as error:
        _pins.complain(error)
    else:
        _pins.change(session)
        st.session_state[RESULTS] = dict(results or {})
        if others := _others_here(session):
            st.session_state[_pins.SAID] = others


def _others_here(session: Session) -> tuple[str, ...]:
    """A sentence for each data set that is here with other contents than those of the file's results."""
    datasets = [pin.state.dataset for pin in session.pins if isinstance(pin.state, Comparison)]
    return tuple(
        dict.fromkeys(
            f"the data {each.original} that are here: they aren't those that the file's results are of, "
            f"which are called {each.name}"
            for each in datasets
            if isinstance(each, Elsewhere) and each.name != each.original
        )
    )
