"""Puts things on a page: charts, tables, text."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeAlias

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts.drawing import Drawing
from alternatives.pages._explained import explained, next_place
from alternatives.pages._style import labelled
from alternatives.wording import sentence, unbroken


class Place:
    """A place on the page for one thing that may change while the script runs.

    What the last run showed there stays until something new replaces it, so nothing jumps.
    """

    def __init__(self, container: DeltaGenerator) -> None:
        self._element = container
        self._number = next_place()

    def draw(self, drawing: Drawing) -> None:
        """Show a chart."""
        spec = drawing.specification
        self._element = self._element.vega_lite_chart(
            drawing.data, spec, height=spec["height"], alt=drawing.alt
        )

    def hold(self, height: int) -> None:
        """Keep room for a chart."""
        self._element = self._element.skeleton(height=height)

    def clear(self) -> None:
        """Show nothing."""
        self._element = self._element.empty()

    def container(self) -> DeltaGenerator:
        """Show a container, for more than one thing, instead of what was there."""
        self.clear()  # one container after the other would be one within the other
        return self._element.container()

    def heading(self, text: str) -> None:
        """Show a heading, with what its terms mean."""
        self._element = self._element.header(plain(text), anchor=False, help=explained(text, self._number))

    def text(self, text: str) -> None:
        """Show Markdown, with what its terms mean."""
        self._element = self._element.markdown(text, help=explained(text, self._number))

    def quiet(self, text: str) -> None:
        """Show a line in small letters, with what its terms mean."""
        self._element = self._element.markdown(quiet(text), help=explained(text, self._number))

    def table(self, frame: pd.DataFrame, alt: str) -> None:
        """Show a small table whose cells are Markdown."""
        self._element = self._element.table(labelled(frame), border="horizontal", alt=alt)


class Panels:
    """A grid of small charts, four beside each other, two, or one: of four, none is left alone."""

    WIDTH = 145
    """Least width in pixels of a chart: two beside each other on a telephone."""
    GAP = 16

    def __init__(self, where: DeltaGenerator | None = None) -> None:
        where = where if where is not None else st.container()
        self._pairs = where.grid(2, min_column_width=2 * self.WIDTH + self.GAP)
        self._n_cells = 0

    def cell(self) -> DeltaGenerator:
        """The next chart's cell."""
        if self._n_cells % 2 == 0:
            self._pair = self._pairs.cell().grid(2, min_column_width=self.WIDTH)
        self._n_cells += 1
        return self._pair.cell()


def draw(drawing: Drawing, key: str | None = None, on_select: Callable[[], None] | None = None) -> None:
    """Show a chart that doesn't change while the script runs.

    `on_select` is called when somebody selects something in it, which the session's state has under `key`.
    """
    spec = drawing.specification
    more: dict[str, Any] = {} if on_select is None else {"key": key, "on_select": on_select}
    st.vega_lite_chart(drawing.data, spec, height=spec["height"], alt=drawing.alt, **more)


Drawn: TypeAlias = tuple[Place, Drawing]
"""A chart and its place."""


def draw_together(charts: Iterable[Drawn]) -> None:
    """Show charts all at once: all are prepared before the first is sent, so the browser draws once."""
    prepared = list(charts)
    for _, drawing in prepared:
        _ = drawing.data, drawing.specification
    for place, drawing in prepared:
        place.draw(drawing)


def give_way() -> None:
    """Let Streamlit end this run if a control was changed: it does so where a run looks at its session."""
    st.session_state.get("anything")


PICTURES = re.compile(r":(?=material/|streamlit:)")
"""Where Streamlit puts an icon in place of a text, escaped or not. A character that joins words keeps it."""


def plain(text: str) -> str:
    """The text with all characters escaped that mean something in Markdown."""
    text = PICTURES.sub(":\u2060", unbroken(text))
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:.-])", r"\\\1", text)


def quiet(text: str) -> str:
    """Markdown in small grey letters; those of st.caption are too faint in the light theme."""
    return f":small[:gray[{unbroken(text)}]]"


def folded(
    title: str, on_change: Callable[[], None], kind: Literal["default", "compact"] = "default"
) -> DeltaGenerator | None:
    """A part of the page that is drawn only when somebody unfolds it; None while it is folded.

    Its key in the session's state is the title in lower case. A compact one has no frame.
    """
    part = st.expander(title, key=title.lower(), on_change=on_change, type=kind)
    return part if part.open else None


def heading(text: str) -> None:
    """The heading of a page, with what its terms mean."""
    st.header(plain(text), anchor=False, help=explained(text))


def section(title: str, caption: str) -> None:
    """A heading with a caption below it, both Markdown, and what their terms mean.

    They are one element, since a page has many.
    """
    st.markdown(f"### {title}\n{quiet(caption)}", help=explained(f"{title}. {caption}"))


def note(text: str) -> None:
    """A line in small letters, Markdown, with what its terms mean."""
    st.markdown(quiet(text), help=explained(text))


def about_controls(name: str) -> DeltaGenerator:
    """A place for what is of no use without controls: neither paper nor a room has it."""
    return st.container(key=f"about controls {name}", gap="small")


LONG_LIST = re.compile(r"((?:one|any) of (?:[^,;]+, ){3})(?:[^,;]+, ){2,}[^;]*;")


def not_used(problems: Sequence[str]) -> None:
    """Say what in a link or a control couldn't be used; of a long list the controls show the rest."""
    if problems:
        short = (LONG_LIST.sub(r"\1…;", problem) for problem in problems)
        sentences = [f"{plain(sentence(problem))}." for problem in short]
        st.markdown(" ".join(["**Not used:**", *sentences]))
