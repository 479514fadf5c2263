"""Training throughput: the stack against its peers and the bare matrix products.

Every contender trains networks of the same shape, mini-batches and epochs with Adam, in processes of its own
that are bound to one core or to two; the time is per network and mini-batch, of the processor on one core and
on the clock on two. Peers train softmax alone. Ours trains four heads, records gradient magnitudes and
evaluates a validation sample after every epoch; JAX does all of that in one of its rows, but for the heads.
"Written out" is what numpy can do at best for softmax: see `_written_out.py`. What is compiled is compiled
in the round that isn't counted. What isn't installed is left out: numba (see requirements-fast.txt) with
ours, JAX (``pip install jax``), and PyTorch's build for processors.
"""

import argparse
import importlib.util
import itertools
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from tests.benchmarks import _peer_jax, _peer_ours, _peer_sklearn, _peer_torch, _written_out
from tests.benchmarks._alone import Alone
from tests.benchmarks._networks import Networks, plan
from tests.benchmarks._processes import usage
from tests.benchmarks._timing import in_turn, machine, print_ratios

CASES = {
    "digits": Networks("digits", (64,), 32, 10),
    "iris": Networks("iris", (16,), 16, 60),
    "wine": Networks("wine", (16,), 16, 60),
    "letters": Networks("letter", (64,), 32, 2),
    "MNIST": Networks("MNIST", (256,), 128, 2, n=8),
    "MNIST-deep": Networks("MNIST", (256, 256), 128, 2, n=8),
}
NUMBERS = (1, 4, 10, 40, 100, 400, 1000)
ONE_BY_ONE = 2
"""Networks that are trained by those who train one after the other: more would take the same for each."""


def contenders(networks: Networks, cores: int) -> dict[str, Alone]:
    """Everybody that is installed, on one core or on two."""
    few = replace(networks, n=min(networks.n, ONE_BY_ONE))
    softmax = replace(networks, heads=("softmax",) * len(networks.heads))
    half = replace(networks, n=networks.n // 2)

    def alone(work: Callable[..., None], of: Networks, *arguments: object, each: bool = False) -> Alone:
        return Alone(work, (of, *arguments), of.n_trained * of.steps * (cores if each else 1), cores, each)

    found = {
        "ours": alone(_peer_ours.train, networks, cores),
        "ours, softmax alone": alone(_peer_ours.train, softmax, cores),
        "matrix products alone": alone(_peer_ours.limit, networks, cores, False),
        "matrix products and Adam": alone(_peer_ours.limit, networks, cores, True),
    }
    if cores == 1 and len(networks.hidden) == 1:
        found["softmax alone, written out"] = alone(_written_out.train, softmax)
    if _is_installed("numba") and cores == 1:
        found["ours, numpy alone"] = alone(_peer_ours.train_without_numba, networks)
    if _is_installed("jax"):
        found["JAX, recording the same"] = alone(_peer_jax.train, networks, True)
        found["JAX, recording nothing"] = alone(_peer_jax.train, networks, False)
        if cores > 1 and networks.n > 1:
            found["JAX, the same, two processes"] = alone(_peer_jax.train, half, True, each=True)
            found["JAX, nothing, two processes"] = alone(_peer_jax.train, half, False, each=True)
    if _is_installed("torch"):
        found["PyTorch, stacked weights"] = alone(_peer_torch.train, networks, True)
        found["PyTorch, stacked and compiled"] = alone(_peer_torch.train, networks, True, True)
        found["PyTorch, one after the other"] = alone(_peer_torch.train, few, False)
    found["MLPClassifier"] = alone(_peer_sklearn.train, few, cores)
    return found


def _is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def compare(contenders: dict[str, Alone], rounds: int, ours: str = "ours") -> None:
    """Time all of them in turn, and print a row for each."""
    with ExitStack() as ends:
        for each in contenders.values():
            ends.callback(each.end)
        print_ratios(in_turn(contenders, rounds), ours, "µs a step", 1e6)


def growth(rounds: int) -> None:
    """How the cost of a network, and the memory for all, change with the number of networks."""
    of_digits = replace(CASES["digits"], n_epochs=5)
    print(f"{of_digits}, one core: cost of a network by their number")
    found = {}
    for n in NUMBERS:
        some = replace(of_digits, n=n)
        units = some.n_trained * some.steps
        found[f"{n:,}"] = Alone(_peer_ours.train, (some, 1), units, 1, each=False)
        if _is_installed("jax"):
            found[f"{n:,}, JAX, recording the same"] = Alone(
                _peer_jax.train, (some, True), units, 1, each=False
            )
    compare(found, rounds, ours="40")
    print("Most memory at a time in MB, the data of the splits with it: one for every four networks")
    print(f"{'networks':>10} {'server':>8} {'workers':>8} {'files':>8} {'all':>8}")
    most = {n: most_memory(replace(of_digits, n=n)) for n in NUMBERS}
    for n, kinds in most.items():
        print(f"{n:10}", *(f"{megabytes:8.0f}" for megabytes in (*kinds, sum(kinds))))
    for fewer, more in itertools.pairwise(NUMBERS[-3:]):
        each = (sum(most[more]) - sum(most[fewer])) / (more - fewer) * 1024
        print(f"a network more, from {fewer} to {more:,}: {each:.0f} kB")


def most_memory(networks: Networks) -> tuple[float, float, float]:
    """Megabytes of this process, the workers and their files when they were most together."""
    seen = []

    def look(n_epochs: object, histories: object) -> None:
        now = usage(os.getpid())
        seen.append((now.megabytes, now.megabytes_of_workers, now.megabytes_of_files))

    _peer_ours.train(networks, watch=look)
    plan.cache_clear()
    return max(seen, key=sum)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks training", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=[*CASES, "growth"])
    parser.add_argument("--cores", type=int, choices=[1, 2], help="on one core or on two (default: both)")
    parser.add_argument("--peers", nargs="*", help="beginnings of the names of those who take part")
    options = parser.parse_args(arguments)
    # The contenders' own workers end with them, and have no time to tidy up.
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker:UserWarning"
    print(machine(), "\n")
    for name, networks in CASES.items():
        if options.only not in (None, name):
            continue
        for cores in (1, 2) if options.cores is None else (options.cores,):
            print(f"{networks}: {networks.n_trained} networks on {'one core' if cores == 1 else 'two cores'}")
            taking_part = contenders(networks, cores)
            if options.peers is not None:
                starts = ("ours", *options.peers)
                taking_part = {each: who for each, who in taking_part.items() if each.startswith(starts)}
            compare(taking_part, options.rounds)
    if options.only in (None, "growth"):
        growth(options.rounds)
