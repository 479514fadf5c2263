"""Whether conclusions are right as often as they say, on data sets from sources whose truth is known.

Data sets of 300 samples are drawn from four Gaussian classes, and each draw tunes its heads on splits of its
own.

- *These data*: the truth is the mean over the other seeds of a pool on the same data set, at the rates and
  epochs that the draw chose. Intervals of all heads and measures must hold together in 92 to 97 % of the
  draws.
- *New data*: the truth is the mean over many data sets, each tuned on splits of its own. Intervals must hold
  together in at least 92 %, and be at most twice as wide as with the known variance between data sets.
- *False alarms*: softmax beside a copy of itself with other initial weights and mini-batches; called
  different in any measure in at most 5 %.
- *Power*: how often a true difference of 1 point, or of 0.05 nats, would be found, by the measured
  distribution.
- *Positive control*: labels come from a head's own posterior, linear in the features; other models must be
  found worse.
- *Calibration*: labels come from each head's own probabilities, so every head is calibrated; called worse
  calibrated in at most 8 % of the draws.

± is the simulation's own standard error, over data sets where draws share one.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from alternatives.datasets import DATASETS, Samples
from alternatives.experiments.tuning import N_SPLITS, Tuning
from alternatives.heads import HEADS, Floats
from alternatives.measures import MEASURES
from alternatives.statistics import Between, summary
from tests.benchmarks._draws import FAMILY, Choice, Measured, Source, measured, tuned
from tests.benchmarks._timing import machine

COMPARED = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid")
N_SEEDS = (5, 10, 30)
DECIDED = ("better", "worse", "higher", "lower")
BETTER = dict.fromkeys(FAMILY, "neither")
MARGINS = {"accuracy": 0.01, "log loss": 0.02, "Brier score": 0.01, "confidence minus accuracy": 0.01}
SIZES = {"accuracy": 0.01, "log loss": 0.05}
"""The differences whose power is stated."""
FIRST = 10_000
"""Seeds of data set d begin at FIRST · (d + 1)."""
COPY_SHIFT = 5_000
MOST_BLOCKS = 60
"""Draws of seeds on one data set."""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks coverage", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer draws")
    parser.add_argument("--only", help="parts, with commas between", default=",".join(PARTS))
    options = parser.parse_args(arguments)
    print(f"{machine()}\n")
    for name in options.only.split(","):
        started = time.perf_counter()
        PARTS[name.strip()](options.quick)
        print(f"({time.perf_counter() - started:.0f} s)\n", flush=True)


def these_data(quick: bool) -> None:
    """Coverage, false alarms and power given the data set."""
    n_sets, n_pool = (8, 330) if quick else (24, 1030)
    rows: dict[int, list[dict[str, float]]] = {n: [] for n in N_SEEDS}
    for index in range(n_sets):
        samples, choices, _ = _chosen(Source(), [index], (16,))
        [pool] = measured(samples, choices, (16,), _seeds([index], n_pool))
        every = {name: values[:-1] for name, values in pool.values.items()}
        copies = {name: values[[0, -1]] for name, values in pool.values.items()}
        for n in N_SEEDS:
            blocks = [slice(start, start + n) for start in range(0, n_pool - n + 1, n)][:MOST_BLOCKS]
            found = [_block(every, copies, block) for block in blocks]
            rows[n].append({name: float(np.nanmean([each[name] for each in found])) for name in found[0]})
    _print_rates("these data", rows)


def new_data(quick: bool) -> None:
    """Coverage and width where the data sets are drawn, and tuned, anew."""
    n_sets, n_fresh = (60, 100) if quick else (200, 300)
    draws, choices, tunings = _chosen(Source(), range(1000, 1000 + n_sets), (16,))
    every = [
        replace(
            each,
            by_split={name: values[[*range(len(COMPARED)), 0]] for name, values in tuning.by_split.items()},
        )
        for each, tuning in zip(
            measured(draws, choices, (16,), _seeds(range(1000, 1000 + n_sets), max(N_SEEDS))),
            tunings,
            strict=True,
        )
    ]
    fresh = [Source().draw(index) for index in range(5000, 5000 + n_fresh)]
    fresh_seeds = _seeds(range(5000, 5000 + n_fresh), 1)
    rows: dict[int, list[dict[str, float]]] = {n: [] for n in N_SEEDS}
    differences = np.array([_differences(each)[:, :-1] for each in every])
    truth = differences.mean(0)
    # The variance of these means is that between data sets, each with its own tuning, and s²/n of the seeds.
    spread = np.mean([[(v - v[0]).var(-1, ddof=1)[:-1] for v in each.values.values()] for each in every], 0)
    known = np.maximum(differences.var(0, ddof=1) - spread / max(N_SEEDS), 0)
    needed = {name: Between(known[i], known[i]) for i, name in enumerate(FAMILY)}
    for each, own_choices in zip(every, choices, strict=True):
        others = measured(fresh, [own_choices[:-1]] * n_fresh, (16,), fresh_seeds)
        at_own = np.mean([_differences(other) for other in others], 0)
        for n in N_SEEDS:
            draw = each.first(n, len(COMPARED))
            own, with_known = _judged(draw.values, draw.between()), _judged(draw.values, needed)
            pair = each.first(n)
            copies = replace(
                pair,
                samples={name: v[[0, -1]] for name, v in pair.samples.items()},
                by_split={name: v[[0, -1]] for name, v in (pair.by_split or {}).items()},
            )
            found = _outcome(own, truth) | _alarm(_judged(copies.values, copies.between()))
            found["width ratio"] = float(np.nanmean(_widths(own) / _widths(with_known)))
            found["same settings"] = _outcome(own, at_own)["together"]
            rows[n].append(found)
    _print_rates("new data", rows)
    for n, results in rows.items():
        rate = _percent([each["same settings"] for each in results])
        print(f"where other data sets are trained at this one's settings, {n:2} seeds: {rate} % together")


def positive_control(quick: bool) -> None:
    """The head that made the labels."""
    n_sets, n_seeds = (6, 10) if quick else (20, 10)
    print("positive control: linear networks on 2,000 samples whose labels a head drew")
    print(
        "verdicts on the other heads' log loss, % of draws; spherical and Taylor softmax are one model here:"
    )
    print("shifted and scaled logits make one of the other")
    for teacher in COMPARED[:3]:
        source = Source(teacher, n_samples=2000, spread=3.0)
        found: dict[str, list[str]] = {}
        draws, choices, _ = _chosen(source, range(2000, 2000 + n_sets), ())
        seeds = _seeds(range(2000, 2000 + n_sets), n_seeds)
        for each in measured(draws, [own[:-1] for own in choices], (), seeds):
            better = dict.fromkeys(FAMILY, "lower")
            judged = summary(each.values, COMPARED, teacher, better, MARGINS, [FAMILY])
            for row in judged[judged["measure"] == "log loss"].itertuples():
                found.setdefault(str(row.head), []).append(str(row.verdict))
        found.pop(teacher)
        texts = [
            f"{head}: "
            + ", ".join(
                f"{word} {100 * own.count(word) / len(own):.0f}" for word in dict.fromkeys(sorted(own))
            )
            for head, own in found.items()
        ]
        print(f"labels from {teacher:18} {'; '.join(texts)}")


def calibration(quick: bool) -> None:
    """Labels from each head's own probabilities."""
    n_draws, n_seeds = (50, 10) if quick else (200, 10)
    print("labels from each head's own probabilities: some head called worse calibrated, % of draws")
    for name in ("iris", "digits"):
        samples, seeds = DATASETS[name].load(), range(FIRST, FIRST + n_seeds)
        heads = [HEADS[each] for each in COMPARED]
        hidden = (32,)
        [(choices, _)] = tuned([samples], heads, hidden, [range(FIRST - N_SPLITS, FIRST)])
        probabilities = _probabilities(samples, choices, hidden, seeds)
        random = np.random.default_rng(0)
        called: dict[str, list[bool]] = {}
        for _ in range(n_draws):
            below = np.cumsum(probabilities, -1)[..., :-1]
            targets = (random.random((*probabilities.shape[:-1], 1)) > below).sum(-1)
            values: dict[str, Floats] = {}
            for each in CALIBRATION:
                of_measures = MEASURES[each].of == "measures"
                given = (values,) if of_measures else (probabilities, targets)
                values[each] = MEASURES[each].function(*given)
            margins = {each: MEASURES[each].margin for each in CALIBRATION}
            better = {each: MEASURES[each].better or "lower" for each in CALIBRATION}
            judged = summary(values, COMPARED, COMPARED[0], better, margins, [FAMILY])
            for each, rows in judged.groupby("measure"):
                called.setdefault(str(each), []).append(
                    bool(rows["verdict"].isin(["worse", "higher", "lower"]).any())
                )
        for each, outcomes in called.items():
            print(f"{name:8} {each:40} {_percent(outcomes)}")


