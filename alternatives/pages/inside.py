"""Softmax inside the network: as a hidden layer, as attention, as a gate."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import streamlit as st

from alternatives.charts import attention, by_variant, gate, hidden, lines, regions, tables
from alternatives.charts.axes import HEIGHT, SQUARE, height_of_rows
from alternatives.charts.drawing import Drawing
from alternatives.experiments import (
    Attention,
    AttentionResults,
    GateResults,
    HiddenResults,
    Progress,
    Results,
)
from alternatives.experiments.attention import RIGHT
from alternatives.experiments.inside import PARTS, Inside
from alternatives.experiments.tasks import RECALL
from alternatives.experiments.widths import common_answer
from alternatives.exports import inside as exports
from alternatives.pages._charts import Charts, SoFar
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
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
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting
from alternatives.training import EQUAL
from alternatives.wording import in_unit, percent, sentence

STATE = State(Inside, always="part", prefix="inside ")
FIVE_WIDTH = 125
"""Least width in pixels of one of five small charts."""
PICTURE_WIDTH = 330
DATA_SETS = ("dataset", "gate_dataset")
"""Fields that hold a data set, each of one part."""
SHOWN = "inside shown"
"""Key of the part that the last run showed."""
LEARNING = "The earlier a line flattens, the faster the network learns."

R = TypeVar("R", bound=Results[Any])


def page() -> None:
    """Draw the page: the controls, and the part that is chosen."""
    with turn():
        arrived = STATE.arrived()
        inside, problems = STATE.settled()
        with st.sidebar:
            top_of_sidebar("inside", STATE)
            _controls(inside)
        own_field = next((name for name in inside.shown_fields if name in DATA_SETS), "")
        if own_field and not ready(STATE, own_field, problems, "Train on these data"):
            return
        # Another part's charts must not stand where this one's will be.
        fresh = arrived or st.session_state.get(SHOWN) != inside.part
        st.session_state[SHOWN] = inside.part
        part = (_Hidden, _Attention, _Gate)[PARTS.index(inside.part)](inside, problems, fresh)
    part.run()


def _controls(inside: Inside) -> None:
    controls, fields = Controls(STATE, inside), inside.shown_fields
    controls.choice("part", PARTS)
    n_in_view = fields.index("seeds") + 1
    for field in fields[:n_in_view]:
        controls.field(field)
    more = folded("More settings", STATE.touch)
    if more is not None:
        with more:
            for field in fields[n_in_view:]:
                controls.field(field)
            if "normalisers" in fields:
                for head in inside.normalisers:
                    controls.parameters_of("normalisers", head)
    controls.reset()


class _Part(Generic[R]):
    """One experiment: its finding, its table, and its charts.

    `doing` says what is trained. `fresh` charts have to keep room, as no others stand in their places.
    """

    def __init__(
        self, inside: Inside, experiment: Any, doing: str, problems: Sequence[str], fresh: bool
    ) -> None:
        self.inside, self.experiment, self.doing = inside, experiment, doing
        self.charts = Charts[R](fresh)
        not_used(problems)
        self.heading, self.status = Place(st.container()), Place(st.container())
        self.heading.heading(doing)
        pin_button(STATE)
        for field in DATA_SETS:
            if field in inside.shown_fields:
                folded_report(STATE, field)

    def pair(self, height: int, *drawings: Callable[[R], Drawing]) -> list[Place]:
        """Two charts beside each other."""
        columns = st.columns(2, gap="medium")
        return [
            self.charts.add(height, drawing, column.container())
            for column, drawing in zip(columns, drawings, strict=True)
        ]

    def first_pair(self, title: str, caption: str, n_variants: int, measure: str) -> None:
        """The accuracy and another measure by variant."""
        section(title, caption)
        self.pair(
            height_of_rows(n_variants),
            partial(by_variant.drawing, measure="accuracy"),
            partial(by_variant.drawing, measure=measure),
        )
        self.table, self.about_table = Place(st.container()), Place(st.container())
        note(plain(sentence(self.experiment.method)))

    def run(self) -> None:
        """Wait for the results and show them."""
        waiting = Waiting(self.heading, self.status, [self.table, *self.charts.places])
        results = waiting.results(self.experiment, say(self.doing), SoFar(self.pictures), then=self.second)
        with turn_to_go_on():
            first, rest = results.finding_in_parts
            self.heading.heading(first)
            self.status.text(plain(rest))
            self.table.table(tables.of_variants(results), "Measures by variant")
            self.about_table.quiet(tables.ABOUT_VARIANTS)
            self.charts.draw(results)
            self.more(results)
        self.end(results)

    def end(self, results: R) -> None:
        """Draw what comes last."""
        with turn_to_go_on():
            take_away(exports.of(self.inside, results))

    def pictures(self, progress: Progress) -> list[Drawn]:
        """The chart that is drawn during the training."""
        return [(self.learning, lines.so_far(progress, "validation accuracy"))]

    learning: Place
    """Where the validation accuracy is drawn, during the training too."""
    second: Any = None
    """An experiment that idle workers may begin."""

    def more(self, results: R) -> None:
        """Draw what isn't always there."""


