"""A mixture of experts: linear classifiers, weighted for each sample by a gate."""

from dataclasses import dataclass

import numpy as np

from alternatives.heads import Floats, Head, Pullback, Softmax, ones
from alternatives.training.architecture import (
    Architecture,
    Array,
    Views,
    Workspace,
    flat,
    transposed,
    weighted_sum,
    weighted_sum_backward,
)


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
        work.transposed_logits[...] = transposed(logits)
        return transposed(work.transposed_logits)

    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        return transposed(self._weighted(parameters, X)[0])

    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        weights, pullback, experts = work.cache
        row_of_ones = ones(X.shape[-2], X.dtype)[None]
        grad_weights, grad_experts = weighted_sum_backward(work.logit_gradients, weights, experts)
        for index, gradient in enumerate((pullback(grad_weights), flat(grad_experts, 2))):
            np.matmul(transposed(X), gradient, out=gradients.weights[index])
            np.matmul(row_of_ones, gradient, out=gradients.biases[index])

    def seconds_of_step(self, batch_size: int) -> float:
        return super().seconds_of_step(batch_size) + batch_size * 1e-7

    def _weighted(self, parameters: Views, X: Floats) -> tuple[Floats, Floats, Pullback, Floats]:
        """The weighted sum of the experts' logits, the weights with their pullback, and the logits."""
        weights, pullback = self.normaliser.probabilities_and_pullback(self._scores(parameters, X))
        experts = np.matmul(X, parameters.weights[1])
        np.add(experts, parameters.biases[1], out=experts)
        experts = experts.reshape(*experts.shape[:-1], self.n_experts, self.n_classes)
        return weighted_sum(weights, experts), weights, pullback, experts

    def _scores(self, parameters: Views, X: Floats) -> Floats:
        scores = np.matmul(X, parameters.weights[0])
        return np.add(scores, parameters.biases[0], out=scores)
