"""Visitors who mean no good, or know no better, and what an ordinary visitor waits for meanwhile.

An ordinary visitor opens a comparison that nobody has seen, iris and digits in turn with all else at its
default, waits for the finished page, and leaves; then the next one comes. The answer is the first text in the
main part of the page, the picture the first chart, finished the end of the page's run. First such visitors
have the server to themselves. Then the same happens in each scenario, whose own visitors come a second
earlier and go on until the last ordinary visitor is served:

- long links: 20 visitors with a parameter of 100,000 to 524,000 characters, each the next one after 3 seconds
- drive-by: every half second somebody opens a comparison that nobody has seen, and leaves after 0.3 seconds
- refused: 30 visitors with links to data sets of different sizes and settings that cost too much, each with
  the next one after 5 seconds
- large data: six visitors with comparisons on all of MNIST, each with another seed
- heavy: thirty visitors with trainings of up to 12 heads, 100 seeds and 500 epochs
- abandoned: measurements of large output layers, experiments inside the network and claims, each opened and
  left after half a second
- together: all of these at a time

Required is that in each but the last the 95th percentile of every wait is at most twice that of the ordinary
visitor alone, where what nobody notices, up to 0.1 seconds, counts as 0.1; that memory stays within the
budget that the server has, beyond what it takes when idle; that it comes back to within 50 MB and what may be
kept; that nothing is left of the server once it has ended, by SIGTERM or, after the next one's start, by
SIGKILL to all its processes; and that its log has no errors. Memory is the proportional set size of the
server and its workers, with the files that they keep in memory. All visitors are one process on the same
machine: the table says how many cores it takes itself.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

import numpy as np

from alternatives.claims import CLAIMS
from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from alternatives.training.folders import MEMORY
from tests.benchmarks._processes import Usage, family, look, usage
from tests.benchmarks._sessions import Change, Link, Session
from tests.benchmarks._timing import machine
from tests.serving import Server

BUDGET = {"ALTERNATIVES_MOST_MEGABYTES": 2000, "ALTERNATIVES_KEPT_MEGABYTES": 300}
"""What the server may take."""
STAGES = ("answer", "picture", "finished")
AT_MOST = 2.0
"""How many times as long as alone an ordinary visitor may wait."""
UNNOTICED = 0.1
"""Seconds up to which nobody notices a wait: a shorter one counts as this."""
SPARE_MEGABYTES = 50.0
"""How much more than before and what is kept the server may take afterwards."""
PATIENCE = 40.0
"""Seconds after which an ordinary visitor gives up: that counts as for ever."""
N_LONG_LINKS = 40
"""Long links that go round."""
AHEAD_SECONDS = 1.0
"""How much earlier than the ordinary visitors the others come."""
SETTLING_SECONDS = 2.0
"""After a scenario: for what nobody waits for to be given up."""
TOGETHER = "together"
ALL_HEADS = ",".join(HEADS)

Visit = tuple[str, Link | str]
"""A page, and its link's parameters, or these encoded."""

Waits = dict[str, float]
"""Seconds to each stage that was reached."""


ORDINARY = ("iris", "digits")
"""What ordinary visitors open, in turn."""


def ordinary(first_seed: int) -> Iterator[Link]:
    """Links to comparisons that nobody has seen."""
    for seed in itertools.count(first_seed):
        yield Comparison(dataset=ORDINARY[seed % 2], first_seed=seed).to_link()


async def visit(url: str, link: Link, address: str = "") -> tuple[Waits, list[str]]:
    """Open a comparison and wait until it is finished: how long it took, and what went wrong."""
    session = Session(url, link, address=address)
    opened = Change("open", link, True, asyncio.get_running_loop().time())
    session.changes.append(opened)
    async with session:
        await session.settle(PATIENCE)
    return opened.after, session.errors


def session_of(url: str, page: str, link: Link | str) -> Session:
    """A session that opens a page."""
    return Session(url, {}, page, link) if isinstance(link, str) else Session(url, link, page)


async def leave_after(url: str, visit: Visit, seconds: float) -> None:
    """Open a page, wait for its end but not longer than so many seconds, and leave."""
    page, link = visit
    with suppress(OSError):
        async with session_of(url, page, link) as session:
            await session.settle(seconds)


