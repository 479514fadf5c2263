"""The first view of the compare page: who sees it, and what it answers."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.pages._first_view import GUESS, TITLE

APP = Path(__file__).parents[1] / "alternatives/pages/_frame.py"
SMALL = {"dataset": "iris", "seeds": "3", "epochs": "2", "learning_rate": "0.01", "hidden": "8"}


def open_app(unfolded=False, **link):
    app = AppTest.from_file(APP, default_timeout=60)
    if unfolded:
        app.session_state[TITLE.lower()] = True
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def is_shown(app):
    assert not app.exception
    return any(pills.key == GUESS for pills in app.get("button_group"))


def sentences(app):
    return [each.value for each in app.markdown]


@pytest.fixture(scope="module")
def newcomer():
    return open_app()


def test_it_is_open_for_who_arrives_without_settings(newcomer):
    assert is_shown(newcomer)
    first = sentences(newcomer)
    assert any("Its **head** turns these numbers into probabilities" in text for text in first)
    assert newcomer.header[0].value.startswith("On digits over 20 seeds")


def test_it_is_folded_for_who_follows_a_link():
    assert not is_shown(open_app(**SMALL))


def test_folding_it_lasts():
    app = open_app(**SMALL, unfolded=True)
    assert is_shown(app)
    app.session_state[TITLE.lower()] = False
    app.run()
    assert not is_shown(app)
    del app.session_state[TITLE.lower()]  # as Streamlit does when another page is opened
    app.run()
    assert not is_shown(app)


def test_a_guess_is_answered_from_the_results():
    app = open_app(**SMALL, unfolded=True)
    app.get("button_group")[0].select("sigmoid").run()
    assert not app.exception
    said = [text.replace("\\", "") for text in sentences(app) if "sigmoid is" in text]
    assert len(said) == 1
    assert said[0].startswith("On samples it hasn't seen (iris over 3 seeds), ")


def test_a_guess_is_there_when_one_comes_back():
    app = open_app(**SMALL, unfolded=True)
    app.get("button_group")[0].select("sigmoid").run()
    for is_open in (False, True):  # Streamlit forgets a control that isn't drawn, as on another page
        app.session_state[TITLE.lower()] = is_open
        app.run()
    assert app.session_state[GUESS] == "sigmoid"
    assert any("sigmoid is" in text for text in sentences(app))


def test_a_guess_of_a_head_that_is_no_longer_compared_has_no_answer():
    app = open_app(**SMALL, unfolded=True)
    app.session_state[GUESS] = "plain normalisation"
    app.run()
    assert not app.exception
    assert not any("plain normalisation is" in text for text in sentences(app))


def test_heads_that_are_not_the_usual_ones_are_in_the_picture():
    app = open_app(**SMALL, heads="softmax, plain normalisation", unfolded=True)
    assert is_shown(app)
    assert any(
        "sharp digits with right labels, as by default" in text.replace("\\", "") for text in sentences(app)
    )


def test_a_page_for_a_room_has_none():
    assert not is_shown(open_app(**SMALL, unfolded=True, present="true"))
