"""The charts of a page that waits for results: each has its place before there is anything to draw."""

from collections.abc import Callable
from typing import Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts.drawing import Drawing
from alternatives.experiments import Progress
from alternatives.pages._shown import Drawn, Place, draw_together
from alternatives.pages._turns import turn_to_go_on

R = TypeVar("R")


class Charts(Generic[R]):
    """Places and the charts to draw there.

    Where the places `hold` room for their charts, nothing jumps when they are drawn. Where the last run's
    charts still stand, those keep the room.
    """

    def __init__(self, hold: bool) -> None:
        self._hold = hold
        self._charts: list[tuple[Place, Callable[[R], Drawing]]] = []

    @property
    def places(self) -> list[Place]:
        """The places of all charts."""
        return [place for place, _ in self._charts]

    def add(
        self,
        height: int,
        drawing: Callable[[R], Drawing],
        where: DeltaGenerator | None = None,
        hold: bool | None = None,
    ) -> Place:
        """Add a chart of the results, here or in a container. `hold` overrides that of all."""
        place = Place(where if where is not None else st.container())
        if self._hold if hold is None else hold:
            place.hold(height)
        self._charts.append((place, drawing))
        return place

    def draw(self, results: R) -> None:
        """Draw all charts at once."""
        draw_together((place, drawing(results)) for place, drawing in self._charts)


class SoFar:
    """Draws a training's pictures, once an epoch, for `Waiting.results`; from its progress."""

    def __init__(self, pictures: Callable[[Progress], list[Drawn]]) -> None:
        self._pictures, self._drawn = pictures, ("", 0)

    def __call__(self, progress: Progress) -> bool:
        """Draw an epoch that isn't drawn yet, and say whether there was one."""
        if not progress.epoch or (progress.stage, progress.epoch) == self._drawn:
            return False
        self._drawn = progress.stage, progress.epoch
        with turn_to_go_on():
            draw_together(self._pictures(progress))
        return True
