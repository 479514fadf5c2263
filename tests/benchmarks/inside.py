"""The page of what stands inside a network: how long from opening it to its first and its last chart.

Each part's default view in Chromium on this machine, trained with first seeds that nobody has seen, by a
server that has been visited before. In each round a new browser, with nothing cached, opens the part; then
it opens it with other seeds, and once more with these, now that they are trained. The difference between
the second and the third is what the training costs; that between the first and the second, the loading
of Streamlit and Vega.
"""

import argparse
import tempfile
from itertools import count
from pathlib import Path

from playwright.sync_api import sync_playwright

from alternatives.experiments.inside import PARTS
from tests.benchmarks._browser import Drawn, spread, visitor
from tests.benchmarks._timing import machine
from tests.serving import Server

OPENED = ("in a new browser", "in one that was there before", "with seeds seen before")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks inside", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", choices=PARTS, action="append")
    options = parser.parse_args(arguments)
    print(f"{machine()}\n{options.rounds} rounds: median (least to greatest)\n")
    seeds, parts = count(1000, 100), options.part or PARTS
    times: dict[str, list[Drawn]] = {f"{part}, opened {how}": [] for part in parts for how in OPENED}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = Server(Path(folder) / "app")
        try:
            app.wait()
            for counted in (False, *[True] * options.rounds):
                for part in parts:
                    first, second = next(seeds), next(seeds)
                    with visitor(playwright) as there:
                        for how, seed in zip(OPENED, (first, second, second), strict=True):
                            link = {"first_seed": str(seed)} | ({"part": part} if part != PARTS[0] else {})
                            drawn = there.open(f"{app.url}/inside", **link)
                            if counted:
                                times[f"{part}, opened {how}"].append(drawn)
        finally:
            app.stop()
    print(f"{'':52} {'first chart, s':>24} {'last chart, s':>24}")
    for name, every in times.items():
        first_chart, last_chart = ([getattr(drawn, when) for drawn in every] for when in ("first", "last"))
        print(f"{name:52} {spread(first_chart):>24} {spread(last_chart):>24}")
