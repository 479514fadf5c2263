"""Heads compared: trained on one data set, once for each seed."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts import (
    by_variant,
    captions,
    lines,
    moving_regions,
    regions,
    tables,
    temperature,
    training_time,
    tuning,
)
from alternatives.charts.axes import HEIGHT, PANEL, height_of_rows
from alternatives.charts.drawing import Drawing
from alternatives.experiments import Comparison, ComparisonResults, Progress
from alternatives.experiments.comparison import CONCLUSIONS
from alternatives.experiments.curves import RELATIVE_UPDATE, SIGNAL_TO_NOISE, gradient_sizes
from alternatives.experiments.tuning import FINALISTS, FIRST_SPLITS, N_SPLITS
from alternatives.exports import comparison as exports
from alternatives.exports import method
from alternatives.measures import MEASURES
from alternatives.pages import _status as status
from alternatives.pages._calibration import calibration
from alternatives.pages._charts import Charts, SoFar
from alternatives.pages._choices import chooser, chosen
from alternatives.pages._cited import cited
from alternatives.pages._controls import Controls
from alternatives.pages._differences import differences
from alternatives.pages._first_view import FirstView
from alternatives.pages._link import State
from alternatives.pages._mistakes import look_at, mistakes
from alternatives.pages._moving_regions import moving_regions as draw_moving_regions
from alternatives.pages._near import near
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._pins import pin_button
from alternatives.pages._report import folded_report, ready
from alternatives.pages._shown import (
    Drawn,
    Panels,
    Place,
    draw,
    draw_together,
    folded,
    not_used,
    note,
    plain,
    quiet,
    section,
)
from alternatives.pages._take_away import take_away
from alternatives.pages._telephone import COMPUTING
from alternatives.pages._turns import turn, turn_for_more, turn_to_go_on
from alternatives.pages._waiting import Waiting, end_if_refused, queue
from alternatives.wording import sentence

STATE = State(Comparison, always="dataset")
IN_VIEW = ("dataset", "label_noise", "heads", "learning_rate", "n_seeds")
"""Fields whose controls aren't behind the expander."""

DRAWN = "measure drawn"
"""Key of the measure that the session's first chart shows, whatever has been chosen since."""

FOUND = "found"
"""Key of what stands below the finding's first sentence."""

NEAR = "near compare"
"""Key of whether the reader has come near the charts below the first."""
NOT_YET = "More charts: drawn when you come near."


def page() -> None:
    """Draw the page: the controls, the results as they come, and their details."""
    with turn():
        first_look = STATE.arrived()
        comparison, problems = STATE.settled()
        with st.sidebar:
            top_of_sidebar("compare", STATE)
            controls = partial(_controls, comparison, st.container())
        if not ready(STATE, "dataset", problems, "Compare on these data"):
            controls()
            return
        trained = comparison.trained_alike
        results = queue.get(trained)
        if results is None:
            controls()
            end_if_refused(trained, problems)
        screen = _Screen(comparison, problems, waits=results is None, first_look=first_look)
        if results is not None:
            screen.show(results.concluded(comparison))
            controls()  # a browser takes as long to draw them as it takes for the finding
    if results is None:
        waiting = Waiting(screen.heading, screen.status, screen.places, small=False)
        results = waiting.results(trained, screen.say, SoFar(screen.pictures))
        with turn_to_go_on():
            screen.show(results.concluded(comparison))
    if screen.is_near:
        with turn_for_more():
            _Below(results.concluded(comparison)).draw()
    screen.first_view.finish()


def _controls(comparison: Comparison, where: DeltaGenerator) -> None:
    controls = Controls(STATE, comparison)
    with where:
        for field in IN_VIEW:
            controls.field(field)
        more = folded("More settings", STATE.touch)
        if more is not None:
            with more:
                _more_controls(controls, comparison)
        controls.reset()


