"""Softmax inside the network: as a hidden layer, as attention, as a gate."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from alternatives.charts import inside as charts
from alternatives.charts.compare import HEIGHT
from alternatives.charts.look import Drawing
from alternatives.experiments import HiddenResults, Progress
from alternatives.experiments.inside import FIELDS, PARTS, Inside
from alternatives.experiments.widths import common_answer
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._shown import Place, draw_together, folded, not_used, plain, quiet, section
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting

STATE = State(Inside, always="part", prefix="inside ")
PANEL_WIDTH = 145
"""Least width in pixels of a panel among small multiples: two beside each other on a telephone."""
SHOWN = "inside shown"
"""Key of the part that the last run showed."""


def page() -> None:
    """Draw the page: the controls, and the part that is chosen."""
    with turn():
        arrived = STATE.arrived()
        inside, problems = STATE.settled()
        with st.sidebar:
            section("Softmax alternatives", "Softmax and its rivals inside the network.")
            _controls(inside)
        # Another part's charts are no place holders for this one's.
        view = _View(problems, fresh=arrived or st.session_state.get(SHOWN) != inside.part)
        st.session_state[SHOWN] = inside.part
    {PARTS[0]: _hidden, PARTS[1]: _attention, PARTS[2]: _gate}[inside.part](inside, view)


def _controls(inside: Inside) -> None:
    controls, fields = Controls(STATE, inside), FIELDS[inside.part]
    controls.choice("part", PARTS, help="Where softmax stands; every network ends in softmax")
    n_in_view = fields.index("seeds") + 1
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
        self.waiting = Waiting(self.headline, self.status)

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


def _say(doing: str) -> Callable[[Progress | None], str]:
    """What the status line says while somebody waits."""
    return lambda progress: f"{doing}: {progress.fraction:.0%} done" if progress else doing


def _draw(place: Place) -> Callable[[Progress], bool]:
    """Draws the validation accuracy so far."""
    drawn_epoch = 0

    def draw(progress: Progress) -> bool:
        nonlocal drawn_epoch
        if progress.epoch <= drawn_epoch:
            return False
        drawn_epoch = progress.epoch
        with turn_to_go_on():
            place.draw(charts.curve_so_far(progress, "validation accuracy"))
        return True

    return draw


def _hidden(inside: Inside, view: _View) -> None:
    experiment = inside.hidden
    doing = f"Training hidden layers on {experiment.dataset}"
    view.headline.heading(doing)
    said, table = Place(st.container()), Place(st.container())
    accuracy, rank = view.pair(
        "Accuracy, and what the units use of it",
        "Dots are seeds; large marks, means with 95 % intervals. Effective rank: how many dimensions the "
        "last hidden layer uses, after centring. What sums to one loses a dimension.",
        charts.height(len(experiment.units)),
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

    first, second = experiment, inside.second
    results = view.waiting.results(first, _say(doing), _draw(epochs), then=second)
    with turn_to_go_on():
        view.headline.heading(results.finding)
        table.table(charts.table(results), "Measures by kind of hidden layer")
        draw_together(
            [
                (accuracy, charts.of_measure(results, "accuracy")),
                (rank, charts.of_measure(results, "effective rank")),
                (epochs, charts.of_curve(results, "validation accuracy")),
                (gradient, charts.of_curve(results, "gradient of layer 1")),
            ]
        )
        with more:
            _details(results, view)

    doing = f"Training networks of {len(experiment.widths)} widths on {inside.second.dataset}"
    found = results.widths, view.waiting.results(second, _say(doing))
    with turn_to_go_on():
        said.text(plain(common_answer(found)))
        by_width.table(charts.widths_table(found), "Differences in accuracy by width")
        view.status.quiet(plain(experiment.method))
        draw_together(zip((left, right), map(charts.of_widths, found), strict=True))


def _details(results: HiddenResults, view: _View) -> None:
    """What is drawn when somebody opens it."""
    units = st.expander("What the units do", key="what the units do", on_change="rerun")
    if units.open:
        with units:
            st.markdown(
                quiet("How the units of the last hidden layer go together: deep is strong, either way.")
            )
            _panels(charts.of_correlations(results))
            st.markdown(
                quiet("Singular values: a line that drops has dimensions to spare. Inactive hardly vary.")
            )
            singular, inactive = view.places(HEIGHT)
            singular.draw(charts.of_singular_values(results))
            inactive.draw(charts.of_measure(results, "inactive units"))
    curves = st.expander("Losses and the gradients of other layers", key="other curves", on_change="rerun")
    if curves.open:
        layers = [f"gradient of layer {n}" for n in range(2, results.experiment.n_layers + 2)]
        with curves:
            grid = st.grid(2, min_column_width=330)
            for quantity in ("training loss", "validation loss", *layers):
                with grid.cell():
                    Place(st.container()).draw(charts.of_curve(results, quantity))


def _attention(inside: Inside, view: _View) -> None:
    experiment = inside.attention
    doing = "Training read-outs that look at the rows of digits"
    view.headline.heading(doing)
    table = Place(st.container())
    accuracy, looked = view.pair(
        "Accuracy, and how many rows are looked at",
        "Eight is looking everywhere alike; equal weights do so by design.",
        charts.height(len(experiment.choices)),
    )
    pictures = st.container()
    rows, epochs = view.pair(
        "Weights and training", "The mean weight of each row, and how soon the lines are level.", HEIGHT
    )
    results = view.waiting.results(experiment, _say(doing), _draw(epochs))
    with turn_to_go_on():
        view.headline.heading(results.finding)
        view.status.quiet(plain(experiment.method))
        table.table(charts.table(results), "Measures by normaliser")
        accuracy.draw(charts.of_measure(results, "accuracy"))
        looked.draw(charts.of_measure(results, "rows looked at"))
        with pictures:
            section(
                "Where the networks look",
                "Test digits of the first seed; beside each row its weight: the deeper, the more, "
                "up to a third.",
            )
            _panels(charts.of_attention(results), width=330)
        rows.draw(charts.of_rows(results))
        epochs.draw(charts.of_curve(results, "validation accuracy"))


def _gate(inside: Inside, view: _View) -> None:
    experiment = inside.gate
    doing = f"Training mixtures of experts on {experiment.dataset}"
    view.headline.heading(doing)
    table = Place(st.container())
    accuracy, asked = view.pair(
        "Accuracy, and how many experts are asked",
        "One is a hard choice; all of them, hardly a choice.",
        charts.height(len(experiment.choices)),
    )
    regions = st.container()
    use, epochs = view.pair(
        "Use of the experts",
        "A level line: all are used alike. Beside it, how soon the lines are level.",
        HEIGHT,
    )
    results = view.waiting.results(experiment, _say(doing), _draw(epochs))
    with turn_to_go_on():
        view.headline.heading(results.finding)
        view.status.quiet(plain(experiment.method))
        table.table(charts.table(results), "Measures by normaliser")
        accuracy.draw(charts.of_measure(results, "accuracy"))
        asked.draw(charts.of_measure(results, "experts asked"))
        if drawings := charts.of_regions(results):
            with regions:
                section(
                    "Decision regions", "Each expert is a straight line; the gate says whose counts where."
                )
                _panels(drawings)
        use.draw(charts.of_use(results))
        epochs.draw(charts.of_curve(results, "validation accuracy"))


def _panels(drawings: Mapping[str, Drawing], width: int = PANEL_WIDTH) -> None:
    """A small chart a variant, on common scales."""
    n_columns = 2 if width > PANEL_WIDTH else 5 if len(drawings) % 5 == 0 else 4
    grid = st.grid(n_columns, min_column_width=width)
    for drawing in drawings.values():
        with grid.cell():
            Place(st.container()).draw(drawing)
