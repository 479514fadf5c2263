"""Shared sessions on the pages, without a browser. All visitors of these tests share one store."""

import dataclasses
import functools
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.pages import _pins, _shared
from alternatives.pages._shown import plain
from alternatives.pages.side_by_side import EXAMPLES
from alternatives.serving.limits import Daily
from alternatives.serving.turns import turns
from alternatives.sessions import MOST_PINS, Pin, Session, store
from alternatives.shape import Shape

SCRIPT = """
from alternatives.pages import _navigation, _pins, compare, shape, side_by_side
_pins.STATE.follow()
_navigation.show({"side_by_side": side_by_side, "shape": shape, "compare": compare})
"""
PINNING = """
import streamlit as st
from alternatives.pages import _navigation, _pins, shape, side_by_side
_pins.STATE.follow()
_navigation.PAGES.setdefault("side_by_side", st.Page(side_by_side.page, url_path="side_by_side"))
if st.session_state.get("elsewhere"):
    shape.STATE.settled()
    _pins.pin_button(shape.STATE)
else:
    _pins.STATE.settled()
"""
ONE_HEAD = Shape().replace(heads=["softmax"])
PAIR = Session.of({"two": ONE_HEAD.replace(logits=(1, 2)), "three": ONE_HEAD})
FOUR = Pin("four", ONE_HEAD.replace(logits=(1, 2, 3, 4)))


@pytest.fixture
def links():
    return _shared.store().create(PAIR)


def out_of_reach(*arguments):
    raise store.OutOfReach("shared sessions can't be reached just now: try again")


