"""Pinned comparisons next to each other: the finding, what differs, the charts and the measures."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts import captions, overlaid, pin_to_pin, side_by_side
from alternatives.charts import side_by_side_tables as tables
from alternatives.charts.axes import HEIGHT, PANEL, height_of_rows
from alternatives.charts.drawing import Drawing
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.experiments.curves import RELATIVE_UPDATE, SIGNAL_TO_NOISE, gradient_sizes
from alternatives.measures import MEASURES
from alternatives.pages._choices import chooser, chosen
from alternatives.pages._columns import Awaited, columns, wait_for
from alternatives.pages._near import near
from alternatives.pages._pins import STATE
from alternatives.pages._session_file import results_of
from alternatives.pages._settings import settings
from alternatives.pages._shown import Drawn, Panels, Place, draw_together, folded, note, plain, section
from alternatives.sessions import Pin
from alternatives.sessions.beside import Beside, beside
from alternatives.wording import LONGEST_HEADING, listed, sentence

MEASURE, GRADIENT, HEAD = "measure beside", "gradient beside", "head beside"
"""Keys of what the charts show: the visitor's own choices, no part of the session."""
NEAR = "near beside"
"""Key of whether the reader has come near the charts of each pin."""
NOT_YET = "Charts of the pins: drawn when you come near."
LAYOUT, LAYOUTS = "layout beside", ("next to each other", "overlaid")
DIFFERENT_DATA = (
    "These pins are of different data sets, {}. Compare the heads within a pin: a distance between pins says "
    "how hard the data are, too."
)


