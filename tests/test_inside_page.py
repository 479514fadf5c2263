"""The page of what stands inside a network, without a browser, and its charts."""

import dataclasses
import random

import altair as alt
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import attention, by_variant, gate, hidden, lines, regions
from alternatives.charts.quantities import quantity
from alternatives.experiments.curves import Band
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
    rows = dataclasses.replace(STATE.attention, task="rows of a digit")
    return STATE.hidden.run(), STATE.attention.run(), rows.run(), STATE.gate.run()


def drawings_of(every):
    of_hidden, of_recall, of_rows, of_gate = every
    for results in every:
        yield from (by_variant.drawing(results, measure) for measure in results.values)
        yield from (lines.by_epoch(results, name) for name in results.curves)
    yield hidden.singular_values(of_hidden)
    yield hidden.by_width(STATE.by_width[0].run())
    yield from (hidden.correlations(of_hidden, name) for name in of_hidden.variants)
    yield from (attention.by_key(of_recall, name) for name in of_recall.variants)
    yield from (attention.pictures(of_rows, name) for name in of_rows.variants)
    yield from (attention.step_weights(results) for results in (of_recall, of_rows))
    yield gate.use_of_experts(of_gate)
    yield from (regions.drawing(of_gate, name) for name in of_gate.variants)


def test_every_chart_is_valid_and_told_in_words(every):
    for drawing in drawings_of(every):
        chart = drawing.altair()
        assert isinstance(chart, alt.TopLevelMixin)
        chart.to_dict()  # validates
        assert len(drawing.frame)
        assert drawing.frame.columns.is_unique
        assert drawing.text.endswith(".")
        assert "nan" not in drawing.text


def test_intervals_keep_to_what_is_possible(every):
    """Wide ones, of few seeds, would go beyond."""
    for results in every:
        wide = dataclasses.replace(results)
        vars(wide)["summary"] = results.summary.assign(low=-9.0, high=99.0)
        for measure in results.values:
            shown = quantity(measure, results.experiment)
            frame = pd.DataFrame(by_variant.frame(wide, measure))
            assert frame["low"].min() == shown.least
            assert frame["high"].max() == pytest.approx(shown.most)
            assert frame["value"].dropna().between(shown.least - 1e-6, shown.most + 1e-6).all()
        curve = dataclasses.replace(results.curves["validation accuracy"])
        vars(curve)["band"] = Band(curve.band.mean, curve.band.mean - 9, curve.band.mean + 9)
        wide = dataclasses.replace(results, curves={"validation accuracy": curve})
        frame = lines.by_epoch(wide, "validation accuracy").frame
        assert (
            frame[["low", "high"]].dropna().to_numpy().clip(0, 1).tolist()
            == frame[["low", "high"]].dropna().to_numpy().tolist()
        )
        assert frame["label_at"].max() <= 1
    widths = STATE.by_width[0].run()
    wide = dataclasses.replace(widths, frame=widths.frame.assign(low=-1.0, high=2.0))
    frame = hidden.by_width(wide).frame
    assert (
        frame[["low", "high"]].dropna().to_numpy().clip(0, 1).tolist()
        == frame[["low", "high"]].dropna().to_numpy().tolist()
    )
    assert frame["label_at"].max() <= 1


def test_a_picture_of_a_training_is_one_of_its_results():
    seen = []
    results = STATE.gate.run(seen.append, n_jobs=1)
    last = lines.so_far(seen[-1], "validation accuracy")
    done = lines.by_epoch(results, "validation accuracy")
    assert last.arguments == done.arguments
    assert last.frame.equals(done.frame)


@pytest.mark.parametrize(
    ("part", "link"), [*((part, {}) for part in PARTS), ("attention", {"task": "rows of a digit"})]
)
def test_each_part_shows_its_finding_and_charts(part, link):
    app = opened(part=part, **link)
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
    assert app.header[0].value.startswith("Looking up one of 8 values by its key")
    assert any(each.label == "Pairs" for each in app.slider)
    task = next(each for each in app.selectbox if each.label == "Task")
    task.set_value("rows of a digit").run()
    assert not app.exception
    assert app.header[0].value.startswith("Reading digits row by row")
    assert not any(each.label == "Pairs" for each in app.slider)
