"""A story in a visitor's own file: opened, and written. It stays in the session."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from alternatives.pages import _story
from alternatives.pages._link import State
from alternatives.pages._shown import folded, plain, quiet
from alternatives.stories import LARGEST_FILE, MOST_STEPS, OWN, Position, Story, read, stories, text_of
from alternatives.stories.kinds import KINDS
from alternatives.wording import sentence

STORY = "stories: own"
"""Key of the story that was opened last."""
PROBLEMS = "stories: problems"
"""Key of what is wrong with the file that was given last."""
FORMAT = (
    "A story is a text file in TOML, whose name ends with `.toml`: a `title`, a `question`, and 1 to "
    f"{MOST_STEPS} steps, each under `[[step]]`. A step has one `sentence` and a `link`, as *Copy link* "
    f"gives it, to {', '.join(f'`/{page}`' for page in KINDS)}. What is asked first is its `question`, with "
    "2 to 5 `choices`; `right` says which of them is right, 1 for the first. `picture` is the title of a "
    "chart, as its page has it under *Take away*; without it the first is shown. `classes` are names for the "
    "classes of a `/shape`. "
    "`python -m alternatives story FILE` checks it and says what is wrong."
)


def own_story() -> Story | None:
    """The story that the visitor opened from a file."""
    story: Story | None = st.session_state.get(STORY)
    return story


def open_file(state: State[Position], go: Callable[[str], None]) -> None:
    """Draw the place where a visitor opens a story."""
    key = f"{state.prefix}file"
    st.file_uploader(
        f"Open a story from a file (.toml, at most {LARGEST_FILE // 1000} kB)",
        type="toml",
        key=key,
        on_change=_open,
        args=(key, state, go),
        max_upload_size=1,
    )
    if problems := st.session_state.get(PROBLEMS):
        lines = "\n".join(f"- {plain(sentence(problem))}." for problem in problems)
        st.markdown(f"**This story can't be told:**\n\n{lines}")
    st.markdown(quiet("The file stays in this server's memory while you are here; nobody else sees it."))


def how_to_write_one(touch: Callable[[], None]) -> None:
    """Draw what a lecturer needs to write a story, with one to begin with."""
    part = folded("Write a story of your own", touch, "compact")
    if part is None:
        return
    with part:
        st.markdown(FORMAT)
        name = next(iter(stories()), None)
        if name is not None:
            text = text_of(name)
            st.download_button(
                "Save this one to begin with", text, f"{name}.toml", "application/toml", on_click="ignore"
            )
            st.code(text, language=None, wrap_lines=True)


def _open(key: str, state: State[Position], go: Callable[[str], None]) -> None:
    state.touch()
    given: Any = st.session_state[key]
    if given is None:
        return
    story, problems = read(given.getvalue())
    st.session_state[PROBLEMS] = problems
    if story is not None:
        st.session_state[STORY] = story
        _story.forget(OWN)
        go(OWN)