CALIBRATION = (
    "confidence minus accuracy",
    "calibration loss",
    "calibration error",
    "calibration error, chance level",
    "calibration error above chance",
)
"""Measures of calibration that are judged. The error by bins and its chance level differ between calibrated
heads, and have no verdict in the product."""

PARTS = {
    "these data": these_data,
    "new data": new_data,
    "positive control": positive_control,
    "calibration": calibration,
}


def _chosen(
    source: Source, draws: Iterable[int], hidden: tuple[int, ...]
) -> tuple[list[Samples], list[list[Choice]], list[Tuning]]:
    """Draws of a source, and the heads as each draw tunes them; the last one is a copy of softmax."""
    samples = [source.draw(index) for index in draws]
    splits = [range(own.start - N_SPLITS, own.start) for own in _seeds(draws, 1)]
    choices, tunings = zip(*tuned(samples, [HEADS[name] for name in COMPARED], hidden, splits), strict=True)
    return samples, [[*own, own[0]._replace(shift=COPY_SHIFT)] for own in choices], list(tunings)


def _seeds(draws: Iterable[int], n_seeds: int) -> list[range]:
    """The seeds of each draw."""
    return [range(FIRST * (index + 1), FIRST * (index + 1) + n_seeds) for index in draws]


def _differences(each: Measured) -> Floats:
    """Mean differences to the first head (n_measures, n_heads)."""
    return np.array([values.mean(-1) - values[0].mean() for values in each.values.values()])


