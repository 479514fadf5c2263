"""How a page waits for results: the status line, pictures so far, and what it says if there are none."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import StopException, add_script_run_ctx, get_script_run_ctx

from alternatives.claims import ClaimRequest
from alternatives.datasets import DatasetUnavailable
from alternatives.large_output.measuring import LargeOutput
from alternatives.memory import memory
from alternatives.pages._own_data import missing, needs
from alternatives.pages._shown import Place, give_way, not_used, plain
from alternatives.pages._visitor import visitor
from alternatives.serving.failures import sentence_on
from alternatives.serving.limits import Cost, Costly, Limits, Refused
from alternatives.serving.queue import Failed, GoingDown, HasFraction, Queue, Request
from alternatives.serving.visitors import accounts
from alternatives.wording import sentence

Progress = TypeVar("Progress", bound=HasFraction)
Results = TypeVar("Results")


class Needed(Refused):
    """A request is about own data that this visitor hasn't brought."""


class VisitorsQueue(Queue):
    """The queue as visitors see it: results of somebody's own data are there for those who have the file.

    All that asks for results passes here, whether they are there already or have to be worked out.
    """

    def visitor(self) -> str:
        return visitor()

    def check(self, request: Costly) -> Cost:
        if (data := missing(request)) is not None:
            raise Needed(needs(data))
        return super().check(request)

    def get(self, request: Request[Progress, Results]) -> Results | None:
        return None if missing(request) is not None else super().get(request)


queue = VisitorsQueue(
    Limits.from_environment(), at_a_time={ClaimRequest: 1, LargeOutput: 4}, memory=memory, accounts=accounts
)
"""The one queue of this server, shared by its visitors."""

CADENCE = 0.5
"""Least seconds between two changes of the page: the browser needs the cores that train, too."""
NO_RESULTS = "There are no results. Choose something else in the sidebar."
GOES_ON = "What was being trained has stopped. As soon as the server is back, this page asks for it again."
PICTURE_SHARE = 0.1
"""Most of the time that pictures so far may take: the thread that draws them serves all visitors."""
FEW_PICTURES = 2
"""Requests each of which may take this share. Where people wait for more, they share the time of so many."""


class NoResults(Exception):
    """There are no results; the page says why."""


class Waiting:
    """The heading and the status line of a page, where it says what it waits for.

    Parameters
    ----------
    heading, status : Place
    places : sequence of Place
        What waits for results: cleared if there won't be any.
    small : bool, default=True
        Whether the status is written in small letters.
    advice : str, default=NO_RESULTS
        What the status line says where a request can't be done.
    """

    def __init__(
        self,
        heading: Place,
        status: Place,
        places: Sequence[Place] = (),
        small: bool = True,
        advice: str = NO_RESULTS,
    ) -> None:
        self._advice = advice
        self._heading, self._status, self._places = heading, status, places
        self._write = status.quiet if small else status.text
        self._said = ""

    def results(
        self,
        request: Request[Progress, Results],
        say: Callable[[Progress | None], str],
        draw: Callable[[Progress], bool] = lambda progress: False,
        then: Request[HasFraction, object] | None = None,
    ) -> Results:
        """The results of a request. If there are none, the page says why, and ends here; see `sought`."""
        try:
            return self.sought(request, say, draw, then)
        except NoResults:
            st.stop()

    def sought(
        self,
        request: Request[Progress, Results],
        say: Callable[[Progress | None], str],
        draw: Callable[[Progress], bool] = lambda progress: False,
        then: Request[HasFraction, object] | None = None,
    ) -> Results:
        """The results of a request; `NoResults`, once its place on the page says why, if there are none.

        Parameters
        ----------
        request : Request
        say : callable
            What the status line says of the progress, which is None at first.
        draw : callable, optional
            Draws the progress and returns True, or returns False where there is nothing new to draw.
        then : Request, optional
            The page's next request; workers that this one leaves idle begin it.
        """
        with self._failures():
            if then is not None:
                queue.check(then)
            results = queue.get(request)
            if results is None:
                self._say(say(None))
                wait = _Wait(self._say, say, draw, then)
                results = queue.results(request, wait.watch, wait.stand_in_line)
            if then is not None:
                queue.begin(then)
        return results

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._write(plain(text))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except StopException:
            _in_other_thread(self._stopped)
            raise
        except GoingDown as error:
            self._clear(str(error))
            self._say(GOES_ON)
            raise NoResults from error
        except Failed as error:
            self._clear(str(error))
            self._say("There are no results. The server's log says more.")
            raise NoResults from error
        except Exception as error:
            said = _reason(error)
            if said is None:
                raise
            self._clear(said)
            self._say(self._advice)
            raise NoResults from error

    def _clear(self, heading: str) -> None:
        for place in self._places:
            place.clear()
        self._heading.heading(heading)

    def _stopped(self) -> None:
        self._clear("Stopped")
        container = self._status.container()
        container.markdown(f"There are no results yet. {plain(self._said.partition('. ')[0])}.")
        container.button("Go on", key="go on")


