"""Many people at once: sessions over websockets, each changing a control every second.

A level has 1, 4, 16, 32 or 64 sessions against one server, which all levels share. Eight links go
round, each with a first seed of its own; every session opens one of them and waits until it is there.
Then, for the time given, it changes one control of the page every second, beginning at a random moment
of the first: in turn to a comparison that nobody has seen, and back to the one it came from, which
everyone has seen. What is changed is drawn at random, always in the same way: epochs (30 %, to 2 to
50), seeds (20 %, 3 to 20), batch size (20 %, 32 to 192), data set (15 %) and ε of the spherical softmax
(15 %); the rest stays as the page has it, so that the mean cost is about that of its own comparison.
No value comes twice with the same link; a control whose values are used up gives way to another.

Each change is followed from the moment it is sent. Its answer is the first text in the main part of
the page for its state, its picture the first chart; if the next change overtakes it, the clock runs on
until there is one for a later state, for ever if there is none. Finished is a change whose own run came
to its end, which the next change may have stopped: their share is what matters as soon as there are
more people than the machine can train for. A session is starved if it saw no picture in all that time.
Errors are exceptions on the page, dropped connections, links that didn't open, and tracebacks in the
server's log.

The peer is a page with one slider and one line of text, on a server of its own, under the same
sessions: what Streamlit takes by itself. Memory is the proportional set size (shared pages counted
once) of the server and of its worker processes, and the files that they keep in memory, at the look, of
one a second, that found the most. Everything stays on this machine, the sessions too: how much of its
processor they take is told.
"""

import argparse
import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from alternatives.experiments import Comparison
from alternatives.heads import SphericalSoftmax
from tests.benchmarks._processes import Usage, look, usage
from tests.benchmarks._sessions import Change, Link, Session
from tests.benchmarks._timing import machine
from tests.serving import Server

LEVELS = (1, 4, 16, 32, 64)
N_LINKS = 8
OPENING_SECONDS = 120
"""Longest time that a level may take to open its links."""
GRACE_SECONDS = 5
"""Time for the last changes of a level to be answered."""
PEER_SECONDS = 8
EMPTY_PAGE = Path(__file__).with_name("_empty_page.py")

DATASETS = ("iris", "wine", "breast cancer", "moons", "circles", "blobs", "Gaussian mixture")
EPSILONS = [float(f"{digit}e{exponent}") for exponent in range(-4, 2) for digit in (1, 2, 5)]
MIXTURE: dict[str, tuple[float, str, Iterable[Any]]] = {
    "epochs": (0.3, "n_epochs", (2, 5, 10, 20, 50)),
    "seeds": (0.2, "n_seeds", range(3, 21)),
    "batch_size": (0.2, "batch_size", range(32, 193)),
    "dataset": (0.15, "dataset", DATASETS),
    f"{SphericalSoftmax.name}.epsilon": (0.15, "heads", EPSILONS),
}
"""For each control how often it is changed, its field of the comparison, and to what."""

Move = tuple[str, Any, Link, bool]
"""A control, what it is changed to, the page's link after that, and whether nobody has seen that."""


class Walks:
    """What the sessions of a level change, of which so many links go round."""

    def __init__(self, level: int, n_links: int = N_LINKS) -> None:
        self.starts = [Comparison(first_seed=1000 * level + 10 * index + 1) for index in range(n_links)]
        self._random = random.Random(level)
        self._left = {
            (index, control): self._random.sample(values, len(values))
            for control, (_, _, every) in MIXTURE.items()
            for index in range(n_links)
            if (values := [value for value in every if value != self._value(index, control)])
        }

    def __call__(self, session: int) -> Iterator[Move]:
        """One session's changes: away from its link to something unseen, and back."""
        index = session % len(self.starts)
        back = self.starts[index].to_link()
        while True:
            controls = [control for control in MIXTURE if self._left[index, control]]
            weights = [MIXTURE[control][0] for control in controls]
            control = self._random.choices(controls, weights)[0]
            value = self._left[index, control].pop()
            yield control, value, self._changed(index, control, value).to_link(), True
            yield control, self._value(index, control), back, False

    def link(self, session: int) -> Link:
        """What a session opens."""
        return self.starts[session % len(self.starts)].to_link()

    def _value(self, index: int, control: str) -> Any:
        start, field_ = self.starts[index], MIXTURE[control][1]
        if field_ == "heads":
            return next(head.epsilon for head in start.heads if isinstance(head, SphericalSoftmax))
        value = getattr(start, field_)
        return value.name if field_ == "dataset" else value

    def _changed(self, index: int, control: str, value: Any) -> Comparison:
        start, field_ = self.starts[index], MIXTURE[control][1]
        if field_ == "heads":
            value = [
                replace(head, epsilon=value) if isinstance(head, SphericalSoftmax) else head
                for head in start.heads
            ]
        return start.replace(**{field_: value})


def numbers(_: int) -> Iterator[Move]:
    """A session's changes on the empty page."""
    for number in itertools.count(1):
        yield "number", number, {"number": str(number)}, False


@dataclass
class Level:
    """What was seen of some sessions on one server."""

    n_sessions: int
    sessions: list[Session] = field(default_factory=list)
    n_unopened: int = 0
    used: list[Usage] = field(default_factory=list)
    own_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def changes(self) -> list[Change]:
        """All changes of all sessions."""
        return [change for session in self.sessions for change in session.changes]

    @property
    def errors(self) -> list[str]:
        """All that went wrong."""
        return [error for session in self.sessions for error in session.errors]

    def n_without(self, stage: str) -> int:
        """Sessions none of whose changes got there."""
        return sum(not any(stage in change.after for change in each.changes) for each in self.sessions)


