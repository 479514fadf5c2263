"""Pinned comparisons next to each other: the finding, what differs, the charts and the measures."""

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts import by_variant, lines, reliability
from alternatives.charts.axes import HEIGHT, PANEL, height_of_rows
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.measures import MEASURES
from alternatives.pages._charts import Charts
from alternatives.pages._columns import Awaited, columns, wait_for
from alternatives.pages._pins import STATE
from alternatives.pages._shown import Place, folded, plain, quiet, section
from alternatives.sessions import Pin
from alternatives.sessions.beside import Beside, beside
from alternatives.wording import counted, sentence


class Comparisons:
    """Pinned comparisons; one that isn't known yet, or that there are no results of, leaves the others."""

    def __init__(
        self, pins: Sequence[Pin], reference: str, heading: Place, status: Place, fresh: bool
    ) -> None:
        self._pins, self._reference, self._fresh = pins, reference, fresh
        self._heading, self._status = heading, status
        self._measure = _chosen("measure beside", list(MEASURES))
        self._columns = [_Compared(pin, fresh, self._measure, column) for pin, column in zip(pins, columns(pins, reference), strict=True)]
        self.show()

    def show(self) -> None:
        """Draw what there is."""
        for each in self._columns:
            each.show()
        known = [each for each in self._columns if each.results is not None]
        if len(known) > 1:
            found = _beside(known, self._reference)
            first, rest = found.finding_in_parts
            self._heading.heading(first)
            self._status.text(plain(rest))

    def wait(self) -> None:
        """Wait for what isn't known, and draw it."""
        wait_for(self._columns, self.show)


def _beside(known: Sequence["_Compared"], reference: str) -> Beside:
    """What is known, next to each other; without its reference, next to the first."""
    keys = [each.pin.key for each in known]
    return beside(
        tuple(each.comparison for each in known),
        tuple(each.concluded for each in known),
        keys.index(reference) if reference in keys else 0,
        tuple(each.pin.name for each in known),
    )


class _Compared(Awaited[ComparisonResults]):
    """The column of a comparison."""

    def __init__(self, pin: Pin, fresh: bool, measure: str, column: DeltaGenerator) -> None:
        self.comparison = cast(Comparison, pin.state)
        super().__init__(pin, self.comparison.trained_alike, column)
        self._is_drawn = False

    @property
    def concluded(self) -> ComparisonResults:
        """The results, with the pin's own question and margins."""
        assert self.results is not None
        return self.results.concluded(self.comparison)

    def show(self) -> None:
        """Draw the results, once they are there."""


def _chosen(key: str, options: Sequence[str]) -> str:
    """What the chooser of a key says; the first option, where it says none of these."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    chosen: str = st.session_state[key]
    return chosen
