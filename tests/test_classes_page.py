"""The page of the number of classes, without a browser: what it shows, and what a link does to it."""

import random

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.experiments.classes import MEASURES, PER_CLASS, ClassCounts
from alternatives.pages import _waiting
from alternatives.pages._shown import plain
from alternatives.serving.limits import Limits
from alternatives.serving.queue import Queue
from tests.test_compare_page import HOSTILE, charts, data_of, link_of, said, sections, texts, widget

SCRIPT = """
from alternatives.pages import _navigation, classes
_navigation.show({"number_of_classes": classes})
"""
SMALL = {"counts": "2,4", "seeds": "3", "samples": "60", "epochs": "2", "learning_rate": "0.03"}


def opened(unfolded=(), **link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for part in unfolded:
        app.session_state[part] = True
    for name, value in (SMALL | link).items():
        app.query_params[name] = value
    return app.run()


def test_the_first_view_answers_without_a_click():
    app = opened()
    assert not app.exception
    finding = ClassCounts.from_link(SMALL)[0].run(n_jobs=1).finding_in_parts
    assert app.header[0].value == plain(finding[0])
    assert any(plain(finding[1]) in each.value for each in app.markdown)
    assert len(charts(app)) == 2 * len(MEASURES)
    for chart in charts(app):
        assert len(data_of(chart))
        assert len(chart.proto.alt) > 30
    assert all(said(chart).startswith(chart.proto.alt.rstrip(".")) for chart in charts(app)[: len(MEASURES)])
    assert list(app.table[0].value.index) == ["2 classes", "4 classes"]
    assert link_of(app) == SMALL
    assert "learning rate 0.03, 2 epochs" in texts(app).replace("\\", "")


def test_every_section_has_a_caption():
    captions = sections(opened())
    assert len(captions) > 4
    assert all(caption.startswith(":small[:gray[") for caption in captions.values())


def test_details_are_drawn_when_they_are_unfolded():
    app = opened(["accuracy and confidence in numbers", "learning rates and epochs"])
    assert not app.exception
    assert len(app.table) == 1 + len(MEASURES[1:]) + 1
    assert app.table[-1].value["softmax"].str.endswith("  \n0.03, 2 epochs").tolist() == [True, True]


def test_controls_are_the_link():
    app = opened()
    widget(app, "selectbox", "classes source").set_value("digits").run()
    assert not app.exception
    assert link_of(app) == SMALL | {"source": "digits"}
    assert app.header[0].value.startswith("On digits over 3 seeds")
    widget(app, "slider", "classes seeds").set_value(4).run()
    widget(app, "text_input", "classes counts").set_value("3").run()
    assert not app.exception
    assert link_of(app) == SMALL | {"source": "digits", "seeds": "4", "counts": "3"}
    assert list(app.table[0].value.index) == ["3 classes"]


def test_every_field_that_has_an_effect_has_a_control():
    app = opened(["more settings"])
    kinds = "selectbox", "button_group", "select_slider", "slider", "number_input", "text_input", "toggle"
    keys = {each.key for kind in kinds for each in getattr(app.sidebar, kind)}
    names, shown = ClassCounts.names(), ClassCounts.from_link(SMALL)[0].shown_fields
    assert {f"classes {names[field]}" for field in shown} <= keys
    assert set(names) - set(shown) == {"max_epochs"}
    assert "classes Gaussian mixture.bayes_error" in keys


def test_what_a_source_lacks_is_said():
    app = opened(source="digits", counts="2,30,100")
    assert not app.exception
    assert "30 and 100 classes: digits has 10" in texts(app).replace("\\", "")
    assert list(app.table[0].value.index) == ["2 classes"]
    none = opened(source="digits", counts="30")
    assert not none.exception
    assert "Digits has 10 classes" in none.header[0].value


def test_one_head_has_nothing_to_compare_with():
    app = opened(heads="softmax")
    assert not app.exception
    assert len(charts(app)) == len(MEASURES)
    assert "Choose a second head" in texts(app)


def test_samples_by_class_are_said():
    assert "Each class has equally many" in texts(opened(sampling=PER_CLASS, samples="10"))
    assert "equally many training samples at every number" in texts(opened())


def test_no_link_breaks_the_page():
    draw = random.Random(0)
    names = [*ClassCounts.names().values(), "nonsense"]
    for _ in range(12):
        link = {name: draw.choice(HOSTILE) for name in names if draw.random() < 0.3}
        app = opened(**link | {"samples": "60", "seeds": "2"})
        assert not app.exception, link
        _, problems = ClassCounts.from_link(SMALL | link | {"samples": "60", "seeds": "2"})
        assert ("Not used" in texts(app)) == bool(problems), link


def test_what_costs_too_much_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(_waiting, "queue", Queue(Limits(seconds=1e-6)))
    app = opened(first_seed="9")
    assert not app.exception
    assert app.header[0].value.startswith("This comparison by number of classes would take about")


@pytest.mark.parametrize(
    "link", [{"counts": "100", "samples": "10"}, {"seeds": "1"}, {"margin": "0"}], ids=str
)
def test_the_ends_of_ranges_are_no_traceback(link):
    app = opened(**link)
    assert not app.exception
    assert "Not used" not in texts(app)
