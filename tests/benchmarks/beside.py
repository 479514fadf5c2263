"""Whether what is concluded from one pin to another is right as often as it says.

Data sets of 300 samples are drawn from four Gaussian classes. Three pins have the same four heads on one data
set: the reference; *shorter*, trained for a fifth of the epochs; and *copy*, which differs from the reference
in its initial weights and mini-batches alone. The truth is the mean over the other seeds of a pool. Pins have
the same seeds (paired), others (unpaired), or one of each (mixed).

- *changes*: all intervals of heads' changes, in two pins and four measures, hold together.
- *leads*: all intervals of the changes of heads' leads over softmax hold together.
- *false alarm*: some head of the copy, alone beside the reference, is called changed in some measure.
"""

import argparse
import dataclasses
import time
from collections.abc import Sequence

import numpy as np

from alternatives import Comparison
from alternatives.experiments import ComparisonResults
from alternatives.heads import HEADS, Floats
from alternatives.sessions.beside import RANKED, Beside
from tests.benchmarks._draws import FAMILY, Choice, Source, measured
from tests.benchmarks._timing import machine

COMPARED = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid")
RATE, N_EPOCHS, SHORTER = 0.03, 20, 4
PINS = ("reference", "shorter", "copy")
N_SEEDS = (5, 10)
DECIDED = ("better", "worse", "higher", "lower")
SHIFTS = {"paired": (0, 0, 0), "unpaired": (0, 1, 2), "mixed": (0, 1, 0)}
"""By how many blocks of seeds each pin's are later than the reference's."""
COPY_SHIFT = 5_000
MOST_BLOCKS = 25


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks beside", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer draws")
    n_sets, n_pool = (4, 150) if parser.parse_args(arguments).quick else (16, 400)
    print(f"{machine()}\n")
    started = time.perf_counter()
    rows: dict[tuple[str, int], list[list[float]]] = {}
    for index in range(n_sets):
        pool = trained(index, n_pool)
        for seeds, shifts in SHIFTS.items():
            for n in N_SEEDS:
                rows.setdefault((seeds, n), []).append(rates(pool, n, shifts))
    print(f"{'':10}{'seeds':>6}{'changes, %':>18}{'leads, %':>18}{'false alarm, %':>18}")
    for (seeds, n), found in rows.items():
        mean, error = np.mean(found, 0), np.std(found, 0, ddof=1) / np.sqrt(len(found))
        cells = [f"{100 * m:.1f} ± {100 * e:.1f}" for m, e in zip(mean, error, strict=True)]
        print(f"{seeds:10}{n:6}" + "".join(f"{cell:>18}" for cell in cells))
    print(f"({time.perf_counter() - started:.0f} s)")


def trained(index: int, n_pool: int) -> list[dict[str, Floats]]:
    """Values (n_heads, n_pool) of each measure in each pin, on one data set."""
    heads = [HEADS[name] for name in COMPARED]
    choices = [Choice(head, RATE, N_EPOCHS) for head in heads]
    choices += [Choice(head, RATE, SHORTER) for head in heads]
    choices += [Choice(head, RATE, N_EPOCHS, COPY_SHIFT) for head in heads]
    [found] = measured([Source().draw(index)], [choices], (16,), [range(n_pool)])
    n = len(heads)
    return [
        {name: values[pin * n : (pin + 1) * n] for name, values in found.values.items()}
        for pin in range(len(PINS))
    ]


def rates(pool: Sequence[dict[str, Floats]], n: int, shifts: Sequence[int]) -> list[float]:
    """How often, over blocks of n seeds, all changes hold, all leads hold, and there is a false alarm."""
    n_pool = pool[0][FAMILY[0]].shape[1]
    starts = range(0, n_pool - n * (1 + max(shifts)) + 1, n)[:MOST_BLOCKS]
    return [
        float(np.mean(each))
        for each in zip(*(_block(pool, n, start, shifts) for start in starts), strict=True)
    ]


def _block(
    pool: Sequence[dict[str, Floats]], n: int, start: int, shifts: Sequence[int]
) -> tuple[bool, bool, bool]:
    firsts = [start + shift * n for shift in shifts]
    results = [
        pinned(values, first, n, place)
        for place, (values, first) in enumerate(zip(pool, firsts, strict=True))
    ]
    beside = Beside([each.experiment for each in results], results, 0, PINS)
    others = np.ones(pool[0][FAMILY[0]].shape[1], bool)
    for first in firsts:
        others[first : first + n] = False
    truth = {
        (pin, name, head): values[name][row, others].mean()
        for pin, values in zip(PINS, pool, strict=True)
        for name in FAMILY
        for row, head in enumerate(COMPARED)
    }

    def change(pin: str, name: str, head: str) -> float:
        return float(truth[pin, name, head] - truth[PINS[0], name, head])

    frame = beside.frame_of(*FAMILY)
    frame = frame[frame["pin"] != PINS[0]]
    true_changes = [change(*key) for key in zip(frame["pin"], frame["measure"], frame["head"], strict=True)]
    leads = beside.leads
    true_leads = [
        change(pin, name, head) - change(pin, name, COMPARED[0])
        for pin, name, head in zip(leads["pin"], leads["measure"], leads["head"], strict=True)
    ]
    assert set(leads["measure"]) == set(RANKED)
    pair = [results[0], results[2]]
    alone = Beside([each.experiment for each in pair], pair, 0, [PINS[0], PINS[2]]).frame_of(*FAMILY)
    held = [
        bool((each["difference_low"].le(true) & each["difference_high"].ge(true)).all())
        for each, true in ((frame, true_changes), (leads, true_leads))
    ]
    return held[0], held[1], bool(alone["verdict"].isin(DECIDED).any())


def pinned(values: dict[str, Floats], first_seed: int, n: int, place: int = 0) -> ComparisonResults:
    """Results as if a comparison had found these values, from its first seed on.

    Each place is another setting: of the same settings there would be no verdicts.
    """
    block = slice(first_seed, first_seed + n)
    experiment = _TEMPLATE.experiment.replace(first_seed=first_seed, n_seeds=n, n_epochs=1 + place)
    return dataclasses.replace(
        _TEMPLATE,
        experiment=experiment,
        values={name: each[:, block] for name, each in values.items()},
        diverged=np.zeros((len(COMPARED), n), bool),
        between={},
    )


_TEMPLATE = Comparison(
    dataset="iris", heads=COMPARED, n_seeds=1, learning_rate=RATE, n_epochs=1, margin=0.0, margin_nats=0.0
).run(n_jobs=1)
