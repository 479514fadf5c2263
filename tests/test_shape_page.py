"""The shape page without a browser: what it shows, and what a link does to it."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import bars, labels, moving_logit, scales, tables
from alternatives.heads import HEADS
from alternatives.pages._shown import plain
from alternatives.shape import PRESETS, QUANTITIES, Shape
from alternatives.wording import spelled
from tests.heads_of_ones_own import a_head_of_ones_own
from tests.test_compare_page import HOSTILE, assert_said, charts, data_of, link_of, texts, widget

SCRIPT = """
from alternatives.pages import _navigation, claims, compare, shape
_navigation.show({"shape": shape, "compare": compare, "claims": claims})
"""
USUAL = [head.name for head in HEADS.values() if head.in_comparison]
# A head's charts: probabilities, gradient, loss, Jacobian, plane. Charts of all: three quantities as one
# logit moves, the paths as all grow, the Jacobians' key.
A_HEAD, SHARED = 5, 5


def open_page(**link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def test_the_first_view_tells_a_story_without_a_click():
    app = open_page()
    assert not app.exception
    assert app.header[0].value == plain(Shape().finding)
    assert len(charts(app)) == A_HEAD * len(USUAL) + SHARED
    assert list(app.table[0].value.index) == USUAL
    assert link_of(app) == {}


def test_every_chart_says_what_it_shows():
    app = open_page(heads=",".join(HEADS), logits="0,0,0")
    assert not app.exception
    assert len(charts(app)) == A_HEAD * len(HEADS) + SHARED
    for chart in charts(app):
        assert len(chart.proto.alt) > 40
        assert len(data_of(chart))


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_no_two_names_at_the_ends_of_lines_meet(quantity):
    shape = Shape(heads=tuple(HEADS))
    drawing = moving_logit.drawing(shape, quantity)
    there = labels.AXES["linear" if quantity == "probability" else "symlog"][0]
    low, high = (there(drawing.arguments[end]) for end in ("low", "high"))
    frame = drawing.frame
    places = np.sort(there(frame.loc[frame["row"] == "label", "label_at"].to_numpy()))
    assert len(places) == len(HEADS)
    assert np.diff(places).min() >= (high - low) / len(HEADS) * (1 - 1e-9)
    assert low - 1e-9 <= places[0] < places[-1] <= high + 1e-9


HUGE = Shape(heads=tuple(HEADS), logits=(-8, 8, 0), target=0, moving=0)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("gradient", HUGE.gradients),
        ("loss", HUGE.curves.values["loss"]),
        ("gradient magnitude", HUGE.curves.values["gradient magnitude"]),
    ],
)
def test_one_head_with_huge_values_does_not_flatten_the_others_and_it_is_said(kind, values):
    heads = HUGE.head_names
    sizes = dict(zip(heads, np.abs(values).max(1), strict=True))
    limit, said = scales.limit(values, kind), scales.cut_off(heads, values, kind)
    assert sizes["softmax"] <= limit < sizes["squared error"]
    for head, size in sizes.items():
        assert (f"{head} (up to {spelled(float(size), 2)})" in said) == (size > limit)
    assert f"Cut off at {spelled(limit)}: " in said
    for alike in (["squared error"], ["softmax", "entmax"]):
        assert scales.cut_off(alike, values[[heads.index(head) for head in alike]], kind) == ""


def test_losses_that_are_no_log_loss_are_not_in_nats():
    table = tables.of_logits(HUGE)
    for head in HEADS.values():
        cell = table.loc[head.name, "Loss"]
        assert cell.endswith(" nats") == (head.loss_unit == "nats")
        own = Shape(heads=(head,))
        (own_bars,) = bars.gradients(own).values()
        unit = "nats per logit" if head.loss_unit else "per logit"
        assert own_bars.arguments["title"] == unit
        assert moving_logit.axis_title(own, "loss") == ("loss (nats)" if head.loss_unit else "loss")
        assert ("nats" in own_bars.alt) == bool(head.loss_unit)
    assert {head.name for head in HEADS.values() if not head.loss_unit} == {
        "softmax with squared error",
        "hinge",
        "sparsemax",
        "entmax",
        "squared error",
        "scaled squared error",
    }
    assert moving_logit.axis_title(HUGE, "loss") == "loss (nats, of log losses)"
    assert moving_logit.axis_title(Shape(), "gradient magnitude") == "gradient magnitude (nats per logit)"


def test_symbols_of_the_formulas_are_told():
    app = open_page(heads=",".join(HEADS))
    for head in HEADS.values():
        assert plain(head.where) in texts(app)
        for symbol, word in ((r"\tau", "τ"), ("y_k", "y is")):
            if symbol in head.formula + head.loss_formula:
                assert word in head.where


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_link(name):
    app = open_page()
    presets = next(each for each in app.main.button_group if each.key == "shape preset")
    presets.set_value(name).run()
    assert not app.exception
    expected = PRESETS[name].applied_to(Shape())
    assert link_of(app) == expected.to_link()
    assert app.header[0].value == plain(expected.finding)


def test_a_slider_changes_all_heads_and_the_link():
    app = open_page()
    widget(app, "slider", "shape logits.0").set_value(3.5).run()
    assert not app.exception
    assert link_of(app) == {"logits": "3.5,2,-3"}
    assert app.header[0].value == plain(Shape(logits=(3.5, 2, -3)).finding)
    widget(app, "slider", "shape shift").set_value(2.0).run()
    assert link_of(app)["shift"] == "2.0"


@pytest.mark.parametrize("n_classes", [2, 10])
def test_any_number_of_classes(n_classes):
    app = open_page()
    widget(app, "selectbox", "shape target").set_value(2).run()
    widget(app, "slider", "shape classes").set_value(n_classes).run()
    assert not app.exception
    assert len(Shape.from_link(link_of(app))[0].logits) == n_classes
    assert len(charts(app)) == (A_HEAD - 1) * len(USUAL) + SHARED
    assert "Three classes" in texts(app)


def test_parameters_are_controls():
    app = open_page()
    widget(app, "select_slider", "shape spherical softmax.epsilon").set_value(0.1).run()
    assert "spherical softmax(epsilon=0.1)" in link_of(app)["heads"]


def test_hostile_links_give_a_shape_and_a_sentence():
    """Each parameter gets each text, together with others for the other parameters."""
    app, names = open_page(), [*Shape.names().values(), "nonsense"]
    hostile = [*HOSTILE, "1,2,3,4,5,6,7,8,9,10,11", "1e9,2", "99"]
    for first in range(len(hostile)):
        link = {name: hostile[(first + n) % len(hostile)] for n, name in enumerate(names)}
        for given in (link, {names[first % len(names)]: hostile[first]}):
            app.query_params = dict(given)
            app.run()
            assert not app.exception, given
            shape, problems = Shape.from_link(given)
            assert app.header[0].value == plain(shape.finding), given
            assert ("Not used" in texts(app)) == bool(problems), given
            assert_said(app, problems)


def test_a_head_of_ones_own_is_everywhere():
    with a_head_of_ones_own() as head:
        app = open_page(heads=",".join([*USUAL, head.name]))
        assert not app.exception
        assert len(charts(app)) == A_HEAD * (len(USUAL) + 1) + SHARED
        assert head.name in app.table[0].value.index
        assert any("class TemperedSoftmax" in code.value for code in app.code)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_probability_reads_the_same_everywhere(preset):
    shape = preset.applied_to(Shape())
    table = tables.of_logits(shape)
    curve = moving_logit.drawing(shape, "probability")
    present = curve.frame[curve.frame["row"] == "present"].set_index("head")["value_text"]
    for head, drawing in bars.probabilities(shape).items():
        number = drawing.frame.set_index("class").loc[shape.target]
        assert number["value_text"] == table.loc[head, "Probability"] == present[head]
        assert f"{number['value_text']} by {head}" in shape.finding
        assert f"{number['value_text']} for class {shape.target}" in drawing.alt
        assert f"{head} {number['value_text']}" in curve.alt
        short = number["value_text"].replace("more than ", ">").replace("less than ", "<")
        assert number["text"] == short
        assert len(short) <= 6
