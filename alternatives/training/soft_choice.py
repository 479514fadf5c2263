"""Networks that weight parts of themselves by a normaliser: attention pooling and a mixture of experts."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from alternatives.heads import Floats, Head, Pullback, Softmax, ones
from alternatives.training.architecture import (
    Architecture,
    Array,
    Effort,
    Views,
    Workspace,
    affine,
    flat,
)

OF_NORMALISER = 3
"""Time of a weight and its way back, relative to that of an elementwise unit, if the head is softmax."""


@dataclass(frozen=True)
class AttentionPooling(Architecture):
    """Attention pooling with one query over a sequence of steps, then a linear classifier.

    A sample is `n_steps` steps of equally many numbers each, then `n_query` numbers. With these its query is
    linear in them, and its steps have no order. Without any, one query is learned for all samples, and each
    step is embedded with its position. Keys and values are linear in the embedding. The normaliser turns the
    scores query · key / √n_units into weights. Any head's map is a normaliser; sigmoid's weights need not sum
    to one.
    """

    n_features: int
    n_classes: int
    n_steps: int
    n_units: int = 16
    normaliser: Head = Softmax()
    n_query: int = 0
    initialisation: str = "Glorot"

    @property
    def arrays(self) -> tuple[Array, ...]:
        n = self.n_units
        return (
            Array("weights", self._step_size, n),
            Array("biases", self._n_positions, n),
            Array("weights", n, n),  # keys
            Array("weights", self.n_query or 1, n),  # query
            Array("weights", n, n),  # values
            Array("weights", n, self.n_classes),
            Array("biases", 1, self.n_classes),
        )

    def attention(self, parameters: Floats, X: Floats) -> Floats:
        """The weights (..., n_samples, n_steps) of the steps."""
        return self.normaliser.probabilities(self._scores(self.views(parameters), X)[-1])

    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        context, *work.cache = self._context(parameters, X)
        work.cache.append(context)
        work.transposed_logits[...] = affine(context, parameters.weights[-1], parameters.biases[-1])
        return work.transposed_logits.mT

    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        return affine(self._context(parameters, X)[0], parameters.weights[-1], parameters.biases[-1])

    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        steps, embedded, query, projected, weights, pullback, values, context = work.cache
        _, key_weights, _, value_weights, last = parameters.weights
        row_of_ones = ones(X.shape[-2], X.dtype)[None]
        gradient = work.logit_gradients
        np.matmul(context.mT, gradient, out=gradients.weights[4])
        np.matmul(row_of_ones, gradient, out=gradients.biases[1])

        grad_weights, grad_values = _weighted_sum_backward(np.matmul(gradient, last.mT), weights, values)
        grad_values = self._by_step(grad_values)
        np.matmul(embedded.mT, grad_values, out=gradients.weights[3])
        grad_scores = pullback(grad_weights) * self._scale(X)
        grad_projected, grad_embedded = self._scores_backward(grad_scores, embedded, projected)
        np.matmul(grad_projected.mT, query, out=gradients.weights[1])
        grad_query = np.matmul(grad_projected, key_weights)
        np.matmul(self._query_input(X).mT, grad_query, out=gradients.weights[2])

        np.add(grad_embedded, np.matmul(grad_values, value_weights.mT), out=grad_embedded)
        np.multiply(grad_embedded, embedded > 0, out=grad_embedded)
        np.matmul(steps.mT, grad_embedded, out=gradients.weights[0])
        by_position = grad_embedded.reshape(*grad_embedded.shape[:-2], -1, self._n_positions * self.n_units)
        grad_positions = np.matmul(ones(by_position.shape[-2], X.dtype)[None], by_position)
        gradients.biases[0][...] = grad_positions.reshape(gradients.biases[0].shape)

    @property
    def effort(self) -> Effort:
        n, weighting = self.n_units, OF_NORMALISER * self.normaliser.effort
        of_step = n * (self._step_size + n + 2)  # the embedding, its value, its score and its share
        of_query = n * (n + self.n_query) if self.n_query else 0
        products = self.n_steps * of_step + of_query + n * self.n_classes
        return Effort(10 + weighting, products, self.n_steps * (2 * n + weighting))

    def _context(
        self, parameters: Views, X: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats, Pullback, Floats]:
        """The weighted sum of the values, and the intermediate results."""
        steps, embedded, query, projected, scores = self._scores(parameters, X)
        weights, pullback = self.normaliser.probabilities_and_pullback(scores)
        values = self._by_sample(np.matmul(embedded, parameters.weights[3]))
        return _weighted_sum(weights, values), steps, embedded, query, projected, weights, pullback, values

    def _scores(self, parameters: Views, X: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Steps, their embedding (..., n_samples · n_steps, n_units), query, projected query, and scores.

        All steps share their sample's query: (embedding · keys) · query is embedding · (keys · query).
        """
        steps = self._steps(X)
        embedded = np.matmul(steps, parameters.weights[0])
        with_positions = self._by_sample(embedded)
        np.add(with_positions, parameters.biases[0][..., None, :, :], out=with_positions)
        np.maximum(embedded, 0, out=embedded)
        query = np.matmul(self._query_input(X), parameters.weights[2])
        projected = np.matmul(query, parameters.weights[1].mT)
        if self.n_query:
            scores = np.matmul(self._by_sample(embedded), projected[..., None])[..., 0]
        else:
            scores = self._by_sample(np.matmul(embedded, projected.mT))[..., 0]
        return steps, embedded, query, projected, np.multiply(scores, self._scale(X), out=scores)

    def _scores_backward(
        self, gradient: Floats, embedded: Floats, projected: Floats
    ) -> tuple[Floats, Floats]:
        """By way of the scores: gradients with respect to the projected query, and to the embedding."""
        by_step = self._by_step(gradient[..., None])
        if not self.n_query:
            return np.matmul(embedded.mT, by_step).mT, np.multiply(by_step, projected)
        grad_projected = np.matmul(gradient[..., None, :], self._by_sample(embedded))[..., 0, :]
        return grad_projected, self._by_step(gradient[..., None] * projected[..., None, :])

    def _query_input(self, X: Floats) -> Floats:
        """What the query is linear in: numbers of each sample (..., n_samples, n_query), or a one for all."""
        return X[..., -self.n_query :] if self.n_query else np.ones((1, 1), X.dtype)

    def _scale(self, X: Floats) -> np.floating[Any]:
        return X.dtype.type(self.n_units**-0.5)

    def _steps(self, X: Floats) -> Floats:
        """Samples as (..., n_samples · n_steps, numbers of a step)."""
        steps = X[..., : self.n_features - self.n_query]
        return steps.reshape(*X.shape[:-2], -1, self._step_size)

    @property
    def _n_positions(self) -> int:
        """How many positions have biases of their own."""
        return 1 if self.n_query else self.n_steps

    @property
    def _step_size(self) -> int:
        """How many numbers a step has."""
        return (self.n_features - self.n_query) // self.n_steps

    def _by_sample(self, array: Floats) -> Floats:
        """(..., n_samples · n_steps, n) as (..., n_samples, n_steps, n)."""
        return array.reshape(*array.shape[:-2], -1, self.n_steps, array.shape[-1])

    def _by_step(self, array: Floats) -> Floats:
        """The inverse of `_by_sample`."""
        return array.reshape(*array.shape[:-3], -1, array.shape[-1])


