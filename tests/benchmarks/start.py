"""A fresh server: how long until it answers, and until its first and its second visitor see charts.

In each round a server is started and asked, every 10 ms, whether it is up. As soon as it says so, a
visitor with a new browser, in which nothing is cached, opens the page; when all is drawn, a second
visitor does. The clock of a visitor begins when the browser is told to go there; browsers are started
before. Both see the default comparison, which for the second is trained already. The peer is a page
with one slider and one line of text, started and visited in the same way in the same round.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from tests.benchmarks._browser import CHARTS, TEXT, spread, visitor
from tests.benchmarks._timing import machine, ratios
from tests.benchmarks.load import EMPTY_PAGE
from tests.serving import ROOT, Server

LOOK_SECONDS = 0.01


def start(playwright: Playwright, script: Path, what: str) -> dict[str, float]:
    """All times of one server."""
    times = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        visitor(playwright, what) as first,
        visitor(playwright, what) as second,
    ):
        started = time.perf_counter()
        server = Server(Path(folder) / "log", script)
        try:
            server.wait(LOOK_SECONDS)
            times["server up"] = time.perf_counter() - started
            for name, there in (("first", first), ("second", second)):
                drawn = there.open(server.url)
                times[f"{name} visitor's first chart"] = drawn.first
                times[f"{name} visitor's last chart"] = drawn.last
        finally:
            server.stop()
    return times


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    options = parser.parse_args(arguments)
    n_rounds = 1 if options.quick else options.rounds
    print(f"{machine()}\n{n_rounds} rounds: median (least to greatest)\n")
    with sync_playwright() as playwright:
        servers: dict[str, Callable[[], dict[str, float]]] = {
            "ours": lambda: start(playwright, ROOT / "app.py", CHARTS),
            "empty page": lambda: start(playwright, EMPTY_PAGE, TEXT),
        }
        rounds = [{name: times() for name, times in servers.items()} for _ in range(n_rounds)]
    print(f"{'':28} {'seconds':>24} {'empty page, seconds':>24}   times the empty page's")
    for name in rounds[0]["ours"]:
        ours, peer = ([times[server][name] for times in rounds] for server in servers)
        least, middle, greatest = ratios(ours, peer)
        print(
            f"{name:28} {spread(ours):>24} {spread(peer):>24} {middle:10.1f} ({least:.1f} to {greatest:.1f})"
        )
