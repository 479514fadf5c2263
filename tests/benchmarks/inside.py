"""The page of what stands inside a network: how long from opening it to its first and its last chart.

Each part's default view in Chromium on this machine, with first seeds that nobody has seen, from a server
that has been visited before. In each round a new browser, with nothing cached, opens each part. Beside
it is what the server alone takes to train and to look.
"""

import argparse
import tempfile
from itertools import count
from pathlib import Path

from playwright.sync_api import sync_playwright

from alternatives.inside.state import PARTS
from tests.benchmarks._browser import Drawn, spread, visitor
from tests.benchmarks._timing import machine
from tests.serving import Server


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks inside", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", choices=PARTS, action="append")
    options = parser.parse_args(arguments)
    print(f"{machine()}\n{options.rounds} rounds: median (least to greatest)\n")
    seeds, parts = count(1000, 100), options.part or PARTS
    times: dict[str, list[Drawn]] = {part: [] for part in parts}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = Server(Path(folder) / "app")
        try:
            app.wait()
            for counted in (False, *[True] * options.rounds):
                for part in parts:
                    link = {"first_seed": str(next(seeds))} | ({"part": part} if part != PARTS[0] else {})
                    with visitor(playwright) as there:
                        drawn = there.open(f"{app.url}/inside", **link)
                    if counted:
                        times[part].append(drawn)
        finally:
            app.stop()
    print(f"{'':16} {'first chart, s':>24} {'last chart, s':>24}")
    for part, every in times.items():
        first, last = ([getattr(drawn, when) for drawn in every] for when in ("first", "last"))
        print(f"{part:16} {spread(first):>24} {spread(last):>24}")