@dataclass(frozen=True)
class MixtureOfExperts(Architecture):
    """Linear classifiers, the experts, and a linear gate that weights them for each sample.

    The logits are the weighted sum of the experts' logits (Jacobs et al. 1991, Adaptive mixtures of local
    experts). Any head's map turns the gate's scores into weights; sigmoid's need not sum to one.
    """

    n_features: int
    n_classes: int
    n_experts: int = 4
    normaliser: Head = Softmax()
    initialisation: str = "Glorot"

    @property
    def arrays(self) -> tuple[Array, ...]:
        n = self.n_experts * self.n_classes
        return (
            Array("weights", self.n_features, self.n_experts),
            Array("biases", 1, self.n_experts),
            Array("weights", self.n_features, n),
            Array("biases", 1, n),
        )

    def gate(self, parameters: Floats, X: Floats) -> Floats:
        """The weights (..., n_samples, n_experts) of the experts."""
        return self.normaliser.probabilities(self._scores(self.views(parameters), X))

    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        logits, *work.cache = self._weighted(parameters, X)
        work.transposed_logits[...] = logits.mT
        return work.transposed_logits.mT

    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        return self._weighted(parameters, X)[0].mT

    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        weights, pullback, experts = work.cache
        row_of_ones = ones(X.shape[-2], X.dtype)[None]
        grad_weights, grad_experts = _weighted_sum_backward(work.logit_gradients, weights, experts)
        for index, gradient in enumerate((pullback(grad_weights), flat(grad_experts, 2))):
            np.matmul(X.mT, gradient, out=gradients.weights[index])
            np.matmul(row_of_ones, gradient, out=gradients.biases[index])

    @property
    def effort(self) -> Effort:
        n_logits, weighting = self.n_experts * self.n_classes, OF_NORMALISER * self.normaliser.effort
        products = self.n_features * (self.n_experts + n_logits) + n_logits
        return Effort(5 + weighting, products, n_logits + weighting * self.n_experts)

    def _weighted(self, parameters: Views, X: Floats) -> tuple[Floats, Floats, Pullback, Floats]:
        """The weighted sum of the experts' logits, the weights with their pullback, and the logits."""
        weights, pullback = self.normaliser.probabilities_and_pullback(self._scores(parameters, X))
        experts = np.matmul(X, parameters.weights[1])
        np.add(experts, parameters.biases[1], out=experts)
        experts = experts.reshape(*experts.shape[:-1], self.n_experts, self.n_classes)
        return _weighted_sum(weights, experts), weights, pullback, experts

    def _scores(self, parameters: Views, X: Floats) -> Floats:
        scores = np.matmul(X, parameters.weights[0])
        return np.add(scores, parameters.biases[0], out=scores)


def _weighted_sum(weights: Floats, vectors: Floats) -> Floats:
    """Σ weight · vector: (..., n) and (..., n, n_out) to (..., n_out)."""
    mixed: Floats = np.matmul(weights[..., None, :], vectors)[..., 0, :]
    return mixed


def _weighted_sum_backward(gradient: Floats, weights: Floats, vectors: Floats) -> tuple[Floats, Floats]:
    """Gradients with respect to weights and vectors, from that with respect to their weighted sum."""
    weight_gradient = np.matmul(vectors, gradient[..., None])[..., 0]
    return weight_gradient, np.multiply(weights[..., None], gradient[..., None, :])