async def stay(url: str, visits: Sequence[Visit]) -> None:
    """Open pages and wait for them, until cancelled."""
    async with AsyncExitStack() as stack:
        for page, link in visits:
            await stack.enter_async_context(session_of(url, page, link))
        await asyncio.Event().wait()


async def again(url: str, visits: Iterator[Visit], at_a_time: int, seconds: float, pause: float) -> None:
    """Visits without end, so many at a time, each left after so many seconds."""

    async def one_after_the_other() -> None:
        while True:
            await leave_after(url, next(visits), seconds)
            await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_a_time):
            group.create_task(one_after_the_other())


def long_links() -> Iterator[Visit]:
    """Links of 100,000 to 524,000 characters."""
    pieces = ("A", "A,", "(", ")", "(,", "iris(samples=1,", "1,", "-", "softmax,", "é")
    places = (
        *(
            ("", name)
            for name in ("heads", "dataset", "hidden", "baseline", "activation", "seeds", "nothing")
        ),
        *(("inside", name) for name in ("kinds", "normalisers", "gate_dataset")),
        *(("large_output", name) for name in ("classes", "head")),
        *(("number_of_classes", name) for name in ("counts", "source")),
        *(("shape", name) for name in ("logits", "heads")),
        ("claims", "claim"),
    )
    chance, links = random.Random(0), list[Visit]()
    for _ in range(N_LONG_LINKS):  # made once: these visitors share a process with the ordinary one
        (page, name), piece = chance.choice(places), chance.choice(pieces)
        encoded = quote_plus(piece)
        links.append((page, f"{name}={encoded * (chance.randint(100_000, 520_000) // len(encoded))}"))
    yield from itertools.cycle(links)


def drive_by() -> Iterator[Visit]:
    """Comparisons that nobody has seen."""
    for seed in itertools.count(500_000):
        yield "", {"first_seed": str(seed)}


def refused() -> Iterator[Visit]:
    """Comparisons on data sets of different sizes that cost too much."""
    for number in itertools.count():
        fields = {"seeds": "100", "epochs": "500", "hidden": "512,512", "heads": ALL_HEADS}
        yield "", {"dataset": f"MNIST(samples={70_000 - number % 30})", **fields}


def large_data() -> list[Visit]:
    """Six comparisons on all of MNIST."""
    fields = {"dataset": "MNIST(samples=70000)", "seeds": "1", "epochs": "5", "learning_rate": "0.01"}
    return [("", {**fields, "first_seed": str(600_000 + number)}) for number in range(6)]


def heavy() -> list[Visit]:
    """Thirty long trainings."""
    iris = {"dataset": "iris", "heads": ALL_HEADS, "seeds": "100", "epochs": "500", "learning_rate": "0.01"}
    digits = {"dataset": "digits", "seeds": "20", "epochs": "100", "hidden": "256,256"}
    return [("", {**(iris, digits)[n % 2], "first_seed": str(700_000 + n)}) for n in range(30)]


def abandoned() -> Iterator[Visit]:
    """Measurements, experiments and claims, each with other settings."""
    claims = list(CLAIMS)
    for number in itertools.count():
        yield "large_output", {"units": str(16 + number % 400), "classes": f"1000,{50_000 + number}"}
        yield "inside", {"first_seed": str(800_000 + number)}
        yield "inside", {"part": ("attention", "gate")[number % 2], "first_seed": str(800_000 + number)}
        yield "claims", {"claim": claims[number % len(claims)], "seed": str(1 + number % 10_000)}
        yield "number_of_classes", {"first_seed": str(800_000 + number)}


SCENARIOS: dict[str, Callable[[str], Awaitable[None]]] = {
    "long links": lambda url: again(url, long_links(), 20, 20, 3.0),
    "drive-by": lambda url: again(url, drive_by(), 1, 0.3, 0.2),
    "refused": lambda url: again(url, refused(), 30, 20, 5.0),
    "large data": lambda url: stay(url, large_data()),
    "heavy": lambda url: stay(url, heavy()),
    "abandoned": lambda url: again(url, abandoned(), 1, 0.5, 0.1),
}
"""What goes on by name, until it is cancelled."""


