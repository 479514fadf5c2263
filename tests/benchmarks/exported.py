"""The modules for other frameworks against the heads: the largest error by head, framework and type.

Random, extreme and tied logits, for every head with all parameters that its tuning tries. An error is
relative to numbers above 1. Below float64 it is that against the head in float64 or in float32, whichever is
nearer: where a gradient jumps, rounding decides on which side a sample lies. What isn't installed is left
out: see requirements-export.txt.
"""

import argparse
from importlib.metadata import version

from alternatives.frameworks import FRAMEWORKS
from alternatives.heads import HEADS
from tests import exported


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks exported", description=__doc__)
    parser.add_argument("--only", choices=[*FRAMEWORKS], help="one framework")
    only = parser.parse_args(arguments).only
    width = max(map(len, HEADS))
    for framework in [FRAMEWORKS[only]] if only else FRAMEWORKS.values():
        if reason := exported.missing(framework.name):
            print(f"{framework.title}: {reason}\n")
            continue
        on = f" on {exported.keras_backend()}" if framework.name == "keras" else ""
        dtypes = exported.dtypes(framework.name)
        print(f"{framework.title} {version(framework.package)}{on}: largest error of values, of gradients")
        print(f"{'':{width}}" + "".join(f"  {dtype:>18}" for dtype in dtypes))
        for name in HEADS:
            cells = [exported.worst(name, framework.name, dtype) for dtype in dtypes]
            print(f"{name:{width}}" + "".join(f"  {a:8.1e}, {b:8.1e}" for a, b in cells), flush=True)
        print(
            f"{'allowed':{width}}" + "".join(f"  {exported.TOLERANCE[dtype]:18g}" for dtype in dtypes) + "\n"
        )
