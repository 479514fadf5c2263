"""Large output layers, timed while you watch."""

import operator

import pandas as pd
import streamlit as st

from alternatives.charts import large_output as charts
from alternatives.charts.axes import HEIGHT
from alternatives.exports import large_output as exports
from alternatives.large_output.measuring import LargeOutput, Measured, report
from alternatives.large_output.measuring.agreement import RACE_STEPS, race_classes
from alternatives.large_output.measuring.timing import ROUNDS
from alternatives.large_output.spherical import spherical
from alternatives.pages._cited import cited
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._shown import Place, folded, not_used, note, plain, quiet, section
from alternatives.pages._take_away import take_away
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting, queue, waiting_for
from alternatives.wording import percent

STATE = State(LargeOutput, always="head", prefix="large output ")
LARGEST = (4, 5, 6, 7)
"""Choices of the largest number of classes, as powers of ten."""


def page() -> None:
    """Show the controls, and the measurement while it runs."""
    with turn():
        experiment, problems = STATE.settled()
        with st.sidebar:
            top_of_sidebar("large_output", STATE)
            _controls(experiment)
        screen = _Screen(experiment, problems)
        _formulas(experiment)
        if queue.get(experiment) is None:
            screen.reserve()
    waiting = Waiting(screen.headline, screen.status, screen.places)
    measured = waiting.results(experiment, screen.say, screen.draw)
    with turn_to_go_on():
        screen.show(measured)
        take_away(exports.of(measured))


def _controls(experiment: LargeOutput) -> None:
    controls = Controls(STATE, experiment)
    controls.field("head")
    controls.field("n_units")
    controls.field("batch_size")
    ranges = {tuple(10**power for power in range(2, most + 1)) for most in LARGEST}
    controls.choice(
        "classes",
        sorted({*ranges, experiment.classes}, key=lambda classes: (max(classes), classes)),
        format_func=lambda classes: f"up to {max(classes):,}",
        help="Numbers of classes at which updates are timed",
    )
    more = folded("More settings", STATE.touch)
    if more is not None:
        with more:
            controls.field("dense_up_to")
            controls.field("seed")
    controls.reset()


class _Screen:
    """The finding and the charts of times and operations; below them both layers trained side by side."""

    def __init__(self, experiment: LargeOutput, problems: tuple[str, ...]) -> None:
        self.experiment = experiment
        not_used(problems)
        self.headline, self.status = Place(st.container()), Place(st.container())
        left, right = st.columns(2, gap="medium")
        with left:
            section(
                "Time of one update, measured",
                "In turns, on one thread. A level line doesn't depend on the number of classes.",
            )
            self.times = Place(st.container())
            note(plain(report.end_of_dense(experiment.sizes, experiment.most_dense)))
        with right:
            section(
                "Operations of one update, counted",
                "Matrix products only. Other costs show only in the measured time.",
            )
            Place(st.container()).draw(charts.of_operations(experiment))
            note(plain(report.memory(experiment.sizes[-1])))
        section("In numbers", "Time of one update by number of classes.")
        self.table = Place(st.container())
        section(
            "Same results, faster",
            f"{RACE_STEPS} updates of both layers in float64, from the same weights and mini-batches.",
        )
        self.comparison = Place(st.container())
        left, right = st.columns(2, gap="medium")
        with left:
            section("Training", "Loss of each mini-batch against the time of the layer's own updates.")
            self.race = Place(st.container())
        with right:
            section("Difference", "Between both layers. Dotted: one rounding error in float64.")
            self.errors = Place(st.container())
        self._drawn: tuple[pd.DataFrame, ...] = ()

    def reserve(self) -> None:
        """Reserve room before the first results."""
        self.headline.heading(report.finding(str(self.experiment.head), pd.DataFrame()))
        for place in (self.times, self.race, self.errors):
            place.hold(HEIGHT)

    @property
    def places(self) -> list[Place]:
        """Everything that waits for measurements."""
        return [self.times, self.table, self.comparison, self.race, self.errors]

    def say(self, measured: Measured | None) -> str:
        """The status line while the measurement runs."""
        if measured is None:
            return "Starting"
        if measured.n_ahead:
            return waiting_for(measured.n_ahead)
        return f"Measuring {measured.doing}, {percent(measured.fraction)} done"

    def draw(self, measured: Measured) -> bool:
        """Show what is known so far, and tell whether it was new."""
        frames = measured.times, measured.race, measured.errors
        if len(self._drawn) and all(map(operator.is_, frames, self._drawn)):
            return False
        self._drawn = frames
        with turn_to_go_on():
            self._draw(measured)
        return True

    def show(self, measured: Measured) -> None:
        """Show all results."""
        self.status.quiet(
            plain(
                f"Measured in float32 with {self.experiment.n_units} units and mini-batches of "
                f"{self.experiment.batch_size}. Each time is the median of {ROUNDS} turns."
            )
        )
        self._draw(measured)

    def _draw(self, measured: Measured) -> None:
        experiment = self.experiment
        self.headline.heading(measured.finding)
        if len(measured.times):
            self.times.draw(charts.of_times(experiment, measured.times))
            self.table.table(
                charts.table(measured.times), "Time of one update by layer and number of classes"
            )
        n_classes = race_classes(experiment.n_units, experiment.batch_size)
        text = report.race(str(experiment.head), n_classes, measured.race, measured.errors)
        self.comparison.text(plain(text))
        if len(measured.race):
            self.race.draw(charts.of_race(measured.race))
        if len(measured.errors):
            self.errors.draw(charts.of_errors(experiment, measured.errors))


