"""Frames that several pages take away, with the unit of each row's value."""

from typing import Any

import numpy as np
import pandas as pd

from alternatives.experiments import Results
from alternatives.experiments.results import tidy
from alternatives.exports.exports import UNIT

SHARE, NONE = "share", "none"
"""What the unit of a share is, which is kept as 0.976; and of a number that has none."""


def unit_in_files(unit: str) -> str:
    """A unit as files have it: values there are as they were computed, a share as 0.976."""
    return {"%": SHARE, "points": SHARE, "": NONE}.get(unit, unit)


def with_units(frame: pd.DataFrame, units: dict[str, str], of: str = "measure") -> pd.DataFrame:
    """The frame with the unit of each row's value, by what the column `of` says."""
    return frame.assign(**{UNIT: frame[of].map(units)})


def curves(results: Results[Any]) -> pd.DataFrame:
    """Every curve's mean and interval over the seeds: a row a quantity, variant and epoch."""
    axes = {
        "quantity": list(results.curves),
        results.experiment.variant_label: results.variants,
        "epoch": range(1, int(results.n_epochs.max()) + 1),
    }
    bands = [curve.band for curve in results.curves.values()]
    columns = {name: [getattr(band, name) for band in bands] for name in ("mean", "low", "high")}
    frame = tidy(axes, columns)
    units = {name: unit_in_files(curve.unit) for name, curve in results.curves.items()}
    return with_units(frame[np.isfinite(frame["mean"])].reset_index(drop=True), units, "quantity")
