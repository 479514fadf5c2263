"""The state of a page is one comparison, and that comparison is the link.

The comparison is kept in the session. A control shows what the comparison says and, when a person
changes it, replaces one field of it: there is no second copy that could differ. After a change the
comparison is written to the link. When the link changes by itself, because somebody opened, edited or
went back to one, the comparison is read from it.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from alternatives.compare import Comparison

COMPARISON, LINK, CHANGED, PROBLEMS = "comparison", "link", "changed", "problems"


def arrived() -> bool:
    """Whether the page is drawn anew: on the first run, and when somebody comes from another page."""
    return "dataset" not in st.session_state


def settled() -> tuple[Comparison, tuple[str, ...]]:
    """The comparison of this run, and a sentence for each thing that couldn't be used."""
    state = st.session_state
    link = {name: st.query_params.get_all(name) for name in st.query_params}
    returned = arrived() and not link
    if COMPARISON not in state or (link != state[LINK] and CHANGED not in state and not returned):
        state[COMPARISON], state[PROBLEMS] = Comparison.from_link(link)
        state[LINK] = link
    else:
        written = {name: [text] for name, text in state[COMPARISON].to_link().items()}
        # A link that couldn't be read in full stays as it is until something is changed.
        if link != written and (CHANGED in state or link != state[LINK]):
            st.query_params.from_dict(state[COMPARISON].to_link())
            state[LINK] = written
    state.pop(CHANGED, None)
    return state[COMPARISON], state[PROBLEMS]


def touch() -> None:
    """Say that this run comes of a control: a link that the browser sends with it may be an old one."""
    st.session_state[CHANGED] = True


def bound(
    key: str, shown: Any, field: str, value: Callable[[Comparison, Any], Any] = lambda _, given: given
) -> dict[str, Any]:
    """Arguments that make a widget show a field's value and change it.

    Parameters
    ----------
    key : str
        The widget's key.
    shown : Any
        What the widget has to show.
    field : str
        The comparison's field.
    value : callable
        From the comparison and what the widget says to the field's value; it may raise ValueError.
    """
    if key not in st.session_state or st.session_state[key] != shown:
        st.session_state[key] = shown

    def changed() -> None:
        touch()
        comparison = st.session_state[COMPARISON]
        try:
            new = comparison.replace(**{field: value(comparison, st.session_state[key])})
        except ValueError as error:  # the comparison stays, and with it what the widget shows
            st.session_state[PROBLEMS] = (str(error),)
        else:
            st.session_state[COMPARISON], st.session_state[PROBLEMS] = new, ()

    return {"key": key, "on_change": changed}
