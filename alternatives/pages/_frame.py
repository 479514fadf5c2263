"""The script that Streamlit runs for every visitor: the frame around the page that is asked for."""

import streamlit as st

from alternatives.datasets import register_files
from alternatives.pages import (
    _explained,
    _navigation,
    _pins,
    _present,
    _style,
    _telephone,
    _turns,
    claims,
    classes,
    compare,
    inside,
    large_output,
    paper,
    shape,
    side_by_side,
    stories,
    sweeps,
)

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="4">
<path d="M3 28C17 28 21 21 29 4" stroke="#006eb0"/><path d="M3 9Q16 45 29 9" stroke="#c24f00"/></svg>"""

PAGES: dict[str, _navigation.Shown] = {
    "compare": compare,
    "side_by_side": side_by_side,
    "number_of_classes": classes,
    "shape": shape,
    "stories": stories,
    "claims": claims,
    "the_paper": paper,
    "inside": inside,
    "large_output": large_output,
    "sweeps": sweeps,
}

if __name__ == "__main__":
    _turns.pause()
    sidebar = _style.SIDEBAR_WIDTH
    st.set_page_config(page_icon=ICON, layout="wide", initial_sidebar_state=sidebar)
    _style.apply()
    _present.begin()
    with st.sidebar:
        _telephone.sheet()
    register_files()  # those that were added or changed while the server runs
    _pins.STATE.follow()
    _explained.begin()
    _navigation.show(PAGES)
    _explained.glossary()
