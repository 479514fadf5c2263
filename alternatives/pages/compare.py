"""Heads next to each other: trained on one data set, as often as there are seeds."""

from collections.abc import Iterator, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts import compare as charts
from alternatives.charts import drawings, words
from alternatives.charts.drawings import heads_of
from alternatives.experiments import Comparison, Progress
from alternatives.experiments import ComparisonResults as Results
from alternatives.measures import MEASURES
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._shown import (
    Drawn,
    Place,
    draw_together,
    folded,
    not_used,
    plain,
    quiet,
    section,
)
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting, queue

STATE = State(Comparison, always="dataset")
IN_VIEW = ("dataset", "heads", "learning_rate", "n_seeds")
"""Fields whose controls aren't behind the expander."""

DRAWN = "measure drawn"
"""Key of the measure that the session's chart by head shows, whatever has been chosen since."""
PANEL_WIDTH = 165
"""Least width in pixels of a panel among small multiples: two beside each other on a telephone."""


def page() -> None:
    """Draw the page: the controls, the results as they come, and their details."""
    with turn():
        first_look = STATE.arrived()
        comparison, problems = STATE.settled()
        with st.sidebar:
            section("Softmax alternatives", "Ways to end a classifier, trained next to each other.")
            _controls(comparison)
        results = queue.get(comparison)
        waits = results is None
        view = _FirstScreen(comparison, problems, waits, held=waits and first_look)
        details = _Details(comparison, held=waits and first_look)
        if results is not None:
            _show(results, view, details)
            return
    waiting = Waiting(view.headline, view.status)
    results = waiting.results(comparison, view.say, view.draw)
    with turn_to_go_on():
        _show(results, view, details)


def _show(results: Results, view: "_FirstScreen", details: "_Details") -> None:
    """Draw all that was found: the browser shows the words while the charts are made."""
    view.tell(results)
    draw_together([*view.charts(results), *details.charts(results)])
    _to_take_away(results)


def _controls(comparison: Comparison) -> None:
    """All controls of a comparison."""
    controls = Controls(STATE, comparison)
    for field in IN_VIEW:
        controls.field(field)
    more = folded("More settings", STATE.touch)
    if more is None:
        return
    with more:
        for head in comparison.heads:
            controls.parameters_of("heads", head)
        if len(comparison.heads) > 1:
            controls.choice("baseline", [head.name for head in comparison.heads])
        for field in comparison.fields():
            if field not in ("baseline", *IN_VIEW):
                controls.field(field)


class _FirstScreen:
    """The finding, the table, and the three charts that answer at a glance.

    While somebody waits for the results it says so; `held`, it keeps their room where it's made.
    """

    def __init__(self, comparison: Comparison, problems: Sequence[str], waits: bool, held: bool) -> None:
        self.comparison, self.heads = comparison, heads_of(comparison)
        self.headline, self.status = Place(st.container()), Place(st.container())
        if waits:
            self.headline.heading(words.in_training(comparison))
            self.status.quiet(self.say(None))
        not_used(problems)
        self.table = Place(st.container())
        if held:
            self.table.table(words.empty_table(self.heads), "The headline measures, not yet there")
        st.markdown(quiet(words.how_to_read_the_table(comparison)))
        all_measures = folded("All measures", STATE.touch)
        self.full_table = None
        if all_measures is not None:
            self.full_table = Place(all_measures.container())
            all_measures.markdown(quiet("  \n".join(words.explanations())))

        left, right = st.columns(2, gap="medium")
        measures, layers = list(MEASURES), range(1, len(comparison.hidden_layer_sizes) + 2)
        quantities = ["gradient at the logits", *(f"gradient of layer {layer}" for layer in layers)]
        with left:
            self.measure = _chosen("measure shown", measures)
            section(words.sentence(self.measure), "Dots are seeds; large marks, means with 95 % intervals.")
            self.by_head = Place(st.container())
            if held or (waits and self.measure != st.session_state.get(DRAWN)):
                self.by_head.hold(charts.height(self.heads))
            _chooser("Measure", "measure shown", measures)
        with right:
            self.quantity = _chosen("gradient shown", quantities)
            section(
                "Gradient magnitude",
                "While training: mean over the samples. What can't be fitted, noise too, keeps it up.",
            )
            self.gradient = Place(st.container())
            if held:
                self.gradient.hold(charts.HEIGHT)
            _chooser("Gradient", "gradient shown", quantities)

        section(
            "Calibration",
            "Marks above the diagonal: more often right than sure; below: more often sure than right. "
            "Bars: shares of the samples.",
        )
        grid = st.grid(4, min_column_width=PANEL_WIDTH)
        self.reliability = {head: Place(grid.cell()) for head in self.heads}
        if held:
            for diagram in self.reliability.values():
                diagram.hold(charts.PANEL)
        self._drawn_epoch = 0

    def say(self, progress: Progress | None) -> str:
        """The status line while somebody waits."""
        if progress is None:
            return "Preparing the data"
        in_picture = self.measure == "accuracy" and progress.epoch > 0
        return words.so_far(progress.epoch, self.comparison.n_epochs, progress.fraction, in_picture)

    def draw(self, progress: Progress) -> bool:
        """Draw an epoch that isn't drawn yet."""
        if progress.epoch <= self._drawn_epoch:
            return False
        self._drawn_epoch = progress.epoch
        with turn_to_go_on():
            draw_together(self._so_far(progress))
        return True

    def _so_far(self, progress: Progress) -> Iterator[Drawn]:
        if self.measure == "accuracy":
            st.session_state[DRAWN] = self.measure
            yield self.by_head, drawings.accuracy_so_far(self.comparison, progress)
        yield self.gradient, drawings.lines_so_far(self.comparison, progress, self.quantity)

    def tell(self, results: Results) -> None:
        """Say what was found."""
        self.headline.heading(results.finding)
        self.status.quiet(plain(words.how(self.comparison)))
        self.table.table(drawings.table(results), "The headline measures by head")
        if self.full_table is not None:
            self.full_table.table(drawings.full_table(results), "All measures by head")

    def charts(self, results: Results) -> Iterator[Drawn]:
        """Every chart and its place."""
        st.session_state[DRAWN] = self.measure
        yield self.by_head, drawings.by_head(results, self.measure)
        yield self.gradient, drawings.lines(results, self.quantity)
        for head, diagram in self.reliability.items():
            yield diagram, drawings.reliability(results, head)