def _probabilities(
    samples: Samples, choices: Sequence[Choice], hidden: tuple[int, ...], seeds: range
) -> Floats:
    """Class probabilities (n_heads, n_seeds, n_test, n_classes) on the test sets."""
    kept: list[Floats] = []
    measured([samples], [choices], hidden, [seeds], kept.append)
    return kept[0]


def _judged(values: dict[str, Floats], between: dict[str, Between] | None = None) -> pd.DataFrame:
    names = [str(index) for index in range(len(values["accuracy"]))]
    return summary(values, names, names[0], BETTER, MARGINS, [FAMILY], between)


def _block(every: dict[str, Floats], copies: dict[str, Floats], block: slice) -> dict[str, float]:
    """What comes of one block of seeds, beside the truth of all others."""
    others = np.ones(next(iter(every.values())).shape[1], bool)
    others[block] = False
    truth = np.array([values[:, others].mean(-1) - values[0, others].mean() for values in every.values()])
    judged = _judged({name: values[:, block] for name, values in every.items()})
    alarm = _alarm(_judged({name: values[:, block] for name, values in copies.items()}))
    return _outcome(judged, truth) | alarm


def _outcome(judged: pd.DataFrame, truth: Floats) -> dict[str, float]:
    """Whether the intervals hold, together and each, and how often differences of `SIZES` would be found."""
    low, high, mean = (
        judged[name].to_numpy().reshape(len(FAMILY), -1)[:, 1:]
        for name in ("difference_low", "difference_high", "difference")
    )
    truth = truth[:, 1:]
    holds = (low <= truth) & (truth <= high)
    found = {"together": float(holds.all()), "each": float(holds.mean())}
    for name, size in SIZES.items():
        row = FAMILY.index(name)
        error, half = mean[row] - truth[row], (high - low)[row] / 2
        found[f"power {name}"] = float(np.mean(np.abs(error + size) > half))
        found[f"half width {name}"] = float(half.mean())
    return found


def _alarm(judged: pd.DataFrame) -> dict[str, float]:
    of_copy = judged[judged["head"] == "1"]
    equivalent = of_copy.loc[of_copy["measure"] == "accuracy", "verdict"] == "equivalent"
    return {
        "false alarm": float(of_copy["verdict"].isin(DECIDED).any()),
        "equivalent": float(equivalent.mean()),
    }


def _widths(judged: pd.DataFrame) -> Floats:
    return (judged["difference_high"] - judged["difference_low"]).to_numpy()


def _percent(values: Sequence[float]) -> str:
    mean, error = np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{100 * mean:5.1f} ± {100 * error:3.1f}"


def _print_rates(question: str, rows: dict[int, list[dict[str, float]]]) -> None:
    headings = (
        "together, %",
        "each, %",
        "false alarm, %",
        "equivalent, %",
        "found 1 point, %",
        "0.05 nats, %",
    )
    columns = ("together", "each", "false alarm", "equivalent", "power accuracy", "power log loss")
    widths = ("half width, points", "half width, nats", "width ratio")
    print(f"{question:11} {'seeds':>5} " + " ".join(f"{each:>17}" for each in (*headings, *widths)))
    for n, own in rows.items():
        cells = [_percent([each[name] for each in own]) for name in columns]
        half = [np.mean([each[f"half width {name}"] for each in own]) for name in SIZES]
        ratios = [each["width ratio"] for each in own if "width ratio" in each]
        ratio = f"{np.mean(ratios):.2f}" if ratios else "–"
        cells += [f"{100 * half[0]:.2f}", f"{half[1]:.3f}", ratio]
        print(f"{'':11} {n:5} " + " ".join(f"{each:>17}" for each in cells))
