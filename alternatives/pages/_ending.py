"""How the server ends: what trains is told, pages say so, and the process is gone in a few seconds.

uvicorn hears SIGTERM and Ctrl-C, closes all connections, and would then end the process by the same signal.
Here pages first have a moment to say why they stop, and the exit code is 0: the server did what it was asked.
Whoever asks a second time, or while the server starts, doesn't want to wait. This module needs little, so
that it is there before the imports that take long.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from alternatives.serving.log import event

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SECONDS_TO_SAY = 0.5
"""How long pages that wait for results have to say that the server ends, before their connection does."""
SECONDS_TO_CLOSE = 2
"""How long connections have to end."""
MOST_SECONDS = 5.0
"""After so long the process ends, whatever it does: a page may be in the middle of something long."""


class Ending:
    """The end of this process, once a signal asks for it."""

    def __init__(self) -> None:
        self._close: Callable[[], int] = lambda: 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began: float | None = None
        self._task: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Hear the signals instead of uvicorn, if it is uvicorn that hears them."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            server = getattr(signal.getsignal(number), "__self__", None)
            if hasattr(server, "should_exit"):
                signal.signal(number, partial(self._hear, server))

    def tell(self, close: Callable[[], int]) -> None:
        """Have `close` called at the beginning of the end: it returns for how many people the end waits."""
        self._close, self._loop = close, asyncio.get_running_loop()

    def _hear(self, server: Any, number: int, frame: FrameType | None) -> None:
        if self._began is not None or self._loop is None:  # asked again, or nobody has come yet
            os._exit(128 + number)  # what it leaves behind its workers remove
        self._began = time.monotonic()
        last = threading.Timer(MOST_SECONDS, self._give_up)
        last.daemon = True
        last.start()
        self._loop.call_soon_threadsafe(self._begin, server)

    def _begin(self, server: Any) -> None:
        self._task = asyncio.ensure_future(self._end(server))

    async def _end(self, server: Any) -> None:
        n_told = self._close()
        event("ending", requests_told=n_told)
        await asyncio.sleep(SECONDS_TO_SAY if n_told else 0)
        server.config.timeout_graceful_shutdown = SECONDS_TO_CLOSE
        server.should_exit = True

    def note(self) -> None:
        """Log that the server has ended."""
        began = self._began
        event("ended", seconds=0.0 if began is None else round(time.monotonic() - began, 2), in_time=True)

    def _give_up(self) -> None:
        event("ended", logging.WARNING, seconds=MOST_SECONDS, in_time=False)
        os._exit(0)


ending = Ending()
"""That of this server."""