def refusal(request: Request[HasFraction, object]) -> str:
    """Why there won't be results of a request, where that is known before it is begun; else an empty text."""
    try:
        queue.check(request)
    except Exception as error:
        said = _reason(error)
        if said is None:
            raise
        return said
    return ""


def work_ahead(request: Request[HasFraction, object]) -> None:
    """Work out results for a visitor who will soon ask for them; what goes wrong is said only then."""
    with suppress(Refused, Failed, DatasetUnavailable):
        queue.results(request, lambda progress: give_way(), lambda n_ahead: give_way())


def end_if_refused(request: Request[HasFraction, object], problems: Sequence[str]) -> None:
    """End the page if a request costs too much: it says so, and draws nothing that waits for results."""
    if said := refusal(request):
        not_used(problems)
        st.header(plain(said), anchor=False)
        st.markdown(NO_RESULTS)
        st.stop()


def _reason(error: Exception) -> str | None:
    """Why there are no results; None for an error that nobody expected."""
    said = str(error) if isinstance(error, Refused) else sentence_on(error)
    return None if said is None else sentence(said)


def _in_other_thread(write: Callable[[], None]) -> None:
    """Write to the page after Streamlit's own Stop: what the script's thread writes then isn't sent."""
    thread = threading.Thread(target=write)
    add_script_run_ctx(thread, get_script_run_ctx())
    thread.start()
    thread.join()


def waiting_for(n_ahead: int) -> str:
    """The status of who waits until others have finished."""
    return f"Waiting for {n_ahead} other{'s' * (n_ahead > 1)}"


class _Wait(Generic[Progress]):
    """One wait: when to change the status line, and when to draw a picture."""

    def __init__(
        self,
        write: Callable[[str], None],
        say: Callable[[Progress | None], str],
        draw: Callable[[Progress], bool],
        then: Request[HasFraction, object] | None,
    ) -> None:
        self._write, self._say, self._draw, self._then = write, say, draw, then
        self._has_drawn = False
        self._began = time.monotonic()
        self._next_change = self._began + CADENCE

    def stand_in_line(self, n_ahead: int) -> None:
        """Say how many requests are worked on first."""
        give_way()
        if time.monotonic() > self._next_change:
            self._next_change += CADENCE
            self._write(waiting_for(n_ahead) if n_ahead else self._say(None))

    def watch(self, progress: Progress) -> None:
        """Say and draw how far the work is, a few times a second."""
        give_way()
        if self._then is not None:
            queue.begin(self._then)
        now = time.monotonic()
        seconds_so_far = now - self._began
        seconds_left = seconds_so_far / progress.fraction - seconds_so_far if progress.fraction else math.inf
        # A picture that the results replace before anybody has looked would only delay them.
        is_due = now > self._next_change and seconds_left > CADENCE
        drew = (is_due or not self._has_drawn) and self._draw(progress)
        self._has_drawn = self._has_drawn or drew
        if is_due or drew:
            self._write(self._say(progress))
            share = PICTURE_SHARE / max(1, queue.n_waited_for / FEW_PICTURES)
            self._next_change = now + max(CADENCE, (time.monotonic() - now) / share)
