"""One visitor who asks for everything, and what another one waits for meanwhile.

On a server with the hosted defaults the one has 30 pages open with trainings nearly as long, and six more
with comparisons on nearly as many images, as these allow, and every half second opens a comparison that
nobody has seen, all from one network address. The other one comes from another address, opens a comparison
that nobody has seen, iris and digits in turn, waits for the finished page, reads it for five seconds, and
opens the next one. Rounds with and without the first visitor alternate, so that what else the machine does
falls on both alike. The answer is the first text in the main part of the page, the picture the first chart,
finished the end of the page's run.

Required is that no wait takes more than a fifth longer, by the medians over all rounds of each data set's
visits, where what nobody notices, up to 0.1 seconds, counts as 0.1.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from alternatives.experiments import Comparison
from alternatives.serving.limits import Limits
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


async def measure(
    server: Server, links: Iterator[Link], n_visits: int, with_the_other: bool
) -> tuple[list[Waits], list[str]]:
    """Visits one after the other, alone or while the other visitor asks for everything."""
    waits, errors = [], []
    other = asyncio.ensure_future(everything(server.url)) if with_the_other else None
    await asyncio.sleep(AHEAD_SECONDS if with_the_other else 0)
    for _ in range(n_visits):
        found, wrong = await visit(server.url, next(links), ELSEWHERE)
        waits.append(found)
        errors += wrong
        await asyncio.sleep(READING_SECONDS)
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
    waits: dict[bool, list[Waits]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log", environment=os.environ | HOSTED)
        try:
            server.wait()
            asyncio.run(measure(server, links, 2, with_the_other=False))  # the workers start
            for _ in range(n_rounds):
                for with_the_other, known in waits.items():
                    found, wrong = asyncio.run(measure(server, links, n_visits, with_the_other))
                    known += found
                    errors += wrong
            log = server.log.read_text()
        finally:
            server.stop()
    print(f"{'':17} {'alone':^15}  {'beside the other':^15}  times as long")
    print(f"{'':17} {'median':>7} {'95 %':>7}  {'median':>7} {'95 %':>7}  median    95 %")
    for which, dataset in enumerate(ORDINARY):
        for stage in STAGES:
            of = {
                key: [max(each.get(stage, 1e9), UNNOTICED) for each in known[which :: len(ORDINARY)]]
                for key, known in waits.items()
            }
            rows = [quantile(of[key], share) for key in (False, True) for share in (0.5, 0.95)]
            ratios = rows[2] / rows[0], rows[3] / rows[1]
            kept = "" if ratios[0] <= AT_MOST else f"  MORE THAN {AT_MOST}"
            print(
                f"{dataset:6} {stage:10} {rows[0]:7.2f} {rows[1]:7.2f}  {rows[2]:7.2f} {rows[3]:7.2f}  "
                f"{ratios[0]:6.2f} {ratios[1]:7.2f}{kept}"
            )
    print(f"errors: {len(errors)}, tracebacks in the log: {log.count('Traceback')}")
