"""One head in sight: the others fade, where the pointer is on a head or a reader has chosen one.

The head under the pointer fades the others in its own chart; one that is `highlighted` does so in all of
them. That is a column of the data: it moves no marks and builds no chart anew.
"""

from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.drawing import Columns

FAINT = 0.12
"""Opacity of a head that isn't the one that is looked at."""
POINTED = "pointed"
"""The selection of the head under the pointer."""


def pointed() -> alt.Parameter:
    """The head under the pointer; all heads, where there is none."""
    return alt.selection_point(name=POINTED, fields=["head"], on="pointerover", clear="pointerout")


def opacity(usual: float) -> Any:
    """How opaque marks are, and that they fade where another head is looked at."""
    away: dict[str, Any] = {"or": ["datum.faded", {"not": {"param": POINTED}}]}
    return alt.OpacityValue(condition={"test": away, "value": FAINT * usual}, value=usual)


def fading(columns: Columns, highlighted: str) -> Columns:
    """The columns with one that says which rows are of another head than the highlighted."""
    heads = np.asarray(columns["head"], object)
    faded = (heads != highlighted) & (heads != None) if highlighted else np.zeros(len(heads), bool)  # noqa: E711
    return {**columns, "faded": faded}
