"""The page *Stories* without a browser: the list, a story's steps, guesses, and a visitor's own file."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.pages import _story_file
from alternatives.pages._shown import plain
from alternatives.stories import OWN, read, stories
from alternatives.stories.kinds import KINDS
from tests.test_compare_page import HOSTILE, charts, link_of, texts
from tests.test_stories import STORY

SCRIPT = """
from alternatives.pages import _navigation, compare, shape, stories
_navigation.show({"stories": stories, "shape": shape, "compare": compare})
"""
FIRST = "blurry-cat"
SMALL = "dataset=iris&seeds=3&epochs=2&learning_rate=0.01"


def open_page(own="", **link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    if own:
        app.session_state[_story_file.STORY] = read(own)[0]
    return app.run()


def button(app, key):
    return app.button(key=f"stories {key}")


def choice(app, place):
    return [each for each in app.main.button if each.key.startswith("stories choice")][place]


def labels(app, key):
    return [each.label for each in app.main.button if each.key.startswith(f"stories {key}")]


def test_all_stories_with_their_questions():
    app = open_page()
    assert not app.exception
    assert app.header[0].value == plain(f"{len(stories())} short stories: guess first, then see")
    assert labels(app, "open") == [f"**{plain(story.title)}**" for story in stories().values()]
    for story in stories().values():
        assert plain(story.question) in texts(app)
    assert link_of(app) == {}


def test_a_guess_comes_before_the_answer_and_the_picture():
    app = open_page()
    button(app, f"open {FIRST}").click().run()
    story, (step, *_) = stories()[FIRST], stories()[FIRST].steps
    assert link_of(app) == {"story": FIRST}
    assert app.header[0].value == plain(story.title)
    assert labels(app, "choice") == [plain(choice) for choice in step.guess.choices]
    assert plain(step.sentence) not in texts(app)
    assert not charts(app)
    choice(app, 0).click().run()
    assert not app.exception
    assert f"**Not so.** {plain(step.sentence)}" in texts(app)
    assert [label[0] for label in labels(app, "choice")] == ["✗", "✓", "B"]
    assert len(charts(app)) == len(step.target.state.heads)
    choice(app, 1).click().run()  # the first guess counts
    assert "**Not so.**" in texts(app)


def test_the_right_guess():
    app = open_page(story=FIRST)
    choice(app, 1).click().run()
    assert "**Right.**" in texts(app)
    assert [label[0] for label in labels(app, "choice")] == ["S", "✓", "B"]


def test_the_answer_without_a_guess_and_the_way_through_a_story():
    app = open_page(story=FIRST)
    for number, step in enumerate(stories()[FIRST].steps, 1):
        assert link_of(app) == ({"story": FIRST} | ({"step": str(number)} if number > 1 else {}))
        assert button(app, "back").disabled == (number == 1)
        assert labels(app, "next") == ["Show the answer"]
        button(app, "next").click().run()
        assert plain(step.sentence) in texts(app)
        assert "**Right.**" not in texts(app)
        if number < len(stories()[FIRST].steps):
            assert labels(app, "next") == ["Next step"] * 2  # on top, and below the picture
            button(app, "next" if number % 2 else "next below").click().run()
    button(app, "back").click().run()
    assert link_of(app)["step"] == str(number - 1)
    assert plain(stories()[FIRST].steps[-2].sentence) in texts(app)  # what was answered stays so
    assert not app.exception


def test_the_end_of_a_story_leads_to_the_next():
    one, two, *_, last = stories()
    for place in ("", " below"):
        app = open_page(story=one, step=str(len(stories()[one].steps)))
        button(app, "next").click().run()
        assert labels(app, "next") == [f"Next story: {plain(stories()[two].title)}"] * 2
        button(app, f"next story{place}").click().run()
        assert link_of(app) == {"story": two}
    app = open_page(story=last, step=str(len(stories()[last].steps)))
    button(app, "next").click().run()
    assert labels(app, "next") == []


def test_a_step_leaves_nothing_of_the_one_before():
    """Whatever a step shows, each part of the page has its place: no answer stays for a while."""
    app = open_page(story=FIRST)
    n_parts = len(app.main.children)
    button(app, "next").click().run()
    answered = [*app.main.children]
    assert len(answered) == n_parts
    button(app, "next").click().run()
    assert [*app.main.children] == answered
    assert not charts(app)


@pytest.mark.parametrize(
    ("question", "before", "asked"),
    [
        ("Trained on digits: which head is it?", "", "Trained on digits: which head is it?"),
        ("There are two. Which?", "There are two.", "Which?"),
    ],
)
def test_a_question_is_its_last_sentence(question, before, asked):
    app = open_page(own=STORY.replace('"Which?"', f'"{question}"'), story=OWN)
    assert f"{plain(before)}\n\n### {plain(asked)}".strip() in [each.value for each in app.main.markdown]


def test_another_story_in_the_sidebar_begins_at_its_first_step():
    app = open_page(story=FIRST, step="3")
    app.sidebar.selectbox[0].set_value("temperature").run()
    assert not app.exception
    assert link_of(app) == {"story": "temperature"}


def test_a_step_of_a_comparison_has_its_picture_and_its_link():
    app = open_page(own=STORY.replace(SMALL, f"{SMALL}&heads=softmax,sigmoid"), story=OWN, step="2")
    assert not app.exception
    assert "See for yourself" in texts(app)
    assert len(charts(app)) == 1
    assert labels(app, "choice") == []


@pytest.mark.parametrize("picture", ["Nothing", "**bold** <b>x</b>"])
def test_a_picture_that_is_not_there(picture):
    app = open_page(own=STORY.replace('"Probabilities"', f'"{picture}"'), story=OWN)
    choice(app, 1).click().run()
    assert not app.exception
    assert f"There is no picture “{plain(picture)}” of this, only Probabilities" in texts(app)
    assert not charts(app)


def test_a_story_of_ones_own_is_asked_for_where_it_is_not_here():
    app = open_page(story=OWN)
    assert not app.exception
    assert app.header[0].value == plain("This story is in a file: open it here")


def test_a_step_that_ones_own_story_does_not_have():
    app = open_page(own=STORY, story=OWN, step="9")
    assert not app.exception
    assert "Step 2 of 2" in texts(app)


@pytest.mark.parametrize("given", HOSTILE)
def test_hostile_links(given):
    app = open_page(story=given, step=given)
    assert not app.exception
    assert "**Not used:**" in texts(app)
    assert "<script>" not in texts(app)


def test_nothing_of_a_file_is_read_as_markdown():
    hostile = "**b** [link](https://example.org) :red[t] $x$ <b>i</b> ![p](q)"
    given = STORY.replace("Two heads", hostile[:60]).replace("Sigmoid is.", hostile)
    given = given.replace('"Which?"', f'"{hostile}"').replace('"sigmoid"]', f'"{hostile}"]')
    app = open_page(own=given, story=OWN)
    assert not app.exception
    assert app.header[0].value == plain(hostile[:60])
    assert f"### {plain(hostile)}" in texts(app)
    assert labels(app, "choice")[1] == plain(hostile)
    choice(app, 1).click().run()
    assert plain(hostile) in texts(app)
    assert hostile not in texts(app)


@pytest.mark.parametrize("given", [":material/home:", "a :streamlit: b", ":material/"])
def test_no_icon_stands_in_place_of_a_text(given):
    """Streamlit looks for these letters, whatever is escaped in them."""
    shown = plain(given).replace("\\", "")
    assert not re.search(":(material/|streamlit:)", shown)
    assert shown.replace("\u2060", "") == given


def test_a_file_is_opened_or_refused():
    app = open_page()
    (uploader,) = app.main.get("file_uploader")
    uploader.set_value(("story.toml", STORY.encode(), "application/toml")).run()
    assert not app.exception
    assert link_of(app) == {"story": OWN}
    assert app.header[0].value == "Two heads"
    button(app, "all").click().run()
    assert labels(app, f"open {OWN}") == ["**Two heads** (from your file)"]
    (uploader,) = app.main.get("file_uploader")
    uploader.set_value(("bad.toml", STORY.replace("right = 2", "right = 5").encode(), "text/plain")).run()
    assert not app.exception
    assert "This story can't be told" in texts(app)
    assert plain("Step 1: right must be a whole number from 1 to 2; got '5'") in texts(app)


def test_how_to_write_one():
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["write a story of your own"] = True
    app.run()
    assert not app.exception
    assert "`choices`" in texts(app)
    assert app.main.code[0].value.startswith("title = ")
    assert all(f"`/{page}`" in texts(app) for page in KINDS)
