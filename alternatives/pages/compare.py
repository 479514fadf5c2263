"""Heads next to each other: trained on one data set, as often as there are seeds."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from alternatives.charts import compare as charts
from alternatives.charts import frames, words
from alternatives.compare import Comparison, Progress, Results
from alternatives.datasets import DatasetUnavailable
from alternatives.measures import MEASURES
from alternatives.pages._controls import controls
from alternatives.pages._finished import finished
from alternatives.pages._link import arrived, settled, touch
from alternatives.pages._shown import Place, plain, section

CADENCE = 0.2
"""Least seconds between two pictures of a training."""
BINNING = "equal width"
"""The bins of the reliability diagrams: those of the headline's calibration error."""


def page() -> None:
    """Draw the page: the controls, the results as they come, and their details."""
    first_look = arrived()
    comparison, problems = settled()
    with st.sidebar:
        section("Softmax alternatives", "Ways to end a classifier, trained next to each other.")
        controls(comparison)
    view = _FirstScreen(comparison, problems)
    results = finished().get(comparison)
    if results is None:
        view.wait(first_look)
        try:
            results = finished().results(comparison, view.draw)
        except (DatasetUnavailable, ValueError) as error:
            view.fail(str(error))
            return
    view.show(results)
    _details(results)
    _to_take_away(results)


class _FirstScreen:
    """The finding, the table, and the three charts that answer at a glance."""

    def __init__(self, comparison: Comparison, problems: Sequence[str]) -> None:
        self.comparison = comparison
        self.heads = tuple(head.name for head in comparison.heads)
        self.headline, self.status = Place(st.container()), Place(st.container())
        for problem in problems:
            st.caption(f":material/info: {plain(words.sentence(problem))}")
        self.table = Place(st.container())
        st.caption(words.how_to_read_the_table(comparison.baseline))
        self.all_measures = Place(st.expander("All measures"))

        left, right = st.columns(2, gap="medium")
        measures, layers = list(MEASURES), range(1, len(comparison.hidden_layer_sizes) + 2)
        quantities = ["gradient at the logits", *(f"gradient of layer {layer}" for layer in layers)]
        with left:
            self.measure = _chosen("measure shown", measures)
            section(
                words.sentence(self.measure),
                "Dots are seeds; large marks, means with 95 % intervals.",
            )
            self.by_head = Place(st.container())
            _chooser("Measure", "measure shown", measures)
        with right:
            self.quantity = _chosen("gradient shown", quantities)
            section("Gradient magnitude", "Where a line stays up, the head goes on learning.")
            self.gradient = Place(st.container())
            _chooser("Gradient", "gradient shown", quantities)

        section(
            "Calibration",
            "Marks above the diagonal: more often right than sure; below: more often sure than right. "
            "Bars: shares of the samples.",
        )
        grid = st.grid(min(len(self.heads), 4), min_column_width=165)
        self.reliability = {}
        for head in self.heads:
            with grid.cell(), st.container(gap=None):
                self.reliability[head] = Place(st.container()), Place(st.container())
        self._drawn = 0.0

    def wait(self, first_look: bool) -> None:
        """Say what begins; where nothing stands yet, keep its room."""
        self.headline.heading(words.in_training(self.comparison))
        self.status.caption("Preparing the data")
        if first_look:
            empty = words.empty_table(self.heads)
            self.table.hold(31 + 49 * len(empty))
            self.all_measures.table(
                empty, "All measures by head, not yet there"
            )  # loads the browser's part of it
            self.by_head.hold(charts.height(self.heads))
            self.gradient.hold(charts.HEIGHT)
            for diagram, number in self.reliability.values():
                diagram.hold(charts.PANEL)
                number.caption("Error")

    def draw(self, progress: Progress) -> None:
        """Draw a training so far, a few times a second. Here Streamlit may abandon the run."""
        if time.monotonic() - self._drawn < CADENCE:
            return
        self._drawn = time.monotonic()
        self.status.caption(f"Epoch {progress.epoch} of {progress.n_epochs}, {progress.fraction:.0%} done")
        if progress.epoch and self.measure == "accuracy":
            self.by_head.chart(
                charts.by_head,
                frames.accuracy_so_far(progress.accuracy),
                "The validation accuracy of every seed so far.",
                heads=self.heads,
                title="validation accuracy so far",
                style=words.axis_format("accuracy"),
            )
        if progress.epoch:
            self._draw_gradient(progress)

    def fail(self, sentence: str) -> None:
        """Say why there are no results."""
        self.headline.heading(words.sentence(sentence))
        self.status.caption("Nothing was trained. Choose something else in the sidebar.")

    def show(self, results: Results) -> None:
        """Draw what was found."""
        summary = results.summary
        self.headline.heading(results.finding)
        self.status.caption(plain(words.how(self.comparison)))
        self.table.table(words.table(summary, words.HEADLINE), "The headline measures by head")
        self.all_measures.table(words.full_table(summary), "All measures by head")
        self.by_head.chart(
            charts.by_head,
            frames.by_head(results.measures, summary, results.runs, self.measure),
            words.by_head(summary, self.measure),
            heads=self.heads,
            title=words.axis_title(self.measure, "on the test part"),
            style=words.axis_format(self.measure),
        )
        self._draw_gradient(results)
        for head, (diagram, number) in self.reliability.items():
            frame = frames.reliability(results.reliability, head, BINNING)
            diagram.chart(charts.reliability, frame, words.reliability(summary, head), head=head)
            number.caption(words.calibration(summary, head))

    def _draw_gradient(self, drawn: Results | Progress) -> None:
        self.gradient.chart(
            charts.lines,
            frames.lines(drawn.curves, self.quantity, logarithmic=True),
            words.lines(drawn.curves, self.quantity),
            heads=self.heads,
            title=words.axis_title(self.quantity),
            n_epochs=self.comparison.n_epochs,
            logarithmic=True,
        )


