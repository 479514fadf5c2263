"""The k highest ranked classes of each sample, found block by block."""

import numpy as np

from alternatives.heads import Floats, Integers


class TopK:
    """The k best classes offered so far. Of classes with equal ranks the lower one comes first."""

    def __init__(self, n_samples: int, k: int) -> None:
        self._k = k
        self._ranks: Floats = np.empty((n_samples, 0))
        self.classes: Integers = np.empty((n_samples, 0), np.intp)

    def offer(self, classes: Integers, ranks: Floats) -> None:
        """Take classes (n,) with their ranks (n_samples, n) into account."""
        if len(classes) > self._k:  # take the k best of the block first: sorting all of it would cost more
            best = np.argpartition(ranks, len(classes) - self._k, axis=1)[:, -self._k :]
            least = np.take_along_axis(ranks, best, 1).min(1, keepdims=True)
            tied = np.count_nonzero(ranks >= least, 1) > self._k
            best[tied] = np.argsort(-ranks[tied], axis=1, kind="stable")[:, : self._k]
            ranks, offered = np.take_along_axis(ranks, best, 1), np.asarray(classes)[best]
        else:
            offered = np.broadcast_to(classes, ranks.shape)
        ranks = np.concatenate([self._ranks, ranks], 1)
        offered = np.concatenate([self.classes, offered], 1)
        order = np.lexsort((offered, -ranks), axis=1)[:, : self._k]
        self._ranks = np.take_along_axis(ranks, order, 1)
        self.classes = np.take_along_axis(offered, order, 1)
