"""Our engine: it records gradients and evaluates a validation sample after every epoch."""

import time

import numpy as np

from alternatives.heads import HEADS
from alternatives.training import Network, Recipe, Setting, Stack, adam, aligned, one_blas_thread
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
    whole = plan(networks)
    n_splits, n_settings = len(whole.seeds[splits]), len(runs)
    with one_blas_thread():
        seconds_of_products(whole.network, whole.recipe, n_splits, n_settings, networks.steps, with_solver)


def seconds_of_products(
    network: Network, recipe: Recipe, n_splits: int, n_settings: int, n_steps: int, with_solver: bool
) -> float:
    """Compute the products of so many steps of a stack of this shape; the processor's time for them."""
    random = np.random.default_rng(0)
    settings = [Setting(HEADS["softmax"], 1e-6) for _ in range(n_settings)]
    stack = Stack(network, recipe, settings, range(n_splits))
    gradients = aligned.zeros(stack.arrays.shape[1:], np.float32)
    of_weights = network.views(gradients[..., : network.n_parameters]).weights
    work = Workspace.allocate(network, stack.leading, recipe.batch_size, np.float32)
    X = aligned.zeros((n_splits, 1, recipe.batch_size, network.n_features), np.float32)
    for array in (X, work.logit_gradients):
        array[...] = random.normal(size=array.shape)
    inputs, of_outputs = [X, *work.outputs], [*work.gradients, work.logit_gradients]
    solver = Adam(stack.arrays[0], stack.arrays[1:], stack.learning_rates, recipe)
    began = time.process_time()
    for step in range(1, n_steps + 1):
        for layer, output in enumerate(work.outputs):
            np.matmul(inputs[layer], stack.weights[layer], out=output)
        np.matmul(stack.weights[-1].mT, inputs[-1].mT, out=work.transposed_logits)
        for layer in reversed(range(len(inputs))):
            np.matmul(inputs[layer].mT, of_outputs[layer], out=of_weights[layer])
            if layer:
                np.matmul(of_outputs[layer], stack.weights[layer].mT, out=of_outputs[layer - 1])
        if with_solver:
            solver.update(gradients, step)
    return time.process_time() - began
