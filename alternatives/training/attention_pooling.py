"""Attention pooling: a sequence is summed up by a weighted mean of its steps, then classified."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from alternatives.heads import Floats, Head, Pullback, Softmax, ones
from alternatives.training.architecture import (
    Architecture,
    Array,
    Views,
    Workspace,
    affine,
    flat,
    transposed,
    weighted_sum,
    weighted_sum_backward,
)


@dataclass(frozen=True)
class AttentionPooling(Architecture):
    """Attention with one learned query over a sequence of steps, and a linear classifier after it.

    Each step of a sample, `n_features` / `n_steps` numbers, is embedded with its position. Keys and values
    are linear in the embedding; the weight of a step is the normaliser's, of query · key / √n_units.
    """

    n_features: int
    n_classes: int
    n_steps: int
    n_units: int = 16
    normaliser: Head = Softmax()
    initialisation: str = "Glorot"

    @property
    def arrays(self) -> tuple[Array, ...]:
        n = self.n_units
        return (
            Array("weights", self.n_features // self.n_steps, n),
            Array("biases", self.n_steps, n),
            Array("weights", n, n),  # keys
            Array("weights", n, 1),  # query
            Array("weights", n, n),  # values
            Array("weights", n, self.n_classes),
            Array("biases", 1, self.n_classes),
        )

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        return ()

    def attention(self, parameters: Floats, X: Floats) -> Floats:
        """The weights (..., n_samples, n_steps) of the steps."""
        steps = self._steps(X)
        scores = self._scores(self.views(parameters), steps)[-1]
        return self.normaliser.probabilities(self._by_sample(scores)[..., 0])

    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        context, *work.kept = self._context(parameters, X)
        work.kept.append(context)
        work.transposed_logits[...] = affine(context, parameters.weights[-1], parameters.biases[-1])
        return transposed(work.transposed_logits)

    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        return affine(self._context(parameters, X)[0], parameters.weights[-1], parameters.biases[-1])

    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        steps, embedded, sought, weights, pullback, values, context = work.kept
        _, of_keys, query, of_values, last = parameters.weights
        row_of_ones = ones(X.shape[-2], X.dtype)[None]
        gradient = work.logit_gradients
        np.matmul(transposed(context), gradient, out=gradients.weights[4])
        np.matmul(row_of_ones, gradient, out=gradients.biases[1])

        at_weights, at_values = weighted_sum_backward(np.matmul(gradient, transposed(last)), weights, values)
        at_values = self._by_step(at_values)
        at_scores = self._by_step((pullback(at_weights) * self._scale(X))[..., None])
        np.matmul(transposed(embedded), at_values, out=gradients.weights[3])
        at_sought = np.matmul(transposed(embedded), at_scores)
        np.matmul(transposed(of_keys), at_sought, out=gradients.weights[2])
        np.matmul(at_sought, transposed(query), out=gradients.weights[1])

        at_embedded = np.matmul(at_values, transposed(of_values))
        np.add(at_embedded, np.multiply(at_scores, transposed(sought)), out=at_embedded)
        np.multiply(at_embedded, embedded > 0, out=at_embedded)
        np.matmul(transposed(steps), at_embedded, out=gradients.weights[0])
        by_sample = flat(self._by_sample(at_embedded), 2)
        at_positions = np.matmul(row_of_ones, by_sample)
        gradients.biases[0][...] = at_positions.reshape(gradients.biases[0].shape)

    def seconds_of_step(self, batch_size: int) -> float:
        return 1e-5 + super().seconds_of_step(batch_size) + batch_size * self.n_steps * self.n_units * 5e-9

    def _context(
        self, parameters: Views, X: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats, Pullback, Floats]:
        """The mixture of the values, and all that led to it."""
        steps = self._steps(X)
        embedded, sought, scores = self._scores(parameters, steps)
        weights, pullback = self.normaliser.probabilities_and_pullback(self._by_sample(scores)[..., 0])
        values = self._by_sample(np.matmul(embedded, parameters.weights[3]))
        return weighted_sum(weights, values), steps, embedded, sought, weights, pullback, values

    def _scores(self, parameters: Views, steps: Floats) -> tuple[Floats, Floats, Floats]:
        """Embedding (..., n_samples · n_steps, n_units), what is sought in it, and scores of the steps.

        The one query meets every key: (embedding · keys) · query is embedding · (keys · query), which
        needs no key.
        """
        embedded = np.matmul(steps, parameters.weights[0])
        with_positions = self._by_sample(embedded)
        np.add(with_positions, parameters.biases[0][..., None, :, :], out=with_positions)
        np.maximum(embedded, 0, out=embedded)
        sought = np.matmul(parameters.weights[1], parameters.weights[2])
        scores = np.matmul(embedded, sought)
        return embedded, sought, np.multiply(scores, self._scale(steps), out=scores)

    def _scale(self, X: Floats) -> np.floating[Any]:
        return X.dtype.type(self.n_units**-0.5)

    def _steps(self, X: Floats) -> Floats:
        """Samples as (..., n_samples · n_steps, n_features / n_steps)."""
        return X.reshape(*X.shape[:-2], -1, self.n_features // self.n_steps)

    def _by_sample(self, array: Floats) -> Floats:
        """(..., n_samples · n_steps, n) as (..., n_samples, n_steps, n)."""
        return array.reshape(*array.shape[:-2], -1, self.n_steps, array.shape[-1])

    def _by_step(self, array: Floats) -> Floats:
        """The other way, where the steps may still be the last axis but one."""
        return array.reshape(*array.shape[:-3], -1, array.shape[-1])
