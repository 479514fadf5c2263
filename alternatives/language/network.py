"""The network: embeddings of the words before, a hidden layer, and an output layer for all words.

    x = the embeddings of a context, one after the other
    h = (ReLU(x W + b), 1)
    logits = the output layer's weights times h: those of the 1 are each word's bias

as in Bengio et al. 2003, without their direct connections from x to the logits. The output layer is one of
`large_output`: the factored one for losses of the spherical family, whose cost doesn't grow with the number
of words, and the dense one for all others. All layers learn by plain stochastic gradient descent, since a
factored layer can do no other.

References
----------
Bengio, Ducharme, Vincent and Jauvin 2003, A neural probabilistic language model, JMLR 3.
"""

from collections.abc import Iterator

import numpy as np

from alternatives.heads import Floats, Integers, NormalisedHead
from alternatives.language.corpus import Words
from alternatives.large_output import DenseOutput, Diverged, FactoredOutput, OutputLayer
from alternatives.large_output.spherical import Loss, spherical
from alternatives.training import INITIALISATIONS

EMBEDDING_DEVIATION = 0.5
"""Standard deviation of an embedding's initial numbers."""
OUTPUT_DEVIATION = 0.1
"""About that of the initial logits: spherical softmax and the Z-loss can't learn from logits of zero."""

AT_ONCE = 128
"""Samples that are measured at a time: their logits stay in the processor's cache."""


class NextWord:
    """A network that predicts the next word.

    Parameters
    ----------
    n_classes, n_context, n_embedding, n_units : int
        Words to predict, words that are given, numbers that stand for each of these, and hidden units.
    head : Head or SphericalLoss
    seed : int
        Of the initial weights.
    layer : type of OutputLayer, optional
        By default the factored one where the head allows it.
    dtype : dtype
        float32 or float64.
    """

    def __init__(
        self,
        n_classes: int,
        n_context: int,
        n_embedding: int,
        n_units: int,
        head: Loss,
        seed: int,
        layer: type[DenseOutput | FactoredOutput] | None = None,
        dtype: type[np.floating] = np.float32,
    ) -> None:
        random = np.random.default_rng([seed, 0])
        n_inputs = n_context * n_embedding
        # One row more: what stands before a text's beginning.
        embeddings = random.normal(0, EMBEDDING_DEVIATION, (n_classes + 1, n_embedding))
        weights = INITIALISATIONS["He"](random, n_inputs, n_units).reshape(n_inputs, n_units)
        outputs = random.normal(0, OUTPUT_DEVIATION / n_units**0.5, (n_classes, n_units + 1))
        self.head = head
        self.embeddings: Floats = embeddings.astype(dtype)
        self.weights: Floats = weights.astype(dtype)
        self.biases: Floats = np.zeros(n_units, dtype)
        layer = layer or (DenseOutput if spherical(head) is None else FactoredOutput)
        self.output: OutputLayer = layer(outputs.astype(dtype))

    def step(self, contexts: Integers, targets: Integers, learning_rate: float, output_rate: float) -> float:
        """Take one step of gradient descent on a mini-batch; returns its mean loss before the step.

        Parameters
        ----------
        contexts : ndarray (n_samples, n_context)
        targets : ndarray (n_samples,)
        learning_rate : float
            Of the embeddings and the hidden layer.
        output_rate : float
            Of the output layer.

        Raises
        ------
        Diverged
            If the loss, a gradient or an output of the hidden layer isn't finite.
        """
        with np.errstate(all="ignore"):  # what isn't finite is an error of its own
            inputs, hidden = self._forward(contexts)
        if not np.isfinite(hidden).all():
            raise Diverged("an output of the hidden layer isn't finite: the learning rate is too large")
        loss, by_hidden = self.output.step(self.head, hidden, targets, output_rate)
        rate = inputs.dtype.type(learning_rate)
        with np.errstate(all="ignore"):
            by_sum = by_hidden[:, :-1] * (hidden[:, :-1] > 0)
            by_inputs = by_sum @ self.weights.T
            self.weights -= rate * (inputs.T @ by_sum)
            self.biases -= rate * by_sum.sum(0)
            self._move_embeddings(contexts.ravel(), rate * by_inputs.reshape(contexts.size, -1))
        return loss

    def _move_embeddings(self, words: Integers, changes: Floats) -> None:
        """Subtract changes (n, n_embedding) from the embeddings of words (n,), which may repeat."""
        order = np.argsort(words, kind="stable")
        ordered = words[order]
        first = np.flatnonzero(np.diff(ordered, prepend=-1))
        self.embeddings[ordered[first]] -= np.add.reduceat(changes[order], first, axis=0)

    def _forward(self, contexts: Integers) -> tuple[Floats, Floats]:
        """Embeddings (n_samples, n_inputs), and outputs of the hidden layer with a last column of ones."""
        inputs = self.embeddings[contexts].reshape(len(contexts), -1)
        hidden = np.ones((len(contexts), self.weights.shape[1] + 1), inputs.dtype)
        hidden[:, :-1] = np.maximum(inputs @ self.weights + self.biases, 0)
        return inputs, hidden

    def log_loss(self, words: Words) -> float:
        """Mean of minus the logarithm of the targets' probabilities, in nats; NaN of a head without any.

        The Z-loss, for example, orders the words and gives them no probabilities.
        """
        if not isinstance(self.head, NormalisedHead):
            return float("nan")
        total = 0.0
        for hidden, targets in self._hidden(words):
            total += self.output.loss(hidden, targets, self.head) * len(targets)
        return total / len(words)

    def among_best(self, words: Words, *ks: int) -> list[float]:
        """Of each k: the share of the targets that are among the k words that the network ranks first."""
        found = np.zeros(len(ks))
        for hidden, targets in self._hidden(words):
            hit = self.output.top_k(hidden, max(ks), self.head) == targets[:, None]
            found += [np.count_nonzero(hit[:, :k]) for k in ks]
        return [float(share) for share in found / len(words)]

    def _hidden(self, words: Words) -> Iterator[tuple[Floats, Integers]]:
        for start in range(0, len(words), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            yield self._forward(words.contexts[some])[1], words.targets[some]
