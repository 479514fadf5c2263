"""Heads next to each other: trained on one data set, as often as there are seeds."""

import math
import time
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from alternatives.charts import compare as charts
from alternatives.charts import drawings, words
from alternatives.charts.drawings import heads_of
from alternatives.compare import Comparison, Progress, Results
from alternatives.datasets import DatasetUnavailable
from alternatives.measures import MEASURES
from alternatives.pages._controls import Controls
from alternatives.pages._jobs import jobs
from alternatives.pages._link import State
from alternatives.pages._shown import Place, draw, folded, give_way, not_used, plain, quiet, section
from alternatives.pages._turns import turn, turn_to_go_on

STATE = State(Comparison, always="dataset")
IN_VIEW = ("dataset", "heads", "learning_rate", "n_seeds")
"""Fields whose controls aren't behind the expander."""

CADENCE = 0.5
"""Least seconds between two pictures of a training: the browser needs the cores that train, too."""
PICTURE_SHARE = 0.1
"""Most of the time that pictures of a training may take: who draws them answers everybody else, too."""
STATUS_CADENCE = 0.3
"""The same of the line that says how far it is."""
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
        view = _FirstScreen(comparison, problems)
        results = jobs().get(comparison)
        if results is not None:
            _show(results, view)
            return
        view.wait(first_look)
    try:
        results = jobs().results(comparison, view.watch, view.queue)
    except (DatasetUnavailable, ValueError) as error:
        view.fail(str(error))
    else:
        with turn_to_go_on():
            _show(results, view)


def _show(results: Results, view: "_FirstScreen") -> None:
    """Draw all that was found."""
    _make_ready(results, view)
    view.show(results)
    _details(results)
    _to_take_away(results)


CURVES = {
    "training loss": "Heads have losses of their own: compare shapes.",
    "validation loss": "A line that turns up is overfitting.",
    "validation accuracy": "How soon the lines are level.",
}


def _make_ready(results: Results, view: "_FirstScreen") -> None:
    """Make the drawings before the first is sent: they come at once, and the browser draws the page once."""
    drawings.table(results)
    every = [
        drawings.by_head(results, view.measure),
        *(drawings.lines(results, quantity) for quantity in (view.quantity, *CURVES)),
        *(drawings.reliability(results, head) for head in view.heads),
        drawings.temperature(results),
        drawings.training_time(results),
    ]
    for drawing in every:
        _ = drawing.data


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
        for field in comparison.kinds():
            if field not in ("baseline", *IN_VIEW):
                controls.field(field)


