"""What a mark says of itself under the pointer: numbers in words, as they read everywhere else.

A number's text is a column of its own, made by `wording`. Vega's formats know no units, and would round
otherwise.
"""

from collections.abc import Iterable
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.wording import NO_BREAK, bounds, in_unit

CI = f"95{NO_BREAK}% CI"
"""What the interval of a mean is called."""


def words(column: str, title: str) -> alt.Tooltip:
    """A line with a name or a text."""
    return alt.Tooltip(f"{column}:N", title=title)


def count(column: str, title: str) -> alt.Tooltip:
    """A line with a whole number."""
    return alt.Tooltip(f"{column}:Q", title=title, format=",")


def texts(values: Iterable[float], unit: str = "") -> NDArray[np.object_]:
    """Each value in words, with its unit."""
    return np.array([in_unit(value, unit) for value in np.asarray(values, float).tolist()], object)


def mean_texts(mean: Any, low: Any, high: Any, unit: str) -> dict[str, NDArray[np.object_]]:
    """The columns of `mean_and_interval` from arrays of one length."""
    rows = zip(*(np.asarray(each, float).tolist() for each in (mean, low, high)), strict=True)
    intervals = [bounds(value, least, most, unit) for value, least, most in rows]
    return {"mean_text": texts(mean, unit), "interval_text": np.array(intervals, object)}


def mean_and_interval() -> list[alt.Tooltip]:
    """The lines for a mean over the seeds and its interval; see `mean_texts`."""
    return [words("mean_text", "mean"), words("interval_text", CI)]
