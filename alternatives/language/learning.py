"""How a network learns: stochastic gradient descent, whose rates are halved after every epoch."""

from collections.abc import Iterator

import numpy as np

from alternatives.language.corpus import Words
from alternatives.language.network import NextWord
from alternatives.training import look


def learn(
    network: NextWord,
    words: Words,
    learning_rate: float,
    output_rate: float,
    n_epochs: int,
    batch_size: int,
    seed: int,
    share: float = 1.0,
) -> Iterator[int]:
    """Train a network, epoch by epoch; yields the number of epochs after each.

    Parameters
    ----------
    network : NextWord
    words : Words
        What it learns from.
    learning_rate, output_rate : float
        Those of the first epoch, see `NextWord.step`.
    n_epochs, batch_size : int
    seed : int
        Of the order of the samples.
    share : float
        The part of each epoch's samples that is learnt; the others are left out.

    Raises
    ------
    Diverged
        If a step's numbers aren't finite.
    """
    for epoch in range(n_epochs):
        order = np.random.default_rng([seed, 1, epoch]).permutation(len(words))
        order = order[: max(1, round(share * len(words)))]
        slower = 0.5**epoch
        for start in range(0, len(order), batch_size):
            some = order[start : start + batch_size]
            network.step(
                words.contexts[some], words.targets[some], slower * learning_rate, slower * output_rate
            )
            look()
        yield epoch + 1