class _FirstScreen:
    """The finding, the table, and the three charts that answer at a glance."""

    def __init__(self, comparison: Comparison, problems: Sequence[str]) -> None:
        self.comparison, self.heads = comparison, heads_of(comparison)
        self.headline, self.status = Place(st.container()), Place(st.container())
        not_used(problems)
        self.table = Place(st.container())
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
            _chooser("Measure", "measure shown", measures)
        with right:
            self.quantity = _chosen("gradient shown", quantities)
            section(
                "Gradient magnitude",
                "While training: mean over the samples. What can't be fitted, noise too, keeps it up.",
            )
            self.gradient = Place(st.container())
            _chooser("Gradient", "gradient shown", quantities)

        section(
            "Calibration",
            "Marks above the diagonal: more often right than sure; below: more often sure than right. "
            "Bars: shares of the samples.",
        )
        grid = st.grid(4, min_column_width=PANEL_WIDTH)
        self.reliability = {head: Place(grid.cell()) for head in self.heads}
        self._began, self._next_picture, self._drawn_epoch, self._told = 0.0, 0.0, 0, 0.0

    def wait(self, first_look: bool) -> None:
        """Say what begins; where nothing stands yet, keep its room."""
        self._began = time.monotonic()
        self.headline.heading(words.in_training(self.comparison))
        self.status.quiet("Preparing the data")
        if first_look:
            self.table.table(words.empty_table(self.heads), "The headline measures, not yet there")
            self.by_head.hold(charts.height(self.heads))
            self.gradient.hold(charts.HEIGHT)
            for diagram in self.reliability.values():
                diagram.hold(charts.PANEL)

    def queue(self, ahead: int) -> None:
        """Say how many wait for a worker before this training."""
        self._tell(f"Waiting for {ahead} others" if ahead else "Preparing the data")

    def watch(self, progress: Progress) -> None:
        """Draw a training so far, a few times a second."""
        self._tell(f"Epoch {progress.epoch} of {progress.n_epochs}, {progress.fraction:.0%} done")
        began = time.monotonic()
        took_so_far = began - self._began
        left = took_so_far * (1 / progress.fraction - 1) if progress.fraction else math.inf
        first = not self._drawn_epoch
        # A picture that the results replace before anybody has looked would only keep them waiting.
        worth_it = began > self._next_picture and (first or left > CADENCE)
        if progress.epoch > self._drawn_epoch and worth_it:
            self._drawn_epoch = progress.epoch
            with turn_to_go_on():
                if self.measure == "accuracy":
                    self.by_head.draw(drawings.accuracy_so_far(self.comparison, progress))
                self.gradient.draw(drawings.lines_so_far(self.comparison, progress, self.quantity))
            took = time.monotonic() - began
            self._next_picture = began + max(CADENCE, took / PICTURE_SHARE)

    def _tell(self, how_far: str) -> None:
        give_way()
        if time.monotonic() - self._told > STATUS_CADENCE:
            self._told = time.monotonic()
            self.status.quiet(how_far)

    def fail(self, sentence: str) -> None:
        """Say why there are no results."""
        self.headline.heading(words.sentence(sentence))
        self.status.quiet("Nothing was trained. Choose something else in the sidebar.")

    def show(self, results: Results) -> None:
        """Draw what was found."""
        self.headline.heading(results.finding)
        self.status.quiet(plain(words.how(self.comparison)))
        self.table.table(drawings.table(results), "The headline measures by head")
        if self.full_table is not None:
            self.full_table.table(drawings.full_table(results), "All measures by head")
        self.by_head.draw(drawings.by_head(results, self.measure))
        self.gradient.draw(drawings.lines(results, self.quantity))
        for head, diagram in self.reliability.items():
            diagram.draw(drawings.reliability(results, head))


def _details(results: Results) -> None:
    """Everything below the first screen."""
    if len(results.decision):
        _regions(results)
    cells: list[Callable[[Results], None]] = [
        *(partial(_learning_curve, quantity, caption) for quantity, caption in CURVES.items()),
        _temperature,
        _rates,
        _training_time,
        _confusion,
        _formulas,
    ]
    if results.comparison.learning_rate is not None:
        cells.remove(_rates)
    grid = st.grid(3, min_column_width=360, gap=("medium", "medium"))
    for cell in cells:
        with grid.cell():
            cell(results)


def _regions(results: Results) -> None:
    heads = heads_of(results.comparison)
    section(
        "Decision regions",
        "The deeper the colour, the surer the head; where it fades, two classes meet. "
        f"Points are the test part of seed {results.comparison.first_seed}, shaped by class.",
    )
    grid = st.grid(4, min_column_width=PANEL_WIDTH)
    for head in heads:
        Place(grid).draw(drawings.regions(results, head))


def _learning_curve(quantity: str, caption: str, results: Results) -> None:
    section(words.sentence(quantity), caption)
    draw(drawings.lines(results, quantity))


def _temperature(results: Results) -> None:
    section("Temperature scaling", "Hollow: as trained. Filled: after one temperature was fitted.")
    draw(drawings.temperature(results))


def _rates(results: Results) -> None:
    section("Learning rates", "The large mark is a head's own best, the one it is shown with.")
    draw(drawings.rates(results))


def _training_time(results: Results) -> None:
    section(
        "Training time",
        "Of one run: a head's seeds are timed together, and heads of one family, which share their calls.",
    )
    draw(drawings.training_time(results))


def _confusion(results: Results) -> None:
    heads = heads_of(results.comparison)
    drawing = drawings.confusion(results, _chosen("head shown", heads))
    shown, every = len(drawing.arguments["classes"]), results.confusion["true"].nunique()
    some = f" {shown} of {every} classes: the most mistaken." if shown < every else ""
    section("Confusion matrix", f"Test samples of all seeds; off the diagonal, mistakes.{some}")
    draw(drawing)
    _chooser("Head", "head shown", heads)


def _formulas(results: Results) -> None:
    section("The heads", "Their probability of class k, from the logits a.")
    said = (
        f"**{plain(str(head))}** &ensp; ${head.formula}$  \n:small[{plain(head.sentence)}]"
        for head in results.comparison.heads
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
            line.code(results.comparison.command(), language="bash", wrap_lines=True)


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
