"""The page of the large output layer without a browser, and its charts."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import large_output as charts
from alternatives.large_output import FAMILY
from alternatives.large_output.measuring import LargeOutput, Measured, report
from alternatives.pages._shown import plain
from alternatives.state import link_too_long
from tests.test_compare_page import HOSTILE, data_of, link_of, texts, widget
from tests.test_compare_page import charts as charts_of

SCRIPT = """
from alternatives.pages import _navigation, large_output
_navigation.show({"large_output": large_output})
"""
SMALL = {"classes": "50,200,1000", "dense_up_to": "200", "units": "8", "batch": "4"}
EXPERIMENT = LargeOutput.from_link(SMALL)[0]


@pytest.fixture(autouse=True)
def small_races(monkeypatch):
    monkeypatch.setattr("alternatives.large_output.measuring.agreement.RACE_OPERATIONS", 1e8)


def open_page(**link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture(scope="module")
def seen():
    seen: list[Measured] = []
    seen.append(EXPERIMENT.run(seen.append))
    return seen


def test_every_chart_is_valid_and_has_a_text_at_every_moment(seen):
    assert len(seen) > 10
    drawn = set()
    for measured in seen:
        drawings = [charts.of_operations(EXPERIMENT)]
        if len(measured.times):
            drawings.append(charts.of_times(EXPERIMENT, measured.times))
        if len(measured.race):
            drawings.append(charts.of_race(measured.race))
        if len(measured.errors):
            drawings.append(charts.of_errors(EXPERIMENT, measured.errors))
        for drawing in drawings:
            kind = (drawing.chart, len(drawing.frame) > 1, measured is seen[-1])
            if kind not in drawn:  # a chart differs from that of the moment before by its data alone
                drawing.altair().to_dict()  # validates
                drawn.add(kind)
            assert drawing.frame.columns.is_unique
            assert drawing.alt.endswith(".")
            assert "nan" not in drawing.alt
    assert len(drawings) == 4


def test_lines_beyond_what_is_measured_are_drawn_as_such_and_in_proportion(seen):
    frame = charts.of_times(EXPERIMENT, seen[-1].times).frame
    assert set(frame[frame["row"] == "beyond"]["head"]) == {"dense softmax", "dense Taylor softmax"}
    for _, line in frame[frame["row"] == "beyond"].groupby("head"):
        (start, end) = line.sort_values("n_classes").itertuples()
        assert (start.n_classes, end.n_classes) == (200, 1000)
        assert end.value == pytest.approx(5 * start.value)
    measured = frame[(frame["row"] == "point") & (frame["n_classes"] == 1000)]
    assert list(measured["head"]) == ["factored Taylor softmax"]
    assert "up to 200 classes" in report.end_of_dense(EXPERIMENT.sizes, EXPERIMENT.most_dense)
    everything = EXPERIMENT.replace(dense_up_to=1000)
    assert report.end_of_dense(everything.sizes, everything.most_dense) == ""


def test_the_first_view_tells_the_story_without_a_click():
    app = open_page(**SMALL)
    assert not app.exception
    assert app.header[0].value.startswith(plain("With 200 classes one update takes "))
    assert len(charts_of(app)) == 4
    for chart in charts_of(app):
        assert len(chart.proto.alt) > 40
        assert len(data_of(chart))
    assert list(app.table[0].value.columns) == ["50 classes", "200 classes", "1,000 classes"]
    assert "512" not in texts(app)
    assert "60 updates took" in texts(app)
    assert r"\log \left( q + 2 s + 2 D \right)" in texts(app)
    assert "--units" in EXPERIMENT.command()


def test_what_is_measured_is_kept():
    first, second = (open_page(**SMALL, seed="3") for _ in range(2))
    assert not first.exception
    assert first.header[0].value == second.header[0].value


def test_sliders_are_the_link():
    app = open_page(**SMALL)
    widget(app, "slider", "large output units").set_value(16).run()
    assert not app.exception
    assert link_of(app) == SMALL | {"units": "16"}
    widget(app, "slider", "large output batch").set_value(8).run()
    assert link_of(app) == SMALL | {"units": "16", "batch": "8"}
    assert "16 units and mini" in texts(app)


@pytest.mark.parametrize("head", FAMILY)
def test_every_head_has_its_formula_and_its_race(head):
    app = open_page(**SMALL, head=head)
    assert not app.exception
    assert f"factored {head}" in texts(app) or f"factored {head}" in app.table[0].value.index
    assert len(charts_of(app)) == 4
    assert "Not used" not in texts(app)


def test_hostile_links_give_a_measurement_and_a_sentence():
    app = open_page(**SMALL)
    hostile = [*HOSTILE, "1,2", "10,", "1e9", "10,20,30,40,50,60,70,80,90,100,110,120,130", "softmax"]
    names = [*LargeOutput.names().values(), "nonsense"]
    links = [dict.fromkeys(names, given) | {"classes": "50"} for given in hostile]
    links += [SMALL | {name: hostile[number]} for number, name in enumerate(names)]
    links += [SMALL | {"classes": given} for given in hostile]
    for link in links:
        app.query_params.clear()
        for name, text in link.items():
            app.query_params[name] = text
        app.run()
        assert not app.exception, link
        _, problems = LargeOutput.from_link(link)
        if link_too_long(link):
            assert app.header[0].value == plain("This link can't be read"), link
        else:
            assert ("Not used" in texts(app)) == bool(problems), link


def test_too_much_is_refused_in_a_sentence():
    app = open_page(classes="10000000", dense_up_to="10000000", units="512")
    assert not app.exception
    assert "megabytes, and at most" in app.header[0].value
    assert "There are no results" in texts(app)


@pytest.mark.parametrize(
    "link",
    [
        SMALL | {"head": "spherical softmax(epsilon=0)"},
        SMALL | {"head": "spherical softmax(epsilon=100)", "batch": "1"},
        SMALL | {"head": "Z-loss(steepness=100,margin=10000)"},
        SMALL | {"head": "Z-loss(steepness=0.001,margin=0)"},
        SMALL | {"head": "squared error", "batch": "512"},
        SMALL | {"dense_up_to": "10"},
        SMALL | {"classes": "10"},
        {"classes": "10,10000000", "dense_up_to": "10", "units": "8", "batch": "1"},
    ],
    ids=str,
)
def test_the_ends_of_every_range_are_no_traceback(link):
    app = open_page(**link)
    assert not app.exception
    assert app.header[0].value
    assert "Not used" not in texts(app)


def test_the_words_before_anything_is_known():
    nothing = pd.DataFrame()
    assert report.finding("Taylor softmax", nothing) == "Measuring the time of one update"
    assert report.race("Taylor softmax", 300, nothing, nothing).startswith("Both layers start from the same")
    assert "1,000 classes × 8 units take 0.032 MB" in report.memory(EXPERIMENT.sizes[-1])
