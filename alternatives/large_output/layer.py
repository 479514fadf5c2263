"""What an output layer is, whatever the way it computes."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers
from alternatives.large_output.saved import PathLike
from alternatives.large_output.spherical import Loss


class OutputLayer(ABC):
    """The last layer of a classifier with its loss: weights (n_classes, n_units), no biases.

    Parameters of the methods: `head`, a head or a loss of the spherical family; `hidden`
    (n_samples, n_units), floating; `targets` (n_samples,), whole numbers from 0 to n_classes - 1, which
    may repeat. Losses and gradients are means over the samples. A question without a head is one to the
    head that the layer last learnt by.

    Attributes
    ----------
    n_classes, n_units : int
    dtype : dtype
        float32 or float64: of the weights, of probabilities and of gradients.
    head : Head, SphericalLoss or None
        What the layer last learnt by; None where it hasn't yet, or by something that isn't registered.
    """

    n_classes: int
    n_units: int
    dtype: np.dtype[Any]
    head: Loss | None = None
    kind: ClassVar[str]
    """What a saved layer of this class says that it is."""

    @abstractmethod
    def step(
        self,
        head: Loss,
        hidden: ArrayLike,
        targets: ArrayLike,
        learning_rate: float,
        weight_decay: float = 0.0,
    ) -> tuple[float, Floats]:
        """Move the weights by one step of gradient descent.

        W becomes (1 - learning_rate · weight_decay) W - learning_rate · ∂loss/∂W, with the derivative at
        the old W.

        Returns
        -------
        loss : float
            Mean loss before the step, without the penalty of the decay.
        gradient : ndarray (n_samples, n_units)
            Gradient of that mean with respect to `hidden`, at the old weights.

        Raises
        ------
        Diverged
            Where the loss, a gradient or the move isn't finite. The layer stays as it was.
        """

    @abstractmethod
    def loss(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> float:
        """Mean loss of the samples."""

    @abstractmethod
    def probabilities_of(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> Floats:
        """Probability of each target; `targets` may be (n_samples, …), several classes for each sample."""

    @abstractmethod
    def top_k(self, hidden: ArrayLike, k: int, head: Loss | None = None) -> Integers:
        """The k classes (n_samples, k) that rank highest under the head, best first. Exact, at O(D d).

        Of classes that rank alike the lower one comes first.
        """

    @property
    @abstractmethod
    def weights(self) -> Floats:
        """The weights (n_classes, n_units)."""

    @abstractmethod
    def save(self, path: PathLike) -> None:
        """Write the layer to a file, which appears whole or not at all."""

    @classmethod
    @abstractmethod
    def load(cls, path: PathLike) -> Self:
        """The layer that was saved, which goes on to the same numbers; DamagedFile for a damaged file."""

    @staticmethod
    @abstractmethod
    def operations_of(n_classes: int, n_units: int, n_samples: int) -> float:
        """Floating-point operations of the matrix products of one step."""

    def operations(self, n_samples: int) -> float:
        """Those of a layer of this one's size."""
        return self.operations_of(self.n_classes, self.n_units, n_samples)

    def _asked(self, head: Loss | None) -> Loss:
        """The head that a question is to."""
        if head is None:
            head = self.head
        if head is None:
            raise ValueError("a layer that hasn't learnt yet must be told the head, got none")
        return head


class Best:
    """The k best of what is offered block by block, for each sample."""

    def __init__(self, n_samples: int, k: int) -> None:
        self._k = k
        self._ranks: Floats = np.empty((n_samples, 0))
        self._classes: Integers = np.empty((n_samples, 0), np.intp)

    def offer(self, classes: Integers, ranks: Floats) -> None:
        """Take classes (n,) with their ranks (n_samples, n) into account."""
        if len(classes) > self._k:  # a block's own best first: sorting it whole would cost more
            best = np.argpartition(ranks, len(classes) - self._k, axis=1)[:, -self._k :]
            least = np.take_along_axis(ranks, best, 1).min(1, keepdims=True)
            tied = np.count_nonzero(ranks >= least, 1) > self._k
            best[tied] = np.argsort(-ranks[tied], axis=1, kind="stable")[:, : self._k]
            ranks, offered = np.take_along_axis(ranks, best, 1), np.asarray(classes)[best]
        else:
            offered = np.broadcast_to(classes, ranks.shape)
        ranks = np.concatenate([self._ranks, ranks], 1)
        offered = np.concatenate([self._classes, offered], 1)
        order = np.lexsort((offered, -ranks), axis=1)[:, : self._k]
        self._ranks = np.take_along_axis(ranks, order, 1)
        self._classes = np.take_along_axis(offered, order, 1)

    @property
    def classes(self) -> Integers:
        """Best first."""
        return self._classes