def _more_controls(controls: Controls[Comparison], comparison: Comparison) -> None:
    for head in comparison.heads:
        controls.parameters_of("heads", head)
    if len(comparison.heads) > 1:
        controls.choice("baseline", [head.name for head in comparison.heads])
    first, last = ("baseline", *IN_VIEW, *CONCLUSIONS), "first_seed"
    others = (field for field in comparison.fields() if field not in (*first, last))
    for field in (*CONCLUSIONS, *others, last):
        controls.field(field)


class _Screen:
    """What is seen first, but for the controls; each of its charts has its place before there are results."""

    def __init__(
        self, comparison: Comparison, problems: Sequence[str], waits: bool, first_look: bool
    ) -> None:
        self.comparison, self.heads = comparison, [head.name for head in comparison.heads]
        self._waits = waits
        self._measure = chosen("measure shown", list(MEASURES))
        self._charts = Charts[ComparisonResults](hold=waits and first_look)
        self.first_view = FirstView(comparison, STATE.touch)
        not_used(problems)
        self.heading = Place(st.container())
        self.status = Place(st.container(key=COMPUTING if waits else FOUND))
        if waits:
            self.heading.heading(status.in_training(comparison))
            self.status.text(plain(self.say(None)))
        pin_button(STATE)
        folded_report(STATE, "dataset")
        self._first_charts(hold=waits and first_look)
        self.is_near = near(NEAR, NOT_YET, first_look)
        if self.is_near:
            self._choosers()

    @property
    def places(self) -> list[Place]:
        """Everything that waits for results."""
        return self._charts.places

    def say(self, progress: Progress | None) -> str:
        """What stands below the heading during the training."""
        return status.so_far(self.comparison, progress, with_accuracy=self._measure == "accuracy")

    def pictures(self, progress: Progress) -> list[Drawn]:
        """The charts that are drawn during the training."""
        pictures = [(self._gradient, self._gradient_so_far(progress))]
        if self._measure == "accuracy":
            st.session_state[DRAWN] = self._measure
            pictures.insert(0, (self._by_head, by_variant.so_far(progress)))
        return pictures

    def show(self, results: ComparisonResults) -> None:
        """Show the results: the browser shows the words while the charts are made."""
        first, rest = results.in_words.short
        self.heading.heading(first)
        self.status.text(plain(rest))
        self.first_view.answer(results)
        st.session_state[DRAWN] = self._measure
        self._charts.draw(results)

    def _first_charts(self, hold: bool) -> None:
        left, right = st.columns(2, gap="medium")
        with left:
            section(sentence(self._measure), captions.DOTS)
            other = self._waits and self._measure != st.session_state.get(DRAWN)
            self._by_head = self._charts.add(
                height_of_rows(len(self.heads)),
                partial(by_variant.drawing, measure=self._measure),
                hold=hold or other,
            )
            self._below_by_head = st.container()
        with right:
            sizes, others = self._quantities
            quantity = chosen("gradient shown", [*sizes, *others])
            relative = quantity in sizes and st.session_state.get("gradient relative", False)
            section("Gradient magnitude", captions.GRADIENTS.get(quantity, captions.SIZES[relative]))
            self._gradient_so_far = partial(lines.so_far, name=quantity, relative=relative)
            drawing = partial(lines.by_epoch, name=quantity, relative=relative)
            self._gradient = self._charts.add(HEIGHT, drawing)
            self._below_gradient = st.container()

    def _choosers(self) -> None:
        """The choices of what the first charts show: each takes a browser as long as a chart."""
        with self._below_by_head:
            chooser("Measure", "measure shown", list(MEASURES), STATE.touch)
        with self._below_gradient:
            sizes, others = self._quantities
            chooser("Gradient", "gradient shown", [*sizes, *others], STATE.touch)
            st.toggle(
                "Relative to the first epoch",
                key="gradient relative",
                on_change=STATE.touch,
                disabled=st.session_state["gradient shown"] not in sizes,
            )

    @property
    def _quantities(self) -> tuple[Sequence[str], Sequence[str]]:
        """What is shown of the gradient: sizes, which can be relative to the first epoch's, and others."""
        return gradient_sizes(self.comparison.n_layers), (SIGNAL_TO_NOISE, RELATIVE_UPDATE)


