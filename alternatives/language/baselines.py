"""Models that only count words, to compare networks with.

`unigram` gives every word its share of the training set, with one added to each count. `bigram` gives it its
share among the words that follow the word before, mixed with the unigram's by Witten and Bell's rule: the
more different words follow, the likelier is one that has never followed.

References
----------
Witten and Bell 1991, The zero-frequency problem: estimating the probabilities of novel events in adaptive
text compression, IEEE Transactions on Information Theory 37.
"""

import numpy as np
from scipy import sparse

from alternatives.heads import Floats
from alternatives.language.corpus import Corpus


def unigram(corpus: Corpus) -> Floats:
    """Probabilities (n_classes,) of the words, whatever stands before."""
    counts = np.bincount(corpus.training.targets, minlength=corpus.n_classes) + 1.0
    return counts / counts.sum()


def bigram(corpus: Corpus) -> Floats:
    """Probabilities (n_words,) of the test set's targets, given the word before each."""
    training, test = corpus.training, corpus.test
    shape = corpus.n_classes + 1, corpus.n_classes
    pairs = training.contexts[:, -1], training.targets
    counts = sparse.coo_array((np.ones(len(training)), pairs), shape).tocsr()
    n_following: Floats = counts.sum(1)
    n_different = np.diff(counts.indptr)
    before = test.contexts[:, -1]
    alone = unigram(corpus)[test.targets]
    found = counts[before, test.targets]
    n, new = n_following[before], n_different[before]
    return np.where(n > 0, (found + new * alone) / np.maximum(n + new, 1), alone)


def perplexity(probabilities: Floats) -> float:
    """Exponential of the mean of minus their logarithms."""
    return float(np.exp(-np.log(probabilities).mean()))