class Comparisons:
    """Pinned comparisons; one that isn't known yet, or has no results, leaves the others as they are.

    Made, it has drawn what is read first; `draw_rest` draws what is below, once the reader `is_near`.
    """

    def __init__(
        self, pins: Sequence[Pin], reference: Pin, heading: Place, title: str, status: Place, fresh: bool
    ) -> None:
        self._pins, self._reference = pins, reference
        # What is there is drawn in this very run: outlines before it would only cost the browser time.
        self._holds = fresh and any(results_of(pin) is None for pin in pins)
        self._heading, self._status = heading, status
        self._shown: Beside | None = None
        self._fresh = fresh
        self._measure = chosen(MEASURE, list(MEASURES))
        self._overlaid = len(pins) > 1 and chosen(LAYOUT, LAYOUTS) == "overlaid"
        self.is_near = True
        self._first_row()
        self._columns = [
            _Compared(pin, column) for pin, column in zip(pins, columns(pins, reference), strict=True)
        ]
        heads = (head.name for each in self._columns for head in each.comparison.heads)
        self._heads = list(dict.fromkeys(heads))
        if st.session_state.get(HEAD) not in self._heads:
            st.session_state[HEAD] = None
        self._rest = st.container()
        self._is_known = all(each.results is not None for each in self._columns)
        if self._is_known:
            self._show_first(self._beside(self._columns))  # the browser draws it while the rest is made
            return
        heading.heading(title)  # until there is a finding
        if self._slope is not None and all(each.refused for each in self._columns):
            self._slope.clear()  # nothing will come

    def draw_rest(self) -> None:
        """Draw what is below the first row and the names."""
        with self._rest:
            with st.container(gap=None):
                # Results that are waited for are drawn wherever they come.
                self.is_near = near(NEAR, NOT_YET, self._fresh, at_once=not self._is_known, each_time=True)
            if self.is_near:
                self._rows()
        self.show()

    def _first_row(self) -> None:
        """What changed, and what that did: the measure that is chosen, from pin to pin."""
        self._slope: Place | None = None
        self._table: Place | None = None
        self._by_head: Place | None = None
        self._in_words: Place | None = None
        if len(self._pins) == 1:
            return
        # A table of more than two pins needs the room.
        left, right = st.columns((3, 2), gap="medium") if len(self._pins) == 2 else (st.container(),) * 2
        with left:
            section(
                f"{sentence(self._measure)} from pin to pin",
                "A line for each head. Mean over the seeds with 95 % CI.",
            )
            self._slope = self._place(HEIGHT, st.container())
            chooser("Measure shown", MEASURE, list(MEASURES), STATE.touch)
        with right:
            settings(self._pins)
        self._in_words = Place(st.container())
        section(f"{sentence(self._measure)} by head", "Mean over the seeds, on the test set.")
        self._table, self._how = Place(st.container()), Place(st.container())
        unfolded = folded("Headline measures of each head", STATE.touch)
        self._by_head = Place(unfolded.container()) if unfolded is not None else None

    def _rows(self) -> None:
        left, right = st.columns(2, gap="medium")
        left.pills("Highlight a head in all charts", self._heads, key=HEAD, on_change=STATE.touch, wrap=True)
        if len(self._pins) > 1:
            right.segmented_control(
                "Charts of the pins",
                LAYOUTS,
                default=chosen(LAYOUT, LAYOUTS),
                key=LAYOUT,
                format_func=sentence,
                required=True,
                on_change=STATE.touch,
            )
        self._key = Place((st if self._overlaid else right).container())
        datasets = list(dict.fromkeys(each.comparison.dataset.name for each in self._columns))
        if self._overlaid and len(datasets) > 1:
            note(plain(DIFFERENT_DATA.format(listed(datasets))))
        self._charts = [
            self._row(
                sentence(self._measure),
                "Each dot is one seed. Large marks: mean with 95 % CI.",
                overlaid.height_of_heads(len(self._heads), len(self._pins))
                if self._overlaid
                else height_of_rows(len(self._heads)),
                partial(side_by_side.by_head, measure=self._measure),
                partial(overlaid.by_head, measure=self._measure),
            )
        ]
        fewest = min(each.comparison.n_layers for each in self._columns)
        quantities = [*gradient_sizes(fewest), SIGNAL_TO_NOISE, RELATIVE_UPDATE]
        quantity = chosen(GRADIENT, quantities)
        self._charts.append(
            self._row(
                "Gradient magnitude",
                "By epoch. Compare shapes, not heights: Adam takes no notice of a gradient's scale.",
                PANEL,
                partial(side_by_side.by_epoch, name=quantity),
                partial(overlaid.by_epoch, name=quantity),
            )
        )
        chooser("Gradient", GRADIENT, quantities, STATE.touch)
        self._calibration()

    def _calibration(self) -> None:
        title = "Calibration"
        caption = (
            "Above the diagonal: underconfident, accuracy is above the confidence. Below: overconfident. "
            "Large marks: many samples."
        )
        if not self._overlaid:
            self._charts.append(self._row(title, caption, PANEL, side_by_side.calibration))
            return
        section(title, f"{caption} {captions.OVERLAID}")
        grid = Panels()
        for head in self._heads:
            together = partial(overlaid.calibration, head=head)
            self._charts.append((together, [self._place(PANEL, grid.cell())]))

    def _row(
        self,
        title: str,
        caption: str,
        height: int,
        panel: Callable[..., Drawing],
        together: Callable[..., Drawing] | None = None,
    ) -> tuple[Callable[..., Drawing], list[Place]]:
        """A chart of each pin, all on the same scales, below each other on a narrow screen; or one of all."""
        section(title, f"{caption} {captions.OVERLAID}" if self._overlaid else caption)
        if self._overlaid and together is not None:
            return together, [self._place(max(height, HEIGHT), st.container())]
        places = []
        for pin, column in zip(self._pins, st.columns(len(self._pins), gap="medium"), strict=True):
            panel_of_pin = column.container(gap=None)
            panel_of_pin.markdown(f"**{plain(pin.name)}**")
            places.append(self._place(height, panel_of_pin))
        return panel, places

    def _place(self, height: int, where: DeltaGenerator) -> Place:
        """A chart's place, the last in its container."""
        place = Place(where)
        if self._holds:
            place.hold(height)
        return place

    def show(self) -> None:
        """Draw what there is: the browser shows the words while the charts are made."""
        known = [index for index, each in enumerate(self._columns) if each.results is not None]
        if not known:
            return
        found = self._beside([self._columns[index] for index in known])
        if found is not self._shown:
            self._show_first(found)
        if not self.is_near:
            return
        head = st.session_state[HEAD] or ""
        key = overlaid.key if self._overlaid else side_by_side.key
        charts: list[Drawn] = [(self._key, key(found))]
        for drawing, places in self._charts:
            if self._overlaid:
                charts.append((places[0], drawing(found, highlighted=head)))
                continue
            charts += [
                (places[index], drawing(found, at, highlighted=head)) for at, index in enumerate(known)
            ]
        draw_together(charts)

    def _show_first(self, found: Beside) -> None:
        """Draw what is in view first: the finding, and what changes from pin to pin."""
        self._shown = found
        together = len(found.states) > 1
        first, rest = found.finding_in_parts if together else found.base.finding_in_parts
        self._heading.heading(first)
        self._say(rest)
        if self._slope is not None and together:
            drawing = pin_to_pin.drawing(found, self._measure, st.session_state[HEAD] or "")
            self._slope.draw(drawing)
            self._tables(found)

    def _say(self, rest: str) -> None:
        """A short line, which completes the heading, stands below it; longer ones below the first chart."""
        lines = rest.splitlines()
        is_next = bool(lines) and (self._in_words is None or len(lines[0]) <= LONGEST_HEADING)
        if is_next:
            self._status.text(plain(lines.pop(0)))
        else:
            self._status.clear()
        if self._in_words is None:
            return
        if lines:
            self._in_words.text("\n".join(["### In words", *(f"- {plain(line)}" for line in lines)]))
        else:
            self._in_words.clear()  # of fewer pins, more may have been said

    def _tables(self, found: Beside) -> None:
        """The measure that is chosen, and if wanted the headline measures, with what changed."""
        if self._table is None:
            return
        self._table.table(
            _escaped(tables.of_measure(found, self._measure)), f"{self._measure} by head and pin"
        )
        self._how.quiet(plain(tables.how(found)))
        if self._by_head is not None:
            with self._by_head.container():
                for head in found.heads:
                    st.markdown(f"**{plain(head)}**")
                    of_head = _escaped(tables.of_head(found, head))
                    Place(st.container()).table(of_head, f"Headline measures of {head} by pin")

    def _beside(self, known: Sequence["_Compared"]) -> Beside:
        """What is known, next to each other; without its reference, next to the first."""
        pins = [each.pin for each in known]
        return beside(
            tuple(each.comparison for each in known),
            tuple(each.concluded for each in known),
            pins.index(self._reference) if self._reference in pins else 0,
            tuple(pin.name for pin in pins),
        )

    @property
    def found(self) -> dict[str, ComparisonResults]:
        """The results that are known, by the pins' keys."""
        return {each.pin.key: each.concluded for each in self._columns if each.results is not None}

    @property
    def beside(self) -> Beside | None:
        """What is said of them together."""
        known = [each for each in self._columns if each.results is not None]
        return self._beside(known) if known else None

    def wait(self) -> None:
        """Wait for what isn't known, and draw it."""
        wait_for(self._columns, self.show)
        lost = [at for at, each in enumerate(self._columns) if each.results is None]
        if self._overlaid:
            lost = [0] if len(lost) == len(self._columns) else []
        for at in lost:
            for _, places in self._charts:
                places[at].clear()


class _Compared(Awaited[ComparisonResults]):
    """A comparison and its results."""

    def __init__(self, pin: Pin, column: DeltaGenerator) -> None:
        self.comparison = cast(Comparison, pin.state)
        super().__init__(pin, self.comparison.trained_alike, column)

    def known(self) -> ComparisonResults | None:
        return results_of(self.pin)

    @property
    def concluded(self) -> ComparisonResults:
        """The results, with the pin's own question and margins."""
        assert self.results is not None
        return self.results.concluded(self.comparison)


def _escaped(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose columns are named by people."""
    return table.rename(columns=plain)
