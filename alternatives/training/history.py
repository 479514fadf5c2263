"""What training records after each epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alternatives.heads import Floats
from alternatives.training.stack import Epoch


@dataclass(frozen=True)
class Report:
    """What a piece reports after one epoch."""

    training: Epoch
    validation_loss: Floats
    validation_log_loss: Floats
    validation_accuracy: Floats


@dataclass(frozen=True)
class History:
    """Records of every epoch of every run; NaN where an epoch is still to come.

    Arrays (n_splits, n_settings, n_epochs), with a last axis n_layers for `gradient_of_layers`: the
    quantities of `Epoch`, then loss, log loss and accuracy on the validation set after the epoch.
    """

    training_loss: Floats
    gradient_at_logits: Floats
    gradient_of_layers: Floats
    validation_loss: Floats
    validation_log_loss: Floats
    validation_accuracy: Floats

    @classmethod
    def empty(cls, n_splits: int, n_settings: int, n_epochs: int, n_layers: int) -> "History":
        """Nothing recorded yet."""
        shape = (n_splits, n_settings, n_epochs)
        quantities = {name: np.full(shape, np.nan) for name in cls.__dataclass_fields__}
        return cls(**quantities | {"gradient_of_layers": np.full((*shape, n_layers), np.nan)})

    def record(self, runs: tuple[slice, list[int]], epoch: int, report: Report) -> None:
        """Store a report of some runs."""
        at = (*runs, epoch)
        self.training_loss[at] = report.training.loss
        self.gradient_at_logits[at] = report.training.gradient_at_logits
        self.gradient_of_layers[at] = report.training.gradient_of_layers
        self.validation_loss[at] = report.validation_loss
        self.validation_log_loss[at] = report.validation_log_loss
        self.validation_accuracy[at] = report.validation_accuracy

    @classmethod
    def side_by_side(cls, histories: Sequence["History"]) -> "History":
        """The settings of several histories with the same splits and epochs, one history after the other."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(each, name) for each in histories], axis=1) for name in names))

    def of(self, settings: NDArray[np.intp]) -> "History":
        """Some of the settings, by index."""
        return History(*(getattr(self, name)[:, settings] for name in self.__dataclass_fields__))

    def up_to(self, n_epochs: int) -> "History":
        """The first epochs; at least one."""
        return History(*(getattr(self, name)[:, :, : max(n_epochs, 1)] for name in self.__dataclass_fields__))

    @property
    def fraction(self) -> float:
        """Share of the epochs that are recorded, from 0 to 1; a diverged run records no more."""
        return float(np.isfinite(self.validation_accuracy).mean())

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs (n_splits, n_settings) ended in numbers that aren't finite."""
        return ~np.isfinite(self.training_loss[..., -1] + self.validation_loss[..., -1])