def say(doing: str) -> Callable[[Progress | None], str]:
    """The status line during a training."""
    return lambda progress: f"{doing}: {percent(progress.fraction)} done" if progress else doing


class _Hidden(_Part[HiddenResults]):
    """Hidden layers, and their accuracy by width on two data sets."""

    def __init__(self, inside: Inside, problems: Sequence[str], fresh: bool) -> None:
        experiment, self.experiments = inside.hidden, inside.by_width
        self.second = self.experiments[0]
        doing = f"Training hidden layers on {experiment.dataset.in_words}"
        super().__init__(inside, experiment, doing, problems, fresh)
        self.first_pair(
            "Accuracy and effective rank",
            "Each dot is one seed. Large marks: mean with 95 % CI. Effective rank: how many dimensions the "
            "last hidden layer uses, after centring. Units that sum to one lose a dimension. "
            "n · softmax: softmax times the number of units, so that outputs are one on average.",
            len(experiment.units),
            "effective rank",
        )
        section(
            "When is “no softmax in hidden layers” true?",
            f"Difference in accuracy from {plain(experiment.baseline)} in percentage points, by width: each "
            "uses its own best learning rate and number of epochs. Bold: statistically significant.",
        )
        self.answer, self.answer_status, self.by_width = (Place(st.container()) for _ in range(3))
        self.widths = [Place(column.container()) for column in st.columns(2, gap="medium")]
        if fresh:
            for place in self.widths:
                place.hold(HEIGHT)
        section("Training", f"{LEARNING} Right: how much gradient reaches the first layer.")
        self.learning, _ = self.pair(
            HEIGHT,
            partial(lines.by_epoch, name="validation accuracy"),
            partial(lines.by_epoch, name="gradient of layer 1"),
        )
        self.details = st.container()

    def more(self, results: HiddenResults) -> None:
        with self.details:
            _units(results)
            _other_curves(results)

    def end(self, results: HiddenResults) -> None:
        waiting = Waiting(self.answer, self.answer_status, [self.by_width, *self.widths])
        found = []
        for experiment, following in itertools.zip_longest(self.experiments, self.experiments[1:]):
            doing = f"Training networks of {len(experiment.widths)} widths on {experiment.dataset.in_words}"
            found.append(waiting.results(experiment, say(doing), then=following))
        with turn_to_go_on():
            self.answer.text(plain(common_answer(found)))
            self.by_width.table(tables.by_width(found), "Differences in accuracy by width")
            self.answer_status.clear()
            draw_together(zip(self.widths, map(hidden.by_width, found), strict=True))
            take_away(exports.of(self.inside, results, found))


def _units(results: HiddenResults) -> None:
    units = st.expander("What the units do", key="what the units do", on_change="rerun")
    if not units.open:
        return
    with units:
        st.markdown(
            quiet("Correlations between the units of the last hidden layer: the deeper, the stronger.")
        )
        draw(hidden.signs())
        _panels([hidden.correlations(results, name) for name in results.variants])
        st.markdown(
            quiet(
                "Singular values: a line that drops early leaves dimensions unused. Inactive units are still."
            )
        )
        left, right = st.columns(2, gap="medium")
        Place(left).draw(hidden.singular_values(results))
        Place(right).draw(by_variant.drawing(results, "inactive units"))


