"""JAX: `vmap` over the networks, `scan` over the mini-batches and epochs, and `jit` over all.

It trains softmax alone, whose loss and gradient it has as a formula, as ours do: nothing is left for it to
differentiate but the layers. The networks on one seed share its mini-batches, as ours do. With `records` it
computes what ours records: each epoch's loss, gradient norms at the logits and of the layers, ratio of
signal to noise and relative update, and how good the networks are on a validation sample.
"""

import itertools
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from tests.benchmarks._networks import LEARNING_RATE, Networks

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def train(networks: Networks, records: bool) -> None:
    """Train all networks on the cores that this process may use."""
    import jax

    jax.block_until_ready(_trainer(networks, records)())


@lru_cache(maxsize=8)
def _trainer(networks: Networks, records: bool) -> Callable[[], Any]:
    """A function that trains all of them once; it is compiled in its first call."""
    import jax
    import jax.numpy as jnp

    X, onehot = jnp.asarray(networks.X), jax.nn.one_hot(networks.targets, networks.n_classes)
    n_full, _ = divmod(len(X), networks.batch_size)
    in_full = n_full * networks.batch_size
    sizes = (X.shape[1], *networks.hidden, networks.n_classes)

    def logits_of(parameters: Any, batch: Any) -> Any:
        for weights, bias in parameters[:-1]:
            batch = jax.nn.relu(batch @ weights + bias)
        weights, bias = parameters[-1]
        return batch @ weights + bias

    def step(state: Any, batch: Any, rate: Any, is_last_full: bool = False) -> Any:
        (parameters, first, second, n_steps), sums, squares = state
        samples, target = batch
        logits, pullback = jax.vjp(lambda parameters: logits_of(parameters, samples), parameters)
        largest = logits.max(-1, keepdims=True)
        scores = jnp.exp(logits - largest)
        sum_ = scores.sum(-1, keepdims=True)
        of_logits = scores / sum_ - target
        (gradients,) = pullback(of_logits / len(samples))
        n_steps += 1
        first = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, gradients)
        second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, gradients)
        factor = rate * jnp.sqrt(1 - BETA_2**n_steps) / (1 - BETA_1**n_steps)
        updates = jax.tree.map(lambda m, v: factor * m / (jnp.sqrt(v) + EPSILON), first, second)
        after = jax.tree.map(jnp.subtract, parameters, updates)
        seen: tuple[Any, ...] = ()
        if records:
            layers = jnp.stack([_square(weights) for weights, _ in gradients])
            sums = jax.tree.map(jnp.add, sums, [weights for weights, _ in gradients])
            squares = squares + layers
            loss = jnp.log(sum_) + largest - (logits * target).sum(-1, keepdims=True)
            norms = jnp.sqrt((of_logits * of_logits).sum(-1))
            seen = (loss.sum(), norms.sum(), jnp.sqrt(layers))
        if records and is_last_full:
            moved = sum(_square(update) for update, _ in updates)
            seen = (*seen, jnp.sqrt(moved / sum(_square(weights) for weights, _ in parameters)))
        return ((after, first, second, n_steps), sums, squares), seen

    def epoch(trained: Any, key: Any, rate: Any) -> Any:
        order = jax.random.permutation(key, len(X))
        full = [each[order[:in_full]].reshape(n_full, -1, each.shape[1]) for each in (X, onehot)]
        state = trained, [jnp.zeros_like(weights) for weights, _ in trained[0]], jnp.zeros(len(sizes) - 1)
        alike = n_full - 1 if records else n_full
        state, seen = jax.lax.scan(partial(step, rate=rate), state, [each[:alike] for each in full])
        if records:
            state, of_last = step(state, [each[-1] for each in full], rate, is_last_full=True)
            seen = seen, of_last
        if in_full < len(X):
            state, of_rest = step(state, [each[order[in_full:]] for each in (X, onehot)], rate)
            seen = seen, of_rest
        trained, sums, squares = state
        if records:
            signal = sum(_square(each) for each in sums)
            seen = seen, signal / squares.sum(), evaluation(trained[0])
        return trained, seen

    def evaluation(parameters: Any) -> Any:
        logits, target = logits_of(parameters, X[:1]), onehot[:1]
        probabilities = jax.nn.softmax(logits)
        log_loss = -(jax.nn.log_softmax(logits) * target).sum(-1)
        is_right = probabilities.argmax(-1) == target.argmax(-1)
        brier = ((probabilities - target) ** 2).sum(-1)
        return [each.mean() for each in (log_loss, is_right, probabilities.max(-1), brier)]

    def train_one(key: Any, rate: Any) -> Any:
        of_weights, of_order = jax.random.split(key)
        parameters = [
            (jax.random.normal(key, (n_in, n_out)) * (2 / n_in) ** 0.5, jnp.zeros(n_out))
            for key, (n_in, n_out) in zip(
                jax.random.split(of_weights, len(sizes) - 1), itertools.pairwise(sizes), strict=True
            )
        ]
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        start = parameters, zeros, zeros, 0.0
        return jax.lax.scan(partial(epoch, rate=rate), start, jax.random.split(of_order, networks.n_epochs))

    train_seed = jax.vmap(train_one, in_axes=(None, 0))
    keys = jax.random.split(jax.random.key(0), networks.n_seeds)
    rates = jnp.full(networks.n_settings, LEARNING_RATE)
    return partial(jax.jit(jax.vmap(train_seed, in_axes=(0, None))), keys, rates)


def _square(array: Any) -> Any:
    return (array * array).sum()
