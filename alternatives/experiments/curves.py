"""Curves: what is recorded of a training, epoch by epoch, with the mean and the interval over the seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from alternatives.heads import Floats
from alternatives.statistics import estimate
from alternatives.training import History

LEAST = np.finfo(np.float32).tiny
"""Gradients of 0 have no logarithm; they count as this."""


@dataclass(frozen=True, eq=False)
class Band:
    """A mean over the seeds with its 95 % interval, three arrays of one shape."""

    mean: Floats
    low: Floats
    high: Floats


def band(values: Floats, axis: int = 0) -> Band:
    """Mean and interval over the seeds, which are on one axis of the values."""
    over_seeds = estimate(values, axis=axis)
    return Band(over_seeds.mean, over_seeds.low, over_seeds.high)


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity by epoch.

    Attributes
    ----------
    unit : str
        "%" for shares (kept as 0.976), "nats", … or "" where there is none.
    logarithmic : bool
        Whether it is drawn on a logarithmic axis.
    values : array (n_variants, n_seeds, n_epochs)
        NaN where a run diverged, and after a variant's own last epoch.
    geometric : bool
        Whether values differ by factors, so that mean and interval are those of the logarithm.
    """

    unit: str
    logarithmic: bool
    values: Floats
    geometric: bool = False

    @cached_property
    def relative(self) -> "Curve":
        """Each run's values over that of its own first epoch; NaN where that is 0.

        Factors, so mean and interval are those of the logarithm. They show how a quantity changes, apart from
        the scale that it has with a head.
        """
        first = np.where(self.values[..., :1] > 0, self.values[..., :1], np.nan)
        return Curve("", True, self.values / first, geometric=True)

    @cached_property
    def band(self) -> Band:
        """Mean and 95 % interval (n_variants, n_epochs) over the seeds."""
        if not self.geometric:
            return band(self.values, axis=1)
        of_logarithm = band(np.log(np.maximum(self.values, LEAST)), axis=1)
        return Band(*(np.exp(each) for each in (of_logarithm.mean, of_logarithm.low, of_logarithm.high)))

    def summarised(self) -> "Curve":
        """The mean and the interval alone, of the curve and of its `relative`: `values` has no seeds."""
        curve = replace(self, values=self.values[:, :0].copy())
        relative = replace(self.relative, values=curve.values)
        vars(relative)["band"] = self.relative.band
        vars(curve).update(band=self.band, relative=relative)
        return curve


SIGNAL_TO_NOISE = "gradient signal to noise"
RELATIVE_UPDATE = "update size over weight size"


def gradient_sizes(n_layers: int) -> tuple[str, ...]:
    """The curves that are sizes of gradients: at the logits and of each layer."""
    return ("gradient at the logits", *(f"gradient of layer {layer}" for layer in range(1, n_layers + 1)))


def curves(history: History, loss_units: Sequence[str]) -> dict[str, Curve]:
    """The quantities of a history (n_seeds, n_variants, n_epochs) by name.

    `loss_units` are those of the variants' losses: losses of several kinds have no common unit.
    """
    units = set(loss_units)
    loss_unit = units.pop() if len(units) == 1 else "nats of log losses" if "nats" in units else ""

    def curve(values: Floats, unit: str, logarithmic: bool = True, geometric: bool = False) -> Curve:
        return Curve(unit, logarithmic, values.swapaxes(0, 1), geometric)

    layers = np.moveaxis(history.gradient_of_layers, -1, 0)
    at_logits, *of_layers = gradient_sizes(len(layers))
    return {
        "training loss": curve(history.training_loss, loss_unit),
        "validation loss": curve(history.validation_loss, loss_unit),
        "validation accuracy": curve(history.validation_accuracy, "%", logarithmic=False),
        at_logits: curve(history.gradient_at_logits, f"{loss_unit} per logit".strip(), geometric=True),
        **{name: curve(values, "", geometric=True) for name, values in zip(of_layers, layers, strict=True)},
        SIGNAL_TO_NOISE: curve(history.signal_to_noise, "", geometric=True),
        RELATIVE_UPDATE: curve(history.relative_update, "", geometric=True),
    }
