"""How often ranks over data sets lead to a wrong conclusion, where the truth is known.

- *Alike*: all heads are alike; some pair is called different.
- *One apart*: one head is worse on every data set and the others are alike; some pair of these is called
  different.
- *With settings*: all are alike, but each data set favours heads of its own, the same in all of its
  settings: counted as one block a data set, as here, or as one a setting, as it shouldn't be.
- *Found*: one head is better by a standard deviation of the differences between data sets; it is called
  better than each of the others, or than at least one.

Wrong conclusions should be at most 5 % in every row. ± is the simulation's own standard error.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from alternatives.heads import Floats
from alternatives.statistics import ranking

N_DATA_SETS = (3, 5, 8, 12, 38)
N_HEADS = (2, 3, 4, 8)
N_SETTINGS = 4


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks ranks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--draws", type=int, default=1000, help="draws for each number (1000)")
    n_draws = parser.parse_args(arguments).draws
    worst = 100 * np.sqrt(0.05 * 0.95 / n_draws)
    print(f"{n_draws:,} draws each; % of draws, ± {worst:.1f} at 5 %\n")
    print("heads  data sets  alike  one apart  with settings  (settings as blocks)  found all  found any")
    for n_heads in N_HEADS:
        for n_sets in N_DATA_SETS:
            shape = n_sets, n_heads
            rates = [
                _rate(lambda chance, shape=shape: _any(chance.normal(size=shape)), n_draws),
                _rate(lambda chance, shape=shape: _one_apart(chance, shape), n_draws)
                if n_heads > 2
                else np.nan,
                _rate(lambda chance, shape=shape: _with_settings(chance, shape, False), n_draws),
                _rate(lambda chance, shape=shape: _with_settings(chance, shape, True), n_draws),
                *_rate(lambda chance, shape=shape: _found(chance, shape), n_draws),
            ]
            texts = ["–" if np.isnan(rate) else f"{100 * rate:.1f}" for rate in rates]
            print(f"{n_heads:5}  {n_sets:9}  {texts[0]:>5}  {texts[1]:>9}  {texts[2]:>13}  {texts[3]:>20}  "
                  f"{texts[4]:>9}  {texts[5]:>9}", flush=True)  # fmt: skip


def _rate(draw: Callable[[Generator], Any], n_draws: int) -> Any:
    chance = np.random.default_rng(0)
    return np.mean([draw(chance) for _ in range(n_draws)], axis=0)


def _any(values: Floats) -> bool:
    """Whether any pair is called different."""
    return len(ranking(values, list(map(str, range(values.shape[1])))).best) < values.shape[1]


def _one_apart(chance: Generator, shape: tuple[int, int]) -> bool:
    values = chance.normal(size=shape)
    values[:, -1] += 100
    names = list(map(str, range(shape[1])))
    found = ranking(values, names)
    return any(found.differ(one, other) for one in names[:-1] for other in names[:-1])


def _with_settings(chance: Generator, shape: tuple[int, int], as_blocks: bool) -> bool:
    own = chance.normal(size=(shape[0], 1, shape[1]))
    values = own + 0.5 * chance.normal(size=(shape[0], N_SETTINGS, shape[1]))
    return _any(values.reshape(-1, shape[1]) if as_blocks else values.mean(1))


def _found(chance: Generator, shape: tuple[int, int]) -> tuple[bool, bool]:
    values = chance.normal(size=shape)
    values[:, 0] -= np.sqrt(2)  # one standard deviation of a difference
    names = list(map(str, range(shape[1])))
    found = ranking(values, names)
    better = [found.differ("0", name) and found.rank("0") < found.rank(name) for name in names[1:]]
    return all(better), any(better)
