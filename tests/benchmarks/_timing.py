"""Contenders timed in turn, so that a machine whose speed drifts is fair to all."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping

Contender = Callable[[], float | tuple[float, float]]
"""Does its work and returns how many units of it there were, and the seconds if it measured them itself."""


def in_turn(contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Seconds per unit of work, by contender and round, after one round that isn't counted."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for counted in (False, *[True] * rounds):
        for name, work in contenders.items():
            started = time.perf_counter()
            done = work()
            units, spent = done if isinstance(done, tuple) else (done, time.perf_counter() - started)
            if counted:
                seconds[name].append(spent / units)
    return seconds


def ratios(seconds: list[float], to: list[float]) -> tuple[float, float, float]:
    """Least, median and greatest ratio of two contenders, round by round."""
    each = [a / b for a, b in zip(seconds, to, strict=True)]
    return min(each), statistics.median(each), max(each)


def machine() -> str:
    """One line on where the figures come from."""
    import numpy as np
    import sklearn

    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scikit-learn {sklearn.__version__}"
    )


def print_ratios(seconds: dict[str, list[float]], ours: str, unit: str, scale: float) -> None:
    """A row a contender: its median time per unit, and how many times ours it takes."""
    print(f"{'':40} {unit:>14}   times ours: median (least to greatest)")
    for name, values in seconds.items():
        least, median, greatest = ratios(values, seconds[ours])
        mark = "" if name == ours else f"{median:10.2f} ({least:.2f} to {greatest:.2f})"
        print(f"{name:40} {statistics.median(values) * scale:14.3g}   {mark}")
    print()
