"""Draws a page anew for everybody who looks at it, when somebody else has changed what it shows.

Browsers that asked every second whether there is something new would keep the server busy while nothing
happens. So the server asks, once for all, and runs the page of just those who haven't seen the newest. This
is the one place where the project reaches into Streamlit's runtime.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

LOOK_SECONDS = 1.0
"""Time between two questions for changes that other servers made; changes of this one are news at once."""
PAUSE_SECONDS = 0.3
"""Time after a change until the next is passed on, however many there are."""
COUNT_SECONDS = 3.0
"""Time after which a new number of people is passed on."""

Versions = Callable[[Collection[str]], Mapping[str, int | None]]
"""From rooms to their newest versions; None where there is no such room any more."""


@dataclass
class Visitor:
    """A browser tab in a room: what its page shows, and the run that drew it."""

    room: str
    version: int | None
    n_people: int
    number: str
    context: ScriptRunContext
    waits: bool = False


class Live:
    """Who looks at which room. A room is whatever has a version.

    Pages call `enter` in every run; a run in which none does means that the visitor is elsewhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visitors: dict[str, Visitor] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._counted = 0.0

    def enter(self, room: str, version: int | None, number: str = "") -> int:
        """Say that this run shows a version of a room; the number of people there.

        `number` is the key of the fragment that shows the number of people.
        """
        context = get_script_run_ctx()
        assert context is not None, "only pages enter a room"
        with self._lock:
            before = self._visitors.get(context.session_id)
            visitor = Visitor(room, version, 0, number, context)
            if before is not None:
                visitor.waits = before.waits
            self._visitors[context.session_id] = visitor
            visitor.n_people = self._count()[room]
            return visitor.n_people

    def leave(self) -> None:
        """Say that this visitor is in no room."""
        context = get_script_run_ctx()
        with self._lock:
            self._visitors.pop(context.session_id if context else "", None)

    def changed(self) -> None:
        """Say that a room has a new version."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    async def serve(self, versions: Versions) -> None:
        """Pass on what is new, for as long as the server runs."""
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)
            self._news.clear()
            newest = await asyncio.to_thread(versions, self.rooms())
            for session_id in self._behind(newest):
                task = asyncio.create_task(self._run_anew(session_id, newest))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            if tasks:
                await asyncio.sleep(PAUSE_SECONDS)

    def rooms(self) -> set[str]:
        """The rooms that somebody looks at; those who went away are forgotten."""
        server = runtime.get_instance()
        with self._lock:
            for session_id in list(self._visitors):
                if server.get_app_session(session_id) is None:
                    del self._visitors[session_id]
            return {visitor.room for visitor in self._visitors.values()}

    def _count(self) -> Counter[str]:
        return Counter(visitor.room for visitor in self._visitors.values())

    def _behind(self, newest: Mapping[str, int | None]) -> list[str]:
        """Those whose page shows something old, and for whom nothing has been done about it yet."""
        now = asyncio.get_running_loop().time()
        with self._lock:
            people = self._count()
            found = [
                session_id
                for session_id, visitor in self._visitors.items()
                if not visitor.waits
                and (
                    visitor.version != newest.get(visitor.room, visitor.version)
                    or (visitor.n_people != people[visitor.room] and now >= self._counted + COUNT_SECONDS)
                )
            ]
            for session_id in found:
                self._visitors[session_id].waits = True
        if found:
            self._counted = now
        return found

    async def _run_anew(self, session_id: str, newest: Mapping[str, int | None]) -> None:
        """Run a visitor's page as soon as no run is under way, unless the last one has shown the newest.

        To end a run would lose the click that has started it.
        """
        session = runtime.get_instance().get_app_session(session_id)
        if session is not None:
            session.track_settling()
            await session.wait_until_settled()
        session = runtime.get_instance().get_app_session(session_id)
        with self._lock:
            visitor = self._visitors.get(session_id)
            if visitor is None or session is None:
                return
            visitor.waits = False
            old = visitor.version != newest.get(visitor.room, visitor.version)
        session.request_rerun(_as_it_was(visitor.context, "" if old else visitor.number))


def _as_it_was(context: ScriptRunContext, fragment: str) -> ClientState:
    """What the browser said when it last ran the page, to run it again, or just a fragment of it."""
    state = ClientState(query_string=context.query_string, page_script_hash=context.page_script_hash)
    if context.context_info is not None:
        state.context_info.CopyFrom(context.context_info)
    if fragment:
        state.fragment_id, *_ = context.fragment_storage.resolve_target(fragment)
        state.is_auto_rerun = True
    return state


live = Live()
"""The visitors of this server."""
