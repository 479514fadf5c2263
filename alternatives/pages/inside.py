"""Softmax inside the network: as a hidden layer, as attention, as a gate."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from alternatives.charts import attention, by_variant, gate, hidden, lines, tables
from alternatives.charts.axes import HEIGHT, height_of_rows
from alternatives.charts.drawing import Drawing
from alternatives.datasets import DatasetUnavailable
from alternatives.experiments import Experiment, HiddenResults, Progress
from alternatives.experiments.inside import FIELDS, PARTS, Inside
from alternatives.experiments.soft_choice import EQUAL
from alternatives.experiments.widths import common_answer
from alternatives.pages import _jobs as jobs
from alternatives.pages._controls import Controls
from alternatives.pages._jobs import in_line
from alternatives.pages._link import State
from alternatives.pages._shown import Place, draw_together, folded, not_used, plain, quiet, section
from alternatives.serving.inside import Jobs
from alternatives.wording import sentence

STATE = State(Inside, always="part", prefix="inside ")  # type: ignore[type-abstract]
PANEL_WIDTH = 145
"""Least width in pixels of a panel among small multiples: two beside each other on a telephone."""
PATIENCE = 1.0
"""Seconds of a training before there is a picture of it: what is over sooner is drawn once."""
SHOWN = "inside shown"
"""Key of the part that the last run showed."""
CADENCE = 0.3
"""Least seconds between two looks at a training."""

E = TypeVar("E", bound=Experiment)
Results = TypeVar("Results")


def page() -> None:
    """Draw the page: the controls, and the part that is chosen."""
    arrived = STATE.arrived()
    inside, problems = STATE.settled()
    with st.sidebar:
        section("Softmax alternatives", "Softmax and its rivals inside the network.")
        _controls(inside)
    # Another part's charts are no place holders for this one's.
    view = _View(problems, fresh=arrived or st.session_state.get(SHOWN) != inside.part)
    st.session_state[SHOWN] = inside.part
    try:
        {PARTS[0]: _hidden, PARTS[1]: _attention, PARTS[2]: _gate}[inside.part](inside, view)
    except (DatasetUnavailable, ValueError) as error:
        view.headline.heading(sentence(str(error)))
        view.status.quiet("Nothing was trained. Choose something else in the sidebar.")


def _controls(inside: Inside) -> None:
    controls, fields = Controls(STATE, inside), FIELDS[inside.part]
    controls.choice("part", PARTS, help="Where softmax stands; every network ends in softmax")
    n_in_view = fields.index("n_seeds") + 1
    for field in fields[:n_in_view]:
        controls.field(field)
    more = folded("More settings", STATE.touch)
    if more is None:
        return
    with more:
        for field in fields[n_in_view:]:
            controls.field(field)
        if "normalisers" in fields:
            for head in inside.normalisers:
                controls.parameters_of("normalisers", head)


class _View:
    """What stands above every part: the finding, and how far the training is."""

    def __init__(self, problems: Sequence[str], fresh: bool) -> None:
        self._fresh = fresh
        self.headline, self.status = Place(st.container()), Place(st.container())
        not_used(problems)
        self._picture: Place | None = None
        self._began = self._drawn = time.monotonic()

    def pair(self, title: str, caption: str, height: int) -> list[Place]:
        """A section with two places for charts beside each other."""
        section(title, caption)
        return self.places(height)

    def places(self, height: int) -> list[Place]:
        """Two places beside each other, with room for charts of a height where nothing stands yet."""
        places = [Place(column.container()) for column in st.columns(2, gap="medium")]
        if self._fresh:
            for place in places:
                place.hold(height)
        return places

    def results(
        self,
        made: Jobs[E, Results],
        experiment: E,
        doing: str,
        picture: Place | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Results:
        """The results of an experiment, while whose training the status, and a picture, tell of it.

        What is done `meanwhile` is done again and again.
        """
        results = made.get(experiment)
        if results is None:
            self._picture, self._began = picture, time.monotonic()
            self.status.quiet(plain(doing))

            def watch(progress: Progress) -> None:
                self._watch(doing, progress)
                meanwhile()

            results = made.results(experiment, watch, self._queue)
        meanwhile()
        return results

    def _queue(self, ahead: int) -> None:
        if ahead and time.monotonic() - self._drawn >= CADENCE:
            self._drawn = time.monotonic()
            self.status.quiet(in_line(ahead))

    def _watch(self, doing: str, progress: Progress) -> None:
        """Tell of a training, a few times a second. Here Streamlit may abandon the run."""
        now = time.monotonic()
        if now - self._drawn < CADENCE:
            return
        self._drawn = now
        self.status.quiet(plain(f"{doing}: {progress.fraction:.0%} done"))
        if self._picture and progress.epoch and now - self._began > PATIENCE:
            self._picture.draw(lines.so_far(progress, "validation accuracy"))


def _hidden(inside: Inside, view: _View) -> None:
    experiment = inside.hidden
    jobs.by_width().check(inside.second)
    doing = f"Training hidden layers on {experiment.dataset}"
    view.headline.heading(doing)
    said, table = Place(st.container()), Place(st.container())
    accuracy, rank = view.pair(
        "Accuracy, and what the units use of it",
        "Dots are seeds; large marks, means with 95 % intervals. Effective rank: how many dimensions the "
        "last hidden layer uses, after centring. What sums to one loses a dimension.",
        height_of_rows(len(experiment.units)),
    )
    section(
        "Where the common answer holds",
        "No softmax in hidden layers, people say. The table has the points of accuracy that each gains or "
        f"loses in place of {experiment.baseline} at a width; bold are those that are told from chance.",
    )
    by_width = Place(st.container())
    left, right = view.places(HEIGHT)
    epochs, gradient = view.pair(
        "Training", "How soon the lines are level, and how much gradient reaches the first layer.", HEIGHT
    )
    more = st.container()

    # Whatever workers the first training leaves idle begin the second.
    results = view.results(
        jobs.hidden(), experiment, doing, epochs, lambda: jobs.by_width().begin(inside.second)
    )
    view.headline.heading(results.finding)
    table.table(tables.of_variants(results), "Measures by kind of hidden layer")
    draw_together(
        [
            (accuracy, by_variant.drawing(results, "accuracy")),
            (rank, by_variant.drawing(results, "effective rank")),
            (epochs, lines.by_epoch(results, "validation accuracy")),
            (gradient, lines.by_epoch(results, "gradient of layer 1")),
        ]
    )
    with more:
        _details(results, view)

    doing = f"Training networks of {len(experiment.widths)} widths on {inside.second.dataset}"
    found = results.widths, view.results(jobs.by_width(), inside.second, doing)
    said.text(plain(common_answer(found)))
    by_width.table(tables.by_width(found), "Differences in accuracy by width")
    view.status.quiet(plain(experiment.method))
    draw_together(zip((left, right), map(hidden.by_width, found), strict=True))


def _details(results: HiddenResults, view: _View) -> None:
    """What is drawn when somebody opens it."""
    units = st.expander("What the units do", key="what the units do", on_change="rerun")
    if units.open:
        with units:
            st.markdown(
                quiet("How the units of the last hidden layer go together: deep is strong, either way.")
            )
            _panels([hidden.correlations(results, name) for name in results.variants])
            st.markdown(
                quiet("Singular values: a line that drops has dimensions to spare. Inactive hardly vary.")
            )
            singular, inactive = view.places(HEIGHT)
            singular.draw(hidden.singular_values(results))
            inactive.draw(by_variant.drawing(results, "inactive units"))
    curves = st.expander("Losses and the gradients of other layers", key="other curves", on_change="rerun")
    if curves.open:
        layers = [f"gradient of layer {n}" for n in range(2, results.experiment.n_layers + 2)]
        with curves:
            grid = st.grid(2, min_column_width=330)
            for quantity in ("training loss", "validation loss", *layers):
                with grid.cell():
                    Place(st.container()).draw(lines.by_epoch(results, quantity))


def _attention(inside: Inside, view: _View) -> None:
    experiment = inside.attention
    doing = "Training read-outs that look at the rows of digits"
    view.headline.heading(doing)
    table = Place(st.container())
    accuracy, looked = view.pair(
        "Accuracy, and how many rows are looked at",
        "Eight is looking everywhere alike; equal weights do so by design.",
        height_of_rows(len(experiment.choices)),
    )
    pictures = st.container()
    rows, epochs = view.pair(
        "Weights and training", "The mean weight of each row, and how soon the lines are level.", HEIGHT
    )
    results = view.results(jobs.attention(), experiment, doing, epochs)
    view.headline.heading(results.finding)
    view.status.quiet(plain(experiment.method))
    table.table(tables.of_variants(results), "Measures by normaliser")
    accuracy.draw(by_variant.drawing(results, "accuracy"))
    looked.draw(by_variant.drawing(results, "rows looked at"))
    with pictures:
        section(
            "Where the networks look",
            "Test digits of the first seed; beside each row its weight: the deeper, the more, up to a third.",
        )
        _panels(
            [attention.pictures(results, name) for name in results.variants if name != EQUAL.name], width=330
        )
    rows.draw(attention.row_weights(results))
    epochs.draw(lines.by_epoch(results, "validation accuracy"))


def _gate(inside: Inside, view: _View) -> None:
    experiment = inside.gate
    doing = f"Training mixtures of experts on {experiment.dataset}"
    view.headline.heading(doing)
    table = Place(st.container())
    accuracy, asked = view.pair(
        "Accuracy, and how many experts are asked",
        "One is a hard choice; all of them, hardly a choice.",
        height_of_rows(len(experiment.choices)),
    )
    regions = st.container()
    use, epochs = view.pair(
        "Use of the experts",
        "A level line: all are used alike. Beside it, how soon the lines are level.",
        HEIGHT,
    )
    results = view.results(jobs.gate(), experiment, doing, epochs)
    view.headline.heading(results.finding)
    view.status.quiet(plain(experiment.method))
    table.table(tables.of_variants(results), "Measures by normaliser")
    accuracy.draw(by_variant.drawing(results, "accuracy"))
    asked.draw(by_variant.drawing(results, "experts asked"))
    if results.decisions is not None:
        with regions:
            section("Decision regions", "Each expert is a straight line; the gate says whose counts where.")
            _panels([regions.drawing(results, name) for name in results.variants])
    use.draw(gate.use_of_experts(results))
    epochs.draw(lines.by_epoch(results, "validation accuracy"))


def _panels(drawings: Sequence[Drawing], width: int = PANEL_WIDTH) -> None:
    """A small chart a variant, on common scales."""
    n_columns = 2 if width > PANEL_WIDTH else 5 if len(drawings) % 5 == 0 else 4
    grid = st.grid(n_columns, min_column_width=width)
    for drawing in drawings:
        with grid.cell():
            Place(st.container()).draw(drawing)
