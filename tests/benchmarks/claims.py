"""Every claim about softmax tested once: wall time of each, and of all together.

In one process that has loaded what the first claim loads. Claims that share trained networks are timed
as the command runs them, one after the other in the order of the list, and once more each alone, with
nothing of the others at hand. The limits are 12 s for one claim alone and 90 s for all, on two cores.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterable

from alternatives.claims import CLAIMS
from tests.benchmarks._timing import machine

ALONE_SECONDS, ALL_SECONDS = 12.0, 90.0


def forget() -> None:
    """Let go of all that claims share: networks, and what else their modules keep."""
    for name in [name for name in sys.modules if name.startswith("alternatives.claims")]:
        for value in vars(sys.modules[name]).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def seconds(names: Iterable[str], alone: bool) -> dict[str, float]:
    """Wall time of each claim."""
    times = {}
    forget()
    for name in names:
        if alone:
            forget()
        gc.collect()
        started = time.perf_counter()
        CLAIMS[name].run()
        times[name] = time.perf_counter() - started
    return times


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks claims", description=__doc__)
    parser.add_argument("--only", help="claims, with commas between", default=",".join(CLAIMS))
    names = [name.strip() for name in parser.parse_args(arguments).only.split(",")]
    CLAIMS[names[0]].run()
    together, alone = seconds(names, alone=False), seconds(names, alone=True)
    print(f"{machine()}\n\n{'wall time, s':22} {'in turn':>8} {'alone':>8} {'limit':>8}")
    for name in names:
        print(f"{name:22} {together[name]:8.2f} {alone[name]:8.2f} {ALONE_SECONDS:8.1f}")
    print(f"{'all':22} {sum(together.values()):8.2f} {'':8} {ALL_SECONDS:8.1f}")