def _details(results: Results) -> None:
    """Everything below the first screen."""
    if len(results.decision):
        _regions(results)
    drawn: list[Callable[[Results], None]] = [
        partial(_learning_curve, "training loss", "Heads have losses of their own: compare shapes."),
        partial(_learning_curve, "validation loss", "A line that turns up is overfitting."),
        partial(_learning_curve, "validation accuracy", "How soon the lines are level."),
        _temperature,
        _rates,
        _training_time,
        _confusion,
        _formulas,
    ]
    if results.comparison.learning_rate is not None:
        drawn.remove(_rates)
    grid = st.grid(3, min_column_width=360, gap=("medium", "medium"))
    for draw in drawn:
        with grid.cell():
            draw(results)


def _learning_curve(quantity: str, caption: str, results: Results) -> None:
    logarithmic = quantity.endswith("loss")
    section(words.sentence(quantity), caption)
    Place(st.container()).chart(
        charts.lines,
        frames.lines(results.curves, quantity, logarithmic),
        words.lines(results.curves, quantity),
        heads=_names(results),
        title=words.axis_title(quantity),
        n_epochs=results.comparison.n_epochs,
        style=words.axis_format("log loss" if logarithmic else "accuracy"),
        logarithmic=logarithmic,
    )


def _temperature(results: Results) -> None:
    name = "calibration error"
    section("Temperature scaling", "Hollow: as trained. Filled: after one temperature was fitted.")
    Place(st.container()).chart(
        charts.temperature,
        frames.temperature(results.summary, name),
        words.temperature(results.summary, name),
        heads=_names(results),
        title=words.axis_title(name, "on the test part"),
        style=words.axis_format(name),
    )


def _rates(results: Results) -> None:
    section("Learning rates", "The large mark is a head's own best, the one it is shown with.")
    frame = frames.rates(results.rates)
    Place(st.container()).chart(charts.rates, frame, words.rates(results.rates), heads=_names(results))


def _training_time(results: Results) -> None:
    section("Training time", "Of one run. A head's seeds are timed together: one number each.")
    frame = frames.training_time(results.runs)
    Place(st.container()).chart(
        charts.training_time, frame, words.training_time(frame), heads=_names(results)
    )


def _confusion(results: Results) -> None:
    heads = _names(results)
    head = _chosen("head shown", heads)
    cells = frames.confusion(results.confusion, head)
    classes = tuple(dict.fromkeys(cells["true"]))
    every = results.confusion["true"].nunique()
    some = f" {len(classes)} of {every} classes: the most mistaken." if len(classes) < every else ""
    section("Confusion matrix", f"Test samples of all seeds; off the diagonal, mistakes.{some}")
    alt = words.confusion(cells, head)
    Place(st.container()).chart(charts.confusion, cells, alt, head=head, classes=classes)
    _chooser("Head", "head shown", heads)


def _formulas(results: Results) -> None:
    section("The heads", "Their probability of class k, from the logits a.")
    for head in results.comparison.heads:
        st.markdown(f"**{plain(str(head))}** &ensp; ${head.formula}$  \n:small[{plain(head.sentence)}]")


def _regions(results: Results) -> None:
    heads = _names(results)
    section(
        "Decision regions",
        "The deeper the colour, the surer the head; pale seams part the classes. "
        f"Points are the test part of seed {results.comparison.first_seed}, their shape is their class.",
    )
    classes = tuple(sorted(results.points["class"].unique()))
    features = results.comparison.dataset.load().feature_names
    grid = st.grid(min(len(heads), 4), min_column_width=165)
    for head in heads:
        Place(grid).chart(
            charts.regions,
            frames.regions(results.decision, results.points, head),
            words.regions(head, classes),
            head=head,
            classes=classes,
            titles=(f"{features[0]}, scaled", f"{features[1]}, scaled"),
        )


def _to_take_away(results: Results) -> None:
    section(
        "To take away",
        "Each chart's own menu has its data and its picture; the same comparison without a browser:",
    )
    st.code(results.comparison.command(), language="bash", wrap_lines=True)
    with st.container(horizontal=True):
        for kind, data, media in (
            ("CSV", results.to_csv, "text/csv"),
            ("JSON", results.to_json, "application/json"),
        ):
            st.download_button(
                f"Results as {kind}", data, f"comparison.{kind.lower()}", media, on_click="ignore"
            )


def _names(results: Results) -> tuple[str, ...]:
    return tuple(head.name for head in results.comparison.heads)


def _chosen(key: str, options: Sequence[str]) -> str:
    """What a chooser further down says; the first option where it says nothing that there is."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    chosen: str = st.session_state[key]
    return chosen


def _chooser(title: str, key: str, options: Sequence[str]) -> None:
    """A choice of what a chart shows: no part of the comparison, nor of its link."""
    st.selectbox(
        title, options, key=key, on_change=touch, format_func=words.sentence, label_visibility="collapsed"
    )
