"""One step of a story on the page: its question, the guess, the answer and its picture."""

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from alternatives.charts.axes import HEIGHT
from alternatives.charts.export import Picture
from alternatives.pages._explained import explained
from alternatives.pages._keys import keys
from alternatives.pages._link import State
from alternatives.pages._navigation import link
from alternatives.pages._present import OWN_STEPS
from alternatives.pages._shown import Panels, Place, draw_together, heading, plain, quiet
from alternatives.pages._spoken import say
from alternatives.pages._title import label
from alternatives.pages._turns import turn_to_go_on
from alternatives.pages._waiting import NoResults, Waiting, queue, work_ahead
from alternatives.stories import ALL, CHOICES, Guess, Position, Story, stories
from alternatives.wording import listed, percent

GUESSED = "stories: guessed"
"""Key of what was guessed, by story and step: a choice's place, or `SEEN`."""
SEEN = -1
"""Stands for the guess of who looked at the answer without one."""


def forget(story: str) -> None:
    """Forget what was guessed in a story."""
    st.session_state[GUESSED] = {
        key: guess for key, guess in st.session_state.get(GUESSED, {}).items() if key[0] != story
    }


class Telling:
    """A story at one of its steps. `begin` draws what is known; `show` waits for the picture and draws it."""

    def __init__(
        self,
        story: Story,
        position: Position,
        state: State[Position],
        go: Callable[[str, int], None],
    ) -> None:
        self._story, self._name, self._state, self._go = story, position.story, state, go
        self._number = min(position.step, len(story.steps))
        self._step = story.steps[self._number - 1]
        self._key = self._name, self._number
        self._guessed: int | None = st.session_state.get(GUESSED, {}).get(self._key)
        self._is_answered = self._step.guess is None or self._guessed is not None

    def begin(self) -> None:
        """Draw all but the picture.

        Each part has its place in every step: what the step before showed there goes at once, not only when
        the results of this one are there.
        """
        heading(self._story.title)
        self._ways()
        asked, choices = st.empty(), st.empty()
        if (guess := self._step.guess) is not None:
            before, question = _parts(guess.question)
            asked.markdown(f"{plain(before)}\n\n### {plain(question)}", help=explained(guess.question))
            with choices.container(horizontal=True, gap="small"):
                self._choices(guess)
        answer = st.empty()
        if self._is_answered:
            with answer.container():
                self._answer()
        say(f"{self._state.prefix}spoken", self._said)

    def _answer(self) -> None:
        st.markdown(self._verdict + plain(self._step.sentence), help=explained(self._step.sentence))
        self._heading, self._status = Place(st.container()), Place(st.container())
        self._picture = Place(st.empty())
        if self._results is None:
            self._picture.hold(HEIGHT)
        target = self._step.target
        link(f"Open this on {label(target.page)}", target.page, target.parameters)
        self._on_button(" below")

    def show(self) -> None:
        """Draw the picture as soon as there are results; before the guess, begin to work them out."""
        request = self._step.target.request
        if not self._is_answered:
            if request is not None:
                work_ahead(request)
            return
        results = None
        if request is not None:
            waiting = Waiting(self._heading, self._status, [self._picture])
            try:
                results = waiting.sought(request, _doing, self._draw_so_far)
            except NoResults:
                return
        with turn_to_go_on():
            self._status.clear()
            self._draw(results)

    @property
    def _results(self) -> Any:
        request = self._step.target.request
        return () if request is None else queue.get(request)

    def _ways(self) -> None:
        """The buttons to other steps, and the keys that do the same."""
        is_last = self._number == len(self._story.steps)

        def back() -> None:
            if self._number > 1:
                self._go(self._name, self._number - 1)

        def on() -> None:
            if not (self._is_answered and is_last):
                self._on()

        prefix = self._state.prefix
        with st.container(key=OWN_STEPS, horizontal=True, vertical_alignment="center", gap="small"):
            st.button("All stories", key=f"{prefix}all", on_click=self._go, args=(ALL, 1))
            st.button("Back", key=f"{prefix}back", on_click=back, disabled=self._number == 1)
            self._on_button()
            st.markdown(quiet(f"Step {self._number} of {len(self._story.steps)}"), width="content")
        keys(f"{prefix}keys", {"ArrowRight": on, "ArrowLeft": back})

    def _on_button(self, place: str = "") -> None:
        """The one way on from here: to the answer, the next step, the next story. The last story has none."""
        name, text = "next", "Next step" if self._is_answered else "Show the answer"
        if self._is_answered and self._number == len(self._story.steps):
            if self._following is None:
                st.empty()  # in the place of the step before's
                return
            name, text = "next story", f"Next story: {plain(stories()[self._following].title)}"
        st.button(
            text,
            key=f"{self._state.prefix}{name}{place}",
            on_click=self._on,
            help="The arrow keys do the same: → and ←" if name == "next" and not place else None,
        )

    def _on(self) -> None:
        if not self._is_answered:
            self._guess(SEEN)
        elif self._number < len(self._story.steps):
            self._go(self._name, self._number + 1)
        elif self._following is not None:
            self._go(self._following, 1)

    @property
    def _following(self) -> str | None:
        """The name of the next story; None after the last, and after a visitor's own."""
        names = [*stories()]
        place = names.index(self._name) + 1 if self._name in names else len(names)
        return names[place] if place < len(names) else None

    def _choices(self, guess: Guess) -> None:
        """A button a choice. They stay after the guess and show it: nobody loses the focus.

        The next step's are others: none of them has the focus, as if it were chosen.
        """
        for place, choice in enumerate(guess.choices):
            marks = ""
            if self._is_answered and place == guess.right:
                marks = "✓ "
            elif place == self._guessed:
                marks = "✗ "
            st.button(
                f"{marks}{plain(choice)}",
                key=f"{self._state.prefix}choice {self._name} {self._number} {place}",
                on_click=self._guess,
                args=(place,),
                disabled=self._is_answered and place not in (guess.right, self._guessed),
            )
        for _ in range(len(guess.choices), CHOICES[-1]):
            st.empty()  # or the step before would leave some of its own here

    def _guess(self, place: int) -> None:
        self._state.touch()
        if not self._is_answered:
            st.session_state[GUESSED] = {**st.session_state.get(GUESSED, {}), self._key: place}

    @property
    def _verdict(self) -> str:
        """What is said of the guess, in Markdown."""
        if self._step.guess is None or self._guessed in (None, SEEN):
            return ""
        return "**Right.** " if self._guessed == self._step.guess.right else "**Not so.** "

    @property
    def _said(self) -> str:
        """What a screen reader says of this step."""
        if self._is_answered:
            return self._verdict.strip("* ") + " " + self._step.sentence
        assert self._step.guess is not None
        return f"Step {self._number} of {len(self._story.steps)}. {self._step.guess.question}"

    def _draw_so_far(self, progress: Any) -> bool:
        results = self._step.target.so_far(progress)
        if results is None:
            return False
        with turn_to_go_on():
            self._draw(results)
        return True

    def _draw(self, results: Any) -> None:
        pictures = self._step.pictures(results)
        title = self._step.picture
        place = self._picture.container()
        if not pictures:
            place.markdown(quiet("There is no picture of this."))
        elif title and title not in pictures:
            place.markdown(
                quiet(f"There is no picture “{plain(title)}” of this, only {plain(listed(pictures))}.")
            )
        else:
            _draw(pictures[title] if title else next(iter(pictures.values())), place)


def _draw(picture: Picture, place: Any) -> None:
    """A picture between its title and its caption; small multiples beside each other."""
    place.markdown(f"**{plain(picture.title)}**", help=explained(picture.title))
    if picture.key is not None:
        Place(place.container()).draw(picture.key())
    charts = picture.charts()
    if len(charts) == 1:
        places = [Place(place.container())]
    else:
        grid, places = Panels(place), []
        for names in picture.names_of(charts):
            cell = grid.cell()
            for name in names:
                cell.markdown(f"**{plain(name)}**")
            places.append(Place(cell))
    draw_together(zip(places, charts, strict=True))
    # Below, so that on a telephone the picture comes first.
    if picture.caption:
        place.markdown(quiet(picture.caption), help=explained(picture.caption))


def _parts(question: str) -> tuple[str, str]:
    """What comes before a question, and its last sentence, which asks."""
    ends = [match.end() for match in re.finditer(r"[.!?] ", question)]
    return (question[: ends[-1] - 1], question[ends[-1] :]) if ends else ("", question)


def _doing(progress: Any) -> str:
    """What is said while the picture is worked out."""
    if progress is None or not progress.fraction:
        return "The picture is being computed."
    return f"The picture is being computed, {percent(progress.fraction)} done."
