"""The settings of pins next to each other, as a table."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from alternatives.pages._pins import STATE
from alternatives.pages._shown import Place, plain, quiet, section
from alternatives.sessions import Pin
from alternatives.sessions.differences import differing


def settings(pins: Sequence[Pin]) -> None:
    """A table of what differs between pins of one kind, or of everything: a row a setting, a column a pin."""
    if len(pins) < 2:
        return
    section("Settings", "What differs; all other settings are the same.")
    every = differing([pin.state for pin in pins])
    shown = (
        every
        if st.session_state.get(f"all settings {pins[0].kind}")
        else [each for each in every if each.differs]
    )
    if shown:
        rows = {plain(each.label): [plain(value) for value in each.values] for each in shown}
        names = [plain(pin.name) for pin in pins]
        Place(st.container()).table(
            pd.DataFrame.from_dict(rows, orient="index", columns=names), "Settings by pin"
        )
    else:
        st.markdown(quiet("Nothing differs: they have the same settings."))
    st.toggle("All settings", key=f"all settings {pins[0].kind}", on_change=STATE.touch)
