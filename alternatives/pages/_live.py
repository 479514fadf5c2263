"""Draws a page anew for everybody who looks at it, when somebody else has changed what it shows.

Browsers that asked every second whether there is something new would keep the server busy while nothing
happens. So the server asks, once for all, and runs the page of just those who haven't seen the newest. This
is the one place where the project reaches into Streamlit's runtime.
"""

import asyncio
import logging
import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

LOOK_SECONDS = 1.0
"""Time between two questions for changes that other servers made; changes of this one are news at once."""
PAUSE_SECONDS = 0.3
"""Time after a change until the next is passed on, however many there are."""
COUNT_SECONDS = 3.0
"""Time after which a new number of people is passed on."""

RUN_SECONDS = 10.0
"""Time that a run under way has to end by itself: one that waits for a training may take minutes."""

Versions = Callable[[Collection[str]], Mapping[str, int]]
"""From rooms to their newest versions, without rooms that aren't there any more. It raises what it likes
while they can't be had."""

_log = logging.getLogger(__name__)


@dataclass
class Visitor:
    """A browser tab in a room: what its page shows, and the run that drew it."""

    room: str
    version: int
    number: str
    context: ScriptRunContext
    waits: bool = False
    """Whether it is to run anew as soon as no run is under way."""
    shown: "Shown | None" = None
    """What it shows of its room, if it does."""


class Shown(NamedTuple):
    """What a page shows of a room, besides its contents."""

    n_people: int
    is_cut_off: bool
    """Whether changes that others make don't arrive."""


class Old(Enum):
    """What of a visitor's page is old."""

    NOTHING = 0
    NUMBER = 1
    PAGE = 2


class Live:
    """Who looks at which room; a room is whatever has versions. Its pages call `enter` in every run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visitors: dict[str, Visitor] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._newest: Mapping[str, int] = {}
        self._counted = 0.0
        self._is_cut_off = False

    def enter(self, room: str, version: int, number: str) -> None:
        """Say that this run shows a version of a room.

        `number` is the key of the fragment that shows what `room` says.
        """
        context = get_script_run_ctx()
        assert context is not None, "only pages enter a room"
        with self._lock:
            before = self._visitors.get(context.session_id)
            waits = before is not None and before.waits
            self._visitors[context.session_id] = Visitor(room, version, number, context, waits)

    def room(self) -> Shown:
        """How many are in this visitor's room, and whether they hear of each other, as this run shows it."""
        context = get_script_run_ctx()
        with self._lock:
            visitor = self._visitors.get(context.session_id if context else "")
            if visitor is None or context is None:
                return Shown(0, self._is_cut_off)
            visitor.context = context
            visitor.shown = Shown(self._count()[visitor.room], self._is_cut_off)
            return visitor.shown

    def leave(self) -> None:
        """Say that this visitor is in no room."""
        context = get_script_run_ctx()
        with self._lock:
            self._visitors.pop(context.session_id if context else "", None)

    def changed(self) -> None:
        """Say that a room has a new version."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def serve(self, versions: Versions) -> None:
        """Pass on what is new, for as long as the server runs."""
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)
            self._news.clear()
            if not (rooms := self._rooms()):
                continue
            await self._look(versions, rooms)
            for session_id in self._behind():
                task = asyncio.create_task(self._run_anew(session_id))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self, versions: Versions, rooms: Collection[str]) -> None:
        """Ask for the newest versions. Whatever goes wrong is said once, and asked again the next time."""
        try:
            self._newest = await asyncio.to_thread(versions, rooms)
        except Exception as error:  # noqa: BLE001 - else nobody would hear of a change any more
            if not self._is_cut_off:
                _log.error("changes of shared sessions can't be looked for: %r", error.__cause__ or error)
            self._newest, self._is_cut_off = dict.fromkeys(rooms, 0), True
        else:
            if self._is_cut_off:
                _log.warning("changes of shared sessions are looked for again")
            self._is_cut_off = False

    def _rooms(self) -> set[str]:
        """The rooms that somebody looks at; those who went away are forgotten."""
        server = runtime.get_instance()
        with self._lock:
            for session_id in list(self._visitors):
                if server.get_app_session(session_id) is None:
                    del self._visitors[session_id]
            return {visitor.room for visitor in self._visitors.values()}

    def _count(self) -> Counter[str]:
        return Counter(visitor.room for visitor in self._visitors.values())

    def _old(self, visitor: Visitor) -> Old:
        if visitor.version < self._newest.get(visitor.room, math.inf):
            return Old.PAGE
        now = Shown(self._count()[visitor.room], self._is_cut_off)
        return Old.NUMBER if visitor.shown not in (None, now) else Old.NOTHING

    def _behind(self) -> list[str]:
        """Those whose page shows something old, and for whom nothing is done about it yet."""
        now = asyncio.get_running_loop().time()
        is_time = now >= self._counted + COUNT_SECONDS
        with self._lock:
            old = {key: self._old(visitor) for key, visitor in self._visitors.items() if not visitor.waits}
            found = [key for key, what in old.items() if what is Old.PAGE or (what is Old.NUMBER and is_time)]
            for key in found:
                self._visitors[key].waits = True
        if is_time and Old.NUMBER in old.values():
            self._counted = now
        return found

    async def _run_anew(self, session_id: str) -> None:
        """Run what is old of a visitor's page, as soon as no run is under way, or one takes long.

        To end a run at once would lose what the click that started it has yet to show.
        """
        server = runtime.get_instance()
        if (session := server.get_app_session(session_id)) is not None:
            session.track_settling()
            with suppress(TimeoutError):
                await asyncio.wait_for(session.wait_until_settled(), RUN_SECONDS)
        with self._lock:
            visitor = self._visitors.get(session_id)
            if visitor is None:
                return
            visitor.waits = False
            old = self._old(visitor)
        # A visitor who has gone meanwhile has no session any more.
        if old is not Old.NOTHING and (session := server.get_app_session(session_id)) is not None:
            session.request_rerun(_as_it_was(visitor.context, visitor.number if old is Old.NUMBER else ""))


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
