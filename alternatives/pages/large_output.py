"""The output layer whose update doesn't grow with its classes, measured live."""

import pandas as pd
import streamlit as st

from alternatives.charts import large_output as charts
from alternatives.charts.compare import HEIGHT
from alternatives.large_output import telling
from alternatives.large_output.experiment import ROUNDS, LargeOutput
from alternatives.large_output.measured import RACE_STEPS, Measured, race_classes
from alternatives.large_output.spherical import spherical
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._requests import LargeRequest
from alternatives.pages._shown import Place, folded, not_used, plain, quiet, section
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting, queue

STATE = State(LargeOutput, always="head", prefix="large output ")
LARGEST = (4, 5, 6, 7)
"""Powers of ten to choose the most classes from."""


def page() -> None:
    """Draw the page: the controls, and the measurement as it goes on."""
    with turn():
        experiment, problems = STATE.settled()
        with st.sidebar:
            section("Softmax alternatives", "An output layer of very many classes.")
            _controls(experiment)
        screen = _Screen(experiment, problems)
        _formulas(experiment)
        _again(experiment)
        if queue.get(LargeRequest(experiment)) is None:
            screen.wait()
    waiting = Waiting(screen.headline, screen.status)
    measured = waiting.results(LargeRequest(experiment), screen.say, screen.draw)
    with turn_to_go_on():
        screen.show(measured)


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
        help="Numbers of classes at which an update is timed",
    )
    more = folded("More settings", STATE.touch)
    if more is not None:
        with more:
            controls.field("dense_up_to")
            controls.field("seed")


class _Screen:
    """The finding, the charts that answer at a glance, and below them the training side by side."""

    def __init__(self, experiment: LargeOutput, problems: tuple[str, ...]) -> None:
        self.experiment = experiment
        self.headline, self.status = Place(st.container()), Place(st.container())
        not_used(problems)
        left, right = st.columns(2, gap="medium")
        with left:
            section(
                "Time of one update, measured",
                "All layers in turn, on one thread. A line that is level doesn't grow with the classes.",
            )
            self.times = Place(st.container())
            st.markdown(quiet(plain(telling.end_of_dense(experiment))))
        with right:
            section(
                "Operations of one update, counted",
                "Of the matrix products. What else a step does is seen in the time alone.",
            )
            Place(st.container()).draw(charts.of_operations(experiment))
            st.markdown(quiet(plain(telling.memory(experiment))))
        section("In numbers", "The time of one update by the number of classes.")
        self.table = Place(st.container())
        section(
            "The same numbers, at another pace",
            f"{RACE_STEPS} updates of both layers in float64, from one start and on the same mini-batches.",
        )
        self.race_told = Place(st.container())
        left, right = st.columns(2, gap="medium")
        with left:
            section("Training", "The loss of every mini-batch against the time of the layer's own updates.")
            self.race = Place(st.container())
        with right:
            section("Difference", "Between both layers. The dotted line is one rounding in float64.")
            self.errors = Place(st.container())
        self._last: Measured | None = None

    def wait(self) -> None:
        """Say what begins, and keep room."""
        self.headline.heading(telling.finding(self.experiment, pd.DataFrame()))
        for place in (self.times, self.race, self.errors):
            place.hold(HEIGHT)

    def say(self, measured: Measured | None) -> str:
        """The status line while somebody waits."""
        return f"Measuring {measured.doing}, {measured.fraction:.0%} done" if measured else "Starting"

    def draw(self, measured: Measured) -> bool:
        """Draw what is known so far, if it isn't drawn yet."""
        if measured is self._last:
            return False
        self._last = measured
        with turn_to_go_on():
            self._draw(measured)
        return True

    def show(self, measured: Measured) -> None:
        """Draw all."""
        self.status.quiet(
            plain(
                f"Measured in float32 with {self.experiment.n_units} units and mini-batches of "
                f"{self.experiment.batch_size}, each time the median of {ROUNDS} turns."
            )
        )
        self._draw(measured)

    def _draw(self, measured: Measured) -> None:
        n_classes = race_classes(self.experiment)
        self.headline.heading(measured.finding)
        if len(measured.times):
            self.times.draw(charts.of_times(self.experiment, measured.times))
            self.table.table(
                charts.table(measured.times), "Time of one update by layer and number of classes"
            )
        told = telling.race(self.experiment, n_classes, measured.race, measured.errors)
        self.race_told.text(plain(told))
        if len(measured.race):
            self.race.draw(charts.of_race(measured.race))
        if len(measured.errors):
            self.errors.draw(charts.of_errors(self.experiment, measured.errors))


def _formulas(experiment: LargeOutput) -> None:
    section(
        "What the trick needs of a loss",
        "Of all outputs a, three numbers: that of the target t, their sum, and their sum of squares.",
    )
    member = spherical(experiment.loss)
    assert member is not None
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"The loss of **{plain(str(experiment.head))}** by its three statistics, of D classes:")
        _formula(r"s = \sum_k a_k \qquad q = \sum_k a_k^2")
        _formula(rf"\begin{{aligned}} \mathcal{{L}} =\; & {member.formula} \end{{aligned}}")
        st.markdown(
            "So its gradient is known from three derivatives, the same two for every class but the target:"
        )
        _formula(
            r"\frac{\partial \mathcal{L}}{\partial a_k} = \mathcal{L}_s + 2 \mathcal{L}_q \, a_k"
            r" + [k = t] \, \mathcal{L}_a"
        )
    with right:
        st.markdown(
            "The weights are kept as a product of rows, a square matrix and a shared row, so that one change "
            "of the small factors moves all classes:"
        )
        _formula(r"W = V U + \mathbf{1} \omega^\top \qquad a_k = V_k \, (U h) + \omega^\top h")
        _formula(r"s = h^\top W^\top \mathbf{1} \qquad q = h^\top (W^\top W) \, h")
        st.markdown("A step of gradient descent for one sample h, and only the target's row of V moves:")
        _formula(
            r"\begin{aligned} U &\leftarrow U - 2 \eta \mathcal{L}_q (U h) \, h^\top \\"
            r" \omega &\leftarrow \omega - \eta \, (2 \mathcal{L}_q \, \omega^\top h + \mathcal{L}_s) \, h \\"
            r" V_t &\leftarrow V_t - \eta \mathcal{L}_a \, U^{-\top} h \end{aligned}"
        )
    st.markdown(
        quiet(
            plain(
                "Softmax has no such form: its normaliser needs the exponential of every output. "
                "Source: Vincent, de Brébisson and Bouthillier 2015, arXiv 1412.7091."
            )
        )
    )


def _formula(text: str) -> None:
    """A formula in a line of its own; st.latex's would scroll where the keyboard doesn't reach it."""
    st.markdown(rf"&emsp;$\displaystyle {text}$")


def _again(experiment: LargeOutput) -> None:
    section("From the command line", "The same layers in one run, without the training side by side.")
    options = [f'--{name.replace("_", "-")} "{text}"' for name, text in experiment.to_link().items()]
    st.code(" ".join(["python -m alternatives large-output", *options]), language=None, wrap_lines=True)
