"""Softmax inside the network: as a hidden layer, as attention, as a gate."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from alternatives.charts import inside as charts
from alternatives.charts.look import Drawing
from alternatives.charts.words import sentence
from alternatives.datasets import DatasetUnavailable
from alternatives.inside import (
    Attention,
    AttentionResults,
    Gate,
    GateResults,
    Hidden,
    HiddenResults,
    run_attention,
    run_gate,
    run_hidden,
    run_widths,
    widths_finding,
)
from alternatives.inside.state import FIELDS, PARTS, Inside
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._shown import Place, not_used, plain, quiet, section

STATE = State(Inside, always="part", prefix="inside ")
PANEL_WIDTH = 165
"""Least width in pixels of a panel among small multiples: two beside each other on a telephone."""


def page() -> None:
    """Draw the page: the controls, and the part that is chosen."""
    inside, problems = STATE.settled()
    with st.sidebar:
        section("Softmax alternatives", "Softmax and its rivals inside the network.")
        _controls(inside)
    headline = Place(st.container())
    not_used(problems)
    try:
        {"hidden layers": _hidden, "attention": _attention, "gate": _gate}[inside.part](inside, headline)
    except (DatasetUnavailable, ValueError) as error:
        headline.heading(sentence(str(error)))


def _controls(inside: Inside) -> None:
    controls = Controls(STATE, inside)
    controls.choice("part", PARTS, help="Where softmax stands; every network ends in softmax")
    for field in (*FIELDS[inside.part], "n_seeds"):
        controls.field(field)
    with st.expander("More settings"):
        for field in ("learning_rate", "n_epochs", "batch_size", "first_seed"):
            controls.field(field)
        if "normalisers" in FIELDS[inside.part]:
            for head in inside.normalisers:
                controls.parameters_of("normalisers", head)


@st.cache_resource(show_spinner="Training", max_entries=32)
def _hidden_results(_experiment: Hidden, key: str) -> HiddenResults:
    return run_hidden(_experiment)


@st.cache_resource(show_spinner="Training networks of other widths", max_entries=64)
def _widths(_experiment: Hidden, _rates: Mapping[str, float], key: str) -> pd.DataFrame:
    return run_widths(_experiment, rates=_rates)


@st.cache_resource(show_spinner="Training", max_entries=32)
def _attention_results(_experiment: Attention, key: str) -> AttentionResults:
    return run_attention(_experiment)


@st.cache_resource(show_spinner="Training", max_entries=32)
def _gate_results(_experiment: Gate, key: str) -> GateResults:
    return run_gate(_experiment)


def _hidden(inside: Inside, headline: Place) -> None:
    experiment = inside.hidden
    headline.heading(f"Training hidden layers on {experiment.dataset}")
    results = _hidden_results(experiment, experiment.to_json())
    headline.heading(results.finding)
    _table(results)
    section(
        "Effective rank and accuracy",
        "How many dimensions the last hidden layer uses, after centring. What sums to one loses a dimension.",
    )
    _beside(charts.of_measure(results, "accuracy"), charts.of_measure(results, "effective rank"))
    section("Training", "How soon the lines are level, and how much gradient reaches the first layer.")
    _beside(charts.of_curve(results, "validation accuracy"), charts.of_curve(results, "gradient of layer 1"))
    _more(
        "Other curves",
        [charts.of_curve(results, "training loss"), charts.of_curve(results, "validation loss")]
        + [charts.of_curve(results, f"gradient of layer {n}") for n in range(2, experiment.n_layers + 2)],
    )
    section("Correlation of the units", "Of the last hidden layer, first seed; deep is strong, either way.")
    _panels(charts.of_correlations(results))
    section("Singular values, and units that hardly vary", "A line that drops has dimensions to spare.")
    _beside(charts.of_singular_values(results), charts.of_measure(results, "inactive units"))

    section("Accuracy against width", "Where the common answer, no softmax in hidden layers, holds.")
    rates = dict(results.runs.groupby("variant")["learning_rate"].first().items())
    other = Hidden.from_link({"dataset": "moons" if experiment.dataset.name != "moons" else "digits"})[0]
    second = experiment.replace(dataset=other.dataset)
    left, right = st.columns(2, gap="medium")
    for column, each in ((left, experiment), (right, second)):
        with column:
            frame = _widths(
                each, {str(name): float(rate) for name, rate in rates.items()}, f"{each.to_json()}{rates}"
            )
            Place(st.container()).draw(charts.of_widths(frame, str(each.dataset)))
            for kind in ("softmax", "spherical softmax", "Taylor softmax"):
                if kind in each.units and kind != each.baseline:
                    st.markdown(quiet(plain(widths_finding(each, frame, kind))))


def _attention(inside: Inside, headline: Place) -> None:
    experiment = inside.attention
    headline.heading("Training read-outs that look at the rows of digits")
    results = _attention_results(experiment, experiment.to_json())
    headline.heading(results.finding)
    _table(results)
    section("Accuracy, and how many rows are looked at", "Eight is looking everywhere alike.")
    _beside(charts.of_measure(results, "accuracy"), charts.of_measure(results, "rows looked at"))
    section(
        "Where the networks look",
        "Test digits of the first seed; beside each row its weight: the deeper, the more, up to a half.",
    )
    _panels(charts.of_attention(results), width=330)
    section("Weights and training", "The mean weight of each row, and how soon the lines are level.")
    _beside(charts.of_rows(results), charts.of_curve(results, "validation accuracy"))


def _gate(inside: Inside, headline: Place) -> None:
    experiment = inside.gate
    headline.heading(f"Training mixtures of experts on {experiment.dataset}")
    results = _gate_results(experiment, experiment.to_json())
    headline.heading(results.finding)
    _table(results)
    section("Accuracy, and how many experts are asked", "One is a hard choice; all of them, hardly a choice.")
    _beside(charts.of_measure(results, "accuracy"), charts.of_measure(results, "experts asked"))
    if regions := charts.of_regions(results):
        section("Decision regions", "Each expert is a straight line; the gate says whose counts where.")
        _panels(regions)
    section(
        "Use of the experts", "A level line: all are used alike. Beside it, how soon the lines are level."
    )
    _beside(charts.of_use(results), charts.of_curve(results, "validation accuracy"))


def _table(results: charts.Results) -> None:
    Place(st.container()).table(charts.table(results), "Measures by what stands inside")


def _beside(*drawings: Drawing) -> None:
    for column, drawing in zip(st.columns(len(drawings), gap="medium"), drawings, strict=True):
        with column:
            Place(st.container()).draw(drawing)


def _more(title: str, drawings: list[Drawing]) -> None:
    with st.expander(title):
        grid = st.grid(2, min_column_width=330)
        for drawing in drawings:
            with grid.cell():
                Place(st.container()).draw(drawing)


def _panels(drawings: Mapping[str, Drawing], width: int = PANEL_WIDTH) -> None:
    """A small chart a variant, on common scales."""
    grid = st.grid(4 if width == PANEL_WIDTH else 2, min_column_width=width)
    for drawing in drawings.values():
        with grid.cell():
            Place(st.container()).draw(drawing)
