"""Pinning, and the page *Side by side*, without a browser."""

import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import captions
from alternatives.datasets import DatasetUnavailable
from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from alternatives.pages import _comparisons, _near, _pins
from alternatives.pages._shown import plain
from alternatives.pages._style import labelled
from alternatives.pages._waiting import queue
from alternatives.pages.side_by_side import EXAMPLES
from alternatives.sessions import MOST_PINS, MOST_SHOWN, Pin, Session, naming
from alternatives.sessions.beside import Beside
from alternatives.shape import Shape
from tests.test_compare_page import HOSTILE, SMALL, charts, texts

SCRIPT = """
import streamlit as st
from alternatives.pages import _navigation, compare, inside, shape, side_by_side
pages = {"shape": shape, "side_by_side": side_by_side, "compare": compare, "inside": inside}
first = st.session_state.get("first", "shape")
_navigation.show({first: pages.pop(first), **pages})
"""
QUICK = Comparison.from_link(SMALL)[0]
SHAPES = Session.of({"a pair": Shape(logits=(1, 2)), "three": Shape(), "ten": Shape(logits=range(10))})


def open_page(first, session=None, **link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["first"] = first
    for name, value in {**({} if session is None else session.parameters()), **link}.items():
        app.query_params[name] = value
    return app.run()


def press(app, label):
    found = next(each for each in app.button if each.label == label)
    assert not found.disabled
    found.click().run()
    assert not app.exception
    return app


def opened(app, pin):
    """The page with a pin's controls open."""
    app.session_state[f"pins {pin.key}"] = True
    return app.run()


def session_of(app):
    return app.session_state[_pins.STATE._value]


def link_of(app):
    return Session.of_link(app.query_params)


def go(app, page):
    """Choose a page in the menu: its address has no parameters at first, and then those of what it shows."""
    app.session_state["first"] = page
    app.query_params.clear()
    app.run()
    assert not app.exception
    if page == "side_by_side":
        for name, value in session_of(app).parameters().items():
            app.query_params[name] = value
    return app


def test_without_pins_the_page_explains_itself_and_has_examples(monkeypatch):
    monkeypatch.setitem(EXAMPLES, "shapes", SHAPES)
    app = open_page("side_by_side")
    assert not app.exception
    assert app.header[0].value == "Put comparisons side by side"
    assert not link_of(app)[0].pins
    for session in EXAMPLES.values():
        assert Session.from_link(session.to_link()) == session
    press(app, "shapes")
    assert link_of(app) == (SHAPES, ())
    press(app, "Undo")
    assert app.header[0].value == "Put comparisons side by side"


@pytest.mark.parametrize(
    ("page", "link"),
    [("shape", {"logits": "1,2"}), ("inside", {"part": "attention", "task": "recall"} | SMALL)],
)
def test_one_click_pins_what_is_on_the_page(page, link):
    app = press(open_page(page, **link), "Pin")
    (pin,) = session_of(app).pins
    assert pin.kind == page
    assert pin.name == naming.name_of(pin.state)
    assert f"Pinned as “{plain(pin.name)}”" in texts(app)
    press(app, "Pin")
    assert session_of(app).pins == (pin,)
    assert "Pinned already" in texts(app)


def test_a_pin_that_was_changed_can_be_replaced():
    app = press(open_page("shape"), "Pin")
    (before,) = session_of(app).pins
    next(each for each in app.sidebar.slider if each.key == "shape logits.0").set_value(3.5).run()
    press(app, f"Replace “{plain(before.name)}”")
    (after,) = session_of(app).pins
    assert after.key == before.key
    assert after.state == Shape(logits=(3.5, 2, -3))
    assert after.name == naming.name_of(after.state)


def test_name_and_note_are_changed_where_it_is_pinned():
    app = press(open_page("shape"), "Pin")
    (pin,) = session_of(app).pins
    app.session_state["shape pin editor"] = True
    app.run()
    app.text_input[0].set_value("my *favourite*").run()
    app.text_area[0].set_value("<b>why</b>\nsecond line").run()
    (changed,) = session_of(app).pins
    assert (changed.name, changed.note) == ("my *favourite*", "<b>why</b>\nsecond line")
    assert changed.key == pin.key
    assert plain("my *favourite*") in texts(app)
    go(app, "side_by_side")
    assert plain("my *favourite*") in texts(app)
    assert plain("<b>why</b>") in texts(app)


def test_pins_are_renamed_moved_copied_removed_and_all_of_it_is_undone():
    app = open_page("side_by_side", SHAPES)
    assert not app.exception
    three = session_of(app).pins[1]
    steps = [session_of(app)]

    def step(expected):
        assert not app.exception
        assert session_of(app) == expected
        assert session_of(app).place == expected.place
        read, problems = link_of(app)
        assert (read, read.place, problems) == (expected, expected.place, ())
        steps.append(session_of(app))

    opened(app, three).sidebar.text_input[0].set_value("trio").run()
    step(steps[-1].put(Pin("trio", three.state, key=three.key)))
    opened(app, three).sidebar.text_area[0].set_value("a note").run()
    step(steps[-1].put(Pin("trio", three.state, "a note", three.key)))
    press(opened(app, three), "Up")
    step(steps[-1].moved(three.key, -1))
    press(opened(app, three), "Make reference")
    step(steps[-1].with_reference(three.key))
    press(opened(app, three), "Duplicate")
    copy = next(pin for pin in session_of(app).pins if pin.name == "trio 2")
    assert (copy.state, copy.note) == (three.state, "a note")
    step(steps[-1].copied(three.key))
    press(opened(app, three), "Remove")
    step(steps[-1].without(three.key))
    assert "trio 2" in texts(app)
    for before in reversed(steps[:-1]):
        press(app, "Undo")
        assert session_of(app) == before
        assert session_of(app).reference == before.reference
        assert link_of(app) == (before, ())
    assert next(each for each in app.button if each.label == "Undo").disabled


def test_a_name_that_is_taken_or_empty_changes_nothing_and_says_why():
    app = open_page("side_by_side", SHAPES)
    pair = session_of(app).pins[0]
    for name in ("three", "  "):
        opened(app, pair).sidebar.text_input[0].set_value(name).run()
        assert not app.exception
        assert session_of(app) == SHAPES
        assert "Not used" in texts(app)
    app.run()
    assert "Not used" not in texts(app)


def test_a_session_that_a_link_replaces_comes_back_by_undo():
    app = press(open_page("shape"), "Pin")
    own = session_of(app)
    app.session_state["first"] = "side_by_side"
    for name, value in SHAPES.parameters().items():
        app.query_params[name] = value
    app.run()
    assert session_of(app) == SHAPES
    press(app, "Undo")
    assert session_of(app) == own
    assert link_of(app)[0] == own


def test_pins_of_another_page_come_with_it_and_are_the_address():
    app = go(press(open_page("shape"), "Pin"), "side_by_side")
    (pin,) = session_of(app).pins
    assert pin.state == Shape()
    for _ in range(2):
        app.run()
        assert session_of(app).pins == (pin,)
        assert session_of(app).pins[0].key == pin.key


def test_more_pins_than_columns_can_be_chosen_from():
    many = Session.of({f"shape {n}": Shape(logits=(n, 1)) for n in range(MOST_SHOWN + 2)})
    app = open_page("side_by_side", many)
    assert not app.exception
    keys = [pin.key for pin in session_of(app).pins]
    assert app.multiselect[0].value == [keys[0], *keys[-3:]]
    app.multiselect[0].set_value(keys[1:3]).run()
    assert app.multiselect[0].value == keys[1:3]
    assert len(app.columns) == 2
    assert session_of(app) == many
    assert link_of(app)[0] == many


def test_a_full_session_says_so():
    full = Session.of({f"shape {n}": Shape(shift=n / 10) for n in range(1, MOST_PINS + 1)})
    app = go(open_page("side_by_side", full), "shape")
    press(app, "Pin")
    assert session_of(app) == full
    assert f"at most {MOST_PINS} pins" in texts(app).replace("\\", "")


def test_hostile_links_give_a_page_and_a_sentence():
    app = open_page("side_by_side")
    for name in ("pin", "kind", "note", "reference", "logits", "dataset", "heads", "nonsense"):
        for given in HOSTILE:
            app.query_params.clear()
            app.query_params["kind"] = "shape"
            app.query_params["pin"] = "a pin"
            app.query_params[name] = given
            app.run()
            assert not app.exception, (name, given)
            session, problems = Session.of_link(app.query_params)
            assert session_of(app) == session, (name, given)
            assert ("Not used" in texts(app)) == bool(problems), (name, given)
            assert "<script>" not in texts(app)


def test_shapes_show_their_bars_and_their_maps():
    app = open_page("side_by_side", SHAPES)
    n_heads = sum(head.in_comparison for head in HEADS.values())
    assert len(charts(app)) == n_heads * 3 + n_heads  # the three logits of one have a map


def test_comparisons_stand_beside_those_without_results(monkeypatch):
    session = Session.of(
        {"here": QUICK, "again": QUICK.replace(n_seeds=4), "away": QUICK.replace(dataset="wine")}
    )
    run = Comparison.run

    def unavailable(comparison, *arguments):
        if comparison.dataset.name == "wine":
            raise DatasetUnavailable("wine isn't here")
        return run(comparison, *arguments)

    monkeypatch.setattr(Comparison, "run", unavailable)
    app = open_page("side_by_side", session)
    assert not app.exception
    assert "wine isn't here" in texts(app).replace("\\", "").replace("Wine", "wine")
    assert charts(app)


def test_several_kinds_of_pins_are_all_named_at_the_top():
    app = open_page(
        "side_by_side", Session.of({"one": QUICK, "two": QUICK.replace(n_seeds=4), "three": Shape()})
    )
    assert not app.exception
    assert "Also here, further down: one shape." in texts(app)
    app = open_page("side_by_side", Session.of({"one": QUICK, "two": QUICK.replace(n_seeds=4)}))
    assert "further down" not in texts(app)


def test_what_is_said_of_each_pin_is_a_line_of_a_list():
    session = Session.of({"one": QUICK, "*two*": QUICK.replace(label_noise=0.5), "copy": QUICK})
    app = open_page("side_by_side", session)
    assert not app.exception
    (said,) = (each.value for each in app.markdown if each.value.startswith("### In words"))
    _, *lines = said.splitlines()
    assert [line.partition("\\:")[0] for line in lines] == [f"- “{plain('*two*')}”", "- “copy”"]


def test_one_pin_says_what_to_do_next():
    app = press(open_page("shape"), "Pin")
    assert "Change a setting and pin again to compare" in texts(app)
    app = open_page("side_by_side", SHAPES)
    go(app, "shape")
    assert "Change a setting and pin again" not in texts(press(app, "Pin"))


def test_a_file_gives_the_same_session_and_numbers(monkeypatch):
    session = Session.of({"one": QUICK, "two": QUICK.replace(label_noise=0.5)})
    results = {pin.key: pin.state.run() for pin in session.pins}
    text = session.to_json(results)
    monkeypatch.setattr(Comparison, "run", None)
    monkeypatch.setattr(queue, "get", lambda request: None)
    app = press(open_page("shape"), "Pin")
    own = session_of(app)
    app = go(app, "side_by_side")
    app.session_state["session as a file"] = True
    app.run()
    app.file_uploader[0].set_value(("session.json", text.encode(), "application/json")).run()
    assert not app.exception
    assert session_of(app) == session
    app.session_state["session as a file"] = True
    app.run()
    states, found = zip(*((pin.state, results[pin.key]) for pin in session.pins), strict=True)
    expected = Beside(states, found, 0, session.names)
    assert app.header[0].value == plain(expected.finding_in_parts[0])
    assert texts(app).count("Results from a file, not computed here") == 2
    press(app, "Undo")
    assert session_of(app) == own


@pytest.mark.parametrize("name", ["iris", "nobody"])
def test_results_on_data_that_are_not_here_say_so_and_offer_no_other_page(name):
    session = Session.of({"one": QUICK.replace(dataset="iris")})
    held = json.loads(session.to_json({session.pins[0].key: session.pins[0].state.run()}))
    held["pins"][0]["settings"]["dataset"] = name
    held["pins"][0]["results"]["contents of the data"] = "ab"
    app = open_page("side_by_side")
    app.session_state["session as a file"] = True
    app.run()
    app.file_uploader[0].set_value(("a.json", json.dumps(held).encode(), "application/json")).run()
    assert not app.exception
    assert "Its data aren't here" in texts(app)
    assert not any("Open on" in each.proto.label for each in app.get("page_link"))
    assert (plain("The data iris that are here: they aren't those") in texts(app)) == (name == "iris")


@pytest.mark.parametrize("text", [b"", b"{}", b"<script>", b"[" * 100_000, "ナ".encode("utf-16")])
def test_a_file_that_is_none_changes_nothing_and_says_why(text):
    app = open_page("side_by_side", SHAPES)
    app.session_state["session as a file"] = True
    app.run()
    app.file_uploader[0].set_value(("session.json", text, "application/json")).run()
    assert not app.exception
    assert session_of(app) == SHAPES
    assert plain("can't be read as a session file") in texts(app)


def test_a_session_too_long_for_an_address_stays_and_says_so():
    app = go(press(open_page("shape"), "Pin"), "side_by_side")
    long = Session(tuple(Pin(f"shape {n}", Shape(shift=n / 10), f"{n} why " * 99) for n in range(MOST_PINS)))
    app.session_state[_pins.STATE._value] = long
    app.run()
    assert not app.exception
    assert session_of(app) == long
    assert plain("The address doesn't hold this session") in texts(app)


def test_columns_of_the_same_name_stay_columns_of_a_table():
    found = labelled(pd.DataFrame([["1", "2"], ["3", "4"]], ["a", "b"], ["pin", "pin"]))
    assert list(found.columns) == ["pin", "pin"]
    assert list(found.index) == ["a", "b"]
    heading = ":small[:gray[pin]]  \n"
    assert found.to_numpy().tolist() == [[f"{heading}1", f"{heading}2"], [f"{heading}3", f"{heading}4"]]


def test_pins_are_overlaid_when_asked_for():
    two = Session.of({"one": QUICK, "noisy": QUICK.replace(label_noise=0.2)})
    app = open_page("side_by_side", two)
    assert not app.exception
    apart = len(charts(app))
    app.segmented_control(key=_comparisons.LAYOUT).set_value("overlaid").run()
    assert not app.exception
    n_heads = len(QUICK.heads)
    assert len(charts(app)) == apart - 3 + n_heads - 1  # of calibration one a head, else one and not two
    assert captions.OVERLAID in texts(app)


def test_charts_of_the_pins_are_drawn_once_the_reader_comes_near(monkeypatch):
    two = Session.of({"one": QUICK, "noisy": QUICK.replace(label_noise=0.2)})
    everything = open_page("side_by_side", two)  # the first visit waits for results, and no browser tells
    monkeypatch.setattr(_near, "_is_in_browser", lambda: True)
    app = open_page("side_by_side", two)
    assert not app.exception
    assert len(charts(app)) == 1
    assert "Calibration" in texts(everything)
    assert "Calibration" not in texts(app)
    app.session_state[_comparisons.NEAR] = True
    app.run()
    assert not app.exception
    assert len(charts(app)) == len(charts(everything)) == 1 + 1 + 3 * len(two.pins)
    assert texts(app) == texts(everything)
    app = go(go(app, "shape"), "side_by_side")
    app.run()
    assert len(charts(app)) == 1
    assert _comparisons.DIFFERENT_DATA[:40] not in texts(app)


def test_overlaid_pins_of_different_data_sets_say_so():
    two = Session.of({"one": QUICK, "other": QUICK.replace(dataset="wine")})
    app = open_page("side_by_side", two)
    assert _comparisons.DIFFERENT_DATA[:40] not in texts(app)
    app.segmented_control(key=_comparisons.LAYOUT).set_value("overlaid").run()
    assert "different data sets, iris and wine" in texts(app).replace("\N{NO-BREAK SPACE}", " ")


def test_a_note_of_many_lines_stays_short():
    noted = Session((Pin("one", QUICK, "\n".join(map(str, range(100)))),))
    assert "5  \n:small[:gray[6 7 8" in texts(open_page("side_by_side", noted)).replace("]", "").replace(
        ":small[:gray[5", "5"
    )