async def measure(
    server: Server,
    n_sessions: int,
    seconds: float,
    walk: Callable[[int], Iterator[Move]],
    link: Callable[[int], Link] = lambda session: {},
) -> Level:
    """Open the sessions, let them change controls for a while, and close them."""
    level = Level(n_sessions)
    chance = random.Random(n_sessions)
    async with AsyncExitStack() as stack:
        for index in range(n_sessions):
            level.sessions.append(await stack.enter_async_context(Session(server.url, link(index))))
        opened = await asyncio.gather(*(session.settle(OPENING_SECONDS) for session in level.sessions))
        level.n_unopened = opened.count(False)
        for session in level.sessions:
            await session.unfold("More settings")
            await session.settle(OPENING_SECONDS)
        started, own = time.monotonic(), time.process_time()
        looking = asyncio.create_task(look(server.process.pid, level.used))
        await asyncio.gather(
            *(
                _change(session, walk(index), chance.random(), seconds)
                for index, session in enumerate(level.sessions)
            )
        )
        level.seconds, level.own_seconds = time.monotonic() - started, time.process_time() - own
        looking.cancel()
        level.used.append(usage(server.process.pid))
        await asyncio.gather(*(session.settle(GRACE_SECONDS) for session in level.sessions))
    return level


async def _change(session: Session, moves: Iterator[Move], offset: float, seconds: float) -> None:
    started = time.monotonic()
    for second in range(int(seconds)):
        await asyncio.sleep(max(0.0, started + offset + second - time.monotonic()))
        await session.change(*next(moves))


def quantiles(changes: list[Change], stage: str) -> str:
    """Median and 95th percentile in milliseconds; a change that never got there took forever."""
    after = [change.after.get(stage, np.inf) for change in changes]
    if not after:
        return f"{'':18}"
    median, high = np.quantile(after, [0.5, 0.95], method="inverted_cdf") * 1000
    return "".join(f"{value:9.0f}" if np.isfinite(value) else f"{'never':>9}" for value in (median, high))


def print_level(level: Level, kinds: dict[str, list[Change]]) -> None:
    """A row for each kind of changes."""
    for kind, changes in kinds.items():
        finished = [change for change in changes if "finished" in change.after]
        share = len(finished) / max(len(changes), 1)
        picture = quantiles(changes, "picture") if kind != "empty page" else " " * 18
        print(
            f"{level.n_sessions:8}  {kind:12} {len(changes):7} {quantiles(changes, 'answer')} {picture} "
            f"{quantiles(finished, 'finished')}{share:7.0%}"
        )


def print_use(levels: list[Level], n_tracebacks: list[int]) -> None:
    """Memory, processor time, and what went wrong."""
    print("\n          memory at most, MB                  cores busy               errors, sessions without")
    print("sessions  server workers   files together     server workers sessions        answer  picture")
    for level, tracebacks in zip(levels, n_tracebacks, strict=True):
        memory = max(
            ([used.megabytes, used.megabytes_of_workers, used.megabytes_of_files] for used in level.used),
            key=sum,
        )
        first, last = level.used[0], level.used[-1]
        busy = [last.seconds - first.seconds, last.seconds_of_workers - first.seconds_of_workers]
        busy.append(level.own_seconds)
        print(
            f"{level.n_sessions:8} {memory[0]:7.0f} {memory[1]:7.0f} {memory[2]:7.0f} {sum(memory):8.0f}    "
            f"{busy[0] / level.seconds:7.2f} {busy[1] / level.seconds:7.2f} {busy[2] / level.seconds:8.2f} "
            f"{len(level.errors) + tracebacks + level.n_unopened:6} {level.n_without('answer'):7} "
            f"{level.n_without('picture'):8}"
        )
    for error in sorted({error for level in levels for error in level.errors}):
        print(f"error: {error}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks load", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=LEVELS, metavar="NUMBER")
    parser.add_argument("--seconds", type=int, default=20, help="how long a level changes controls")
    parser.add_argument("--quick", action="store_true", help="4 and 16 sessions, 6 seconds each")
    options = parser.parse_args(arguments)
    if options.quick:
        options.sessions, options.seconds = (4, 16), 6
    print(machine())
    print(f"each session changes a control every second, for {options.seconds} s; times in milliseconds\n")
    print(f"{'':30} {'answer':^18} {'first picture':^18} {'finished':^25}")
    print("sessions  comparison   changes" + "    median     95 %" * 3 + "  share", flush=True)
    levels, n_tracebacks = [], []
    with tempfile.TemporaryDirectory() as folder:
        app, empty = Server(Path(folder) / "app"), Server(Path(folder) / "empty", EMPTY_PAGE)
        try:
            app.wait()
            empty.wait()
            for number, n_sessions in enumerate(options.sessions):
                walks = Walks(number)
                before = app.log.read_text().count("Traceback")
                level = asyncio.run(measure(app, n_sessions, options.seconds, walks, walks.link))
                levels.append(level)
                n_tracebacks.append(app.log.read_text().count("Traceback") - before)
                kinds = {
                    "unseen": [change for change in level.changes if change.unseen],
                    "seen before": [change for change in level.changes if not change.unseen],
                }
                print_level(level, kinds)
                peer = asyncio.run(measure(empty, n_sessions, min(options.seconds, PEER_SECONDS), numbers))
                print_level(peer, {"empty page": peer.changes})
        finally:
            app.stop()
            empty.stop()
    print_use(levels, n_tracebacks)
