"""Training throughput: the stack against its peers and the bare matrix products.

Every contender trains networks of the same shape, mini-batches and epochs with Adam; the time is per
network and mini-batch. scikit-learn and PyTorch train softmax; ours trains all four heads, records
gradient magnitudes and evaluates a validation sample every epoch, in worker processes where that pays.
"""

import argparse
import itertools
import math
import os
import warnings
from collections.abc import Callable

import joblib
import numpy as np
from sklearn.neural_network import MLPClassifier

from alternatives.datasets import DATASETS, split
from alternatives.heads import HEADS
from alternatives.training import (
    Network,
    Plan,
    Recipe,
    Setting,
    Stack,
    Subset,
    aligned,
    one_blas_thread,
    train,
)
from alternatives.training.architecture import Workspace, transposed
from alternatives.training.parallel import Watch
from alternatives.training.pieces import divide
from alternatives.training.pool import shared_pool
from alternatives.training.solvers import Adam
from tests.benchmarks._processes import usage
from tests.benchmarks._timing import in_turn, machine, print_ratios

HEADS_COMPARED = [head for head in HEADS.values() if head.in_comparison]
N_CORES = 2


class Work:
    """Networks of one shape to train on one data set."""

    def __init__(self, dataset: str, n_networks: int, hidden: int, batch_size: int, n_epochs: int) -> None:
        self.n_seeds = max(1, n_networks // len(HEADS_COMPARED))
        self.settings = [Setting(head, 0.001) for head in HEADS_COMPARED[:n_networks]]
        self.n_networks = self.n_seeds * len(self.settings)
        samples = DATASETS.parse(dataset).load()
        part = split(samples, 0)
        self.X = X = np.concatenate([part.X_train, part.X_validation])
        self.targets = targets = np.concatenate([part.targets_train, part.targets_validation])
        self.training = Subset(np.tile(X, (self.n_seeds, 1, 1)), np.tile(targets, (self.n_seeds, 1)))
        self.validation = Subset(self.training.X[:, :1].copy(), self.training.targets[:, :1].copy())
        self.network = Network(X.shape[1], len(samples.class_names), (hidden,))
        self.recipe = Recipe("adam", n_epochs, batch_size)
        self.hidden, self.batch_size, self.n_epochs = hidden, batch_size, n_epochs
        self.steps = math.ceil(len(X) / batch_size) * n_epochs

    def ours(self, watch: Watch | None = None) -> float:
        seeds = list(range(self.n_seeds))
        plan = Plan(self.network, self.recipe, self.settings, seeds, self.training, self.validation)
        train([plan], watch)
        return self.n_networks * self.steps

    def scikit_learn(self, n_networks: int) -> float:
        for seed in range(n_networks):
            self._fit(seed)
        return n_networks * self.steps

    def scikit_learn_with_joblib(self, n_networks: int) -> float:
        joblib.Parallel(n_jobs=N_CORES)(joblib.delayed(self._fit)(seed) for seed in range(n_networks))
        return n_networks * self.steps

    def _fit(self, seed: int) -> None:
        with warnings.catch_warnings(action="ignore"):
            MLPClassifier(
                (self.hidden,), batch_size=self.batch_size, max_iter=self.n_epochs, tol=0, alpha=0,
                n_iter_no_change=self.n_epochs + 1, random_state=seed,
            ).fit(self.X, self.targets)  # fmt: skip

    def limit(self, with_solver: bool) -> float:
        """The matrix products of a forward and backward pass, on the same pieces, on both cores.

        With Adam's passes, if asked for: what of the rest can't be done without.
        """
        seeds = range(self.n_seeds)
        plan = Plan(self.network, self.recipe, self.settings, seeds, self.training, self.validation)
        pieces = divide(plan, np.dtype(np.float32), N_CORES)
        futures = []
        for splits, runs in pieces:
            settings = [self.settings[index] for index in runs]
            arguments = (
                self.network,
                self.recipe,
                settings,
                splits.stop - splits.start,
                self.steps,
                with_solver,
            )
            futures.append(shared_pool(N_CORES).submit(0, products, *arguments))
        for future in futures:
            future.result()
        return self.n_networks * self.steps

    def pytorch(self, n_networks: int, stacked: bool) -> float:
        """PyTorch one network after the other, or with stacked weights (`baddbmm`)."""
        import torch

        torch.set_num_threads(N_CORES)
        X, targets = torch.from_numpy(self.X), torch.from_numpy(self.targets)
        n_in, n_hidden, n_out = self.X.shape[1], self.hidden, self.network.n_classes
        for _ in range(1 if stacked else n_networks):
            if stacked:
                shapes = [(n_networks, n_in, n_hidden), (n_networks, 1, n_hidden)]
                shapes += [(n_networks, n_hidden, n_out), (n_networks, 1, n_out)]
                parameters = [torch.nn.Parameter(torch.randn(shape) * 0.1) for shape in shapes]
                model = None
            else:
                model = torch.nn.Sequential(
                    torch.nn.Linear(n_in, n_hidden), torch.nn.ReLU(), torch.nn.Linear(n_hidden, n_out)
                )
                parameters = list(model.parameters())
            solver = torch.optim.Adam(parameters, lr=0.001)
            for _ in range(self.n_epochs):
                order = torch.randperm(len(X))
                for start in range(0, len(X), self.batch_size):
                    rows = order[start : start + self.batch_size]
                    batch, expected = X[rows], targets[rows]
                    if model is None:
                        first, bias, second, last_bias = parameters
                        hidden = torch.baddbmm(bias, batch.expand(n_networks, -1, -1), first).relu()
                        logits = torch.baddbmm(last_bias, hidden, second)
                        loss = torch.nn.functional.cross_entropy(
                            logits.flatten(0, 1), expected.repeat(n_networks), reduction="sum"
                        ) / len(rows)  # fmt: skip
                    else:
                        loss = torch.nn.functional.cross_entropy(model(batch), expected)
                    solver.zero_grad()
                    loss.backward()
                    solver.step()
        return n_networks * self.steps


def products(
    network: Network, recipe: Recipe, settings: list[Setting], n_splits: int, n_steps: int, with_solver: bool
) -> None:
    """The five batched matrix products of a step, again and again, in the buffers that a stack has."""
    random = np.random.default_rng(0)
    stack = Stack(network, recipe, settings, range(n_splits))
    gradients = aligned.zeros(stack.arrays.shape[1:], np.float32)
    of_first, of_second = network.views(gradients[..., : network.n_parameters]).weights
    work = Workspace.allocate(network, stack.leading, recipe.batch_size, np.float32)
    (hidden,), (of_hidden,), of_logits = work.outputs, work.gradients, work.logit_gradients
    X = aligned.zeros((n_splits, 1, recipe.batch_size, network.n_features), np.float32)
    for array in (X, of_logits):
        array[...] = random.normal(size=array.shape)
    (first, second), rates = stack.weights, np.full((len(settings), 1), 1e-6, np.float32)
    solver = Adam(stack.arrays[0], stack.arrays[1:], rates, recipe)
    with one_blas_thread():
        for step in range(1, n_steps + 1):
            np.matmul(X, first, out=hidden)
            np.matmul(transposed(second), transposed(hidden), out=work.transposed_logits)
            np.matmul(transposed(hidden), of_logits, out=of_second)
            np.matmul(of_logits, transposed(second), out=of_hidden)
            np.matmul(transposed(X), of_hidden, out=of_first)
            if with_solver:
                solver.update(gradients, step)


def contenders(work: Work, n_alone: int) -> dict[str, Callable[[], float]]:
    """Everyone that is installed; those that train one after the other do `n_alone` networks."""
    found: dict[str, Callable[[], float]] = {
        "ours": work.ours,
        "matrix products alone, both cores": lambda: work.limit(with_solver=False),
        "matrix products and Adam, both cores": lambda: work.limit(with_solver=True),
        "MLPClassifier, one after the other": lambda: work.scikit_learn(n_alone),
        "MLPClassifier, joblib on both cores": lambda: work.scikit_learn_with_joblib(2 * n_alone),
    }
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch isn't installed: its rows are left out")
    else:
        found["PyTorch, one after the other"] = lambda: work.pytorch(n_alone, stacked=False)
        found["PyTorch, stacked weights"] = lambda: work.pytorch(work.n_networks, stacked=True)
    return found


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks training", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["digits", "iris", "MNIST", "growth"])
    options = parser.parse_args(arguments)
    print(machine(), "\n")
    cases = {
        "digits": ("digits, 64-64-10, batch 32, 30 epochs", ("digits", 40, 64, 32, 30), 4),
        "iris": ("iris, 4-16-3, batch 16, 30 epochs", ("iris", 40, 16, 16, 30), 4),
        "MNIST": ("MNIST (5,000 samples), 784-256-10, batch 128, 2 epochs", ("MNIST", 8, 256, 128, 2), 2),
    }
    for name, (title, shape, n_alone) in cases.items():
        if options.only in (None, name):
            work = Work(*shape)
            print(f"{title}: {work.n_networks} networks")
            seconds = in_turn(contenders(work, n_alone), options.rounds)
            print_ratios(seconds, "ours", "µs a step", 1e6)
    if options.only in (None, "growth"):
        growth(options.rounds)


def growth(rounds: int) -> None:
    """How the cost of a network, and the memory for all, change with the number of networks."""
    print("digits, 64-64-10, batch 32, 5 epochs: cost of a network by their number")
    numbers = (1, 4, 10, 40, 100, 400, 1000)
    works = {n: Work("digits", n, 64, 32, 5) for n in numbers}
    seconds = in_turn({str(n): work.ours for n, work in works.items()}, rounds)
    print_ratios(seconds, "40", "µs a step", 1e6)
    works.clear()
    print("Most memory at a time in MB, the data of the splits with it: one for every four networks")
    print(f"{'networks':>10} {'server':>8} {'workers':>8} {'files':>8} {'all':>8}")
    most = {n: most_memory(Work("digits", n, 64, 32, 5)) for n in numbers}
    for n, kinds in most.items():
        print(f"{n:10}", *(f"{megabytes:8.0f}" for megabytes in (*kinds, sum(kinds))))
    for fewer, more in itertools.pairwise(numbers[-3:]):
        each = (sum(most[more]) - sum(most[fewer])) / (more - fewer) * 1024
        print(f"a network more, from {fewer} to {more:,}: {each:.0f} kB")


def most_memory(work: Work) -> tuple[float, float, float]:
    """Megabytes of this process, the workers and their files when they were most together."""
    seen = []

    def look(n_epochs: object, histories: object) -> None:
        now = usage(os.getpid())
        seen.append((now.megabytes, now.megabytes_of_workers, now.megabytes_of_files))

    work.ours(look)
    return max(seen, key=sum)
