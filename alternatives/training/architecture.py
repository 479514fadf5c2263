"""What a stack can train: parameters in one flat buffer, a way forward and a way back.

An architecture says which arrays its parameters are. The rest, where they lie in the buffer and where
they start, is the same for all.
"""

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from alternatives.heads import Floats
from alternatives.training import aligned

BLOCK = 256
"""Samples evaluated at a time: bounds the memory that a large part of the data needs."""

INITIALISATIONS: dict[str, Callable[[np.random.Generator, int, int], NDArray[np.float64]]] = {
    "He": lambda random, n_in, n_out: random.normal(0, (2 / n_in) ** 0.5, n_in * n_out),
    "Glorot": lambda random, n_in, n_out: random.uniform(-1, 1, n_in * n_out) * (6 / (n_in + n_out)) ** 0.5,
}
"""Draws of a layer's first weights: He et al. 2015, arXiv 1502.01852; Glorot and Bengio 2010."""


class Views(NamedTuple):
    """The parameters as arrays, views of one buffer, each role's from first layer to last.

    `weights` (..., n_in, n_out); `biases` mostly (..., 1, n_out). Of batch normalisation, (..., 1, n_out)
    too, are the `gains`, and the running `means` and `variances`, which no gradient moves.
    """

    weights: list[Floats]
    biases: list[Floats]
    gains: list[Floats]
    means: list[Floats]
    variances: list[Floats]


Role = Literal["weights", "biases", "gains", "means", "variances"]

FIRST = {"biases": 0.0, "gains": 1.0, "means": 0.0, "variances": 1.0}
"""What every role but the weights starts from."""


@dataclass(frozen=True)
class Array:
    """One array among the parameters."""

    role: Role
    n_in: int
    n_out: int


@dataclass
class Workspace:
    """Arrays for one forward and backward pass over a mini-batch, and what the former leaves to the latter.

    The logits lie in memory with the samples last: heads work across the classes, and passes over a
    short last axis are slow.
    """

    outputs: list[Floats]
    gradients: list[Floats]
    transposed_logits: Floats
    logit_gradients: Floats
    share: float = 1.0
    """How much of a whole mini-batch this is."""
    kept: list[Any] = field(default_factory=list)

    @classmethod
    def allocate(
        cls, architecture: "Architecture", leading: tuple[int, int], n_rows: int, dtype: DTypeLike
    ) -> "Workspace":
        """Room for whole mini-batches."""
        outputs, gradients = (
            [aligned.zeros((*leading, n_rows, n), dtype) for n in architecture.layer_sizes] for _ in range(2)
        )
        logits, logit_gradients = (
            aligned.zeros((*leading, architecture.n_classes, n_rows), dtype) for _ in range(2)
        )
        return cls(outputs, gradients, logits, transposed(logit_gradients))

    @property
    def n_rows(self) -> int:
        """Samples that there is room for."""
        return self.transposed_logits.shape[-1]

    def rows(self, n: int) -> "Workspace":
        """The same arrays for a smaller mini-batch."""
        if n == self.n_rows:
            return self
        return Workspace(
            [array[..., :n, :] for array in self.outputs],
            [array[..., :n, :] for array in self.gradients],
            self.transposed_logits[..., :n],
            self.logit_gradients[..., :n, :],
            n / self.n_rows,
        )


class Architecture(ABC):
    """What the runs of a stack share: a frozen value.

    Samples have shape (..., n_samples, n_features) and the leading axes of the parameters broadcast with
    theirs. Whatever mixes samples or units is a matrix product for each run.
    """

    n_features: int
    n_classes: int
    initialisation: str

    @property
    @abstractmethod
    def arrays(self) -> tuple[Array, ...]:
        """The parameters' arrays as they lie in the buffer."""

    @property
    @abstractmethod
    def layer_sizes(self) -> tuple[int, ...]:
        """Numbers that `Workspace` keeps of a sample, for each layer before the logits."""

    @abstractmethod
    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        """Logits of a mini-batch as it's trained on; leaves in `work` what `backward` needs."""

    @abstractmethod
    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        """Gradients of the mini-batch's mean loss, from those that `work` has at the logits."""

    @abstractmethod
    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        """Logits (..., n_classes, n_samples) of a block of samples as they are predicted, samples last."""

    @property
    def n_parameters(self) -> int:
        """Length of the buffer: weights, biases, and what batch normalisation adds."""
        return sum(array.n_in * array.n_out for array in self.arrays)

    @property
    def n_layers(self) -> int:
        """How many arrays of weights there are."""
        return sum(array.role == "weights" for array in self.arrays)

    def initial_parameters(self, seed: int) -> Floats:
        """Parameters (n_parameters,) to start from: weights are drawn, all else is 0 or 1."""
        random = np.random.default_rng([seed, 0])
        draw = INITIALISATIONS[self.initialisation]
        return np.concatenate(
            [
                draw(random, array.n_in, array.n_out)
                if array.role == "weights"
                else np.full(array.n_in * array.n_out, FIRST[array.role])
                for array in self.arrays
            ]
        )

    def views(self, parameters: Floats) -> Views:
        """The arrays of parameters (..., n_parameters), each a view (..., n_in, n_out)."""
        views, leading = Views([], [], [], [], []), parameters.shape[:-1]
        ends = itertools.accumulate(array.n_in * array.n_out for array in self.arrays)
        for array, end in zip(self.arrays, ends, strict=True):
            own = parameters[..., end - array.n_in * array.n_out : end]
            getattr(views, array.role).append(own.reshape(*leading, array.n_in, array.n_out))
        return views

    def logits(self, parameters: Floats, X: Floats) -> Floats:
        """Logits (..., n_samples, n_classes) of samples (..., n_samples, n_features).

        The leading axes of `parameters` (..., n_parameters) and of `X` broadcast.
        """
        views = self.views(parameters)
        starts = range(0, max(1, X.shape[-2]), BLOCK)
        blocks = [self.predict_logits(views, X[..., start : start + BLOCK, :]) for start in starts]
        # Samples last in memory, as in training: heads work across the classes, a short axis.
        return transposed(np.concatenate(blocks, axis=-1))

    def seconds_of_step(self, batch_size: int) -> float:
        """About how long one core takes for a mini-batch of one run: the solver's passes and the products."""
        return 8e-6 + self.n_parameters * (3e-9 + batch_size * 6e-11)


def transposed(array: NDArray[Any]) -> NDArray[Any]:
    """The last two axes exchanged."""
    return array.swapaxes(-1, -2)


def affine(X: Floats, weights: Floats, bias: Floats) -> Floats:
    """Samples last in memory, (..., n_out, n_samples), of what a layer makes of X."""
    product: Floats = np.matmul(transposed(weights), transposed(X))
    return np.add(product, transposed(bias), out=product)


def flat(array: Floats, n_axes: int) -> Floats:
    """The last axes as one."""
    return array.reshape(*array.shape[:-n_axes], math.prod(array.shape[-n_axes:]))


def weighted_sum(weights: Floats, vectors: Floats) -> Floats:
    """Σ weight · vector: (..., n) and (..., n, n_out) to (..., n_out)."""
    mixed: Floats = np.matmul(weights[..., None, :], vectors)[..., 0, :]
    return mixed


def weighted_sum_backward(gradient: Floats, weights: Floats, vectors: Floats) -> tuple[Floats, Floats]:
    """From the gradient at the mixture to those of weights and of vectors."""
    of_weights = np.matmul(vectors, gradient[..., None])[..., 0]
    return of_weights, np.multiply(weights[..., None], gradient[..., None, :])
