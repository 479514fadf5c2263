"""What a stack can train: parameters in one flat buffer, a forward and a backward pass.

An architecture says which arrays its parameters are. Their places in the buffer and their initial values
follow by the same rules for all.
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
"""Samples evaluated at a time: this bounds the memory for a large test set."""

INITIALISATIONS: dict[str, Callable[[np.random.Generator, int, int], NDArray[np.float64]]] = {
    "He": lambda random, n_in, n_out: random.normal(0, (2 / n_in) ** 0.5, n_in * n_out),
    "Glorot": lambda random, n_in, n_out: random.uniform(-1, 1, n_in * n_out) * (6 / (n_in + n_out)) ** 0.5,
}
"""Distributions of a layer's initial weights: He et al. 2015, arXiv 1502.01852; Glorot and Bengio 2010."""


class Views(NamedTuple):
    """The parameters as arrays, which are views of one buffer; in each list, from first layer to last.

    `weights` are (..., n_in, n_out) and `biases` usually (..., 1, n_out). Batch normalisation adds `gains`,
    and running `means` and `variances` without a gradient, all (..., 1, n_out).
    """

    weights: list[Floats]
    biases: list[Floats]
    gains: list[Floats]
    means: list[Floats]
    variances: list[Floats]


Role = Literal["weights", "biases", "gains", "means", "variances"]

INITIAL_VALUES = {"biases": 0.0, "gains": 1.0, "means": 0.0, "variances": 1.0}
"""The initial value of every array but the weights."""


@dataclass(frozen=True)
class Array:
    """One array among the parameters."""

    role: Role
    n_in: int
    n_out: int


class Scratch(NamedTuple):
    """An array that passes need beside the layers' outputs and gradients."""

    size: int
    """Numbers of a sample."""
    of_split: bool
    """Whether all settings on a split have the same numbers."""


@dataclass
class Workspace:
    """Arrays for a forward and a backward pass over a mini-batch, reused from step to step.

    The logits have the samples last in memory: passes over the classes, a short axis, would be slow.
    """

    outputs: list[Floats]
    gradients: list[Floats]
    transposed_logits: Floats
    logit_gradients: Floats
    fraction: float = 1.0
    """Size relative to a full mini-batch."""
    scratch: list[Floats] = field(default_factory=list)
    cache: list[Any] = field(default_factory=list)

    @classmethod
    def allocate(
        cls, architecture: "Architecture", leading: tuple[int, int], n_rows: int, dtype: DTypeLike
    ) -> "Workspace":
        """A workspace for full mini-batches."""
        outputs, gradients = (
            [aligned.zeros((*leading, n_rows, n), dtype) for n in architecture.layer_sizes] for _ in range(2)
        )
        logits, logit_gradients = (
            aligned.zeros((*leading, architecture.n_classes, n_rows), dtype) for _ in range(2)
        )
        scratch = [
            aligned.zeros((leading[0], 1 if each.of_split else leading[1], n_rows, each.size), dtype)
            for each in architecture.scratch
        ]
        return cls(outputs, gradients, logits, logit_gradients.mT, scratch=scratch)

    @property
    def n_rows(self) -> int:
        """Samples of a full mini-batch."""
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
            [array[..., :n, :] for array in self.scratch],
        )


class Effort(NamedTuple):
    """What a network does in a forward pass, to estimate how long it takes."""

    arrays: float
    """Arrays that are computed one after the other."""
    products: int
    """Multiplications in matrix products, for a sample."""
    numbers: float
    """Numbers that are computed one by one, for a sample; one that takes longer counts as several."""


class Architecture(ABC):
    """The network of all runs of a stack: a frozen value.

    Samples have shape (..., n_samples, n_features); their leading axes broadcast with the parameters'.
    Whatever mixes samples or units is one matrix product for each run.
    """

    n_features: int
    n_classes: int
    initialisation: str

    @property
    @abstractmethod
    def arrays(self) -> tuple[Array, ...]:
        """The parameters' arrays, in the order of the buffer."""

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Units of each layer whose outputs `Workspace` has room for."""
        return ()

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """Arrays that `Workspace` has room for beside these."""
        return ()

    @property
    def numbers_of_sample(self) -> int:
        """Numbers that a network's `Workspace` has of a sample."""
        return 2 * sum(self.layer_sizes) + 2 * self.n_classes + sum(each.size for each in self.scratch)

    @abstractmethod
    def forward(self, parameters: Views, X: Floats, work: Workspace) -> Floats:
        """Logits of a mini-batch in training; leaves in `work` what `backward` needs."""

    @abstractmethod
    def backward(self, parameters: Views, gradients: Views, X: Floats, work: Workspace) -> None:
        """Gradients of the mini-batch's mean loss, given in `work` those with respect to the logits."""

    @abstractmethod
    def predict_logits(self, parameters: Views, X: Floats) -> Floats:
        """Logits (..., n_classes, n_samples) of a block of samples in prediction, samples last."""

    @property
    @abstractmethod
    def effort(self) -> Effort:
        """What a forward pass does."""

    @property
    def n_parameters(self) -> int:
        """Length of the buffer: weights, biases, and what batch normalisation adds."""
        return sum(array.n_in * array.n_out for array in self.arrays)

    @property
    def n_layers(self) -> int:
        """How many arrays of weights there are."""
        return sum(array.role == "weights" for array in self.arrays)

    def initial_parameters(self, seed: int) -> Floats:
        """Initial parameters (n_parameters,): random weights, and 0 or 1 elsewhere."""
        random = np.random.default_rng([seed, 0])
        draw = INITIALISATIONS[self.initialisation]
        return np.concatenate(
            [
                draw(random, array.n_in, array.n_out)
                if array.role == "weights"
                else np.full(array.n_in * array.n_out, INITIAL_VALUES[array.role])
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
        # Samples last in memory, as in training.
        return np.concatenate(blocks, axis=-1).mT


def affine(X: Floats, weights: Floats, bias: Floats) -> Floats:
    """A layer's outputs for samples X, (..., n_out, n_samples): samples last."""
    product: Floats = np.matmul(weights.mT, X.mT)
    return np.add(product, bias.mT, out=product)


def flat(array: Floats, n_axes: int) -> Floats:
    """The array with its last `n_axes` axes joined."""
    return array.reshape(*array.shape[:-n_axes], math.prod(array.shape[-n_axes:]))
