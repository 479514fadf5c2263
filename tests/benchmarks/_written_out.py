"""What numpy can do at best: the steps of softmax networks with one hidden layer, written out by hand.

There are no layers, heads or mini-batches in it, and no function but numpy's and Adam's update; every array
lies ready, and what is recorded is all that ours records in a step. What ours takes longer than this is the
price of its parts; what this takes longer than a compiled program is the price of numpy's calls.
"""

import numpy as np

from alternatives.heads import Floats, ones
from alternatives.heads.head import _flush_exponent
from alternatives.training import Stack, aligned, one_blas_thread
from alternatives.training.pieces import divide
from alternatives.training.solvers import Adam
from tests.benchmarks._networks import Networks, plan


def train(networks: Networks) -> None:
    """Train all networks in this process, in the pieces in which ours trains them."""
    whole = plan(networks)
    with one_blas_thread():
        for splits, runs in divide(whole, np.dtype(np.float32), 1):
            settings = [whole.settings[run] for run in runs]
            stack = Stack(whole.network, whole.recipe, settings, whole.seeds[splits])
            epochs(stack, whole.training.X[splits], whole.training.targets[splits], networks.n_epochs)


def epochs(stack: Stack, X: Floats, targets: np.ndarray, n_epochs: int) -> Floats:
    """Train a stack that hasn't been trained; returns its samples' losses in the last epoch.

    Mini-batches are all full: the last is filled up with samples of the first.
    """
    (n_splits, n, n_features), n_runs = X.shape, len(stack.settings)
    size, n_classes = min(stack.recipe.batch_size, n), stack.network.n_classes
    n_batches = -(-n // size)
    leading = n_splits, n_runs
    (first, last), (first_bias, last_bias) = stack.weights, stack.biases
    gradients = aligned.zeros(stack.arrays.shape[1:], np.float32)
    of_parameters = stack.network.views(gradients[..., : stack.network.n_parameters])
    (of_first, of_last), (of_first_bias, of_last_bias) = of_parameters.weights, of_parameters.biases
    flat = [each.reshape(*leading, -1) for each in (of_first, of_last)]
    hidden, of_hidden = (aligned.zeros((*leading, size, first.shape[-1]), np.float32) for _ in range(2))
    logits, scores, of_logits = (aligned.zeros((*leading, n_classes, size), np.float32) for _ in range(3))
    is_active, zeros, squares = np.empty(hidden.shape, bool), np.zeros_like(hidden), np.empty_like(logits)
    largest, sums, of_target = (np.empty((*leading, 1, size), np.float32) for _ in range(3))
    losses, norms = np.empty((2, *leading, 1, n_batches * size), np.float32)
    layer_norms = np.empty((*leading, 2, n_batches), np.float32)
    sum_of_gradients = np.zeros_like(gradients)
    last_t, last_bias_t, of_logits_t, hidden_t = last.mT, last_bias.mT, of_logits.mT, hidden.mT
    exponent, least = _flush_exponent(np.dtype(np.float32))
    offset, share = stack._flush_offset, np.float32(1 / size)
    over_classes, over_samples = ones(n_classes, np.dtype(np.float32)), ones(size, np.dtype(np.float32))[None]
    samples, classes = X.reshape(-1, n_features), np.arange(n_classes)[:, None]
    first_of_split = n * np.arange(n_splits)[:, None]
    solver = Adam(stack.arrays[0], stack.arrays[1:], stack.learning_rates, stack.recipe)
    n_steps = 0
    for _ in range(n_epochs):
        orders = np.stack([shuffler.permutation(n) for shuffler in stack._shufflers])
        order = np.concatenate([orders, orders], 1)[:, : n_batches * size] + first_of_split
        all_samples, all_targets = samples[order], targets.ravel()[order][:, None, None] == classes
        all_onehot = all_targets.astype(np.float32)
        sum_of_gradients[...] = 0
        for batch in range(n_batches):
            rows = slice(batch * size, (batch + 1) * size)
            x, target = all_samples[:, None, rows], all_onehot[..., rows]
            np.matmul(x, first, out=hidden)
            np.add(hidden, first_bias, out=hidden)
            np.maximum(hidden, zeros, out=hidden)
            np.matmul(last_t, hidden_t, out=logits)
            np.add(logits, last_bias_t, out=logits)

            np.maximum.reduce(logits, -2, keepdims=True, out=largest)
            np.subtract(logits, largest, out=scores)
            np.maximum(scores, exponent, out=scores)
            np.exp(scores, out=scores)
            np.subtract(scores, least, out=scores)
            np.matmul(over_classes, scores, out=sums[:, :, 0])
            np.multiply(logits, target, out=squares)
            np.matmul(over_classes, squares, out=of_target[:, :, 0])
            loss = losses[..., rows]
            np.subtract(largest, of_target, out=loss)
            np.add(loss, np.log(sums), out=loss)
            np.divide(scores, sums, out=of_logits)
            np.subtract(of_logits, target, out=of_logits)
            np.multiply(of_logits, share, out=of_logits)
            np.add(of_logits, offset, out=of_logits)
            np.subtract(of_logits, offset, out=of_logits)
            np.multiply(of_logits, of_logits, out=squares)
            np.matmul(over_classes, squares, out=norms[:, :, 0, rows])

            np.matmul(over_samples, of_logits_t, out=of_last_bias)
            np.matmul(hidden_t, of_logits_t, out=of_last)
            np.matmul(of_logits_t, last_t, out=of_hidden)
            np.greater(hidden, zeros, out=is_active)
            np.multiply(of_hidden, is_active, out=of_hidden)
            np.matmul(over_samples, of_hidden, out=of_first_bias)
            np.matmul(x.mT, of_hidden, out=of_first)
            for layer, gradient in enumerate(flat):
                np.vecdot(gradient, gradient, out=layer_norms[:, :, layer, batch])
            np.add(sum_of_gradients, gradients, out=sum_of_gradients)
            n_steps += 1
            solver.update(gradients, n_steps)
    return losses[:, :, 0, :n]