def visit(token="", **link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in ({"session": token} if token else link).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def press(app, label):
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception
    return app


def opened(app, key="pins share"):
    app.session_state[key] = True
    return app.run()


def seen(app):
    return app.session_state[_pins.STATE._value]


def token_of(app):
    token = app.query_params["session"]
    return token if isinstance(token, str) else token[0]


def texts(app):
    return " ".join(each.value for each in app.markdown).replace("\\", "")


def noted(app, pin, note):
    """The page after somebody has written a note to a pin."""
    opened(app, f"pins {pin.key}")
    next(each for each in app.text_area if each.key.endswith(pin.key)).set_value(note).run()
    assert not app.exception
    return app


def note_of(token, pin):
    return _shared.store().read(token).session.pin(pin.key).note


def test_a_session_is_shared_and_opened_by_its_links():
    app = visit(**PAIR.parameters())
    press(opened(app), "Make links")
    token = token_of(app)
    viewing = _shared.store().viewing(token)
    assert token != viewing
    opened(app)
    assert [code.value.rpartition("=")[2] for code in app.code] == [token, viewing]
    for each in (token, viewing):
        other = visit(each)
        assert seen(other) == seen(app) == PAIR
        assert token_of(other) == each


def test_everybody_sees_a_change_and_a_viewer_has_nothing_to_change_it_with(links):
    editor, viewer = visit(links.editing), visit(links.viewing)
    noted(editor, PAIR.pins[0], "look at this")
    viewer.run()
    assert seen(viewer) == seen(editor) != PAIR
    assert "look at this" in texts(viewer)
    assert [button.label for button in viewer.button] == ["QR code", "Present"]
    assert not [*viewer.text_input, *viewer.text_area]
    assert [button.label for button in opened(viewer).button] == ["QR code", "Present", "Leave"]
    assert links.editing not in str(viewer.code)


def test_of_a_note_that_is_too_long_it_is_said_what_is_left_out(links):
    app = noted(visit(links.editing), PAIR.pins[0], 1_200 * "x")
    assert note_of(links.editing, PAIR.pins[0]) == 1_000 * "x"
    assert plain("What the note has beyond 1,000 characters") in " ".join(e.value for e in app.markdown)


def test_a_viewer_who_forges_a_change_changes_nothing(links):
    app = AppTest.from_string(
        "from alternatives.pages import _pins\n"
        "session, _ = _pins.STATE.settled()\n"
        "_pins.change(session.without(session.pins[0].key))"
    )
    app.query_params["session"] = links.viewing
    assert not app.run().exception
    assert _shared.store().read(links.viewing).session == PAIR == seen(app)


def test_a_viewer_of_an_empty_session_is_offered_nothing_to_put_into_it():
    links = _shared.store().create(Session())
    viewer, editor = visit(links.viewing), visit(links.editing)
    assert [button.label for button in viewer.button] == ["QR code", "Present"]
    assert viewer.header[0].value == "Nothing is pinned here yet"
    assert {*EXAMPLES} <= {button.label for button in editor.button}


def test_what_a_viewer_may_not_store_is_not_kept(links):
    app = AppTest.from_string(
        "from alternatives.pages import _pins\n"
        "from alternatives.sessions import Pin\n"
        "from alternatives.shape import Shape\n"
        "session, _ = _pins.STATE.settled()\n"
        "_pins.change(session.put(Pin('new', Shape())))"
    )
    app.query_params["session"] = links.viewing
    assert not app.run().exception
    assert _shared.REJECTED not in app.session_state
    assert "link is for viewing" in app.session_state[_shared.SAID][0]


def test_changes_to_different_pins_are_both_kept(links):
    one, other = visit(links.editing), visit(links.editing)
    noted(one, PAIR.pins[0], "first")
    noted(other, PAIR.pins[1], "second")
    assert [pin.note for pin in seen(other).pins] == ["first", "second"]
    assert seen(one.run()) == seen(other)


@pytest.mark.parametrize(
    ("choice", "note", "others"),
    [("Use mine", "mine", ()), ("Keep both", "theirs", ("mine",)), ("Discard mine", "theirs", ())],
)
def test_of_two_changes_to_one_pin_none_is_lost(links, choice, note, others):
    one, other = visit(links.editing), visit(links.editing)
    pin = PAIR.pins[0]
    opened(other, f"pins {pin.key}")
    noted(one, pin, "theirs")
    area = next(each for each in other.text_area if each.key.endswith(pin.key))
    area.set_value("mine").run()
    assert note_of(links.editing, pin) == "theirs"
    assert "Somebody else changed" in texts(other)
    assert "mine" in texts(other)
    press(other, choice)
    assert note_of(links.editing, pin) == note
    added = _shared.store().read(links.editing).session.pins[len(PAIR.pins) :]
    assert tuple(each.note for each in added) == others
    assert "Somebody else changed" not in texts(other)


def test_a_change_to_a_pin_that_was_removed_can_still_be_kept(links):
    one, other = visit(links.editing), visit(links.editing)
    pin = PAIR.pins[0]
    opened(other, f"pins {pin.key}")
    press(opened(one, f"pins {pin.key}"), "Remove")
    next(each for each in other.text_area if each.key.endswith(pin.key)).set_value("mine").run()
    assert "Somebody else removed" in texts(other)
    press(other, "Use mine")
    assert note_of(links.editing, pin) == "mine"


def rejecting(links, note="mine", session=PAIR):
    """The page of somebody whose note to the first pin wasn't stored, since another one was."""
    pin = session.pins[0]
    app = opened(visit(links.editing), f"pins {pin.key}")
    versions = _shared.store().read(links.editing).versions
    _shared.store().put(links.editing, dataclasses.replace(pin, note="theirs"), versions[pin.key])
    next(each for each in app.text_area if each.key.endswith(pin.key)).set_value(note).run()
    assert "Somebody else changed" in texts(app)
    return app


def test_a_rejected_change_is_used_under_another_name_where_its_own_is_taken(links):
    app = opened(visit(links.editing), f"pins {PAIR.pins[0].key}")
    _shared.store().put(links.editing, dataclasses.replace(PAIR.pins[0], note="theirs"), 1)
    next(each for each in app.text_input if each.key.endswith(PAIR.pins[0].key)).set_value("four").run()
    _shared.store().put(links.editing, FOUR, None)
    press(app.run(), "Use mine")
    assert _shared.store().read(links.editing).session.names == ("four 2", "three", "four")


def test_a_rejected_change_is_kept_until_there_is_room():
    full = Session(tuple(Pin(f"{n}", ONE_HEAD.replace(logits=(n / 2, 1))) for n in range(MOST_PINS)))
    links = _shared.store().create(full)
    app = press(rejecting(links, session=full), "Keep both")
    assert "at most 24 pins" in texts(app)
    assert "mine" in texts(app)
    _shared.store().remove(links.editing, full.pins[-1].key, 1)
    press(app.run(), "Keep both")
    assert _shared.store().read(links.editing).session.pins[-1].note == "mine"
    assert "Keep both" not in [button.label for button in app.button]


def test_a_change_that_fails_again_is_kept_once(links, monkeypatch):
    app = rejecting(links)
    for choice in ("Keep both", "Use mine"):
        monkeypatch.setattr(_shared.store(), "put", out_of_reach)
        press(app, choice)
        assert [button.label for button in app.button].count("Use mine") == 1
        assert "can't be reached just now" in texts(app)
        monkeypatch.undo()
    press(app, "Use mine")
    assert "mine" in [pin.note for pin in _shared.store().read(links.editing).session.pins]


@pytest.mark.parametrize("by_others", [False, True])
def test_a_rejected_change_outlives_the_shared_session(links, by_others):
    app = rejecting(links)
    if by_others:
        _shared.store().delete(links.editing)
        app.run()
    else:
        press(opened(app), "Leave")
    assert seen(app).pins[0].note == "theirs"
    press(app, "Use mine")
    assert seen(app).pins[0].note == "mine"
    assert "Use mine" not in [button.label for button in app.button]


def test_undo_takes_back_what_this_visitor_did(links):
    one, other = visit(links.editing), visit(links.editing)
    noted(one, PAIR.pins[0], "first")
    noted(other, PAIR.pins[1], "second")
    press(one.run(), "Undo")
    assert [pin.note for pin in _shared.store().read(links.viewing).session.pins] == ["", "second"]


def test_who_leaves_has_a_copy_that_others_do_not_see(links):
    app = visit(links.editing)
    press(opened(app), "Leave")
    assert seen(app) == PAIR
    assert Session.of_link(app.query_params)[0] == PAIR
    noted(app, PAIR.pins[0], "my own")
    assert note_of(links.editing, PAIR.pins[0]) == ""


def test_deleting_asks_once_and_leaves_everybody_a_copy(links):
    one, other = visit(links.editing), visit(links.viewing)
    press(opened(one), "Delete")
    assert _shared.store().read(links.viewing).session == PAIR
    press(opened(one), "Delete for everybody")
    with pytest.raises(store.NoSession):
        _shared.store().read(links.editing)
    other.run()
    assert seen(one) == seen(other) == PAIR
    assert "your own copy" in texts(other)
    assert "session" not in other.query_params
    assert "your own copy" not in texts(other.run())


@pytest.mark.parametrize("token", ["edit-", "view-" + "A" * 22, "<b>x</b>", "edit-" + "A" * 9000])
def test_a_link_to_nothing_says_so(token):
    app = visit(token)
    assert "There is no shared session with this link" in texts(app)
    assert not seen(app).pins
    assert token_of(app) == token


def test_an_unknown_link_says_nothing_else(links):
    app = visit("view-" + "A" * 22)
    assert "All else is as the link says" not in texts(app)


def test_another_link_leaves_the_shared_session(links):
    app = visit(links.editing)
    app.query_params.clear()
    for name, value in Session((FOUR,)).parameters().items():
        app.query_params[name] = value
    app.run()
    assert seen(app) == Session((FOUR,))
    assert _shared.store().read(links.viewing).session == PAIR


def test_the_pins_of_a_file_replace_those_of_a_shared_session_and_keep_their_names(links):
    app = opened(visit(links.editing), "session as a file")
    changed = dataclasses.replace(PAIR.pins[1], note="another")
    file = Session((PAIR.pins[0], changed)).to_json().encode()
    app.file_uploader[0].set_value(("session.json", file, "application/json")).run()
    assert not app.exception
    assert _shared.store().read(links.viewing).session == seen(app) == Session((PAIR.pins[0], changed))


def test_what_cannot_be_shared_stays_as_it_was(monkeypatch):
    app = visit(**PAIR.parameters())
    monkeypatch.setattr(_shared.store(), "read", out_of_reach)
    press(opened(app), "Make links")
    assert "can't be reached just now" in texts(app)
    assert seen(app) == PAIR
    assert "session" not in app.query_params


def test_one_visitor_does_not_fill_the_store(monkeypatch):
    monkeypatch.setattr(_shared, "_new_sessions", Daily(1))
    press(opened(visit(**PAIR.parameters())), "Make links")
    app = visit(**PAIR.parameters())
    press(opened(app), "Make links")
    assert "Of shared sessions at most 1 may be made a day" in texts(app)
    assert seen(app) == PAIR
    assert "session" not in app.query_params


def test_a_server_has_one_store(monkeypatch):
    def open_slowly():
        time.sleep(0.05)
        return object()

    monkeypatch.setattr(_shared, "_store", functools.cache(open_slowly))
    with ThreadPoolExecutor(8) as visitors:
        found = {id(each.result()) for each in [visitors.submit(_shared.store) for _ in range(8)]}
    assert len(found) == 1


def test_a_store_that_is_out_of_reach_costs_nobody_what_is_on_screen(links, monkeypatch):
    app = opened(visit(links.editing), f"pins {PAIR.pins[0].key}")
    for name in ("read", "put", "versions"):
        monkeypatch.setattr(_shared.store(), name, out_of_reach)
    next(each for each in app.text_area if each.key.endswith(PAIR.pins[0].key)).set_value("mine").run()
    assert not app.exception
    assert "can't be reached just now" in texts(app)
    assert "mine" in texts(app)
    assert seen(app) == PAIR
    monkeypatch.undo()
    press(app, "Use mine")
    assert note_of(links.editing, PAIR.pins[0]) == "mine"


def test_who_pins_on_another_page_hears_what_is_not_stored(links, monkeypatch):
    app = AppTest.from_string(PINNING, default_timeout=60)
    app.query_params["session"] = links.editing
    app.run()
    app.session_state["elsewhere"] = True
    app.query_params.clear()
    app.run()
    for name in ("read", "put"):
        monkeypatch.setattr(_shared.store(), name, out_of_reach)
    press(app, "Pin")
    assert "can't be reached just now" in texts(app)
    assert "isn't stored yet: it is kept for you on Side by side" in texts(app)
    monkeypatch.undo()
    app.run()
    assert "isn't stored yet" in texts(app)
    assert "may be old" not in texts(app)


def test_a_link_is_asked_for_before_the_turn_to_draw(links, monkeypatch):
    known, asked = _shared.store().read(links.viewing), []

    def read(token):
        with turns._lock:
            asked.append(turns._taken)
        return known

    monkeypatch.setattr(_shared.store(), "read", read)
    assert seen(visit(links.viewing)) == PAIR
    assert asked == [False]


def test_what_is_taken_back_is_what_was_done():
    chance = random.Random(1)
    session = PAIR.put(FOUR)
    for _ in range(300):
        pin = chance.choice(session.pins)
        changes = [
            session.moved(pin.key, chance.choice([-1, 1])),
            session.copied(pin.key) if len(session.pins) < 8 else session,
            session.without(pin.key) if len(session.pins) > 2 else session,
            session.with_reference(pin.key),
            session.put(dataclasses.replace(pin, note=str(chance.random()))),
        ]
        changed = chance.choice(changes)
        undone = _pins._taken_back(changed, session, changed)
        assert undone == session
        assert [each.key for each in undone.pins] == [each.key for each in session.pins]
        assert undone.reference == session.reference
        session = changed


def test_what_an_editor_passes_on_at_the_top_is_the_link_for_viewing(links):
    app = AppTest.from_string(
        "import streamlit as st\n"
        "from alternatives.pages import _pins\n"
        "session, _ = _pins.STATE.settled()\n"
        "st.text(_pins.STATE.to_pass_on(session)['session'][0])"
    )
    app.query_params["session"] = links.editing
    assert not app.run().exception
    assert app.text[0].value == links.viewing