class _Below:
    """What is below the first screen. What the last run showed there stands until this replaces it."""

    def __init__(self, results: ComparisonResults) -> None:
        self._results, self._heads = results, list(results.variants)
        self._comparison = results.experiment
        self._charts = Charts[ComparisonResults](hold=False)

    def draw(self) -> None:
        """Draw it: words and tables at once, then the charts, then what takes longest."""
        results = self._results
        note(plain(method.of_comparison(self._comparison)).replace("\n", "  \n"))
        differences(results, self._charts)
        if (unfolded := folded("All measures", STATE.touch)) is not None:
            Place(unfolded.container()).table(tables.every_measure(results), "All measures by head")
            unfolded.markdown(quiet("  \n".join(tables.explanations())))
        calibration(self._heads, self._charts)
        below_the_charts = st.container(), st.container()
        self._details()
        self._charts.draw(results)
        if results.decisions is not None:
            with below_the_charts[0]:
                _draw_regions(results)
        with below_the_charts[1]:
            mistakes(results)
        take_away(exports.of(results))

    def _details(self) -> None:
        self._grid = st.grid(3, min_column_width=330, gap=("medium", "medium"))
        for name in captions.CURVES:
            caption = captions.of_curve(name, self._comparison.label_noise)
            self._cell(sentence(name), caption, partial(lines.by_epoch, name=name))
        self._cell("Temperature scaling", captions.TEMPERATURE, temperature.drawing)
        self._cell("Training time", captions.TRAINING_TIME, training_time.drawing)
        with self._grid.cell():
            _formulas(self._comparison)
        if self._comparison.search.needed:
            self._search()

    def _search(self) -> None:
        section(
            "Tuning",
            f"What was chosen: the lowest validation loss on {N_SPLITS} tuning splits. No reported seed "
            "uses these, but they have samples in common with its test set. Each learning rate is tried "
            f"on {FIRST_SPLITS} of them. If the best is the lowest or the highest, further rates are "
            f"added. The {FINALISTS} best are then tried "
            "on all splits.",
        )
        Place(st.container()).table(tables.tuning(self._results), "What was chosen for each head")
        if (tried := folded("What was tried", STATE.touch)) is not None:
            tried.markdown(quiet(captions.TRIED))
            grid = Panels(tried)
            for head in self._heads:
                self._charts.add(PANEL, partial(tuning.drawing, head=head), grid.cell())

    def _cell(self, title: str, caption: str, drawing: Callable[[ComparisonResults], Drawing]) -> None:
        cell = self._grid.cell()
        with cell:
            section(title, caption)
        self._charts.add(HEIGHT, drawing, cell)


def _draw_regions(results: ComparisonResults) -> None:
    first_seed = results.experiment.first_seed
    if results.frames is not None:
        section("Decision regions", captions.MOVING_REGIONS.format(first_seed))
        draw_moving_regions(moving_regions.picture(results), "moving regions", look_at)
        return
    section("Decision regions", captions.REGIONS.format(first_seed))
    draw(regions.classes(results))
    grid = Panels()
    draw_together((Place(grid.cell()), regions.drawing(results, head)) for head in results.variants)


def _formulas(comparison: Comparison) -> None:
    section("The heads", "The probability of class k from the logits a.")
    lines_of_heads = (
        f"**{plain(str(head))}** &ensp; ${head.formula}$  \n"
        f":small[{plain(head.sentence)}]  \n{quiet(cited(head.source))}"
        for head in comparison.heads
    )
    st.markdown("\n\n".join(lines_of_heads))
    dataset = comparison.dataset
    st.markdown(f"**The data:** {plain(dataset.sentence)}  \n{quiet(cited(dataset.source))}")
