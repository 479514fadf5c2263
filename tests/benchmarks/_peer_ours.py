"""Our engine: it records gradients and evaluates a validation sample after every epoch."""

import numpy as np

from alternatives.training import Stack, adam, aligned, one_blas_thread
from alternatives.training import train as train_plans
from alternatives.training.architecture import Workspace
from alternatives.training.parallel import Watch
from alternatives.training.pieces import divide
from alternatives.training.pool import shared_pool
from alternatives.training.solvers import Adam
from tests.benchmarks._networks import Networks, plan


def train(networks: Networks, n_jobs: int | None = None, watch: Watch | None = None) -> None:
    """Train all networks, in worker processes where that pays."""
    train_plans([plan(networks)], watch, n_jobs=n_jobs)


def train_without_numba(networks: Networks) -> None:
    """Train all networks in this process, from now on in numpy alone."""
    adam.fastest = lambda: adam.in_passes
    train(networks, n_jobs=1)


def limit(networks: Networks, n_jobs: int, with_solver: bool) -> None:
    """The matrix products of a forward and backward pass, on the same pieces.

    With Adam's passes, if asked for: what of the rest can't be done without.
    """
    pieces = divide(plan(networks), np.dtype(np.float32), n_jobs)
    under_way = []
    for splits, runs in pieces:
        arguments = networks, splits, runs, with_solver
        if n_jobs == 1:
            products(*arguments)
        else:
            under_way.append(shared_pool(n_jobs).submit(0, products, *arguments))
    for future in under_way:
        future.result()


def products(networks: Networks, splits: slice, runs: list[int], with_solver: bool) -> None:
    """The batched matrix products of each step, in the buffers that a stack has."""
    whole, random = plan(networks), np.random.default_rng(0)
    settings, seeds = [whole.settings[run] for run in runs], whole.seeds[splits]
    stack = Stack(whole.network, whole.recipe, settings, seeds)
    gradients = aligned.zeros(stack.arrays.shape[1:], np.float32)
    of_weights = stack.network.views(gradients[..., : stack.network.n_parameters]).weights
    work = Workspace.allocate(stack.network, stack.leading, networks.batch_size, np.float32)
    X = aligned.zeros((len(seeds), 1, networks.batch_size, stack.network.n_features), np.float32)
    for array in (X, work.logit_gradients):
        array[...] = random.normal(size=array.shape)
    inputs, of_outputs = [X, *work.outputs], [*work.gradients, work.logit_gradients]
    rates = np.full((len(runs), 1), 1e-6, np.float32)
    solver = Adam(stack.arrays[0], stack.arrays[1:], rates, stack.recipe)
    with one_blas_thread():
        for step in range(1, networks.steps + 1):
            for layer, output in enumerate(work.outputs):
                np.matmul(inputs[layer], stack.weights[layer], out=output)
            np.matmul(stack.weights[-1].mT, inputs[-1].mT, out=work.transposed_logits)
            for layer in reversed(range(len(inputs))):
                np.matmul(inputs[layer].mT, of_outputs[layer], out=of_weights[layer])
                if layer:
                    np.matmul(of_outputs[layer], stack.weights[layer].mT, out=of_outputs[layer - 1])
            if with_solver:
                solver.update(gradients, step)
