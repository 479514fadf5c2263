"""The size of an output layer, and what one update of it costs."""

from dataclasses import dataclass

OVERHEAD_UNITS = 32
"""Working out the derivative by one output takes about as long as the matrix products of this many units."""


@dataclass(frozen=True)
class Size:
    """A layer's classes and units, and the samples of its mini-batches."""

    n_classes: int
    n_units: int
    batch_size: int

    def megabytes(self, dense: bool) -> float:
        """Memory of a step in float32: the weights and, if `dense`, the outputs for the mini-batch."""
        return 4e-6 * self.n_classes * (self.n_units + self.batch_size * dense)

    @property
    def dense_operations(self) -> float:
        """Operations of a dense update, counting what takes the time of an operation as one."""
        return 6.0 * self.n_classes * self.batch_size * (self.n_units + OVERHEAD_UNITS)

    @property
    def dense_megabytes(self) -> float:
        """Memory while dense layers are timed: of five layers or initial weights, and one layer's outputs."""
        return 5 * self.megabytes(dense=False) + self.megabytes(dense=True)