def _formulas(experiment: LargeOutput) -> None:
    section(
        "Why it works",
        "The loss needs only three numbers of all outputs a: the target's output, their sum and their sum of "
        "squares.",
    )
    loss = spherical(experiment.head)
    assert loss is not None
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"The loss of **{plain(str(experiment.head))}** in terms of these three, for D classes:")
        _formula(r"s = \sum_k a_k \qquad q = \sum_k a_k^2")
        _formula(rf"\begin{{aligned}} \mathcal{{L}} =\; & {loss.formula} \end{{aligned}}")
        st.markdown("So three derivatives give its gradient. Only the target t needs the third:")
        _formula(
            r"\frac{\partial \mathcal{L}}{\partial a_k} = \mathcal{L}_s + 2 \mathcal{L}_q \, a_k"
            r" + [k = t] \, \mathcal{L}_a"
        )
    with right:
        st.markdown(
            "The weights are a product of rows V and a small square matrix U, plus a shared row ω. Changing "
            "U and ω moves all classes at once:"
        )
        _formula(r"W = V U + \mathbf{1} \omega^\top \qquad a_k = V_k \, (U h) + \omega^\top h")
        _formula(r"s = h^\top W^\top \mathbf{1} \qquad q = h^\top (W^\top W) \, h")
        st.markdown("A step of gradient descent for one sample h. Only the target's row of V changes:")
        _formula(
            r"\begin{aligned} U &\leftarrow U - 2 \eta \mathcal{L}_q (U h) \, h^\top \\"
            r" \omega &\leftarrow \omega"
            r" - \eta \, (2 \mathcal{L}_q \, \omega^\top h + \mathcal{L}_s) \, h \\"
            r" V_t &\leftarrow V_t - \eta \mathcal{L}_a \, U^{-\top} h \end{aligned}"
        )
    st.markdown(
        quiet(
            cited(
                "Softmax has no such form, because it needs the exponential of every output. "
                "Source: Vincent, de Brébisson and Bouthillier 2015, arXiv 1412.7091."
            )
        )
    )


def _formula(text: str) -> None:
    """A formula on its own line. st.latex would scroll, and the keyboard couldn't reach it."""
    st.markdown(rf"&emsp;$\displaystyle {text}$")
