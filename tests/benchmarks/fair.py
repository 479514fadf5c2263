"""One visitor who asks for everything, and what another one waits for meanwhile.

On a server with the hosted defaults the one has 30 pages open with trainings nearly as long, and six more
with comparisons on nearly as many images, as these allow, and every half second opens a comparison that
nobody has seen, all from one network address. The other one comes from another address, opens a comparison
that nobody has seen, iris and digits in turn, waits for the finished page, reads it for five seconds, and
opens the next one. Rounds with and without the first visitor alternate, so that what else the machine does
falls on both alike; so do rounds beside a process of nobody's that multiplies matrices at the priority of
the workers: what is lost there is the busy core, which no order of turns gives back. The answer is the first
text in the main part of the page, the picture the first chart, finished the end of the page's run.

Required is that no wait takes more than a fifth longer, by the medians over all rounds of each data set's
visits, where what nobody notices, up to 0.1 seconds, counts as 0.1.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from alternatives.experiments import Comparison
from alternatives.serving.limits import Limits
from alternatives.training.pool import NICENESS
from tests.benchmarks._sessions import Link
from tests.benchmarks._timing import machine
from tests.benchmarks.abuse import (
    AHEAD_SECONDS,
    ORDINARY,
    SETTLING_SECONDS,
    STAGES,
    UNNOTICED,
    Visit,
    Waits,
    again,
    drive_by,
    ordinary,
    quantile,
    stay,
    visit,
)
from tests.serving import Server

ELSEWHERE = "127.0.0.2"
"""The address of the visitor who waits. The other one has the machine's own."""
AT_MOST = 1.2
READING_SECONDS = 5.0
"""What whoever waits does with a finished page. Without it they would ask for all of the machine, too."""


HOSTED = {"ALTERNATIVES_HOSTED": "on"}
LONG = {"dataset": "digits", "seeds": "20", "epochs": "340", "hidden": "64,64"}
LARGE = {"dataset": "MNIST(samples=8000)", "seeds": "2", "epochs": "300", "learning_rate": "0.01"}


def many(link: Link, n: int, first_seed: int) -> list[Visit]:
    """So many comparisons, each with a first seed of its own; they cost as much as is allowed, or nearly."""
    Limits.from_environment(os.environ | HOSTED).check(Comparison.from_link(link)[0])
    return [("", {**link, "first_seed": str(first_seed + number)}) for number in range(n)]


async def everything(url: str) -> None:
    """All that one visitor asks for, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(stay(url, many(LONG, 30, 700_000)))
        group.create_task(stay(url, many(LARGE, 6, 600_000)))
        group.create_task(again(url, drive_by(), 1, 0.3, 0.2))


ALONE, BUSY_CORE, OTHER = CONDITIONS = ("alone", "beside a busy core", "beside the other")
BUSY = "import numpy as np; a = np.ones((256, 256), np.float32)\nwhile True: a @ a"


def busy_core() -> subprocess.Popen[bytes]:
    """A process that multiplies matrices on one core until it is killed."""
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", BUSY], env=one_thread)
    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    return process


async def measure(
    server: Server, links: Iterator[Link], n_visits: int, condition: str
) -> tuple[list[Waits], list[str]]:
    """Visits one after the other, alone or while something of `CONDITIONS` goes on."""
    waits, errors = [], []
    busy = busy_core() if condition == BUSY_CORE else None
    other = asyncio.ensure_future(everything(server.url)) if condition == OTHER else None
    await asyncio.sleep(0 if condition == ALONE else AHEAD_SECONDS)
    for _ in range(n_visits):
        found, wrong = await visit(server.url, next(links), ELSEWHERE)
        waits.append(found)
        errors += wrong
        await asyncio.sleep(READING_SECONDS)
    if busy is not None:
        busy.kill()
        busy.wait()
    if other is not None:
        other.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await other
        await asyncio.sleep(SETTLING_SECONDS)
    return waits, errors


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks fair", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument(
        "--visits", type=int, default=6, help="visits in each round, with and without; an even number"
    )
    parser.add_argument("--quick", action="store_true", help="two rounds of two visits")
    options = parser.parse_args(arguments)
    n_rounds, n_visits = (2, 2) if options.quick else (options.rounds, options.visits)
    print(f"{machine()}\n{n_rounds} rounds of {n_visits} visits; seconds\n")
    links, errors = ordinary(300_000), list[str]()
    waits: dict[str, list[Waits]] = {condition: [] for condition in CONDITIONS}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log", environment=os.environ | HOSTED)
        try:
            server.wait()
            asyncio.run(measure(server, links, 2, ALONE))  # the workers start
            for _ in range(n_rounds):
                for condition, known in waits.items():
                    found, wrong = asyncio.run(measure(server, links, n_visits, condition))
                    known += found
                    errors += wrong
            log = server.log.read_text()
        finally:
            server.stop()
    print(f"{'':17}" + "".join(f"{condition:^20}" for condition in CONDITIONS) + "  times as long as alone")
    print(f"{'':17}" + f"{'median':>10}{'95 %':>10}" * len(CONDITIONS) + f"{'a core':>10}{'the other':>12}")
    for which, dataset in enumerate(ORDINARY):
        for stage in STAGES:
            medians, lines = {}, ""
            for condition, known in waits.items():
                of = [max(each.get(stage, 1e9), UNNOTICED) for each in known[which :: len(ORDINARY)]]
                medians[condition], most = (quantile(of, share) for share in (0.5, 0.95))
                lines += f"{medians[condition]:10.2f}{most:10.2f}"
            busy, other = (medians[condition] / medians[ALONE] for condition in (BUSY_CORE, OTHER))
            kept = "" if other <= AT_MOST else f"  MORE THAN {AT_MOST}"
            print(f"{dataset:6} {stage:10}{lines}{busy:10.2f}{other:12.2f}{kept}")
    print(f"errors: {len(errors)}, tracebacks in the log: {log.count('Traceback')}")
