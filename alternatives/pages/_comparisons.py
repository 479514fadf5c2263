"""Pinned comparisons next to each other: the finding, what differs, the charts and the measures."""

from collections.abc import Sequence
from functools import partial
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts import by_variant, lines, reliability
from alternatives.charts.axes import HEIGHT, PANEL, height_of_rows
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.experiments.curves import gradient_sizes
from alternatives.measures import MEASURES
from alternatives.pages._charts import Charts
from alternatives.pages._columns import Awaited, columns, wait_for
from alternatives.pages._settings import settings
from alternatives.pages._shown import Place, plain
from alternatives.sessions import Pin
from alternatives.sessions.beside import Beside, beside

MEASURE = "measure beside"
"""Key of the measure that the charts show: the visitor's own choice, no part of the session."""


class Comparisons:
    """Pinned comparisons; one that isn't known yet, or has no results, leaves the others as they are."""

    def __init__(
        self, pins: Sequence[Pin], reference: Pin, heading: Place, status: Place, fresh: bool
    ) -> None:
        self._reference = reference
        self._heading, self._status = heading, status
        measure = _chosen(MEASURE, list(MEASURES))
        settings(pins)
        self._columns = [
            _Compared(pin, fresh, measure, column)
            for pin, column in zip(pins, columns(pins, reference), strict=True)
        ]
        self.show()

    def show(self) -> None:
        """Draw what there is."""
        for each in self._columns:
            each.show()
        known = [each for each in self._columns if each.results is not None]
        if len(known) > 1:
            self._show_together(self._beside(known))

    def _show_together(self, found: Beside) -> None:
        first, rest = found.finding_in_parts
        self._heading.heading(first)
        self._status.text(plain(rest))

    def _beside(self, known: Sequence["_Compared"]) -> Beside:
        """What is known, next to each other; without its reference, next to the first."""
        pins = [each.pin for each in known]
        return beside(
            tuple(each.comparison for each in known),
            tuple(each.concluded for each in known),
            pins.index(self._reference) if self._reference in pins else 0,
            tuple(pin.name for pin in pins),
        )

    def wait(self) -> None:
        """Wait for what isn't known, and draw it."""
        wait_for(self._columns, self.show)


class _Compared(Awaited[ComparisonResults]):
    """The column of a comparison."""

    def __init__(self, pin: Pin, fresh: bool, measure: str, column: DeltaGenerator) -> None:
        self.comparison = cast(Comparison, pin.state)
        super().__init__(pin, self.comparison.trained_alike, column)
        self._is_drawn = False
        self._charts = Charts[ComparisonResults](fresh and not self.refused)
        with column:
            self._charts.add(
                height_of_rows(len(self.comparison.heads)), partial(by_variant.drawing, measure=measure)
            )
            gradient = gradient_sizes(len(self.comparison.hidden_layer_sizes) + 1)[0]
            self._charts.add(HEIGHT, partial(lines.by_epoch, name=gradient))
            for head in self.comparison.heads:
                self._charts.add(PANEL, partial(reliability.drawing, head=head.name))

    @property
    def places(self) -> list[Place]:
        return self._charts.places

    @property
    def concluded(self) -> ComparisonResults:
        """The results, with the pin's own question and margins."""
        assert self.results is not None
        return self.results.concluded(self.comparison)

    def show(self) -> None:
        """Draw the results, once they are there."""
        if self.results is None or self._is_drawn:
            return
        self._is_drawn = True
        self._charts.draw(self.concluded)


def _chosen(key: str, options: Sequence[str]) -> str:
    """What the chooser of a key says; the first option, where it says none of these."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    chosen: str = st.session_state[key]
    return chosen