async def together(url: str) -> None:
    """All scenarios at a time."""
    async with asyncio.TaskGroup() as group:
        for scenario in SCENARIOS.values():
            group.create_task(scenario(url))  # type: ignore[arg-type]


@dataclass
class Meanwhile:
    """What ordinary visitors saw while something went on."""

    waits: list[Waits] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    used: list[Usage] = field(default_factory=list)
    own_cores: float = 0.0
    """How many cores all the visitors took, which are one process."""

    def quantile(self, stage: str, share: float) -> float:
        """The quantile of a wait; a stage that was never reached took for ever."""
        return quantile([waits.get(stage, np.inf) for waits in self.waits], share)

    @property
    def megabytes(self) -> float:
        """Memory of the server and its workers at most, with their files."""
        return max(used.megabytes_in_all for used in self.used)


def quantile(values: Sequence[float], share: float) -> float:
    """One of the values, at which at least this share of them isn't larger."""
    return float(np.quantile(values, share, method="inverted_cdf"))


def ratios(meanwhile: Meanwhile, alone: Meanwhile) -> dict[str, float]:
    """How many times as long as alone each stage takes, at the 95th percentile."""
    high, low = ({stage: each.quantile(stage, 0.95) for stage in STAGES} for each in (meanwhile, alone))
    return {stage: max(high[stage], UNNOTICED) / max(low[stage], UNNOTICED) for stage in STAGES}


async def measure(
    server: Server, links: Iterator[Link], n_visits: int, scenario: Callable[[str], Awaitable[None]] | None
) -> Meanwhile:
    """Ordinary visitors, one after the other, while a scenario goes on."""
    found = Meanwhile()
    looking = asyncio.create_task(look(server.process.pid, found.used))
    started, own = time.monotonic(), time.process_time()
    others = None
    if scenario is not None:
        others = asyncio.ensure_future(scenario(server.url))
        await asyncio.sleep(AHEAD_SECONDS)
    for _ in range(n_visits):
        waits, errors = await visit(server.url, next(links))
        found.waits.append(waits)
        found.errors += errors
    found.own_cores = (time.process_time() - own) / (time.monotonic() - started)
    if others is not None:
        if others.done() and (error := others.exception()):
            raise error
        others.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await others
        await asyncio.sleep(SETTLING_SECONDS)
    looking.cancel()
    found.used.append(usage(server.process.pid))
    return found


def print_row(name: str, found: Meanwhile, alone: Meanwhile) -> None:
    """The waits of the ordinary visitors, and the memory."""
    longer = ratios(found, alone)
    columns = [
        f"{found.quantile(stage, 0.5):7.2f}{found.quantile(stage, 0.95):7.2f}{longer[stage]:6.1f}"
        for stage in STAGES
    ]
    kept = "yes" if max(longer.values()) <= AT_MOST else "–" if name == TOGETHER else "NO"
    rest = f"{kept:>4} {found.megabytes:9.0f} {found.own_cores:10.2f} {len(found.errors):7}"
    print(f"{name:12}{'  '.join(columns)}  {rest}", flush=True)
    for error in sorted(set(found.errors))[:3]:
        print(f"  {error[:100]}")


