"""What training records after each epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats


@dataclass(frozen=True)
class History:
    """Records of every epoch of every run; NaN where an epoch is still to come.

    Arrays (n_splits, n_settings, n_epochs), with a last axis n_layers for `gradient_of_layers`: the
    quantities of `Epoch`, then those of `Evaluation` on the validation set after the epoch.
    """

    training_loss: Floats
    gradient_at_logits: Floats
    gradient_of_layers: Floats
    signal_to_noise: Floats
    relative_update: Floats
    validation_loss: Floats
    validation_log_loss: Floats
    validation_accuracy: Floats
    validation_confidence: Floats
    validation_brier: Floats

    @classmethod
    def empty(cls, n_splits: int, n_settings: int, n_epochs: int, n_layers: int) -> "History":
        """Nothing recorded yet."""
        shape = (n_splits, n_settings, n_epochs)
        quantities = {name: np.full(shape, np.nan) for name in cls.__dataclass_fields__}
        return cls(**quantities | {"gradient_of_layers": np.full((*shape, n_layers), np.nan)})

    def record(self, runs: tuple[slice, list[int]], epoch: int, report: Sequence[Floats]) -> None:
        """Store one epoch of some runs: its quantities in the order of the fields."""
        for array, quantity in zip(vars(self).values(), report, strict=True):
            array[*runs, epoch] = quantity

    @classmethod
    def side_by_side(cls, histories: Sequence["History"]) -> "History":
        """The settings of several histories with the same splits, one history after the other.

        Shorter histories are NaN after their last epoch, and shallower networks after their last layer.
        """
        n_epochs, n_layers = (
            max(history.gradient_of_layers.shape[axis] for history in histories) for axis in (2, 3)
        )
        padded = (vars(history.padded(n_epochs, n_layers)).values() for history in histories)
        quantities = zip(*padded, strict=True)
        return cls(*(np.concatenate(arrays, axis=1) for arrays in quantities))

    def splits(self, splits: slice) -> "History":
        """Some of the splits."""
        return History(*(array[splits] for array in vars(self).values()))

    def and_splits(self, other: "History") -> "History":
        """With the splits of a history of the same settings and epochs."""
        both = zip(vars(self).values(), vars(other).values(), strict=True)
        return History(*(np.concatenate(arrays) for arrays in both))

    @property
    def n_epochs(self) -> int:
        """How many epochs there is room for."""
        return self.training_loss.shape[2]

    def padded(self, n_epochs: int, n_layers: int) -> "History":
        """With room for so many epochs and layers, NaN where there are fewer."""
        missing = n_epochs - self.n_epochs, n_layers - self.gradient_of_layers.shape[3]
        if missing == (0, 0):
            return self
        widths = [(0, 0), (0, 0), *((0, each) for each in missing)]
        return History(
            *(np.pad(array, widths[: array.ndim], constant_values=np.nan) for array in vars(self).values())
        )

    def of(self, settings: NDArray[np.intp]) -> "History":
        """Some of the settings, by index."""
        return History(*(array[:, settings] for array in vars(self).values()))

    def up_to(self, n_epochs: int) -> "History":
        """The first epochs; at least one."""
        return History(*(array[:, :, : max(n_epochs, 1)] for array in vars(self).values()))

    @property
    def fraction(self) -> float:
        """Share of the epochs that are recorded, from 0 to 1; a diverged run records no more."""
        return float(np.isfinite(self.validation_accuracy).mean())

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs (n_splits, n_settings) ended in numbers that aren't finite."""
        return ~np.isfinite(self.training_loss[..., -1] + self.validation_loss[..., -1])
