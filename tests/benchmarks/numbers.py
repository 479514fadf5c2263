"""The numbers of twenty comparisons and of all claims, here and in another checkout: are they the same bits?

A rebuild changes no number. The command line is the same on both sides of one, so it is asked, in either
checkout, for comparisons of every kind and for the claims, several of which train hidden layers, attention
and gates. Every number is printed with all its digits; times and words are left out.

    git worktree add /tmp/before COMMIT
    python -m tests.benchmarks numbers --against /tmp/before
"""

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

ALL_HEADS = (
    "softmax,spherical softmax,Taylor softmax,sigmoid,plain normalisation,higher order Taylor softmax,"
    "soft margin softmax,softmax with squared error,hinge,sparsemax,entmax,squared error"
)
PARAMETERS = (
    "softmax,spherical softmax(epsilon=0.1),higher order Taylor softmax(order=6),"
    "soft margin softmax(margin=2)"
)

COMPARISONS: dict[str, dict[str, Any]] = {
    "the default": {},
    "all heads": {"dataset": "iris", "heads": ALL_HEADS, "seeds": 3},
    "all heads, with label noise": {"dataset": "wine", "heads": ALL_HEADS, "seeds": 3, "label-noise": 0.3},
    "heads with parameters": {"dataset": "classification", "heads": PARAMETERS, "seeds": 4},
    "another baseline": {"dataset": "iris", "baseline": "spherical softmax", "seeds": 4},
    "batch normalisation": {"hidden": "32,16", "batch-normalisation": "yes", "seeds": 4, "epochs": 6},
    "batch normalisation, SGD": {
        "dataset": "wine",
        "batch-normalisation": "yes",
        "solver": "sgd",
        "seeds": 3,
    },
    "SGD": {"dataset": "wine", "solver": "sgd", "momentum": 0.5, "seeds": 5},
    "SGD that diverges": {"dataset": "iris", "solver": "sgd", "learning-rate": 10, "hidden": "64,64,64,64"},
    "label noise, a given rate": {"dataset": "breast cancer", "label-noise": 0.3, "learning-rate": 0.01},
    "two features": {"dataset": "moons", "hidden": 8},
    "two features, Taylor softmax units": {"dataset": "circles", "activation": "Taylor softmax", "seeds": 4},
    "linear, 20 classes": {"dataset": "Gaussian mixture(n_classes=20)", "hidden": "none", "seeds": 4},
    "tanh, Glorot, L2 penalty": {
        "dataset": "blobs",
        "activation": "tanh",
        "initialisation": "Glorot",
        "weight-decay": 0.01,
        "seeds": 4,
    },
    "logistic, four layers": {"dataset": "iris", "activation": "logistic", "hidden": "8,8,8,8", "seeds": 3},
    "imbalanced classes": {"dataset": "classification(imbalance=20)", "seeds": 3},
    "MNIST": {"dataset": "MNIST(samples=1000)", "batch-size": 128, "seeds": 2, "epochs": 4},
    "one seed, one head": {"heads": "sigmoid", "seeds": 1, "first-seed": 3},
    "large mini-batches": {"dataset": "breast cancer", "batch-size": 4096, "epochs": 20, "seeds": 3},
    "single samples": {"dataset": "iris", "batch-size": 1, "epochs": 2, "seeds": 2},
}
LEFT_OUT = ("training_seconds", "verdict")


def comparison(checkout: Path, options: dict[str, Any]) -> list[str]:
    """Every number of a comparison as a text with all its digits."""
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    found = json.loads(_printed(checkout, "compare", *given, "--quiet", "--json", "-"))
    return [
        f"{table} {number!r}"
        for table in ("measures", "summary", "runs", "trials")
        for row in found[table]
        for name, number in row.items()
        if name not in LEFT_OUT and not isinstance(number, str)
    ]


def claims(checkout: Path, seed: int) -> dict[str, list[str]]:
    """The numbers that decide each claim, with their intervals, but for those of times."""
    rows = list(csv.DictReader(io.StringIO(_printed(checkout, "claims", "--seed", str(seed), "--csv", "-"))))
    return {
        row["id"]: sorted(map(repr, json.loads(row["numbers"]).values()))
        for row in rows
        if row["id"] != "large output"
    }


def _printed(checkout: Path, *arguments: str) -> str:
    with tempfile.TemporaryFile() as errors:
        done = subprocess.run(
            [sys.executable, "-m", "alternatives", *arguments],
            cwd=checkout,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        )
        errors.seek(0)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} in {checkout}: {errors.read().decode()}")
    return done.stdout


def _differ(name: str, here: list[str], there: list[str]) -> bool:
    """Print whether the numbers are the same."""
    same = here == there
    print(f"{'same bits' if same else 'DIFFERENT'}  {len(here):6,} numbers  {name}", flush=True)
    return not same


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks numbers", description=__doc__)
    parser.add_argument("--against", type=Path, required=True, help="folder of the other checkout")
    parser.add_argument("--seed", type=int, default=1, help="of the claims")
    given = parser.parse_args(arguments)
    n_different = 0
    for name, options in COMPARISONS.items():
        here, there = (comparison(checkout, options) for checkout in (ROOT, given.against))
        n_different += here != there
        print(
            f"{'same bits' if here == there else 'DIFFERENT'}  {len(here):6,} numbers  comparison: {name}",
            flush=True,
        )
    here_claims, there_claims = (claims(checkout, given.seed) for checkout in (ROOT, given.against))
    for name in {**here_claims, **there_claims}:
        n_different += _differ(f"claim: {name}", here_claims.get(name, []), there_claims.get(name, []))
    print(f"{n_different} of {len(COMPARISONS) + len(here_claims)} differ")
    sys.exit(bool(n_different))
