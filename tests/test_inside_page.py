"""The page of what stands inside a network, without a browser, and its charts."""

import dataclasses
import random

import altair as alt
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import inside as charts
from alternatives.charts.inside.shared import TITLES, possible
from alternatives.experiments import run_attention, run_gate, run_hidden
from alternatives.experiments.experiment import trained
from alternatives.experiments.inside import FIELDS, PARTS, Inside
from alternatives.pages import _waiting
from alternatives.serving.limits import Limits
from alternatives.serving.queue import Queue

SMALL = {
    "seeds": "3",
    "epochs": "2",
    "gate_epochs": "2",
    "learning_rate": "0.03",
    "dataset": "iris",
    "width": "6",
    "kinds": "relu,softmax",
}
STATE = Inside.from_link(SMALL)[0]


def page() -> None:
    from alternatives.pages.inside import page

    page()


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, text in (SMALL | link).items():
        app.query_params[name] = text
    return app.run()


@pytest.fixture(scope="module")
def every():
    return run_hidden(STATE.hidden), run_attention(STATE.attention), run_gate(STATE.gate)


def drawings_of(every):
    hidden, attention, gate = every
    for results in every:
        for measure in results.summary["measure"].unique():
            yield charts.of_measure(results, measure)
        for quantity in results.curves["quantity"].unique():
            yield charts.of_curve(results, quantity)
    yield charts.of_singular_values(hidden)
    yield charts.of_widths(hidden.widths)
    yield from charts.of_correlations(hidden).values()
    yield from charts.of_attention(attention).values()
    yield charts.of_rows(attention)
    yield charts.of_use(gate)
    yield from charts.of_regions(gate).values()


def test_every_chart_is_valid_and_told_in_words(every):
    for drawing in drawings_of(every):
        drawing.altair().to_dict()  # validates
        assert isinstance(drawing.altair(), alt.TopLevelMixin)
        assert len(drawing.frame)
        assert drawing.frame.columns.is_unique
        assert drawing.text.endswith(".")
        assert "nan" not in drawing.text


def test_intervals_keep_to_what_is_possible(every):
    """Wide ones, of few seeds, would go beyond."""
    for results in every:
        beyond = results.summary.assign(low=-9.0, high=99.0)
        for measure in beyond["measure"].unique():
            assert measure in TITLES
            least, most = possible(results, measure)
            frame = charts.of_measure(dataclasses.replace(results, summary=beyond), measure).frame
            assert frame["low"].min() == least
            assert frame["high"].max() == pytest.approx(most)
            assert frame["value"].dropna().between(least - 1e-6, most + 1e-6).all()
        curves = results.curves.assign(low=-9.0, high=99.0)
        frame = charts.of_curve(dataclasses.replace(results, curves=curves), "validation accuracy").frame
        assert frame[["low", "high"]].dropna().stack().between(0, 1).all()
        assert frame["label_at"].max() <= 1
    widths = every[0].widths
    wide = charts.of_widths(dataclasses.replace(widths, frame=widths.frame.assign(low=-1.0, high=2.0))).frame
    assert wide[["low", "high"]].dropna().stack().between(0, 1).all()
    assert wide["label_at"].max() <= 1


def test_a_picture_of_a_training_is_one_of_its_results():
    from alternatives.experiments.experiment import data

    seen = []
    of = data(STATE.gate.dataset, STATE.gate.seeds)
    trained(STATE.gate.networks(of.samples), STATE.gate, of, seen.append, n_jobs=1)
    last = charts.curve_so_far(seen[-1], "validation accuracy")
    done = charts.of_curve(run_gate(STATE.gate), "validation accuracy")
    assert last.arguments == done.arguments
    assert last.frame.equals(done.frame)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_shows_its_finding_and_charts(part):
    app = opened(part=part)
    assert not app.exception
    assert "3 seeds" in app.header[0].value
    assert len(app.get("vega_lite_chart")) >= 5
    if part == PARTS[0]:
        said = next(text.value for text in app.markdown if "No softmax in hidden layers, relu" in text.value)
        assert "on iris" in said
        assert "on digits" in said


@pytest.mark.parametrize("part", PARTS)
def test_what_costs_too_much_is_refused_in_words(part, monkeypatch):
    monkeypatch.setattr(_waiting, "queue", Queue(Limits(seconds=1e-6)))
    app = opened(part=part, first_seed="7")
    assert not app.exception
    assert app.header[0].value.startswith("This experiment on ")
    assert "would take about" in app.header[0].value
    assert not app.get("vega_lite_chart")


def test_every_field_of_a_part_is_one_of_the_state():
    assert tuple(FIELDS) == PARTS
    for fields in FIELDS.values():
        assert set(fields) <= set(Inside.fields())
        assert len(set(fields)) == len(fields)
    assert STATE.hidden.units == ("relu", "softmax")
    assert STATE.gate.n_seeds == STATE.attention.n_seeds == 3


NONSENSE = ("", "0", "-1", "1e99", "nan", "<b>x</b>", "relu,relu", "softmax(", "x" * 300, "own best", "\x00")


def test_no_link_breaks_the_page():
    """Whatever a link says, the page opens and says what it can't use."""
    draw = random.Random(0)
    for part in (*PARTS, "nonsense"):
        link = {"part": part}
        for name in (*Inside.names().values(), "nonsense"):
            if name not in ("part", *SMALL) and draw.random() < 0.5:
                link[name] = draw.choice(NONSENSE)
        link |= {name: draw.choice(NONSENSE) for name in SMALL if draw.random() < 0.2}
        app = opened(**(link | {"seeds": "3", "epochs": "2", "gate_epochs": "2", "batch_size": "64"}))
        assert not app.exception, link
        assert app.header


def test_controls_change_the_state():
    app = opened(part="gate")
    slider = next(each for each in app.slider if each.label == "Experts")
    slider.set_value(3).run()
    assert not app.exception
    assert "With 3 linear experts" in app.header[0].value
    part = next(each for each in app.selectbox if each.label == "Experiment")
    part.set_value("attention").run()
    assert not app.exception
    assert app.header[0].value.startswith("Reading digits row by row")
