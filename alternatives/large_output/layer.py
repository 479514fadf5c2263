"""What every output layer does, whichever way it computes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from alternatives.heads import Floats, Integers
from alternatives.heads.checks import whole_number
from alternatives.large_output import saved
from alternatives.large_output.checks import checked_hidden, checked_rates, checked_targets
from alternatives.large_output.saved import Array, Blocks
from alternatives.large_output.spherical import Loss, checked_loss, ranking, saved_head
from alternatives.large_output.top_k import TopK
from alternatives.writing import PathLike


class OutputLayer(ABC):
    """The last layer of a classifier with its loss: weights (n_classes, n_units), no biases.

    In all methods, `head` is a head or a loss of the spherical family, `hidden` (n_samples, n_units) are the
    outputs of the last hidden layer, and `targets` (n_samples,) are classes from 0 to n_classes - 1. Losses
    and gradients are means over the samples. Without `head`, a method uses the head of the last step.

    A layer isn't for several threads at once: a step changes it in several places.

    Attributes
    ----------
    n_classes, n_units : int
    dtype : dtype
        float32 or float64: the type of weights, probabilities and gradients.
    head : Head, SphericalLoss or None
        The head of the last step. None before it, and after loading a head that isn't registered.
    """

    n_classes: int
    n_units: int
    dtype: np.dtype[Any]
    head: Loss | None = None
    kind: ClassVar[str]
    """Names the class in a saved file."""

    def step(
        self,
        head: Loss,
        hidden: ArrayLike,
        targets: ArrayLike,
        learning_rate: float,
        weight_decay: float = 0.0,
    ) -> tuple[float, Floats]:
        """Make one step of gradient descent.

        W becomes (1 - learning_rate · weight_decay) W - learning_rate · ∂loss/∂W, with the derivative at the
        old W.

        Returns
        -------
        loss : float
            Mean loss before the step, without the weight decay's penalty.
        gradient : ndarray (n_samples, n_units)
            Gradient of that mean with respect to `hidden`, at the old weights.

        Raises
        ------
        Diverged
            If the loss, a gradient or a changed weight isn't finite. The layer then stays as it was.
        ValueError
            If an argument isn't what it must be; an error says what that is.
        """
        head, (rate, decay) = checked_loss(head), checked_rates(learning_rate, weight_decay)
        samples = checked_hidden(hidden, self.n_units, self.dtype)
        classes = checked_targets(targets, len(samples), self.n_classes)
        with np.errstate(all="ignore"):
            loss, gradient = self._step(head, samples, classes, rate, decay)
        self.head = head
        return loss, gradient

    def loss(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> float:
        """Mean loss of the samples."""
        head, samples = self._head_or_last(head), self._samples(hidden)
        classes = checked_targets(targets, len(samples), self.n_classes)
        return float(self._losses(head, samples, classes).mean())

    def probabilities_of(self, hidden: ArrayLike, targets: ArrayLike, head: Loss | None = None) -> Floats:
        """Probability of each target. `targets` may be (n_samples, …): several classes for each sample."""
        head, samples = self._head_or_last(head), self._samples(hidden)
        classes = checked_targets(targets, len(samples), self.n_classes, several=True)
        found = self._probabilities(head, samples, classes.reshape(len(samples), -1))
        return found.reshape(classes.shape)

    def top_k(self, hidden: ArrayLike, k: int, head: Loss | None = None) -> Integers:
        """The k most probable classes (n_samples, k), best first, at O(D d).

        The result is exact. Of classes with equal ranks the lower one comes first.
        """
        head, samples = self._head_or_last(head), self._samples(hidden)
        best = TopK(len(samples), whole_number(k, "k", 1, self.n_classes))
        for classes, logits in self._logits(samples, k):
            best.offer(classes, ranking(head, logits))
        return best.classes

    def save(self, path: PathLike) -> None:
        """Write the layer to a file. If that fails, an older file of that name stays as it was.

        A symbolic link is followed, and an older file's permissions are kept. Several layers may be saved to
        one path at once: the last one stays.
        """
        saved.write(path, {"kind": np.array(self.kind), "head": saved_head(self.head), **self._arrays()})

    @classmethod
    @abstractmethod
    def load(cls, path: PathLike) -> Self:
        """A saved layer, whose further steps give the same numbers; DamagedFile for a damaged file."""

    @property
    @abstractmethod
    def weights(self) -> Floats:
        """A copy of the weights (n_classes, n_units)."""

    @staticmethod
    @abstractmethod
    def operations_of(n_classes: int, n_units: int, n_samples: int) -> float:
        """Floating-point operations of the matrix products of one step."""

    def operations(self, n_samples: int) -> float:
        """The same for a layer of this one's size."""
        return self.operations_of(self.n_classes, self.n_units, n_samples)

    @abstractmethod
    def _step(
        self, head: Loss, samples: Floats, targets: Integers, learning_rate: float, weight_decay: float
    ) -> tuple[float, Floats]:
        """Do `step` with checked arguments."""

    @abstractmethod
    def _losses(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        """Loss of each sample."""

    @abstractmethod
    def _probabilities(self, head: Loss, samples: Floats, targets: Integers) -> Floats:
        """Probabilities of targets (n_samples, n)."""

    @abstractmethod
    def _logits(self, samples: Floats, k: int) -> Iterator[tuple[Integers, Floats]]:
        """Blocks of classes, with their logits. Of classes without weights, the first k are enough."""

    @abstractmethod
    def _arrays(self) -> Mapping[str, Array | Blocks]:
        """What `load` needs, by name."""

    def _samples(self, hidden: ArrayLike) -> Floats:
        return checked_hidden(hidden, self.n_units, self.dtype)

    def _head_or_last(self, head: Loss | None) -> Loss:
        if head is None and self.head is None:
            raise ValueError("head must be given before the first step, got none")
        return checked_loss(self.head if head is None else head)
