"""How a page puts things on screen."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts.drawing import Drawing
from alternatives.wording import sentence

WIDEST = 2000
"""Width in pixels of a table where there is room. With one, the keyboard can scroll it where there isn't."""


class Place:
    """A place on the page for one thing that may change while the script runs.

    Until something new takes its place, what the last run showed there stays: so nothing jumps.
    """

    def __init__(self, container: DeltaGenerator) -> None:
        self._here = container

    def draw(self, drawing: Drawing) -> None:
        """Show a chart."""
        spec = drawing.specification
        self._here = self._here.vega_lite_chart(drawing.data, spec, height=spec["height"], alt=drawing.alt)

    def hold(self, height: int) -> None:
        """Keep room for a chart."""
        self._here = self._here.skeleton(height=height)

    def heading(self, text: str) -> None:
        """Show a heading."""
        self._here = self._here.header(plain(text), anchor=False)

    def text(self, text: str) -> None:
        """Show Markdown."""
        self._here = self._here.markdown(text)

    def quiet(self, text: str) -> None:
        """Show a line in small letters."""
        self._here = self._here.markdown(quiet(text))

    def table(self, frame: pd.DataFrame, alt: str) -> None:
        """Show a small table whose cells are Markdown."""
        self._here = self._here.table(frame, border="horizontal", width=WIDEST, alt=alt)


def draw(drawing: Drawing) -> None:
    """Show a chart here, where a run of the script shows one thing alone."""
    spec = drawing.specification
    st.vega_lite_chart(drawing.data, spec, height=spec["height"], alt=drawing.alt)


Drawn: TypeAlias = tuple[Place, Drawing]
"""A chart and its place."""


def draw_together(charts: Iterable[Drawn]) -> None:
    """Show charts all at once: all are made ready before the first is sent, and the browser draws once."""
    every = list(charts)
    for _, drawing in every:
        _ = drawing.data, drawing.specification
    for place, drawing in every:
        place.draw(drawing)


def give_way() -> None:
    """Let Streamlit abandon this run, if a control was changed: it does so where the session is looked at."""
    st.session_state.get("anything")


def plain(text: str) -> str:
    """The text with everything escaped that Markdown would take for more than text."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:.-])", r"\\\1", text)


def quiet(text: str) -> str:
    """Markdown in small grey letters; st.caption's are too faint in the light theme to be read by all."""
    return f":small[:gray[{text}]]"


def folded(title: str, on_change: Callable[[], None]) -> DeltaGenerator | None:
    """A part of the page that is drawn only where somebody unfolds it: server and browser have less to do.

    Its key, for whoever unfolds it in the session's state, is the title in small letters.
    """
    part = st.expander(title, key=title.lower(), on_change=on_change)
    return part if part.open else None


def section(title: str, caption: str) -> None:
    """A heading, and what to look at below it, both Markdown: one element, of which a page has many."""
    st.markdown(f"### {title}\n{quiet(caption)}")


def not_used(problems: Sequence[str]) -> None:
    """What of a link or a control couldn't be used."""
    if problems:
        sentences = [f"{plain(sentence(problem))}." for problem in problems]
        st.markdown(quiet("  \n".join(["**Not used:**", *sentences])))