def _other_curves(results: HiddenResults) -> None:
    title = "Losses and the gradients of other layers"
    curves = st.expander(title, key="other curves", on_change="rerun")
    if not curves.open:
        return
    layers = [f"gradient of layer {n}" for n in range(2, results.experiment.n_layers + 2)]
    names = ("training loss", "validation loss", *layers)
    with curves:
        grid = st.grid(2, min_column_width=PICTURE_WIDTH)
        for name in names:
            Place(grid.cell()).draw(lines.by_epoch(results, name))


class _Attention(_Part[AttentionResults]):
    """Attention pooling: key-value recall, or the rows of digits."""

    def __init__(self, inside: Inside, problems: Sequence[str], fresh: bool) -> None:
        experiment = inside.attention
        doing = f"Training attention pooling: {experiment.task}"
        super().__init__(inside, experiment, doing, problems, fresh)
        (self._recall if experiment.task == RECALL else self._rows)(experiment)
        _, self.learning = self.pair(
            HEIGHT, attention.step_weights, partial(lines.by_epoch, name="validation accuracy")
        )

    def _recall(self, experiment: Attention) -> None:
        n, n_shown = experiment.n_pairs, len(experiment.choices)
        self.first_pair(
            "Accuracy and weight of the right pair",
            f"Each sample has {n} pairs of a key and a value, and asks for one key. With equal weights the "
            "network may know the values, but not which of them belongs to the key: it is right in one of "
            f"{n} at best, {in_unit(1 / n, '%')}.",
            n_shown,
            RIGHT,
        )
        section(
            "Where the networks look",
            "Each row: the key that is asked for. Each column: the key of a pair. The deeper the colour, the "
            "larger the pair's mean weight, up to 100 %. A network that looks at the right pair alone draws "
            "the diagonal.",
        )
        self._panels(experiment, attention.by_key, Panels())
        section("Weights and training", f"Left: a flat line means no choice. Right: {LEARNING.lower()}")

    def _rows(self, experiment: Attention) -> None:
        self.first_pair(
            "Accuracy and rows looked at",
            "Eight: all rows have the same weight, as they have by design with equal weights.",
            len(experiment.choices),
            experiment.sequences.looked_at,
        )
        section(
            "Where the networks look",
            "Test digits of the first seed, and beside each row its weight: the deeper the colour, the "
            "larger, up to a third.",
        )
        self._panels(experiment, attention.pictures, st.grid(2, min_column_width=PICTURE_WIDTH))
        section("Weights and training", f"Left: the mean weight of each row. Right: {LEARNING.lower()}")

    def _panels(self, experiment: Attention, drawing: Callable[..., Drawing], grid: Any) -> None:
        """A chart for each normaliser; with equal weights all steps would look the same."""
        for name in experiment.choices:
            if name != EQUAL.name:
                self.charts.add(SQUARE, partial(drawing, variant=name), grid.cell())


class _Gate(_Part[GateResults]):
    """The gate of a mixture of experts."""

    def __init__(self, inside: Inside, problems: Sequence[str], fresh: bool) -> None:
        experiment = inside.gate
        doing = f"Training mixtures of experts on {experiment.dataset.in_words}"
        super().__init__(inside, experiment, doing, problems, fresh)
        self.first_pair(
            "Accuracy and experts used",
            "One expert per sample is a hard choice; all of them, hardly any choice. With equal weights the "
            "experts are together one linear classifier.",
            len(experiment.choices),
            "experts asked",
        )
        self.regions = st.container()
        section(
            "Use of the experts and training",
            f"A level line: all experts are used equally. Right: {LEARNING.lower()}",
        )
        _, self.learning = self.pair(
            HEIGHT, gate.use_of_experts, partial(lines.by_epoch, name="validation accuracy")
        )

    def more(self, results: GateResults) -> None:
        if results.decisions is None:
            return
        with self.regions:
            section(
                "Decision regions",
                "A colour a class. Each expert draws a straight border; the gate decides which expert counts "
                "where.",
            )
            draw(regions.classes(results))
            _panels([regions.drawing(results, name) for name in results.variants])


def _panels(drawings: Sequence[Drawing]) -> None:
    """Small charts on common scales."""
    grid = st.grid(5, min_column_width=FIVE_WIDTH) if len(drawings) % 5 == 0 else Panels()
    for drawing in drawings:
        Place(grid.cell()).draw(drawing)
