"""A page shown to a room: the address says so, and nothing else of the page changes."""

from tests.test_compare_page import SMALL, link_of, open_app, texts


def test_present_is_in_the_address_and_changes_nothing_of_what_is_shown():
    app = open_app(**SMALL)
    heading, link = app.header[0].value, link_of(app)
    app.button(key="present").click().run()
    assert not app.exception
    assert link_of(app) == {**link, "present": "true"}
    assert app.header[0].value == heading


def test_a_link_presents_its_page():
    app = open_app(**SMALL, present="true")
    assert not app.exception
    assert "Not used" not in texts(app)
    assert app.header[0].value.startswith("On iris over 3 seeds")
    assert link_of(app)["present"] == "true"


def test_a_change_keeps_the_presentation():
    app = open_app(**SMALL, present="true")
    app.sidebar.slider(key="seeds").set_value(4).run()
    assert link_of(app) == {**SMALL, "seeds": "4", "present": "true"}
    assert app.header[0].value.startswith("On iris over 4 seeds")


def test_what_others_get_is_the_page_itself():
    """The link to copy, and that of the QR code, don't present: who opens them has the controls."""
    app = open_app(**SMALL, present="true")
    components = [each.proto for each in app.get("bidi_component")]
    assert components
    assert not any("present=true" in str(each) for each in components)
