"""People in one shared session: what it costs that each sees what another changes, and when they see it.

Visitors, as the load benchmark makes them, open one session of four comparisons: one with the link for
editing, the others with that for viewing. All comparisons are trained and on everybody's screen before it
begins. First nothing happens for a while. Then the editor gives a pin another note every few seconds. The
clock starts when the editor's browser sends it, and ends for each of the others when the new note comes.
All are at the top of the page, where names, notes and finding are: the charts below are sent to who comes
near. With ``--near`` everybody has come near.

The processor's time is that of the server and its workers, in shares of one core, with nothing subtracted.
Memory is as in the load benchmark.
"""

import argparse
import asyncio
import math
import os
import tempfile
import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from alternatives.experiments import Comparison
from alternatives.sessions import Pin, Session
from alternatives.sessions import store as stores
from alternatives.sessions.store import Links
from tests.benchmarks import _sessions
from tests.benchmarks._processes import Usage, usage
from tests.benchmarks._timing import machine
from tests.serving import Server

PAGE = "side_by_side"
OPENING_SECONDS = 600
REST_SECONDS = 10
"""Time for the numbers of people to be passed on before anything is measured."""
SESSION = Session.of(
    {f"{share:.0%} wrong labels": Comparison(label_noise=share) for share in (0.0, 0.1, 0.2, 0.3)}
)


class Visitor(_sessions.Session):
    """A visitor who notes when a text comes."""

    def __init__(self, server: str, token: str, is_at_top: bool) -> None:
        super().__init__(server, {"session": token}, PAGE, is_at_top=is_at_top)
        self.awaited, self.seen, self.n_bytes = "", math.inf, 0

    def wait_for(self, text: str) -> None:
        """Begin to look out for a text."""
        self.awaited, self.seen = text, math.inf

    async def note(self, pin: Pin, note: str) -> None:
        """Give a pin another note."""
        control = next(name for name in self._controls if name.endswith(f"note {pin.key}"))
        await self.change(control, note, self.link, unseen=False)

    def _hear(self, message: ForwardMsg) -> None:
        self.n_bytes += message.ByteSize()
        if self.awaited and self.awaited.encode() in message.SerializeToString():
            self.awaited, self.seen = "", time.monotonic()
        super()._hear(message)


@dataclass
class Part:
    """What was measured in one part."""

    seconds: float
    before: Usage
    after: Usage
    kilobytes: float
    seen_after: list[float] = field(default_factory=list)

    @property
    def cores(self) -> tuple[float, float]:
        """Shares of one core that the server and its workers took."""
        took = self.after.seconds - self.before.seconds
        by_workers = self.after.seconds_of_workers - self.before.seconds_of_workers
        return took / self.seconds, by_workers / self.seconds


async def measure(
    server: Server, links: Links, n_visitors: int, seconds: float, every: float, are_at_top: bool
) -> list[Part]:
    """Open the session in all browsers; what was measured at rest and with changes."""
    tokens = [links.editing, *[links.viewing] * (n_visitors - 1)]
    async with AsyncExitStack() as stack:
        visitors = []
        for token in tokens:
            visitors.append(await stack.enter_async_context(Visitor(server.url, token, are_at_top)))
            if not await visitors[-1].settle(OPENING_SECONDS):
                raise RuntimeError(f"a visitor's page didn't open within {OPENING_SECONDS} s")
        editor, *others = visitors
        pin = SESSION.pins[-1]
        await editor.unfold(pin.name)
        await editor.settle(OPENING_SECONDS)
        await editor.settle(OPENING_SECONDS)
        await asyncio.sleep(REST_SECONDS)
        parts = [await _part(server, visitors, asyncio.sleep(seconds))]
        seen_after: list[float] = []

        async def changes() -> None:
            for number in range(int(seconds / every)):
                for other in others:
                    other.wait_for(note := f"note{number}")
                started = time.monotonic()
                await editor.note(pin, note)
                await asyncio.sleep(started + every - time.monotonic())
                seen_after.extend(other.seen - started for other in others)

        parts.append(await _part(server, visitors, changes()))
        parts[-1].seen_after = seen_after
        if errors := {error for visitor in visitors for error in visitor.errors}:
            raise RuntimeError("; ".join(errors))
        return parts


async def _part(server: Server, visitors: Sequence[Visitor], happens: Awaitable[None]) -> Part:
    before, started = usage(server.process.pid), time.monotonic()
    n_bytes = sum(visitor.n_bytes for visitor in visitors)
    await happens
    seconds, n_bytes = time.monotonic() - started, sum(visitor.n_bytes for visitor in visitors) - n_bytes
    return Part(seconds, before, usage(server.process.pid), n_bytes / 1000)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks together", description=__doc__)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="for each of the two parts")
    parser.add_argument("--every", type=float, default=5, help="seconds between two changes")
    parser.add_argument("--near", action="store_true", help="everybody has all charts")
    options = parser.parse_args(arguments)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ALTERNATIVES_SESSIONS": str(Path(folder) / "sessions.db")}
        server = Server(Path(folder) / "log.txt", environment=environment)
        try:
            server.wait()
            store = stores.of_environment(environment)
            links = store.create(SESSION)
            store.close()
            asked = options.visitors, options.seconds, options.every, not options.near
            rest, busy = asyncio.run(measure(server, links, *asked))
            n_tracebacks = server.log.read_text().count("Traceback")
        finally:
            server.stop()
    n_runs = options.visitors * int(options.seconds / options.every)
    where = "near all charts" if options.near else "at the top of the page"
    print(f"{options.visitors} visitors {where}, a session of {len(SESSION.pins)} comparisons\n")
    for title, part in (("nothing changes", rest), (f"a change every {options.every:g} s", busy)):
        server_cores, worker_cores = part.cores
        print(f"{title}: server {server_cores:.3f} of one core, workers {worker_cores:.3f}")
    took = busy.after.seconds - busy.before.seconds
    print(f"a visitor's page run anew: {1000 * took / n_runs:.1f} ms, {busy.kilobytes / n_runs:.0f} kB")
    print(
        f"others have it after {np.median(busy.seen_after):.2f} s (median), "
        f"{np.quantile(busy.seen_after, 0.95):.2f} s (95 %), {max(busy.seen_after):.2f} s (the last)"
    )
    print(f"memory: {busy.after.megabytes_in_all:.0f} MB with the workers; tracebacks: {n_tracebacks}")