CURVES = {
    "training loss": "Heads have losses of their own: compare shapes.",
    "validation loss": "A line that turns up is overfitting.",
    "validation accuracy": "How soon the lines are level.",
}


class _Details:
    """Everything below the first screen. `held`, it keeps the room of charts to come."""

    def __init__(self, comparison: Comparison, held: bool) -> None:
        self._held = held
        self._regions = st.container()
        self._grid = st.grid(3, min_column_width=360, gap=("medium", "medium"))
        self._curves = {
            quantity: self._cell(words.sentence(quantity), caption) for quantity, caption in CURVES.items()
        }
        self._temperature = self._cell(
            "Temperature scaling", "Hollow: as trained. Filled: after one temperature was fitted."
        )
        self._training_time = self._cell(
            "Training time",
            "Of one run: a head's seeds are timed together, and heads of one family, "
            "which share their calls.",
        )
        with self._grid.cell():
            heads = heads_of(comparison)
            self._head = _chosen("head shown", heads)
            section(
                "Confusion matrix",
                "Test samples of all seeds; off the diagonal, mistakes. Of many classes, the most mistaken.",
            )
            self._confusion = self._place(st.container())
            _chooser("Head", "head shown", heads)
        with self._grid.cell():
            _formulas(comparison)
        # What isn't always there comes last: what follows would stand under others' headings for a while.
        self._rates = None
        if comparison.learning_rate is None:
            self._rates = self._cell(
                "Learning rates", "The large mark is a head's own best, the one it is shown with."
            )

    def _cell(self, title: str, caption: str) -> Place:
        cell = self._grid.cell()
        with cell:
            section(title, caption)
        return self._place(cell)

    def _place(self, container: DeltaGenerator) -> Place:
        place = Place(container)
        if self._held:
            place.hold(charts.HEIGHT)
        return place

    def charts(self, results: Results) -> Iterator[Drawn]:
        """Every chart and its place."""
        if results.decisions is not None:
            yield from self._planes(results)
        for quantity, place in self._curves.items():
            yield place, drawings.lines(results, quantity)
        yield self._temperature, drawings.temperature(results)
        if self._rates:
            yield self._rates, drawings.rates(results)
        yield self._training_time, drawings.training_time(results)
        yield self._confusion, drawings.confusion(results, self._head)

    def _planes(self, results: Results) -> Iterator[Drawn]:
        with self._regions:
            section(
                "Decision regions",
                "The deeper the colour, the surer the head; where it fades, two classes meet. "
                f"Points are the test part of seed {results.experiment.first_seed}, shaped by class.",
            )
            grid = st.grid(4, min_column_width=PANEL_WIDTH)
        for head in heads_of(results.experiment):
            yield Place(grid.cell()), drawings.regions(results, head)


def _formulas(comparison: Comparison) -> None:
    section("The heads", "Their probability of class k, from the logits a.")
    said = (
        f"**{plain(str(head))}** &ensp; ${head.formula}$  \n:small[{plain(head.sentence)}]"
        for head in comparison.heads
    )
    st.markdown("\n\n".join(said))


def _to_take_away(results: Results) -> None:
    section("To take away", "A chart's own menu has its data and its picture.")
    kinds = {"CSV": (results.to_csv, "text/csv"), "JSON": (results.to_json, "application/json")}
    with st.container(horizontal=True):
        for kind, (data, media) in kinds.items():
            name = f"comparison.{kind.lower()}"
            st.download_button(f"Results as {kind}", data, name, media, on_click="ignore")
        # What colours code is the largest script of all: it's loaded when somebody looks.
        title = "The same from the command line"
        line = st.popover(title, key="command line", on_change=STATE.touch)
        if line.open:
            line.code(results.experiment.command(), language="bash", wrap_lines=True)


def _chosen(key: str, options: Sequence[str]) -> str:
    """What a chooser further down says; the first option where it says nothing that there is."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    chosen: str = st.session_state[key]
    return chosen


def _chooser(title: str, key: str, options: Sequence[str]) -> None:
    """A choice of what a chart shows: no part of the comparison, nor of its link."""
    st.selectbox(
        title,
        options,
        key=key,
        on_change=STATE.touch,
        format_func=words.sentence,
        label_visibility="collapsed",
    )
