"""Pages that the server runs anew: with Streamlit's own server, and visitors over its websocket.

These tests fail if another version of Streamlit no longer has what `_live` needs of it.
"""

import asyncio
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from alternatives.pages._live import COUNT_SECONDS, LOOK_SECONDS
from tests.benchmarks._sessions import Session
from tests.serving import ROOT, Server

APP = """
import asyncio, contextlib, pathlib, sys
sys.path.insert(0, {root!r})
import streamlit as st
from alternatives.pages import _live
from alternatives.pages._live import live

_live.RUN_SECONDS = 2

def versions(rooms):
    found = pathlib.Path({folder!r}, "version").read_text()
    if found == "broken":
        raise KeyError("the database has gone mad")
    return dict.fromkeys(rooms, int(found)) if found != "gone" else {{}}

@contextlib.asynccontextmanager
async def lifespan(app):
    following = asyncio.create_task(live.serve(versions))
    yield
    following.cancel()

app = st.App(pathlib.Path({folder!r}, "page.py"), lifespan=lifespan)
"""
PAGE = """
import pathlib, time
import streamlit as st
from alternatives.pages._live import live

@st.fragment(key="people")
def people():
    n_people, is_cut_off = live.room()
    st.markdown(f"people: {{n_people}}" + " cut off" * is_cut_off)

version = pathlib.Path({folder!r}, "version").read_text()
if version == "gone":
    live.leave()
else:
    live.enter("room", int(version), "people")
    people()
number = st.number_input("Number", 0, 99, key="number")
if number == 7:
    time.sleep(1)
if number == 9 and version == "1":
    st.markdown("training")
    while st.session_state.get("number") == 9:
        time.sleep(0.1)
st.markdown(f"version: {{version}}")
st.markdown(f"number: {{number}}")
"""
PATIENCE = 60


class Visitor(Session):
    """A visitor who reads."""

    def __init__(self, server: str) -> None:
        super().__init__(server, {})
        self.read: list[str] = []

    async def reads(self, text: str) -> None:
        """Wait until a text comes that comes after what was last waited for."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.read:
            assert time.monotonic() < deadline, f"{text!r} isn't in {self.read}"
            await asyncio.sleep(0.01)
        del self.read[: self.read.index(text) + 1]

    def _hear(self, message: ForwardMsg) -> None:
        super()._hear(message)
        if message.delta.new_element.HasField("markdown"):
            self.read.append(message.delta.new_element.markdown.body)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    for name, text in (("app.py", APP), ("page.py", PAGE)):
        (folder / name).write_text(text.format(folder=str(folder), root=str(ROOT)))
    (folder / "version").write_text("1")
    started = Server(
        folder / "log.txt",
        folder / "app.py",
        [sys.executable, "-m", "streamlit", "run", str(folder / "app.py")],
    )
    try:
        started.wait()
        yield started
    finally:
        started.stop()
    assert "Traceback" not in started.log.read_text()


@pytest.fixture
def release(folder: Path) -> Callable[[str], None]:
    """A function that makes another version the newest, as another server would."""
    (folder / "version").write_text("1")
    return (folder / "version").write_text


def test_whoever_has_not_seen_the_newest_sees_it_and_nothing_runs_otherwise(server, release):
    async def look():
        async with AsyncExitStack() as stack:
            one, other = [await stack.enter_async_context(Visitor(server.url)) for _ in range(2)]
            for visitor in (one, other):
                await visitor.reads("version: 1")
            await asyncio.sleep(LOOK_SECONDS + COUNT_SECONDS + 1)
            runs = [visitor._n_runs for visitor in (one, other)]
            release("2")
            for visitor in (one, other):
                await visitor.reads("version: 2")
            await asyncio.sleep(2 * LOOK_SECONDS)
            assert [visitor._n_runs for visitor in (one, other)] == [n + 1 for n in runs]
            assert not one.errors + other.errors

    asyncio.run(look())


def test_what_a_visitor_has_chosen_stays_and_a_run_under_way_is_not_ended(server, release):
    async def look():
        async with Visitor(server.url) as visitor:
            await visitor.reads("version: 1")
            await visitor.change("number", 7, {}, unseen=False)
            await asyncio.sleep(0.3)
            release("3")
            await visitor.reads("number: 7")
            await visitor.reads("version: 3")
            await visitor.reads("number: 7")
            assert not visitor.errors

    asyncio.run(look())


def test_the_number_of_people_follows_and_the_page_does_not_run_for_it(server, release):
    async def look():
        async with Visitor(server.url) as one:
            await one.reads("people: 1")
            async with Visitor(server.url) as other:
                await other.reads("people: 2")
                await one.reads("people: 2")
            await one.reads("people: 1")
            one.read.clear()
            async with Visitor(server.url) as other:
                await other.reads("people: 2")
                await asyncio.sleep(COUNT_SECONDS + 2 * LOOK_SECONDS)
                assert one.read == ["people: 2"]
            assert not one.errors

    asyncio.run(look())


def test_a_run_that_takes_long_keeps_nobody_from_the_newest(server, release):
    async def look():
        async with Visitor(server.url) as visitor:
            await visitor.reads("version: 1")
            await visitor.change("number", 9, {}, unseen=False)
            await visitor.reads("training")
            release("8")
            await visitor.reads("version: 8")
            await visitor.reads("number: 9")
            assert not visitor.errors

    asyncio.run(look())


def test_whatever_goes_wrong_is_told_and_passes(server, release):
    """Nothing runs the page itself: it could show nothing new."""

    async def look():
        async with Visitor(server.url) as visitor:
            await visitor.reads("version: 1")
            release("broken")
            await visitor.reads("people: 1 cut off")
            visitor.read.clear()
            await asyncio.sleep(3 * LOOK_SECONDS)
            assert not visitor.read
            release("10")
            await visitor.reads("people: 1")
            await visitor.reads("version: 10")
            assert not visitor.errors

    asyncio.run(look())
    assert server.log.read_text().count("the database has gone mad") == 1


def test_what_is_gone_is_seen_to_be_gone(server, release):
    async def look():
        async with Visitor(server.url) as visitor:
            await visitor.reads("version: 1")
            release("gone")
            await visitor.reads("version: gone")
            await asyncio.sleep(2 * LOOK_SECONDS)
            assert visitor.read == ["number: 0"]

    asyncio.run(look())


def test_no_other_module_reaches_into_the_runtime():
    found = {
        path.name
        for path in (ROOT / "alternatives").rglob("*.py")
        if re.search(r"get_app_session|request_rerun|track_settling", path.read_text("utf-8"))
    }
    assert found == {"_live.py"}
