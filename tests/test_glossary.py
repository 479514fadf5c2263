"""The glossary: what it finds in a text, and that every page explains its terms where it first uses them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import captions
from alternatives.glossary import GLOSSARY, terms_in
from alternatives.pages import _explained
from alternatives.pages._first_view import TITLE
from alternatives.pages._shown import plain

APP = Path(__file__).parents[1] / "alternatives/pages/_frame.py"
SMALL = {"seeds": "3", "epochs": "2", "learning_rate": "0.01"}
SCRIPT = """
import streamlit as st
from alternatives.pages import _explained, _navigation, claims, classes, compare, inside, shape, side_by_side
from alternatives.pages import paper, stories, sweeps
pages = {"compare": compare, "shape": shape, "claims": claims, "number_of_classes": classes}
pages |= {"inside": inside, "side_by_side": side_by_side, "stories": stories, "sweeps": sweeps}
pages |= {"the_paper": paper}
first = st.session_state["first"]
_explained.begin()
_navigation.show({first: pages.pop(first), **pages})
"""
PAGES = {
    "compare": {"dataset": "iris", "hidden": "8", **SMALL},
    "shape": {},
    "claims": {},
    "number_of_classes": {"counts": "2,4", "samples": "60", **SMALL},
    "inside": {"dataset": "iris", "width": "6", **SMALL},
    "stories": {"story": "little-data"},
    "sweeps": {},
    "the_paper": {},
    "side_by_side": {"pin": ["a", "b"], "dataset": "iris", "label_noise": "~0.2", **SMALL},
}


def names(text):
    return [term.name for term in terms_in(text)]


def test_terms_are_found_in_their_order_in_any_case_and_number():
    assert names("Epochs of a Logit, then two more epochs") == ["epoch", "logit"]
    assert names("Nothing here") == []


def test_the_longest_spelling_counts():
    assert names("a confidence interval") == ["95 % CI"]
    assert names("expected calibration error") == ["ECE"]
    assert names("validation accuracy") == ["validation set"]


def test_a_part_of_a_word_is_no_mention():
    assert names("natural headings, seedlings, pinpoint") == []


def test_markdown_and_narrow_spaces_hide_no_term():
    assert names(plain("Mean with 95 % CI; mini-batch.")) == ["95 % CI", "mini-batch"]


def test_terms_are_sorted_unlike_each_other_and_short():
    assert [term.name for term in GLOSSARY] == sorted(
        (term.name for term in GLOSSARY), key=lambda name: (name[0].isdigit(), name.lower())
    )
    spellings = [each.lower() for term in GLOSSARY for each in (term.name, *term.spellings)]
    assert len(set(spellings)) == len(spellings)
    for term in GLOSSARY:
        assert 20 < len(term.meaning) < 230
        assert term.meaning.endswith(".")
        assert term in terms_in(term.name)


def test_what_is_drawn_with_a_chart_has_terms():
    assert names(captions.DOTS) == ["seed", "95 % CI", "baseline"]


def texts_of(app):
    """Texts of the page's main part with what is explained beside them, from top to bottom."""
    return [(each.value, each.proto.help) for each in app.main if each.type in ("header", "markdown")]


@pytest.mark.parametrize("page", PAGES)
def test_every_term_is_explained_where_a_page_first_uses_it(page):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["first"] = page
    app.session_state[TITLE.lower()] = True
    for name, value in PAGES[page].items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    explained = set()
    for text, tooltip in texts_of(app):
        for term in terms_in(text):
            if term.name not in explained:
                assert _explained.entry(term) in tooltip, text
                explained.add(term.name)
    assert len(explained) > 3


def test_all_terms_stand_at_the_end_of_every_page():
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["classes"] = "none"
    app.run()
    *_, glossary = app.main.get("expander")
    assert glossary.label == "Glossary"
    assert not glossary.markdown
    app.session_state["glossary"] = True
    app.run()
    *_, glossary = app.main.get("expander")
    assert all(_explained.entry(term) in glossary.markdown[0].value for term in GLOSSARY)


def test_a_text_that_is_drawn_again_explains_the_same(monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {})
    _explained.begin()
    at_the_top = _explained.next_place()
    first = _explained.explained("Each dot is one seed.")
    assert first.startswith("**Seed**")
    assert _explained.explained("Each dot is one seed.") == first
    assert _explained.explained("Over two seeds, an epoch").startswith("**Epoch**")
    # What stands above the others is written last, and may be written again.
    assert _explained.explained("An epoch of softmax", at_the_top).startswith("**Epoch**")
    assert _explained.explained("Softmax", at_the_top).startswith("**Softmax**")
    assert _explained.explained("Another epoch, another seed") is None
    assert _explained.explained("Nothing to say") is None


def test_a_run_that_was_replaced_may_still_say_something(monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {})
    _explained.begin()
    places = [_explained.next_place() for _ in range(3)]
    _explained.begin()
    assert "**Logit**" in _explained.explained("A logit", places[-1])
    assert _explained.next_place() > places[-1]
