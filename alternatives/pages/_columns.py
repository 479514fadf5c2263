"""Columns of *Side by side*: what stands over each pin, and how pins wait for their results."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alternatives.datasets import is_elsewhere
from alternatives.experiments import Results
from alternatives.pages import _navigation
from alternatives.pages._own_data import missing
from alternatives.pages._pins import STATE
from alternatives.pages._session_file import is_from_file
from alternatives.pages._shown import Place, plain, quiet
from alternatives.pages._turns import turn_to_go_on
from alternatives.pages._upload import ask_for
from alternatives.pages._waiting import NoResults, Waiting, queue, refusal
from alternatives.sessions import Pin
from alternatives.sessions.differences import changed
from alternatives.wording import percent

R = TypeVar("R", bound=Results[Any])

MOST_LINES = 6
"""Lines of a note; what follows them is one paragraph."""
OTHERS_STAND = "The other pins are shown without it. Open this one on its page to change it."
FILE_NEEDED = "With the same file you see its results. The other pins are shown without it."


def reference_of(pins: Sequence[Pin], key: str) -> Pin:
    """The reference among pins of one kind: the session's, or else the first."""
    return next((pin for pin in pins if pin.key == key), pins[0])


def columns(pins: Sequence[Pin], reference: Pin) -> list[DeltaGenerator]:
    """A column a pin, each with its head: name, what differs, note, and the way to its page."""
    made = st.columns(len(pins), gap="medium")
    for pin, column in zip(pins, made, strict=True):
        with column, st.container(gap="xsmall"):
            said = [f"**{plain(pin.name)}**"]
            if len(pins) > 1:
                what = "the reference" if pin is reference else changed(reference.state, pin.state)
                said.append(quiet(plain(what or "the same settings as the reference")))
            lines = [line for line in pin.note.splitlines() if line.strip()]
            # A note of hundreds of lines would push everything else off the screen.
            lines[MOST_LINES:] = filter(None, [" ".join(lines[MOST_LINES:])])
            said += [quiet(plain(line)) for line in lines]
            st.markdown("  \n".join(said))
            if is_from_file(pin):
                st.markdown(quiet("Results from a file, not computed here."))
            if is_elsewhere(pin.state):
                st.markdown(quiet("Its data aren't here: these are the results in the file."))
            else:
                title = _navigation.PAGES[pin.kind].title
                _navigation.link(f"Open on {title}", pin.kind, pin.state.to_link())
    return list(made)


class _Line(Place):
    """A place whose heading is a line of text: a column has no room for more."""

    def heading(self, text: str) -> None:
        self.text(f"**{plain(text)}**")


class Awaited(Generic[R]):
    """A pin whose results come through the queue, in its column."""

    def __init__(self, pin: Pin, request: Any, column: DeltaGenerator) -> None:
        self.pin, self.request, self.column = pin, request, column
        self.results: R | None = self.known()
        self.refused = "" if self.results is not None else refusal(request)
        if self.results is None:
            with column:
                self._heading, self._status = _Line(st.container()), Place(st.container())
            if self.refused:
                self._heading.heading(self.refused)
                data = missing(request)
                self._status.quiet(OTHERS_STAND if data is None else FILE_NEEDED)
                if data is not None:
                    with column:
                        ask_for(data, STATE.touch, f"pin {pin.key}")
            else:
                self._status.quiet("Waiting")

    def known(self) -> R | None:
        """The results, if they are there."""
        return queue.get(self.request)

    @property
    def places(self) -> list[Place]:
        """What waits for the results."""
        return []

    def wait(self, following: Any) -> None:
        """Wait for the results; `NoResults` once the column says why there are none."""
        waiting = Waiting(self._heading, self._status, self.places, advice=OTHERS_STAND)
        self.results = waiting.sought(self.request, _say, then=following)
        self._heading.clear()
        self._status.clear()


def wait_for(pins: Sequence[Awaited[R]], show: Callable[[], None]) -> None:
    """Wait for what isn't known, one pin after the other, and show what there is after each."""
    unknown = [pin for pin in pins if pin.results is None and not pin.refused]
    for pin, following in itertools.zip_longest(unknown, unknown[1:]):
        try:
            pin.wait(following and following.request)
        except NoResults:
            continue
        with turn_to_go_on():
            show()


def _say(progress: Any) -> str:
    return f"Training, {percent(progress.fraction)} done" if progress else "Preparing the data"
