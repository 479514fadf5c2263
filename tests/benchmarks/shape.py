"""The shape page after a slider has moved: processor and wall time of the server's run, without a browser.

In this process, through Streamlit's own test harness, in turn with the usual heads and with every head.
Each run shows a logit that hasn't been seen. The limit is 0.1 s.
"""

import argparse
import gc
import statistics
from itertools import count

from streamlit.testing.v1 import AppTest

from alternatives.heads import HEADS
from tests.benchmarks._timing import machine

LIMIT_SECONDS = 0.1
SCRIPT = """
import time
import streamlit as st
from alternatives.pages import _navigation, claims, compare, shape
began = time.perf_counter(), time.thread_time()
_navigation.show({"shape": shape, "compare": compare, "claims": claims})
st.session_state["took"] = time.perf_counter() - began[0], time.thread_time() - began[1]
"""


def opened(heads: str | None) -> AppTest:
    """The page, seen twice: what is built once has been built."""
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    if heads is not None:
        app.query_params["heads"] = heads
    return app.run().run()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks shape", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args(arguments).rounds
    usual = sum(head.in_comparison for head in HEADS.values())
    pages = {f"{usual} heads": opened(None), f"{len(HEADS)} heads": opened(",".join(HEADS))}
    gc.collect()
    gc.freeze()  # as the app does once it has started
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
    logits = count(1)
    for _ in range(rounds):
        for name, app in pages.items():
            app.query_params["logits"] = f"{next(logits) / 100:.2f},2,-3"
            app.run()
            times[name].append(app.session_state["took"])
    print(f"{machine()}\n{rounds} rounds: median (least to greatest), limit {LIMIT_SECONDS:g} s\n")
    print(f"{'':12} {'wall time, ms':>24} {'processor time, ms':>24}")
    for name, pairs in times.items():
        columns = [[1000 * seconds for seconds in column] for column in zip(*pairs, strict=True)]
        told = [f"{statistics.median(each):.0f} ({min(each):.0f} to {max(each):.0f})" for each in columns]
        print(f"{name:12} {told[0]:>24} {told[1]:>24}")
