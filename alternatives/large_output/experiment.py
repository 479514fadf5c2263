"""What is measured of a large output layer: one frozen value, and what it costs to measure."""

from dataclasses import dataclass
from typing import Any

from alternatives.large_output.spherical import FAMILY, Loss
from alternatives.serving.limits import Cost
from alternatives.state.fields import Number, NumberOr, Sizes, Thing
from alternatives.state.linked import Linked, field
from alternatives.state.registry import Range

OPERATIONS_A_SECOND = 3e10
"""Of one core in matrix products, about: what a measurement takes is estimated by it."""

QUICK = "quick"
"""The word for as many classes of the dense layers as take a few seconds and little memory."""
QUICK_OPERATIONS = 1.3e10
"""Of one update of a dense layer."""
QUICK_MEGABYTES = 400.0

BATCHES = 64
"""Different mini-batches, again and again."""

PAGE_BYTES = 4096
"""What a row takes of memory at least, once it's touched."""

UNITS_OF_AN_OUTPUT = 32
"""Units whose products take as long as what is done to each output."""

ROUNDS = 3
"""Times that every layer is timed; the median counts."""


@dataclass(frozen=True)
class LargeOutput(Linked):
    """Output layers of more and more classes.

    Parameters
    ----------
    head : Head, SphericalLoss or str
        Of the spherical family: what the dense and the factored layer learn by.
    classes : sequence of int
        Numbers of classes, in any order.
    dense_up_to : int or None
        Most classes at which the layers that keep and use all their weights are measured: all but the
        factored one. None is as many as take a few seconds.
    n_units, batch_size : int
        Length of the hidden vectors, and how many of them a mini-batch has.
    seed : int
        What all that is random is drawn from.
    """

    noun = "measurement"

    head: Any = field(
        "head", Thing(FAMILY, "what the factored layer learns by"), factory=lambda: FAMILY["Taylor softmax"]
    )
    classes: tuple[int, ...] = field(
        "classes",
        Sizes(Range(10, 10**7, "numbers of classes"), 12, fewest=1, what="numbers of classes"),
        tuple(10**power for power in range(2, 7)),
    )
    dense_up_to: int | None = field(
        "dense_up_to",
        NumberOr(
            Number(
                Range(10, 10**7, "most classes at which the dense layers are measured", logarithmic=True),
                whole=True,
            ),
            QUICK,
        ),
        None,
    )
    n_units: int = field("units", Number(Range(8, 512, "units of the last hidden layer"), whole=True), 128)
    batch_size: int = field("batch", Number(Range(1, 512, "samples of a mini-batch"), whole=True), 128)
    seed: int = field("seed", Number(Range(0, 10_000, "what is random is drawn from"), whole=True), 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "classes", tuple(sorted({*self.classes})))

    @property
    def loss(self) -> Loss:
        """The head, as the layers take it."""
        loss: Loss = self.head
        return loss

    @property
    def most_dense(self) -> int:
        """Most classes at which the dense layers are measured."""
        if self.dense_up_to is not None:
            return self.dense_up_to
        in_time = QUICK_OPERATIONS / operations_of_dense(1, self.n_units, self.batch_size)
        in_memory = QUICK_MEGABYTES / (cost_of_dense(1, self.n_units, self.batch_size))
        return int(min(in_time, in_memory))

    @property
    def dense_classes(self) -> tuple[int, ...]:
        """Numbers of classes at which the dense layers are measured."""
        return tuple(n_classes for n_classes in self.classes if n_classes <= self.most_dense)

    def cost(self) -> Cost:
        """About what the measurement takes."""
        units, batch = self.n_units, self.batch_size
        most = max(self.dense_classes, default=0)
        dense = cost_of_dense(most, units, batch)
        steps = 2 * (ROUNDS + 2)
        operations = steps * sum(operations_of_dense(n, units, batch) for n in self.dense_classes)
        touched = BATCHES * batch * (1e-6 * PAGE_BYTES + megabytes(1, units, batch, False))
        less = "fewer classes or units, or measure the dense layers up to fewer classes"
        return Cost(
            1 + operations / OPERATIONS_A_SECOND, max(dense, touched + 1e-6 * max(self.classes)), less, less
        )


def megabytes(n_classes: int, n_units: int, batch_size: int, dense: bool) -> float:
    """Memory in float32 that a step holds: the weights and, if `dense`, the outputs of the mini-batch."""
    return 4e-6 * n_classes * (n_units + batch_size * dense)


def operations_of_dense(n_classes: int, n_units: int, batch_size: int) -> float:
    """Of an update, as its time goes: to make an output into a gradient takes as long as some products."""
    return 6.0 * n_classes * batch_size * (n_units + UNITS_OF_AN_OUTPUT)


def cost_of_dense(n_classes: int, n_units: int, batch_size: int) -> float:
    """Megabytes: of five layers and their first weights, and the outputs of the one that is at work."""
    return 5 * megabytes(n_classes, n_units, batch_size, False) + megabytes(
        n_classes, n_units, batch_size, True
    )
