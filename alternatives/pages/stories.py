"""Stories: a question, a guess, and the picture that answers it, step by step."""

import streamlit as st

from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._shown import heading, not_used, note, plain, quiet
from alternatives.pages._spoken import say
from alternatives.pages._story import Telling
from alternatives.pages._story_file import how_to_write_one, open_file, own_story
from alternatives.pages._turns import turn
from alternatives.stories import ALL, OWN, Position, shelf
from alternatives.wording import NO_BREAK

STATE = State(Position, always="story", prefix="stories ")
PAGE = "stories"
NEEDS_FILE = "This story is in your file. Whoever opens the link is asked for it: pass the file on, too."


def page() -> None:
    """Draw the page: the list of stories, or one step of the story that is open."""
    with turn():
        position, problems = STATE.settled()
        story = own_story() if position.story == OWN else position.opened
        with st.sidebar:
            top_of_sidebar(PAGE, STATE, NEEDS_FILE if position.story == OWN else "")
            _choice(position)
        not_used(problems)
        if story is None:
            _list(position)
            return
        telling = Telling(story, position, STATE, _open)
        telling.begin()
    telling.show()


def _choice(position: Position) -> None:
    titles = {ALL: "All stories"} | {name: story.title for name, story in shelf().stories.items()}
    if (own := own_story()) is not None or position.story == OWN:
        titles[OWN] = f"{own.title} (from a file)" if own is not None else "A story in a file"
    Controls(STATE, position).choice("story", list(titles), format_func=lambda name: titles.get(name, name))


def _open(story: str, step: int = 1) -> None:
    """Go to a step of a story."""
    STATE.put(lambda old: old.replace(story=story, step=step))


def _list(position: Position) -> None:
    found = shelf()
    if position.story == OWN:
        heading("This story is in a file: open it here")
        st.markdown("Whoever gave you the link has the file. This server doesn't keep it.")
        open_file(STATE, _open)
        _opener("All stories", ALL)
        return
    heading(f"{len(found.stories)} short stories: guess first, then see")
    st.markdown(
        quiet("Each takes two minutes. Its pictures are computed as you watch, and lead on to their pages.")
    )
    grid = st.grid(2, min_column_width=300, gap="medium")
    for name, story in found.stories.items():
        with grid.cell(), st.container(gap=None):
            _opener(f"**{plain(story.title)}**", name, like_a_link=True)
            note(f"{plain(story.question)} {len(story.steps)}{NO_BREAK}steps.")
    for file, problems in found.problems.items():
        not_used([f"the file {file}: {problem}" for problem in problems])
    if (own := own_story()) is not None:
        _opener(f"**{plain(own.title)}** (from your file)", OWN, like_a_link=True)
    open_file(STATE, _open)
    how_to_write_one(STATE.touch)
    say(f"{STATE.prefix}spoken", "All stories")


def _opener(label: str, story: str, like_a_link: bool = False) -> None:
    """Draw a button that opens a story. A link within a page wouldn't change the browser's address."""
    st.button(
        label,
        key=f"{STATE.prefix}open {story}",
        type="tertiary" if like_a_link else "secondary",
        wrap=like_a_link,
        on_click=_open,
        args=(story,),
    )