def left_of(processes: set[int], folder: Path) -> list[str]:
    """What is left of processes that have ended: themselves, and their files in memory and in a folder."""
    alive = [f"process {process}" for process in sorted(processes) if _runs(process)]
    names = [f"-{process}-" for process in processes]
    files = [path for path in Path(MEMORY).glob("*") if any(name in path.name for name in names)]
    return [*alive, *map(str, [*files, *folder.iterdir()])]


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Abused:
    """A server with a stated budget and a temporary folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir(exist_ok=True)
        budget = {name: str(value) for name, value in BUDGET.items()}
        environment: Mapping[str, str] = os.environ | budget | {"TMPDIR": str(self.temporary)}
        self.server = Server(folder / name, environment=environment)
        self.processes: set[int] = set()

    def note_processes(self) -> None:
        """Remember the processes that there are now."""
        self.processes |= family(self.server.process.pid)

    def ended(self, by: signal.Signals) -> list[str]:
        """End the server, or all its processes, by a signal: what is left of it after a few seconds."""
        self.note_processes()
        if by == signal.SIGTERM:
            self.server.stop()
        for process in self.processes if by == signal.SIGKILL else ():
            with suppress(ProcessLookupError):
                os.kill(process, by)
        self.server.process.wait()
        time.sleep(3)
        return left_of(self.processes, self.temporary)

    @property
    def errors(self) -> list[str]:
        """The last lines of the tracebacks in the log."""
        parts = self.server.log.read_text().split("Traceback (most recent call last)")[1:]
        return [next((line for line in part.splitlines()[1:] if line[:1].strip()), "?") for part in parts]


def report_left(how: str, left: list[str]) -> None:
    """What is left, in a line or several."""
    print(f"left {how}: {len(left) or 'nothing'}")
    for each in left[:10]:
        print(f"  {each}")


def main(arguments: list[str]) -> None:
    every = {**SCENARIOS, TOGETHER: together}
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks abuse", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=every, metavar="SCENARIO", default=list(every))
    parser.add_argument("--visits", type=int, default=20, help="ordinary visitors in each scenario")
    parser.add_argument(
        "--idle", type=float, default=12, help="seconds before the memory afterwards is taken"
    )
    parser.add_argument("--quick", action="store_true", help="4 ordinary visitors, 5 seconds")
    options = parser.parse_args(arguments)
    if options.quick:
        options.visits, options.idle = 4, 5
    print(machine())
    print(", ".join(f"{name}={value}" for name, value in BUDGET.items()))
    print("\nan ordinary visitor's seconds: median, 95th percentile, and how many times as long as alone")
    print(
        f"{'':12}{'answer':^20}  {'picture':^20}  {'finished':^20}  at most {AT_MOST:g}  MB at most  "
        "own cores  errors"
    )
    with tempfile.TemporaryDirectory() as name:
        folder, links = Path(name), ordinary(400_000)
        abused = Abused(folder, "log")
        server = abused.server
        try:
            server.wait()
            asyncio.run(measure(server, links, 2, None))  # the workers start
            time.sleep(options.idle)
            before = usage(server.process.pid).megabytes_in_all
            alone = asyncio.run(measure(server, links, options.visits, None))
            print_row("alone", alone, alone)
            found = [alone]
            for scenario in options.only:
                found.append(asyncio.run(measure(server, links, options.visits, every[scenario])))
                abused.note_processes()
                print_row(scenario, found[-1], alone)
            time.sleep(options.idle)
            most, after = max(each.megabytes for each in found), usage(server.process.pid).megabytes_in_all
            report_memory(before, most, after)
            for error in abused.errors:
                print(f"error in the log: {error[:200]}")
            report_left("by SIGTERM", abused.ended(signal.SIGTERM))
            report_left("by SIGKILL and the next start", killed(folder))
        finally:
            server.stop()


def report_memory(before: float, most: float, after: float) -> None:
    """The memory before, at most and afterwards, and whether that is within what is allowed."""
    budget, kept = BUDGET.values()
    print(f"\nmemory: {before:.0f} MB before, {most:.0f} at most, {after:.0f} afterwards")
    for what, value, allowed in (
        ("at most", most, before + budget),
        ("afterwards", after, before + kept + SPARE_MEGABYTES),
    ):
        print(f"  {what}: {'within' if value <= allowed else 'MORE THAN'} {allowed:.0f} MB")


def killed(folder: Path) -> list[str]:
    """What is left of a server that is killed while it trains, once another one has started and ended."""
    first = Abused(folder, "killed")
    first.server.wait()

    async def train() -> None:
        async with Session(first.server.url, heavy()[0][1]):
            await asyncio.sleep(5)
            first.note_processes()
            first.ended(signal.SIGKILL)

    asyncio.run(train())
    second = Abused(folder, "next")
    try:
        second.server.wait()
        time.sleep(1)
    finally:
        left = second.ended(signal.SIGTERM)
    left += left_of(first.processes, second.temporary)
    for path in map(Path, left):  # so that the next run finds nothing of this one
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.exists():
            path.unlink()
    return left
