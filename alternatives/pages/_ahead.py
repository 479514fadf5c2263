"""What the server does before its first visitor comes: imports, worker processes, the first comparison."""

import asyncio
import gc
import logging
import math
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakSet

import streamlit as st
from joblib import cpu_count
from streamlit import config, logger, runtime

from alternatives import databases
from alternatives.memory import share_heaps
from alternatives.pages._ending import ending
from alternatives.serving import settings
from alternatives.serving.limits import upload_bounds
from alternatives.serving.log import event, write_lines
from alternatives.serving.settings import BadEnvironment
from alternatives.tables.bounds import HOSTED
from alternatives.training import Share, end_workers, limit_workers, shared_pool, sharing
from alternatives.versions import VERSION

BEGAN = time.monotonic()
"""When Streamlit imported the app."""

SWITCH_SECONDS = 0.001
"""How soon a thread that computes lets another one have the interpreter.

With Python's own 5 ms each of the many small steps of drawing a page, and of sending it, may wait so long for
threads that prepare trainings and measure results: `python -m tests.benchmarks load` finds answers a third
later.
"""

SECONDS_TO_LET_GO = 30.0
"""How soon what a visit held goes once Streamlit has ended it, two minutes after its page was closed."""


def prepare() -> None:
    """Set up the process; end it, with a sentence, if its environment can't be used."""
    share_heaps()  # before there are threads
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        st.secrets.load_if_toml_exists()  # on Streamlit's own cloud the environment is set by these
        settings.check()
        if settings.value(settings.LOG) == "json":
            write_lines(_route_later)
        limit_workers(settings.value(settings.WORKERS))
        if base_path := settings.value(settings.BASE_PATH):
            config.set_option("server.baseUrlPath", base_path)
        # Streamlit's own bound must let through what ours allows.
        largest = math.ceil(upload_bounds(HOSTED).megabytes)
        config.set_option("server.maxUploadSize", max(largest, config.get_option("server.maxUploadSize")))
        databases.of_environment(os.environ).close()
    except BadEnvironment as error:
        sys.exit(str(error))


def _route_later(route: Callable[[logging.Logger], None]) -> None:
    """Have loggers that Streamlit makes later write like the others: it gives each a handler of its own.

    Streamlit has no public way for this: with another version that has other names, their lines are texts.
    """
    if hasattr(logger, "setup_formatter"):
        setattr(logger, "setup_formatter", route)  # noqa: B010 - mypy knows it as a function


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Import all pages before the server answers; then train the first comparison in the background."""
    _send_at_once()
    _import()
    threading.Thread(target=_work_ahead, daemon=True, name="ahead").start()
    from alternatives.pages._live import live
    from alternatives.pages._shared import store, versions

    tasks = [asyncio.create_task(live.serve(versions)), asyncio.create_task(_let_go())]
    from alternatives.pages._waiting import queue

    ending.tell(queue.close)
    seconds = round(time.monotonic() - BEGAN, 2)
    event("started", seconds=seconds, version=VERSION, workers=shared_pool().n_workers)
    yield
    queue.close()
    for task in tasks:
        task.cancel()
    store().close()
    end_workers()
    ending.note()


async def _let_go() -> None:
    """Let go of visits that have ended, as long as anybody's own data are here.

    Streamlit keeps a visit for two minutes after its page was closed, in case the browser comes back. But it
    drops it only when the next one is closed, and its loop holds the last one until the next begins. On a
    quiet server a visitor's file would stay for hours.
    """
    from alternatives.datasets.own import any_table_is_here

    away: WeakSet[Any] = WeakSet()
    while True:
        await asyncio.sleep(SECONDS_TO_LET_GO)
        if any_table_is_here():
            if runtime.exists():
                end_old_visits(runtime.get_instance(), away)
            await asyncio.to_thread(gc.collect)


def end_old_visits(server: Any, away: WeakSet[Any]) -> None:
    """Empty the visits whose time to come back is over, of those that were away at an earlier call.

    Streamlit has no public way for this: with another version that has other names nothing happens.
    """
    with suppress(AttributeError):
        storage = server._session_mgr._session_storage
        storage._cache.expire()
        stored = WeakSet(info.session for info in storage.list())
        for session in away - stored:
            if not server.is_active_session(session.id):
                session.session_state.clear()
            away.discard(session)
        away |= stored


def _send_at_once() -> None:
    """Let the server's connections send each message at once, without waiting until the last has arrived.

    asyncio does this for sockets that it makes, but not for Streamlit's: there each file, and each message
    that follows another, would wait 40 ms (github.com/Kludex/uvicorn/issues/3149). Connections inherit the
    option from the socket that listens.
    """
    for each in gc.get_objects():
        if type(each) is socket.socket and each.family in (socket.AF_INET, socket.AF_INET6):
            with suppress(OSError):
                if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _import() -> None:
    """Import all pages, and start the workers."""
    if cpu_count() > 1:
        # The worker processes start while this one imports. On a single core they would hold it up.
        for _ in range(shared_pool().n_workers):
            shared_pool().submit(0, abs, 0)
    gc.disable()  # while modules are loaded there is next to nothing to collect
    from alternatives.pages import _frame  # noqa: F401 - it imports every page

    gc.enable()
    # Later garbage collections skip what the imports made, which saves a tenth of a second each.
    gc.collect()
    gc.freeze()


def _work_ahead() -> None:
    _train()
    _train_for_the_picture()  # once it is known how


def _train() -> None:
    """Train the comparison that a visitor sees first."""
    from alternatives.datasets import DatasetUnavailable
    from alternatives.experiments import Comparison
    from alternatives.pages._waiting import queue
    from alternatives.serving.limits import Refused
    from alternatives.serving.queue import Failed

    with suppress(DatasetUnavailable, Refused, Failed):  # the page says what is wrong
        queue.results(Comparison())


def _train_for_the_picture() -> None:
    """Train the networks of the picture above it, at the rates that were chosen for it."""
    from alternatives.datasets import DatasetUnavailable
    from alternatives.experiments.blurred_digit import blurred_digits, usual_heads

    with suppress(DatasetUnavailable), sharing(Share(in_workers=True)):
        blurred_digits(usual_heads())
