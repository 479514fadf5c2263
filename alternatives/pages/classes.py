"""Heads compared at several numbers of classes: how their differences change from few classes to many."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.charts import captions, tables
from alternatives.charts import classes as charts
from alternatives.charts.axes import HEIGHT
from alternatives.charts.drawing import Drawing
from alternatives.experiments.classes import (
    MEASURES,
    ClassCounts,
    ClassCountsProgress,
    ClassCountsResults,
)
from alternatives.exports import classes as exports
from alternatives.exports import method
from alternatives.pages._charts import Charts
from alternatives.pages._controls import Controls
from alternatives.pages._explained import explained
from alternatives.pages._link import State
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._shown import Place, folded, not_used, note, plain, quiet, section
from alternatives.pages._take_away import take_away
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting, end_if_refused, queue
from alternatives.wording import listed, percent, sentence

STATE = State(ClassCounts, always="source", prefix="classes ")
CONCLUSIONS = ("margin", "margin_nats")
"""Fields that say what is concluded. Their controls come before those of the training."""
IN_VIEW = ("source", "heads", "counts", "n_seeds")
"""Fields whose controls aren't behind the expander."""
PANEL_WIDTH = 330
"""Least width in pixels of a chart among the others."""


def page() -> None:
    """Draw the page: the controls, the results as they come, and their details."""
    with turn():
        arrived = STATE.arrived()
        experiment, problems = STATE.settled()
        with st.sidebar:
            top_of_sidebar("number_of_classes", STATE)
            _controls(experiment)
        results = queue.get(experiment)
        if results is None:
            end_if_refused(experiment, problems)
        screen = _Screen(experiment, problems, hold=results is None and arrived)
        if results is not None:
            screen.show(results)
            return
        screen.say_what_is_trained()
    waiting = Waiting(screen.heading, screen.status, screen.charts.places)
    results = waiting.results(experiment, screen.say, screen.draw_so_far)
    with turn_to_go_on():
        screen.show(results)


def _controls(experiment: ClassCounts) -> None:
    controls = Controls(STATE, experiment)
    for field in IN_VIEW:
        controls.field(field)
    more = folded("More settings", STATE.touch)
    if more is not None:
        with more:
            for head in experiment.heads:
                controls.parameters_of("heads", head)
            if len(experiment.heads) > 1:
                controls.choice("baseline", list(experiment.head_names))
            first, last = ("baseline", *IN_VIEW, *CONCLUSIONS), "first_seed"
            others = (field for field in experiment.fields() if field not in (*first, last))
            for field in (*CONCLUSIONS, *others, last):
                controls.field(field)
    controls.reset()


class _Screen:
    """The finding, the differences by number of classes, and the numbers behind them."""

    def __init__(self, experiment: ClassCounts, problems: Sequence[str], hold: bool) -> None:
        self.experiment, self._n_drawn = experiment, 0
        self.charts = Charts[ClassCountsResults](hold)
        not_used([*problems, *_left_out(experiment)])
        self.heading, self.status = Place(st.container()), Place(st.container())
        section(
            f"Difference from {plain(experiment.baseline)}",
            "By number of classes, mean over the seeds. Bars: 95 % CI. Shaded: the margin.",
        )
        first, *others = MEASURES
        if len(experiment.heads) > 1:
            self._chart(st.container(), first, charts.differences, captions.DIFFERENCES[first])
        else:
            note("Choose a second head to compare.")
        self.rest = Place(st.container())
        if len(experiment.heads) > 1:
            columns = st.columns(len(others), gap="medium")
            for column, name in zip(columns, others, strict=True):
                self._chart(column.container(), name, charts.differences, captions.DIFFERENCES[name])
            note(method.how_classes_are_read(experiment))
        section(
            "In numbers",
            "Log loss in nats by number of classes, with its verdict. Second line: difference from "
            f"{plain(experiment.baseline)} with 95 % CI.",
        )
        self.table = Place(st.container())
        more = folded("Accuracy and confidence in numbers", STATE.touch)
        self.more = None if more is None else {name: Place(more.container()) for name in MEASURES[1:]}
        section("The measures themselves", "Mean over the seeds with 95 % CI, on the test sets.")
        grid = st.grid(2, min_column_width=PANEL_WIDTH, gap="medium")
        for name in MEASURES:
            self._chart(grid.cell(), name, charts.values)
        with grid.cell():
            section("About the data", plain(method.about_the_source(experiment)))
        tuned = folded("Learning rates and epochs", STATE.touch)
        self.tuning = None
        if tuned is not None:
            tuned.markdown(quiet("What each head uses, chosen on problems that no reported seed has."))
            self.tuning = Place(tuned.container())

    def _chart(
        self, where: DeltaGenerator, name: str, drawing: Callable[..., Drawing], caption: str = ""
    ) -> None:
        """A chart of a measure, with its name above."""
        text = f"**{sentence(name)}**" + (f"  \n{quiet(caption)}" if caption else "")
        where.markdown(text, help=explained(text))
        self.charts.add(HEIGHT, partial(drawing, measure=name), where)

    def say_what_is_trained(self) -> None:
        """The heading before there are results."""
        heads = listed(self.experiment.head_names)
        self.heading.heading(f"Training {heads} on {self.experiment.source}")
        self.status.quiet(self.say(None))

    def say(self, progress: ClassCountsProgress | None) -> str:
        """The status line during the training."""
        if progress is None or not progress.fraction:
            return "Preparing the data"
        n_done, every = len(progress.found), progress.experiment.used
        now = every[min(n_done, len(every) - 1)]
        return f"Training with {now} classes, {percent(progress.fraction)} done"

    def draw_so_far(self, progress: ClassCountsProgress) -> bool:
        """Draw the numbers of classes that are done, and say whether there is a new one."""
        if len(progress.found) <= self._n_drawn:
            return False
        self._n_drawn = len(progress.found)
        with turn_to_go_on():
            self.charts.draw(progress.so_far)
        return True

    def show(self, results: ClassCountsResults) -> None:
        """Show the results."""
        first, rest = results.finding_in_parts
        self.heading.heading(first)
        self.status.quiet("Measured on the test sets")
        self.rest.text(f"{plain(rest)}\n\n{quiet(plain(method.of_classes(self.experiment)))}")
        self.charts.draw(results)
        self.table.table(tables.by_classes(results, "log loss"), "Log loss by number of classes and head")
        for name, place in (self.more or {}).items():
            place.table(tables.by_classes(results, name), f"{sentence(name)} by number of classes and head")
        if self.tuning is not None:
            self.tuning.table(
                tables.tuning_by_classes(results), "Learning rate and epochs by number of classes"
            )
        take_away(exports.of(results))


def _left_out(experiment: ClassCounts) -> list[str]:
    """Which numbers of classes the source doesn't have."""
    most = experiment.source.most_classes
    missing = [str(count) for count in experiment.counts if count > most]
    if not missing or len(missing) == len(experiment.counts):
        return []
    return [f"{listed(missing)} classes: {experiment.source.name} has {most}"]
