"""Pins of *Shape* and of *Inside* next to each other."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

import streamlit as st

from alternatives.charts import attention, bars, by_variant, gate, lines, plane, tables
from alternatives.charts.axes import HEIGHT, height_of_rows
from alternatives.charts.drawing import Drawing
from alternatives.experiments import Results
from alternatives.experiments.inside import HELD_AS, Inside
from alternatives.experiments.widths import Widths
from alternatives.pages._charts import Charts
from alternatives.pages._columns import Awaited, columns, wait_for
from alternatives.pages._settings import settings
from alternatives.pages._shown import Panels, Place, draw, plain, quiet, section
from alternatives.pages._waiting import queue
from alternatives.sessions import Pin
from alternatives.shape import Shape

Charted: TypeAlias = Callable[..., Drawing]

ACCURACY: Charted = partial(by_variant.drawing, measure="accuracy")
LEARNING: Charted = partial(lines.by_epoch, name="validation accuracy")
CHARTS: dict[str, tuple[Charted, ...]] = {
    "hidden": (ACCURACY, LEARNING, partial(lines.by_epoch, name="gradient of layer 1")),
    "attention": (ACCURACY, LEARNING, attention.step_weights),
    "gate": (ACCURACY, LEARNING, gate.use_of_experts),
}
"""The charts of a pin of Inside, by the experiment that it shows."""


def shapes(pins: Sequence[Pin], reference: Pin) -> None:
    """What the heads make of each pin's logits: probabilities and maps."""
    section(
        "Shapes",
        "Bars: the probability of each class; the target's has an outline. Maps, for three classes: which of "
        "them wins as two logits vary.",
    )
    settings(pins)
    for pin, column in zip(pins, columns(pins, reference), strict=True):
        shape = cast(Shape, pin.state)
        with column:
            st.markdown(quiet(plain(shape.finding)))
            grid = Panels()
            maps = plane.drawings(shape) if len(shape.logits) == 3 else {}
            for drawing in (*bars.probabilities(shape).values(), *maps.values()):
                with grid.cell():
                    draw(drawing)


class Experiments:
    """Pins of *Inside*: each with its finding, its table, and its charts."""

    def __init__(self, pins: Sequence[Pin], reference: Pin, fresh: bool) -> None:
        section(
            "Inside the network",
            "Each dot is one seed. Large marks: mean with 95 % CI. Below: validation accuracy by epoch.",
        )
        settings(pins)
        self._columns = [
            _Experiment(pin, fresh, column)
            for pin, column in zip(pins, columns(pins, reference), strict=True)
        ]
        self.show()

    def show(self) -> None:
        """Draw what there is."""
        for each in self._columns:
            each.show()

    @property
    def found(self) -> dict[str, Results[Any]]:
        """The results that are known, by the pins' keys."""
        return {each.pin.key: each.results for each in self._columns if each.results is not None}

    @property
    def widths(self) -> dict[str, list[Widths]]:
        """Accuracy by width, by the pins' keys: of hidden layers whose page has worked it out."""
        found = {}
        for each in self._columns:
            inside = cast(Inside, each.pin.state)
            known = [queue.get(by_width) for by_width in inside.by_width]
            if HELD_AS[inside.part] == "hidden" and all(own is not None for own in known):
                found[each.pin.key] = [own for own in known if own is not None]
        return found

    def wait(self) -> None:
        """Wait for what isn't known, and draw it."""
        wait_for(self._columns, self.show)


class _Experiment(Awaited[Results[Any]]):
    """The column of an experiment."""

    def __init__(self, pin: Pin, fresh: bool, column: Any) -> None:
        inside = cast(Inside, pin.state)
        held_as = HELD_AS[inside.part]
        super().__init__(pin, getattr(inside, held_as), column)
        self._is_drawn = False
        with column:
            self._finding = Place(st.container())
            self._charts = Charts[Results[Any]](fresh and not self.refused)
            accuracy, *others = CHARTS[held_as]
            self._charts.add(height_of_rows(4), accuracy)
            for drawing in others:
                self._charts.add(HEIGHT, drawing)
            self._table = Place(st.container())

    @property
    def places(self) -> list[Place]:
        return [self._finding, self._table, *self._charts.places]

    def show(self) -> None:
        """Draw the results, once they are there."""
        if self.results is None or self._is_drawn:
            return
        self._is_drawn = True
        self._finding.quiet(plain(self.results.finding_in_parts[0]))
        self._table.table(tables.of_variants(self.results), f"Measures by variant: {self.pin.name}")
        self._charts.draw(self.results)
