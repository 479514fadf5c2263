"""PyTorch: one network after the other, or all with stacked weights, compiled or not. It records nothing."""

import itertools
import os
from collections.abc import Callable
from functools import lru_cache

from tests.benchmarks._networks import LEARNING_RATE, Networks


def train(networks: Networks, stacked: bool, compiled: bool = False) -> None:
    """Train all networks on the cores that this process may use."""
    _trainer(networks, stacked, compiled)()


@lru_cache(maxsize=8)
def _trainer(networks: Networks, stacked: bool, compiled: bool) -> Callable[[], None]:
    """A function that trains all of them once; what is compiled is kept."""
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    X, targets = torch.from_numpy(networks.X), torch.from_numpy(networks.targets)
    n, add = (networks.n_trained, torch.baddbmm) if stacked else (1, torch.addmm)
    sizes = (X.shape[1], *networks.hidden, networks.n_classes)
    parameters = []
    for n_in, n_out in itertools.pairwise(sizes):
        shapes = ((n, n_in, n_out), (n, 1, n_out)) if stacked else ((n_in, n_out), (n_out,))
        parameters += [torch.nn.Parameter(torch.zeros(shape)) for shape in shapes]
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))

    def loss(batch: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
        output = batch.expand(n, -1, -1) if stacked else batch
        for weights, bias in layers[:-1]:
            output = add(bias, output, weights).relu()
        weights, bias = layers[-1]
        logits = add(bias, output, weights)
        if not stacked:
            return torch.nn.functional.cross_entropy(logits, expected)
        sums = torch.nn.functional.cross_entropy(logits.flatten(0, 1), expected.repeat(n), reduction="sum")
        return sums / len(batch)

    loss = torch.compile(loss) if compiled else loss

    def train_once() -> None:
        with torch.no_grad():
            for weights, bias in layers:
                weights.normal_(0, (2 / weights.shape[-2]) ** 0.5)
                bias.zero_()
        solver = torch.optim.Adam(parameters, lr=LEARNING_RATE)
        for _ in range(networks.n_epochs):
            order = torch.randperm(len(X))
            for start in range(0, len(X), networks.batch_size):
                rows = order[start : start + networks.batch_size]
                solver.zero_grad()
                loss(X[rows], targets[rows]).backward()
                solver.step()

    def train_all() -> None:
        for _ in range(networks.n_trained // n):
            train_once()

    return train_all
